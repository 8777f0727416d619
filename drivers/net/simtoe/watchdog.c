// SPDX-License-Identifier: GPL-2.0-only
/* Is the hardware alive, and its way back when it is not */
#include "simtoe.h"

#define SIMTOE_WATCHDOG_MS	100
/* The heart beats at least every 100 ms (regs.h), so one that stood still for
 * twice that is a hung device: found after 300 ms at the latest.
 */
#define SIMTOE_HUNG_MS		200

static bool simtoe_hw_alive(struct simtoe *st)
{
	u32 beat;

	if (sim_reg_read(st->hw, SIM_REG_ID) != SIM_ID_MAGIC)
		return false;
	beat = sim_reg_read(st->hw, SIM_REG_HEARTBEAT);
	if (beat == SIM_REG_DEAD)
		return false;
	if (beat != st->heartbeat) {
		st->heartbeat = beat;
		st->beat_at = jiffies;
		return true;
	}
	if (time_before(jiffies, st->beat_at +
				 msecs_to_jiffies(SIMTOE_HUNG_MS)))
		return true;
	st->beat_at = jiffies;
	st->hangs++;
	return false;
}

static void simtoe_watchdog(struct work_struct *work)
{
	struct simtoe *st = container_of(to_delayed_work(work), struct simtoe,
					 watchdog);

	if (READ_ONCE(st->stopping))
		return;
	if (!simtoe_hw_alive(st))
		simtoe_fail(st);
	queue_delayed_work(system_wq, &st->watchdog,
			   msecs_to_jiffies(SIMTOE_WATCHDOG_MS));
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

/* hw_mutex held: forget all on both sides */
static void __simtoe_hw_reset(struct simtoe *st)
{
	sim_hw_reset(st->hw);
	spin_lock_bh(&st->lock);
	__simtoe_ids_flush(st);
	st->resets++;
	spin_unlock_bh(&st->lock);
	simtoe_ring_reset(st);
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
	err = sim_hw_start(st->hw, st->cq);
	if (err) {
		__simtoe_hw_reset(st);
		err = sim_hw_start(st->hw, st->cq);
	}
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

/**
 * simtoe_recover() - bring a dead device back
 * @tdev: the device, nothing of the framework's on it any more
 *
 * Context: process.
 */
void simtoe_recover(struct toe_dev *tdev)
{
	struct simtoe *st = simtoe_of(tdev);

	mutex_lock(&st->hw_mutex);
	__simtoe_hw_reset(st);
	if (st->running)
		sim_hw_start(st->hw, st->cq);
	mutex_unlock(&st->hw_mutex);
	netdev_warn(st->netdev, "hardware was reset\n");
	toe_dev_resume(tdev);
}
