// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit congestion notification, RFC 3168: marks that arrive are echoed
 * until the peer says that it has slowed down; an echo makes us slow down,
 * once per window. The handshake was the host's. The exact echo that DCTCP
 * needs (RFC 8257 section 3.2) is here, too.
 */
#include "cc.h"
#include "eng_conn.h"

#define ECT_0			2
#define ECN_QUICK_ACKS		2

/*
 * RFC 8257 section 3.2: each ACK says of what kind the segments are that it
 * acknowledges. Where that changes, a delayed ACK goes out for those before.
 */
static void ecn_rx_exact(struct eng_conn *c, bool ce)
{
	if (ce == !!(c->bits & ENG_B_ECE))
		return;
	if (c->bits & ENG_B_DELACK) {
		c->bits |= ENG_B_ACK_OLD;
		c->dctcp.old_nxt = (u16)c->rcv_nxt;
	}
	c->bits ^= ENG_B_ECE;
	c->bits |= ENG_B_ACK;
}

/**
 * eng_ecn_rx - the receiver's side, RFC 3168 section 6.1.3
 * @c: connection with ECN, nothing of @seg taken in yet
 * @seg: acceptable segment
 */
void eng_ecn_rx(struct eng_conn *c, const struct eng_seg *seg)
{
	if (c->cc == ENG_CC_DCTCP) {
		if (seg->len)
			ecn_rx_exact(c, seg->ce);
		return;
	}
	if (seg->flags & ENG_TH_CWR) {
		c->bits &= ~ENG_B_ECE;
		if (seg->len)	/* its cwnd may be one segment: don't delay */
			c->bits |= ENG_B_ACK;
	}
	if (!seg->len || !seg->ce)
		return;
	if (!(c->bits & ENG_B_ECE))
		c->quick = (u8)eng_max(c->quick, ECN_QUICK_ACKS);
	c->bits |= ENG_B_ECE;
}

/**
 * eng_ecn_ack - the sender's side, section 6.1.2
 * @c: connection, in OPEN
 * @flight: what was out before the ACK, bytes
 * @act: actions
 *
 * cwnd comes down by PRR, as in Linux, until what is in flight now has been
 * acknowledged.
 */
void eng_ecn_ack(struct eng_conn *c, u32 flight, struct eng_act *act)
{
	const struct eng_cc_ops *cc = eng_cc(c);

	if (!eng_flight(c))
		return;
	c->undo_cwnd = c->cwnd;
	c->ssthresh = cc->marked ? cc->marked(c) : cc->ssthresh(c, flight);
	eng_prr_start(c);
	c->high_seq = c->snd_nxt;
	c->ca = ENG_CA_CWR;
	c->bits &= ~(ENG_B_UNDO | ENG_B_TLP | ENG_B_TLP_RTX | ENG_B_TLP_SEND);
	c->bits |= ENG_B_CWR;
	act->flags |= ENG_ACT_UPDATE;
}

/**
 * eng_ecn_tx - marks of a segment that leaves
 * @c: connection with ECN
 * @fresh: payload that was never sent before
 * @tx: the segment
 *
 * Section 6.1.5: no ECT on retransmissions, and none on pure ACKs (6.1.4);
 * DCTCP has it on both as in Linux. CWR goes with new data only.
 */
void eng_ecn_tx(struct eng_conn *c, bool fresh, struct eng_tx *tx)
{
	if (fresh || c->cc == ENG_CC_DCTCP)
		tx->ecn = ECT_0;
	if (fresh && (c->bits & ENG_B_CWR)) {
		tx->flags |= ENG_TH_CWR;
		c->bits &= ~ENG_B_CWR;
	}
	if (c->bits & ENG_B_ECE)
		tx->flags |= ENG_TH_ECE;
}
