// SPDX-License-Identifier: GPL-2.0-only
/* TCP offload framework: the list of its parts, in order, and backwards. */
#include <linux/module.h>
#include <net/netns/generic.h>

#include "conn.h"
#include "failover.h"
#include "nl.h"
#include "policy.h"
#include "sock.h"
#include "watch.h"

static unsigned int toe_net_id;

struct toe_net *toe_pernet(const struct net *net)
{
	return net_generic(net, toe_net_id);
}

static int __net_init toe_net_init(struct net *net)
{
	struct toe_net *tn = toe_pernet(net);
	int err;

	tn->net = net;
	toe_failover_net_init(tn);
	toe_watch_net_init(tn);
	xa_init_flags(&tn->conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	err = toe_mib_net_init(tn);
	if (err)
		return err;
	err = toe_policy_net_init(tn);
	if (err)
		goto err_mib;
	err = toe_sysctl_net_init(tn);
	if (err)
		goto err_policy;
	return 0;

err_policy:
	toe_policy_net_exit(tn);
err_mib:
	toe_mib_net_exit(tn);
	return err;
}

static void __net_exit toe_net_exit(struct net *net)
{
	struct toe_net *tn = toe_pernet(net);

	toe_sysctl_net_exit(tn);
	toe_net_disable(tn);
	toe_failover_net_exit(tn);
	toe_watch_net_exit(tn);
	toe_policy_net_exit(tn);
	toe_quota_net_exit(tn);
	/* connections hold toe_net until RCU has seen the last reference */
	rcu_barrier();
	toe_mib_net_exit(tn);
	xa_destroy(&tn->conns);
}

static struct pernet_operations toe_net_ops = {
	.init = toe_net_init,
	.exit = toe_net_exit,
	.id = &toe_net_id,
	.size = sizeof(struct toe_net),
};

static int __init toe_init(void)
{
	int err;

	err = toe_conn_init();
	if (err)
		return err;
	err = toe_sock_init();
	if (err)
		goto err_conn;
	err = register_pernet_subsys(&toe_net_ops);
	if (err)
		goto err_conn;
	err = toe_watch_init();
	if (err)
		goto err_pernet;
	err = toe_nl_init();
	if (err)
		goto err_watch;
	return 0;

err_watch:
	toe_watch_exit();
err_pernet:
	unregister_pernet_subsys(&toe_net_ops);
err_conn:
	/* Without devices, which come later, no socket has been hooked. */
	toe_conn_exit();
	return err;
}

static void __exit toe_exit(void)
{
	toe_nl_exit();
	toe_watch_exit();
	unregister_pernet_subsys(&toe_net_ops);
	toe_sock_exit();
	toe_conn_exit();
}

module_init(toe_init);
module_exit(toe_exit);
MODULE_DESCRIPTION("TCP offload framework");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
