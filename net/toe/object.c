// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <linux/jhash.h>
#include <linux/slab.h>

#include "dev.h"

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

static void toe_neigh_fill(struct toe_neigh *tn, struct toe_dev *tdev,
			   struct neighbour *n)
{
	ether_addr_copy(tn->state.c.src_mac, tdev->netdev->dev_addr);
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
	toe_neigh_fill(tn, tdev, n);
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
	kfree(tn);
}

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
	return path->neigh->n == n &&
	       path->state.h.mtu == state->h.mtu &&
	       !memcmp(&path->state.c, &state->c, sizeof(state->c));
}

/**
 * __toe_path_get() - find or make the object of an address pair
 * @tdev: the device
 * @state: addresses and MTU; unused bytes zero
 * @n: its next hop
 *
 * Context: obj_lock held.
 * Return: the object with one more user, NULL when out of memory.
 */
struct toe_path *__toe_path_get(struct toe_dev *tdev,
				const struct toe_path_state *state,
				struct neighbour *n)
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
	__toe_neigh_put(tdev, path->neigh);
	kfree(path);
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
		/* also one that waits for its initiate */
		toe_neigh_fill(tn, tdev, n);
		if (!tn->nic || READ_ONCE(priv->dead))
			break;
		toe_block_init(&blk, TOE_OBJECT_NEIGH, tn->nic, &tn->state,
			       sizeof(tn->state));
		tdev->ops->update(tdev, &blk);
		break;
	}
	spin_unlock_bh(&priv->obj_lock);
}
