// SPDX-License-Identifier: GPL-2.0-only
#include "simtoe.h"

#include <linux/module.h>
#include <net/rtnetlink.h>

static int __init simtoe_module_init(void)
{
	int err;

	err = register_netdevice_notifier(&simtoe_notifier);
	if (err)
		return err;
	err = rtnl_link_register(&simtoe_link_ops);
	if (err)
		unregister_netdevice_notifier(&simtoe_notifier);
	return err;
}
module_init(simtoe_module_init);

static void __exit simtoe_module_exit(void)
{
	rtnl_link_unregister(&simtoe_link_ops);
	unregister_netdevice_notifier(&simtoe_notifier);
	rcu_barrier();
}
module_exit(simtoe_module_exit);

MODULE_DESCRIPTION("Driver of the simulated TOE-capable NIC");
MODULE_AUTHOR("OpenTOE");
MODULE_VERSION(SIMTOE_DRV_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("simtoe");
