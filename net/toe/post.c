// SPDX-License-Identifier: GPL-2.0-only
#include "post.h"

#include <net/tcp.h>
#include <net/toe_compat.h>

#include "conn.h"
#include "gate.h"
#include "queue.h"
#include "trace.h"

#define TOE_POST_BVECS	16

/* There was no memory for what came. Nothing is promised until there is some, or the
 * program has read what is there: then a little may come all the same, as in
 * tcp_data_queue(). Nobody waits for the first: while there is none, what is there
 * counts as readable, whatever SO_RCVLOWAT says (tcp_rmem_pressure()).
 */
static bool toe_post_over(struct toe_conn *conn, struct sock *sk)
{
	if (likely(!test_bit(TOE_CONN_OVER, &conn->flags)))
		return false;
	if (!skb_queue_empty(&sk->sk_receive_queue) &&
	    !__sk_mem_schedule(sk, PAGE_SIZE, SK_MEM_RECV))
		return true;
	__clear_bit(TOE_CONN_OVER, &conn->flags);
	return false;
}

/* The receive window as __tcp_select_window() would see it: free space, not
 * above what the socket has shown to make use of. What the NIC has placed and
 * the socket not yet queued lies inside the edge granted before.
 */
u32 toe_post_edge(struct toe_conn *conn, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int space = tcp_space(sk);
	u32 wnd, edge;

	if (toe_post_over(conn, sk))
		return conn->granted;
	if (space < tcp_full_space(sk) >> 1 && tcp_under_memory_pressure(sk))
		tcp_adjust_rcv_ssthresh(sk);
	wnd = clamp_t(int, space, 0, tp->rcv_ssthresh);
	if (tp->rx_opt.rcv_wscale)
		wnd = round_down(wnd, 1U << tp->rx_opt.rcv_wscale);
	else
		wnd = min_t(u32, wnd, 65535);
	wnd = min_t(u32, wnd, 65535U << tp->rx_opt.rcv_wscale);
	edge = tp->rcv_nxt + wnd;
	return before(edge, conn->granted) ? conn->granted : edge;
}

/* A doorbell for a window costs; ring when it opened by a quarter, when the peer
 * may be close to its edge, or may wait for an ACK.
 */
static bool toe_grant_due(struct toe_conn *conn, struct sock *sk, u32 edge)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 opened = edge - conn->granted;

	if (!opened)
		return false;
	return opened >= tp->rcv_ssthresh / 4 ||
	       conn->granted - tp->rcv_nxt < opened || toe_post_read_out(tp);
}

struct toe_gather {
	struct bio_vec bv[TOE_POST_BVECS];
	u32 max;		/* of bv, what the device takes */
	u32 nr;
	u32 len;
	bool full;
};

static void toe_gather_frag(struct toe_gather *g, const skb_frag_t *frag,
			    u32 skip)
{
	struct bio_vec *bv = &g->bv[g->nr];

	bv->bv_page = skb_frag_page(frag);
	bv->bv_offset = skb_frag_off(frag) + skip;
	bv->bv_len = skb_frag_size(frag) - skip;
	g->len += bv->bv_len;
	g->full = ++g->nr == g->max;
}

static void toe_gather_skb(struct toe_gather *g, const struct sk_buff *skb,
			   u32 skip)
{
	int i;

	for (i = 0; i < skb_shinfo(skb)->nr_frags && !g->full; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (skip >= skb_frag_size(frag)) {
			skip -= skb_frag_size(frag);
			continue;
		}
		toe_gather_frag(g, frag, skip);
		skip = 0;
	}
}

/* Collect bytes from conn->posted on; false = nothing more to post. The
 * kernel's sendmsg makes no linear parts; should a buffer have one, it has no
 * page to refer to and the connection goes back.
 */
static bool toe_gather(struct toe_conn *conn, struct sock *sk,
		       struct toe_gather *g, u32 *flags)
{
	struct sk_buff *skb = toe_queue_find(sk, conn->posted);
	u32 seq = conn->posted;

	g->max = min_t(u32, TOE_POST_BVECS, conn->tdev->caps.max_bvec);
	g->nr = 0;
	g->len = 0;
	g->full = false;
	for (; skb; skb = skb_queue_is_last(&sk->sk_write_queue, skb) ?
			  NULL : skb_queue_next(&sk->sk_write_queue, skb)) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
		u32 had = g->len;

		if (unlikely(skb_headlen(skb))) {
			__set_bit(TOE_CONN_UPLOAD, &conn->flags);
			conn->up_reason = TOE_UPLOAD_UNSUPPORTED;
			break;
		}
		toe_gather_skb(g, skb, seq - cb->seq);
		if (unlikely(skb_zcopy(skb)))
			*flags |= TOE_POST_USER;
		seq += g->len - had;
		if (seq + !!(cb->tcp_flags & TCPHDR_FIN) != cb->end_seq)
			break;		/* no room for all of it */
		if (cb->tcp_flags & TCPHDR_FIN) {
			*flags |= TOE_POST_FIN | TOE_POST_PUSH;
			break;
		}
		if (skb_queue_is_last(&sk->sk_write_queue, skb) &&
		    cb->tcp_flags & TCPHDR_PSH)
			*flags |= TOE_POST_PUSH;
		if (g->full)
			break;
	}
	return g->nr || *flags & TOE_POST_FIN;
}

static void toe_post_one(struct toe_conn *conn, struct sock *sk,
			 const struct toe_gather *g, u32 flags)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct toe_post post = {
		.flags = flags,
		.seq = conn->posted,
		.len = g->len,
		.snd_una = tp->snd_una,
		.rcv_nxt = tp->rcv_nxt,
		.rcv_edge = conn->granted,
		.nr = g->nr,
		.bvec = g->bv,
	};

	conn->posted += g->len;
	if (flags & TOE_POST_FIN) {
		conn->posted++;
		conn->fin_posted = true;
	}
	trace_toe_post(conn, &post);
	toe_mib_inc(conn->tn, TOE_MIB_TX_POSTS);
	toe_mib_add(conn->tn, TOE_MIB_TX_BYTES, g->len);
	conn->tdev->ops->post(conn->tdev, conn->nic, &post);
}

static u32 toe_post_wants(struct toe_conn *conn)
{
	u32 flags = 0;

	if (__test_and_clear_bit(TOE_CONN_ACK, &conn->flags))
		flags |= TOE_POST_ACK;
	if (__test_and_clear_bit(TOE_CONN_PROBE, &conn->flags))
		flags |= TOE_POST_PROBE;
	return flags;
}

/* What the NIC has surely sent by now, for TCP_INFO and TCP_NOTSENT_LOWAT
 * between two events: it sends what window and cwnd allow.
 */
static void toe_post_guess_sent(struct toe_conn *conn, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 room = min_t(u64, tp->snd_wnd,
			 (u64)tcp_snd_cwnd(tp) * tp->mss_cache);
	u32 sent = tp->snd_una + room;

	if (after(sent, conn->posted))
		sent = conn->posted;
	if (after(sent, tp->snd_nxt))
		WRITE_ONCE(tp->snd_nxt, sent);
}

/**
 * toe_post_run() - bring the NIC up to date
 * @conn: an offloaded connection
 * @sk: its socket
 *
 * New data, FIN, a window that opened, an ACK or a probe that the host's stack
 * wanted to send: one doorbell for all of it, more only when the gather list
 * is longer than TOE_POST_BVECS.
 *
 * Context: socket locked, BH disabled.
 */
void toe_post_run(struct toe_conn *conn, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 flags = toe_post_wants(conn);
	struct toe_gather g __toe_unset;
	bool data;
	u32 edge;

	data = conn->posted != tp->write_seq && !conn->fin_posted;
	if (!data && !flags && toe_post_window_wide(conn, tp))
		return;
	edge = toe_post_edge(conn, sk);
	if (!data && !flags && !toe_grant_due(conn, sk, edge))
		return;
	conn->granted = edge;
	tp->rcv_wup = tp->rcv_nxt;
	tp->rcv_wnd = edge - tp->rcv_nxt;
	if (!data) {
		g.nr = 0;
		g.len = 0;
		toe_post_one(conn, sk, &g, flags);
		return;
	}
	while (!conn->fin_posted && toe_gather(conn, sk, &g, &flags)) {
		toe_post_one(conn, sk, &g, flags);
		tp->bytes_sent += g.len;
		flags = 0;
	}
	tp->lsndtime = tcp_jiffies32;
	toe_post_guess_sent(conn, sk);
}
