/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects below the connections: shared from below, one set per device. */
#ifndef TOE_OBJECT_H
#define TOE_OBJECT_H

#include <linux/list.h>
#include <net/neighbour.h>
#include <net/toe.h>

struct toe_dev;
struct toe_link;

/**
 * struct toe_neigh - a next hop that is down on a device
 * @node: toe_dev_priv.neighs
 * @users: intermediate objects and paths on it
 * @nic: handle, 0 = not down yet
 * @n: the host's neighbour entry, a reference
 * @state: const, cached and delegated part
 * @blk: its block during one call
 * @rcu: paths may be relinked while somebody looks
 */
struct toe_neigh {
	struct list_head node;
	unsigned int users;
	u32 nic;
	struct neighbour *n;
	struct toe_neigh_state state;
	struct toe_block *blk;
	struct rcu_head rcu;
};

/**
 * struct toe_mid - a VLAN or a bond between a next hop and paths
 * @node: toe_dev_priv.mids
 * @users: paths and intermediate objects on it
 * @nic: handle, 0 = not down yet
 * @type: enum toe_object_type
 * @dev: the host's device that it stands for, a reference
 * @tracker: of that reference
 * @below: what it stands on, NULL = @neigh
 * @neigh: next hop at the end of the chain
 * @vlan: state of a VLAN
 * @lag: state of a bond
 * @blk: its block during one call
 */
struct toe_mid {
	struct list_head node;
	unsigned int users;
	u32 nic;
	u16 type;
	struct net_device *dev;
	netdevice_tracker tracker;
	struct toe_mid *below;
	struct toe_neigh *neigh;
	union {
		struct toe_vlan_state vlan;
		struct toe_lag_state lag;
	};
	struct toe_block *blk;
};

/**
 * struct toe_path - an address pair that is down on a device
 * @node: toe_dev_priv.paths
 * @users: connections on it
 * @nic: handle, 0 = not down yet
 * @mid: what it stands on, NULL = @neigh
 * @neigh: next hop; its device is the one that the route names. Changed by a
 *	   relink under obj_lock; RCU
 * @state: const and cached part
 * @up_reason: enum toe_upload_reason, set = everything on it has to come up and
 *	       nothing new goes on it
 * @blk: its block during one call
 */
struct toe_path {
	struct hlist_node node;
	unsigned int users;
	u32 nic;
	struct toe_mid *mid;
	struct toe_neigh *neigh;
	struct toe_path_state state;
	u8 up_reason;
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

/* The host's entry of the next hop, a reference; NULL = none */
struct neighbour *toe_neigh_lookup(const struct dst_entry *dst,
				   const struct sock *sk);

/* Look up or make; NULL = no memory. Each get holds one user. obj_lock held. */
struct toe_neigh *__toe_neigh_get(struct toe_dev *tdev, struct neighbour *n);
void __toe_neigh_put(struct toe_dev *tdev, struct toe_neigh *tn);
struct toe_path *__toe_path_get(struct toe_dev *tdev,
				const struct toe_path_state *state,
				struct neighbour *n,
				const struct toe_link *link);
void __toe_path_put(struct toe_dev *tdev, struct toe_path *path);

/* What a path stands on from the neighbour up, at most TOE_MAX_HOPS; how many */
unsigned int toe_path_mids(const struct toe_path *path,
			   struct toe_mid *mids[TOE_MAX_HOPS]);

/* A block for @mid with its state */
void toe_mid_block(struct toe_block *blk, struct toe_mid *mid);

/* May this member of the bond @dev send? One update serves all above; returns
 * whether anything stands on it.
 */
bool toe_lag_active(struct toe_dev *tdev, const struct net_device *dev,
		    bool active);

/* Does @dev lie between the route and the NIC, or is it the route's own? */
bool toe_path_over(const struct toe_path *path, const struct net_device *dev);

/* One update serves every connection on it; nothing when it is that already */
void toe_path_mtu(struct toe_dev *tdev, struct toe_path *path, u16 mtu);

/* Mark the paths that match: what is on them has to come up. Takes obj_lock;
 * toe_upload_revoked() does the work. Returns how many.
 */
unsigned int toe_paths_revoke(struct toe_dev *tdev,
			      bool (*match)(const struct toe_path *path,
					    const void *arg),
			      const void *arg, enum toe_upload_reason reason);

/* Priority of each of the path's tags for a socket's priority */
void toe_path_pcp(const struct toe_path *path, u32 priority,
		  u8 pcp[TOE_MAX_TAGS]);

/* The host's MAC entry changed: one update serves every connection above. */
void toe_neigh_changed(struct toe_dev *tdev, struct neighbour *n);

#endif /* TOE_OBJECT_H */
