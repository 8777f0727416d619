// SPDX-License-Identifier: GPL-2.0-only
/*
 * CUBIC, RFC 9438, in integers; slow start ends by HyStart++ (hystart.c). Windows
 * are bytes, times milliseconds; C = 0.4
 * segments per second cubed, beta = 0.7.
 *
 * The growth function is evaluated when cwnd has changed and eight times per
 * round trip, not per ACK: what it yields is kept as "bytes to be acknowledged
 * per segment of growth".
 */
#include "cc.h"

#define CUBIC_DT_MAX_MS		131072

/* Largest r with r^3 <= @a, bit by bit */
static u32 cubic_root(u64 a)
{
	u64 r = 0;
	int bit;

	for (bit = 20; bit >= 0; bit--) {
		u64 t = r | 1ULL << bit;

		if (t * t * t <= a)
			r = t;
	}
	return (u32)r;
}

/* Section 4.2: K = cubic_root((W_max - cwnd) / C) */
static void cubic_epoch(struct eng_conn *c, u32 ms)
{
	c->cubic.epoch_ms = ms ? ms : 1;
	c->cubic.west = c->cwnd;
	c->grow.acked = 0;
	c->cubic.k_ms = 0;
	if (!c->cubic.wmax)
		c->bits |= ENG_B_CUBIC_NEW;
	if (c->cubic.wmax > c->cwnd)
		c->cubic.k_ms = cubic_root(eng_div64((c->cubic.wmax - c->cwnd) *
						     2500000000ULL, c->mss));
	else
		c->cubic.wmax = c->cwnd;
}

/* Section 4.2: W_cubic(t) = C * (t - K)^3 + W_max */
static u32 cubic_window(const struct eng_conn *c, u32 t_ms)
{
	bool below = t_ms < c->cubic.k_ms;
	u64 dt = below ? c->cubic.k_ms - t_ms : t_ms - c->cubic.k_ms;
	u64 delta;

	if (dt > CUBIC_DT_MAX_MS)
		dt = CUBIC_DT_MAX_MS;
	delta = eng_div64(eng_div64(dt * dt * dt, 1000) * c->mss * 4, 10000000);
	if (delta > ENG_MAX_WND)
		delta = ENG_MAX_WND;
	return below ? eng_sub0(c->cubic.wmax, (u32)delta) :
		       eng_min(c->cubic.wmax + (u32)delta, ENG_MAX_WND);
}

/*
 * Section 4.3: what Reno with the same beta would have, alpha = 9/17 until it
 * is back at cwnd_prior, the window before the loss, 1 from then on.
 */
static void cubic_reno_window(struct eng_conn *c)
{
	u64 grow = eng_div64((u64)c->grow.acked * c->mss, c->cwnd);

	if (c->cubic.west < c->undo_cwnd)
		grow = grow * 9 / 17;
	c->cubic.west = (u32)(c->cubic.west + grow);
	c->cubic.west = eng_min(c->cubic.west, ENG_MAX_WND);
}

/* As long as no loss has told W_max: 5 % per round trip at least, as Linux */
static void cubic_new(struct eng_conn *c)
{
	if (c->bits & ENG_B_CUBIC_NEW)
		c->grow.cnt = eng_min(c->grow.cnt, 20U * c->mss);
}

/* Sections 4.2 to 4.5: how far until one segment more */
static void cubic_plan(struct eng_conn *c, u32 ms)
{
	u32 t = ms - c->cubic.epoch_ms + c->srtt_us / 1000;
	u32 target = cubic_window(c, t);

	cubic_reno_window(c);
	c->grow.acked = 0;
	target = eng_min(target, c->cwnd + c->cwnd / 2);
	target = eng_max(target, c->cubic.west);
	if (target <= c->cwnd) {
		c->grow.cnt = eng_min(c->cwnd, ENG_MAX_WND / 100) * 100;
		cubic_new(c);
		return;
	}
	c->grow.cnt = (u32)eng_div64((u64)c->cwnd * c->mss, target - c->cwnd);
	c->grow.cnt = eng_max(c->grow.cnt, c->mss);
	cubic_new(c);
}

static void cubic_acked(struct eng_conn *c, u32 acked, u64 now)
{
	u32 ms = eng_ms(now), cwnd = c->cwnd;

	if (eng_slow_start(c)) {
		if (eng_hystart_on(c))
			acked = eng_hystart_grow(c, acked);
		acked = eng_cwnd_slow_start(c, acked);
		if (!acked)
			return;
		cwnd = c->cwnd;
	}
	if (!c->cubic.epoch_ms) {
		cubic_epoch(c, ms);
		cubic_plan(c, ms);
	}
	eng_cwnd_count(c, acked, c->grow.cnt);
	c->grow.acked += acked;
	if (c->cwnd != cwnd || c->grow.acked >= c->cwnd / 8)
		cubic_plan(c, ms);
}

/* Sections 4.6 and 4.7: multiplicative decrease, fast convergence */
static u32 cubic_ssthresh(struct eng_conn *c, u32 flight)
{
	u32 cwnd = eng_min(c->cwnd, flight);

	if (cwnd < c->cubic.wmax)
		c->cubic.wmax = cwnd - cwnd / 20 * 3;
	else
		c->cubic.wmax = cwnd;
	c->bits &= ~ENG_B_CUBIC_NEW;
	c->cubic.epoch_ms = 0;
	c->cwnd_cnt = 0;
	return eng_max((u32)eng_div64((u64)cwnd * 7, 10), 2U * c->mss);
}

static void cubic_reset(struct eng_conn *c)
{
	c->cubic.epoch_ms = 0;
	c->cwnd_cnt = 0;
	c->grow.cnt = 0;
	c->grow.acked = 0;
}

/* Section 4.8: the curve starts over where slow start ends, with K = 0 */
static void cubic_timeout(struct eng_conn *c)
{
	cubic_reset(c);
	c->cubic.wmax = 0;
}

const struct eng_cc_ops eng_cc_cubic = {
	.acked = cubic_acked,
	.ssthresh = cubic_ssthresh,
	.reset = cubic_reset,
	.timeout = cubic_timeout,
};
