// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Rules
 *
 * What a rule asks for is of three kinds. Family, addresses, ports, direction and
 * cgroup of a connection never change. Device, uid and mark may, by a route, by
 * fchown(), by SO_MARK. Bytes, age, rate and round trip time are measured. A
 * connection whose verdict rests on one of the last two kinds is open: it is
 * judged again while it is in the host, at most once a tick of the clock.
 *
 * Of a connection that is down, what is measured counts in its favour: a rule that
 * allows matches by the values of now or by those that it went down with, one
 * that denies only by both. So a changed policy takes back what its new rules would
 * not have let down, and not what is idle at this moment.
 */
#include "policy.h"

#include <linux/cgroup.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>

bool toe_ports_match(const struct toe_ports *ports, u16 port)
{
	return port >= ports->min && port <= ports->max;
}

bool toe_prefix_match(const struct toe_prefix *prefix,
		      const struct in6_addr *addr)
{
	return ipv6_prefix_equal(addr, &prefix->addr, prefix->len);
}

static bool toe_rule_ends(const struct toe_rule *rule,
			  const struct toe_policy_key *key)
{
	if (rule->family != AF_UNSPEC && rule->family != key->family)
		return false;
	return toe_ports_match(&rule->lport, key->lport) &&
	       toe_ports_match(&rule->rport, key->rport) &&
	       toe_prefix_match(&rule->local, &key->laddr) &&
	       toe_prefix_match(&rule->remote, &key->raddr);
}

static int toe_rule_named(struct net_device *lower,
			  struct netdev_nested_priv *priv)
{
	return !strcmp(lower->name, priv->data);
}

/* A VLAN or bond is meant by the names of what it stands on, too */
static bool toe_rule_dev(const struct toe_rule *rule,
			 const struct net_device *dev)
{
	struct netdev_nested_priv priv = { .data = (void *)rule->dev };

	return dev && (!strcmp(dev->name, rule->dev) ||
		       netdev_walk_all_lower_dev_rcu((struct net_device *)dev,
						     toe_rule_named, &priv));
}

static bool toe_rule_cgroup(const struct toe_rule *rule,
			    const struct cgroup *cgrp)
{
	struct cgroup *c = (struct cgroup *)cgrp;

	while (c && cgroup_id(c) != rule->cgroup)
		c = cgroup_parent(c);
	return c;
}

static bool toe_rule_meets(const struct toe_rule *rule,
			   const struct toe_policy_key *key,
			   enum toe_criterion what)
{
	switch (what) {
	case TOE_CRITERION_DEV:
		return toe_rule_dev(rule, key->dev);
	case TOE_CRITERION_DIRECTION:
		return key->direction == rule->direction;
	case TOE_CRITERION_CGROUP:
		return toe_rule_cgroup(rule, key->cgrp);
	case TOE_CRITERION_UID:
		return key->uid >= rule->uid_min && key->uid <= rule->uid_max;
	case TOE_CRITERION_MARK:
		return (key->mark & rule->mask) == rule->mark;
	case __TOE_CRITERION_MAX:
		break;
	}
	return false;
}

/* Those that the key tells */
static bool toe_rule_criteria(const struct toe_rule *rule,
			      const struct toe_policy_key *key, u8 which)
{
	unsigned long asks = rule->asks & key->known & which;
	unsigned int what;

	for_each_set_bit(what, &asks, __TOE_CRITERION_MAX) {
		if (!toe_rule_meets(rule, key, what))
			return false;
	}
	return true;
}

static bool toe_range_has(const struct toe_range *range, u64 value)
{
	return value != TOE_UNMEASURED && value >= range->min &&
	       value <= range->max;
}

static bool toe_rule_measured(const struct toe_rule *rule,
			      const struct toe_policy_key *key,
			      enum toe_measure what)
{
	const struct toe_range *range = &rule->measure[what];
	bool now = toe_range_has(range, key->now.value[what]);
	bool then;

	if (!key->down)
		return now;
	then = toe_range_has(range, key->then.value[what]);
	return rule->action == TOE_ACTION_ALLOW ? now || then : now && then;
}

/* Bytes and age only grow */
static bool toe_rule_hopes(const struct toe_rule *rule,
			   const struct toe_policy_key *key,
			   enum toe_measure what)
{
	u64 value = key->now.value[what];

	if (what == TOE_MEASURE_BYTES || what == TOE_MEASURE_AGE_MS)
		return value == TOE_UNMEASURED ||
		       value < rule->measure[what].min;
	return true;
}

static enum toe_match toe_rule_measures(const struct toe_rule *rule,
					const struct toe_policy_key *key,
					u8 *lacks)
{
	unsigned long measures = rule->measures;
	unsigned int what;

	*lacks = TOE_MEASURE_NONE;
	for_each_set_bit(what, &measures, __TOE_MEASURE_MAX) {
		if (toe_rule_measured(rule, key, what))
			continue;
		if (!toe_rule_hopes(rule, key, what))
			return TOE_MATCH_NO;
		if (!*lacks)
			*lacks = what;
	}
	return *lacks ? TOE_MATCH_LACKS : TOE_MATCH_YES;
}

#define TOE_CRITERIA_FIXED	(BIT(TOE_CRITERION_DIRECTION) | \
				 BIT(TOE_CRITERION_CGROUP))
#define TOE_CRITERIA_OPEN	(TOE_CRITERIA & ~TOE_CRITERIA_FIXED)

/**
 * toe_rule_match() - does a rule speak of a connection?
 * @rule: the rule
 * @key: the connection
 * @what: out: the measure that it lacks, or the criterion + 1 that is unknown
 * @open: set when the answer may change, else left alone
 *
 * Context: RCU.
 * Return: enum toe_match.
 */
enum toe_match toe_rule_match(const struct toe_rule *rule,
			      const struct toe_policy_key *key, u8 *what,
			      bool *open)
{
	u8 unknown = rule->asks & ~key->known;
	enum toe_match match;

	if (!toe_rule_ends(rule, key) ||
	    !toe_rule_criteria(rule, key, TOE_CRITERIA_FIXED))
		return TOE_MATCH_NO;
	if (!rule->asks && !rule->measures)
		return TOE_MATCH_YES;
	if (rule->asks & TOE_CRITERIA_OPEN || rule->measures)
		*open = true;
	if (!toe_rule_criteria(rule, key, TOE_CRITERIA_OPEN))
		return TOE_MATCH_NO;
	match = toe_rule_measures(rule, key, what);
	if (match == TOE_MATCH_NO || !unknown)
		return match;
	*what = ffs(unknown);
	return TOE_MATCH_UNKNOWN;
}
