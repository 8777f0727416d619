// SPDX-License-Identifier: GPL-2.0-only
/*
 * RACK, RFC 8985: loss detection by time, that is, by the order in which
 * segments left.
 *
 * No transmission time is kept per segment. First transmissions leave in the
 * order of their sequence numbers, so "sent before the segment that arrived"
 * (section 6.2 step 5) is "left of it". Of the segments sent again it is known
 * when the current pass over the lost bytes began (rtx_at) and what had been
 * sent for the first time when the last of them left (rtx_mark). Where the
 * RFC waits until xmit_ts + rtt + reo_wnd, the wait starts here when the ACK
 * that passed the segment arrives: later by the time between the two
 * transmissions, never earlier.
 */
#include "eng_conn.h"

#define DUP_THRESH		3
#define REO_PERSIST		16	/* recoveries, section 6.2 step 4 */

/* Section 6.2 step 4, in the form Linux gives it; 0 = don't wait */
static u32 rack_reo_wnd(const struct eng_conn *c)
{
	u32 us;

	if (!(c->bits & ENG_B_REORD)) {
		if (eng_repairing(c))
			return 0;
		if (eng_sack_bytes(c, 0, eng_flight(c)) >
		    (DUP_THRESH - 1U) * c->mss)
			return 0;
	}
	if (!c->srtt_us)
		return ENG_RTO_INIT_US / 4;
	us = eng_min(c->min_rtt_us, c->srtt_us) / 4;
	return eng_min(us * c->reo_mult, c->srtt_us);
}

/**
 * eng_rack_rtx_arrived - is it a retransmission that just arrived?
 * @c: connection
 * @seg: ACK
 * @n: what it tells
 * @now: us
 *
 * Section 6.2 step 2: not when the ACK came sooner than a round trip allows,
 * or echoes an older time stamp: then it was the first transmission.
 *
 * Return: true when one of the current pass did.
 */
bool eng_rack_rtx_arrived(const struct eng_conn *c, const struct eng_seg *seg,
			  const struct eng_news *n, u64 now)
{
	u32 us = (u32)now - c->rtx_at;

	if (n->rtx == ENG_NOTHING || !(c->bits & ENG_B_SENT_AGAIN))
		return false;
	if (c->min_rtt_us != 0xffffffff && us < c->min_rtt_us)
		return false;
	return !seg->has_ts || !(c->cflags & ENG_F_TSTAMP) ||
	       eng_ts_now(c, now) - seg->tsecr <= us / 1000 + 1;
}

/**
 * eng_rack_ack - find what is lost
 * @c: connection with SACK, snd_una moved already
 * @seg: ACK
 * @n: what it tells
 * @now: us
 *
 * Return: true when lost_seq moved.
 */
bool eng_rack_ack(struct eng_conn *c, const struct eng_seg *seg,
		  const struct eng_news *n, u64 now)
{
	u32 reach = eng_sack_fack(c), lost = eng_lost_end(c), us, end;

	if (n->orig < n->fack)			/* step 3 */
		c->bits |= ENG_B_REORD;
	/* what was resent left after all that precedes the recovery point */
	if (eng_repairing(c) && eng_rack_rtx_arrived(c, seg, n, now))
		reach = eng_max(reach, c->high_seq - c->snd_una);
	if (reach <= lost || eng_sack_hole(c, lost, &end) >= reach)
		return false;
	us = rack_reo_wnd(c);
	if (!us) {
		c->lost_seq = c->snd_una + reach;
		return true;
	}
	if (c->timer_kind != ENG_TM_REO) {
		c->reo_seq = c->snd_una + reach;
		eng_timer_reo(c, us, now);
	}
	return false;
}

/**
 * eng_rack_reo - reordering had its time to settle, section 6.3
 * @c: connection
 * @now: us
 *
 * Return: true when something is lost.
 */
bool eng_rack_reo(struct eng_conn *c, u64 now)
{
	u32 reach = eng_sack_fack(c), lost = eng_lost_end(c), end, us;

	if (seq_le(c->reo_seq, c->snd_una + lost) ||
	    eng_sack_hole(c, lost, &end) >= c->reo_seq - c->snd_una)
		return false;
	c->lost_seq = c->reo_seq;
	us = rack_reo_wnd(c);
	if (us && seq_lt(c->reo_seq, c->snd_una + reach)) {
		c->reo_seq = c->snd_una + reach;
		eng_timer_reo(c, us, now);
	}
	return true;
}

/*
 * Step 4: a DSACK tells that a retransmission was in vain, so wait longer,
 * once per round trip.
 */
void eng_rack_dsack(struct eng_conn *c)
{
	if ((c->bits & ENG_B_REO_ROUND) && seq_lt(c->snd_una, c->reo_round))
		return;
	c->bits |= ENG_B_REO_ROUND;
	c->reo_round = c->snd_nxt;
	c->reo_persist = REO_PERSIST;
	if (c->reo_mult < 0xff)
		c->reo_mult++;
}

/* Step 4: forget after so many recoveries without a DSACK */
void eng_rack_recovered(struct eng_conn *c)
{
	if (c->reo_persist && !--c->reo_persist)
		c->reo_mult = 1;
}
