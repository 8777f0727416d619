// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware linked into the kernel. How it behaves as a TCP is the business
 * of tests/native; here: that this build of it (kernel's compiler flags, no
 * libc, KASAN) refuses what it must not take over and carries data.
 */
#include <kunit/test.h>

#include "../sim_nic/engine/eng.h"
#include "../sim_nic/engine/eng_conn.h"

#define UNA	0xfffff000u	/* wraps early */
#define NXT	5000u
#define WND	0x100000u
#define MSS	1448u
#define DELAY	10000u		/* us, one way */
#define MAX_LEN	65536u

/* An established connection that has nothing in flight */
static struct eng_state established(u32 una, u32 nxt)
{
	return (struct eng_state){
		.c = {
			.flags = ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE,
			.sport = 1000, .dport = 2000,
			.snd_wscale = 7, .rcv_wscale = 7,
			.cc = ENG_CC_RENO,
		},
		.h = {
			.mss = MSS, .ttl = 64,
			.rto_min_us = 200000, .max_retries = 15,
		},
		.d = {
			.state = ENG_ESTABLISHED,
			.snd_una = una, .snd_nxt = una,
			.snd_wnd = WND, .snd_wl1 = nxt, .max_snd_wnd = WND,
			.rcv_nxt = nxt, .rcv_edge = nxt + WND,
			.cwnd = 10 * MSS, .ssthresh = 0x7fffffff,
			.min_rtt_us = ~0u, .rto_us = 1000000,
			.ts_val = 7777, .ts_recent = 7777,
			.timer_us = ENG_TIMER_OFF,
		},
	};
}

static struct eng_conn *engine_conn(struct kunit *test)
{
	struct eng_conn *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

/* ---- import ------------------------------------------------------------------ */

static struct eng_state st;	/* what the tables below point into */

#define FIELD(f, v)	{ #f " = " #v, &(f), sizeof(f), v }

static const struct spoiled {
	const char *what;
	void *field;
	size_t size;
	u64 value;
} hostile[] = {
	FIELD(st.c.flags, 0xffff),
	FIELD(st.c.flags, ENG_F_TSTAMP),		/* scales without the option */
	FIELD(st.c.cc, __ENG_CC_MAX),
	FIELD(st.c.cc, 0xff),
	FIELD(st.c.snd_wscale, 15),
	FIELD(st.c.rcv_wscale, 15),
	FIELD(st.c.snd_wscale, 0xff),
	FIELD(st.h.mss, 0),
	FIELD(st.h.mss, ENG_MIN_MSS - 1),
	FIELD(st.h.rto_min_us, ~0u),
	FIELD(st.d.state, ENG_TIME_WAIT),
	FIELD(st.d.state, ENG_CLOSED),
	FIELD(st.d.state, 0xff),
	FIELD(st.d.recovery, 4),
	FIELD(st.d.snd_una, UNA + 1),		/* beyond snd_nxt */
	FIELD(st.d.snd_nxt, UNA - 1),
	FIELD(st.d.snd_nxt, UNA + 0x40000001u),
	FIELD(st.d.snd_wnd, 0x40000001u),
	FIELD(st.d.max_snd_wnd, ~0u),
	FIELD(st.d.rcv_edge, NXT - 1),
	FIELD(st.d.rcv_edge, NXT + 0x40000001u),
	FIELD(st.d.srtt_us, ~0u),
	FIELD(st.d.rttvar_us, ~0u),
	FIELD(st.d.rto_us, ~0u),
	FIELD(st.d.timer_us, ~0u - 1),
};

/* Taken, though unusual */
static const struct spoiled harmless[] = {
	FIELD(st.c.cc, ENG_CC_CUBIC),
	FIELD(st.c.snd_wscale, 14),
	FIELD(st.h.mss, ENG_MIN_MSS),
	FIELD(st.h.mss, 0xffff),
	FIELD(st.h.flags, 0xffff),
	FIELD(st.d.snd_wnd, 0),
	FIELD(st.d.rcv_edge, NXT),
	FIELD(st.d.cwnd, 0),
	FIELD(st.d.cwnd, ~0u),
	FIELD(st.d.ssthresh, 0),
	FIELD(st.d.rto_us, 0),
	FIELD(st.d.timer_us, ENG_TIMER_NOW),
	FIELD(st.d.cubic_wmax, ~0u),
	FIELD(st.d.ts_recent_age_ms, ~0u),
	FIELD(st.d.retries, 0xff),
	FIELD(st.d.high_seq, 0x12345678),
};

static void spoil(const struct spoiled *s)
{
	st = established(UNA, NXT);
	memcpy(s->field, &s->value, s->size);	/* little endian */
}

/* Refused, and whoever uses it all the same gets nothing out of it */
static void engine_import_hostile(struct kunit *test)
{
	struct eng_conn *c = engine_conn(test);
	struct eng_tx tx;
	int i;

	for (i = 0; i < ARRAY_SIZE(hostile); i++) {
		spoil(&hostile[i]);
		memset(c, 0xa5, sizeof(*c));
		KUNIT_EXPECT_FALSE_MSG(test, eng_import(c, &st, 1000000), "%s",
				       hostile[i].what);
		KUNIT_EXPECT_TRUE(test, eng_frozen(c));
		KUNIT_EXPECT_FALSE(test, eng_next(c, 1000000, MAX_LEN, &tx));
		KUNIT_EXPECT_EQ(test, eng_deadline(c, 1000000), 0ull);
	}
}

static void engine_import_harmless(struct kunit *test)
{
	struct eng_conn *c = engine_conn(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(harmless); i++) {
		spoil(&harmless[i]);
		memset(c, 0xa5, sizeof(*c));
		KUNIT_EXPECT_TRUE_MSG(test, eng_import(c, &st, 1000000), "%s",
				      harmless[i].what);
	}
}

static void engine_import_any_bits(struct kunit *test)
{
	struct eng_conn *c = engine_conn(test);
	u32 seed = 1, i, j;
	struct eng_tx tx;
	u8 *p = (u8 *)&st;

	for (i = 0; i < 2000; i++) {
		st = established(UNA, NXT);
		for (j = 0; j < 1 + i % 8; j++) {
			seed = seed * 1664525 + 1013904223;
			p[(seed >> 8) % sizeof(st)] = seed >> 24;
		}
		if (eng_import(c, &st, 1000000))
			eng_next(c, 1000000, MAX_LEN, &tx);
		else
			KUNIT_EXPECT_TRUE(test, eng_frozen(c));
	}
}

static void engine_export_gives_back(struct kunit *test)
{
	struct eng_state in = established(UNA, NXT), out;
	struct eng_conn *c = engine_conn(test);

	in.d.srtt_us = 12345;
	in.d.rttvar_us = 678;
	in.d.ip_id = 99;
	KUNIT_ASSERT_TRUE(test, eng_import(c, &in, 5000000));
	eng_freeze(c, 5000000);
	eng_export(c, &out, 5000000);
	KUNIT_EXPECT_EQ(test, in.c.flags, out.c.flags);
	KUNIT_EXPECT_EQ(test, in.c.snd_wscale, out.c.snd_wscale);
	KUNIT_EXPECT_EQ(test, in.c.rcv_wscale, out.c.rcv_wscale);
	KUNIT_EXPECT_EQ(test, in.c.cc, out.c.cc);
	KUNIT_EXPECT_EQ(test, (u32)out.h.mss, MSS);
	KUNIT_EXPECT_EQ(test, out.d.snd_una, UNA);
	KUNIT_EXPECT_EQ(test, out.d.snd_nxt, UNA);
	KUNIT_EXPECT_EQ(test, out.d.rcv_nxt, NXT);
	KUNIT_EXPECT_EQ(test, out.d.rcv_edge, NXT + WND);
	KUNIT_EXPECT_EQ(test, out.d.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, out.d.srtt_us, 12345u);
	KUNIT_EXPECT_EQ(test, out.d.rttvar_us, 678u);
	KUNIT_EXPECT_EQ(test, out.d.ts_val, 7777u);
	KUNIT_EXPECT_EQ(test, (u32)out.d.ip_id, 99u);
	KUNIT_EXPECT_EQ(test, out.d.timer_us, ENG_TIMER_OFF);
}

/* ---- transfer ---------------------------------------------------------------- */

#define WIRE_MAX	1024

/* One direction of the wire: constant delay, so a ring is enough */
struct wire {
	u32 head, tail;
	u64 at[WIRE_MAX];
	struct eng_seg seg[WIRE_MAX];
};

struct side {
	struct eng_conn c;
	u32 write_seq;
	u8 post;		/* enum eng_host_flags to repeat after import */
	u32 got;		/* in-order bytes end here */
	bool fin, fin_acked;
	struct wire in;
};

/* Two engines and a wire on virtual time */
struct lab {
	struct kunit *test;
	u64 now;	/* us */
	u32 drop;	/* one in so many data segments is lost, 0 = none */
	u32 upload;	/* after so many steps an engine changes NICs, 0 = never */
	u32 nr_data, dropped, uploads, again;
	struct side a, b;
};

static struct lab *lab_new(struct kunit *test, u32 total, u8 cc)
{
	struct lab *lab = kunit_kzalloc(test, sizeof(*lab), GFP_KERNEL);
	struct eng_state a = established(UNA, NXT), b = established(NXT, UNA);

	KUNIT_ASSERT_NOT_NULL(test, lab);
	a.c.cc = cc;
	lab->test = test;
	lab->now = 1000000;
	KUNIT_ASSERT_TRUE(test, eng_import(&lab->a.c, &a, lab->now));
	KUNIT_ASSERT_TRUE(test, eng_import(&lab->b.c, &b, lab->now));
	lab->a.write_seq = UNA + total;
	lab->a.post = ENG_HOST_PUSH | ENG_HOST_FIN;
	lab->a.got = NXT;
	lab->b.write_seq = NXT;
	lab->b.got = UNA;
	return lab;
}

static void lab_act(struct lab *lab, struct side *s, const struct eng_act *act)
{
	if (act->flags & ENG_ACT_DELIVER) {
		KUNIT_EXPECT_EQ(lab->test, act->deliver_seq, s->got);
		s->got += act->deliver_len;
	}
	if (act->flags & ENG_ACT_FIN) {
		KUNIT_EXPECT_FALSE(lab->test, s->fin);
		s->fin = true;
		s->got++;
	}
	if (act->flags & ENG_ACT_FIN_ACKED)
		s->fin_acked = true;
	KUNIT_EXPECT_FALSE(lab->test, act->flags & ENG_ACT_UPLOAD);
	KUNIT_EXPECT_EQ(lab->test, eng_rcv_nxt(&s->c), s->got);
}

/* The host: posts what it has, grants what the application has read */
static void lab_host(struct lab *lab, struct side *s)
{
	const struct eng_host h = {
		.write_seq = s->write_seq,
		.snd_una = eng_snd_una(&s->c),
		.rcv_nxt = s->got,
		.rcv_edge = s->got + WND,
		.flags = s->post,
	};
	struct eng_act act;

	eng_host(&s->c, &h, lab->now, &act);
	lab_act(lab, s, &act);
}

static void lab_emit(struct lab *lab, struct side *from, struct side *to)
{
	struct wire *w = &to->in;
	struct eng_seg *seg;
	struct eng_tx tx;
	u8 opt[40];
	u32 len;

	while (eng_next(&from->c, lab->now, MAX_LEN, &tx)) {
		lab->again += tx.kind == ENG_TX_RTX;
		if (tx.len && lab->drop && ++lab->nr_data % lab->drop == 0) {
			lab->dropped++;
			continue;
		}
		KUNIT_ASSERT_LT(lab->test, w->tail - w->head, WIRE_MAX);
		seg = &w->seg[w->tail % WIRE_MAX];
		*seg = (struct eng_seg){
			.seq = tx.seq, .ack = tx.ack, .len = tx.len,
			.wnd = tx.wnd, .segs = tx.segs, .flags = tx.flags,
		};
		len = eng_build_opts(&tx, opt);
		KUNIT_EXPECT_TRUE(lab->test, eng_parse_opts(opt, len, seg));
		w->at[w->tail++ % WIRE_MAX] = lab->now + DELAY;
	}
}

static void lab_side(struct lab *lab, struct side *s)
{
	struct wire *w = &s->in;
	struct eng_act act;

	while (w->head != w->tail && w->at[w->head % WIRE_MAX] <= lab->now) {
		eng_rx(&s->c, &w->seg[w->head++ % WIRE_MAX], lab->now, &act);
		lab_act(lab, s, &act);
	}
	if (eng_deadline(&s->c, lab->now) && eng_deadline(&s->c, lab->now) <= lab->now) {
		memset(&act, 0, sizeof(act));
		eng_timer(&s->c, lab->now, &act);
		lab_act(lab, s, &act);
	}
	lab_host(lab, s);
}

static u64 lab_next(struct lab *lab)
{
	const struct side *sides[] = { &lab->a, &lab->b };
	u64 next = U64_MAX, at;
	int i;

	for (i = 0; i < 2; i++) {
		const struct wire *w = &sides[i]->in;

		if (w->head != w->tail)
			next = min(next, w->at[w->head % WIRE_MAX]);
		at = eng_deadline(&sides[i]->c, lab->now);
		if (at)
			next = min(next, at);
	}
	return next;
}

/* Up to the host and down to a NIC that knows nothing of it */
static void lab_upload(struct lab *lab, struct side *s, struct side *peer)
{
	struct eng_state up;

	eng_freeze(&s->c, lab->now);
	lab_emit(lab, s, peer);
	eng_export(&s->c, &up, lab->now);
	KUNIT_ASSERT_TRUE(lab->test, eng_import(&s->c, &up, lab->now));
	lab_host(lab, s);
	lab->uploads++;
}

static bool lab_done(const struct lab *lab)
{
	return lab->b.fin && lab->a.fin_acked;
}

static void lab_run(struct lab *lab)
{
	u32 step;
	u64 next;

	lab_host(lab, &lab->a);
	lab_host(lab, &lab->b);
	for (step = 1; step < 20000 && !lab_done(lab); step++) {
		lab_emit(lab, &lab->a, &lab->b);
		lab_emit(lab, &lab->b, &lab->a);
		if (lab->upload && step % lab->upload == 0) {
			if (step / lab->upload % 2)
				lab_upload(lab, &lab->a, &lab->b);
			else
				lab_upload(lab, &lab->b, &lab->a);
		}
		next = lab_next(lab);
		KUNIT_ASSERT_NE(lab->test, next, U64_MAX);
		lab->now = max(lab->now, next);
		lab_side(lab, &lab->a);
		lab_side(lab, &lab->b);
	}
	KUNIT_EXPECT_TRUE(lab->test, lab_done(lab));
}

static void expect_all(struct lab *lab)
{
	KUNIT_EXPECT_EQ(lab->test, lab->b.got, lab->a.write_seq + 1);
	KUNIT_EXPECT_EQ(lab->test, eng_snd_una(&lab->a.c),
			lab->a.write_seq + 1);
	KUNIT_EXPECT_FALSE(lab->test, eng_frozen(&lab->a.c));
	KUNIT_EXPECT_FALSE(lab->test, eng_frozen(&lab->b.c));
}

static void engine_transfer_clean(struct kunit *test)
{
	struct lab *lab = lab_new(test, 300000, ENG_CC_RENO);
	struct eng_view v;

	lab_run(lab);
	expect_all(lab);
	eng_view(&lab->a.c, &v);
	KUNIT_EXPECT_EQ(test, lab->again, 0u);
	KUNIT_EXPECT_GE(test, v.srtt_us, 2 * DELAY);
	KUNIT_EXPECT_LT(test, lab->now, 1000000ull + 2000000);
}

static const struct {
	u8 cc;
	u32 drop, upload;
} runs[] = {
	{ ENG_CC_RENO, 7, 0 },
	{ ENG_CC_CUBIC, 7, 0 },
	{ ENG_CC_RENO, 3, 0 },
	{ ENG_CC_RENO, 0, 5 },
	{ ENG_CC_CUBIC, 0, 1 },
	{ ENG_CC_RENO, 7, 5 },
	{ ENG_CC_CUBIC, 5, 3 },
};

static void engine_transfer_loss_and_uploads(struct kunit *test)
{
	struct lab *lab;
	int i;

	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		lab = lab_new(test, 300000, runs[i].cc);
		lab->drop = runs[i].drop;
		lab->upload = runs[i].upload;
		lab_run(lab);
		expect_all(lab);
		KUNIT_EXPECT_EQ_MSG(test, !!lab->dropped, !!lab->drop,
				    "run %d", i);
		KUNIT_EXPECT_EQ_MSG(test, !!lab->uploads, !!lab->upload,
				    "run %d", i);
		kunit_kfree(test, lab);
	}
}

/* ---- options ------------------------------------------------------------------ */

static const struct {
	u8 len;
	u8 opt[12];
	bool ok;
} options[] = {
	{ 0, { }, true },
	{ 4, { 1, 1, 1, 0 }, true },
	{ 12, { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 }, true },
	{ 2, { 8, 0 }, false },			/* length 0 must not hang */
	{ 2, { 8, 1 }, false },
	{ 4, { 8, 10, 0, 0 }, false },		/* beyond the end */
	{ 1, { 8 }, false },
	{ 4, { 254, 4, 0, 0 }, true },
};

static void engine_options(struct kunit *test)
{
	struct eng_seg seg;
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		memset(&seg, 0, sizeof(seg));
		KUNIT_EXPECT_EQ_MSG(test, options[i].ok,
				    eng_parse_opts(options[i].opt,
						   options[i].len, &seg),
				    "%d", i);
	}
}

static struct kunit_case engine_cases[] = {
	KUNIT_CASE(engine_import_hostile),
	KUNIT_CASE(engine_import_harmless),
	KUNIT_CASE(engine_import_any_bits),
	KUNIT_CASE(engine_export_gives_back),
	KUNIT_CASE(engine_transfer_clean),
	KUNIT_CASE(engine_transfer_loss_and_uploads),
	KUNIT_CASE(engine_options),
	{ }
};

static struct kunit_suite sim_engine_suite = {
	.name = "sim_engine",
	.test_cases = engine_cases,
};

kunit_test_suite(sim_engine_suite);
