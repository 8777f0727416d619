// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Hooks into the socket layer
 *
 * No patch, four places, all of which the kernel offers:
 *  - the tracepoint inet_sock_set_state runs under the socket lock. At
 *    ESTABLISHED, when the route leads to a TOE device, the connection comes
 *    under watch; at CLOSE it leaves.
 *  - sk_prot, replaced by a copy as kTLS and sockmap do it. Of the copy only
 *    release_cb, close, disconnect, setsockopt, getsockopt and
 *    psock_update_sk_prot are ours. release_cb runs whenever a system call
 *    lets go of the socket: there new data is posted, windows are granted and
 *    hand-overs take place. sendmsg, recvmsg, splice, poll ... stay the
 *    kernel's, so no task ever sleeps in our text on the data path.
 *  - icsk_af_ops, of which queue_xmit is ours: the fence. Every segment that
 *    the host's stack would emit for this connection passes here.
 *  - the ULP slot, taken while the NIC owns the connection: diag shows it.
 *
 * DOC: Unloading
 *
 * close, disconnect and set/getsockopt may sleep in the kernel's code with a
 * return address in ours; toe_users counts them. Everything else of ours is
 * left within an RCU-tasks grace period: a task that has loaded sk_prot or
 * icsk_af_ops but not yet used it has not switched voluntarily.
 */
#include "sock.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/skmsg.h>
#include <linux/tracepoint.h>
#include <net/tcp.h>

#include "conn.h"
#include "dev.h"
#include "link.h"
#include "post.h"
#include "stray.h"
#include "trace.h"
#include "upload.h"
#include "watch.h"

struct toe_proto {
	struct proto proto;
	struct proto *base;
	struct list_head node;
};

struct toe_af_ops {
	struct inet_connection_sock_af_ops ops;
	const struct inet_connection_sock_af_ops *base;
	struct list_head node;
};

/* Copies live until the module goes; one per address family, all told */
static LIST_HEAD(toe_protos);
static LIST_HEAD(toe_af_opses);
static DEFINE_SPINLOCK(toe_copies_lock);

static DEFINE_PER_CPU(long, toe_users);

static void toe_users_get(void)
{
	this_cpu_inc(toe_users);
}

static void toe_users_put(void)
{
	this_cpu_dec(toe_users);
}

static void toe_release_cb(struct sock *sk);
static int toe_queue_xmit(struct sock *sk, struct sk_buff *skb,
			  struct flowi *fl);

static struct proto *toe_base(const struct proto *prot)
{
	if (prot->release_cb != toe_release_cb)
		return (struct proto *)prot;	/* unhooked meanwhile */
	return container_of(prot, struct toe_proto, proto)->base;
}

static const struct inet_connection_sock_af_ops *
toe_af_base(const struct inet_connection_sock_af_ops *ops)
{
	if (ops->queue_xmit != toe_queue_xmit)
		return ops;
	return container_of(ops, struct toe_af_ops, ops)->base;
}

/**
 * toe_conn_of() - the watched connection of a socket
 * @sk: any TCP socket
 *
 * Context: socket locked.
 * Return: the connection, or NULL.
 */
struct toe_conn *toe_conn_of(const struct sock *sk)
{
	if (READ_ONCE(sk->sk_prot)->release_cb != toe_release_cb)
		return NULL;
	return rcu_dereference_raw(inet_csk(sk)->icsk_ulp_data);
}

bool toe_sock_hooked(const struct sock *sk)
{
	return sk->sk_prot->release_cb == toe_release_cb &&
	       inet_csk(sk)->icsk_af_ops->queue_xmit == toe_queue_xmit;
}

/* ---- transmission in the host after an upload --------------------------- */

/* tcp_release_cb() transmits when TSQ asks for it: the same request serves
 * here, so no unexported function of TCP output is needed.
 */
void toe_sock_kick(struct sock *sk)
{
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

void toe_sock_ack(struct toe_conn *conn, struct sock *sk)
{
	if (__test_and_clear_bit(TOE_CONN_OWES_ACK, &conn->flags) &&
	    sk->sk_state != TCP_CLOSE)
		__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt);
}

void toe_sock_flush(struct toe_conn *conn, struct sock *sk)
{
	if (conn->state != TOE_STATE_HOST)
		return;
	toe_sock_ack(conn, sk);
	if (test_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		toe_base(sk->sk_prot)->release_cb(sk);
}

/* ---- the fence ---------------------------------------------------------- */

/* A reset is the host's word (P4): the connection comes up first, then the
 * segment leaves with the sequence numbers that are true now.
 */
static void toe_fence_reset(struct toe_conn *conn, struct sock *sk,
			    struct sk_buff *skb)
{
	struct tcphdr *th = tcp_hdr(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	local_bh_disable();
	toe_upload(conn, sk, TOE_UPLOAD_CLOSE);
	local_bh_enable();
	th->seq = htonl(tp->snd_nxt);
	th->ack_seq = htonl(tp->rcv_nxt);
	skb->tstamp = 0;	/* the gate's departure time is not meant */
}

/* The host's stack wants to say something about a connection that the NIC
 * emits. An ACK or a probe becomes a request to the NIC. Data can only come
 * from a timer (a keepalive that found data unacknowledged, a probe that a
 * stray segment armed): the answer is "not now", as from a full queue, on
 * which TCP leaves its queues and counters alone and tries later.
 */
static int toe_fence_hold(struct toe_conn *conn, struct sock *sk,
			  const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	bool data = skb->len > __tcp_hdrlen(th);

	toe_mib_inc(conn->tn, TOE_MIB_FENCED);
	trace_toe_fence(conn, tcp_flag_byte(th));
	if (data || th->fin || th->syn)
		return NET_XMIT_DROP;
	if (ntohl(th->seq) == tcp_sk(sk)->snd_una - 1)
		__set_bit(TOE_CONN_PROBE, &conn->flags);
	else
		__set_bit(TOE_CONN_ACK, &conn->flags);
	/* released by a system call: the post follows there; by a timer or a
	 * stray segment: nobody else would ring
	 */
	if (conn->state == TOE_STATE_OFFLOADED && !sock_owned_by_user(sk))
		toe_post_run(conn, sk);
	return NET_XMIT_SUCCESS;
}

static int toe_queue_xmit(struct sock *sk, struct sk_buff *skb,
			  struct flowi *fl)
{
	const struct inet_connection_sock_af_ops *base;
	struct toe_conn *conn = toe_conn_of(sk);

	base = toe_af_base(inet_csk(sk)->icsk_af_ops);
	if (conn && conn->state != TOE_STATE_HOST) {
		if (!tcp_hdr(skb)->rst) {
			int ret = toe_fence_hold(conn, sk, skb);

			kfree_skb(skb);
			return ret;
		}
		toe_fence_reset(conn, sk, skb);
	}
	return base->queue_xmit(sk, skb, fl);
}

/* ---- replaced members of struct proto ----------------------------------- */

static void toe_release_cb(struct sock *sk)
{
	struct toe_conn *conn;

	toe_base(sk->sk_prot)->release_cb(sk);
	/* that may have closed and unhooked it */
	conn = toe_conn_of(sk);
	if (conn && !toe_conn_quiet(conn, sk))
		toe_conn_tick(conn, sk);
}

/* Back to the host before the kernel's own code looks at the socket */
static void toe_sock_up(struct sock *sk, enum toe_upload_reason reason)
{
	struct toe_conn *conn;

	lock_sock(sk);
	conn = toe_conn_of(sk);
	if (conn) {
		__set_bit(TOE_CONN_NEVER, &conn->flags);
		if (conn->state != TOE_STATE_HOST &&
		    !__test_and_set_bit(TOE_CONN_UPLOAD, &conn->flags))
			conn->up_reason = reason;
	}
	release_sock(sk);
}

static void toe_sock_close(struct sock *sk, long timeout)
{
	struct proto *base = toe_base(READ_ONCE(sk->sk_prot));

	toe_users_get();
	toe_sock_up(sk, TOE_UPLOAD_CLOSE);
	base->close(sk, timeout);
	toe_users_put();
}

/* Called with the socket owned (inet_shutdown, inet_stream_connect, and from
 * close with SO_LINGER 0): release_cb is not on the way.
 */
static int toe_sock_disconnect(struct sock *sk, int flags)
{
	struct proto *base = toe_base(READ_ONCE(sk->sk_prot));
	struct toe_conn *conn = toe_conn_of(sk);
	int err;

	toe_users_get();
	if (conn) {
		local_bh_disable();
		toe_upload(conn, sk, TOE_UPLOAD_CLOSE);
		local_bh_enable();
	}
	err = base->disconnect(sk, flags);
	toe_users_put();
	return err;
}

static int toe_set_offload(struct sock *sk, sockptr_t optval,
			   unsigned int optlen)
{
	struct toe_conn *conn;
	int val, err = 0;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (val < TOE_OFFLOAD_NEVER || val > TOE_OFFLOAD_WANT)
		return -EINVAL;
	lock_sock(sk);
	conn = toe_conn_of(sk);
	if (!conn) {
		err = -ENOPROTOOPT;
	} else {
		conn->flags &= ~(BIT(TOE_CONN_NEVER) | BIT(TOE_CONN_WANT));
		if (val == TOE_OFFLOAD_NEVER)
			__set_bit(TOE_CONN_NEVER, &conn->flags);
		if (val == TOE_OFFLOAD_WANT) {
			__set_bit(TOE_CONN_WANT, &conn->flags);
			__clear_bit(TOE_CONN_HELD, &conn->flags);
			conn->retry_at = jiffies;
		}
		if (val == TOE_OFFLOAD_NEVER &&
		    conn->state != TOE_STATE_HOST &&
		    !__test_and_set_bit(TOE_CONN_UPLOAD, &conn->flags))
			conn->up_reason = TOE_UPLOAD_SOCKOPT;
	}
	release_sock(sk);
	return err;
}

enum toe_sockopt_need {
	TOE_SOCKOPT_PLAIN,	/* the kernel's code does, we look afterwards */
	TOE_SOCKOPT_UPLOAD,	/* host first */
	TOE_SOCKOPT_UNHOOK,	/* replaces what we replaced: leave for good */
};

static enum toe_sockopt_need toe_sockopt_tcp(int optname)
{
	switch (optname) {
	case TCP_ULP:
		return TOE_SOCKOPT_UNHOOK;
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_QUEUE_SEQ:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_TIMESTAMP:
	case TCP_MD5SIG:
	case TCP_MD5SIG_EXT:
	case TCP_CONGESTION:
	case TCP_WINDOW_CLAMP:
	case TCP_USER_TIMEOUT:
	case TCP_TX_DELAY:
	case TCP_FASTOPEN:
		return TOE_SOCKOPT_UPLOAD;
	default:
		return TOE_SOCKOPT_PLAIN;
	}
}

static enum toe_sockopt_need toe_sockopt_need(int level, int optname)
{
	switch (level) {
	case SOL_TCP:
		return toe_sockopt_tcp(optname);
	case SOL_IP:
		if (optname == IP_OPTIONS || optname == IP_IPSEC_POLICY ||
		    optname == IP_XFRM_POLICY)
			return TOE_SOCKOPT_UPLOAD;
		return TOE_SOCKOPT_PLAIN;
	case SOL_IPV6:
		if (optname == IPV6_ADDRFORM)
			return TOE_SOCKOPT_UNHOOK;
		if (optname == IPV6_HOPOPTS || optname == IPV6_RTHDR ||
		    optname == IPV6_DSTOPTS || optname == IPV6_RTHDRDSTOPTS ||
		    optname == IPV6_2292PKTOPTIONS ||
		    optname == IPV6_IPSEC_POLICY ||
		    optname == IPV6_XFRM_POLICY)
			return TOE_SOCKOPT_UPLOAD;
		return TOE_SOCKOPT_PLAIN;
	default:
		return TOE_SOCKOPT_PLAIN;
	}
}

static void toe_sockopt_before(struct sock *sk, enum toe_sockopt_need need)
{
	struct toe_conn *conn;

	lock_sock(sk);
	conn = toe_conn_of(sk);
	if (conn && need == TOE_SOCKOPT_UNHOOK) {
		local_bh_disable();
		toe_upload(conn, sk, TOE_UPLOAD_UNSUPPORTED);
		toe_conn_detach(conn);
		local_bh_enable();
	} else if (conn && conn->state != TOE_STATE_HOST &&
		   !__test_and_set_bit(TOE_CONN_UPLOAD, &conn->flags)) {
		conn->up_reason = TOE_UPLOAD_UNSUPPORTED;
	}
	release_sock(sk);
}

static void toe_sockopt_after(struct sock *sk)
{
	struct toe_conn *conn;

	lock_sock(sk);
	conn = toe_conn_of(sk);
	if (conn && conn->state == TOE_STATE_OFFLOADED)
		__set_bit(TOE_CONN_REFRESH, &conn->flags);
	release_sock(sk);
}

static int toe_sock_setsockopt(struct sock *sk, int level, int optname,
			       sockptr_t optval, unsigned int optlen)
{
	enum toe_sockopt_need need = toe_sockopt_need(level, optname);
	struct proto *base = toe_base(READ_ONCE(sk->sk_prot));
	int err;

	toe_users_get();
	if (level == SOL_TOE) {
		err = -ENOPROTOOPT;
		if (optname == TOE_OFFLOAD)
			err = toe_set_offload(sk, optval, optlen);
		goto out;
	}
	if (need != TOE_SOCKOPT_PLAIN)
		toe_sockopt_before(sk, need);
	err = base->setsockopt(sk, level, optname, optval, optlen);
	if (!err)
		toe_sockopt_after(sk);
out:
	toe_users_put();
	return err;
}

static int toe_get_sockopt(struct sock *sk, int optname)
{
	struct toe_conn *conn = toe_conn_of(sk);

	if (!conn)
		return -ENOPROTOOPT;
	switch (optname) {
	case TOE_STATE:
		return conn->state;
	case TOE_OFFLOAD:
		if (test_bit(TOE_CONN_NEVER, &conn->flags))
			return TOE_OFFLOAD_NEVER;
		if (test_bit(TOE_CONN_WANT, &conn->flags))
			return TOE_OFFLOAD_WANT;
		return TOE_OFFLOAD_POLICY;
	default:
		return -ENOPROTOOPT;
	}
}

/* TCP counts what is on its way in its retransmit queue, which is empty while
 * the NIC sends: put what the NIC has into the answer. Only for those who ask
 * the socket; inet_diag fills its own.
 */
static int toe_info_unacked(struct sock *sk, char __user *optval,
			    int __user *optlen)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct toe_conn *conn;
	u32 unacked;
	int len;

	lock_sock(sk);
	conn = toe_conn_of(sk);
	if (!conn || conn->state != TOE_STATE_OFFLOADED) {
		release_sock(sk);
		return 0;
	}
	unacked = DIV_ROUND_UP(tp->snd_nxt - tp->snd_una,
			       max_t(u32, tp->mss_cache, 1));
	release_sock(sk);
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)offsetofend(struct tcp_info, tcpi_unacked))
		return 0;
	optval += offsetof(struct tcp_info, tcpi_unacked);
	return copy_to_user(optval, &unacked, sizeof(unacked)) ? -EFAULT : 0;
}

static int toe_sock_getsockopt(struct sock *sk, int level, int optname,
			       char __user *optval, int __user *optlen)
{
	struct proto *base = toe_base(READ_ONCE(sk->sk_prot));
	int val, len, err;

	toe_users_get();
	if (level != SOL_TOE) {
		err = base->getsockopt(sk, level, optname, optval, optlen);
		if (!err && level == SOL_TCP && optname == TCP_INFO)
			err = toe_info_unacked(sk, optval, optlen);
		goto out;
	}
	lock_sock(sk);
	val = toe_get_sockopt(sk, optname);
	release_sock(sk);
	err = val < 0 ? val : -EFAULT;
	if (val < 0 || get_user(len, optlen))
		goto out;
	err = -EINVAL;
	if (len < (int)sizeof(val))
		goto out;
	err = -EFAULT;
	if (put_user((int)sizeof(val), optlen) ||
	    copy_to_user(optval, &val, sizeof(val)))
		goto out;
	err = 0;
out:
	toe_users_put();
	return err;
}

#ifdef CONFIG_BPF_SYSCALL
/* sockmap builds its own operations on top of what it finds: leave first */
static int toe_sock_psock_update(struct sock *sk, struct sk_psock *psock,
				 bool restore)
{
	struct proto *base = toe_base(sk->sk_prot);
	struct toe_conn *conn = toe_conn_of(sk);

	if (conn) {
		local_bh_disable();
		toe_upload(conn, sk, TOE_UPLOAD_UNSUPPORTED);
		toe_conn_detach(conn);
		local_bh_enable();
		if (toe_base(psock->sk_proto) == base)
			psock->sk_proto = base;
		psock->psock_update_sk_prot = base->psock_update_sk_prot;
	}
	return base->psock_update_sk_prot(sk, psock, restore);
}
#endif

/* ---- putting the hooks in ----------------------------------------------- */

static struct proto *toe_proto_new(struct proto *base)
{
	struct toe_proto *p = kzalloc(sizeof(*p), GFP_ATOMIC);

	if (!p)
		return NULL;
	p->base = base;
	p->proto = *base;
	p->proto.release_cb = toe_release_cb;
	p->proto.close = toe_sock_close;
	p->proto.disconnect = toe_sock_disconnect;
	p->proto.setsockopt = toe_sock_setsockopt;
	p->proto.getsockopt = toe_sock_getsockopt;
#ifdef CONFIG_BPF_SYSCALL
	if (base->psock_update_sk_prot)
		p->proto.psock_update_sk_prot = toe_sock_psock_update;
#endif
	list_add_tail_rcu(&p->node, &toe_protos);
	return &p->proto;
}

static struct proto *toe_proto_get(struct proto *base)
{
	struct toe_proto *p;
	struct proto *prot;

	list_for_each_entry_rcu(p, &toe_protos, node)
		if (p->base == base)
			return &p->proto;
	spin_lock_bh(&toe_copies_lock);
	list_for_each_entry(p, &toe_protos, node) {
		if (p->base == base) {
			spin_unlock_bh(&toe_copies_lock);
			return &p->proto;
		}
	}
	prot = toe_proto_new(base);
	spin_unlock_bh(&toe_copies_lock);
	return prot;
}

static const struct inet_connection_sock_af_ops *
toe_af_ops_new(const struct inet_connection_sock_af_ops *base)
{
	struct toe_af_ops *a = kzalloc(sizeof(*a), GFP_ATOMIC);

	if (!a)
		return NULL;
	a->base = base;
	a->ops = *base;
	a->ops.queue_xmit = toe_queue_xmit;
	list_add_tail_rcu(&a->node, &toe_af_opses);
	return &a->ops;
}

static const struct inet_connection_sock_af_ops *
toe_af_ops_get(const struct inet_connection_sock_af_ops *base)
{
	const struct inet_connection_sock_af_ops *ops;
	struct toe_af_ops *a;

	list_for_each_entry_rcu(a, &toe_af_opses, node)
		if (a->base == base)
			return &a->ops;
	spin_lock_bh(&toe_copies_lock);
	list_for_each_entry(a, &toe_af_opses, node) {
		if (a->base == base) {
			spin_unlock_bh(&toe_copies_lock);
			return &a->ops;
		}
	}
	ops = toe_af_ops_new(base);
	spin_unlock_bh(&toe_copies_lock);
	return ops;
}

/* Only genuine TCP: kTLS, sockmap, MPTCP and SMC have their own close */
bool toe_sock_hook(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct inet_connection_sock_af_ops *ops;
	struct proto *prot;

	if (sk->sk_prot->release_cb != tcp_prot.release_cb ||
	    sk->sk_prot->close != tcp_close || icsk->icsk_ulp_ops ||
	    rcu_access_pointer(icsk->icsk_ulp_data))
		return false;
	prot = toe_proto_get(sk->sk_prot);
	ops = toe_af_ops_get(icsk->icsk_af_ops);
	if (!prot || !ops)
		return false;
	icsk->icsk_af_ops = ops;
	WRITE_ONCE(sk->sk_prot, prot);
	return true;
}

void toe_sock_unhook(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	icsk->icsk_af_ops = toe_af_base(icsk->icsk_af_ops);
	WRITE_ONCE(sk->sk_prot, toe_base(sk->sk_prot));
}

/* ---- the ULP slot -------------------------------------------------------- */

static void toe_ulp_release(struct sock *sk)
{
	/* the connection left at TCP_CLOSE, before the slot is cleaned up */
	WARN_ON_ONCE(1);
}

/* No owner: a reference to the module would keep it from unloading. */
static struct tcp_ulp_ops toe_ulp_ops = {
	.name = "toe",
	.release = toe_ulp_release,
};

void toe_sock_mark(struct sock *sk, bool offloaded)
{
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops,
		   offloaded ? &toe_ulp_ops : NULL);
}

/* ---- the tracepoint ------------------------------------------------------ */

static void toe_probe_established(struct sock *sk, int oldstate)
{
	struct toe_net *tn = toe_pernet(sock_net(sk));
	const struct dst_entry *dst;

	if (!READ_ONCE(tn->enabled) || READ_ONCE(tn->mode) == TOE_MODE_OFF)
		return;
	dst = __sk_dst_get(sk);
	if (!dst || !toe_link_leads(dst->dev))
		return;
	toe_conn_attach(sk, oldstate == TCP_SYN_RECV ? TOE_DIRECTION_IN :
						       TOE_DIRECTION_OUT);
}

static void toe_probe_close(struct sock *sk)
{
	struct toe_conn *conn = toe_conn_of(sk);

	if (!conn)
		return;
	local_bh_disable();
	toe_upload_forget(conn, sk, TOE_UPLOAD_CLOSE);
	toe_conn_detach(conn);
	local_bh_enable();
}

/* Runs with preemption off, under the socket lock */
static void toe_probe_set_state(void *data, const struct sock *csk,
				const int oldstate, const int newstate)
{
	struct sock *sk = (struct sock *)csk;

	if (sk->sk_protocol != IPPROTO_TCP)
		return;
	if (newstate == TCP_ESTABLISHED)
		toe_probe_established(sk, oldstate);
	else if (newstate == TCP_CLOSE)
		toe_probe_close(sk);
}

static struct tracepoint *toe_tp;
static unsigned int toe_tp_users;
static DEFINE_MUTEX(toe_tp_lock);

static void toe_tp_find(struct tracepoint *tp, void *arg)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		toe_tp = tp;
}

/**
 * toe_net_enable() - net.toe.enabled became 1
 * @tn: the namespace
 *
 * The first namespace registers the probe; before that the kernel's TCP does
 * not know of us (P8).
 *
 * Context: process, sleeps.
 * Return: 0 or a negative error.
 */
int toe_net_enable(struct toe_net *tn)
{
	int err = 0;

	mutex_lock(&toe_tp_lock);
	if (tn->enabled)
		goto out;
	err = toe_stray_enable(tn->net);
	if (err)
		goto out;
	err = toe_watch_enable(tn);
	if (err)
		goto err_stray;
	if (!toe_tp_users)
		err = tracepoint_probe_register(toe_tp, toe_probe_set_state,
						NULL);
	if (err)
		goto err_watch;
	toe_tp_users++;
	WRITE_ONCE(tn->enabled, 1);
out:
	mutex_unlock(&toe_tp_lock);
	return err;

err_watch:
	toe_watch_disable(tn);
err_stray:
	toe_stray_disable(tn->net);
	goto out;
}

/**
 * toe_net_disable() - net.toe.enabled became 0, or the namespace goes
 * @tn: the namespace
 *
 * Context: process, sleeps. Everything is back in the host on return.
 */
void toe_net_disable(struct toe_net *tn)
{
	mutex_lock(&toe_tp_lock);
	if (!tn->enabled)
		goto out;
	WRITE_ONCE(tn->enabled, 0);
	tracepoint_synchronize_unregister();	/* no probe saw 1 any more */
	toe_net_detach_all(tn, TOE_UPLOAD_POLICY);
	toe_watch_disable(tn);
	toe_stray_disable(tn->net);
	if (!--toe_tp_users) {
		tracepoint_probe_unregister(toe_tp, toe_probe_set_state, NULL);
		tracepoint_synchronize_unregister();
	}
out:
	mutex_unlock(&toe_tp_lock);
}

/* ---- init and exit ------------------------------------------------------- */

int toe_sock_init(void)
{
	for_each_kernel_tracepoint(toe_tp_find, NULL);
	if (!toe_tp) {
		pr_err("toe: tracepoint inet_sock_set_state not found\n");
		return -ENOENT;
	}
	return 0;
}

static long toe_users_sum(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(toe_users, cpu);
	return sum;
}

/* Every socket has been unhooked. 1. wait for tasks that still hold a pointer
 * to the copies; 2. for those that sleep in the kernel below us; 3. for their
 * last steps in our text.
 */
void toe_sock_exit(void)
{
	struct toe_af_ops *a, *an;
	struct toe_proto *p, *pn;

	synchronize_rcu_tasks();
	while (toe_users_sum())
		msleep(20);
	synchronize_rcu_tasks();
	synchronize_rcu();
	list_for_each_entry_safe(p, pn, &toe_protos, node)
		kfree(p);
	list_for_each_entry_safe(a, an, &toe_af_opses, node)
		kfree(a);
}
