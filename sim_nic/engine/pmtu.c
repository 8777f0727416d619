// SPDX-License-Identifier: GPL-2.0-only
/*
 * The size of segments, which follows the path's MTU. That is the host's to learn
 * (RFC 1191, RFC 8201); what it makes of it comes as an update.
 */
#include "eng_conn.h"

/* Precompute what the hot path would divide by */
void eng_set_mss(struct eng_conn *c, u16 mss)
{
	c->mss = mss;
	c->mss_recip = 0xffffffffU / mss;
	c->cwnd = eng_max(c->cwnd, mss);
}

/**
 * eng_mss_change - segments are of another size from now on
 * @c: connection
 * @mss: payload, options deducted
 *
 * What is out and too big now is lost for good, though no congestion told so
 * (RFC 1191 section 6.3). Duplicate ACKs stand for segments of the size before.
 */
void eng_mss_change(struct eng_conn *c, u16 mss)
{
	u16 before = c->mss;

	eng_set_mss(c, mss);
	if (c->bits & ENG_B_FROZEN)
		return;
	if (mss < before)
		eng_recovery_resend(c);
	else
		c->dup_acks = (u16)eng_nr_mss(c, (u32)c->dup_acks * before);
}
