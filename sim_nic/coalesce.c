// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt moderation. A reason for the interrupt waits for more of them, or
 * for the timer that the first one has started. What was held back when the
 * interrupt came for another reason is seen then, and the timer rings once for
 * nothing.
 */
#include "hw.h"

#define SIM_COAL_SLACK_NS	(5 * NSEC_PER_USEC)

/* Held reasons are forgotten first: one that comes now starts the timer anew, or
 * was there before the interrupt.
 */
static enum hrtimer_restart sim_coal_timer(struct hrtimer *t)
{
	struct sim_hw *hw = container_of(t, struct sim_hw, coal.timer);

	atomic_xchg(&hw->coal.held, 0);
	local_bh_disable();
	sim_irq_now(hw);
	local_bh_enable();
	return HRTIMER_NORESTART;
}

void sim_coal_init(struct sim_hw *hw)
{
	hrtimer_init(&hw->coal.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	hw->coal.timer.function = sim_coal_timer;
}

/**
 * sim_coal_stop() - nothing is held back any more
 * @hw: the device, its port down for a grace period
 *
 * Context: process, may sleep.
 */
void sim_coal_stop(struct sim_hw *hw)
{
	hrtimer_cancel(&hw->coal.timer);
	atomic_set(&hw->coal.held, 0);
}

static bool sim_cq_filling(const struct sim_hw *hw)
{
	const struct sim_cq *cq = READ_ONCE(hw->cq);

	return !cq || READ_ONCE(hw->prod) - READ_ONCE(cq->cons) >
		      hw->cq_mask / 2;
}

/**
 * sim_coal_hold() - may this reason for the interrupt wait?
 * @hw: the device, told to hold back
 *
 * Context: BH disabled.
 * Return: true when it will be raised later.
 */
bool sim_coal_hold(struct sim_hw *hw)
{
	u64 ns = READ_ONCE(hw->coal.usecs) * NSEC_PER_USEC;
	u32 frames = READ_ONCE(hw->coal.frames);
	u32 held;

	if (!READ_ONCE(hw->up) || sim_cq_filling(hw))
		return false;
	held = atomic_inc_return(&hw->coal.held);
	if (frames && held >= frames) {
		atomic_set(&hw->coal.held, 0);
		return false;
	}
	if (held == 1)
		hrtimer_start_range_ns(&hw->coal.timer, ns_to_ktime(ns),
				       SIM_COAL_SLACK_NS,
				       HRTIMER_MODE_REL_SOFT);
	sim_count(hw, SIM_STAT_IRQS_HELD, 1);
	return true;
}
