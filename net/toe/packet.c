// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Packets of a connection
 *
 * Others of the host judge a connection by its packets: bonding by which member
 * they go, packet filters whether they pass. While the host's stack sends none,
 * these are shown to them. They never reach a wire.
 */
#include "packet.h"

#include <linux/etherdevice.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "eligible.h"
#include "object.h"

/**
 * toe_hop_limit() - TTL or hop limit that the host's stack would send with
 * @sk: the socket
 * @dst: its route
 *
 * Context: socket locked.
 * Return: 1 to 255.
 */
u8 toe_hop_limit(const struct sock *sk, struct dst_entry *dst)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (toe_is_v6(sk))
		return inet6_sk(sk)->hop_limit >= 0 ? inet6_sk(sk)->hop_limit :
		       ip6_dst_hoplimit(dst);
#endif
	return inet_sk(sk)->uc_ttl >= 0 ? inet_sk(sk)->uc_ttl :
	       ip4_dst_hoplimit(dst);
}

static void toe_packet_payload(struct sk_buff *skb, u32 len)
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

static void toe_packet_gso(struct sk_buff *skb, u32 len, u32 mss, bool v6)
{
	struct skb_shared_info *si = skb_shinfo(skb);

	if (len <= mss)
		return;
	si->gso_type = v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
	si->gso_size = mss;
	si->gso_segs = DIV_ROUND_UP(len, mss);
}

static void toe_packet_tcp(struct sk_buff *skb, const struct toe_packet *pkt)
{
	const struct inet_sock *inet = inet_sk(pkt->sk);
	const struct tcp_sock *tp = tcp_sk(pkt->sk);
	struct tcphdr *th = skb_push(skb, sizeof(*th));
	u32 wnd;

	memset(th, 0, sizeof(*th));
	if (pkt->in) {
		th->source = inet->inet_dport;
		th->dest = inet->inet_sport;
		wnd = tp->snd_wnd >> tp->rx_opt.snd_wscale;
	} else {
		th->source = inet->inet_sport;
		th->dest = inet->inet_dport;
		wnd = tcp_receive_window(tp) >> tp->rx_opt.rcv_wscale;
	}
	th->seq = htonl(pkt->seq);
	th->ack_seq = htonl(pkt->ack);
	th->doff = sizeof(*th) / 4;
	th->ack = 1;
	th->psh = pkt->len != 0;
	th->window = htons(min_t(u32, wnd, U16_MAX));
	skb_reset_transport_header(skb);
}

static void toe_packet_ipv4(struct sk_buff *skb, const struct toe_packet *pkt)
{
	const struct inet_sock *inet = inet_sk(pkt->sk);
	u32 len = skb->len + sizeof(struct iphdr);
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = inet->tos;
	iph->tot_len = htons(len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = pkt->in ? IPDEFTTL : toe_hop_limit(pkt->sk, pkt->dst);
	iph->protocol = IPPROTO_TCP;
	iph->saddr = pkt->in ? inet->inet_daddr : inet->inet_saddr;
	iph->daddr = pkt->in ? inet->inet_saddr : inet->inet_daddr;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static void toe_packet_ipv6(struct sk_buff *skb, const struct toe_packet *pkt)
{
	const struct ipv6_pinfo *np = inet6_sk(pkt->sk);
	struct ipv6hdr *ip6 = skb_push(skb, sizeof(*ip6));

	memset(ip6, 0, sizeof(*ip6));
	ip6_flow_hdr(ip6, np->tclass, pkt->in ? 0 : np->flow_label);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = IPPROTO_TCP;
	ip6->hop_limit = pkt->in ? IPV6_DEFAULT_HOPLIMIT :
			 toe_hop_limit(pkt->sk, pkt->dst);
	ip6->saddr = pkt->in ? pkt->sk->sk_v6_daddr : np->saddr;
	ip6->daddr = pkt->in ? np->saddr : pkt->sk->sk_v6_daddr;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
}
#else
static void toe_packet_ipv6(struct sk_buff *skb, const struct toe_packet *pkt) { }
#endif

/**
 * toe_packet_make() - an IP packet of a connection
 * @pkt: what it says
 *
 * With the headers of one that the host's stack sends or receives, but TCP
 * options; above the MSS, shaped like those of GSO and GRO. Payload is zero.
 *
 * Context: socket locked, RCU.
 * Return: the packet at its network header, with room for those below; NULL
 * without memory.
 */
struct sk_buff *toe_packet_make(const struct toe_packet *pkt)
{
	u32 room = LL_MAX_HEADER + sizeof(struct ipv6hdr) +
		   sizeof(struct tcphdr);
	struct sk_buff *skb = alloc_skb(room, GFP_ATOMIC | __GFP_NOWARN);
	bool v6 = toe_is_v6(pkt->sk);
	struct sock *sk = pkt->sk;

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	toe_packet_payload(skb, pkt->len);
	toe_packet_gso(skb, pkt->len, tcp_sk(sk)->mss_cache, v6);
	toe_packet_tcp(skb, pkt);
	if (v6)
		toe_packet_ipv6(skb, pkt);
	else
		toe_packet_ipv4(skb, pkt);
	skb->dev = pkt->dst->dev;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (pkt->in)
		return skb;
	sock_hold(sk);
	skb->sk = sk;
	skb->destructor = sock_efree;
	skb->mark = sk->sk_mark;
	skb->priority = sk->sk_priority;
	skb_set_hash_from_sk(skb, sk);
	skb_dst_set_noref(skb, pkt->dst);
	return skb;
}

/**
 * toe_packet_eth() - put an Ethernet header in front
 * @skb: from toe_packet_make()
 * @pkt: what it was made of
 *
 * Context: socket locked, RCU.
 */
void toe_packet_eth(struct sk_buff *skb, const struct toe_packet *pkt)
{
	struct neighbour *n = toe_neigh_lookup(pkt->dst, pkt->sk);
	struct ethhdr *eth = skb_push(skb, sizeof(*eth));
	u8 next[ETH_ALEN] = {};

	if (n) {
		neigh_ha_snapshot(next, n, n->dev);
		neigh_release(n);
	}
	ether_addr_copy(eth->h_dest, pkt->in ? pkt->dst->dev->dev_addr : next);
	ether_addr_copy(eth->h_source, pkt->in ? next : pkt->dst->dev->dev_addr);
	eth->h_proto = skb->protocol;
	skb_reset_mac_header(skb);
}
