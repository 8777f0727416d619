// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlrule NETNS - rules that toectl would not send
 *
 * Each has to be refused, with words that name the cause. Silent, and exit status
 * 0, if all of them were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/toe.h>

enum kind { KIND_U32, KIND_U64, KIND_TEXT };

struct attr {
	int type;
	enum kind kind;
	uint64_t value;
	const char *text;
};

#define U32(name, value)	{ TOE_A_RULE_##name, KIND_U32, value, NULL }
#define U64(name, value)	{ TOE_A_RULE_##name, KIND_U64, value, NULL }
#define TEXT(name, text)	{ TOE_A_RULE_##name, KIND_TEXT, 0, text }

static const struct {
	struct attr attr[2];
	const char *says;
} rules[] = {
	{ { U32(MARK_MASK, 1) }, "mask without a mark" },
	{ { U32(UID_MIN, 2), U32(UID_MAX, 1) },
	  "runs backwards" },
	{ { U64(BYTES_MIN, 2), U64(BYTES_MAX, 1) }, "runs backwards" },
	{ { U64(AGE_MS_MIN, 2), U64(AGE_MS_MAX, 1) }, "runs backwards" },
	{ { U64(RATE_MIN, 2), U64(RATE_MAX, 1) }, "runs backwards" },
	{ { U64(RTT_US_MIN, 2), U64(RTT_US_MAX, 1) }, "runs backwards" },
	{ { U64(CGROUP, 0x7fffffffffff) }, "no cgroup v2" },
	{ { TEXT(DEV, "") }, "no interface can have" },
	/* by the kernel's own check of types, ranges and lengths */
	{ { TEXT(DEV, "sixteencharacter") }, "" },
	{ { U32(CANARY, 0) }, "integer out of range" },
	{ { U32(CANARY, 101) }, "integer out of range" },
	{ { U32(DIRECTION, __TOE_DIRECTION_MAX) },
	  "integer out of range" },
	{ { U32(CGROUP, 1) }, "" },
	{ { U32(BYTES_MIN, 1) }, "" },
	{ { TEXT(CGROUP_PATH, "/") }, "" },
	{ { U32(PAD, 1) }, "" },
};

#define NR_RULES	((int)(sizeof(rules) / sizeof(rules[0])))

static struct mnl_socket *sk;

static void die(const char *what)
{
	fprintf(stderr, "nlrule: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct nlmsghdr *message(char *buf, uint16_t type, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static struct nlmsghdr *talk(char *buf, size_t size, struct nlmsghdr *nlh)
{
	if (mnl_socket_sendto(sk, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(sk, buf, size) < 0)
		die("kernel");
	return (struct nlmsghdr *)buf;
}

static uint16_t resolve(void)
{
	char buf[8192], drop[8192];
	const struct nlattr *attr;
	struct nlmsghdr *nlh;

	nlh = message(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TOE_FAMILY_NAME);
	nlh = talk(buf, sizeof(buf), nlh);
	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return 0;
	/* the ACK */
	mnl_socket_recvfrom(sk, drop, sizeof(drop));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			return mnl_attr_get_u16(attr);
	}
	return 0;
}

static void put(struct nlmsghdr *nlh, const struct attr *attr)
{
	if (!attr->type)
		return;
	switch (attr->kind) {
	case KIND_U32:
		mnl_attr_put_u32(nlh, attr->type, attr->value);
		break;
	case KIND_U64:
		mnl_attr_put_u64(nlh, attr->type, attr->value);
		break;
	case KIND_TEXT:
		mnl_attr_put_strz(nlh, attr->type, attr->text);
		break;
	}
}

/* The words of the extended ACK, "" without any */
static const char *words(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_for_each(attr, nlh, skip) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			return mnl_attr_get_str(attr);
	}
	return "";
}

static int try(uint16_t family, int i)
{
	const struct nlmsgerr *err;
	struct nlmsghdr *nlh;
	char buf[8192];

	nlh = message(buf, family, TOE_CMD_POLICY_ADD);
	mnl_attr_put_u32(nlh, TOE_A_RULE_ACTION, TOE_ACTION_ALLOW);
	put(nlh, &rules[i].attr[0]);
	put(nlh, &rules[i].attr[1]);
	nlh = talk(buf, sizeof(buf), nlh);
	err = mnl_nlmsg_get_payload(nlh);
	if (nlh->nlmsg_type == NLMSG_ERROR && err->error &&
	    strstr(words(nlh), rules[i].says))
		return 0;
	fprintf(stderr, "nlrule: rule %d: %s, said \"%s\", wanted \"%s\"\n",
		i, strerror(-err->error), words(nlh), rules[i].says);
	return 1;
}

int main(int argc, char **argv)
{
	int i, fd, one = 1, bad = 0;
	uint16_t family;
	char path[256];

	if (argc != 2) {
		fprintf(stderr, "usage: nlrule NETNS\n");
		return 1;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	sk = mnl_socket_open(NETLINK_GENERIC);
	if (!sk || mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID))
		die("socket");
	mnl_socket_setsockopt(sk, NETLINK_EXT_ACK, &one, sizeof(one));
	family = resolve();
	if (!family)
		die("no family \"toe\"");
	for (i = 0; i < NR_RULES; i++)
		bad |= try(family, i);
	return bad;
}
