// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Receive
 *
 * A driver's poll routine puts events into the inbox of their connection (no
 * socket lock), then toe_batch_run() visits each socket once: not owned by a
 * process, the inbox is emptied there and then; owned, it is emptied when the
 * process releases the socket. Payload is queued on sk_receive_queue exactly
 * as TCP does it, so recvmsg, splice, poll and the rest are the kernel's own.
 *
 * Nothing that arrives here is believed (P9). Payload has to continue at
 * rcv_nxt (older bytes are cut off: the host's stack may have taken a stray
 * copy) and to end before the granted edge; snd_una has to lie in what was
 * posted. Anything else marks the connection with TOE_CONN_FAULT: it is
 * rebuilt from host memory and the device loses it.
 */
#include "rx.h"

#include <net/tcp.h>

#include "conn.h"
#include "object.h"
#include "gate.h"
#include "queue.h"
#include "trace.h"
#include "upload.h"

/* In toe_inbox.flags beside enum toe_event_flags: the driver gave up on it */
#define TOE_EVENT_FAULT		BIT(15)

/* ---- inbox ------------------------------------------------------------- */

void toe_inbox_init(struct toe_conn *conn)
{
	struct toe_inbox *in = &conn->inbox;

	spin_lock_init(&in->lock);
	INIT_LIST_HEAD(&in->node);
	__skb_queue_head_init(&in->skbs);
	__skb_queue_head_init(&in->frames);
}

void toe_inbox_purge(struct toe_conn *conn)
{
	__skb_queue_purge(&conn->inbox.skbs);
	__skb_queue_purge(&conn->inbox.frames);
}

/* As tcp_v4_fill_cb(), and the time of reception as ip_local_deliver_finish() */
static void toe_skb_label(struct sk_buff *skb, const struct toe_event *ev)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool fin = ev->flags & TOE_EVENT_FIN;

	skb_clear_delivery_time(skb);
	memset(cb, 0, sizeof(*cb));
	cb->has_rxtstamp = skb->tstamp || skb_hwtstamps(skb)->hwtstamp;
	cb->seq = ev->seq;
	cb->end_seq = ev->seq + skb->len + fin;
	cb->tcp_flags = TCPHDR_ACK | (fin ? TCPHDR_FIN : 0);
	cb->ack_seq = ev->snd_una;
}

static void toe_inbox_add(struct toe_inbox *in, const struct toe_event *ev,
			  struct sk_buff *skb)
{
	if (skb && ev->flags & TOE_EVENT_FRAME) {
		__skb_queue_tail(&in->frames, skb);
	} else if (skb) {
		toe_skb_label(skb, ev);
		__skb_queue_tail(&in->skbs, skb);
	}
	/* a reason that can be declined must not hide one that can't */
	if (ev->flags & TOE_EVENT_UPLOAD &&
	    (!(in->flags & TOE_EVENT_UPLOAD) ||
	     toe_upload_optional(in->reason)))
		in->reason = ev->reason;
	in->last = *ev;
	WRITE_ONCE(in->flags, in->flags | ev->flags);
}

static void toe_batch_add(struct toe_batch *batch, struct toe_conn *conn)
{
	if (conn->inbox.queued)
		return;
	conn->inbox.queued = true;
	toe_conn_get(conn);
	list_add_tail(&conn->inbox.node, &batch->conns);
}

/**
 * toe_conn_event() - an event of the NIC is on its way to the socket
 * @batch: where to note that the connection has something waiting
 * @conn: the connection; the driver's reference keeps it
 * @ev: the event
 * @skb: payload or frame, consumed; NULL when there is none
 *
 * A FIN without payload needs a buffer for its place in the stream; the driver
 * passes an empty one, or none when it had no memory: the stream then ends
 * without a mark, which readers don't see.
 *
 * Context: softirq or process with BH disabled; takes no socket lock. @batch
 * is serialised by the caller.
 */
void toe_conn_event(struct toe_batch *batch, struct toe_conn *conn,
		    const struct toe_event *ev, struct sk_buff *skb)
{
	struct toe_inbox *in = &conn->inbox;

	trace_toe_event(conn, ev);
	toe_mib_inc(conn->tn, TOE_MIB_RX_EVENTS);
	spin_lock(&in->lock);
	toe_inbox_add(in, ev, skb);
	toe_batch_add(batch, conn);
	spin_unlock(&in->lock);
}
EXPORT_SYMBOL_GPL(toe_conn_event);

/**
 * toe_conn_fault() - the device can't serve this connection any more
 * @batch: as in toe_conn_event()
 * @conn: the connection
 *
 * Context: as toe_conn_event().
 */
void toe_conn_fault(struct toe_batch *batch, struct toe_conn *conn)
{
	struct toe_inbox *in = &conn->inbox;

	spin_lock(&in->lock);
	WRITE_ONCE(in->flags, in->flags | TOE_EVENT_FAULT);
	toe_batch_add(batch, conn);
	spin_unlock(&in->lock);
}
EXPORT_SYMBOL_GPL(toe_conn_fault);

static void toe_batch_one(struct toe_conn *conn)
{
	struct sock *sk;

	spin_lock(&conn->inbox.lock);
	conn->inbox.queued = false;
	spin_unlock(&conn->inbox.lock);

	sk = toe_conn_sk_get(conn);
	if (!sk)
		return;
	bh_lock_sock(sk);
	/* Owned: release_sock() takes the same lock after this and finds the
	 * inbox filled.
	 */
	if (!sock_owned_by_user(sk) && conn->sk == sk)
		toe_conn_tick(conn, sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * toe_batch_run() - give waiting events to their sockets
 * @batch: emptied
 *
 * Context: softirq, or process with BH disabled; takes socket locks.
 */
void toe_batch_run(struct toe_batch *batch)
{
	struct toe_conn *conn, *next;

	list_for_each_entry_safe(conn, next, &batch->conns, inbox.node) {
		list_del_init(&conn->inbox.node);
		toe_batch_one(conn);
		toe_conn_put(conn);
	}
}
EXPORT_SYMBOL_GPL(toe_batch_run);

/* ---- payload ----------------------------------------------------------- */

void toe_rx_lie(struct toe_conn *conn, const char *what)
{
	__set_bit(TOE_CONN_FAULT, &conn->flags);
	toe_mib_inc(conn->tn, TOE_MIB_BAD_EVENTS);
	trace_toe_bad_event(conn, what);
	pr_warn_ratelimited("toe: %s: connection %u: %s\n",
			    netdev_name(conn->tdev->netdev), conn->id, what);
}

static bool toe_rx_coalesce(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	bool stolen;
	int delta;

	if (!tail || TCP_SKB_CB(tail)->end_seq != TCP_SKB_CB(skb)->seq ||
	    TCP_SKB_CB(tail)->tcp_flags & TCPHDR_FIN ||
	    !skb_try_coalesce(tail, skb, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	TCP_SKB_CB(tail)->end_seq = TCP_SKB_CB(skb)->end_seq;
	TCP_SKB_CB(tail)->tcp_flags |= TCP_SKB_CB(skb)->tcp_flags;
	if (TCP_SKB_CB(skb)->has_rxtstamp) {
		TCP_SKB_CB(tail)->has_rxtstamp = true;
		tail->tstamp = skb->tstamp;
		skb_hwtstamps(tail)->hwtstamp = skb_hwtstamps(skb)->hwtstamp;
	}
	kfree_skb_partial(skb, stolen);
	return true;
}

/* The peer was told that these bytes arrived, so there is no saying no, as TCP has
 * it. Where the host has no memory (tcp_mem) they are charged all the same, and the
 * peer gets no more window than it was promised before, see toe_post_edge().
 * Returns false then.
 */
static bool toe_rx_charge(struct toe_conn *conn, struct sock *sk, int size)
{
	int need = size - sk->sk_forward_alloc;

	if (likely(need <= 0 || __sk_mem_schedule(sk, need, SK_MEM_RECV)))
		return true;
	toe_mem_force(sk, size);
	tcp_adjust_rcv_ssthresh(sk);
	__set_bit(TOE_CONN_OVER, &conn->flags);
	return false;
}

static void toe_rx_grow(struct sock *sk, u32 len)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int room = min_t(int, tp->window_clamp, tcp_space(sk)) -
		   (int)tp->rcv_ssthresh;

	if (room > 0 && !tcp_under_memory_pressure(sk))
		tp->rcv_ssthresh += min_t(u32, room,
					  max_t(u32, 2 * tp->advmss, 2 * len));
}

/* Returns false when the payload breaks a rule */
static bool toe_rx_check(struct toe_conn *conn, const struct tcp_sock *tp,
			 const struct tcp_skb_cb *cb)
{
	if (after(cb->seq, tp->rcv_nxt)) {
		toe_rx_lie(conn, "payload leaves a gap");
		return false;
	}
	if (after(cb->end_seq, conn->granted + 1) ||
	    before(cb->end_seq, cb->seq)) {
		toe_rx_lie(conn, "payload beyond the granted window");
		return false;
	}
	return true;
}

static void toe_rx_skb(struct toe_conn *conn, struct sock *sk,
		       struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 end = cb->end_seq, fresh;

	if (!toe_rx_check(conn, tp, cb))
		goto drop;
	if (!after(end, tp->rcv_nxt)) {
		toe_mib_add(conn->tn, TOE_MIB_RX_DUP_BYTES, skb->len);
		goto drop;
	}
	fresh = end - tp->rcv_nxt;
	if (fresh < skb->len)
		toe_mib_add(conn->tn, TOE_MIB_RX_DUP_BYTES, skb->len - fresh);
	toe_mib_add(conn->tn, TOE_MIB_RX_BYTES, min(fresh, skb->len));
	if (likely(toe_rx_charge(conn, sk, skb->truesize)))
		toe_rx_grow(sk, skb->len);
	tp->bytes_received += fresh;
	WRITE_ONCE(tp->rcv_nxt, end);
	if (!toe_rx_coalesce(sk, skb)) {
		__skb_queue_tail(&sk->sk_receive_queue, skb);
		skb_set_owner_r(skb, sk);
	}
	return;
drop:
	__kfree_skb(skb);
}

static bool toe_rx_payload(struct toe_conn *conn, struct sock *sk,
			   struct sk_buff_head *skbs)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 had = tp->rcv_nxt;
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(skbs))) {
		if (test_bit(TOE_CONN_FAULT, &conn->flags))
			__kfree_skb(skb);
		else
			toe_rx_skb(conn, sk, skb);
	}
	if (tp->rcv_nxt == had)
		return false;
	inet_csk(sk)->icsk_ack.lrcvtime = tcp_jiffies32;
	return true;
}

/* As tcp_fin(). The NIC takes a FIN in ESTABLISHED only, but the host may have
 * closed its half since and not have told: a simultaneous close, which goes on
 * in the host.
 */
static void toe_rx_fin(struct toe_conn *conn, struct sock *sk,
		       const struct toe_event *last)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sock_flag(sk, SOCK_DONE))
		return;
	if (sk->sk_state != TCP_ESTABLISHED &&
	    (sk->sk_state != TCP_FIN_WAIT1 || conn->fin_posted)) {
		toe_rx_lie(conn, "FIN in a state that is the host's");
		return;
	}
	/* no buffer for the mark: count it all the same */
	if (tp->rcv_nxt + 1 == last->rcv_nxt)
		WRITE_ONCE(tp->rcv_nxt, last->rcv_nxt);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	tcp_set_state(sk, sk->sk_state == TCP_ESTABLISHED ?
			  TCP_CLOSE_WAIT : TCP_CLOSING);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/* ---- acknowledgements -------------------------------------------------- */

static bool toe_rx_check_send(struct toe_conn *conn, const struct sock *sk,
			      const struct toe_event *ev)
{
	u32 limit = toe_conn_sent_limit(conn, sk);

	if (after(ev->snd_una, limit)) {
		toe_rx_lie(conn, "acknowledges what was never posted");
		return false;
	}
	/* several completions may share one advance of rcv_nxt, so it can be
	 * ahead of what has been queued, but not of what was granted
	 */
	if (after(ev->rcv_nxt, conn->granted + 1)) {
		toe_rx_lie(conn, "rcv_nxt beyond the granted window");
		return false;
	}
	if (after(ev->snd_nxt, limit) ||
	    before(ev->snd_nxt, ev->snd_una)) {
		toe_rx_lie(conn, "snd_nxt out of range");
		return false;
	}
	return true;
}

/* For nstat, as the host's stack counts: what is sent again is not in OutSegs. A
 * device that counts backwards is not believed: these are not its connection's.
 */
static void toe_rx_mib(struct net *net, const struct toe_segs *seen,
		       const struct toe_segs *now)
{
	u32 in = now->in - seen->in, out = now->out - seen->out;
	u32 again = now->retrans - seen->retrans;

	if (in <= S32_MAX)
		TCP_ADD_STATS(net, TCP_MIB_INSEGS, in);
	if (out > S32_MAX || again > out)
		return;
	TCP_ADD_STATS(net, TCP_MIB_OUTSEGS, out - again);
	TCP_ADD_STATS(net, TCP_MIB_RETRANSSEGS, again);
}

/**
 * toe_rx_count() - fold what the NIC counted into the counters of the socket and
 *		    of its namespace
 * @conn: an offloaded connection
 * @tp: its socket
 * @now: totals since the hand-over
 *
 * Context: socket locked.
 */
void toe_rx_count(struct toe_conn *conn, struct tcp_sock *tp,
		  const struct toe_segs *now)
{
	struct toe_segs *seen = &conn->seen;

	toe_rx_mib(sock_net((struct sock *)tp), seen, now);
	tp->segs_in += now->in - seen->in;
	tp->segs_out += now->out - seen->out;
	tp->data_segs_in += now->data_in - seen->data_in;
	tp->data_segs_out += now->data_out - seen->data_out;
	tp->total_retrans += now->retrans - seen->retrans;
	*seen = *now;
}

static void toe_rx_estimates(struct tcp_sock *tp, const struct toe_event *ev)
{
	u32 mss = max_t(u32, tp->mss_cache, 1);

	tp->snd_wnd = ev->snd_wnd;
	tp->max_window = max(tp->max_window, tp->snd_wnd);
	tcp_snd_cwnd_set(tp, clamp_t(u32, ev->cwnd / mss, 1, S32_MAX));
	tp->snd_ssthresh = ev->ssthresh >= TCP_INFINITE_SSTHRESH ?
		TCP_INFINITE_SSTHRESH : max_t(u32, ev->ssthresh / mss, 2);
	if (ev->srtt_us && ev->srtt_us < USEC_PER_SEC * 120) {
		tp->srtt_us = max_t(u32, ev->srtt_us << 3, 1);
		tp->mdev_us = ev->rttvar_us << 2;
		tp->rttvar_us = ev->rttvar_us << 2;
		if (!tp->rcv_rtt_est.rtt_us)
			tp->rcv_rtt_est.rtt_us = tp->srtt_us;
	}
	tp->rx_opt.ts_recent = ev->ts_recent;
	if (ev->ts_recent)
		tp->rx_opt.ts_recent_stamp = ktime_get_seconds();
}

static void toe_rx_fin_acked(struct sock *sk)
{
	if (sk->sk_state != TCP_FIN_WAIT1)
		return;
	tcp_set_state(sk, TCP_FIN_WAIT2);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
}

/**
 * toe_rx_count_acked() - the peer has more
 * @tp: the socket
 * @una: its new snd_una, not behind the old one
 *
 * The NIC says bytes, not segments: tcpi_delivered counts whole ones.
 *
 * Context: socket locked.
 */
void toe_rx_count_acked(struct tcp_sock *tp, u32 una)
{
	u32 acked = una - tp->snd_una;

	tp->bytes_acked += acked;
	tp->delivered += DIV_ROUND_UP(acked, max_t(u32, tp->mss_cache, 1));
	tp->snd_una = una;
	/* what is urgent and not acknowledged stays so: MSG_OOB may be the
	 * reason for the upload that is under way
	 */
	if (before(tp->snd_up, una))
		tp->snd_up = una;
}

/* As tcp_sndbuf_expand(): twice the congestion window, within tcp_wmem */
static void toe_sndbuf_grow(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int want, per_mss;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK ||
	    tcp_under_memory_pressure(sk))
		return;
	per_mss = roundup_pow_of_two(tp->mss_cache + MAX_TCP_HEADER +
			SKB_DATA_ALIGN(sizeof(struct skb_shared_info))) +
		  SKB_DATA_ALIGN(sizeof(struct sk_buff));
	want = min_t(u64, 2ULL * per_mss *
			  max_t(u32, TCP_INIT_CWND, tcp_snd_cwnd(tp)),
		     READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[2]));
	if (sk->sk_sndbuf < want)
		WRITE_ONCE(sk->sk_sndbuf, want);
}

/* As tcp_check_space() */
static void toe_rx_space(struct sock *sk)
{
	/* pairs with tcp_poll(): it sets SOCK_NOSPACE, then looks for space */
	smp_mb();
	if (!sk->sk_socket || !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		return;
	toe_sndbuf_grow(sk);
	sk->sk_write_space(sk);
}

/* Forward progress is two-way reachability (RFC 4861 section 7.3.1): the entry
 * stays reachable without an ARP, as when the host's stack had sent.
 */
static void toe_rx_confirm(const struct toe_conn *conn)
{
	if (conn->path)
		neigh_confirm(conn->path->neigh->n);
}

static void toe_rx_acked(struct toe_conn *conn, struct sock *sk,
			 const struct toe_event *ev)
{
	const struct toe_segs now = {
		.in = ev->segs_in,
		.out = ev->segs_out,
		.data_in = ev->data_segs_in,
		.data_out = ev->data_segs_out,
		.retrans = ev->retrans,
	};
	struct tcp_sock *tp = tcp_sk(sk);

	if (!toe_rx_check_send(conn, sk, ev))
		return;
	toe_rx_estimates(tp, ev);
	toe_rx_count(conn, tp, &now);
	tp->rcv_tstamp = tcp_jiffies32;
	if (after(ev->snd_nxt, tp->snd_nxt))
		WRITE_ONCE(tp->snd_nxt, ev->snd_nxt);
	if (after(ev->snd_una, tp->snd_una)) {
		toe_rx_count_acked(tp, ev->snd_una);
		if (before(conn->posted, tp->snd_una))
			conn->posted = tp->snd_una;
		toe_rx_confirm(conn);
	}
	/* a stray may have moved snd_una before: release in any case */
	toe_queue_acked(sk, tp->snd_una);
	if (conn->fin_posted && tp->snd_una == tp->write_seq)
		toe_rx_fin_acked(sk);
	toe_rx_space(sk);
}

/* ---- all together ------------------------------------------------------ */

/* A reader that waits for more (SO_RCVLOWAT) makes no room before it has come: the
 * NIC is not to wait for that with its ACK, see __tcp_ack_snd_check().
 */
static void toe_rx_ready(struct toe_conn *conn, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (tcp_epollin_ready(sk, sk->sk_rcvlowat) || sock_flag(sk, SOCK_DONE))
		sk->sk_data_ready(sk);
	else if (tp->rcv_nxt - tp->rcv_wup > tp->mss_cache)
		__set_bit(TOE_CONN_ACK, &conn->flags);
}

void toe_rx_run(struct toe_conn *conn, struct sock *sk)
{
	struct toe_inbox *in = &conn->inbox;
	struct sk_buff_head skbs;
	struct toe_event ev;
	u16 flags, reason;
	bool data;

	__skb_queue_head_init(&skbs);
	spin_lock(&in->lock);
	skb_queue_splice_init(&in->skbs, &skbs);
	ev = in->last;
	flags = in->flags;
	reason = in->reason;
	WRITE_ONCE(in->flags, 0);
	spin_unlock(&in->lock);

	if (flags & TOE_EVENT_FAULT)
		toe_rx_lie(conn, "driver rejected a completion");
	data = toe_rx_payload(conn, sk, &skbs);
	if (!test_bit(TOE_CONN_FAULT, &conn->flags) &&
	    flags & (TOE_EVENT_DATA | TOE_EVENT_FIN | TOE_EVENT_ACK))
		toe_rx_acked(conn, sk, &ev);
	if (!test_bit(TOE_CONN_FAULT, &conn->flags) && flags & TOE_EVENT_FIN)
		toe_rx_fin(conn, sk, &ev);
	if (flags & TOE_EVENT_UPLOAD)
		toe_upload_wish(conn, reason);
	toe_gate_settle(conn, sk);
	if (data)
		toe_rx_ready(conn, sk);
}

/**
 * toe_rx_frames() - let the host's stack judge what the NIC could not
 * @conn: a connection that is back in the host
 *
 * The frames enter where they would have without the NIC's engine. netif_rx()
 * queues, so the socket lock that is held here is no problem.
 *
 * Context: socket locked, BH disabled.
 */
void toe_rx_frames(struct toe_conn *conn)
{
	struct sk_buff_head frames;
	struct sk_buff *skb;

	__skb_queue_head_init(&frames);
	spin_lock(&conn->inbox.lock);
	skb_queue_splice_init(&conn->inbox.frames, &frames);
	spin_unlock(&conn->inbox.lock);
	while ((skb = __skb_dequeue(&frames)))
		netif_rx(skb);
}
