// SPDX-License-Identifier: GPL-2.0-only
#include "eligible.h"

#include <linux/bpf-cgroup.h>
#include <net/mptcp.h>
#include <net/sch_generic.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include <net/toe_compat.h>
#include "conn.h"
#include "dev.h"
#include "firewall.h"
#include "link.h"
#include "sock.h"

static const char * const toe_cc_names[__TOE_CC_MAX] = {
	[TOE_CC_RENO] = "reno",
	[TOE_CC_CUBIC] = "cubic",
	[TOE_CC_DCTCP] = "dctcp",
};

/**
 * toe_cc_by_name() - translate a congestion algorithm
 * @name: the kernel's name
 *
 * Context: any.
 * Return: enum toe_cc, or -1 when the objects have no value for it.
 */
int toe_cc_by_name(const char *name)
{
	int i;

	for (i = 0; i < __TOE_CC_MAX; i++)
		if (!strcmp(name, toe_cc_names[i]))
			return i;
	return -1;
}

/**
 * toe_is_v6() - does the connection run over IPv6?
 * @sk: socket; AF_INET6 with a mapped address counts as IPv4
 *
 * Context: any.
 * Return: true when it does.
 */
bool toe_is_v6(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	return sk->sk_family == AF_INET6 &&
	       !ipv6_addr_v4mapped(&sk->sk_v6_daddr);
#else
	return false;
#endif
}

static bool toe_has_ip_options(struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		return rcu_access_pointer(inet6_sk(sk)->opt);
#endif
	return rcu_access_pointer(inet_sk(sk)->inet_opt);
}

/**
 * toe_has_xfrm() - does IPsec apply?
 * @sk: socket
 * @dst: its route
 *
 * Context: socket locked.
 * Return: true when it does.
 */
bool toe_has_xfrm(struct sock *sk, const struct dst_entry *dst)
{
#ifdef CONFIG_XFRM
	return dst_xfrm(dst) || rcu_access_pointer(sk->sk_policy[0]) ||
	       rcu_access_pointer(sk->sk_policy[1]);
#else
	return false;
#endif
}

static bool toe_is_signed(const struct tcp_sock *tp)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tp->md5sig_info))
		return true;
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tp->ao_info))
		return true;
#endif
	return false;
}

/* @tdev: NULL = whichever */
static bool toe_can_pace(const struct toe_dev *tdev, const struct sock *sk)
{
	u64 rate = toe_pacing_rate(sk);

	return likely(!rate) || (rate >= TOE_PACING_MIN &&
				 (!tdev || tdev->caps.pacing));
}

/* Urgent data on the way out. Not tcp_urg_mode(): an ACK that TCP takes in while
 * its retransmit queue is empty (a stray) leaves snd_up behind.
 */
static bool toe_sends_urgent(const struct tcp_sock *tp)
{
	return after(tp->snd_up, tp->snd_una);
}

/* Programs that see the segments of the socket's cgroup (IPAddressDeny= and
 * IPAccounting= of systemd are such)
 */
static bool toe_has_cgroup_bpf(struct sock *sk)
{
#ifdef CONFIG_CGROUP_BPF
	if (cgroup_bpf_enabled(CGROUP_INET_INGRESS) &&
	    cgroup_bpf_sock_enabled(sk, CGROUP_INET_INGRESS))
		return true;
	return cgroup_bpf_enabled(CGROUP_INET_EGRESS) &&
	       cgroup_bpf_sock_enabled(sk, CGROUP_INET_EGRESS);
#else
	return false;
#endif
}

static bool toe_has_bpf(struct sock *sk)
{
#ifdef CONFIG_BPF
	if (tcp_sk(sk)->bpf_sock_ops_cb_flags)
		return true;
#endif
	return toe_has_cgroup_bpf(sk);
}

/* What lies in the socket itself */
static enum toe_refusal toe_eligible_sock(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->sk_state != TCP_ESTABLISHED || sk->sk_shutdown)
		return TOE_REFUSAL_STATE;
	if (!toe_sock_hooked(sk) || icsk->icsk_ulp_ops)
		return TOE_REFUSAL_ULP;
	if (toe_is_signed(tp))
		return TOE_REFUSAL_MD5;
	if (sk_is_mptcp(sk))
		return TOE_REFUSAL_MPTCP;
	if (tp->urg_data || toe_sends_urgent(tp))
		return TOE_REFUSAL_URGENT;
	if (tp->repair)
		return TOE_REFUSAL_REPAIR;
	if (rcu_access_pointer(tp->fastopen_rsk))
		return TOE_REFUSAL_FASTOPEN;
	if (rcu_access_pointer(sk->sk_filter))
		return TOE_REFUSAL_FILTER;
	if (toe_has_bpf(sk))
		return TOE_REFUSAL_BPF;
	if (toe_has_ip_options(sk))
		return TOE_REFUSAL_IP_OPTIONS;
	if (sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK)
		return TOE_REFUSAL_TIMESTAMPING;
	if (!toe_can_pace(NULL, sk) || tp->tcp_tx_delay)
		return TOE_REFUSAL_PACING;
	return TOE_REFUSAL_NONE;
}

/* Passing states: retried soon. With nothing on its way there is nothing to
 * recover, though TCP sees that only when the next data is acknowledged: a
 * segment that an interface without carrier dropped leaves an idle connection in
 * CWR.
 */
static enum toe_refusal toe_eligible_now(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if ((inet_csk(sk)->icsk_ca_state > TCP_CA_Disorder &&
	     tp->packets_out) ||
	    !RB_EMPTY_ROOT(&tp->out_of_order_queue))
		return TOE_REFUSAL_LOSS;
	return TOE_REFUSAL_NONE;
}

/**
 * toe_eligible_nic() - can a NIC carry a connection now?
 * @tdev: the NIC
 * @sk: the connection's socket
 *
 * Context: socket locked, RCU.
 * Return: TOE_REFUSAL_NONE or the first reason why not.
 */
enum toe_refusal toe_eligible_nic(const struct toe_dev *tdev,
				  const struct sock *sk)
{
	int cc;

	if (!toe_dev_ready(tdev))
		return TOE_REFUSAL_DEVICE_OFF;
	if (!(tdev->caps.families & (toe_is_v6(sk) ? TOE_FAMILY_IPV6 :
						     TOE_FAMILY_IPV4)))
		return TOE_REFUSAL_NIC_FAMILY;
	if (tcp_sk(sk)->ecn_flags & TCP_ECN_OK && !tdev->caps.ecn)
		return TOE_REFUSAL_ECN;
	cc = toe_cc_by_name(inet_csk(sk)->icsk_ca_ops->name);
	if (cc < 0 || !(tdev->caps.cc_mask & BIT(cc)))
		return TOE_REFUSAL_CONGESTION;
	if (!toe_can_pace(tdev, sk))
		return TOE_REFUSAL_PACING;
	if (!toe_dev_room(tdev))
		return TOE_REFUSAL_NIC_TCP_ENTRIES;
	return TOE_REFUSAL_NONE;
}

/* Has somebody set up anything here that would see every packet, or delay it?
 * A queueing discipline that the kernel chose has no handle.
 */
static bool toe_dev_shapes(const struct net_device *dev)
{
	if (rcu_dereference(dev->qdisc)->handle || toe_dev_classifies(dev) ||
	    rcu_access_pointer(dev->xdp_prog))
		return true;
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		return true;
#endif
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
	return false;
}

static bool toe_link_shapes(const struct toe_link *link)
{
	unsigned int i;

	for (i = 0; i < link->nr; i++)
		if (toe_dev_shapes(link->hop[i].dev))
			return true;
	return toe_dev_shapes(link->tdev->netdev);
}

bool toe_eligible_way(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	struct toe_link link;
	bool clear;

	rcu_read_lock();
	/* where it leads is the business of others */
	clear = !dst || toe_link_find(&link, sk, dst->dev) ||
		!toe_link_shapes(&link);
	rcu_read_unlock();
	return clear;
}

/* A socket that sends nothing would not learn of a new route: look it up as
 * TCP does before it sends.
 */
static const struct dst_entry *toe_eligible_route(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);

	if (dst && !dst->obsolete)
		return dst;
	if (inet_csk(sk)->icsk_af_ops->rebuild_header(sk))
		return NULL;
	return __sk_dst_get(sk);
}

static enum toe_refusal toe_eligible_dev(struct sock *sk,
					 struct toe_link *link)
{
	const struct dst_entry *dst = toe_eligible_route(sk);
	enum toe_refusal why;

	why = dst ? toe_link_find(link, sk, dst->dev) : TOE_REFUSAL_DEVICE;
	if (why)
		return why;
	if (toe_has_xfrm(sk, dst))
		return TOE_REFUSAL_XFRM;
	if (dst->lwtstate)
		return TOE_REFUSAL_TUNNEL;
	if (toe_link_shapes(link))
		return TOE_REFUSAL_QDISC;
	return toe_eligible_nic(link->tdev, sk);
}

enum toe_refusal toe_eligible_dry(const struct toe_conn *conn, struct sock *sk,
				  struct toe_link *link)
{
	enum toe_refusal why;

	if (test_bit(TOE_CONN_NEVER, &conn->flags) ||
	    !READ_ONCE(conn->tn->enabled) || conn->tn->mode == TOE_MODE_OFF)
		return TOE_REFUSAL_POLICY;
	why = toe_eligible_sock(sk);
	if (why)
		return why;
	why = toe_eligible_dev(sk, link);
	if (why)
		return why;
	return toe_eligible_now(sk);
}

enum toe_refusal toe_eligible(const struct toe_conn *conn, struct sock *sk,
			      struct toe_link *link)
{
	enum toe_refusal why = toe_eligible_dry(conn, sk, link);

	return why ?: toe_firewall_allows(sk);
}

bool toe_eligible_still(const struct toe_conn *conn, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	return !rcu_access_pointer(sk->sk_filter) && !toe_has_bpf(sk) &&
	       !toe_sends_urgent(tp) && !tp->repair && !toe_is_signed(tp) &&
	       !(sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK) &&
	       toe_can_pace(conn->tdev, sk) && !tp->tcp_tx_delay;
}
