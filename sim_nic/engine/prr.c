// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proportional rate reduction, RFC 6937: while fast recovery brings cwnd down
 * to ssthresh, what may be sent follows what arrives.
 */
#include "eng_conn.h"

void eng_prr_start(struct eng_conn *c)
{
	c->prr.delivered = 0;
	c->prr.out = 0;
}

static u32 prr_round_up(const struct eng_conn *c, u64 bytes)
{
	if (bytes > ENG_MAX_WND)
		return ENG_MAX_WND;
	return eng_nr_mss(c, (u32)bytes + c->mss - 1) * c->mss;
}

/**
 * eng_prr_ack - section 3.1
 * @c: connection in fast recovery, losses of this ACK marked
 * @delivered: bytes that are newly known to have arrived
 * @safe: snd_una moved and nothing more was found lost
 *
 * Above ssthresh in proportion (in whole segments, rounded up, as Linux
 * does); below it the conservative bound (CRB: what arrives), or, while all
 * goes well, a segment more (SSRB). The first ACK of a recovery always yields
 * the fast retransmission.
 */
void eng_prr_ack(struct eng_conn *c, u32 delivered, bool safe)
{
	u32 pipe = eng_pipe(c), snd;

	if (!delivered)
		return;
	c->prr.delivered += delivered;
	if (pipe > c->ssthresh) {
		u64 part = (u64)c->ssthresh * c->prr.delivered +
			   c->undo_cwnd - 1;

		part = eng_div64(part, c->undo_cwnd);
		snd = eng_sub0(prr_round_up(c, part), c->prr.out);
	} else {
		snd = eng_max(eng_sub0(c->prr.delivered, c->prr.out),
			      delivered);
		snd = eng_min(snd + (safe ? c->mss : 0), c->ssthresh - pipe);
	}
	if (!c->prr.out)
		snd = eng_max(snd, c->mss);
	c->cwnd = eng_min(eng_max(pipe + snd, c->mss), ENG_MAX_WND);
}
