// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The way to the NIC
 *
 * A route may lead to a VLAN or a bond above a NIC. Each such device is a hop,
 * and an intermediate object stands for it. Of a bond the member is taken that
 * bonding itself would send by: it is asked with a frame that looks like those
 * of the connection. In the modes that balance, where any member that may send
 * will do, another one takes over when that one can't carry the state: a plain
 * NIC, one that is full, or that lacks something. Segments that arrive by other
 * members are strays (stray.c).
 */
#include "link.h"

#include <linux/if_vlan.h>
#include <net/bonding.h>
#include <net/tcp.h>

#include <net/toe_compat.h>
#include "dev.h"
#include "eligible.h"
#include "packet.h"

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

/* ---- a frame of the connection, for bonding to look at ------------------- */

/* As the VLAN devices above the bond would have passed it on */
static struct sk_buff *toe_probe_tags(struct sk_buff *skb,
				      const struct toe_link *link)
{
	unsigned int i;

	for (i = 0; skb && i < link->nr; i++) {
		const struct toe_hop *hop = &link->hop[i];

		if (hop->type != TOE_OBJECT_VLAN)
			continue;
		if (skb_vlan_tag_present(skb))
			skb = __vlan_hwaccel_push_inside(skb);
		if (skb)
			__vlan_hwaccel_put_tag(skb, htons(hop->vlan.proto),
					       hop->vlan.vid);
	}
	return skb;
}

static struct sk_buff *toe_probe_make(const struct toe_link *link,
				      struct sock *sk)
{
	struct toe_packet pkt = { .sk = sk, .dst = __sk_dst_get(sk) };
	struct sk_buff *skb = pkt.dst ? toe_packet_make(&pkt) : NULL;

	if (!skb)
		return NULL;
	toe_packet_eth(skb, &pkt);
	return toe_probe_tags(skb, link);
}

/* ---- bonds ---------------------------------------------------------------- */

static struct net_device *toe_lag_asked(const struct toe_link *link,
					struct net_device *bond,
					struct sock *sk)
{
	struct sk_buff *skb = toe_probe_make(link, sk);
	struct net_device *member;

	if (!skb)
		return NULL;
	skb->dev = bond;
	member = netdev_get_xmit_slave(bond, skb, false);
	kfree_skb(skb);
	return member;
}

/* Below a member: a NIC, perhaps under VLANs */
static struct toe_dev *toe_lag_nic(struct net_device *dev)
{
	struct toe_dev *tdev = NULL;

	while (dev && !(tdev = toe_dev_of(dev)))
		dev = is_vlan_dev(dev) ? toe_vlan_real_dev(dev) : NULL;
	return tdev;
}

static bool toe_lag_takes(struct net_device *member, struct sock *sk)
{
	struct toe_dev *tdev = toe_lag_nic(member);

	return tdev && !toe_eligible_nic(tdev, sk);
}

#if IS_ENABLED(CONFIG_BONDING)
static bool toe_lag_mode(const struct net_device *dev, bool *balance)
{
	const struct bonding *bond = netdev_priv(dev);

	*balance = BOND_MODE(bond) != BOND_MODE_ACTIVEBACKUP;
	return BOND_MODE(bond) == BOND_MODE_ACTIVEBACKUP ||
	       BOND_MODE(bond) == BOND_MODE_XOR ||
	       BOND_MODE(bond) == BOND_MODE_8023AD;
}

/* Of those that may send, the one with the most room */
static struct net_device *toe_lag_best(struct net_device *dev, struct sock *sk)
{
	struct bonding *bond = netdev_priv(dev);
	struct net_device *best = NULL;
	struct list_head *iter;
	struct slave *slave;
	u32 room, most = 0;

	bond_for_each_slave_rcu(bond, slave, iter) {
		if (!bond_slave_can_tx(slave) ||
		    !toe_lag_takes(slave->dev, sk))
			continue;
		room = toe_dev_room(toe_lag_nic(slave->dev));
		if (room <= most)
			continue;
		most = room;
		best = slave->dev;
	}
	return best;
}
#else
static bool toe_lag_mode(const struct net_device *dev, bool *balance)
{
	return false;
}

static struct net_device *toe_lag_best(struct net_device *dev, struct sock *sk)
{
	return NULL;
}
#endif

static struct net_device *toe_lag_member(struct toe_link *link,
					 struct net_device *bond,
					 struct sock *sk)
{
	struct net_device *asked, *best = NULL;
	bool balance;

	if (!toe_lag_mode(bond, &balance))
		return NULL;
	asked = toe_lag_asked(link, bond, sk);
	if (asked && balance && !toe_lag_takes(asked, sk))
		best = toe_lag_best(bond, sk);
	link->second = best;
	return best ?: asked;
}

/* ---- hop by hop ------------------------------------------------------------ */

static enum toe_refusal toe_link_down(struct toe_link *link, struct sock *sk,
				      struct net_device **dev)
{
	struct toe_hop hop = { .dev = *dev };

	if (is_vlan_dev(*dev)) {
		hop.type = TOE_OBJECT_VLAN;
		hop.vlan.proto = ntohs(vlan_dev_vlan_proto(*dev));
		hop.vlan.vid = vlan_dev_vlan_id(*dev);
		*dev = toe_vlan_real_dev(*dev);
	} else if (netif_is_bond_master(*dev)) {
		hop.type = TOE_OBJECT_LAG;
		*dev = toe_lag_member(link, *dev, sk);
		if (!*dev)
			return TOE_REFUSAL_BOND;
	} else {
		return TOE_REFUSAL_DEVICE;
	}
	if (!netif_running(hop.dev))
		return TOE_REFUSAL_DEVICE_OFF;
	if (link->nr == TOE_MAX_HOPS)
		return TOE_REFUSAL_VLAN;
	link->hop[link->nr++] = hop;
	return TOE_REFUSAL_NONE;
}

/**
 * toe_link_find() - follow the devices from a route down to its NIC
 * @link: filled
 * @sk: the socket, which a bond may balance by
 * @dev: the device that the route names
 *
 * Context: socket locked, RCU.
 * Return: TOE_REFUSAL_NONE, or why there is no way: TOE_REFUSAL_DEVICE when no
 * TOE device is at the end, TOE_REFUSAL_VLAN when more lies between than the
 * objects or the NIC can carry, TOE_REFUSAL_BOND when no member can be told.
 */
enum toe_refusal toe_link_find(struct toe_link *link, struct sock *sk,
			       struct net_device *dev)
{
	unsigned int tags = 0, lags = 0, i;
	enum toe_refusal why;

	link->nr = 0;
	link->second = false;
	while (!(link->tdev = toe_dev_of(dev))) {
		why = toe_link_down(link, sk, &dev);
		if (why)
			return why;
	}
	for (i = 0; i < link->nr; i++) {
		tags += link->hop[i].type == TOE_OBJECT_VLAN;
		lags += link->hop[i].type == TOE_OBJECT_LAG;
	}
	if (tags > link->tdev->caps.max_tags)
		return TOE_REFUSAL_VLAN;
	if (lags && !link->tdev->caps.lag)
		return TOE_REFUSAL_BOND;
	return TOE_REFUSAL_NONE;
}

/**
 * toe_link_still() - does the way that was found still hold?
 * @link: the way, as found before in the same RCU section
 * @sk: the socket
 *
 * To be asked when the objects of the way exist. Bonding changes its mind first
 * and says so afterwards, and who is told looks for the objects under obj_lock
 * (toe_lag_active(), toe_paths_revoke()). So either the objects were found, and
 * what stands on them comes up, or they were made after that and this function
 * sees the change.
 *
 * Context: socket locked, RCU.
 * Return: false when a bond would send by another NIC now.
 */
bool toe_link_still(const struct toe_link *link, struct sock *sk)
{
	struct toe_link now;
	unsigned int i;

	for (i = 0; i < link->nr; i++)
		if (link->hop[i].type == TOE_OBJECT_LAG)
			return !toe_link_find(&now, sk, link->hop[0].dev) &&
			       now.tdev == link->tdev;
	return true;
}
