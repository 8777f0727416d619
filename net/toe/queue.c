// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Queues across a hand-over
 *
 * In the host TCP keeps sent data in the retransmit queue (a tree) and unsent
 * data in the write queue (a list). While the NIC sends there is only one
 * queue, the write queue from snd_una on: whatever the NIC does and however it
 * dies, all that the peer has not acknowledged is there in the kernel's own
 * form (P1, P7 of the copies). On the way up it is cut at the NIC's snd_nxt.
 */
#include "queue.h"

#include <net/tcp.h>

static void toe_skb_unsend(struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->sacked = 0;
	memset(&cb->tx, 0, sizeof(cb->tx));
}

static void toe_send_marks_reset(struct tcp_sock *tp)
{
	tp->packets_out = 0;
	tp->sacked_out = 0;
	tp->lost_out = 0;
	tp->retrans_out = 0;
	tp->highest_sack = NULL;
	tp->lost_skb_hint = NULL;
	tp->retransmit_skb_hint = NULL;
	tp->lost_cnt_hint = 0;
	tp->tlp_high_seq = 0;
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
}

/**
 * toe_queue_down() - make the write queue hold everything from snd_una on
 * @sk: the socket
 *
 * The last sent buffer is marked as ended (eor): a clone of it may still be
 * on its way through a qdisc, so nothing may be appended to its fragments.
 *
 * Context: socket locked.
 */
void toe_queue_down(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff_head sent;
	struct sk_buff *skb;

	__skb_queue_head_init(&sent);
	while ((skb = skb_rb_first(&sk->tcp_rtx_queue))) {
		list_del(&skb->tcp_tsorted_anchor);
		rb_erase(&skb->rbnode, &sk->tcp_rtx_queue);
		INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
		toe_skb_unsend(skb);
		__skb_queue_tail(&sent, skb);
	}
	skb = skb_peek_tail(&sent);
	if (skb)
		TCP_SKB_CB(skb)->eor = 1;
	skb_queue_splice(&sent, &sk->sk_write_queue);
	toe_send_marks_reset(tp);
}

static void toe_rtx_insert(struct rb_root *root, struct sk_buff *skb)
{
	struct rb_node **p = &root->rb_node;
	struct rb_node *parent = NULL;

	while (*p) {
		struct sk_buff *other = rb_to_skb(*p);

		parent = *p;
		if (before(TCP_SKB_CB(skb)->seq, TCP_SKB_CB(other)->seq))
			p = &parent->rb_left;
		else
			p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, root);
}

/**
 * toe_mem_force() - see to it that @size bytes can be charged to a socket
 * @sk: socket
 * @size: bytes
 *
 * As sk_forced_mem_schedule(), which is not exported: for what is there already and
 * can't be refused. It must not be left out, as a negative sk_forward_alloc is a
 * negative length to tcp_sendmsg(). The kernel charges beyond its limits for one that
 * sends and whose send buffer is full, so this one looks full meanwhile. Nobody else
 * writes these fields of a locked socket. Who polls it without the lock and saw it
 * full has set SOCK_NOSPACE and is woken below; the barrier pairs with tcp_poll().
 *
 * Context: socket locked, BH disabled, so that the charge does not sleep.
 */
void toe_mem_force(struct sock *sk, int size)
{
	int need = size - sk->sk_forward_alloc, queued = sk->sk_wmem_queued;
	u8 locks = sk->sk_userlocks;

	if (likely(need <= 0))
		return;
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;	/* else it would be shrunk */
	WRITE_ONCE(sk->sk_wmem_queued, max(sk->sk_sndbuf - need, queued));
	WARN_ON_ONCE(!__sk_mem_schedule(sk, need, SK_MEM_SEND));
	WRITE_ONCE(sk->sk_wmem_queued, queued);
	sk->sk_userlocks = locks;
	smp_mb();	/* see above */
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

/* Cut @skb so that it ends at @seq; the rest follows it in the write queue. */
static bool toe_skb_cut(struct sock *sk, struct sk_buff *skb, u32 seq)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 len = seq - cb->seq;
	struct sk_buff *rest;
	struct tcp_skb_cb *rcb;

	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	rest = alloc_skb_fclone(MAX_TCP_HEADER, GFP_ATOMIC);
	if (!rest)
		return false;
	skb_reserve(rest, MAX_TCP_HEADER);
	INIT_LIST_HEAD(&rest->tcp_tsorted_anchor);
	rest->ip_summed = CHECKSUM_PARTIAL;
	rcb = TCP_SKB_CB(rest);
	memset(rcb, 0, sizeof(*rcb));
	rcb->seq = seq;
	rcb->end_seq = cb->end_seq;
	rcb->tcp_flags = cb->tcp_flags;
	rcb->eor = cb->eor;
	cb->end_seq = seq;
	cb->eor = 0;
	cb->tcp_flags &= ~(TCPHDR_FIN | TCPHDR_PSH);
	skb_split(skb, rest, len);
	rest->truesize += rest->len;
	skb->truesize -= rest->len;
	sk_wmem_queued_add(sk, rest->truesize - rest->len);
	toe_mem_force(sk, rest->truesize - rest->len);
	sk_mem_charge(sk, rest->truesize - rest->len);
	__skb_queue_after(&sk->sk_write_queue, skb, rest);
	return true;
}

/* Segments are counted from snd_una on: TCP trims the acknowledged head of a
 * buffer when it retransmits it and then expects the count to be that already.
 */
static void toe_skb_set_segs(const struct tcp_sock *tp, struct sk_buff *skb)
{
	u32 mss = max_t(u32, tp->mss_cache, 1);
	u32 len = skb->len;

	if (before(TCP_SKB_CB(skb)->seq, tp->snd_una))
		len -= tp->snd_una - TCP_SKB_CB(skb)->seq;
	if (len <= mss) {
		tcp_skb_pcount_set(skb, 1);
		TCP_SKB_CB(skb)->tcp_gso_size = 0;
	} else {
		tcp_skb_pcount_set(skb, DIV_ROUND_UP(len, mss));
		TCP_SKB_CB(skb)->tcp_gso_size = mss;
	}
}

static void toe_skb_sent(struct sock *sk, struct sk_buff *skb, u64 now_ns)
{
	struct tcp_sock *tp = tcp_sk(sk);

	__skb_unlink(skb, &sk->sk_write_queue);
	toe_skb_set_segs(tp, skb);
	/* Sent by the NIC, at a time the host doesn't know: no RTT sample */
	TCP_SKB_CB(skb)->sacked = TCPCB_EVER_RETRANS;
	skb->skb_mstamp_ns = now_ns;
	list_add_tail(&skb->tcp_tsorted_anchor, &tp->tsorted_sent_queue);
	toe_rtx_insert(&sk->tcp_rtx_queue, skb);
	tp->packets_out += tcp_skb_pcount(skb);
}

void toe_queue_up(struct sock *sk, u32 snd_nxt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 now_ns = tcp_clock_ns();
	struct sk_buff *skb;

	toe_send_marks_reset(tp);
	while ((skb = skb_peek(&sk->sk_write_queue))) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (!before(cb->seq, snd_nxt))
			break;
		if (after(cb->end_seq, snd_nxt) &&
		    !toe_skb_cut(sk, skb, snd_nxt))
			snd_nxt = cb->end_seq;
		toe_skb_sent(sk, skb, now_ns);
	}
	tp->highest_sack = skb_rb_first(&sk->tcp_rtx_queue);
	WRITE_ONCE(tp->snd_nxt, snd_nxt);
}

static void toe_skb_free(struct sock *sk, struct sk_buff *skb)
{
	__skb_unlink(skb, &sk->sk_write_queue);
	tcp_skb_tsorted_anchor_cleanup(skb);
	tcp_wmem_free_skb(sk, skb);
}

/**
 * toe_queue_acked() - release acknowledged buffers
 * @sk: the socket
 * @snd_una: first byte that is not acknowledged
 *
 * A buffer of which a part is acknowledged stays, as in TCP's own queue.
 *
 * Context: socket locked.
 * Return: true when memory came free.
 */
bool toe_queue_acked(struct sock *sk, u32 snd_una)
{
	struct sk_buff *skb;
	bool any = false;

	while ((skb = skb_peek(&sk->sk_write_queue)) &&
	       !after(TCP_SKB_CB(skb)->end_seq, snd_una)) {
		toe_skb_free(sk, skb);
		any = true;
	}
	return any;
}

struct sk_buff *toe_queue_find(struct sock *sk, u32 seq)
{
	struct sk_buff *skb;

	/* new data is at the end */
	skb_queue_reverse_walk(&sk->sk_write_queue, skb) {
		if (after(TCP_SKB_CB(skb)->seq, seq))
			continue;
		if (before(seq, TCP_SKB_CB(skb)->end_seq))
			return skb;
		return skb_queue_is_last(&sk->sk_write_queue, skb) ?
			NULL : skb_queue_next(&sk->sk_write_queue, skb);
	}
	return skb_peek(&sk->sk_write_queue);
}
