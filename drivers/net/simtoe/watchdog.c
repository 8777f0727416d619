// SPDX-License-Identifier: GPL-2.0-only
/* Is the hardware alive, and its way back when it is not */
#include "simtoe.h"

#define SIMTOE_WATCHDOG_MS	100
#define SIMTOE_WATCHDOG_BUSY_MS	10
/* The heart beats at least every 100 ms (regs.h), so one that stood still for
 * twice that is a hung device: found after 300 ms at the latest.
 */
#define SIMTOE_HUNG_MS		200

/* SIMTOE_CAUSE_NONE: it is. A beat is as old as @now at most, and new ones count
 * from later: who is held up between the two does not take that for a hang.
 */
static enum simtoe_cause simtoe_hw_check(struct simtoe *st)
{
	unsigned long now = jiffies;
	u32 beat;

	if (sim_reg_read(st->hw, SIM_REG_ID) != SIM_ID_MAGIC)
		return SIMTOE_CAUSE_DEAD;
	beat = sim_reg_read(st->hw, SIM_REG_HEARTBEAT);
	if (beat == SIM_REG_DEAD)
		return SIMTOE_CAUSE_DEAD;
	if (beat != st->heartbeat) {
		st->heartbeat = beat;
		st->beat_at = jiffies;
		return SIMTOE_CAUSE_NONE;
	}
	if (time_before(now, st->beat_at + msecs_to_jiffies(SIMTOE_HUNG_MS)))
		return SIMTOE_CAUSE_NONE;
	st->hangs++;
	return SIMTOE_CAUSE_HUNG;
}

/* Who has connections down looks often: their programs wait */
static unsigned long simtoe_watchdog_pause(struct simtoe *st)
{
	return msecs_to_jiffies(toe_dev_conns(&st->tdev) ?
				SIMTOE_WATCHDOG_BUSY_MS : SIMTOE_WATCHDOG_MS);
}

static void simtoe_watchdog(struct work_struct *work)
{
	struct simtoe *st = container_of(to_delayed_work(work), struct simtoe,
					 watchdog);
	u64 resets = READ_ONCE(st->resets);
	enum simtoe_cause cause;

	if (READ_ONCE(st->stopping))
		return;
	cause = simtoe_hw_check(st);
	if (cause != SIMTOE_CAUSE_NONE)
		simtoe_fail(st, resets, cause);
	if (cause == SIMTOE_CAUSE_HUNG)
		st->beat_at = jiffies;	/* one hang counts once */
	simtoe_mirror_update(st);
	queue_delayed_work(system_wq, &st->watchdog,
			   simtoe_watchdog_pause(st));
}

void simtoe_watchdog_init(struct simtoe *st)
{
	INIT_DELAYED_WORK(&st->watchdog, simtoe_watchdog);
}

void simtoe_watchdog_start(struct simtoe *st)
{
	queue_delayed_work(system_wq, &st->watchdog,
			   msecs_to_jiffies(SIMTOE_WATCHDOG_MS));
}

void simtoe_watchdog_stop(struct simtoe *st)
{
	/* A fatal interrupt may ring once more until the hardware is gone;
	 * simtoe_uninit() stops again after that.
	 */
	WRITE_ONCE(st->stopping, true);
	cancel_delayed_work_sync(&st->watchdog);
}

/* hw_mutex held: forget all on both sides. Connections may still be on the
 * device as far as the framework knows: their handles name nothing afterwards.
 */
static int __simtoe_hw_reset(struct simtoe *st)
{
	int err;

	spin_lock_bh(&st->lock);
	st->resetting = true;
	__simtoe_ring_last(st);
	spin_unlock_bh(&st->lock);
	err = sim_hw_reset(st->hw);
	simtoe_ring_reset(st);
	spin_lock_bh(&st->lock);
	__simtoe_ids_flush(st);
	st->resets++;
	st->resetting = false;
	if (!err)
		WRITE_ONCE(st->failed, false);
	/* what was read above is in inboxes: their sockets learn of it */
	if (!toe_batch_empty(&st->batch))
		napi_schedule(&st->napi);
	spin_unlock_bh(&st->lock);
	return err;
}

static int __simtoe_hw_start(struct simtoe *st)
{
	return sim_hw_start(st->hw, st->cq, st->cq_entries);
}

/**
 * simtoe_hw_up() - power the port up, after a reset if need be
 * @st: the device
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int simtoe_hw_up(struct simtoe *st)
{
	int err;

	mutex_lock(&st->hw_mutex);
	err = __simtoe_hw_start(st);
	if (err)
		err = __simtoe_hw_reset(st) ? : __simtoe_hw_start(st);
	st->running = !err;
	mutex_unlock(&st->hw_mutex);
	return err;
}

/**
 * simtoe_hw_down() - power the port down
 * @st: the device, without connections
 *
 * Context: process.
 */
void simtoe_hw_down(struct simtoe *st)
{
	mutex_lock(&st->hw_mutex);
	st->running = false;
	sim_hw_stop(st->hw);
	mutex_unlock(&st->hw_mutex);
}

static int __simtoe_hw_renew(struct simtoe *st)
{
	int err = __simtoe_hw_reset(st);

	if (!err && st->running)
		err = __simtoe_hw_start(st);
	return err;
}

/**
 * simtoe_hw_renew() - reset the hardware, and its port up if it was up
 * @st: the device
 *
 * Context: process.
 * Return: 0, or -EIO when it is dead and stays so.
 */
int simtoe_hw_renew(struct simtoe *st)
{
	int err;

	mutex_lock(&st->hw_mutex);
	err = __simtoe_hw_renew(st);
	mutex_unlock(&st->hw_mutex);
	return err;
}

/**
 * simtoe_hw_revive() - the same, if it failed and nobody else has done it yet
 * @st: the device
 *
 * One that works is left alone: connections may be down on it again.
 *
 * Context: process.
 * Return: 0, or -EIO when it is dead and stays so.
 */
int simtoe_hw_revive(struct simtoe *st)
{
	int err = 0;

	mutex_lock(&st->hw_mutex);
	/* cleared under hw_mutex only; set meanwhile: reported once more */
	if (READ_ONCE(st->failed))
		err = __simtoe_hw_renew(st);
	mutex_unlock(&st->hw_mutex);
	return err;
}

/**
 * simtoe_hw_ring() - give the hardware another completion ring
 * @st: the device, without connections; one that comes down by itself meanwhile
 *	is rebuilt as after a death
 * @cq: of simtoe_ring_alloc(), the device's from here on
 * @entries: of it
 *
 * Context: process.
 * Return: 0, or -EIO when the hardware is dead; it has the ring all the same.
 */
int simtoe_hw_ring(struct simtoe *st, struct sim_cq *cq, u32 entries)
{
	int err;

	mutex_lock(&st->hw_mutex);
	err = __simtoe_hw_reset(st);
	simtoe_ring_replace(st, cq, entries);
	if (!err && st->running)
		err = __simtoe_hw_start(st);
	mutex_unlock(&st->hw_mutex);
	return err;
}
