// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment arrives: RFC 9293 section 3.10.7.4, in its order, with RFC 7323
 * (PAWS), RFC 5961 (blind attacks) and the rules of this framework on what is
 * the host's business. What is the host's is found out before anything of the
 * segment is used.
 */
#include "eng_conn.h"
#include "paws.h"

#define FLAGS_PLAIN	(ENG_TH_FIN | ENG_TH_SYN | ENG_TH_RST | ENG_TH_ACK | \
			 ENG_TH_URG)

/*
 * RFC 9293 table 6, as distances from rcv_nxt. A segment right at rcv_nxt is
 * let through when the window is closed, for its ACK; its data is trimmed.
 */
static bool rx_in_window(const struct eng_conn *c, const struct eng_seg *seg)
{
	u32 size = seg->len + !!(seg->flags & ENG_TH_FIN);
	s32 off = seq_dist(seg->seq, c->rcv_nxt);
	s32 wnd = (s32)eng_rcv_wnd(c);

	if (!size)
		return off >= 0 && off <= wnd;
	return off + (s32)size > 0 && (off < wnd || !off);
}

/* What was received before: RFC 2883 wants it reported */
static void rx_report_dup(struct eng_conn *c, const struct eng_seg *seg)
{
	u32 end = seg->seq + seg->len;

	if (seq_lt(c->rcv_nxt, end))
		end = c->rcv_nxt;
	if (seq_lt(seg->seq, end))
		eng_ooo_dsack(c, seg->seq, end);
}

/* All of it, if there is anything, lies left of the window */
static enum eng_drop rx_outside(const struct eng_conn *c,
				const struct eng_seg *seg)
{
	u32 size = seg->len + !!(seg->flags & ENG_TH_FIN);

	if (seq_lt(seg->seq, c->rcv_nxt) && seq_le(seg->seq + size, c->rcv_nxt))
		return ENG_DROP_OLD;
	return ENG_DROP_WINDOW;
}

/*
 * Not acceptable: say where we are. Payload is always answered, or a peer
 * whose ACK was lost would crawl; the rest is limited.
 */
static void rx_reject(struct eng_conn *c, const struct eng_seg *seg, u64 now,
		      enum eng_drop why, struct eng_act *act)
{
	act->flags |= ENG_ACT_DUP;
	act->drop = (u8)why;
	if (seg->flags & ENG_TH_RST)
		return;
	if (!seg->len && !(seg->flags & ENG_TH_FIN)) {
		eng_ack_challenge(c, now);
		return;
	}
	rx_report_dup(c, seg);
	c->bits |= ENG_B_ACK;
}

/* Urgent data, and what leads to TIME_WAIT, is for the host's stack */
static bool rx_is_hosts(struct eng_conn *c, const struct eng_seg *seg,
			struct eng_act *act)
{
	if (unlikely(seg->flags & ENG_TH_URG)) {
		eng_upload(c, ENG_UPLOAD_URGENT, ENG_ACT_PASS_UP, act);
		return true;
	}
	if (likely(c->state == ENG_ESTABLISHED) || !eng_fin_closes(c, seg))
		return false;
	eng_upload(c, ENG_UPLOAD_CLOSING, ENG_ACT_PASS_UP, act);
	return true;
}

static void rx_deliver(struct eng_conn *c, u32 len, struct eng_act *act)
{
	act->flags |= ENG_ACT_DELIVER;
	act->deliver_seq = c->rcv_nxt;
	act->deliver_len = len;
	c->rcv_nxt += len;
}

/* @len bytes and maybe a FIN at rcv_nxt */
static void rx_in_order(struct eng_conn *c, u32 len, bool fin, u64 now,
			struct eng_act *act)
{
	bool gap = c->nr_ooo;

	if (!len && !fin) {		/* the window is closed */
		c->bits |= ENG_B_ACK;
		act->flags |= ENG_ACT_DUP;
		act->drop = ENG_DROP_WINDOW;
		return;
	}
	if (gap && !fin)
		len = eng_ooo_advance(c, len);
	if (len)
		rx_deliver(c, len, act);
	if (gap)
		c->bits |= ENG_B_ACK;
	else
		eng_ack_schedule(c, len, now);
	if (fin)
		eng_fin_rx(c, act);
}

/* RFC 5681 section 4.2: an ACK at once for data above a gap */
static void rx_out_of_order(struct eng_conn *c, u32 seq, u32 len,
			    struct eng_act *act)
{
	u32 off = seq - c->rcv_nxt;

	c->bits |= ENG_B_ACK;
	if (!len) {			/* a FIN alone: it comes again */
		act->flags |= ENG_ACT_DUP;
		act->drop = ENG_DROP_GAPS;
		return;
	}
	switch (eng_ooo_insert(c, off, off + len)) {
	case ENG_OOO_STORED:
		act->flags |= ENG_ACT_STORE;
		act->store_seq = seq;
		act->store_len = len;
		break;
	case ENG_OOO_DUP:
		eng_ooo_dsack(c, seq, seq + len);
		act->flags |= ENG_ACT_DUP;
		act->drop = ENG_DROP_OLD;
		break;
	case ENG_OOO_FULL:
		act->flags |= ENG_ACT_DUP;
		act->drop = ENG_DROP_GAPS;
		break;
	}
}

static void rx_data(struct eng_conn *c, const struct eng_seg *seg, u64 now,
		    struct eng_act *act)
{
	u32 start = seq_max(seg->seq, c->rcv_nxt);
	u32 end = seg->seq + seg->len;

	if (!seg->len && !(seg->flags & ENG_TH_FIN))
		return;
	if (c->state == ENG_CLOSE_WAIT || c->state >= ENG_CLOSING) {
		c->bits |= ENG_B_ACK;
		act->flags |= ENG_ACT_DUP;
		act->drop = ENG_DROP_CLOSED;
		return;
	}
	if (seq_lt(c->rcv_edge, end))
		end = c->rcv_edge;
	if (start != seg->seq)
		rx_report_dup(c, seg);
	if (start == c->rcv_nxt)
		rx_in_order(c, end - start, (seg->flags & ENG_TH_FIN) &&
			    eng_fin_in_order(c, seg), now, act);
	else
		rx_out_of_order(c, start, end - start, act);
}

/* Checks first to fifth; true when the segment may be used */
static bool rx_check(struct eng_conn *c, const struct eng_seg *seg, u64 now,
		     struct eng_act *act)
{
	bool rst = seg->flags & ENG_TH_RST;

	if (!rx_in_window(c, seg)) {
		rx_reject(c, seg, now, rx_outside(c, seg), act);
		return false;
	}
	if (!rst && !eng_paws_ok(c, seg, now)) {
		if (eng_paws_overtaken(c, seg))
			eng_ack(c, seg, now, act);
		else
			rx_reject(c, seg, now, ENG_DROP_PAWS, act);
		return false;
	}
	if (rst && seg->seq == c->rcv_nxt) {
		eng_upload(c, ENG_UPLOAD_RESET, ENG_ACT_PASS_UP, act);
		return false;
	}
	if (rst || (seg->flags & ENG_TH_SYN)) {
		act->drop = rst ? ENG_DROP_RESET : ENG_DROP_SYN;
		eng_ack_challenge(c, now);
		return false;
	}
	if (!(seg->flags & ENG_TH_ACK)) {
		act->drop = ENG_DROP_NO_ACK;
		return false;
	}
	if (!eng_ack_valid(c, seg->ack)) {
		act->drop = ENG_DROP_ACK;
		eng_ack_challenge(c, now);
		return false;
	}
	return !rx_is_hosts(c, seg, act);
}

/*
 * Header prediction: nothing but ACK and PSH, right at rcv_nxt, within the
 * window, a valid ACK, a time stamp that is not older. All the checks above
 * hold for such a segment.
 */
static bool rx_predicted(const struct eng_conn *c, const struct eng_seg *seg)
{
	return (seg->flags & FLAGS_PLAIN) == ENG_TH_ACK &&
	       seg->seq == c->rcv_nxt && seg->len <= eng_rcv_wnd(c) &&
	       seg->ack - c->snd_una <= eng_flight(c) &&
	       c->state == ENG_ESTABLISHED &&
	       (!eng_has_ts(c, seg) || !seq_lt(seg->tsval, c->ts_recent));
}

/**
 * eng_rx - a segment arrived
 * @c: connection
 * @seg: parsed segment; the caller can place all its payload
 * @now: us
 * @act: what the caller has to do
 */
void eng_rx(struct eng_conn *c, const struct eng_seg *seg, u64 now,
	    struct eng_act *act)
{
	memset(act, 0, sizeof(*act));
	if (unlikely((c->bits & ENG_B_FROZEN) || c->state >= ENG_TIME_WAIT))
		return;
	if (likely(rx_predicted(c, seg)) || rx_check(c, seg, now, act)) {
		if (unlikely(c->cflags & ENG_F_ECN))
			eng_ecn_rx(c, seg);
		eng_ts_update(c, seg, now);
		eng_ack(c, seg, now, act);
		rx_data(c, seg, now, act);
	}
	eng_timer_update(c, now);
}
