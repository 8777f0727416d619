// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send: the gather lists that the host posts, kept until acknowledged, and
 * the frames that are made of them.
 */
#include "hw.h"

#include <linux/if_vlan.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/toe_compat.h>

#define SIM_COPYBREAK	256U	/* bytes that cost less copied than referred to */
#define SIM_MAX_HDR	(sizeof(struct ipv6hdr) + sizeof(struct tcphdr) + 40 + \
			 VLAN_HLEN)

/* A frame in the making: payload [seq, seq + len) of the engine's segment */
struct sim_frame {
	struct sim_conn *conn;
	const struct eng_tx *tx;
	struct sk_buff *skb;
	u32 seq, len;
	u16 ip_id, segs;
	u8 flags;
	u8 opt_len;
	const u8 *opt;
};

/* ---- send buffer ------------------------------------------------------ */

void sim_tx_init(struct sim_conn *conn, u32 seq)
{
	INIT_LIST_HEAD(&conn->snd.chunks);
	conn->snd.seq = seq;
	conn->snd.end = seq;
	conn->snd.copy_end = seq;
	conn->snd.spare = NULL;
	conn->snd.hint = NULL;
}

static bool sim_snd_merge(struct sim_chunk *c, const struct sim_sge *sge)
{
	struct sim_sge *last = &c->e[c->nr - 1];

	if (last->page != sge->page || last->off + last->len != sge->off)
		return false;
	last->len += sge->len;
	return true;
}

static bool sim_snd_append(struct sim_sndbuf *snd, const struct sim_sge *sge)
{
	struct sim_chunk *c = NULL;

	if (!list_empty(&snd->chunks)) {
		c = list_last_entry(&snd->chunks, struct sim_chunk, list);
		if (sim_snd_merge(c, sge))
			goto out_grown;
	}
	if (!c || c->nr == SIM_CHUNK_ELEMS) {
		c = snd->spare;
		snd->spare = NULL;
		if (!c)
			c = kmalloc(sizeof(*c), GFP_ATOMIC | __GFP_NOWARN);
		if (!c)
			return false;
		c->first = 0;
		c->nr = 0;
		list_add_tail(&c->list, &snd->chunks);
	}
	get_page(sge->page);
	c->e[c->nr++] = *sge;
out_grown:
	snd->end += sge->len;
	return true;
}

/* One is kept: request/response needs one at a time. */
static void sim_chunk_free(struct sim_sndbuf *snd, struct sim_chunk *c)
{
	while (c->first < c->nr)
		put_page(c->e[c->first++].page);
	list_del(&c->list);
	if (snd->spare)
		kfree(c);
	else
		snd->spare = c;
}

/* Give back what lies before @una in @c; true when nothing is left in it. */
static bool sim_chunk_release(struct sim_sndbuf *snd, struct sim_chunk *c,
			      u32 una)
{
	while (c->first < c->nr) {
		struct sim_sge *e = &c->e[c->first];
		u32 n = una - snd->seq;

		if (n < e->len) {
			e->off += n;
			e->len -= n;
			snd->seq = una;
			return false;
		}
		snd->seq += e->len;
		put_page(e->page);
		c->first++;
	}
	return true;
}

/**
 * sim_tx_release() - the peer has acknowledged up to @una
 * @conn: the connection
 * @una: first byte to keep
 *
 * Context: sim_conn::lock held.
 */
void sim_tx_release(struct sim_conn *conn, u32 una)
{
	struct sim_sndbuf *snd = &conn->snd;
	struct sim_chunk *c, *next;

	if (sim_before(snd->end, una))
		una = snd->end;		/* a FIN has no byte */
	if (!sim_before(snd->seq, una))
		return;
	snd->hint = NULL;
	list_for_each_entry_safe(c, next, &snd->chunks, list) {
		if (!sim_chunk_release(snd, c, una))
			break;
		sim_chunk_free(snd, c);
		if (snd->seq == una)
			break;
	}
	if (sim_before(snd->copy_end, snd->seq))
		snd->copy_end = snd->seq;
}

void sim_tx_purge(struct sim_conn *conn)
{
	struct sim_chunk *c, *next;

	list_for_each_entry_safe(c, next, &conn->snd.chunks, list)
		sim_chunk_free(&conn->snd, c);
	kfree(conn->snd.spare);
	conn->snd.spare = NULL;
	conn->snd.seq = conn->snd.end;
	conn->snd.hint = NULL;
}

static bool sim_snd_find(struct sim_sndbuf *snd, u32 seq)
{
	struct sim_chunk *c;

	if (!snd->hint || sim_before(seq, snd->hint_seq)) {
		c = list_first_entry_or_null(&snd->chunks, struct sim_chunk,
					     list);
		if (!c)
			return false;
		snd->hint = c;
		snd->hint_elem = c->first;
		snd->hint_seq = snd->seq;
	}
	c = snd->hint;
	list_for_each_entry_from(c, &snd->chunks, list) {
		if (c != snd->hint) {
			snd->hint = c;
			snd->hint_elem = c->first;
		}
		while (snd->hint_elem < c->nr) {
			u32 len = c->e[snd->hint_elem].len;

			if (seq - snd->hint_seq < len)
				return true;
			snd->hint_seq += len;
			snd->hint_elem++;
		}
	}
	snd->hint = NULL;
	return false;
}

/* Add up to @len bytes at @seq to the fragments of @skb, as far as they go. */
static u32 sim_snd_gather(struct sim_sndbuf *snd, struct sk_buff *skb, u32 seq,
			  u32 len)
{
	u32 done = 0;
	int nr = 0;

	while (done < len && nr < MAX_SKB_FRAGS &&
	       sim_snd_find(snd, seq + done)) {
		struct sim_sge *e = &snd->hint->e[snd->hint_elem];
		u32 skip = seq + done - snd->hint_seq;
		u32 n = min(e->len - skip, len - done);

		get_page(e->page);
		skb_fill_page_desc(skb, nr++, e->page, e->off + skip, n);
		done += n;
	}
	skb->len += done;
	skb->data_len += done;
	skb->truesize += done;
	return done;
}

/* ---- headers ---------------------------------------------------------- */

static void sim_push_tcp(struct sim_frame *f)
{
	const struct eng_tx *tx = f->tx;
	struct sk_buff *skb = f->skb;
	struct tcphdr *th;

	/* by far most often nothing but time stamps: a copy of constant size */
	if (likely(f->opt_len == TCPOLEN_TSTAMP_ALIGNED))
		memcpy(skb_push(skb, TCPOLEN_TSTAMP_ALIGNED), f->opt,
		       TCPOLEN_TSTAMP_ALIGNED);
	else
		memcpy(skb_push(skb, f->opt_len), f->opt, f->opt_len);
	th = skb_push(skb, sizeof(*th));
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = f->conn->key.lport;
	th->dest = f->conn->key.rport;
	th->seq = htonl(f->seq);
	th->ack_seq = htonl(tx->ack);
	th->doff = (sizeof(*th) + f->opt_len) / 4;
	((u8 *)th)[13] = f->flags;
	th->window = htons(tx->wnd);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

static void sim_push_ipv4(struct sim_frame *f)
{
	const struct sim_key *key = &f->conn->key;
	struct sk_buff *skb = f->skb;
	u32 len = skb->len;
	struct iphdr *iph;

	tcp_hdr(skb)->check = ~tcp_v4_check(len, key->laddr[0], key->raddr[0],
					    0);
	iph = skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = (f->conn->tos & ~INET_ECN_MASK) | f->tx->ecn;
	iph->tot_len = htons(len + sizeof(*iph));
	iph->id = htons(f->ip_id);
	iph->frag_off = htons(IP_DF);
	iph->ttl = f->conn->ttl;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = key->laddr[0];
	iph->daddr = key->raddr[0];
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void sim_push_ipv6(struct sim_frame *f)
{
	const struct sim_key *key = &f->conn->key;
	struct sk_buff *skb = f->skb;
	struct in6_addr *saddr, *daddr;
	u32 len = skb->len;
	struct ipv6hdr *ip6;
	u8 tclass;

	saddr = (struct in6_addr *)key->laddr;
	daddr = (struct in6_addr *)key->raddr;
	tcp_hdr(skb)->check = ~tcp_v6_check(len, saddr, daddr, 0);
	ip6 = skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	tclass = (f->conn->tos & ~INET_ECN_MASK) | f->tx->ecn;
	ip6_flow_hdr(ip6, tclass,
		     htonl(f->conn->flowlabel) & IPV6_FLOWLABEL_MASK);
	ip6->payload_len = htons(len);
	ip6->nexthdr = IPPROTO_TCP;
	ip6->hop_limit = f->conn->ttl;
	ip6->saddr = *saddr;
	ip6->daddr = *daddr;
	skb->protocol = htons(ETH_P_IPV6);
}

static u16 sim_tci(const struct sim_conn *conn, int i)
{
	return conn->key.tags.vid[i] | conn->pcp[i] << VLAN_PRIO_SHIFT;
}

/* The inner tag is part of the frame, the outer one is left to the lower
 * device: the form in which the kernel's own stacked VLANs send.
 */
static void sim_push_inner_tag(struct sim_frame *f)
{
	const struct sim_tags *tags = &f->conn->key.tags;
	struct vlan_hdr *vh;

	if (!tags->proto[1])
		return;
	vh = skb_push(f->skb, sizeof(*vh));
	vh->h_vlan_TCI = htons(sim_tci(f->conn, 1));
	vh->h_vlan_encapsulated_proto = f->skb->protocol;
	f->skb->protocol = tags->proto[1];
}

static void sim_put_outer_tag(struct sim_frame *f)
{
	const struct sim_tags *tags = &f->conn->key.tags;

	if (tags->proto[0])
		__vlan_hwaccel_put_tag(f->skb, tags->proto[0],
				       sim_tci(f->conn, 0));
}

static void sim_push_eth(struct sim_frame *f)
{
	const struct sim_neigh *neigh = READ_ONCE(f->conn->path->neigh);
	struct sk_buff *skb = f->skb;
	struct ethhdr *eth;

	eth = skb_push(skb, sizeof(*eth));
	skb_reset_mac_header(skb);
	u64_to_ether_addr(READ_ONCE(neigh->dst_mac), eth->h_dest);
	ether_addr_copy(eth->h_source, neigh->src_mac);
	eth->h_proto = skb->protocol;
}

static void sim_frame_count(const struct sim_frame *f)
{
	struct sim_hw *hw = f->conn->hw;

	sim_count(hw, SIM_STAT_TX_FRAMES, 1);
	sim_count(hw, SIM_STAT_TX_SEGS, f->segs);
	sim_count(hw, SIM_STAT_TX_BYTES, f->skb->len);
	switch ((enum eng_tx_kind)f->tx->kind) {
	case ENG_TX_DATA:
		break;
	case ENG_TX_RTX:
		sim_count(hw, SIM_STAT_TX_RETRANS, f->segs);
		break;
	case ENG_TX_TLP:
		sim_count(hw, SIM_STAT_TX_TLP, 1);
		break;
	case ENG_TX_ACK:
		sim_count(hw, SIM_STAT_TX_ACKS, 1);
		break;
	case ENG_TX_PROBE:
		sim_count(hw, SIM_STAT_TX_PROBES, 1);
		break;
	}
}

static void sim_frame_gso(struct sim_frame *f)
{
	struct skb_shared_info *si = skb_shinfo(f->skb);

	f->segs = f->len ? DIV_ROUND_UP(f->len, f->tx->mss) : 1;
	if (f->segs < 2)
		return;
	si->gso_size = f->tx->mss;
	si->gso_segs = f->segs;
	si->gso_type = f->conn->key.family == AF_INET ? SKB_GSO_TCPV4 :
							SKB_GSO_TCPV6;
	if (f->flags & ENG_TH_CWR)
		si->gso_type |= SKB_GSO_TCP_ECN;
}

static void sim_frame_xmit(struct sim_frame *f)
{
	struct sk_buff *skb = f->skb;

	sim_frame_gso(f);
	sim_push_tcp(f);
	if (f->conn->key.family == AF_INET)
		sim_push_ipv4(f);
	else
		sim_push_ipv6(f);
	sim_push_inner_tag(f);
	sim_push_eth(f);
	sim_put_outer_tag(f);
	skb_reset_mac_len(skb);
	skb->dev = f->conn->hw->lower;
	skb_set_hash(skb, f->conn->flow_hash, PKT_HASH_TYPE_L4);
	sim_frame_count(f);
	if (sim_mirrors(f->conn))
		sim_mirror(f->conn, sim_mirror_tx(f->conn, skb));
	dev_queue_xmit(skb);
}

/* ---- from the engine's segment to frames ------------------------------ */

/* From the page fragments that this CPU's drivers receive into */
static struct sk_buff *sim_frame_alloc(struct sim_hw *hw, u32 room)
{
	u32 head = LL_RESERVED_SPACE(hw->lower) + SIM_MAX_HDR;
	u32 size = SKB_DATA_ALIGN(head + room + hw->lower->needed_tailroom) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *data;

	if (size > PAGE_SIZE) {
		skb = alloc_skb(size, GFP_ATOMIC | __GFP_NOWARN);
	} else {
		data = napi_alloc_frag(size);
		skb = data ? napi_build_skb(data, size) : NULL;
		if (data && !skb)
			skb_free_frag(data);
	}
	if (skb)
		skb_reserve(skb, head);
	return skb;
}

/* One wire segment whose bytes lie in more places than fragments: copied. So are
 * those that the program may change: a NIC's DMA is over when the frame is on the
 * wire, but a frame here refers to the pages until its receiver has read it.
 */
static u32 sim_frame_copy(struct sim_frame *f, u32 len)
{
	struct sim_sndbuf *snd = &f->conn->snd;
	u32 done = 0;

	kfree_skb(f->skb);
	f->skb = sim_frame_alloc(f->conn->hw, len);
	while (f->skb && done < len && sim_snd_find(snd, f->seq + done)) {
		struct sim_sge *e = &snd->hint->e[snd->hint_elem];
		u32 skip = f->seq + done - snd->hint_seq;
		u32 n = min(e->len - skip, len - done);
		u32 off = e->off + skip;
		void *from;

		n = min_t(u32, n, PAGE_SIZE - offset_in_page(off));
		from = kmap_local_page(e->page + (off >> PAGE_SHIFT));
		memcpy(skb_put(f->skb, n), from + offset_in_page(off), n);
		kunmap_local(from);
		done += n;
	}
	return done;
}

/* Fill f->skb with up to @left bytes at f->seq; 0 = no memory, no such bytes. */
static u32 sim_frame_fill(struct sim_frame *f, u32 left)
{
	u32 mss = f->tx->mss;
	u32 len;

	if (left && (left <= min(mss, SIM_COPYBREAK) ||
		     sim_before(f->seq, f->conn->snd.copy_end))) {
		f->skb = NULL;
		return sim_frame_copy(f, min(mss, left));
	}
	f->skb = sim_frame_alloc(f->conn->hw, 0);
	if (!f->skb || !left)
		return 0;
	len = sim_snd_gather(&f->conn->snd, f->skb, f->seq, left);
	if (len == left)
		return len;
	if (len < mss)
		return sim_frame_copy(f, min(mss, left));
	len -= len % mss;
	return pskb_trim(f->skb, len) ? 0 : len;
}

static bool sim_tx_emit(struct sim_conn *conn, const struct eng_tx *tx)
{
	const u8 last = ENG_TH_FIN | ENG_TH_PSH;
	u8 opt[MAX_TCP_OPTION_SPACE] __toe_unset;
	struct sim_frame f = {
		.conn = conn, .tx = tx, .seq = tx->seq, .ip_id = tx->ip_id,
		.opt = opt,
	};
	u32 left = tx->len;

	f.opt_len = eng_build_opts(tx, opt);
	do {
		f.len = sim_frame_fill(&f, left);
		if (!f.skb || (left && !f.len)) {
			kfree_skb(f.skb);
			sim_count(conn->hw, SIM_STAT_TX_NOMEM, 1);
			return false;
		}
		left -= f.len;
		f.flags = left ? tx->flags & ~last : tx->flags;
		if (f.seq != tx->seq)
			f.flags &= ~ENG_TH_CWR;
		sim_frame_xmit(&f);
		f.seq += f.len;
		f.ip_id += f.segs;
	} while (left && sim_step(conn->hw));
	return true;
}

static u32 sim_tx_max_len(const struct sim_hw *hw)
{
	u32 max = min_t(u32, READ_ONCE(hw->lower->gso_max_size), 65535);

	if (max < SIM_MAX_HDR + ETH_HLEN + ETH_MIN_MTU)
		return ETH_MIN_MTU;
	return max - SIM_MAX_HDR - ETH_HLEN;
}

/* @nxt is snd_nxt before: what starts left of it was sent before */
static void sim_tx_count(struct sim_conn *conn, const struct eng_tx *tx,
			 u32 nxt)
{
	conn->segs_out += tx->segs;
	if (!tx->len)
		return;
	conn->data_segs_out += tx->segs;
	if (sim_before(tx->seq, nxt))
		conn->retrans += tx->segs;
	else
		conn->bytes_out += tx->len;
}

/* A member of a bond that may not send keeps silent; its host takes the
 * connections back.
 */
static bool sim_tx_active(const struct sim_conn *conn)
{
	const struct sim_mid *lag = conn->path->lag;

	return likely(!lag) || READ_ONCE(lag->lag.active);
}

/**
 * sim_tx_run() - emit what the engine has to send
 * @conn: the connection
 * @now: microseconds
 *
 * Context: sim_conn::lock held.
 */
void sim_tx_run(struct sim_conn *conn, u64 now)
{
	u32 nxt = eng_snd_nxt(&conn->eng);
	struct eng_tx tx __toe_unset;
	u32 max_len;

	lockdep_assert_held(&conn->lock);
	if (eng_tx_idle(&conn->eng))
		return;
	max_len = sim_tx_max_len(conn->hw);
	while (!eng_tx_idle(&conn->eng) && !conn->mute &&
	       sim_tx_active(conn) && sim_step(conn->hw) &&
	       eng_next(&conn->eng, now, max_len, &tx)) {
		if (!tx.mss)
			tx.mss = 1;
		sim_tx_count(conn, &tx, nxt);
		sim_tx_emit(conn, &tx);
		nxt = eng_snd_nxt(&conn->eng);
	}
}

/* ---- doorbell --------------------------------------------------------- */

static bool sim_sge_valid(const struct sim_sge *sge)
{
	return sge->page && sge->len && sge->off + sge->len >= sge->len &&
	       sge->off + sge->len <= page_size(compound_head(sge->page)) &&
	       !PageSlab(sge->page);
}

/* Take over the bytes that are new, none when a FIN comes alone. Between the
 * state that was imported and the first post the host's stack may have taken in
 * ACKs: the stream goes on at the post. Not TOE_UPLOAD_NONE: the host has to
 * take all back.
 */
static enum toe_upload_reason sim_wr_data(struct sim_conn *conn,
					  const struct sim_wr *wr)
{
	struct sim_sndbuf *snd = &conn->snd;
	u32 at = wr->seq;
	u32 i;

	if (list_empty(&snd->chunks) && sim_before(snd->end, at) &&
	    wr->snd_una == at) {
		snd->seq = at;
		snd->end = at;
		snd->copy_end = at;
	}
	if (sim_before(snd->end, at))
		return TOE_UPLOAD_INVALID_STATE;
	for (i = 0; i < wr->nr_sge; i++) {
		struct sim_sge sge = wr->sge[i];
		u32 known = snd->end - at;

		if (!sim_sge_valid(&sge))
			return TOE_UPLOAD_INVALID_STATE;
		at += sge.len;
		if (known >= sge.len)
			continue;
		sge.off += known;
		sge.len -= known;
		if (!sim_snd_append(snd, &sge))
			return TOE_UPLOAD_HARDWARE;
	}
	if (wr->flags & SIM_WR_USER)
		snd->copy_end = snd->end;
	if (wr->len)
		sim_judge_io(conn, wr->len);
	return at == wr->seq + wr->len ? TOE_UPLOAD_NONE :
					 TOE_UPLOAD_INVALID_STATE;
}

static u8 sim_wr_host_flags(const struct sim_wr *wr, bool whole)
{
	u8 flags = 0;

	if (wr->flags & SIM_WR_FIN && whole)
		flags |= ENG_HOST_FIN;
	if (wr->flags & SIM_WR_PUSH)
		flags |= ENG_HOST_PUSH;
	if (wr->flags & SIM_WR_ACK)
		flags |= ENG_HOST_ACK;
	if (wr->flags & SIM_WR_PROBE)
		flags |= ENG_HOST_PROBE;
	return flags;
}

static void sim_wr_exec(struct sim_conn *conn, const struct sim_wr *wr)
{
	struct sim_rx rx = { .room = skb_queue_len(&conn->ooo) + 2 };
	struct eng_host host = {
		.snd_una = wr->snd_una,
		.rcv_nxt = wr->rcv_nxt,
		.rcv_edge = wr->rcv_edge,
	};
	enum toe_upload_reason reason = TOE_UPLOAD_NONE;
	struct eng_act act __toe_unset;
	struct sim_hw *hw = conn->hw;
	u64 now = sim_now();

	if (wr->len || wr->flags & SIM_WR_FIN)
		reason = sim_wr_data(conn, wr);
	if (reason == TOE_UPLOAD_HARDWARE)
		sim_count(hw, SIM_STAT_TX_NOMEM, 1);
	if (reason)
		sim_report(conn, SIM_CQE_UPLOAD, reason, NULL);
	host.write_seq = conn->snd.end;
	host.flags = sim_wr_host_flags(wr, !reason);
	if (host.rcv_nxt == eng_rcv_nxt(&conn->eng)) {
		rx.room = 0;
	} else if (!sim_cq_reserve(hw, rx.room)) {
		rx.room = 0;
		host.rcv_nxt = eng_rcv_nxt(&conn->eng);
	}
	eng_host(&conn->eng, &host, now, &act);
	sim_rx_act(conn, &act, &rx);
	if (rx.room)
		sim_cq_release(hw, rx.room);
	sim_tx_run(conn, now);
	sim_timer_arm(conn, now);
}

/**
 * sim_wr_doorbell() - the host has posted a work request
 * @hw: the device
 * @wr: new data, windows, flags; a handle that is not known is ignored
 *
 * Context: BH disabled.
 */
void sim_wr_doorbell(struct sim_hw *hw, const struct sim_wr *wr)
{
	struct sim_conn *conn;

	if (!READ_ONCE(hw->up) || !sim_step(hw))
		return;
	sim_count(hw, SIM_STAT_DOORBELLS, 1);
	if (wr->nr_sge > hw->caps.max_sge)
		return;
	rcu_read_lock();
	conn = sim_conn_get(hw, wr->handle);
	if (conn) {
		spin_lock(&conn->lock);
		if (!conn->gone) {
			sim_conn_heat(conn);
			sim_wr_exec(conn, wr);
		}
		spin_unlock(&conn->lock);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(sim_wr_doorbell);
