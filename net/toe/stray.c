// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Strays
 *
 * A segment may reach the host's stack although a NIC owns its connection: it
 * was under way during the hand-over, or came in by another interface. It is
 * taken before TCP sees it and forwarded to the NIC.
 *
 * The IP layer's early demux has found the socket as a rule. What arrived in
 * fragments, and everything where early demux is switched off, is looked up here
 * while anything is offloaded.
 *
 * A few may slip through: those that had passed the hook when the hand-over
 * happened, those with IP options. They do no harm.
 * What the segment says is true, so TCP may believe it: payload is queued and
 * rcv_nxt moves; the ACK that TCP wants to send ends at the fence, which tells
 * the NIC the new rcv_nxt and has it ACK. When the NIC delivers the same bytes
 * again they are cut off (rx.c). An acknowledgment moves snd_una; the NIC
 * learns it from the next post or from the peer. Timers that TCP arms have
 * nothing to send, since the retransmit queue is empty (gate.c).
 */
#include "stray.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#include "conn.h"
#include "firewall.h"
#include "sock.h"
#include "watch.h"

static bool toe_stray_header(struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == IPPROTO_TCP &&
		       ip_hdr(skb)->ihl == 5 &&
		       !ip_is_fragment(ip_hdr(skb)) &&
		       pskb_may_pull(skb, sizeof(struct iphdr) +
					  sizeof(struct tcphdr));
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP &&
	       pskb_may_pull(skb, sizeof(struct ipv6hdr) +
				  sizeof(struct tcphdr));
}

static struct sock *toe_stray_lookup(struct net *net, struct sk_buff *skb,
				     u8 pf)
{
	struct inet_hashinfo *hashinfo = net->ipv4.tcp_death_row.hashinfo;
	const struct tcphdr *th;

	if (pf == NFPROTO_IPV4) {
		const struct iphdr *iph = ip_hdr(skb);

		th = (const struct tcphdr *)(iph + 1);
		return __inet_lookup_established(net, hashinfo, iph->saddr,
						 th->source, iph->daddr,
						 ntohs(th->dest), inet_iif(skb),
						 inet_sdif(skb));
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (pf == NFPROTO_IPV6) {
		const struct ipv6hdr *ip6 = ipv6_hdr(skb);

		th = (const struct tcphdr *)(ip6 + 1);
		return __inet6_lookup_established(net, hashinfo, &ip6->saddr,
						  th->source, &ip6->daddr,
						  ntohs(th->dest),
						  inet6_iif(skb),
						  inet6_sdif(skb));
	}
#endif
	return NULL;
}

static struct toe_conn *toe_stray_conn(const struct sock *sk)
{
	struct toe_conn *conn;

	if (!sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP)
		return NULL;
	conn = toe_conn_of(sk);
	/* unhooked between the two loads: the pointer may be another ULP's */
	return conn && toe_sock_hooked(sk) ? conn : NULL;
}

/* A packet was too big on its way (RFC 1191, RFC 8201): TCP learns it from this
 * one, the NIC when the connection looks at its route.
 */
static bool toe_stray_too_big(const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4) {
		struct icmphdr _icmp, *icmp;

		if (ip_hdr(skb)->protocol != IPPROTO_ICMP)
			return false;
		icmp = skb_header_pointer(skb, ip_hdrlen(skb), sizeof(_icmp),
					  &_icmp);
		return icmp && icmp->type == ICMP_DEST_UNREACH &&
		       icmp->code == ICMP_FRAG_NEEDED;
	} else {
		struct icmp6hdr _icmp6, *icmp6;

		if (ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6)
			return false;
		icmp6 = skb_header_pointer(skb, sizeof(struct ipv6hdr),
					   sizeof(_icmp6), &_icmp6);
		return icmp6 && icmp6->icmp6_type == ICMPV6_PKT_TOOBIG;
	}
}

/* conn->tdev and conn->nic are read without the socket lock: a device outlives
 * RCU readers that found it in a connection, and a handle that is no longer
 * valid names nothing (generation).
 */
static bool toe_stray_forward(struct toe_conn *conn, struct sk_buff *skb, u8 pf)
{
	struct toe_dev *tdev;
	u32 nic;

	if (!conn || READ_ONCE(conn->state) != TOE_STATE_OFFLOADED)
		return false;
	tdev = READ_ONCE(conn->tdev);
	nic = READ_ONCE(conn->nic);
	if (!tdev || !nic || !tdev->ops->forward)
		return false;
	__skb_pull(skb, pf == NFPROTO_IPV4 ? sizeof(struct iphdr) :
					     sizeof(struct ipv6hdr));
	skb_reset_transport_header(skb);
	toe_mib_inc(conn->tn, TOE_MIB_FORWARDED);
	skb_orphan(skb);
	tdev->ops->forward(tdev, nic, skb);
	return true;
}

/* Softirq within RCU */
static unsigned int toe_stray_hook(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct toe_net *tn = toe_pernet(state->net);
	struct sock *sk = skb->sk, *found = NULL;
	bool stolen;

	if (likely(!atomic_read(&tn->offloaded)) || toe_firewall_own(skb))
		return NF_ACCEPT;
	if (!sk && unlikely(toe_stray_too_big(skb, state->pf)))
		toe_watch_routes(tn);
	if (!toe_stray_header(skb, state->pf))
		return NF_ACCEPT;
	if (!sk) {
		found = toe_stray_lookup(state->net, skb, state->pf);
		sk = found;
	}
	if (!sk)
		return NF_ACCEPT;
	stolen = toe_stray_forward(toe_stray_conn(sk), skb, state->pf);
	if (found)
		sock_gen_put(found);
	return stolen ? NF_STOLEN : NF_ACCEPT;
}

static const struct nf_hook_ops toe_stray_ops[] = {
	{
		.hook = toe_stray_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = toe_stray_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
#endif
};

/**
 * toe_stray_enable() - watch for strays in a namespace
 * @net: the namespace
 *
 * Context: process, sleeps.
 * Return: 0 or a negative error.
 */
int toe_stray_enable(struct net *net)
{
	return nf_register_net_hooks(net, toe_stray_ops,
				     ARRAY_SIZE(toe_stray_ops));
}

void toe_stray_disable(struct net *net)
{
	nf_unregister_net_hooks(net, toe_stray_ops, ARRAY_SIZE(toe_stray_ops));
}
