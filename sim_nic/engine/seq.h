/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequence arithmetic. Every comparison is one unsigned subtraction from a
 * base, read as a signed distance, so that wrap-around needs no case of its
 * own (RFC 9293 section 3.4).
 */
#ifndef ENG_SEQ_H
#define ENG_SEQ_H

#include "eng_port.h"

/* Signed distance of @seq from @base: right of it is positive */
static inline s32 seq_dist(u32 seq, u32 base)
{
	return (s32)(seq - base);
}

static inline bool seq_lt(u32 a, u32 b)
{
	return seq_dist(a, b) < 0;
}

static inline bool seq_le(u32 a, u32 b)
{
	return seq_dist(a, b) <= 0;
}

static inline u32 seq_max(u32 a, u32 b)
{
	return seq_lt(a, b) ? b : a;
}

static inline u32 eng_min(u32 a, u32 b)
{
	return a < b ? a : b;
}

static inline u32 eng_max(u32 a, u32 b)
{
	return a > b ? a : b;
}

/* @a - @b, or 0 where that would go below: for windows, never for numbers */
static inline u32 eng_sub0(u32 a, u32 b)
{
	return a > b ? a - b : 0;
}

#endif /* ENG_SEQ_H */
