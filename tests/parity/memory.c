// SPDX-License-Identifier: GPL-2.0-only
/* Buffers, windows, and what is in them. */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t meminfo(int fd, int what)
{
	uint32_t mem[SK_MEMINFO_VARS] = { };
	socklen_t len = sizeof(mem);

	EQ(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, mem, &len), 0);
	return mem[what];
}

CASE(memory, inq)
{
	EQ(asked(f->sk, SIOCINQ), 0);
	put(f->peer, 1000);
	wait_in(f->sk, 1000);
	EQ(asked(f->sk, SIOCINQ), 1000);
	EQ(recv(f->sk, room, 300, 0), 300);
	EQ(asked(f->sk, SIOCINQ), 700);
	EQ(asked(f->sk, SIOCATMARK), 0);
	get_from(f->sk, 300, 700);
	EQ(asked(f->sk, SIOCINQ), 0);
}

CASE(memory, inq_end, .ends = true)
{
	put(f->peer, 1000);
	shutdown(f->peer, SHUT_WR);
	wait_in(f->sk, 1000);
	while (recv(f->sk, room, 1, MSG_PEEK | MSG_DONTWAIT) != 1)
		nap(1);
	EQ(asked(f->sk, SIOCINQ), 1000);
	get(f->sk, 1000);
	EQ(recv(f->sk, room, 1, 0), 0);
	EQ(asked(f->sk, SIOCINQ), 0);
}

CASE(memory, outq)
{
	size_t n = fill(f->sk);
	int unacked = asked(f->sk, SIOCOUTQ);

	OK(unacked > 0 && unacked <= (int)n);
	OK(asked(f->sk, SIOCOUTQNSD) <= unacked);
	drain(f->peer, n);
	wait_acked(f->sk);
	EQ(asked(f->sk, SIOCOUTQNSD), 0);
}

CASE(memory, outq_fin, .ends = true)
{
	put(f->sk, 1000);
	shutdown(f->sk, SHUT_WR);
	get(f->peer, 1000);
	EQ(recv(f->peer, room, 1, 0), 0);
	wait_acked(f->sk);
	TELL(asked(f->sk, SIOCOUTQ));
}

/* What was charged is given back. */
CASE(memory, charged)
{
	double end;
	size_t n;

	n = fill(f->sk);
	OK(meminfo(f->sk, SK_MEMINFO_WMEM_QUEUED) > 0);
	drain(f->peer, n);
	wait_acked(f->sk);
	/* what was written last may live on as the cache of the socket */
	TELL(meminfo(f->sk, SK_MEMINFO_WMEM_QUEUED));
	n = fill(f->peer);
	OK(meminfo(f->sk, SK_MEMINFO_RMEM_ALLOC) > 65536);
	drain(f->sk, n);
	/* read, but perhaps not freed yet: TCP defers that */
	put(f->peer, 1);
	get(f->sk, 1);
	end = now() + 10;
	while (meminfo(f->sk, SK_MEMINFO_RMEM_ALLOC) > 8192 && now() < end)
		nap(5);
	OK(meminfo(f->sk, SK_MEMINFO_RMEM_ALLOC) <= 8192);
	EQ(meminfo(f->sk, SK_MEMINFO_BACKLOG), 0);
}

CASE(memory, sndbuf)
{
	size_t small, large;

	set(f->sk, SOL_SOCKET, SO_SNDBUF, 10000);
	EQ(got(f->sk, SOL_SOCKET, SO_SNDBUF), 20000);
	set(f->peer, SOL_SOCKET, SO_RCVBUF, 20000);
	small = fill(f->sk);
	drain(f->peer, small);
	wait_acked(f->sk);
	set(f->sk, SOL_SOCKET, SO_SNDBUF, 200000);
	EQ(got(f->sk, SOL_SOCKET, SO_SNDBUF), 400000);
	large = fill(f->sk);
	OK(large > small + 100000);
	/* it bounds what is queued */
	OK(meminfo(f->sk, SK_MEMINFO_WMEM_QUEUED) < 600000);
	drain(f->peer, large);
	EQ(got(f->sk, SOL_SOCKET, SO_SNDBUF), 400000);
}

static void small_rcvbuf(int fd)
{
	set(fd, SOL_SOCKET, SO_RCVBUF, 8192);
}

CASE(memory, rcvbuf, .prepare = small_rcvbuf)
{
	size_t n;

	EQ(got(f->sk, SOL_SOCKET, SO_RCVBUF), 16384);
	set(f->peer, SOL_SOCKET, SO_SNDBUF, 20000);
	n = fill(f->peer);
	OK(asked(f->sk, SIOCINQ) <= 16384);
	OK(meminfo(f->sk, SK_MEMINFO_RMEM_ALLOC) <= 4 * 16384);
	drain(f->sk, n);
	EQ(got(f->sk, SOL_SOCKET, SO_RCVBUF), 16384);
}

static void peer_sends_all(struct fixture *f)
{
	put(f->peer, sizeof(data));
}

/* The window closes and opens, many times. */
CASE(memory, slow_reader, .prepare = small_rcvbuf)
{
	pthread_t t = later(f, 0, peer_sends_all);
	size_t at = 0;

	while (at < 200000) {
		nap(1);
		get_from(f->sk, at, 2000);
		at += 2000;
	}
	get_from(f->sk, at, sizeof(data) - at);
	done(t);
}

CASE(memory, shrink)
{
	size_t n = fill(f->peer);

	set(f->sk, SOL_SOCKET, SO_RCVBUF, 20000);
	drain(f->sk, n);
	put(f->peer, 1000);
	get(f->sk, 1000);
}

static void peer_gets_data(struct fixture *f)
{
	get(f->peer, sizeof(data));
}

/* What nobody has set grows with what is used of it, and is not beyond the limits. */
CASE(memory, autotuning)
{
	int rcvbuf = got(f->sk, SOL_SOCKET, SO_RCVBUF);
	int sndbuf = got(f->sk, SOL_SOCKET, SO_SNDBUF);
	pthread_t t;
	int i;

	for (i = 0; i < 4; i++) {
		t = later(f, 0, peer_sends_all);
		get(f->sk, sizeof(data));
		done(t);
		t = later(f, 0, peer_gets_data);
		put(f->sk, sizeof(data));
		done(t);
	}
	OK(got(f->sk, SOL_SOCKET, SO_RCVBUF) > rcvbuf);
	OK(got(f->sk, SOL_SOCKET, SO_RCVBUF) <= 6291456);
	OK(got(f->sk, SOL_SOCKET, SO_SNDBUF) > sndbuf);
	OK(got(f->sk, SOL_SOCKET, SO_SNDBUF) <= 4194304);
}

/* A window of zero is probed until it opens. */
CASE(memory, zero_window)
{
	size_t n = fill(f->sk);

	nap(1500);
	drain(f->peer, n);
	put(f->sk, 1000);
	get(f->peer, 1000);
}

/* ---- the memory of all of TCP ------------------------------------------------- */

static char tcp_mem_was[128];

/* It belongs to the first namespace, whoever asks. */
static int tcp_mem_open(int flags)
{
	int ns = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0 || back < 0 || setns(ns, CLONE_NEWNET))
		return -1;
	fd = open("/proc/sys/net/ipv4/tcp_mem", flags | O_CLOEXEC);
	if (setns(back, CLONE_NEWNET))
		abort();
	close(ns);
	close(back);
	return fd;
}

static void tcp_mem_read(char *buf, size_t size)
{
	int fd = tcp_mem_open(O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0) {
		perror("tcp_mem");
		exit(2);
	}
	buf[n] = 0;
	close(fd);
}

static bool tcp_mem_write(const char *val)
{
	int fd = tcp_mem_open(O_WRONLY), len = strlen(val);
	bool ok = fd >= 0 && write(fd, val, len) == len;

	close(fd);
	return ok;
}

void tcp_mem_save(void)
{
	tcp_mem_read(tcp_mem_was, sizeof(tcp_mem_was));
}

bool tcp_mem_restore(void)
{
	char is[sizeof(tcp_mem_was)];

	tcp_mem_read(is, sizeof(is));
	if (!strcmp(is, tcp_mem_was))
		return false;
	if (!tcp_mem_write(tcp_mem_was)) {
		perror("tcp_mem");
		exit(2);
	}
	return true;
}

/* What /proc/net/protocols says of TCP over IPv4 and IPv6, which share it */
static bool pressed(void)
{
	char line[256], name[16], press[8];
	FILE *file = fopen("/proc/self/net/protocols", "r");
	bool yes = false;

	OK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%15s %*s %*s %*s %7s", name, press) == 2 &&
		    (!strcmp(name, "TCP") || !strcmp(name, "TCPv6")))
			yes |= !strcmp(press, "yes");
	fclose(file);
	return yes;
}

/* Neither buffer is what stops the other end */
static void roomy(struct fixture *f)
{
	set(f->sk, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	set(f->sk, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);
	set(f->peer, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	set(f->peer, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);
}

/* Both directions without a reader; nothing is lost when one comes. A processor
 * keeps up to 1 MB to itself before the kernel counts it. @most: bytes that may wait
 */
static void fill_both(struct fixture *f, uint32_t most)
{
	size_t n = fill(f->peer);
	uint32_t rmem = meminfo(f->sk, SK_MEMINFO_RMEM_ALLOC);

	OK(pressed());
	if (rmem > most)
		fail("%u bytes in the socket", rmem);
	drain(f->sk, n);
	n = fill(f->sk);
	drain(f->peer, n);
	wait_acked(f->sk);
}

static void peer_gets_all(struct fixture *f)
{
	get(f->peer, sizeof(data));
}

/* Pages: beyond the second number everybody is asked to be modest. */
CASE(memory, pressure)
{
	pthread_t t;

	roomy(f);
	OK(tcp_mem_write("128 256 1000000"));
	fill_both(f, UINT32_MAX);
	t = later(f, 0, peer_gets_all);
	put(f->sk, sizeof(data));
	done(t);
	OK(tcp_mem_restore());
}

/* Beyond the third there is none, but for the little that everybody may have, and
 * what the peer had been promised before.
 */
CASE(memory, exhausted)
{
	roomy(f);
	OK(tcp_mem_write("128 256 384"));
	fill_both(f, 8 << 20);
	OK(tcp_mem_restore());
	put(f->sk, 100000);
	get(f->peer, 100000);
	put(f->peer, 100000);
	get(f->sk, 100000);
}
