// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault injection, debugfs simtoe/<interface>[@<netns inode>]/:
 *
 *	kill		1: dead at once, in silence; 2: with the fatal interrupt
 *	kill_after	N: dies in silence at the N-th hardware step from now
 *	hang		1: the firmware stops; the registers can still be read
 *	hang_after	N: stops at the N-th hardware step from now
 *	broken		Y: a reset does not bring it back, until N is written
 *	lie		BIT(enum sim_lie): each makes one completion a lie
 *	refuse		enum sim_status that answers initiates, 0 = none
 *	upload		"COOKIE REASON": the NIC wishes an upload; COOKIE -1 = all,
 *			REASON a word of sim_reasons[]
 *	cq_full		1: the completion ring looks full
 */
#include "hw.h"

#include <linux/debugfs.h>
#include <linux/uaccess.h>

enum sim_lie {
	SIM_LIE_HANDLE,		/* older generation */
	SIM_LIE_COOKIE,		/* no such cookie */
	SIM_LIE_SEQ,		/* payload beyond the window */
	SIM_LIE_LEN,		/* longer than its buffer */
	SIM_LIE_SND_UNA,	/* acknowledged what was never posted */
	SIM_LIE_RCV_NXT,	/* received what was never delivered */
	SIM_LIE_FLAGS,		/* unknown flags */
	SIM_LIE_NO_BUF,		/* payload without a buffer */
	SIM_LIE_PROD,		/* producer index jumps ahead */
};

static struct dentry *sim_root;

/**
 * sim_die() - the device is dead from here on
 * @hw: the device
 * @report: with a fatal interrupt
 *
 * Context: any.
 */
void sim_die(struct sim_hw *hw, bool report)
{
	if (xchg(&hw->health, SIM_DEAD) == SIM_DEAD)
		return;
	if (report)
		hw->ops->fatal(hw->ctx);
}

/* Nobody is told: the driver has to notice that the heart stands still. */
static void sim_hang(struct sim_hw *hw)
{
	WRITE_ONCE(hw->last_beat, sim_beat());
	cmpxchg(&hw->health, SIM_HEALTHY, SIM_HUNG);
}

/* sim_step() with kill_after or hang_after set */
bool sim_step_armed(struct sim_hw *hw)
{
	if (atomic_dec_return(&hw->fault.steps) <= 0) {
		WRITE_ONCE(hw->fault.armed, false);
		if (READ_ONCE(hw->fault.then) == SIM_HUNG)
			sim_hang(hw);
		else
			sim_die(hw, false);
	}
	return sim_alive(hw);
}

/* Nothing behind the jump can be found by the host, so nothing may follow. */
static void sim_lie_prod(struct sim_hw *hw)
{
	hw->cq->prod += 2 * (hw->cq_mask + 1);
	sim_die(hw, false);
}

/**
 * sim_lie() - spoil a completion as asked for
 * @hw: the device
 * @cqe: about to be written
 *
 * What no host can make good is bytes that were acknowledged but never placed,
 * so a device that lies about payload must not acknowledge it.
 *
 * Context: sim_hw::cq_lock held.
 * Return: true when the connection must not emit any more.
 */
bool sim_lie(struct sim_hw *hw, struct sim_cqe *cqe)
{
	unsigned long *lie = &hw->fault.lie;
	unsigned long before = READ_ONCE(*lie);
	bool payload = cqe->buf;

	if (test_and_clear_bit(SIM_LIE_HANDLE, lie))
		cqe->handle ^= 1U << SIM_HANDLE_INDEX_BITS;
	if (test_and_clear_bit(SIM_LIE_COOKIE, lie))
		cqe->cookie ^= 0x5a5a5a5a;
	if (payload && test_and_clear_bit(SIM_LIE_SEQ, lie))
		cqe->seq += 0x40000000;
	if (payload && test_and_clear_bit(SIM_LIE_LEN, lie))
		cqe->len += 0x10000;
	if (test_and_clear_bit(SIM_LIE_SND_UNA, lie))
		cqe->view.snd_una += 0x40000000;
	if (test_and_clear_bit(SIM_LIE_RCV_NXT, lie))
		cqe->view.rcv_nxt += 0x40000000;
	if (test_and_clear_bit(SIM_LIE_FLAGS, lie))
		cqe->flags |= 0x8000;
	if (payload && test_and_clear_bit(SIM_LIE_NO_BUF, lie)) {
		kfree_skb(cqe->buf);
		cqe->buf = NULL;
	}
	if (test_and_clear_bit(SIM_LIE_PROD, lie))
		sim_lie_prod(hw);
	return payload && READ_ONCE(*lie) != before;
}

static int sim_kill_set(void *data, u64 val)
{
	if (val > 2)
		return -EINVAL;
	if (val)
		sim_die(data, val == 2);
	return 0;
}

static int sim_dead_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct sim_hw *)data)->health) == SIM_DEAD;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_kill_fops, sim_dead_get, sim_kill_set, "%llu\n");

static int sim_hang_set(void *data, u64 val)
{
	if (val != 1)
		return -EINVAL;
	sim_hang(data);
	return 0;
}

static int sim_hung_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct sim_hw *)data)->health) == SIM_HUNG;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_hang_fops, sim_hung_get, sim_hang_set, "%llu\n");

static int sim_arm(struct sim_hw *hw, enum sim_health then, u64 val)
{
	if (val > INT_MAX)
		return -EINVAL;
	WRITE_ONCE(hw->fault.armed, false);
	WRITE_ONCE(hw->fault.then, then);
	atomic_set(&hw->fault.steps, val);
	smp_wmb();	/* the count before it counts */
	WRITE_ONCE(hw->fault.armed, val > 0);
	return 0;
}

static u64 sim_steps_left(const struct sim_hw *hw, enum sim_health then)
{
	return READ_ONCE(hw->fault.armed) &&
	       READ_ONCE(hw->fault.then) == then ?
	       atomic_read(&hw->fault.steps) : 0;
}

static int sim_kill_after_set(void *data, u64 val)
{
	return sim_arm(data, SIM_DEAD, val);
}

static int sim_kill_after_get(void *data, u64 *val)
{
	*val = sim_steps_left(data, SIM_DEAD);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_kill_after_fops, sim_kill_after_get,
			 sim_kill_after_set, "%llu\n");

static int sim_hang_after_set(void *data, u64 val)
{
	return sim_arm(data, SIM_HUNG, val);
}

static int sim_hang_after_get(void *data, u64 *val)
{
	*val = sim_steps_left(data, SIM_HUNG);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_hang_after_fops, sim_hang_after_get,
			 sim_hang_after_set, "%llu\n");

static int sim_cq_full_set(void *data, u64 val)
{
	struct sim_hw *hw = data;

	WRITE_ONCE(hw->fault.cq_full, !!val);
	local_bh_disable();
	sim_irq(hw);
	local_bh_enable();
	return 0;
}

static int sim_cq_full_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct sim_hw *)data)->fault.cq_full);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_cq_full_fops, sim_cq_full_get, sim_cq_full_set,
			 "%llu\n");

static int sim_lie_set(void *data, u64 val)
{
	WRITE_ONCE(((struct sim_hw *)data)->fault.lie, val);
	return 0;
}

static int sim_lie_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct sim_hw *)data)->fault.lie);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sim_lie_fops, sim_lie_get, sim_lie_set, "0x%llx\n");

static u32 sim_wish_upload(struct sim_hw *hw, s64 cookie, u16 reason)
{
	struct sim_conn *conn;
	unsigned long i;
	u32 found = 0;

	rcu_read_lock_bh();
	xa_for_each(&hw->conns, i, conn) {
		if (cookie >= 0 && conn->cookie != cookie)
			continue;
		spin_lock(&conn->lock);
		if (!conn->gone) {
			sim_report(conn, SIM_CQE_UPLOAD, reason, NULL);
			found++;
		}
		spin_unlock(&conn->lock);
	}
	rcu_read_unlock_bh();
	return found;
}

/* Those that a device may give, enum toe_upload_reason from hardware on */
static const char * const sim_reasons[] = {
	"hardware", "invalid-state", "urgent", "timeout", "peer-reset",
	"closing", "segment", "requested", "high-loss", "high-reorder",
	"fragments", "low-activity", "small-io",
};

static_assert(TOE_UPLOAD_HARDWARE + ARRAY_SIZE(sim_reasons) ==
	      TOE_UPLOAD_SMALL_IO + 1);

static ssize_t sim_upload_write(struct file *file, const char __user *ubuf,
				size_t count, loff_t *ppos)
{
	struct sim_hw *hw = file->private_data;
	char buf[48] = {}, word[16];
	s64 cookie;
	int reason;

	if (count >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, ubuf, count))
		return -EFAULT;
	if (sscanf(buf, "%lld %15s", &cookie, word) != 2)
		return -EINVAL;
	reason = match_string(sim_reasons, ARRAY_SIZE(sim_reasons), word);
	if (reason < 0)
		return -EINVAL;
	reason += TOE_UPLOAD_HARDWARE;
	return sim_wish_upload(hw, cookie, reason) || cookie < 0 ? count :
								   -ENOENT;
}

static const struct file_operations sim_upload_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= sim_upload_write,
	.llseek	= noop_llseek,
};

void sim_fault_reset(struct sim_hw *hw)
{
	WRITE_ONCE(hw->fault.armed, false);
	WRITE_ONCE(hw->fault.cq_full, false);
	WRITE_ONCE(hw->fault.lie, 0);
	WRITE_ONCE(hw->fault.refuse, 0);
}

void sim_fault_init(struct sim_hw *hw)
{
	struct net *net = dev_net(hw->upper);
	struct dentry *dir;
	char name[48];

	/* The same name may be in use in other network namespaces. */
	strscpy(name, hw->upper->name, sizeof(name));
	dir = debugfs_lookup(name, sim_root);
	if (dir) {
		dput(dir);
		snprintf(name, sizeof(name), "%s@%u", hw->upper->name,
			 net->ns.inum);
	}
	dir = debugfs_create_dir(name, sim_root);
	hw->fault.dir = dir;
	debugfs_create_file("kill", 0600, dir, hw, &sim_kill_fops);
	debugfs_create_file("kill_after", 0600, dir, hw, &sim_kill_after_fops);
	debugfs_create_file("hang", 0600, dir, hw, &sim_hang_fops);
	debugfs_create_file("hang_after", 0600, dir, hw, &sim_hang_after_fops);
	debugfs_create_file("lie", 0600, dir, hw, &sim_lie_fops);
	debugfs_create_file("upload", 0200, dir, hw, &sim_upload_fops);
	debugfs_create_file("cq_full", 0600, dir, hw, &sim_cq_full_fops);
	debugfs_create_bool("broken", 0600, dir, &hw->fault.broken);
	debugfs_create_u32("refuse", 0600, dir, &hw->fault.refuse);
}

void sim_fault_exit(struct sim_hw *hw)
{
	debugfs_remove_recursive(hw->fault.dir);
}

void sim_fault_module_init(void)
{
	sim_root = debugfs_create_dir("simtoe", NULL);
}

void sim_fault_module_exit(void)
{
	debugfs_remove_recursive(sim_root);
}
