// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loss recovery: fast retransmit and fast recovery (RFC 5681, 6582 without and
 * 6675 with SACK), recovery after a time-out (RFC 6298 section 5), limited
 * transmit (RFC 3042, which falls out of eng_pipe()).
 *
 * What is lost is told by eng_lost_end() alone: a better loss detection goes
 * there. What is sent again, and when, is tx.c's: the unreported bytes in
 * [rtx_nxt, lost end) as eng_pipe() leaves room in cwnd.
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

	if (likely(c->ca == ENG_CA_OPEN))
		return 0;
	high = c->high_seq - c->snd_una;
	if (c->ca == ENG_CA_LOSS)
		return high;
	if (c->cflags & ENG_F_SACK)
		return eng_min(high, eng_max(c->mss, eng_sack_lost(c)));
	return eng_min(high, c->mss);
}

/**
 * eng_pipe - bytes that are thought to be in the network
 * @c: connection
 *
 * RFC 6675 section 4: what was sent, less what arrived, less what is lost and
 * not yet sent again. Without SACK each duplicate ACK stands for one segment
 * that arrived.
 */
u32 eng_pipe(const struct eng_conn *c)
{
	u32 flight = eng_flight(c), rtx, lost, gone;

	if (likely(!(c->ca | c->nr_sacked | c->dup_acks)))
		return flight;
	rtx = c->ca ? c->rtx_nxt - c->snd_una : 0;
	lost = eng_max(eng_lost_end(c), rtx);
	gone = lost - rtx - eng_sack_bytes(c, rtx, lost);
	if (c->cflags & ENG_F_SACK)
		gone += eng_sack_bytes(c, 0, flight);
	else if (c->ca != ENG_CA_LOSS)
		gone += (u32)c->dup_acks * c->mss;
	return eng_sub0(flight, gone);
}

/* Everything outstanding that was not reported goes out again from here on */
static void recovery_start(struct eng_conn *c, enum eng_ca ca)
{
	c->ca = (u8)ca;
	c->high_seq = c->snd_nxt;
	c->rtx_nxt = c->snd_una;
	c->rtx_mark = c->snd_nxt;
	c->bits |= ENG_B_RTX;
	c->bits &= (u16)~ENG_B_RTT;
}

static void recovery_enter(struct eng_conn *c, struct eng_act *act)
{
	c->ssthresh = eng_cc(c)->ssthresh(c);
	c->cwnd = c->ssthresh;
	recovery_start(c, ENG_CA_RECOVERY);
	act->flags |= ENG_ACT_FAST_RTX | ENG_ACT_UPDATE;
}

static void recovery_exit(struct eng_conn *c, struct eng_act *act)
{
	if (c->ca == ENG_CA_RECOVERY)
		c->cwnd = eng_max(c->ssthresh, c->mss);
	c->ca = ENG_CA_OPEN;
	c->dup_acks = 0;
	c->bits &= (u16)~ENG_B_RTX;
	act->flags |= ENG_ACT_UPDATE;
}

/*
 * RFC 6582 section 3.2 step 4: without SACK a partial ACK tells that the next
 * segment is missing too. @acked bytes were represented by duplicate ACKs but
 * for the one that was sent again.
 */
static void recovery_partial(struct eng_conn *c, u32 acked)
{
	u32 n = eng_nr_mss(c, acked);

	if (c->cflags & ENG_F_SACK)
		return;
	c->dup_acks = (u16)eng_sub0(c->dup_acks, eng_sub0(n, 1));
	if (c->ca == ENG_CA_RECOVERY) {
		c->rtx_nxt = c->snd_una;
		c->bits |= ENG_B_RTX;
	}
}

/*
 * A retransmission is lost as well when more than two segments were reported
 * that left after the last one.
 */
static bool recovery_rtx_lost(const struct eng_conn *c)
{
	u32 mark = c->rtx_mark - c->snd_una, flight = eng_flight(c);

	return c->rtx_nxt != c->snd_una && mark < flight &&
	       eng_sack_bytes(c, mark, flight) > 2U * c->mss;
}

static bool recovery_due(const struct eng_conn *c)
{
	if (!eng_flight(c))
		return false;
	return c->dup_acks >= DUP_THRESH || eng_sack_lost(c);
}

/**
 * eng_recovery_ack - an ACK arrived while loss is known or suspected
 * @c: connection
 * @acked: bytes it acknowledged
 * @act: actions
 */
void eng_recovery_ack(struct eng_conn *c, u32 acked, struct eng_act *act)
{
	if (c->ca && seq_le(c->high_seq, c->snd_una))
		recovery_exit(c, act);
	else if (c->ca && acked)
		recovery_partial(c, acked);
	if (!c->ca && recovery_due(c)) {
		recovery_enter(c, act);
	} else if (c->ca && recovery_rtx_lost(c)) {
		c->rtx_nxt = c->snd_una;
		c->rtx_mark = c->snd_nxt;
	}
}

/**
 * eng_recovery_rto - the retransmission timer expired
 * @c: connection with something in flight
 * @act: actions
 *
 * The scoreboard survives the first time-out; at the second in a row the peer
 * may have dropped what it reported (RFC 2018 section 8).
 *
 * Return: false when R2 was reached and the host is to decide.
 */
bool eng_recovery_rto(struct eng_conn *c, struct eng_act *act)
{
	if (c->retries >= c->max_retries) {
		eng_upload(c, ENG_UPLOAD_TIMEOUT, 0, act);
		return false;
	}
	if (c->ca != ENG_CA_LOSS)
		c->ssthresh = eng_cc(c)->ssthresh(c);
	eng_cc(c)->reset(c);
	if (c->retries++)
		c->nr_sacked = 0;
	eng_rto_backoff(c);
	c->cwnd = c->mss;
	c->dup_acks = 0;
	recovery_start(c, ENG_CA_LOSS);
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
	c->dup_acks = 0;
	recovery_start(c, ENG_CA_LOSS);
}
