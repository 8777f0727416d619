// SPDX-License-Identifier: GPL-2.0-only
/* Events of a device that is not trusted */
#include "fakes.h"

#include <net/tcp.h>

#include "../net/toe/post.h"
#include "../net/toe/rx.h"

#define NXT	0xfffffc00u	/* next byte expected; wraps */
#define WND	8192u		/* granted beyond it */
#define UNA	1000u
#define POSTED	5000u		/* bytes up to it are with the NIC */
#define LEN	512u

struct rx_ctx {
	struct toe_net *tn;
	struct fake_dev *fd;
	struct socket *sock;
	struct sock *sk;
	struct toe_conn *conn;
	struct toe_batch batch;
};

/* Offloaded: [UNA, POSTED) is out, [NXT, NXT + WND) may come */
static void rx_offload(struct rx_ctx *ctx)
{
	struct tcp_sock *tp = tcp_sk(ctx->sk);

	tp->mss_cache = 1448;
	tp->copied_seq = NXT;
	tp->rcv_nxt = NXT;
	tp->snd_una = UNA;
	tp->snd_nxt = UNA;
	tp->write_seq = POSTED;
	clear_bit(TOE_CONN_FAULT, &ctx->conn->flags);
	ctx->conn->posted = POSTED;
	ctx->conn->granted = NXT + WND;
}

static int rx_init(struct kunit *test)
{
	struct rx_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->tn = fake_net_init(test);
	ctx->fd = fake_dev_new(test);
	ctx->sock = fake_sock(test);
	ctx->sk = ctx->sock->sk;
	ctx->conn = fake_conn(test, ctx->tn, TOE_STATE_OFFLOADED);
	ctx->conn->sk = ctx->sk;
	ctx->conn->tdev = &ctx->fd->tdev;
	toe_batch_init(&ctx->batch);
	lock_sock(ctx->sk);
	rx_offload(ctx);
	return 0;
}

static void rx_exit(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;

	KUNIT_EXPECT_EQ(test, (int)refcount_read(&ctx->conn->ref), 1);
	release_sock(ctx->sk);
	sock_release(ctx->sock);
	fake_dev_free(ctx->fd);
	fake_net_exit();
}

static struct toe_event rx_event(u16 flags)
{
	return (struct toe_event){
		.flags = flags,
		.seq = NXT,
		.len = LEN,
		.snd_una = UNA,
		.snd_nxt = POSTED,
		.snd_wnd = 65536,
		.rcv_nxt = NXT,
		.rcv_edge = NXT + WND,
		.cwnd = 14480,
		.ssthresh = TCP_INFINITE_SSTHRESH,
		.min_rtt_us = U32_MAX,
	};
}

static struct sk_buff *rx_skb(struct kunit *test, u32 len)
{
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put_zero(skb, len);
	return skb;
}

/* Through the inbox to the socket, as a driver's poll routine does it */
static void rx_report(struct kunit *test, const struct toe_event *ev)
{
	struct rx_ctx *ctx = test->priv;
	struct sk_buff *skb = NULL;

	if (ev->flags & TOE_EVENT_DATA)
		skb = rx_skb(test, ev->len);
	local_bh_disable();
	toe_conn_event(&ctx->batch, ctx->conn, ev, skb);
	toe_batch_run(&ctx->batch);	/* the socket is ours: it waits */
	toe_rx_run(ctx->conn, ctx->sk);
	local_bh_enable();
}

static u64 rx_mib(struct rx_ctx *ctx, enum toe_mib_item item)
{
	struct toe_mib mib;

	toe_mib_read(ctx->tn, &mib);
	return mib.item[item];
}

static u32 rx_queued(const struct rx_ctx *ctx)
{
	const struct sk_buff *skb;
	u32 len = 0;

	skb_queue_walk(&ctx->sk->sk_receive_queue, skb)
		len += skb->len;
	return len;
}

/* Offsets from NXT and UNA */
static const struct {
	const char *what;
	u16 flags;
	u32 seq, len, una, nxt;
} lies[] = {
	{ "gap of a byte", TOE_EVENT_DATA, 1, LEN, 0, 0 },
	{ "gap", TOE_EVENT_DATA, 4096, LEN, 0, 0 },
	{ "half the space ahead", TOE_EVENT_DATA, 0x7fffffff, LEN, 0, 0 },
	{ "beyond the window", TOE_EVENT_DATA, 0, WND + 2, 0, 0 },
	{ "never posted", TOE_EVENT_ACK, 0, 0, POSTED - UNA + 1,
	  POSTED - UNA + 1 },
	{ "sent what was not posted", TOE_EVENT_ACK, 0, 0, 0,
	  POSTED - UNA + 1 },
	{ "sent less than acknowledged", TOE_EVENT_ACK, 0, 0, 10, 9 },
};

static void rx_lies_change_nothing(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	struct toe_event ev;
	int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		rx_offload(ctx);
		ev = rx_event(lies[i].flags);
		ev.seq += lies[i].seq;
		ev.len = lies[i].len;
		ev.snd_una = UNA + lies[i].una;
		ev.snd_nxt = UNA + lies[i].nxt;
		rx_report(test, &ev);
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(TOE_CONN_FAULT,
						     &ctx->conn->flags),
				      "%s", lies[i].what);
		KUNIT_EXPECT_EQ(test, tp->rcv_nxt, NXT);
		KUNIT_EXPECT_EQ(test, tp->snd_una, UNA);
		KUNIT_EXPECT_EQ(test, rx_queued(ctx), 0u);
		KUNIT_EXPECT_EQ(test, rx_mib(ctx, TOE_MIB_BAD_EVENTS),
				i + 1ull);
	}
}

static void rx_payload_in_order(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev = rx_event(TOE_EVENT_DATA);
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	int i;

	for (i = 1; i <= 4; i++) {
		rx_report(test, &ev);
		ev.seq += LEN;
		KUNIT_EXPECT_EQ(test, tp->rcv_nxt, NXT + i * LEN);
		KUNIT_EXPECT_EQ(test, rx_queued(ctx), i * LEN);
	}
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
	KUNIT_EXPECT_EQ(test, rx_mib(ctx, TOE_MIB_RX_BYTES), 4ull * LEN);
}

/* The host's stack may have taken a stray copy: no lie */
static void rx_payload_again(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev = rx_event(TOE_EVENT_DATA);
	struct tcp_sock *tp = tcp_sk(ctx->sk);

	rx_report(test, &ev);
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, tp->rcv_nxt, NXT + LEN);
	KUNIT_EXPECT_EQ(test, rx_queued(ctx), LEN);
	KUNIT_EXPECT_EQ(test, rx_mib(ctx, TOE_MIB_RX_DUP_BYTES), (u64)LEN);
	ev.seq += LEN / 2;
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, tp->rcv_nxt, NXT + LEN + LEN / 2);
	KUNIT_EXPECT_EQ(test, rx_mib(ctx, TOE_MIB_RX_BYTES),
			(u64)LEN + LEN / 2);
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
}

static void rx_payload_up_to_the_edge(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev = rx_event(TOE_EVENT_DATA);

	ev.len = WND;
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, tcp_sk(ctx->sk)->rcv_nxt, NXT + WND);
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
}

static void rx_ack_moves(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev = rx_event(TOE_EVENT_ACK);
	struct tcp_sock *tp = tcp_sk(ctx->sk);

	ev.snd_una = POSTED;
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, tp->snd_una, POSTED);
	KUNIT_EXPECT_EQ(test, tp->snd_nxt, POSTED);
	/* an older report comes late: no step back, no lie */
	ev.snd_una = UNA;
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, tp->snd_una, POSTED);
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
}

static void rx_upload_wish(struct kunit *test)
{
	static const u16 reasons[] = {
		TOE_UPLOAD_HARDWARE, 0, __TOE_UPLOAD_MAX, 0xffff,
	};
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev;
	int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		clear_bit(TOE_CONN_UPLOAD, &ctx->conn->flags);
		ev = rx_event(TOE_EVENT_UPLOAD);
		ev.reason = reasons[i];
		rx_report(test, &ev);
		KUNIT_EXPECT_TRUE(test, test_bit(TOE_CONN_UPLOAD,
						 &ctx->conn->flags));
		KUNIT_EXPECT_EQ(test, (int)ctx->conn->up_reason, i ?
				TOE_UPLOAD_REQUESTED : TOE_UPLOAD_HARDWARE);
	}
}

/* Optional wishes: not right after the hand-over, not against the program */
static void rx_upload_wish_optional(struct kunit *test)
{
	static const struct {
		u16 reason;
		bool young, insists, up;
	} wishes[] = {
		{ TOE_UPLOAD_HIGH_LOSS, false, false, true },
		{ TOE_UPLOAD_SMALL_IO, false, false, true },
		{ TOE_UPLOAD_HIGH_LOSS, true, false, false },
		{ TOE_UPLOAD_SMALL_IO, false, true, false },
		{ TOE_UPLOAD_SEGMENT, true, true, true },
		{ TOE_UPLOAD_REQUESTED, true, true, true },
	};
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev;
	int i;

	for (i = 0; i < ARRAY_SIZE(wishes); i++) {
		ctx->conn->flags = wishes[i].insists ? BIT(TOE_CONN_WANT) : 0;
		ctx->conn->changed = jiffies - (wishes[i].young ? 0 :
			msecs_to_jiffies(ctx->tn->retry_ms) + 1);
		ev = rx_event(TOE_EVENT_UPLOAD);
		ev.reason = wishes[i].reason;
		rx_report(test, &ev);
		KUNIT_EXPECT_EQ_MSG(test, wishes[i].up,
				    test_bit(TOE_CONN_UPLOAD,
					     &ctx->conn->flags), "%d", i);
	}
}

/* A reason that can be declined does not hide one that can't */
static void rx_upload_wish_mandatory_stays(struct kunit *test)
{
	static const u16 pairs[][2] = {
		{ TOE_UPLOAD_HIGH_LOSS, TOE_UPLOAD_URGENT },
		{ TOE_UPLOAD_URGENT, TOE_UPLOAD_HIGH_LOSS },
	};
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev;
	int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		ctx->conn->flags = BIT(TOE_CONN_WANT);
		ev = rx_event(TOE_EVENT_UPLOAD);
		local_bh_disable();
		ev.reason = pairs[i][0];
		toe_conn_event(&ctx->batch, ctx->conn, &ev, NULL);
		ev.reason = pairs[i][1];
		toe_conn_event(&ctx->batch, ctx->conn, &ev, NULL);
		toe_batch_run(&ctx->batch);
		toe_rx_run(ctx->conn, ctx->sk);
		local_bh_enable();
		KUNIT_EXPECT_TRUE(test, test_bit(TOE_CONN_UPLOAD,
						 &ctx->conn->flags));
		KUNIT_EXPECT_EQ(test, (int)ctx->conn->up_reason,
				TOE_UPLOAD_URGENT);
	}
}

/* nstat's, of the namespace. Others may count in it meanwhile, but not that much. */
static unsigned long rx_snmp(int field)
{
	return snmp_fold_field(init_net.mib.tcp_statistics, field);
}

#define RX_MANY		1000000u

/* The device counts from the hand-over on; what leaves again is not new. */
static void rx_counts_for_nstat(struct kunit *test)
{
	unsigned long in = rx_snmp(TCP_MIB_INSEGS);
	unsigned long out = rx_snmp(TCP_MIB_OUTSEGS);
	unsigned long again = rx_snmp(TCP_MIB_RETRANSSEGS);
	struct toe_event ev = rx_event(TOE_EVENT_ACK);
	int i;

	ev.segs_in = RX_MANY;
	ev.segs_out = 5 * RX_MANY;
	ev.retrans = 2 * RX_MANY;
	for (i = 0; i < 2; i++) {	/* the same totals: nothing new */
		rx_report(test, &ev);
		KUNIT_EXPECT_EQ(test, (rx_snmp(TCP_MIB_INSEGS) - in) / RX_MANY,
				1ul);
		KUNIT_EXPECT_EQ(test,
				(rx_snmp(TCP_MIB_OUTSEGS) - out) / RX_MANY,
				3ul);
		KUNIT_EXPECT_EQ(test, (rx_snmp(TCP_MIB_RETRANSSEGS) - again) /
				RX_MANY, 2ul);
	}
}

/* Counters of the namespace are not those of the liar's connection alone. */
static void rx_counts_backwards(struct kunit *test)
{
	unsigned long in, out, again;
	struct toe_event ev = rx_event(TOE_EVENT_ACK);

	ev.segs_in = 10;
	ev.segs_out = 10;
	ev.retrans = 5;
	rx_report(test, &ev);
	in = rx_snmp(TCP_MIB_INSEGS);
	out = rx_snmp(TCP_MIB_OUTSEGS);
	again = rx_snmp(TCP_MIB_RETRANSSEGS);
	ev.segs_in = 9;
	ev.segs_out = 9;
	ev.retrans = 4;
	rx_report(test, &ev);
	KUNIT_EXPECT_LT(test, rx_snmp(TCP_MIB_INSEGS) - in,
			(unsigned long)RX_MANY);
	KUNIT_EXPECT_LT(test, rx_snmp(TCP_MIB_OUTSEGS) - out,
			(unsigned long)RX_MANY);
	KUNIT_EXPECT_LT(test, rx_snmp(TCP_MIB_RETRANSSEGS) - again,
			(unsigned long)RX_MANY);
}

static void rx_driver_fault(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;

	local_bh_disable();
	toe_conn_fault(&ctx->batch, ctx->conn);
	toe_batch_run(&ctx->batch);
	toe_rx_run(ctx->conn, ctx->sk);
	local_bh_enable();
	KUNIT_EXPECT_TRUE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
}

/* What was acknowledged is taken and charged beyond the limit, so that nothing is
 * negative, but no window is made of memory that is not there. The limit is not
 * called pressure; that of a memory cgroup need not be so either.
 */
static void rx_payload_beyond_memory(struct kunit *test)
{
	struct rx_ctx *ctx = test->priv;
	struct toe_event ev = rx_event(TOE_EVENT_DATA);
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	int sndbuf = ctx->sk->sk_sndbuf;
	long limits[3];

	tp->advmss = 1460;
	tp->rcv_ssthresh = 65536;
	tp->window_clamp = 1 << 20;
	ctx->sk->sk_rcvbuf = 4 << 20;
	ctx->conn->granted = NXT + LEN;
	memcpy(limits, sysctl_tcp_mem, sizeof(limits));
	sysctl_tcp_mem[0] = -1;
	sysctl_tcp_mem[1] = LONG_MAX;
	sysctl_tcp_mem[2] = -1;
	rx_report(test, &ev);
	KUNIT_EXPECT_EQ(test, toe_post_edge(ctx->conn, ctx->sk), NXT + LEN);
	memcpy(sysctl_tcp_mem, limits, sizeof(limits));
	KUNIT_EXPECT_EQ(test, tp->rcv_nxt, NXT + LEN);
	KUNIT_EXPECT_EQ(test, rx_queued(ctx), LEN);
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_FAULT, &ctx->conn->flags));
	KUNIT_EXPECT_EQ(test, tp->rcv_ssthresh, 4u * 1460);
	KUNIT_EXPECT_GE(test, ctx->sk->sk_forward_alloc, 0);
	KUNIT_EXPECT_EQ(test, ctx->sk->sk_wmem_queued, 0);
	KUNIT_EXPECT_EQ(test, ctx->sk->sk_sndbuf, sndbuf);
	KUNIT_EXPECT_FALSE(test, ctx->sk->sk_userlocks & SOCK_SNDBUF_LOCK);
	/* there is some again */
	KUNIT_EXPECT_EQ(test, toe_post_edge(ctx->conn, ctx->sk),
			NXT + LEN + 4 * 1460);
	KUNIT_EXPECT_FALSE(test, test_bit(TOE_CONN_OVER, &ctx->conn->flags));
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_lies_change_nothing),
	KUNIT_CASE(rx_payload_in_order),
	KUNIT_CASE(rx_payload_again),
	KUNIT_CASE(rx_payload_up_to_the_edge),
	KUNIT_CASE(rx_payload_beyond_memory),
	KUNIT_CASE(rx_ack_moves),
	KUNIT_CASE(rx_upload_wish),
	KUNIT_CASE(rx_upload_wish_optional),
	KUNIT_CASE(rx_upload_wish_mandatory_stays),
	KUNIT_CASE(rx_counts_for_nstat),
	KUNIT_CASE(rx_counts_backwards),
	KUNIT_CASE(rx_driver_fault),
	{ }
};

static struct kunit_suite toe_rx_suite = {
	.name = "toe_rx",
	.init = rx_init,
	.exit = rx_exit,
	.test_cases = rx_cases,
};

kunit_test_suite(toe_rx_suite);
