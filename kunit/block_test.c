// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block lists, as they are made by the way down. The unit is part of this file
 * because the test puts connections into a device's batch by itself: there is
 * no route over 4 neighbours for 256 sockets in here.
 */
#include "../net/toe/transfer.c"

#include "fakes.h"

#define NR_CONNS	TOE_BATCH_MAX
#define NR_PATHS	8
#define NR_NEIGHS	4

/* ---- walk ------------------------------------------------------------------ */

#define SHAPE_MAX	16

/*
 * A shape in letters: N, V, W, P and T in the order of the walk; the level of a
 * letter says what it hangs below: the nearest lower one before it. W is a VLAN
 * that stands on a VLAN.
 */
static const char * const shapes[] = {
	"",
	"N",
	"NNN",
	"NP",
	"NPT",
	"NPTTT",
	"NPPP",
	"NPTPT",
	"NPTNPT",
	"NNPTN",
	"NPTTPTNPPTTN",
	"NVPT",
	"NVPTTVPTPT",
	"NVWPTWPTVPTN",
	"NVPTWPTNPT",
	"P",		/* update and invalidate carry single layers */
	"PTTPT",
	"T",
	"TTTT",
};

static const char shape_levels[] = "NVWPT";

#define SHAPE_LEVELS	(ARRAY_SIZE(shape_levels) - 1)

static u16 shape_type(char c)
{
	return c == 'N' ? TOE_OBJECT_NEIGH :
	       c == 'P' ? TOE_OBJECT_PATH :
	       c == 'T' ? TOE_OBJECT_TCP : TOE_OBJECT_VLAN;
}

static void shape_append(struct toe_block **list, struct toe_block *blk)
{
	while (*list)
		list = &(*list)->next;
	*list = blk;
}

/* Links @blk as the string says: last block of each layer takes
 * the next. @blk is as long as the string.
 */
static struct toe_block *shape_make(const char *shape, struct toe_block *blk)
{
	struct toe_block *last[SHAPE_LEVELS] = {};
	struct toe_block *root = NULL, *low;
	int level, i;

	for (; *shape; shape++, blk++) {
		level = strchr(shape_levels, *shape) - shape_levels;
		toe_block_init(blk, shape_type(*shape), 0, NULL, 0);
		low = NULL;
		for (i = level - 1; i >= 0 && !low; i--)
			low = last[i];
		if (!root)
			root = blk;
		else if (low)
			shape_append(&low->dependent, blk);
		else
			shape_append(&root, blk);
		last[level] = blk;
		for (i = level + 1; i < SHAPE_LEVELS; i++)
			last[i] = NULL;
	}
	return root;
}

struct visit {
	const struct toe_block *base;
	unsigned int nr;
	u8 order[SHAPE_MAX];
};

static void visit_block(struct toe_block *blk, void *arg)
{
	struct visit *v = arg;

	if (v->nr < SHAPE_MAX)
		v->order[v->nr] = blk - v->base;
	v->nr++;
}

static void block_walk_dependents_before_siblings(struct kunit *test)
{
	struct toe_block blk[SHAPE_MAX];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct visit v = { .base = blk };

		toe_block_walk(shape_make(shapes[i], blk), visit_block, &v);
		KUNIT_EXPECT_EQ_MSG(test, v.nr,
				    (unsigned int)strlen(shapes[i]), "%s",
				    shapes[i]);
		for (j = 0; j < v.nr; j++)
			KUNIT_EXPECT_EQ_MSG(test, (int)v.order[j], j, "%s",
					    shapes[i]);
	}
}

static void block_init_fields(struct kunit *test)
{
	struct toe_path_state ps = fake_path_state(1);
	struct toe_block blk;

	memset(&blk, 0xff, sizeof(blk));
	toe_block_init(&blk, TOE_OBJECT_PATH, 7, &ps, sizeof(ps));
	KUNIT_EXPECT_EQ(test, (int)blk.type, TOE_OBJECT_PATH);
	KUNIT_EXPECT_EQ(test, (int)blk.revision, TOE_OBJECT_REVISION);
	KUNIT_EXPECT_EQ(test, (int)blk.size, (int)sizeof(ps));
	KUNIT_EXPECT_EQ(test, (int)blk.status, 0);
	KUNIT_EXPECT_EQ(test, blk.nic, 7u);
	KUNIT_EXPECT_PTR_EQ(test, blk.path, &ps);
	KUNIT_EXPECT_NULL(test, blk.host);
	KUNIT_EXPECT_NULL(test, blk.next);
	KUNIT_EXPECT_NULL(test, blk.dependent);
}

/* ---- one initiate for many --------------------------------------------------- */

/**
 * struct block_ctx - connections that wait for a batch
 * @tn: their namespace
 * @fd: the NIC
 * @n: next hops; path i is on n[i % NR_NEIGHS]
 * @conns: connection i is on path i % NR_PATHS
 * @answer: what the NIC said to connection i
 * @nic: the handle that it gave
 */
struct block_ctx {
	struct toe_net *tn;
	struct fake_dev *fd;
	struct neighbour *n[NR_NEIGHS];
	struct toe_conn *conns[NR_CONNS];
	u16 answer[NR_CONNS];
	u32 nic[NR_CONNS];
};

static int block_init(struct kunit *test)
{
	struct block_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->tn = fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	ctx->fd->arg = ctx;
	for (i = 0; i < NR_NEIGHS; i++)
		ctx->n[i] = fake_neigh(test, ctx->fd, 10 + i);
	return 0;
}

static void block_exit(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct toe_dev_priv *priv = ctx->fd->tdev.priv;
	int i;

	KUNIT_EXPECT_TRUE(test, list_empty(&priv->neighs));
	KUNIT_EXPECT_TRUE(test, list_empty(&priv->batch));
	KUNIT_EXPECT_EQ(test, priv->batch_nr, 0u);
	KUNIT_EXPECT_EQ(test, atomic_read(&priv->nr_conns), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ctx->tn->offloaded), 0);
	for (i = 0; i < NR_NEIGHS; i++)
		neigh_release(ctx->n[i]);
	for (i = 0; i < NR_CONNS; i++)
		if (ctx->conns[i])
			KUNIT_EXPECT_EQ(test, 1, (int)
					refcount_read(&ctx->conns[i]->ref));
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

/* As toe_transfer_try() and toe_transfer_enqueue() without a socket */
static void batch_add(struct kunit *test, int i)
{
	struct block_ctx *ctx = test->priv;
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_path_state ps = fake_path_state(i % NR_PATHS);
	struct toe_down *down = kzalloc(sizeof(*down), GFP_KERNEL);
	struct toe_conn *conn = fake_conn(test, ctx->tn, TOE_STATE_OFFLOADING);

	KUNIT_ASSERT_NOT_NULL(test, down);
	ctx->conns[i] = conn;
	conn->id = i;
	conn->down = down;
	down->conn = toe_conn_get(conn);
	down->tdev = tdev;
	down->st.h.mss = 1448;
	atomic_inc(&ctx->tn->offloaded);
	spin_lock_bh(&tdev->priv->obj_lock);
	down->path = __toe_path_get(tdev, &ps,
				    ctx->n[i % NR_PATHS % NR_NEIGHS], NULL);
	list_add_tail(&down->node, &tdev->priv->batch);
	tdev->priv->batch_nr++;
	spin_unlock_bh(&tdev->priv->obj_lock);
	KUNIT_ASSERT_NOT_NULL(test, down->path);
}

/* Remembers what it answered, for each connection by its block's host */
static u16 judge_and_note(struct fake_dev *fd, const struct toe_block *blk,
			  u16 status)
{
	struct block_ctx *ctx = fd->arg;

	if (blk->type == TOE_OBJECT_TCP) {
		ctx->answer[blk->host->id] = status;
		ctx->nic[blk->host->id] = status ? 0 : fd->next_nic;
	}
	return status;
}

static u16 judge_all(struct fake_dev *fd, const struct toe_block *blk)
{
	return judge_and_note(fd, blk, 0);
}

/* Connections for different reasons, all layers below them taken */
static u16 judge_tcp(struct fake_dev *fd, const struct toe_block *blk)
{
	static const u16 why[] = {
		0, TOE_REFUSAL_NIC_TCP_ENTRIES, 0, TOE_REFUSAL_NIC_WINDOW,
		TOE_REFUSAL_NIC_DUPLICATE, 0, 0, TOE_REFUSAL_NIC_REJECTED,
		0, 0, TOE_REFUSAL_NIC_INVALID,
	};

	if (blk->type != TOE_OBJECT_TCP)
		return 0;
	return judge_and_note(fd, blk, why[blk->host->id % ARRAY_SIZE(why)]);
}

/* Whole subtrees: the neighbour that ends in 12, the path to host 5 */
static u16 judge_layers(struct fake_dev *fd, const struct toe_block *blk)
{
	switch (blk->type) {
	case TOE_OBJECT_NEIGH:
		return blk->neigh->h.dst_mac[5] == 12 ?
			TOE_REFUSAL_NIC_NEIGH_ENTRIES : 0;
	case TOE_OBJECT_PATH:
		return (ntohl(blk->path->c.daddr) & 0xff) == 5 ?
			TOE_REFUSAL_NIC_MTU : 0;
	default:
		return judge_and_note(fd, blk, 0);
	}
}

static void flush(struct kunit *test, int first, int nr)
{
	struct block_ctx *ctx = test->priv;
	int i;

	for (i = first; i < first + nr; i++)
		batch_add(test, i);
	toe_transfer_flush(&ctx->fd->tdev);
	for (i = first; i < first + nr; i++)
		KUNIT_ASSERT_TRUE(test, ctx->conns[i]->down->answered);
}

/* Applies the answer with a socket, as release_sock() would */
static void settle(struct toe_conn *conn, struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	local_bh_disable();
	conn->sk = sk;
	toe_transfer_settle(conn, sk);
	conn->sk = NULL;
	local_bh_enable();
	release_sock(sk);
}

static void upload(struct toe_conn *conn, struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	local_bh_disable();
	conn->sk = sk;
	toe_upload(conn, sk, TOE_UPLOAD_ADMIN);
	conn->sk = NULL;
	local_bh_enable();
	release_sock(sk);
}

/* Settles all, checks each against what its NIC said, takes all back */
static void settle_all(struct kunit *test, u16 (*want)(struct block_ctx *ctx,
						       int i))
{
	struct block_ctx *ctx = test->priv;
	struct socket *sock = fake_sock(test);
	struct toe_conn *conn;
	u16 why;
	int i;

	for (i = 0; i < NR_CONNS && ctx->conns[i]; i++) {
		conn = ctx->conns[i];
		why = want(ctx, i);
		settle(conn, sock);
		KUNIT_EXPECT_NULL(test, conn->down);
		KUNIT_EXPECT_EQ_MSG(test, (int)conn->state, why ?
				    TOE_STATE_HOST : TOE_STATE_OFFLOADED,
				    "connection %d", i);
		KUNIT_EXPECT_EQ_MSG(test, (int)conn->last_refusal, (int)why,
				    "connection %d", i);
		KUNIT_EXPECT_EQ(test, conn->offloads, why ? 0u : 1u);
		KUNIT_EXPECT_EQ(test, conn->nic, why ? 0u : ctx->nic[i]);
		KUNIT_EXPECT_EQ(test, !!conn->tdev, !why);
		KUNIT_EXPECT_EQ(test, !!conn->path, !why);
		KUNIT_EXPECT_EQ(test, (int)refcount_read(&conn->ref),
				why ? 1 : 2);
	}
	while (i--) {
		conn = ctx->conns[i];
		if (conn->state == TOE_STATE_OFFLOADED)
			upload(conn, sock);
		KUNIT_EXPECT_EQ(test, (int)conn->state, TOE_STATE_HOST);
	}
	sock_release(sock);
}

static u16 want_answer(struct block_ctx *ctx, int i)
{
	return ctx->answer[i];
}

static u16 want_layers(struct block_ctx *ctx, int i)
{
	int path = i % NR_PATHS;

	if (10 + path % NR_NEIGHS == 12)
		return TOE_REFUSAL_NIC_NEIGH_ENTRIES;
	return path == 5 ? TOE_REFUSAL_NIC_MTU : 0;
}

static u16 want_dead(struct block_ctx *ctx, int i)
{
	return TOE_REFUSAL_NIC_DEAD;
}

static u16 want_invalid(struct block_ctx *ctx, int i)
{
	return TOE_REFUSAL_NIC_INVALID;
}

static unsigned int accepted(struct block_ctx *ctx)
{
	unsigned int nr = 0;
	int i;

	for (i = 0; i < NR_CONNS; i++)
		nr += !ctx->answer[i];
	return nr;
}

static void expect_one_initiate(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;
	struct toe_mib mib;

	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INITIATE], 1u);
	KUNIT_EXPECT_EQ(test, fd->blocks[TOE_OBJECT_NEIGH],
			(unsigned int)NR_NEIGHS);
	KUNIT_EXPECT_EQ(test, fd->blocks[TOE_OBJECT_PATH],
			(unsigned int)NR_PATHS);
	KUNIT_EXPECT_EQ(test, fd->blocks[TOE_OBJECT_TCP],
			(unsigned int)NR_CONNS);
	toe_mib_read(ctx->tn, &mib);
	KUNIT_EXPECT_EQ(test, mib.item[TOE_MIB_BATCHES], 1ull);
	KUNIT_EXPECT_EQ(test, mib.item[TOE_MIB_TRIED], (u64)NR_CONNS);
}

static void block_initiate_256_accepted(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;

	fd->judge = judge_all;
	flush(test, 0, NR_CONNS);
	expect_one_initiate(test);
	settle_all(test, want_answer);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_TERMINATE], (unsigned int)NR_CONNS);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INVALIDATE],
			(unsigned int)(NR_PATHS + NR_NEIGHS));
}

static void block_initiate_256_partly(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;
	struct toe_mib mib;
	unsigned int yes;

	fd->judge = judge_tcp;
	flush(test, 0, NR_CONNS);
	expect_one_initiate(test);
	yes = accepted(ctx);
	settle_all(test, want_answer);
	toe_mib_read(ctx->tn, &mib);
	KUNIT_EXPECT_EQ(test, mib.item[TOE_MIB_OFFLOADED], (u64)yes);
	KUNIT_EXPECT_EQ(test, mib.upload[TOE_UPLOAD_ADMIN], (u64)yes);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_TERMINATE], yes);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INVALIDATE],
			(unsigned int)(NR_PATHS + NR_NEIGHS));
}

/* What stands on a refused layer is refused, for that layer's reason, even if
 * the device says yes to the connection itself.
 */
static void block_initiate_256_layers_refused(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;

	fd->judge = judge_layers;
	flush(test, 0, NR_CONNS);
	expect_one_initiate(test);
	settle_all(test, want_layers);
	/* neighbour 2 with paths 2 and 6; path 5 */
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_TERMINATE],
			(unsigned int)(NR_CONNS * 5 / NR_PATHS));
}

static void block_initiate_error_refuses_all(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;

	ctx->fd->err = -EIO;
	flush(test, 0, 16);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_INITIATE], 1u);
	settle_all(test, want_dead);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

static void block_initiate_dead_device_is_not_called(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;

	ctx->fd->tdev.priv->dead = true;
	flush(test, 0, 16);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_INITIATE], 0u);
	settle_all(test, want_dead);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

/* Said yes, gave no handle */
static void block_initiate_without_handle(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;

	ctx->fd->no_handle = true;
	flush(test, 0, 1);
	settle_all(test, want_invalid);
}

/* Objects that are down already are referred to, not sent again */
static void block_initiate_twice_refers(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;
	u32 used;

	fd->judge = judge_all;
	flush(test, 0, NR_PATHS);
	used = fd->next_nic;
	KUNIT_EXPECT_EQ(test, used, 1u + NR_NEIGHS + NR_PATHS + NR_PATHS);
	flush(test, NR_PATHS, NR_PATHS);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INITIATE], 2u);
	KUNIT_EXPECT_EQ(test, fd->next_nic, used + NR_PATHS);
	settle_all(test, want_answer);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INVALIDATE],
			(unsigned int)(NR_PATHS + NR_NEIGHS));
}

/* Leaves the batch before it is carried down: the NIC never hears of it */
static void block_cancel_before_initiate(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct socket *sock = fake_sock(test);
	struct toe_conn *conn;

	batch_add(test, 0);
	conn = ctx->conns[0];
	upload(conn, sock);
	KUNIT_EXPECT_EQ(test, (int)conn->state, TOE_STATE_HOST);
	KUNIT_EXPECT_EQ(test, (int)conn->last_refusal, TOE_REFUSAL_STATE);
	toe_transfer_flush(&ctx->fd->tdev);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_INITIATE], 0u);
	sock_release(sock);
}

/* Accepted, and the socket wants back before it has heard of it */
static void block_cancel_after_initiate(struct kunit *test)
{
	struct block_ctx *ctx = test->priv;
	struct socket *sock = fake_sock(test);
	struct toe_conn *conn;

	ctx->fd->judge = judge_all;
	flush(test, 0, 1);
	conn = ctx->conns[0];
	upload(conn, sock);
	KUNIT_EXPECT_EQ(test, (int)conn->state, TOE_STATE_HOST);
	KUNIT_EXPECT_EQ(test, conn->offloads, 1u);
	KUNIT_EXPECT_EQ(test, conn->uploads, 1u);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_TERMINATE], 1u);
	sock_release(sock);
}

/* Each refusal doubles the pause; those that pass by themselves don't count */
static void block_refusal_pause(struct kunit *test)
{
	static const u32 pause_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000,
					64000, 64000 };
	struct block_ctx *ctx = test->priv;
	struct toe_conn *conn = fake_conn(test, ctx->tn, TOE_STATE_HOST);
	unsigned long now;
	int i;

	for (i = 0; i < ARRAY_SIZE(pause_ms); i++) {
		now = jiffies;
		toe_transfer_refused(conn, TOE_REFUSAL_NIC_TCP_ENTRIES);
		KUNIT_EXPECT_GE(test, conn->retry_at - now,
				msecs_to_jiffies(pause_ms[i]));
		KUNIT_EXPECT_LT(test, conn->retry_at - now,
				msecs_to_jiffies(pause_ms[i]) + HZ);
	}
	conn->refusals = 3;
	now = jiffies;
	toe_transfer_refused(conn, TOE_REFUSAL_LOSS);
	KUNIT_EXPECT_EQ(test, conn->refusals, 3u);
	KUNIT_EXPECT_LT(test, conn->retry_at - now, (unsigned long)HZ);
}

static struct kunit_case block_cases[] = {
	KUNIT_CASE(block_walk_dependents_before_siblings),
	KUNIT_CASE(block_init_fields),
	KUNIT_CASE(block_initiate_256_accepted),
	KUNIT_CASE(block_initiate_256_partly),
	KUNIT_CASE(block_initiate_256_layers_refused),
	KUNIT_CASE(block_initiate_error_refuses_all),
	KUNIT_CASE(block_initiate_dead_device_is_not_called),
	KUNIT_CASE(block_initiate_without_handle),
	KUNIT_CASE(block_initiate_twice_refers),
	KUNIT_CASE(block_cancel_before_initiate),
	KUNIT_CASE(block_cancel_after_initiate),
	KUNIT_CASE(block_refusal_pause),
	{ }
};

static struct kunit_suite toe_block_suite = {
	.name = "toe_block",
	.init = block_init,
	.exit = block_exit,
	.test_cases = block_cases,
};

kunit_test_suite(toe_block_suite);
