/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Congestion control: what an algorithm is, as seen from the rest.
 */
#ifndef ENG_CC_H
#define ENG_CC_H

#include "eng_conn.h"

/**
 * struct eng_cc_ops - a congestion control algorithm
 * @acked: @acked new bytes were acknowledged while cwnd was in use, and no
 *	fast recovery goes on; grow cwnd
 * @ssthresh: loss was detected when @flight bytes were out; the new ssthresh,
 *	in bytes
 * @marked: ditto for an ECN echo; NULL = as for a loss
 * @reset: a reduction is over; forget the growth epoch
 * @timeout: retransmission time-out
 * @undo: what @ssthresh answered to was no loss, cwnd and ssthresh are as
 *	before; NULL = nothing else to restore
 */
struct eng_cc_ops {
	void (*acked)(struct eng_conn *c, u32 acked, u64 now);
	u32 (*ssthresh)(struct eng_conn *c, u32 flight);
	u32 (*marked)(struct eng_conn *c);
	void (*reset)(struct eng_conn *c);
	void (*timeout)(struct eng_conn *c);
	void (*undo)(struct eng_conn *c, u64 now);
};

extern const struct eng_cc_ops eng_cc_reno;
extern const struct eng_cc_ops eng_cc_cubic;
extern const struct eng_cc_ops eng_cc_dctcp;

static inline const struct eng_cc_ops *eng_cc(const struct eng_conn *c)
{
	if (c->cc == ENG_CC_CUBIC)
		return &eng_cc_cubic;
	return c->cc == ENG_CC_DCTCP ? &eng_cc_dctcp : &eng_cc_reno;
}

/* The first slow start, RFC 9406 section 4.3 */
static inline bool eng_hystart_on(const struct eng_conn *c)
{
	return c->cc == ENG_CC_CUBIC && c->ssthresh >= ENG_SSTHRESH_INF &&
	       c->ca == ENG_CA_OPEN;
}

static inline bool eng_slow_start(const struct eng_conn *c)
{
	return c->cwnd < c->ssthresh;
}

static inline void eng_cwnd_add(struct eng_conn *c, u32 bytes)
{
	c->cwnd = eng_min(c->cwnd + eng_min(bytes, ENG_MAX_WND), ENG_MAX_WND);
}

/* RFC 5681 section 3.1: up to ssthresh. Returns what is left of @acked. */
static inline u32 eng_cwnd_slow_start(struct eng_conn *c, u32 acked)
{
	u32 n = eng_min(acked, c->ssthresh - c->cwnd);

	eng_cwnd_add(c, n);
	return acked - n;
}

/* One segment more for each @per bytes acknowledged */
static inline void eng_cwnd_count(struct eng_conn *c, u32 acked, u32 per)
{
	c->cwnd_cnt += acked;
	if (c->cwnd_cnt < per)
		return;
	c->cwnd_cnt -= per;
	if (c->cwnd_cnt > per)
		c->cwnd_cnt = per;
	eng_cwnd_add(c, c->mss);
}

#endif /* ENG_CC_H */
