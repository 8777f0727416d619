// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ACK field of a segment: RFC 9293 section 3.10.7.4, fifth check.
 */
#include "cc.h"
#include "eng_conn.h"

/*
 * RFC 9293's wl1/wl2 rule, with wl2 = snd_una since older ACKs never get here:
 * a segment that is neither newer in data nor in ACK may only open the window.
 */
static bool ack_window(struct eng_conn *c, const struct eng_seg *seg,
		       struct eng_act *act)
{
	u32 wnd = (u32)seg->wnd << c->snd_wscale;
	s32 newer = seq_dist(seg->seq, c->snd_wl1);

	if (seg->ack == c->snd_una &&
	    (newer < 0 || (newer == 0 && wnd <= c->snd_wnd)))
		return false;
	c->snd_wl1 = seg->seq;
	if (wnd == c->snd_wnd)
		return false;
	if (!c->snd_wnd)
		c->probes = 0;
	c->snd_wnd = wnd;
	c->snd_wnd_max = (u16)eng_max(c->snd_wnd_max, seg->wnd);
	act->flags |= ENG_ACT_WND;
	return true;
}

/* The marks of a recovery never lie behind snd_una */
static void ack_advance_marks(struct eng_conn *c)
{
	c->redo_end = seq_max(c->redo_end, c->snd_una);
	c->rtx_hi = seq_max(c->rtx_hi, c->snd_una);
	c->lost_seq = seq_max(c->lost_seq, c->snd_una);
}

/**
 * eng_ack_advance - move snd_una right
 * @c: connection
 * @acked: by how much, at most the flight
 * @now: us
 * @act: ENG_ACT_ACKED is set
 */
void eng_ack_advance(struct eng_conn *c, u32 acked, u64 now,
		     struct eng_act *act)
{
	bool reneged = c->nr_sacked && eng_sack_advance(c, acked);

	c->snd_una += acked;
	c->rtx_nxt = seq_max(c->rtx_nxt, c->snd_una);
	if (unlikely(eng_repairing(c)))
		ack_advance_marks(c);
	if (unlikely(reneged))
		eng_recovery_resend(c);
	c->bits &= ~ENG_B_TLP_SEND;
	c->retries = 0;
	c->probes = 0;
	eng_timer_restart(c, now);
	act->flags |= ENG_ACT_ACKED;
	if (unlikely(c->bits & ENG_B_FIN))
		eng_fin_acked(c, act);
}

static void ack_new(struct eng_conn *c, const struct eng_seg *seg, u32 acked,
		    u64 now, struct eng_act *act)
{
	eng_ack_advance(c, acked, now, act);
	eng_rtt_ack(c, seg, now);
}

static void ack_grow(struct eng_conn *c, u32 acked, u64 now)
{
	if (!eng_reducing(c) && eng_cwnd_used(c))
		eng_cc(c)->acked(c, acked, now);
}

/*
 * RFC 5681 section 2: something is outstanding, no data, no FIN, nothing new
 * acknowledged, window unchanged.
 */
static bool ack_is_dup(const struct eng_conn *c, const struct eng_seg *seg,
		       bool wnd_moved)
{
	return eng_flight(c) && !seg->len && !(seg->flags & ENG_TH_FIN) &&
	       !wnd_moved && (u32)seg->wnd << c->snd_wscale == c->snd_wnd;
}

/*
 * Without SACK each duplicate ACK stands for a segment that arrived. RFC 5681
 * section 3.2 and its section 5: a peer that sends more of them than segments
 * are outstanding must not open the window by them.
 */
static void ack_news_nosack(struct eng_conn *c, bool dup, struct eng_news *n)
{
	u32 known = (u32)c->dup_acks * c->mss;
	u32 most = eng_nr_mss(c, eng_flight(c));

	if (n->acked) {
		n->delivered = eng_max(eng_sub0(n->acked, known),
				       eng_min(n->acked, c->mss));
	} else if (dup && c->dup_acks < eng_min(eng_max(most, 3), 0xffff)) {
		c->dup_acks++;
		n->delivered = c->mss;
	}
}

/* Loss is known or suspected, or the segment may tell something about it */
static void ack_slow(struct eng_conn *c, const struct eng_seg *seg,
		     bool wnd_moved, u64 now, struct eng_act *act)
{
	struct eng_news n = {
		.acked = seg->ack - c->snd_una,
		.ece = (seg->flags & ENG_TH_ECE) && (c->cflags & ENG_F_ECN),
	};
	bool dup = !n.acked && ack_is_dup(c, seg, wnd_moved);

	eng_sack_rx(c, seg, &n);
	if (!(c->cflags & ENG_F_SACK))
		ack_news_nosack(c, dup, &n);
	if (n.acked)
		ack_new(c, seg, n.acked, now, act);
	else if (n.delivered && c->nr_sacked)
		eng_rtt_sack(c, &n, now);
	if (c->bits & ENG_B_TLP)
		eng_tlp_ack(c, &n, !n.acked && !n.delivered && !wnd_moved &&
			    !seg->len, act);
	if (c->cc == ENG_CC_DCTCP)
		eng_dctcp_ack(c, n.delivered, n.ece);
	eng_recovery_ack(c, seg, &n, now, act);
	if (n.acked)
		ack_grow(c, n.delivered, now);
}

/* Nothing but an advance of snd_una, at most */
static bool ack_is_plain(const struct eng_conn *c, const struct eng_seg *seg)
{
	return !(c->ca | c->nr_sacked | c->dup_acks | seg->nr_sack |
		 (c->bits & ENG_B_TLP) | (seg->flags & ENG_TH_ECE));
}

/**
 * eng_ack - process the ACK, window and SACK fields
 * @c: connection
 * @seg: segment that passed eng_ack_valid()
 * @now: us
 * @act: actions
 */
void eng_ack(struct eng_conn *c, const struct eng_seg *seg, u64 now,
	     struct eng_act *act)
{
	u32 acked = seg->ack - c->snd_una;
	bool wnd_moved;

	/* whatever it says, the peer lives: the host counts its probes */
	if (unlikely(c->bits & ENG_B_ALIVE)) {
		c->bits &= ~ENG_B_ALIVE;
		if (!c->snd_wnd)
			c->retries = 0;
		act->flags |= ENG_ACT_UPDATE;
	}
	if (unlikely((s32)acked < 0))
		return;
	wnd_moved = ack_window(c, seg, act);
	if (unlikely(!ack_is_plain(c, seg))) {
		ack_slow(c, seg, wnd_moved, now, act);
	} else if (acked) {
		ack_new(c, seg, acked, now, act);
		ack_grow(c, acked, now);
		if (unlikely(c->cc == ENG_CC_DCTCP))
			eng_dctcp_ack(c, acked, false);
	} else if (!seg->len && eng_flight(c)) {
		ack_slow(c, seg, wnd_moved, now, act);
	}
}
