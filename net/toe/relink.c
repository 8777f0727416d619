// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Relink
 *
 * A gateway is replaced by another one on the same link. Of the objects only
 * the neighbour is another; connections, paths and what lies between stay as
 * they are. So the device is asked once to put everything that stands on the
 * old neighbour onto the new one, instead of taking up thousands of
 * connections. It takes place only when the routes of all paths agree: a path
 * that should have stayed would go astray.
 */
#include "relink.h"

#include <net/ip6_route.h>
#include <net/route.h>

#include "dev.h"
#include "object.h"
#include "mib.h"
#include "policy.h"

static struct neighbour *toe_next_hop4(struct net *net,
				       const struct toe_path_const *c)
{
	struct flowi4 fl4 = {
		.saddr = c->saddr,
		.daddr = c->daddr,
		.flowi4_proto = IPPROTO_TCP,
	};
	struct neighbour *n;
	struct rtable *rt;

	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	n = dst_neigh_lookup(&rt->dst, &c->daddr);
	ip_rt_put(rt);
	return n;
}

static struct neighbour *toe_next_hop6(struct net *net,
				       const struct toe_path_const *c)
{
	struct neighbour *n = NULL;
#if IS_ENABLED(CONFIG_IPV6)
	struct flowi6 fl6 = {
		.saddr = c->saddr6,
		.daddr = c->daddr6,
		.flowi6_proto = IPPROTO_TCP,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (!dst->error)
		n = dst_neigh_lookup(dst, &c->daddr6);
	dst_release(dst);
#endif
	return n;
}

/* Where the tables say that a path leads now; a reference, NULL = nowhere */
static struct neighbour *toe_path_next_hop(const struct toe_path *path)
{
	struct net *net = dev_net(path->neigh->n->dev);

	return path->state.c.family == AF_INET ?
	       toe_next_hop4(net, &path->state.c) :
	       toe_next_hop6(net, &path->state.c);
}

/* The one next hop, other than the present one, that all paths on @tn have now;
 * a reference, NULL = there is none.
 */
static struct neighbour *toe_relink_agreed(struct toe_dev_priv *priv,
					   const struct toe_neigh *tn)
{
	struct neighbour *n, *all = NULL;
	struct toe_path *path;
	int i;

	for (i = 0; i < TOE_PATH_BUCKETS; i++) {
		hlist_for_each_entry(path, &priv->paths[i], node) {
			if (path->neigh != tn || path->up_reason)
				continue;
			n = toe_path_next_hop(path);
			if (!n || n == tn->n || (all && n != all))
				goto differ;
			if (all)
				neigh_release(n);
			all = n;
		}
	}
	return all;

differ:
	if (n)
		neigh_release(n);
	if (all)
		neigh_release(all);
	return NULL;
}

static int toe_relink_call(struct toe_dev *tdev, struct toe_neigh *from,
			   struct toe_neigh *to)
{
	struct toe_block old, new;
	int err;

	if (!from->nic)
		return 0;	/* nothing of it is down yet */
	toe_block_init(&old, TOE_OBJECT_NEIGH, from->nic, &from->state,
		       sizeof(from->state));
	toe_block_init(&new, TOE_OBJECT_NEIGH, to->nic, &to->state,
		       sizeof(to->state));
	err = tdev->ops->relink(tdev, &old, &new);
	if (err)
		return err;
	if (old.status || new.status)
		return -EBUSY;
	to->nic = new.nic;
	return 0;
}

/* Returns the number of paths that moved. */
static unsigned int toe_relink_apply(struct toe_dev_priv *priv,
				     struct toe_neigh *from,
				     struct toe_neigh *to)
{
	unsigned int users = 0, n = 0;
	struct toe_path *path;
	struct toe_mid *mid;
	int i;

	list_for_each_entry(mid, &priv->mids, node) {
		if (mid->neigh != from)
			continue;
		WRITE_ONCE(mid->neigh, to);
		users += !mid->below;
	}
	for (i = 0; i < TOE_PATH_BUCKETS; i++) {
		hlist_for_each_entry(path, &priv->paths[i], node) {
			if (path->neigh != from)
				continue;
			WRITE_ONCE(path->neigh, to);
			users += !path->mid;
			n++;
		}
	}
	from->users -= users;
	to->users += users;
	return n;
}

/**
 * __toe_neigh_relink() - move everything on a next hop to another one
 * @tdev: the device
 * @from: the old one; gone when it succeeds
 * @n: the host's entry of the new one, resolved
 *
 * Context: obj_lock held.
 * Return: 0; -EOPNOTSUPP when the device can't, -EIO when it is dead, -EBUSY
 * when it refused, -ENOMEM. Nothing has changed then.
 */
int __toe_neigh_relink(struct toe_dev *tdev, struct toe_neigh *from,
		       struct neighbour *n)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_neigh *to;
	unsigned int moved;
	int err;

	lockdep_assert_held(&priv->obj_lock);
	if (!tdev->ops->relink)
		return -EOPNOTSUPP;
	if (READ_ONCE(priv->dead))
		return -EIO;
	to = __toe_neigh_get(tdev, n);
	if (!to)
		return -ENOMEM;
	err = toe_relink_call(tdev, from, to);
	if (!err) {
		from->users++;
		moved = toe_relink_apply(priv, from, to);
		toe_mib_add(toe_pernet(dev_net(n->dev)), TOE_MIB_RELINKED,
			    moved);
		__toe_neigh_put(tdev, from);
	}
	__toe_neigh_put(tdev, to);
	return err;
}

/**
 * toe_relink_path() - follow a changed gateway with all that is on the old one
 * @tdev: the device
 * @path: a path whose route has another next hop now, one user held
 *
 * Nothing happens when they don't agree, when the new next hop is not resolved,
 * when the device refuses, or when somebody else has moved them.
 *
 * Context: socket locked, BH disabled; takes obj_lock.
 */
void toe_relink_path(struct toe_dev *tdev, struct toe_path *path)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_neigh *from;
	struct neighbour *n;

	spin_lock_bh(&priv->obj_lock);
	from = path->neigh;
	n = toe_relink_agreed(priv, from);
	if (!n)
		goto out;
	if (n->dev == from->n->dev && READ_ONCE(n->nud_state) & NUD_VALID)
		__toe_neigh_relink(tdev, from, n);
	neigh_release(n);
out:
	spin_unlock_bh(&priv->obj_lock);
}
