// SPDX-License-Identifier: GPL-2.0-only
/*
 * synflood [-a] -n COUNT [-p PORT] ADDRESS - segments from addresses that nobody
 * has
 *
 * SYNs from 10.10.0.0/16 to PORT (5002) of ADDRESS, each from another address and
 * port. -a: segments with an ACK and payload instead, of connections that do not
 * exist.
 *
 * For tests of what a flood costs; there has to be a route back to here, so that
 * the answers end here. Root only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD		32

struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t payload[PAYLOAD];
} __attribute__((packed));

static uint32_t sum(const void *data, size_t len, uint32_t start)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		start += p[i] << 8 | p[i + 1];
	return start;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons(~s);
}

/* Returns its length */
static size_t make(struct segment *s, uint32_t i, bool ack, uint32_t to,
		   uint16_t port)
{
	size_t len = sizeof(s->tcp) + (ack ? PAYLOAD : 0);
	uint32_t pseudo;

	memset(s, 0, sizeof(*s));
	s->ip.version = 4;
	s->ip.ihl = 5;
	s->ip.ttl = 64;
	s->ip.protocol = IPPROTO_TCP;
	s->ip.tot_len = htons(sizeof(s->ip) + len);
	s->ip.saddr = htonl(0x0a0a0000 | (i * 40503 & 0xffff));
	s->ip.daddr = to;
	s->tcp.source = htons(1024 + i % 60000);
	s->tcp.dest = htons(port);
	s->tcp.seq = htonl(i * 2654435761U);
	s->tcp.doff = 5;
	s->tcp.window = htons(65535);
	s->tcp.syn = !ack;
	s->tcp.ack = ack;
	if (ack)
		s->tcp.ack_seq = htonl(i * 2246822519U);
	pseudo = sum(&s->ip.saddr, 8, IPPROTO_TCP + len);
	s->tcp.check = fold(sum(&s->tcp, len, pseudo));
	return sizeof(s->ip) + len;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint16_t port = 5002;
	uint32_t count = 0, i;
	struct segment s;
	bool ack = false;
	int fd, opt;
	size_t len;

	while ((opt = getopt(argc, argv, "an:p:")) != -1) {
		if (opt == 'a')
			ack = true;
		else if (opt == 'n')
			count = strtoul(optarg, NULL, 0);
		else if (opt == 'p')
			port = strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (optind + 1 != argc || !count ||
	    inet_pton(AF_INET, argv[optind], &to.sin_addr) != 1) {
		fputs("usage: synflood [-a] -n COUNT [-p PORT] ADDRESS\n",
		      stderr);
		return 2;
	}
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("synflood: socket");
		return 1;
	}
	for (i = 0; i < count; i++) {
		len = make(&s, i, ack, to.sin_addr.s_addr, port);
		while (sendto(fd, &s, len, 0, (void *)&to, sizeof(to)) < 0) {
			if (errno == ENOBUFS)
				continue;
			perror("synflood: sendto");
			return 1;
		}
	}
	return 0;
}
