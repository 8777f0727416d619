/* SPDX-License-Identifier: GPL-2.0-only */
/* TOE-capable devices known to the framework. */
#ifndef TOE_DEV_H
#define TOE_DEV_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/toe.h>

struct toe_net;

#define TOE_PATH_BUCKETS	256

/**
 * struct toe_dev_priv - the framework's part of a device
 * @tdev: back pointer
 * @node: in the list of all devices (RCU, changed under RTNL)
 * @idle: woken when @nr_conns reaches zero
 * @enabled: ethtool private flag tcp-offload
 * @paused: number of reasons why nothing goes down
 * @dead: found dead, nothing may be called
 * @obj_lock: protects @neighs, @mids, @paths and their reference counts
 * @neighs: struct toe_neigh that are down, for it or on their way (obj_lock)
 * @mids: struct toe_mid, ditto (obj_lock)
 * @paths: struct toe_path, ditto, by addresses (obj_lock)
 * @batch: connections waiting for a common initiate (obj_lock)
 * @batch_nr: how many
 * @batch_work: carries them down
 * @conn_lock: protects @conns, @evictions and the values of connections
 * @conns: connections that are down on this device; the head is where
 *	   toe_evict_for() goes on
 * @nr_conns: how many
 * @work_lock: one upload-all at a time
 * @revoke_work: takes up what is on revoked paths
 * @evictions: struct toe_eviction, those that are to make room (conn_lock)
 * @evict_work: takes them up
 * @fail_work: brings the port back, rebuilds everything from host memory
 * @recover: driver's call for the first part, NULL = it stays dead
 */
struct toe_dev_priv {
	struct toe_dev *tdev;
	struct list_head node;
	wait_queue_head_t idle;
	bool enabled;
	bool dead;
	atomic_t paused;
	spinlock_t obj_lock;	/* neighs, mids, paths, batch */
	struct list_head neighs;
	struct list_head mids;
	struct hlist_head paths[TOE_PATH_BUCKETS];
	struct list_head batch;
	unsigned int batch_nr;
	struct delayed_work batch_work;
	spinlock_t conn_lock;	/* conns, evictions */
	struct list_head conns;
	struct list_head evictions;
	atomic_t nr_conns;
	struct mutex work_lock;	/* one upload-all at a time */
	struct work_struct revoke_work;
	struct work_struct evict_work;
	struct delayed_work fail_work;
	int (*recover)(struct toe_dev *tdev);
};

/* RCU: the TOE device behind @dev, or NULL */
struct toe_dev *toe_dev_of(const struct net_device *dev);

/* May connections go down on it now? */
bool toe_dev_ready(const struct toe_dev *tdev);

/* Connections that would fit on it now, by what it said of its table */
u32 toe_dev_room(const struct toe_dev *tdev);

/* For netlink: devices whose netdev lives in @net; RTNL or RCU. Return false
 * from @fn to stop.
 */
void toe_dev_walk(struct net *net,
		  bool (*fn)(struct toe_dev *tdev, void *arg), void *arg);

/* Ditto, of all namespaces: a VLAN may live in another one than its device */
void toe_dev_walk_all(bool (*fn)(struct toe_dev *tdev, void *arg), void *arg);

/* conn.c: take back what a namespace has on a device (NULL = any); sleeps.
 * TOE_UPLOAD_ADMIN holds each in the host until it is asked for again.
 */
void toe_upload_all(struct toe_dev *tdev, struct toe_net *tn,
		    enum toe_upload_reason reason);

/* conn.c: take everything off a device that takes nothing new; sleeps */
void toe_upload_dev(struct toe_dev *tdev, enum toe_upload_reason reason);

/* conn.c: take up what is on paths that were revoked; sleeps */
void toe_upload_revoked(struct toe_dev *tdev);

#endif /* TOE_DEV_H */
