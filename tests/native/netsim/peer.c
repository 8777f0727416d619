// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference peer: a plain TCP, written for this test from the RFCs, with
 * nothing of the engine in it. It counts in 64-bit offsets, goes back to the
 * first byte after a time-out, and can be told to be odd in ways that are
 * legal, or that at least occur.
 */
#include "sim.h"

#define PEER_RTO_MIN	300000u
#define PEER_RTO_MAX	20000000u
#define PEER_ACK_US	100000u

static bool odd(u32 what)
{
	return sim_cfg.odd & what;
}

/* ---- options ----------------------------------------------------------- */

static void put32(struct sim_pkt *p, u32 v)
{
	int shift;

	for (shift = 24; shift >= 0; shift -= 8)
		p->opt[p->nopt++] = (u8)(v >> shift);
}

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* End of the run of bytes at @at that are stored, or that are not */
static u64 run_end(const struct sim_end *e, u64 at, u8 stored)
{
	const u8 *p = memchr(e->have + at, !stored, e->high - at);

	return p ? (u64)(p - e->have) : e->high;
}

static void put_block(const struct sim_end *e, struct sim_pkt *p, u64 from,
		      u64 to)
{
	put32(p, e->irs + (u32)from);
	put32(p, e->irs + (u32)to);
}

/* RFC 2018: first the block with the latest segment, then others */
static void put_sack(struct sim_end *e, struct sim_pkt *p)
{
	u64 last = e->peer.last_off, at = e->rcvd, to;
	u8 kind = p->nopt;

	if (e->high <= e->rcvd || !(sim_cfg.flags & ENG_F_SACK))
		return;
	p->opt[p->nopt++] = 5;
	p->opt[p->nopt++] = 0;
	if (last > at && last < e->high && e->have[last]) {
		while (last > at && e->have[last - 1])
			last--;
		put_block(e, p, last, run_end(e, last, 1));
	}
	while (p->nopt + 8 <= 40 && at < e->high) {
		at = run_end(e, at, 0);
		if (at >= e->high)
			break;
		to = run_end(e, at, 1);
		if (at != last)
			put_block(e, p, at, to);
		at = to;
	}
	p->opt[kind + 1] = (u8)(p->nopt - kind);
}

/* Blocks that tell nothing: backwards, empty, old, of what was never sent */
static void put_nonsense(struct sim_end *e, struct sim_pkt *p)
{
	u32 rcv = e->irs + (u32)e->rcvd, far = 1 + sim_rnd(0x40000000);
	u32 sent = sim_other(e)->iss +
		   (u32)sim_other(e)->nic.sent + 1 + sim_rnd(1000);

	p->opt[p->nopt++] = 5;
	p->opt[p->nopt++] = 10;
	switch (sim_rnd(4)) {
	case 0:
		put32(p, rcv + far);
		put32(p, rcv);
		break;
	case 1:
		put32(p, rcv + 1);
		put32(p, rcv + 1);
		break;
	case 2:
		put32(p, rcv - far);
		put32(p, rcv - far / 2);
		break;
	default:
		put32(p, sent);
		put32(p, sent + far);
	}
}

static void put_options(struct sim_end *e, struct sim_pkt *p)
{
	if (sim_cfg.flags & ENG_F_TSTAMP) {
		p->opt[p->nopt++] = 8;
		p->opt[p->nopt++] = 10;
		put32(p, sim_ts(e));
		put32(p, e->peer.ts_recent);
	}
	if (odd(ODD_FLAGS) && sim_chance(10000)) {
		p->opt[p->nopt++] = 253;	/* RFC 6994, experimental */
		p->opt[p->nopt++] = 4;
		p->nopt = (u8)(p->nopt + 2);
	}
	if (!p->len) {
		if (odd(ODD_SACK) && sim_chance(20000))
			put_nonsense(e, p);
		else
			put_sack(e, p);
	}
	while (p->nopt % 4)
		p->opt[p->nopt++] = 1;
}

static bool read_options(const struct sim_pkt *p, u32 *tsval)
{
	u32 i = 0;

	while (i + 1 < p->nopt && p->opt[i]) {
		if (p->opt[i] == 1) {
			i++;
			continue;
		}
		if (p->opt[i] == 8) {
			*tsval = get32(p->opt + i + 2);
			return true;
		}
		i += p->opt[i + 1];
	}
	return false;
}

/* ---- what it sends ----------------------------------------------------- */

static u16 peer_window(struct sim_end *e)
{
	u64 edge = e->read + e->buf, at = e->rcvd + e->fin_rcvd;
	u32 wnd;

	if (odd(ODD_SHRINK))
		edge = e->read + 1 + sim_rnd(e->buf);
	else if (edge < e->peer.wnd_edge)
		edge = e->peer.wnd_edge;
	wnd = edge > at ? sim_min((edge - at) >> e->wscale, 65535) : 0;
	edge = at + ((u64)wnd << e->wscale);
	if (e->peer.wnd_edge < edge)
		e->peer.wnd_edge = edge;
	return (u16)wnd;
}

static void peer_send(struct sim_end *e, u64 off, u32 len, u8 flags, u64 ack)
{
	struct sim_pkt p = { 0 };

	p.from = e->idx;
	p.off = off;
	p.seq = e->iss + (u32)off;
	p.ack = e->irs + (u32)ack;
	p.len = len;
	p.segs = 1;
	p.mss = (u16)e->mss;
	p.flags = flags | ENG_TH_ACK;
	if (odd(ODD_FLAGS) && sim_chance(5000))
		p.flags |= ENG_TH_CWR;
	if (odd(ODD_URGENT) && sim_chance(300))
		p.flags |= ENG_TH_URG;
	p.wnd = peer_window(e);
	put_options(e, &p);
	net_send(&p);
}

static u64 peer_rcv(const struct sim_end *e)
{
	return e->rcvd + e->fin_rcvd;
}

static void peer_acked(struct sim_end *e)
{
	e->peer.acked = peer_rcv(e);
	e->peer.owed = 0;
	e->peer.ack_at = 0;
}

static void peer_ack(struct sim_end *e)
{
	u64 at = e->peer.acked, to = peer_rcv(e);
	u32 n = odd(ODD_SPLIT) ? 1 + sim_rnd(8) : 1;

	for (; n > 1 && to > at + n; n--) {
		at += (to - at) / n;
		peer_send(e, e->peer.nxt, 0, 0, at);
	}
	peer_send(e, e->peer.nxt, 0, 0, to);
	peer_acked(e);
}

/* One segment from @off on, at most @max bytes; returns where it ended */
static u64 peer_segment(struct sim_end *e, u64 off, u64 max)
{
	u32 len = sim_min(e->mss, max);
	bool fin;

	if (odd(ODD_CUTS) && len)
		len = 1 + sim_rnd(len);
	if (off + len > e->posted)
		len = off < e->posted ? (u32)(e->posted - off) : 0;
	fin = e->fin_posted && off + len == e->total && max > len;
	if (!len && !fin)
		return off;
	peer_send(e, off, len, (fin ? ENG_TH_FIN : 0) | ENG_TH_PSH,
		  peer_rcv(e));
	peer_acked(e);
	if (e->peer.max < off + len + fin)
		e->peer.max = off + len + fin;
	return off + len + fin;
}

static void peer_output(struct sim_end *e)
{
	struct sim_peer *p = &e->peer;
	u64 limit, to;

	for (;;) {
		limit = p->una + p->cwnd;
		if (limit > p->edge)
			limit = p->edge;
		if (p->nxt >= limit)
			break;
		to = peer_segment(e, p->nxt, limit - p->nxt);
		if (to == p->nxt)
			break;
		p->nxt = to;
	}
	if (!p->rto_at && p->una < e->posted + e->fin_posted)
		p->rto_at = sim_now + p->rto;
}

/* ---- what it receives -------------------------------------------------- */

static void peer_new_ack(struct sim_end *e, u64 ack)
{
	struct sim_peer *p = &e->peer;

	p->cwnd += p->cwnd < p->ssthresh ? sim_min(ack - p->una, e->mss) :
					   e->mss * e->mss / p->cwnd + 1;
	p->una = ack;
	if (p->nxt < ack)
		p->nxt = ack;
	p->dups = 0;
	p->rto = eng_max(PEER_RTO_MIN, 4 * sim_cfg.rtt);
	p->rto_at = 0;
	end_acked(e, ack);
}

static void peer_dup_ack(struct sim_end *e)
{
	struct sim_peer *p = &e->peer;

	if (p->una == p->max || ++p->dups != 3)
		return;
	p->ssthresh = eng_max(p->cwnd / 2, 2 * e->mss);
	p->cwnd = p->ssthresh;
	peer_segment(e, p->una, e->mss);
}

static void peer_ack_field(struct sim_end *e, const struct sim_pkt *s)
{
	struct sim_peer *p = &e->peer;
	u64 ack = sim_off(s->ack, e->iss, p->una);
	u64 edge = ack + ((u64)s->wnd << sim_other(e)->wscale);

	if ((s64)ack > (s64)p->max) {
		sim_fail(e, "ACK of %llu, sent %llu", (unsigned long long)ack,
			 (unsigned long long)p->max);
		return;
	}
	if ((s64)ack < (s64)p->una)
		return;
	if (ack > p->una)
		peer_new_ack(e, ack);
	else if (!s->len && !(s->flags & ENG_TH_FIN) && edge == p->edge)
		peer_dup_ack(e);
	if (p->edge < edge)
		p->edge = edge;
}

static bool peer_store(struct sim_end *e, const struct sim_pkt *s)
{
	u64 from = s->off, to = s->off + s->len;
	u64 edge = odd(ODD_SHRINK) ? e->read + e->buf : e->peer.wnd_edge;

	if (sim_off(s->seq, e->irs, e->rcvd) != s->off)
		sim_fail(e, "sequence number and content differ");
	if (from < e->rcvd)
		from = e->rcvd;
	if (to > edge)
		to = edge;
	if (from >= to || e->fin_rcvd)
		return false;
	end_place(e, from, from, (u32)(to - from));
	e->peer.last_off = from;
	if (!e->have[e->rcvd])
		return false;
	end_deliver(e, run_end(e, e->rcvd, 1) - e->rcvd);
	return true;
}

static void peer_data(struct sim_end *e, const struct sim_pkt *s)
{
	struct sim_peer *p = &e->peer;
	bool moved = peer_store(e, s), fin = false;

	if ((s->flags & ENG_TH_FIN) && !e->fin_rcvd &&
	    s->off + s->len == e->rcvd) {
		end_fin(e);
		fin = true;
	}
	p->owed += s->segs;
	if (odd(ODD_RENEGE) && sim_chance(2000))
		end_drop_stored(e);
	if (!moved || fin || e->high > e->rcvd || p->owed >= p->every)
		peer_ack(e);
	else if (!p->ack_at)
		p->ack_at = sim_now + PEER_ACK_US;
}

static void peer_ts(struct sim_end *e, const struct sim_pkt *s)
{
	u32 tsval = 0;

	if (!(sim_cfg.flags & ENG_F_TSTAMP))
		return;
	if (!read_options(s, &tsval)) {
		sim_fail(e, "no time stamp");
		return;
	}
	if (s->off <= e->peer.acked && (s32)(tsval - e->peer.ts_recent) >= 0)
		e->peer.ts_recent = tsval;
}

static void peer_segment_in(struct sim_end *e, const struct sim_pkt *s)
{
	u64 seq = sim_off(s->seq, e->irs, e->rcvd);

	peer_ts(e, s);
	peer_ack_field(e, s);
	if (s->len || (s->flags & ENG_TH_FIN))
		peer_data(e, s);
	else if (seq != peer_rcv(e) && (s64)seq < (s64)peer_rcv(e))
		peer_ack(e);		/* a probe */
	peer_output(e);
}

/* ---- time -------------------------------------------------------------- */

/* Things that happen without a reason */
static void peer_oddities(struct sim_end *e)
{
	struct sim_peer *p = &e->peer;
	u32 n;

	if (odd(ODD_UPDATES) && sim_chance(30000))
		for (n = sim_rnd(6); n; n--)
			peer_send(e, p->nxt, 0, 0, p->acked);
	if (odd(ODD_FUTURE) && sim_chance(5000))
		peer_send(e, p->nxt, 0, 0,
			  sim_other(e)->total + 2 + sim_rnd(100000));
	if (odd(ODD_KEEPALIVE) && sim_chance(5000) && p->una)
		peer_send(e, p->una - 1, sim_rnd(2), 0, p->acked);
	if (odd(ODD_SYNACK) && sim_chance(2000))
		peer_send(e, (u64)-1, 0, ENG_TH_SYN, 0);
}

static void peer_timeout(struct sim_end *e)
{
	struct sim_peer *p = &e->peer;

	p->rto_at = 0;
	p->rto = eng_min(p->rto * 2, PEER_RTO_MAX);
	p->dups = 0;
	if (p->una >= p->edge) {		/* the window is closed */
		peer_segment(e, p->una, 1);
	} else {
		p->ssthresh = eng_max(p->cwnd / 2, 2 * e->mss);
		p->cwnd = e->mss;
		p->nxt = p->una;
	}
	peer_output(e);
}

static u64 peer_deadline(const struct sim_end *e)
{
	const struct sim_peer *p = &e->peer;

	if (!p->ack_at || (p->rto_at && p->rto_at < p->ack_at))
		return p->rto_at;
	return p->ack_at;
}

/* RFC 9293 section 3.8.6.2.2: when the window opened a good deal */
static bool peer_window_opened(const struct sim_end *e)
{
	u64 at = e->rcvd + e->fin_rcvd, edge = e->read + e->buf;

	if (edge > at + (65535u << e->wscale))
		edge = at + (65535u << e->wscale);
	return edge >= e->peer.wnd_edge + eng_min(2 * e->mss, e->buf / 2);
}

static void peer_run(struct sim_end *e)
{
	struct sim_peer *p = &e->peer;

	if (p->ack_at && p->ack_at <= sim_now)
		peer_ack(e);
	if (p->rto_at && p->rto_at <= sim_now)
		peer_timeout(e);
	if (!e->next_app || e->next_app > sim_now)
		return;
	end_app(e);
	peer_oddities(e);
	if (peer_window_opened(e))
		peer_ack(e);
	peer_output(e);
}

static void peer_mtu(struct sim_end *e)
{
	(void)e;
}

static void peer_start(struct sim_end *e)
{
	struct sim_end *o = sim_other(e);
	u32 unit = 1u << o->wscale;

	e->peer.edge = sim_min(o->buf, 65535u * unit) / unit * unit;
	unit = 1u << e->wscale;
	e->peer.wnd_edge = sim_min(e->buf, 65535u * unit) / unit * unit;
	e->peer.cwnd = 4 * e->mss;
	e->peer.ssthresh = 0x7fffffff;
	e->peer.rto = 1000000;
	e->peer.every = odd(ODD_STRETCH) ? 2 + sim_rnd(30) : 2;
	e->peer.ts_recent = sim_ts(o);
}

const struct sim_end_ops peer_ops = {
	.start = peer_start,
	.segment = peer_segment_in,
	.deadline = peer_deadline,
	.run = peer_run,
	.mtu = peer_mtu,
};
