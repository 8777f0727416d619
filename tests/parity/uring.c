// SPDX-License-Identifier: GPL-2.0-only
/* io_uring: what a program starts and is told of later, in whatever context. */
#define _GNU_SOURCE
#include "parity.h"

#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define SIZE	(256 * 1024)

static struct io_uring ring;

static void ring_open(unsigned int flags)
{
	int err = io_uring_queue_init(64, &ring, flags);

	if (err == -ENOSYS || err == -EPERM)
		skip("no io_uring here: %s", strerror(-err));
	EQ(err, 0);
}

static struct io_uring_sqe *request(void)
{
	struct io_uring_sqe *e = io_uring_get_sqe(&ring);

	OK(e);
	return e;
}

/* What is noted is found in the completion */
static void name(struct io_uring_sqe *e, uint64_t id)
{
	io_uring_sqe_set_data64(e, id);
}

static void submit(int n)
{
	EQ(io_uring_submit(&ring), n);
}

struct completion {
	uint64_t id;
	int res;
	uint32_t flags;
};

static struct completion next(void)
{
	struct __kernel_timespec ts = { .tv_sec = 20 };
	struct io_uring_cqe *cqe;
	struct completion c;
	int err;

	do {
		err = io_uring_wait_cqe_timeout(&ring, &cqe, &ts);
	} while (err == -EINTR);
	if (err)
		fail("no completion: %s", strerror(-err));
	c = (struct completion){ cqe->user_data, cqe->res, cqe->flags };
	io_uring_cqe_seen(&ring, cqe);
	return c;
}

static void none(void)
{
	struct io_uring_cqe *cqe;

	EQ(io_uring_peek_cqe(&ring, &cqe), -EAGAIN);
}

/* Results of @n requests, whose names are 0, 1 ... */
static void results(int *res, int n)
{
	struct completion c;
	int i;

	for (i = 0; i < n; i++) {
		c = next();
		OK(c.id < (uint64_t)n);
		res[c.id] = c.res;
	}
}

static void recv_start(struct fixture *f, size_t len, int flags, uint64_t id)
{
	struct io_uring_sqe *e = request();

	io_uring_prep_recv(e, f->sk, room, len, flags);
	name(e, id);
}

static void send_start(struct fixture *f, size_t len, int flags, uint64_t id)
{
	struct io_uring_sqe *e = request();

	io_uring_prep_send(e, f->sk, data, len, flags);
	name(e, id);
}

static void peer_echoes(struct fixture *f)
{
	get(f->peer, SIZE);
	put(f->peer, SIZE);
}

/* Both at once, both more than fits */
static void send_and_recv(struct fixture *f, unsigned int sqe_flags)
{
	pthread_t t = later(f, 20, peer_echoes);
	struct io_uring_sqe *e;
	int res[2];

	e = request();
	io_uring_prep_recv(e, f->sk, room, SIZE, MSG_WAITALL);
	io_uring_sqe_set_flags(e, sqe_flags);
	name(e, 0);
	e = request();
	io_uring_prep_send(e, f->sk, data, SIZE, MSG_WAITALL);
	io_uring_sqe_set_flags(e, sqe_flags);
	name(e, 1);
	submit(2);
	results(res, 2);
	EQ(res[0], SIZE);
	EQ(res[1], SIZE);
	matches(room, 0, SIZE);
	done(t);
	none();
}

CASE(uring, send_recv)
{
	ring_open(0);
	send_and_recv(f, 0);
	io_uring_queue_exit(&ring);
}

/* Worker threads of the kernel that may sleep */
CASE(uring, workers)
{
	ring_open(0);
	send_and_recv(f, IOSQE_ASYNC);
	io_uring_queue_exit(&ring);
}

/* A thread of the kernel makes the calls */
CASE(uring, sqpoll)
{
	int i, res;

	ring_open(IORING_SETUP_SQPOLL);
	for (i = 0; i < 50; i++) {
		send_start(f, 1000, 0, 0);
		io_uring_submit(&ring);
		results(&res, 1);
		EQ(res, 1000);
		get(f->peer, 1000);
		recv_start(f, 1000, MSG_WAITALL, 0);
		io_uring_submit(&ring);
		put(f->peer, 1000);
		results(&res, 1);
		EQ(res, 1000);
		matches(room, 0, 1000);
	}
	io_uring_queue_exit(&ring);
}

CASE(uring, flags)
{
	int res;

	ring_open(0);
	recv_start(f, 100, MSG_DONTWAIT, 0);
	submit(1);
	results(&res, 1);
	EQ(res, -EAGAIN);
	put(f->peer, 1000);
	wait_in(f->sk, 1000);
	recv_start(f, 100, MSG_PEEK, 0);
	submit(1);
	results(&res, 1);
	EQ(res, 100);
	recv_start(f, 2000, 0, 0);
	submit(1);
	results(&res, 1);
	EQ(res, 1000);
	matches(room, 0, 1000);
	recv_start(f, 100, 0x40000000, 0);
	put(f->peer, 100);
	submit(1);
	results(&res, 1);
	TELL(res);
	io_uring_queue_exit(&ring);
}

CASE(uring, vectors)
{
	struct iovec v[8];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 8 };
	struct io_uring_sqe *e;
	int i, res;

	ring_open(0);
	for (i = 0; i < 8; i++)
		v[i] = (struct iovec){ data + i * 1000, 1000 };
	e = request();
	io_uring_prep_sendmsg(e, f->sk, &m, MSG_WAITALL);
	name(e, 0);
	submit(1);
	results(&res, 1);
	EQ(res, 8000);
	get(f->peer, 8000);
	for (i = 0; i < 8; i++)
		v[i].iov_base = room + i * 1000;
	e = request();
	io_uring_prep_recvmsg(e, f->sk, &m, MSG_WAITALL);
	name(e, 0);
	submit(1);
	put(f->peer, 8000);
	results(&res, 1);
	EQ(res, 8000);
	matches(room, 0, 8000);
	io_uring_queue_exit(&ring);
}

/* ---- multishot ----------------------------------------------------------------- */

#define BUFFERS	16
#define LENGTH	4096

static struct io_uring_buf_ring *buffers;

static char *buffer(int id)
{
	return room + id * LENGTH;
}

static void buffer_give(int id)
{
	io_uring_buf_ring_add(buffers, buffer(id), LENGTH, id,
			      io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(buffers, 1);
}

static void buffers_give(void)
{
	struct io_uring_buf_reg reg = { .ring_entries = BUFFERS, .bgid = 1 };
	void *p = NULL;
	int i;

	OK(!posix_memalign(&p, 4096, 4096));
	buffers = p;
	reg.ring_addr = (uintptr_t)buffers;
	EQ(io_uring_register_buf_ring(&ring, &reg, 0), 0);
	io_uring_buf_ring_init(buffers);
	for (i = 0; i < BUFFERS; i++)
		buffer_give(i);
}

static void multishot(struct fixture *f)
{
	struct io_uring_sqe *e = request();

	io_uring_prep_recv_multishot(e, f->sk, NULL, 0, 0);
	e->flags |= IOSQE_BUFFER_SELECT;
	e->buf_group = 1;
	name(e, 7);
	submit(1);
}

static void peer_puts_and_ends(struct fixture *f)
{
	put(f->peer, SIZE);
	shutdown(f->peer, SHUT_WR);
}

/* One request, many completions, until the peer ends; the buffers may run out. */
CASE(uring, recv_multishot, .ends = true)
{
	struct completion c;
	size_t sum = 0;
	pthread_t t;
	int id;

	ring_open(0);
	buffers_give();
	multishot(f);
	t = later(f, 20, peer_puts_and_ends);
	for (;;) {
		c = next();
		EQ(c.id, 7);
		if (c.res == -ENOBUFS) {
			EQ(c.flags & IORING_CQE_F_MORE, 0);
			multishot(f);
			continue;
		}
		if (c.res <= 0)
			break;
		OK(c.flags & IORING_CQE_F_BUFFER);
		id = c.flags >> IORING_CQE_BUFFER_SHIFT;
		OK(id < BUFFERS && c.res <= LENGTH);
		matches(buffer(id), sum, c.res);
		sum += c.res;
		buffer_give(id);
		if (!(c.flags & IORING_CQE_F_MORE))
			multishot(f);
	}
	EQ(c.res, 0);
	EQ(c.flags & IORING_CQE_F_MORE, 0);
	EQ(sum, SIZE);
	done(t);
	none();
	io_uring_queue_exit(&ring);
}

CASE(uring, poll_multishot)
{
	struct io_uring_sqe *e;
	struct completion c;
	int i, seen = 0;

	ring_open(0);
	e = request();
	io_uring_prep_poll_multishot(e, f->sk, POLLIN);
	name(e, 0);
	submit(1);
	for (i = 0; i < 20; i++) {
		put(f->peer, 100);
		do {
			c = next();
			EQ(c.id, 0);
			OK(c.flags & IORING_CQE_F_MORE);
			OK(c.res & POLLIN);
			seen++;
		} while (asked(f->sk, SIOCINQ) < 100);
		get(f->sk, 100);
	}
	OK(seen >= 20);
	io_uring_queue_exit(&ring);
}

/* ---- IORING_OP_SEND_ZC ------------------------------------------------------------ */

/* As with MSG_ZEROCOPY: what is reported as free is the program's to change. */
CASE(uring, send_zc)
{
	static char mine[30000];
	struct io_uring_sqe *e;
	struct completion c;

	ring_open(0);
	memcpy(mine, data, sizeof(mine));
	e = request();
	io_uring_prep_send_zc(e, f->sk, mine, sizeof(mine), MSG_WAITALL, 0);
	name(e, 3);
	submit(1);
	c = next();
	EQ(c.res, sizeof(mine));
	EQ(c.flags & IORING_CQE_F_NOTIF, 0);
	OK(c.flags & IORING_CQE_F_MORE);
	c = next();
	OK(c.flags & IORING_CQE_F_NOTIF);
	EQ(c.id, 3);
	memset(mine, 0xee, sizeof(mine));
	get(f->peer, sizeof(mine));
	none();
	io_uring_queue_exit(&ring);
}

/* ---- taken back ---------------------------------------------------------------------- */

CASE(uring, cancel)
{
	struct io_uring_sqe *e;
	int res[2];

	ring_open(0);
	recv_start(f, 100, 0, 0);
	submit(1);
	nap(20);
	none();
	e = request();
	io_uring_prep_cancel64(e, 0, 0);
	name(e, 1);
	submit(1);
	results(res, 2);
	EQ(res[0], -ECANCELED);
	EQ(res[1], 0);
	put(f->peer, 1000);
	get(f->sk, 1000);
	io_uring_queue_exit(&ring);
}

CASE(uring, timeout)
{
	struct __kernel_timespec ts = { .tv_nsec = 100000000 };
	struct io_uring_sqe *e;
	int res[2];

	ring_open(0);
	e = request();
	io_uring_prep_recv(e, f->sk, room, 100, 0);
	io_uring_sqe_set_flags(e, IOSQE_IO_LINK);
	name(e, 0);
	e = request();
	io_uring_prep_link_timeout(e, &ts, 0);
	name(e, 1);
	submit(2);
	results(res, 2);
	EQ(res[0], -ECANCELED);
	EQ(res[1], -ETIME);
	put(f->peer, 1000);
	get(f->sk, 1000);
	io_uring_queue_exit(&ring);
}

static void peer_resets(struct fixture *f)
{
	reset(&f->peer);
}

CASE(uring, reset, .ends = true)
{
	pthread_t t;
	int res;

	ring_open(0);
	talk(f);
	t = later(f, 20, peer_resets);
	recv_start(f, 100, 0, 0);
	submit(1);
	results(&res, 1);
	EQ(res, -ECONNRESET);
	done(t);
	send_start(f, 100, MSG_NOSIGNAL, 0);
	submit(1);
	results(&res, 1);
	EQ(res, -EPIPE);
	io_uring_queue_exit(&ring);
}
