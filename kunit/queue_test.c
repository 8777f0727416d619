// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include <net/tcp.h>

#include "../net/toe/queue.h"

/* Buffers are as tcp_sendmsg() makes them: no linear part, pages, charged */
#define LEN		3000u
#define MSS		1000u
#define NR_SENT		3u
#define NR_UNSENT	2u
#define NR		(NR_SENT + NR_UNSENT)

struct queue_ctx {
	struct socket *sock;
	struct sock *sk;
};

static int queue_init(struct kunit *test)
{
	struct queue_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	test->priv = ctx;
	ctx->sock = fake_sock(test);
	ctx->sk = ctx->sock->sk;
	lock_sock(ctx->sk);
	tcp_sk(ctx->sk)->mss_cache = MSS;
	return 0;
}

static u32 queue_bytes(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	return cb->end_seq - cb->seq;
}

/* Frees everything through the units, then the accounts have to be even */
static void queue_exit(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);

	toe_queue_down(ctx->sk);
	toe_queue_acked(ctx->sk, tp->write_seq);
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&ctx->sk->sk_write_queue));
	KUNIT_EXPECT_EQ(test, (int)READ_ONCE(ctx->sk->sk_wmem_queued), 0);
	KUNIT_EXPECT_EQ(test, ctx->sk->sk_forward_alloc % (int)PAGE_SIZE, 0);
	release_sock(ctx->sk);
	/* inet_sock_destruct() warns about what is left */
	sock_release(ctx->sock);
}

static struct sk_buff *queue_skb(struct kunit *test, u32 seq, u32 len)
{
	struct sk_buff *skb = alloc_skb_fclone(MAX_TCP_HEADER, GFP_KERNEL);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO,
					get_order(LEN));
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_NOT_NULL(test, page);
	skb_reserve(skb, MAX_TCP_HEADER);
	skb->ip_summed = CHECKSUM_PARTIAL;
	INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
	skb_fill_page_desc(skb, 0, page, 0, len);
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	memset(cb, 0, sizeof(*cb));
	cb->seq = seq;
	cb->end_seq = seq + len;
	cb->tcp_flags = TCPHDR_ACK;
	return skb;
}

static void queue_append(struct kunit *test, struct sk_buff *skb)
{
	struct queue_ctx *ctx = test->priv;
	struct sock *sk = ctx->sk;

	KUNIT_ASSERT_TRUE(test, sk_wmem_schedule(sk, skb->truesize));
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	tcp_sk(sk)->write_seq = TCP_SKB_CB(skb)->end_seq;
}

/* Everything in the write queue, from @una on; FIN behind the last byte */
static void queue_fill(struct kunit *test, u32 una, u32 nr, bool fin)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	struct sk_buff *skb;
	u32 i;

	tp->snd_una = una;
	tp->snd_nxt = una;
	tp->write_seq = una;
	for (i = 0; i < nr; i++) {
		skb = queue_skb(test, una + i * LEN, LEN);
		if (fin && i == nr - 1) {
			TCP_SKB_CB(skb)->tcp_flags |= TCPHDR_FIN | TCPHDR_PSH;
			TCP_SKB_CB(skb)->end_seq++;
		}
		queue_append(test, skb);
	}
}

/* As the host's stack has it: NR_SENT buffers sent, NR_UNSENT not */
static void queue_host(struct kunit *test, u32 una)
{
	struct queue_ctx *ctx = test->priv;

	queue_fill(test, una, NR, false);
	toe_queue_up(ctx->sk, una + NR_SENT * LEN);
}

/* The queue is [from, to) without hole and overlap; returns buffers */
static int expect_write_queue(struct kunit *test, u32 from, u32 to)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *skb;
	int nr = 0;

	skb_queue_walk(&ctx->sk->sk_write_queue, skb) {
		KUNIT_EXPECT_EQ(test, TCP_SKB_CB(skb)->seq, from);
		from = TCP_SKB_CB(skb)->end_seq;
		nr++;
	}
	KUNIT_EXPECT_EQ(test, from, to);
	return nr;
}

static int expect_rtx_queue(struct kunit *test, u32 from, u32 to)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	struct sk_buff *skb = tcp_rtx_queue_head(ctx->sk);
	u32 packets = 0;
	int nr = 0;

	for (; skb; skb = skb_rb_next(skb)) {
		KUNIT_EXPECT_EQ(test, TCP_SKB_CB(skb)->seq, from);
		KUNIT_EXPECT_EQ(test, (int)TCP_SKB_CB(skb)->sacked,
				TCPCB_EVER_RETRANS);
		KUNIT_EXPECT_FALSE(test,
				   list_empty(&skb->tcp_tsorted_anchor));
		from = TCP_SKB_CB(skb)->end_seq;
		packets += tcp_skb_pcount(skb);
		nr++;
	}
	KUNIT_EXPECT_EQ(test, from, to);
	KUNIT_EXPECT_EQ(test, tp->packets_out, packets);
	return nr;
}

/* What is charged for buffers is what the buffers say; the protocol's memory
 * is taken and given back in pages.
 */
static void expect_accounts(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *skb;
	int sum = 0;

	skb_queue_walk(&ctx->sk->sk_write_queue, skb)
		sum += skb->truesize;
	for (skb = tcp_rtx_queue_head(ctx->sk); skb; skb = skb_rb_next(skb))
		sum += skb->truesize;
	KUNIT_EXPECT_EQ(test, (int)READ_ONCE(ctx->sk->sk_wmem_queued), sum);
	KUNIT_EXPECT_EQ(test, (ctx->sk->sk_forward_alloc + sum) %
			      (int)PAGE_SIZE, 0);
}

static const u32 bases[] = { 1, 0x7ffffff0, 0x80000000, 0xffffffff - 2 * LEN };

/* ---- down ------------------------------------------------------------------ */

static void queue_down_joins(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		queue_host(test, bases[i]);
		expect_rtx_queue(test, bases[i], bases[i] + NR_SENT * LEN);
		toe_queue_down(ctx->sk);
		KUNIT_EXPECT_EQ(test, (int)NR,
				expect_write_queue(test, bases[i],
						   bases[i] + NR * LEN));
		KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&ctx->sk->tcp_rtx_queue));
		KUNIT_EXPECT_TRUE(test, list_empty(&tp->tsorted_sent_queue));
		KUNIT_EXPECT_EQ(test, tp->packets_out, 0u);
		expect_accounts(test);
		toe_queue_acked(ctx->sk, tp->write_seq);
	}
}

static void queue_down_clears_marks(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	struct sk_buff *skb;

	queue_host(test, 1);
	skb = tcp_rtx_queue_head(ctx->sk);
	TCP_SKB_CB(skb)->sacked = TCPCB_SACKED_ACKED | TCPCB_LOST;
	tp->sacked_out = 3;
	tp->lost_out = 3;
	tp->retrans_out = 3;
	tp->highest_sack = skb;
	tp->lost_skb_hint = skb;
	tp->retransmit_skb_hint = skb;
	toe_queue_down(ctx->sk);
	skb_queue_walk(&ctx->sk->sk_write_queue, skb)
		KUNIT_EXPECT_EQ(test, (int)TCP_SKB_CB(skb)->sacked, 0);
	KUNIT_EXPECT_EQ(test, tp->sacked_out, 0u);
	KUNIT_EXPECT_EQ(test, tp->lost_out, 0u);
	KUNIT_EXPECT_EQ(test, tp->retrans_out, 0u);
	KUNIT_EXPECT_NULL(test, tp->highest_sack);
	KUNIT_EXPECT_NULL(test, tp->lost_skb_hint);
	KUNIT_EXPECT_NULL(test, tp->retransmit_skb_hint);
}

/* Nothing may be appended to what is perhaps in a qdisc still */
static void queue_down_ends_last_sent(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *skb;
	u32 i = 0;

	queue_host(test, 1);
	toe_queue_down(ctx->sk);
	skb_queue_walk(&ctx->sk->sk_write_queue, skb)
		KUNIT_EXPECT_EQ(test, (int)TCP_SKB_CB(skb)->eor,
				++i == NR_SENT ? 1 : 0);
}

static void queue_down_empty(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;

	queue_fill(test, 1, 0, false);
	toe_queue_down(ctx->sk);
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&ctx->sk->sk_write_queue));
}

/* ---- up -------------------------------------------------------------------- */

/* Where the NIC had come to, in bytes from snd_una; buffers of both queues */
static const struct {
	const char *what;
	u32 at;
	int sent, rest;
} cuts[] = {
	{ "nothing sent", 0, 0, 5 },
	{ "one byte", 1, 1, 5 },
	{ "one segment", MSS, 1, 5 },
	{ "all but a byte of the first", LEN - 1, 1, 5 },
	{ "first buffer", LEN, 1, 4 },
	{ "a byte of the second", LEN + 1, 2, 4 },
	{ "middle of the third", 2 * LEN + LEN / 2, 3, 3 },
	{ "all but the last byte", NR * LEN - 1, 5, 1 },
	{ "all", NR * LEN, 5, 0 },
};

static void queue_up_cuts(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	u32 una, cut;
	int i, b;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		for (i = 0; i < ARRAY_SIZE(cuts); i++) {
			una = bases[b];
			cut = una + cuts[i].at;
			queue_fill(test, una, NR, false);
			toe_queue_up(ctx->sk, cut);
			KUNIT_EXPECT_EQ_MSG(test, cuts[i].sent,
					    expect_rtx_queue(test, una, cut),
					    "%s", cuts[i].what);
			KUNIT_EXPECT_EQ_MSG(test, cuts[i].rest,
					    expect_write_queue(test, cut,
							       una + NR * LEN),
					    "%s", cuts[i].what);
			KUNIT_EXPECT_EQ(test, tp->snd_nxt, cut);
			expect_accounts(test);
			toe_queue_down(ctx->sk);
			toe_queue_acked(ctx->sk, tp->write_seq);
		}
	}
}

static void queue_up_cut_lengths(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *head, *rest;

	queue_fill(test, 1, 1, false);
	toe_queue_up(ctx->sk, 1 + 1200);
	head = tcp_rtx_queue_head(ctx->sk);
	rest = skb_peek(&ctx->sk->sk_write_queue);
	KUNIT_ASSERT_NOT_NULL(test, head);
	KUNIT_ASSERT_NOT_NULL(test, rest);
	KUNIT_EXPECT_EQ(test, head->len, 1200u);
	KUNIT_EXPECT_EQ(test, rest->len, LEN - 1200);
	KUNIT_EXPECT_EQ(test, queue_bytes(head), 1200u);
	KUNIT_EXPECT_EQ(test, queue_bytes(rest), LEN - 1200);
	KUNIT_EXPECT_EQ(test, skb_headlen(rest), 0u);
	KUNIT_EXPECT_EQ(test, tcp_skb_pcount(head), 2);
	KUNIT_EXPECT_EQ(test, (u32)TCP_SKB_CB(head)->tcp_gso_size, MSS);
	KUNIT_EXPECT_EQ(test, (int)rest->ip_summed, CHECKSUM_PARTIAL);
}

static void queue_up_fin_stays_behind(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *head, *rest;
	struct tcp_skb_cb *cb;

	queue_fill(test, 1, 1, true);
	TCP_SKB_CB(skb_peek(&ctx->sk->sk_write_queue))->eor = 1;
	toe_queue_up(ctx->sk, 1 + MSS);
	head = tcp_rtx_queue_head(ctx->sk);
	rest = skb_peek(&ctx->sk->sk_write_queue);
	cb = TCP_SKB_CB(head);
	KUNIT_EXPECT_FALSE(test, cb->tcp_flags & (TCPHDR_FIN | TCPHDR_PSH));
	KUNIT_EXPECT_FALSE(test, cb->eor);
	cb = TCP_SKB_CB(rest);
	KUNIT_EXPECT_TRUE(test, cb->tcp_flags & TCPHDR_FIN);
	KUNIT_EXPECT_TRUE(test, cb->tcp_flags & TCPHDR_PSH);
	KUNIT_EXPECT_TRUE(test, cb->eor);
	KUNIT_EXPECT_EQ(test, cb->end_seq, 1 + LEN + 1);
	KUNIT_EXPECT_EQ(test, rest->len, LEN - MSS);
}

/* All bytes sent, FIN not: the FIN alone is the rest */
static void queue_up_only_fin_unsent(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *rest;

	queue_fill(test, 1, 1, true);
	toe_queue_up(ctx->sk, 1 + LEN);
	expect_rtx_queue(test, 1, 1 + LEN);
	rest = skb_peek(&ctx->sk->sk_write_queue);
	KUNIT_ASSERT_NOT_NULL(test, rest);
	KUNIT_EXPECT_EQ(test, rest->len, 0u);
	KUNIT_EXPECT_EQ(test, queue_bytes(rest), 1u);
	KUNIT_EXPECT_TRUE(test, TCP_SKB_CB(rest)->tcp_flags & TCPHDR_FIN);
	expect_accounts(test);
}

static void queue_up_fin_sent(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;

	queue_fill(test, 1, 2, true);
	toe_queue_up(ctx->sk, 1 + 2 * LEN + 1);
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&ctx->sk->sk_write_queue));
	KUNIT_EXPECT_EQ(test, 2,
			expect_rtx_queue(test, 1, 1 + 2 * LEN + 1));
}

/* A clone may be in a qdisc when the buffer is cut */
static void queue_up_cut_of_a_clone(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *skb, *clone;

	queue_fill(test, 1, NR, false);
	skb = skb_peek(&ctx->sk->sk_write_queue);
	tcp_skb_tsorted_save(skb) {
		clone = skb_clone(skb, GFP_KERNEL);
	} tcp_skb_tsorted_restore(skb);
	KUNIT_ASSERT_NOT_NULL(test, clone);
	toe_queue_up(ctx->sk, 1 + MSS);
	KUNIT_EXPECT_EQ(test, clone->len, LEN);
	KUNIT_EXPECT_EQ(test, 1, expect_rtx_queue(test, 1, 1 + MSS));
	KUNIT_EXPECT_EQ(test, (int)NR,
			expect_write_queue(test, 1 + MSS, 1 + NR * LEN));
	expect_accounts(test);
	kfree_skb(clone);
}

static void queue_many_hand_overs(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	u32 una = bases[3];
	u32 at;

	queue_fill(test, una, NR, false);
	for (at = 0; at <= NR * LEN; at += 777) {
		toe_queue_up(ctx->sk, una + at);
		expect_rtx_queue(test, una, una + at);
		expect_write_queue(test, una + at, una + NR * LEN);
		toe_queue_down(ctx->sk);
		expect_write_queue(test, una, una + NR * LEN);
	}
	expect_accounts(test);
}

/* ---- acknowledged ------------------------------------------------------------ */

static const struct {
	u32 acked;
	int left;
	bool any;
} acks[] = {
	{ 0, 3, false },
	{ 1, 3, false },		/* a part of a buffer stays */
	{ LEN - 1, 3, false },
	{ LEN, 2, true },
	{ LEN + 1, 2, true },
	{ 3 * LEN - 1, 1, true },
	{ 3 * LEN, 0, true },
};

static void queue_acked_whole_buffers(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct tcp_sock *tp = tcp_sk(ctx->sk);
	u32 una, end;
	int i, b;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		for (i = 0; i < ARRAY_SIZE(acks); i++) {
			una = bases[b];
			end = una + 3 * LEN;
			queue_fill(test, una, 3, false);
			KUNIT_EXPECT_EQ(test, acks[i].any,
					toe_queue_acked(ctx->sk, una +
							acks[i].acked));
			KUNIT_EXPECT_EQ(test, acks[i].left,
					expect_write_queue(test, end -
							   acks[i].left * LEN,
							   end));
			expect_accounts(test);
			toe_queue_acked(ctx->sk, tp->write_seq);
		}
	}
}

/* FIN has a number of its own */
static void queue_acked_all_but_fin(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;

	queue_fill(test, 1, 1, true);
	KUNIT_EXPECT_FALSE(test, toe_queue_acked(ctx->sk, 1 + LEN));
	KUNIT_EXPECT_TRUE(test, toe_queue_acked(ctx->sk, 1 + LEN + 1));
}

/* ---- find --------------------------------------------------------------------- */

static void queue_find_byte(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	u32 una = bases[3], at;
	struct sk_buff *skb;

	queue_fill(test, una, NR, false);
	for (at = 0; at < NR * LEN; at += LEN / 3) {
		skb = toe_queue_find(ctx->sk, una + at);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ(test, TCP_SKB_CB(skb)->seq,
				una + at / LEN * LEN);
	}
	KUNIT_EXPECT_NULL(test, toe_queue_find(ctx->sk, una + NR * LEN));
}

static void queue_find_fin(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;
	struct sk_buff *skb;

	queue_fill(test, 1, 2, true);
	skb = toe_queue_find(ctx->sk, 1 + 2 * LEN);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_EXPECT_TRUE(test, TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN);
	KUNIT_EXPECT_NULL(test, toe_queue_find(ctx->sk, 1 + 2 * LEN + 1));
}

static void queue_find_in_empty(struct kunit *test)
{
	struct queue_ctx *ctx = test->priv;

	queue_fill(test, 1, 0, false);
	KUNIT_EXPECT_NULL(test, toe_queue_find(ctx->sk, 1));
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_down_joins),
	KUNIT_CASE(queue_down_clears_marks),
	KUNIT_CASE(queue_down_ends_last_sent),
	KUNIT_CASE(queue_down_empty),
	KUNIT_CASE(queue_up_cuts),
	KUNIT_CASE(queue_up_cut_lengths),
	KUNIT_CASE(queue_up_fin_stays_behind),
	KUNIT_CASE(queue_up_only_fin_unsent),
	KUNIT_CASE(queue_up_fin_sent),
	KUNIT_CASE(queue_up_cut_of_a_clone),
	KUNIT_CASE(queue_many_hand_overs),
	KUNIT_CASE(queue_acked_whole_buffers),
	KUNIT_CASE(queue_acked_all_but_fin),
	KUNIT_CASE(queue_find_byte),
	KUNIT_CASE(queue_find_fin),
	KUNIT_CASE(queue_find_in_empty),
	{ }
};

static struct kunit_suite toe_queue_suite = {
	.name = "toe_queue",
	.init = queue_init,
	.exit = queue_exit,
	.test_cases = queue_cases,
};

kunit_test_suite(toe_queue_suite);
