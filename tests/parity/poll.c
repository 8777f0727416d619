// SPDX-License-Identifier: GPL-2.0-only
/* Readiness: poll, select, epoll, low-water marks. */
#define _GNU_SOURCE
#include "parity.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define EVERYTHING	(POLLIN | POLLOUT | POLLPRI | POLLRDHUP | \
			 POLLRDNORM | POLLWRNORM)

static int events(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = EVERYTHING };

	return poll(&p, 1, ms) < 0 ? -1 : p.revents;
}

static void until(int fd, int mask)
{
	struct pollfd p = { .fd = fd, .events = mask };

	if (poll(&p, 1, 20000) != 1)
		fail("events %#x did not come: %#x", mask, events(fd, 0));
}

static void peer_sends(struct fixture *f)
{
	put(f->peer, 100);
}

CASE(poll, level)
{
	pthread_t t;

	EQ(events(f->sk, 0), POLLOUT | POLLWRNORM);
	t = later(f, 20, peer_sends);
	until(f->sk, POLLIN);
	TELL(events(f->sk, 0));
	TELL(events(f->sk, 0));
	get(f->sk, 100);
	EQ(events(f->sk, 0), POLLOUT | POLLWRNORM);
	done(t);
}

CASE(poll, full)
{
	size_t n = fill(f->sk);

	EQ(events(f->sk, 0), 0);
	drain(f->peer, n);
	until(f->sk, POLLOUT);
	EQ(events(f->sk, 0), POLLOUT | POLLWRNORM);
}

CASE(poll, peer_shut, .ends = true)
{
	put(f->peer, 10);
	shutdown(f->peer, SHUT_WR);
	until(f->sk, POLLRDHUP);
	TELL(events(f->sk, 0));
	get(f->sk, 10);
	TELL(events(f->sk, 0));
	EQ(recv(f->sk, room, 1, 0), 0);
	TELL(events(f->sk, 0));
	put(f->sk, 1000);
	get(f->peer, 1000);
}

CASE(poll, own_shut, .ends = true)
{
	shutdown(f->sk, SHUT_WR);
	TELL(events(f->sk, 0));
	EQ(recv(f->peer, room, 1, 0), 0);
	put(f->peer, 10);
	until(f->sk, POLLIN);
	get(f->sk, 10);
	shutdown(f->peer, SHUT_WR);
	until(f->sk, POLLRDHUP);
	TELL(events(f->sk, 0));
	EQ(recv(f->sk, room, 1, 0), 0);
}

CASE(poll, shut_rd, .ends = true)
{
	talk(f);
	shutdown(f->sk, SHUT_RD);
	TELL(events(f->sk, 0));
	TELL(recv(f->sk, room, 1, 0));
}

CASE(poll, reset, .ends = true)
{
	put(f->peer, 10);
	wait_in(f->sk, 10);
	reset(&f->peer);
	until(f->sk, POLLRDHUP);
	TELL(events(f->sk, 0));
	EQ(got(f->sk, SOL_SOCKET, SO_ERROR), ECONNRESET);
	EQ(got(f->sk, SOL_SOCKET, SO_ERROR), 0);
	TELL(events(f->sk, 0));
	TELL(recv(f->sk, room, 100, 0));
	TELL(recv(f->sk, room, 100, 0));
}

CASE(poll, select)
{
	struct timeval tv = { 20, 0 };
	fd_set r, w, x;

	put(f->peer, 10);
	wait_in(f->sk, 10);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&x);
	FD_SET(f->sk, &r);
	FD_SET(f->sk, &w);
	FD_SET(f->sk, &x);
	EQ(select(f->sk + 1, &r, &w, &x, &tv), 2);
	OK(FD_ISSET(f->sk, &r) && FD_ISSET(f->sk, &w));
	OK(!FD_ISSET(f->sk, &x));
}

/* ---- epoll ------------------------------------------------------------------- */

static int epoll_on(int fd, uint32_t mask)
{
	struct epoll_event ev = { .events = mask };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		fail("epoll_ctl: %s", strerror(errno));
	return ep;
}

/* The next event, 0 when there is none within @ms */
static int next(int ep, int ms)
{
	struct epoll_event ev;
	int n = epoll_wait(ep, &ev, 1, ms);

	return n <= 0 ? n : (int)ev.events;
}

CASE(epoll, level)
{
	int ep = epoll_on(f->sk, EPOLLIN | EPOLLRDHUP);

	EQ(next(ep, 0), 0);
	put(f->peer, 100);
	EQ(next(ep, 20000), EPOLLIN);
	EQ(next(ep, 0), EPOLLIN);
	get(f->sk, 100);
	EQ(next(ep, 0), 0);
	close(ep);
}

CASE(epoll, edge)
{
	int ep = epoll_on(f->sk, EPOLLIN | EPOLLET);

	put(f->peer, 100);
	EQ(next(ep, 20000), EPOLLIN);
	EQ(next(ep, 30), 0);		/* not read, and no new edge */
	put(f->peer, 100);
	EQ(next(ep, 20000), EPOLLIN);
	wait_in(f->sk, 200);
	EQ(next(ep, 30), 0);
	get(f->sk, 100);
	get(f->sk, 100);
	EQ(next(ep, 30), 0);
	put(f->peer, 100);
	EQ(next(ep, 20000), EPOLLIN);
	close(ep);
}

CASE(epoll, edge_out)
{
	int ep = epoll_on(f->sk, EPOLLOUT | EPOLLET);
	size_t n;

	EQ(next(ep, 1000), EPOLLOUT);
	EQ(next(ep, 30), 0);
	n = fill(f->sk);
	while (next(ep, 50))
		;
	drain(f->peer, n);
	EQ(next(ep, 20000), EPOLLOUT);
	close(ep);
}

CASE(epoll, edge_rdhup, .ends = true)
{
	int ep = epoll_on(f->sk, EPOLLIN | EPOLLRDHUP | EPOLLET);

	EQ(next(ep, 0), 0);
	shutdown(f->peer, SHUT_WR);
	EQ(next(ep, 20000), EPOLLIN | EPOLLRDHUP);
	EQ(recv(f->sk, room, 1, 0), 0);
	close(ep);
}

CASE(epoll, oneshot)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = epoll_on(f->sk, EPOLLIN | EPOLLONESHOT);

	put(f->peer, 100);
	EQ(next(ep, 20000), EPOLLIN);
	put(f->peer, 100);
	EQ(next(ep, 30), 0);
	EQ(epoll_ctl(ep, EPOLL_CTL_MOD, f->sk, &ev), 0);
	EQ(next(ep, 20000), EPOLLIN);
	close(ep);
}

CASE(epoll, reset, .ends = true)
{
	int ep = epoll_on(f->sk, EPOLLIN | EPOLLRDHUP | EPOLLET);

	reset(&f->peer);
	EQ(next(ep, 20000), EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP);
	ERR(recv(f->sk, room, 1, 0), ECONNRESET);
	EQ(recv(f->sk, room, 1, 0), 0);
	close(ep);
}

/* ---- low-water marks -------------------------------------------------------------- */

static void peer_sends_mark(struct fixture *f)
{
	put(f->peer, 1000);
}

CASE(poll, rcvlowat)
{
	pthread_t t;

	set(f->sk, SOL_SOCKET, SO_RCVLOWAT, 1000);
	put(f->peer, 500);
	wait_in(f->sk, 500);
	EQ(events(f->sk, 30), POLLOUT | POLLWRNORM);
	EQ(recv(f->sk, room, 100, MSG_DONTWAIT), 100);
	put(f->peer, 600);
	until(f->sk, POLLIN);
	EQ(asked(f->sk, SIOCINQ), 1000);
	EQ(recv(f->sk, room, 2000, 0), 1000);
	/* a blocking read waits for the mark */
	t = later(f, 30, peer_sends_mark);
	EQ(recv(f->sk, room, 2000, 0), 1000);
	done(t);
}

/* Nothing is ready while more than the mark is unsent */
CASE(poll, notsent_lowat)
{
	size_t n;
	int unsent;

	set(f->sk, SOL_TCP, TCP_NOTSENT_LOWAT, 8192);
	n = fill(f->sk);
	EQ(events(f->sk, 0), 0);
	unsent = asked(f->sk, SIOCOUTQNSD);
	OK(unsent >= 8192);
	OK(unsent <= 8192 + 65536);
	drain(f->peer, n);
	until(f->sk, POLLOUT);
	wait_acked(f->sk);
	EQ(asked(f->sk, SIOCOUTQNSD), 0);
}
