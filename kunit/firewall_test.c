// SPDX-License-Identifier: GPL-2.0-only
/* What netfilter is told of an offloaded connection, and what its word does */
#include "fakes.h"

#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/rtnetlink.h>
#include <net/route.h>
#include <net/tcp.h>

#include "../net/toe/firewall.h"

#define SNDBUF	1000000		/* bytes acknowledged, odd enough */
#define RCVBUF	300001

struct firewall_ctx {
	struct socket *sock;
	struct sock *sk;
	struct toe_conn *conn;
	bool hooked;
};

/* What the hooks saw at NF_INET_LOCAL_OUT and NF_INET_PRE_ROUTING, and what the
 * first of them says
 */
static struct {
	unsigned int nr[NF_INET_NUMHOOKS];
	u32 bytes[NF_INET_NUMHOOKS];
	u32 next[NF_INET_NUMHOOKS];	/* sequence number due */
	bool gap, foreign, stray;
	unsigned int verdict;
	u8 tos;
} seen;

/* lo to lo: nothing else on the machine uses these ports */
#define OURS	htons(5001)
#define THEIRS	htons(5002)

static unsigned int firewall_hook(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	unsigned int hook = state->hook;
	bool in = hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_IN;
	struct iphdr *iph = ip_hdr(skb);
	struct tcphdr *th = tcp_hdr(skb);
	u32 len = skb->len - sizeof(*iph) - sizeof(*th);

	if (iph->protocol != IPPROTO_TCP ||
	    th->source != (in ? THEIRS : OURS))
		return NF_ACCEPT;
	seen.nr[hook]++;
	if (th->dest != (in ? OURS : THEIRS) ||
	    ntohs(iph->tot_len) != skb->len ||
	    (in ? state->in : state->out) != init_net.loopback_dev)
		seen.foreign = true;
	if (!toe_firewall_own(skb))
		seen.stray = true;
	if (len && seen.bytes[hook] && ntohl(th->seq) != seen.next[hook])
		seen.gap = true;
	seen.bytes[hook] += len;
	seen.next[hook] = ntohl(th->seq) + len;
	if (hook != NF_INET_LOCAL_OUT)
		return NF_ACCEPT;
	iph->tos = seen.tos;
	return seen.verdict;
}

static const struct nf_hook_ops firewall_ops[] = {
	{ .hook = firewall_hook, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_LOCAL_OUT },
	{ .hook = firewall_hook, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_POST_ROUTING },
	{ .hook = firewall_hook, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_PRE_ROUTING },
	{ .hook = firewall_hook, .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_LOCAL_IN },
};

static void firewall_hook_up(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	KUNIT_ASSERT_EQ(test, nf_register_net_hooks(&init_net, firewall_ops,
						    ARRAY_SIZE(firewall_ops)),
			0);
	ctx->hooked = true;
}

/* lo up, and whether it takes packets that claim to be its own */
static void firewall_loop(bool on)
{
	struct in_device *in_dev;

	rtnl_lock();
	if (on)
		dev_open(init_net.loopback_dev, NULL);
	in_dev = __in_dev_get_rtnl(init_net.loopback_dev);
	IN_DEV_CONF_SET(in_dev, ROUTE_LOCALNET, on);
	IN_DEV_CONF_SET(in_dev, ACCEPT_LOCAL, on);
	rtnl_unlock();
}

static void firewall_route(struct kunit *test, struct sock *sk)
{
	struct rtable *rt;

	firewall_loop(true);
	rt = rt_dst_alloc(init_net.loopback_dev, 0, RTN_UNICAST, true);
	KUNIT_ASSERT_NOT_NULL(test, rt);
	__sk_dst_set(sk, &rt->dst);
}

static int firewall_init(struct kunit *test)
{
	struct firewall_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx),
						 GFP_KERNEL);
	struct inet_sock *inet;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	memset(&seen, 0, sizeof(seen));
	seen.verdict = NF_ACCEPT;
	ctx->conn = fake_conn(test, fake_net_init(test), TOE_STATE_OFFLOADED);
	ctx->sock = fake_sock(test);
	ctx->sk = ctx->sock->sk;
	inet = inet_sk(ctx->sk);
	inet->inet_saddr = htonl(INADDR_LOOPBACK);
	inet->inet_daddr = htonl(INADDR_LOOPBACK);
	inet->inet_sport = OURS;
	inet->inet_dport = THEIRS;
	tcp_sk(ctx->sk)->mss_cache = 1448;
	tcp_sk(ctx->sk)->snd_una = U32_MAX - 5;	/* they wrap */
	tcp_sk(ctx->sk)->snd_nxt = U32_MAX - 5;
	tcp_sk(ctx->sk)->rcv_nxt = U32_MAX - 7;
	lock_sock(ctx->sk);
	firewall_route(test, ctx->sk);
	return 0;
}

static void firewall_exit(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	if (ctx->hooked)
		nf_unregister_net_hooks(&init_net, firewall_ops,
					ARRAY_SIZE(firewall_ops));
	tcp_sk(ctx->sk)->snd_una = 0;
	tcp_sk(ctx->sk)->snd_nxt = 0;
	inet_sk(ctx->sk)->inet_sport = 0;
	__sk_dst_reset(ctx->sk);
	release_sock(ctx->sk);
	sock_release(ctx->sock);
	firewall_loop(false);
	fake_net_exit();
}

static enum toe_refusal firewall_ask(struct firewall_ctx *ctx)
{
	enum toe_refusal why;

	local_bh_disable();
	why = toe_firewall_allows(ctx->sk);
	local_bh_enable();
	return why;
}

/* So much was acknowledged and received since it went down */
static bool firewall_move(struct firewall_ctx *ctx, u32 sent, u32 received)
{
	bool pass;

	tcp_sk(ctx->sk)->snd_una += sent;
	tcp_sk(ctx->sk)->snd_nxt += sent;
	tcp_sk(ctx->sk)->rcv_nxt += received;
	local_bh_disable();
	pass = toe_firewall_check(ctx->conn, ctx->sk);
	local_bh_enable();
	return pass;
}

static void firewall_expect(struct kunit *test, u32 sent, u32 received)
{
	KUNIT_EXPECT_EQ(test, seen.bytes[NF_INET_LOCAL_OUT], sent);
	KUNIT_EXPECT_EQ(test, seen.bytes[NF_INET_POST_ROUTING], sent);
	KUNIT_EXPECT_EQ(test, seen.bytes[NF_INET_PRE_ROUTING], received);
	KUNIT_EXPECT_EQ(test, seen.bytes[NF_INET_LOCAL_IN], received);
	KUNIT_EXPECT_FALSE(test, seen.gap);
	KUNIT_EXPECT_FALSE(test, seen.foreign);
	KUNIT_EXPECT_FALSE(test, seen.stray);
}

static void firewall_without_hooks(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_NONE);
	toe_firewall_start(ctx->conn, ctx->sk);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, SNDBUF, RCVBUF));
	/* hooks that come later hear of what comes later */
	firewall_hook_up(test);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 1, 2));
	firewall_expect(test, 1, 2);
}

static void firewall_asks_both_ways(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;
	unsigned int i;

	firewall_hook_up(test);
	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_NONE);
	for (i = 0; i < NF_INET_NUMHOOKS; i++)
		KUNIT_EXPECT_EQ(test, seen.nr[i], i != NF_INET_FORWARD);
	firewall_expect(test, 0, 0);
}

static void firewall_says_no(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	firewall_hook_up(test);
	seen.verdict = NF_DROP;
	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_FIREWALL);
	toe_firewall_start(ctx->conn, ctx->sk);
	KUNIT_EXPECT_FALSE(test, firewall_move(ctx, 1, 0));
	seen.verdict = NF_ACCEPT;
	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_NONE);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 1, 0));
}

/* It may pass, but not as the NIC would send it */
static void firewall_changes(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	firewall_hook_up(test);
	seen.tos = 8;
	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_FIREWALL);
	toe_firewall_start(ctx->conn, ctx->sk);
	KUNIT_EXPECT_FALSE(test, firewall_move(ctx, 0, 1));
	inet_sk(ctx->sk)->tos = 8;
	KUNIT_EXPECT_EQ(test, firewall_ask(ctx), TOE_REFUSAL_NONE);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 0, 1));
}

static void firewall_counts(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	firewall_hook_up(test);
	toe_firewall_start(ctx->conn, ctx->sk);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 0, 0));
	firewall_expect(test, 0, 0);
	KUNIT_EXPECT_EQ(test, seen.nr[NF_INET_LOCAL_OUT], 0u);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, SNDBUF, RCVBUF));
	firewall_expect(test, SNDBUF, RCVBUF);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 0, 1));
	firewall_expect(test, SNDBUF, RCVBUF + 1);
}

/* More than can be told in one go: soon, and at the end */
static void firewall_catches_up(struct kunit *test)
{
	struct firewall_ctx *ctx = test->priv;

	firewall_hook_up(test);
	toe_firewall_start(ctx->conn, ctx->sk);
	KUNIT_EXPECT_TRUE(test, firewall_move(ctx, 3 * SNDBUF, 1));
	KUNIT_EXPECT_LT(test, seen.bytes[NF_INET_LOCAL_OUT], 3U * SNDBUF);
	KUNIT_EXPECT_TRUE(test, time_before_eq(ctx->conn->fw_at, jiffies + 1));
	local_bh_disable();
	toe_firewall_end(ctx->conn, ctx->sk);
	local_bh_enable();
	firewall_expect(test, 3 * SNDBUF, 1);
}

static struct kunit_case firewall_cases[] = {
	KUNIT_CASE(firewall_without_hooks),
	KUNIT_CASE(firewall_asks_both_ways),
	KUNIT_CASE(firewall_says_no),
	KUNIT_CASE(firewall_changes),
	KUNIT_CASE(firewall_counts),
	KUNIT_CASE(firewall_catches_up),
	{ }
};

static struct kunit_suite toe_firewall_suite = {
	.name = "toe_firewall",
	.init = firewall_init,
	.exit = firewall_exit,
	.test_cases = firewall_cases,
};

kunit_test_suite(toe_firewall_suite);
