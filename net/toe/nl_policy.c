// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: rules. */
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
	    toe_nl_ports_fill(msg, &rule->rport, TOE_A_RULE_RPORT_MIN)) {
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
	return toe_nl_ports_parse(info, &rule->rport, TOE_A_RULE_RPORT_MIN);
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
