/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fixture of the socket-parity suite, see main.c
 */
#ifndef PARITY_H
#define PARITY_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

#include <linux/toe.h>

/* <netinet/tcp.h> has these, but not with <linux/tcp.h> */
#ifndef SOL_TCP
#define SOL_TCP		6
#endif
#ifndef SOL_TLS
#define SOL_TLS		282
#endif

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum variant { HOST, OFFLOADED, MOVED, VARIANTS };

enum { A, B };				/* the two hosts; the NIC is A's */

/**
 * struct fixture - one connection between the two hosts
 * @variant: who has it
 * @family: AF_INET or AF_INET6
 * @passive: A accepted it
 * @sk: the end under test, in A; a case that closes it sets -1
 * @peer: the other end, in B; ditto
 * @to: what A connected to, or B did
 */
struct fixture {
	enum variant variant;
	int family;
	bool passive;
	int sk, peer;
	struct sockaddr_in6 to;
};

/**
 * struct parity_case - what is to be the same
 * @name: SUBJECT.WHAT
 * @run: the case; it gets a new connection, established and, but in variant
 *       HOST, offloaded
 * @prepare: set options on the end under test before it connects, or on its
 *           listener; may be NULL
 * @up: the reason for which the connection comes up, as documented. NULL: it
 *      has to be down at the end
 * @ends: the connection is closed, or half of it, by the case: it comes up for
 *        that reason
 * @refused: the reason for which it can't go down, as documented: it stays in
 *           the host in every variant, whoever asks
 * @cgroup: the end under test belongs to a control group of its own
 * @next: in the order of the files
 */
struct parity_case {
	const char *name;
	void (*run)(struct fixture *f);
	void (*prepare)(int fd);
	const char *up;
	const char *refused;
	bool ends;
	bool cgroup;
	struct parity_case *next;
};

void parity_add(struct parity_case *c);

#define CASE(subject, what, ...)					\
	static void subject##_##what(struct fixture *f);		\
	static struct parity_case case_##subject##_##what = {		\
		.name = #subject "." #what,				\
		.run = subject##_##what,				\
		__VA_ARGS__						\
	};								\
	static void __attribute__((constructor)) add_##subject##_##what(void) \
	{								\
		parity_add(&case_##subject##_##what);			\
	}								\
	static void subject##_##what(struct fixture *f)

/* ---- verdicts: each ends the case when it fails -------------------------- */

void fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The kernel lacks what the case is about */
void skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* Note a result; each variant has to have the same ones */
long tell(const char *what, long ret);
void check_eq(const char *what, int line, long is, long due);
void check_err(const char *what, int line, long is, int due);

#define TELL(expr)	({ errno = 0; tell(#expr, (long)(expr)); })
#define EQ(expr, due)	({ errno = 0; \
			   check_eq(#expr, __LINE__, (long)(expr), due); })
#define ERR(expr, due)	({ errno = 0; \
			   check_err(#expr, __LINE__, (long)(expr), due); })
#define OK(expr)	({ if (!(expr)) \
			   fail("line %d: not so: %s", __LINE__, #expr); })

/* ---- help ------------------------------------------------------------------ */

extern char data[1 << 20];		/* a pattern, and room for what comes */
extern char room[1 << 20];

void put(int fd, size_t len);		/* the pattern, from its beginning */
void get(int fd, size_t len);		/* and nothing else */
void get_from(int fd, size_t from, size_t len);
void matches(const char *buf, size_t from, size_t len);
size_t fill(int fd);			/* until it would block; how much */
void drain(int fd, size_t len);		/* what fill() sent */

void set(int fd, int level, int name, int val);
int got(int fd, int level, int name);
void nonblock(int fd, bool on);
int asked(int fd, unsigned long request);
void wait_in(int fd, int bytes);	/* until so many can be read */
void wait_acked(int fd);
bool readable_within(int fd, int ms);
double now(void);
double ticks(void);			/* now, as time-outs of the kernel count */
void nap(int ms);
void talk(struct fixture *f);		/* time for a hand-over */
void settle(int *fd);			/* close and forget */
void reset(int *fd);			/* close with a RST */

void on_host(int host);
void run_command(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* fn(f) in another thread, after a while */
pthread_t later(struct fixture *f, int ms, void (*fn)(struct fixture *f));
void done(pthread_t thread);

int state_of(int fd);			/* enum toe_state */

/* ---- the control group (cgroup.c) ------------------------------------------ */

void cgroup_make(void);
void cgroup_enter(bool in);		/* what is made from now on is in it */
void cgroup_remove(void);

/* ---- tcp_mem (memory.c) ------------------------------------------------------ */

void tcp_mem_save(void);
bool tcp_mem_restore(void);		/* was it changed? */

/* ---- netlink (nl.c) -------------------------------------------------------- */

struct nl;

#define MAX_STATS	128

struct stats {
	int n;
	struct {
		char group[24], name[24];
		uint64_t value;
	} s[MAX_STATS];
};

struct nl *nl_open(void);
void nl_close(struct nl *nl);
int nl_move_all(struct nl *nl, bool down);	/* how many moved */
void nl_stats(struct nl *nl, struct stats *st);

#endif /* PARITY_H */
