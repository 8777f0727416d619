// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include "../net/toe/dev.h"
#include "../net/toe/link.h"
#include "../net/toe/object.h"

#define MAX_NEIGHS	3

struct object_ctx {
	struct fake_dev *fd;
	struct neighbour *n[MAX_NEIGHS];
	int refs[MAX_NEIGHS];
};

static int object_init(struct kunit *test)
{
	struct object_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	for (i = 0; i < MAX_NEIGHS; i++) {
		ctx->n[i] = fake_neigh(test, ctx->fd, 10 + i);
		ctx->refs[i] = refcount_read(&ctx->n[i]->refcnt);
	}
	return 0;
}

/* Whatever a test did, nothing of it may be left */
static void object_exit(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_dev_priv *priv = ctx->fd->tdev.priv;
	int i;

	KUNIT_EXPECT_TRUE(test, list_empty(&priv->neighs));
	KUNIT_EXPECT_TRUE(test, list_empty(&priv->mids));
	for (i = 0; i < TOE_PATH_BUCKETS; i++)
		KUNIT_EXPECT_TRUE(test, hlist_empty(&priv->paths[i]));
	for (i = 0; i < MAX_NEIGHS; i++) {
		KUNIT_EXPECT_EQ(test, (int)refcount_read(&ctx->n[i]->refcnt),
				ctx->refs[i]);
		neigh_release(ctx->n[i]);
	}
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

static struct toe_neigh *get_neigh(struct object_ctx *ctx, int i)
{
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_neigh *tn;

	spin_lock_bh(&tdev->priv->obj_lock);
	tn = __toe_neigh_get(tdev, ctx->n[i]);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return tn;
}

static void put_neigh(struct object_ctx *ctx, struct toe_neigh *tn)
{
	struct toe_dev *tdev = &ctx->fd->tdev;

	spin_lock_bh(&tdev->priv->obj_lock);
	__toe_neigh_put(tdev, tn);
	spin_unlock_bh(&tdev->priv->obj_lock);
}

static struct toe_path *get_path_state(struct object_ctx *ctx,
				       const struct toe_path_state *ps, int i)
{
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_path *path;

	spin_lock_bh(&tdev->priv->obj_lock);
	path = __toe_path_get(tdev, ps, ctx->n[i], NULL);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return path;
}

static struct toe_path *get_path(struct object_ctx *ctx, u8 host, int i)
{
	struct toe_path_state ps = fake_path_state(host);

	return get_path_state(ctx, &ps, i);
}

static void put_path(struct object_ctx *ctx, struct toe_path *path)
{
	struct toe_dev *tdev = &ctx->fd->tdev;

	spin_lock_bh(&tdev->priv->obj_lock);
	__toe_path_put(tdev, path);
	spin_unlock_bh(&tdev->priv->obj_lock);
}

/* ---- neighbours --------------------------------------------------------- */

static void object_neigh_state(struct kunit *test)
{
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 10 };
	struct object_ctx *ctx = test->priv;
	struct toe_neigh *tn = get_neigh(ctx, 0);

	KUNIT_ASSERT_NOT_NULL(test, tn);
	KUNIT_EXPECT_EQ(test, memcmp(tn->state.h.dst_mac, mac, ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, memcmp(tn->state.c.src_mac,
				     ctx->fd->tdev.netdev->dev_addr,
				     ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, tn->nic, 0u);
	put_neigh(ctx, tn);
}

static void object_neigh_shared(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_neigh *a = get_neigh(ctx, 0), *b = get_neigh(ctx, 0);
	struct toe_neigh *other = get_neigh(ctx, 1);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_PTR_NE(test, a, other);
	KUNIT_EXPECT_EQ(test, a->users, 2u);
	KUNIT_EXPECT_EQ(test, (int)refcount_read(&ctx->n[0]->refcnt),
			ctx->refs[0] + 1);
	put_neigh(ctx, a);
	KUNIT_EXPECT_EQ(test, b->users, 1u);
	put_neigh(ctx, b);
	put_neigh(ctx, other);
}

static void object_neigh_put_invalidates_once(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_neigh *tn = get_neigh(ctx, 0);
	struct fake_dev *fd = ctx->fd;

	tn->nic = 77;
	get_neigh(ctx, 0);
	put_neigh(ctx, tn);
	KUNIT_EXPECT_EQ(test, fd->nr_calls, 0u);
	put_neigh(ctx, tn);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INVALIDATE], 1u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[0].type, TOE_OBJECT_NEIGH);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 77u);
}

/* The NIC never heard of it */
static void object_neigh_put_not_down(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;

	put_neigh(ctx, get_neigh(ctx, 0));
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

static void object_neigh_again_is_new(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_neigh *tn = get_neigh(ctx, 0);

	tn->nic = 77;
	put_neigh(ctx, tn);
	tn = get_neigh(ctx, 0);
	KUNIT_EXPECT_EQ(test, tn->nic, 0u);
	KUNIT_EXPECT_EQ(test, tn->users, 1u);
	put_neigh(ctx, tn);
}

/* ---- paths --------------------------------------------------------------- */

static void object_path_shared(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *a = get_path(ctx, 1, 0), *b = get_path(ctx, 1, 0);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_EQ(test, a->users, 2u);
	KUNIT_EXPECT_EQ(test, a->neigh->users, 1u);
	put_path(ctx, a);
	put_path(ctx, b);
}

static void path_other_saddr(struct toe_path_state *ps)
{
	ps->c.saddr = htonl(0xc0000202);
}

static void path_other_daddr(struct toe_path_state *ps)
{
	ps->c.daddr = htonl(0xc6336402);
}

static void path_other_family(struct toe_path_state *ps)
{
	ps->c.family = AF_INET6;
}

static void path_other_saddr6(struct toe_path_state *ps)
{
	ps->c.saddr6.s6_addr[15] = 1;
}

static void path_other_daddr6(struct toe_path_state *ps)
{
	ps->c.daddr6.s6_addr[15] = 1;
}

static void path_other_mtu(struct toe_path_state *ps)
{
	ps->h.mtu = 1400;
}

static void (* const path_others[])(struct toe_path_state *ps) = {
	path_other_saddr, path_other_daddr, path_other_family,
	path_other_saddr6, path_other_daddr6, path_other_mtu,
};

static void object_path_differs(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0), *other;
	struct toe_path_state ps;
	int i;

	for (i = 0; i < ARRAY_SIZE(path_others); i++) {
		ps = fake_path_state(1);
		path_others[i](&ps);
		other = get_path_state(ctx, &ps, 0);
		KUNIT_EXPECT_PTR_NE(test, path, other);
		KUNIT_EXPECT_PTR_EQ(test, path->neigh, other->neigh);
		put_path(ctx, other);
	}
	other = get_path(ctx, 1, 1);
	KUNIT_EXPECT_PTR_NE(test, path, other);
	KUNIT_EXPECT_PTR_NE(test, path->neigh, other->neigh);
	put_path(ctx, other);
	put_path(ctx, path);
}

/* A path depends on its neighbour: it goes first */
static void object_path_put_order(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);
	struct fake_dev *fd = ctx->fd;

	path->nic = 21;
	path->neigh->nic = 20;
	get_path(ctx, 1, 0);
	put_path(ctx, path);
	KUNIT_EXPECT_EQ(test, fd->nr_calls, 0u);
	put_path(ctx, path);
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 2u);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_INVALIDATE], 2u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[0].type, TOE_OBJECT_PATH);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 21u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[1].type, TOE_OBJECT_NEIGH);
	KUNIT_EXPECT_EQ(test, fd->calls[1].nic, 20u);
}

static void object_path_put_leaves_neigh_in_use(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *a = get_path(ctx, 1, 0), *b = get_path(ctx, 2, 0);
	struct fake_dev *fd = ctx->fd;

	a->nic = 21;
	b->nic = 22;
	a->neigh->nic = 20;
	KUNIT_EXPECT_EQ(test, a->neigh->users, 2u);
	put_path(ctx, a);
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 1u);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 21u);
	put_path(ctx, b);
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 3u);
	KUNIT_EXPECT_EQ(test, fd->calls[1].nic, 22u);
	KUNIT_EXPECT_EQ(test, fd->calls[2].nic, 20u);
}

/* The NIC took the neighbour and refused the path */
static void object_path_put_only_neigh_down(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);
	struct fake_dev *fd = ctx->fd;

	path->neigh->nic = 20;
	put_path(ctx, path);
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 1u);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 20u);
}

static void object_put_dead_device(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);
	struct fake_dev *fd = ctx->fd;

	path->nic = 21;
	path->neigh->nic = 20;
	fd->tdev.priv->dead = true;
	put_path(ctx, path);
	KUNIT_EXPECT_EQ(test, fd->nr_calls, 0u);
}

/* ---- VLANs between ---------------------------------------------------------- */

/* @vids: the hop that the route names first; ended by 0. The NIC's own device
 * stands for each of them, which is as good as any.
 */
static struct toe_path *get_path_vlan(struct object_ctx *ctx, u8 host,
				      const u16 *vids, struct net_device **devs)
{
	struct toe_path_state ps = fake_path_state(host);
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_link link = { .tdev = tdev };
	struct toe_path *path;

	for (; *vids; vids++)
		link.hop[link.nr++] = (struct toe_hop){
			.type = TOE_OBJECT_VLAN,
			.dev = *devs++,
			.vlan = { .proto = ETH_P_8021Q, .vid = *vids },
		};
	spin_lock_bh(&tdev->priv->obj_lock);
	path = __toe_path_get(tdev, &ps, ctx->n[0], &link);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return path;
}

static void object_vlan_chain_shared(struct kunit *test)
{
	static const u16 inner[] = { 30, 100, 0 }, outer[] = { 100, 0 };
	struct object_ctx *ctx = test->priv;
	struct net_device *devs[] = {
		init_net.loopback_dev, ctx->fd->tdev.netdev,
	};
	struct toe_path *a, *b, *c;

	a = get_path_vlan(ctx, 1, inner, devs);
	b = get_path_vlan(ctx, 2, inner, devs);
	c = get_path_vlan(ctx, 3, outer, devs + 1);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, a->mid);
	KUNIT_EXPECT_PTR_EQ(test, a->mid, b->mid);
	KUNIT_EXPECT_EQ(test, (int)a->mid->vlan.c.vid, 30);
	KUNIT_EXPECT_EQ(test, a->mid->users, 2u);
	/* the outer one carries a path and the inner one */
	KUNIT_EXPECT_PTR_EQ(test, a->mid->below, c->mid);
	KUNIT_EXPECT_EQ(test, (int)c->mid->vlan.c.vid, 100);
	KUNIT_EXPECT_EQ(test, c->mid->users, 2u);
	KUNIT_EXPECT_EQ(test, a->neigh->users, 1u);
	KUNIT_EXPECT_TRUE(test, toe_path_over(a, devs[0]));
	KUNIT_EXPECT_FALSE(test, toe_path_over(c, devs[0]));
	put_path(ctx, a);
	KUNIT_EXPECT_EQ(test, b->mid->users, 1u);
	put_path(ctx, c);
	KUNIT_EXPECT_EQ(test, b->mid->below->users, 1u);
	put_path(ctx, b);
}

/* From the top down: nothing is taken off what others stand on */
static void object_vlan_put_order(struct kunit *test)
{
	static const u16 vids[] = { 30, 100, 0 };
	static const u32 order[] = { 23, 22, 21, 20 };
	struct object_ctx *ctx = test->priv;
	struct net_device *devs[] = {
		init_net.loopback_dev, ctx->fd->tdev.netdev,
	};
	struct toe_path *path = get_path_vlan(ctx, 1, vids, devs);
	struct fake_dev *fd = ctx->fd;
	int i;

	path->neigh->nic = 20;
	path->mid->below->nic = 21;
	path->mid->nic = 22;
	path->nic = 23;
	put_path(ctx, path);
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 4u);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, fd->calls[i].nic, order[i]);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[1].type, TOE_OBJECT_VLAN);
}

/* ---- bonds between ---------------------------------------------------------- */

static struct toe_path *get_path_lag(struct object_ctx *ctx, u8 host)
{
	struct toe_path_state ps = fake_path_state(host);
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_link link = {
		.tdev = tdev,
		.nr = 1,
		.hop = {{
			.type = TOE_OBJECT_LAG,
			.dev = init_net.loopback_dev,
		}},
	};
	struct toe_path *path;

	spin_lock_bh(&tdev->priv->obj_lock);
	path = __toe_path_get(tdev, &ps, ctx->n[0], &link);
	spin_unlock_bh(&tdev->priv->obj_lock);
	return path;
}

static void object_lag_shared(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *a = get_path_lag(ctx, 1), *b = get_path_lag(ctx, 2);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, a->mid);
	KUNIT_EXPECT_PTR_EQ(test, a->mid, b->mid);
	KUNIT_EXPECT_EQ(test, (int)a->mid->type, TOE_OBJECT_LAG);
	KUNIT_EXPECT_EQ(test, a->mid->lag.c.id,
			(u32)init_net.loopback_dev->ifindex);
	KUNIT_EXPECT_EQ(test, (int)a->mid->lag.h.active, 1);
	KUNIT_EXPECT_EQ(test, a->mid->users, 2u);
	KUNIT_EXPECT_EQ(test, a->neigh->users, 1u);
	put_path(ctx, a);
	put_path(ctx, b);
}

/* Bonding says everything more than once */
static void object_lag_active_is_one_update(struct kunit *test)
{
	static const bool active[] = { true, false, false, true, true };
	struct object_ctx *ctx = test->priv;
	struct toe_path *a = get_path_lag(ctx, 1), *b = get_path_lag(ctx, 2);
	struct net_device *bond = init_net.loopback_dev;
	struct fake_dev *fd = ctx->fd;
	int i;

	a->mid->nic = 22;
	for (i = 0; i < ARRAY_SIZE(active); i++) {
		KUNIT_EXPECT_TRUE(test, toe_lag_active(&fd->tdev, bond,
						       active[i]));
		KUNIT_EXPECT_EQ(test, (int)a->mid->lag.h.active,
				(int)active[i]);
	}
	KUNIT_ASSERT_EQ(test, fd->nr_calls, 2u);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_UPDATE], 2u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[0].type, TOE_OBJECT_LAG);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 22u);
	/* another bond */
	KUNIT_EXPECT_FALSE(test, toe_lag_active(&fd->tdev, fd->tdev.netdev,
						false));
	KUNIT_EXPECT_EQ(test, (int)a->mid->lag.h.active, 1);
	put_path(ctx, a);
	put_path(ctx, b);
}

/* Not down yet: the initiate has to say it */
static void object_lag_active_not_down(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path_lag(ctx, 1);

	toe_lag_active(&ctx->fd->tdev, init_net.loopback_dev, false);
	KUNIT_EXPECT_EQ(test, (int)path->mid->lag.h.active, 0);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
	put_path(ctx, path);
}

static void object_lag_active_dead_device(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path_lag(ctx, 1);

	path->mid->nic = 22;
	ctx->fd->tdev.priv->dead = true;
	KUNIT_EXPECT_TRUE(test, toe_lag_active(&ctx->fd->tdev,
					       init_net.loopback_dev, false));
	put_path(ctx, path);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

static void object_path_mids_order(struct kunit *test)
{
	static const u16 vids[] = { 30, 100, 0 };
	struct object_ctx *ctx = test->priv;
	struct net_device *devs[] = {
		init_net.loopback_dev, ctx->fd->tdev.netdev,
	};
	struct toe_path *path = get_path_vlan(ctx, 1, vids, devs);
	struct toe_path *plain = get_path(ctx, 2, 0);
	struct toe_mid *mids[TOE_MAX_HOPS];

	KUNIT_ASSERT_EQ(test, toe_path_mids(path, mids), 2u);
	KUNIT_EXPECT_PTR_EQ(test, mids[0], path->mid->below);
	KUNIT_EXPECT_PTR_EQ(test, mids[1], path->mid);
	KUNIT_EXPECT_EQ(test, toe_path_mids(plain, mids), 0u);
	put_path(ctx, path);
	put_path(ctx, plain);
}

static bool match_host(const struct toe_path *path, const void *host)
{
	return (ntohl(path->state.c.daddr) & 0xff) == *(const u8 *)host;
}

/* What was revoked takes nobody any more, and its addresses get a new object */
static void object_path_revoked(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *a = get_path(ctx, 1, 0), *b = get_path(ctx, 2, 0);
	struct toe_dev *tdev = &ctx->fd->tdev;
	struct toe_path *again;
	u8 host = 1;

	KUNIT_EXPECT_EQ(test, toe_paths_revoke(tdev, match_host, &host,
					       TOE_UPLOAD_ROUTE), 1u);
	KUNIT_EXPECT_EQ(test, toe_paths_revoke(tdev, match_host, &host,
					       TOE_UPLOAD_LINK_DOWN), 0u);
	KUNIT_EXPECT_EQ(test, (int)a->up_reason, TOE_UPLOAD_ROUTE);
	KUNIT_EXPECT_EQ(test, (int)b->up_reason, TOE_UPLOAD_NONE);
	again = get_path(ctx, 1, 0);
	KUNIT_EXPECT_PTR_NE(test, a, again);
	KUNIT_EXPECT_PTR_EQ(test, a->neigh, again->neigh);
	put_path(ctx, a);
	put_path(ctx, b);
	put_path(ctx, again);
}

/* ---- a neighbour's new address -------------------------------------------- */

static void object_changed_is_one_update(struct kunit *test)
{
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0x55, 10 };
	struct object_ctx *ctx = test->priv;
	struct toe_path *path[8], *other = get_path(ctx, 1, 1);
	struct fake_dev *fd = ctx->fd;
	int i;

	for (i = 0; i < ARRAY_SIZE(path); i++)
		path[i] = get_path(ctx, i, 0);
	path[0]->neigh->nic = 20;
	other->neigh->nic = 30;
	fake_neigh_mac(ctx->n[0], 0x55, 10);
	toe_neigh_changed(&fd->tdev, ctx->n[0]);

	KUNIT_ASSERT_EQ(test, fd->nr_calls, 1u);
	KUNIT_EXPECT_EQ(test, fd->nr[FAKE_UPDATE], 1u);
	KUNIT_EXPECT_EQ(test, (int)fd->calls[0].type, TOE_OBJECT_NEIGH);
	KUNIT_EXPECT_EQ(test, fd->calls[0].nic, 20u);
	KUNIT_EXPECT_EQ(test, memcmp(fd->calls[0].dst_mac, mac, ETH_ALEN), 0);
	KUNIT_EXPECT_EQ(test, memcmp(path[0]->neigh->state.h.dst_mac, mac,
				     ETH_ALEN), 0);
	for (i = 0; i < ARRAY_SIZE(path); i++)
		put_path(ctx, path[i]);
	put_path(ctx, other);
}

static void object_changed_unknown(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);

	path->neigh->nic = 20;
	toe_neigh_changed(&ctx->fd->tdev, ctx->n[1]);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
	path->neigh->nic = 0;
	put_path(ctx, path);
}

/* Not down yet: the initiate has to carry the new address, not the one of the
 * time when the object was made.
 */
static void object_changed_before_initiate(struct kunit *test)
{
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0x55, 10 };
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);

	fake_neigh_mac(ctx->n[0], 0x55, 10);
	toe_neigh_changed(&ctx->fd->tdev, ctx->n[0]);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
	KUNIT_EXPECT_EQ(test, memcmp(path->neigh->state.h.dst_mac, mac,
				     ETH_ALEN), 0);
	put_path(ctx, path);
}

static void object_changed_dead_device(struct kunit *test)
{
	struct object_ctx *ctx = test->priv;
	struct toe_path *path = get_path(ctx, 1, 0);

	path->neigh->nic = 20;
	ctx->fd->tdev.priv->dead = true;
	toe_neigh_changed(&ctx->fd->tdev, ctx->n[0]);
	put_path(ctx, path);
	KUNIT_EXPECT_EQ(test, ctx->fd->nr_calls, 0u);
}

static struct kunit_case object_cases[] = {
	KUNIT_CASE(object_neigh_state),
	KUNIT_CASE(object_neigh_shared),
	KUNIT_CASE(object_neigh_put_invalidates_once),
	KUNIT_CASE(object_neigh_put_not_down),
	KUNIT_CASE(object_neigh_again_is_new),
	KUNIT_CASE(object_path_shared),
	KUNIT_CASE(object_path_differs),
	KUNIT_CASE(object_path_put_order),
	KUNIT_CASE(object_path_put_leaves_neigh_in_use),
	KUNIT_CASE(object_path_put_only_neigh_down),
	KUNIT_CASE(object_put_dead_device),
	KUNIT_CASE(object_vlan_chain_shared),
	KUNIT_CASE(object_vlan_put_order),
	KUNIT_CASE(object_lag_shared),
	KUNIT_CASE(object_lag_active_is_one_update),
	KUNIT_CASE(object_lag_active_not_down),
	KUNIT_CASE(object_lag_active_dead_device),
	KUNIT_CASE(object_path_mids_order),
	KUNIT_CASE(object_path_revoked),
	KUNIT_CASE(object_changed_is_one_update),
	KUNIT_CASE(object_changed_unknown),
	KUNIT_CASE(object_changed_before_initiate),
	KUNIT_CASE(object_changed_dead_device),
	{ }
};

static struct kunit_suite toe_object_suite = {
	.name = "toe_object",
	.init = object_init,
	.exit = object_exit,
	.test_cases = object_cases,
};

kunit_test_suite(toe_object_suite);
