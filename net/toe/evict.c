// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Eviction
 *
 * The NIC's table is full, or a quota is used up, and a connection wants down that
 * moves much more than one that is there. Then the one that moves the least comes
 * up and leaves its place to it.
 *
 * Value is payload, both ways, per second, over the last net.toe.evict_ms. Nobody
 * counts it on the way of the data: it is the difference between two looks at
 * the counters of the socket. The connection that wants down is looked at whenever
 * it was refused. Those that are down are looked at by a clock hand, the head of
 * the device's list: each decision looks at TOE_EVICT_LOOK of them at most,
 * whatever the size of the table. Who turns out to be busy goes to the
 * end of the list and lets the hand go on; who is idle stays at its head and is
 * found at once by the next one that looks for a place.
 *
 * Hysteresis: clearly more (toe_value_above()) is several times as much; who has just
 * gone down stays for retry_ms, as does one whose program asked for the NIC, for
 * good; and who had to go waits, twice as long each time, before it asks again. So
 * equals never take turns.
 *
 * A namespace makes room among its own: no one takes a place from another.
 */
#include "evict.h"

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "conn.h"
#include "dev.h"
#include "quota.h"
#include "trace.h"

/* Looked at for one decision, on each device */
#define TOE_EVICT_LOOK		32
/* Intervals after which the first of two looks is too old */
#define TOE_VALUE_OLD		4
/* Clearly more: so many times as much, and so many bytes per second on top */
#define TOE_VALUE_TIMES		4
#define TOE_VALUE_LEAST		4096

/**
 * struct toe_eviction - one that has to go
 * @node: in toe_dev_priv.evictions of its device
 * @conn: it, a reference held
 * @heir: who asked for its place, ditto
 */
struct toe_eviction {
	struct list_head node;
	struct toe_conn *conn;
	struct toe_conn *heir;
};

/**
 * struct toe_search - for a place
 * @heir: who looks for one
 * @rate: of @heir; 0 = not known yet, then those that are down are only looked at
 * @interval: jiffies
 * @quotas: a place that was counted in one of them; 0 = in any or none
 * @best: the one that moves the least so far, a reference held
 * @best_rate: what it moves
 */
struct toe_search {
	struct toe_conn *heir;
	u32 rate;
	unsigned long interval;
	u64 quotas;
	struct toe_conn *best;
	u32 best_rate;
};

/* ---- value ----------------------------------------------------------------- */

bool toe_value_look(struct toe_value *value, u64 bytes, unsigned long now,
		    unsigned long interval)
{
	unsigned long age = now - value->at;

	if (value->marked && age < interval)
		return value->known;
	value->known = value->marked && age <= interval * TOE_VALUE_OLD;
	if (value->known)
		value->rate = min_t(u64, U32_MAX,
				    div64_ul((bytes - value->bytes) * HZ, age));
	value->bytes = bytes;
	value->at = now;
	value->marked = true;
	return value->known;
}

bool toe_value_above(u32 rate, u32 other)
{
	return rate > (u64)other * TOE_VALUE_TIMES + TOE_VALUE_LEAST;
}

/* ---- the choice ------------------------------------------------------------ */

static bool toe_evict_may(const struct toe_conn *conn,
			  const struct toe_search *s)
{
	unsigned int stay = READ_ONCE(conn->tn->retry_ms);

	return conn->tn == s->heir->tn && !conn->evicting &&
	       (!s->quotas || READ_ONCE(conn->quotas) & s->quotas) &&
	       !test_bit(TOE_CONN_WANT, &conn->flags) &&
	       !time_before(jiffies, READ_ONCE(conn->changed) +
				     msecs_to_jiffies(stay));
}

/* False: the hand may go on. Who is on the list has a socket: it leaves the list
 * before that (toe_conn_off_dev()). Its counters are read without its lock.
 */
static bool toe_evict_look(struct toe_conn *conn, struct toe_search *s)
{
	struct toe_value *value = &conn->value;

	if (!toe_evict_may(conn, s))
		return false;
	if (!toe_value_look(value, toe_conn_bytes(conn->sk), jiffies,
			    s->interval))
		return true;
	if (!toe_value_above(s->rate, value->rate))
		return !s->rate;
	if (s->best && s->best_rate <= value->rate)
		return true;
	if (s->best)
		toe_conn_put(s->best);
	s->best = toe_conn_get(conn);
	s->best_rate = value->rate;
	return true;
}

static bool toe_evict_scan(struct toe_dev *tdev, void *arg)
{
	struct toe_dev_priv *priv = tdev->priv;
	struct toe_conn *conn, *next;
	int left;

	spin_lock(&priv->conn_lock);
	left = min(atomic_read(&priv->nr_conns), TOE_EVICT_LOOK);
	list_for_each_entry_safe(conn, next, &priv->conns, dev_node) {
		if (left-- <= 0)
			break;
		if (!toe_evict_look(conn, arg))
			list_move_tail(&conn->dev_node, &priv->conns);
	}
	spin_unlock(&priv->conn_lock);
	return true;
}

/* Its device is the one that it is on now; it may have come up meanwhile. */
static bool toe_evict_queue(struct toe_search *s, struct toe_eviction *e)
{
	struct toe_dev *tdev = READ_ONCE(s->best->tdev);
	struct toe_dev_priv *priv;
	bool ours;

	if (!tdev)
		return false;
	priv = tdev->priv;
	spin_lock(&priv->conn_lock);
	ours = s->best->tdev == tdev && !list_empty(&s->best->dev_node) &&
	       !s->best->evicting;
	if (ours) {
		s->best->evicting = true;
		e->conn = s->best;
		e->heir = toe_conn_get(s->heir);
		list_add_tail(&e->node, &priv->evictions);
		/* as long as it is on the list: toe_evict_dev_exit() comes later */
		queue_work(system_unbound_wq, &priv->evict_work);
	}
	spin_unlock(&priv->conn_lock);
	return ours;
}

static bool toe_evict_choose(struct toe_search *s)
{
	struct toe_eviction *e = kmalloc(sizeof(*e), GFP_ATOMIC);

	if (!e)
		return false;
	trace_toe_evict(s->best, s->best_rate, s->heir, s->rate);
	if (toe_evict_queue(s, e))
		return true;
	kfree(e);
	return false;
}

unsigned long toe_evict_pause(const struct toe_conn *conn,
			      enum toe_refusal why)
{
	if (why != TOE_REFUSAL_LIMIT && why != TOE_REFUSAL_QUOTA &&
	    why != TOE_REFUSAL_NIC_TCP_ENTRIES)
		return 0;
	return msecs_to_jiffies(READ_ONCE(conn->tn->evict_ms));
}

/**
 * toe_evict_for() - look for somebody to make room
 * @conn: a connection that found none
 * @sk: its socket
 * @why: what there was too little of
 * @tdev: the NIC that it would have gone to
 *
 * The place is free a moment later, and @conn is brought to try again.
 *
 * Context: socket locked, BH disabled; @tdev is kept by RCU or by the connection.
 */
void toe_evict_for(struct toe_conn *conn, const struct sock *sk,
		   enum toe_refusal why, struct toe_dev *tdev)
{
	struct toe_search s = {
		.heir = conn,
		.interval = toe_evict_pause(conn, why),
	};

	if (!s.interval)
		return;
	if (why == TOE_REFUSAL_QUOTA)
		s.quotas = toe_quota_full(conn->tn, sk);
	if (toe_value_look(&conn->value, toe_conn_bytes(sk), jiffies,
			   s.interval))
		s.rate = conn->value.rate;
	rcu_read_lock();
	if (why == TOE_REFUSAL_NIC_TCP_ENTRIES)
		toe_evict_scan(tdev, &s);
	else
		toe_dev_walk_all(toe_evict_scan, &s);
	if (s.best && !toe_evict_choose(&s))
		toe_conn_put(s.best);
	rcu_read_unlock();
}

/* ---- the deed -------------------------------------------------------------- */

static struct toe_eviction *toe_eviction_take(struct toe_dev_priv *priv)
{
	struct toe_eviction *e;

	spin_lock_bh(&priv->conn_lock);
	e = list_first_entry_or_null(&priv->evictions, struct toe_eviction,
				     node);
	if (e)
		list_del(&e->node);
	spin_unlock_bh(&priv->conn_lock);
	return e;
}

/* release_sock() tries */
static void toe_evict_heir(struct toe_conn *conn)
{
	struct sock *sk = toe_conn_sk_get(conn);

	if (!sk)
		return;
	lock_sock(sk);
	if (conn->sk == sk)
		conn->retry_at = jiffies;
	release_sock(sk);
	sock_put(sk);
}

static void toe_evict_work(struct work_struct *work)
{
	struct toe_dev_priv *priv = container_of(work, struct toe_dev_priv,
						 evict_work);
	struct toe_eviction *e;

	while ((e = toe_eviction_take(priv))) {
		toe_conn_upload(e->conn, TOE_UPLOAD_EVICTED);
		toe_evict_heir(e->heir);
		toe_conn_put(e->conn);
		toe_conn_put(e->heir);
		kfree(e);
		cond_resched();
	}
}

/**
 * toe_evict_dev_init() - nobody has to go yet
 * @priv: of a new device
 *
 * Context: any.
 */
void toe_evict_dev_init(struct toe_dev_priv *priv)
{
	INIT_LIST_HEAD(&priv->evictions);
	INIT_WORK(&priv->evict_work, toe_evict_work);
}

/**
 * toe_evict_dev_exit() - nobody has to go any more
 * @priv: of a device that is hidden and has no connections
 *
 * Context: process, sleeps.
 */
void toe_evict_dev_exit(struct toe_dev_priv *priv)
{
	flush_work(&priv->evict_work);
}
