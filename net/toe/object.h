/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbour and path objects: shared from below, one set per device. */
#ifndef TOE_OBJECT_H
#define TOE_OBJECT_H

#include <linux/list.h>
#include <net/neighbour.h>
#include <net/toe.h>

struct toe_dev;

/**
 * struct toe_neigh - a next hop that is down on a device
 * @node: toe_dev_priv.neighs
 * @users: paths on it
 * @nic: handle, 0 = not down yet
 * @n: the host's neighbour entry, a reference
 * @state: const, cached and delegated part
 * @blk: its block during one call
 */
struct toe_neigh {
	struct list_head node;
	unsigned int users;
	u32 nic;
	struct neighbour *n;
	struct toe_neigh_state state;
	struct toe_block *blk;
};

/**
 * struct toe_path - an address pair that is down on a device
 * @node: toe_dev_priv.paths
 * @users: connections on it
 * @nic: handle, 0 = not down yet
 * @neigh: next hop
 * @state: const and cached part
 * @blk: its block during one call
 */
struct toe_path {
	struct hlist_node node;
	unsigned int users;
	u32 nic;
	struct toe_neigh *neigh;
	struct toe_path_state state;
	struct toe_block *blk;
};

/**
 * toe_block_init() - fill a block
 * @blk: the block
 * @type: enum toe_object_type
 * @nic: handle when the object is down already, else 0
 * @state: state behind it
 * @size: of @state
 */
static inline void toe_block_init(struct toe_block *blk, u16 type, u32 nic,
				  void *state, u16 size)
{
	*blk = (struct toe_block){
		.type = type,
		.revision = TOE_OBJECT_REVISION,
		.size = size,
		.nic = nic,
		.state = state,
	};
}

/* Walks a forest depth first, dependents before siblings. */
void toe_block_walk(struct toe_block *blk,
		    void (*fn)(struct toe_block *blk, void *arg), void *arg);

/* Look up or make; NULL = no memory. Each get holds one user. obj_lock held. */
struct toe_neigh *__toe_neigh_get(struct toe_dev *tdev, struct neighbour *n);
void __toe_neigh_put(struct toe_dev *tdev, struct toe_neigh *tn);
struct toe_path *__toe_path_get(struct toe_dev *tdev,
				const struct toe_path_state *state,
				struct neighbour *n);
void __toe_path_put(struct toe_dev *tdev, struct toe_path *path);

/* The host's MAC entry changed: one update serves every connection above. */
void toe_neigh_changed(struct toe_dev *tdev, struct neighbour *n);

#endif /* TOE_OBJECT_H */
