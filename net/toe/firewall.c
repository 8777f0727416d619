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
#include "packet.h"

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

/* As it stands before the first hook of its direction */
static struct sk_buff *toe_fw_make(const struct toe_packet *pkt)
{
	struct sk_buff *skb = toe_packet_make(pkt);

	if (!skb || !pkt->in)
		return skb;
	toe_packet_eth(skb, pkt);
	__skb_pull(skb, ETH_HLEN);
	skb->skb_iif = skb->dev->ifindex;
	return skb;
}

/* ---- through the hooks ------------------------------------------------------- */

/* One that was queued to user space comes back: its connection went up for it */
static int toe_fw_sink(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	kfree_skb(skb);
	return 0;
}

/* False, and NULL: the hooks have it, or freed it. */
static bool toe_fw_hook(struct sk_buff **skb, const struct toe_packet *pkt,
			u8 pf, unsigned int hook)
{
	struct net_device *dev = pkt->dst->dev;

	if (nf_hook(pf, hook, sock_net(pkt->sk), pkt->in ? NULL : pkt->sk,
		    *skb, pkt->in ? dev : NULL, pkt->in ? NULL : dev,
		    toe_fw_sink) == 1)
		return true;
	*skb = NULL;
	return false;
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

static bool toe_fw_pass_in(struct sk_buff **skb, const struct toe_packet *pkt,
			   u8 pf)
{
	return toe_fw_hook(skb, pkt, pf, NF_INET_PRE_ROUTING) &&
	       toe_fw_route(*skb, pf == NFPROTO_IPV6) &&
	       toe_fw_hook(skb, pkt, pf, NF_INET_LOCAL_IN);
}

/* Another mark may lead elsewhere. */
static bool toe_fw_pass_out(struct sk_buff **skb, const struct toe_packet *pkt,
			    u8 pf)
{
	return toe_fw_hook(skb, pkt, pf, NF_INET_LOCAL_OUT) &&
	       skb_dst(*skb) && skb_dst(*skb)->dev == pkt->dst->dev &&
	       toe_fw_hook(skb, pkt, pf, NF_INET_POST_ROUTING);
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

static bool toe_fw_pass(const struct toe_packet *pkt)
{
	bool v6 = toe_is_v6(pkt->sk), pass;
	u8 pf = v6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	u32 size = sizeof(struct tcphdr) + (v6 ? sizeof(struct ipv6hdr) :
						 sizeof(struct iphdr));
	struct sk_buff *skb = toe_fw_make(pkt);
	u8 before[TOE_FW_HEADERS];
	u32 prio;

	if (!skb)
		return true;	/* no word is no verdict: the next one */
	memcpy(before, skb_network_header(skb), size);
	prio = skb->priority;
	this_cpu_write(toe_fw_skb, skb);
	pass = pkt->in ? toe_fw_pass_in(&skb, pkt, pf) :
			 toe_fw_pass_out(&skb, pkt, pf);
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
	struct toe_packet pkt = {
		.sk = sk, .dst = __sk_dst_get(sk),
		.seq = tp->snd_nxt, .ack = tp->rcv_nxt,
	};
	bool pass = true;

	rcu_read_lock();
	if (pkt.dst && toe_fw_hooked(sk)) {
		pass = toe_fw_pass(&pkt);
		pkt.in = true;
		pkt.seq = tp->rcv_nxt;
		pkt.ack = tp->snd_una;
		pass = pass && toe_fw_pass(&pkt);
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
static bool toe_fw_tell(struct toe_conn *conn, struct toe_packet *pkt, u32 *told,
			u32 end)
{
	pkt->seq = *told;
	pkt->len = min_t(u32, end - *told, TOE_FW_LEN_MAX);
	*told += pkt->len;
	toe_mib_inc(conn->tn, TOE_MIB_SUMMARIES);
	return toe_fw_pass(pkt);
}

/* Both directions, @most packets each: acknowledgments follow what they
 * acknowledge. Returns whether all of them may pass.
 */
static bool toe_fw_both(struct toe_conn *conn, struct sock *sk, u32 most)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct toe_packet pkt = { .sk = sk, .dst = __sk_dst_get(sk) };
	bool pass = true;

	while (pkt.dst && pass && most-- &&
	       (conn->fw_snd != tp->snd_una || conn->fw_rcv != tp->rcv_nxt)) {
		pkt.in = false;
		pkt.ack = conn->fw_rcv;
		pass = toe_fw_tell(conn, &pkt, &conn->fw_snd, tp->snd_una);
		pkt.in = true;
		pkt.ack = conn->fw_snd;
		if (pass)
			pass = toe_fw_tell(conn, &pkt, &conn->fw_rcv,
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
