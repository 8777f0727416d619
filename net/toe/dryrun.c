// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Dry run
 *
 * The questions are those of a real attempt, asked of the same functions, so
 * that answer and deed can't differ: first what denies for good, then the nature
 * of the connection and its device, last what only has to be waited for.
 *
 * Netfilter is left out. It is asked by a packet, which rules would count and
 * connection tracking remember.
 */
#include "dryrun.h"

#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <net/sock.h>

#include "conn.h"
#include "dev.h"
#include "eligible.h"
#include "link.h"
#include "quota.h"
#include "transfer.h"
#include "verdict.h"

static bool toe_dryrun_end(struct toe_dryrun *run, enum toe_answer answer,
			   enum toe_by by, enum toe_refusal refusal)
{
	run->answer = answer;
	run->by = by;
	run->refusal = refusal;
	return true;
}

static bool toe_dryrun_quota(const struct toe_net *tn, struct toe_dryrun *run)
{
	if (atomic_read(&tn->offloaded) < READ_ONCE(tn->max_connections))
		return false;
	return toe_dryrun_end(run, TOE_ANSWER_WAIT, TOE_BY_MAX_CONNECTIONS,
			      TOE_REFUSAL_LIMIT);
}

/* Nobody has a say against these two */
static bool toe_dryrun_off(const struct toe_net *tn, struct toe_dryrun *run)
{
	if (!READ_ONCE(tn->enabled))
		return toe_dryrun_end(run, TOE_ANSWER_DENY, TOE_BY_ENABLED,
				      TOE_REFUSAL_POLICY);
	if (READ_ONCE(tn->mode) == TOE_MODE_OFF)
		return toe_dryrun_end(run, TOE_ANSWER_DENY, TOE_BY_MODE,
				      TOE_REFUSAL_POLICY);
	return false;
}

static bool toe_dryrun_passes(enum toe_refusal why)
{
	return why == TOE_REFUSAL_LOSS || why == TOE_REFUSAL_URGENT ||
	       why == TOE_REFUSAL_NEIGHBOUR || why == TOE_REFUSAL_MEMORY;
}

static bool toe_dryrun_nature(const struct toe_conn *conn, struct sock *sk,
			      struct toe_dryrun *run)
{
	struct toe_link link;
	enum toe_refusal why;

	rcu_read_lock();
	why = toe_eligible_dry(conn, sk, &link);
	rcu_read_unlock();
	if (!why)
		return false;
	return toe_dryrun_end(run, toe_dryrun_passes(why) ? TOE_ANSWER_WAIT :
							    TOE_ANSWER_DENY,
			      TOE_BY_NONE, why);
}

static bool toe_dryrun_waits(enum toe_by by)
{
	return by == TOE_BY_MIN_BYTES || by == TOE_BY_MIN_AGE_MS ||
	       by == TOE_BY_ACTIVITY;
}

/* A rule would let it go down, once this is as the rule wants it */
static void toe_dryrun_lacks(const struct toe_verdict *verdict,
			     struct toe_dryrun *run)
{
	toe_dryrun_end(run, TOE_ANSWER_WAIT, TOE_BY_RULE, TOE_REFUSAL_NONE);
	run->rule = verdict->waits;
	run->lacks = verdict->lacks;
}

/* @by: what toe_transfer_waits() found */
static bool toe_dryrun_hopes(const struct toe_conn *conn, enum toe_by by)
{
	const struct toe_verdict *verdict = &conn->verdict;

	return !verdict->allow && verdict->lacks && by == verdict->by;
}

static void toe_dryrun_host(struct toe_conn *conn, struct sock *sk,
			    struct toe_dryrun *run)
{
	enum toe_by by;
	bool hopes;

	toe_verdict_refresh(conn, sk);
	by = toe_transfer_waits(conn, sk);
	hopes = toe_dryrun_hopes(conn, by);
	if (toe_dryrun_off(conn->tn, run))
		return;
	if (by && !hopes && !toe_dryrun_waits(by)) {
		toe_dryrun_end(run, TOE_ANSWER_DENY, by, TOE_REFUSAL_NONE);
		return;
	}
	if (toe_dryrun_nature(conn, sk, run) ||
	    toe_dryrun_quota(conn->tn, run))
		return;
	if (toe_quota_full(conn->tn, sk)) {
		toe_dryrun_end(run, TOE_ANSWER_WAIT, TOE_BY_QUOTA,
			       TOE_REFUSAL_QUOTA);
		return;
	}
	if (hopes) {
		toe_dryrun_lacks(&conn->verdict, run);
		return;
	}
	if (!by && time_before(jiffies, conn->retry_at))
		by = TOE_BY_RETRY_MS;
	if (by)
		toe_dryrun_end(run, TOE_ANSWER_WAIT, by, TOE_REFUSAL_NONE);
	else
		toe_dryrun_end(run, TOE_ANSWER_ALLOW, toe_history_asked(conn),
			       TOE_REFUSAL_NONE);
}

/* Down, or on its way: as it went */
static void toe_dryrun_down(const struct toe_conn *conn, struct toe_dryrun *run)
{
	const struct toe_record *last = toe_history_newest(&conn->history);

	run->answer = TOE_ANSWER_ALLOW;
	if (last && last->move == TOE_MOVE_DOWN) {
		run->by = last->by;
		run->rule = last->rule;
		return;
	}
	run->by = toe_history_asked(conn);
}

static bool toe_dryrun_ruled(const struct toe_dryrun *run)
{
	return run->by == TOE_BY_RULE || run->by == TOE_BY_CANARY;
}

/**
 * toe_dryrun_conn() - what would become of a connection
 * @conn: the connection, a reference held
 * @run: out
 *
 * Context: process, sleeps.
 * Return: 0, or -ESHUTDOWN when it was closed meanwhile.
 */
int toe_dryrun_conn(struct toe_conn *conn, struct toe_dryrun *run)
{
	struct sock *sk = toe_conn_sk_get(conn);
	int err = -ESHUTDOWN;

	memset(run, 0, sizeof(*run));
	if (!sk)
		return err;
	lock_sock(sk);
	if (conn->sk == sk) {
		if (conn->state == TOE_STATE_HOST)
			toe_dryrun_host(conn, sk, run);
		else
			toe_dryrun_down(conn, run);
		if (toe_dryrun_ruled(run) && !run->rule)
			run->rule = conn->verdict.rule;
		err = 0;
	}
	release_sock(sk);
	sock_put(sk);
	return err;
}

static enum toe_refusal toe_dryrun_dev(struct net_device *dev, u16 family)
{
	struct toe_dev *tdev = dev ? toe_dev_of(dev) : NULL;

	if (!tdev)
		return TOE_REFUSAL_DEVICE;
	if (!toe_dev_ready(tdev))
		return TOE_REFUSAL_DEVICE_OFF;
	if (!(tdev->caps.families & (family == AF_INET6 ? TOE_FAMILY_IPV6 :
							  TOE_FAMILY_IPV4)))
		return TOE_REFUSAL_NIC_FAMILY;
	return toe_dev_room(tdev) ? TOE_REFUSAL_NONE :
				    TOE_REFUSAL_NIC_TCP_ENTRIES;
}

/* The thresholds, as far as the key tells */
static enum toe_by toe_dryrun_knobs(const struct toe_net *tn,
				    const struct toe_policy_key *key,
				    const struct toe_verdict *verdict)
{
	if (key->now.value[TOE_MEASURE_BYTES] < READ_ONCE(tn->min_bytes) &&
	    !(verdict->measures & BIT(TOE_MEASURE_BYTES)))
		return TOE_BY_MIN_BYTES;
	if (key->now.value[TOE_MEASURE_AGE_MS] < READ_ONCE(tn->min_age_ms) &&
	    !(verdict->measures & BIT(TOE_MEASURE_AGE_MS)))
		return TOE_BY_MIN_AGE_MS;
	return TOE_BY_NONE;
}

static void toe_dryrun_rules(struct toe_net *tn,
			     const struct toe_policy_key *key,
			     const struct toe_verdict *verdict,
			     struct toe_dryrun *run)
{
	enum toe_by by = toe_dryrun_knobs(tn, key, verdict);

	if (toe_dryrun_quota(tn, run))
		return;
	if (!verdict->allow) {
		toe_dryrun_lacks(verdict, run);
	} else if (by) {
		toe_dryrun_end(run, TOE_ANSWER_WAIT, by, TOE_REFUSAL_NONE);
	} else {
		toe_dryrun_end(run, TOE_ANSWER_ALLOW, verdict->by,
			       TOE_REFUSAL_NONE);
		run->rule = verdict->rule;
	}
}

static void __toe_dryrun_key(struct toe_net *tn,
			     const struct toe_policy_key *key,
			     struct toe_dryrun *run)
{
	struct toe_verdict verdict = toe_policy_judge(tn, key);
	enum toe_refusal why;

	if (verdict.unknown) {
		run->unknown = verdict.unknown;
		return;
	}
	if (!verdict.allow && !verdict.lacks) {
		toe_dryrun_end(run, TOE_ANSWER_DENY, verdict.by,
			       TOE_REFUSAL_NONE);
		run->rule = verdict.rule;
		return;
	}
	why = key->known & BIT(TOE_CRITERION_DEV) ?
	      toe_dryrun_dev((struct net_device *)key->dev, key->family) :
	      TOE_REFUSAL_NONE;
	if (why)
		toe_dryrun_end(run, TOE_ANSWER_DENY, TOE_BY_NONE, why);
	else
		toe_dryrun_rules(tn, key, &verdict, run);
}

/**
 * toe_dryrun_key() - what would become of a connection like this
 * @tn: the namespace
 * @key: the connection, without its device
 * @ifindex: of the NIC that its route would lead to, 0 = no matter
 * @run: out
 *
 * Context: any.
 */
void toe_dryrun_key(struct toe_net *tn, struct toe_policy_key *key,
		    int ifindex, struct toe_dryrun *run)
{
	memset(run, 0, sizeof(*run));
	if (toe_dryrun_off(tn, run))
		return;
	if (READ_ONCE(tn->mode) == TOE_MODE_EXPLICIT) {
		toe_dryrun_end(run, TOE_ANSWER_DENY, TOE_BY_MODE,
			       TOE_REFUSAL_NONE);
		return;
	}
	rcu_read_lock();
	if (ifindex) {
		key->known |= BIT(TOE_CRITERION_DEV);
		key->dev = dev_get_by_index_rcu(tn->net, ifindex);
	}
	__toe_dryrun_key(tn, key, run);
	rcu_read_unlock();
}
