// SPDX-License-Identifier: GPL-2.0-only
/*
 * cwnd of a connection that does not use it: it grows only while it limits
 * (eng_cwnd_used()), and after a pause longer than the RTO it is not believed
 * any more (RFC 5681 section 4.1, RFC 2861 in the form Linux gives it).
 */
#include "cc.h"
#include "eng_conn.h"

#define INIT_CWND_SEGS		10U		/* RFC 6928 */

/**
 * eng_cwnd_used - may cwnd grow?
 * @c: connection
 *
 * RFC 9438 section 5.8, RFC 7661 in short, as Linux has it: if it was used up
 * in this round trip; in slow start up to twice of what was in flight. What is
 * sent again after a time-out always waits for it.
 *
 * Return: true when it may.
 */
bool eng_cwnd_used(const struct eng_conn *c)
{
	if ((c->bits & ENG_B_LIMITED) || eng_repairing(c))
		return true;
	return eng_slow_start(c) && c->cwnd < (u32)c->max_flight << 9;
}

/**
 * eng_idle_post - the host posts new data
 * @c: connection
 * @now: us
 *
 * After a pause cwnd halves for each RTO that has passed, down to the initial
 * window; ssthresh remembers three quarters of it.
 */
void eng_idle_post(struct eng_conn *c, u64 now)
{
	u32 restart = eng_min(INIT_CWND_SEGS * c->mss, c->cwnd);
	u32 idle_ms = eng_ms(now) - c->lsnd_ms, rto_ms = c->rto_us / 1000 + 1;

	if (eng_flight(c) || c->ca || idle_ms <= rto_ms)
		return;
	c->ssthresh = eng_max(c->ssthresh, c->cwnd / 4 * 3);
	while (idle_ms > rto_ms && c->cwnd > restart) {
		idle_ms -= rto_ms;
		c->cwnd = eng_max(c->cwnd / 2, restart);
	}
	c->cwnd_cnt = 0;
	c->lsnd_ms = eng_ms(now);
}

/**
 * eng_idle_sent - new data leaves
 * @c: connection
 * @first: nothing was in flight
 * @now: us
 *
 * RFC 9438 section 5.8: the pause does not count as time on CUBIC's curve.
 */
void eng_idle_sent(struct eng_conn *c, bool first, u64 now)
{
	u32 ms = eng_ms(now);

	if (first && c->cc == ENG_CC_CUBIC && c->cubic.epoch_ms)
		c->cubic.epoch_ms += ms - c->lsnd_ms;
	c->lsnd_ms = ms;
}
