// SPDX-License-Identifier: GPL-2.0-only
#include "../sim_nic/hw.h"

#include <kunit/test.h>

/* The unit is part of this file so that its cache has another name than that
 * of simtoe_hw.ko, which may be there at the same time.
 */
#undef KMEM_CACHE
#define KMEM_CACHE(s, f) \
	kmem_cache_create("kunit_" #s, sizeof(struct s), 0, f, NULL)
#include "../sim_nic/table.c"

#define NR_CONNS	4
#define NR_PATHS	3
#define NR_NEIGHS	2

static int table_suite_init(struct kunit_suite *suite)
{
	return sim_table_module_init();
}

static void table_suite_exit(struct kunit_suite *suite)
{
	sim_table_module_exit();
}

static int table_init(struct kunit *test)
{
	struct sim_hw *hw = kunit_kzalloc(test, sizeof(*hw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, hw);
	test->priv = hw;
	hw->caps = (struct sim_caps){
		.tcp_entries = NR_CONNS,
		.path_entries = NR_PATHS,
		.neigh_entries = NR_NEIGHS,
	};
	return sim_table_init(hw);
}

static void table_exit(struct kunit *test)
{
	struct sim_hw *hw = test->priv;

	sim_table_flush(hw);
	KUNIT_EXPECT_EQ(test, hw->nr_conns, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_paths, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_neighs, 0u);
	KUNIT_EXPECT_TRUE(test, xa_empty(&hw->conns));
	KUNIT_EXPECT_TRUE(test, xa_empty(&hw->paths));
	KUNIT_EXPECT_TRUE(test, xa_empty(&hw->neighs));
	KUNIT_EXPECT_EQ(test, atomic_read(&hw->hash.nelems), 0);
	sim_table_exit(hw);
	rcu_barrier();
}

/* ---- makers ------------------------------------------------------------------ */

static struct eng_state tcp_state(u16 sport, u16 dport)
{
	return (struct eng_state){
		.c = { .sport = sport, .dport = dport },
		.h = { .mss = 1448, .ttl = 64, .rto_min_us = 200000 },
		.d = {
			.snd_una = 100, .snd_nxt = 100, .snd_wnd = 65535,
			.rcv_nxt = 200, .rcv_edge = 200 + 65535,
			.cwnd = 14480, .ssthresh = 0x7fffffff,
			.min_rtt_us = ~0u, .rto_us = 1000000,
			.timer_us = ENG_TIMER_OFF,
		},
	};
}

static struct sim_path_state path_state(u16 family, u8 host)
{
	struct sim_path_state s = { .family = family, .mtu = 1500 };
	int len = family == AF_INET ? 4 : 16;

	s.saddr[0] = 10;
	s.saddr[len - 1] = 1;
	s.daddr[0] = 10;
	s.daddr[len - 1] = host;
	return s;
}

static enum sim_status add_neigh(struct sim_hw *hw, u8 tag, u32 *handle)
{
	struct sim_neigh_state s = { .dst_mac = { 2, 0, 0, 0, 0, tag } };
	struct sim_node n = { .type = SIM_OBJ_NEIGH, .neigh = &s };
	enum sim_status status;

	spin_lock_bh(&hw->mbox_lock);
	status = sim_neigh_add(hw, &n);
	spin_unlock_bh(&hw->mbox_lock);
	*handle = n.handle;
	return status;
}

static enum sim_status add_path_family(struct sim_hw *hw, u32 neigh,
				       u16 family, u8 host, u32 *handle)
{
	struct sim_path_state s = path_state(family, host);
	struct sim_node n = { .type = SIM_OBJ_PATH, .path = &s };
	enum sim_status status;

	spin_lock_bh(&hw->mbox_lock);
	status = sim_path_add(hw, sim_neigh_get(hw, neigh), NULL, &n);
	spin_unlock_bh(&hw->mbox_lock);
	*handle = n.handle;
	return status;
}

static enum sim_status add_path(struct sim_hw *hw, u32 neigh, u8 host,
				u32 *handle)
{
	return add_path_family(hw, neigh, AF_INET, host, handle);
}

static enum sim_status add_state(struct sim_hw *hw, u32 path,
				 struct eng_state *st, u32 *handle)
{
	struct sim_node n = { .type = SIM_OBJ_TCP, .tcp = st, .cookie = 42 };
	enum sim_status status;

	spin_lock_bh(&hw->mbox_lock);
	status = sim_conn_add(hw, sim_path_get(hw, path), &n);
	spin_unlock_bh(&hw->mbox_lock);
	*handle = n.handle;
	return status;
}

static enum sim_status add_conn(struct sim_hw *hw, u32 path, u16 sport,
				u32 *handle)
{
	struct eng_state st = tcp_state(sport, 80);

	return add_state(hw, path, &st, handle);
}

static void del_conn(struct sim_hw *hw, u32 handle)
{
	struct sim_conn *conn;

	rcu_read_lock();
	spin_lock_bh(&hw->mbox_lock);
	conn = sim_conn_get(hw, handle);
	if (conn) {
		spin_lock(&conn->lock);
		sim_conn_del(conn);
		spin_unlock(&conn->lock);
	}
	spin_unlock_bh(&hw->mbox_lock);
	rcu_read_unlock();
}

static void del_path(struct sim_hw *hw, u32 handle)
{
	spin_lock_bh(&hw->mbox_lock);
	sim_path_del(hw, sim_path_get(hw, handle));
	spin_unlock_bh(&hw->mbox_lock);
}

static void del_neigh(struct sim_hw *hw, u32 handle)
{
	spin_lock_bh(&hw->mbox_lock);
	sim_neigh_del(hw, sim_neigh_get(hw, handle));
	spin_unlock_bh(&hw->mbox_lock);
}

static bool has_conn(struct sim_hw *hw, u32 handle)
{
	bool ret;

	rcu_read_lock();
	ret = sim_conn_get(hw, handle);
	rcu_read_unlock();
	return ret;
}

/* Neighbour and path to 10.0.0.@host */
static u32 ground(struct kunit *test, u8 host)
{
	struct sim_hw *hw = test->priv;
	u32 neigh, path;

	KUNIT_ASSERT_EQ(test, add_neigh(hw, host, &neigh), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_path(hw, neigh, host, &path), SIM_OK);
	return path;
}

static struct sim_key key4(u8 host, u16 lport, u16 rport)
{
	struct sim_key key = {
		.laddr = { htonl(0x0a000001) },
		.raddr = { htonl(0x0a000000 | host) },
		.lport = htons(lport),
		.rport = htons(rport),
		.family = AF_INET,
	};

	return key;
}

static u32 lookup(struct sim_hw *hw, const struct sim_key *key)
{
	struct sim_conn *conn;
	u32 handle;

	rcu_read_lock();
	conn = sim_conn_lookup(hw, key);
	handle = conn ? conn->handle : 0;
	rcu_read_unlock();
	return handle;
}

static u32 lookup4(struct sim_hw *hw, u8 host, u16 lport, u16 rport)
{
	struct sim_key key = key4(host, lport, rport);

	return lookup(hw, &key);
}

/* ---- cases --------------------------------------------------------------------- */

static void table_add_and_lookup(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), a, b;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1001, &b), SIM_OK);
	KUNIT_EXPECT_NE(test, a, 0u);
	KUNIT_EXPECT_NE(test, a, b);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 80), a);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1001, 80), b);
	KUNIT_EXPECT_TRUE(test, has_conn(hw, a));
	KUNIT_EXPECT_EQ(test, hw->nr_conns, 2u);
}

static void table_lookup_others(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), a;
	struct sim_key key;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 80, 1000), 0u);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 3, 1000, 80), 0u);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 81), 0u);
	key = key4(2, 1000, 80);
	key.family = AF_INET6;
	KUNIT_EXPECT_EQ(test, lookup(hw, &key), 0u);
}

static void table_ipv6_uses_all_bytes(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	struct sim_key key = { .family = AF_INET6, .lport = htons(1000),
			       .rport = htons(80) };
	u32 neigh, path, a;

	KUNIT_ASSERT_EQ(test, add_neigh(hw, 1, &neigh), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_path_family(hw, neigh, AF_INET6, 9, &path),
			SIM_OK);
	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	key.laddr[0] = htonl(0x0a000000);
	key.laddr[3] = htonl(1);
	key.raddr[0] = htonl(0x0a000000);
	key.raddr[3] = htonl(9);
	KUNIT_EXPECT_EQ(test, lookup(hw, &key), a);
	key.raddr[3] = htonl(8);
	KUNIT_EXPECT_EQ(test, lookup(hw, &key), 0u);
}

static void table_duplicate(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), a, b;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000, &b), SIM_E_DUPLICATE);
	KUNIT_EXPECT_EQ(test, b, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_conns, 1u);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 80), a);
	del_conn(hw, a);
	KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000, &b), SIM_OK);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 80), b);
}

/* A duplicate must not use up what it did not get */
static void table_duplicate_keeps_room(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), h;
	int i;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &h), SIM_OK);
	for (i = 0; i < 10 * NR_CONNS; i++)
		KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000, &h),
				SIM_E_DUPLICATE);
	for (i = 1; i < NR_CONNS; i++)
		KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000 + i, &h),
				SIM_OK);
}

static void table_capacity_conns(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), h[NR_CONNS + 1];
	int i;

	for (i = 0; i < NR_CONNS; i++)
		KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000 + i, &h[i]),
				SIM_OK);
	KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000 + i, &h[i]),
			SIM_E_TCP_ENTRIES);
	KUNIT_EXPECT_EQ(test, h[i], 0u);
	del_conn(hw, h[1]);
	KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000 + i, &h[i]), SIM_OK);
	KUNIT_EXPECT_EQ(test, hw->nr_conns, (u32)NR_CONNS);
}

static void table_capacity_paths_and_neighs(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 neigh[NR_NEIGHS], path[NR_PATHS], h;
	int i;

	for (i = 0; i < NR_NEIGHS; i++)
		KUNIT_EXPECT_EQ(test, add_neigh(hw, i, &neigh[i]), SIM_OK);
	KUNIT_EXPECT_EQ(test, add_neigh(hw, 9, &h), SIM_E_NEIGH_ENTRIES);
	KUNIT_EXPECT_EQ(test, h, 0u);
	for (i = 0; i < NR_PATHS; i++)
		KUNIT_EXPECT_EQ(test, add_path(hw, neigh[0], i, &path[i]),
				SIM_OK);
	KUNIT_EXPECT_EQ(test, add_path(hw, neigh[0], 9, &h),
			SIM_E_PATH_ENTRIES);
	KUNIT_EXPECT_EQ(test, h, 0u);
	del_path(hw, path[0]);
	del_neigh(hw, neigh[1]);
	KUNIT_EXPECT_EQ(test, add_path(hw, neigh[0], 9, &h), SIM_OK);
	KUNIT_EXPECT_EQ(test, add_neigh(hw, 9, &h), SIM_OK);
}

static void table_handle_wrong(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), a;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	KUNIT_EXPECT_FALSE(test, has_conn(hw, 0));
	KUNIT_EXPECT_FALSE(test, has_conn(hw, ~0u));
	KUNIT_EXPECT_FALSE(test, has_conn(hw, a + 1));
	KUNIT_EXPECT_FALSE(test, has_conn(hw, SIM_HANDLE_INDEX(a)));
	KUNIT_EXPECT_FALSE(test, has_conn(hw, a ^
					  (1u << SIM_HANDLE_INDEX_BITS)));
}

/* The place is used again, the handle is not */
static void table_generation_reuse(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), last = 0, h;
	int i;

	hw->caps.tcp_entries = 1;
	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &h), SIM_OK);
		KUNIT_EXPECT_EQ(test, SIM_HANDLE_INDEX(h), 1u);
		KUNIT_EXPECT_NE(test, h, last);
		if (last)
			KUNIT_EXPECT_FALSE(test, has_conn(hw, last));
		KUNIT_EXPECT_TRUE(test, has_conn(hw, h));
		del_conn(hw, h);
		KUNIT_EXPECT_FALSE(test, has_conn(hw, h));
		last = h;
	}
}

/* Handle 0 means none, so generation 0 must not come up with it */
static void table_generation_wraps(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), h;
	int i;

	hw->gen = SIM_GEN_MASK - 2;
	for (i = 0; i < NR_CONNS; i++) {
		KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000 + i, &h),
				SIM_OK);
		KUNIT_EXPECT_NE(test, SIM_HANDLE_GEN(h), 0u);
		KUNIT_EXPECT_TRUE(test, has_conn(hw, h));
	}
}

static void table_bad_state_leaves_nothing(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	struct eng_state st = tcp_state(1000, 80);
	u32 path = ground(test, 2), h;

	st.h.mss = 0;
	KUNIT_EXPECT_EQ(test, add_state(hw, path, &st, &h), SIM_E_INVALID);
	KUNIT_EXPECT_EQ(test, h, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_conns, 0u);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 80), 0u);
	KUNIT_EXPECT_TRUE(test, xa_empty(&hw->conns));
}

/* The host may forget a layer before what stands on it; KASAN looks on */
static void table_layers_outlive_their_handles(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 neigh, path, h;
	struct sim_conn *conn;

	KUNIT_ASSERT_EQ(test, add_neigh(hw, 7, &neigh), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_path(hw, neigh, 2, &path), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &h), SIM_OK);
	del_neigh(hw, neigh);
	del_path(hw, path);
	KUNIT_EXPECT_EQ(test, hw->nr_neighs, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_paths, 0u);
	rcu_barrier();
	rcu_read_lock();
	conn = sim_conn_get(hw, h);
	KUNIT_EXPECT_NOT_NULL(test, conn);
	if (conn) {
		KUNIT_EXPECT_EQ(test, (int)conn->path->s.mtu, 1500);
		KUNIT_EXPECT_EQ(test, conn->path->neigh->dst_mac,
				0x020000000007ull);
		KUNIT_EXPECT_EQ(test, conn->path->refs, 1u);
		KUNIT_EXPECT_EQ(test, conn->path->neigh->refs, 1u);
	}
	rcu_read_unlock();
	del_conn(hw, h);
}

static void table_flush_forgets_all(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), h;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &h), SIM_OK);
	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1001, &h), SIM_OK);
	sim_table_flush(hw);
	KUNIT_EXPECT_EQ(test, lookup4(hw, 2, 1000, 80), 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_conns, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_paths, 0u);
	KUNIT_EXPECT_EQ(test, hw->nr_neighs, 0u);
	path = ground(test, 2);
	KUNIT_EXPECT_EQ(test, add_conn(hw, path, 1000, &h), SIM_OK);
}

/* Two whose handles have the same low bits: each is found, whoever was in use
 * last, and who leaves does not take the other one's place along.
 */
static void table_hot_place_shared(struct kunit *test)
{
	struct sim_hw *hw = test->priv;
	u32 path = ground(test, 2), a, b;
	struct sim_conn *conn;

	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1000, &a), SIM_OK);
	hw->caps.tcp_entries = 2 * SIM_HOT;
	hw->conn_next = SIM_HANDLE_INDEX(a) + SIM_HOT;
	KUNIT_ASSERT_EQ(test, add_conn(hw, path, 1001, &b), SIM_OK);
	KUNIT_ASSERT_EQ(test, a % SIM_HOT, b % SIM_HOT);
	KUNIT_ASSERT_NE(test, a, b);

	rcu_read_lock();
	conn = sim_conn_get(hw, a);
	KUNIT_EXPECT_PTR_EQ(test, hw->hot[b % SIM_HOT], sim_conn_get(hw, b));
	spin_lock_bh(&conn->lock);
	KUNIT_EXPECT_EQ(test, conn->handle, a);
	sim_conn_heat(conn);
	spin_unlock_bh(&conn->lock);
	KUNIT_EXPECT_PTR_EQ(test, hw->hot[a % SIM_HOT], conn);
	rcu_read_unlock();

	del_conn(hw, b);
	KUNIT_EXPECT_FALSE(test, has_conn(hw, b));
	KUNIT_EXPECT_TRUE(test, has_conn(hw, a));
	KUNIT_EXPECT_NOT_NULL(test, hw->hot[a % SIM_HOT]);
	del_conn(hw, a);
	KUNIT_EXPECT_FALSE(test, has_conn(hw, a));
	KUNIT_EXPECT_PTR_EQ(test, hw->hot[a % SIM_HOT],
			    (struct sim_conn *)NULL);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(table_add_and_lookup),
	KUNIT_CASE(table_lookup_others),
	KUNIT_CASE(table_ipv6_uses_all_bytes),
	KUNIT_CASE(table_duplicate),
	KUNIT_CASE(table_duplicate_keeps_room),
	KUNIT_CASE(table_capacity_conns),
	KUNIT_CASE(table_capacity_paths_and_neighs),
	KUNIT_CASE(table_handle_wrong),
	KUNIT_CASE(table_generation_reuse),
	KUNIT_CASE(table_generation_wraps),
	KUNIT_CASE(table_bad_state_leaves_nothing),
	KUNIT_CASE(table_layers_outlive_their_handles),
	KUNIT_CASE(table_flush_forgets_all),
	KUNIT_CASE(table_hot_place_shared),
	{ }
};

static struct kunit_suite sim_table_suite = {
	.name = "sim_table",
	.suite_init = table_suite_init,
	.suite_exit = table_suite_exit,
	.init = table_init,
	.exit = table_exit,
	.test_cases = table_cases,
};

kunit_test_suite(sim_table_suite);
