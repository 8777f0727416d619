// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family "toe": hand-overs and counters. */
#include "parity.h"

#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

struct nl {
	struct mnl_socket *sk;
	uint16_t family;
	char buf[65536];
};

static struct nlmsghdr *nl_request(struct nl *nl, uint16_t type, uint8_t cmd,
				   uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = TOE_FAMILY_VERSION;
	return nlh;
}

typedef void (*nl_fn)(const struct nlmsghdr *nlh, void *arg);

/* One message of an answer; true = the last one */
static bool nl_message(const struct nlmsghdr *nlh, nl_fn fn, void *arg)
{
	const struct nlmsgerr *err;

	if (nlh->nlmsg_type == NLMSG_DONE)
		return true;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		err = mnl_nlmsg_get_payload(nlh);
		if (err->error)
			fail("netlink: %s", strerror(-err->error));
		return true;
	}
	fn(nlh, arg);
	return false;
}

static void nl_talk(struct nl *nl, struct nlmsghdr *req, nl_fn fn, void *arg)
{
	const struct nlmsghdr *nlh;
	bool last = false;
	int len;

	if (mnl_socket_sendto(nl->sk, req, req->nlmsg_len) < 0)
		fail("netlink: %s", strerror(errno));
	while (!last) {
		len = mnl_socket_recvfrom(nl->sk, nl->buf, sizeof(nl->buf));
		if (len < 0)
			fail("netlink: %s", strerror(errno));
		for (nlh = (struct nlmsghdr *)nl->buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			last |= nl_message(nlh, fn, arg);
	}
}

static void nl_on_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)arg = mnl_attr_get_u16(attr);
	}
}

/* In the host of the caller */
struct nl *nl_open(void)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct nlmsghdr *nlh;

	nl->sk = mnl_socket_open(NETLINK_GENERIC);
	if (!nl->sk || mnl_socket_bind(nl->sk, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("netlink: %s", strerror(errno));
	nlh = nl_request(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TOE_FAMILY_NAME);
	nl_talk(nl, nlh, nl_on_family, &nl->family);
	return nl;
}

void nl_close(struct nl *nl)
{
	mnl_socket_close(nl->sk);
	free(nl);
}

static void nl_on_moved(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == TOE_A_CONN_DONE)
			*(int *)arg = mnl_attr_get_u32(attr);
	}
}

/* Every connection of the host, as `toectl conn offload all` and `upload all` */
int nl_move_all(struct nl *nl, bool down)
{
	struct nlmsghdr *nlh = nl_request(nl, nl->family, down ?
					  TOE_CMD_CONN_OFFLOAD :
					  TOE_CMD_CONN_UPLOAD, 0);
	int moved = 0;

	mnl_attr_put(nlh, TOE_A_CONN_ALL, 0, NULL);
	nl_talk(nl, nlh, nl_on_moved, &moved);
	return moved;
}

static void nl_on_stat(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	struct stats *st = arg;

	if (st->n == MAX_STATS)
		fail("more than %d counters", MAX_STATS);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case TOE_A_STAT_GROUP:
			strncpy(st->s[st->n].group, mnl_attr_get_str(attr),
				sizeof(st->s[0].group) - 1);
			break;
		case TOE_A_STAT_NAME:
			strncpy(st->s[st->n].name, mnl_attr_get_str(attr),
				sizeof(st->s[0].name) - 1);
			break;
		case TOE_A_STAT_VALUE:
			st->s[st->n].value = mnl_attr_get_u64(attr);
			break;
		}
	}
	st->n++;
}

void nl_stats(struct nl *nl, struct stats *st)
{
	memset(st, 0, sizeof(*st));
	nl_talk(nl, nl_request(nl, nl->family, TOE_CMD_STATS_GET, NLM_F_DUMP),
		nl_on_stat, st);
}
