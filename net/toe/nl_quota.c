// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: shares of cgroups. */
#include <linux/limits.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "nl.h"
#include "policy.h"
#include "quota.h"

static int toe_nl_quota_fill(struct sk_buff *msg, struct netlink_callback *cb,
			     const char *path, u32 limit, u32 used)
{
	void *hdr = toe_nl_put(msg, cb, TOE_CMD_QUOTA_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(msg, TOE_A_QUOTA_CGROUP, path) ||
	    nla_put_u32(msg, TOE_A_QUOTA_LIMIT, limit) ||
	    nla_put_u32(msg, TOE_A_QUOTA_USED, used)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_quota_dump() - TOE_CMD_QUOTA_GET
 * @msg: answer
 * @cb: the dump; args[0] = slot to go on with
 *
 * Context: process.
 * Return: bytes in @msg or an error.
 */
int toe_nl_quota_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct toe_net *tn = toe_pernet(sock_net(msg->sk));
	unsigned int slot = cb->args[0];
	char *path;
	u32 limit, used;

	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	while (toe_quota_next(tn, &slot, path, PATH_MAX, &limit,
			      &used) != -ENOENT) {
		if (toe_nl_quota_fill(msg, cb, path, limit, used))
			break;
		slot++;
	}
	cb->args[0] = slot;
	kfree(path);
	return msg->len;
}

/* NULL with a message set; the caller frees it */
static char *toe_nl_quota_path(struct genl_info *info)
{
	struct nlattr *nla = info->attrs[TOE_A_QUOTA_CGROUP];
	char *path;

	if (!nla || !nla_len(nla)) {
		NL_SET_ERR_MSG(info->extack,
			       "which cgroup? give its path below the root of cgroup2");
		return NULL;
	}
	path = nla_strdup(nla, GFP_KERNEL);
	if (!path)
		NL_SET_ERR_MSG(info->extack, "out of memory");
	return path;
}

static void toe_nl_quota_why(struct genl_info *info, int err)
{
	struct nlattr *nla = info->attrs[TOE_A_QUOTA_CGROUP];

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "no such cgroup; give its path below the root of cgroup2, and make it first");
		break;
	case -ESRCH:
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "this cgroup has no quota here; list the quotas");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(info->extack,
			       "no room: a network namespace holds 64 quotas at most");
		break;
	case -EOPNOTSUPP:
		NL_SET_ERR_MSG(info->extack,
			       "this kernel does not know which cgroup a socket belongs to");
		break;
	}
}

/**
 * toe_nl_quota_set_doit() - TOE_CMD_QUOTA_SET
 * @skb: request
 * @info: its attributes
 *
 * Context: process; waits for devices.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_quota_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	struct nlattr *nla = info->attrs[TOE_A_QUOTA_LIMIT];
	char *path;
	int err;

	if (!nla || nla_get_u32(nla) > TOE_QUOTA_LIMIT_MAX) {
		NL_SET_ERR_MSG(info->extack,
			       "a quota needs a limit, from 0 to 1048576 connections");
		return -EINVAL;
	}
	path = toe_nl_quota_path(info);
	if (!path)
		return -EINVAL;
	err = toe_quota_set(tn, path, nla_get_u32(nla));
	toe_nl_quota_why(info, err);
	kfree(path);
	return err;
}

/**
 * toe_nl_quota_del_doit() - TOE_CMD_QUOTA_DEL
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_quota_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	char *path = toe_nl_quota_path(info);
	int err;

	if (!path)
		return -EINVAL;
	err = toe_quota_del(toe_pernet(genl_info_net(info)), path);
	toe_nl_quota_why(info, err);
	kfree(path);
	return err;
}
