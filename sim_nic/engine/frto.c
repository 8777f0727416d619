// SPDX-License-Identifier: GPL-2.0-only
/*
 * F-RTO, RFC 5682 section 3.1: after a time-out only the first segment is sent
 * again, then new data. If what is acknowledged next was never sent again, the
 * time-out was spurious.
 */
#include "eng_conn.h"

/*
 * Time stamps decide with the first ACK and at no cost (eng_undo_delayed()): new
 * data that is lost, too, would mean another time-out.
 */
void eng_frto_start(struct eng_conn *c)
{
	if (!(c->cflags & ENG_F_TSTAMP))
		c->bits |= ENG_B_FRTO;
}

/**
 * eng_frto_ack - decide, if this ACK allows it
 * @c: connection after a time-out, snd_una moved already
 * @n: what the ACK tells
 *
 * Return: what to do.
 */
enum eng_frto eng_frto_ack(struct eng_conn *c, const struct eng_news *n)
{
	u32 old_una = c->snd_una - n->acked;

	if (!(c->bits & ENG_B_FRTO))
		return ENG_FRTO_NONE;
	/* step 3b: what was sent once, before the time-out, arrived */
	if (n->orig != ENG_NOTHING && seq_lt(old_una + n->orig, c->high_seq))
		return ENG_FRTO_SPURIOUS;
	if (!n->acked && !n->delivered)
		return ENG_FRTO_NONE;
	if (n->acked && c->snd_nxt == c->high_seq && eng_unsent(c) &&
	    seq_lt(c->snd_una, c->high_seq) && eng_wnd_left(c))
		return ENG_FRTO_WAIT;		/* step 2b */
	c->bits &= ~ENG_B_FRTO;			/* steps 2a, 3a: a real loss */
	return ENG_FRTO_NONE;
}
