// SPDX-License-Identifier: GPL-2.0-only
/* Which releases of a socket need no tick */
#include "fakes.h"

#include <linux/filter.h>
#include <net/tcp.h>

#include "../net/toe/conn.h"

#define EDGE	65536u

struct conn_ctx {
	struct fake_dev *fd;
	struct socket *sock;
	struct toe_conn *conn;
	struct dst_entry dst;		/* only that there is one */
	struct sk_filter filter;	/* ditto */
};

/* Offloaded, all posted, the window wide open, the route seen this jiffy */
static void conn_settle(struct conn_ctx *ctx)
{
	struct sock *sk = ctx->sock->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	sk->sk_state = TCP_ESTABLISHED;
	rcu_assign_pointer(sk->sk_dst_cache, &ctx->dst);
	tp->write_seq = 5000;
	tp->rcv_nxt = 1000;
	tp->rcv_ssthresh = EDGE;
	ctx->conn->posted = tp->write_seq;
	ctx->conn->granted = tp->rcv_nxt + EDGE;
	/* the test must not depend on how long it takes */
	ctx->conn->checked = jiffies + HZ;
}

static int conn_init(struct kunit *test)
{
	struct conn_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	struct toe_net *tn;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	tn = fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	ctx->sock = fake_sock(test);
	ctx->conn = fake_conn(test, tn, TOE_STATE_OFFLOADED);
	ctx->conn->sk = ctx->sock->sk;
	ctx->conn->tdev = &ctx->fd->tdev;
	lock_sock(ctx->sock->sk);
	conn_settle(ctx);
	return 0;
}

static void conn_exit(struct kunit *test)
{
	struct conn_ctx *ctx = test->priv;
	struct sock *sk = ctx->sock->sk;

	sk->sk_state = TCP_CLOSE;
	RCU_INIT_POINTER(sk->sk_dst_cache, NULL);
	tcp_sk(sk)->write_seq = 0;
	release_sock(sk);
	sock_release(ctx->sock);
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

static bool conn_quiet(const struct conn_ctx *ctx)
{
	return toe_conn_quiet(ctx->conn, ctx->sock->sk);
}

static void conn_quiet_when_settled(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, conn_quiet(test->priv));
}

/* What the stream, the NIC or the clock ask for */
static void conn_not_quiet_when_due(struct kunit *test)
{
	struct conn_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sock->sk);

	tp->write_seq++;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	conn_settle(ctx);
	ctx->conn->granted = tp->rcv_nxt + EDGE / 2;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	conn_settle(ctx);
	ctx->conn->inbox.flags = TOE_EVENT_ACK;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	ctx->conn->inbox.flags = 0;
	ctx->conn->checked = jiffies - 1;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	conn_settle(ctx);
	ctx->conn->state = TOE_STATE_HOST;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	ctx->conn->state = TOE_STATE_OFFLOADED;
	KUNIT_EXPECT_TRUE(test, conn_quiet(ctx));
}

static void conn_not_quiet_by_flag(struct kunit *test)
{
	static const u8 flags[] = {
		TOE_CONN_UPLOAD, TOE_CONN_FAULT, TOE_CONN_ACK,
		TOE_CONN_PROBE, TOE_CONN_REFRESH,
	};
	struct conn_ctx *ctx = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		__set_bit(flags[i], &ctx->conn->flags);
		KUNIT_EXPECT_FALSE_MSG(test, conn_quiet(ctx), "flag %d",
				       flags[i]);
		__clear_bit(flags[i], &ctx->conn->flags);
	}
	KUNIT_EXPECT_TRUE(test, conn_quiet(ctx));
}

/* Options of SOL_SOCKET, of which nobody tells us */
static void conn_not_quiet_by_option(struct kunit *test)
{
	struct conn_ctx *ctx = test->priv;
	struct sock *sk = ctx->sock->sk;

	rcu_assign_pointer(sk->sk_filter, &ctx->filter);
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	RCU_INIT_POINTER(sk->sk_filter, NULL);
	sk->sk_tsflags |= SOF_TIMESTAMPING_TX_SOFTWARE;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	sk->sk_tsflags &= ~SOF_TIMESTAMPING_TX_SOFTWARE;
	sk->sk_max_pacing_rate = 1000000;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	sk->sk_max_pacing_rate = ~0UL;
	RCU_INIT_POINTER(sk->sk_dst_cache, NULL);
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	conn_settle(ctx);
	sk->sk_shutdown = SEND_SHUTDOWN;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	sk->sk_shutdown = 0;
	sk->sk_state = TCP_CLOSE_WAIT;
	KUNIT_EXPECT_FALSE(test, conn_quiet(ctx));
	conn_settle(ctx);
	KUNIT_EXPECT_TRUE(test, conn_quiet(ctx));
}

static struct kunit_case conn_cases[] = {
	KUNIT_CASE(conn_quiet_when_settled),
	KUNIT_CASE(conn_not_quiet_when_due),
	KUNIT_CASE(conn_not_quiet_by_flag),
	KUNIT_CASE(conn_not_quiet_by_option),
	{ }
};

static struct kunit_suite toe_conn_suite = {
	.name = "toe_conn",
	.init = conn_init,
	.exit = conn_exit,
	.test_cases = conn_cases,
};

kunit_test_suite(toe_conn_suite);
