// SPDX-License-Identifier: GPL-2.0-only
/*
 * The framework's operations as mailbox commands and doorbells: block lists
 * become node trees and back. All in simtoe::lock, so that the scratch memory
 * is ours and no completion of a connection is looked at before its handle is
 * known.
 */
#include "simtoe.h"

#define SIMTOE_MAX_NODES	2048
#define SIMTOE_MAX_DEPTH	(TOE_MAX_HOPS + 3)

struct simtoe_item {
	struct sim_node node;
	struct toe_block *blk;
	struct simtoe_entry *entry;
	union {
		struct sim_neigh_state neigh;
		struct sim_vlan_state vlan;
		struct sim_lag_state lag;
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
	__simtoe_entry_heat(st, entry);
	return entry;
}

static void simtoe_entry_del(struct simtoe *st, struct simtoe_entry *entry)
{
	struct simtoe_entry **hot = &st->hot[entry->cookie % SIMTOE_HOT];

	xa_erase_bh(&st->ids, entry->cookie);
	if (*hot == entry)
		WRITE_ONCE(*hot, NULL);
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

/* ---- block lists to node trees and back ------------------------------- */

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
	case SIM_E_MID_ENTRIES:
		return TOE_REFUSAL_NIC_VLAN_ENTRIES;
	case SIM_E_TAGS:
		return TOE_REFUSAL_VLAN;
	case SIM_PARTIAL:
	case SIM_E_HANDLE:
	case SIM_E_INVALID:
	case SIM_E_PARENT:
	case __SIM_STATUS_MAX:
		break;
	}
	return TOE_REFUSAL_NIC_INVALID;
}

static bool simtoe_block_valid(const struct toe_block *blk, enum toe_layer low)
{
	static const u16 sizes[] = {
		[TOE_OBJECT_NEIGH]	= sizeof(struct toe_neigh_state),
		[TOE_OBJECT_PATH]	= sizeof(struct toe_path_state),
		[TOE_OBJECT_TCP]	= sizeof(struct toe_tcp_state),
		[TOE_OBJECT_VLAN]	= sizeof(struct toe_vlan_state),
		[TOE_OBJECT_LAG]	= sizeof(struct toe_lag_state),
	};

	return blk->type < ARRAY_SIZE(sizes) &&
	       toe_layer_above(toe_object_layer(blk->type), low) &&
	       blk->revision == TOE_OBJECT_REVISION && blk->state &&
	       blk->size == sizes[blk->type];
}

static struct simtoe_item *simtoe_item_new(struct simtoe *st,
					   struct toe_block *blk,
					   enum toe_layer low)
{
	struct simtoe_scratch *sc = st->scratch;
	struct simtoe_item *item;

	blk->status = TOE_REFUSAL_NIC_INVALID;
	if (sc->nr == SIMTOE_MAX_NODES || !simtoe_block_valid(blk, low))
		return NULL;
	item = &sc->item[sc->nr++];
	memset(item, 0, sizeof(*item));
	item->blk = blk;
	item->node.status = SIM_E_INVALID;
	item->node.revision = blk->revision;
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
	case TOE_OBJECT_VLAN:
		item->node.type = SIM_OBJ_VLAN;
		item->node.size = sizeof(item->vlan);
		item->node.vlan = &item->vlan;
		simtoe_vlan_down(&item->vlan, blk->vlan);
		return true;
	case TOE_OBJECT_LAG:
		item->node.type = SIM_OBJ_LAG;
		item->node.size = sizeof(item->lag);
		item->node.lag = &item->lag;
		simtoe_lag_down(&item->lag, blk->lag);
		return true;
	case TOE_OBJECT_PATH:
		item->node.type = SIM_OBJ_PATH;
		item->node.size = sizeof(item->path);
		item->node.path = &item->path;
		simtoe_path_down(&item->path, blk->path);
		return true;
	case TOE_OBJECT_TCP:
		return simtoe_item_tcp(st, item, ipv6, create);
	case __TOE_OBJECT_MAX:
		break;
	}
	return false;
}

/* What the connections of a tree have in common */
struct simtoe_tree {
	bool create;
	bool ipv6;
};

/* Recursion is as deep as objects may stand on each other: SIMTOE_MAX_DEPTH */
static struct sim_node *simtoe_build(struct simtoe *st, struct toe_block *blk,
				     enum toe_layer low, int depth,
				     struct simtoe_tree tree)
{
	struct sim_node *first = NULL, **tail = &first;
	struct simtoe_item *item;

	for (; blk; blk = blk->next) {
		item = simtoe_item_new(st, blk, low);
		if (!item)
			continue;
		if (blk->type == TOE_OBJECT_PATH)
			tree.ipv6 = blk->path->c.family == AF_INET6;
		if (!simtoe_item_fill(st, item, tree.ipv6, tree.create))
			continue;
		*tail = &item->node;
		tail = &item->node.next;
		if (depth < SIMTOE_MAX_DEPTH)
			item->node.dependent =
				simtoe_build(st, blk->dependent,
					     toe_object_layer(blk->type),
					     depth + 1, tree);
	}
	return first;
}

static void simtoe_item_query(struct simtoe_item *item)
{
	struct toe_block *blk = item->blk;

	switch ((enum toe_object_type)blk->type) {
	case TOE_OBJECT_NEIGH:
		simtoe_neigh_up(blk->neigh, &item->neigh);
		break;
	case TOE_OBJECT_PATH:
		simtoe_path_up(blk->path, &item->path);
		break;
	case TOE_OBJECT_TCP:
		simtoe_tcp_query(blk->tcp, &item->tcp);
		break;
	case TOE_OBJECT_VLAN:
		simtoe_vlan_up(blk->vlan, &item->vlan);
		break;
	case TOE_OBJECT_LAG:
		simtoe_lag_up(blk->lag, &item->lag);
		break;
	case __TOE_OBJECT_MAX:
		break;
	}
}

static void simtoe_item_back(struct simtoe *st, struct simtoe_item *item,
			     enum sim_mbox_op op, bool dead)
{
	struct simtoe_entry *entry = item->entry;
	struct toe_block *blk = item->blk;
	bool ok = !dead && item->node.status == SIM_OK;

	if (!dead && op == SIM_MBOX_INITIATE &&
	    item->node.status < __SIM_STATUS_MAX)
		st->refused[item->node.status]++;
	blk->status = dead ? TOE_REFUSAL_NIC_DEAD :
			     simtoe_refusal(item->node.status);
	if (ok && op == SIM_MBOX_QUERY)
		simtoe_item_query(item);
	if (blk->type != TOE_OBJECT_TCP) {
		if (ok && (op == SIM_MBOX_INITIATE || op == SIM_MBOX_RELINK))
			blk->nic = item->node.handle;
		return;
	}
	if (!entry)
		return;
	if (ok && op == SIM_MBOX_TERMINATE)
		simtoe_tcp_up(blk->tcp, &item->tcp);
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
	struct simtoe_tree opt = { .create = op == SIM_MBOX_INITIATE };
	struct sim_node *tree;
	bool dead;
	u32 i;

	spin_lock_bh(&st->lock);
	sc->nr = 0;
	tree = simtoe_build(st, forest, TOE_LAYER_NONE, 1, opt);
	dead = st->resetting ||
	       sim_mbox(st->hw, op, tree) == SIM_MBOX_TIMEOUT;
	if (dead && !st->resetting) {
		__simtoe_health_note(st, SIMTOE_CAUSE_MBOX);
		__simtoe_ring_last(st);	/* a late answer finds nobody */
	}
	for (i = 0; i < sc->nr; i++)
		simtoe_item_back(st, &sc->item[i], op, dead);
	if (leaving) {
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

/* The two blocks are siblings for the time of the call. */
static int simtoe_op_relink(struct toe_dev *tdev, struct toe_block *from,
			    struct toe_block *to)
{
	int err;

	from->next = to;
	err = simtoe_mbox(simtoe_of(tdev), SIM_MBOX_RELINK, from);
	from->next = NULL;
	return err;
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
	entry = simtoe_entry_find(st, nic);
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
	BUILD_BUG_ON((int)SIM_WR_FIN != (int)TOE_POST_FIN);
	BUILD_BUG_ON((int)SIM_WR_PUSH != (int)TOE_POST_PUSH);
	BUILD_BUG_ON((int)SIM_WR_ACK != (int)TOE_POST_ACK);
	BUILD_BUG_ON((int)SIM_WR_PROBE != (int)TOE_POST_PROBE);
	BUILD_BUG_ON((int)SIM_WR_USER != (int)TOE_POST_USER);
	return flags;
}

/* The framework keeps to caps.max_bvec, the device looks again. */
static void simtoe_op_post(struct toe_dev *tdev, u32 nic,
			   const struct toe_post *post)
{
	struct simtoe *st = simtoe_of(tdev);
	struct sim_wr wr = {
		.handle = simtoe_handle(st, nic),
		.flags = simtoe_wr_flags(post->flags),
		.seq = post->seq,
		.len = post->len,
		.snd_una = post->snd_una,
		.rcv_nxt = post->rcv_nxt,
		.rcv_edge = post->rcv_edge,
		.nr_sge = post->nr,
		.sge = (const struct sim_sge *)post->bvec,
	};

	BUILD_BUG_ON(sizeof(struct sim_sge) != sizeof(struct bio_vec) ||
		     offsetof(struct sim_sge, page) !=
		     offsetof(struct bio_vec, bv_page) ||
		     offsetof(struct sim_sge, len) !=
		     offsetof(struct bio_vec, bv_len) ||
		     offsetof(struct sim_sge, off) !=
		     offsetof(struct bio_vec, bv_offset));
	if (wr.handle)
		sim_wr_doorbell(st->hw, &wr);
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
	.relink		= simtoe_op_relink,
	.query		= simtoe_op_query,
	.forward	= simtoe_op_forward,
	.post		= simtoe_op_post,
	.terminate	= simtoe_op_terminate,
	.invalidate	= simtoe_op_invalidate,
};
