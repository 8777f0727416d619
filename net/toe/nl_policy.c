// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: rules. */
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "nl.h"
#include "policy.h"

/* Nothing is said about an open prefix, but for the rule "all of IPv6" */
static bool toe_nl_prefix_open(const struct toe_rule *rule,
			       const struct toe_prefix *prefix)
{
	if (prefix->len)
		return false;
	return rule->family != AF_INET6 || prefix != &rule->remote ||
	       rule->local.len;
}

/* @attr: address, length follows it */
static int toe_nl_prefix_fill(struct sk_buff *msg, const struct toe_rule *rule,
			      const struct toe_prefix *prefix, int attr)
{
	bool v4 = rule->family == AF_INET;
	int err;

	if (toe_nl_prefix_open(rule, prefix))
		return 0;
	if (v4)
		err = nla_put_in_addr(msg, attr, prefix->addr.s6_addr32[3]);
	else
		err = nla_put_in6_addr(msg, attr, &prefix->addr);
	if (err)
		return err;
	return nla_put_u32(msg, attr + 1, prefix->len - (v4 ? 96 : 0));
}

/* @attr: lower end, upper end follows it */
static int toe_nl_ports_fill(struct sk_buff *msg,
			     const struct toe_ports *ports, int attr)
{
	int err;

	if (ports->min == 0 && ports->max == U16_MAX)
		return 0;
	err = nla_put_u16(msg, attr, ports->min);
	if (err)
		return err;
	return nla_put_u16(msg, attr + 1, ports->max);
}

/* The lower end of a range by enum toe_measure; the upper one follows it */
static const u8 toe_nl_measures[__TOE_MEASURE_MAX] = {
	[TOE_MEASURE_BYTES] = TOE_A_RULE_BYTES_MIN,
	[TOE_MEASURE_AGE_MS] = TOE_A_RULE_AGE_MS_MIN,
	[TOE_MEASURE_RATE] = TOE_A_RULE_RATE_MIN,
	[TOE_MEASURE_RTT_US] = TOE_A_RULE_RTT_US_MIN,
};

static int toe_nl_measures_fill(struct sk_buff *msg,
				const struct toe_rule *rule)
{
	unsigned long measures = rule->measures;
	const struct toe_range *range;
	unsigned int what;
	int attr;

	for_each_set_bit(what, &measures, __TOE_MEASURE_MAX) {
		range = &rule->measure[what];
		attr = toe_nl_measures[what];
		if (nla_put_u64_64bit(msg, attr, range->min, TOE_A_RULE_PAD) ||
		    (range->max != U64_MAX &&
		     nla_put_u64_64bit(msg, attr + 1, range->max,
				       TOE_A_RULE_PAD)))
			return -EMSGSIZE;
	}
	return 0;
}

static int toe_nl_criteria_fill(struct sk_buff *msg,
				const struct toe_rule *rule)
{
	u8 asks = rule->asks;

	if ((asks & BIT(TOE_CRITERION_DEV) &&
	     nla_put_string(msg, TOE_A_RULE_DEV, rule->dev)) ||
	    (asks & BIT(TOE_CRITERION_DIRECTION) &&
	     nla_put_u32(msg, TOE_A_RULE_DIRECTION, rule->direction)) ||
	    (asks & BIT(TOE_CRITERION_CGROUP) &&
	     toe_nl_cgroup_fill(msg, rule->cgroup)))
		return -EMSGSIZE;
	if (asks & BIT(TOE_CRITERION_UID) &&
	    (nla_put_u32(msg, TOE_A_RULE_UID_MIN, rule->uid_min) ||
	     nla_put_u32(msg, TOE_A_RULE_UID_MAX, rule->uid_max)))
		return -EMSGSIZE;
	if (asks & BIT(TOE_CRITERION_MARK) &&
	    (nla_put_u32(msg, TOE_A_RULE_MARK, rule->mark) ||
	     nla_put_u32(msg, TOE_A_RULE_MARK_MASK, rule->mask)))
		return -EMSGSIZE;
	return rule->canary == 100 ? 0 :
	       nla_put_u32(msg, TOE_A_RULE_CANARY, rule->canary);
}

static int toe_nl_rule_fill(struct sk_buff *msg, struct netlink_callback *cb,
			    const struct toe_rule *rule, u32 pos)
{
	void *hdr = toe_nl_put(msg, cb, TOE_CMD_POLICY_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(msg, TOE_A_RULE_POS, pos) ||
	    nla_put_u32(msg, TOE_A_RULE_ACTION, rule->action) ||
	    toe_nl_prefix_fill(msg, rule, &rule->local, TOE_A_RULE_LOCAL) ||
	    toe_nl_prefix_fill(msg, rule, &rule->remote, TOE_A_RULE_REMOTE) ||
	    toe_nl_ports_fill(msg, &rule->lport, TOE_A_RULE_LPORT_MIN) ||
	    toe_nl_ports_fill(msg, &rule->rport, TOE_A_RULE_RPORT_MIN) ||
	    toe_nl_criteria_fill(msg, rule) ||
	    toe_nl_measures_fill(msg, rule)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_policy_dump() - TOE_CMD_POLICY_GET
 * @msg: answer
 * @cb: the dump; args[0] = rules done
 *
 * Context: process.
 * Return: bytes in @msg.
 */
int toe_nl_policy_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct toe_net *tn = toe_pernet(sock_net(msg->sk));
	struct toe_rule rule;
	u32 pos, gen;

	for (;;) {
		pos = cb->args[0] + 1;
		if (toe_policy_get(tn, pos, &rule, &gen))
			break;
		/* 0 would mean that nobody counts */
		cb->seq = gen ?: 1;
		if (toe_nl_rule_fill(msg, cb, &rule, pos))
			break;
		cb->args[0]++;
	}
	return msg->len;
}

static int toe_nl_addr_parse(const struct nlattr *nla, struct toe_rule *rule,
			     struct in6_addr *addr)
{
	u16 family;

	switch (nla_len(nla)) {
	case sizeof(struct in_addr):
		family = AF_INET;
		ipv6_addr_set_v4mapped(nla_get_in_addr(nla), addr);
		break;
	case sizeof(struct in6_addr):
		family = AF_INET6;
		*addr = nla_get_in6_addr(nla);
		break;
	default:
		return -EINVAL;
	}
	if (rule->family != AF_UNSPEC && rule->family != family)
		return -EAFNOSUPPORT;
	rule->family = family;
	return 0;
}

/* @attr: address, length follows it */
static int toe_nl_prefix_parse(struct genl_info *info, struct toe_rule *rule,
			       struct toe_prefix *prefix, int attr)
{
	struct nlattr *nla = info->attrs[attr];
	struct nlattr *bits = info->attrs[attr + 1];
	struct in6_addr net;
	u32 max, len;
	int err;

	if (!nla && !bits)
		return 0;
	if (!nla) {
		NL_SET_ERR_MSG_ATTR(info->extack, bits,
				    "prefix length without an address");
		return -EINVAL;
	}
	err = toe_nl_addr_parse(nla, rule, &prefix->addr);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "local and remote need 4 bytes (IPv4) or 16 (IPv6), both of one family");
		return -EINVAL;
	}
	max = rule->family == AF_INET ? 32 : 128;
	len = bits ? nla_get_u32(bits) : max;
	if (len > max) {
		NL_SET_ERR_MSG_ATTR(info->extack, bits,
				    "prefix length beyond the address: at most 32 for IPv4, 128 for IPv6");
		return -EINVAL;
	}
	prefix->len = len + 128 - max;
	ipv6_addr_prefix(&net, &prefix->addr, prefix->len);
	if (!ipv6_addr_equal(&net, &prefix->addr)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "address has bits set beyond its prefix length; clear them or use a longer prefix");
		return -EINVAL;
	}
	return 0;
}

/* @attr: lower end, upper end follows it; one end alone = that port */
static int toe_nl_ports_parse(struct genl_info *info, struct toe_ports *ports,
			      int attr)
{
	struct nlattr *min = info->attrs[attr];
	struct nlattr *max = info->attrs[attr + 1];

	ports->min = 0;
	ports->max = U16_MAX;
	if (!min && !max)
		return 0;
	ports->min = nla_get_u16(min ?: max);
	ports->max = nla_get_u16(max ?: min);
	if (ports->min > ports->max) {
		NL_SET_ERR_MSG_ATTR(info->extack, min,
				    "port range runs backwards; give the lower port first");
		return -EINVAL;
	}
	return 0;
}

static int toe_nl_dev_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *nla = info->attrs[TOE_A_RULE_DEV];

	if (!nla)
		return 0;
	nla_strscpy(rule->dev, nla, sizeof(rule->dev));
	if (!dev_valid_name(rule->dev)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "no interface can have this name: give 1 to 15 characters without blank, slash or colon");
		return -EINVAL;
	}
	rule->asks |= BIT(TOE_CRITERION_DEV);
	return 0;
}

static int toe_nl_cgroup_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *nla = info->attrs[TOE_A_RULE_CGROUP];
	struct cgroup *cgrp;

	if (!nla)
		return 0;
	cgrp = toe_nl_cgroup_get(info, nla);
	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	/* no reference: an id is never used again */
	toe_nl_cgroup_put(cgrp);
	rule->cgroup = nla_get_u64(nla);
	rule->asks |= BIT(TOE_CRITERION_CGROUP);
	return 0;
}

static int toe_nl_uid_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *min = info->attrs[TOE_A_RULE_UID_MIN];
	struct nlattr *max = info->attrs[TOE_A_RULE_UID_MAX];

	if (!min && !max)
		return 0;
	rule->uid_min = nla_get_u32(min ?: max);
	rule->uid_max = nla_get_u32(max ?: min);
	if (rule->uid_min > rule->uid_max) {
		NL_SET_ERR_MSG_ATTR(info->extack, min,
				    "range of uids runs backwards; give the lower one first");
		return -EINVAL;
	}
	rule->asks |= BIT(TOE_CRITERION_UID);
	return 0;
}

static int toe_nl_mark_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *mark = info->attrs[TOE_A_RULE_MARK];
	struct nlattr *mask = info->attrs[TOE_A_RULE_MARK_MASK];

	if (!mark && !mask)
		return 0;
	if (!mark) {
		NL_SET_ERR_MSG_ATTR(info->extack, mask,
				    "mask without a mark: give both");
		return -EINVAL;
	}
	rule->mark = nla_get_u32(mark);
	rule->mask = mask ? nla_get_u32(mask) : U32_MAX;
	if (!rule->mask) {
		NL_SET_ERR_MSG_ATTR(info->extack, mask,
				    "mask 0 looks at no bit: leave the mark out to take any");
		return -EINVAL;
	}
	if (rule->mark & ~rule->mask) {
		NL_SET_ERR_MSG_ATTR(info->extack, mark,
				    "mark has bits set beyond its mask; clear them or widen the mask");
		return -EINVAL;
	}
	rule->asks |= BIT(TOE_CRITERION_MARK);
	return 0;
}

/* One end alone = from there on, or up to there */
static int toe_nl_measure_parse(struct genl_info *info, struct toe_rule *rule,
				enum toe_measure what)
{
	struct nlattr *min = info->attrs[toe_nl_measures[what]];
	struct nlattr *max = info->attrs[toe_nl_measures[what] + 1];
	struct toe_range *range = &rule->measure[what];

	if (!min && !max)
		return 0;
	range->min = min ? nla_get_u64(min) : 0;
	range->max = max ? nla_get_u64(max) : U64_MAX;
	if (range->min > range->max) {
		NL_SET_ERR_MSG_ATTR(info->extack, min,
				    "range runs backwards; give the lower value first");
		return -EINVAL;
	}
	rule->measures |= BIT(what);
	return 0;
}

static int toe_nl_canary_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *nla = info->attrs[TOE_A_RULE_CANARY];

	rule->canary = nla ? nla_get_u32(nla) : 100;
	if (rule->canary == 100 || rule->action == TOE_ACTION_ALLOW)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, nla,
			    "canary is the share that goes down: use it with allow");
	return -EINVAL;
}

static int toe_nl_criteria_parse(struct genl_info *info, struct toe_rule *rule)
{
	struct nlattr *nla = info->attrs[TOE_A_RULE_DIRECTION];
	enum toe_measure what;
	int err;

	if (nla) {
		rule->direction = nla_get_u32(nla);
		rule->asks |= BIT(TOE_CRITERION_DIRECTION);
	}
	err = toe_nl_dev_parse(info, rule) ?:
	      toe_nl_cgroup_parse(info, rule) ?:
	      toe_nl_uid_parse(info, rule) ?:
	      toe_nl_mark_parse(info, rule);
	for (what = TOE_MEASURE_BYTES; !err && what < __TOE_MEASURE_MAX; what++)
		err = toe_nl_measure_parse(info, rule, what);
	return err ?: toe_nl_canary_parse(info, rule);
}

static int toe_nl_rule_parse(struct genl_info *info, struct toe_rule *rule)
{
	int err;

	memset(rule, 0, sizeof(*rule));
	if (!info->attrs[TOE_A_RULE_ACTION]) {
		NL_SET_ERR_MSG(info->extack, "a rule needs an action");
		return -EINVAL;
	}
	rule->action = nla_get_u32(info->attrs[TOE_A_RULE_ACTION]);
	err = toe_nl_prefix_parse(info, rule, &rule->local, TOE_A_RULE_LOCAL);
	if (err)
		return err;
	err = toe_nl_prefix_parse(info, rule, &rule->remote,
				  TOE_A_RULE_REMOTE);
	if (err)
		return err;
	err = toe_nl_ports_parse(info, &rule->lport, TOE_A_RULE_LPORT_MIN);
	if (err)
		return err;
	err = toe_nl_ports_parse(info, &rule->rport, TOE_A_RULE_RPORT_MIN);
	return err ?: toe_nl_criteria_parse(info, rule);
}

/**
 * toe_nl_policy_add_doit() - TOE_CMD_POLICY_ADD
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	struct toe_rule rule;
	u32 pos = 0;
	int err;

	err = toe_nl_rule_parse(info, &rule);
	if (err)
		return err;
	if (info->attrs[TOE_A_RULE_POS])
		pos = nla_get_u32(info->attrs[TOE_A_RULE_POS]);
	err = toe_policy_add(tn, &rule, pos);
	switch (err) {
	case 0:
		toe_net_policy_changed(tn);
		break;
	case -ERANGE:
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[TOE_A_RULE_POS],
				    "position beyond the end of the rules; leave it out to append");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(info->extack,
			       "no room: a policy holds 1024 rules at most");
		break;
	}
	return err;
}

/**
 * toe_nl_policy_del_doit() - TOE_CMD_POLICY_DEL
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	struct nlattr *pos = info->attrs[TOE_A_RULE_POS];
	int err;

	if (!pos) {
		NL_SET_ERR_MSG(info->extack,
			       "which rule? give its position as listed");
		return -EINVAL;
	}
	err = toe_policy_del(tn, nla_get_u32(pos));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, pos,
				    "no rule at this position; list the rules first");
	if (!err)
		toe_net_policy_changed(tn);
	return err;
}

/**
 * toe_nl_policy_flush_doit() - TOE_CMD_POLICY_FLUSH
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toe_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	int err;

	err = toe_policy_flush(tn);
	if (!err)
		toe_net_policy_changed(tn);
	return err;
}
