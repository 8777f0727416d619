// SPDX-License-Identifier: GPL-2.0-only
#include "../net/toe/fields.h"

#include <kunit/test.h>
#include <net/tcp_states.h>

#include "../drivers/net/simtoe/simtoe.h"

static const size_t sizes[] = {
	[TOE_OBJECT_NEIGH] = sizeof(struct toe_neigh_state),
	[TOE_OBJECT_PATH] = sizeof(struct toe_path_state),
	[TOE_OBJECT_TCP] = sizeof(struct toe_tcp_state),
	[TOE_OBJECT_VLAN] = sizeof(struct toe_vlan_state),
	[TOE_OBJECT_LAG] = sizeof(struct toe_lag_state),
};

static void each_field_once(struct kunit *test)
{
	u8 seen[sizeof(struct toe_tcp_state)];
	const struct toe_field *f;
	unsigned int i, type;

	for (type = TOE_OBJECT_NEIGH; type < __TOE_OBJECT_MAX; type++) {
		memset(seen, 0, sizeof(seen));
		for (f = toe_fields; f->name; f++) {
			if (f->type != type)
				continue;
			KUNIT_ASSERT_LE(test, f->offset + f->size,
					sizes[type]);
			for (i = 0; i < f->size; i++)
				KUNIT_EXPECT_EQ_MSG(test, seen[f->offset + i]++,
						    0, "%s", f->name);
		}
	}
}

/* The classes of a connection lie where the struct has its three parts. */
static void classes_match_parts(struct kunit *test)
{
	const struct toe_field *f;
	enum toe_class class;

	for (f = toe_fields; f->name; f++) {
		if (f->type != TOE_OBJECT_TCP)
			continue;
		class = f->offset >= offsetof(struct toe_tcp_state, d) ?
				TOE_CLASS_DELEGATED :
			f->offset >= offsetof(struct toe_tcp_state, h) ?
				TOE_CLASS_CACHED : TOE_CLASS_CONST;
		KUNIT_EXPECT_EQ_MSG(test, (int)f->class, (int)class, "%s",
				    f->name);
	}
}

static void read_sizes(struct kunit *test)
{
	struct toe_tcp_state st = {};
	const struct toe_field *f;

	st.d.state = 1;
	st.d.ip_id = 0xfedc;
	st.d.snd_una = 0xfedcba98;
	st.d.bytes_out = 0xfedcba9876543210;
	for (f = toe_fields; f->name; f++) {
		u64 v = f->type == TOE_OBJECT_TCP ? toe_field_read(f, &st) : 0;

		if (!strcmp(f->name, "ip_id"))
			KUNIT_EXPECT_EQ(test, v, 0xfedcULL);
		else if (!strcmp(f->name, "snd_una"))
			KUNIT_EXPECT_EQ(test, v, 0xfedcba98ULL);
		else if (!strcmp(f->name, "bytes_out"))
			KUNIT_EXPECT_EQ(test, v, 0xfedcba9876543210ULL);
	}
}

/* What a terminate or a query brings back is exactly the delegated part. */
static void up_returns_delegated(struct kunit *test)
{
	struct toe_tcp_state was, st;
	const struct toe_field *f;
	struct eng_state eng;

	memset(&eng, 0xc3, sizeof(eng));
	eng.d.state = ENG_CLOSE_WAIT;
	memset(&st, 0x5a, sizeof(st));
	was = st;
	simtoe_tcp_up(&st, &eng);
	KUNIT_EXPECT_EQ(test, 0, memcmp(&was.c, &st.c, sizeof(st.c)));
	KUNIT_EXPECT_EQ(test, 0, memcmp(&was.h, &st.h, sizeof(st.h)));
	for (f = toe_fields; f->name; f++) {
		if (f->type != TOE_OBJECT_TCP)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, f->class == TOE_CLASS_DELEGATED,
				    toe_field_read(f, &st) !=
				    toe_field_read(f, &was), "%s", f->name);
	}
	KUNIT_EXPECT_EQ(test, (int)st.d.state, TCP_CLOSE_WAIT);
}

/* A query brings back every part. */
static void query_returns_all(struct kunit *test)
{
	struct toe_neigh_state neigh = {};
	struct toe_path_state path = {};
	struct toe_tcp_state tcp = {};
	struct sim_neigh_state hneigh;
	struct sim_path_state hpath;
	const struct toe_field *f;
	struct eng_state htcp;
	const void *state;

	memset(&hneigh, 0xc3, sizeof(hneigh));
	memset(&hpath, 0xc3, sizeof(hpath));
	memset(&htcp, 0xc3, sizeof(htcp));
	htcp.d.state = ENG_CLOSE_WAIT;
	simtoe_neigh_up(&neigh, &hneigh);
	simtoe_path_up(&path, &hpath);
	simtoe_tcp_query(&tcp, &htcp);
	for (f = toe_fields; f->name; f++) {
		state = f->type == TOE_OBJECT_NEIGH ? (void *)&neigh :
			f->type == TOE_OBJECT_PATH ? (void *)&path :
			f->type == TOE_OBJECT_TCP ? (void *)&tcp : NULL;
		if (state && f->size <= sizeof(u64))
			KUNIT_EXPECT_NE_MSG(test, 0ULL,
					    toe_field_read(f, state), "%s",
					    f->name);
	}
	KUNIT_EXPECT_FALSE(test, tcp.c.flags & ENG_F_IPV6);
	KUNIT_EXPECT_EQ(test, ntohs(tcp.c.sport), htcp.c.sport);
}

/* Down and up again: each delegated field as it was, nothing left out */
static void down_up_round_trip(struct kunit *test)
{
	struct toe_tcp_state st, back = {};
	const struct toe_field *f;
	struct eng_state eng = {};
	u8 *p = (u8 *)&st;
	unsigned int i;

	for (i = 0; i < sizeof(st); i++)
		p[i] = i * 37 + 11;
	st.d.state = TCP_FIN_WAIT2;
	simtoe_tcp_down(&eng, &st, true);
	simtoe_tcp_up(&back, &eng);
	for (f = toe_fields; f->name; f++) {
		if (f->type != TOE_OBJECT_TCP ||
		    f->class != TOE_CLASS_DELEGATED)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, toe_field_read(f, &st),
				    toe_field_read(f, &back), "%s", f->name);
	}
	KUNIT_EXPECT_EQ(test, (int)eng.d.state, ENG_FIN_WAIT2);
	KUNIT_EXPECT_TRUE(test, eng.c.flags & ENG_F_IPV6);
	KUNIT_EXPECT_EQ(test, eng.c.sport, ntohs(st.c.sport));
	KUNIT_EXPECT_EQ(test, eng.c.dport, ntohs(st.c.dport));
	KUNIT_EXPECT_EQ(test, eng.h.mss, st.h.mss);
	KUNIT_EXPECT_EQ(test, eng.h.max_retries, st.h.max_retries);
	KUNIT_EXPECT_EQ(test, eng.h.rto_min_us, st.h.rto_min_us);
}

static struct kunit_case fields_cases[] = {
	KUNIT_CASE(each_field_once),
	KUNIT_CASE(classes_match_parts),
	KUNIT_CASE(read_sizes),
	KUNIT_CASE(up_returns_delegated),
	KUNIT_CASE(query_returns_all),
	KUNIT_CASE(down_up_round_trip),
	{}
};

static struct kunit_suite fields_suite = {
	.name = "toe_fields",
	.test_cases = fields_cases,
};

kunit_test_suite(fields_suite);
