// SPDX-License-Identifier: GPL-2.0-only
/* ethtool: identity, counters, private flags, link, ring */
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

#define SIMTOE_NR_STATS	(__SIM_STAT_MAX + ARRAY_SIZE(simtoe_stat_names))

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
	}
	return -EOPNOTSUPP;
}

static void simtoe_get_strings(struct net_device *dev, u32 sset, u8 *buf)
{
	u32 i;

	switch (sset) {
	case ETH_SS_STATS:
		for (i = 0; i < __SIM_STAT_MAX; i++)
			ethtool_sprintf(&buf, "%s", sim_stat_names[i]);
		memcpy(buf, simtoe_stat_names, sizeof(simtoe_stat_names));
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
	ring->rx_max_pending = SIM_CQ_ENTRIES;
	ring->rx_pending = SIM_CQ_ENTRIES;
}

const struct ethtool_ops simtoe_ethtool_ops = {
	.get_drvinfo		= simtoe_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_ringparam		= simtoe_get_ringparam,
	.get_strings		= simtoe_get_strings,
	.get_ethtool_stats	= simtoe_get_ethtool_stats,
	.get_priv_flags		= simtoe_get_priv_flags,
	.set_priv_flags		= simtoe_set_priv_flags,
	.get_sset_count		= simtoe_get_sset_count,
	.get_ts_info		= ethtool_op_get_ts_info,
	.get_link_ksettings	= simtoe_get_link_ksettings,
};
