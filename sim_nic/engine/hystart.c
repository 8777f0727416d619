// SPDX-License-Identifier: GPL-2.0-only
/*
 * HyStart++, RFC 9406: leave the first slow start when the round trip grows,
 * before the queue overflows. CUBIC's, and only with time stamps: they give a
 * sample with every ACK, of a millisecond's resolution, and the threshold is
 * four at least.
 */
#include "cc.h"
#include "eng_conn.h"

#define MIN_RTT_THRESH_MS	4U		/* section 4.3 */
#define MAX_RTT_THRESH_MS	16U
#define MIN_RTT_DIVISOR		8U
#define N_RTT_SAMPLE		8
#define CSS_GROWTH_DIVISOR	4U
#define CSS_ROUNDS		5

static void hystart_round(struct eng_conn *c)
{
	struct eng_hystart *h = &c->hystart;

	h->last_ms = h->cur_ms;
	h->cur_ms = 0;
	h->samples = 0;
	h->round_end = c->snd_nxt;
	if (h->rounds && ++h->rounds > CSS_ROUNDS)
		c->ssthresh = c->cwnd;		/* congestion avoidance */
}

/* Slow start begins, or begins again */
void eng_hystart_start(struct eng_conn *c)
{
	struct eng_hystart *h = &c->hystart;

	h->cur_ms = 0;
	h->last_ms = 0;
	h->round_end = c->snd_nxt;
	h->base_ms = 0;
	h->samples = 0;
	h->rounds = 0;
}

/**
 * eng_hystart_rtt - a sample, section 4.2
 * @c: connection in its first slow start, snd_una moved already
 * @ms: round trip time
 */
void eng_hystart_rtt(struct eng_conn *c, u32 ms)
{
	struct eng_hystart *h = &c->hystart;
	u32 thresh;

	if (seq_le(h->round_end, c->snd_una))
		hystart_round(c);
	ms = eng_min(eng_max(ms, 1), 0xffff);
	if (!h->cur_ms || ms < h->cur_ms)
		h->cur_ms = (u16)ms;
	if (h->samples < N_RTT_SAMPLE && ++h->samples < N_RTT_SAMPLE)
		return;
	if (h->rounds) {
		if (h->cur_ms < h->base_ms)
			h->rounds = 0;		/* it was noise: resume */
		return;
	}
	thresh = eng_min(h->last_ms / MIN_RTT_DIVISOR, MAX_RTT_THRESH_MS);
	thresh = eng_max(thresh, MIN_RTT_THRESH_MS);
	if (!h->last_ms || h->cur_ms < h->last_ms + thresh)
		return;
	h->base_ms = h->cur_ms;
	h->rounds = 1;
}

/* Conservative slow start grows by a quarter */
u32 eng_hystart_grow(const struct eng_conn *c, u32 acked)
{
	return c->hystart.rounds ? acked / CSS_GROWTH_DIVISOR : acked;
}
