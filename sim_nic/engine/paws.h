/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time stamps of segments that arrive, RFC 7323 sections 4.3 and 5.3: which
 * segment is an old duplicate, and which TSval to echo. For rx.c, which knows the
 * order: first the sequence number, then this, and only then the echo.
 */
#ifndef ENG_PAWS_H
#define ENG_PAWS_H

#include "eng_conn.h"

static inline bool eng_has_ts(const struct eng_conn *c, const struct eng_seg *seg)
{
	return seg->has_ts && (c->cflags & ENG_F_TSTAMP);
}

/* RFC 7323 section 5.3, R1; an idle clock may have wrapped (section 5.5) */
static inline bool eng_paws_ok(const struct eng_conn *c,
			       const struct eng_seg *seg, u64 now)
{
	if (!eng_has_ts(c, seg) || !seq_lt(seg->tsval, c->ts_recent))
		return true;
	return eng_ms(now) - c->ts_recent_ms > ENG_PAWS_IDLE_MS;
}

/*
 * A repeated ACK that was overtaken by a newer one, by an RTO at most: as in
 * Linux its SACK blocks count. It updates nothing else.
 */
static inline bool eng_paws_overtaken(const struct eng_conn *c,
				      const struct eng_seg *seg)
{
	const u8 more = ENG_TH_SYN | ENG_TH_FIN | ENG_TH_URG;

	return (seg->flags & (more | ENG_TH_ACK)) == ENG_TH_ACK && !seg->len &&
	       seg->seq == c->rcv_nxt && seg->ack == c->snd_una &&
	       seq_le(seg->seq, c->snd_wl1) &&
	       (u32)seg->wnd << c->snd_wscale <= c->snd_wnd &&
	       c->ts_recent - seg->tsval <= c->rto_us / 1000;
}

/* RFC 7323 section 4.3: only from segments that passed the sequence check */
static inline void eng_ts_update(struct eng_conn *c, const struct eng_seg *seg,
				 u64 now)
{
	if (!eng_has_ts(c, seg) || seq_lt(c->last_ack, seg->seq))
		return;
	c->ts_recent = seg->tsval;
	c->ts_recent_ms = eng_ms(now);
}

#endif /* ENG_PAWS_H */
