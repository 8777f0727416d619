// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <net/neighbour.h>
#include <net/netevent.h>

#include "dev.h"
#include "failover.h"
#include "link.h"
#include "object.h"

/* Routes and path MTU are looked at by each connection when it is active
 * (conn.c); a next hop is shared, so its change is pushed down at once.
 */
static bool toe_watch_neigh(struct toe_dev *tdev, void *n)
{
	toe_neigh_changed(tdev, n);
	return true;
}

static int toe_watch_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	struct neighbour *n = ptr;

	if (event != NETEVENT_NEIGH_UPDATE)
		return NOTIFY_DONE;
	rcu_read_lock();
	/* its device may be a VLAN of a TOE device */
	if (READ_ONCE(n->nud_state) & NUD_VALID)
		toe_dev_walk_all(toe_watch_neigh, n);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block toe_watch_neigh_nb = {
	.notifier_call = toe_watch_event,
};

/* ---- devices above the NIC ----------------------------------------------- */

struct toe_watch_dev {
	const struct net_device *dev;
	enum toe_upload_reason reason;
};

static bool toe_watch_over(const struct toe_path *path, const void *dev)
{
	return toe_path_over(path, dev);
}

static bool toe_watch_revoke(struct toe_dev *tdev, void *arg)
{
	const struct toe_watch_dev *w = arg;

	if (toe_paths_revoke(tdev, toe_watch_over, w->dev, w->reason))
		toe_upload_revoked(tdev);
	return true;
}

/* RTNL held, so the list of devices stays as it is while this sleeps. A NIC's
 * own link is its driver's affair (toe_dev_pause()).
 */
static void toe_watch_up(struct net_device *dev, enum toe_upload_reason reason)
{
	struct toe_watch_dev w = { .dev = dev, .reason = reason };

	/* hand-overs that had found it running have made their paths */
	synchronize_net();
	toe_dev_walk_all(toe_watch_revoke, &w);
}

static bool toe_watch_between(struct net_device *dev)
{
	bool leads;

	rcu_read_lock();
	leads = !toe_dev_of(dev) && toe_link_leads(dev);
	rcu_read_unlock();
	return leads;
}

/* ---- members of bonds ------------------------------------------------------ */

/**
 * struct toe_watch_lag - a member of a bond, and what has become of it
 * @bond: the bond
 * @member: its member, a NIC or a VLAN on one
 * @active: it may send
 */
struct toe_watch_lag {
	struct net_device *bond, *member;
	bool active;
};

static bool toe_watch_lag(struct toe_dev *tdev, void *arg)
{
	const struct toe_watch_lag *lag = arg;

	if (tdev->netdev != lag->member &&
	    !netdev_has_upper_dev(tdev->netdev, lag->member))
		return true;
	if (!toe_lag_active(tdev, lag->bond, lag->active) || lag->active)
		return true;
	toe_paths_revoke(tdev, toe_watch_over, lag->bond, TOE_UPLOAD_MEMBER);
	queue_work(system_highpri_wq, &tdev->priv->revoke_work);
	return true;
}

/* Bonding says so when a member's link or its part in sending changes: monitors,
 * LACP, another active member. The NIC is silenced at once, bonding goes on, the
 * connections come up in a work item.
 */
static void toe_watch_lower_state(struct net_device *member,
				  const struct netdev_lag_lower_state_info *info)
{
	struct toe_watch_lag lag = {
		.bond = netdev_master_upper_dev_get(member),
		.member = member,
		.active = info && info->link_up && info->tx_enabled,
	};

	if (!lag.bond || !netif_is_bond_master(lag.bond))
		return;
	toe_dev_walk_all(toe_watch_lag, &lag);
	if (lag.active)
		toe_failover_back();
}

static void toe_watch_upper(struct net_device *member,
			    const struct netdev_notifier_changeupper_info *info)
{
	struct toe_watch_lag lag = {
		.bond = info->upper_dev,
		.member = member,
	};

	if (info->master && !info->linking && netif_is_bond_master(lag.bond))
		toe_dev_walk_all(toe_watch_lag, &lag);
}

static int toe_watch_netdev(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_DOWN:
		if (toe_watch_between(dev))
			toe_watch_up(dev, TOE_UPLOAD_LINK_DOWN);
		break;
	case NETDEV_CHANGELOWERSTATE:
		toe_watch_lower_state(dev, ((struct
			netdev_notifier_changelowerstate_info *)ptr)->lower_state_info);
		break;
	case NETDEV_CHANGEUPPER:
		toe_watch_upper(dev, ptr);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block toe_watch_dev_nb = {
	.notifier_call = toe_watch_netdev,
	/* before the routes go: the reason is the link */
	.priority = 10,
};

int toe_watch_init(void)
{
	int err;

	err = register_netevent_notifier(&toe_watch_neigh_nb);
	if (err)
		return err;
	err = register_netdevice_notifier(&toe_watch_dev_nb);
	if (err)
		unregister_netevent_notifier(&toe_watch_neigh_nb);
	return err;
}

void toe_watch_exit(void)
{
	unregister_netdevice_notifier(&toe_watch_dev_nb);
	unregister_netevent_notifier(&toe_watch_neigh_nb);
}
