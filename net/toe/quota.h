/* SPDX-License-Identifier: GPL-2.0-only */
/* What a connection takes of the NIC, and from whose share. */
#ifndef TOE_QUOTA_H
#define TOE_QUOTA_H

#include <linux/atomic.h>
#include <linux/toe.h>
#include <linux/types.h>

struct cgroup;
struct sock;
struct toe_conn;
struct toe_dev;
struct toe_net;

/* Bits of toe_conn.quotas */
#define TOE_QUOTAS	64

#define TOE_QUOTA_LIMIT_MAX	1048576

/**
 * struct toe_quota - share of a cgroup and all below it, in one network namespace
 * @cgrp: the cgroup, a reference held
 * @limit: connections that may be down at once
 * @used: those that are, or are on their way
 * @gone: being taken out: nothing more is counted
 */
struct toe_quota {
	struct cgroup *cgrp;
	u32 limit;
	atomic_t used;
	bool gone;
};

/* A place on @tdev for @conn, taken from every share that it belongs to, or why
 * there is none; then nothing was taken. Socket locked, BH disabled.
 */
enum toe_refusal toe_quota_get(struct toe_conn *conn, struct sock *sk,
			       const struct toe_dev *tdev);
void toe_quota_put(struct toe_conn *conn, struct sock *sk);

/* The quotas of cgroups that have no place left for @sk, as in toe_conn.quotas */
u64 toe_quota_full(struct toe_net *tn, const struct sock *sk);

/* The rest: process context, may sleep. @path: below the root of cgroup2 that the
 * caller sees. What is down beyond a limit comes up.
 */
int toe_quota_set(struct toe_net *tn, const char *path, u32 limit);
int toe_quota_del(struct toe_net *tn, const char *path);

/* For the first one from *@slot on; returns 0 or -ENOENT, -ERANGE: @buf is small */
int toe_quota_next(struct toe_net *tn, unsigned int *slot, char *buf,
		   size_t size, u32 *limit, u32 *used);

/* Nothing is down any more */
void toe_quota_net_exit(struct toe_net *tn);

#endif /* TOE_QUOTA_H */
