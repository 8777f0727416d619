// SPDX-License-Identifier: GPL-2.0-only
/* The device as a whole: made, powered, reset, and its registers */
#include "hw.h"

#include <linux/module.h>
#include <linux/rtnetlink.h>

#define SIM_TCP_ENTRIES		16384
#define SIM_PATH_ENTRIES	4096
#define SIM_NEIGH_ENTRIES	1024
#define SIM_MID_ENTRIES		4096
#define SIM_MAX_RCV_WND		(32U << 20)
#define SIM_MAX_SGE		64

static const struct sim_caps sim_default_caps = {
	.tcp_entries	= SIM_TCP_ENTRIES,
	.path_entries	= SIM_PATH_ENTRIES,
	.neigh_entries	= SIM_NEIGH_ENTRIES,
	.mid_entries	= SIM_MID_ENTRIES,
	.max_rcv_wnd	= SIM_MAX_RCV_WND,
	.min_mtu	= ETH_MIN_MTU,
	.max_mtu	= ETH_MAX_MTU,
	.max_sge	= SIM_MAX_SGE,
	.cc_mask	= BIT(ENG_CC_RENO) | BIT(ENG_CC_CUBIC) |
			  BIT(ENG_CC_DCTCP),
	.ecn		= true,
	.pacing		= true,
	.max_tags	= SIM_MAX_TAGS,
	.ipv4		= true,
	.ipv6		= true,
};

/**
 * sim_hw_create() - plug a NIC onto a wire
 * @upper: its network interface, registered
 * @lower: the Ethernet device that serves as wire
 * @ops: what the device calls
 * @ctx: argument of @ops
 * @extack: error text
 *
 * Context: process, RTNL held. The port is powered down.
 * Return: the device or an error pointer.
 */
struct sim_hw *sim_hw_create(struct net_device *upper, struct net_device *lower,
			     const struct sim_host_ops *ops, void *ctx,
			     struct netlink_ext_ack *extack)
{
	struct sim_hw *hw;
	int err = -ENOMEM;

	ASSERT_RTNL();
	hw = kzalloc(sizeof(*hw), GFP_KERNEL);
	if (!hw)
		return ERR_PTR(-ENOMEM);
	hw->upper = upper;
	hw->lower = lower;
	hw->ops = ops;
	hw->ctx = ctx;
	hw->caps = sim_default_caps;
	hw->caps.conn_memory = sim_table_entry_size();
	spin_lock_init(&hw->pend_lock);
	spin_lock_init(&hw->cq_lock);
	INIT_LIST_HEAD(&hw->pend);
	skb_queue_head_init(&hw->mirrored);
	sim_judge_init(hw);
	sim_coal_init(hw);
	if (sim_stats_init(hw))
		goto err_free_hw;
	err = sim_table_init(hw);
	if (err)
		goto err_exit_stats;
	err = netdev_rx_handler_register(lower, sim_port_rx, hw);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack, "link device has another user");
		goto err_exit_table;
	}
	sim_fault_init(hw);
	return hw;

err_exit_table:
	sim_table_exit(hw);
err_exit_stats:
	sim_stats_exit(hw);
err_free_hw:
	kfree(hw);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(sim_hw_create);

/**
 * sim_hw_destroy() - unplug
 * @hw: the device, port down
 *
 * Context: process, RTNL held.
 */
void sim_hw_destroy(struct sim_hw *hw)
{
	ASSERT_RTNL();
	sim_fault_exit(hw);
	sim_hw_stop(hw);
	netdev_rx_handler_unregister(hw->lower);
	sim_table_exit(hw);
	/* Connections and their timers hold the device until then. */
	rcu_barrier();
	skb_queue_purge(&hw->mirrored);
	sim_stats_exit(hw);
	kfree(hw);
}
EXPORT_SYMBOL_GPL(sim_hw_destroy);

/**
 * sim_hw_start() - power the port up
 * @hw: the device
 * @cq: completion ring, empty
 * @entries: of it
 *
 * Context: process.
 * Return: 0, -EIO when the device is dead or hung, -EINVAL when it can't have a
 * ring of that size.
 */
int sim_hw_start(struct sim_hw *hw, struct sim_cq *cq, u32 entries)
{
	if (!sim_alive(hw))
		return -EIO;
	if (!is_power_of_2(entries) || entries < SIM_CQ_MIN_ENTRIES ||
	    entries > SIM_CQ_MAX_ENTRIES)
		return -EINVAL;
	spin_lock_bh(&hw->cq_lock);
	hw->cq_mask = entries - 1;
	WRITE_ONCE(hw->prod, cq->prod);
	hw->reserved = 0;
	WRITE_ONCE(hw->cq, cq);
	spin_unlock_bh(&hw->cq_lock);
	WRITE_ONCE(hw->irq_masked, 0);
	WRITE_ONCE(hw->up, true);
	sim_judge_start(hw);
	return 0;
}
EXPORT_SYMBOL_GPL(sim_hw_start);

/**
 * sim_hw_stop() - power the port down
 * @hw: the device, dead or alive
 *
 * When it returns the ring is no longer written.
 *
 * Context: process, may sleep.
 */
void sim_hw_stop(struct sim_hw *hw)
{
	WRITE_ONCE(hw->up, false);
	sim_judge_stop(hw);
	spin_lock_bh(&hw->cq_lock);
	WRITE_ONCE(hw->cq, NULL);
	spin_unlock_bh(&hw->cq_lock);
	/* a reset takes no time: connections wait for it */
	synchronize_rcu_expedited();
	sim_coal_stop(hw);
}
EXPORT_SYMBOL_GPL(sim_hw_stop);

/**
 * sim_hw_halt() - cut a device off that can't be believed
 * @hw: the device; dead until it is reset
 *
 * Context: any.
 */
void sim_hw_halt(struct sim_hw *hw)
{
	sim_die(hw, false);
}
EXPORT_SYMBOL_GPL(sim_hw_halt);

/**
 * sim_hw_reset() - bring a device, dead or alive, back empty
 * @hw: the device; its port is down afterwards
 *
 * Context: process, may sleep.
 * Return: 0, or -EIO when it stays dead.
 */
int sim_hw_reset(struct sim_hw *hw)
{
	WRITE_ONCE(hw->health, SIM_DEAD);
	sim_hw_stop(hw);
	sim_table_flush(hw);
	sim_fault_reset(hw);
	if (READ_ONCE(hw->fault.broken))
		return -EIO;
	WRITE_ONCE(hw->health, SIM_HEALTHY);
	return 0;
}
EXPORT_SYMBOL_GPL(sim_hw_reset);

/**
 * sim_hw_caps() - the capabilities register block
 * @hw: the device
 *
 * Context: any.
 * Return: never NULL; valid as long as the device.
 */
const struct sim_caps *sim_hw_caps(struct sim_hw *hw)
{
	return &hw->caps;
}
EXPORT_SYMBOL_GPL(sim_hw_caps);

/* 10 ms units */
u32 sim_beat(void)
{
	return (u32)div_u64(sim_now(), 10 * USEC_PER_MSEC);
}

/**
 * sim_reg_read() - read a global register
 * @hw: the device
 * @reg: which
 *
 * Context: any.
 * Return: its value; SIM_REG_DEAD from a dead device.
 */
u32 sim_reg_read(struct sim_hw *hw, enum sim_reg reg)
{
	int health = READ_ONCE(hw->health);

	if (health == SIM_DEAD)
		return SIM_REG_DEAD;
	switch (reg) {
	case SIM_REG_ID:
		return SIM_ID_MAGIC;
	case SIM_REG_HEARTBEAT:
		return health == SIM_HUNG ? READ_ONCE(hw->last_beat) :
					    sim_beat();
	case SIM_REG_TCP_USED:
		return READ_ONCE(hw->nr_conns);
	case SIM_REG_PATH_USED:
		return READ_ONCE(hw->nr_paths);
	case SIM_REG_NEIGH_USED:
		return READ_ONCE(hw->nr_neighs);
	case SIM_REG_MID_USED:
		return READ_ONCE(hw->nr_mids);
	case SIM_REG_TCP_SIZE:
		return READ_ONCE(hw->caps.tcp_entries);
	case SIM_REG_CQ_OVERFLOW:
		return READ_ONCE(hw->cq_overflow);
	case SIM_REG_MIRROR:
		return READ_ONCE(hw->mirror);
	case SIM_REG_IRQ_USECS:
		return READ_ONCE(hw->coal.usecs);
	case SIM_REG_IRQ_FRAMES:
		return READ_ONCE(hw->coal.frames);
	case SIM_REG_UPLOAD_LOSS:
	case SIM_REG_UPLOAD_REORDER:
	case SIM_REG_UPLOAD_FRAGMENTS:
	case SIM_REG_UPLOAD_IDLE:
	case SIM_REG_UPLOAD_SMALL_IO:
		return READ_ONCE(hw->judge.limit[reg - SIM_REG_UPLOAD_LOSS]);
	case __SIM_REG_MAX:
		break;
	}
	return SIM_REG_DEAD;
}
EXPORT_SYMBOL_GPL(sim_reg_read);

/**
 * sim_reg_write() - write a global register
 * @hw: the device
 * @reg: which
 * @val: its new value; connections above a smaller size of the table stay
 *
 * Context: any.
 * Return: 0, -EIO (dead or hung), -EINVAL, -EPERM (read-only).
 */
int sim_reg_write(struct sim_hw *hw, enum sim_reg reg, u32 val)
{
	if (!sim_alive(hw))
		return -EIO;
	switch (reg) {
	case SIM_REG_TCP_SIZE:
		if (val >= 1U << SIM_HANDLE_INDEX_BITS)
			return -EINVAL;
		WRITE_ONCE(hw->caps.tcp_entries, val);
		return 0;
	case SIM_REG_MIRROR:
		if (val > 1)
			return -EINVAL;
		WRITE_ONCE(hw->mirror, val);
		return 0;
	case SIM_REG_IRQ_USECS:
		if (val > SIM_IRQ_MAX_USECS)
			return -EINVAL;
		WRITE_ONCE(hw->coal.usecs, val);
		return 0;
	case SIM_REG_IRQ_FRAMES:
		if (val > SIM_IRQ_MAX_FRAMES)
			return -EINVAL;
		WRITE_ONCE(hw->coal.frames, val);
		return 0;
	case SIM_REG_UPLOAD_LOSS:
	case SIM_REG_UPLOAD_REORDER:
	case SIM_REG_UPLOAD_FRAGMENTS:
		if (val > 1000)
			return -EINVAL;
		fallthrough;
	case SIM_REG_UPLOAD_IDLE:
	case SIM_REG_UPLOAD_SMALL_IO:
		if (val == SIM_REG_DEAD)
			return -EINVAL;
		sim_judge_limit(hw, reg - SIM_REG_UPLOAD_LOSS, val);
		return 0;
	case SIM_REG_ID:
	case SIM_REG_HEARTBEAT:
	case SIM_REG_TCP_USED:
	case SIM_REG_PATH_USED:
	case SIM_REG_NEIGH_USED:
	case SIM_REG_MID_USED:
	case SIM_REG_CQ_OVERFLOW:
	case __SIM_REG_MAX:
		break;
	}
	return -EPERM;
}
EXPORT_SYMBOL_GPL(sim_reg_write);

static int __init sim_init(void)
{
	int err;

	err = sim_table_module_init();
	if (err)
		return err;
	sim_fault_module_init();
	return 0;
}
module_init(sim_init);

static void __exit sim_exit(void)
{
	sim_fault_module_exit();
	sim_table_module_exit();
}
module_exit(sim_exit);

MODULE_DESCRIPTION("Simulated TOE-capable NIC, the hardware");
MODULE_AUTHOR("OpenTOE");
MODULE_VERSION(SIM_FW_VERSION);
MODULE_LICENSE("GPL");
