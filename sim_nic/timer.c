// SPDX-License-Identifier: GPL-2.0-only
/*
 * One timer per connection, armed lazily: when the engine's deadline moves
 * away the timer stays where it is, fires early and is armed again then.
 */
#include "hw.h"

static void sim_timer_expired(struct sim_conn *conn, u64 now)
{
	struct eng_act act = {};
	struct sim_rx rx = {};

	eng_timer(&conn->eng, now, &act);
	sim_rx_act(conn, &act, &rx);
	sim_tx_run(conn, now);
}

static void sim_timer_fn(struct timer_list *t)
{
	struct sim_conn *conn = from_timer(conn, t, timer);
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
}

void sim_timer_init(struct sim_conn *conn)
{
	timer_setup(&conn->timer, sim_timer_fn, 0);
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
	unsigned long at = jiffies + 1;

	lockdep_assert_held(&conn->lock);
	if (!deadline || !sim_alive(conn->hw))
		return;
	if (deadline > now)
		at += usecs_to_jiffies(min_t(u64, deadline - now, U32_MAX));
	if (!timer_pending(&conn->timer) ||
	    time_before(at, conn->timer.expires))
		mod_timer(&conn->timer, at);
}
