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

static int toe_nl_test_key(struct genl_info *info, struct toe_dryrun *run)
{
	struct nlattr *dev = info->attrs[TOE_A_TEST_IFINDEX];
	struct toe_policy_key key = {};
	int err;

	if (!info->attrs[TOE_A_TEST_LOCAL] ||
	    !info->attrs[TOE_A_TEST_REMOTE] ||
	    !info->attrs[TOE_A_TEST_LPORT] ||
	    !info->attrs[TOE_A_TEST_RPORT]) {
		NL_SET_ERR_MSG(info->extack,
			       "what is to be tested? give a connection's id, or addresses and ports of both ends");
		return -EINVAL;
	}
	err = toe_nl_test_addr(info, TOE_A_TEST_LOCAL, &key, &key.laddr) ?:
	      toe_nl_test_addr(info, TOE_A_TEST_REMOTE, &key, &key.raddr);
	if (err)
		return err;
	key.lport = nla_get_u16(info->attrs[TOE_A_TEST_LPORT]);
	key.rport = nla_get_u16(info->attrs[TOE_A_TEST_RPORT]);
	toe_dryrun_key(toe_pernet(genl_info_net(info)), &key,
		       dev ? nla_get_u32(dev) : 0, run);
	return 0;
}

static int toe_nl_test_conn(struct genl_info *info, struct toe_dryrun *run)
{
	struct nlattr *nla = info->attrs[TOE_A_TEST_ID];
	struct toe_conn *conn;
	int err;

	if (info->attrs[TOE_A_TEST_LOCAL] || info->attrs[TOE_A_TEST_REMOTE] ||
	    info->attrs[TOE_A_TEST_LPORT] || info->attrs[TOE_A_TEST_RPORT] ||
	    info->attrs[TOE_A_TEST_IFINDEX]) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "a connection has its addresses, ports and device: give its id alone");
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
