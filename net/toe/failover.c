// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Failover
 *
 * A NIC or its link fails: its connections come up at once (upload.c) and the
 * host's stack carries them, by the bond's next member or, when the NIC is back,
 * by the same one. Those that lost their place against their will are displaced:
 * a work item per namespace brings each of them to an ordinary attempt, which
 * asks bonding, finds the NICs that can carry it and have room (link.c), and
 * goes down in batches. What finds no place stays in the host and is tried
 * again; no system call of the program is needed.
 *
 * Hysteresis: who is displaced again soon waits twice as long each time. And a
 * connection that found a place on a member which is not bonding's choice moves
 * there only after net.toe.failback_ms of peace.
 */
#include "failover.h"

#include <net/net_namespace.h>
#include <net/tcp.h>

#include "conn.h"
#include "dev.h"
#include "eligible.h"
#include "link.h"
#include "object.h"
#include "trace.h"
#include "upload.h"

#define TOE_FLAPS_MAX		6
/* Down for so many pauses: what was before is forgotten */
#define TOE_FLAP_MEMORY		64
#define TOE_FAILOVER_MIN_MS	10

/* Lost against everybody's will, so that another NIC is worth looking for */
static bool toe_failover_lost(enum toe_upload_reason reason)
{
	switch (reason) {
	case TOE_UPLOAD_LINK_DOWN:
	case TOE_UPLOAD_ROUTE:
	case TOE_UPLOAD_NEIGHBOUR:
	case TOE_UPLOAD_DEVICE_GONE:
	case TOE_UPLOAD_NIC_DEAD:
	case TOE_UPLOAD_MEMBER:
	case TOE_UPLOAD_ADDRESS:
	case TOE_UPLOAD_RELOAD:
		return true;
	default:
		return false;
	}
}

static unsigned long toe_failover_pause(const struct toe_net *tn)
{
	return msecs_to_jiffies(max_t(u32, READ_ONCE(tn->retry_ms),
				      TOE_FAILOVER_MIN_MS));
}

static void toe_failover_kick(struct toe_net *tn, unsigned long delay)
{
	if (READ_ONCE(tn->enabled))
		queue_delayed_work(system_unbound_wq, &tn->failover_work,
				   delay);
}

/**
 * toe_failover_up() - a connection came up
 * @conn: the connection, its way up counted and its pause set
 * @reason: why
 *
 * Context: socket locked.
 */
void toe_failover_up(struct toe_conn *conn, enum toe_upload_reason reason)
{
	struct toe_net *tn = conn->tn;
	unsigned long pause = toe_failover_pause(tn);

	if (!toe_failover_lost(reason)) {
		toe_failover_forget(conn);
		return;
	}
	if (time_after(jiffies, conn->placed + pause * TOE_FLAP_MEMORY))
		conn->flaps = 0;
	conn->retry_at = jiffies + (pause << conn->flaps);
	if (conn->flaps < TOE_FLAPS_MAX)
		conn->flaps++;
	toe_mib_inc(tn, TOE_MIB_DISPLACED);
	if (!__test_and_set_bit(TOE_CONN_DISPLACED, &conn->flags))
		atomic_inc(&tn->displaced);
	toe_failover_kick(tn, pause);
}

/**
 * toe_failover_down() - a NIC took a connection
 * @conn: the connection, conn->tdev is the NIC
 *
 * Context: socket locked.
 */
void toe_failover_down(struct toe_conn *conn)
{
	int ifindex = conn->tdev->netdev->ifindex;

	if (conn->placed_on && conn->placed_on != ifindex) {
		toe_mib_inc(conn->tn, TOE_MIB_MOVED);
		trace_toe_move(conn, conn->placed_on, ifindex);
	}
	conn->placed_on = ifindex;
	conn->placed = jiffies;
	toe_failover_forget(conn);
}

void toe_failover_forget(struct toe_conn *conn)
{
	if (__test_and_clear_bit(TOE_CONN_DISPLACED, &conn->flags))
		atomic_dec(&conn->tn->displaced);
}

/* ---- the work --------------------------------------------------------------- */

/* Is it where bonding would not send it, and could it be there? */
static bool toe_failover_guest(struct toe_conn *conn, struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get(sk);
	struct toe_link link;
	bool guest;

	if (conn->state != TOE_STATE_OFFLOADED || !conn->path->mid || !dst)
		return false;
	rcu_read_lock();
	guest = !toe_link_find(&link, sk, dst->dev) && !link.second &&
		link.tdev != conn->tdev && !toe_eligible_nic(link.tdev, sk);
	rcu_read_unlock();
	return guest;
}

/* release_sock() tries */
static void toe_failover_one(struct toe_conn *conn, bool back)
{
	struct sock *sk = toe_conn_sk_get(conn);

	if (!sk)
		return;
	lock_sock(sk);
	if (back && conn->sk == sk) {
		local_bh_disable();
		if (toe_failover_guest(conn, sk))
			toe_upload(conn, sk, TOE_UPLOAD_MEMBER);
		local_bh_enable();
	}
	release_sock(sk);
	sock_put(sk);
}

static bool toe_failover_back_due(struct toe_net *tn)
{
	unsigned long at = READ_ONCE(tn->failback_at);

	if (!at || time_before(jiffies, at))
		return false;
	/* once, unless it was asked for again meanwhile */
	return cmpxchg(&tn->failback_at, at, 0) == at;
}

static void toe_failover_scan(struct toe_net *tn, bool back)
{
	struct toe_conn *conn;
	u32 id = 0;

	for (; (conn = toe_conn_next(tn, &id)); id++) {
		if (back || (test_bit(TOE_CONN_DISPLACED, &conn->flags) &&
			     time_after_eq(jiffies, READ_ONCE(conn->retry_at))))
			toe_failover_one(conn, back);
		toe_conn_put(conn);
		cond_resched();
	}
}

static void toe_failover_work(struct work_struct *work)
{
	struct toe_net *tn = container_of(to_delayed_work(work),
					  struct toe_net, failover_work);
	unsigned long at;

	toe_failover_scan(tn, toe_failover_back_due(tn));
	at = READ_ONCE(tn->failback_at);
	if (atomic_read(&tn->displaced))
		toe_failover_kick(tn, toe_failover_pause(tn));
	else if (at)
		toe_failover_kick(tn, max_t(long, at - jiffies, 1));
}

void toe_failover_back(void)
{
	struct toe_net *tn;
	struct net *net;

	rcu_read_lock();
	for_each_net_rcu(net) {
		tn = toe_pernet(net);
		if (!READ_ONCE(tn->enabled) || !READ_ONCE(tn->failback_ms))
			continue;
		/* peace counts from the last change */
		WRITE_ONCE(tn->failback_at, (jiffies +
			   msecs_to_jiffies(READ_ONCE(tn->failback_ms))) | 1);
		toe_failover_kick(tn, msecs_to_jiffies(READ_ONCE(tn->failback_ms)));
	}
	rcu_read_unlock();
}

void toe_failover_net_init(struct toe_net *tn)
{
	INIT_DELAYED_WORK(&tn->failover_work, toe_failover_work);
}

/**
 * toe_failover_net_exit() - nothing is moved any more
 * @tn: the namespace, not enabled
 *
 * Context: process, sleeps.
 */
void toe_failover_net_exit(struct toe_net *tn)
{
	cancel_delayed_work_sync(&tn->failover_work);
}
