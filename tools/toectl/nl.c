// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family "toe". */
#include "toectl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/genetlink.h>

#define MAX_REQUEST	4096
#define MAX_ANSWER	65536

static struct {
	struct mnl_socket *sk;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	bool quiet;
	char why[256];
	char request[MAX_REQUEST];
	char answer[MAX_ANSWER];
} nl;

/* Up to 32 bits */
uint32_t nl_u32(const struct nlattr *attr)
{
	if (attr && mnl_attr_get_payload_len(attr) == sizeof(uint16_t))
		return mnl_attr_get_u16(attr);
	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint32_t))
		return 0;
	return mnl_attr_get_u32(attr);
}

uint64_t nl_u64(const struct nlattr *attr)
{
	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(uint64_t))
		return 0;
	return mnl_attr_get_u64(attr);
}

const char *nl_str(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return "";
	return mnl_attr_get_str(attr);
}

uint8_t nl_cmd(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

void nl_attrs(const struct nlmsghdr *nlh, const struct nlattr **tb, int max)
{
	const struct nlattr *attr;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
	}
}

void nl_nest(const struct nlattr *nest, const struct nlattr **tb, int max)
{
	const struct nlattr *attr;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
	}
}

static struct nlmsghdr *nl_header(void *buf, uint16_t family, uint8_t cmd,
				  uint16_t flags)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = TOE_FAMILY_VERSION;
	return nlh;
}

/* A request of the family; flags beyond NLM_F_REQUEST and NLM_F_ACK. The
 * family's number follows in nl_talk(): a command line is checked before the
 * kernel is asked for anything.
 */
struct nlmsghdr *nl_request(uint8_t cmd, uint16_t flags)
{
	return nl_header(nl.request, 0, cmd, flags);
}

/* The kernel's own words, NULL without any */
static const char *nl_extack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	unsigned int skip = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_for_each(attr, nlh, skip) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			return nl_str(attr);
	}
	return NULL;
}

static int nl_complain(int err, const char *msg)
{
	if (err == EPERM)
		msg = "not permitted: changes need CAP_NET_ADMIN in this network namespace";
	else if (!msg)
		msg = strerror(err);
	snprintf(nl.why, sizeof(nl.why), "%s", msg);
	if (!nl.quiet)
		complain("%s", msg);
	return TOECTL_KERNEL;
}

/* From now on the caller complains, or not */
void nl_quiet(void)
{
	nl.quiet = true;
}

/* Why the last call failed */
const char *nl_why(void)
{
	return nl.why;
}

/* -1 = go on, else the exit code */
static int nl_handle(const struct nlmsghdr *nlh, nl_fn fn, void *arg)
{
	const struct nlmsgerr *err;

	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		err = mnl_nlmsg_get_payload(nlh);
		if (!err->error)
			return TOECTL_OK;
		return nl_complain(-err->error, nl_extack(nlh));
	case NLMSG_DONE:
		return TOECTL_OK;
	default:
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && fn &&
		    mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct genlmsghdr))
			fn(nlh, arg);
		return -1;
	}
}

/* Sends @nlh and gives each message of the answer to @fn */
int nl_talk(struct nlmsghdr *nlh, nl_fn fn, void *arg)
{
	uint32_t seq = ++nl.seq;
	int len, code;

	nlh->nlmsg_type = nl.family;
	nlh->nlmsg_seq = seq;
	if (mnl_socket_sendto(nl.sk, nlh, nlh->nlmsg_len) < 0)
		return nl_complain(errno, NULL);
	for (;;) {
		len = mnl_socket_recvfrom(nl.sk, nl.answer, sizeof(nl.answer));
		if (len < 0)
			return nl_complain(errno, NULL);
		for (nlh = (struct nlmsghdr *)nl.answer; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			code = nl_handle(nlh, fn, arg);
			if (code >= 0)
				return code;
		}
	}
}

/* Opens the socket, and sends @nlh */
int nl_send(struct nlmsghdr *nlh)
{
	int code = nl_open();

	return code ?: nl_talk(nlh, NULL, NULL);
}

static void nl_group(const struct nlattr *groups)
{
	const struct nlattr *group, *attr, *name, *id;

	mnl_attr_for_each_nested(group, groups) {
		name = NULL;
		id = NULL;
		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = attr;
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = attr;
		}
		if (!strcmp(nl_str(name), TOE_MCGRP_EVENTS))
			nl.group = nl_u32(id);
	}
}

static void nl_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_MAX + 1];

	(void)arg;
	nl_attrs(nlh, tb, CTRL_ATTR_MAX);
	if (tb[CTRL_ATTR_FAMILY_ID])
		nl.family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (tb[CTRL_ATTR_MCAST_GROUPS])
		nl_group(tb[CTRL_ATTR_MCAST_GROUPS]);
}

/* The answer is one message or an error; only the latter is unexpected */
static int nl_resolve(const char *name)
{
	struct nlmsghdr *nlh;
	int len;

	nlh = nl_header(nl.answer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	nlh->nlmsg_flags &= ~NLM_F_ACK;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	if (mnl_socket_sendto(nl.sk, nlh, nlh->nlmsg_len) < 0)
		return nl_complain(errno, NULL);
	len = mnl_socket_recvfrom(nl.sk, nl.answer, sizeof(nl.answer));
	if (len < 0)
		return nl_complain(errno, NULL);
	nlh = (struct nlmsghdr *)nl.answer;
	if (mnl_nlmsg_ok(nlh, len) && nlh->nlmsg_type == GENL_ID_CTRL)
		nl_family(nlh, NULL);
	return TOECTL_OK;
}

void nl_close(void)
{
	if (nl.sk)
		mnl_socket_close(nl.sk);
	nl.sk = NULL;
}

/* A socket for family @name. Without such a family in the kernel: @missing. */
int nl_open_family(const char *name, const char *missing)
{
	int one = 1;
	int code;

	nl.family = 0;
	nl.sk = mnl_socket_open(NETLINK_GENERIC);
	if (!nl.sk || mnl_socket_bind(nl.sk, 0, MNL_SOCKET_AUTOPID) < 0)
		return nl_complain(errno, NULL);
	mnl_socket_setsockopt(nl.sk, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl.sk, NETLINK_GET_STRICT_CHK, &one,
			      sizeof(one));
	nl.seq = time(NULL);
	code = nl_resolve(name);
	if (!code && !nl.family)
		code = nl_complain(ENOENT, missing);
	if (code)
		nl_close();
	return code;
}

/* Further calls keep the socket */
int nl_open(void)
{
	if (nl.sk)
		return TOECTL_OK;
	return nl_open_family(TOE_FAMILY_NAME,
			      "the kernel has no TCP offload; load the module: modprobe toe");
}

/* Gives each event to @fn, until interrupted */
int nl_listen(nl_fn fn, void *arg)
{
	struct nlmsghdr *nlh;
	int len;

	if (mnl_socket_setsockopt(nl.sk, NETLINK_ADD_MEMBERSHIP, &nl.group,
				  sizeof(nl.group)) < 0)
		return nl_complain(errno, NULL);
	for (;;) {
		len = mnl_socket_recvfrom(nl.sk, nl.answer, sizeof(nl.answer));
		if (len < 0 && errno == ENOBUFS) {
			complain("events were lost, the system is faster than this terminal");
			continue;
		}
		if (len < 0)
			return nl_complain(errno, NULL);
		for (nlh = (struct nlmsghdr *)nl.answer; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			nl_handle(nlh, fn, arg);
	}
}
