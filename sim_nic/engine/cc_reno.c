// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reno, RFC 5681 section 3.1: slow start by bytes acknowledged (RFC 3465),
 * then one segment per window.
 */
#include "cc.h"

static void reno_acked(struct eng_conn *c, u32 acked, u64 now)
{
	(void)now;
	if (eng_slow_start(c))
		acked = eng_cwnd_slow_start(c, acked);
	if (acked)
		eng_cwnd_count(c, acked, c->cwnd);
}

/* RFC 5681 equation 4 */
static u32 reno_ssthresh(struct eng_conn *c, u32 flight)
{
	return eng_max(eng_min(c->cwnd, flight) / 2, 2U * c->mss);
}

static void reno_reset(struct eng_conn *c)
{
	c->cwnd_cnt = 0;
}

const struct eng_cc_ops eng_cc_reno = {
	.acked = reno_acked,
	.ssthresh = reno_ssthresh,
	.reset = reno_reset,
	.timeout = reno_reset,
};
