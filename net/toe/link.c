// SPDX-License-Identifier: GPL-2.0-only
#include "link.h"

#include <linux/if_vlan.h>

#include <net/toe_compat.h>
#include "dev.h"

static int toe_link_is_toe(struct net_device *lower,
			   struct netdev_nested_priv *priv)
{
	return !!toe_dev_of(lower);
}

/**
 * toe_link_leads() - is a TOE device at or below a device?
 * @dev: any device
 *
 * Context: RCU.
 * Return: true when there is one.
 */
bool toe_link_leads(struct net_device *dev)
{
	struct netdev_nested_priv none = {};

	return toe_dev_of(dev) ||
	       netdev_walk_all_lower_dev_rcu(dev, toe_link_is_toe, &none);
}

static struct net_device *toe_link_down(struct toe_hop *hop,
					struct net_device *dev)
{
	hop->dev = dev;
	if (is_vlan_dev(dev)) {
		hop->type = TOE_OBJECT_VLAN;
		hop->vlan.proto = ntohs(vlan_dev_vlan_proto(dev));
		hop->vlan.vid = vlan_dev_vlan_id(dev);
		return toe_vlan_real_dev(dev);
	}
	return NULL;
}

/**
 * toe_link_find() - follow the devices from a route down to its NIC
 * @link: filled
 * @dev: the device that the route names
 *
 * Context: RCU.
 * Return: TOE_REFUSAL_NONE; TOE_REFUSAL_DEVICE when no TOE device is at the
 * end, TOE_REFUSAL_VLAN when more lies between than the objects can carry.
 */
enum toe_refusal toe_link_find(struct toe_link *link, struct net_device *dev)
{
	unsigned int tags = 0;

	link->nr = 0;
	while (!(link->tdev = toe_dev_of(dev))) {
		struct toe_hop hop;

		dev = toe_link_down(&hop, dev);
		if (!dev)
			return TOE_REFUSAL_DEVICE;
		if (!netif_running(hop.dev))
			return TOE_REFUSAL_DEVICE_OFF;
		if (link->nr == TOE_MAX_HOPS)
			return TOE_REFUSAL_VLAN;
		tags += hop.type == TOE_OBJECT_VLAN;
		link->hop[link->nr++] = hop;
	}
	return tags > link->tdev->caps.max_tags ? TOE_REFUSAL_VLAN :
						  TOE_REFUSAL_NONE;
}
