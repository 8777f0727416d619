// SPDX-License-Identifier: GPL-2.0-only
/*
 * devlink health: the reporter "fw" tells of each death of the device, shows what
 * it left behind and has it recovered.
 *
 * DOC: Who recovers
 *
 * Whoever finds the device dead, in whatever context, notes what it reads then
 * (__simtoe_health_note()) and calls toe_dev_fail(). The framework's work item
 * calls simtoe_recover(), once at first and then once a second until the device
 * works. The first call reports: devlink counts, keeps the dump and, unless
 * auto_recover was switched off, calls simtoe_health_recover(). What could not be
 * recovered then is tried again with each further call. What devlink was told not
 * to recover waits for "devlink health recover", a reload, or the next time the
 * interface goes up; the next call notices.
 *
 * DOC: Locks
 *
 * devlink_health_report() takes the lock of the devlink instance, from 6.7 on for
 * the dump, too. It is called from that work item only, with nothing held.
 * The holder of the instance lock never waits for the work item: a reload takes
 * connections up by itself. Nor does it take RTNL, under which the removal of the
 * device waits for the work item, before it takes the devlink instance away.
 * recover takes hw_mutex inside, under which nobody takes the instance lock.
 */
#include <net/devlink.h>
#include <net/toe_compat.h>

#include "simtoe.h"

static const char * const simtoe_causes[] = {
	[SIMTOE_CAUSE_NONE]	= "none",
	[SIMTOE_CAUSE_DEAD]	= "dead: registers read as all ones",
	[SIMTOE_CAUSE_HUNG]	= "hung: the heartbeat stands still",
	[SIMTOE_CAUSE_MBOX]	= "dead: a command was not answered",
	[SIMTOE_CAUSE_RING]	= "ring index of the device out of range",
	[SIMTOE_CAUSE_COOKIE]	= "completion that names no connection",
};

static const char * const simtoe_reg_names[__SIM_REG_MAX] = {
	[SIM_REG_ID]			= "id",
	[SIM_REG_HEARTBEAT]		= "heartbeat",
	[SIM_REG_TCP_USED]		= "tcp_used",
	[SIM_REG_PATH_USED]		= "path_used",
	[SIM_REG_NEIGH_USED]		= "neigh_used",
	[SIM_REG_MID_USED]		= "mid_used",
	[SIM_REG_TCP_SIZE]		= "tcp_size",
	[SIM_REG_CQ_OVERFLOW]		= "cq_overflow",
	[SIM_REG_MIRROR]		= "mirror",
	[SIM_REG_IRQ_USECS]		= "irq_usecs",
	[SIM_REG_IRQ_FRAMES]		= "irq_frames",
	[SIM_REG_UPLOAD_LOSS]		= "upload_loss",
	[SIM_REG_UPLOAD_REORDER]	= "upload_reorder",
	[SIM_REG_UPLOAD_FRAGMENTS]	= "upload_fragments",
	[SIM_REG_UPLOAD_IDLE]		= "upload_idle",
	[SIM_REG_UPLOAD_SMALL_IO]	= "upload_small_io",
};

static const char * const simtoe_bad_names[__SIMTOE_BAD_MAX] = {
	[SIMTOE_BAD_RING]	= "bad_ring",
	[SIMTOE_BAD_COOKIE]	= "bad_cookie",
	[SIMTOE_BAD_HANDLE]	= "bad_handle",
	[SIMTOE_BAD_FLAGS]	= "bad_flags",
	[SIMTOE_BAD_BUF]	= "bad_buf",
	[SIMTOE_BAD_LEN]	= "bad_len",
};

/* The device and the driver's view of it at one moment */
static void __simtoe_snap(struct simtoe *st, struct simtoe_snap *snap)
{
	int i;

	lockdep_assert_held(&st->lock);
	for (i = 0; i < __SIM_REG_MAX; i++)
		snap->reg[i] = sim_reg_read(st->hw, i);
	sim_stats_read(st->hw, snap->stat);
	snap->heartbeat = READ_ONCE(st->heartbeat);
	snap->beat_age_ms = jiffies_to_msecs(jiffies - READ_ONCE(st->beat_at));
	snap->prod = READ_ONCE(st->cq->prod);
	snap->cons = st->cq->cons;
	snap->entries = st->cq_entries;
	snap->conns = toe_dev_conns(&st->tdev);
	snap->completions = st->completions;
	snap->resets = st->resets;
	snap->hangs = READ_ONCE(st->hangs);
	memcpy(snap->bad, st->bad, sizeof(snap->bad));
}

/**
 * __simtoe_health_note() - keep what can be read of a device that failed
 * @st: the device, not cut off yet
 * @cause: how it was noticed
 *
 * Only the first one who notices counts, until it has been reset.
 *
 * Context: any; simtoe::lock held.
 */
void __simtoe_health_note(struct simtoe *st, enum simtoe_cause cause)
{
	lockdep_assert_held(&st->lock);
	if (st->failed)
		return;
	st->failed = true;
	st->failures++;
	st->cause = cause;
	__simtoe_snap(st, &st->snap);
}

static int simtoe_put_regs(struct devlink_fmsg *fmsg,
			   const struct simtoe_snap *snap)
{
	int err = toe_fmsg(devlink_fmsg_pair_nest_start(fmsg, "registers")) ?:
		  toe_fmsg(devlink_fmsg_obj_nest_start(fmsg));
	int i;

	for (i = 0; !err && i < __SIM_REG_MAX; i++)
		err = toe_fmsg(devlink_fmsg_u32_pair_put(fmsg,
							 simtoe_reg_names[i],
							 snap->reg[i]));
	return err ?: toe_fmsg(devlink_fmsg_obj_nest_end(fmsg)) ?:
		      toe_fmsg(devlink_fmsg_pair_nest_end(fmsg));
}

/* Indices of the driver's memory, which also a dead device leaves behind */
static int simtoe_put_ring(struct devlink_fmsg *fmsg,
			   const struct simtoe_snap *snap)
{
	return toe_fmsg(devlink_fmsg_pair_nest_start(fmsg, "ring")) ?:
	       toe_fmsg(devlink_fmsg_obj_nest_start(fmsg)) ?:
	       toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "entries",
						  snap->entries)) ?:
	       toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "prod",
						  snap->prod)) ?:
	       toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "cons",
						  snap->cons)) ?:
	       toe_fmsg(devlink_fmsg_obj_nest_end(fmsg)) ?:
	       toe_fmsg(devlink_fmsg_pair_nest_end(fmsg));
}

static int simtoe_put_driver(struct devlink_fmsg *fmsg,
			     const struct simtoe_snap *snap)
{
	int err = toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "last_heartbeat",
						     snap->heartbeat)) ?:
		  toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "heartbeat_age_ms",
						     snap->beat_age_ms)) ?:
		  toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "connections",
						     snap->conns)) ?:
		  toe_fmsg(devlink_fmsg_u64_pair_put(fmsg, "completions",
						     snap->completions)) ?:
		  toe_fmsg(devlink_fmsg_u64_pair_put(fmsg, "resets",
						     snap->resets)) ?:
		  toe_fmsg(devlink_fmsg_u64_pair_put(fmsg, "hangs",
						     snap->hangs));
	int i;

	for (i = 0; !err && i < __SIMTOE_BAD_MAX; i++)
		err = toe_fmsg(devlink_fmsg_u64_pair_put(fmsg,
							 simtoe_bad_names[i],
							 snap->bad[i]));
	return err;
}

static int simtoe_put_stats(struct devlink_fmsg *fmsg,
			    const struct simtoe_snap *snap)
{
	int err = toe_fmsg(devlink_fmsg_pair_nest_start(fmsg, "counters")) ?:
		  toe_fmsg(devlink_fmsg_obj_nest_start(fmsg));
	int i;

	for (i = 0; !err && i < __SIM_STAT_MAX; i++)
		err = toe_fmsg(devlink_fmsg_u64_pair_put(fmsg,
							 sim_stat_names[i],
							 snap->stat[i]));
	return err ?: toe_fmsg(devlink_fmsg_obj_nest_end(fmsg)) ?:
		      toe_fmsg(devlink_fmsg_pair_nest_end(fmsg));
}

/* Of the death that is reported, or, when the user asks, of this moment */
static int simtoe_health_dump(struct devlink_health_reporter *reporter,
			      struct devlink_fmsg *fmsg, void *priv_ctx,
			      struct netlink_ext_ack *extack)
{
	struct simtoe *st = devlink_health_reporter_priv(reporter);
	enum simtoe_cause cause = SIMTOE_CAUSE_NONE;
	struct simtoe_snap snap;

	spin_lock_bh(&st->lock);
	if (priv_ctx) {
		cause = st->cause;
		snap = st->snap;
	} else {
		__simtoe_snap(st, &snap);
	}
	spin_unlock_bh(&st->lock);
	return toe_fmsg(devlink_fmsg_string_pair_put(fmsg, "cause",
						     simtoe_causes[cause])) ?:
	       simtoe_put_driver(fmsg, &snap) ?:
	       simtoe_put_ring(fmsg, &snap) ?:
	       simtoe_put_regs(fmsg, &snap) ?:
	       simtoe_put_stats(fmsg, &snap);
}

static int simtoe_health_diagnose(struct devlink_health_reporter *reporter,
				  struct devlink_fmsg *fmsg,
				  struct netlink_ext_ack *extack)
{
	struct simtoe *st = devlink_health_reporter_priv(reporter);
	struct simtoe_snap snap;
	enum simtoe_cause cause;
	bool failed;
	u32 beat;

	spin_lock_bh(&st->lock);
	failed = st->failed;
	cause = st->cause;
	__simtoe_snap(st, &snap);
	beat = snap.reg[SIM_REG_HEARTBEAT];
	spin_unlock_bh(&st->lock);
	return toe_fmsg(devlink_fmsg_string_pair_put(fmsg, "state",
						     failed ? "failed" :
							      "working")) ?:
	       toe_fmsg(devlink_fmsg_string_pair_put(fmsg, "last_failure",
						     simtoe_causes[cause])) ?:
	       toe_fmsg(devlink_fmsg_u32_pair_put(fmsg, "heartbeat", beat)) ?:
	       simtoe_put_driver(fmsg, &snap);
}

/* One that stays dead has no carrier, so that a bond sends by another member. */
static void simtoe_health_carrier(struct simtoe *st, bool works)
{
	if (!works)
		netif_carrier_off(st->netdev);
	else if (netif_carrier_ok(st->lower))
		netif_carrier_on(st->netdev);
}

static int simtoe_health_recover(struct devlink_health_reporter *reporter,
				 void *priv_ctx, struct netlink_ext_ack *extack)
{
	struct simtoe *st = devlink_health_reporter_priv(reporter);
	int err;

	if (priv_ctx)
		st->auto_recover = true;
	err = simtoe_hw_revive(st);
	simtoe_health_carrier(st, !err);
	if (err)
		NL_SET_ERR_MSG(extack, "the hardware stays dead");
	return err;
}

static const struct devlink_health_reporter_ops simtoe_health_ops = {
	.name		= "fw",
	.recover	= simtoe_health_recover,
	.dump		= simtoe_health_dump,
	.diagnose	= simtoe_health_diagnose,
};

static bool simtoe_failed(struct simtoe *st)
{
	bool failed;

	spin_lock_bh(&st->lock);
	failed = st->failed;
	spin_unlock_bh(&st->lock);
	return failed;
}

/* For devlink, which can't know of a reset that was not its own */
static void simtoe_health_healthy(struct simtoe *st)
{
	enum devlink_health_reporter_state healthy =
		DEVLINK_HEALTH_REPORTER_STATE_HEALTHY;

	devlink_health_reporter_state_update(st->reporter, healthy);
}

/* A failure is noted only when the one before it is over. */
static void simtoe_health_report(struct simtoe *st)
{
	simtoe_health_healthy(st);
	st->reported = READ_ONCE(st->failures);
	st->auto_recover = false;
	devlink_health_report(st->reporter, simtoe_causes[READ_ONCE(st->cause)],
			      st);
}

/**
 * simtoe_recover() - bring a dead device back
 * @tdev: the device; the framework takes its connections back afterwards
 *
 * Context: process, nothing held; one call at a time.
 * Return: 0, or -EIO when it is dead and to be asked for again.
 */
int simtoe_recover(struct toe_dev *tdev)
{
	struct simtoe *st = simtoe_of(tdev);
	bool first = READ_ONCE(st->failures) != st->reported;

	if (first)
		simtoe_health_report(st);
	else if (st->auto_recover && simtoe_failed(st) &&
		 !simtoe_hw_revive(st))
		devlink_health_reporter_recovery_done(st->reporter);
	if (simtoe_failed(st)) {
		if (first)
			netdev_warn(st->netdev, "hardware stays dead%s\n",
				    st->auto_recover ? "" :
				    " until it is recovered by devlink health");
		simtoe_health_carrier(st, false);
		return -EIO;
	}
	netdev_warn(st->netdev, "hardware was reset\n");
	simtoe_health_carrier(st, true);
	simtoe_health_healthy(st);
	return 0;
}

/**
 * simtoe_health_create() - add the reporter to the devlink instance
 * @st: the device
 * @devlink: its instance, not registered yet
 *
 * No grace period: every death is recovered, however soon after the last one.
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int simtoe_health_create(struct simtoe *st, struct devlink *devlink)
{
	struct devlink_health_reporter *reporter;

	reporter = devlink_health_reporter_create(devlink,
						  &simtoe_health_ops, 0, st);
	if (IS_ERR(reporter))
		return PTR_ERR(reporter);
	st->reporter = reporter;
	return 0;
}

/**
 * simtoe_health_destroy() - take it away
 * @st: the device; the framework calls simtoe_recover() no more
 *
 * Context: process; the instance is not registered any more.
 */
void simtoe_health_destroy(struct simtoe *st)
{
	devlink_health_reporter_destroy(st->reporter);
	st->reporter = NULL;
}
