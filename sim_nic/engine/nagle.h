/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is too small to leave: Nagle's rule as Minshall changed it and the sender's
 * avoidance of silly windows, RFC 9293 sections 3.7.4 and 3.8.6.2.1. For tx.c.
 */
#ifndef ENG_NAGLE_H
#define ENG_NAGLE_H

#include "eng_conn.h"

static inline bool eng_small_in_flight(const struct eng_conn *c)
{
	return c->snd_sml - c->snd_una - 1 < eng_flight(c);
}

/* May a last segment below the mss go? RFC 9293 section 3.7.4, Minshall */
static inline bool eng_tail_ok(const struct eng_conn *c)
{
	if (c->bits & (ENG_B_FIN | ENG_B_HOLD_OVER))
		return true;
	if ((c->hflags & ENG_C_CORK) || !(c->bits & ENG_B_PUSH))
		return false;
	return (c->hflags & ENG_C_NODELAY) || !eng_small_in_flight(c);
}

/*
 * Sender's SWS avoidance, RFC 9293 section 3.8.6.2.1: how much of @len, the
 * most that windows allow, to send of @avail bytes.
 */
static inline u32 eng_quantum(const struct eng_conn *c, u32 len, u32 avail)
{
	u32 full;

	if (len == avail && eng_tail_ok(c))
		return len;
	full = eng_nr_mss(c, len) * c->mss;
	if (full || len == avail)
		return full;
	return len && len >= eng_snd_wnd_max(c) / 2 ? len : 0;
}

#endif /* ENG_NAGLE_H */
