// SPDX-License-Identifier: GPL-2.0-only
/*
 * What leaves next. A decision (tx_plan, without side effects) and its
 * execution (eng_next) are kept apart, so that eng_pending() can't disagree.
 */
#include "eng_conn.h"
#include "nagle.h"

#define TX_MAX_LEN		0x100000	/* so that segs fits 16 bits */

struct tx_plan {
	u8 kind;		/* enum eng_tx_kind */
	bool fin;
	u32 seq, len;
};

/* Room that congestion control leaves: whole segments, one if nothing is out */
static u32 tx_room(const struct eng_conn *c)
{
	u32 pipe = eng_pipe(c);

	if (!pipe)
		return eng_max(c->cwnd, c->mss);
	return pipe + c->mss <= c->cwnd ? c->cwnd - pipe : 0;
}

static bool tx_plan_new(const struct eng_conn *c, u32 max_len,
			struct tx_plan *p)
{
	bool fin = (c->bits & ENG_B_FIN) && !eng_fin_sent(c);
	u32 avail = eng_unsent(c), wnd, len;

	if (!avail && !fin)
		return false;
	if (unlikely(c->pace))
		max_len = eng_pace_len(c, max_len);
	wnd = eng_wnd_left(c);
	len = eng_min(eng_min(avail, wnd), max_len);
	if (len)
		len = eng_quantum(c, eng_min(len, tx_room(c)), avail);
	p->kind = ENG_TX_DATA;
	p->seq = c->snd_nxt;
	p->len = len;
	p->fin = fin && len == avail && wnd > len;
	return p->len || p->fin;
}

/* Cut [off, off + len) to data; what lies beyond is our FIN */
static void tx_plan_old(const struct eng_conn *c, u32 off, u32 len,
			struct tx_plan *p)
{
	u32 data = c->write_seq - c->snd_una;

	p->kind = ENG_TX_RTX;
	p->seq = c->snd_una + off;
	p->fin = eng_fin_sent(c) && off + len > data;
	p->len = p->fin ? data - off : len;
}

/* The next lost bytes, RFC 6675 section 4, NextSeg() rule 1 */
static bool tx_plan_rtx(const struct eng_conn *c, u32 max_len,
			struct tx_plan *p)
{
	u32 end, off = eng_lost_next(c, &end), len, room;

	if (off == ENG_NOTHING || (off && off >= c->snd_wnd))
		return false;
	room = tx_room(c);
	if (c->bits & ENG_B_RTX)
		room = eng_max(room, c->mss);
	if (unlikely(c->pace))
		max_len = eng_pace_len(c, max_len);
	len = eng_min(end - off, eng_min(room, max_len));
	len = eng_min(len, eng_max(eng_sub0(c->snd_wnd, off), off ? 1 : c->mss));
	if (len > c->mss)
		len = eng_nr_mss(c, len) * c->mss;
	if (!len)
		return false;
	tx_plan_old(c, off, len, p);
	return true;
}

/*
 * RFC 8985 section 7.3: a segment of new data whatever cwnd and Nagle say,
 * else the last one again.
 */
static bool tx_plan_tlp(const struct eng_conn *c, struct tx_plan *p)
{
	u32 avail = eng_unsent(c), len = eng_min(avail, c->mss), off;

	if (!eng_flight(c))
		return false;
	if (len && len <= eng_wnd_left(c)) {
		p->seq = c->snd_nxt;
		p->len = len;
		p->fin = false;
	} else {
		off = eng_nr_mss(c, eng_sub0(c->write_seq - c->snd_una, avail + 1)) *
		      c->mss;
		tx_plan_old(c, off, eng_flight(c) - off, p);
	}
	p->kind = ENG_TX_TLP;
	return true;
}

static void tx_plan_empty(u8 kind, u32 seq, struct tx_plan *p)
{
	p->kind = kind;
	p->seq = seq;
	p->len = 0;
	p->fin = false;
}

/*
 * The persist timer fired: what is out again, else what little the window
 * allows, else a segment that has to be answered.
 */
static void tx_plan_probe(const struct eng_conn *c, struct tx_plan *p)
{
	u32 wnd = eng_min(c->snd_wnd, c->mss), avail = eng_unsent(c);

	if (eng_flight(c) && (c->bits & ENG_B_POSTED)) {
		tx_plan_old(c, 0, eng_min(eng_flight(c), c->mss), p);
	} else if (wnd && avail) {
		p->kind = ENG_TX_DATA;
		p->seq = c->snd_nxt;
		p->len = eng_min(wnd, avail);
		p->fin = false;
	} else {
		tx_plan_empty(ENG_TX_PROBE, c->snd_una - 1, p);
	}
}

/* SACK blocks have no room beside payload and must not wait for it */
static bool tx_sack_first(const struct eng_conn *c)
{
	return (c->bits & ENG_B_ACK) &&
	       (c->nr_ooo || (c->bits & ENG_B_DSACK));
}

static bool tx_plan_payload(const struct eng_conn *c, u32 max_len,
			    struct tx_plan *p)
{
	if (c->bits & ENG_B_PROBE) {
		tx_plan_probe(c, p);
		return true;
	}
	if (unlikely(!(c->bits & ENG_B_POSTED)))
		return false;
	if (unlikely(eng_repairing(c)) && tx_plan_rtx(c, max_len, p))
		return true;
	if (unlikely(c->bits & ENG_B_TLP_SEND) && tx_plan_tlp(c, p))
		return true;
	return tx_plan_new(c, max_len, p);
}

static bool tx_plan(const struct eng_conn *c, u32 max_len, struct tx_plan *p)
{
	if (unlikely(c->bits & ENG_B_ACK_OLD)) {
		tx_plan_empty(ENG_TX_ACK, c->snd_nxt, p);
		return true;
	}
	if (likely(!(c->bits & ENG_B_FROZEN)) && !tx_sack_first(c)) {
		if (likely(!(c->bits & ENG_B_PACED)) &&
		    tx_plan_payload(c, max_len, p))
			return true;
		if (c->bits & ENG_B_KEEPALIVE) {
			tx_plan_empty(ENG_TX_PROBE, c->snd_una - 1, p);
			return true;
		}
	}
	tx_plan_empty(ENG_TX_ACK, c->snd_nxt, p);
	return c->bits & ENG_B_ACK;
}

static void tx_options(struct eng_conn *c, u64 now, struct eng_tx *tx)
{
	tx->has_ts = !!(c->cflags & ENG_F_TSTAMP);
	if (tx->has_ts) {
		tx->tsval = eng_ts_now(c, now);
		tx->tsecr = c->ts_recent;
	}
	tx->nr_sack = 0;
	if (!tx->len && (c->nr_ooo || (c->bits & ENG_B_DSACK)))
		tx->nr_sack = eng_ooo_blocks(c, tx->sack,
					     tx->has_ts ? 3 : ENG_MAX_SACK);
}

static void tx_fill(struct eng_conn *c, const struct tx_plan *p, u64 now,
		    struct eng_tx *tx)
{
	u32 n = p->len <= c->mss ? 1 : eng_nr_mss(c, p->len + c->mss - 1);

	tx->kind = p->kind;
	tx->flags = ENG_TH_ACK;
	tx->ecn = 0;
	tx->wnd = eng_window_field(c);
	tx->mss = c->mss;
	tx->segs = (u16)n;
	tx->ip_id = c->ip_id;
	tx->seq = p->seq;
	tx->ack = c->rcv_nxt;
	tx->len = p->len;
	if (p->fin)
		tx->flags |= ENG_TH_FIN;
	if (p->len && p->seq + p->len == c->write_seq)
		tx->flags |= ENG_TH_PSH;
	c->ip_id = (u16)(c->ip_id + n);
	if (unlikely(c->cflags & ENG_F_ECN))
		eng_ecn_tx(c, p->len && p->seq == c->snd_nxt, tx);
	tx_options(c, now, tx);
}

/*
 * RFC 8257 section 3.2: the delayed ACK of what came before the CE state
 * changed, with the echo of then.
 */
static void tx_fill_old(struct eng_conn *c, const struct tx_plan *p, u64 now,
			struct eng_tx *tx)
{
	tx_fill(c, p, now, tx);
	tx->flags ^= ENG_TH_ECE;
	tx->ack -= (u16)((u16)c->rcv_nxt - c->dctcp.old_nxt);
	tx->wnd = (u16)eng_min((c->rcv_edge - tx->ack) >> c->rcv_wscale, 0xffff);
	c->bits &= ~ENG_B_ACK_OLD;
}

/*
 * Any segment carries the ACK but a probe, whose sequence number makes the
 * peer answer and not look at the rest.
 */
static void tx_acked(struct eng_conn *c)
{
	if (c->quick && c->last_ack != c->rcv_nxt)
		c->quick--;
	c->last_ack = c->rcv_nxt;
	c->bits &= ~(ENG_B_ACK | ENG_B_DELACK);
}

static void tx_sent_new(struct eng_conn *c, const struct tx_plan *p, u64 now)
{
	u32 end = p->seq + p->len;

	if (unlikely(c->pace))
		eng_pace_sent(c, p->len, now);
	eng_idle_sent(c, c->snd_nxt == c->snd_una, now);

	if (p->len != eng_nr_mss(c, p->len) * c->mss)
		c->snd_sml = end;
	if (end == c->write_seq)
		c->bits &= ~ENG_B_HOLD_OVER;
	c->snd_nxt = end + p->fin;
	c->bits &= ~ENG_B_PROBE;
	if (eng_rtt_start(c, p->len > c->mss ? p->seq + c->mss : c->snd_nxt,
			  now))
		eng_idle_round(c);
	eng_idle_used(c);
	if (unlikely(eng_reducing(c)))
		c->prr.out += p->len;
	eng_timer_sent(c, now);
}

/*
 * The time of the first one judges time stamps that come back; after a further
 * time-out the next one's does, or the time-outs would count as round trip.
 */
static void tx_sent_old(struct eng_conn *c, const struct tx_plan *p, u64 now)
{
	u32 len = p->len + p->fin;

	if (unlikely(c->pace))
		eng_pace_sent(c, p->len, now);
	if (!(c->bits & ENG_B_SENT_AGAIN) ||
	    (c->ca == ENG_CA_LOSS && (c->bits & ENG_B_RTX)))
		c->rtt_at = (u32)now;
	c->bits |= ENG_B_SENT_AGAIN;
	c->bits &= ~(ENG_B_RTX | ENG_B_PROBE | ENG_B_RTT);
	c->undo_rtx += len;
	if (c->ca == ENG_CA_RECOVERY)
		c->prr.out += p->len;
	/* RFC 6298 section 5: the first segment's timer starts with it */
	if (p->seq == c->snd_una) {
		eng_timer_clear(c);
		eng_timer_update(c, now);
	}
	if (eng_repairing(c))
		eng_lost_sent(c, p->seq, p->seq + len, now);
}

static void tx_sent_tlp(struct eng_conn *c, const struct tx_plan *p, u64 now)
{
	bool again = p->seq != c->snd_nxt;

	if (!again) {
		tx_sent_new(c, p, now);
	} else {
		c->bits &= ~ENG_B_RTT;		/* Karn */
		if (c->pace)
			eng_pace_sent(c, p->len, now);
	}
	eng_tlp_sent(c, again, now);
}

/**
 * eng_next - the next segment to emit
 * @c: connection
 * @now: us
 * @max_len: payload bytes that the caller can take, at least the mss
 * @tx: the segment
 *
 * Order: SACK information, probe, retransmission, new data, pure ACK; any of
 * them carries the ACK.
 *
 * Return: false when nothing is to be sent now.
 */
bool eng_next(struct eng_conn *c, u64 now, u32 max_len, struct eng_tx *tx)
{
	struct tx_plan p;

	max_len = eng_max(eng_min(max_len, TX_MAX_LEN), c->mss);
	if (!tx_plan(c, max_len, &p)) {
		eng_timer_update(c, now);
		return false;
	}
	if (unlikely(c->bits & ENG_B_ACK_OLD)) {
		tx_fill_old(c, &p, now, tx);
		return true;
	}
	tx_fill(c, &p, now, tx);
	if (p.kind != ENG_TX_PROBE)
		tx_acked(c);
	switch ((enum eng_tx_kind)p.kind) {
	case ENG_TX_DATA:
		tx_sent_new(c, &p, now);
		break;
	case ENG_TX_RTX:
		tx_sent_old(c, &p, now);
		break;
	case ENG_TX_TLP:
		tx_sent_tlp(c, &p, now);
		break;
	case ENG_TX_ACK:
		break;
	case ENG_TX_PROBE:
		c->bits &= ~(ENG_B_PROBE | ENG_B_KEEPALIVE);
		break;
	}
	return true;
}

bool eng_pending(const struct eng_conn *c, u64 now)
{
	struct tx_plan p;

	(void)now;
	return tx_plan(c, 0xffffffff, &p);
}
