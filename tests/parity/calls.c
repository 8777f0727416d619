// SPDX-License-Identifier: GPL-2.0-only
/* Sending and receiving: flags, time-outs, signals, ancillary data. */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>

static void peer_sends(struct fixture *f)
{
	put(f->peer, 1000);
}

static void peer_shuts(struct fixture *f)
{
	put(f->peer, 500);
	shutdown(f->peer, SHUT_WR);
}

static void peer_gets_big(struct fixture *f)
{
	get(f->peer, sizeof(data));
}

CASE(calls, partial)
{
	put(f->peer, 10);
	wait_in(f->sk, 10);
	EQ(recv(f->sk, room, 4, 0), 4);
	EQ(recv(f->sk, room, 100, 0), 6);
	ERR(recv(f->sk, room, 100, MSG_DONTWAIT), EAGAIN);
	EQ(read(f->sk, room, 0), 0);
	nonblock(f->sk, true);
	ERR(recv(f->sk, room, 100, 0), EAGAIN);
	ERR(recv(f->sk, room, 100, MSG_WAITALL), EAGAIN);
}

CASE(calls, nonblocking_send)
{
	size_t n;

	nonblock(f->sk, true);
	n = fill(f->sk);
	OK(n > 4096);
	ERR(send(f->sk, data, 1, 0), EAGAIN);
	drain(f->peer, n);
	wait_acked(f->sk);
	EQ(send(f->sk, data, 1000, 0), 1000);
	get(f->peer, 1000);
}

CASE(calls, blocking_send)
{
	pthread_t t = later(f, 30, peer_gets_big);

	EQ(send(f->sk, data, sizeof(data), 0), sizeof(data));
	done(t);
}

CASE(calls, both_ways)
{
	pthread_t t = later(f, 0, peer_gets_big);
	int i;

	for (i = 0; i < 64; i++) {
		EQ(send(f->sk, data + i * (sizeof(data) / 64),
			sizeof(data) / 64, 0), sizeof(data) / 64);
		put(f->peer, 1000);
		get(f->sk, 1000);
	}
	done(t);
}

CASE(calls, blocking_recv)
{
	int i;

	for (i = 0; i < 10; i++) {
		pthread_t t = later(f, 5, peer_sends);

		EQ(recv(f->sk, room, 1000, MSG_WAITALL), 1000);
		matches(room, 0, 1000);
		done(t);
	}
}

CASE(calls, waitall_end, .ends = true)
{
	pthread_t t = later(f, 20, peer_shuts);

	EQ(recv(f->sk, room, 1000, MSG_WAITALL), 500);
	EQ(recv(f->sk, room, 1000, MSG_WAITALL), 0);
	EQ(recv(f->sk, room, 1000, MSG_PEEK), 0);
	done(t);
}

CASE(calls, peek)
{
	put(f->peer, 1000);
	wait_in(f->sk, 1000);
	EQ(recv(f->sk, room, 100, MSG_PEEK), 100);
	EQ(recv(f->sk, room, 2000, MSG_PEEK), 1000);
	matches(room, 0, 1000);
	EQ(recv(f->sk, room, 1000, MSG_PEEK | MSG_WAITALL), 1000);
	EQ(asked(f->sk, SIOCINQ), 1000);
	get(f->sk, 1000);
	ERR(recv(f->sk, room, 10, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

CASE(calls, trunc)
{
	put(f->peer, 1000);
	wait_in(f->sk, 1000);
	EQ(recv(f->sk, NULL, 300, MSG_TRUNC), 300);
	EQ(recv(f->sk, room, 10000, MSG_TRUNC), 700);
	EQ(asked(f->sk, SIOCINQ), 0);
	ERR(recv(f->sk, room, 10, MSG_TRUNC | MSG_DONTWAIT), EAGAIN);
}

CASE(calls, rcvtimeo)
{
	struct timeval tv = { 0, 200000 };
	double start = ticks();
	pthread_t t;

	EQ(setsockopt(f->sk, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	ERR(recv(f->sk, room, 10, 0), EAGAIN);
	OK(ticks() - start >= 0.195 && ticks() - start < 10);
	put(f->peer, 10);
	start = ticks();
	EQ(recv(f->sk, room, 20, MSG_WAITALL), 10);
	OK(ticks() - start >= 0.195);
	tv.tv_sec = 30;
	EQ(setsockopt(f->sk, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	t = later(f, 20, peer_sends);
	EQ(recv(f->sk, room, 1000, MSG_WAITALL), 1000);
	done(t);
}

CASE(calls, sndtimeo)
{
	struct timeval tv = { 0, 200000 };
	size_t n = fill(f->sk);
	double start = ticks();

	EQ(setsockopt(f->sk, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
	ERR(send(f->sk, data, 10, 0), EAGAIN);
	OK(ticks() - start >= 0.195 && ticks() - start < 10);
	drain(f->peer, n);
	EQ(send(f->sk, data, 10, 0), 10);
	get(f->peer, 10);
}

/* ---- signals --------------------------------------------------------------- */

static volatile int signals;
static pthread_t main_thread;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

static void signalled(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
	signals = 0;
	main_thread = pthread_self();
}

static void interrupt(struct fixture *f)
{
	(void)f;
	pthread_kill(main_thread, SIGUSR1);
}

static void interrupt_then_send(struct fixture *f)
{
	pthread_kill(main_thread, SIGUSR1);
	nap(20);
	put(f->peer, 1000);
}

CASE(calls, eintr_recv)
{
	struct timeval tv = { 30, 0 };
	pthread_t t;

	signalled(SIGUSR1, 0);
	t = later(f, 50, interrupt);
	ERR(recv(f->sk, room, 10, 0), EINTR);
	done(t);
	put(f->peer, 10);
	wait_in(f->sk, 10);
	t = later(f, 50, interrupt);
	EQ(recv(f->sk, room, 1000, MSG_WAITALL), 10);
	done(t);
	signalled(SIGUSR1, SA_RESTART);
	t = later(f, 50, interrupt_then_send);
	EQ(recv(f->sk, room, 1000, MSG_WAITALL), 1000);
	matches(room, 0, 1000);
	EQ(signals, 1);
	done(t);
	/* with a time-out it is not restarted */
	EQ(setsockopt(f->sk, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	t = later(f, 50, interrupt);
	ERR(recv(f->sk, room, 10, 0), EINTR);
	done(t);
}

CASE(calls, eintr_send)
{
	size_t n = fill(f->sk);
	pthread_t t;
	ssize_t part;

	signalled(SIGUSR1, 0);
	t = later(f, 50, interrupt);
	ERR(send(f->sk, data, 10, 0), EINTR);
	done(t);
	drain(f->peer, n);
	wait_acked(f->sk);
	/* more than both ends take */
	set(f->sk, SOL_SOCKET, SO_SNDBUF, 20000);
	set(f->peer, SOL_SOCKET, SO_RCVBUF, 20000);
	t = later(f, 300, interrupt);
	part = send(f->sk, data, sizeof(data), 0);
	OK(part > 0 && part < (ssize_t)sizeof(data));
	done(t);
	get(f->peer, part);
}

CASE(calls, sigio)
{
	double end = now() + 10;

	signalled(SIGIO, SA_RESTART);
	EQ(fcntl(f->sk, F_SETOWN, getpid()), 0);
	EQ(fcntl(f->sk, F_SETFL, O_ASYNC), 0);
	signals = 0;
	put(f->peer, 100);
	while (!signals && now() < end)
		nap(1);
	OK(signals > 0);
	get(f->sk, 100);
	EQ(fcntl(f->sk, F_SETFL, 0), 0);
}

CASE(calls, epipe, .ends = true)
{
	struct pollfd p = { .fd = f->sk, .events = POLLIN };

	signalled(SIGPIPE, 0);
	reset(&f->peer);
	EQ(poll(&p, 1, 10000), 1);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), ECONNRESET);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), EPIPE);
	EQ(signals, 0);
	ERR(send(f->sk, data, 1, 0), EPIPE);
	EQ(signals, 1);
}

/* ---- many at once ------------------------------------------------------------ */

CASE(calls, mmsg)
{
	struct mmsghdr m[4] = { };
	struct iovec v[4];
	int i;

	for (i = 0; i < 4; i++) {
		v[i] = (struct iovec){ data + i * 100, 100 };
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	EQ(sendmmsg(f->sk, m, 4, 0), 4);
	for (i = 0; i < 4; i++)
		EQ(m[i].msg_len, 100);
	get(f->peer, 400);
	put(f->peer, 250);
	wait_in(f->sk, 250);
	for (i = 0; i < 4; i++)
		v[i].iov_base = room + i * 100;
	EQ(recvmmsg(f->sk, m, 4, MSG_WAITFORONE, NULL), 3);
	EQ(m[2].msg_len, 50);
	matches(room, 0, 250);
	ERR(recvmmsg(f->sk, m, 4, MSG_DONTWAIT, NULL), EAGAIN);
}

CASE(calls, vectors)
{
	struct iovec v[64];
	int i;

	for (i = 0; i < 64; i++)
		v[i] = (struct iovec){ data + i * 33, 33 };
	EQ(writev(f->sk, v, 64), 64 * 33);
	get(f->peer, 64 * 33);
	put(f->peer, 64 * 33);
	wait_in(f->sk, 64 * 33);
	for (i = 0; i < 64; i++)
		v[i].iov_base = room + i * 33;
	EQ(readv(f->sk, v, 64), 64 * 33);
	matches(room, 0, 64 * 33);
}

CASE(calls, msghdr)
{
	char ctl[256];
	struct sockaddr_in6 from;
	struct iovec v = { room, 100 };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &v, .msg_iovlen = 1,
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};

	put(f->peer, 300);
	wait_in(f->sk, 300);
	EQ(recvmsg(f->sk, &m, 0), 100);
	EQ(m.msg_namelen, 0);
	EQ(m.msg_controllen, 0);
	EQ(m.msg_flags, 0);
	ERR(recv(f->sk, room, 10, MSG_ERRQUEUE), EAGAIN);
	/* a name on a connected stream is not looked at */
	EQ(sendto(f->sk, data, 100, 0, (void *)&from, sizeof(from)), 100);
	get(f->peer, 100);
	EQ(send(f->sk, data, 100, MSG_EOR), 100);
	get(f->peer, 100);
	ERR(recv(f->sk, (void *)1, 10, 0), EFAULT);
	ERR(send(f->sk, (void *)1, 10, 0), EFAULT);
	EQ(recv(f->sk, room, 300, 0), 200);
	matches(room, 100, 200);
}

/* A hand-over may send what was waiting for more, but no earlier than that. */
CASE(calls, more)
{
	double start = now();

	EQ(send(f->sk, data, 10, MSG_MORE), 10);
	/* on a loaded machine the 200 ms may be over */
	if (f->variant != MOVED)
		OK(!readable_within(f->peer, 60) || now() - start > 0.15);
	EQ(send(f->sk, data + 10, 10, 0), 10);
	get(f->peer, 20);
	/* and if there is no more it goes by itself */
	EQ(send(f->sk, data, 10, MSG_MORE), 10);
	OK(readable_within(f->peer, 20000));
	get(f->peer, 10);
}

/* ---- urgent data --------------------------------------------------------------- */

CASE(calls, oob_send, .up = "unsupported")
{
	struct pollfd p = { .fd = f->peer, .events = POLLPRI };

	put(f->sk, 100);
	EQ(send(f->sk, "!", 1, MSG_OOB), 1);
	put(f->sk, 100);
	EQ(poll(&p, 1, 10000), 1);
	EQ(recv(f->peer, room, 1, MSG_OOB), 1);
	EQ(room[0], '!');
	get(f->peer, 100);
	get(f->peer, 100);
}

CASE(calls, oob_recv, .up = "urgent")
{
	struct pollfd p = { .fd = f->sk, .events = POLLPRI };

	signalled(SIGURG, SA_RESTART);
	EQ(fcntl(f->sk, F_SETOWN, getpid()), 0);
	ERR(recv(f->sk, room, 1, MSG_OOB), EINVAL);
	put(f->peer, 100);
	EQ(send(f->peer, "!", 1, MSG_OOB), 1);
	put(f->peer, 100);
	EQ(poll(&p, 1, 10000), 1);
	EQ(p.revents, POLLPRI);
	EQ(recv(f->sk, room, 1, MSG_OOB | MSG_PEEK), 1);
	EQ(recv(f->sk, room, 1, MSG_OOB), 1);
	EQ(room[0], '!');
	ERR(recv(f->sk, room, 1, MSG_OOB), EINVAL);
	OK(signals > 0);
	wait_in(f->sk, 100);
	EQ(asked(f->sk, SIOCATMARK), 0);
	EQ(recv(f->sk, room, 1000, 0), 100);	/* to the mark */
	matches(room, 0, 100);
	EQ(asked(f->sk, SIOCATMARK), 1);
	get(f->sk, 100);
	EQ(asked(f->sk, SIOCATMARK), 0);
}

CASE(calls, oob_inline, .up = "urgent")
{
	struct pollfd p = { .fd = f->sk, .events = POLLPRI };

	set(f->sk, SOL_SOCKET, SO_OOBINLINE, 1);
	put(f->peer, 100);
	EQ(send(f->peer, "!", 1, MSG_OOB), 1);
	EQ(poll(&p, 1, 10000), 1);
	ERR(recv(f->sk, room, 1, MSG_OOB), EINVAL);
	get(f->sk, 100);
	EQ(recv(f->sk, room, 10, 0), 1);
	EQ(room[0], '!');
}

/* ---- ancillary data --------------------------------------------------------------- */

static void *ancillary(int fd, int level, int type)
{
	static char ctl[512];
	struct iovec v = { room, sizeof(room) };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1,
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *c;

	if (recvmsg(fd, &m, 0) <= 0)
		fail("recvmsg: %s", strerror(errno));
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == level && c->cmsg_type == type)
			return CMSG_DATA(c);
	return NULL;
}

CASE(calls, timestampns)
{
	struct timespec *ts, clock;
	int i;

	set(f->sk, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	nap(100);		/* the kernel switches it on in a work item */
	for (i = 0; i < 3; i++) {
		put(f->peer, 100);
		wait_in(f->sk, 100);
		ts = ancillary(f->sk, SOL_SOCKET, SCM_TIMESTAMPNS);
		OK(ts);
		clock_gettime(CLOCK_REALTIME, &clock);
		OK(ts->tv_sec <= clock.tv_sec && ts->tv_sec + 60 > clock.tv_sec);
	}
	set(f->sk, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	put(f->peer, 100);
	wait_in(f->sk, 100);
	OK(!ancillary(f->sk, SOL_SOCKET, SCM_TIMESTAMPNS));
}

CASE(calls, timestamping_rx)
{
	struct timespec *ts;

	set(f->sk, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE |
	    SOF_TIMESTAMPING_SOFTWARE);
	nap(100);
	put(f->peer, 100);
	wait_in(f->sk, 100);
	ts = ancillary(f->sk, SOL_SOCKET, SCM_TIMESTAMPING);
	OK(ts && ts[0].tv_sec);
}

/* Stamped when the peer has acknowledged it: the host's stack sees to that. */
CASE(calls, timestamping_tx, .up = "unsupported")
{
	struct pollfd p = { .fd = f->sk };
	struct sock_extended_err *ee = NULL;
	struct scm_timestamping *ts = NULL;
	char ctl[256];
	struct msghdr m = { .msg_control = ctl, .msg_controllen = sizeof(ctl) };
	struct cmsghdr *c;

	talk(f);
	wait_acked(f->sk);	/* what is not is counted, too */
	set(f->sk, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_TX_ACK |
	    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
	    SOF_TIMESTAMPING_OPT_TSONLY);
	put(f->sk, 700);
	get(f->peer, 700);
	EQ(poll(&p, 1, 20000), 1);
	OK(p.revents & POLLERR);
	EQ(recvmsg(f->sk, &m, MSG_ERRQUEUE), 0);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPING)
			ts = (void *)CMSG_DATA(c);
		else
			ee = (void *)CMSG_DATA(c);
	}
	OK(ts && ts->ts[0].tv_sec);
	OK(ee);
	EQ(ee->ee_errno, ENOMSG);
	EQ(ee->ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	EQ(ee->ee_info, SCM_TSTAMP_ACK);
	EQ(ee->ee_data, 699);
}

CASE(calls, inq)
{
	int *inq;

	set(f->sk, SOL_TCP, TCP_INQ, 1);
	put(f->peer, 1000);
	wait_in(f->sk, 1000);
	EQ(recv(f->sk, room, 300, MSG_PEEK), 300);
	EQ(recv(f->sk, room, 300, 0), 300);
	put(f->peer, 1000);
	wait_in(f->sk, 1700);
	inq = ancillary(f->sk, SOL_TCP, TCP_CM_INQ);
	OK(inq);
	EQ(*inq, 0);
}

/* ---- busy polling ----------------------------------------------------------------- */

/* To be woken by an interrupt or by polling makes no difference. */
CASE(calls, busy_poll)
{
	pthread_t t;
	ssize_t n;
	int i;

	set(f->sk, SOL_SOCKET, SO_BUSY_POLL, 1000);
	set(f->sk, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
	set(f->sk, SOL_SOCKET, SO_BUSY_POLL_BUDGET, 16);
	EQ(got(f->sk, SOL_SOCKET, SO_BUSY_POLL), 1000);
	TELL(got(f->sk, SOL_SOCKET, SO_INCOMING_NAPI_ID) > 0);
	for (i = 0; i < 20; i++) {
		t = later(f, i % 4, peer_sends);
		EQ(recv(f->sk, room, 1000, MSG_WAITALL), 1000);
		matches(room, 0, 1000);
		put(f->sk, 1000);
		get(f->peer, 1000);
		done(t);
	}
	for (i = 0; i < 20; i++) {
		put(f->peer, 1000);
		do {
			n = recv(f->sk, room, 1000, MSG_DONTWAIT | MSG_PEEK);
			OK(n > 0 || errno == EAGAIN);
		} while (n < 1000);
		get(f->sk, 1000);
	}
}
