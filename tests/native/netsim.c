// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two engines, a bad network between them, virtual time. A seed decides on
 * everything, so that a failing one replays exactly.
 *
 *	netsim [--seeds N] [--seed S] [--grid] [-v]
 *
 * Each side plays host and wire as the engine's caller: it keeps the bytes,
 * checks what the engine promises after every event, moves the engine's state
 * to another engine at random instants (upload and offload again), and at
 * others throws the engine away and rebuilds it from what a host knows after
 * its NIC died.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../sim_nic/engine/eng_conn.h"

#define RING		1048576u
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#define MAX_PKTS	16384
#define END_OF_TIME	(8ull * 3600 * 1000000)
#define MAX_BURST	20000

struct pkt {
	u64 at, order;
	struct eng_tx tx;
	u64 off;		/* stream offset of tx.seq, sender's view */
	struct side *to;
	u8 opt[40], nopt;
};

struct side {
	const char *name;
	struct eng_conn c;
	u32 iss, irs;
	/* sending */
	u64 total, posted, acked, emitted;
	bool fin_posted, fin_acked;
	/* receiving */
	u64 rcvd, read;
	bool fin_rcvd;
	u8 *data, *have;
	u32 buf;
	u64 edge_seen;		/* promised, offset */
	/* host */
	struct eng_view view;	/* last report */
	struct eng_state base;	/* const and cached state */
	bool time_wait;
	u32 ts_delta, last_ts;
	bool ts_seen;
	u64 next_app;
	u64 rtos, fast, rtx, moves, kills;
};

struct cfg {
	u32 loss, reorder, dup;	/* per 100000 */
	u32 rtt, mss, max_len;
	bool moves, pauses, gro, bulk;
};

static struct side side[2];
static struct pkt pkts[MAX_PKTS];
static u32 nr_pkts;
static u64 now, order, cur_seed;
static struct cfg cfg;
static bool verbose, failed;
static u64 rng_s;

static u32 rnd(u32 n)
{
	rng_s += 0x9e3779b97f4a7c15ull;
	u64 z = rng_s;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return n ? (u32)((z ^ z >> 31) >> 32) % n : 0;
}

static bool chance(u32 per_100000)
{
	return rnd(100000) < per_100000;
}

static __printf(2, 3) void fail(const struct side *s, const char *fmt, ...)
{
	va_list ap;

	if (failed)
		return;
	failed = true;
	va_start(ap, fmt);
	printf("seed %llu t=%llu us side %s: ", (unsigned long long)cur_seed,
	       (unsigned long long)now, s->name);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

static u8 byte_at(const struct side *sender, u64 off)
{
	return (u8)(off * 167 ^ off >> 9 ^ (sender == side ? 0 : 0x5a));
}

static struct side *other(struct side *s)
{
	return s == side ? side + 1 : side;
}

/* 64-bit offset of a sequence number close to @near */
static u64 unwrap(u32 seq, u32 isn, u64 near)
{
	return near + (s64)(s32)(seq - isn - (u32)near);
}

static void ladder(const struct side *s, const struct pkt *p, const char *what)
{
	const struct eng_tx *t = &p->tx;

	if (!verbose)
		return;
	printf("%10llu %s %-5s %s%s%s seq %llu+%u ack %u wnd %u sack %u kind %u\n",
	       (unsigned long long)now, s->name, what,
	       t->flags & ENG_TH_FIN ? "F" : ".",
	       t->flags & ENG_TH_PSH ? "P" : ".",
	       t->flags & ENG_TH_ACK ? "A" : ".", (unsigned long long)p->off,
	       t->len, t->ack - s->irs, t->wnd, t->nr_sack, t->kind);
}

static void net_put(const struct pkt *p)
{
	struct pkt *q;

	if (chance(cfg.loss))
		return;
	if (nr_pkts == MAX_PKTS) {
		printf("packet store full\n");
		exit(2);
	}
	q = &pkts[nr_pkts++];
	*q = *p;
	q->order = order++;
	q->at = now + cfg.rtt / 2;
	if (chance(cfg.reorder))
		q->at += rnd(cfg.rtt) + 1;
}

static void net_send(const struct pkt *p)
{
	net_put(p);
	if (chance(cfg.dup))
		net_put(p);
}

/* Cut a super-segment as the wire would, or leave it whole */
static void wire(struct side *s, struct pkt *p)
{
	struct eng_tx t = p->tx;
	u32 off = 0;

	p->to = other(s);
	p->nopt = (u8)eng_build_opts(&t, p->opt);
	if (cfg.gro || t.len <= t.mss) {
		net_send(p);
		return;
	}
	for (; off < t.len; off += t.mss) {
		struct pkt q = *p;

		q.off = p->off + off;
		q.tx.seq = t.seq + off;
		q.tx.len = eng_min(t.mss, t.len - off);
		q.tx.segs = 1;
		if (off + q.tx.len < t.len)
			q.tx.flags &= (u8)~(ENG_TH_FIN | ENG_TH_PSH);
		net_send(&q);
	}
}

/* What the engine must never do in a segment it emits */
static void check_tx(struct side *s, const struct eng_tx *t, u32 nxt_before)
{
	u64 off = unwrap(t->seq, s->iss, s->acked), edge;
	u32 grant = s->c.rcv_limit;

	if (t->ack != s->irs + (u32)s->rcvd + s->fin_rcvd)
		fail(s, "ACK %u of what was not placed", t->ack - s->irs);
	if (t->len && (off < s->acked || off + t->len > s->posted))
		fail(s, "bytes %llu+%u not in host memory [%llu, %llu)",
		     (unsigned long long)off, t->len,
		     (unsigned long long)s->acked,
		     (unsigned long long)s->posted);
	if (t->kind == ENG_TX_DATA &&
	    (t->seq != nxt_before ||
	     t->seq + t->len - s->c.snd_una > s->c.snd_wnd))
		fail(s, "new data out of order or beyond the window");
	if ((t->flags & ENG_TH_FIN) &&
	    (!s->fin_posted || off + t->len != s->total))
		fail(s, "FIN out of place");
	edge = s->rcvd + s->fin_rcvd + ((u64)t->wnd << s->c.rcv_wscale);
	if (edge + (1u << s->c.rcv_wscale) <= s->edge_seen)
		fail(s, "promised edge shrank by %llu",
		     (unsigned long long)(s->edge_seen - edge));
	if (edge > s->edge_seen)
		s->edge_seen = edge;
	if (seq_lt(grant, t->ack + ((u32)t->wnd << s->c.rcv_wscale)))
		fail(s, "promised more than granted");
	if (t->has_ts && s->ts_seen && seq_lt(t->tsval, s->last_ts))
		fail(s, "TSval stepped back");
	if (t->has_ts) {
		s->ts_seen = true;
		s->last_ts = t->tsval;
	}
	if (t->segs != (t->len + t->mss - 1) / t->mss + !t->len)
		fail(s, "segment count");
}

static void report(struct side *s)
{
	if (!s->time_wait)
		eng_view(&s->c, &s->view);
}

static bool work_left(const struct side *s)
{
	return s->acked < s->posted || (s->fin_posted && !s->fin_acked);
}

static void pump(struct side *s)
{
	struct pkt p = { 0 };
	u32 n = 0, before = s->c.snd_nxt;
	bool said;

	if (s->time_wait)
		return;
	while (said = eng_pending(&s->c, now),
	       eng_next(&s->c, now, cfg.max_len, &p.tx)) {
		if (!said)
			fail(s, "eng_pending() missed a segment");
		check_tx(s, &p.tx, before);
		before = s->c.snd_nxt;
		p.off = unwrap(p.tx.seq, s->iss, s->acked);
		s->rtx += p.tx.kind == ENG_TX_RTX;
		ladder(s, &p, "sends");
		wire(s, &p);
		if (++n > MAX_BURST) {
			fail(s, "no end of segments");
			return;
		}
	}
	if (said)
		fail(s, "eng_pending() promised a segment");
	if (!eng_frozen(&s->c) && work_left(s) && !eng_deadline(&s->c))
		fail(s, "stalled: work left, no timer");
}

/* ---- the host's side --------------------------------------------------- */

static void ring_host(struct side *s, u8 flags);
static void actions(struct side *s, const struct eng_act *a,
		    const struct pkt *p);

static void drop_stored(struct side *s)
{
	u64 off;

	for (off = s->rcvd; off < s->rcvd + RING / 2; off++)
		s->have[off % RING] = 0;
}

static void place(struct side *s, u32 seq, u32 len, const struct pkt *p)
{
	u64 src = p->off + (seq - p->tx.seq);
	u64 dst = unwrap(seq, s->irs, s->rcvd);
	u32 i;

	for (i = 0; i < len; i++) {
		s->data[(dst + i) % RING] = byte_at(other(s), src + i);
		s->have[(dst + i) % RING] = 1;
	}
}

static void deliver(struct side *s, u64 off, u32 len)
{
	u64 i;

	for (i = off; i < off + len; i++) {
		if (!s->have[i % RING])
			fail(s, "byte %llu delivered, never placed",
			     (unsigned long long)i);
		else if (s->data[i % RING] != byte_at(other(s), i))
			fail(s, "byte %llu is wrong", (unsigned long long)i);
		s->have[i % RING] = 0;
	}
	s->rcvd = off + len;
	if (s->rcvd > other(s)->posted)
		fail(s, "more received than sent");
}

static void take_in(struct side *s, const struct eng_act *a,
		    const struct pkt *p)
{
	u64 off = unwrap(a->deliver_seq, s->irs, s->rcvd);

	if (off != s->rcvd)
		fail(s, "delivery not at rcv_nxt");
	if (p) {
		u32 skip = a->deliver_seq - p->tx.seq;

		if (skip < p->tx.len)
			place(s, a->deliver_seq,
			      eng_min(p->tx.len - skip, a->deliver_len), p);
	}
	deliver(s, off, a->deliver_len);
}

static void take_over(struct side *s, struct eng_state *st)
{
	if (!eng_import(&s->c, st, now)) {
		fail(s, "state refused");
		exit(1);
	}
	ring_host(s, s->posted == s->acked ? 0 : ENG_HOST_PUSH);
}

/* Upload and offload again; what was stored out of order is lost by that */
static void move(struct side *s)
{
	struct eng_state st;
	struct pkt p = { 0 };
	u32 n = 0;

	s->moves++;
	eng_freeze(&s->c, now);
	while (eng_next(&s->c, now, cfg.max_len, &p.tx)) {
		if (p.tx.len || n++)
			fail(s, "frozen, yet it sends");
		check_tx(s, &p.tx, s->c.snd_nxt);
		p.off = unwrap(p.tx.seq, s->iss, s->acked);
		wire(s, &p);
	}
	if (eng_deadline(&s->c))
		fail(s, "frozen, yet a timer runs");
	eng_export(&s->c, &st, now);
	drop_stored(s);
	if (st.d.state == ENG_CLOSED)
		return;
	take_over(s, &st);
}

static u8 host_state(const struct side *s)
{
	if (!s->fin_posted)
		return s->fin_rcvd ? ENG_CLOSE_WAIT : ENG_ESTABLISHED;
	if (s->fin_rcvd)
		return ENG_LAST_ACK;
	return s->fin_acked ? ENG_FIN_WAIT2 : ENG_FIN_WAIT1;
}

static void state_from_host(struct side *s, struct eng_state *st)
{
	struct eng_delegated *d = &st->d;

	*st = s->base;
	memset(d, 0, sizeof(*d));
	d->state = host_state(s);
	d->snd_una = s->iss + (u32)s->acked + s->fin_acked;
	d->snd_nxt = s->iss + (u32)s->posted + s->fin_posted;
	d->snd_wnd = s->view.snd_wnd;
	d->max_snd_wnd = s->view.snd_wnd;
	d->rcv_nxt = s->irs + (u32)s->rcvd + s->fin_rcvd;
	d->snd_wl1 = d->rcv_nxt;
	d->rcv_edge = s->irs + (u32)(s->read + s->buf);
	if (seq_lt(d->rcv_edge, d->rcv_nxt))
		d->rcv_edge = d->rcv_nxt;
	d->cwnd = s->view.cwnd;
	d->ssthresh = s->view.ssthresh;
	d->srtt_us = s->view.srtt_us;
	d->rttvar_us = s->view.rttvar_us;
	d->min_rtt_us = s->view.min_rtt_us;
	d->ts_recent = s->view.ts_recent;
	d->ts_val = eng_ms(now) + s->ts_delta;
	d->timer_us = d->snd_nxt != d->snd_una ? ENG_TIMER_NOW : ENG_TIMER_OFF;
}

/* The NIC died: nothing but host memory is left */
static void kill_engine(struct side *s)
{
	struct eng_state st;

	if (s->fin_rcvd && s->fin_acked)
		return;
	s->kills++;
	memset(&s->c, 0xa5, sizeof(s->c));
	drop_stored(s);
	state_from_host(s, &st);
	take_over(s, &st);
}

static void host_acked(struct side *s, u32 una)
{
	u64 to = unwrap(una, s->iss, s->acked);

	if (s->fin_posted && to == s->total + 1) {
		s->fin_acked = true;
		to = s->total;
	}
	if (to < s->acked || to > s->posted || to > other(s)->rcvd)
		fail(s, "ACK of %llu, posted %llu, peer has %llu",
		     (unsigned long long)to, (unsigned long long)s->posted,
		     (unsigned long long)other(s)->rcvd);
	s->acked = to;
}

static void plain_ack(struct side *s)
{
	struct pkt p = { 0 };

	p.tx.kind = ENG_TX_ACK;
	p.tx.flags = ENG_TH_ACK;
	p.tx.mss = (u16)cfg.mss;
	p.tx.segs = 1;
	p.tx.seq = s->iss + (u32)s->posted + s->fin_posted;
	p.tx.ack = s->irs + (u32)s->rcvd + s->fin_rcvd;
	p.tx.has_ts = !!(s->base.c.flags & ENG_F_TSTAMP);
	p.tx.tsval = eng_ms(now) + s->ts_delta;
	p.tx.tsecr = s->view.ts_recent;
	p.off = s->total;
	ladder(s, &p, "host");
	wire(s, &p);
}

/* The segment that makes both sides closed goes through the host's stack */
static void host_closing(struct side *s, const struct pkt *p)
{
	struct eng_state st;

	eng_freeze(&s->c, now);
	eng_export(&s->c, &st, now);
	if (!s->fin_rcvd) {
		u32 skip = st.d.rcv_nxt - p->tx.seq;

		if (!(p->tx.flags & ENG_TH_FIN) || skip > p->tx.len)
			fail(s, "closing without a FIN in order");
		place(s, st.d.rcv_nxt, p->tx.len - skip, p);
		deliver(s, s->rcvd, p->tx.len - skip);
		s->fin_rcvd = true;
		st.d.rcv_nxt += p->tx.len - skip + 1;
		st.d.rcv_edge = seq_max(st.d.rcv_edge, st.d.rcv_nxt);
	}
	drop_stored(s);
	if (seq_lt(st.d.snd_una, p->tx.ack) &&
	    seq_le(p->tx.ack, st.d.snd_nxt)) {
		st.d.snd_una = p->tx.ack;
		host_acked(s, p->tx.ack);
	}
	plain_ack(s);
	if (s->fin_acked) {
		s->time_wait = true;
		return;
	}
	st.d.state = ENG_CLOSING;
	take_over(s, &st);
}

static void bring_up(struct side *s, const struct eng_act *a,
		     const struct pkt *p)
{
	struct eng_state st;

	if (eng_pending(&s->c, now) || eng_deadline(&s->c))
		fail(s, "active after upload");
	if (a->upload == ENG_UPLOAD_CLOSING) {
		host_closing(s, p);
	} else if (a->upload == ENG_UPLOAD_TIMEOUT) {
		eng_export(&s->c, &st, now);
		st.d.retries = 0;
		drop_stored(s);
		take_over(s, &st);
	} else {
		fail(s, "upload %u", a->upload);
	}
}

static void actions(struct side *s, const struct eng_act *a,
		    const struct pkt *p)
{
	if (a->flags & ENG_ACT_STORE)
		place(s, a->store_seq, a->store_len, p);
	if (a->flags & ENG_ACT_DELIVER)
		take_in(s, a, p);
	if (a->flags & ENG_ACT_FIN) {
		if (s->fin_rcvd || s->rcvd != other(s)->total)
			fail(s, "FIN in the wrong place");
		s->fin_rcvd = true;
	}
	if (a->flags & ENG_ACT_ACKED)
		host_acked(s, s->c.snd_una);
	if ((a->flags & ENG_ACT_FIN_ACKED) && !s->fin_acked)
		fail(s, "FIN not ACKed");
	s->rtos += !!(a->flags & ENG_ACT_RTO);
	s->fast += !!(a->flags & ENG_ACT_FAST_RTX);
	if (a->flags & ENG_ACT_UPLOAD)
		bring_up(s, a, p);
	else if (a->flags)
		report(s);
}

static void ring_host(struct side *s, u8 flags)
{
	struct eng_host h = { 0 };
	struct eng_act a;

	h.write_seq = s->iss + (u32)s->posted;
	h.snd_una = s->iss + (u32)s->acked + s->fin_acked;
	h.rcv_nxt = s->irs + (u32)s->rcvd + s->fin_rcvd;
	h.rcv_edge = s->irs + (u32)(s->read + s->buf);
	h.flags = flags | (s->fin_posted ? ENG_HOST_FIN : 0);
	eng_host(&s->c, &h, now, &a);
	actions(s, &a, NULL);
}

static void app_read(struct side *s)
{
	if (cfg.pauses && chance(30000))
		s->read += rnd((u32)(s->rcvd - s->read) + 1);
	else
		s->read = s->rcvd;
}

/* The application: writes some, reads some, sometimes sleeps */
static void app(struct side *s)
{
	u8 flags = 0;
	u64 n;

	if (s->time_wait || s->c.state == ENG_CLOSED) {
		s->next_app = 0;
		return;
	}
	if (cfg.bulk) {
		s->posted = s->total;
		flags = ENG_HOST_PUSH;
	} else if (s->posted < s->total && s->posted - s->acked < s->buf) {
		n = 1 + rnd(eng_min(s->buf, 4 * cfg.mss + rnd(s->buf)));
		if (!cfg.pauses)
			n = s->buf;
		if (n > s->total - s->posted)
			n = s->total - s->posted;
		if (n > s->buf - (s->posted - s->acked))
			n = s->buf - (s->posted - s->acked);
		s->posted += n;
		flags = chance(90000) ? ENG_HOST_PUSH : 0;
	}
	if (s->posted == s->total && (!cfg.pauses || chance(50000)))
		s->fin_posted = true;
	app_read(s);
	ring_host(s, flags);
	s->next_app = cfg.bulk ? 0 : now + 1 + rnd(cfg.rtt);
	if (cfg.pauses && chance(3000))
		s->next_app = now + rnd(3000000);
}

/* ---- time -------------------------------------------------------------- */

static void receive(struct side *s, struct pkt *p)
{
	struct eng_seg seg = { 0 };
	struct eng_act a;

	if (s->time_wait || s->c.state == ENG_CLOSED) {
		if (p->tx.len || (p->tx.flags & ENG_TH_FIN))
			plain_ack(s);
		return;
	}
	if (!eng_parse_opts(p->opt, p->nopt, &seg))
		fail(s, "own options refused");
	seg.seq = p->tx.seq;
	seg.ack = p->tx.ack;
	seg.len = p->tx.len;
	seg.wnd = p->tx.wnd;
	seg.segs = p->tx.segs;
	seg.flags = p->tx.flags;
	ladder(other(s), p, "comes");
	eng_rx(&s->c, &seg, now, &a);
	actions(s, &a, p);
	if (cfg.bulk && (a.flags & ENG_ACT_DELIVER) && !s->time_wait)
		app(s);
	pump(s);
}

static int next_pkt(void)
{
	int best = -1;
	u32 i;

	for (i = 0; i < nr_pkts; i++)
		if (best < 0 || pkts[i].at < pkts[best].at ||
		    (pkts[i].at == pkts[best].at &&
		     pkts[i].order < pkts[best].order))
			best = (int)i;
	return best;
}

static u64 earlier(u64 a, u64 b)
{
	return !a || (b && b < a) ? b : a;
}

static bool done(const struct side *s)
{
	return s->fin_acked && s->fin_rcvd && s->rcvd == other((void *)s)->total;
}

static void step_side(struct side *s)
{
	u64 t = s->time_wait ? 0 : eng_deadline(&s->c);
	struct eng_act a;

	if (t && t <= now) {
		eng_timer(&s->c, now, &a);
		actions(s, &a, NULL);
		pump(s);
	}
	if (s->next_app && s->next_app <= now) {
		app(s);
		pump(s);
	}
	if (cfg.moves && !s->time_wait && s->c.state != ENG_CLOSED &&
	    chance(800)) {
		if (chance(50000))
			move(s);
		else
			kill_engine(s);
		pump(s);
	}
}

static bool step(void)
{
	int i = next_pkt(), k;
	u64 t = i < 0 ? 0 : pkts[i].at;

	for (k = 0; k < 2; k++) {
		t = earlier(t, side[k].next_app);
		if (!side[k].time_wait)
			t = earlier(t, eng_deadline(&side[k].c));
	}
	if (!t || t > END_OF_TIME) {
		fail(side, "stalled at the end of time");
		return false;
	}
	now = t > now ? t : now;
	if (i >= 0 && pkts[i].at <= now) {
		struct pkt p = pkts[i];

		pkts[i] = pkts[--nr_pkts];
		receive(p.to, &p);
	} else {
		step_side(side);
		step_side(side + 1);
	}
	return !failed;
}

/* ---- a run ------------------------------------------------------------- */

static void side_init(struct side *s, struct side *o, u16 flags, u8 cc,
		      u8 wscale)
{
	struct eng_state *b = &s->base;

	b->c.flags = flags;
	b->c.cc = cc;
	b->c.rcv_wscale = wscale;
	b->c.snd_wscale = wscale;
	b->h.mss = (u16)cfg.mss;
	b->h.rto_min_us = 200000;
	b->h.max_retries = 15;
	b->h.flags = (u16)(chance(30000) ? ENG_C_NODELAY : 0);
	s->irs = o->iss;
	s->ts_delta = rnd(0xffffffff);
	s->view.snd_wnd = eng_min(o->buf, 65535u << wscale) >> wscale << wscale;
	s->view.cwnd = 10 * cfg.mss;
	s->view.ssthresh = 0x7fffffff;
	s->view.min_rtt_us = ~0u;
	s->view.ts_recent = o->ts_delta;
	s->next_app = 1;
}

static void run_init(u16 flags, u8 cc, u8 wscale)
{
	int k;

	now = 1;
	nr_pkts = 0;
	failed = false;
	for (k = 0; k < 2; k++) {
		u8 *data = side[k].data, *have = side[k].have;
		u64 total = side[k].total;
		u32 buf = side[k].buf, iss = side[k].iss;

		memset(&side[k], 0, sizeof(side[k]));
		memset(have, 0, RING);
		side[k].data = data;
		side[k].have = have;
		side[k].total = total;
		side[k].buf = buf;
		side[k].iss = iss;
		side[k].name = k ? "B" : "A";
	}
	for (k = 0; k < 2; k++)
		side_init(&side[k], &side[!k], flags, cc, wscale);
	for (k = 0; k < 2; k++) {
		struct eng_state st;

		side[k].view.ts_recent = side[!k].ts_delta;
		state_from_host(&side[k], &st);
		st.d.timer_us = ENG_TIMER_OFF;
		st.d.rcv_edge = side[k].irs + side[!k].view.snd_wnd;
		side[k].edge_seen = side[!k].view.snd_wnd;
		take_over(&side[k], &st);
	}
}

static bool run(void)
{
	u64 steps = 0;

	while (!(done(side) && done(side + 1)) && !failed) {
		if (!step())
			break;
		if (++steps > 20000000)
			fail(side, "no end");
	}
	return !failed;
}

static bool run_seed(u64 seed)
{
	static const u32 losses[] = { 0, 100, 1000, 5000, 20000 };
	static const u32 rtts[] = { 100, 1000, 10000, 100000 };
	static const u32 bufs[] = { 3000, 16384, 65536, 250000 };
	static const u32 msss[] = { 100, 536, 1448, 8948 };
	u16 flags = 0;
	u32 loss, ws;
	int k;

	cur_seed = seed;
	rng_s = seed * 0x2545f4914f6cdd1dull;
	loss = rnd(5);
	cfg.loss = losses[loss];
	cfg.rtt = rtts[rnd(4)];
	cfg.mss = msss[rnd(4)];
	cfg.reorder = rnd(2) ? rnd(20000) : 0;
	cfg.dup = rnd(2) ? rnd(5000) : 0;
	cfg.max_len = rnd(3) ? rnd(65536) : cfg.mss;
	cfg.moves = rnd(2);
	cfg.pauses = rnd(4);
	cfg.gro = rnd(2);
	cfg.bulk = false;
	for (k = 0; k < 2; k++) {
		side[k].buf = bufs[rnd(4)];
		side[k].iss = rnd(2) ? rnd(0xffffffff) : 0u - rnd(60000);
		side[k].total = rnd(3) ? rnd(cfg.mss * (loss > 3 ? 40 : 100)) :
				0;
	}
	flags |= rnd(4) ? ENG_F_TSTAMP : 0;
	flags |= rnd(4) ? ENG_F_SACK : 0;
	ws = rnd(3) ? rnd(8) : 0;
	flags |= ws ? ENG_F_WSCALE : 0;
	run_init(flags, (u8)rnd(__ENG_CC_MAX), (u8)ws);
	if (verbose) {
		printf("loss %u reorder %u dup %u rtt %u mss %u flags %x ws %u",
		       cfg.loss, cfg.reorder, cfg.dup, cfg.rtt, cfg.mss, flags,
		       ws);
		printf(" buf %u/%u total %llu/%llu moves %d\n",
		       side[0].buf, side[1].buf,
		       (unsigned long long)side[0].total,
		       (unsigned long long)side[1].total, cfg.moves);
	}
	return run();
}

static void grid_cell(u32 loss, u32 rtt, u32 buf, u8 cc)
{
	double rate, best;
	u64 total = (u64)buf * (loss > 5000 ? 4 : loss ? 40 : 120);

	cur_seed = 1;
	rng_s = 1;
	memset(&cfg, 0, sizeof(cfg));
	cfg.loss = loss;
	cfg.rtt = rtt;
	cfg.mss = 1448;
	cfg.max_len = 65536;
	cfg.bulk = true;
	side[0].buf = buf;
	side[1].buf = buf;
	side[0].total = total;
	side[1].total = 0;
	side[0].iss = 0u - 100000;
	side[1].iss = 7;
	run_init(ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE, cc, 7);
	if (!run())
		return;
	rate = (double)total / ((double)now / 1e6);
	best = buf / ((double)rtt / 1e6);
	printf(" %8.0f %4.0f%% %3llu", rate / 1000, 100 * rate / best,
	       (unsigned long long)side[0].rtos);
}

static int grid(void)
{
	static const u32 losses[] = { 0, 100, 1000, 2000, 5000, 10000, 20000 };
	static const u32 rtts[] = { 1000, 10000, 100000 };
	u32 l, r, cc;

	for (cc = 0; cc < __ENG_CC_MAX; cc++) {
		printf("%s, mss 1448, window 256000: kB/s, %% of window/RTT, RTOs\n loss",
		       cc ? "CUBIC" : "Reno");
		for (r = 0; r < 3; r++)
			printf("  RTT %5u us     ", rtts[r]);
		printf("\n");
		for (l = 0; l < 7; l++) {
			printf("%5.1f", losses[l] / 1000.0);
			for (r = 0; r < 3; r++)
				grid_cell(losses[l], rtts[r], 256000, (u8)cc);
			printf("\n");
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	u64 seeds = 200, first = 1, s, passed = 0, bad = 0;
	u64 moves = 0, kills = 0;
	int i;

	for (i = 0; i < 2; i++) {
		side[i].data = calloc(1, RING);
		side[i].have = calloc(1, RING);
	}
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-v")) {
			verbose = true;
		} else if (!strcmp(argv[i], "--grid")) {
			return grid();
		} else if (!strcmp(argv[i], "--seeds") && i + 1 < argc) {
			seeds = strtoull(argv[++i], NULL, 0);
		} else if (!strcmp(argv[i], "--seed") && i + 1 < argc) {
			first = strtoull(argv[++i], NULL, 0);
			seeds = 1;
		} else {
			fprintf(stderr, "usage: netsim [--seeds N] [--seed S] [--grid] [-v]\n");
			return 2;
		}
	}
	for (s = first; s < first + seeds; s++) {
		if (run_seed(s))
			passed++;
		else
			bad++;
		moves += side[0].moves + side[1].moves;
		kills += side[0].kills + side[1].kills;
	}
	printf("netsim: %llu moves, %llu deaths\n", (unsigned long long)moves,
	       (unsigned long long)kills);
	printf("%llu passed, %llu failed\n", (unsigned long long)passed,
	       (unsigned long long)bad);
	for (i = 0; i < 2; i++) {
		free(side[i].data);
		free(side[i].have);
	}
	return bad ? 1 : 0;
}
