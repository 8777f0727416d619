// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include "../net/toe/fsm.h"
#include "../net/toe/history.h"

static void add(struct toe_history *h, enum toe_move move, u8 reason, u64 at)
{
	struct toe_record record = {
		.time_us = at,
		.move = move,
		.reason = reason,
	};

	toe_history_add(h, &record);
}

static void history_empty_has_nothing(struct kunit *test)
{
	struct toe_history h = {};

	KUNIT_EXPECT_NULL(test, toe_history_at(&h, 0));
	KUNIT_EXPECT_NULL(test, toe_history_at(&h, UINT_MAX));
}

static void history_keeps_the_newest(struct kunit *test)
{
	struct toe_history h = {};
	unsigned int i, n, first;

	for (n = 1; n <= 3 * TOE_HISTORY_LEN; n++) {
		add(&h, n & 1 ? TOE_MOVE_DOWN : TOE_MOVE_UP, n, n);
		first = n > TOE_HISTORY_LEN ? n - TOE_HISTORY_LEN : 0;
		for (i = 0; first + i < n; i++) {
			const struct toe_record *r = toe_history_at(&h, i);

			KUNIT_ASSERT_NOT_NULL(test, r);
			KUNIT_EXPECT_EQ(test, r->time_us, first + i + 1ULL);
			KUNIT_EXPECT_EQ(test, r->times, 1);
		}
		KUNIT_EXPECT_NULL(test, toe_history_at(&h, i));
	}
}

static void history_counts_repeated_refusals(struct kunit *test)
{
	struct toe_history h = {};
	int i;

	for (i = 1; i <= 100; i++)
		add(&h, TOE_MOVE_REFUSED, TOE_REFUSAL_LIMIT, i);
	KUNIT_EXPECT_EQ(test, h.nr, 1);
	KUNIT_EXPECT_EQ(test, toe_history_at(&h, 0)->times, 100);
	KUNIT_EXPECT_EQ(test, toe_history_at(&h, 0)->time_us, 100ULL);
	add(&h, TOE_MOVE_REFUSED, TOE_REFUSAL_LOSS, 101);
	add(&h, TOE_MOVE_REFUSED, TOE_REFUSAL_LIMIT, 102);
	KUNIT_EXPECT_EQ(test, h.nr, 3);
	KUNIT_EXPECT_EQ(test, toe_history_at(&h, 2)->times, 1);
	add(&h, TOE_MOVE_DOWN, 0, 103);
	add(&h, TOE_MOVE_DOWN, 0, 104);
	KUNIT_EXPECT_EQ(test, h.nr, 5);
}

static void history_count_stays_within_bounds(struct kunit *test)
{
	struct toe_history h = {};
	u32 i;

	for (i = 0; i <= U16_MAX; i++)
		add(&h, TOE_MOVE_REFUSED, TOE_REFUSAL_LIMIT, i);
	KUNIT_EXPECT_EQ(test, h.nr, 2);
	KUNIT_EXPECT_EQ(test, toe_history_at(&h, 0)->times, U16_MAX);
	KUNIT_EXPECT_EQ(test, toe_history_at(&h, 1)->times, 1);
}

static const struct {
	unsigned long flags;
	enum toe_by down, up;
	enum toe_upload_reason reason;
	u16 rule_down, rule_up;
} deciders[] = {
	{ 0, TOE_BY_RULE, TOE_BY_RULE, TOE_UPLOAD_POLICY, 7, 7 },
	{ 0, TOE_BY_CANARY, TOE_BY_CANARY, TOE_UPLOAD_POLICY, 7, 7 },
	{ 0, TOE_BY_RULE, TOE_BY_NONE, TOE_UPLOAD_NIC_DEAD, 7, 0 },
	{ BIT(TOE_CONN_WANT), TOE_BY_PROGRAM, TOE_BY_PROGRAM,
	  TOE_UPLOAD_SOCKOPT, 0, 0 },
	{ BIT(TOE_CONN_REQUESTED), TOE_BY_ADMIN, TOE_BY_ADMIN,
	  TOE_UPLOAD_ADMIN, 0, 0 },
};

/* The one setter writes it down, with who decided */
static void history_of_a_round_trip(struct kunit *test)
{
	struct toe_net *tn = fake_net_init(test);
	const struct toe_record *down, *up;
	struct toe_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(deciders); i++) {
		conn = fake_conn(test, tn, TOE_STATE_OFFLOADING);
		conn->flags = deciders[i].flags;
		conn->verdict = (struct toe_verdict){
			.by = deciders[i].down == TOE_BY_CANARY ?
			      TOE_BY_CANARY : TOE_BY_RULE,
			.rule = 7,
		};
		toe_fsm_move(conn, TOE_STATE_OFFLOADED, 0);
		toe_fsm_move(conn, TOE_STATE_UPLOADING, deciders[i].reason);
		toe_fsm_move(conn, TOE_STATE_HOST, deciders[i].reason);

		KUNIT_EXPECT_EQ(test, conn->history.nr, 2);
		down = toe_history_at(&conn->history, 0);
		up = toe_history_at(&conn->history, 1);
		KUNIT_EXPECT_EQ(test, down->move, TOE_MOVE_DOWN);
		KUNIT_EXPECT_EQ(test, down->by, deciders[i].down);
		KUNIT_EXPECT_EQ(test, down->rule, deciders[i].rule_down);
		KUNIT_EXPECT_EQ(test, up->move, TOE_MOVE_UP);
		KUNIT_EXPECT_EQ(test, up->by, deciders[i].up);
		KUNIT_EXPECT_EQ(test, up->rule, deciders[i].rule_up);
		KUNIT_EXPECT_EQ(test, up->reason, deciders[i].reason);
		KUNIT_EXPECT_LE(test, down->time_us, up->time_us);
	}
	fake_net_exit();
}

static struct kunit_case history_cases[] = {
	KUNIT_CASE(history_empty_has_nothing),
	KUNIT_CASE(history_keeps_the_newest),
	KUNIT_CASE(history_counts_repeated_refusals),
	KUNIT_CASE(history_count_stays_within_bounds),
	KUNIT_CASE(history_of_a_round_trip),
	{ }
};

static struct kunit_suite toe_history_suite = {
	.name = "toe_history",
	.test_cases = history_cases,
};

kunit_test_suite(toe_history_suite);
