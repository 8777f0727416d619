// SPDX-License-Identifier: GPL-2.0-only
/*
 * When an ACK of data in order is due: RFC 9293 section 3.8.6.3, with the
 * quick ACKs that Linux begins with.
 */
#include "eng_conn.h"

/**
 * eng_ack_schedule - in-order data arrived: acknowledge now or soon
 * @c: connection, rcv_nxt already moved
 * @now: us
 *
 * RFC 9293 section 3.8.6.3: at least every second full segment, within 40 ms;
 * the first segments at once, since the peer may be in slow start. A peer that
 * can't send two segments at a time gets one per half buffer.
 */
void eng_ack_schedule(struct eng_conn *c, u64 now)
{
	u32 some = eng_min(c->mss, eng_rcv_wnd_max(c) / 2);

	if (c->rcv_nxt - c->last_ack > some || c->quick ||
	    (c->hflags & ENG_C_QUICKACK))
		c->bits |= ENG_B_ACK;
	else if (!(c->bits & ENG_B_DELACK)) {
		c->bits |= ENG_B_DELACK;
		c->delack_at = (u32)now + ENG_DELACK_US;
	}
}
