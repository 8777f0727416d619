// SPDX-License-Identifier: GPL-2.0-only
#include "conn.h"

#include <linux/slab.h>
#include <net/tcp.h>

#include "dev.h"
#include "eligible.h"
#include "failover.h"
#include "firewall.h"
#include "object.h"
#include "post.h"
#include "query.h"
#include "relink.h"
#include "rx.h"
#include "sock.h"
#include "transfer.h"
#include "upload.h"
#include "verdict.h"

static struct kmem_cache *toe_conn_cache;

/* ---- life --------------------------------------------------------------- */

struct toe_conn *toe_conn_get(struct toe_conn *conn)
{
	refcount_inc(&conn->ref);
	return conn;
}
EXPORT_SYMBOL_GPL(toe_conn_get);

static void toe_conn_free(struct rcu_head *rcu)
{
	struct toe_conn *conn = container_of(rcu, struct toe_conn, rcu);

	toe_inbox_purge(conn);
	kmem_cache_free(toe_conn_cache, conn);
}

void toe_conn_put(struct toe_conn *conn)
{
	if (refcount_dec_and_test(&conn->ref))
		call_rcu(&conn->rcu, toe_conn_free);
}
EXPORT_SYMBOL_GPL(toe_conn_put);

/**
 * toe_conn_attach() - put a socket under watch
 * @sk: an established TCP socket, not watched
 * @direction: who opened it
 *
 * Context: socket locked; softirq or process.
 * Return: the connection, owned by the socket; NULL when out of memory or
 * when somebody else has replaced the socket's operations.
 */
struct toe_conn *toe_conn_attach(struct sock *sk, enum toe_direction direction)
{
	struct toe_net *tn = toe_pernet(sock_net(sk));
	struct toe_conn *conn;

	conn = kmem_cache_zalloc(toe_conn_cache, GFP_ATOMIC);
	if (!conn)
		return NULL;
	refcount_set(&conn->ref, 1);
	conn->tn = tn;
	conn->sk = sk;
	conn->direction = direction;
	conn->since = jiffies;
	conn->changed = jiffies;
	conn->retry_at = jiffies;
	conn->checked = jiffies - 1;
	conn->bytes_before = toe_conn_bytes(sk);
	conn->rate = TOE_UNMEASURED;
	conn->rate_at = jiffies;
	conn->rate_bytes = conn->bytes_before;
	toe_inbox_init(conn);
	INIT_LIST_HEAD(&conn->dev_node);
	if (!toe_sock_hook(sk))
		goto err_free;
	/* Netlink finds it from here on: nothing may fail any more. */
	if (xa_alloc_cyclic_bh(&tn->conns, &conn->id, conn, xa_limit_31b,
			       &tn->next_id, GFP_ATOMIC) < 0)
		goto err_unhook;
	toe_verdict_renew(conn, sk);
	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, conn);
	toe_mib_inc(tn, TOE_MIB_WATCHED);
	return conn;

err_unhook:
	toe_sock_unhook(sk);
err_free:
	kmem_cache_free(toe_conn_cache, conn);
	return NULL;
}

/**
 * toe_conn_detach() - give a socket up
 * @conn: a connection in state HOST; the socket's reference is put
 *
 * Context: socket locked.
 */
void toe_conn_detach(struct toe_conn *conn)
{
	struct sock *sk = conn->sk;

	WARN_ON_ONCE(conn->state != TOE_STATE_HOST);
	toe_failover_forget(conn);
	toe_sock_unhook(sk);
	RCU_INIT_POINTER(inet_csk(sk)->icsk_ulp_data, NULL);
	WRITE_ONCE(conn->sk, NULL);
	xa_erase_bh(&conn->tn->conns, conn->id);
	toe_conn_put(conn);
}

/**
 * toe_conn_sk_get() - the socket of a connection, safely
 * @conn: the connection, a reference held
 *
 * TCP sockets are SLAB_TYPESAFE_BY_RCU: within RCU the memory stays a socket,
 * perhaps another one, so a reference may be tried; whoever locks the socket
 * compares with conn->sk again.
 *
 * Context: any.
 * Return: the socket with a reference, or NULL.
 */
struct sock *toe_conn_sk_get(struct toe_conn *conn)
{
	struct sock *sk;

	rcu_read_lock();
	sk = READ_ONCE(conn->sk);
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	return sk;
}

u32 toe_conn_sent_limit(const struct toe_conn *conn, const struct sock *sk)
{
	u32 nxt = tcp_sk(sk)->snd_nxt;

	return after(nxt, conn->posted) ? nxt : conn->posted;
}

/* ---- what is due ----------------------------------------------------------- */

static bool toe_route_valid(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get(sk);
	u32 cookie = 0;

	if (!dst)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		cookie = inet6_sk(sk)->dst_cookie;
#endif
	return !dst->obsolete || dst->ops->check(dst, cookie);
}

static bool toe_route_next_hop(const struct toe_conn *conn, struct sock *sk,
			       const struct dst_entry *dst)
{
	const struct neighbour *hop = READ_ONCE(conn->path->neigh)->n;
	struct neighbour *n;

	if (dst->dev != hop->dev)
		return false;
	n = toe_neigh_lookup(dst, sk);
	if (!n)
		return false;
	neigh_release(n);
	return n == hop;
}

static const struct dst_entry *toe_route_now(struct sock *sk)
{
	if (!toe_route_valid(sk) && inet_csk(sk)->icsk_af_ops->rebuild_header(sk))
		return NULL;
	return __sk_dst_get(sk);
}

/* The route, if the connection's path follows it, by a relink if need be.
 *
 * Others on the same next hop look at the same time, each under its own
 * socket's lock. Two things make that safe. Who comes second finds that all
 * has been moved already: what counts is where the path leads afterwards, not
 * who moved it. And who took its route just before the tables changed, and
 * compares it just after another one has moved the path by the new ones, finds
 * them different: so the route is taken again before it is believed. Coming up
 * is never wrong, only a waste.
 */
static const struct dst_entry *toe_route_follow(const struct toe_conn *conn,
						struct sock *sk)
{
	const struct dst_entry *dst = toe_route_now(sk);

	if (!dst || toe_route_next_hop(conn, sk, dst))
		return dst;
	toe_relink_path(conn->tdev, conn->path);
	dst = toe_route_now(sk);
	return dst && toe_route_next_hop(conn, sk, dst) ? dst : NULL;
}

/* Any change of the tables makes every route of the namespace doubtful: look
 * again, and only a route that leads elsewhere is a reason to come up. What
 * else it says, the MTU, goes into the socket as before a transmission of its
 * own, and from there to the NIC.
 */
static enum toe_upload_reason toe_route_check(const struct toe_conn *conn,
					      struct sock *sk)
{
	const struct dst_entry *dst = toe_route_follow(conn, sk);
	struct inet_connection_sock *icsk = inet_csk(sk);
	u16 mtu;

	if (!dst)
		return TOE_UPLOAD_ROUTE;
	if (dst->lwtstate || toe_has_xfrm(sk, dst))
		return TOE_UPLOAD_UNSUPPORTED;
	mtu = min_t(u32, dst_mtu(dst), U16_MAX);
	if (dst_mtu(dst) != icsk->icsk_pmtu_cookie)
		icsk->icsk_sync_mss(sk, dst_mtu(dst));
	if (unlikely(mtu != READ_ONCE(conn->path->state.h.mtu)))
		toe_path_mtu(conn->tdev, conn->path, mtu);
	return TOE_UPLOAD_NONE;
}

/* What the administrator has set up beside it since the last time (P7) */
static enum toe_upload_reason toe_conn_beside(struct toe_conn *conn,
					      struct sock *sk)
{
	if (likely(time_before(jiffies, conn->fw_at)))
		return TOE_UPLOAD_NONE;
	if (!toe_eligible_way(sk))
		return TOE_UPLOAD_QDISC;
	return toe_firewall_check(conn, sk) ? TOE_UPLOAD_NONE :
					      TOE_UPLOAD_FIREWALL;
}

static enum toe_upload_reason toe_conn_must_up(struct toe_conn *conn,
					       struct sock *sk)
{
	if (unlikely(conn->flags & (BIT(TOE_CONN_UPLOAD) |
				    BIT(TOE_CONN_FAULT))))
		return conn->up_reason ? : TOE_UPLOAD_REQUESTED;
	if (sk->sk_shutdown == SHUTDOWN_MASK || sock_flag(sk, SOCK_DEAD))
		return TOE_UPLOAD_CLOSE;
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT |
				     TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)))
		return TOE_UPLOAD_CLOSE;
	if (!toe_eligible_still(conn, sk))
		return TOE_UPLOAD_UNSUPPORTED;
	if (conn->path && unlikely(READ_ONCE(conn->path->up_reason)))
		return conn->path->up_reason;
	/* once a tick of the clock is enough for routes, unless an option (IP_TOS,
	 * SO_MARK) took the socket's away: TCP looks one up before it sends
	 */
	if (conn->tdev && (time_after(jiffies, conn->checked) ||
			   unlikely(!__sk_dst_get(sk)))) {
		enum toe_upload_reason why = toe_route_check(conn, sk);

		conn->checked = jiffies;
		return why ?: toe_conn_beside(conn, sk);
	}
	return TOE_UPLOAD_NONE;
}

/**
 * toe_conn_quiet() - is there nothing that a tick would do?
 * @conn: the connection
 * @sk: its socket
 *
 * Half of the releases of a request/response exchange: a read, and the sleep
 * before it. Only what such a release can have changed is looked at: the fields
 * that a post or a grant comes from, and the options that do not pass our
 * setsockopt (SOL_SOCKET). Those that do have left a flag. What others change
 * (route, PMTU, programs of a cgroup) waits for an event, a post, or the next
 * jiffy.
 *
 * Context: socket locked.
 * Return: true when the tick can be left out.
 */
bool toe_conn_quiet(const struct toe_conn *conn, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return conn->state == TOE_STATE_OFFLOADED &&
	       conn->posted == tp->write_seq && toe_inbox_empty(conn) &&
	       !(conn->flags & TOE_CONN_DUE) &&
	       !time_after(jiffies, conn->checked) &&
	       sk->sk_state == TCP_ESTABLISHED && !sk->sk_shutdown &&
	       toe_post_window_wide(conn, tp) &&
	       rcu_access_pointer(sk->sk_dst_cache) &&
	       !rcu_access_pointer(sk->sk_filter) &&
	       !(sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK) &&
	       conn->cached.pacing_rate == toe_pacing_rate(sk);
}

static void toe_conn_serve(struct toe_conn *conn, struct sock *sk)
{
	enum toe_upload_reason reason;

	if (!toe_inbox_empty(conn))
		toe_rx_run(conn, sk);
	reason = toe_conn_must_up(conn, sk);
	if (!reason) {
		toe_transfer_update(conn, sk);
		toe_post_run(conn, sk);
		/* gathering may have met what can't be posted */
		reason = conn->flags & BIT(TOE_CONN_UPLOAD) ?
			 conn->up_reason : TOE_UPLOAD_NONE;
	}
	if (reason)
		toe_upload(conn, sk, reason);
}

/**
 * toe_conn_tick() - do for a connection what is due
 * @conn: the connection
 * @sk: its socket
 *
 * The one place from which hand-overs and posts happen: at the end of
 * release_sock(), and in softirq when events came in and no process owns the
 * socket. @conn may be gone afterwards.
 *
 * Context: socket locked, backlog empty, BH disabled.
 */
void toe_conn_tick(struct toe_conn *conn, struct sock *sk)
{
	switch ((enum toe_state)conn->state) {
	case TOE_STATE_HOST:
		if (!toe_transfer_due(conn, sk))
			break;
		toe_transfer_try(conn, sk);
		if (conn->state == TOE_STATE_OFFLOADED)
			toe_conn_serve(conn, sk);
		break;
	case TOE_STATE_OFFLOADING:
		toe_transfer_settle(conn, sk);
		if (conn->state == TOE_STATE_OFFLOADED)
			toe_conn_serve(conn, sk);
		else if (conn->state == TOE_STATE_OFFLOADING &&
			 toe_conn_must_up(conn, sk))
			toe_transfer_cancel(conn, sk);
		break;
	case TOE_STATE_OFFLOADED:
		toe_conn_serve(conn, sk);
		break;
	case TOE_STATE_UPLOADING:
	case __TOE_STATE_MAX:
		WARN_ON_ONCE(1);
		break;
	}
	toe_sock_flush(conn, sk);
}

/* ---- many at once ------------------------------------------------------------ */

/* Lock and release: release_cb does the rest */
static void toe_conn_up_sync(struct toe_conn *conn,
			     enum toe_upload_reason reason, bool detach)
{
	struct sock *sk = toe_conn_sk_get(conn);

	if (!sk)
		return;
	lock_sock(sk);
	if (conn->sk == sk) {
		local_bh_disable();
		toe_upload(conn, sk, reason);
		toe_sock_ack(conn, sk);
		if (detach)
			toe_conn_detach(conn);
		local_bh_enable();
	}
	release_sock(sk);
	sock_put(sk);
}

/**
 * toe_net_detach_all() - leave every socket of a namespace
 * @tn: the namespace, not enabled any more
 * @reason: why they come up
 *
 * Context: process, sleeps.
 */
void toe_net_detach_all(struct toe_net *tn, enum toe_upload_reason reason)
{
	struct toe_conn *conn;
	u32 id = 0;

	while ((conn = toe_conn_next(tn, &id))) {
		toe_conn_up_sync(conn, reason, true);
		toe_conn_put(conn);
		id++;
		cond_resched();
	}
}

/* @by: the knob that speaks against it, TOE_BY_NONE: the rules */
void toe_conn_withdraw(struct toe_conn *conn, struct sock *sk, enum toe_by by)
{
	struct toe_verdict rules = conn->verdict;

	/* for the history, the next way down is by the rules again */
	if (by)
		conn->verdict = (struct toe_verdict){ .by = by };
	local_bh_disable();
	toe_upload(conn, sk, TOE_UPLOAD_POLICY);
	local_bh_enable();
	conn->verdict = rules;
}

/* Whoever went down by somebody's word, the program's or the administrator's */
static bool toe_conn_insisted(const struct toe_conn *conn)
{
	const struct toe_record *last = toe_history_newest(&conn->history);

	return test_bit(TOE_CONN_WANT, &conn->flags) ||
	       (last && last->move == TOE_MOVE_DOWN &&
		last->by == TOE_BY_ADMIN);
}

/* Is it down, and may it stay there? What the administrator handed down himself
 * gives way to a rule that has come to forbid it, not to one that did then.
 */
static bool toe_conn_recheck(struct toe_conn *conn, struct sock *sk)
{
	bool was_allowed = test_bit(TOE_CONN_ALLOWED, &conn->flags);
	int mode = READ_ONCE(conn->tn->mode);

	toe_verdict_renew(conn, sk);
	if (conn->state == TOE_STATE_HOST)
		return false;
	if (mode == TOE_MODE_OFF ||
	    (mode == TOE_MODE_EXPLICIT && !toe_conn_insisted(conn))) {
		toe_conn_withdraw(conn, sk, TOE_BY_MODE);
		return false;
	}
	if (!test_bit(TOE_CONN_ALLOWED, &conn->flags) &&
	    !test_bit(TOE_CONN_WANT, &conn->flags) &&
	    (was_allowed || !toe_conn_insisted(conn))) {
		toe_conn_withdraw(conn, sk, TOE_BY_NONE);
		return false;
	}
	return true;
}

/**
 * toe_net_policy_changed() - knobs or rules are new
 * @tn: the namespace
 *
 * Retroactive: what is down and no longer matches comes up, and of what still
 * matches those beyond max_connections, the youngest; what may go down now will at
 * its next chance.
 *
 * Every connection meets the new policy: one that is not in the list yet reads
 * it after it was put there (toe_conn_attach()), and one that goes down behind our
 * back has read the knobs under its socket's lock, which is taken here, or meets
 * the new limit (toe_quota_get()).
 *
 * Context: process, sleeps.
 */
void toe_net_policy_changed(struct toe_net *tn)
{
	struct toe_conn *conn;
	unsigned int kept = 0;
	struct sock *sk;
	u32 id = 0;

	for (; (conn = toe_conn_next(tn, &id)); id++) {
		sk = toe_conn_sk_get(conn);
		if (sk) {
			lock_sock(sk);
			if (conn->sk == sk && toe_conn_recheck(conn, sk) &&
			    ++kept > READ_ONCE(tn->max_connections))
				toe_conn_withdraw(conn, sk,
						  TOE_BY_MAX_CONNECTIONS);
			release_sock(sk);
			sock_put(sk);
		}
		toe_conn_put(conn);
		cond_resched();
	}
}

static struct toe_conn *toe_dev_first(struct toe_dev_priv *priv)
{
	struct toe_conn *conn;

	spin_lock_bh(&priv->conn_lock);
	conn = list_first_entry_or_null(&priv->conns, struct toe_conn,
					dev_node);
	if (conn)
		toe_conn_get(conn);
	spin_unlock_bh(&priv->conn_lock);
	return conn;
}

/* What still waits in the batch goes down now, and comes back like the rest.
 * After this no work item is between initiate and the answer. work_lock held.
 */
static void toe_batch_finish(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = tdev->priv;

	cancel_delayed_work_sync(&priv->batch_work);
	while (!list_empty(&priv->batch))
		toe_transfer_flush(tdev);
}

/**
 * toe_upload_dev() - take everything off a device
 * @tdev: the device, which takes nothing new
 * @reason: why
 *
 * Context: process, sleeps.
 */
void toe_upload_dev(struct toe_dev *tdev, enum toe_upload_reason reason)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_conn *conn;

	mutex_lock(&priv->work_lock);
	toe_batch_finish(tdev);
	while ((conn = toe_dev_first(priv))) {
		toe_conn_up_sync(conn, reason, false);
		/* gone without a socket: closing right now, not ours to do */
		toe_conn_put(conn);
		cond_resched();
	}
	mutex_unlock(&priv->work_lock);
}

#define TOE_REVOKE_MANY	64

/* A connection on the list has its path: toe_conn_off_dev() */
static int toe_revoked_take(struct toe_dev_priv *priv, struct toe_conn **conns)
{
	struct toe_conn *conn;
	int n = 0;

	spin_lock_bh(&priv->conn_lock);
	list_for_each_entry(conn, &priv->conns, dev_node) {
		if (!READ_ONCE(conn->path->up_reason))
			continue;
		conns[n++] = toe_conn_get(conn);
		if (n == TOE_REVOKE_MANY)
			break;
	}
	spin_unlock_bh(&priv->conn_lock);
	return n;
}

/* The reason is looked at again under the socket's lock: it may be back, and
 * down again on another path.
 */
static void toe_conn_up_revoked(struct toe_conn *conn)
{
	struct sock *sk = toe_conn_sk_get(conn);
	enum toe_upload_reason reason;

	if (!sk)
		return;
	lock_sock(sk);
	if (conn->sk == sk && conn->path) {
		reason = READ_ONCE(conn->path->up_reason);
		local_bh_disable();
		if (reason)
			toe_upload(conn, sk, reason);
		local_bh_enable();
	}
	release_sock(sk);
	sock_put(sk);
}

/**
 * toe_upload_revoked() - take up what is on paths that were revoked
 * @tdev: the device
 *
 * Context: process, sleeps.
 */
void toe_upload_revoked(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_conn *conns[TOE_REVOKE_MANY];
	int i, n;

	mutex_lock(&priv->work_lock);
	toe_batch_finish(tdev);
	while ((n = toe_revoked_take(priv, conns))) {
		for (i = 0; i < n; i++) {
			toe_conn_up_revoked(conns[i]);
			toe_conn_put(conns[i]);
		}
		cond_resched();
	}
	mutex_unlock(&priv->work_lock);
}

/**
 * toe_net_check() - let every connection look at its route again
 * @tn: the namespace
 *
 * Context: process, sleeps.
 */
void toe_net_check(struct toe_net *tn)
{
	struct toe_conn *conn;
	struct sock *sk;
	u32 id = 0;

	for (; (conn = toe_conn_next(tn, &id)); id++) {
		sk = READ_ONCE(conn->state) == TOE_STATE_OFFLOADED ?
		     toe_conn_sk_get(conn) : NULL;
		if (sk) {
			lock_sock(sk);
			if (conn->sk == sk)
				conn->checked = jiffies - 1;
			release_sock(sk);	/* release_cb looks */
			sock_put(sk);
		}
		toe_conn_put(conn);
		cond_resched();
	}
}

/* ---- for netlink --------------------------------------------------------------- */

struct toe_conn *toe_conn_next(struct toe_net *tn, u32 *id)
{
	unsigned long index = *id;
	struct toe_conn *conn;

	rcu_read_lock();
	conn = xa_find(&tn->conns, &index, U32_MAX, XA_PRESENT);
	while (conn && !refcount_inc_not_zero(&conn->ref))
		conn = xa_find_after(&tn->conns, &index, U32_MAX, XA_PRESENT);
	rcu_read_unlock();
	*id = index;
	return conn;
}

static void toe_info_addrs(struct toe_conn_info *info, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	info->lport = inet->inet_sport;
	info->rport = inet->inet_dport;
	info->family = AF_INET;
	memcpy(&info->laddr, &inet->inet_saddr, 4);
	memcpy(&info->raddr, &inet->inet_daddr, 4);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		info->family = AF_INET6;
		info->laddr = inet6_sk(sk)->saddr;
		info->raddr = sk->sk_v6_daddr;
	}
#endif
}

static void toe_info_tcp(struct toe_conn_info *info, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	info->tcp_state = sk->sk_state;
	info->bytes_sent = tp->bytes_acked;
	info->bytes_received = tp->bytes_received;
	info->snd_una = tp->snd_una;
	info->snd_nxt = tp->snd_nxt;
	info->write_seq = tp->write_seq;
	info->rcv_nxt = tp->rcv_nxt;
	info->copied_seq = tp->copied_seq;
	info->snd_wnd = tp->snd_wnd;
	info->cwnd = tcp_snd_cwnd(tp);
	info->ssthresh = tp->snd_ssthresh;
	info->srtt_us = tp->srtt_us >> 3;
	info->inode = sock_i_ino((struct sock *)sk);
	info->uid = from_kuid_munged(sock_net(sk)->user_ns,
				     sock_i_uid((struct sock *)sk));
}

static void toe_info_queues(struct toe_conn_info *info,
			    struct toe_conn *conn, const struct sock *sk)
{
	const struct sk_buff *skb;

	info->sndbuf = READ_ONCE(sk->sk_sndbuf);
	info->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	if (conn->state != TOE_STATE_OFFLOADED)
		return;
	/* a stray may have moved snd_una since */
	if (after(conn->posted, tcp_sk(sk)->snd_una))
		info->held_bytes = conn->posted - tcp_sk(sk)->snd_una;
	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (!before(TCP_SKB_CB(skb)->seq, conn->posted))
			break;
		info->held_packets++;
	}
	spin_lock_bh(&conn->inbox.lock);
	info->waiting_packets = skb_queue_len(&conn->inbox.skbs) +
				skb_queue_len(&conn->inbox.frames);
	spin_unlock_bh(&conn->inbox.lock);
}

static void toe_info_mids(struct toe_conn_info *info,
			  const struct toe_conn *conn)
{
	struct toe_mid *mids[TOE_MAX_HOPS];
	unsigned int i;

	info->nr_mids = toe_path_mids(conn->path, mids);
	for (i = 0; i < info->nr_mids; i++) {
		info->mid[i].type = mids[i]->type;
		info->mid[i].nic = READ_ONCE(mids[i]->nic);
		strscpy(info->mid[i].ifname, mids[i]->dev->name, IFNAMSIZ);
	}
}

static void toe_info_nic(struct toe_conn_info *info,
			 const struct toe_conn *conn)
{
	if (!conn->tdev)
		return;
	rcu_read_lock();
	info->ifindex = conn->tdev->netdev->ifindex;
	info->nic = conn->nic;
	info->nic_path = conn->path->nic;
	info->nic_neigh = conn->path->neigh->nic;
	ether_addr_copy(info->dst_mac, conn->path->neigh->state.h.dst_mac);
	rcu_read_unlock();
	toe_info_mids(info, conn);
}

static void toe_info_fill(struct toe_conn_info *info, struct toe_conn *conn,
			  const struct sock *sk)
{
	info->id = conn->id;
	info->state = conn->state;
	info->age_ms = jiffies_to_msecs(jiffies - conn->since);
	info->state_age_ms = jiffies_to_msecs(jiffies - conn->changed);
	info->offloads = conn->offloads;
	info->uploads = conn->uploads;
	info->refusals = conn->refusals;
	info->last_refusal = conn->last_refusal;
	info->last_upload = conn->last_upload;
	info->posted = conn->posted;
	info->granted = conn->granted;
	info->history = conn->history;
	toe_info_addrs(info, sk);
	toe_info_tcp(info, sk);
	toe_info_nic(info, conn);
	toe_info_queues(info, conn, sk);
}

/**
 * toe_conn_info() - a consistent view of a connection
 * @conn: the connection, a reference held
 * @info: filled
 * @query: filled with its state objects; may be NULL
 *
 * Context: process, sleeps.
 * Return: 0, or -ESHUTDOWN when it was closed meanwhile.
 */
int toe_conn_info(struct toe_conn *conn, struct toe_conn_info *info,
		  struct toe_query *query)
{
	struct sock *sk = toe_conn_sk_get(conn);
	int err = -ESHUTDOWN;

	memset(info, 0, sizeof(*info));
	if (!sk)
		return err;
	lock_sock(sk);
	if (conn->sk == sk) {
		if (query)
			toe_query(conn, sk, query);
		toe_info_fill(info, conn, sk);
		err = 0;
	}
	release_sock(sk);
	sock_put(sk);
	return err;
}

static int toe_conn_ask_down(struct toe_conn *conn)
{
	if (conn->state == TOE_STATE_OFFLOADED)
		return -EALREADY;
	__set_bit(TOE_CONN_REQUESTED, &conn->flags);
	__clear_bit(TOE_CONN_HELD, &conn->flags);
	conn->last_refusal = TOE_REFUSAL_NONE;
	conn->retry_at = jiffies;
	return 0;
}

/**
 * toe_conn_offload() - hand a connection down by hand
 * @conn: the connection, a reference held
 * @why: the reason with -EBUSY
 *
 * Context: process, sleeps.
 * Return: 0, -ESHUTDOWN, -EALREADY, -EINPROGRESS (waits for its batch),
 * -EBUSY.
 */
int toe_conn_offload(struct toe_conn *conn, enum toe_refusal *why)
{
	struct sock *sk = toe_conn_sk_get(conn);
	int err = -ESHUTDOWN;

	if (!sk)
		return err;
	lock_sock(sk);
	if (conn->sk == sk)
		err = toe_conn_ask_down(conn);
	release_sock(sk);	/* release_cb tries */
	if (!err) {
		*why = READ_ONCE(conn->last_refusal);
		if (READ_ONCE(conn->state) == TOE_STATE_OFFLOADING)
			err = -EINPROGRESS;
		else if (READ_ONCE(conn->state) != TOE_STATE_OFFLOADED)
			err = -EBUSY;
	}
	sock_put(sk);
	return err;
}

/**
 * toe_conn_upload() - take a connection back by hand
 * @conn: the connection, a reference held
 * @reason: TOE_UPLOAD_ADMIN keeps it in the host until it is asked for again
 *
 * Context: process, sleeps.
 * Return: 0, -ESHUTDOWN, -EALREADY.
 */
int toe_conn_upload(struct toe_conn *conn, enum toe_upload_reason reason)
{
	struct sock *sk = toe_conn_sk_get(conn);
	int err = -ESHUTDOWN;

	if (!sk)
		return err;
	lock_sock(sk);
	if (conn->sk == sk) {
		err = conn->state == TOE_STATE_HOST ? -EALREADY : 0;
		if (reason == TOE_UPLOAD_ADMIN) {
			__set_bit(TOE_CONN_HELD, &conn->flags);
			__clear_bit(TOE_CONN_REQUESTED, &conn->flags);
		}
		local_bh_disable();
		toe_upload(conn, sk, reason);
		local_bh_enable();
	}
	release_sock(sk);
	sock_put(sk);
	return err;
}

void toe_upload_all(struct toe_dev *tdev, struct toe_net *tn,
		    enum toe_upload_reason reason)
{
	struct toe_conn *conn;
	u32 id = 0;

	for (; (conn = toe_conn_next(tn, &id)); id++) {
		struct toe_dev *on = READ_ONCE(conn->tdev);

		if (on && (!tdev || on == tdev))
			toe_conn_upload(conn, reason);
		toe_conn_put(conn);
		cond_resched();
	}
}

/* ---- init and exit ----------------------------------------------------------------- */

int toe_conn_init(void)
{
	toe_conn_cache = KMEM_CACHE(toe_conn, 0);
	return toe_conn_cache ? 0 : -ENOMEM;
}

void toe_conn_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(toe_conn_cache);
}
