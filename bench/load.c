// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client and server of the measurements. What lies between COUNT_START and
 * COUNT_STOP is measured: after the warm-up, without set-up and tear-down.
 * Prints one JSON object.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/toe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mark.h"

#define NR_PORTS	4		/* the server listens on */
#define PER_PORT	30000		/* connections; ports of ours are 16 bits */
#define MIB		1048576
#define MAX_FDS		1048576
#define WARM_BYTES	MIB		/* past slow start, of all connections */
#define WARM_BULK	(8 * MIB)	/* or an eighth of what follows */
#define MAX_EVENTS	256
#define OFFLOAD_MS	30000

enum ask_mode {
	ASK_ECHO,		/* return each @size bytes; epoll */
	ASK_ECHO_BLOCK,		/* the same in blocking calls, @count times */
	ASK_UP,			/* swallow @count bytes, return one */
	ASK_DOWN,		/* send @count bytes, @size at a time */
	ASK_BOTH,		/* both at once */
};

struct ask {
	uint32_t mode, pad;
	uint64_t size, count;
};

/* The server's end of a connection */
struct peer {
	struct ask ask;
	size_t asked;		/* bytes of @ask that are here */
	size_t got;		/* of the request */
};

/* Fail unless the connections take that path */
enum path { PATH_ANY, PATH_HOST, PATH_NIC };

struct options {
	const char *addr, *dir;
	int port;
	size_t size, write;
	uint64_t count, bytes;
	unsigned int conns, idle, batch;
	enum path path;
};

static struct options opt = {
	.size = 64, .write = 16384, .count = 1000, .bytes = 64 * MIB,
	.conns = 1, .batch = 1, .dir = "up",
};

static char buf[MIB];

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		err(1, "memory");
	return p;
}

static size_t chunk(uint64_t left, size_t most)
{
	return left < most ? left : most;
}

static void send_all(int fd, uint64_t len, size_t write)
{
	while (len) {
		ssize_t n = send(fd, buf, chunk(len, write), MSG_NOSIGNAL);

		if (n <= 0)
			err(1, "send");
		len -= n;
	}
}

static void recv_all(int fd, uint64_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, chunk(len, sizeof(buf)), 0);

		if (n < 0)
			err(1, "recv");
		if (!n)
			errx(1, "recv: unexpected end");
		len -= n;
	}
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* As many descriptors as we may have */
static void raise_limit(void)
{
	struct rlimit rl = { MAX_FDS, MAX_FDS };

	if (!setrlimit(RLIMIT_NOFILE, &rl))
		return;
	if (getrlimit(RLIMIT_NOFILE, &rl))
		err(1, "RLIMIT_NOFILE");
	rl.rlim_cur = rl.rlim_max < MAX_FDS ? rl.rlim_max : MAX_FDS;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* ---- server ----------------------------------------------------------- */

static void both_ways(int fd, uint64_t count, size_t write)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		err(1, "fork");
	if (!child) {
		send_all(fd, count, write);
		_exit(0);
	}
	recv_all(fd, count);
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "sender failed");
}

static void serve_blocking(int fd, struct ask *ask)
{
	switch (ask->mode) {
	case ASK_ECHO_BLOCK:
		while (ask->count--) {
			recv_all(fd, ask->size);
			send_all(fd, ask->size, ask->size);
		}
		break;
	case ASK_UP:
		recv_all(fd, ask->count);
		send_all(fd, 1, 1);
		break;
	case ASK_DOWN:
		send_all(fd, ask->count, ask->size);
		break;
	case ASK_BOTH:
		both_ways(fd, ask->count, ask->size);
		break;
	default:
		errx(1, "request %u", ask->mode);
	}
	/* Its last words may be a reply still on its way. */
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

/* False when the connection has ended */
static bool serve_event(int fd, struct peer *p)
{
	size_t want;
	ssize_t n;

	if (p->asked < sizeof(p->ask)) {
		n = recv(fd, (char *)&p->ask + p->asked,
			 sizeof(p->ask) - p->asked, MSG_DONTWAIT);
		if (n > 0)
			p->asked += n;
		else if (!n || errno != EAGAIN)
			return false;
		if (p->asked < sizeof(p->ask) || p->ask.mode == ASK_ECHO)
			return true;
		serve_blocking(fd, &p->ask);
		return false;
	}
	want = p->ask.size - p->got;
	n = recv(fd, buf, chunk(want, sizeof(buf)), MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	p->got += n;
	if (p->got == p->ask.size) {
		p->got = 0;
		send_all(fd, p->ask.size, p->ask.size);
	}
	return true;
}

static int listen_on(int port)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int one = 1, fd = socket(AF_INET6, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&sa, sizeof(sa)) || listen(fd, 8192))
		err(1, "port %d", port);
	return fd;
}

static void serve_accept(int ep, int fd, struct peer **peers)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int c = accept4(fd, NULL, NULL, 0);

	if (c < 0)
		err(1, "accept");
	no_delay(c);
	free(peers[c]);
	peers[c] = xcalloc(1, sizeof(*peers[c]));
	ev.data.fd = c;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, c, &ev))
		err(1, "epoll");
}

static int serve(void)
{
	struct epoll_event ev[MAX_EVENTS] = { { .events = EPOLLIN } };
	struct peer **peers = xcalloc(MAX_FDS, sizeof(*peers));
	int i, n, ep = epoll_create1(0), first = -1;

	for (i = 0; i < NR_PORTS; i++) {
		ev[0].data.fd = listen_on(opt.port + i);
		if (!i)
			first = ev[0].data.fd;
		if (epoll_ctl(ep, EPOLL_CTL_ADD, ev[0].data.fd, &ev[0]))
			err(1, "epoll");
	}
	for (;;) {
		n = epoll_wait(ep, ev, MAX_EVENTS, -1);
		for (i = 0; i < n; i++) {
			int fd = ev[i].data.fd;

			if (fd < first + NR_PORTS)
				serve_accept(ep, fd, peers);
			else if (!serve_event(fd, peers[fd]))
				close(fd);
		}
	}
}

/* ---- client ----------------------------------------------------------- */

static int dial(unsigned int nr)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(opt.port + nr / PER_PORT),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, opt.addr, &sa.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", opt.addr);
	if (fd < 0 || connect(fd, (void *)&sa, sizeof(sa)))
		err(1, "%s port %d, connection %u", opt.addr, opt.port, nr);
	no_delay(fd);
	return fd;
}

static void ask(int fd, enum ask_mode mode, uint64_t size, uint64_t count)
{
	struct ask a = { .mode = mode, .size = size, .count = count };

	if (send(fd, &a, sizeof(a), MSG_NOSIGNAL) != sizeof(a))
		err(1, "send");
}

static bool is_down(int fd)
{
	int state = TOE_STATE_HOST;
	socklen_t len = sizeof(state);

	/* Fails where the framework doesn't watch: that is the host. */
	getsockopt(fd, SOL_TOE, TOE_STATE, &state, &len);
	return state == TOE_STATE_OFFLOADED;
}

/* A figure is worth nothing when the other path was measured. */
static void expect_path(const int *fds, unsigned int n, unsigned int ms)
{
	uint64_t end = now_ns() + ms * 1000000ull;
	unsigned int i;

	for (i = 0; opt.path != PATH_ANY && i < n; i++) {
		bool down = opt.path == PATH_NIC;

		while (down && !is_down(fds[i]) && now_ns() < end)
			usleep(1000);
		if (is_down(fds[i]) != down)
			errx(1, "connection %u of %u is %soffloaded", i, n,
			     down ? "not " : "");
	}
}

static uint64_t began, took;

static void start(void)
{
	count_mark(COUNT_START);
	began = now_ns();
}

static void stop(void)
{
	took = now_ns() - began;
	count_mark(COUNT_STOP);
}

/* Free memory, KiB */
static long mem_free(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (f && kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &kib);
	if (kib < 0)
		err(1, "/proc/meminfo");
	fclose(f);
	return kib;
}

static int latency_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_latencies(uint64_t *ns, uint64_t n)
{
	qsort(ns, n, sizeof(*ns), latency_cmp);
	printf("\"count\": %lu, \"ns\": %lu, \"p50\": %lu, ", n, took,
	       ns[n / 2]);
	printf("\"p99\": %lu, \"max\": %lu}\n", ns[n - 1 - n / 100],
	       ns[n - 1]);
}

/* One connection: blocking calls, as netperf has it */
static void rr_one(uint64_t *ns)
{
	uint64_t warm = WARM_BYTES / opt.size / 8 + 200, i, t;
	int fd = dial(0);

	ask(fd, ASK_ECHO_BLOCK, opt.size, warm + opt.count);
	for (i = 0; i < warm + opt.count; i++) {
		if (i == warm) {
			expect_path(&fd, 1, OFFLOAD_MS);
			start();
		}
		t = now_ns();
		send_all(fd, opt.size, opt.size);
		recv_all(fd, opt.size);
		if (i >= warm)
			ns[i - warm] = now_ns() - t;
	}
	stop();
	expect_path(&fd, 1, 0);
}

/* Many: each has one request under way. */
static void rr_many(const int *fds, int ep, uint64_t count, uint64_t *ns)
{
	uint64_t *since = xcalloc(opt.conns, sizeof(*since));
	size_t *got = xcalloc(opt.conns, sizeof(*got));
	struct epoll_event ev[MAX_EVENTS];
	uint64_t sent, done = 0;
	int i, n;

	for (sent = 0; sent < opt.conns; sent++) {
		since[sent] = now_ns();
		send_all(fds[sent], opt.size, opt.size);
	}
	while (done < count) {
		n = epoll_wait(ep, ev, MAX_EVENTS, -1);
		for (i = 0; i < n; i++) {
			unsigned int c = ev[i].data.u32;
			ssize_t r = recv(fds[c], buf, opt.size - got[c],
					 MSG_DONTWAIT);

			if (r < 0 && errno == EAGAIN)
				continue;
			if (r <= 0)
				err(1, "recv, connection %u", c);
			got[c] += r;
			if (got[c] < opt.size)
				continue;
			got[c] = 0;
			ns[done++] = now_ns() - since[c];
			if (sent == count)
				continue;
			sent++;
			since[c] = now_ns();
			send_all(fds[c], opt.size, opt.size);
		}
	}
	free(since);
	free(got);
}

static int rr(void)
{
	unsigned int i, n = opt.conns + opt.idle;
	int *fds = xcalloc(n, sizeof(*fds)), ep = epoll_create1(0);
	uint64_t warm = WARM_BYTES / opt.size / 8, *ns;
	long mem;

	if (opt.count < opt.conns)
		opt.count = opt.conns;
	if (warm < 4 * opt.conns)
		warm = 4 * opt.conns;
	ns = xcalloc(opt.count > warm ? opt.count : warm, sizeof(*ns));
	if (n == 1) {
		rr_one(ns);
		printf("{");
		print_latencies(ns, opt.count);
		return 0;
	}
	mem = mem_free();
	for (i = 0; i < n; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

		fds[i] = dial(i);
		ask(fds[i], ASK_ECHO, opt.size, 0);
		if (i < opt.conns && epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &ev))
			err(1, "epoll");
		if (i >= opt.conns) {
			send_all(fds[i], opt.size, opt.size);
			recv_all(fds[i], opt.size);
		}
	}
	rr_many(fds, ep, warm, ns);
	expect_path(fds, n, OFFLOAD_MS);
	mem -= mem_free();
	start();
	rr_many(fds, ep, opt.count, ns);
	stop();
	expect_path(fds, n, 0);
	printf("{\"conns\": %u, \"mem_kib\": %ld, ", n, mem);
	print_latencies(ns, opt.count);
	return 0;
}

static int bulk(void)
{
	uint64_t warm = chunk(opt.bytes / 8, WARM_BULK);
	int fd = dial(0);

	if (!strcmp(opt.dir, "up")) {
		ask(fd, ASK_UP, opt.write, warm + opt.bytes);
		send_all(fd, warm, opt.write);
		expect_path(&fd, 1, OFFLOAD_MS);
		start();
		send_all(fd, opt.bytes, opt.write);
		recv_all(fd, 1);
	} else if (!strcmp(opt.dir, "down")) {
		ask(fd, ASK_DOWN, opt.write, warm + opt.bytes);
		recv_all(fd, warm);
		expect_path(&fd, 1, OFFLOAD_MS);
		start();
		recv_all(fd, opt.bytes);
	} else if (!strcmp(opt.dir, "both")) {
		/* The server does both at once from the beginning. */
		ask(fd, ASK_BOTH, opt.write, warm + opt.bytes);
		both_ways(fd, warm, opt.write);
		expect_path(&fd, 1, OFFLOAD_MS);
		start();
		both_ways(fd, opt.bytes, opt.write);
	} else {
		errx(2, "%s: up, down or both", opt.dir);
	}
	stop();
	expect_path(&fd, 1, 0);
	printf("{\"bytes\": %lu, \"ns\": %lu}\n",
	       opt.bytes * (1 + !strcmp(opt.dir, "both")), took);
	return 0;
}

/* opt.conns at once: connect, then ask, then read, then close all of them */
static void crr_wave(int *fds)
{
	unsigned int i;

	for (i = 0; i < opt.conns; i++)
		fds[i] = dial(0);
	for (i = 0; opt.size && i < opt.conns; i++) {
		ask(fds[i], ASK_ECHO, opt.size, 0);
		send_all(fds[i], opt.size, opt.size);
	}
	for (i = 0; opt.size && i < opt.conns; i++)
		recv_all(fds[i], opt.size);
	for (i = 0; i < opt.conns; i++)
		close(fds[i]);
}

static int crr(void)
{
	int *fds = xcalloc(opt.conns, sizeof(*fds));
	uint64_t done;

	for (done = 0; done < 3; done++)
		crr_wave(fds);
	start();
	for (done = 0; done < opt.count; done += opt.conns)
		crr_wave(fds);
	stop();
	printf("{\"count\": %lu, \"ns\": %lu}\n", done, took);
	return 0;
}

/* ---- hand-over -------------------------------------------------------- */

static void want(int fd, int value)
{
	if (setsockopt(fd, SOL_TOE, TOE_OFFLOAD, &value, sizeof(value)))
		err(1, "TOE_OFFLOAD");
}

static void all_down(const int *fds)
{
	unsigned int i, k;

	for (i = 0; i < opt.conns; i += opt.batch) {
		for (k = i; k < i + opt.batch && k < opt.conns; k++)
			want(fds[k], TOE_OFFLOAD_WANT);
		expect_path(fds + i, k - i, OFFLOAD_MS);
	}
}

static void write_mode(const char *mode)
{
	int fd = open("/proc/sys/net/toe/mode", O_WRONLY);

	if (fd < 0 || write(fd, mode, strlen(mode)) < 0)
		err(1, "net.toe.mode");
	close(fd);
}

static void all_up(const int *fds)
{
	unsigned int i;

	if (opt.batch > 1)
		write_mode("off");
	for (i = 0; opt.batch == 1 && i < opt.conns; i++)
		want(fds[i], TOE_OFFLOAD_NEVER);
}

/* opt.conns established ones: down (batches of opt.batch) or up, opt.dir */
static int handover(void)
{
	int *fds = xcalloc(opt.conns, sizeof(*fds));
	bool down = !strcmp(opt.dir, "down");
	unsigned int i;

	opt.path = PATH_NIC;
	for (i = 0; i < opt.conns; i++) {
		fds[i] = dial(i);
		ask(fds[i], ASK_ECHO, opt.size, 0);
		send_all(fds[i], opt.size, opt.size);
		recv_all(fds[i], opt.size);
	}
	if (down)
		start();
	all_down(fds);
	if (down)
		stop();
	if (!down)
		start();
	all_up(fds);
	if (!down)
		stop();
	opt.path = PATH_HOST;
	expect_path(fds, opt.conns, 0);
	write_mode("explicit");
	printf("{\"count\": %u, \"ns\": %lu}\n", opt.conns, took);
	return 0;
}

/* ---- floor ------------------------------------------------------------ */

/*
 * What nobody can save: as many system calls, each of which does nothing, and
 * copies of the data, eight bytes per instruction like the kernel's own on the
 * processor that the VM has.
 */
static void copy(void *to, const void *from, size_t len)
{
	size_t words = len / 8;

	asm volatile("rep movsq"
		     : "+D" (to), "+S" (from), "+c" (words) :: "memory");
}

/* opt.count calls that move opt.size bytes each */
static int floor_cost(void)
{
	static char to[MIB];
	uint64_t i;

	if (opt.size > sizeof(to))
		errx(2, "size");
	memset(buf, 1, sizeof(buf));
	memset(to, 1, sizeof(to));
	start();
	for (i = 0; i < opt.count; i++) {
		syscall(SYS_getppid);
		copy(to, buf, opt.size);
	}
	stop();
	printf("{\"count\": %lu, \"bytes\": %lu, \"ns\": %lu}\n", opt.count,
	       opt.count * opt.size, took);
	return 0;
}

static int load_symbols(void)
{
	count_mark(COUNT_LOAD);
	return 0;
}

/* Around a command that can't mark: nginx, redis */
static int mark_start(void)
{
	count_mark(COUNT_START);
	return 0;
}

static int mark_stop(void)
{
	count_mark(COUNT_STOP);
	return 0;
}

/* ---- command line ----------------------------------------------------- */

static const struct command {
	const char *name;
	int (*run)(void);
} commands[] = {
	{ "serve",	serve },
	{ "rr",		rr },
	{ "bulk",	bulk },
	{ "crr",	crr },
	{ "handover",	handover },
	{ "floor",	floor_cost },
	{ "symbols",	load_symbols },
	{ "start",	mark_start },
	{ "stop",	mark_stop },
};

static int usage(void)
{
	fprintf(stderr,
		"usage: load serve -p PORT\n"
		"       load rr|bulk|crr|handover|floor -a ADDRESS -p PORT [OPTION...]\n"
		"       load symbols|start|stop\n"
		"  -s SIZE   of request and reply (64)\n"
		"  -n COUNT  of transactions (1000)\n"
		"  -c CONNS  at once (1)\n"
		"  -i IDLE   further connections, without traffic (0)\n"
		"  -b BYTES  bulk (64 MiB)\n"
		"  -w WRITE  bytes per call, bulk (16384)\n"
		"  -d DIR    bulk: up, down, both; handover: up, down\n"
		"  -g GROUP  connections per batch, handover (1)\n"
		"  -o        fail unless each connection is offloaded\n"
		"  -O        fail if one is\n");
	return 2;
}

static uint64_t number(const char *s)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno || end == s || *end || *s == '-')
		errx(2, "%s: not a number", s);
	return n;
}

static bool parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "a:p:s:n:c:i:b:w:d:g:oO")) != -1) {
		switch (c) {
		case 'a':
			opt.addr = optarg;
			break;
		case 'p':
			opt.port = number(optarg);
			break;
		case 's':
			opt.size = number(optarg);
			break;
		case 'n':
			opt.count = number(optarg);
			break;
		case 'c':
			opt.conns = number(optarg);
			break;
		case 'i':
			opt.idle = number(optarg);
			break;
		case 'b':
			opt.bytes = number(optarg);
			break;
		case 'w':
			opt.write = number(optarg);
			break;
		case 'd':
			opt.dir = optarg;
			break;
		case 'g':
			opt.batch = number(optarg);
			break;
		case 'o':
			opt.path = PATH_NIC;
			break;
		case 'O':
			opt.path = PATH_HOST;
			break;
		default:
			return false;
		}
	}
	if (opt.size > sizeof(buf) || opt.write > sizeof(buf) || !opt.write)
		errx(2, "at most %zu bytes per call", sizeof(buf));
	if (!opt.conns || !opt.batch || !opt.count)
		errx(2, "at least one");
	return optind == argc;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc < 2)
		return usage();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (!parse(argc - 1, argv + 1))
			return usage();
		raise_limit();
		return commands[i].run();
	}
	return usage();
}
