// SPDX-License-Identifier: GPL-2.0-only
/*
 * parity [-v] [-V VARIANT] [-n TIMES] [PATTERN...] - a socket gives the same
 * results, whoever has it
 *
 * Each case runs in three variants, on a connection between the hosts
 * (namespaces) A and B, of which A has a NIC:
 *
 *	host		opted out: the host's stack has it
 *	offloaded	opted in: the NIC has it, and still has at the end
 *	moved		taken up and down again at random moments during the case
 *
 * What a case notes with TELL() has to be the same in each variant; the host's
 * own stack says what is right. That the NIC really had the connection is seen
 * from SOL_TOE and the counters: a silent fall-back fails, and so does an
 * upload for another reason than the documented one. What the documentation says
 * is refused has to be, for that reason. Families and who connects alternate from
 * case to case. A case runs in a process of its own, in the
 * variant `moved' again and again until enough hand-overs met it.
 *
 * -v shows what the cases note, -V runs, besides host, this variant only, -n each
 * case that often; from four on it meets both families both ways.
 *
 * KTAP. Run it as root beside the namespaces of tests/e2e/lib.sh, with
 * net.toe.mode=explicit and a long net.toe.retry_ms in A.
 */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

static const char usage[] =
	"usage: parity [-v] [-V VARIANT] [-n TIMES] [PATTERN...]\n";

#define TOLD		16384
#define LIMIT_S		30		/* for one case in one variant */
#define MOVES		8		/* during a case, in all its turns */
#define TURNS_MAX	40

static const char * const variants[] = { "host", "offloaded", "moved" };

/* What a case's process says to the one that started it */
struct report {
	char why[512];
	char told[TOLD];	/* what the last turn noted */
	char first[TOLD];	/* ditto, the first one */
	int moves, turns;
	bool skipped;
};

static struct report *report;
static int hosts[2];
static struct parity_case *cases, **tail = &cases;
static bool verbose;
static const char *only;

char data[1 << 20], room[1 << 20];

void parity_add(struct parity_case *c)
{
	*tail = c;
	tail = &c->next;
}

/* ---- verdicts -------------------------------------------------------------- */

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(report->why, sizeof(report->why), fmt, ap);
	va_end(ap);
	_exit(1);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(report->why, sizeof(report->why), fmt, ap);
	va_end(ap);
	report->skipped = true;
	_exit(0);
}

static void note(const char *fmt, ...)
{
	size_t len = strlen(report->told);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(report->told + len, TOLD - len, fmt, ap);
	va_end(ap);
}

long tell(const char *what, long ret)
{
	int err = errno;

	if (ret == -1 && err)
		note("%s: %s\n", what, strerrorname_np(err));
	else
		note("%s: %ld\n", what, ret);
	errno = err;
	return ret;
}

void check_eq(const char *what, int line, long is, long due)
{
	if (is != due)
		fail("line %d: %s is %ld%s%s, not %ld", line, what, is,
		     is == -1 && errno ? " " : "",
		     is == -1 && errno ? strerrorname_np(errno) : "", due);
}

void check_err(const char *what, int line, long is, int due)
{
	if (is != -1 || errno != due)
		fail("line %d: %s is %ld %s, not %s", line, what, is,
		     is == -1 ? strerrorname_np(errno) : "",
		     strerrorname_np(due));
}

/* ---- help ------------------------------------------------------------------ */

void matches(const char *buf, size_t from, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (buf[i] != data[from + i])
			fail("byte %zu is wrong", from + i);
	}
}

void put(int fd, size_t len)
{
	size_t at = 0;
	ssize_t n;

	while (at < len) {
		n = send(fd, data + at, len - at, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			fail("put: %s after %zu", strerror(errno), at);
		at += n > 0 ? n : 0;
	}
}

/* Two threads may receive at the same time. */
static __thread char in[65536];

static size_t at_most(size_t len)
{
	return len < sizeof(in) ? len : sizeof(in);
}

void get_from(int fd, size_t from, size_t len)
{
	size_t end = from + len;
	ssize_t n;

	while (from < end) {
		n = recv(fd, in, at_most(end - from), 0);
		if (!n || (n < 0 && errno != EINTR))
			fail("get: %s at %zu",
			     n ? strerror(errno) : "early end", from);
		if (n > 0) {
			matches(in, from, n);
			from += n;
		}
	}
}

void get(int fd, size_t len)
{
	get_from(fd, 0, len);
}

/* Until nothing has fitted for a while: buffers grow */
size_t fill(int fd)
{
	size_t sum = 0;
	int idle = 0;
	ssize_t n;

	while (idle < 30) {
		/* the pattern of its first 4096 bytes, again and again */
		n = send(fd, data + sum % 4096, 4096 - sum % 4096,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			sum += n;
			idle = 0;
			continue;
		}
		if (errno != EAGAIN)
			fail("fill: %s", strerror(errno));
		idle++;
		nap(5);
	}
	return sum;
}

void drain(int fd, size_t len)
{
	size_t at = 0, i;
	ssize_t n;

	while (at < len) {
		n = recv(fd, in, at_most(len - at), 0);
		if (n <= 0)
			fail("drain: %s after %zu",
			     n ? strerror(errno) : "early end", at);
		for (i = 0; i < (size_t)n; i++)
			if (in[i] != data[(at + i) % 4096])
				fail("byte %zu is wrong", at + i);
		at += n;
	}
}

void set(int fd, int level, int name, int val)
{
	if (setsockopt(fd, level, name, &val, sizeof(val)))
		fail("option %d.%d = %d: %s", level, name, val,
		     strerror(errno));
}

int got(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int val = 0;

	return getsockopt(fd, level, name, &val, &len) ? -1 : val;
}

void nonblock(int fd, bool on)
{
	if (fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0))
		fail("O_NONBLOCK: %s", strerror(errno));
}

int asked(int fd, unsigned long request)
{
	int val = -1;

	return ioctl(fd, request, &val) ? -1 : val;
}

void wait_in(int fd, int bytes)
{
	double end = now() + 20;

	while (asked(fd, SIOCINQ) < bytes) {
		if (now() > end)
			fail("%d bytes of %d arrived", asked(fd, SIOCINQ),
			     bytes);
		nap(1);
	}
}

void wait_acked(int fd)
{
	double end = now() + 20;

	while (asked(fd, SIOCOUTQ)) {
		if (now() > end)
			fail("%d bytes not acknowledged", asked(fd, SIOCOUTQ));
		nap(1);
	}
}

bool readable_within(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static double clock_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

double now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/* The time of the last tick. Where the machine is emulated ticks are late now and then
 * and come all at once: a time-out that is due so many ticks later is over sooner
 * then, by the clock that does not wait for them.
 */
double ticks(void)
{
	return clock_of(CLOCK_MONOTONIC_COARSE);
}

void nap(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* A case that is over at once would not meet a hand-over */
void talk(struct fixture *f)
{
	int i;

	for (i = 0; i < 10; i++) {
		put(f->sk, 100);
		get(f->peer, 100);
	}
}

void settle(int *fd)
{
	if (close(*fd))
		fail("close: %s", strerror(errno));
	*fd = -1;
}

void reset(int *fd)
{
	struct linger l = { 1, 0 };

	if (setsockopt(*fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		fail("SO_LINGER: %s", strerror(errno));
	settle(fd);
}

void on_host(int host)
{
	if (setns(hosts[host], CLONE_NEWNET))
		fail("setns: %s", strerror(errno));
}

void run_command(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (system(line))
		fail("failed: %s", line);
}

struct task {
	struct fixture *f;
	void (*fn)(struct fixture *f);
	int ms;
};

static void *task_run(void *arg)
{
	struct task t = *(struct task *)arg;

	free(arg);
	nap(t.ms);
	t.fn(t.f);
	return NULL;
}

pthread_t later(struct fixture *f, int ms, void (*fn)(struct fixture *f))
{
	struct task *t = malloc(sizeof(*t));
	pthread_t thread;
	sigset_t all, had;

	*t = (struct task){ f, fn, ms };
	/* signals are for the thread that runs the case */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &had);
	if (pthread_create(&thread, NULL, task_run, t))
		fail("no thread");
	pthread_sigmask(SIG_SETMASK, &had, NULL);
	return thread;
}

void done(pthread_t thread)
{
	pthread_join(thread, NULL);
}

int state_of(int fd)
{
	return got(fd, SOL_TOE, TOE_STATE);
}

/* ---- the connection ---------------------------------------------------------- */

static int host_socket(struct fixture *f, const struct parity_case *c, int host)
{
	int fd;

	if (c->cgroup)
		cgroup_enter(host == A);
	on_host(host);
	fd = socket(f->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket: %s", strerror(errno));
	on_host(A);
	return fd;
}

static socklen_t addr_of(struct sockaddr_in6 *sa, int family, int host)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)sa;

	memset(sa, 0, sizeof(*sa));
	sa->sin6_family = family;
	if (family == AF_INET6) {
		inet_pton(AF_INET6, host == A ? "fd09::1" : "fd09::2",
			  &sa->sin6_addr);
		return sizeof(*sa);
	}
	inet_pton(AF_INET, host == A ? "10.9.0.1" : "10.9.0.2",
		  &sin->sin_addr);
	return sizeof(*sin);
}

static void fixture_connect(struct fixture *f, const struct parity_case *c)
{
	int server = f->passive ? A : B, fds[2], listener;
	socklen_t len = addr_of(&f->to, f->family, server);

	if (c->cgroup)
		cgroup_make();
	listener = host_socket(f, c, server);
	fds[1] = host_socket(f, c, !server);
	if (c->prepare)
		c->prepare(f->passive ? listener : fds[1]);
	if (bind(listener, (void *)&f->to, len) || listen(listener, 4) ||
	    getsockname(listener, (void *)&f->to, &len))
		fail("listen: %s", strerror(errno));
	if (connect(fds[1], (void *)&f->to, len))
		fail("connect: %s", strerror(errno));
	/* memory is charged to the group of the one that accepts */
	if (c->cgroup)
		cgroup_enter(f->passive);
	fds[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fds[0] < 0)
		fail("accept: %s", strerror(errno));
	if (c->cgroup)
		cgroup_enter(false);
	close(listener);
	f->sk = fds[!f->passive];
	f->peer = fds[f->passive];
}

static uint64_t rise(const struct stats *old, const struct stats *new, int i)
{
	return new->s[i].value - old->s[i].value;
}

static bool refused_for(const struct stats *old, const struct stats *new,
			const char *reason)
{
	int i;

	for (i = 0; i < new->n; i++)
		if (!strcmp(new->s[i].group, "refused") &&
		    !strcmp(new->s[i].name, reason))
			return rise(old, new, i);
	return false;
}

/* Every reason that was given */
static void fail_refused(struct fixture *f, const struct stats *old,
			 const struct stats *new)
{
	char why[256] = "";
	size_t len = 0;
	int i;

	for (i = 0; i < new->n; i++)
		if (!strcmp(new->s[i].group, "refused") && rise(old, new, i))
			len += snprintf(why + len, sizeof(why) - len, " %s",
					new->s[i].name);
	fail("not offloaded: state %d, refused for%s", state_of(f->sk),
	     len ? why : " no reason");
}

static void fixture_down(struct fixture *f, const struct parity_case *c,
			 struct nl *nl)
{
	static struct stats old, new;
	double end = now() + 20;

	nl_stats(nl, &old);
	set(f->sk, SOL_TOE, TOE_OFFLOAD, f->variant == HOST ?
	    TOE_OFFLOAD_NEVER : TOE_OFFLOAD_WANT);
	if (f->variant == HOST) {
		EQ(state_of(f->sk), TOE_STATE_HOST);
		return;
	}
	if (c->refused) {
		nl_stats(nl, &new);
		if (!refused_for(&old, &new, c->refused))
			fail_refused(f, &old, &new);
		EQ(state_of(f->sk), TOE_STATE_HOST);
		return;
	}
	while (state_of(f->sk) != TOE_STATE_OFFLOADED) {
		if (now() > end) {
			nl_stats(nl, &new);
			fail_refused(f, &old, &new);
		}
		nap(5);
		/* refused, as by a NIC that is being reset: ask again now */
		set(f->sk, SOL_TOE, TOE_OFFLOAD, TOE_OFFLOAD_WANT);
	}
}

/* ---- hand-overs, in a thread of their own -------------------------------------- */

struct mover {
	pthread_t thread;
	unsigned int seed;
	volatile bool stop;
	volatile int moves;
};

static void *mover_run(void *arg)
{
	struct mover *m = arg;
	struct nl *nl = nl_open();

	while (!m->stop) {
		m->moves += nl_move_all(nl, false);
		usleep(rand_r(&m->seed) % 2000);
		m->moves += nl_move_all(nl, true);
		usleep(rand_r(&m->seed) % 4000);
	}
	nl_close(nl);
	return NULL;
}

/* @met: wait until it is under way, and down, before the case begins */
static void mover_start(struct mover *m, bool met)
{
	sigset_t all, had;

	m->stop = false;
	m->moves = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &had);
	if (pthread_create(&m->thread, NULL, mover_run, m))
		fail("no thread");
	pthread_sigmask(SIG_SETMASK, &had, NULL);
	if (!met)
		return;
	while (m->moves < 2)
		usleep(100);
	m->moves = 0;
}

static void mover_stop(struct mover *m)
{
	m->stop = true;
	pthread_join(m->thread, NULL);
}

/* ---- one case in one variant, in a process of its own --------------------------- */

static bool ends_for(const char *reason)
{
	return !strcmp(reason, "close") || !strcmp(reason, "closing") ||
	       !strcmp(reason, "peer-reset");
}

/* Where it was, and why it came up */
static void verify(const struct fixture *f, const struct parity_case *c,
		   const struct stats *old, const struct stats *new)
{
	bool up = false;
	int i;

	for (i = 0; i < new->n; i++) {
		const char *name = new->s[i].name;

		if (!rise(old, new, i))
			continue;
		if (!strcmp(name, "bad-events") || !strcmp(name, "rebuilt"))
			fail("the NIC was found to lie, or dead: %s", name);
		if (strcmp(new->s[i].group, "uploaded") || f->variant == MOVED)
			continue;
		if (c->up && !strcmp(c->up, name))
			up = true;
		else if (!c->ends || !ends_for(name))
			fail("came up: %s", name);
	}
	if (c->refused && f->sk >= 0)
		EQ(state_of(f->sk), TOE_STATE_HOST);
	if (f->variant != OFFLOADED || c->refused)
		return;
	if (c->up && !up)
		fail("did not come up for the reason %s", c->up);
	if (!c->up && !c->ends && state_of(f->sk) != TOE_STATE_OFFLOADED)
		fail("not offloaded at the end");
}

static void turn(struct fixture *f, const struct parity_case *c,
		 struct mover *m, struct nl *nl)
{
	static struct stats old, new;

	report->told[0] = 0;
	fixture_connect(f, c);
	fixture_down(f, c, nl);
	nl_stats(nl, &old);
	if (f->variant == MOVED)
		mover_start(m, !c->refused);
	c->run(f);
	if (f->variant == MOVED)
		mover_stop(m);
	nl_stats(nl, &new);
	verify(f, c, &old, &new);
	if (f->sk >= 0)
		close(f->sk);
	if (f->peer >= 0)
		close(f->peer);
}

static void child(const struct parity_case *c, enum variant v, int nr)
{
	struct mover m = { .seed = nr };
	struct fixture f = {
		.variant = v,
		.family = nr & 1 ? AF_INET6 : AF_INET,
		.passive = nr & 2,
	};
	double start = now();
	struct nl *nl;

	alarm(LIMIT_S);
	on_host(A);
	nl = nl_open();
	do {
		turn(&f, c, &m, nl);
		if (!report->turns++)
			strcpy(report->first, report->told);
		else if (strcmp(report->first, report->told))
			fail("turn %d had other results", report->turns);
		report->moves += m.moves;
	} while (v == MOVED && !c->refused && report->moves < MOVES &&
		 report->turns < TURNS_MAX && now() - start < 5);
	if (c->refused && report->moves)
		fail("%d hand-overs of what can't go down", report->moves);
	if (v == MOVED && !c->refused && !report->moves)
		fail("no hand-over in %d turns", report->turns);
	_exit(0);
}

/* ---- all of them ------------------------------------------------------------------ */

static void differ(const char *due)
{
	const char *a = due, *b = report->told;
	int la, lb;

	while (*a && *b) {
		la = strcspn(a, "\n");
		lb = strcspn(b, "\n");
		if (la != lb || strncmp(a, b, la))
			break;
		a += la + 1;
		b += lb + 1;
	}
	snprintf(report->why, sizeof(report->why),
		 "the host says \"%.*s\", here \"%.*s\"",
		 (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static void indent(const char *s)
{
	int len;

	for (; *s; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		printf("#   %.*s\n", len, s);
	}
}

/* A case that failed may have left the world as it was not. */
static void mend(void)
{
	if (tcp_mem_restore())
		printf("# tcp_mem is as it was\n");
	if (system("tc -n A qdisc del dev vethA root 2> /dev/null"))
		return;
	printf("# the wire is whole again\n");
}

static bool run(const struct parity_case *c, enum variant v, int nr,
		const char *due)
{
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	fflush(stdout);
	pid = fork();
	if (!pid)
		child(c, v, nr);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(report->why, sizeof(report->why), "%s",
			 WTERMSIG(status) == SIGALRM ? "out of time" :
			 strsignal(WTERMSIG(status)));
	else if (!WEXITSTATUS(status) && due && strcmp(due, report->told))
		differ(due);
	if (report->skipped || !report->why[0])
		return true;
	mend();
	return false;
}

static bool wanted(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return true;
	return false;
}

/* Number of variants that failed */
static int run_case(const struct parity_case *c, int nr, int *n)
{
	static char due[TOLD];
	enum variant v;
	int failed = 0;
	double start;
	bool ok;

	report->skipped = false;
	for (v = HOST; v < VARIANTS && !report->skipped; v++) {
		if (v != HOST && only && strcmp(only, variants[v]))
			continue;
		start = now();
		ok = run(c, v, nr, v == HOST ? NULL : due);
		if (v == HOST)
			strcpy(due, report->told);
		failed += !ok;
		printf("%sok %d %s %s # ", ok ? "" : "not ", ++*n, c->name,
		       variants[v]);
		if (report->skipped)
			printf("SKIP %s, ", report->why);
		printf("%.1f s", now() - start);
		if (v == MOVED)
			printf(", %d hand-overs", report->moves);
		printf("\n");
		if (!ok)
			printf("# %s\n", report->why);
		if (!ok || (verbose && v == HOST))
			indent(report->told);
	}
	return failed;
}

static int host_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct parity_case *c;
	int n = 0, nr = 0, failed = 0, times = 1, opt, t;
	size_t i;

	while ((opt = getopt(argc, argv, "n:vV:")) != -1) {
		if (opt == 'v') {
			verbose = true;
		} else if (opt == 'V') {
			only = optarg;
		} else if (opt == 'n') {
			times = atoi(optarg);
		} else {
			fputs(usage, stderr);
			return 2;
		}
	}
	hosts[A] = host_open("/run/netns/A");
	hosts[B] = host_open("/run/netns/B");
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + (i >> 8) * 13 + (i >> 16);
	tcp_mem_save();
	for (c = cases; c; c = c->next, nr++)
		for (t = 0; t < times && wanted(c->name, argv + optind); t++)
			failed += run_case(c, nr + t, &n);
	cgroup_remove();
	printf("1..%d\n", n);
	return failed || !n;
}
