// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include "../net/toe/dev.h"
#include "../net/toe/link.h"
#include "../net/toe/mib.h"
#include "../net/toe/object.h"
#include "../net/toe/relink.h"

#define NR_PATHS	4

/* Paths on the first neighbour, the last one by a bond; one on the third */
struct relink_ctx {
	struct toe_net *tn;
	struct fake_dev *fd;
	struct neighbour *n[3];
	int refs[3];
	struct toe_path *path[NR_PATHS], *other;
};

static struct toe_path *relink_path(struct relink_ctx *ctx, u8 host, int i,
				    bool lag)
{
	struct toe_path_state ps = fake_path_state(host);
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_link link = {
		.tdev = tdev,
		.nr = lag,
		.hop = {{
			.type = TOE_OBJECT_LAG,
			.dev = init_net.loopback_dev,
		}},
	};
	struct toe_path *path;

	spin_lock_bh(&tdev->priv->obj_lock);
	path = __toe_path_get(tdev, &ps, ctx->n[i], &link);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return path;
}

static int relink_init(struct kunit *test)
{
	struct relink_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->tn = fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	ctx->fd->next_nic = 100;
	for (i = 0; i < ARRAY_SIZE(ctx->n); i++) {
		ctx->n[i] = fake_neigh(test, ctx->fd, 10 + i);
		ctx->refs[i] = refcount_read(&ctx->n[i]->refcnt);
	}
	for (i = 0; i < NR_PATHS; i++) {
		ctx->path[i] = relink_path(ctx, i, 0, i == NR_PATHS - 1);
		KUNIT_ASSERT_NOT_NULL(test, ctx->path[i]);
	}
	ctx->other = relink_path(ctx, 99, 2, false);
	KUNIT_ASSERT_NOT_NULL(test, ctx->other);
	ctx->path[0]->neigh->nic = 20;
	return 0;
}

/* Whoever moved where: nothing is left, and no reference is missing */
static void relink_exit(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;
	struct toe_dev *tdev = &ctx->fd->tdev;
	int i;

	spin_lock_bh(&tdev->priv->obj_lock);
	for (i = 0; i < NR_PATHS; i++)
		__toe_path_put(tdev, ctx->path[i]);
	__toe_path_put(tdev, ctx->other);
	spin_unlock_bh(&tdev->priv->obj_lock);
	KUNIT_EXPECT_TRUE(test, list_empty(&tdev->priv->neighs));
	KUNIT_EXPECT_TRUE(test, list_empty(&tdev->priv->mids));
	for (i = 0; i < ARRAY_SIZE(ctx->n); i++) {
		KUNIT_EXPECT_EQ(test, (int)refcount_read(&ctx->n[i]->refcnt),
				ctx->refs[i]);
		neigh_release(ctx->n[i]);
	}
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

static int relink(struct relink_ctx *ctx, int to)
{
	struct toe_dev *tdev = &ctx->fd->tdev;
	int err;

	spin_lock_bh(&tdev->priv->obj_lock);
	err = __toe_neigh_relink(tdev, ctx->path[0]->neigh, ctx->n[to]);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return err;
}

static u64 relinked(struct relink_ctx *ctx)
{
	struct toe_mib mib;

	toe_mib_read(ctx->tn, &mib);
	return mib.item[TOE_MIB_RELINKED];
}

static void relink_expect_on(struct kunit *test, int i)
{
	struct relink_ctx *ctx = test->priv;
	struct toe_neigh *tn = ctx->path[0]->neigh;
	int p;

	KUNIT_EXPECT_PTR_EQ(test, tn->n, ctx->n[i]);
	for (p = 0; p < NR_PATHS; p++)
		KUNIT_EXPECT_PTR_EQ(test, ctx->path[p]->neigh, tn);
	KUNIT_EXPECT_PTR_EQ(test, ctx->path[NR_PATHS - 1]->mid->neigh, tn);
	KUNIT_EXPECT_PTR_EQ(test, ctx->other->neigh->n, ctx->n[2]);
}

static void relink_moves_all_at_once(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;
	struct fake_dev *fd = ctx->fd;

	KUNIT_EXPECT_EQ(test, relink(ctx, 1), 0);
	relink_expect_on(test, 1);
	/* the old one, the new one; then the old one is gone */
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 3u);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_RELINK], 2u);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 20u);
	KUNIT_EXPECT_EQ(test, fd->calls[1].nic, 0u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[2].op, FAKE_INVALIDATE);
	KUNIT_EXPECT_EQ(test, fd->calls[2].nic, 20u);
	KUNIT_EXPECT_EQ(test, ctx->path[0]->neigh->nic, 100u);
	KUNIT_EXPECT_EQ(test, ctx->path[0]->neigh->users, (u32)NR_PATHS);
	KUNIT_EXPECT_EQ(test, relinked(ctx), (u64)NR_PATHS);
}

/* The new one has paths of its own */
static void relink_joins_others(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;

	ctx->other->neigh->nic = 30;
	KUNIT_EXPECT_EQ(test, relink(ctx, 2), 0);
	relink_expect_on(test, 2);
	KUNIT_EXPECT_PTR_EQ(test, ctx->path[0]->neigh, ctx->other->neigh);
	KUNIT_EXPECT_EQ(test, ctx->fd->calls[1].nic, 30u);
	KUNIT_EXPECT_EQ(test, ctx->other->neigh->users, (u32)NR_PATHS + 1);
}

/* None of it is down: nobody has to be asked */
static void relink_not_down(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;

	ctx->path[0]->neigh->nic = 0;
	KUNIT_EXPECT_EQ(test, relink(ctx, 1), 0);
	relink_expect_on(test, 1);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

static u16 relink_refuse(struct fake_dev *fd, const struct toe_block *blk)
{
	return TOE_REFUSAL_NIC_NEIGH_ENTRIES;
}

static void relink_refused_changes_nothing(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;

	ctx->fd->judge = relink_refuse;
	KUNIT_EXPECT_EQ(test, relink(ctx, 1), -EBUSY);
	relink_expect_on(test, 0);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_INVALIDATE], 0u);
	KUNIT_EXPECT_EQ(test, relinked(ctx), 0ull);
}

static void relink_dead_device(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;

	ctx->fd->err = -EIO;
	KUNIT_EXPECT_EQ(test, relink(ctx, 1), -EIO);
	relink_expect_on(test, 0);
	ctx->fd->tdev.priv->dead = true;
	KUNIT_EXPECT_EQ(test, relink(ctx, 1), -EIO);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr[FAKE_RELINK], 2u);
}

static void relink_without_operation(struct kunit *test)
{
	struct relink_ctx *ctx = test->priv;
	struct toe_ops ops = *ctx->fd->tdev.ops;
	const struct toe_ops *all = ctx->fd->tdev.ops;

	ops.relink = NULL;
	ctx->fd->tdev.ops = &ops;
	KUNIT_EXPECT_EQ(test, relink(ctx, 1), -EOPNOTSUPP);
	relink_expect_on(test, 0);
	ctx->fd->tdev.ops = all;
}

static struct kunit_case relink_cases[] = {
	KUNIT_CASE(relink_moves_all_at_once),
	KUNIT_CASE(relink_joins_others),
	KUNIT_CASE(relink_not_down),
	KUNIT_CASE(relink_refused_changes_nothing),
	KUNIT_CASE(relink_dead_device),
	KUNIT_CASE(relink_without_operation),
	{ }
};

static struct kunit_suite toe_relink_suite = {
	.name = "toe_relink",
	.init = relink_init,
	.exit = relink_exit,
	.test_cases = relink_cases,
};

kunit_test_suite(toe_relink_suite);
