// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include "../net/toe/fsm.h"
#include "../net/toe/trace.h"

/* What a probe of toe:toe_conn_state saw */
struct seen {
	const struct toe_conn *conn;
	unsigned int nr;
	enum toe_state from, to;
	u8 reason;
};

struct fsm_ctx {
	struct toe_net *tn;
	struct seen seen;
};

static void fsm_probe(void *data, const struct toe_conn *conn,
		      enum toe_state from, enum toe_state to, u8 reason)
{
	struct seen *seen = data;

	seen->conn = conn;
	seen->nr++;
	seen->from = from;
	seen->to = to;
	seen->reason = reason;
}

static int fsm_init(struct kunit *test)
{
	struct fsm_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->tn = fake_net_init(test);
	return register_trace_toe_conn_state(fsm_probe, &ctx->seen);
}

static void fsm_exit(struct kunit *test)
{
	struct fsm_ctx *ctx = test->priv;

	unregister_trace_toe_conn_state(fsm_probe, &ctx->seen);
	tracepoint_synchronize_unregister();
	fake_net_exit();
}

static u64 mib_item(struct toe_net *tn, enum toe_mib_item item)
{
	struct toe_mib mib;

	toe_mib_read(tn, &mib);
	return mib.item[item];
}

static u64 mib_upload(struct toe_net *tn, enum toe_upload_reason reason)
{
	struct toe_mib mib;

	toe_mib_read(tn, &mib);
	return mib.upload[reason];
}

#define HOST		TOE_STATE_HOST
#define OFFLOADING	TOE_STATE_OFFLOADING
#define OFFLOADED	TOE_STATE_OFFLOADED
#define UPLOADING	TOE_STATE_UPLOADING

/* The table of fsm.c, written down a second time: [from][to] */
static const char * const matrix[__TOE_STATE_MAX] = {
	[HOST]		= ".x..",
	[OFFLOADING]	= "x.xx",
	[OFFLOADED]	= "...x",
	[UPLOADING]	= "x...",
};

static void fsm_legal_matrix(struct kunit *test)
{
	int from, to;

	for (from = 0; from < __TOE_STATE_MAX; from++)
		for (to = 0; to < __TOE_STATE_MAX; to++)
			KUNIT_EXPECT_EQ_MSG(test, toe_fsm_legal(from, to),
					    matrix[from][to] == 'x',
					    "%s -> %s", toe_state_name(from),
					    toe_state_name(to));
}

static void fsm_legal_out_of_range(struct kunit *test)
{
	int i;

	for (i = 0; i < __TOE_STATE_MAX; i++) {
		KUNIT_EXPECT_FALSE(test, toe_fsm_legal(i, __TOE_STATE_MAX));
		KUNIT_EXPECT_FALSE(test, toe_fsm_legal(__TOE_STATE_MAX, i));
		KUNIT_EXPECT_FALSE(test, toe_fsm_legal(i, (enum toe_state)-1));
	}
}

/* Whoever is out of the host finds back to it, and nobody stays in a state
 * for want of a way out.
 */
static void fsm_every_state_leads_to_host(struct kunit *test)
{
	bool home[__TOE_STATE_MAX] = { [HOST] = true };
	int round, from, to;

	for (round = 0; round < __TOE_STATE_MAX; round++)
		for (from = 0; from < __TOE_STATE_MAX; from++)
			for (to = 0; to < __TOE_STATE_MAX; to++)
				if (home[to] && toe_fsm_legal(from, to))
					home[from] = true;
	for (from = 0; from < __TOE_STATE_MAX; from++)
		KUNIT_EXPECT_TRUE_MSG(test, home[from], "%s",
				      toe_state_name(from));
}

/* An illegal move warns, which ends a run of the tests: not made here */
static const struct {
	enum toe_state from, to;
	u8 reason;
	u32 offloads, uploads;
} moves[] = {
	{ HOST, OFFLOADING, 0, 0, 0 },
	{ OFFLOADING, HOST, TOE_REFUSAL_NIC_TCP_ENTRIES, 0, 0 },
	{ OFFLOADING, OFFLOADED, 0, 1, 0 },
	{ OFFLOADING, UPLOADING, TOE_UPLOAD_CLOSE, 0, 1 },
	{ OFFLOADED, UPLOADING, TOE_UPLOAD_NIC_DEAD, 0, 1 },
	{ UPLOADING, HOST, TOE_UPLOAD_ADMIN, 0, 0 },
};

static void fsm_move_all_in_table(struct kunit *test)
{
	int from, to, i, edges = 0;

	for (from = 0; from < __TOE_STATE_MAX; from++)
		for (to = 0; to < __TOE_STATE_MAX; to++)
			edges += toe_fsm_legal(from, to);
	KUNIT_EXPECT_EQ(test, edges, (int)ARRAY_SIZE(moves));
	for (i = 0; i < ARRAY_SIZE(moves); i++)
		KUNIT_EXPECT_TRUE(test, toe_fsm_legal(moves[i].from,
						      moves[i].to));
}

static void fsm_move_counts(struct kunit *test)
{
	struct fsm_ctx *ctx = test->priv;
	struct toe_conn *conn;
	u64 up, down;
	int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		conn = fake_conn(test, ctx->tn, moves[i].from);
		conn->changed = jiffies - 10 * HZ;
		down = mib_item(ctx->tn, TOE_MIB_OFFLOADED);
		up = mib_upload(ctx->tn, moves[i].reason);
		toe_fsm_move(conn, moves[i].to, moves[i].reason);

		KUNIT_EXPECT_EQ(test, (int)conn->state, (int)moves[i].to);
		KUNIT_EXPECT_TRUE(test, time_after(conn->changed,
						   jiffies - 5 * HZ));
		KUNIT_EXPECT_EQ(test, conn->offloads, moves[i].offloads);
		KUNIT_EXPECT_EQ(test, conn->uploads, moves[i].uploads);
		KUNIT_EXPECT_EQ(test, (int)conn->last_upload,
				moves[i].uploads ? moves[i].reason : 0);
		KUNIT_EXPECT_EQ(test, mib_item(ctx->tn, TOE_MIB_OFFLOADED),
				down + moves[i].offloads);
		KUNIT_EXPECT_EQ(test, mib_upload(ctx->tn, moves[i].reason),
				up + moves[i].uploads);
	}
}

static void fsm_move_traces_and_notifies_once(struct kunit *test)
{
	struct fsm_ctx *ctx = test->priv;
	struct toe_conn *conn;
	int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		conn = fake_conn(test, ctx->tn, moves[i].from);
		ctx->seen = (struct seen){};
		fake_nl = (struct fake_nl){};
		toe_fsm_move(conn, moves[i].to, moves[i].reason);

		KUNIT_EXPECT_EQ(test, ctx->seen.nr, 1u);
		KUNIT_EXPECT_PTR_EQ(test, ctx->seen.conn,
				    (const struct toe_conn *)conn);
		KUNIT_EXPECT_EQ(test, ctx->seen.from, moves[i].from);
		KUNIT_EXPECT_EQ(test, ctx->seen.to, moves[i].to);
		KUNIT_EXPECT_EQ(test, (int)ctx->seen.reason,
				(int)moves[i].reason);
		KUNIT_EXPECT_EQ(test, fake_nl.nr, 1u);
		KUNIT_EXPECT_EQ(test, fake_nl.from, moves[i].from);
		KUNIT_EXPECT_EQ(test, fake_nl.to, moves[i].to);
		KUNIT_EXPECT_EQ(test, (int)fake_nl.reason,
				(int)moves[i].reason);
	}
}

static void fsm_move_life_accumulates(struct kunit *test)
{
	static const enum toe_state life[] = {
		OFFLOADING, HOST, OFFLOADING, OFFLOADED, UPLOADING, HOST,
		OFFLOADING, UPLOADING, HOST, OFFLOADING, OFFLOADED, UPLOADING,
		HOST,
	};
	struct fsm_ctx *ctx = test->priv;
	struct toe_conn *conn = fake_conn(test, ctx->tn, HOST);
	int i;

	for (i = 0; i < ARRAY_SIZE(life); i++)
		toe_fsm_move(conn, life[i], life[i] == UPLOADING ?
					    TOE_UPLOAD_ADMIN + i : 0);
	KUNIT_EXPECT_EQ(test, conn->offloads, 2u);
	KUNIT_EXPECT_EQ(test, conn->uploads, 3u);
	KUNIT_EXPECT_EQ(test, (int)conn->last_upload, TOE_UPLOAD_ADMIN + 11);
	KUNIT_EXPECT_EQ(test, ctx->seen.nr, (unsigned int)ARRAY_SIZE(life));
}

/* The reason is a byte of the device's: any value is counted somewhere */
static void fsm_move_unknown_reason(struct kunit *test)
{
	struct fsm_ctx *ctx = test->priv;
	struct toe_conn *conn = fake_conn(test, ctx->tn, OFFLOADED);

	toe_fsm_move(conn, UPLOADING, 0xff);
	KUNIT_EXPECT_EQ(test, mib_upload(ctx->tn, TOE_UPLOAD_NIC_LIED), 1ull);
}

static struct kunit_case fsm_cases[] = {
	KUNIT_CASE(fsm_legal_matrix),
	KUNIT_CASE(fsm_legal_out_of_range),
	KUNIT_CASE(fsm_every_state_leads_to_host),
	KUNIT_CASE(fsm_move_all_in_table),
	KUNIT_CASE(fsm_move_counts),
	KUNIT_CASE(fsm_move_traces_and_notifies_once),
	KUNIT_CASE(fsm_move_life_accumulates),
	KUNIT_CASE(fsm_move_unknown_reason),
	{ }
};

static struct kunit_suite toe_fsm_suite = {
	.name = "toe_fsm",
	.init = fsm_init,
	.exit = fsm_exit,
	.test_cases = fsm_cases,
};

kunit_test_suite(toe_fsm_suite);
