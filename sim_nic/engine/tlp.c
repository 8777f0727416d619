// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tail loss probe, RFC 8985 section 7: when ACKs stop coming, a segment is
 * sent that makes the peer say what is missing, before the RTO would send all
 * again.
 */
#include "cc.h"
#include "eng_conn.h"

/* Two ticks at 250 Hz, as Linux: who is to ACK may be kept from it so long */
#define TLP_SLACK_US		8000U

/* Section 7.2: with SACK, nothing amiss, and none out already */
bool eng_tlp_ok(const struct eng_conn *c)
{
	return !(c->ca | c->nr_sacked | c->dup_acks |
		 (c->bits & (ENG_B_TLP | ENG_B_TLP_SEND))) &&
	       (c->cflags & ENG_F_SACK);
}

/**
 * eng_tlp_pto - probe time-out, section 7.2
 * @c: connection with something in flight
 *
 * A lone segment may meet a delayed ACK, which gets the RTO's floor as in
 * Linux.
 *
 * Return: us from now, 0 when no probe is to be sent.
 */
u32 eng_tlp_pto(const struct eng_conn *c)
{
	if (!eng_tlp_ok(c))
		return 0;
	if (!c->srtt_us)
		return ENG_RTO_INIT_US;
	return 2 * c->srtt_us + (eng_flight(c) <= c->mss ?
				 c->rto_min_ms * 1000U : TLP_SLACK_US);
}

/* The probe timer expired: at most one probe per tail */
void eng_tlp_fire(struct eng_conn *c)
{
	if (!(c->bits & ENG_B_TLP))
		c->bits |= ENG_B_TLP_SEND;
}

/**
 * eng_tlp_sent - section 7.3
 * @c: connection
 * @again: the probe was no new data
 * @now: us
 */
void eng_tlp_sent(struct eng_conn *c, bool again, u64 now)
{
	c->bits &= ~(ENG_B_TLP_SEND | ENG_B_TLP_RTX);
	c->bits |= ENG_B_TLP | (again ? ENG_B_TLP_RTX : 0);
	c->high_seq = c->snd_nxt;
	eng_timer_clear(c);
	eng_timer_update(c, now);
}

/**
 * eng_tlp_ack - section 7.4.2: did the probe repair a loss?
 * @c: connection with a probe out, snd_una moved already
 * @n: what the ACK tells
 * @dup: it tells nothing at all
 * @act: actions
 *
 * If nothing was lost, original and probe both arrived, and the peer says so
 * by a DSACK or a duplicate ACK. An ACK beyond without either tells that the
 * probe was needed: the loss goes to the account of the network.
 */
void eng_tlp_ack(struct eng_conn *c, const struct eng_news *n, bool dup,
		 struct eng_act *act)
{
	bool twice = dup || (n->dsack_len &&
			     n->dsack + n->dsack_len == c->high_seq);

	if (seq_lt(c->snd_una, c->high_seq))
		return;
	if ((c->bits & ENG_B_TLP_RTX) && !twice) {
		if (c->snd_una == c->high_seq)
			return;
		c->ssthresh = eng_cc(c)->ssthresh(c, eng_flight(c) + n->acked);
		c->cwnd = c->ssthresh;
		act->flags |= ENG_ACT_UPDATE;
	}
	c->bits &= ~(ENG_B_TLP | ENG_B_TLP_RTX);
}
