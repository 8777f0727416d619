// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client and server of the cost measurement: request/response or bulk over
 * one connection. Under QEMU's instruction-count clock a nanosecond is an
 * instruction, so what it prints are instructions of the whole machine.
 *
 *	cost serve PORT
 *	cost rr ADDRESS PORT SIZE COUNT		per transaction
 *	cost bulk ADDRESS PORT BYTES		per KiB
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BULK_CHUNK	(64 * 1024)
#define WARM_BYTES	(256 * 1024)	/* past min_bytes and slow start */

/* What the client asks for: @size 0 = swallow everything */
struct ask {
	uint64_t size, count;
};

static char buf[1 << 20];

static void send_all(int fd, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len > sizeof(buf) ? sizeof(buf) : len,
				 MSG_NOSIGNAL);

		if (n <= 0)
			err(1, "send");
		len -= n;
	}
}

static void recv_all(int fd, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, len > sizeof(buf) ? sizeof(buf) : len,
				 0);

		if (n < 0)
			err(1, "recv");
		if (!n)
			errx(1, "recv: unexpected end");
		len -= n;
	}
}

static void serve_one(int fd)
{
	struct ask ask;
	int one = 1;

	setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
	if (recv(fd, &ask, sizeof(ask), MSG_WAITALL) != sizeof(ask))
		errx(1, "no request");
	if (ask.size) {
		while (ask.count--) {
			recv_all(fd, ask.size);
			send_all(fd, ask.size);
		}
	} else {
		recv_all(fd, ask.count);
		send_all(fd, 1);
	}
	close(fd);
}

static int serve(int port)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int one = 1, fd = socket(AF_INET6, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&sa, sizeof(sa)) || listen(fd, 128))
		err(1, "port %d", port);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			err(1, "accept");
		serve_one(c);
	}
}

static int dial(const char *addr, int port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, addr, &sa.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", addr);
	if (connect(fd, (void *)&sa, sizeof(sa)))
		err(1, "%s port %d", addr, port);
	setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void rr(int fd, uint64_t size, uint64_t count)
{
	uint64_t warm = WARM_BYTES / size / 2 + 200, start, i;
	struct ask ask = { size, count + warm };

	send_all(fd, 0);
	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		err(1, "send");
	start = 0;
	for (i = 0; i < ask.count; i++) {
		if (i == warm)
			start = now();
		send_all(fd, size);
		recv_all(fd, size);
	}
	printf("%.0f\n", (double)(now() - start) / count);
}

static void bulk(int fd, uint64_t bytes)
{
	uint64_t warm = 8 << 20, start, left;
	struct ask ask = { 0, bytes + warm };

	if (send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		err(1, "send");
	for (left = warm; left; left -= BULK_CHUNK)
		send_all(fd, BULK_CHUNK);
	start = now();
	for (left = bytes; left; left -= BULK_CHUNK)
		send_all(fd, BULK_CHUNK);
	recv_all(fd, 1);
	printf("%.1f\n", (double)(now() - start) / (bytes / 1024.0));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]));
	if (argc == 6 && !strcmp(argv[1], "rr")) {
		rr(dial(argv[2], atoi(argv[3])), atoi(argv[4]), atoll(argv[5]));
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "bulk")) {
		bulk(dial(argv[2], atoi(argv[3])),
		     atoll(argv[4]) / BULK_CHUNK * BULK_CHUNK);
		return 0;
	}
	fprintf(stderr, "usage: cost serve PORT\n"
		"       cost rr ADDRESS PORT SIZE COUNT\n"
		"       cost bulk ADDRESS PORT BYTES\n");
	return 2;
}
