// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <linux/if_vlan.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/toe_compat.h>

#include "dev.h"
#include "eligible.h"
#include "link.h"

/**
 * toe_block_walk() - visit every block of a forest
 * @blk: first block, may be NULL
 * @fn: called for each, before its dependents
 * @arg: handed through
 *
 * Recursion is as deep as there are layers; siblings are a loop.
 *
 * Context: any.
 */
void toe_block_walk(struct toe_block *blk,
		    void (*fn)(struct toe_block *blk, void *arg), void *arg)
{
	for (; blk; blk = blk->next) {
		fn(blk, arg);
		toe_block_walk(blk->dependent, fn, arg);
	}
}

/**
 * toe_neigh_lookup() - the host's entry of a route's next hop
 * @dst: the route
 * @sk: the socket whose peer it leads to
 *
 * Context: socket locked.
 * Return: the entry with a reference, resolved or not; NULL when there is none.
 */
struct neighbour *toe_neigh_lookup(const struct dst_entry *dst,
				   const struct sock *sk)
{
	const void *daddr = &inet_sk(sk)->inet_daddr;

#if IS_ENABLED(CONFIG_IPV6)
	if (toe_is_v6(sk))
		daddr = &sk->sk_v6_daddr;
#endif
	return dst_neigh_lookup(dst, daddr);
}

static void toe_neigh_fill(struct toe_neigh *tn, struct neighbour *n)
{
	/* of the VLAN, say, that the route names: it may differ from the NIC's */
	ether_addr_copy(tn->state.c.src_mac, n->dev->dev_addr);
	neigh_ha_snapshot((char *)tn->state.h.dst_mac, n, n->dev);
	tn->state.h.host_reach_ms = jiffies_to_msecs(jiffies - n->confirmed);
}

/**
 * __toe_neigh_get() - find or make the object of a next hop
 * @tdev: the device
 * @n: the host's entry
 *
 * Context: obj_lock held.
 * Return: the object with one more user, NULL when out of memory.
 */
struct toe_neigh *__toe_neigh_get(struct toe_dev *tdev, struct neighbour *n)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_neigh *tn;

	lockdep_assert_held(&priv->obj_lock);
	list_for_each_entry(tn, &priv->neighs, node) {
		if (tn->n == n) {
			tn->users++;
			return tn;
		}
	}
	tn = kzalloc(sizeof(*tn), GFP_ATOMIC);
	if (!tn)
		return NULL;
	neigh_hold(n);
	tn->n = n;
	tn->users = 1;
	toe_neigh_fill(tn, n);
	list_add(&tn->node, &priv->neighs);
	return tn;
}

static void toe_object_invalidate(struct toe_dev *tdev, u16 type, u32 nic,
				  void *state, u16 size)
{
	struct toe_block blk;

	if (!nic || READ_ONCE(tdev->priv->dead))
		return;
	toe_block_init(&blk, type, nic, state, size);
	tdev->ops->invalidate(tdev, &blk);
}

/**
 * __toe_neigh_put() - drop a user; the last one takes the object off the NIC
 * @tdev: the device
 * @tn: the object
 *
 * Context: obj_lock held.
 */
void __toe_neigh_put(struct toe_dev *tdev, struct toe_neigh *tn)
{
	lockdep_assert_held(&tdev->priv->obj_lock);
	if (--tn->users)
		return;
	toe_object_invalidate(tdev, TOE_OBJECT_NEIGH, tn->nic, &tn->state,
			      sizeof(tn->state));
	list_del(&tn->node);
	neigh_release(tn->n);
	kfree_rcu(tn, rcu);
}

/* ---- intermediate objects ----------------------------------------------- */

static u16 toe_mid_size(const struct toe_mid *mid)
{
	return mid->type == TOE_OBJECT_LAG ? sizeof(mid->lag) :
					     sizeof(mid->vlan);
}

/**
 * toe_mid_block() - fill the block of an intermediate object
 * @blk: the block
 * @mid: the object
 *
 * Context: obj_lock held.
 */
void toe_mid_block(struct toe_block *blk, struct toe_mid *mid)
{
	toe_block_init(blk, mid->type, mid->nic, &mid->vlan,
		       toe_mid_size(mid));
}

static struct toe_mid *toe_mid_new(const struct toe_hop *hop)
{
	struct toe_mid *mid = kzalloc(sizeof(*mid), GFP_ATOMIC);

	if (!mid)
		return NULL;
	mid->users = 1;
	mid->type = hop->type;
	mid->dev = hop->dev;
	netdev_hold(mid->dev, &mid->tracker, GFP_ATOMIC);
	if (hop->type == TOE_OBJECT_LAG) {
		mid->lag.c.id = hop->dev->ifindex;
		mid->lag.h.active = true;
	} else {
		mid->vlan.c = hop->vlan;
	}
	return mid;
}

/* Consumes the caller's user of @tn when @below is NULL, else that of @below */
static struct toe_mid *toe_mid_get(struct toe_dev *tdev,
				   const struct toe_hop *hop,
				   struct toe_neigh *tn, struct toe_mid *below)
{
	struct toe_mid *mid;

	list_for_each_entry(mid, &tdev->priv->mids, node) {
		if (mid->dev == hop->dev && mid->neigh == tn &&
		    mid->below == below) {
			mid->users++;
			if (below)
				below->users--;
			else
				tn->users--;
			return mid;
		}
	}
	mid = toe_mid_new(hop);
	if (!mid)
		return NULL;
	mid->neigh = tn;
	mid->below = below;
	list_add(&mid->node, &tdev->priv->mids);
	return mid;
}

static void toe_mid_put(struct toe_dev *tdev, struct toe_mid *mid)
{
	if (--mid->users)
		return;
	toe_object_invalidate(tdev, mid->type, mid->nic, &mid->vlan,
			      toe_mid_size(mid));
	list_del(&mid->node);
	if (mid->below)
		toe_mid_put(tdev, mid->below);
	else
		__toe_neigh_put(tdev, mid->neigh);
	netdev_put(mid->dev, &mid->tracker);
	kfree(mid);
}

/* From the neighbour up, the last hop first: what a path is to stand on */
static int toe_mids_get(struct toe_dev *tdev, struct toe_path *path,
			const struct toe_link *link)
{
	unsigned int i = link ? link->nr : 0;
	struct toe_mid *mid;

	while (i--) {
		mid = toe_mid_get(tdev, &link->hop[i], path->neigh, path->mid);
		if (!mid)
			return -ENOMEM;
		path->mid = mid;
	}
	return 0;
}

static void toe_path_leave(struct toe_dev *tdev, struct toe_path *path)
{
	if (path->mid)
		toe_mid_put(tdev, path->mid);
	else
		__toe_neigh_put(tdev, path->neigh);
}

/**
 * toe_path_mids() - the intermediate objects that a path stands on
 * @path: the path, one user held
 * @mids: filled, the one on the neighbour first
 *
 * Context: any; the chain below a path never changes.
 * Return: how many.
 */
unsigned int toe_path_mids(const struct toe_path *path,
			   struct toe_mid *mids[TOE_MAX_HOPS])
{
	unsigned int nr = 0, i;
	struct toe_mid *mid;

	for (mid = path->mid; mid; mid = mid->below)
		nr++;
	for (i = nr, mid = path->mid; mid; mid = mid->below)
		mids[--i] = mid;
	return nr;
}

static int toe_mid_pcp(struct toe_mid *mid, u32 priority, u8 *pcp)
{
	int i;

	if (!mid)
		return 0;
	i = toe_mid_pcp(mid->below, priority, pcp);
	if (mid->type != TOE_OBJECT_VLAN || i == TOE_MAX_TAGS)
		return i;
	pcp[i] = vlan_dev_get_egress_qos_mask(mid->dev, priority) >>
		 VLAN_PRIO_SHIFT;
	return i + 1;
}

/**
 * toe_path_pcp() - what the egress maps of the path's VLANs say
 * @path: the path, one user held
 * @priority: of the socket
 * @pcp: priority of each tag, the one next to the wire first
 *
 * Context: any; the chain below a path never changes.
 */
void toe_path_pcp(const struct toe_path *path, u32 priority,
		  u8 pcp[TOE_MAX_TAGS])
{
	memset(pcp, 0, TOE_MAX_TAGS);
	toe_mid_pcp(path->mid, priority, pcp);
}

/* ---- paths ---------------------------------------------------------------- */

static struct hlist_head *toe_path_bucket(struct toe_dev *tdev,
					  const struct toe_path_const *c)
{
	u32 h = jhash(&c->daddr6, sizeof(c->daddr6),
		      jhash(&c->saddr6, sizeof(c->saddr6), c->family));

	return &tdev->priv->paths[h % TOE_PATH_BUCKETS];
}

static bool toe_path_same(const struct toe_path *path,
			  const struct toe_path_state *state,
			  const struct neighbour *n)
{
	return path->neigh->n == n && !path->up_reason &&
	       path->state.h.mtu == state->h.mtu &&
	       !memcmp(&path->state.c, &state->c, sizeof(state->c));
}

/**
 * __toe_path_get() - find or make the object of an address pair
 * @tdev: the device
 * @state: addresses and MTU; unused bytes zero
 * @n: its next hop
 * @link: the way to @tdev, NULL = straight
 *
 * Context: obj_lock held.
 * Return: the object with one more user, NULL when out of memory.
 */
struct toe_path *__toe_path_get(struct toe_dev *tdev,
				const struct toe_path_state *state,
				struct neighbour *n,
				const struct toe_link *link)
{
	struct hlist_head *head = toe_path_bucket(tdev, &state->c);
	struct toe_path *path;

	lockdep_assert_held(&tdev->priv->obj_lock);
	hlist_for_each_entry(path, head, node) {
		if (toe_path_same(path, state, n)) {
			path->users++;
			return path;
		}
	}
	path = kzalloc(sizeof(*path), GFP_ATOMIC);
	if (!path)
		return NULL;
	path->neigh = __toe_neigh_get(tdev, n);
	if (!path->neigh) {
		kfree(path);
		return NULL;
	}
	if (toe_mids_get(tdev, path, link)) {
		toe_path_leave(tdev, path);
		kfree(path);
		return NULL;
	}
	path->users = 1;
	path->state = *state;
	hlist_add_head(&path->node, head);
	return path;
}

/**
 * __toe_path_put() - drop a user; the last one takes the object off the NIC
 * @tdev: the device
 * @path: the object
 *
 * Context: obj_lock held.
 */
void __toe_path_put(struct toe_dev *tdev, struct toe_path *path)
{
	lockdep_assert_held(&tdev->priv->obj_lock);
	if (--path->users)
		return;
	toe_object_invalidate(tdev, TOE_OBJECT_PATH, path->nic, &path->state,
			      sizeof(path->state));
	hlist_del(&path->node);
	toe_path_leave(tdev, path);
	kfree(path);
}

/**
 * toe_lag_active() - a member of a bond may send, or may not any more
 * @tdev: the NIC
 * @dev: the bond
 * @active: may it?
 *
 * One update stops or starts everything on it.
 *
 * Context: any; takes obj_lock.
 * Return: true when something on @tdev stands on the bond.
 */
bool toe_lag_active(struct toe_dev *tdev, const struct net_device *dev,
		    bool active)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_block blk;
	struct toe_mid *mid;
	bool found = false;

	spin_lock_bh(&priv->obj_lock);
	list_for_each_entry(mid, &priv->mids, node) {
		if (mid->type != TOE_OBJECT_LAG || mid->dev != dev)
			continue;
		found = true;
		if (mid->lag.h.active == active)
			continue;
		mid->lag.h.active = active;
		if (!mid->nic || READ_ONCE(priv->dead))
			continue;
		toe_mid_block(&blk, mid);
		tdev->ops->update(tdev, &blk);
	}
	spin_unlock_bh(&priv->obj_lock);
	return found;
}

/**
 * toe_path_over() - does a path use a device?
 * @path: the path
 * @dev: any device
 *
 * Context: one user of the path held, or obj_lock.
 * Return: true when it does.
 */
bool toe_path_over(const struct toe_path *path, const struct net_device *dev)
{
	const struct toe_mid *mid;

	for (mid = path->mid; mid; mid = mid->below)
		if (mid->dev == dev)
			return true;
	return path->neigh->n->dev == dev;
}

/**
 * toe_path_mtu() - push a path's MTU down
 * @tdev: the device
 * @path: the path, one user held
 * @mtu: bytes
 *
 * Context: any; takes obj_lock.
 */
void toe_path_mtu(struct toe_dev *tdev, struct toe_path *path, u16 mtu)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_block blk;

	spin_lock_bh(&priv->obj_lock);
	if (path->state.h.mtu != mtu) {
		WRITE_ONCE(path->state.h.mtu, mtu);
		toe_block_init(&blk, TOE_OBJECT_PATH, path->nic, &path->state,
			       sizeof(path->state));
		if (path->nic && !READ_ONCE(priv->dead))
			tdev->ops->update(tdev, &blk);
	}
	spin_unlock_bh(&priv->obj_lock);
}

/**
 * toe_paths_revoke() - mark paths that can't stay on a device
 * @tdev: the device
 * @match: which
 * @arg: handed through
 * @reason: why
 *
 * Context: any; takes obj_lock.
 * Return: how many were marked.
 */
unsigned int toe_paths_revoke(struct toe_dev *tdev,
			      bool (*match)(const struct toe_path *path,
					    const void *arg),
			      const void *arg, enum toe_upload_reason reason)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_path *path;
	unsigned int n = 0;
	int i;

	spin_lock_bh(&priv->obj_lock);
	for (i = 0; i < TOE_PATH_BUCKETS; i++) {
		hlist_for_each_entry(path, &priv->paths[i], node) {
			if (path->up_reason || !match(path, arg))
				continue;
			WRITE_ONCE(path->up_reason, reason);
			n++;
		}
	}
	spin_unlock_bh(&priv->obj_lock);
	return n;
}

/* The host's entry changes its state often, its address hardly ever */
static bool toe_neigh_moved(const struct toe_neigh *tn, struct neighbour *n)
{
	char mac[MAX_ADDR_LEN];

	neigh_ha_snapshot(mac, n, n->dev);
	return memcmp(mac, tn->state.h.dst_mac, ETH_ALEN);
}

/**
 * toe_neigh_changed() - push a changed MAC address down
 * @tdev: the device
 * @n: the host's entry
 *
 * Context: softirq or process; takes obj_lock.
 */
void toe_neigh_changed(struct toe_dev *tdev, struct neighbour *n)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_neigh *tn;
	struct toe_block blk;

	spin_lock_bh(&priv->obj_lock);
	list_for_each_entry(tn, &priv->neighs, node) {
		if (tn->n != n)
			continue;
		if (!toe_neigh_moved(tn, n))
			break;
		/* also one that waits for its initiate */
		toe_neigh_fill(tn, n);
		if (!tn->nic || READ_ONCE(priv->dead))
			break;
		toe_block_init(&blk, TOE_OBJECT_NEIGH, tn->nic, &tn->state,
			       sizeof(tn->state));
		tdev->ops->update(tdev, &blk);
		break;
	}
	spin_unlock_bh(&priv->obj_lock);
}
