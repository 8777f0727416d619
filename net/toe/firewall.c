// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Packet filters
 *
 * Segments that a NIC sends and receives pass none of the host's netfilter
 * hooks. So that rules, connection tracking and accounting stay in force (P7),
 * the host tells the hooks what passed: while payload moves, twenty times a
 * second, a packet each way with the connection's own headers, sequence numbers
 * and as many bytes as went by since the last one, large like those of GSO and
 * GRO. It goes through the hooks that a packet of the host's stack would meet, in
 * their order, and is freed at their end.
 *
 * Whoever looks at headers, marks, owners, devices, routes and numbers of bytes
 * gives the verdict that it would give to the segments themselves. Anything but
 * "pass, unchanged" takes the connection up: dropped, rejected, queued to user
 * space, translated or given another TOS are things that only the host's stack
 * can have done to each packet. The same question is asked before a connection
 * goes down, with packets that carry no payload.
 *
 * Connection tracking counts and stays awake by it. Its windows can't follow
 * leaps of many segments, so from the first hand-over on they are not judged
 * (IP_CT_TCP_FLAG_BE_LIBERAL, as act_ct does with what it offloads).
 *
 * Payload is not shown: its bytes are zero. A connection with a conntrack helper,
 * which reads it, stays in the host.
 *
 * Where no hook but the one for strays is registered, nothing of this happens.
 */
#include "firewall.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_extend.h>
#endif

#include "conn.h"
#include "eligible.h"
#include "object.h"

#define TOE_FW_PERIOD		max(HZ / 20, 1)
#define TOE_FW_LEN_MAX		(16 * PAGE_SIZE - 128)	/* bytes of payload */
#define TOE_FW_AT_ONCE		16	/* packets each way in one go */
#define TOE_FW_AT_END		256

/* The one that is on its way through the hooks on this CPU */
static DEFINE_PER_CPU(const struct sk_buff *, toe_fw_skb);

bool toe_firewall_own(const struct sk_buff *skb)
{
	return unlikely(this_cpu_read(toe_fw_skb) == skb);
}

/* What passed in one direction. Sequence numbers in host byte order. */
struct toe_fw_sum {
	struct sock *sk;
	struct dst_entry *dst;
	bool in;
	u32 seq, ack, len;
};

/* ---- the packet ---------------------------------------------------------- */

static void toe_fw_payload(struct sk_buff *skb, u32 len)
{
	u32 left = len, n;
	int i;

	for (i = 0; left; i++, left -= n) {
		n = min_t(u32, left, PAGE_SIZE);
		get_page(ZERO_PAGE(0));
		skb_fill_page_desc(skb, i, ZERO_PAGE(0), 0, n);
	}
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
}

static void toe_fw_gso(struct sk_buff *skb, u32 len, u32 mss, bool v6)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	if (len <= mss)
		return;
	si->gso_type = v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	si->gso_size = mss;
	si->gso_segs = DIV_ROUND_UP(len, mss);
}

static void toe_fw_tcp(struct sk_buff *skb, const struct toe_fw_sum *sum)
{
	const struct inet_sock *inet = inet_sk(sum->sk);
	const struct tcp_sock *tp = tcp_sk(sum->sk);
	struct tcphdr *th = skb_push(skb, sizeof(*th));
	u32 wnd;

	memset(th, 0, sizeof(*th));
	if (sum->in) {
		th->source = inet->inet_dport;
		th->dest = inet->inet_sport;
		wnd = tp->snd_wnd >> tp->rx_opt.snd_wscale;
	} else {
		th->source = inet->inet_sport;
		th->dest = inet->inet_dport;
		wnd = tcp_receive_window(tp) >> tp->rx_opt.rcv_wscale;
	}
	th->seq = htonl(sum->seq);
	th->ack_seq = htonl(sum->ack);
	th->doff = sizeof(*th) / 4;
	th->ack = 1;
	th->psh = sum->len != 0;
	th->window = htons(min_t(u32, wnd, U16_MAX));
	skb_reset_transport_header(skb);
}

static void toe_fw_ipv4(struct sk_buff *skb, const struct toe_fw_sum *sum)
{
	const struct inet_sock *inet = inet_sk(sum->sk);
	u32 len = skb->len + sizeof(struct iphdr);
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = inet->tos;
	iph->tot_len = htons(len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = sum->in ? IPDEFTTL : inet->uc_ttl >= 0 ? inet->uc_ttl :
		   ip4_dst_hoplimit(sum->dst);
	iph->protocol = IPPROTO_TCP;
	iph->saddr = sum->in ? inet->inet_daddr : inet->inet_saddr;
	iph->daddr = sum->in ? inet->inet_saddr : inet->inet_daddr;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static void toe_fw_ipv6(struct sk_buff *skb, const struct toe_fw_sum *sum)
{
	const struct ipv6_pinfo *np = inet6_sk(sum->sk);
	struct ipv6hdr *ip6 = skb_push(skb, sizeof(*ip6));

	memset(ip6, 0, sizeof(*ip6));
	ip6_flow_hdr(ip6, np->tclass, sum->in ? 0 : np->flow_label);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = IPPROTO_TCP;
	ip6->hop_limit = sum->in ? IPV6_DEFAULT_HOPLIMIT : np->hop_limit >= 0 ?
			 np->hop_limit : ip6_dst_hoplimit(sum->dst);
	ip6->saddr = sum->in ? sum->sk->sk_v6_daddr : np->saddr;
	ip6->daddr = sum->in ? np->saddr : sum->sk->sk_v6_daddr;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
}
#else
static void toe_fw_ipv6(struct sk_buff *skb, const struct toe_fw_sum *sum) { }
#endif

/* In front of the data, as for every received packet */
static void toe_fw_eth(struct sk_buff *skb, const struct toe_fw_sum *sum)
{
	struct neighbour *n = toe_neigh_lookup(sum->dst, sum->sk);
	struct ethhdr *eth = skb_push(skb, sizeof(*eth));

	memset(eth, 0, sizeof(*eth));
	ether_addr_copy(eth->h_dest, sum->dst->dev->dev_addr);
	if (n) {
		neigh_ha_snapshot(eth->h_source, n, n->dev);
		neigh_release(n);
	}
	eth->h_proto = skb->protocol;
	skb_reset_mac_header(skb);
	__skb_pull(skb, sizeof(*eth));
}

static struct sk_buff *toe_fw_make(const struct toe_fw_sum *sum, bool v6)
{
	u32 room = LL_MAX_HEADER + sizeof(struct ipv6hdr) +
		   sizeof(struct tcphdr);
	struct sk_buff *skb = alloc_skb(room, GFP_ATOMIC | __GFP_NOWARN);
	struct sock *sk = sum->sk;

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	toe_fw_payload(skb, sum->len);
	toe_fw_gso(skb, sum->len, tcp_sk(sk)->mss_cache, v6);
	toe_fw_tcp(skb, sum);
	if (v6)
		toe_fw_ipv6(skb, sum);
	else
		toe_fw_ipv4(skb, sum);
	skb->dev = sum->dst->dev;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (sum->in) {
		toe_fw_eth(skb, sum);
		skb->skb_iif = skb->dev->ifindex;
		return skb;
	}
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_efree;
	skb->mark = sk->sk_mark;
	skb->priority = sk->sk_priority;
	skb_dst_set_noref(skb, sum->dst);
	return skb;
}

/* ---- through the hooks ------------------------------------------------------- */

/* One that was queued to user space comes back: its connection went up for it */
static int toe_fw_sink(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

/* False: the hooks have it, or freed it. */
static bool toe_fw_hook(struct sk_buff *skb, const struct toe_fw_sum *sum,
			u8 pf, unsigned int hook)
{
	struct net_device *dev = sum->dst->dev;

	return nf_hook(pf, hook, sock_net(sum->sk), sum->in ? NULL : sum->sk,
		       skb, sum->in ? dev : NULL, sum->in ? NULL : dev,
		       toe_fw_sink) == 1;
}

/* As IP does between the hooks, with a look at the same rules */
static bool toe_fw_route(struct sk_buff *skb, bool v6)
{
	if (v6) {
		const struct nf_ipv6_ops *ops = nf_get_ipv6_ops();

		if (!ops)
			return false;
		ops->route_input(skb);
		return skb_dst(skb) && !skb_dst(skb)->error;
	}
	return !ip_route_input_noref(skb, ip_hdr(skb)->daddr,
				     ip_hdr(skb)->saddr, ip_hdr(skb)->tos,
				     skb->dev);
}

static bool toe_fw_pass_in(struct sk_buff **skb, const struct toe_fw_sum *sum,
			   u8 pf)
{
	bool routed;

	if (!toe_fw_hook(*skb, sum, pf, NF_INET_PRE_ROUTING)) {
		*skb = NULL;
		return false;
	}
	routed = toe_fw_route(*skb, pf == NFPROTO_IPV6);
	if (routed && toe_fw_hook(*skb, sum, pf, NF_INET_LOCAL_IN))
		return true;
	if (routed)
		*skb = NULL;
	return false;
}

static bool toe_fw_pass_out(struct sk_buff **skb, const struct toe_fw_sum *sum,
			    u8 pf)
{
	if (!toe_fw_hook(*skb, sum, pf, NF_INET_LOCAL_OUT)) {
		*skb = NULL;
		return false;
	}
	/* another mark may lead elsewhere */
	if (!skb_dst(*skb) || skb_dst(*skb)->dev != sum->dst->dev)
		return false;
	if (toe_fw_hook(*skb, sum, pf, NF_INET_POST_ROUTING))
		return true;
	*skb = NULL;
	return false;
}

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
/* Inline functions only: nf_conntrack.ko need not be there. */
static bool toe_fw_helped(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && nf_ct_ext_exist(ct, NF_CT_EXT_HELPER);
}

/* From here on tracking accepts leaps. For good: this host's TCP judges windows
 * anyway.
 */
static void toe_fw_leaps(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	unsigned int i;

	if (!ct)
		return;
	spin_lock_bh(&ct->lock);
	for (i = 0; i < IP_CT_DIR_MAX; i++)
		ct->proto.tcp.seen[i].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	spin_unlock_bh(&ct->lock);
}
#else
static bool toe_fw_helped(const struct sk_buff *skb)
{
	return false;
}

static void toe_fw_leaps(const struct sk_buff *skb)
{
}
#endif

#define TOE_FW_HEADERS	(sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

static bool toe_fw_pass(const struct toe_fw_sum *sum)
{
	bool v6 = toe_is_v6(sum->sk), pass;
	u8 pf = v6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	u32 size = sizeof(struct tcphdr) + (v6 ? sizeof(struct ipv6hdr) :
						 sizeof(struct iphdr));
	struct sk_buff *skb = toe_fw_make(sum, v6);
	u8 before[TOE_FW_HEADERS];
	u32 prio;

	if (!skb)
		return true;	/* no word is no verdict: the next one */
	memcpy(before, skb_network_header(skb), size);
	prio = skb->priority;
	this_cpu_write(toe_fw_skb, skb);
	pass = sum->in ? toe_fw_pass_in(&skb, sum, pf) :
			 toe_fw_pass_out(&skb, sum, pf);
	this_cpu_write(toe_fw_skb, NULL);
	pass = pass && skb->priority == prio && skb_headlen(skb) >= size &&
	       !memcmp(before, skb_network_header(skb), size) &&
	       !toe_fw_helped(skb);
	if (pass)
		toe_fw_leaps(skb);
	consume_skb(skb);
	return pass;
}

/* ---- when ------------------------------------------------------------------ */

/* RCU */
static bool toe_fw_some(struct nf_hook_entries __rcu * const *hooks)
{
	const struct nf_hook_entries *in =
		rcu_dereference(hooks[NF_INET_LOCAL_IN]);

	/* the one at LOCAL_IN is for strays */
	return rcu_access_pointer(hooks[NF_INET_PRE_ROUTING]) ||
	       rcu_access_pointer(hooks[NF_INET_LOCAL_OUT]) ||
	       rcu_access_pointer(hooks[NF_INET_POST_ROUTING]) ||
	       (in && in->num_hook_entries > 1);
}

static bool toe_fw_hooked(const struct sock *sk)
{
	const struct netns_nf *nf = &sock_net(sk)->nf;

	return toe_fw_some(toe_is_v6(sk) ? nf->hooks_ipv6 : nf->hooks_ipv4);
}

enum toe_refusal toe_firewall_allows(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct toe_fw_sum sum = {
		.sk = sk, .dst = __sk_dst_get(sk),
		.seq = tp->snd_nxt, .ack = tp->rcv_nxt,
	};
	bool pass = true;

	rcu_read_lock();
	if (sum.dst && toe_fw_hooked(sk)) {
		pass = toe_fw_pass(&sum);
		sum.in = true;
		sum.seq = tp->rcv_nxt;
		sum.ack = tp->snd_una;
		pass = pass && toe_fw_pass(&sum);
	}
	rcu_read_unlock();
	return pass ? TOE_REFUSAL_NONE : TOE_REFUSAL_FIREWALL;
}

void toe_firewall_start(struct toe_conn *conn, const struct sock *sk)
{
	conn->fw_snd = tcp_sk(sk)->snd_una;
	conn->fw_rcv = tcp_sk(sk)->rcv_nxt;
	conn->fw_at = jiffies;
}

/* The next packet of one direction, which ends at @end at the latest */
static bool toe_fw_tell(struct toe_conn *conn, struct toe_fw_sum *sum, u32 *told,
			u32 end)
{
	sum->seq = *told;
	sum->len = min_t(u32, end - *told, TOE_FW_LEN_MAX);
	*told += sum->len;
	toe_mib_inc(conn->tn, TOE_MIB_SUMMARIES);
	return toe_fw_pass(sum);
}

/* Both directions, @most packets each: acknowledgments follow what they
 * acknowledge. Returns whether all of them may pass.
 */
static bool toe_fw_both(struct toe_conn *conn, struct sock *sk, u32 most)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct toe_fw_sum sum = { .sk = sk, .dst = __sk_dst_get(sk) };
	bool pass = true;

	while (sum.dst && pass && most-- &&
	       (conn->fw_snd != tp->snd_una || conn->fw_rcv != tp->rcv_nxt)) {
		sum.in = false;
		sum.ack = conn->fw_rcv;
		pass = toe_fw_tell(conn, &sum, &conn->fw_snd, tp->snd_una);
		sum.in = true;
		sum.ack = conn->fw_snd;
		if (pass)
			pass = toe_fw_tell(conn, &sum, &conn->fw_rcv,
					   tp->rcv_nxt);
	}
	return pass;
}

/**
 * toe_firewall_check() - tell the hooks what passed, from conn->fw_at on
 * @conn: an offloaded connection
 * @sk: its socket
 *
 * Context: socket locked, BH disabled.
 * Return: false when the host's stack is needed to do what they say.
 */
bool toe_firewall_check(struct toe_conn *conn, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	bool pass = true;

	conn->fw_at = jiffies + TOE_FW_PERIOD;
	rcu_read_lock();
	if (toe_fw_hooked(sk)) {
		pass = toe_fw_both(conn, sk, TOE_FW_AT_ONCE);
		/* as fast as they can be told */
		if (conn->fw_snd != tp->snd_una || conn->fw_rcv != tp->rcv_nxt)
			conn->fw_at = jiffies + 1;
	} else {
		conn->fw_snd = tp->snd_una;
		conn->fw_rcv = tp->rcv_nxt;
	}
	rcu_read_unlock();
	return pass;
}

/**
 * toe_firewall_end() - tell the rest: the connection is the host's again
 * @conn: the connection
 * @sk: its socket, its state complete
 *
 * Context: socket locked, BH disabled.
 */
void toe_firewall_end(struct toe_conn *conn, struct sock *sk)
{
	rcu_read_lock();
	if (toe_fw_hooked(sk))
		toe_fw_both(conn, sk, TOE_FW_AT_END);
	rcu_read_unlock();
}
