// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/fib_notifier.h>
#include <net/neighbour.h>
#include <net/netevent.h>

#include "conn.h"
#include "dev.h"
#include "failover.h"
#include "link.h"
#include "object.h"

/* DOC: Watching
 *
 * What changes in the host reaches the NIC in one of three ways, each within
 * milliseconds plus the time that the connections concerned take:
 *
 * - one object is updated, which serves everything above it: MAC address of a
 *   next hop, MTU of a path, a bond's member that may send or not;
 * - paths are revoked (object.c): nothing new goes on them, and what is on them
 *   comes up, with the reason counted: a device in between goes down, a next hop
 *   fails, a local address goes, a bond sends by another member;
 * - routes are doubtful after any change of the tables: each connection that is
 *   down looks again (toe_net_check()) and comes up only if its next hop is
 *   another one.
 *
 * Context decides who does the work. Notifiers of devices and IPv4 addresses
 * hold RTNL and may sleep: when they return everything is up. All others may be
 * in softirq: they mark, and leave the rest to work items, which take no RTNL.
 */

/* Bursts of changes are one look */
#define TOE_CHECK_DELAY		msecs_to_jiffies(10)

/* ---- routes -------------------------------------------------------------- */

static void toe_watch_check_work(struct work_struct *work)
{
	toe_net_check(container_of(to_delayed_work(work), struct toe_net,
				   check_work));
}

/**
 * toe_watch_routes() - a route or an MTU may have changed
 * @tn: the namespace
 *
 * Context: any.
 */
void toe_watch_routes(struct toe_net *tn)
{
	if (READ_ONCE(tn->enabled) && atomic_read(&tn->offloaded))
		queue_delayed_work(system_highpri_wq, &tn->check_work,
				   TOE_CHECK_DELAY);
}

/* Softirq or process, RCU. Entries, rules and next hops alike. */
static int toe_watch_fib(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	toe_watch_routes(container_of(nb, struct toe_net, fib_nb));
	return NOTIFY_DONE;
}

int toe_watch_enable(struct toe_net *tn)
{
	tn->fib_nb.notifier_call = toe_watch_fib;
	return register_fib_notifier(tn->net, &tn->fib_nb, NULL, NULL);
}

void toe_watch_disable(struct toe_net *tn)
{
	unregister_fib_notifier(tn->net, &tn->fib_nb);
	cancel_delayed_work_sync(&tn->check_work);
}

void toe_watch_net_init(struct toe_net *tn)
{
	INIT_DELAYED_WORK(&tn->check_work, toe_watch_check_work);
}

/**
 * toe_watch_net_exit() - the namespace goes
 * @tn: the namespace, not enabled
 *
 * Context: process, sleeps.
 */
void toe_watch_net_exit(struct toe_net *tn)
{
	cancel_delayed_work_sync(&tn->check_work);
}

/* ---- next hops ------------------------------------------------------------ */

static bool toe_watch_neigh(struct toe_dev *tdev, void *n)
{
	toe_neigh_changed(tdev, n);
	return true;
}

static bool toe_watch_via(const struct toe_path *path, const void *n)
{
	return path->neigh->n == n;
}

static bool toe_watch_neigh_lost(struct toe_dev *tdev, void *n)
{
	if (toe_paths_revoke(tdev, toe_watch_via, n, TOE_UPLOAD_NEIGHBOUR))
		queue_work(system_highpri_wq, &tdev->priv->revoke_work);
	return true;
}

/* Its device may be a VLAN or a bond above NICs. A stale entry is usable: who
 * has it makes progress, or asks for an upload after time-outs.
 */
static void toe_watch_neigh_update(struct neighbour *n)
{
	u8 state = READ_ONCE(n->nud_state);

	if (state & NUD_VALID)
		toe_dev_walk_all(toe_watch_neigh, n);
	else if (state & NUD_FAILED || READ_ONCE(n->dead))
		toe_dev_walk_all(toe_watch_neigh_lost, n);
}

static int toe_watch_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	const struct netevent_redirect *redirect = ptr;

	rcu_read_lock();
	if (event == NETEVENT_NEIGH_UPDATE)
		toe_watch_neigh_update(ptr);
	else if (event == NETEVENT_REDIRECT)
		toe_watch_routes(toe_pernet(dev_net(redirect->old->dev)));
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

static bool toe_watch_leads(struct net_device *dev, bool *nic)
{
	bool leads;

	rcu_read_lock();
	*nic = toe_dev_of(dev);
	leads = toe_link_leads(dev);
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
	bool nic;

	switch (event) {
	case NETDEV_DOWN:
		if (toe_watch_leads(dev, &nic) && !nic)
			toe_watch_up(dev, TOE_UPLOAD_LINK_DOWN);
		break;
	case NETDEV_CHANGEADDR:
		/* the source of its frames is const */
		if (toe_watch_leads(dev, &nic))
			toe_watch_up(dev, TOE_UPLOAD_ADDRESS);
		break;
	case NETDEV_CHANGEMTU:
		toe_watch_routes(toe_pernet(dev_net(dev)));
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

/* ---- local addresses -------------------------------------------------------- */

struct toe_watch_addr {
	struct net *net;
	u16 family;
	struct in6_addr addr;	/* IPv4 in the first word */
};

static bool toe_watch_from(const struct toe_path *path, const void *arg)
{
	const struct toe_path_const *c = &path->state.c;
	const struct toe_watch_addr *a = arg;

	if (c->family != a->family ||
	    !net_eq(dev_net(path->neigh->n->dev), a->net))
		return false;
	return a->family == AF_INET ? c->saddr == a->addr.s6_addr32[0] :
				      ipv6_addr_equal(&c->saddr6, &a->addr);
}

static bool toe_watch_addr_gone(struct toe_dev *tdev, void *arg)
{
	if (toe_paths_revoke(tdev, toe_watch_from, arg, TOE_UPLOAD_ADDRESS))
		queue_work(system_highpri_wq, &tdev->priv->revoke_work);
	return true;
}

static void toe_watch_addr(struct toe_watch_addr *a)
{
	rcu_read_lock();
	toe_dev_walk_all(toe_watch_addr_gone, a);
	rcu_read_unlock();
}

static int toe_watch_inet(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct toe_watch_addr a = { .family = AF_INET };

	if (event != NETDEV_DOWN)
		return NOTIFY_DONE;
	a.net = dev_net(ifa->ifa_dev->dev);
	a.addr.s6_addr32[0] = ifa->ifa_local;
	toe_watch_addr(&a);
	return NOTIFY_DONE;
}

static struct notifier_block toe_watch_inet_nb = {
	.notifier_call = toe_watch_inet,
};

#if IS_ENABLED(CONFIG_IPV6)
static int toe_watch_inet6(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	struct toe_watch_addr a = { .family = AF_INET6 };

	if (event != NETDEV_DOWN)
		return NOTIFY_DONE;
	a.net = dev_net(ifa->idev->dev);
	a.addr = ifa->addr;
	toe_watch_addr(&a);
	return NOTIFY_DONE;
}

static struct notifier_block toe_watch_inet6_nb = {
	.notifier_call = toe_watch_inet6,
};
#else
static struct notifier_block toe_watch_inet6_nb;
#endif

/* ---- init and exit ------------------------------------------------------------ */

int toe_watch_init(void)
{
	int err;

	err = register_netevent_notifier(&toe_watch_neigh_nb);
	if (err)
		return err;
	err = register_inetaddr_notifier(&toe_watch_inet_nb);
	if (err)
		goto err_neigh;
	err = register_inet6addr_notifier(&toe_watch_inet6_nb);
	if (err)
		goto err_inet;
	err = register_netdevice_notifier(&toe_watch_dev_nb);
	if (err)
		goto err_inet6;
	return 0;

err_inet6:
	unregister_inet6addr_notifier(&toe_watch_inet6_nb);
err_inet:
	unregister_inetaddr_notifier(&toe_watch_inet_nb);
err_neigh:
	unregister_netevent_notifier(&toe_watch_neigh_nb);
	return err;
}

void toe_watch_exit(void)
{
	unregister_netdevice_notifier(&toe_watch_dev_nb);
	unregister_inet6addr_notifier(&toe_watch_inet6_nb);
	unregister_inetaddr_notifier(&toe_watch_inet_nb);
	unregister_netevent_notifier(&toe_watch_neigh_nb);
}
