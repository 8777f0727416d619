// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Policy
 *
 * Rules are tried in their order, the first that matches decides. Where none
 * does, the lists of net.toe.ports and net.toe.addresses decide, when they are
 * set: both must match. Where they are empty, too, a connection is allowed
 * unless some rule says allow: a list of exceptions only means "all but
 * these", a list of permissions means "these and no others". What a rule asks for
 * is in rule.c.
 *
 * A policy never changes: a change makes a new one (toe_policy_lock) and
 * readers see one or the other (RCU).
 */
#include "policy.h"

#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/ipv6.h>

struct toe_policy {
	struct rcu_head rcu;
	u32 gen;			/* tells dumps of a change */
	bool has_allow;
	unsigned int nr_ports, nr_addrs, nr_rules;
	struct toe_ports ports[TOE_POLICY_MAX_PORTS];
	struct toe_prefix addrs[TOE_POLICY_MAX_ADDRS];
	struct toe_rule rules[];
};

/* One change at a time, of any namespace */
static DEFINE_MUTEX(toe_policy_lock);

/* A server's port is local, a client's remote: either may be listed */
static bool toe_policy_port_listed(const struct toe_policy *policy,
				   const struct toe_policy_key *key)
{
	unsigned int i;

	for (i = 0; i < policy->nr_ports; i++) {
		if (toe_ports_match(&policy->ports[i], key->lport) ||
		    toe_ports_match(&policy->ports[i], key->rport))
			return true;
	}
	return !policy->nr_ports;
}

static bool toe_policy_addr_listed(const struct toe_policy *policy,
				   const struct toe_policy_key *key)
{
	unsigned int i;

	for (i = 0; i < policy->nr_addrs; i++) {
		if (toe_prefix_match(&policy->addrs[i], &key->raddr))
			return true;
	}
	return !policy->nr_addrs;
}

/* Both lists must have it; the one that lacks it, else the last one, decides. */
static enum toe_by toe_policy_lists(const struct toe_policy *policy,
				    const struct toe_policy_key *key,
				    bool *allow)
{
	*allow = false;
	if (!toe_policy_port_listed(policy, key))
		return TOE_BY_PORTS;
	if (!toe_policy_addr_listed(policy, key))
		return TOE_BY_ADDRESSES;
	*allow = true;
	return policy->nr_addrs ? TOE_BY_ADDRESSES : TOE_BY_PORTS;
}

unsigned int toe_policy_share(const struct toe_net *tn,
			      const struct toe_policy_key *key)
{
	struct {
		struct in6_addr laddr, raddr;
		u32 ports;
	} __aligned(SIPHASH_ALIGNMENT) tuple = {
		.laddr = key->laddr,
		.raddr = key->raddr,
		.ports = (u32)key->lport << 16 | key->rport,
	};

	return reciprocal_scale(siphash(&tuple,
					offsetofend(typeof(tuple), ports),
					&tn->secret), 100);
}

/* The rule matches. A canary share is drawn by the connection alone, so that a
 * larger one has those of the smaller one, too.
 */
static void toe_policy_apply(const struct toe_net *tn,
			     const struct toe_policy *policy, unsigned int i,
			     const struct toe_policy_key *key,
			     struct toe_verdict *verdict)
{
	const struct toe_rule *rule = &policy->rules[i];

	verdict->by = TOE_BY_RULE;
	verdict->rule = i + 1;
	verdict->measures = rule->measures;
	verdict->allow = rule->action == TOE_ACTION_ALLOW;
	if (verdict->allow && rule->canary < 100 &&
	    toe_policy_share(tn, key) >= rule->canary) {
		verdict->allow = false;
		verdict->by = TOE_BY_CANARY;
	}
}

/* Returns whether a rule decided */
static bool toe_policy_rules(const struct toe_net *tn,
			     const struct toe_policy *policy,
			     const struct toe_policy_key *key,
			     struct toe_verdict *verdict)
{
	const struct toe_rule *rule;
	unsigned int i;
	u8 what;

	for (i = 0; i < policy->nr_rules; i++) {
		rule = &policy->rules[i];
		switch (toe_rule_match(rule, key, &what, &verdict->open)) {
		case TOE_MATCH_NO:
			break;
		case TOE_MATCH_YES:
			toe_policy_apply(tn, policy, i, key, verdict);
			return true;
		case TOE_MATCH_LACKS:
			if (verdict->lacks || rule->action != TOE_ACTION_ALLOW)
				break;
			verdict->lacks = what;
			verdict->waits = i + 1;
			break;
		case TOE_MATCH_UNKNOWN:
			verdict->unknown = what;
			verdict->rule = i + 1;
			return true;
		}
	}
	return false;
}

static struct toe_verdict toe_policy_decide(const struct toe_net *tn,
					    const struct toe_policy *policy,
					    const struct toe_policy_key *key)
{
	struct toe_verdict verdict = {};

	if (toe_policy_rules(tn, policy, key, &verdict))
		return verdict;
	if (!policy->nr_ports && !policy->nr_addrs) {
		verdict.by = TOE_BY_DEFAULT;
		verdict.allow = !policy->has_allow;
		return verdict;
	}
	verdict.by = toe_policy_lists(policy, key, &verdict.allow);
	return verdict;
}

/**
 * toe_policy_judge() - may the rules ever let a connection go down?
 * @tn: the namespace
 * @key: the connection
 *
 * Context: any; RCU inside.
 * Return: whether, what decided, and for how long that holds.
 */
struct toe_verdict toe_policy_judge(struct toe_net *tn,
				    const struct toe_policy_key *key)
{
	struct toe_verdict verdict = { true, TOE_BY_DEFAULT };
	const struct toe_policy *policy;

	rcu_read_lock();
	policy = rcu_dereference(tn->policy);
	if (policy)
		verdict = toe_policy_decide(tn, policy, key);
	rcu_read_unlock();
	return verdict;
}

static struct toe_policy *toe_policy_old(struct toe_net *tn)
{
	return rcu_dereference_protected(tn->policy,
					 lockdep_is_held(&toe_policy_lock));
}

/* A copy of all but the rules, with room for @nr_rules */
static struct toe_policy *toe_policy_clone(struct toe_net *tn,
					   unsigned int nr_rules)
{
	const struct toe_policy *old = toe_policy_old(tn);
	struct toe_policy *new;

	new = kvzalloc(struct_size(new, rules, nr_rules), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	if (old)
		memcpy(new, old, sizeof(*old));
	new->gen++;
	new->nr_rules = nr_rules;
	return new;
}

/* Copies @nr rules, between @from of the old and @to of the new policy */
static void toe_policy_copy(struct toe_net *tn, struct toe_policy *new,
			    unsigned int to, unsigned int from,
			    unsigned int nr)
{
	const struct toe_policy *old = toe_policy_old(tn);

	if (nr)
		memcpy(&new->rules[to], &old->rules[from],
		       flex_array_size(new, rules, nr));
}

static void toe_policy_replace(struct toe_net *tn, struct toe_policy *new)
{
	struct toe_policy *old = toe_policy_old(tn);
	unsigned int i;

	new->has_allow = false;
	for (i = 0; i < new->nr_rules; i++) {
		if (new->rules[i].action == TOE_ACTION_ALLOW)
			new->has_allow = true;
	}
	rcu_assign_pointer(tn->policy, new);
	kvfree_rcu(old, rcu);
}

static unsigned int toe_policy_nr(struct toe_net *tn)
{
	const struct toe_policy *old = toe_policy_old(tn);

	return old ? old->nr_rules : 0;
}

static int __toe_policy_add(struct toe_net *tn, const struct toe_rule *rule,
			    u32 pos)
{
	unsigned int nr = toe_policy_nr(tn);
	struct toe_policy *new;

	if (nr >= TOE_POLICY_MAX_RULES)
		return -ENOSPC;
	if (!pos)
		pos = nr + 1;
	if (pos > nr + 1)
		return -ERANGE;
	new = toe_policy_clone(tn, nr + 1);
	if (!new)
		return -ENOMEM;
	toe_policy_copy(tn, new, 0, 0, pos - 1);
	new->rules[pos - 1] = *rule;
	toe_policy_copy(tn, new, pos, pos - 1, nr - (pos - 1));
	toe_policy_replace(tn, new);
	return 0;
}

/**
 * toe_policy_add() - insert a rule
 * @tn: the namespace
 * @rule: the rule, checked by the caller
 * @pos: the place it takes, 1 = first, 0 = last
 *
 * Context: process.
 * Return: 0, -ERANGE (no such place), -ENOSPC (too many rules), -ENOMEM.
 */
int toe_policy_add(struct toe_net *tn, const struct toe_rule *rule, u32 pos)
{
	int err;

	mutex_lock(&toe_policy_lock);
	err = __toe_policy_add(tn, rule, pos);
	mutex_unlock(&toe_policy_lock);
	return err;
}

static int __toe_policy_del(struct toe_net *tn, u32 pos)
{
	unsigned int nr = toe_policy_nr(tn);
	struct toe_policy *new;

	if (!pos || pos > nr)
		return -ENOENT;
	new = toe_policy_clone(tn, nr - 1);
	if (!new)
		return -ENOMEM;
	toe_policy_copy(tn, new, 0, 0, pos - 1);
	toe_policy_copy(tn, new, pos - 1, pos, nr - pos);
	toe_policy_replace(tn, new);
	return 0;
}

/**
 * toe_policy_del() - remove a rule
 * @tn: the namespace
 * @pos: its place, 1 = first
 *
 * Context: process.
 * Return: 0, -ENOENT (no such rule), -ENOMEM.
 */
int toe_policy_del(struct toe_net *tn, u32 pos)
{
	int err;

	mutex_lock(&toe_policy_lock);
	err = __toe_policy_del(tn, pos);
	mutex_unlock(&toe_policy_lock);
	return err;
}

/**
 * toe_policy_flush() - remove all rules; ports and addresses stay
 * @tn: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toe_policy_flush(struct toe_net *tn)
{
	struct toe_policy *new;

	mutex_lock(&toe_policy_lock);
	new = toe_policy_clone(tn, 0);
	if (new)
		toe_policy_replace(tn, new);
	mutex_unlock(&toe_policy_lock);
	return new ? 0 : -ENOMEM;
}

/**
 * toe_policy_get() - read a rule
 * @tn: the namespace
 * @pos: its place, 1 = first
 * @rule: out
 * @gen: out: changes with every change of the policy; set in any case
 *
 * Context: any; RCU inside.
 * Return: 0 or -ENOENT (no such rule).
 */
int toe_policy_get(struct toe_net *tn, u32 pos, struct toe_rule *rule,
		   u32 *gen)
{
	const struct toe_policy *policy;
	int err = -ENOENT;

	rcu_read_lock();
	policy = rcu_dereference(tn->policy);
	*gen = policy ? policy->gen : 0;
	if (policy && pos && pos <= policy->nr_rules) {
		*rule = policy->rules[pos - 1];
		err = 0;
	}
	rcu_read_unlock();
	return err;
}

/**
 * toe_policy_set_ports() - write net.toe.ports
 * @tn: the namespace
 * @text: list, torn to pieces
 *
 * Context: process.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int toe_policy_set_ports(struct toe_net *tn, char *text)
{
	struct toe_policy *new;
	int ret = -ENOMEM;

	mutex_lock(&toe_policy_lock);
	new = toe_policy_clone(tn, toe_policy_nr(tn));
	if (!new)
		goto out;
	ret = toe_ports_parse(text, new->ports, TOE_POLICY_MAX_PORTS);
	if (ret < 0) {
		kvfree(new);
		goto out;
	}
	new->nr_ports = ret;
	toe_policy_copy(tn, new, 0, 0, new->nr_rules);
	toe_policy_replace(tn, new);
out:
	mutex_unlock(&toe_policy_lock);
	return ret < 0 ? ret : 0;
}

/**
 * toe_policy_set_addresses() - write net.toe.addresses
 * @tn: the namespace
 * @text: list, torn to pieces
 *
 * Context: process.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int toe_policy_set_addresses(struct toe_net *tn, char *text)
{
	struct toe_policy *new;
	int ret = -ENOMEM;

	mutex_lock(&toe_policy_lock);
	new = toe_policy_clone(tn, toe_policy_nr(tn));
	if (!new)
		goto out;
	ret = toe_prefixes_parse(text, new->addrs, TOE_POLICY_MAX_ADDRS);
	if (ret < 0) {
		kvfree(new);
		goto out;
	}
	new->nr_addrs = ret;
	toe_policy_copy(tn, new, 0, 0, new->nr_rules);
	toe_policy_replace(tn, new);
out:
	mutex_unlock(&toe_policy_lock);
	return ret < 0 ? ret : 0;
}

/**
 * toe_policy_show_ports() - read net.toe.ports
 * @tn: the namespace
 * @buf: out
 * @size: of @buf
 *
 * Context: any; RCU inside.
 * Return: characters written.
 */
int toe_policy_show_ports(struct toe_net *tn, char *buf, size_t size)
{
	const struct toe_policy *policy;
	int ret = 0;

	*buf = '\0';
	rcu_read_lock();
	policy = rcu_dereference(tn->policy);
	if (policy)
		ret = toe_ports_print(buf, size, policy->ports,
				      policy->nr_ports);
	rcu_read_unlock();
	return ret;
}

/**
 * toe_policy_show_addresses() - read net.toe.addresses
 * @tn: the namespace
 * @buf: out
 * @size: of @buf
 *
 * Context: any; RCU inside.
 * Return: characters written.
 */
int toe_policy_show_addresses(struct toe_net *tn, char *buf, size_t size)
{
	const struct toe_policy *policy;
	int ret = 0;

	*buf = '\0';
	rcu_read_lock();
	policy = rcu_dereference(tn->policy);
	if (policy)
		ret = toe_prefixes_print(buf, size, policy->addrs,
					 policy->nr_addrs);
	rcu_read_unlock();
	return ret;
}

/**
 * toe_policy_net_init() - a namespace without rules
 * @tn: the namespace
 *
 * Context: process.
 * Return: 0.
 */
int toe_policy_net_init(struct toe_net *tn)
{
	RCU_INIT_POINTER(tn->policy, NULL);
	get_random_bytes(&tn->secret, sizeof(tn->secret));
	return 0;
}

/**
 * toe_policy_net_exit() - free the rules of a namespace
 * @tn: the namespace, no reader is left
 *
 * Context: process.
 */
void toe_policy_net_exit(struct toe_net *tn)
{
	kvfree(rcu_dereference_protected(tn->policy, true));
	RCU_INIT_POINTER(tn->policy, NULL);
}
