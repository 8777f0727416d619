// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loss recovery: what is lost and not yet sent again, and the states around
 * it: fast recovery (RFC 5681, 6582 without SACK, 6675 and 8985 with it) and
 * recovery after a time-out (RFC 6298 section 5). Limited transmit (RFC 3042)
 * falls out of eng_pipe(): what a duplicate ACK reports makes room.
 *
 * The lost bytes, as offsets from snd_una; within each part without what the
 * peer has reported:
 *
 *	0 ........ rtx_nxt ........ redo_end ........ rtx_hi ........ lost end
 *	  sent again       lost again        sent again      to be sent
 *	                   to be sent
 */
#include "cc.h"
#include "eng_conn.h"

#define DUP_THRESH		3

/**
 * eng_lost_end - loss detection
 * @c: connection
 *
 * Return: offset from snd_una below which bytes that the peer did not report
 * are to be sent again; 0 outside of recovery.
 */
u32 eng_lost_end(const struct eng_conn *c)
{
	u32 high;

	if (likely(!eng_repairing(c)))
		return 0;
	high = eng_ahead(c, c->high_seq);
	if (c->ca == ENG_CA_LOSS)
		return eng_max(high, eng_ahead(c, c->lost_seq));
	if (c->cflags & ENG_F_SACK)
		return eng_ahead(c, c->lost_seq);
	return eng_min(high, c->mss);
}

/**
 * eng_lost_next - what is to be sent again next
 * @c: connection
 * @end: where it ends
 *
 * RFC 6675 section 4, NextSeg() rule 1. After a time-out only what F-RTO
 * wants.
 *
 * Return: offset from snd_una, ENG_NOTHING when there is nothing.
 */
u32 eng_lost_next(const struct eng_conn *c, u32 *end)
{
	u32 lost = eng_lost_end(c), redo, off;

	if (!lost || ((c->bits & ENG_B_FRTO) && !(c->bits & ENG_B_RTX)))
		return ENG_NOTHING;
	redo = c->redo_end - c->snd_una;
	off = eng_sack_hole(c, c->rtx_nxt - c->snd_una, end);
	if (off >= redo) {
		off = eng_sack_hole(c, eng_max(off, c->rtx_hi - c->snd_una),
				    end);
		redo = lost;
	}
	*end = eng_min(*end, redo);
	return off < redo ? off : ENG_NOTHING;
}

/* [@seq, @end), lost, was sent again */
void eng_lost_sent(struct eng_conn *c, u32 seq, u32 end, u64 now)
{
	if (c->rtx_nxt == c->snd_una)
		c->rtx_at = (u32)now;
	c->rtx_mark = c->snd_nxt;
	if (seq_lt(seq, c->redo_end)) {
		c->rtx_nxt = end;
		return;
	}
	c->rtx_hi = seq_max(c->rtx_hi, end);
	c->rtx_nxt = c->rtx_hi;
	c->redo_end = c->rtx_hi;
}

/**
 * eng_pipe - bytes that are thought to be in the network
 * @c: connection
 *
 * RFC 6675 section 4: what was sent, less what arrived, less what is lost and
 * not yet sent again. Without SACK each duplicate ACK stands for one segment
 * that arrived; after a time-out for a new one that F-RTO sent.
 */
u32 eng_pipe(const struct eng_conn *c)
{
	u32 flight = eng_flight(c), from, lost, redo, gone = 0;

	if (likely(!(c->ca | c->nr_sacked | c->dup_acks)))
		return flight;
	if (eng_repairing(c)) {
		from = c->rtx_nxt - c->snd_una;
		redo = eng_max(c->redo_end - c->snd_una, from);
		gone = redo - from - eng_sack_bytes(c, from, redo);
		from = c->rtx_hi - c->snd_una;
		lost = eng_max(eng_lost_end(c), from);
		gone += lost - from - eng_sack_bytes(c, from, lost);
	}
	if (c->cflags & ENG_F_SACK)
		gone += eng_sack_bytes(c, 0, flight);
	else if (c->ca != ENG_CA_LOSS)
		gone += (u32)c->dup_acks * c->mss;
	else
		gone += eng_min((u32)c->dup_acks * c->mss,
				c->snd_nxt - c->high_seq);
	return eng_sub0(flight, gone);
}

/* The network is congested: slow down, and remember what that changes */
static void recovery_blame(struct eng_conn *c, u32 flight)
{
	eng_undo_start(c);
	c->ssthresh = eng_cc(c)->ssthresh(c, flight);
	if (c->cflags & ENG_F_ECN)
		c->bits |= ENG_B_CWR;
}

static void recovery_start(struct eng_conn *c, enum eng_ca ca)
{
	c->ca = (u8)ca;
	c->high_seq = c->snd_nxt;
	c->rtx_mark = c->snd_nxt;
	c->bits &= ~(ENG_B_RTT | ENG_B_FRTO | ENG_B_TLP | ENG_B_TLP_RTX |
		     ENG_B_TLP_SEND);
	c->bits |= ENG_B_RTX;
}

/*
 * What an earlier recovery sent again stays sent: rtx_nxt goes on. A reduction
 * that goes on for an ECN echo is not made twice.
 */
static void recovery_enter(struct eng_conn *c, u32 flight,
			   struct eng_act *act)
{
	u32 point = c->high_seq;
	bool cwr = c->ca == ENG_CA_CWR;

	c->redo_end = c->rtx_nxt;
	c->rtx_hi = c->rtx_nxt;
	if (!cwr)
		recovery_blame(c, flight);
	recovery_start(c, ENG_CA_RECOVERY);
	if (cwr)
		c->high_seq = point;
	else
		eng_prr_start(c);
	act->flags |= ENG_ACT_FAST_RTX | ENG_ACT_UPDATE;
}

/* All that is in flight is lost, or taken for it */
static void recovery_lost_all(struct eng_conn *c)
{
	c->dup_acks = 0;
	c->rtx_nxt = c->snd_una;
	c->redo_end = c->snd_una;
	c->rtx_hi = c->snd_una;
	c->lost_seq = c->snd_una;
	recovery_start(c, ENG_CA_LOSS);
}

/* Leave recovery, whatever it was for */
static void recovery_open(struct eng_conn *c)
{
	if (eng_reducing(c))
		eng_cc(c)->reset(c);	/* its memory was PRR's */
	if (eng_repairing(c))
		c->rtx_nxt = c->rtx_hi;
	c->ca = ENG_CA_OPEN;
	c->dup_acks = 0;
	c->bits &= ~(ENG_B_RTX | ENG_B_FRTO);
}

void eng_recovery_exit(struct eng_conn *c, struct eng_act *act)
{
	if (eng_reducing(c))
		c->cwnd = eng_max(c->ssthresh, c->mss);
	if (c->ca != ENG_CA_CWR)
		eng_rack_recovered(c);
	recovery_open(c);
	act->flags |= ENG_ACT_UPDATE;
}

/*
 * The reduction for an echo lasts until something beyond is acknowledged, so
 * that CWR has reached the peer, as in Linux.
 */
static bool recovery_over(const struct eng_conn *c)
{
	if (c->ca == ENG_CA_CWR)
		return seq_lt(c->high_seq, c->snd_una);
	return seq_le(c->high_seq, c->snd_una);
}

/* It was spurious: nothing is lost, and what was sent again is forgotten */
static void recovery_undo(struct eng_conn *c, u64 now, struct eng_act *act)
{
	if (c->ca == ENG_CA_RECOVERY)
		c->bits |= ENG_B_REORD;
	recovery_open(c);
	c->rtx_nxt = c->snd_una;
	eng_undo(c, now);
	act->flags |= ENG_ACT_UPDATE;
}

/**
 * eng_recovery_partial - snd_una moved in a recovery without SACK
 * @c: connection
 * @acked: by how much
 *
 * RFC 6582 section 3.2 step 4: a partial ACK tells that the next segment is
 * missing too. @acked bytes were represented by duplicate ACKs but for the one
 * that was sent again.
 */
void eng_recovery_partial(struct eng_conn *c, u32 acked)
{
	u32 n = eng_nr_mss(c, acked);

	if (c->ca == ENG_CA_LOSS) {
		c->dup_acks = 0;
		return;
	}
	c->dup_acks = (u16)eng_sub0(c->dup_acks, eng_sub0(n, 1));
	c->rtx_nxt = c->snd_una;
	c->redo_end = c->snd_una;
	c->rtx_hi = c->snd_una;
	c->bits |= ENG_B_RTX;
}

/* What was sent again below offset @end is lost again: from the start */
static void recovery_redo(struct eng_conn *c, u32 end)
{
	u32 from = c->snd_una + end;

	if (seq_le(from, c->rtx_nxt)) {
		if (c->rtx_nxt == c->redo_end)
			c->redo_end = from;
		c->rtx_nxt = c->snd_una;
	} else {
		c->redo_end = seq_max(c->redo_end, from);
		if (seq_lt(c->rtx_hi, c->redo_end))
			c->redo_end = c->rtx_hi;
	}
	c->rtx_mark = c->snd_nxt;
}

/*
 * RFC 8985 section 6.2 step 5 for retransmissions: lost when one that left
 * later in the same pass arrived, or (more than) what was first sent after the
 * last of them. Where reordering was seen two segments more are waited for.
 */
static bool recovery_rtx_lost(struct eng_conn *c, const struct eng_seg *seg,
			      const struct eng_news *n, u64 now)
{
	u32 mark = eng_ahead(c, c->rtx_mark), flight = eng_flight(c), end;
	u32 slack = c->bits & ENG_B_REORD ? 2U * c->mss : 0;

	if (c->rtx_hi == c->snd_una)
		return false;
	if (mark < flight && eng_sack_bytes(c, mark, flight) > slack) {
		recovery_redo(c, c->rtx_hi - c->snd_una);
		return true;
	}
	if (slack || n->rtx == ENG_NOTHING || n->rtx <= n->acked ||
	    !eng_rack_rtx_arrived(c, seg, n, now) ||
	    eng_sack_hole(c, 0, &end) >= n->rtx - n->acked)
		return false;
	recovery_redo(c, n->rtx - n->acked);
	return true;
}

/* Is it known by now that nothing was lost? */
static bool recovery_spurious(struct eng_conn *c, const struct eng_seg *seg,
			      const struct eng_news *n, u64 now)
{
	if (n->dsack_len && eng_undo_dsack(c, n))
		return true;
	if (!eng_repairing(c))
		return false;
	if (n->acked && eng_undo_delayed(c, seg, now))
		return true;
	return c->ca == ENG_CA_LOSS && (c->bits & ENG_B_UNDO) &&
	       eng_frto_ack(c, n) == ENG_FRTO_SPURIOUS;
}

/*
 * Find what is lost; true when it is more than before. Without SACK duplicate
 * ACKs right at the last recovery point may be of what was sent again in vain:
 * RFC 6582 section 3.2 step 1.
 */
static bool recovery_detect(struct eng_conn *c, const struct eng_seg *seg,
			    const struct eng_news *n, u64 now)
{
	bool more;

	if (!(c->cflags & ENG_F_SACK))
		return !eng_repairing(c) && c->dup_acks >= DUP_THRESH &&
		       c->snd_una != c->high_seq;
	more = eng_rack_ack(c, seg, n, now);
	if (eng_repairing(c) && recovery_rtx_lost(c, seg, n, now))
		more = true;
	return more;
}

/**
 * eng_recovery_ack - an ACK arrived while loss is known or suspected
 * @c: connection, snd_una moved already
 * @seg: ACK
 * @n: what it tells
 * @now: us
 * @act: actions
 */
void eng_recovery_ack(struct eng_conn *c, const struct eng_seg *seg,
		      const struct eng_news *n, u64 now, struct eng_act *act)
{
	u32 flight = eng_flight(c) + n->acked;
	bool more;

	if (n->dsack_len)
		eng_rack_dsack(c);
	if (recovery_spurious(c, seg, n, now))
		recovery_undo(c, now, act);
	else if (c->ca && recovery_over(c))
		eng_recovery_exit(c, act);
	else if (!eng_repairing(c) && n->acked)
		c->dup_acks = 0;
	else if (n->acked && !(c->cflags & ENG_F_SACK))
		eng_recovery_partial(c, n->acked);
	more = eng_flight(c) && recovery_detect(c, seg, n, now);
	if (more && !eng_repairing(c))
		recovery_enter(c, flight, act);
	else if (n->ece && c->ca == ENG_CA_OPEN)
		eng_ecn_ack(c, flight, act);
	if (eng_reducing(c))
		eng_prr_ack(c, n->delivered, n->acked && !more);
}

/* The reordering timer expired, RFC 8985 section 6.3 */
void eng_recovery_reo(struct eng_conn *c, u64 now, struct eng_act *act)
{
	if (!eng_rack_reo(c, now))
		return;
	if (eng_repairing(c))
		return;
	recovery_enter(c, eng_flight(c), act);
	eng_prr_ack(c, c->mss, false);
}

/**
 * eng_recovery_rto - the retransmission timer expired
 * @c: connection with something in flight
 * @act: actions
 *
 * The network is blamed once per recovery, as in Linux. The scoreboard
 * survives the first time-out; at the second in a row the peer may have
 * dropped what it reported (RFC 2018 section 8).
 *
 * Return: false when R2 was reached and the host is to decide.
 */
bool eng_recovery_rto(struct eng_conn *c, struct eng_act *act)
{
	/* RFC 5682 section 2.1 step 1: not while an earlier one is repaired */
	bool first = c->ca != ENG_CA_LOSS;
	bool fresh = c->ca == ENG_CA_OPEN ||
		     (c->ca == ENG_CA_LOSS && !c->retries);

	if (c->retries >= c->max_retries) {
		eng_upload(c, ENG_UPLOAD_TIMEOUT, 0, act);
		return false;
	}
	if (fresh)
		recovery_blame(c, eng_flight(c));
	else
		c->bits |= ENG_B_RTO_AGAIN;
	eng_cc(c)->timeout(c);
	if (c->retries++)
		c->nr_sacked = 0;
	eng_rto_backoff(c);
	c->cwnd = c->mss;
	recovery_lost_all(c);
	if (first)
		eng_frto_start(c);
	act->flags |= ENG_ACT_RTO | ENG_ACT_UPDATE;
	return true;
}

/*
 * Send all again without blaming the network: the path's MTU shrank, or the
 * peer dropped what it had reported.
 */
void eng_recovery_resend(struct eng_conn *c)
{
	if (!eng_flight(c))
		return;
	c->ssthresh = eng_min(c->ssthresh, c->cwnd);
	c->bits &= ~ENG_B_UNDO;
	recovery_lost_all(c);
}
