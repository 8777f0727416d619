// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pacing to a rate that the host asks for (SO_MAX_PACING_RATE), as fq and TCP's
 * own pacing in Linux do it: each departure of data says when the next one may
 * be. Payload counts, whether it leaves for the first time or again; ACKs don't
 * wait.
 *
 * The rate is kept in 16 bits, a mantissa of 11 and an exponent, rounded down:
 * it is at most 0.1 % slower than what was asked for, never faster.
 */
#include "eng_conn.h"

#define PACE_MANTISSA		11
#define PACE_MAX		((1ULL << 42) - 1)
#define PACE_CHUNK_SHIFT	10	/* a departure holds 1 ms at most */

/* 0 = not paced */
static u16 pace_code(u64 rate)
{
	u16 exp = 0;

	if (rate > PACE_MAX)
		rate = PACE_MAX;
	while (rate >> PACE_MANTISSA) {
		rate >>= 1;
		exp++;
	}
	return (u16)(exp << PACE_MANTISSA | (u16)rate);
}

u64 eng_pace_rate(const struct eng_conn *c)
{
	u64 mantissa = c->pace & ((1U << PACE_MANTISSA) - 1);

	return mantissa << (c->pace >> PACE_MANTISSA);
}

/* A new rate counts from now on: what was sent at another one is forgotten */
void eng_pace_set(struct eng_conn *c, u64 rate)
{
	u16 code = pace_code(rate);

	if (code != c->pace)
		c->bits &= ~ENG_B_PACED;
	c->pace = code;
}

/**
 * eng_pace_len - how much may leave now
 * @c: connection, paced
 * @max: what else allows
 *
 * Return: bytes, a segment at least.
 */
u32 eng_pace_len(const struct eng_conn *c, u32 max)
{
	u32 len = (u32)(eng_pace_rate(c) >> PACE_CHUNK_SHIFT);

	return eng_min(max, eng_max(len, c->mss));
}

/**
 * eng_pace_sent - payload left
 * @c: connection, paced
 * @len: bytes
 * @now: us
 *
 * Who comes late has half of that made good, as in Linux: timers are late, and
 * the rate is to be held. In no span of time more leaves than the rate allows
 * and one and a half departures.
 */
void eng_pace_sent(struct eng_conn *c, u32 len, u64 now)
{
	u64 rate = eng_pace_rate(c);
	u32 us = (u32)eng_div64(len * 1000000ULL + rate - 1, rate);

	/* the last departure may be an hour old and wrapped: late is late */
	c->pace_at = (u32)now + us - eng_min((u32)now - c->pace_at, us / 2);
	c->bits |= ENG_B_PACED;
}
