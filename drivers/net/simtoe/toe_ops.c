// SPDX-License-Identifier: GPL-2.0-only
/*
 * The framework's operations as mailbox commands and doorbells: block lists
 * become node trees and back. All in simtoe::lock, so that the scratch memory
 * is ours and no completion of a connection is looked at before its handle is
 * known.
 */
#include "simtoe.h"

#include <net/tcp_states.h>

#define SIMTOE_MAX_NODES	1024
#define SIMTOE_MAX_SGE		64

struct simtoe_item {
	struct sim_node node;
	struct toe_block *blk;
	struct simtoe_entry *entry;
	union {
		struct sim_neigh_state neigh;
		struct sim_path_state path;
		struct eng_state tcp;
	};
};

struct simtoe_scratch {
	u32 nr;
	struct simtoe_item item[SIMTOE_MAX_NODES];
};

int simtoe_ids_init(struct simtoe *st)
{
	xa_init_flags(&st->ids, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	st->scratch = kvzalloc(sizeof(*st->scratch), GFP_KERNEL);
	return st->scratch ? 0 : -ENOMEM;
}

void simtoe_ids_exit(struct simtoe *st)
{
	spin_lock_bh(&st->lock);
	__simtoe_ids_flush(st);
	spin_unlock_bh(&st->lock);
	xa_destroy(&st->ids);
	kvfree(st->scratch);
}

static struct simtoe_entry *simtoe_entry_add(struct simtoe *st,
					     struct toe_conn *conn)
{
	struct simtoe_entry *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);

	if (!entry)
		return NULL;
	if (xa_alloc_cyclic_bh(&st->ids, &entry->cookie, entry,
			       XA_LIMIT(1, S32_MAX), &st->next_id,
			       GFP_ATOMIC) < 0) {
		kfree(entry);
		return NULL;
	}
	entry->conn = toe_conn_get(conn);
	return entry;
}

static void simtoe_entry_del(struct simtoe *st, struct simtoe_entry *entry)
{
	xa_erase_bh(&st->ids, entry->cookie);
	toe_conn_put(entry->conn);
	kfree_rcu(entry, rcu);
}

/**
 * __simtoe_ids_flush() - forget all connections
 * @st: the device, empty
 *
 * Context: simtoe::lock held.
 */
void __simtoe_ids_flush(struct simtoe *st)
{
	struct simtoe_entry *entry;
	unsigned long i;

	xa_for_each(&st->ids, i, entry)
		simtoe_entry_del(st, entry);
}

/* ---- values ----------------------------------------------------------- */

static const u8 simtoe_tcp_states[] = {
	[ENG_ESTABLISHED]	= TCP_ESTABLISHED,
	[ENG_FIN_WAIT1]		= TCP_FIN_WAIT1,
	[ENG_FIN_WAIT2]		= TCP_FIN_WAIT2,
	[ENG_CLOSE_WAIT]	= TCP_CLOSE_WAIT,
	[ENG_CLOSING]		= TCP_CLOSING,
	[ENG_LAST_ACK]		= TCP_LAST_ACK,
	[ENG_TIME_WAIT]		= TCP_TIME_WAIT,
	[ENG_CLOSED]		= TCP_CLOSE,
};

static u8 simtoe_state_down(u8 state)
{
	u8 i;

	for (i = 0; i < ARRAY_SIZE(simtoe_tcp_states); i++) {
		if (simtoe_tcp_states[i] == state)
			return i;
	}
	return ENG_CLOSED;
}

static u8 simtoe_state_up(u8 state)
{
	return state < ARRAY_SIZE(simtoe_tcp_states) ?
	       simtoe_tcp_states[state] : TCP_CLOSE;
}

static u8 simtoe_cc_down(u8 cc)
{
	switch ((enum toe_cc)cc) {
	case TOE_CC_RENO:
		return ENG_CC_RENO;
	case TOE_CC_CUBIC:
		return ENG_CC_CUBIC;
	case __TOE_CC_MAX:
		break;
	}
	return __ENG_CC_MAX;
}

static u16 simtoe_refusal(u16 status)
{
	switch ((enum sim_status)status) {
	case SIM_OK:
		return TOE_REFUSAL_NONE;
	case SIM_MBOX_TIMEOUT:
		return TOE_REFUSAL_NIC_DEAD;
	case SIM_E_TCP_ENTRIES:
		return TOE_REFUSAL_NIC_TCP_ENTRIES;
	case SIM_E_PATH_ENTRIES:
		return TOE_REFUSAL_NIC_PATH_ENTRIES;
	case SIM_E_NEIGH_ENTRIES:
		return TOE_REFUSAL_NIC_NEIGH_ENTRIES;
	case SIM_E_FAMILY:
		return TOE_REFUSAL_NIC_FAMILY;
	case SIM_E_WINDOW:
		return TOE_REFUSAL_NIC_WINDOW;
	case SIM_E_MTU:
		return TOE_REFUSAL_NIC_MTU;
	case SIM_E_CC:
		return TOE_REFUSAL_CONGESTION;
	case SIM_E_REJECTED:
		return TOE_REFUSAL_NIC_REJECTED;
	case SIM_E_DUPLICATE:
		return TOE_REFUSAL_NIC_DUPLICATE;
	case SIM_PARTIAL:
	case SIM_E_HANDLE:
	case SIM_E_INVALID:
	case SIM_E_PARENT:
		break;
	}
	return TOE_REFUSAL_NIC_INVALID;
}

/* ---- state objects ---------------------------------------------------- */

static void simtoe_neigh_down(struct sim_neigh_state *to,
			      const struct toe_neigh_state *from)
{
	ether_addr_copy(to->src_mac, from->c.src_mac);
	ether_addr_copy(to->dst_mac, from->h.dst_mac);
	to->host_reach_ms = from->h.host_reach_ms;
}

static void simtoe_path_down(struct sim_path_state *to,
			     const struct toe_path_state *from)
{
	to->family = from->c.family;
	to->mtu = from->h.mtu;
	if (from->c.family == AF_INET) {
		memcpy(to->saddr, &from->c.saddr, sizeof(from->c.saddr));
		memcpy(to->daddr, &from->c.daddr, sizeof(from->c.daddr));
	} else {
		memcpy(to->saddr, &from->c.saddr6, sizeof(from->c.saddr6));
		memcpy(to->daddr, &from->c.daddr6, sizeof(from->c.daddr6));
	}
}

static u16 simtoe_const_flags(u16 flags, bool ipv6)
{
	return (flags & TOE_TCP_TSTAMP ? ENG_F_TSTAMP : 0) |
	       (flags & TOE_TCP_SACK ? ENG_F_SACK : 0) |
	       (flags & TOE_TCP_WSCALE ? ENG_F_WSCALE : 0) |
	       (ipv6 ? ENG_F_IPV6 : 0);
}

static void simtoe_cached_down(struct eng_cached *to,
			       const struct toe_tcp_cached *from)
{
	to->flags = (from->flags & TOE_TCP_NODELAY ? ENG_C_NODELAY : 0) |
		    (from->flags & TOE_TCP_CORK ? ENG_C_CORK : 0) |
		    (from->flags & TOE_TCP_QUICKACK ? ENG_C_QUICKACK : 0);
	to->mss = from->mss;
	to->ttl = from->ttl;
	to->tos = from->tos;
	to->flowlabel = from->flowlabel;
	to->rto_min_us = from->rto_min_us;
	to->max_retries = from->max_retries;
}

static void simtoe_delegated_down(struct eng_delegated *to,
				  const struct toe_tcp_delegated *from)
{
	to->state = simtoe_state_down(from->state);
	to->ca_recovery = from->recovery;
	to->retries = from->retries;
	to->probes = from->probes;
	to->snd_una = from->snd_una;
	to->snd_nxt = from->snd_nxt;
	to->snd_wnd = from->snd_wnd;
	to->snd_wl1 = from->snd_wl1;
	to->max_snd_wnd = from->max_snd_wnd;
	to->rcv_nxt = from->rcv_nxt;
	to->rcv_edge = from->rcv_edge;
	to->cwnd = from->cwnd;
	to->ssthresh = from->ssthresh;
	to->srtt_us = from->srtt_us;
	to->rttvar_us = from->rttvar_us;
	to->min_rtt_us = from->min_rtt_us;
	to->rto_us = from->rto_us;
	to->ts_val = from->ts_val;
	to->ts_recent = from->ts_recent;
	to->ts_recent_age_ms = from->ts_recent_age_ms;
	to->timer_us = from->timer_us;
	to->high_seq = from->high_seq;
	to->cubic_wmax = from->cubic_wmax;
	to->ip_id = from->ip_id;
	to->dup_acks = from->dup_acks;
	to->segs_in = from->segs_in;
	to->segs_out = from->segs_out;
	to->retrans = from->retrans;
	to->bytes_in = from->bytes_in;
	to->bytes_out = from->bytes_out;
}

static void simtoe_tcp_down(struct eng_state *to,
			    const struct toe_tcp_state *from, bool ipv6)
{
	to->c.flags = simtoe_const_flags(from->c.flags, ipv6);
	to->c.sport = ntohs(from->c.sport);
	to->c.dport = ntohs(from->c.dport);
	to->c.snd_wscale = from->c.snd_wscale;
	to->c.rcv_wscale = from->c.rcv_wscale;
	to->c.cc = simtoe_cc_down(from->c.cc);
	simtoe_cached_down(&to->h, &from->h);
	simtoe_delegated_down(&to->d, &from->d);
}

static void simtoe_delegated_up(struct toe_tcp_delegated *to,
				const struct eng_delegated *from)
{
	BUILD_BUG_ON(TOE_TIMER_OFF != ENG_TIMER_OFF);
	to->state = simtoe_state_up(from->state);
	to->recovery = from->ca_recovery;
	to->retries = from->retries;
	to->probes = from->probes;
	to->snd_una = from->snd_una;
	to->snd_nxt = from->snd_nxt;
	to->snd_wnd = from->snd_wnd;
	to->snd_wl1 = from->snd_wl1;
	to->max_snd_wnd = from->max_snd_wnd;
	to->rcv_nxt = from->rcv_nxt;
	to->rcv_edge = from->rcv_edge;
	to->cwnd = from->cwnd;
	to->ssthresh = from->ssthresh;
	to->srtt_us = from->srtt_us;
	to->rttvar_us = from->rttvar_us;
	to->min_rtt_us = from->min_rtt_us;
	to->rto_us = from->rto_us;
	to->ts_val = from->ts_val;
	to->ts_recent = from->ts_recent;
	to->ts_recent_age_ms = from->ts_recent_age_ms;
	to->timer_us = from->timer_us;
	to->high_seq = from->high_seq;
	to->cubic_wmax = from->cubic_wmax;
	to->ip_id = from->ip_id;
	to->dup_acks = from->dup_acks;
	to->segs_in = from->segs_in;
	to->segs_out = from->segs_out;
	to->retrans = from->retrans;
	to->bytes_in = from->bytes_in;
	to->bytes_out = from->bytes_out;
}

/* ---- block lists to node trees and back ------------------------------- */

static bool simtoe_block_valid(const struct toe_block *blk, u16 above)
{
	static const u16 sizes[] = {
		[TOE_OBJECT_NEIGH]	= sizeof(struct toe_neigh_state),
		[TOE_OBJECT_PATH]	= sizeof(struct toe_path_state),
		[TOE_OBJECT_TCP]	= sizeof(struct toe_tcp_state),
	};

	return blk->type > above && blk->type < ARRAY_SIZE(sizes) &&
	       blk->revision == TOE_OBJECT_REVISION && blk->state &&
	       blk->size == sizes[blk->type];
}

static struct simtoe_item *simtoe_item_new(struct simtoe *st,
					   struct toe_block *blk, u16 above)
{
	struct simtoe_scratch *sc = st->scratch;
	struct simtoe_item *item;

	blk->status = TOE_REFUSAL_NIC_INVALID;
	if (sc->nr == SIMTOE_MAX_NODES || !simtoe_block_valid(blk, above))
		return NULL;
	item = &sc->item[sc->nr++];
	memset(item, 0, sizeof(*item));
	item->blk = blk;
	item->node.status = SIM_E_INVALID;
	item->node.handle = blk->nic;
	return item;
}

static bool simtoe_item_tcp(struct simtoe *st, struct simtoe_item *item,
			    bool ipv6, bool create)
{
	struct toe_block *blk = item->blk;

	item->node.type = SIM_OBJ_TCP;
	item->node.size = sizeof(item->tcp);
	item->node.tcp = &item->tcp;
	simtoe_tcp_down(&item->tcp, blk->tcp, ipv6);
	item->entry = create && !blk->nic ? simtoe_entry_add(st, blk->host) :
					    xa_load(&st->ids, blk->nic);
	if (!item->entry)
		return false;
	item->node.cookie = item->entry->cookie;
	item->node.handle = item->entry->handle;
	return true;
}

static bool simtoe_item_fill(struct simtoe *st, struct simtoe_item *item,
			     bool ipv6, bool create)
{
	struct toe_block *blk = item->blk;

	switch ((enum toe_object_type)blk->type) {
	case TOE_OBJECT_NEIGH:
		item->node.type = SIM_OBJ_NEIGH;
		item->node.size = sizeof(item->neigh);
		item->node.neigh = &item->neigh;
		simtoe_neigh_down(&item->neigh, blk->neigh);
		return true;
	case TOE_OBJECT_PATH:
		item->node.type = SIM_OBJ_PATH;
		item->node.size = sizeof(item->path);
		item->node.path = &item->path;
		simtoe_path_down(&item->path, blk->path);
		return true;
	case TOE_OBJECT_TCP:
		return simtoe_item_tcp(st, item, ipv6, create);
	}
	return false;
}

/* Depth is bounded by the types, which grow from layer to layer. */
static struct sim_node *simtoe_build(struct simtoe *st, struct toe_block *blk,
				     u16 above, bool ipv6, bool create)
{
	struct sim_node *first = NULL, **tail = &first;
	struct simtoe_item *item;

	for (; blk; blk = blk->next) {
		item = simtoe_item_new(st, blk, above);
		if (!item)
			continue;
		if (blk->type == TOE_OBJECT_PATH)
			ipv6 = blk->path->c.family == AF_INET6;
		if (!simtoe_item_fill(st, item, ipv6, create))
			continue;
		*tail = &item->node;
		tail = &item->node.next;
		item->node.dependent = simtoe_build(st, blk->dependent,
						    blk->type, ipv6, create);
	}
	return first;
}

static void simtoe_item_back(struct simtoe *st, struct simtoe_item *item,
			     enum sim_mbox_op op, bool dead)
{
	struct simtoe_entry *entry = item->entry;
	struct toe_block *blk = item->blk;
	bool ok = !dead && item->node.status == SIM_OK;

	blk->status = dead ? TOE_REFUSAL_NIC_DEAD :
			     simtoe_refusal(item->node.status);
	if (ok && blk->type == TOE_OBJECT_NEIGH && op == SIM_MBOX_QUERY)
		blk->neigh->d.nic_reach_ms = item->neigh.nic_reach_ms;
	if (blk->type != TOE_OBJECT_TCP) {
		if (ok && op == SIM_MBOX_INITIATE)
			blk->nic = item->node.handle;
		return;
	}
	if (!entry)
		return;
	if (ok && (op == SIM_MBOX_QUERY || op == SIM_MBOX_TERMINATE))
		simtoe_delegated_up(&blk->tcp->d, &item->tcp.d);
	if (op == SIM_MBOX_INITIATE && !blk->nic) {
		if (ok) {
			entry->handle = item->node.handle;
			blk->nic = entry->cookie;
		} else {
			simtoe_entry_del(st, entry);
		}
	}
}

/* Names of connections that have left are free after the ring was drained. */
static void simtoe_items_forget(struct simtoe *st)
{
	struct simtoe_scratch *sc = st->scratch;
	u32 i;

	for (i = 0; i < sc->nr; i++) {
		struct simtoe_entry *entry = sc->item[i].entry;

		if (entry && xa_load(&st->ids, entry->cookie) == entry)
			simtoe_entry_del(st, entry);
	}
}

static int simtoe_mbox(struct simtoe *st, enum sim_mbox_op op,
		       struct toe_block *forest)
{
	bool leaving = op == SIM_MBOX_TERMINATE || op == SIM_MBOX_INVALIDATE;
	struct simtoe_scratch *sc = st->scratch;
	struct sim_node *tree;
	bool dead;
	u32 i;

	spin_lock_bh(&st->lock);
	sc->nr = 0;
	tree = simtoe_build(st, forest, 0, false, op == SIM_MBOX_INITIATE);
	dead = sim_mbox(st->hw, op, tree) == SIM_MBOX_TIMEOUT;
	for (i = 0; i < sc->nr; i++)
		simtoe_item_back(st, &sc->item[i], op, dead);
	if (leaving) {
		smp_mb();	/* a dead device: see simtoe_fail() */
		__simtoe_ring_drain(st);
		simtoe_items_forget(st);
	}
	spin_unlock_bh(&st->lock);
	if (!dead)
		return 0;
	toe_dev_fail(&st->tdev, simtoe_recover);
	return -EIO;
}

/* ---- operations ------------------------------------------------------- */

static int simtoe_op_initiate(struct toe_dev *tdev, struct toe_block *forest)
{
	return simtoe_mbox(simtoe_of(tdev), SIM_MBOX_INITIATE, forest);
}

static int simtoe_op_update(struct toe_dev *tdev, struct toe_block *forest)
{
	return simtoe_mbox(simtoe_of(tdev), SIM_MBOX_UPDATE, forest);
}

static int simtoe_op_query(struct toe_dev *tdev, struct toe_block *forest)
{
	return simtoe_mbox(simtoe_of(tdev), SIM_MBOX_QUERY, forest);
}

/* The hardware's handle of a connection; 0 = not there any more */
static u32 simtoe_handle(struct simtoe *st, u32 nic)
{
	struct simtoe_entry *entry;
	u32 handle = 0;

	rcu_read_lock();
	entry = xa_load(&st->ids, nic);
	if (entry)
		handle = READ_ONCE(entry->handle);
	rcu_read_unlock();
	return handle;
}

static void simtoe_op_forward(struct toe_dev *tdev, u32 nic,
			      struct sk_buff *skb)
{
	struct simtoe *st = simtoe_of(tdev);

	sim_forward(st->hw, simtoe_handle(st, nic), skb);
}

static u32 simtoe_wr_flags(u32 flags)
{
	return (flags & TOE_POST_FIN ? SIM_WR_FIN : 0) |
	       (flags & TOE_POST_PUSH ? SIM_WR_PUSH : 0) |
	       (flags & TOE_POST_ACK ? SIM_WR_ACK : 0) |
	       (flags & TOE_POST_PROBE ? SIM_WR_PROBE : 0);
}

/* A gather list as long as a work request takes; returns the elements used. */
static u32 simtoe_wr_gather(struct sim_wr *wr, struct sim_sge *sge,
			    const struct bio_vec *bv, u32 nr)
{
	u32 i, n = min_t(u32, nr, SIMTOE_MAX_SGE);

	wr->len = 0;
	wr->nr_sge = n;
	for (i = 0; i < n; i++) {
		sge[i].page = bv[i].bv_page;
		sge[i].off = bv[i].bv_offset;
		sge[i].len = bv[i].bv_len;
		wr->len += bv[i].bv_len;
	}
	return n;
}

static void simtoe_op_post(struct toe_dev *tdev, u32 nic,
			   const struct toe_post *post)
{
	struct simtoe *st = simtoe_of(tdev);
	struct sim_sge sge[SIMTOE_MAX_SGE];
	struct sim_wr wr = {
		.handle = simtoe_handle(st, nic),
		.seq = post->seq,
		.snd_una = post->snd_una,
		.rcv_nxt = post->rcv_nxt,
		.rcv_edge = post->rcv_edge,
		.sge = sge,
	};
	u32 done = 0;

	if (!wr.handle)
		return;
	do {
		done += simtoe_wr_gather(&wr, sge, post->bvec + done,
					 post->nr - done);
		wr.flags = done == post->nr ? simtoe_wr_flags(post->flags) : 0;
		sim_wr_doorbell(st->hw, &wr);
		wr.seq += wr.len;
	} while (done < post->nr);
}

static int simtoe_op_terminate(struct toe_dev *tdev, struct toe_block *forest)
{
	return simtoe_mbox(simtoe_of(tdev), SIM_MBOX_TERMINATE, forest);
}

static void simtoe_op_invalidate(struct toe_dev *tdev, struct toe_block *forest)
{
	simtoe_mbox(simtoe_of(tdev), SIM_MBOX_INVALIDATE, forest);
}

const struct toe_ops simtoe_toe_ops = {
	.initiate	= simtoe_op_initiate,
	.update		= simtoe_op_update,
	.query		= simtoe_op_query,
	.forward	= simtoe_op_forward,
	.post		= simtoe_op_post,
	.terminate	= simtoe_op_terminate,
	.invalidate	= simtoe_op_invalidate,
};
