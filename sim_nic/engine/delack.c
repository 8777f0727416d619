// SPDX-License-Identifier: GPL-2.0-only
/*
 * When an ACK of data in order is due: RFC 9293 section 3.8.6.3, with the
 * quick ACKs that Linux begins with.
 */
#include "eng_conn.h"

/*
 * Can't the window move until the reader has made room? Then one ACK a little
 * later says both, as Linux has it (__tcp_ack_snd_check(), tcp_cleanup_rbuf()).
 * For a super-segment, that is: what came one by one is acknowledged so, and its
 * sender counts. As long as there is more left of the window than is not
 * acknowledged, and no duplicate to report.
 */
static bool delack_waits_for_reader(const struct eng_conn *c, u32 len)
{
	return len > 2U * c->mss && !eng_window_moves(c) &&
	       eng_unacked(c) <= eng_rcv_wnd(c) && !(c->bits & ENG_B_DSACK);
}

/**
 * eng_ack_schedule - in-order data arrived: acknowledge now or soon
 * @c: connection, rcv_nxt already moved
 * @len: bytes of it, of one segment or of a super-segment
 * @now: us
 *
 * RFC 9293 section 3.8.6.3: at least every second full segment, within 40 ms;
 * the first segments at once, since the peer may be in slow start. A peer that
 * can't send two segments at a time gets one per half buffer. That of a
 * super-segment may wait for the reader, but no longer than a millisecond, which
 * no peer takes for a loss.
 */
void eng_ack_schedule(struct eng_conn *c, u32 len, u64 now)
{
	bool due = eng_ack_due(c);
	u32 wait = due ? ENG_READER_US : ENG_DELACK_US;

	if (c->quick || c->hflags & ENG_C_QUICKACK ||
	    (due && !delack_waits_for_reader(c, len))) {
		c->bits |= ENG_B_ACK;
		return;
	}
	if (c->bits & ENG_B_DELACK && seq_le(c->delack_at, (u32)now + wait))
		return;
	c->bits |= ENG_B_DELACK;
	c->delack_at = (u32)now + wait;
}
