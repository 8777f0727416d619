// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Shares
 *
 * A connection that goes down takes a place of its namespace
 * (net.toe.max_connections) and of each cgroup above its socket that has a quota,
 * and what the NIC needs for it in host memory. It takes all of it or nothing, under
 * its socket's lock, remembers what it took, and gives back just that.
 *
 * The cgroup is that of the socket: of who made it, or of its listener's. It does not
 * change.
 *
 * A quota that is set counts, by and by, what is down already; one that is taken out
 * is forgotten by each connection before its bit is used again. Both walk the
 * connections of the namespace after a grace period: toe_quota_get() runs under
 * RCU, so who has not seen the change has a bit to be found by the walk.
 *
 * Memory is charged to the socket as its own buffers are, and so to tcp_mem and to the
 * memory cgroup.
 */
#include "quota.h"

#include <linux/cgroup.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/toe.h>

#include "conn.h"

/* One change at a time, of any namespace */
static DEFINE_MUTEX(toe_quota_lock);

/* ---- memory -------------------------------------------------------------------- */

/* As for what is received: to send would shrink the send buffer for want of it */
static bool toe_memory_get(struct toe_conn *conn, struct sock *sk, u32 size)
{
	int need = size - sk->sk_forward_alloc;

	if (need > 0 && !__sk_mem_schedule(sk, need, SK_MEM_RECV))
		return false;
	sk_mem_charge(sk, size);
	conn->nic_memory = size;
	return true;
}

static void toe_memory_put(struct toe_conn *conn, struct sock *sk)
{
	if (!conn->nic_memory)
		return;
	sk_mem_uncharge(sk, conn->nic_memory);
	conn->nic_memory = 0;
}

/* ---- cgroups ------------------------------------------------------------------- */

#ifdef CONFIG_SOCK_CGROUP_DATA
static bool toe_quota_applies(const struct toe_quota *quota,
			      const struct sock *sk)
{
	/* neither takes const, neither writes */
	struct sock_cgroup_data *skcd = (void *)&sk->sk_cgrp_data;

	return !READ_ONCE(quota->gone) &&
	       cgroup_is_descendant(sock_cgroup_ptr(skcd), quota->cgrp);
}

static struct cgroup *toe_cgroup_get(const char *path)
{
	return cgroup_get_from_path(path);
}

static void toe_cgroup_put(struct cgroup *cgrp)
{
	cgroup_put(cgrp);
}

static bool toe_cgroup_dead(const struct cgroup *cgrp)
{
	return !(cgrp->self.flags & CSS_ONLINE);
}

static int toe_cgroup_path(struct cgroup *cgrp, char *buf, size_t size)
{
	int len = cgroup_path_ns(cgrp, buf, size, current->nsproxy->cgroup_ns);

	return len < 0 || len >= size ? -ERANGE : 0;
}
#else
static bool toe_quota_applies(const struct toe_quota *quota,
			      const struct sock *sk)
{
	return false;
}

static struct cgroup *toe_cgroup_get(const char *path)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static void toe_cgroup_put(struct cgroup *cgrp)
{
}

static bool toe_cgroup_dead(const struct cgroup *cgrp)
{
	return false;
}

static int toe_cgroup_path(struct cgroup *cgrp, char *buf, size_t size)
{
	return -ERANGE;
}
#endif

static bool toe_quota_take(struct toe_conn *conn, struct toe_quota *quota,
			   unsigned int slot)
{
	if (atomic_inc_return(&quota->used) > READ_ONCE(quota->limit)) {
		atomic_dec(&quota->used);
		return false;
	}
	conn->quotas |= BIT_ULL(slot);
	return true;
}

/* A bit that is set keeps its quota */
static void toe_quotas_put(struct toe_conn *conn)
{
	struct toe_quota *quota;
	unsigned int slot;

	if (!conn->quotas)
		return;
	rcu_read_lock();
	for (slot = 0; slot < TOE_QUOTAS; slot++) {
		if (!(conn->quotas & BIT_ULL(slot)))
			continue;
		quota = rcu_dereference(conn->tn->quotas[slot]);
		if (!WARN_ON_ONCE(!quota))
			atomic_dec(&quota->used);
	}
	rcu_read_unlock();
	conn->quotas = 0;
}

static bool toe_quotas_get(struct toe_conn *conn, const struct sock *sk)
{
	struct toe_quota *quota;
	unsigned int slot;
	bool ok = true;

	rcu_read_lock();
	for (slot = 0; ok && slot < TOE_QUOTAS; slot++) {
		quota = rcu_dereference(conn->tn->quotas[slot]);
		if (quota && toe_quota_applies(quota, sk))
			ok = toe_quota_take(conn, quota, slot);
	}
	if (!ok)
		toe_quotas_put(conn);
	rcu_read_unlock();
	return ok;
}

u64 toe_quota_full(struct toe_net *tn, const struct sock *sk)
{
	struct toe_quota *quota;
	unsigned int slot;
	u64 full = 0;

	rcu_read_lock();
	for (slot = 0; slot < TOE_QUOTAS; slot++) {
		quota = rcu_dereference(tn->quotas[slot]);
		if (quota && toe_quota_applies(quota, sk) &&
		    atomic_read(&quota->used) >= READ_ONCE(quota->limit))
			full |= BIT_ULL(slot);
	}
	rcu_read_unlock();
	return full;
}

/* ---- all of it ----------------------------------------------------------------- */

static bool toe_place_get(struct toe_net *tn)
{
	if (atomic_inc_return(&tn->offloaded) <=
	    READ_ONCE(tn->max_connections))
		return true;
	atomic_dec(&tn->offloaded);
	return false;
}

enum toe_refusal toe_quota_get(struct toe_conn *conn, struct sock *sk,
			       const struct toe_dev *tdev)
{
	enum toe_refusal why = TOE_REFUSAL_LIMIT;

	if (!toe_place_get(conn->tn))
		return why;
	why = TOE_REFUSAL_QUOTA;
	if (!toe_quotas_get(conn, sk))
		goto err_place;
	why = TOE_REFUSAL_MEMORY;
	if (!toe_memory_get(conn, sk, tdev->caps.conn_memory))
		goto err_quotas;
	return TOE_REFUSAL_NONE;

err_quotas:
	toe_quotas_put(conn);
err_place:
	atomic_dec(&conn->tn->offloaded);
	return why;
}

/**
 * toe_quota_put() - give back what toe_quota_get() took
 * @conn: a connection that is not down, or just came up
 * @sk: its socket
 *
 * Context: socket locked, BH disabled.
 */
void toe_quota_put(struct toe_conn *conn, struct sock *sk)
{
	toe_memory_put(conn, sk);
	toe_quotas_put(conn);
	atomic_dec(&conn->tn->offloaded);
}

/* ---- changes ------------------------------------------------------------------- */

static struct toe_quota *toe_quota_at(const struct toe_net *tn,
				      unsigned int slot)
{
	return rcu_dereference_protected(tn->quotas[slot],
					 lockdep_is_held(&toe_quota_lock));
}

/* NULL: any free one. Returns TOE_QUOTAS when there is none. */
static unsigned int toe_quota_slot(const struct toe_net *tn,
				   const struct cgroup *cgrp)
{
	struct toe_quota *quota;
	unsigned int slot;

	for (slot = 0; slot < TOE_QUOTAS; slot++) {
		quota = toe_quota_at(tn, slot);
		if (cgrp ? quota && quota->cgrp == cgrp : !quota)
			break;
	}
	return slot;
}

/* It may be down since before the quota was there. True: beyond the limit, where
 * @kept have been found that are not.
 */
static bool toe_quota_recheck(struct toe_conn *conn, const struct sock *sk,
			      struct toe_quota *quota, unsigned int slot,
			      u32 *kept)
{
	if (conn->state == TOE_STATE_HOST || !toe_quota_applies(quota, sk))
		return false;
	if (!(conn->quotas & BIT_ULL(slot))) {
		atomic_inc(&quota->used);
		conn->quotas |= BIT_ULL(slot);
	}
	return ++*kept > READ_ONCE(quota->limit);
}

static void toe_quota_forget(struct toe_conn *conn, struct toe_quota *quota,
			     unsigned int slot)
{
	if (!(conn->quotas & BIT_ULL(slot)))
		return;
	atomic_dec(&quota->used);
	conn->quotas &= ~BIT_ULL(slot);
}

/* Every connection of the namespace meets a change of a quota. */
static void toe_quota_walk(struct toe_net *tn, struct toe_quota *quota,
			   unsigned int slot)
{
	struct toe_conn *conn;
	struct sock *sk;
	u32 kept = 0;
	u32 id = 0;

	synchronize_rcu();	/* those who have not seen it */
	for (; (conn = toe_conn_next(tn, &id)); id++) {
		sk = toe_conn_sk_get(conn);
		if (sk) {
			lock_sock(sk);
			if (conn->sk != sk)
				;	/* gone, and gave back what it had */
			else if (quota->gone)
				toe_quota_forget(conn, quota, slot);
			else if (toe_quota_recheck(conn, sk, quota, slot,
						   &kept))
				toe_conn_withdraw(conn, sk, TOE_BY_QUOTA);
			release_sock(sk);
			sock_put(sk);
		}
		toe_conn_put(conn);
		cond_resched();
	}
}

static void toe_quota_free(struct toe_quota *quota)
{
	toe_cgroup_put(quota->cgrp);
	kfree(quota);
}

static void toe_quota_remove(struct toe_net *tn, unsigned int slot)
{
	struct toe_quota *quota = toe_quota_at(tn, slot);

	WRITE_ONCE(quota->gone, true);
	toe_quota_walk(tn, quota, slot);
	RCU_INIT_POINTER(tn->quotas[slot], NULL);
	synchronize_rcu();
	toe_quota_free(quota);
}

/* Its cgroup was removed, and no socket of it is down any more. */
static bool toe_quota_over(const struct toe_quota *quota)
{
	return toe_cgroup_dead(quota->cgrp) && !atomic_read(&quota->used);
}

static void toe_quota_prune(struct toe_net *tn)
{
	struct toe_quota *quota;
	unsigned int slot;

	for (slot = 0; slot < TOE_QUOTAS; slot++) {
		quota = toe_quota_at(tn, slot);
		if (quota && toe_quota_over(quota))
			toe_quota_remove(tn, slot);
	}
}

/* Takes over the reference on @cgrp */
static int toe_quota_add(struct toe_net *tn, struct cgroup *cgrp, u32 limit)
{
	unsigned int slot = toe_quota_slot(tn, NULL);
	struct toe_quota *quota = NULL;

	if (slot < TOE_QUOTAS)
		quota = kzalloc(sizeof(*quota), GFP_KERNEL_ACCOUNT);
	if (!quota) {
		toe_cgroup_put(cgrp);
		return slot < TOE_QUOTAS ? -ENOMEM : -ENOSPC;
	}
	quota->cgrp = cgrp;
	quota->limit = limit;
	rcu_assign_pointer(tn->quotas[slot], quota);
	toe_quota_walk(tn, quota, slot);
	return 0;
}

/**
 * toe_quota_set() - give a cgroup a share, or change it
 * @tn: the namespace
 * @path: of the cgroup
 * @limit: connections down at once
 *
 * Those beyond the limit come up, the youngest, before it returns.
 *
 * Context: process, sleeps.
 * Return: 0; -ENOENT, -ENOTDIR: no such cgroup; -ENOSPC, -ENOMEM; -EOPNOTSUPP:
 * the kernel has no cgroup2.
 */
int toe_quota_set(struct toe_net *tn, const char *path, u32 limit)
{
	struct cgroup *cgrp = toe_cgroup_get(path);
	struct toe_quota *quota;
	unsigned int slot;
	int err = 0;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&toe_quota_lock);
	toe_quota_prune(tn);
	slot = toe_quota_slot(tn, cgrp);
	if (slot == TOE_QUOTAS) {
		err = toe_quota_add(tn, cgrp, limit);
	} else {
		toe_cgroup_put(cgrp);
		quota = toe_quota_at(tn, slot);
		WRITE_ONCE(quota->limit, limit);
		toe_quota_walk(tn, quota, slot);
	}
	mutex_unlock(&toe_quota_lock);
	return err;
}

/**
 * toe_quota_del() - a cgroup has no share of its own any more
 * @tn: the namespace
 * @path: of the cgroup
 *
 * Context: process, sleeps.
 * Return: 0; -ENOENT, -ENOTDIR: no such cgroup; -ESRCH: it has no quota.
 */
int toe_quota_del(struct toe_net *tn, const char *path)
{
	struct cgroup *cgrp = toe_cgroup_get(path);
	unsigned int slot;

	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	mutex_lock(&toe_quota_lock);
	toe_quota_prune(tn);
	slot = toe_quota_slot(tn, cgrp);
	if (slot < TOE_QUOTAS)
		toe_quota_remove(tn, slot);
	mutex_unlock(&toe_quota_lock);
	toe_cgroup_put(cgrp);
	return slot < TOE_QUOTAS ? 0 : -ESRCH;
}

int toe_quota_next(struct toe_net *tn, unsigned int *slot, char *buf,
		   size_t size, u32 *limit, u32 *used)
{
	struct toe_quota *quota = NULL;
	int err = -ENOENT;

	mutex_lock(&toe_quota_lock);
	for (; *slot < TOE_QUOTAS; ++*slot) {
		quota = toe_quota_at(tn, *slot);
		if (quota && !toe_quota_over(quota))
			break;
	}
	if (*slot < TOE_QUOTAS) {
		*limit = quota->limit;
		*used = atomic_read(&quota->used);
		err = toe_cgroup_path(quota->cgrp, buf, size);
	}
	mutex_unlock(&toe_quota_lock);
	return err;
}

void toe_quota_net_exit(struct toe_net *tn)
{
	struct toe_quota *quota;
	unsigned int slot;

	for (slot = 0; slot < TOE_QUOTAS; slot++) {
		quota = rcu_dereference_protected(tn->quotas[slot], true);
		if (!quota)
			continue;
		WARN_ON_ONCE(atomic_read(&quota->used));
		toe_quota_free(quota);
	}
}
