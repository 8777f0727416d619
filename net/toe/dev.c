// SPDX-License-Identifier: GPL-2.0-only
#include "dev.h"

#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "conn.h"
#include "evict.h"
#include "failover.h"
#include "nl.h"
#include "object.h"
#include "transfer.h"

static LIST_HEAD(toe_devs);	/* RTNL to change, RCU to read */

/**
 * toe_dev_of() - the TOE device behind a network device
 * @dev: any network device
 *
 * Context: RCU.
 * Return: the device, or NULL.
 */
struct toe_dev *toe_dev_of(const struct net_device *dev)
{
	struct toe_dev_priv *priv;

	list_for_each_entry_rcu(priv, &toe_devs, node)
		if (priv->tdev->netdev == dev)
			return priv->tdev;
	return NULL;
}

void toe_dev_walk(struct net *net,
		  bool (*fn)(struct toe_dev *tdev, void *arg), void *arg)
{
	struct toe_dev_priv *priv;

	list_for_each_entry_rcu(priv, &toe_devs, node,
				lockdep_rtnl_is_held())
		if (net_eq(dev_net(priv->tdev->netdev), net) &&
		    !fn(priv->tdev, arg))
			return;
}

void toe_dev_walk_all(bool (*fn)(struct toe_dev *tdev, void *arg), void *arg)
{
	struct toe_dev_priv *priv;

	list_for_each_entry_rcu(priv, &toe_devs, node, lockdep_rtnl_is_held())
		if (!fn(priv->tdev, arg))
			return;
}

bool toe_dev_ready(const struct toe_dev *tdev)
{
	const struct toe_dev_priv *priv = tdev->priv;

	return READ_ONCE(priv->enabled) && !READ_ONCE(priv->dead) &&
	       !atomic_read(&priv->paused) && netif_running(tdev->netdev);
}

u32 toe_dev_room(const struct toe_dev *tdev)
{
	u32 size = READ_ONCE(tdev->caps.tcp_entries);
	u32 used = atomic_read(&tdev->priv->nr_conns);

	return used < size ? size - used : 0;
}

/* ---- a dead device ---------------------------------------------------------- */

#define TOE_RECOVER_PAUSE	msecs_to_jiffies(1000)

/* The port comes first, so that what the host's stack sends again has a way out:
 * sent into a dead port it would be missing for another time-out. Programs wait
 * meanwhile, so the grace period is an expedited one.
 */
static void toe_dev_fail_work(struct work_struct *work)
{
	struct toe_dev_priv *priv = container_of(to_delayed_work(work),
						 struct toe_dev_priv,
						 fail_work);
	int (*recover)(struct toe_dev *tdev) = READ_ONCE(priv->recover);
	struct toe_dev *tdev = priv->tdev;
	int err;

	err = recover ? recover(tdev) : -ENODEV;
	synchronize_rcu_expedited();	/* hand-overs that found it alive */
	toe_upload_dev(tdev, TOE_UPLOAD_NIC_DEAD);
	wait_event(priv->idle, !atomic_read(&priv->nr_conns));
	if (!err) {
		WRITE_ONCE(priv->dead, false);
		toe_nl_dev_event(tdev, TOE_DEV_EVENT_RESUMED);
		toe_failover_back();
	} else if (READ_ONCE(priv->recover)) {
		queue_delayed_work(system_unbound_wq, &priv->fail_work,
				   TOE_RECOVER_PAUSE);
	}
}

/**
 * toe_dev_fail() - the device is dead
 * @tdev: the device
 * @recover: called first, in process context: hands over what the device has
 *	     written and resets it, so that its port works; returns 0 or a
 *	     negative error. Must not take RTNL, under which
 *	     toe_dev_unregister() waits for it. NULL: it stays dead.
 *
 * Context: any.
 */
void toe_dev_fail(struct toe_dev *tdev, int (*recover)(struct toe_dev *tdev))
{
	struct toe_dev_priv *priv = tdev->priv;

	if (!priv || cmpxchg(&priv->dead, false, true))
		return;
	priv->recover = recover;
	toe_nl_dev_event(tdev, TOE_DEV_EVENT_FAILED);
	toe_mib_inc(toe_pernet(dev_net(tdev->netdev)), TOE_MIB_DEV_FAILS);
	queue_delayed_work(system_unbound_wq, &priv->fail_work, 0);
}
EXPORT_SYMBOL_GPL(toe_dev_fail);

/* ---- pause, resume, switch ---------------------------------------------------- */

/**
 * toe_dev_pause() - take everything back and take nothing new
 * @tdev: the device
 * @reason: why
 *
 * Nests. Hand-overs run with BH disabled, so after synchronize_net() none is
 * under way that has not seen the pause.
 *
 * Context: process, sleeps.
 */
void toe_dev_pause(struct toe_dev *tdev, enum toe_upload_reason reason)
{
	struct toe_dev_priv *priv = tdev->priv;

	atomic_inc(&priv->paused);
	synchronize_net();
	toe_nl_dev_event(tdev, TOE_DEV_EVENT_PAUSED);
	toe_upload_dev(tdev, reason);
}
EXPORT_SYMBOL_GPL(toe_dev_pause);

/**
 * toe_dev_resume() - end a pause
 * @tdev: the device, which works
 *
 * Context: process.
 */
void toe_dev_resume(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = tdev->priv;

	if (!WARN_ON_ONCE(!atomic_read(&priv->paused)))
		atomic_dec(&priv->paused);
	toe_nl_dev_event(tdev, TOE_DEV_EVENT_RESUMED);
	toe_failover_back();
}
EXPORT_SYMBOL_GPL(toe_dev_resume);

void toe_dev_enable(struct toe_dev *tdev, bool on)
{
	struct toe_dev_priv *priv = tdev->priv;

	if (priv->enabled == on)
		return;
	WRITE_ONCE(priv->enabled, on);
	if (on)
		return;
	synchronize_net();
	toe_upload_dev(tdev, TOE_UPLOAD_FLAG);
}
EXPORT_SYMBOL_GPL(toe_dev_enable);

bool toe_dev_enabled(const struct toe_dev *tdev)
{
	return READ_ONCE(tdev->priv->enabled);
}
EXPORT_SYMBOL_GPL(toe_dev_enabled);

u32 toe_dev_conns(const struct toe_dev *tdev)
{
	return atomic_read(&tdev->priv->nr_conns);
}
EXPORT_SYMBOL_GPL(toe_dev_conns);

/* ---- registration --------------------------------------------------------------- */

static void toe_dev_batch_work(struct work_struct *work)
{
	struct toe_dev_priv *priv = container_of(to_delayed_work(work),
						 struct toe_dev_priv,
						 batch_work);

	toe_transfer_flush(priv->tdev);
}

static void toe_dev_revoke_work(struct work_struct *work)
{
	struct toe_dev_priv *priv = container_of(work, struct toe_dev_priv,
						 revoke_work);

	toe_upload_revoked(priv->tdev);
}

static struct toe_dev_priv *toe_dev_priv_new(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = kzalloc(sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return NULL;
	priv->tdev = tdev;
	priv->enabled = true;
	init_waitqueue_head(&priv->idle);
	spin_lock_init(&priv->obj_lock);
	spin_lock_init(&priv->conn_lock);
	mutex_init(&priv->work_lock);
	INIT_LIST_HEAD(&priv->neighs);
	INIT_LIST_HEAD(&priv->mids);
	INIT_LIST_HEAD(&priv->batch);
	INIT_LIST_HEAD(&priv->conns);
	toe_evict_dev_init(priv);
	INIT_WORK(&priv->revoke_work, toe_dev_revoke_work);
	INIT_DELAYED_WORK(&priv->fail_work, toe_dev_fail_work);
	INIT_DELAYED_WORK(&priv->batch_work, toe_dev_batch_work);
	return priv;
}

static bool toe_dev_valid(const struct toe_dev *tdev)
{
	const struct toe_ops *ops = tdev->ops;

	return tdev->netdev && ops && ops->initiate && ops->update &&
	       ops->post && ops->terminate && ops->invalidate &&
	       tdev->caps.tcp_entries && tdev->caps.families &&
	       tdev->caps.max_bvec;
}

/**
 * toe_dev_register() - offer a device
 * @tdev: filled by the driver
 *
 * Context: process, RTNL held.
 * Return: 0, -EINVAL when a required operation or capability is missing,
 * -EEXIST, -ENOMEM.
 */
int toe_dev_register(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv;

	ASSERT_RTNL();
	if (!toe_dev_valid(tdev))
		return -EINVAL;
	rcu_read_lock();
	if (toe_dev_of(tdev->netdev)) {
		rcu_read_unlock();
		return -EEXIST;
	}
	rcu_read_unlock();
	priv = toe_dev_priv_new(tdev);
	if (!priv)
		return -ENOMEM;
	tdev->priv = priv;
	list_add_tail_rcu(&priv->node, &toe_devs);
	toe_nl_dev_event(tdev, TOE_DEV_EVENT_REGISTERED);
	return 0;
}
EXPORT_SYMBOL_GPL(toe_dev_register);

/**
 * toe_dev_unregister() - withdraw a device; never refused
 * @tdev: the device
 *
 * 1. hide: no new connection finds it
 * 2. wait for hand-overs that had found it
 * 3. take every connection back
 * 4. wait for those that were closing by themselves
 * 5. work items end; nothing calls the driver any more
 *
 * Context: process, RTNL held.
 */
void toe_dev_unregister(struct toe_dev *tdev)
{
	struct toe_dev_priv *priv = tdev->priv;

	ASSERT_RTNL();
	atomic_inc(&priv->paused);
	list_del_rcu(&priv->node);
	synchronize_net();
	toe_nl_dev_event(tdev, TOE_DEV_EVENT_UNREGISTERED);
	toe_upload_dev(tdev, TOE_UPLOAD_DEVICE_GONE);
	wait_event(priv->idle, !atomic_read(&priv->nr_conns));
	WRITE_ONCE(priv->recover, NULL);
	toe_evict_dev_exit(priv);
	cancel_work_sync(&priv->revoke_work);
	cancel_delayed_work_sync(&priv->fail_work);
	synchronize_rcu();	/* who woke us still looks at priv */
	tdev->priv = NULL;
	kfree(priv);
}
EXPORT_SYMBOL_GPL(toe_dev_unregister);
