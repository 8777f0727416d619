/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink family "toe"; Documentation/netlink/specs/toe.yaml. */
#ifndef TOE_NL_H
#define TOE_NL_H

#include <linux/toe.h>
#include <net/genetlink.h>

struct cgroup;
struct toe_conn;
struct toe_dev;
struct toe_net;

int toe_nl_init(void);
void toe_nl_exit(void);

/* Tell listeners in the namespace of the device. Any context. */
void toe_nl_dev_event(struct toe_dev *tdev, enum toe_dev_event event);

/* Between the parts: nl.c has the family, nl_*.c what it does */

#define TOE_NL_GROUP_EVENTS	0

extern struct genl_family toe_nl_family;

/* Sets the message of @extack from a static string */
static inline void toe_nl_why(struct netlink_ext_ack *extack, const char *msg)
{
	if (extack)
		extack->_msg = msg;
}

/* Starts an answer to @skb's sender; NULL = no room */
void *toe_nl_put(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd);

/* A value and its word, whose attribute follows */
int toe_nl_put_enum(struct sk_buff *msg, int attr, u32 value, const char *name);

/* By the id in @nla. NULL with a message set; the caller puts the reference. */
struct toe_conn *toe_nl_conn_find(struct genl_info *info,
				  const struct nlattr *nla);

/* By the id in @nla, with a reference; a message is set with an error */
struct cgroup *toe_nl_cgroup_get(struct genl_info *info,
				 const struct nlattr *nla);
void toe_nl_cgroup_put(struct cgroup *cgrp);

/* The id, and the path as who asks sees it, unless it is gone or out of sight */
int toe_nl_cgroup_fill(struct sk_buff *msg, u64 id);

int toe_nl_dev_dump(struct sk_buff *msg, struct netlink_callback *cb);

int toe_nl_conn_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_conn_dump(struct sk_buff *msg, struct netlink_callback *cb);
int toe_nl_conn_offload_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_conn_upload_doit(struct sk_buff *skb, struct genl_info *info);

int toe_nl_policy_dump(struct sk_buff *msg, struct netlink_callback *cb);
int toe_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_policy_del_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_policy_test_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_policy_flush_doit(struct sk_buff *skb, struct genl_info *info);

int toe_nl_quota_dump(struct sk_buff *msg, struct netlink_callback *cb);
int toe_nl_quota_set_doit(struct sk_buff *skb, struct genl_info *info);
int toe_nl_quota_del_doit(struct sk_buff *skb, struct genl_info *info);

int toe_nl_stats_dump(struct sk_buff *msg, struct netlink_callback *cb);

#endif /* TOE_NL_H */
