// SPDX-License-Identifier: GPL-2.0-only
/*
 * Undo of a recovery that was spurious: nothing had been lost, only late.
 * Detected by time stamps (Eifel, RFC 3522), by duplicates reported (DSACK,
 * RFC 3708) and after time-outs by F-RTO (frto.c); the answer is RFC 4015's:
 * cwnd and ssthresh as they were.
 */
#include "cc.h"
#include "eng_conn.h"

/* A recovery begins: remember what it is going to change */
void eng_undo_start(struct eng_conn *c)
{
	c->bits |= ENG_B_UNDO;
	c->bits &= ~(ENG_B_SENT_AGAIN | ENG_B_RTO_AGAIN);
	c->undo_una = c->snd_una;
	c->undo_rtx = 0;
	c->undo_cwnd = c->cwnd;
	c->undo_ssthresh = (u16)eng_min(eng_nr_mss(c, c->ssthresh), 0xffff);
}

/**
 * eng_undo_delayed - Eifel detection, RFC 3522 section 3.2
 * @c: connection
 * @seg: ACK of new data
 * @now: us
 *
 * Return: true when it was caused by a segment older than the first
 * retransmission: the original was late, not lost.
 */
bool eng_undo_delayed(const struct eng_conn *c, const struct eng_seg *seg,
		      u64 now)
{
	u32 us = (u32)now - c->rtt_at;

	if (~c->bits & (ENG_B_UNDO | ENG_B_SENT_AGAIN) ||
	    (c->bits & ENG_B_RTO_AGAIN) || !seg->has_ts || !seg->tsecr ||
	    !(c->cflags & ENG_F_TSTAMP))
		return false;
	/* our clock at the retransmission, rounded down */
	return seq_lt(seg->tsecr, eng_ts_now(c, now) - (us + 999) / 1000);
}

/**
 * eng_undo_dsack - a retransmission is reported to have been in vain
 * @c: connection
 * @n: with the DSACK
 *
 * Return: true when now all of them were.
 */
bool eng_undo_dsack(struct eng_conn *c, const struct eng_news *n)
{
	u32 end = n->dsack + n->dsack_len;

	if (!(c->bits & ENG_B_UNDO) || !c->undo_rtx ||
	    seq_le(end, c->undo_una) || seq_lt(c->snd_una, end))
		return false;
	c->undo_rtx = eng_sub0(c->undo_rtx, n->dsack_len);
	return !c->undo_rtx;
}

/*
 * RFC 4015 section 3.2; RFC 9438 section 4.9.2: what the algorithm knew comes
 * back too, unless cwnd has outgrown it.
 */
void eng_undo(struct eng_conn *c, u64 now)
{
	bool less = c->cwnd < c->undo_cwnd;

	c->cwnd = eng_max(c->cwnd, c->undo_cwnd);
	c->ssthresh = eng_max(c->ssthresh, c->undo_ssthresh == 0xffff ?
			      ENG_SSTHRESH_INF :
			      (u32)c->undo_ssthresh * c->mss);
	if (less && eng_cc(c)->undo)
		eng_cc(c)->undo(c, now);
	c->bits &= ~(ENG_B_UNDO | ENG_B_SENT_AGAIN | ENG_B_CWR);
	c->retries = 0;
}
