// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Down
 *
 * The moment of the hand-over is the release of the socket lock: the backlog
 * is empty, the lock is still ours, BH is off, so neither system call, timer
 * nor segment can move the connection while its state is read.
 *
 * Alone (net.toe.batch_max = 1): snapshot, initiate, switch, all inside that
 * moment. A refused connection was never touched.
 *
 * In a batch: snapshot, gate closed, state OFFLOADING; a work item carries the
 * forest of many connections down in one call and the answer is applied at
 * the next release of each socket. Segments that the host's stack still takes
 * in meanwhile are no harm: what they change (snd_una, rcv_nxt) is told by the
 * first post, and the fence keeps the stack's replies back, remembering that
 * an ACK is owed.
 */
#include "transfer.h"

#include <linux/slab.h>
#include <net/tcp.h>

#include <net/toe_compat.h>
#include "conn.h"
#include "dev.h"
#include "eligible.h"
#include "evict.h"
#include "failover.h"
#include "firewall.h"
#include "gate.h"
#include "link.h"
#include "object.h"
#include "packet.h"
#include "post.h"
#include "queue.h"
#include "quota.h"
#include "rx.h"
#include "sock.h"
#include "trace.h"
#include "upload.h"
#include "verdict.h"

/* Reasons that pass by themselves are retried after this, without backoff */
#define TOE_RETRY_SOON		msecs_to_jiffies(20)
#define TOE_RETRY_SHIFT_MAX	6
#define TOE_BATCH_MAX		256
#define TOE_BATCH_MOVE		64

/**
 * struct toe_down - a connection on its way down
 * @node: in toe_dev_priv.batch
 * @conn: the connection; a reference while in a batch
 * @tdev: where to
 * @path: its path object, one user
 * @answered: the device has spoken (release/acquire)
 * @st: snapshot
 * @tcp: block of the connection
 * @pblk: block of its path, used by the first connection on that path
 * @mblk: ditto for the intermediate objects
 * @nblk: ditto for the neighbour
 */
struct toe_down {
	struct list_head node;
	struct toe_conn *conn;
	struct toe_dev *tdev;
	struct toe_path *path;
	bool answered;
	struct toe_tcp_state st;
	struct toe_block tcp, pblk, mblk[TOE_MAX_HOPS], nblk;
};

/* ---- when -------------------------------------------------------------- */

enum toe_by toe_transfer_waits(const struct toe_conn *conn,
			       const struct sock *sk)
{
	const struct toe_net *tn = conn->tn;
	u64 bytes;
	u8 asked;

	/* whoever asks by hand gets an answer, so toe_eligible() has to say no */
	if (test_bit(TOE_CONN_REQUESTED, &conn->flags))
		return TOE_BY_NONE;
	if (unlikely(conn->flags & (BIT(TOE_CONN_NEVER) | BIT(TOE_CONN_HELD))))
		return test_bit(TOE_CONN_NEVER, &conn->flags) ?
		       TOE_BY_PROGRAM : TOE_BY_ADMIN;
	if (sk->sk_state != TCP_ESTABLISHED || sk->sk_shutdown)
		return TOE_BY_STATE;
	if (test_bit(TOE_CONN_WANT, &conn->flags))
		return TOE_BY_NONE;
	if (READ_ONCE(tn->mode) != TOE_MODE_AUTO)
		return TOE_BY_MODE;
	if (!test_bit(TOE_CONN_ALLOWED, &conn->flags))
		return conn->verdict.by;
	/* a rule that asks for bytes or age knows better than the knob */
	asked = conn->verdict.measures;
	bytes = toe_conn_bytes(sk) - conn->bytes_before;
	if (bytes < READ_ONCE(tn->min_bytes) &&
	    !(asked & BIT(TOE_MEASURE_BYTES)))
		return TOE_BY_MIN_BYTES;
	if (test_bit(TOE_CONN_RESTING, &conn->flags) && !bytes)
		return TOE_BY_ACTIVITY;
	return !(asked & BIT(TOE_MEASURE_AGE_MS)) &&
	       time_before(jiffies, conn->since +
			   msecs_to_jiffies(READ_ONCE(tn->min_age_ms))) ?
	       TOE_BY_MIN_AGE_MS : TOE_BY_NONE;
}

bool toe_transfer_due(struct toe_conn *conn, struct sock *sk)
{
	if (time_before(jiffies, conn->retry_at))
		return false;
	toe_verdict_refresh(conn, sk);
	return !toe_transfer_waits(conn, sk);
}

/* ---- what -------------------------------------------------------------- */

static u16 toe_cached_flags(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u16 flags = 0;

	if (tp->nonagle & TCP_NAGLE_OFF)
		flags |= TOE_TCP_NODELAY;
	if (tp->nonagle & TCP_NAGLE_CORK)
		flags |= TOE_TCP_CORK;
	return flags;
}

/* Besides those that a program sets, which are compared at each activity */
static u16 toe_route_flags(const struct dst_entry *dst)
{
	return dst_metric(dst, RTAX_QUICKACK) ? TOE_TCP_QUICKACK : 0;
}

/* R1: after this many time-outs the host wants to look at the route and at its
 * own limits (tcp_retries2, TCP_USER_TIMEOUT) again: n of them and the one that
 * makes the NIC ask last for rto * (2^(n + 1) - 1), and TCP_USER_TIMEOUT begins
 * with the end of the first.
 */
static u8 toe_max_retries(const struct sock *sk)
{
	u32 max = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_retries1);
	u64 limit = inet_csk(sk)->icsk_user_timeout;
	u64 rto = jiffies_to_msecs(inet_csk(sk)->icsk_rto);
	u32 n = 1;

	if (!limit)
		return max;
	while (n < max && rto << (n + 2) <= limit + 2 * rto)
		n++;
	return n;
}

static void toe_fill_cached(struct toe_tcp_cached *h, const struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	h->flags = toe_cached_flags(sk) | toe_route_flags(dst);
	h->mss = tcp_sk(sk)->mss_cache;
	h->max_retries = toe_max_retries(sk);
	h->pacing_rate = toe_pacing_rate(sk);
	h->rto_min_us = jiffies_to_usecs(tcp_rto_min((struct sock *)sk));
	h->ttl = toe_hop_limit(sk, dst);
	h->flowlabel = 0;
#if IS_ENABLED(CONFIG_IPV6)
	if (toe_is_v6(sk)) {
		h->tos = inet6_sk(sk)->tclass;
		h->flowlabel = ntohl(inet6_sk(sk)->flow_label) & 0xfffff;
		return;
	}
#endif
	h->tos = inet_sk(sk)->tos;
}

static void toe_fill_const(struct toe_tcp_const *c, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	c->flags = 0;
	if (tp->rx_opt.tstamp_ok)
		c->flags |= TOE_TCP_TSTAMP;
	if (tcp_is_sack(tp))
		c->flags |= TOE_TCP_SACK;
	if (tp->rx_opt.wscale_ok)
		c->flags |= TOE_TCP_WSCALE;
	if (tp->ecn_flags & TCP_ECN_OK)
		c->flags |= TOE_TCP_ECN;
	c->sport = inet_sk(sk)->inet_sport;
	c->dport = inet_sk(sk)->inet_dport;
	c->snd_wscale = tp->rx_opt.snd_wscale;
	c->rcv_wscale = tp->rx_opt.rcv_wscale;
	c->cc = toe_cc_by_name(inet_csk(sk)->icsk_ca_ops->name);
}

/* What is left of the timer that stands for progress of the send side */
static u32 toe_timer_left(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	long left = icsk->icsk_timeout - jiffies;

	switch (icsk->icsk_pending) {
	case ICSK_TIME_RETRANS:
	case ICSK_TIME_PROBE0:
		return left <= 0 ? TOE_TIMER_NOW : jiffies_to_usecs(left);
	case ICSK_TIME_LOSS_PROBE:
	case ICSK_TIME_REO_TIMEOUT:
		return jiffies_to_usecs(icsk->icsk_rto);
	default:
		return TOE_TIMER_OFF;
	}
}

/* A reduction that ends while nothing is on its way ends at ssthresh, as in
 * tcp_end_cwnd_reduction(); one under way does not go down: toe_eligible().
 */
static u32 toe_cwnd_now(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 cwnd = tcp_snd_cwnd(tp);

	return inet_csk(sk)->icsk_ca_state > TCP_CA_Disorder ?
	       min(cwnd, max(tp->snd_ssthresh, 2U)) : cwnd;
}

static void toe_fill_delegated(struct toe_tcp_delegated *d, struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = tp->mss_cache;

	*d = (struct toe_tcp_delegated){
		.state = sk->sk_state,
		.reordering = !!tp->reord_seen,
		.reo_mult = tp->rack.reo_wnd_steps,
		.reo_persist = tp->rack.reo_wnd_persist,
		.retries = icsk->icsk_retransmits,
		.probes = icsk->icsk_probes_out,
		.snd_una = tp->snd_una,
		.snd_nxt = tp->snd_nxt,
		.snd_wnd = tp->snd_wnd,
		.snd_wl1 = tp->snd_wl1,
		.max_snd_wnd = tp->max_window,
		.rcv_nxt = tp->rcv_nxt,
		.rcv_edge = tp->rcv_nxt + tcp_receive_window(tp),
		.cwnd = min_t(u64, (u64)toe_cwnd_now(sk) * mss, S32_MAX),
		.ssthresh = min_t(u64, (u64)tp->snd_ssthresh * mss, S32_MAX),
		.srtt_us = tp->srtt_us >> 3,
		.rttvar_us = tp->srtt_us ? tp->rttvar_us >> 2 : 0,
		.min_rtt_us = tcp_min_rtt(tp),
		.rto_us = jiffies_to_usecs(icsk->icsk_rto),
		.ts_val = toe_ts_clock() + tp->tsoffset,
		.ts_recent = tp->rx_opt.ts_recent,
		.timer_us = toe_timer_left(sk),
		.ip_id = toe_ip_id(sk),
	};
	if (tp->ecn_flags & TCP_ECN_DEMAND_CWR)
		d->ecn |= TOE_TCP_ECN_ECHO;
	if (tp->ecn_flags & TCP_ECN_QUEUE_CWR)
		d->ecn |= TOE_TCP_ECN_REDUCED;
	if (tp->rx_opt.ts_recent_stamp)
		d->ts_recent_age_ms = (u32)(ktime_get_seconds() -
			tp->rx_opt.ts_recent_stamp) * MSEC_PER_SEC;
}

static void toe_fill_path(struct toe_path_state *p, const struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	memset(p, 0, sizeof(*p));
	p->h.mtu = min_t(u32, dst_mtu(dst), U16_MAX);
#if IS_ENABLED(CONFIG_IPV6)
	if (toe_is_v6(sk)) {
		p->c.family = AF_INET6;
		p->c.saddr6 = inet6_sk(sk)->saddr;
		p->c.daddr6 = sk->sk_v6_daddr;
		return;
	}
#endif
	p->c.family = AF_INET;
	p->c.saddr = inet_sk(sk)->inet_saddr;
	p->c.daddr = inet_sk(sk)->inet_daddr;
}

static struct neighbour *toe_next_hop(struct sock *sk)
{
	struct neighbour *n = toe_neigh_lookup(__sk_dst_get(sk), sk);

	if (!n)
		return NULL;
	if (!(READ_ONCE(n->nud_state) & NUD_VALID)) {
		neigh_event_send(n, NULL);
		neigh_release(n);
		return NULL;
	}
	return n;
}

static void toe_down_put_path(struct toe_down *down)
{
	spin_lock(&down->tdev->priv->obj_lock);
	__toe_path_put(down->tdev, down->path);
	spin_unlock(&down->tdev->priv->obj_lock);
}

static enum toe_refusal toe_down_fill(struct toe_down *down,
				      struct toe_conn *conn, struct sock *sk,
				      const struct toe_link *link)
{
	struct toe_dev *tdev = link->tdev;
	struct toe_path_state ps;
	struct neighbour *n;

	n = toe_next_hop(sk);
	if (!n)
		return TOE_REFUSAL_NEIGHBOUR;
	toe_fill_path(&ps, sk);
	down->conn = conn;
	down->tdev = tdev;
	down->answered = false;
	toe_fill_const(&down->st.c, sk);
	toe_fill_cached(&down->st.h, sk);
	toe_fill_delegated(&down->st.d, sk);
	spin_lock(&tdev->priv->obj_lock);
	down->path = __toe_path_get(tdev, &ps, n, link);
	spin_unlock(&tdev->priv->obj_lock);
	neigh_release(n);
	if (!down->path)
		return TOE_REFUSAL_MEMORY;
	if (!toe_link_still(link, sk)) {
		toe_down_put_path(down);
		return TOE_REFUSAL_BOND;
	}
	toe_path_pcp(down->path, sk->sk_priority, down->st.h.pcp);
	return TOE_REFUSAL_NONE;
}

/* ---- the call ---------------------------------------------------------- */

/* The block that objects standing on @mid, or on @neigh, hang below */
static struct toe_block *toe_forest_mid(struct toe_down *down,
					struct toe_mid *mid, int depth)
{
	struct toe_block *low;

	if (!mid)
		return down->path->neigh->blk;
	if (mid->blk)
		return mid->blk;
	low = toe_forest_mid(down, mid->below, depth + 1);
	mid->blk = &down->mblk[depth];
	toe_mid_block(mid->blk, mid);
	mid->blk->next = low->dependent;
	low->dependent = mid->blk;
	return mid->blk;
}

static void toe_forest_add(struct toe_block **root, struct toe_down *down)
{
	struct toe_path *path = down->path;
	struct toe_neigh *neigh = path->neigh;
	struct toe_block *low;

	if (!neigh->blk) {
		toe_block_init(&down->nblk, TOE_OBJECT_NEIGH, neigh->nic,
			       &neigh->state, sizeof(neigh->state));
		neigh->blk = &down->nblk;
		neigh->blk->next = *root;
		*root = neigh->blk;
	}
	if (!path->blk) {
		toe_block_init(&down->pblk, TOE_OBJECT_PATH, path->nic,
			       &path->state, sizeof(path->state));
		path->blk = &down->pblk;
		low = toe_forest_mid(down, path->mid, 0);
		path->blk->next = low->dependent;
		low->dependent = path->blk;
	}
	toe_block_init(&down->tcp, TOE_OBJECT_TCP, 0, &down->st,
		       sizeof(down->st));
	down->tcp.host = down->conn;
	down->tcp.next = path->blk->dependent;
	path->blk->dependent = &down->tcp;
}

/* A device that does not know its own handle has forgotten the object: the next
 * forest carries its state again.
 */
static void toe_harvest_object(const struct toe_block *blk, u32 *nic)
{
	if (!blk->status)
		*nic = blk->nic;
	else if (blk->status == TOE_REFUSAL_NIC_INVALID)
		*nic = 0;
}

static void toe_forest_harvest(struct toe_down *down)
{
	struct toe_path *path = down->path;
	struct toe_neigh *neigh = path->neigh;
	struct toe_mid *mid;

	if (path->blk && path->blk->status)
		down->tcp.status = path->blk->status;
	for (mid = path->mid; mid; mid = mid->below) {
		if (!mid->blk)
			continue;
		if (mid->blk->status)
			down->tcp.status = mid->blk->status;
		toe_harvest_object(mid->blk, &mid->nic);
	}
	if (neigh->blk && neigh->blk->status)
		down->tcp.status = neigh->blk->status;
	if (neigh->blk)
		toe_harvest_object(neigh->blk, &neigh->nic);
	if (path->blk)
		toe_harvest_object(path->blk, &path->nic);
	if (!down->tcp.status && !down->tcp.nic)
		down->tcp.status = TOE_REFUSAL_NIC_INVALID;
	/* a device that took the connection without its path: take it back */
	if (down->tcp.status && down->tcp.nic) {
		down->tcp.next = NULL;
		down->tcp.dependent = NULL;
		down->tdev->ops->invalidate(down->tdev, &down->tcp);
	}
}

/* One call for all of @list; every one has its answer afterwards. */
static void __toe_initiate(struct toe_dev *tdev, struct list_head *list)
{
	struct toe_down *down, *next;
	struct toe_block *root = NULL;
	struct toe_mid *mid;
	int err = -EIO;

	lockdep_assert_held(&tdev->priv->obj_lock);
	list_for_each_entry(down, list, node)
		toe_forest_add(&root, down);
	if (!READ_ONCE(tdev->priv->dead))
		err = tdev->ops->initiate(tdev, root);
	list_for_each_entry(down, list, node) {
		if (err)
			down->tcp.status = TOE_REFUSAL_NIC_DEAD;
		else
			toe_forest_harvest(down);
		toe_mib_inc(down->conn->tn, TOE_MIB_TRIED);
	}
	list_for_each_entry(down, list, node) {
		for (mid = down->path->mid; mid; mid = mid->below)
			mid->blk = NULL;
		down->path->neigh->blk = NULL;
		down->path->blk = NULL;
	}
	list_for_each_entry_safe(down, next, list, node) {
		/* from here on the socket may free it: toe_transfer_settle() */
		smp_store_release(&down->answered, true);
	}
}

/* ---- the answer -------------------------------------------------------- */

/* Where somebody may have to make room, who is worth it asks often enough */
static unsigned long toe_transfer_pause(const struct toe_conn *conn,
					enum toe_refusal why,
					unsigned int shift)
{
	unsigned long pause, soon = toe_evict_pause(conn, why);

	pause = msecs_to_jiffies(READ_ONCE(conn->tn->retry_ms)) << shift;
	return soon ? min(pause, soon) : pause;
}

static void toe_transfer_refused(struct toe_conn *conn, enum toe_refusal why)
{
	unsigned int shift = min_t(u32, conn->refusals, TOE_RETRY_SHIFT_MAX);

	conn->last_refusal = why;
	toe_mib_refusal(conn->tn, why);
	trace_toe_refuse(conn, why);
	toe_history_note(conn, TOE_MOVE_REFUSED, why);
	switch (why) {
	case TOE_REFUSAL_LOSS:
	case TOE_REFUSAL_NEIGHBOUR:
	case TOE_REFUSAL_MEMORY:
	case TOE_REFUSAL_URGENT:
		conn->retry_at = jiffies + TOE_RETRY_SOON;
		return;
	case TOE_REFUSAL_DEVICE:
	case TOE_REFUSAL_DEVICE_OFF:
	case TOE_REFUSAL_BOND:
	case TOE_REFUSAL_LIMIT:
	case TOE_REFUSAL_QUOTA:
	case TOE_REFUSAL_NIC_TCP_ENTRIES:
		/* it was down before: as soon as there is room */
		if (test_bit(TOE_CONN_DISPLACED, &conn->flags))
			shift = 0;
		break;
	default:
		break;
	}
	conn->refusals++;
	__clear_bit(TOE_CONN_REQUESTED, &conn->flags);
	conn->retry_at = jiffies + toe_transfer_pause(conn, why, shift);
}

static void toe_transfer_accepted(struct toe_conn *conn, struct sock *sk,
				  struct toe_down *down)
{
	struct toe_dev_priv *priv = down->tdev->priv;
	struct tcp_sock *tp = tcp_sk(sk);

	toe_gate_close(conn, sk);
	toe_queue_down(sk);
	conn->tdev = down->tdev;
	conn->path = down->path;
	conn->nic = down->tcp.nic;
	conn->posted = tp->snd_una;
	conn->granted = down->st.d.rcv_edge;
	conn->fin_posted = false;
	conn->constant = down->st.c;
	conn->cached = down->st.h;
	memset(&conn->seen, 0, sizeof(conn->seen));
	conn->refusals = 0;
	conn->value = (struct toe_value){};
	conn->evicting = false;
	toe_conn_get(conn);	/* the NIC's */
	spin_lock(&priv->conn_lock);
	list_add_tail(&conn->dev_node, &priv->conns);
	spin_unlock(&priv->conn_lock);
	atomic_inc(&priv->nr_conns);
	toe_sock_mark(sk, true);
	toe_failover_down(conn);
	toe_firewall_start(conn, sk);
	toe_fsm_move(conn, TOE_STATE_OFFLOADED, 0);
	__clear_bit(TOE_CONN_REQUESTED, &conn->flags);
	/* toe_conn_tick() serves it at once: events, first post */
}

static void toe_transfer_apply(struct toe_conn *conn, struct sock *sk,
			       struct toe_down *down)
{
	enum toe_refusal why = down->tcp.status;
	bool gated = test_bit(TOE_CONN_GATED, &conn->flags);

	if (!why) {
		toe_transfer_accepted(conn, sk, down);
		return;
	}
	toe_down_put_path(down);
	toe_quota_put(conn, sk);
	toe_fsm_move(conn, TOE_STATE_HOST, why);
	toe_transfer_refused(conn, why);
	toe_evict_for(conn, sk, why, down->tdev);
	__clear_bit(TOE_CONN_UPLOAD, &conn->flags);
	if (gated) {
		toe_gate_open(conn, sk);
		toe_upload_rearm(conn, sk, down->st.d.timer_us);
	}
}

/* ---- alone ------------------------------------------------------------- */

static void toe_transfer_alone(struct toe_conn *conn, struct sock *sk,
			       struct toe_down *down)
{
	struct toe_dev_priv *priv = down->tdev->priv;
	LIST_HEAD(list);

	toe_fsm_move(conn, TOE_STATE_OFFLOADING, 0);
	list_add(&down->node, &list);
	spin_lock(&priv->obj_lock);
	__toe_initiate(down->tdev, &list);
	spin_unlock(&priv->obj_lock);
	toe_mib_batch(conn->tn, 1);
	toe_transfer_apply(conn, sk, down);
}

/* ---- in a batch -------------------------------------------------------- */

/* Those that lost their NIC come many at once */
static u32 toe_batch_size(const struct toe_conn *conn)
{
	u32 max = READ_ONCE(conn->tn->batch_max);

	return test_bit(TOE_CONN_DISPLACED, &conn->flags) ?
	       max_t(u32, max, TOE_BATCH_MOVE) : max;
}

static bool toe_transfer_enqueue(struct toe_conn *conn, struct sock *sk,
				 const struct toe_down *tmpl)
{
	struct toe_dev_priv *priv = tmpl->tdev->priv;
	struct toe_down *down;
	u32 max = toe_batch_size(conn);
	bool full;

	down = kmemdup(tmpl, sizeof(*tmpl), GFP_ATOMIC);
	if (!down)
		return false;
	toe_conn_get(conn);
	conn->down = down;
	toe_gate_close(conn, sk);
	toe_fsm_move(conn, TOE_STATE_OFFLOADING, 0);
	spin_lock(&priv->obj_lock);
	list_add_tail(&down->node, &priv->batch);
	full = ++priv->batch_nr >= max;
	spin_unlock(&priv->obj_lock);
	if (full)
		mod_delayed_work(system_highpri_wq, &priv->batch_work, 0);
	else
		queue_delayed_work(system_highpri_wq, &priv->batch_work,
				   msecs_to_jiffies(READ_ONCE(conn->tn->batch_ms)));
	return true;
}

/**
 * toe_transfer_settle() - apply the answer of a batch
 * @conn: a connection in state OFFLOADING
 * @sk: its socket
 *
 * Context: socket locked, BH disabled.
 */
void toe_transfer_settle(struct toe_conn *conn, struct sock *sk)
{
	struct toe_down *down = conn->down;

	/* pairs with __toe_initiate() */
	if (!down || !smp_load_acquire(&down->answered))
		return;
	conn->down = NULL;
	toe_transfer_apply(conn, sk, down);
	kfree(down);
	toe_conn_put(conn);
}

/**
 * toe_transfer_cancel() - get an answer now
 * @conn: a connection in state OFFLOADING
 * @sk: its socket
 *
 * Initiate runs under obj_lock and answers before it lets go: whoever holds
 * the lock finds the connection either still queued or answered.
 *
 * Context: socket locked, BH disabled.
 */
void toe_transfer_cancel(struct toe_conn *conn, struct sock *sk)
{
	struct toe_down *down = conn->down;
	struct toe_dev_priv *priv;

	if (!down)
		return;
	priv = down->tdev->priv;
	spin_lock(&priv->obj_lock);
	if (!down->answered) {
		list_del(&down->node);
		priv->batch_nr--;
		down->tcp.status = TOE_REFUSAL_STATE;
		down->answered = true;
	}
	spin_unlock(&priv->obj_lock);
	toe_transfer_settle(conn, sk);
}

static void toe_batch_take(struct toe_dev_priv *priv, struct list_head *list)
{
	int n = 0;

	while (!list_empty(&priv->batch) && n++ < TOE_BATCH_MAX) {
		list_move_tail(priv->batch.next, list);
		priv->batch_nr--;
	}
}

/* Sockets learn their answer by being locked and released once. */
static void toe_batch_settle(struct toe_conn **conns, int n)
{
	struct sock *sk;
	int i;

	for (i = 0; i < n; i++) {
		sk = toe_conn_sk_get(conns[i]);
		if (sk) {
			lock_sock(sk);
			release_sock(sk);
			sock_put(sk);
		}
		toe_conn_put(conns[i]);
	}
}

/**
 * toe_transfer_flush() - carry the collected connections down
 * @tdev: the device
 *
 * Context: process, sleeps.
 */
void toe_transfer_flush(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_conn **conns;
	struct toe_down *down;
	LIST_HEAD(list);
	int n = 0;

	conns = kmalloc_array(TOE_BATCH_MAX, sizeof(*conns),
			      GFP_KERNEL | __GFP_NOFAIL);
	spin_lock_bh(&priv->obj_lock);
	toe_batch_take(priv, &list);
	list_for_each_entry(down, &list, node)
		conns[n++] = toe_conn_get(down->conn);
	if (n) {
		toe_mib_batch(conns[0]->tn, n);
		__toe_initiate(tdev, &list);
	}
	spin_unlock_bh(&priv->obj_lock);
	toe_batch_settle(conns, n);
	kfree(conns);
	if (!list_empty(&priv->batch))
		mod_delayed_work(system_highpri_wq, &priv->batch_work, 0);
}

/* ---- decision ---------------------------------------------------------- */

/**
 * toe_transfer_try() - hand a connection to the NIC if all agree
 * @conn: a connection in state HOST
 * @sk: its socket
 *
 * Context: end of release_sock(): socket locked, backlog empty, BH disabled.
 */
void toe_transfer_try(struct toe_conn *conn, struct sock *sk)
{
	struct toe_link link;
	struct toe_down down;
	enum toe_refusal why;

	__clear_bit(TOE_CONN_UPLOAD, &conn->flags);
	__clear_bit(TOE_CONN_FAULT, &conn->flags);
	conn->up_reason = TOE_UPLOAD_NONE;
	rcu_read_lock();
	why = toe_eligible(conn, sk, &link);
	if (!why)
		why = toe_quota_get(conn, sk, link.tdev);
	if (why)
		goto refuse;
	why = toe_down_fill(&down, conn, sk, &link);
	if (why) {
		toe_quota_put(conn, sk);
		goto refuse;
	}
	if (toe_batch_size(conn) <= 1 ||
	    !toe_transfer_enqueue(conn, sk, &down))
		toe_transfer_alone(conn, sk, &down);
	rcu_read_unlock();
	return;

refuse:
	toe_transfer_refused(conn, why);
	/* for want of room: then the way to the NIC was found */
	toe_evict_for(conn, sk, why, link.tdev);
	rcu_read_unlock();
}

/* A VLAN's egress map, or the socket's priority, may be new */
static bool toe_pcp_changed(const struct toe_conn *conn, const struct sock *sk)
{
	u8 pcp[TOE_MAX_TAGS];

	if (likely(!conn->path->mid))
		return false;
	toe_path_pcp(conn->path, sk->sk_priority, pcp);
	return memcmp(pcp, conn->cached.pcp, sizeof(pcp));
}

/* Not inline: its large frame is not for the path on which nothing changed */
static noinline void toe_transfer_push(struct toe_conn *conn, struct sock *sk)
{
	struct toe_tcp_state st = {};
	struct toe_block blk;

	__clear_bit(TOE_CONN_REFRESH, &conn->flags);
	if (!__sk_dst_get(sk))
		return;
	toe_fill_const(&st.c, sk);
	toe_fill_cached(&st.h, sk);
	toe_path_pcp(conn->path, sk->sk_priority, st.h.pcp);
	conn->cached = st.h;
	toe_block_init(&blk, TOE_OBJECT_TCP, conn->nic, &st, sizeof(st));
	blk.host = conn;
	conn->tdev->ops->update(conn->tdev, &blk);
}

/**
 * toe_transfer_update() - push cached state that the socket has changed
 * @conn: an offloaded connection
 * @sk: its socket
 *
 * Context: socket locked, BH disabled.
 */
void toe_transfer_update(struct toe_conn *conn, struct sock *sk)
{
	if (unlikely(conn->cached.mss != tcp_sk(sk)->mss_cache ||
		     (conn->cached.flags & ~TOE_TCP_QUICKACK) !=
			     toe_cached_flags(sk) ||
		     conn->cached.pacing_rate != toe_pacing_rate(sk) ||
		     test_bit(TOE_CONN_REFRESH, &conn->flags) ||
		     toe_pcp_changed(conn, sk)))
		toe_transfer_push(conn, sk);
}
