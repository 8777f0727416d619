// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlfuzz [SEED [ROUNDS]] - sends nonsense to the netlink family "toe"
 *
 * Messages with random commands, flags, attributes, lengths and nesting, from
 * almost valid to garbage. The kernel has to answer or ignore each of them;
 * this program only checks that it still answers at the end. The seed is
 * printed, and the same seed sends the same messages.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/toe.h>

#define MAX_MESSAGE	2048

static struct mnl_socket *sk;
static uint64_t state;

/* xorshift64* */
static uint32_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL) >> 32;
}

static uint32_t below(uint32_t n)
{
	return rnd() % n;
}

static void die(const char *what)
{
	fprintf(stderr, "nlfuzz: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint16_t resolve(void)
{
	char buf[8192];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct nlattr *attr;
	struct genlmsghdr *genl;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, TOE_FAMILY_NAME);
	if (mnl_socket_sendto(sk, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(sk, buf, sizeof(buf)) < 0)
		die("family");
	nlh = (struct nlmsghdr *)buf;
	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*genl)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			return mnl_attr_get_u16(attr);
	}
	return 0;
}

/* Numbers that code gets wrong, and small ones that name real things */
static uint32_t value(void)
{
	static const uint32_t odd[] = {
		0, 1, 2, 31, 32, 33, 95, 96, 97, 127, 128, 129, 255, 256,
		65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	switch (below(3)) {
	case 0:
		return odd[below(sizeof(odd) / sizeof(odd[0]))];
	case 1:
		return below(8);
	default:
		return rnd();
	}
}

/* One attribute at @buf, at most @room bytes; its length may be a lie */
static int attribute(char *buf, int room)
{
	static const uint8_t sizes[] = { 0, 1, 2, 4, 4, 4, 8, 16, 17, 64 };
	struct nlattr *attr = (struct nlattr *)buf;
	int len = sizes[below(sizeof(sizes))], i;
	uint32_t word;

	if (room < (int)NLA_HDRLEN + 64)
		return 0;
	attr->nla_type = below(56);
	if (!below(16))
		attr->nla_type |= NLA_F_NESTED;
	if (!below(32))
		attr->nla_type |= NLA_F_NET_BYTEORDER;
	if (!below(32))
		attr->nla_type = rnd();
	for (i = 0; i < 64; i += 4) {
		word = value();
		memcpy(buf + NLA_HDRLEN + i, &word, sizeof(word));
	}
	attr->nla_len = NLA_HDRLEN + len;
	if (!below(64))
		attr->nla_len = rnd();
	return NLA_HDRLEN + NLA_ALIGN(len);
}

static void message(uint16_t family)
{
	static char buf[MAX_MESSAGE + 64];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct genlmsghdr *genl = (struct genlmsghdr *)(buf + NLMSG_HDRLEN);
	int len = NLMSG_HDRLEN + GENL_HDRLEN, i, nr = below(8);

	memset(buf, 0, sizeof(buf));
	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (below(2) ? NLM_F_ACK : 0) |
			   (below(3) ? 0 : NLM_F_DUMP);
	if (!below(32))
		nlh->nlmsg_flags = rnd() | NLM_F_REQUEST;
	genl->cmd = below(14);
	genl->version = below(16) ? TOE_FAMILY_VERSION : rnd();
	genl->reserved = below(32) ? 0 : rnd();
	for (i = 0; i < nr; i++)
		len += attribute(buf + len, MAX_MESSAGE - len);
	if (!below(32))
		len -= below(len - NLMSG_HDRLEN);
	nlh->nlmsg_len = len;
	if (!below(64))
		nlh->nlmsg_len = rnd();
	if (mnl_socket_sendto(sk, buf, len) < 0 && errno != ENOBUFS)
		die("send");
}

/* Answers are not looked at, but must not fill the socket */
static void drain(void)
{
	struct pollfd pfd = { .fd = mnl_socket_get_fd(sk), .events = POLLIN };
	static char buf[65536];

	while (poll(&pfd, 1, 0) > 0)
		mnl_socket_recvfrom(sk, buf, sizeof(buf));
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) :
			     (unsigned long)time(NULL);
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 100000;
	unsigned long i;
	uint16_t family;

	printf("seed %lu\n", seed);
	state = seed * 2 + 1;
	sk = mnl_socket_open(NETLINK_GENERIC);
	if (!sk || mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	family = resolve();
	if (!family) {
		fprintf(stderr, "nlfuzz: no family \"%s\"\n", TOE_FAMILY_NAME);
		return 1;
	}
	for (i = 0; i < rounds; i++) {
		message(family);
		drain();
	}
	mnl_socket_close(sk);
	sk = mnl_socket_open(NETLINK_GENERIC);
	if (!sk || mnl_socket_bind(sk, 0, MNL_SOCKET_AUTOPID) < 0)
		die("socket");
	if (resolve() != family) {
		fprintf(stderr, "nlfuzz: the family is gone\n");
		return 1;
	}
	printf("sent %lu\n", rounds);
	return 0;
}
