// SPDX-License-Identifier: GPL-2.0-only
/* Buffers, windows, and what is in them. */
#define _GNU_SOURCE
#include "parity.h"

#include <linux/sock_diag.h>
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

/* A window of zero is probed until it opens. */
CASE(memory, zero_window)
{
	size_t n = fill(f->sk);

	nap(1500);
	drain(f->peer, n);
	put(f->sk, 1000);
	get(f->peer, 1000);
}
