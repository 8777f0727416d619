// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool: identity, counters, registers, private flags, link, ring, channels,
 * interrupt moderation
 */
#include "simtoe.h"

#include <linux/ethtool.h>

/* The driver's own counters, after the hardware's */
static const char simtoe_stat_names[][ETH_GSTRING_LEN] = {
	"toe_offloaded",
	"toe_table_used",
	"toe_table_size",
	"toe_objects",
	"toe_completions",
	"toe_resets",
	"toe_hangs",
	"toe_bad_ring",
	"toe_bad_cookie",
	"toe_bad_handle",
	"toe_bad_flags",
	"toe_bad_buf",
	"toe_bad_len",
};

/* Why the hardware asked for an upload, and why it refused an object */
static const struct simtoe_reason {
	u16 code;
	char name[ETH_GSTRING_LEN];
} simtoe_asked[] = {
	{ TOE_UPLOAD_HARDWARE,		"toe_asked_hardware" },
	{ TOE_UPLOAD_INVALID_STATE,	"toe_asked_invalid_state" },
	{ TOE_UPLOAD_URGENT,		"toe_asked_urgent" },
	{ TOE_UPLOAD_TIMEOUT,		"toe_asked_timeout" },
	{ TOE_UPLOAD_PEER_RESET,	"toe_asked_peer_reset" },
	{ TOE_UPLOAD_CLOSING,		"toe_asked_closing" },
	{ TOE_UPLOAD_SEGMENT,		"toe_asked_segment" },
	{ TOE_UPLOAD_REQUESTED,		"toe_asked_requested" },
	{ TOE_UPLOAD_HIGH_LOSS,		"toe_asked_high_loss" },
	{ TOE_UPLOAD_HIGH_REORDER,	"toe_asked_high_reorder" },
	{ TOE_UPLOAD_FRAGMENTS,		"toe_asked_fragments" },
	{ TOE_UPLOAD_LOW_ACTIVITY,	"toe_asked_low_activity" },
	{ TOE_UPLOAD_SMALL_IO,		"toe_asked_small_io" },
}, simtoe_refused[] = {
	{ SIM_E_TCP_ENTRIES,		"toe_refused_tcp_entries" },
	{ SIM_E_PATH_ENTRIES,		"toe_refused_path_entries" },
	{ SIM_E_NEIGH_ENTRIES,		"toe_refused_neigh_entries" },
	{ SIM_E_MID_ENTRIES,		"toe_refused_vlan_entries" },
	{ SIM_E_TAGS,			"toe_refused_tags" },
	{ SIM_E_FAMILY,			"toe_refused_family" },
	{ SIM_E_WINDOW,			"toe_refused_window" },
	{ SIM_E_MTU,			"toe_refused_mtu" },
	{ SIM_E_CC,			"toe_refused_congestion" },
	{ SIM_E_REJECTED,		"toe_refused_rejected" },
	{ SIM_E_DUPLICATE,		"toe_refused_duplicate" },
	{ SIM_E_HANDLE,			"toe_refused_handle" },
	{ SIM_E_INVALID,		"toe_refused_invalid" },
	{ SIM_E_PARENT,			"toe_refused_parent" },
};

#define SIMTOE_NR_STATS	(__SIM_STAT_MAX + ARRAY_SIZE(simtoe_stat_names) + \
			 ARRAY_SIZE(simtoe_asked) + ARRAY_SIZE(simtoe_refused))

static const char simtoe_priv_flags[][ETH_GSTRING_LEN] = {
	"tcp-offload",
	"mirror",
};

#define SIMTOE_FLAG_TCP_OFFLOAD	BIT(0)
#define SIMTOE_FLAG_MIRROR	BIT(1)

static void simtoe_get_drvinfo(struct net_device *dev,
			       struct ethtool_drvinfo *info)
{
	struct simtoe *st = netdev_priv(dev);

	strscpy(info->driver, SIMTOE_DRV_NAME, sizeof(info->driver));
	strscpy(info->version, SIMTOE_DRV_VERSION, sizeof(info->version));
	strscpy(info->fw_version, SIM_FW_VERSION, sizeof(info->fw_version));
	/* the name in devlink's handle platform/NAME */
	strscpy(info->bus_info, simtoe_devlink_name(st), sizeof(info->bus_info));
}

static int simtoe_get_sset_count(struct net_device *dev, int sset)
{
	switch (sset) {
	case ETH_SS_STATS:
		return SIMTOE_NR_STATS;
	case ETH_SS_PRIV_FLAGS:
		return ARRAY_SIZE(simtoe_priv_flags);
	case ETH_SS_TEST:
		return simtoe_test_count();
	}
	return -EOPNOTSUPP;
}

static void simtoe_get_stat_names(u8 *buf)
{
	u32 i;

	for (i = 0; i < __SIM_STAT_MAX; i++)
		ethtool_sprintf(&buf, "%s", sim_stat_names[i]);
	for (i = 0; i < ARRAY_SIZE(simtoe_stat_names); i++)
		ethtool_sprintf(&buf, "%s", simtoe_stat_names[i]);
	for (i = 0; i < ARRAY_SIZE(simtoe_asked); i++)
		ethtool_sprintf(&buf, "%s", simtoe_asked[i].name);
	for (i = 0; i < ARRAY_SIZE(simtoe_refused); i++)
		ethtool_sprintf(&buf, "%s", simtoe_refused[i].name);
}

static void simtoe_get_strings(struct net_device *dev, u32 sset, u8 *buf)
{
	switch (sset) {
	case ETH_SS_STATS:
		simtoe_get_stat_names(buf);
		break;
	case ETH_SS_TEST:
		simtoe_test_names(buf);
		break;
	case ETH_SS_PRIV_FLAGS:
		memcpy(buf, simtoe_priv_flags, sizeof(simtoe_priv_flags));
		break;
	}
}

static void simtoe_get_ethtool_stats(struct net_device *dev,
				     struct ethtool_stats *stats, u64 *data)
{
	struct simtoe *st = netdev_priv(dev);
	u32 i;

	sim_stats_read(st->hw, data);
	data += __SIM_STAT_MAX;
	*data++ = toe_dev_conns(&st->tdev);
	*data++ = sim_reg_read(st->hw, SIM_REG_TCP_USED);
	*data++ = sim_reg_read(st->hw, SIM_REG_TCP_SIZE);
	*data++ = sim_reg_read(st->hw, SIM_REG_PATH_USED) +
		  sim_reg_read(st->hw, SIM_REG_MID_USED) +
		  sim_reg_read(st->hw, SIM_REG_NEIGH_USED);
	spin_lock_bh(&st->lock);
	*data++ = st->completions;
	*data++ = st->resets;
	*data++ = READ_ONCE(st->hangs);
	for (i = 0; i < __SIMTOE_BAD_MAX; i++)
		*data++ = st->bad[i];
	for (i = 0; i < ARRAY_SIZE(simtoe_asked); i++)
		*data++ = st->asked[simtoe_asked[i].code];
	for (i = 0; i < ARRAY_SIZE(simtoe_refused); i++)
		*data++ = st->refused[simtoe_refused[i].code];
	spin_unlock_bh(&st->lock);
}

static u32 simtoe_get_priv_flags(struct net_device *dev)
{
	struct simtoe *st = netdev_priv(dev);

	return (toe_dev_enabled(&st->tdev) ? SIMTOE_FLAG_TCP_OFFLOAD : 0) |
	       (READ_ONCE(st->mirror) ? SIMTOE_FLAG_MIRROR : 0);
}

static int simtoe_set_priv_flags(struct net_device *dev, u32 flags)
{
	struct simtoe *st = netdev_priv(dev);

	if (flags & ~(SIMTOE_FLAG_TCP_OFFLOAD | SIMTOE_FLAG_MIRROR))
		return -EINVAL;
	simtoe_mirror_enable(st, flags & SIMTOE_FLAG_MIRROR);
	toe_dev_enable(&st->tdev, flags & SIMTOE_FLAG_TCP_OFFLOAD);
	return 0;
}

static int simtoe_get_link_ksettings(struct net_device *dev,
				     struct ethtool_link_ksettings *cmd)
{
	struct simtoe *st = netdev_priv(dev);

	if (!__ethtool_get_link_ksettings(st->lower, cmd))
		return 0;
	cmd->base.speed = SPEED_10000;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static void simtoe_get_ringparam(struct net_device *dev,
				 struct ethtool_ringparam *ring,
				 struct kernel_ethtool_ringparam *kring,
				 struct netlink_ext_ack *extack)
{
	struct simtoe *st = netdev_priv(dev);

	ring->rx_max_pending = SIM_CQ_MAX_ENTRIES;
	ring->rx_pending = READ_ONCE(st->cq_entries);
}

/* Connections come up, get the other ring, and go down again. The maximum was
 * checked by the caller.
 */
static int simtoe_set_ringparam(struct net_device *dev,
				struct ethtool_ringparam *ring,
				struct kernel_ethtool_ringparam *kring,
				struct netlink_ext_ack *extack)
{
	struct simtoe *st = netdev_priv(dev);
	u32 entries = ring->rx_pending;
	struct sim_cq *cq;
	int err;

	if (entries < SIM_CQ_MIN_ENTRIES || !is_power_of_2(entries)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "rx: a power of two from 64 to 32768");
		return -EINVAL;
	}
	if (entries == st->cq_entries)
		return 0;
	cq = simtoe_ring_alloc(entries);
	if (!cq)
		return -ENOMEM;
	toe_dev_pause(&st->tdev, TOE_UPLOAD_RELOAD);
	err = simtoe_hw_ring(st, cq, entries);
	toe_dev_resume(&st->tdev);
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "the hardware is dead");
	return err;
}

/* One completion ring with one interrupt serves both directions. The caller
 * refuses any other number.
 */
static void simtoe_get_channels(struct net_device *dev,
				struct ethtool_channels *ch)
{
	ch->max_combined = 1;
	ch->combined_count = 1;
}

static int simtoe_set_channels(struct net_device *dev,
			       struct ethtool_channels *ch)
{
	return ch->combined_count == 1 ? 0 : -EINVAL;
}

static int simtoe_get_coalesce(struct net_device *dev,
			       struct ethtool_coalesce *c,
			       struct kernel_ethtool_coalesce *kc,
			       struct netlink_ext_ack *extack)
{
	struct simtoe *st = netdev_priv(dev);

	c->rx_coalesce_usecs = sim_reg_read(st->hw, SIM_REG_IRQ_USECS);
	c->rx_max_coalesced_frames = sim_reg_read(st->hw, SIM_REG_IRQ_FRAMES);
	return c->rx_coalesce_usecs == SIM_REG_DEAD ? -EIO : 0;
}

static int simtoe_check_coalesce(const struct ethtool_coalesce *c,
				 struct netlink_ext_ack *extack)
{
	if (c->rx_coalesce_usecs > SIM_IRQ_MAX_USECS) {
		NL_SET_ERR_MSG_MOD(extack, "rx-usecs: at most 10000");
		return -EINVAL;
	}
	if (c->rx_max_coalesced_frames > SIM_IRQ_MAX_FRAMES) {
		NL_SET_ERR_MSG_MOD(extack, "rx-frames: at most 1024");
		return -EINVAL;
	}
	if (c->rx_max_coalesced_frames > 1 && !c->rx_coalesce_usecs) {
		NL_SET_ERR_MSG_MOD(extack,
				   "rx-frames above 1 needs rx-usecs: the last ones would wait for ever");
		return -EINVAL;
	}
	return 0;
}

static int simtoe_set_coalesce(struct net_device *dev,
			       struct ethtool_coalesce *c,
			       struct kernel_ethtool_coalesce *kc,
			       struct netlink_ext_ack *extack)
{
	struct simtoe *st = netdev_priv(dev);
	int err = simtoe_check_coalesce(c, extack);

	if (err)
		return err;
	err = sim_reg_write(st->hw, SIM_REG_IRQ_FRAMES,
			    c->rx_max_coalesced_frames) ?:
	      sim_reg_write(st->hw, SIM_REG_IRQ_USECS, c->rx_coalesce_usecs);
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "the hardware is dead");
	return err;
}

/* Register block of the data sheet, 32 bits each, in its order */
#define SIMTOE_REGS_VERSION	1

static int simtoe_get_regs_len(struct net_device *dev)
{
	return __SIM_REG_MAX * sizeof(u32);
}

static void simtoe_get_regs(struct net_device *dev, struct ethtool_regs *regs,
			    void *buf)
{
	struct simtoe *st = netdev_priv(dev);
	u32 *val = buf;
	int i;

	regs->version = SIMTOE_REGS_VERSION;
	for (i = 0; i < __SIM_REG_MAX; i++)
		val[i] = sim_reg_read(st->hw, i);
}

const struct ethtool_ops simtoe_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS |
				     ETHTOOL_COALESCE_RX_MAX_FRAMES,
	.get_drvinfo		= simtoe_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_regs_len		= simtoe_get_regs_len,
	.get_regs		= simtoe_get_regs,
	.get_coalesce		= simtoe_get_coalesce,
	.set_coalesce		= simtoe_set_coalesce,
	.get_ringparam		= simtoe_get_ringparam,
	.set_ringparam		= simtoe_set_ringparam,
	.self_test		= simtoe_self_test,
	.get_strings		= simtoe_get_strings,
	.get_ethtool_stats	= simtoe_get_ethtool_stats,
	.get_priv_flags		= simtoe_get_priv_flags,
	.set_priv_flags		= simtoe_set_priv_flags,
	.get_sset_count		= simtoe_get_sset_count,
	.get_ts_info		= ethtool_op_get_ts_info,
	.get_channels		= simtoe_get_channels,
	.set_channels		= simtoe_set_channels,
	.get_link_ksettings	= simtoe_get_link_ksettings,
};
