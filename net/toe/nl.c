// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "toe": what it accepts, and who may send it. The
 * tables match Documentation/netlink/specs/toe.yaml (make check).
 */
#include "nl.h"

#include <linux/module.h>
#include <net/sock.h>

#include "dev.h"
#include "mib.h"
#include "policy.h"

static const struct nla_policy toe_nl_conn_get_policy[] = {
	[TOE_A_CONN_ID] = { .type = NLA_U32 },
};

static const struct nla_policy toe_nl_conn_offload_policy[] = {
	[TOE_A_CONN_ID] = { .type = NLA_U32 },
	[TOE_A_CONN_ALL] = { .type = NLA_FLAG },
};

static const struct nla_policy toe_nl_conn_upload_policy[] = {
	[TOE_A_CONN_ID] = { .type = NLA_U32 },
	[TOE_A_CONN_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[TOE_A_CONN_NIC_PATH] = { .type = NLA_U32 },
	[TOE_A_CONN_NIC_NEIGH] = { .type = NLA_U32 },
	[TOE_A_CONN_ALL] = { .type = NLA_FLAG },
};

static const struct nla_policy toe_nl_policy_add_policy[] = {
	[TOE_A_RULE_POS] = NLA_POLICY_MIN(NLA_U32, 1),
	[TOE_A_RULE_ACTION] = NLA_POLICY_MAX(NLA_U32, __TOE_ACTION_MAX - 1),
	[TOE_A_RULE_LOCAL] = NLA_POLICY_MIN_LEN(4),
	[TOE_A_RULE_LOCAL_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
	[TOE_A_RULE_REMOTE] = NLA_POLICY_MIN_LEN(4),
	[TOE_A_RULE_REMOTE_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
	[TOE_A_RULE_LPORT_MIN] = { .type = NLA_U16 },
	[TOE_A_RULE_LPORT_MAX] = { .type = NLA_U16 },
	[TOE_A_RULE_RPORT_MIN] = { .type = NLA_U16 },
	[TOE_A_RULE_RPORT_MAX] = { .type = NLA_U16 },
	[TOE_A_RULE_DEV] = { .type = NLA_NUL_STRING, .len = 15 },
	[TOE_A_RULE_DIRECTION] = NLA_POLICY_MAX(NLA_U32, __TOE_DIRECTION_MAX - 1),
	[TOE_A_RULE_CGROUP] = { .type = NLA_U64 },
	[TOE_A_RULE_UID_MIN] = { .type = NLA_U32 },
	[TOE_A_RULE_UID_MAX] = { .type = NLA_U32 },
	[TOE_A_RULE_MARK] = { .type = NLA_U32 },
	[TOE_A_RULE_MARK_MASK] = { .type = NLA_U32 },
	[TOE_A_RULE_BYTES_MIN] = { .type = NLA_U64 },
	[TOE_A_RULE_BYTES_MAX] = { .type = NLA_U64 },
	[TOE_A_RULE_AGE_MS_MIN] = { .type = NLA_U64 },
	[TOE_A_RULE_AGE_MS_MAX] = { .type = NLA_U64 },
	[TOE_A_RULE_RATE_MIN] = { .type = NLA_U64 },
	[TOE_A_RULE_RATE_MAX] = { .type = NLA_U64 },
	[TOE_A_RULE_RTT_US_MIN] = { .type = NLA_U64 },
	[TOE_A_RULE_RTT_US_MAX] = { .type = NLA_U64 },
	[TOE_A_RULE_CANARY] = NLA_POLICY_RANGE(NLA_U32, 1, 100),
};

static const struct nla_policy toe_nl_policy_del_policy[] = {
	[TOE_A_RULE_POS] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy toe_nl_policy_test_policy[] = {
	[TOE_A_TEST_ID] = { .type = NLA_U32 },
	[TOE_A_TEST_LOCAL] = NLA_POLICY_MIN_LEN(4),
	[TOE_A_TEST_REMOTE] = NLA_POLICY_MIN_LEN(4),
	[TOE_A_TEST_LPORT] = { .type = NLA_U16 },
	[TOE_A_TEST_RPORT] = { .type = NLA_U16 },
	[TOE_A_TEST_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[TOE_A_TEST_DIRECTION] = NLA_POLICY_MAX(NLA_U32, __TOE_DIRECTION_MAX - 1),
	[TOE_A_TEST_CGROUP] = { .type = NLA_U64 },
	[TOE_A_TEST_UID] = { .type = NLA_U32 },
	[TOE_A_TEST_MARK] = { .type = NLA_U32 },
	[TOE_A_TEST_BYTES] = { .type = NLA_U64 },
	[TOE_A_TEST_AGE_MS] = { .type = NLA_U64 },
	[TOE_A_TEST_RATE] = { .type = NLA_U64 },
	[TOE_A_TEST_RTT_US] = { .type = NLA_U64 },
};

static const struct nla_policy toe_nl_quota_set_policy[] = {
	[TOE_A_QUOTA_CGROUP] = { .type = NLA_STRING },
	[TOE_A_QUOTA_LIMIT] = { .type = NLA_U32 },
};

static const struct nla_policy toe_nl_quota_del_policy[] = {
	[TOE_A_QUOTA_CGROUP] = { .type = NLA_STRING },
};

static const struct genl_ops toe_nl_ops[] = {
	{
		.cmd = TOE_CMD_DEV_GET,
		.dumpit = toe_nl_dev_dump,
	}, {
		.cmd = TOE_CMD_CONN_GET,
		.doit = toe_nl_conn_doit,
		.dumpit = toe_nl_conn_dump,
		.policy = toe_nl_conn_get_policy,
		.maxattr = ARRAY_SIZE(toe_nl_conn_get_policy) - 1,
	}, {
		.cmd = TOE_CMD_CONN_OFFLOAD,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_conn_offload_doit,
		.policy = toe_nl_conn_offload_policy,
		.maxattr = ARRAY_SIZE(toe_nl_conn_offload_policy) - 1,
	}, {
		.cmd = TOE_CMD_CONN_UPLOAD,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_conn_upload_doit,
		.policy = toe_nl_conn_upload_policy,
		.maxattr = ARRAY_SIZE(toe_nl_conn_upload_policy) - 1,
	}, {
		.cmd = TOE_CMD_POLICY_GET,
		.dumpit = toe_nl_policy_dump,
	}, {
		.cmd = TOE_CMD_POLICY_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_policy_add_doit,
		.policy = toe_nl_policy_add_policy,
		.maxattr = ARRAY_SIZE(toe_nl_policy_add_policy) - 1,
	}, {
		.cmd = TOE_CMD_POLICY_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_policy_del_doit,
		.policy = toe_nl_policy_del_policy,
		.maxattr = ARRAY_SIZE(toe_nl_policy_del_policy) - 1,
	}, {
		.cmd = TOE_CMD_POLICY_FLUSH,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_policy_flush_doit,
	}, {
		.cmd = TOE_CMD_STATS_GET,
		.dumpit = toe_nl_stats_dump,
	}, {
		.cmd = TOE_CMD_POLICY_TEST,
		.doit = toe_nl_policy_test_doit,
		.policy = toe_nl_policy_test_policy,
		.maxattr = ARRAY_SIZE(toe_nl_policy_test_policy) - 1,
	}, {
		.cmd = TOE_CMD_QUOTA_GET,
		.dumpit = toe_nl_quota_dump,
	}, {
		.cmd = TOE_CMD_QUOTA_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_quota_set_doit,
		.policy = toe_nl_quota_set_policy,
		.maxattr = ARRAY_SIZE(toe_nl_quota_set_policy) - 1,
	}, {
		.cmd = TOE_CMD_QUOTA_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = toe_nl_quota_del_doit,
		.policy = toe_nl_quota_del_policy,
		.maxattr = ARRAY_SIZE(toe_nl_quota_del_policy) - 1,
	},
};

static const struct genl_multicast_group toe_nl_groups[] = {
	[TOE_NL_GROUP_EVENTS] = { .name = TOE_MCGRP_EVENTS },
};

/* Offloading and uploading wait for devices, so commands run side by side */
struct genl_family toe_nl_family __ro_after_init = {
	.name = TOE_FAMILY_NAME,
	.version = TOE_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = toe_nl_ops,
	.n_ops = ARRAY_SIZE(toe_nl_ops),
	.mcgrps = toe_nl_groups,
	.n_mcgrps = ARRAY_SIZE(toe_nl_groups),
};

/**
 * toe_nl_put() - start one message of a dump
 * @msg: where to
 * @cb: the dump
 * @cmd: enum toe_cmd
 *
 * Context: inside a dump.
 * Return: header for genlmsg_end(), NULL when @msg is full.
 */
void *toe_nl_put(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(msg, NETLINK_CB(cb->skb).portid,
			   cb->nlh->nlmsg_seq, &toe_nl_family, NLM_F_MULTI,
			   cmd);
}

/**
 * toe_nl_put_enum() - a value and its word
 * @msg: where to
 * @attr: of the value; that of the word follows it
 * @value: the value
 * @name: the word
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int toe_nl_put_enum(struct sk_buff *msg, int attr, u32 value, const char *name)
{
	int err = nla_put_u32(msg, attr, value);

	return err ?: nla_put_string(msg, attr + 1, name);
}

/* One counter: position in the list of all, group, word and value */
struct toe_nl_stat {
	const char *group;
	const char *name;
	u64 value;
};

/* The counters in one row; reason 0 of refusals and uploads means none */
static bool toe_nl_stat_at(const struct toe_mib *mib, unsigned long i,
			   struct toe_nl_stat *stat)
{
	if (i < __TOE_MIB_MAX) {
		*stat = (struct toe_nl_stat){
			"total", toe_mib_name(i), mib->item[i]
		};
		return true;
	}
	i -= __TOE_MIB_MAX - 1;
	if (i < __TOE_REFUSAL_MAX) {
		*stat = (struct toe_nl_stat){
			"refused", toe_refusal_name(i), mib->refusal[i]
		};
		return true;
	}
	i -= __TOE_REFUSAL_MAX - 1;
	if (i < __TOE_UPLOAD_MAX) {
		*stat = (struct toe_nl_stat){
			"uploaded", toe_upload_name(i), mib->upload[i]
		};
		return true;
	}
	i -= __TOE_UPLOAD_MAX;
	if (i < TOE_MIB_BATCH_BUCKETS) {
		*stat = (struct toe_nl_stat){
			"batch-size", toe_mib_batch_name(i), mib->batch[i]
		};
		return true;
	}
	return false;
}

static int toe_nl_stat_fill(struct sk_buff *msg, struct netlink_callback *cb,
			    const struct toe_nl_stat *stat)
{
	void *hdr = toe_nl_put(msg, cb, TOE_CMD_STATS_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, TOE_A_STAT_GROUP, stat->group) ||
	    nla_put_string(msg, TOE_A_STAT_NAME, stat->name) ||
	    nla_put_u64_64bit(msg, TOE_A_STAT_VALUE, stat->value,
			      TOE_A_STAT_PAD)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_stats_dump() - TOE_CMD_STATS_GET
 * @msg: answer
 * @cb: the dump; args[0] = next counter
 *
 * Context: process.
 * Return: bytes in @msg or an error.
 */
int toe_nl_stats_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct toe_net *tn = toe_pernet(sock_net(msg->sk));
	struct toe_nl_stat stat;
	struct toe_mib *mib;

	mib = kmalloc(sizeof(*mib), GFP_KERNEL);
	if (!mib)
		return -ENOMEM;
	toe_mib_read(tn, mib);
	while (toe_nl_stat_at(mib, cb->args[0], &stat)) {
		if (toe_nl_stat_fill(msg, cb, &stat))
			break;
		cb->args[0]++;
	}
	kfree(mib);
	return msg->len;
}

/**
 * toe_nl_init() - open the family
 *
 * Context: process.
 * Return: 0 or the error of genl_register_family().
 */
int toe_nl_init(void)
{
	return genl_register_family(&toe_nl_family);
}

/**
 * toe_nl_exit() - close the family
 *
 * Context: process; waits for commands that are under way.
 */
void toe_nl_exit(void)
{
	genl_unregister_family(&toe_nl_family);
}
