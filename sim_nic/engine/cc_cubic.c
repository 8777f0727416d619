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
#define CUBIC_K_MS		2		/* unit of eng_cubic.k */

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

/* How many ms the curve needs for @bytes: cubic_root(bytes / C) */
static u32 cubic_time(const struct eng_conn *c, u32 bytes)
{
	return cubic_root(eng_div64(bytes * 2500000000ULL, c->mss));
}

/* Section 4.2: K = cubic_root((W_max - cwnd) / C) */
static void cubic_start(struct eng_conn *c, u32 ms)
{
	u32 k = cubic_time(c, eng_sub0(c->cubic.wmax, c->cwnd));

	c->cubic.epoch_ms = ms ? ms : 1;
	c->cubic.k = (u16)eng_min(k / CUBIC_K_MS, 0xffff);
	c->grow.acked = 0;
}

static void cubic_epoch(struct eng_conn *c, u32 ms)
{
	if (!c->cubic.wmax)
		c->bits |= ENG_B_CUBIC_NEW;
	c->cubic.wmax = eng_max(c->cubic.wmax, c->cwnd);
	c->cubic.west = c->cwnd;
	cubic_start(c, ms);
}

/* Section 4.2: W_cubic(t) = C * (t - K)^3 + W_max */
static u32 cubic_window(const struct eng_conn *c, u32 t_ms)
{
	u32 k = c->cubic.k * CUBIC_K_MS;
	bool below = t_ms < k;
	u64 dt = below ? k - t_ms : t_ms - k;
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

	c->cubic.undo_wmax = (u16)eng_min(eng_nr_mss(c, c->cubic.wmax), 0xffff);
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

/*
 * Section 4.9: the curve goes on from where it was, as if no time had passed:
 * cwnd and W_max tell K, or how far beyond W_max it was. W_est is as it was
 * unless an epoch has begun since, then it is less.
 */
static void cubic_undo(struct eng_conn *c, u64 now)
{
	u32 ms = eng_ms(now);

	c->cubic.wmax = c->cubic.undo_wmax * c->mss;
	cubic_reset(c);
	if (eng_hystart_on(c))
		eng_hystart_start(c);
	if (eng_slow_start(c))
		return;
	cubic_start(c, ms - cubic_time(c, eng_sub0(c->cwnd, c->cubic.wmax)));
	c->undo_cwnd = eng_max(c->cwnd, c->cubic.wmax);	/* cwnd_prior */
}

const struct eng_cc_ops eng_cc_cubic = {
	.acked = cubic_acked,
	.ssthresh = cubic_ssthresh,
	.reset = cubic_reset,
	.timeout = cubic_timeout,
	.undo = cubic_undo,
};
