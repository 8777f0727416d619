// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream - pseudo-random bytes over TCP, every one of them checked
 *
 *	stream server [-p PORT]
 *	stream bulk  [OPTION...] HOST	both directions at once, half close
 *	stream half  [OPTION...] HOST	-u bytes, half close, then -d bytes come
 *	stream rr    [OPTION...] HOST	requests and responses in turn
 *	stream short [OPTION...] HOST	many connections, one exchange each
 *	stream hold  [OPTION...] HOST	open -n, exchange, wait for SIGUSR1 or
 *					-t, exchange once more, close
 *	-p PORT (5001)  -P parallel (1)  -n count  -u bytes up  -d bytes down
 *	-s bytes per request and response (64)  -t seconds  -S seed
 *	-i milliseconds between an exchange, or 64 KB, and the next on average (0)
 *	-r milliseconds for which both readers of a bulk connection rest after
 *	   64 KB on average (0): the window closes
 *	-c connect again when there is no way to the host
 *	-k SO_PRIORITY  -m SO_MARK
 *
 * One line of JSON at the end. Exit status 1 after any error: a reset, an
 * early end, a wrong byte, a byte too many. SIGUSR2: a line with the longest
 * time in microseconds, since the last such line, in which a direction of a
 * bulk connection stood still as its receiver saw it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK		65536
#define MAGIC		0x746f6531
#define FOREVER		UINT64_MAX

enum mode { MODE_BULK, MODE_RR };

/* What the client asks for, first on every connection */
struct hello {
	uint32_t magic;
	uint32_t mode;
	uint32_t size;
	uint32_t pause, rest;
	uint32_t zero;
	uint64_t seed;
	uint64_t up, down;
};

/* One direction of one connection */
struct flow {
	int fd;
	uint64_t seed;
	uint64_t want;		/* bytes, or FOREVER: until *stop */
	const volatile bool *stop;
	uint64_t done;
	uint64_t seen;		/* microseconds: the last bytes came */
	uint32_t pause;		/* of the sender or of the reader */
	int err;
};

struct options {
	const char *cmd, *host, *port;
	unsigned int parallel, seconds, pause, rest, priority, mark;
	uint32_t size;
	uint64_t count, up, down, seed;
	bool patient;
};

static struct options opt = {
	.port = "5001", .parallel = 1, .size = 64, .count = 1,
};

static volatile bool stopped, gap_wanted;
static uint64_t gap;		/* the longest, microseconds */
static uint64_t errors, total_up, total_down, total_ops;
static pthread_mutex_t sum_lock = PTHREAD_MUTEX_INITIALIZER;

static int fail(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what,
		errno ? strerror(errno) : "early end");
	return -1;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* Bytes came: how long did it take? Whoever finds that it was asked for says. */
static void gap_look(struct flow *f)
{
	uint64_t now = now_us(), took = f->seen ? now - f->seen : 0;
	uint64_t was = __atomic_load_n(&gap, __ATOMIC_RELAXED);
	bool yes = true;

	f->seen = now;
	while (took > was &&
	       !__atomic_compare_exchange_n(&gap, &was, took, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	if (gap_wanted &&
	    __atomic_compare_exchange_n(&gap_wanted, &yes, false, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		printf("gap %" PRIu64 "\n",
		       __atomic_exchange_n(&gap, 0, __ATOMIC_RELAXED));
		fflush(stdout);
	}
}

/* xorshift64*, eight bytes a step */
static void fill(uint64_t *state, uint64_t *buf, size_t bytes)
{
	uint64_t x = *state;
	size_t i;

	for (i = 0; i < (bytes + 7) / 8; i++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		buf[i] = x * 0x2545F4914F6CDD1DULL;
	}
	*state = x;
}

static uint64_t seed_of(uint64_t seed)
{
	return (seed + 1) * 0x9E3779B97F4A7C15ULL | 1;
}

/* Connections that pause for equally long would move in step. */
static void think(uint32_t ms, unsigned int *random)
{
	if (ms)
		usleep(rand_r(random) % (2000 * ms));
}

static int put(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail("send");
		p += n;
		len -= n;
	}
	return 0;
}

static int get_some(int fd, void *buf, size_t len, struct flow *f)
{
	char *p = buf;
	ssize_t n;

	while (len) {
		errno = 0;
		n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail("recv");
		if (f)
			gap_look(f);
		p += n;
		len -= n;
	}
	return 0;
}

static int get(int fd, void *buf, size_t len)
{
	return get_some(fd, buf, len, NULL);
}

/* Frames of a length and so many bytes; length 0 ends the direction. */
static void *send_flow(void *arg)
{
	uint64_t buf[CHUNK / 8 + 1];
	struct flow *f = arg;
	uint64_t state = seed_of(f->seed);
	unsigned int random = f->seed;
	uint32_t len, end = 0;

	while (f->done < f->want && !(f->want == FOREVER && *f->stop)) {
		len = f->want - f->done < CHUNK - 8 ? f->want - f->done :
						      CHUNK - 8;
		buf[0] = 0;
		memcpy((char *)buf + 4, &len, 4);
		fill(&state, buf + 1, len);
		f->err = put(f->fd, (char *)buf + 4, len + 4);
		if (f->err)
			return NULL;
		f->done += len;
		think(f->pause, &random);
	}
	f->err = put(f->fd, &end, 4);
	return NULL;
}

static void *recv_flow(void *arg)
{
	uint64_t got[CHUNK / 8], due[CHUNK / 8];
	struct flow *f = arg;
	uint64_t state = seed_of(f->seed);
	unsigned int random = ~f->seed;
	uint32_t len;

	for (;;) {
		f->err = get_some(f->fd, &len, 4, f);
		if (f->err || !len)
			return NULL;
		if (len > CHUNK) {
			fprintf(stderr, "stream: wrong length at byte %" PRIu64
				"\n", f->done);
			f->err = -1;
			return NULL;
		}
		f->err = get_some(f->fd, got, len, f);
		if (f->err)
			return NULL;
		fill(&state, due, len);
		if (memcmp(got, due, len)) {
			fprintf(stderr, "stream: wrong byte after %" PRIu64
				"\n", f->done);
			f->err = -1;
			return NULL;
		}
		f->done += len;
		/* who is to stop reads what is left */
		if (!stopped)
			think(f->pause, &random);
	}
}

/* Nothing may follow: not a byte, not a reset */
static int get_end(int fd)
{
	char c;
	ssize_t n;

	do
		n = recv(fd, &c, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		fprintf(stderr, "stream: byte after the end\n");
		return -1;
	}
	return n ? fail("recv at the end") : 0;
}

static int thread(pthread_t *t, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	err = pthread_create(t, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return err;
}

static int serve_bulk(int fd, const struct hello *h)
{
	volatile bool done = false;
	struct flow up = { .fd = fd, .seed = h->seed, .want = h->up,
			   .pause = h->rest };
	struct flow down = { .fd = fd, .seed = ~h->seed, .want = h->down,
			     .stop = &done, .pause = h->pause };
	uint64_t verdict[2];
	pthread_t t;

	if (thread(&t, send_flow, &down))
		return fail("thread");
	recv_flow(&up);
	if (!up.err)
		up.err = get_end(fd);
	done = true;
	pthread_join(t, NULL);
	if (up.err || down.err)
		return -1;
	verdict[0] = up.done;
	verdict[1] = down.done;
	return put(fd, verdict, sizeof(verdict));
}

static int serve_rr(int fd, const struct hello *h)
{
	uint64_t got[CHUNK / 8], due[CHUNK / 8];
	uint64_t in = seed_of(h->seed), out = seed_of(~h->seed);
	char *p = (char *)got;
	ssize_t n;
	size_t have;

	for (;;) {
		for (have = 0; have < h->size; have += n) {
			n = recv(fd, p + have, h->size - have, 0);
			if (n < 0 && errno == EINTR)
				n = 0;
			else if (!n && !have)
				return 0;
			else if (n <= 0)
				return fail("recv");
		}
		fill(&in, due, h->size);
		if (memcmp(got, due, h->size)) {
			fprintf(stderr, "stream: wrong request\n");
			return -1;
		}
		fill(&out, due, h->size);
		if (put(fd, due, h->size))
			return -1;
	}
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg, err = -1, one = 1;
	struct hello h;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!get(fd, &h, sizeof(h)) && h.magic == MAGIC && h.size <= CHUNK)
		err = h.mode == MODE_BULK ? serve_bulk(fd, &h) :
					    serve_rr(fd, &h);
	if (err)
		fprintf(stderr, "stream: server: connection failed\n");
	close(fd);
	return NULL;
}

static int server(void)
{
	struct sockaddr_in6 sa = {
		.sin6_family = AF_INET6, .sin6_port = htons(atoi(opt.port)),
	};
	int fd, one = 1, zero = 0, conn;
	pthread_t t;

	fd = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa)) || listen(fd, 4096))
		return fail("listen");
	for (;;) {
		conn = accept(fd, NULL, NULL);
		if (conn < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (conn < 0)
			return fail("accept");
		if (thread(&t, serve, (void *)(intptr_t)conn))
			return fail("thread");
		pthread_detach(t);
	}
}

static bool no_way(void)
{
	return errno == EHOSTUNREACH || errno == ENETUNREACH ||
	       errno == ETIMEDOUT;
}

/* Nothing is established yet, so nothing is lost by trying again. */
static int dial_addr(const struct addrinfo *ai)
{
	int fd;

	for (;;) {
		fd = socket(ai->ai_family, SOCK_STREAM, 0);
		if (fd < 0 || !connect(fd, ai->ai_addr, ai->ai_addrlen))
			return fd;
		if (!opt.patient || !no_way())
			break;
		close(fd);
		usleep(100000);
	}
	fail("connect");
	close(fd);
	return -1;
}

static int dial(const struct hello *h)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	int fd, one = 1;

	if (getaddrinfo(opt.host, opt.port, &hints, &ai))
		return fail("address");
	fd = dial_addr(ai);
	freeaddrinfo(ai);
	if (fd < 0)
		return -1;
	if (opt.priority)
		setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &opt.priority,
			   sizeof(opt.priority));
	if (opt.mark)
		setsockopt(fd, SOL_SOCKET, SO_MARK, &opt.mark,
			   sizeof(opt.mark));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (put(fd, h, sizeof(*h))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void sum(uint64_t up, uint64_t down, uint64_t ops, bool err)
{
	pthread_mutex_lock(&sum_lock);
	total_up += up;
	total_down += down;
	total_ops += ops;
	errors += err;
	pthread_mutex_unlock(&sum_lock);
}

static void bulk(const struct hello *h)
{
	struct flow up = { .seed = h->seed, .want = h->up, .stop = &stopped,
			   .pause = h->pause };
	struct flow down = { .seed = ~h->seed, .want = h->down,
			     .pause = h->rest };
	uint64_t verdict[2] = {};
	int err = -1;
	pthread_t t;

	up.fd = dial(h);
	down.fd = up.fd;
	if (up.fd >= 0 && !thread(&t, recv_flow, &down)) {
		send_flow(&up);
		shutdown(up.fd, SHUT_WR);
		pthread_join(t, NULL);
		err = up.err || down.err ||
		      get(up.fd, verdict, sizeof(verdict)) || get_end(up.fd) ||
		      verdict[0] != up.done || verdict[1] != down.done;
	}
	if (up.fd >= 0)
		close(up.fd);
	sum(up.done, down.done, 1, err);
}

struct rr {
	uint64_t out, in;
};

static int exchange(int fd, uint32_t size, struct rr *rr)
{
	uint64_t got[CHUNK / 8], due[CHUNK / 8];

	fill(&rr->out, due, size);
	if (put(fd, due, size) || get(fd, got, size))
		return -1;
	fill(&rr->in, due, size);
	if (!memcmp(got, due, size))
		return 0;
	fprintf(stderr, "stream: wrong response\n");
	return -1;
}

static void rr(const struct hello *h, uint64_t count)
{
	struct rr rr = { seed_of(h->seed), seed_of(~h->seed) };
	unsigned int random = h->seed ^ h->seed >> 32;
	int fd = dial(h), err = fd < 0;
	uint64_t n = 0;

	while (!err && n < count && !(count == FOREVER && stopped)) {
		err = exchange(fd, h->size, &rr);
		n += !err;
		think(h->pause, &random);
	}
	if (!err) {
		shutdown(fd, SHUT_WR);
		err = get_end(fd);
	}
	if (fd >= 0)
		close(fd);
	sum(n * h->size, n * h->size, n, err);
}

static void hold(const struct hello *h)
{
	struct { int fd; struct rr rr; } *c = calloc(opt.count, sizeof(*c));
	struct hello one = *h;
	uint64_t i;
	int err;

	for (i = 0; i < opt.count; i++) {
		one.seed = h->seed + i;
		c[i].rr = (struct rr){ seed_of(one.seed), seed_of(~one.seed) };
		c[i].fd = dial(&one);
		err = c[i].fd < 0 || exchange(c[i].fd, h->size, &c[i].rr);
		sum(h->size, h->size, 1, err);
	}
	fprintf(stderr, "stream: holding %" PRIu64 "\n", opt.count);
	while (!stopped)
		usleep(20000);
	for (i = 0; i < opt.count; i++) {
		err = c[i].fd < 0 || exchange(c[i].fd, h->size, &c[i].rr);
		if (!err) {
			shutdown(c[i].fd, SHUT_WR);
			err = get_end(c[i].fd);
		}
		close(c[i].fd);
		sum(h->size, h->size, 1, err);
	}
	free(c);
}

static void *client(void *arg)
{
	struct hello h = {
		.magic = MAGIC, .size = opt.size, .up = opt.up,
		.down = opt.down, .pause = opt.pause, .rest = opt.rest,
		.mode = MODE_RR,
		.seed = opt.seed + ((uint64_t)(intptr_t)arg << 32),
	};
	bool timed = opt.seconds;
	uint64_t i;

	if (!strcmp(opt.cmd, "bulk")) {
		h.mode = MODE_BULK;
		if (timed) {
			h.up = FOREVER;
			h.down = FOREVER;
		}
		bulk(&h);
	} else if (!strcmp(opt.cmd, "half")) {
		h.mode = MODE_BULK;
		for (i = 0; timed ? !stopped : i < opt.count; i++, h.seed++)
			bulk(&h);
	} else if (!strcmp(opt.cmd, "rr")) {
		rr(&h, timed ? FOREVER : opt.count);
	} else if (!strcmp(opt.cmd, "short")) {
		for (i = 0; timed ? !stopped : i < opt.count; i++, h.seed++)
			rr(&h, 1);
	} else {
		hold(&h);
	}
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
	stopped = true;
}

static void on_gap(int sig)
{
	(void)sig;
	gap_wanted = true;
}

static int run_clients(void)
{
	pthread_t t[opt.parallel];
	uint64_t start = now_us();
	double took;
	unsigned int i;

	if (opt.seconds)
		alarm(opt.seconds);
	for (i = 0; i < opt.parallel; i++)
		if (thread(&t[i], client, (void *)(intptr_t)i))
			return fail("thread");
	for (i = 0; i < opt.parallel; i++)
		pthread_join(t[i], NULL);
	took = (now_us() - start) / 1e6;
	printf("{\"errors\":%" PRIu64 ",\"ops\":%" PRIu64, errors, total_ops);
	printf(",\"up\":%" PRIu64 ",\"down\":%" PRIu64, total_up, total_down);
	printf(",\"seconds\":%.6f,\"mbit_up\":%.1f,\"mbit_down\":%.1f", took,
	       total_up / took * 8 / 1000000, total_down / took * 8 / 1000000);
	printf(",\"seed\":%" PRIu64 "}\n", opt.seed);
	return errors ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct rlimit files = { 65536, 65536 };
	int c;

	if (argc < 2)
		goto usage;
	opt.cmd = argv[1];
	optind = 2;
	while ((c = getopt(argc, argv, "p:P:n:u:d:s:t:S:k:m:i:r:c")) != -1) {
		switch (c) {
		case 'p':
			opt.port = optarg;
			break;
		case 'P':
			opt.parallel = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			opt.count = strtoull(optarg, NULL, 0);
			break;
		case 'u':
			opt.up = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			opt.down = strtoull(optarg, NULL, 0);
			break;
		case 's':
			opt.size = strtoul(optarg, NULL, 0);
			break;
		case 't':
			opt.seconds = strtoul(optarg, NULL, 0);
			break;
		case 'i':
			opt.pause = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			opt.rest = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			opt.patient = true;
			break;
		case 'k':
			opt.priority = strtoul(optarg, NULL, 0);
			break;
		case 'm':
			opt.mark = strtoul(optarg, NULL, 0);
			break;
		case 'S':
			opt.seed = strtoull(optarg, NULL, 0);
			break;
		default:
			goto usage;
		}
	}
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = on_gap;
	sigaction(SIGUSR2, &sa, NULL);
	setrlimit(RLIMIT_NOFILE, &files);
	if (!strcmp(opt.cmd, "server"))
		return server() ? 1 : 0;
	if (optind != argc - 1 || !opt.size || opt.size > CHUNK)
		goto usage;
	opt.host = argv[optind];
	return run_clients() ? 1 : 0;
usage:
	fprintf(stderr, "usage: stream server|bulk|half|rr|short|hold [OPTION...] [HOST]\n");
	return 2;
}
