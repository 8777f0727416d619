// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive: a frame that belongs to a connection goes through the engine, its
 * payload stays where it is and becomes the host buffer. Room in the ring is
 * reserved before the engine sees the segment, completions are written before
 * the ACK leaves (P1), and everything that could fail for lack of memory is
 * done before as well.
 */
#include "hw.h"

#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/toe_compat.h>

static bool sim_hdr_ipv4(struct sk_buff *skb, struct sim_hdr *h)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(skb, sizeof(*iph) + sizeof(struct tcphdr)))
		return false;
	iph = (const struct iphdr *)skb->data;
	if (iph->version != 4 || iph->ihl != 5 ||
	    iph->protocol != IPPROTO_TCP || ip_is_fragment(iph) ||
	    ip_fast_csum(iph, iph->ihl))
		return false;
	h->key.laddr[0] = iph->daddr;
	h->key.raddr[0] = iph->saddr;
	h->key.family = AF_INET;
	h->ip_len = ntohs(iph->tot_len);
	h->th_off = sizeof(*iph);
	h->ecn = iph->tos & INET_ECN_MASK;
	return true;
}

static bool sim_hdr_ipv6(struct sk_buff *skb, struct sim_hdr *h)
{
	const struct ipv6hdr *ip6;

	if (!pskb_may_pull(skb, sizeof(*ip6) + sizeof(struct tcphdr)))
		return false;
	ip6 = (const struct ipv6hdr *)skb->data;
	if (ip6->version != 6 || ip6->nexthdr != IPPROTO_TCP ||
	    !ip6->payload_len)
		return false;
	memcpy(h->key.laddr, &ip6->daddr, sizeof(ip6->daddr));
	memcpy(h->key.raddr, &ip6->saddr, sizeof(ip6->saddr));
	h->key.family = AF_INET6;
	h->ip_len = ntohs(ip6->payload_len) + sizeof(*ip6);
	h->th_off = sizeof(*ip6);
	h->ecn = ipv6_get_dsfield(ip6) & INET_ECN_MASK;
	return true;
}

/* The outer tag has been taken off by the lower device or the kernel, as from
 * any NIC; an inner one is still in front of the packet.
 */
static bool sim_hdr_tags(struct sk_buff *skb, struct sim_hdr *h)
{
	const struct vlan_hdr *vh;

	if (!skb_vlan_tag_present(skb))
		return true;
	h->key.tags.proto[0] = skb->vlan_proto;
	h->key.tags.vid[0] = skb_vlan_tag_get_id(skb);
	if (!eth_type_vlan(skb->protocol))
		return true;
	if (!pskb_may_pull(skb, sizeof(*vh)))
		return false;
	vh = (const struct vlan_hdr *)skb->data;
	h->key.tags.proto[1] = skb->protocol;
	h->key.tags.vid[1] = ntohs(vh->h_vlan_TCI) & VLAN_VID_MASK;
	h->inner_tci = vh->h_vlan_TCI;
	h->inner_tag = true;
	skb->protocol = vh->h_vlan_encapsulated_proto;
	skb_pull_rcsum(skb, sizeof(*vh));
	skb_reset_network_header(skb);
	return true;
}

/**
 * sim_hdr_retag() - undo what sim_hdr_parse() did to a tagged packet
 * @skb: data at the network header
 * @h: what was found
 *
 * Context: softirq.
 */
void sim_hdr_retag(struct sk_buff *skb, const struct sim_hdr *h)
{
	struct vlan_hdr *vh;

	if (!h->inner_tag)
		return;
	/* the bytes are still there, unless the head was copied meanwhile */
	skb_push(skb, sizeof(*vh));
	vh = (struct vlan_hdr *)skb->data;
	vh->h_vlan_TCI = h->inner_tci;
	vh->h_vlan_encapsulated_proto = skb->protocol;
	skb_postpush_rcsum(skb, vh, sizeof(*vh));
	skb->protocol = h->key.tags.proto[1];
	skb_reset_network_header(skb);
}

static bool sim_hdr_packet(struct sk_buff *skb, struct sim_hdr *h)
{
	u32 doff;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!sim_hdr_ipv4(skb, h))
			return false;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (!sim_hdr_ipv6(skb, h))
			return false;
	} else {
		return false;
	}
	h->th = (struct tcphdr *)(skb->data + h->th_off);
	doff = h->th->doff * 4;
	h->payload_off = h->th_off + doff;
	if (doff < sizeof(*h->th) || h->ip_len > skb->len ||
	    h->ip_len < h->payload_off || !pskb_may_pull(skb, h->payload_off))
		return false;
	h->th = (struct tcphdr *)(skb->data + h->th_off);
	h->key.lport = h->th->dest;
	h->key.rport = h->th->source;
	return true;
}

/**
 * sim_hdr_parse() - can the engine process this packet at all?
 * @skb: data behind the Ethernet header; afterwards at the network header, an
 *	 inner VLAN tag pulled, until sim_hdr_retag()
 * @h: what was found
 *
 * Context: softirq.
 * Return: true for whole TCP segments without IP options or extension headers.
 */
bool sim_hdr_parse(struct sk_buff *skb, struct sim_hdr *h)
{
	memset(h, 0, sizeof(*h));
	if (!sim_hdr_tags(skb, h))
		return false;
	if (sim_hdr_packet(skb, h))
		return true;
	sim_hdr_retag(skb, h);
	h->inner_tag = false;
	return false;
}

static bool sim_csum_ok(struct sk_buff *skb, const struct sim_hdr *h)
{
	if (pskb_trim_rcsum(skb, h->ip_len))
		return false;
	return !nf_checksum(skb, NF_INET_PRE_ROUTING, h->th_off, IPPROTO_TCP,
			    h->key.family);
}

static bool sim_seg_fill(const struct sk_buff *skb, const struct sim_hdr *h,
			 struct eng_seg *seg)
{
	const struct tcphdr *th = h->th;
	u16 size = skb_shinfo(skb)->gso_size;

	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->len = h->ip_len - h->payload_off;
	seg->wnd = ntohs(th->window);
	seg->segs = size ? max_t(u32, 1, DIV_ROUND_UP(seg->len, size)) : 1;
	seg->flags = ((const u8 *)th)[13];
	seg->ce = h->ecn == INET_ECN_CE;
	return eng_parse_opts((const u8 *)(th + 1),
			      th->doff * 4 - sizeof(*th), seg);
}

/*
 * What isn't exactly the next in order will be trimmed, which must not fail
 * later: no other owner of the data, no list of fragments.
 */
static bool sim_rx_prepare(struct sim_conn *conn, struct sk_buff *skb,
			   struct sim_hdr *h, const struct eng_seg *seg)
{
	u32 rcv_nxt = eng_rcv_nxt(&conn->eng);
	bool exact = seg->seq == rcv_nxt &&
		     !sim_before(eng_rcv_edge(&conn->eng), seg->seq + seg->len);

	if (!seg->len || exact)
		return true;
	if (skb_queue_len(&conn->ooo) >= sim_max_ooo(conn->hw))
		return false;
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	if (skb_has_frag_list(skb) && skb_linearize(skb))
		return false;
	h->th = (struct tcphdr *)(skb->data + h->th_off);
	return true;
}

/* The received buffer becomes the host's: exactly the payload. */
static void sim_rx_strip(struct sk_buff *skb, const struct sim_hdr *h)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	__skb_pull(skb, h->payload_off);
	if (!skb_cloned(skb))
		skb_gso_reset(skb);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_valid = 0;
}

/* Prepared by sim_rx_prepare(), so nothing is allocated. */
static void sim_skb_trim_head(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	u32 eat = min_t(u32, len, skb_headlen(skb));
	int i, k = 0;

	if (!len)
		return;
	__skb_pull(skb, eat);
	len -= eat;
	if (!len)
		return;
	eat = len;
	for (i = 0; i < si->nr_frags; i++) {
		u32 size = skb_frag_size(&si->frags[i]);

		if (size <= len) {
			skb_frag_unref(skb, i);
			len -= size;
			continue;
		}
		si->frags[k] = si->frags[i];
		skb_frag_off_add(&si->frags[k], len);
		skb_frag_size_sub(&si->frags[k], len);
		len = 0;
		k++;
	}
	si->nr_frags = k;
	skb->data_len -= eat;
	skb->len -= eat;
}

/* The part of @skb, which starts at @seq, that lies in [at, end) */
static u32 sim_deliver_one(struct sim_conn *conn, const struct eng_act *act,
			   struct sim_rx *rx, struct sk_buff *skb, u32 seq,
			   u32 at)
{
	u32 end = act->deliver_seq + act->deliver_len;
	u16 flags = SIM_CQE_DATA;

	if (sim_before(at, seq) || !sim_before(at, seq + skb->len) ||
	    WARN_ON_ONCE(!rx->room)) {
		kfree_skb(skb);
		return at;
	}
	sim_skb_trim_head(skb, at - seq);
	if (skb->len > end - at && pskb_trim(skb, end - at)) {
		sim_die(conn->hw, true);
		kfree_skb(skb);
		return at;
	}
	seq = at;
	at += skb->len;
	if (at == end && act->flags & ENG_ACT_FIN)
		flags |= SIM_CQE_FIN;
	conn->pend_flags &= ~SIM_CQE_ACK;
	rx->room--;
	conn->bytes_in += skb->len;
	sim_judge_io(conn, skb->len);
	sim_cq_write(conn, flags, 0, seq, skb->len, skb);
	return at;
}

static void sim_deliver(struct sim_conn *conn, const struct eng_act *act,
			struct sim_rx *rx)
{
	u32 end = act->deliver_seq + act->deliver_len;
	u32 at = act->deliver_seq;
	struct sk_buff *skb;

	if (rx->payload)
		at = sim_deliver_one(conn, act, rx, rx->payload, rx->seq, at);
	rx->payload = NULL;
	while (at != end && sim_alive(conn->hw)) {
		skb = __skb_dequeue(&conn->ooo);
		if (!skb || sim_before(at, SIM_RX_CB(skb)->seq)) {
			/* Promised to the peer but not there: broken device */
			kfree_skb(skb);
			sim_die(conn->hw, true);
			return;
		}
		at = sim_deliver_one(conn, act, rx, skb, SIM_RX_CB(skb)->seq,
				     at);
	}
	while ((skb = skb_peek(&conn->ooo)) &&
	       !sim_before(end, SIM_RX_CB(skb)->seq + skb->len)) {
		__skb_unlink(skb, &conn->ooo);
		kfree_skb(skb);
	}
}

static void sim_store(struct sim_conn *conn, const struct eng_act *act,
		      struct sim_rx *rx)
{
	struct sk_buff *skb = rx->payload, *pos;
	bool whole;

	rx->payload = NULL;
	if (!skb || WARN_ON_ONCE(sim_before(act->store_seq, rx->seq) ||
				 act->store_seq - rx->seq > skb->len)) {
		kfree_skb(skb);
		return;
	}
	whole = act->store_seq == rx->seq && act->store_len == skb->len;
	sim_skb_trim_head(skb, act->store_seq - rx->seq);
	if (skb->len > act->store_len && pskb_trim(skb, act->store_len)) {
		sim_die(conn->hw, true);
		kfree_skb(skb);
		return;
	}
	SIM_RX_CB(skb)->seq = act->store_seq;
	SIM_RX_CB(skb)->hdr_len = whole ? rx->hdr_len : 0;
	skb_queue_reverse_walk(&conn->ooo, pos) {
		if (!sim_before(act->store_seq, SIM_RX_CB(pos)->seq))
			break;
	}
	__skb_queue_after(&conn->ooo, pos, skb);
	sim_count(conn->hw, SIM_STAT_RX_OOO, 1);
}

static u16 sim_upload_reason(u8 upload)
{
	switch ((enum eng_upload)upload) {
	case ENG_UPLOAD_URGENT:
		return TOE_UPLOAD_URGENT;
	case ENG_UPLOAD_TIMEOUT:
		return TOE_UPLOAD_TIMEOUT;
	case ENG_UPLOAD_RESET:
		return TOE_UPLOAD_PEER_RESET;
	case ENG_UPLOAD_CLOSING:
		return TOE_UPLOAD_CLOSING;
	case ENG_UPLOAD_SEGMENT:
		return TOE_UPLOAD_SEGMENT;
	case ENG_UPLOAD_NONE:
		break;
	}
	return TOE_UPLOAD_HARDWARE;
}

static void sim_act_count(struct sim_hw *hw, u16 flags, u8 drop)
{
	if (drop)
		sim_count(hw, SIM_STAT_DROP_OLD + drop - ENG_DROP_OLD, 1);
	if (flags & ENG_ACT_RTO)
		sim_count(hw, SIM_STAT_TX_RTO, 1);
	if (flags & ENG_ACT_FAST_RTX)
		sim_count(hw, SIM_STAT_TX_FAST_RTX, 1);
	if (flags & ENG_ACT_DUP)
		sim_count(hw, SIM_STAT_RX_DUP, 1);
	if (flags & ENG_ACT_PASS_UP)
		sim_count(hw, SIM_STAT_RX_EXCEPTION, 1);
}

/**
 * sim_rx_act() - do what the engine wants done after an event
 * @conn: the connection
 * @act: the engine's wishes
 * @rx: the segment, consumed, and the room it may use
 *
 * Context: sim_conn::lock held.
 */
void sim_rx_act(struct sim_conn *conn, const struct eng_act *act,
		struct sim_rx *rx)
{
	const u16 moved = ENG_ACT_ACKED | ENG_ACT_WND | ENG_ACT_FIN_ACKED |
			  ENG_ACT_UPDATE;
	bool fin = act->flags & ENG_ACT_FIN;
	u32 room = rx->room;

	if (unlikely(act->flags & (ENG_ACT_RTO | ENG_ACT_FAST_RTX |
				   ENG_ACT_DUP | ENG_ACT_PASS_UP) ||
		     act->drop))
		sim_act_count(conn->hw, act->flags, act->drop);
	if (act->flags & ENG_ACT_ACKED) {
		sim_tx_release(conn, eng_snd_una(&conn->eng));
		WRITE_ONCE(READ_ONCE(conn->path->neigh)->confirmed, jiffies);
	}
	if (act->flags & ENG_ACT_DELIVER && act->deliver_len)
		sim_deliver(conn, act, rx);
	else if (act->flags & ENG_ACT_STORE)
		sim_store(conn, act, rx);
	if (fin && !(act->flags & ENG_ACT_DELIVER && act->deliver_len) &&
	    rx->room) {
		rx->room--;
		sim_cq_write(conn, SIM_CQE_FIN, 0,
			     eng_rcv_nxt(&conn->eng) - 1, 0, NULL);
	}
	if (act->flags & ENG_ACT_DROP_OOO)
		sim_rx_purge(conn);
	if (act->flags & ENG_ACT_UPLOAD)
		sim_report(conn, SIM_CQE_UPLOAD,
			   sim_upload_reason(act->upload), rx->frame);
	else if (act->flags & moved && room == rx->room)
		sim_report(conn, SIM_CQE_ACK, 0, rx->frame);
	else
		kfree_skb(rx->frame);
	consume_skb(rx->payload);
}

void sim_rx_purge(struct sim_conn *conn)
{
	__skb_queue_purge(&conn->ooo);
}

/**
 * sim_rx_return() - stored segments go to the host's stack
 * @conn: the connection, on its way up
 *
 * As the frames that they were: the host's stack stores, reports (SACK) and
 * uses them like any other. The peer was not promised to keep them (RFC 2018
 * section 8), so one that was cut or finds no room in the ring may be lost.
 *
 * Context: sim_conn::lock held.
 */
void sim_rx_return(struct sim_conn *conn)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&conn->ooo))) {
		u32 seq = SIM_RX_CB(skb)->seq, len = SIM_RX_CB(skb)->hdr_len;

		if (!len || !sim_cq_reserve(conn->hw, 1)) {
			kfree_skb(skb);
			continue;
		}
		__skb_push(skb, len);
		sim_count(conn->hw, SIM_STAT_RX_OOO_RETURNED, 1);
		sim_cq_write(conn, SIM_CQE_UPLOAD | SIM_CQE_FRAME,
			     TOE_UPLOAD_REQUESTED, seq, skb->len, skb);
	}
}

static void sim_rx_engine(struct sim_conn *conn, struct sk_buff *skb,
			  const struct sim_hdr *h, const struct eng_seg *seg,
			  u32 room, struct sk_buff *copy)
{
	struct sim_rx rx = {
		.seq = seg->seq, .hdr_len = h->payload_off, .room = room,
	};
	struct eng_act act __toe_unset;
	u64 now = sim_now();

	sim_count(conn->hw, SIM_STAT_RX_SEGS, seg->segs);
	sim_count(conn->hw, SIM_STAT_RX_BYTES, skb->len + ETH_HLEN);
	conn->segs_in += seg->segs;
	if (seg->len)
		conn->data_segs_in += seg->segs;
	eng_rx(&conn->eng, seg, now, &act);
	if (act.flags & ENG_ACT_STORE)
		conn->judge.ooo += seg->segs;
	if (act.flags & ENG_ACT_PASS_UP) {
		/* the host's stack shows it */
		consume_skb(copy);
		sim_hdr_retag(skb, h);
		skb_dst_drop(skb);
		rx.frame = skb;
	} else {
		sim_mirror(conn, copy);
		sim_rx_strip(skb, h);
		rx.payload = skb;
	}
	sim_rx_act(conn, &act, &rx);
	if (rx.room)
		sim_cq_release(conn->hw, rx.room);
	sim_tx_run(conn, now);
	sim_timer_arm(conn, now);
}

/* Completions that a segment can cause at most: its payload with the FIN behind
 * it; where it may fill a gap, each of those that were stored, and a FIN alone
 */
static u32 sim_rx_room(const struct sim_conn *conn, const struct eng_seg *seg)
{
	u32 stored = skb_queue_len(&conn->ooo);

	if (!seg->len && !(seg->flags & ENG_TH_FIN))
		return 0;
	return likely(!stored) ? 1 : stored + 2;
}

static void __sim_rx(struct sim_conn *conn, struct sk_buff *skb,
		     struct sim_hdr *h, const struct eng_seg *seg)
{
	struct sk_buff *copy = NULL;
	struct sim_hw *hw = conn->hw;
	u32 room;

	/* before it is prepared for being cut */
	if (sim_mirrors(conn) && !h->forwarded)
		copy = sim_mirror_rx(conn, skb, h);
	if (eng_frozen(&conn->eng) || !sim_step(hw))
		goto drop;
	if (!sim_rx_prepare(conn, skb, h, seg)) {
		sim_count(hw, SIM_STAT_DROP_NOMEM, 1);
		goto drop;
	}
	room = sim_rx_room(conn, seg);
	if (room && !sim_cq_reserve(hw, room)) {
		sim_count(hw, SIM_STAT_RX_NO_CQE, 1);
		goto drop;
	}
	sim_rx_engine(conn, skb, h, seg, room, copy);
	return;

drop:
	sim_mirror(conn, copy);
	kfree_skb(skb);
}

/**
 * sim_rx() - a packet of a connection
 * @conn: the connection
 * @skb: data at the network header
 * @h: of sim_hdr_parse()
 *
 * Context: softirq, RCU read side.
 * Return: true when consumed, false when the connection has left the device
 * and the packet is the host's.
 */
bool sim_rx(struct sim_conn *conn, struct sk_buff *skb, struct sim_hdr *h)
{
	struct eng_seg seg __toe_unset;
	bool irq;

	if (!sim_csum_ok(skb, h)) {
		sim_count(conn->hw, SIM_STAT_RX_CSUM_BAD, 1);
		kfree_skb(skb);
		return true;
	}
	if (!sim_seg_fill(skb, h, &seg)) {
		sim_count(conn->hw, SIM_STAT_DROP_OPTIONS, 1);
		kfree_skb(skb);
		return true;
	}
	spin_lock(&conn->lock);
	if (conn->gone) {
		spin_unlock(&conn->lock);
		return false;
	}
	conn->in_rx = true;
	__sim_rx(conn, skb, h, &seg);
	irq = conn->irq_want;
	conn->irq_want = false;
	conn->in_rx = false;
	spin_unlock(&conn->lock);
	if (irq)
		sim_irq_rx(conn->hw);
	return true;
}

static bool sim_forward_rx(struct sim_hw *hw, u32 handle, struct sk_buff *skb)
{
	struct sim_conn *conn;
	struct sim_hdr h;

	skb_push(skb, -skb_network_offset(skb));
	if (!sim_hdr_parse(skb, &h))
		return false;
	conn = sim_conn_get(hw, handle);
	if (!conn)
		return false;
	h.forwarded = true;
	/* the host has taken the tags off */
	h.key.tags = conn->key.tags;
	if (memcmp(&conn->key, &h.key, sizeof(h.key)))
		return false;
	return sim_rx(conn, skb, &h);
}

/**
 * sim_forward() - a segment that reached the host's stack by another way
 * @hw: the device
 * @handle: the connection it belongs to
 * @skb: data behind the network header; consumed. What the engine can't take
 *	 is dropped, which the peer repairs.
 *
 * Context: BH disabled.
 */
void sim_forward(struct sim_hw *hw, u32 handle, struct sk_buff *skb)
{
	bool taken = false;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return;
	rcu_read_lock();
	if (sim_step(hw) && READ_ONCE(hw->up))
		taken = sim_forward_rx(hw, handle, skb);
	rcu_read_unlock();
	if (!taken)
		kfree_skb(skb);
}
EXPORT_SYMBOL_GPL(sim_forward);
