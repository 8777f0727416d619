// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCTCP, RFC 8257: cwnd comes down by how much was marked, not by whether
 * anything was. Growth and the answer to loss are Reno's.
 */
#include "cc.h"

#define DCTCP_ONE		1024U	/* alpha = 1 */
#define DCTCP_SHIFT_G		4	/* g = 1/16, section 4.2 */

/**
 * eng_dctcp_start - begin to count
 * @c: connection
 * @alpha: where alpha stands plus one; 0 = at its initial value of 1, section
 *	   3.3 and 4.2
 */
void eng_dctcp_start(struct eng_conn *c, u16 alpha)
{
	c->dctcp.alpha = (u16)(alpha && alpha <= DCTCP_ONE ? alpha - 1U :
							     DCTCP_ONE);
	c->dctcp.next_seq = c->snd_nxt;
}

/* Section 3.3: alpha = (1 - g) * alpha + g * M, once per window */
static void dctcp_alpha(struct eng_conn *c)
{
	u32 alpha = c->dctcp.alpha, part = 0;

	if (c->dctcp.acked)
		part = (u32)eng_div64((u64)c->dctcp.marked *
				      (DCTCP_ONE >> DCTCP_SHIFT_G),
				      c->dctcp.acked);
	/* the last sixteenth goes at once, or alpha would never reach 0 */
	alpha -= alpha >> DCTCP_SHIFT_G ? alpha >> DCTCP_SHIFT_G : alpha;
	c->dctcp.alpha = (u16)eng_min(alpha + part, DCTCP_ONE);
	c->dctcp.acked = 0;
	c->dctcp.marked = 0;
	c->dctcp.next_seq = c->snd_nxt;
}

/**
 * eng_dctcp_ack - count
 * @c: connection, snd_una moved already
 * @delivered: bytes that are newly known to have arrived
 * @ece: the ACK carries an echo
 */
void eng_dctcp_ack(struct eng_conn *c, u32 delivered, bool ece)
{
	c->dctcp.acked += delivered;
	if (ece)
		c->dctcp.marked += delivered;
	if (seq_le(c->dctcp.next_seq, c->snd_una))
		dctcp_alpha(c);
}

/* Section 3.4: cwnd * (1 - alpha / 2) */
static u32 dctcp_marked(struct eng_conn *c)
{
	u32 cut = (u32)(((u64)c->cwnd * c->dctcp.alpha) >> 11);

	return eng_max(c->cwnd - cut, 2U * c->mss);
}

/* Section 3.5: a loss is answered as ever */
static u32 dctcp_ssthresh(struct eng_conn *c, u32 flight)
{
	return eng_cc_reno.ssthresh(c, flight);
}

static void dctcp_acked(struct eng_conn *c, u32 acked, u64 now)
{
	eng_cc_reno.acked(c, acked, now);
}

static void dctcp_reset(struct eng_conn *c)
{
	c->cwnd_cnt = 0;
}

const struct eng_cc_ops eng_cc_dctcp = {
	.acked = dctcp_acked,
	.ssthresh = dctcp_ssthresh,
	.marked = dctcp_marked,
	.reset = dctcp_reset,
	.timeout = dctcp_reset,
};
