// SPDX-License-Identifier: GPL-2.0-only
/* What a connection is worth, and whom the clock hand finds */
#include "../net/toe/evict.c"

#include "fakes.h"

#define INTERVAL	HZ

/* ---- value ----------------------------------------------------------------- */

static void value_needs_two_looks(struct kunit *test)
{
	struct toe_value v = {};

	KUNIT_EXPECT_FALSE(test, toe_value_look(&v, 5000, 100, INTERVAL));
	KUNIT_EXPECT_FALSE(test, toe_value_look(&v, 9000, 100 + INTERVAL - 1,
						INTERVAL));
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 9000, 100 + INTERVAL,
					       INTERVAL));
	KUNIT_EXPECT_EQ(test, v.rate, 4000u);
}

static void value_is_that_of_the_last_interval(struct kunit *test)
{
	struct toe_value v = {};

	toe_value_look(&v, 0, 0, INTERVAL);
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 1000, INTERVAL, INTERVAL));
	/* within an interval it is the one before */
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 900000, INTERVAL + 1,
					       INTERVAL));
	KUNIT_EXPECT_EQ(test, v.rate, 1000u);
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 5000, 3 * INTERVAL,
					       INTERVAL));
	KUNIT_EXPECT_EQ(test, v.rate, 2000u);
}

static void value_of_long_ago_is_none(struct kunit *test)
{
	unsigned long late = (TOE_VALUE_OLD + 1) * INTERVAL;
	struct toe_value v = {};

	toe_value_look(&v, 0, 0, INTERVAL);
	KUNIT_EXPECT_FALSE(test, toe_value_look(&v, 100, late, INTERVAL));
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 300, late + INTERVAL,
					       INTERVAL));
	KUNIT_EXPECT_EQ(test, v.rate, 200u);
	/* what was known is not believed for ever */
	KUNIT_EXPECT_FALSE(test, toe_value_look(&v, 300, 3 * late, INTERVAL));
}

static void value_has_no_overflow(struct kunit *test)
{
	struct toe_value v = {};

	toe_value_look(&v, 0, (unsigned long)-INTERVAL, INTERVAL);
	KUNIT_EXPECT_TRUE(test, toe_value_look(&v, 1ULL << 50, 0, INTERVAL));
	KUNIT_EXPECT_EQ(test, v.rate, U32_MAX);
	KUNIT_EXPECT_FALSE(test, toe_value_above(U32_MAX, U32_MAX));
	KUNIT_EXPECT_FALSE(test, toe_value_above(U32_MAX, U32_MAX / 2));
}

static void value_above_is_several_times(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, toe_value_above(0, 0));
	KUNIT_EXPECT_FALSE(test, toe_value_above(TOE_VALUE_LEAST, 0));
	KUNIT_EXPECT_TRUE(test, toe_value_above(TOE_VALUE_LEAST + 1, 0));
	KUNIT_EXPECT_FALSE(test, toe_value_above(100000, 100000));
	KUNIT_EXPECT_FALSE(test, toe_value_above(404096, 100000));
	KUNIT_EXPECT_TRUE(test, toe_value_above(404097, 100000));
}

/* ---- the hand -------------------------------------------------------------- */

#define MANY	(4 * TOE_EVICT_LOOK)

struct hand {
	struct toe_net *tn;
	struct fake_dev *fd;
	struct socket *sock;
	struct toe_conn *heir;
	struct toe_conn *conns[MANY];
};

/* Down for long; all of them look at the counters of one socket */
static struct toe_conn *down_conn(struct kunit *test)
{
	struct hand *h = test->priv;
	struct toe_conn *conn = fake_conn(test, h->tn, TOE_STATE_OFFLOADED);

	conn->sk = h->sock->sk;
	conn->tdev = &h->fd->tdev;
	conn->changed = jiffies - 3600 * HZ;
	list_add_tail(&conn->dev_node, &h->fd->tdev.priv->conns);
	atomic_inc(&h->fd->tdev.priv->nr_conns);
	return conn;
}

/* As looked at half an interval ago, and known then */
static void worth(struct toe_conn *conn, u32 rate)
{
	conn->value = (struct toe_value){
		.at = jiffies - INTERVAL / 2,
		.rate = rate,
		.marked = true,
		.known = true,
	};
}

static int hand_init(struct kunit *test)
{
	struct hand *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, h);
	test->priv = h;
	h->tn = fake_net_init(test);
	h->tn->retry_ms = 1000;
	h->fd = fake_dev_new(test);
	h->sock = fake_sock(test);
	h->heir = fake_conn(test, h->tn, TOE_STATE_HOST);
	for (i = 0; i < MANY; i++)
		h->conns[i] = down_conn(test);
	return 0;
}

static void hand_exit(struct kunit *test)
{
	struct hand *h = test->priv;

	INIT_LIST_HEAD(&h->fd->tdev.priv->conns);
	atomic_set(&h->fd->tdev.priv->nr_conns, 0);
	sock_release(h->sock);
	fake_dev_free(h->fd);
	fake_net_exit();
}

/* Whom one at @rate would find; the reference is put */
static struct toe_conn *found(struct kunit *test, u32 rate)
{
	struct hand *h = test->priv;
	struct toe_search s = {
		.heir = h->heir,
		.rate = rate,
		.interval = INTERVAL,
	};

	local_bh_disable();
	toe_evict_scan(&h->fd->tdev, &s);
	local_bh_enable();
	if (s.best)
		refcount_dec(&s.best->ref);
	return s.best;
}

static void hand_first_marks(struct kunit *test)
{
	struct hand *h = test->priv;
	int i;

	KUNIT_EXPECT_NULL(test, found(test, 1000000));
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ_MSG(test, h->conns[i]->value.marked,
				    i < TOE_EVICT_LOOK, "%d", i);
	/* and waits until they are known */
	KUNIT_EXPECT_NULL(test, found(test, 1000000));
	KUNIT_EXPECT_FALSE(test, h->conns[TOE_EVICT_LOOK]->value.marked);
}

static void hand_finds_the_least(struct kunit *test)
{
	struct hand *h = test->priv;
	int i;

	for (i = 0; i < MANY; i++)
		worth(h->conns[i], 1000 + i);
	worth(h->conns[7], 10);
	worth(h->conns[TOE_EVICT_LOOK], 0);	/* not in sight */
	KUNIT_EXPECT_PTR_EQ(test, found(test, 1000000), h->conns[7]);
	h->conns[7]->evicting = true;
	KUNIT_EXPECT_PTR_EQ(test, found(test, 1000000), h->conns[0]);
}

static void hand_passes_the_busy(struct kunit *test)
{
	struct hand *h = test->priv;
	int i;

	for (i = 0; i < MANY; i++)
		worth(h->conns[i], 500000);
	worth(h->conns[MANY - 1], 0);
	for (i = 0; i < MANY / TOE_EVICT_LOOK - 1; i++)
		KUNIT_EXPECT_NULL(test, found(test, 1000000));
	KUNIT_EXPECT_PTR_EQ(test, found(test, 1000000), h->conns[MANY - 1]);
}

static void hand_spares(struct kunit *test)
{
	struct toe_net other = { .retry_ms = 1000 };
	struct hand *h = test->priv;
	int i;

	for (i = 0; i < MANY; i++)
		worth(h->conns[i], 500000);
	for (i = 0; i < 4; i++)
		worth(h->conns[i], 0);
	__set_bit(TOE_CONN_WANT, &h->conns[0]->flags);
	h->conns[1]->changed = jiffies;
	h->conns[2]->tn = &other;
	h->conns[3]->evicting = true;
	for (i = 0; i < 2 * MANY / TOE_EVICT_LOOK; i++)
		KUNIT_EXPECT_NULL(test, found(test, 1000000));
	h->conns[2]->tn = h->tn;
}

static void hand_serves_the_quota(struct kunit *test)
{
	struct hand *h = test->priv;
	struct toe_search s = {
		.heir = h->heir,
		.rate = 1000000,
		.interval = INTERVAL,
		.quotas = BIT_ULL(5),
	};
	int i;

	for (i = 0; i < MANY; i++)
		worth(h->conns[i], 0);
	h->conns[9]->quotas = BIT_ULL(5) | BIT_ULL(6);
	h->conns[8]->quotas = BIT_ULL(6);
	local_bh_disable();
	toe_evict_scan(&h->fd->tdev, &s);
	local_bh_enable();
	KUNIT_ASSERT_PTR_EQ(test, s.best, h->conns[9]);
	refcount_dec(&s.best->ref);
}

static struct kunit_case evict_cases[] = {
	KUNIT_CASE(value_needs_two_looks),
	KUNIT_CASE(value_is_that_of_the_last_interval),
	KUNIT_CASE(value_of_long_ago_is_none),
	KUNIT_CASE(value_has_no_overflow),
	KUNIT_CASE(value_above_is_several_times),
	{ }
};

static struct kunit_case hand_cases[] = {
	KUNIT_CASE(hand_first_marks),
	KUNIT_CASE(hand_finds_the_least),
	KUNIT_CASE(hand_passes_the_busy),
	KUNIT_CASE(hand_spares),
	KUNIT_CASE(hand_serves_the_quota),
	{ }
};

static struct kunit_suite toe_value_suite = {
	.name = "toe_value",
	.test_cases = evict_cases,
};

static struct kunit_suite toe_hand_suite = {
	.name = "toe_evict",
	.init = hand_init,
	.exit = hand_exit,
	.test_cases = hand_cases,
};

kunit_test_suites(&toe_value_suite, &toe_hand_suite);
