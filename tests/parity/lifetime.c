// SPDX-License-Identifier: GPL-2.0-only
/* Ends and changes of hands: close, shutdown, reset, fork, and other owners. */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/tls.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void end_of(int fd)
{
	EQ(recv(fd, room, 1, 0), 0);
}

static void linger(int fd, int seconds)
{
	struct linger l = { 1, seconds };

	EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
}

/* ---- close ------------------------------------------------------------------- */

CASE(close, plain, .ends = true)
{
	put(f->sk, 100000);
	settle(&f->sk);
	get(f->peer, 100000);
	end_of(f->peer);
}

static void peer_gets_100000(struct fixture *f)
{
	get(f->peer, 100000);
	end_of(f->peer);
}

CASE(close, linger, .ends = true)
{
	pthread_t t = later(f, 50, peer_gets_100000);
	double start = now();

	put(f->sk, 100000);
	linger(f->sk, 20);
	settle(&f->sk);
	OK(now() - start < 15);
	done(t);
}

/* The peer does not read: given up after the time, and the rest goes on. */
CASE(close, linger_over, .ends = true)
{
	size_t n = fill(f->sk);
	double start = ticks();

	linger(f->sk, 1);
	settle(&f->sk);
	OK(ticks() - start >= 0.95);
	drain(f->peer, n);
	end_of(f->peer);
}

CASE(close, linger_reset, .ends = true)
{
	put(f->sk, 10);
	get(f->peer, 10);
	reset(&f->sk);
	ERR(recv(f->peer, room, 1, 0), ECONNRESET);
}

CASE(close, unread, .ends = true)
{
	put(f->peer, 100);
	wait_in(f->sk, 100);
	settle(&f->sk);
	ERR(recv(f->peer, room, 1, 0), ECONNRESET);
}

static void peer_closes(struct fixture *f)
{
	settle(&f->peer);
}

CASE(close, peer_first, .ends = true)
{
	pthread_t t = later(f, 20, peer_closes);

	end_of(f->sk);
	done(t);
	settle(&f->sk);
}

/* The peer sends to one that has closed. */
CASE(close, late_data, .ends = true)
{
	talk(f);
	settle(&f->sk);
	end_of(f->peer);
	EQ(send(f->peer, data, 10, MSG_NOSIGNAL), 10);
	while (send(f->peer, data, 10, MSG_NOSIGNAL) == 10)
		nap(5);
	OK(errno == EPIPE || errno == ECONNRESET);
}

/* ---- shutdown ---------------------------------------------------------------- */

CASE(shutdown, wr, .ends = true)
{
	EQ(shutdown(f->sk, SHUT_WR), 0);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), EPIPE);
	end_of(f->peer);
	put(f->peer, 100000);
	get(f->sk, 100000);
	EQ(shutdown(f->peer, SHUT_WR), 0);
	end_of(f->sk);
	TELL(shutdown(f->sk, SHUT_RD));
	TELL(shutdown(f->sk, SHUT_WR));
}

/* Half closed in both orders, the data first */
CASE(shutdown, wr_data, .ends = true)
{
	put(f->sk, 200000);
	EQ(shutdown(f->sk, SHUT_WR), 0);
	get(f->peer, 200000);
	end_of(f->peer);
	put(f->peer, 200000);
	settle(&f->peer);
	get(f->sk, 200000);
	end_of(f->sk);
}

CASE(shutdown, peer_wr, .ends = true)
{
	EQ(shutdown(f->peer, SHUT_WR), 0);
	end_of(f->sk);
	put(f->sk, 100000);
	get(f->peer, 100000);
	EQ(shutdown(f->sk, SHUT_WR), 0);
	end_of(f->peer);
}

CASE(shutdown, rd, .ends = true)
{
	EQ(shutdown(f->sk, SHUT_RD), 0);
	end_of(f->sk);
	put(f->peer, 100);
	wait_in(f->sk, 100);
	TELL(recv(f->sk, room, 1000, 0));
	TELL(recv(f->sk, room, 1000, 0));
	put(f->sk, 100);
	get(f->peer, 100);
}

CASE(shutdown, rdwr, .ends = true)
{
	talk(f);
	EQ(shutdown(f->sk, SHUT_RDWR), 0);
	end_of(f->sk);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), EPIPE);
	end_of(f->peer);
	ERR(shutdown(f->sk, 3), EINVAL);
}

static void shuts_rd(struct fixture *f)
{
	shutdown(f->sk, SHUT_RD);
}

CASE(shutdown, wakes_reader, .ends = true)
{
	pthread_t t = later(f, 50, shuts_rd);

	end_of(f->sk);
	done(t);
}

/* What happens @ms later ends a send that waits for room */
static void wakes_writer(struct fixture *f, int ms,
			 void (*happens)(struct fixture *f), int err)
{
	pthread_t t;

	fill(f->sk);
	t = later(f, ms, happens);
	ERR(send(f->sk, data, 10, MSG_NOSIGNAL), err);
	done(t);
}

static void shuts_wr(struct fixture *f)
{
	shutdown(f->sk, SHUT_WR);
}

CASE(shutdown, wakes_writer, .ends = true)
{
	wakes_writer(f, 50, shuts_wr, EPIPE);
}

/* ---- reset ------------------------------------------------------------------- */

static void peer_resets(struct fixture *f)
{
	reset(&f->peer);
}

CASE(reset, by_peer, .ends = true)
{
	pthread_t t = later(f, 30, peer_resets);

	ERR(recv(f->sk, room, 1, 0), ECONNRESET);
	end_of(f->sk);
	done(t);
}

CASE(reset, wakes_writer, .ends = true)
{
	wakes_writer(f, 30, peer_resets, ECONNRESET);
}

static void destroys(struct fixture *f)
{
	const char *side = f->passive ? "sport" : "dport";

	run_command("ss -H -t -K '%s = :%d' > /dev/null", side,
		    ntohs(f->to.sin6_port));
}

/* SOCK_DESTROY: the host's word, at once */
CASE(reset, destroy, .ends = true)
{
	struct pollfd p = { .fd = f->sk, .events = POLLIN };
	pthread_t t = later(f, 30, destroys);

	ERR(recv(f->sk, room, 1, 0), ECONNABORTED);
	done(t);
	EQ(poll(&p, 1, 0), 1);
	TELL(p.revents);
	ERR(recv(f->peer, room, 1, 0), ECONNRESET);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), EPIPE);
}

/* ---- connect(AF_UNSPEC) ---------------------------------------------------------- */

CASE(disconnect, again, .ends = true)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_in6 sa = f->to;
	socklen_t len = sizeof(sa);

	put(f->sk, 100);
	get(f->peer, 100);
	EQ(connect(f->sk, &unspec, sizeof(unspec)), 0);
	ERR(recv(f->sk, room, 1, 0), ECONNRESET);
	ERR(recv(f->sk, room, 1, 0), ENOTCONN);
	ERR(send(f->sk, data, 1, MSG_NOSIGNAL), EPIPE);
	ERR(getpeername(f->sk, (void *)&sa, &len), ENOTCONN);
	ERR(recv(f->peer, room, 1, 0), ECONNRESET);
	/* the socket is as new */
	on_host(B);
	close(f->peer);
	f->peer = socket(f->family, SOCK_STREAM, 0);
	len = sizeof(sa);
	memset(&sa, 0, sizeof(sa));
	sa.sin6_family = f->family;
	EQ(bind(f->peer, (void *)&sa, f->family == AF_INET ? 16 : 28), 0);
	EQ(listen(f->peer, 1), 0);
	EQ(getsockname(f->peer, (void *)&sa, &len), 0);
	on_host(A);
	f->to.sin6_port = sa.sin6_port;
	if (f->passive) {
		if (f->family == AF_INET)
			((struct sockaddr_in *)&f->to)->sin_addr.s_addr =
				htonl(0x0a090002);
		else
			f->to.sin6_addr.s6_addr[15] = 2;
	}
	EQ(connect(f->sk, (void *)&f->to, len), 0);
	len = accept(f->peer, NULL, NULL);
	close(f->peer);
	f->peer = len;
	set(f->sk, SOL_TOE, TOE_OFFLOAD, f->variant == HOST ?
	    TOE_OFFLOAD_NEVER : TOE_OFFLOAD_WANT);
	put(f->sk, 100000);
	get(f->peer, 100000);
	put(f->peer, 100);
	get(f->sk, 100);
	if (f->variant == OFFLOADED)
		EQ(state_of(f->sk), TOE_STATE_OFFLOADED);
}

/* ---- several holders ------------------------------------------------------------- */

CASE(hold, dup)
{
	int other = dup(f->sk);

	put(f->sk, 100);
	close(f->sk);
	f->sk = other;
	get(f->peer, 100);
	put(f->peer, 100);
	get(f->sk, 100);
}

CASE(hold, fork)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		get(f->sk, 1000);
		put(f->sk, 1000);
		_exit(0);
	}
	put(f->peer, 1000);
	get(f->peer, 1000);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	put(f->sk, 1000);
	get(f->peer, 1000);
}

CASE(hold, scm_rights)
{
	char ctl[CMSG_SPACE(sizeof(int))] = "";
	struct iovec v = { room, 1 };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1,
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int pair[2];

	EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &f->sk, sizeof(int));
	EQ(sendmsg(pair[0], &m, 0), 1);
	close(f->sk);
	put(f->peer, 1000);
	EQ(recvmsg(pair[1], &m, 0), 1);
	memcpy(&f->sk, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	get(f->sk, 1000);
	put(f->sk, 1000);
	get(f->peer, 1000);
	close(pair[0]);
	close(pair[1]);
}

/* ---- other owners of the socket: upload first, then the same ----------------------- */

CASE(owner, repair, .up = "unsupported")
{
	int i, one = 1, off = TCP_REPAIR_OFF_NO_WP;
	struct tcp_repair_window w;
	socklen_t len = sizeof(w);
	uint32_t seq;

	put(f->sk, 1000);
	get(f->peer, 1000);
	put(f->peer, 500);
	wait_in(f->sk, 500);
	wait_acked(f->sk);
	EQ(setsockopt(f->sk, SOL_TCP, TCP_REPAIR, &one, sizeof(one)), 0);
	for (i = TCP_RECV_QUEUE; i <= TCP_SEND_QUEUE; i++) {
		EQ(setsockopt(f->sk, SOL_TCP, TCP_REPAIR_QUEUE, &i, 4), 0);
		seq = got(f->sk, SOL_TCP, TCP_QUEUE_SEQ);
		OK(seq);
	}
	i = TCP_RECV_QUEUE;
	EQ(setsockopt(f->sk, SOL_TCP, TCP_REPAIR_QUEUE, &i, 4), 0);
	EQ(recv(f->sk, room, 1000, MSG_PEEK | MSG_DONTWAIT), 500);
	matches(room, 0, 500);
	EQ(getsockopt(f->sk, SOL_TCP, TCP_REPAIR_WINDOW, &w, &len), 0);
	OK(w.snd_wnd && w.max_window && w.rcv_wnd);
	EQ(setsockopt(f->sk, SOL_TCP, TCP_REPAIR, &off, sizeof(off)), 0);
	get(f->sk, 500);
	put(f->sk, 1000);
	get(f->peer, 1000);
}

static void tls_on(int fd, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info = {
			.version = TLS_1_2_VERSION,
			.cipher_type = TLS_CIPHER_AES_GCM_128,
		},
		.key = "sixteen bytes ok",
	};

	EQ(setsockopt(fd, SOL_TLS, direction, &key, sizeof(key)), 0);
}

CASE(owner, tls, .up = "unsupported")
{
	talk(f);
	put(f->sk, 1000);
	get(f->peer, 1000);
	ERR(setsockopt(f->sk, SOL_TCP, TCP_ULP, "nosuch", 6), ENOENT);
	EQ(setsockopt(f->peer, SOL_TCP, TCP_ULP, "tls", 3), 0);
	EQ(setsockopt(f->sk, SOL_TCP, TCP_ULP, "tls", 3), 0);
	ERR(setsockopt(f->sk, SOL_TCP, TCP_ULP, "tls", 3), EEXIST);
	tls_on(f->sk, TLS_TX);
	tls_on(f->peer, TLS_RX);
	tls_on(f->peer, TLS_TX);
	tls_on(f->sk, TLS_RX);
	put(f->sk, 100000);
	get(f->peer, 100000);
	put(f->peer, 100000);
	get(f->sk, 100000);
}

static void attach(int fd, uint32_t verdict)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, verdict);
	struct sock_fprog prog = { .len = 1, .filter = &code };

	EQ(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)),
	   0);
}

/* A filter sees each segment, and what it does not want does not arrive. */
CASE(owner, filter, .up = "unsupported")
{
	talk(f);
	attach(f->sk, UINT32_MAX);
	put(f->peer, 1000);
	get(f->sk, 1000);
	attach(f->sk, 0);
	put(f->peer, 1000);
	OK(!readable_within(f->sk, 300));
	EQ(setsockopt(f->sk, SOL_SOCKET, SO_DETACH_FILTER, data, 4), 0);
	get(f->sk, 1000);
	ERR(setsockopt(f->sk, SOL_SOCKET, SO_DETACH_FILTER, data, 4), ENOENT);
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int sockmap_add(int map, int fd)
{
	uint32_t key = 0, value = fd;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/* Documented: EINVAL while the NIC has it, opt out and it works */
CASE(owner, sockmap, .up = "sockopt")
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4, .value_size = 4, .max_entries = 1,
	};
	int map = bpf(BPF_MAP_CREATE, &attr);

	OK(map >= 0);
	talk(f);
	if (f->variant == OFFLOADED)
		ERR(sockmap_add(map, f->sk), EINVAL);
	set(f->sk, SOL_TOE, TOE_OFFLOAD, TOE_OFFLOAD_NEVER);
	EQ(sockmap_add(map, f->sk), 0);
	put(f->sk, 1000);
	get(f->peer, 1000);
	put(f->peer, 1000);
	get(f->sk, 1000);
	close(map);
	put(f->sk, 1000);
	get(f->peer, 1000);
}
