/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver of the simulated TOE NIC.
 *
 * DOC: Lock order
 *
 *	RTNL
 *	  lock of the devlink	reload, parameters, recovery; taken by
 *	  instance		devlink; RTNL may not be taken inside
 *	    simtoe::hw_mutex	start, stop and reset of the hardware
 *	      socket's spin lock	held by the framework around toe_ops
 *	        simtoe::lock	mailbox scratch, host ids, ring's consumer
 *				side, batch; BH disabled
 *	          framework's inbox lock, locks of the hardware
 */
#ifndef SIMTOE_H
#define SIMTOE_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/toe.h>

#include "../../../sim_nic/regs.h"

#define SIMTOE_DRV_NAME		"simtoe"
#define SIMTOE_DRV_VERSION	"1.0"

struct devlink;
struct ethtool_test;
struct devlink_health_reporter;

/* Completions that failed a check, by kind */
enum simtoe_bad {
	SIMTOE_BAD_RING,	/* producer index out of range */
	SIMTOE_BAD_COOKIE,	/* no such connection */
	SIMTOE_BAD_HANDLE,	/* not the handle of that connection */
	SIMTOE_BAD_FLAGS,
	SIMTOE_BAD_BUF,		/* buffer missing or not wanted */
	SIMTOE_BAD_LEN,

	__SIMTOE_BAD_MAX
};

/* How a failed device was noticed */
enum simtoe_cause {
	SIMTOE_CAUSE_NONE,
	SIMTOE_CAUSE_DEAD,
	SIMTOE_CAUSE_HUNG,
	SIMTOE_CAUSE_MBOX,
	SIMTOE_CAUSE_RING,
	SIMTOE_CAUSE_COOKIE,
};

/* What the device and its driver show at one moment */
struct simtoe_snap {
	u32 reg[__SIM_REG_MAX];
	u64 stat[__SIM_STAT_MAX];
	u32 heartbeat, beat_age_ms;	/* as the watchdog saw it last */
	u32 prod, cons, entries;	/* of the ring in host memory */
	u32 conns;
	u64 completions, resets, hangs;
	u64 bad[__SIMTOE_BAD_MAX];
};

/* Host id table: what the cookie in a completion stands for */
struct simtoe_entry {
	struct toe_conn *conn;
	u32 cookie;		/* also the handle that the framework sees */
	u32 handle;		/* the hardware's */
	struct rcu_head rcu;
};

struct simtoe_scratch;

#define SIMTOE_HOT	1024	/* power of two */

struct simtoe {
	struct toe_dev tdev;
	struct net_device *netdev, *lower;
	struct sim_hw *hw;
	struct devlink *devlink;
	struct devlink_health_reporter *reporter;
	u64 reported;		/* of failures; simtoe_recover() only, as is: */
	bool auto_recover;	/* devlink wants the last one to be recovered */
	struct napi_struct napi;
	struct delayed_work watchdog;
	u32 heartbeat;		/* last seen */
	unsigned long beat_at;	/* jiffies when it moved */
	u64 hangs;
	bool stopping;		/* no more watchdog */
	bool toe_registered;
	bool uc_added;		/* our address in lower's filter */
	bool mirror;		/* packet sockets see the device's own frames */

	struct mutex hw_mutex;	/* running, the ring's size and test */
	bool running;
	struct completion test_done;	/* the ring's test arrived */

	spinlock_t lock;	/* all below */
	struct simtoe_scratch *scratch;
	struct xarray ids;	/* struct simtoe_entry by cookie; RCU readers */
	struct simtoe_entry *hot[SIMTOE_HOT];	/* of them, by the cookie's low
						 * bits: the last one in use
						 */
	u32 next_id;
	struct sim_cq *cq;
	u32 cq_entries;		/* written under hw_mutex, too */
	u32 test_token;		/* awaited, 0 = none */
	struct toe_batch batch;
	bool broken;		/* the ring's end is unknown */
	bool distrust;		/* a completion named no connection */
	bool resetting;		/* nobody may talk to the hardware */
	bool failed;		/* since @cause, until it is reset */
	u64 failures;
	enum simtoe_cause cause;	/* of the last one */
	struct simtoe_snap snap;	/* at that moment */
	u64 bad[__SIMTOE_BAD_MAX];
	u64 completions, resets;
	u64 asked[__TOE_UPLOAD_MAX];	/* by the device, for an upload */
	u64 refused[__SIM_STATUS_MAX];	/* objects, by the device */
};

/* The entry of a cookie, or NULL; without a walk of the tree when it was the
 * last one of those in its place to be heard of. Lock held, or RCU.
 */
static inline struct simtoe_entry *simtoe_entry_find(struct simtoe *st,
						     u32 cookie)
{
	struct simtoe_entry *entry = READ_ONCE(st->hot[cookie % SIMTOE_HOT]);

	if (likely(entry && entry->cookie == cookie))
		return entry;
	return xa_load(&st->ids, cookie);
}

/* Lock held, so that none that has left is put there. */
static inline void __simtoe_entry_heat(struct simtoe *st,
				       struct simtoe_entry *entry)
{
	struct simtoe_entry **hot = &st->hot[entry->cookie % SIMTOE_HOT];

	if (unlikely(*hot != entry))
		smp_store_release(hot, entry);	/* the entry before it */
}

static inline struct simtoe *simtoe_of(struct toe_dev *tdev)
{
	return container_of(tdev, struct simtoe, tdev);
}

/* netdev.c */
extern struct rtnl_link_ops simtoe_link_ops;
extern struct notifier_block simtoe_notifier;

/* ethtool.c */
extern const struct ethtool_ops simtoe_ethtool_ops;

/* selftest.c */
u32 simtoe_test_count(void);
void simtoe_test_names(u8 *buf);
void simtoe_self_test(struct net_device *dev, struct ethtool_test *test,
		      u64 *data);

/* rings.c */
int simtoe_rings_init(struct simtoe *st);
void simtoe_rings_exit(struct simtoe *st);
struct sim_cq *simtoe_ring_alloc(u32 entries);
void simtoe_ring_replace(struct simtoe *st, struct sim_cq *cq, u32 entries);
bool simtoe_ring_test(struct simtoe *st);
void simtoe_ring_reset(struct simtoe *st);
void __simtoe_ring_drain(struct simtoe *st);
int simtoe_poll(struct napi_struct *napi, int budget);
void __simtoe_ring_last(struct simtoe *st);
void simtoe_fail(struct simtoe *st, u64 resets, enum simtoe_cause cause);
extern const struct sim_host_ops simtoe_host_ops;

/* mirror.c */
void simtoe_mirror_enable(struct simtoe *st, bool on);
void simtoe_mirror_update(struct simtoe *st);
void simtoe_mirror_poll(struct simtoe *st);
void simtoe_mirror_drop(struct simtoe *st);

/* objects.c */
void simtoe_neigh_down(struct sim_neigh_state *to,
		       const struct toe_neigh_state *from);
void simtoe_neigh_up(struct toe_neigh_state *to,
		     const struct sim_neigh_state *from);
void simtoe_vlan_up(struct toe_vlan_state *to,
		    const struct sim_vlan_state *from);
void simtoe_vlan_down(struct sim_vlan_state *to,
		      const struct toe_vlan_state *from);
void simtoe_lag_up(struct toe_lag_state *to, const struct sim_lag_state *from);
void simtoe_lag_down(struct sim_lag_state *to,
		     const struct toe_lag_state *from);
void simtoe_path_down(struct sim_path_state *to,
		      const struct toe_path_state *from);
void simtoe_tcp_down(struct eng_state *to, const struct toe_tcp_state *from,
		     bool ipv6);
void simtoe_path_up(struct toe_path_state *to,
		    const struct sim_path_state *from);
void simtoe_tcp_up(struct toe_tcp_state *to, const struct eng_state *from);
void simtoe_tcp_query(struct toe_tcp_state *to, const struct eng_state *from);

/* toe_ops.c */
extern const struct toe_ops simtoe_toe_ops;
int simtoe_ids_init(struct simtoe *st);
void simtoe_ids_exit(struct simtoe *st);
void __simtoe_ids_flush(struct simtoe *st);

/* watchdog.c */
void simtoe_watchdog_init(struct simtoe *st);
void simtoe_watchdog_start(struct simtoe *st);
void simtoe_watchdog_stop(struct simtoe *st);
int simtoe_hw_renew(struct simtoe *st);
int simtoe_hw_revive(struct simtoe *st);
int simtoe_hw_up(struct simtoe *st);
void simtoe_hw_down(struct simtoe *st);
int simtoe_hw_ring(struct simtoe *st, struct sim_cq *cq, u32 entries);

/* health.c */
void __simtoe_health_note(struct simtoe *st, enum simtoe_cause cause);
int simtoe_recover(struct toe_dev *tdev);
int simtoe_health_create(struct simtoe *st, struct devlink *devlink);
void simtoe_health_destroy(struct simtoe *st);

/* devlink.c */
int simtoe_devlink_create(struct simtoe *st);
void simtoe_devlink_destroy(struct simtoe *st);
const char *simtoe_devlink_name(const struct simtoe *st);

#endif /* SIMTOE_H */
