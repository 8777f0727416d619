// SPDX-License-Identifier: GPL-2.0-only
/* The network interface: ip link add link DEVICE NAME type simtoe */
#include "simtoe.h"

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>
#include <net/toe_compat.h>

#define SIMTOE_FEATURES	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_ALL_TSO | \
			 NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA | \
			 NETIF_F_FRAGLIST | NETIF_F_RXCSUM | NETIF_F_GRO)

/* The tag of a frame and the filter are passed on to the lower device, which may
 * have them or not
 */
#define SIMTOE_ALWAYS	(TOE_F_LLTX | NETIF_F_HW_VLAN_CTAG_FILTER | \
			 NETIF_F_HW_VLAN_STAG_FILTER | \
			 NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX | \
			 NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_RX)

/* ---- port filters: what the lower device has to let through ------------ */

/* The lower device passes its own address anyway; any other one may make it
 * promiscuous.
 */
static int simtoe_uc_add(struct simtoe *st, const u8 *addr)
{
	int err;

	if (ether_addr_equal(st->lower->dev_addr, addr))
		return 0;
	err = dev_uc_add(st->lower, addr);
	st->uc_added = !err;
	return err;
}

static void simtoe_uc_del(struct simtoe *st)
{
	if (st->uc_added)
		dev_uc_del(st->lower, st->netdev->dev_addr);
	st->uc_added = false;
}

static int simtoe_filters_open(struct simtoe *st)
{
	struct net_device *dev = st->netdev;
	int err;

	err = simtoe_uc_add(st, dev->dev_addr);
	if (err)
		return err;
	if (dev->flags & IFF_ALLMULTI)
		err = dev_set_allmulti(st->lower, 1);
	if (err)
		goto err_del_uc;
	if (dev->flags & IFF_PROMISC)
		err = dev_set_promiscuity(st->lower, 1);
	if (err)
		goto err_allmulti;
	return 0;

err_allmulti:
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(st->lower, -1);
err_del_uc:
	simtoe_uc_del(st);
	return err;
}

static void simtoe_filters_close(struct simtoe *st)
{
	struct net_device *dev = st->netdev;

	dev_uc_unsync(st->lower, dev);
	dev_mc_unsync(st->lower, dev);
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(st->lower, -1);
	if (dev->flags & IFF_PROMISC)
		dev_set_promiscuity(st->lower, -1);
	simtoe_uc_del(st);
}

static void simtoe_change_rx_flags(struct net_device *dev, int change)
{
	struct simtoe *st = netdev_priv(dev);

	if (!(dev->flags & IFF_UP))
		return;
	if (change & IFF_ALLMULTI)
		dev_set_allmulti(st->lower, dev->flags & IFF_ALLMULTI ? 1 : -1);
	if (change & IFF_PROMISC)
		dev_set_promiscuity(st->lower,
				    dev->flags & IFF_PROMISC ? 1 : -1);
	simtoe_mirror_update(st);
}

static void simtoe_set_rx_mode(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	dev_uc_sync(st->lower, dev);
	dev_mc_sync(st->lower, dev);
}

/* A lower device that filters has to let our VLANs through */
static int simtoe_vlan_rx_add_vid(struct net_device *dev, __be16 proto, u16 vid)
{
	struct simtoe *st = netdev_priv(dev);

	return vlan_vid_add(st->lower, proto, vid);
}

static int simtoe_vlan_rx_kill_vid(struct net_device *dev, __be16 proto,
				   u16 vid)
{
	struct simtoe *st = netdev_priv(dev);

	vlan_vid_del(st->lower, proto, vid);
	return 0;
}

static int simtoe_set_mac_address(struct net_device *dev, void *p)
{
	struct simtoe *st = netdev_priv(dev);
	struct sockaddr *addr = p;

	if (!is_valid_ether_addr(addr->sa_data))
		return -EADDRNOTAVAIL;
	if (!(dev->flags & IFF_UP)) {
		eth_hw_addr_set(dev, addr->sa_data);
		return 0;
	}
	simtoe_uc_del(st);
	eth_hw_addr_set(dev, addr->sa_data);
	return simtoe_uc_add(st, dev->dev_addr);
}

/* ---- interface ---------------------------------------------------------- */

static int simtoe_open(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);
	int err;

	if (!(st->lower->flags & IFF_UP))
		return -ENETDOWN;
	err = simtoe_filters_open(st);
	if (err)
		return err;
	napi_enable(&st->napi);
	err = simtoe_hw_up(st);
	if (err)
		goto err_napi;
	toe_dev_resume(&st->tdev);
	netif_tx_start_all_queues(dev);
	return 0;

err_napi:
	napi_disable(&st->napi);
	simtoe_filters_close(st);
	return err;
}

static int simtoe_stop(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	if (st->toe_registered)
		toe_dev_pause(&st->tdev, TOE_UPLOAD_LINK_DOWN);
	netif_tx_stop_all_queues(dev);
	simtoe_hw_down(st);
	napi_disable(&st->napi);
	simtoe_mirror_drop(st);
	simtoe_filters_close(st);
	return 0;
}

static netdev_tx_t simtoe_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	dev_sw_netstats_tx_add(dev, 1, skb->len);
	return sim_port_xmit(st->hw, skb);
}

static void simtoe_get_stats64(struct net_device *dev,
			       struct rtnl_link_stats64 *s)
{
	struct simtoe *st = netdev_priv(dev);
	struct sim_hw *hw = READ_ONCE(st->hw);
	u64 v[__SIM_STAT_MAX];

	dev_get_tstats64(dev, s);
	if (!hw)
		return;
	sim_stats_read(hw, v);
	s->rx_packets += v[SIM_STAT_RX_SEGS];
	s->rx_bytes += v[SIM_STAT_RX_BYTES];
	s->tx_packets += v[SIM_STAT_TX_SEGS];
	s->tx_bytes += v[SIM_STAT_TX_BYTES];
}

static int simtoe_get_iflink(const struct net_device *dev)
{
	const struct simtoe *st = netdev_priv(dev);

	return READ_ONCE(st->lower->ifindex);
}

static netdev_features_t simtoe_lower_features(const struct simtoe *st)
{
	return (st->lower->features | NETIF_F_GSO_SOFTWARE | NETIF_F_SG |
		NETIF_F_HW_CSUM) & SIMTOE_FEATURES;
}

static netdev_features_t simtoe_fix_features(struct net_device *dev,
					     netdev_features_t features)
{
	return features | SIMTOE_ALWAYS;
}

static int simtoe_state_init(struct simtoe *st)
{
	int err;

	spin_lock_init(&st->lock);
	mutex_init(&st->hw_mutex);
	simtoe_watchdog_init(st);
	err = simtoe_rings_init(st);
	if (err)
		return err;
	err = simtoe_ids_init(st);
	if (err)
		simtoe_rings_exit(st);
	return err;
}

static int simtoe_init(struct net_device *dev)
{
	int err;

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
	err = simtoe_state_init(netdev_priv(dev));
	if (err)
		free_percpu(dev->tstats);
	return err;
}

/* The device is closed and hidden, the framework has left it. */
static void simtoe_uninit(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	if (st->hw) {
		struct sim_hw *hw = st->hw;

		WRITE_ONCE(st->hw, NULL);
		synchronize_net();
		sim_hw_destroy(hw);
		simtoe_watchdog_stop(st);
		simtoe_ring_reset(st);
	}
}

static void simtoe_free(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	simtoe_ids_exit(st);
	simtoe_rings_exit(st);
	free_percpu(dev->tstats);
}

static const struct net_device_ops simtoe_netdev_ops = {
	.ndo_init		= simtoe_init,
	.ndo_uninit		= simtoe_uninit,
	.ndo_open		= simtoe_open,
	.ndo_stop		= simtoe_stop,
	.ndo_start_xmit		= simtoe_xmit,
	.ndo_change_rx_flags	= simtoe_change_rx_flags,
	.ndo_set_rx_mode	= simtoe_set_rx_mode,
	.ndo_set_mac_address	= simtoe_set_mac_address,
	.ndo_vlan_rx_add_vid	= simtoe_vlan_rx_add_vid,
	.ndo_vlan_rx_kill_vid	= simtoe_vlan_rx_kill_vid,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= simtoe_get_stats64,
	.ndo_fix_features	= simtoe_fix_features,
	.ndo_get_iflink		= simtoe_get_iflink,
	.ndo_features_check	= passthru_features_check,
};

static void simtoe_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &simtoe_netdev_ops;
	dev->ethtool_ops = &simtoe_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = simtoe_free;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE |
			   IFF_UNICAST_FLT;
	dev->features = SIMTOE_FEATURES | SIMTOE_ALWAYS;
	toe_set_lltx(dev);
	dev->hw_features = SIMTOE_FEATURES;
	dev->vlan_features = SIMTOE_FEATURES;
	dev->max_mtu = ETH_MAX_MTU;
}

/* ---- rtnl link ---------------------------------------------------------- */

static struct net_device *simtoe_get_lower(struct net *src_net,
					   struct nlattr *tb[],
					   struct netlink_ext_ack *extack)
{
	struct net_device *lower;

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG_MOD(extack,
				   "link DEVICE is required: the wire");
		return ERR_PTR(-EINVAL);
	}
	lower = __dev_get_by_index(src_net, nla_get_u32(tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG_MOD(extack, "link device not found");
		return ERR_PTR(-ENODEV);
	}
	if (lower->type != ARPHRD_ETHER || lower->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_MOD(extack,
				   "link device is not an Ethernet device");
		return ERR_PTR(-EINVAL);
	}
	if (lower->rtnl_link_ops == &simtoe_link_ops) {
		NL_SET_ERR_MSG_MOD(extack,
				   "link device is a simtoe: can't be nested");
		return ERR_PTR(-EINVAL);
	}
	if (netdev_is_rx_handler_busy(lower)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "link device is in use by another device (bridge, bond, macvlan, simtoe, ...)");
		return ERR_PTR(-EBUSY);
	}
	return lower;
}

static int simtoe_validate(struct nlattr *tb[], struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;
	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
		NL_SET_ERR_MSG_MOD(extack, "address is not 6 bytes long");
		return -EINVAL;
	}
	if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
		NL_SET_ERR_MSG_MOD(extack, "address is not a unicast address");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int simtoe_set_link(struct simtoe *st, struct nlattr *tb[],
			   struct netlink_ext_ack *extack)
{
	struct net_device *dev = st->netdev, *lower = st->lower;

	if (!tb[IFLA_MTU]) {
		dev->mtu = lower->mtu;
	} else if (dev->mtu > lower->mtu) {
		NL_SET_ERR_MSG_MOD(extack, "mtu above that of the link device");
		return -EINVAL;
	}
	if (!tb[IFLA_ADDRESS])
		eth_hw_addr_set(dev, lower->dev_addr);
	dev->features = simtoe_lower_features(st) | SIMTOE_ALWAYS;
	dev->min_mtu = lower->min_mtu;
	dev->max_mtu = lower->mtu;
	netif_inherit_tso_max(dev, lower);
	dev->needed_headroom = lower->needed_headroom;
	dev->needed_tailroom = lower->needed_tailroom;
	return 0;
}

static void simtoe_caps(struct simtoe *st)
{
	const struct sim_caps *caps = sim_hw_caps(st->hw);
	struct toe_caps *tc = &st->tdev.caps;

	tc->tcp_entries = caps->tcp_entries;
	tc->max_rcv_wnd = caps->max_rcv_wnd;
	tc->max_bvec = caps->max_sge;
	tc->conn_memory = caps->conn_memory;
	tc->lag = true;
	tc->max_tags = min_t(u8, caps->max_tags, TOE_MAX_TAGS);
	tc->cc_mask = caps->cc_mask;	/* the same bits, see objects.c */
	tc->ecn = caps->ecn;
	tc->pacing = caps->pacing;
	tc->families = (caps->ipv4 ? TOE_FAMILY_IPV4 : 0) |
		       (caps->ipv6 ? TOE_FAMILY_IPV6 : 0);
}

static int simtoe_attach(struct simtoe *st, struct netlink_ext_ack *extack)
{
	struct net_device *dev = st->netdev;
	struct sim_hw *hw;
	int err;

	hw = sim_hw_create(dev, st->lower, &simtoe_host_ops, st, extack);
	if (IS_ERR(hw))
		return PTR_ERR(hw);
	WRITE_ONCE(st->hw, hw);
	simtoe_caps(st);
	st->tdev.netdev = dev;
	st->tdev.ops = &simtoe_toe_ops;
	err = netdev_upper_dev_link(st->lower, dev, extack);
	if (err)
		return err;
	err = toe_dev_register(&st->tdev);
	if (err)
		goto err_unlink;
	st->toe_registered = true;
	toe_dev_pause(&st->tdev, TOE_UPLOAD_LINK_DOWN);
	err = simtoe_devlink_create(st);
	if (err)
		goto err_toe;
	netif_napi_add(dev, &st->napi, simtoe_poll);
	simtoe_watchdog_start(st);
	netif_stacked_transfer_operstate(st->lower, dev);
	linkwatch_fire_event(dev);
	return 0;

err_toe:
	toe_dev_unregister(&st->tdev);
	st->toe_registered = false;
err_unlink:
	netdev_upper_dev_unlink(st->lower, dev);
	return err;
}

static int simtoe_newlink(struct net *src_net, struct net_device *dev,
			  struct nlattr *tb[], struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct simtoe *st = netdev_priv(dev);
	struct net_device *lower;
	int err;

	lower = simtoe_get_lower(src_net, tb, extack);
	if (IS_ERR(lower))
		return PTR_ERR(lower);
	st->netdev = dev;
	st->lower = lower;
	st->mirror = true;
	err = simtoe_set_link(st, tb, extack);
	if (err)
		return err;
	err = register_netdevice(dev);
	if (err)
		return err;
	err = simtoe_attach(st, extack);
	if (err)
		unregister_netdevice(dev);
	return err;
}

static void simtoe_dellink(struct net_device *dev, struct list_head *head)
{
	struct simtoe *st = netdev_priv(dev);

	simtoe_watchdog_stop(st);
	toe_dev_unregister(&st->tdev);
	st->toe_registered = false;
	simtoe_devlink_destroy(st);
	netdev_upper_dev_unlink(st->lower, dev);
	unregister_netdevice_queue(dev, head);
}

static struct net *simtoe_get_link_net(const struct net_device *dev)
{
	const struct simtoe *st = netdev_priv(dev);

	return dev_net(st->lower);
}

struct rtnl_link_ops simtoe_link_ops = {
	.kind		= "simtoe",
	.priv_size	= sizeof(struct simtoe),
	.setup		= simtoe_setup,
	.validate	= simtoe_validate,
	.newlink	= simtoe_newlink,
	.dellink	= simtoe_dellink,
	.get_link_net	= simtoe_get_link_net,
};

/* ---- the lower device's life ------------------------------------------- */

static struct net_device *simtoe_upper(struct net_device *lower)
{
	struct net_device *dev;
	struct list_head *iter;

	netdev_for_each_upper_dev_rcu(lower, dev, iter) {
		if (dev->rtnl_link_ops == &simtoe_link_ops)
			return dev;
	}
	return NULL;
}

static void simtoe_lower_unregister(struct net_device *dev)
{
	LIST_HEAD(list);

	simtoe_dellink(dev, &list);
	unregister_netdevice_many(&list);
}

static void simtoe_lower_features_changed(struct net_device *dev,
					  struct net_device *lower)
{
	netif_inherit_tso_max(dev, lower);
	netdev_update_features(dev);
}

static int simtoe_lower_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *lower = netdev_notifier_info_to_dev(ptr);
	struct net_device *dev;

	rcu_read_lock();
	dev = simtoe_upper(lower);
	rcu_read_unlock();
	if (!dev)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_CHANGE:
		netif_stacked_transfer_operstate(lower, dev);
		break;
	case NETDEV_DOWN:
		netif_stacked_transfer_operstate(lower, dev);
		dev_close(dev);
		break;
	case NETDEV_CHANGEMTU:
		dev->max_mtu = lower->mtu;
		if (dev->mtu > lower->mtu)
			dev_set_mtu(dev, lower->mtu);
		break;
	case NETDEV_FEAT_CHANGE:
		simtoe_lower_features_changed(dev, lower);
		break;
	case NETDEV_UNREGISTER:
		if (lower->reg_state == NETREG_UNREGISTERING)
			simtoe_lower_unregister(dev);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	}
	return NOTIFY_DONE;
}

struct notifier_block simtoe_notifier = {
	.notifier_call = simtoe_lower_event,
};
