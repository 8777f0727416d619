// SPDX-License-Identifier: GPL-2.0-only
/*
 * One timer per connection, armed lazily: when the engine's deadline moves
 * away the timer stays where it is, fires early and is armed again then. It is
 * one of high resolution, since a paced connection waits for less than a tick
 * of the clock.
 */
#include "hw.h"

#define SIM_TIMER_SLACK_NS	(20 * NSEC_PER_USEC)

static void sim_timer_expired(struct sim_conn *conn, u64 now)
{
	struct eng_act act = {};
	struct sim_rx rx = {};

	eng_timer(&conn->eng, now, &act);
	sim_rx_act(conn, &act, &rx);
	sim_tx_run(conn, now);
}

/* Runs in softirq, an RCU read side section: a connection that leaves the table
 * meanwhile is still there, and gone says so. Only sim_timer_arm() starts the
 * timer again.
 */
static enum hrtimer_restart sim_timer_fn(struct hrtimer *t)
{
	struct sim_conn *conn = container_of(t, struct sim_conn, timer);
	u64 now, deadline;

	spin_lock_bh(&conn->lock);
	if (conn->gone || !sim_step(conn->hw))
		goto out_unlock;
	now = sim_now();
	deadline = eng_deadline(&conn->eng, now);
	if (deadline && now >= deadline)
		sim_timer_expired(conn, now);
	sim_timer_arm(conn, now);
out_unlock:
	spin_unlock_bh(&conn->lock);
	return HRTIMER_NORESTART;
}

void sim_timer_init(struct sim_conn *conn)
{
	hrtimer_init(&conn->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	conn->timer.function = sim_timer_fn;
}

/**
 * sim_timer_arm() - let the timer fire at the engine's deadline at the latest
 * @conn: the connection, not gone
 * @now: microseconds
 *
 * Context: sim_conn::lock held.
 */
void sim_timer_arm(struct sim_conn *conn, u64 now)
{
	u64 deadline = eng_deadline(&conn->eng, now);
	ktime_t at = ns_to_ktime(deadline * NSEC_PER_USEC);

	lockdep_assert_held(&conn->lock);
	if (!deadline || !sim_alive(conn->hw))
		return;
	if (hrtimer_is_queued(&conn->timer) &&
	    ktime_compare(hrtimer_get_softexpires(&conn->timer), at) <= 0)
		return;
	hrtimer_start_range_ns(&conn->timer, at, SIM_TIMER_SLACK_NS,
			       HRTIMER_MODE_ABS_SOFT);
}
