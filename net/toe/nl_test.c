// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: dry run of the policy. */
#include <net/ipv6.h>

#include "conn.h"
#include "dryrun.h"
#include "mib.h"
#include "nl.h"
#include "policy.h"

static int toe_nl_test_addr(struct genl_info *info, int attr,
			    struct toe_policy_key *key, struct in6_addr *addr)
{
	const struct nlattr *nla = info->attrs[attr];
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
		family = AF_UNSPEC;
	}
	if (family == AF_UNSPEC || (key->family && key->family != family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "local and remote need 4 bytes (IPv4) or 16 (IPv6), both of one family");
		return -EINVAL;
	}
	key->family = family;
	return 0;
}

static int toe_nl_test_ends(struct genl_info *info,
			    struct toe_policy_key *key)
{
	int err;

	if (!info->attrs[TOE_A_TEST_LOCAL] ||
	    !info->attrs[TOE_A_TEST_REMOTE] ||
	    !info->attrs[TOE_A_TEST_LPORT] ||
	    !info->attrs[TOE_A_TEST_RPORT]) {
		NL_SET_ERR_MSG(info->extack,
			       "what is to be tested? give a connection's id, or addresses and ports of both ends");
		return -EINVAL;
	}
	err = toe_nl_test_addr(info, TOE_A_TEST_LOCAL, key, &key->laddr) ?:
	      toe_nl_test_addr(info, TOE_A_TEST_REMOTE, key, &key->raddr);
	if (err)
		return err;
	key->lport = nla_get_u16(info->attrs[TOE_A_TEST_LPORT]);
	key->rport = nla_get_u16(info->attrs[TOE_A_TEST_RPORT]);
	return 0;
}

static void toe_nl_test_criteria(struct genl_info *info,
				 struct toe_policy_key *key)
{
	const struct nlattr *nla;

	nla = info->attrs[TOE_A_TEST_DIRECTION];
	if (nla) {
		key->direction = nla_get_u32(nla);
		key->known |= BIT(TOE_CRITERION_DIRECTION);
	}
	nla = info->attrs[TOE_A_TEST_UID];
	if (nla) {
		key->uid = nla_get_u32(nla);
		key->known |= BIT(TOE_CRITERION_UID);
	}
	nla = info->attrs[TOE_A_TEST_MARK];
	if (nla) {
		key->mark = nla_get_u32(nla);
		key->known |= BIT(TOE_CRITERION_MARK);
	}
}

static void toe_nl_test_measures(struct genl_info *info,
				 struct toe_measures *measures)
{
	static const u8 attrs[__TOE_MEASURE_MAX] = {
		[TOE_MEASURE_BYTES] = TOE_A_TEST_BYTES,
		[TOE_MEASURE_AGE_MS] = TOE_A_TEST_AGE_MS,
		[TOE_MEASURE_RATE] = TOE_A_TEST_RATE,
		[TOE_MEASURE_RTT_US] = TOE_A_TEST_RTT_US,
	};
	const struct nlattr *nla;
	int i;

	for (i = 0; i < __TOE_MEASURE_MAX; i++) {
		nla = attrs[i] ? info->attrs[attrs[i]] : NULL;
		measures->value[i] = nla ? nla_get_u64(nla) : TOE_UNMEASURED;
	}
}

static const char * const toe_nl_test_asks[__TOE_CRITERION_MAX] = {
	[TOE_CRITERION_DEV] =
		"a rule asks for the device: say which the route would name",
	[TOE_CRITERION_DIRECTION] =
		"a rule asks for the direction: say who would open it",
	[TOE_CRITERION_CGROUP] =
		"a rule asks for the cgroup: say whose socket it would be",
	[TOE_CRITERION_UID] =
		"a rule asks for the uid: say whose socket it would be",
	[TOE_CRITERION_MARK] =
		"a rule asks for the mark: say what the socket's would be",
};

static int toe_nl_test_run(struct genl_info *info, struct toe_policy_key *key,
			   struct toe_dryrun *run)
{
	struct nlattr *dev = info->attrs[TOE_A_TEST_IFINDEX];

	toe_dryrun_key(toe_pernet(genl_info_net(info)), key,
		       dev ? nla_get_u32(dev) : 0, run);
	if (!run->unknown)
		return 0;
	toe_nl_why(info->extack, toe_nl_test_asks[run->unknown - 1]);
	return -EINVAL;
}

static int toe_nl_test_key(struct genl_info *info, struct toe_dryrun *run)
{
	struct nlattr *nla = info->attrs[TOE_A_TEST_CGROUP];
	struct toe_policy_key key = {};
	struct cgroup *cgrp = NULL;
	int err;

	err = toe_nl_test_ends(info, &key);
	if (err)
		return err;
	toe_nl_test_criteria(info, &key);
	toe_nl_test_measures(info, &key.now);
	if (nla) {
		cgrp = toe_nl_cgroup_get(info, nla);
		if (IS_ERR(cgrp))
			return PTR_ERR(cgrp);
		key.cgrp = cgrp;
		key.known |= BIT(TOE_CRITERION_CGROUP);
	}
	err = toe_nl_test_run(info, &key, run);
	if (cgrp)
		toe_nl_cgroup_put(cgrp);
	return err;
}

/* Anything but the id? */
static bool toe_nl_test_more(const struct genl_info *info)
{
	int i;

	for (i = TOE_A_TEST_ID + 1; i <= TOE_A_TEST_RTT_US; i++) {
		if (info->attrs[i])
			return true;
	}
	return false;
}

static int toe_nl_test_conn(struct genl_info *info, struct toe_dryrun *run)
{
	struct nlattr *nla = info->attrs[TOE_A_TEST_ID];
	struct toe_conn *conn;
	int err;

	if (toe_nl_test_more(info)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "a connection has its addresses, ports and all else: give its id alone");
		return -EINVAL;
	}
	conn = toe_nl_conn_find(info, nla);
	if (!conn)
		return -ENOENT;
	err = toe_dryrun_conn(conn, run);
	toe_conn_put(conn);
	if (!err)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, nla, "the connection was closed");
	return -ENOENT;
}

static int toe_nl_test_fill(struct sk_buff *msg, struct genl_info *info,
			    const struct toe_dryrun *run)
{
	void *hdr = genlmsg_put_reply(msg, info, &toe_nl_family, 0,
				      TOE_CMD_POLICY_TEST);

	if (!hdr ||
	    toe_nl_put_enum(msg, TOE_A_TEST_ANSWER, run->answer,
			    toe_answer_name(run->answer)) ||
	    toe_nl_put_enum(msg, TOE_A_TEST_BY, run->by,
			    toe_by_name(run->by)) ||
	    (run->rule && nla_put_u32(msg, TOE_A_TEST_RULE, run->rule)) ||
	    (run->lacks &&
	     toe_nl_put_enum(msg, TOE_A_TEST_LACKS, run->lacks,
			     toe_measure_name(run->lacks))) ||
	    (run->refusal &&
	     toe_nl_put_enum(msg, TOE_A_TEST_REFUSAL, run->refusal,
			     toe_refusal_name(run->refusal))))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_policy_test_doit() - TOE_CMD_POLICY_TEST
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_policy_test_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_dryrun run;
	struct sk_buff *msg;
	int err;

	err = info->attrs[TOE_A_TEST_ID] ? toe_nl_test_conn(info, &run) :
					   toe_nl_test_key(info, &run);
	if (err)
		return err;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	err = toe_nl_test_fill(msg, info, &run);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}
