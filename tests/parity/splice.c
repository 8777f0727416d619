// SPDX-License-Identifier: GPL-2.0-only
/* Without copying: sendfile, splice, MSG_ZEROCOPY, TCP_ZEROCOPY_RECEIVE. */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define SIZE	(256 * 1024)

static int file_of_data(void)
{
	int fd = memfd_create("parity", MFD_CLOEXEC);

	if (pwrite(fd, data, SIZE, 0) != SIZE)
		fail("memfd: %s", strerror(errno));
	return fd;
}

static void peer_gets(struct fixture *f)
{
	get(f->peer, SIZE);
}

static void peer_puts(struct fixture *f)
{
	put(f->peer, SIZE);
}

CASE(splice, sendfile)
{
	pthread_t t = later(f, 20, peer_gets);
	int file = file_of_data();
	off_t at = 0;

	while (at < SIZE)
		OK(sendfile(f->sk, file, &at, SIZE - at) > 0);
	EQ(sendfile(f->sk, file, &at, 100), 0);
	done(t);
	close(file);
}

CASE(splice, sendfile_nonblocking)
{
	int file = file_of_data();
	off_t at = 0, seen = 0;

	set(f->sk, SOL_SOCKET, SO_SNDBUF, 20000);
	nonblock(f->sk, true);
	while (at < SIZE) {
		if (sendfile(f->sk, file, &at, SIZE - at) > 0)
			continue;
		OK(errno == EAGAIN);
		get_from(f->peer, seen, at - seen);
		seen = at;
	}
	get_from(f->peer, seen, at - seen);
	close(file);
}

CASE(splice, in)
{
	pthread_t t = later(f, 20, peer_gets);
	int file = file_of_data(), p[2];
	ssize_t n, sum = 0;

	EQ(pipe(p), 0);
	while (sum < SIZE) {
		n = splice(file, NULL, p[1], NULL, 20000, 0);
		OK(n > 0);
		sum += n;
		while (n) {
			ssize_t m = splice(p[0], NULL, f->sk, NULL, n,
					   sum < SIZE ? SPLICE_F_MORE : 0);

			OK(m > 0);
			n -= m;
		}
	}
	done(t);
	close(p[0]);
	close(p[1]);
	close(file);
}

CASE(splice, vmsplice)
{
	struct iovec v = { data, 16384 };
	int p[2];

	EQ(pipe(p), 0);
	EQ(vmsplice(p[1], &v, 1, 0), 16384);
	EQ(splice(p[0], NULL, f->sk, NULL, 16384, 0), 16384);
	get(f->peer, 16384);
	wait_acked(f->sk);
	close(p[0]);
	close(p[1]);
}

CASE(splice, out)
{
	pthread_t t = later(f, 20, peer_puts);
	ssize_t n, m, sum = 0;
	int p[2];

	EQ(pipe(p), 0);
	while (sum < SIZE) {
		n = splice(f->sk, NULL, p[1], NULL, 65536, SPLICE_F_MOVE);
		OK(n > 0);
		while (n) {
			m = read(p[0], room, n);
			OK(m > 0);
			matches(room, sum, m);
			sum += m;
			n -= m;
		}
	}
	done(t);
	nonblock(f->sk, true);
	ERR(splice(f->sk, NULL, p[1], NULL, 100, 0), EAGAIN);
	close(p[0]);
	close(p[1]);
}

CASE(splice, out_end, .ends = true)
{
	int p[2];

	EQ(pipe(p), 0);
	put(f->peer, 100);
	shutdown(f->peer, SHUT_WR);
	wait_in(f->sk, 100);
	EQ(splice(f->sk, NULL, p[1], NULL, 1000, 0), 100);
	EQ(splice(f->sk, NULL, p[1], NULL, 1000, 0), 0);
	close(p[0]);
	close(p[1]);
}

CASE(splice, socket_to_socket)
{
	pthread_t t = later(f, 0, peer_puts);
	ssize_t n, sum = 0;
	int p[2];

	EQ(pipe(p), 0);
	while (sum < SIZE) {
		n = splice(f->sk, NULL, p[1], NULL, 65536, 0);
		OK(n > 0);
		EQ(splice(p[0], NULL, f->sk, NULL, n, 0), n);
		get_from(f->peer, sum, n);
		sum += n;
	}
	done(t);
	close(p[0]);
	close(p[1]);
}

/* ---- MSG_ZEROCOPY --------------------------------------------------------------- */

/* How many sends the kernel reports as completed, in order from @due on */
static uint32_t completions(int fd, uint32_t due)
{
	struct pollfd p = { .fd = fd };
	struct sock_extended_err *ee;
	char ctl[128];
	struct msghdr m = { .msg_control = ctl, .msg_controllen = sizeof(ctl) };
	struct cmsghdr *c;

	EQ(poll(&p, 1, 20000), 1);
	OK(p.revents & POLLERR);
	EQ(recvmsg(fd, &m, MSG_ERRQUEUE), 0);
	OK(m.msg_flags & MSG_ERRQUEUE);
	c = CMSG_FIRSTHDR(&m);
	OK(c);
	OK((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
	   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR));
	ee = (void *)CMSG_DATA(c);
	EQ(ee->ee_errno, 0);
	EQ(ee->ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	EQ(ee->ee_info, due);
	OK(ee->ee_data >= ee->ee_info);
	return ee->ee_data - ee->ee_info + 1;
}

/* all of it fits into the window of a peer that does not read */
#define SENDS	4

CASE(splice, zerocopy)
{
	static char mine[SENDS][8192];
	uint32_t seen = 0;
	int i;

	set(f->sk, SOL_SOCKET, SO_ZEROCOPY, 1);
	memcpy(mine, data, sizeof(mine));
	for (i = 0; i < SENDS; i++)
		EQ(send(f->sk, mine[i], sizeof(mine[i]), MSG_ZEROCOPY),
		   sizeof(mine[i]));
	/* The peer reads nothing until all is its own: what a completion
	 * reports is the program's to change, and the peer must not see that.
	 */
	while (seen < SENDS) {
		uint32_t n, from = seen;

		n = completions(f->sk, seen);
		seen += n;
		memset(mine[from], 0xee, n * sizeof(mine[0]));
	}
	get(f->peer, sizeof(mine));
}

CASE(splice, zerocopy_file)
{
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 file_of_data(), 0);
	uint32_t seen = 0;

	OK(map != MAP_FAILED);
	set(f->sk, SOL_SOCKET, SO_ZEROCOPY, 1);
	EQ(send(f->sk, map, 10000, MSG_ZEROCOPY), 10000);
	EQ(send(f->sk, map + 10000, 10000, 0), 10000);
	EQ(send(f->sk, map + 20000, 10000, MSG_ZEROCOPY), 10000);
	while (seen < 2)
		seen += completions(f->sk, seen);
	memset(map, 0xee, SIZE);
	get(f->peer, 30000);
	munmap(map, SIZE);
}

/* ---- TCP_ZEROCOPY_RECEIVE --------------------------------------------------------- */

/* What is mapped and what has to be copied is the matter of how it arrived. */
CASE(splice, zerocopy_receive)
{
	pthread_t t = later(f, 0, peer_puts);
	char *map = mmap(NULL, 65536, PROT_READ, MAP_SHARED, f->sk, 0);
	struct tcp_zerocopy_receive zc;
	size_t sum = 0, n;
	socklen_t len;

	OK(map != MAP_FAILED);
	while (sum < SIZE) {
		OK(readable_within(f->sk, 20000));
		memset(&zc, 0, sizeof(zc));
		zc.address = (uintptr_t)map;
		zc.length = 65536;
		len = sizeof(zc);
		EQ(getsockopt(f->sk, SOL_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len),
		   0);
		matches(map, sum, zc.length);
		sum += zc.length;
		n = zc.recv_skip_hint;
		if (n > SIZE - sum)
			n = SIZE - sum;
		get_from(f->sk, sum, n);
		sum += n;
	}
	done(t);
	munmap(map, 65536);
}
