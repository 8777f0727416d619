// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every function of the engine that computes with sequence numbers, ranges or
 * windows, against 64-bit arithmetic that never wraps: random cases, most of
 * them close to where something changes.
 *
 *	diff_test [CASES]
 */
#include <stdio.h>
#include <stdlib.h>
#include "../../sim_nic/engine/eng_conn.h"

#define SPACE		64	/* units of the small stream that sets live in */

static u64 rng = 1, done;
static const char *name;

static u64 rnd64(void)
{
	u64 z = rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static u32 rnd(u32 n)
{
	return n ? (u32)(rnd64() >> 32) % n : 0;
}

/* Any size up to @max, small ones and those at the end as likely as others */
static u32 rnd_size(u32 max)
{
	u32 v = (u32)rnd64() >> rnd(32);

	if (v > max)
		v %= max + 1;
	return rnd(8) ? v : max - rnd(max < 3 ? max + 1 : 3);
}

static void check(bool ok, int line)
{
	if (ok)
		return;
	printf("FAIL %s:%d, case %llu\n", name, line, (unsigned long long)done);
	printf("0 passed, 1 failed\n");
	exit(1);
}

#define ok(cond) check(cond, __LINE__)

/* A stream offset whose low 32 bits are anywhere, often about to wrap */
static u64 rnd_base(void)
{
	u64 base = 0x500000000ull + (rnd64() & 0xfffffffffull);

	return rnd(2) ? base : (base | 0xffffffff) - rnd_size(100000);
}

/* ---- seq.h ------------------------------------------------------------- */

static void seq_case(void)
{
	u64 a = rnd_base();
	s64 d = (s64)rnd_size(0x7fffffff);
	u64 b;

	if (rnd(2))
		d = -d;
	b = a + (u64)d;
	ok(seq_dist((u32)b, (u32)a) == d);
	ok(seq_lt((u32)a, (u32)b) == (a < b));
	ok(seq_le((u32)a, (u32)b) == (a <= b));
	ok(seq_max((u32)a, (u32)b) == (u32)(a < b ? b : a));
}

static void small_case(void)
{
	u32 a = rnd_size(~0u), b = rnd_size(~0u);
	s64 d = (s64)a - (s64)b;

	ok(eng_min(a, b) == (d < 0 ? a : b));
	ok(eng_max(a, b) == (d < 0 ? b : a));
	ok(eng_sub0(a, b) == (d < 0 ? 0 : (u64)d));
}

static void range_case(void)
{
	u32 a = rnd_size(ENG_SPAN_MAX), b = rnd_size(ENG_SPAN_MAX);
	struct eng_range r;

	eng_range_set(&r, a, b);
	ok(eng_start(&r) == a && eng_end(&r) == b);
}

static void mss_case(void)
{
	struct eng_conn c = { 0 };
	u32 mss = ENG_MIN_MSS + rnd_size(65535 - ENG_MIN_MSS);
	u64 len = rnd_size(ENG_MAX_WND);

	eng_set_mss(&c, (u16)mss);
	ok(eng_nr_mss(&c, (u32)len) == len / mss);
	len = (u64)mss * rnd_size(16000);
	ok(eng_nr_mss(&c, (u32)len) == len / mss);
	ok(!len || eng_nr_mss(&c, (u32)len - 1) == (len - 1) / mss);
}

/* ---- sets of ranges, as flags per unit --------------------------------- */

static u32 unit;		/* bytes */
static u8 flags[SPACE];

static void flags_set(u32 from, u32 to, u8 v)
{
	memset(flags + from, v, to - from);
}

static u32 flags_count(u32 from, u32 to)
{
	u32 n = 0;

	for (; from < to && from < SPACE; from++)
		n += flags[from];
	return n;
}

static u32 run_to(u32 from, u8 v)
{
	while (from < SPACE && flags[from] == v)
		from++;
	return from;
}

static void sets_start(struct eng_conn *c)
{
	memset(c, 0, sizeof(*c));
	memset(flags, 0, sizeof(flags));
	unit = 1 + rnd_size((ENG_SPAN_MAX - SPACE) / SPACE);
	c->cflags = ENG_F_SACK;
	c->mss = (u16)eng_min(eng_max(unit, ENG_MIN_MSS), 65535);
}

static void ooo_matches(const struct eng_conn *c)
{
	u32 i, sum = 0;

	for (i = 0; i < c->nr_ooo; i++) {
		u32 s = eng_start(&c->ooo[i]), e = eng_end(&c->ooo[i]);

		ok(s % unit == 0 && e % unit == 0 && s < e && s);
		ok(flags_count(s / unit, e / unit) == (e - s) / unit);
		ok(e / unit == SPACE || !flags[e / unit]);
		ok(!flags[s / unit - 1]);
		sum += (e - s) / unit;
	}
	ok(sum == flags_count(0, SPACE));
}

static void ooo_insert(struct eng_conn *c)
{
	u32 from = 1 + rnd(SPACE - 2), to = from + 1 + rnd(4), held;
	enum eng_ooo_result r;
	bool meets;

	if (to > SPACE - 1)
		to = SPACE - 1;
	if (from >= to)
		return;
	held = flags_count(from, to);
	meets = flags_count(from - 1, to + 1);
	r = eng_ooo_insert(c, from * unit, to * unit);
	if (r == ENG_OOO_FULL) {
		ok(c->nr_ooo == ENG_MAX_OOO && !meets);
		return;
	}
	ok((r == ENG_OOO_DUP) == (held == to - from));
	flags_set(from, to, 1);
	/* RFC 2018: the most recent one comes first */
	ok(eng_start(&c->ooo[0]) <= from * unit &&
	   eng_end(&c->ooo[0]) >= to * unit);
}

static void ooo_advance(struct eng_conn *c)
{
	u32 n = 1 + rnd(3), all;

	flags_set(0, n, 1);
	all = run_to(0, 1);
	ok(eng_ooo_advance(c, n * unit) == all * unit);
	memmove(flags, flags + all, SPACE - all);
	flags_set(SPACE - all, SPACE, 0);
}

static void ooo_case(void)
{
	struct eng_conn c;
	u32 n = 20;

	sets_start(&c);
	while (n--) {
		if (rnd(8))
			ooo_insert(&c);
		else
			ooo_advance(&c);
		ooo_matches(&c);
	}
}

/* The scoreboard: flags are relative to snd_una */
static void sack_matches(const struct eng_conn *c)
{
	u32 i, at = 0, end, hole;

	for (i = 0; i < c->nr_sacked; i++) {
		u32 s = eng_start(&c->sacked[i]) / unit;
		u32 e = eng_end(&c->sacked[i]) / unit;

		ok(s > at && s < e && !flags_count(at, s));
		ok(flags_count(s, e) == e - s);
		at = e;
	}
	ok(!flags_count(at, SPACE));
	at = rnd(SPACE);
	end = at + rnd(SPACE - at + 1);
	ok(eng_sack_bytes(c, at * unit, end * unit) ==
	   flags_count(at, end) * unit);
	hole = run_to(at, 1);
	ok(eng_sack_hole(c, at * unit, &end) == hole * unit);
	ok(end == eng_min(run_to(hole, 0), SPACE) * unit);
}

/* A report that overflows the scoreboard drops the range that lies furthest */
static void sack_model(const struct eng_conn *c)
{
	u32 i;

	if (c->nr_sacked < ENG_MAX_SACKED)
		return;
	i = eng_end(&c->sacked[ENG_MAX_SACKED - 1]) / unit;
	flags_set(i, SPACE, 0);
}

static void sack_report(struct eng_conn *c)
{
	struct eng_seg seg = { 0 };
	u32 from = rnd(SPACE + 2), to = rnd(SPACE + 2), before;
	struct eng_news n = { 0 };

	seg.ack = c->snd_una;
	seg.nr_sack = 1;
	seg.sack[0].start = c->snd_una + from * unit;
	seg.sack[0].end = c->snd_una + to * unit;
	before = flags_count(0, SPACE);
	if (from && from < to && to <= SPACE)
		flags_set(from, to, 1);
	eng_sack_rx(c, &seg, &n);
	sack_model(c);
	ok(n.delivered == eng_sub0(flags_count(0, SPACE), before) * unit);
}

static void sack_ack(struct eng_conn *c)
{
	u32 n = 1 + rnd(6);
	bool reneged = flags[n];

	ok(eng_sack_advance(c, n * unit) == reneged);
	memmove(flags, flags + n, SPACE - n);
	flags_set(SPACE - n, SPACE, 0);
	if (reneged)
		memset(flags, 0, sizeof(flags));
	c->snd_una += n * unit;
	c->snd_nxt += n * unit;
}

static void sack_case(void)
{
	struct eng_conn c;
	u32 n = 20;

	sets_start(&c);
	c.snd_una = (u32)rnd_base();
	c.snd_nxt = c.snd_una + SPACE * unit;
	while (n--) {
		if (rnd(6))
			sack_report(&c);
		else
			sack_ack(&c);
		sack_matches(&c);
	}
}

/* ---- windows ----------------------------------------------------------- */

static void send_window_case(void)
{
	struct eng_conn c = { 0 };
	u64 una = rnd_base(), flight = rnd_size(ENG_MAX_WND);
	u64 wnd = rnd_size(ENG_MAX_WND), unsent = rnd_size(ENG_MAX_WND);
	u8 scale = (u8)rnd(15);
	u64 old = (u64)rnd(0x10000) << scale, ack;
	s64 off = rnd(2) ? (s64)rnd_size(0x7fffffff) :
			   -(s64)rnd_size(0x7fffffff);

	c.snd_una = (u32)una;
	c.snd_nxt = (u32)(una + flight);
	c.write_seq = (u32)(una + flight + unsent);
	c.snd_wnd = (u32)wnd;
	c.snd_wscale = scale & 15;
	c.snd_wnd_max = (u16)(old >> scale);
	ok(eng_flight(&c) == flight && eng_unsent(&c) == unsent);
	ok(eng_wnd_left(&c) == (wnd > flight ? wnd - flight : 0));
	/* RFC 5961 section 5.2: SND.UNA - MAX.SND.WND <= ACK <= SND.NXT */
	ack = una + (u64)off;
	ok(eng_ack_valid(&c, (u32)ack) ==
	   (ack <= una + flight && ack + old >= una));
}

/* What is promised: never less than before, never more than granted */
static void advertise_case(void)
{
	struct eng_conn c = { 0 };
	u64 nxt = rnd_base(), edge, limit, now_edge, unit_wnd;
	u16 field;

	c.rcv_wscale = rnd(15);
	c.mss = (u16)(ENG_MIN_MSS + rnd_size(60000));
	edge = nxt + rnd_size(ENG_MAX_WND);
	limit = edge + rnd_size(ENG_MAX_WND - (u32)(edge - nxt));
	c.rcv_nxt = (u32)nxt;
	c.rcv_edge = (u32)edge;
	c.rcv_limit = (u32)limit;
	c.rcv_wnd_max = (u16)rnd(0x10000);
	field = eng_window_field(&c);
	unit_wnd = 1ull << c.rcv_wscale;
	now_edge = nxt + field * unit_wnd;
	ok(now_edge <= limit);
	ok(now_edge + unit_wnd > edge || field == 0xffff);
	ok(c.rcv_edge == (u32)(now_edge > edge ? now_edge : edge));
}

static void grant_case(void)
{
	struct eng_conn c = { 0 };
	u64 nxt = rnd_base(), limit = nxt + rnd_size(ENG_MAX_WND), edge;
	s64 d = rnd(4) ? (s64)rnd_size(0x3fffffff) :
			 -(s64)rnd_size(0x3fffffff);
	bool takes;

	c.mss = 1000;
	c.rcv_nxt = (u32)nxt;
	c.rcv_edge = (u32)(nxt + rnd_size((u32)(limit - nxt)));
	c.rcv_limit = (u32)limit;
	edge = limit + (u64)d;
	takes = edge >= limit && edge <= nxt + ENG_MAX_WND;
	eng_window_grant(&c, (u32)edge);
	ok(c.rcv_limit == (u32)(takes ? edge : limit));
}

/* ---- a segment against the receive window ------------------------------ */

static void accept_conn(struct eng_conn *c, u64 nxt, u64 wnd)
{
	struct eng_state s = { 0 };

	s.h.mss = 1000;
	s.h.rto_min_us = 200000;
	s.h.max_retries = 15;
	s.d.snd_una = (u32)rnd_base();
	s.d.snd_nxt = s.d.snd_una;
	s.d.snd_wnd = 65535;
	s.d.rcv_nxt = (u32)nxt;
	s.d.rcv_edge = (u32)(nxt + wnd);
	s.d.cwnd = 10000;
	s.d.timer_us = ENG_TIMER_OFF;
	ok(eng_import(c, &s, 1000000));
}

/* RFC 9293 table 6, and what is left of the payload after both trims */
static void accept_case(void)
{
	u64 nxt = rnd_base(), wnd = rnd_size(ENG_MAX_WND), seq, end, from, to;
	u32 reach = (u32)wnd + 100000;
	struct eng_seg g = { 0 };
	struct eng_conn c;
	struct eng_act a;

	accept_conn(&c, nxt, wnd);
	seq = rnd(2) ? nxt + rnd_size(reach) : nxt - rnd_size(reach);
	g.len = rnd_size(rnd(2) ? 65535 : 0xfffff);
	g.seq = (u32)seq;
	g.ack = c.snd_una;
	g.wnd = 65535;
	g.segs = 1;
	g.flags = ENG_TH_ACK;
	end = seq + g.len;
	from = seq > nxt ? seq : nxt;
	to = end < nxt + wnd ? end : nxt + wnd;
	eng_rx(&c, &g, 1000000, &a);
	if (from >= to) {
		ok(!(a.flags & (ENG_ACT_DELIVER | ENG_ACT_STORE)));
		ok(c.rcv_nxt == (u32)nxt);
	} else if (from == nxt) {
		ok((a.flags & ENG_ACT_DELIVER) && a.deliver_seq == (u32)nxt &&
		   a.deliver_len == to - from && c.rcv_nxt == (u32)to);
	} else if (to - nxt <= ENG_SPAN_MAX) {
		ok((a.flags & ENG_ACT_STORE) && a.store_seq == (u32)from &&
		   a.store_len == to - from && c.rcv_nxt == (u32)nxt);
	} else {
		ok(!(a.flags & (ENG_ACT_DELIVER | ENG_ACT_STORE)));
	}
	ok(c.rcv_edge == (u32)(nxt + wnd));
}

/* ---- all --------------------------------------------------------------- */

#define CASE(f, weight) { #f, f, weight }

static const struct {
	const char *name;
	void (*run)(void);
	u32 percent;
} cases[] = {
	CASE(seq_case, 25),
	CASE(small_case, 10),
	CASE(range_case, 10),
	CASE(mss_case, 15),
	CASE(ooo_case, 5),
	CASE(sack_case, 5),
	CASE(send_window_case, 10),
	CASE(advertise_case, 5),
	CASE(grant_case, 5),
	CASE(accept_case, 10),
};

int main(int argc, char **argv)
{
	u64 all = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000000, n, sum = 0;
	u32 i, nr = sizeof(cases) / sizeof(cases[0]);

	for (i = 0; i < nr; i++) {
		name = cases[i].name;
		n = all * cases[i].percent / 100;
		for (done = 0; done < n; done++)
			cases[i].run();
		sum += n;
	}
	printf("# %llu random cases against 64-bit arithmetic\n",
	       (unsigned long long)sum);
	printf("%u passed, 0 failed\n", nr);
	return 0;
}
