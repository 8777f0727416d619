// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closing: RFC 9293 section 3.6, figures 5, 12 and 13. Our FIN follows the last
 * byte of the host's, the peer's counts when it comes in order, and what leads
 * to TIME_WAIT is left to the host's stack.
 */
#include "eng_conn.h"

/* FIN posted; it may have been sent before the import */
void eng_fin_post(struct eng_conn *c, struct eng_act *act)
{
	c->bits |= ENG_B_FIN;
	if (c->state == ENG_ESTABLISHED)
		c->state = ENG_FIN_WAIT1;
	else if (c->state == ENG_CLOSE_WAIT)
		c->state = ENG_LAST_ACK;
	eng_fin_acked(c, act);
}

/**
 * eng_fin_acked - has our FIN been acknowledged by now?
 * @c: connection
 * @act: ENG_ACT_FIN_ACKED is set
 */
void eng_fin_acked(struct eng_conn *c, struct eng_act *act)
{
	if (!eng_fin_sent(c) || c->snd_una != c->snd_nxt)
		return;
	if (c->state == ENG_FIN_WAIT1)
		c->state = ENG_FIN_WAIT2;
	else if (c->state == ENG_LAST_ACK)
		c->state = ENG_CLOSED;
	else
		return;
	act->flags |= ENG_ACT_FIN_ACKED;
}

/* The segment's FIN comes next in order and the data before it fits */
bool eng_fin_in_order(const struct eng_conn *c, const struct eng_seg *seg)
{
	u32 fin = seg->seq + seg->len;

	return (seg->flags & ENG_TH_FIN) && seq_le(seg->seq, c->rcv_nxt) &&
	       fin - c->rcv_nxt <= eng_rcv_wnd(c);
}

/**
 * eng_fin_closes - is this the segment that leads to TIME_WAIT?
 * @c: connection that is closing
 * @seg: acceptable segment
 *
 * Return: true when the host's stack is to have it.
 */
bool eng_fin_closes(const struct eng_conn *c, const struct eng_seg *seg)
{
	if (c->state == ENG_CLOSING)
		return eng_fin_sent(c) && seg->ack == c->snd_nxt;
	return (c->state == ENG_FIN_WAIT1 || c->state == ENG_FIN_WAIT2) &&
	       eng_fin_in_order(c, seg);
}

/* The peer's FIN, at rcv_nxt: nothing that was stored beyond it is data */
void eng_fin_rx(struct eng_conn *c, struct eng_act *act)
{
	c->rcv_nxt++;
	c->rcv_edge = seq_max(c->rcv_edge, c->rcv_nxt);
	c->rcv_limit = seq_max(c->rcv_limit, c->rcv_nxt);
	c->state = ENG_CLOSE_WAIT;
	c->bits |= ENG_B_ACK;
	act->flags |= ENG_ACT_FIN;
	if (c->nr_ooo) {
		c->nr_ooo = 0;
		act->flags |= ENG_ACT_DROP_OOO;
	}
}
