// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include <linux/rtnetlink.h>
#include <net/route.h>
#include <net/tcp.h>

#include "../net/toe/dev.h"
#include "../net/toe/eligible.h"
#include "../net/toe/link.h"
#include "../net/toe/sock.h"

struct eligible_ctx {
	struct toe_net *tn;
	struct fake_dev *fd;
	struct socket *sock;
	struct sock *sk;
	struct toe_conn *conn;
};

static void eligible_open(struct kunit *test, struct eligible_ctx *ctx)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(ctx->fd->tdev.netdev, NULL), 0);
	rtnl_unlock();
}

static void eligible_route(struct kunit *test, struct eligible_ctx *ctx)
{
	struct rtable *rt = rt_dst_alloc(ctx->fd->tdev.netdev, 0, RTN_UNICAST,
					 true);

	KUNIT_ASSERT_NOT_NULL(test, rt);
	__sk_dst_set(ctx->sk, &rt->dst);
}

/* Established, with its route to the NIC: nothing speaks against it */
static int eligible_init(struct kunit *test)
{
	struct eligible_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx),
						 GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->tn = fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	ctx->sock = fake_sock(test);
	ctx->sk = ctx->sock->sk;
	ctx->conn = fake_conn(test, ctx->tn, TOE_STATE_HOST);
	eligible_open(test, ctx);
	lock_sock(ctx->sk);
	eligible_route(test, ctx);
	ctx->sk->sk_state = TCP_ESTABLISHED;
	KUNIT_EXPECT_TRUE(test, toe_sock_hook(ctx->sk));
	return 0;
}

static void eligible_exit(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;

	ctx->sk->sk_state = TCP_CLOSE;
	toe_sock_unhook(ctx->sk);
	__sk_dst_reset(ctx->sk);
	release_sock(ctx->sk);
	sock_release(ctx->sock);
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

static void eligible_suite_exit(struct kunit_suite *suite)
{
	toe_sock_exit();	/* the copies of tcp_prot and its af_ops */
}

static enum toe_refusal verdict(struct eligible_ctx *ctx,
				struct toe_dev **tdev)
{
	struct toe_link link = {};
	enum toe_refusal why;

	rcu_read_lock();
	why = toe_eligible(ctx->conn, ctx->sk, &link);
	rcu_read_unlock();
	*tdev = link.tdev;
	return why;
}

static void eligible_plain(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct toe_dev *tdev = NULL;

	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_NONE);
	KUNIT_EXPECT_PTR_EQ(test, tdev, &ctx->fd->tdev);
	KUNIT_EXPECT_TRUE(test, toe_eligible_still(ctx->conn, ctx->sk));
}

/* Each spoils with @on and undoes it without; only looked at, never used */
#define SOMETHING	((void *)8)

static void spoil_never(struct eligible_ctx *ctx, bool on)
{
	if (on)
		set_bit(TOE_CONN_NEVER, &ctx->conn->flags);
	else
		clear_bit(TOE_CONN_NEVER, &ctx->conn->flags);
}

static void spoil_net_off(struct eligible_ctx *ctx, bool on)
{
	ctx->tn->enabled = !on;
}

static void spoil_mode_off(struct eligible_ctx *ctx, bool on)
{
	ctx->tn->mode = on ? TOE_MODE_OFF : TOE_MODE_AUTO;
}

static void spoil_state(struct eligible_ctx *ctx, bool on)
{
	ctx->sk->sk_state = on ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static void spoil_shutdown(struct eligible_ctx *ctx, bool on)
{
	ctx->sk->sk_shutdown = on ? SEND_SHUTDOWN : 0;
}

static void spoil_hook(struct eligible_ctx *ctx, bool on)
{
	if (on)
		toe_sock_unhook(ctx->sk);
	else
		toe_sock_hook(ctx->sk);
}

static void spoil_ulp(struct eligible_ctx *ctx, bool on)
{
	inet_csk(ctx->sk)->icsk_ulp_ops = on ? SOMETHING : NULL;
}

static void spoil_urgent_in(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->urg_data = on ? TCP_URG_NOTYET : 0;
}

static void spoil_urgent_out(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->snd_up = tcp_sk(ctx->sk)->snd_una + on;
}

static void spoil_repair(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->repair = on;
}

static void spoil_fastopen(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(tcp_sk(ctx->sk)->fastopen_rsk,
			 on ? SOMETHING : NULL);
}

static void spoil_filter(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(ctx->sk->sk_filter, on ? SOMETHING : NULL);
}

static void spoil_ip_options(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(inet_sk(ctx->sk)->inet_opt, on ? SOMETHING : NULL);
}

static void spoil_timestamping(struct eligible_ctx *ctx, bool on)
{
	ctx->sk->sk_tsflags = on ? SOF_TIMESTAMPING_TX_ACK : 0;
}

static void spoil_pacing(struct eligible_ctx *ctx, bool on)
{
	ctx->sk->sk_max_pacing_rate = on ? TOE_PACING_MIN - 1 : ~0UL;
}

static void spoil_tx_delay(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->tcp_tx_delay = on;
}

static void spoil_ecn(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->ecn_flags = on ? TCP_ECN_OK : 0;
	ctx->fd->tdev.caps.ecn = !on;
}

static void spoil_paused(struct eligible_ctx *ctx, bool on)
{
	atomic_set(&ctx->fd->tdev.priv->paused, on);
}

static void spoil_dead(struct eligible_ctx *ctx, bool on)
{
	ctx->fd->tdev.priv->dead = on;
}

static void spoil_flag(struct eligible_ctx *ctx, bool on)
{
	ctx->fd->tdev.priv->enabled = !on;
}

static void spoil_cc(struct eligible_ctx *ctx, bool on)
{
	ctx->fd->tdev.caps.cc_mask = on ? 0 : BIT(__TOE_CC_MAX) - 1;
}

static void spoil_tunnel(struct eligible_ctx *ctx, bool on)
{
	__sk_dst_get(ctx->sk)->lwtstate = on ? SOMETHING : NULL;
}

static void spoil_xdp(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(ctx->fd->tdev.netdev->xdp_prog, on ? SOMETHING : NULL);
}

static void spoil_qdisc(struct eligible_ctx *ctx, bool on)
{
	rcu_access_pointer(ctx->fd->tdev.netdev->qdisc)->handle =
		on ? TC_H_MAKE(1U << 16, 0) : 0;
}

static void spoil_loss(struct eligible_ctx *ctx, bool on)
{
	inet_csk(ctx->sk)->icsk_ca_state = on ? TCP_CA_Loss : TCP_CA_Open;
	tcp_sk(ctx->sk)->packets_out = on;
}

static void spoil_ooo(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->out_of_order_queue.rb_node = on ? SOMETHING : NULL;
}

#ifdef CONFIG_TCP_MD5SIG
static void spoil_md5(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(tcp_sk(ctx->sk)->md5sig_info, on ? SOMETHING : NULL);
}
#endif

#ifdef CONFIG_BPF
static void spoil_bpf(struct eligible_ctx *ctx, bool on)
{
	tcp_sk(ctx->sk)->bpf_sock_ops_cb_flags = on;
}
#endif

#ifdef CONFIG_XFRM
static void spoil_xfrm(struct eligible_ctx *ctx, bool on)
{
	RCU_INIT_POINTER(ctx->sk->sk_policy[1], on ? SOMETHING : NULL);
}
#endif

/* @still: a connection that is down may stay there all the same */
static const struct {
	const char *what;
	void (*spoil)(struct eligible_ctx *ctx, bool on);
	enum toe_refusal why;
	bool still;
} spoilers[] = {
	{ "opted out", spoil_never, TOE_REFUSAL_POLICY, true },
	{ "namespace off", spoil_net_off, TOE_REFUSAL_POLICY, true },
	{ "mode off", spoil_mode_off, TOE_REFUSAL_POLICY, true },
	{ "half closed", spoil_state, TOE_REFUSAL_STATE, true },
	{ "shut down", spoil_shutdown, TOE_REFUSAL_STATE, true },
	{ "somebody else's operations", spoil_hook, TOE_REFUSAL_ULP, true },
	{ "ULP", spoil_ulp, TOE_REFUSAL_ULP, true },
	{ "urgent in", spoil_urgent_in, TOE_REFUSAL_URGENT, true },
	{ "urgent out", spoil_urgent_out, TOE_REFUSAL_URGENT, false },
	{ "repair", spoil_repair, TOE_REFUSAL_REPAIR, false },
	{ "fast open", spoil_fastopen, TOE_REFUSAL_FASTOPEN, true },
	{ "filter", spoil_filter, TOE_REFUSAL_FILTER, false },
	{ "IP options", spoil_ip_options, TOE_REFUSAL_IP_OPTIONS, true },
	{ "time stamps", spoil_timestamping, TOE_REFUSAL_TIMESTAMPING, false },
	{ "pacing rate", spoil_pacing, TOE_REFUSAL_PACING, false },
	{ "departure time", spoil_tx_delay, TOE_REFUSAL_PACING, false },
	{ "ECN", spoil_ecn, TOE_REFUSAL_ECN, true },
	{ "paused", spoil_paused, TOE_REFUSAL_DEVICE_OFF, true },
	{ "dead", spoil_dead, TOE_REFUSAL_DEVICE_OFF, true },
	{ "private flag off", spoil_flag, TOE_REFUSAL_DEVICE_OFF, true },
	{ "congestion algorithm", spoil_cc, TOE_REFUSAL_CONGESTION, true },
	{ "tunnel", spoil_tunnel, TOE_REFUSAL_TUNNEL, true },
	{ "XDP", spoil_xdp, TOE_REFUSAL_QDISC, true },
	{ "qdisc", spoil_qdisc, TOE_REFUSAL_QDISC, true },
	{ "loss", spoil_loss, TOE_REFUSAL_LOSS, true },
	{ "reordering", spoil_ooo, TOE_REFUSAL_LOSS, true },
#ifdef CONFIG_TCP_MD5SIG
	{ "MD5", spoil_md5, TOE_REFUSAL_MD5, false },
#endif
#ifdef CONFIG_BPF
	{ "BPF", spoil_bpf, TOE_REFUSAL_BPF, false },
#endif
#ifdef CONFIG_XFRM
	{ "IPsec", spoil_xfrm, TOE_REFUSAL_XFRM, true },
#endif
};

static void eligible_refusals(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct toe_dev *tdev;
	int i;

	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		spoilers[i].spoil(ctx, true);
		KUNIT_EXPECT_STREQ_MSG(test,
				       toe_refusal_name(verdict(ctx, &tdev)),
				       toe_refusal_name(spoilers[i].why),
				       "%s", spoilers[i].what);
		KUNIT_EXPECT_EQ_MSG(test,
				    toe_eligible_still(ctx->conn, ctx->sk),
				    spoilers[i].still, "%s",
				    spoilers[i].what);
		spoilers[i].spoil(ctx, false);
		KUNIT_EXPECT_EQ_MSG(test, verdict(ctx, &tdev),
				    TOE_REFUSAL_NONE, "after %s",
				    spoilers[i].what);
	}
}

static void eligible_idle_after_loss(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct toe_dev *tdev;

	inet_csk(ctx->sk)->icsk_ca_state = TCP_CA_CWR;
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_NONE);
	tcp_sk(ctx->sk)->packets_out = 1;
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_LOSS);
}

/* What the NIC can keep goes down with the connection */
static void eligible_paced(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct toe_dev *tdev;

	ctx->sk->sk_max_pacing_rate = TOE_PACING_MIN;
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_PACING);
	ctx->fd->tdev.caps.pacing = true;
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_NONE);
	KUNIT_EXPECT_TRUE(test, toe_eligible_still(ctx->conn, ctx->sk));
	KUNIT_EXPECT_EQ(test, toe_pacing_rate(ctx->sk),
			(u64)TOE_PACING_MIN);
	ctx->sk->sk_max_pacing_rate = ~0UL;
	KUNIT_EXPECT_EQ(test, toe_pacing_rate(ctx->sk), 0ULL);
}

static void eligible_no_route(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct toe_dev *tdev;

	__sk_dst_reset(ctx->sk);
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_DEVICE);
}

static void eligible_other_device(struct kunit *test)
{
	struct eligible_ctx *ctx = test->priv;
	struct rtable *rt = rt_dst_alloc(init_net.loopback_dev, 0,
					 RTN_UNICAST, true);
	struct toe_dev *tdev;

	KUNIT_ASSERT_NOT_NULL(test, rt);
	__sk_dst_set(ctx->sk, &rt->dst);
	KUNIT_EXPECT_EQ(test, verdict(ctx, &tdev), TOE_REFUSAL_DEVICE);
}

/* ---- names of the algorithms ----------------------------------------------- */

static const struct {
	const char *name;
	int cc;
} ccs[] = {
	{ "reno", TOE_CC_RENO },
	{ "cubic", TOE_CC_CUBIC },
	{ "", -1 },
	{ "Reno", -1 },
	{ "ren", -1 },
	{ "renoo", -1 },
	{ "bbr", -1 },
	{ "dctcp", TOE_CC_DCTCP },
	{ "dctcp-reno", -1 },
};

static void eligible_cc_names(struct kunit *test)
{
	unsigned long seen = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(ccs); i++) {
		KUNIT_EXPECT_EQ_MSG(test, toe_cc_by_name(ccs[i].name),
				    ccs[i].cc, "%s", ccs[i].name);
		if (ccs[i].cc >= 0)
			seen |= BIT(ccs[i].cc);
	}
	KUNIT_EXPECT_EQ(test, seen, BIT(__TOE_CC_MAX) - 1);
}

static struct kunit_case eligible_cases[] = {
	KUNIT_CASE(eligible_plain),
	KUNIT_CASE(eligible_refusals),
	KUNIT_CASE(eligible_idle_after_loss),
	KUNIT_CASE(eligible_paced),
	KUNIT_CASE(eligible_no_route),
	KUNIT_CASE(eligible_other_device),
	KUNIT_CASE(eligible_cc_names),
	{ }
};

static struct kunit_suite toe_eligible_suite = {
	.name = "toe_eligible",
	.suite_exit = eligible_suite_exit,
	.init = eligible_init,
	.exit = eligible_exit,
	.test_cases = eligible_cases,
};

kunit_test_suite(toe_eligible_suite);
