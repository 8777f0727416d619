// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth - let each allocation inside a system call of a program fail in turn
 *
 *	failnth CALL STEP [UNDO...] -- PROGRAM [ARGUMENT...]
 *
 * CALL is sendmsg (sendto counts, too), write, finit_module or delete_module.
 * Every such call of the program (threads and children apart) is made again and
 * again: its first allocation fails, then its second and so on, until it needs
 * fewer than that. The program sees nothing but the last of these calls, the
 * one in which nothing failed. See the kernel's
 * Documentation/fault-injection/fault-injection.rst on /proc/PID/fail-nth; which
 * allocations may fail at all is set in debugfs.
 *
 * With a STEP of more than 1 the first four fail each, then one of about STEP,
 * by chance; the environment's SEED decides which.
 *
 * What succeeds although an allocation failed, or may have succeeded, is undone
 * by the command UNDO. A request by netlink is judged by its answer, which
 * failnth takes from the program's socket; what only asks has nothing to undo.
 *
 * Says on stderr how many faults there were, how many of them were survived, and
 * the errors that the others ended with; in an environment with TOE_VERBOSE each
 * single one, too.
 * Exit status: the program's; 1 when it can't be done or when a call failed with
 * an error that neither speaks of memory nor is the one the last call failed
 * with; 128 + N when the program died of signal N.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define DENSE		4	/* the first ones, of which all fail */
#define MAX_ERR		4096

static const struct { const char *name; long nr[2]; } calls[] = {
	{ "sendmsg", { SYS_sendmsg, SYS_sendto } },
	{ "write", { SYS_write, SYS_write } },
	{ "finit_module", { SYS_finit_module, SYS_finit_module } },
	{ "delete_module", { SYS_delete_module, SYS_delete_module } },
};

static char **undo_argv;
static int step;
static bool is_netlink, lost, bad;
static char text[256];
static unsigned int nr_calls = 1, faults, survived, most, errors[MAX_ERR], last[MAX_ERR];

static const long *wanted(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(name, calls[i].name))
			return calls[i].nr;
	errx(1, "%s: unknown call", name);
}

static void set_nth(pid_t pid, int n)
{
	char path[64], text[16];
	int fd, len = snprintf(text, sizeof(text), "%d", n);

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, len) != len)
		err(1, "%s", path);
	close(fd);
}

/* What is left of the count: 0 when the fault was injected */
static int get_nth(pid_t pid)
{
	char path[64], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		err(1, "%s", path);
	close(fd);
	return atoi(text);
}

static int next_nth(int n)
{
	return n < DENSE ? n + 1 : n + 1 + rand() % (2 * step - 1);
}

/* What the kernel had to say about an error */
static void keep_text(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = NLMSG_DATA(nlh);
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *nla;
	size_t skip = NLMSG_ALIGN(sizeof(*e));

	if (nlh->nlmsg_type != NLMSG_ERROR || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	nla = (const void *)((const char *)e + skip);
	for (; (const char *)(nla + 1) <= end && nla->nla_len >= sizeof(*nla);
	     nla = (const void *)((const char *)nla + NLA_ALIGN(nla->nla_len)))
		if (nla->nla_type == NLMSGERR_ATTR_MSG)
			snprintf(text, sizeof(text), "%s", (const char *)(nla + 1));
}

/* The error of an answer, 0 for a mere ACK, 1 for content */
static int answer_of(const char *buf, ssize_t len)
{
	const struct nlmsghdr *nlh = (const void *)buf;
	int result = 0;

	for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
		int code = nlh->nlmsg_type == NLMSG_ERROR ||
			   nlh->nlmsg_type == NLMSG_DONE ?
			   *(const int *)NLMSG_DATA(nlh) : 1;

		if (code < 0) {
			keep_text(nlh);
			return code;
		}
		if (code)
			result = 1;
	}
	return result;
}

/* The program's descriptor as one of ours */
static int fd_of(pid_t pid, int fd)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	int ours = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	if (ours < 0)
		err(1, "pidfd_getfd");
	close(pidfd);
	return ours;
}

/* Takes the answers to a request that will be made again, or has a look at the
 * first one (MSG_PEEK)
 */
static int answer(pid_t pid, int fd, int flags)
{
	int sock = fd_of(pid, fd), result = 0, tries;
	static char buf[1 << 17];
	ssize_t len;

	/* A dump that ran out of memory may say so more than once. */
	for (tries = flags & MSG_PEEK ? 1 : 1000; tries; tries--) {
		len = recv(sock, buf, sizeof(buf), MSG_DONTWAIT | flags);
		if (len < 0 && errno == EAGAIN)
			break;
		if (result < 0)
			continue;
		/* The answer is lost: nobody knows what became of the request. */
		lost |= len < 0;
		len = len < 0 ? -errno : answer_of(buf, len);
		if (len)
			result = len;
	}
	close(sock);
	return result;
}

static void undo(void)
{
	posix_spawn_file_actions_t quiet;
	pid_t pid;

	if (!*undo_argv)
		return;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, *undo_argv, &quiet, NULL, undo_argv, environ);
	if (errno)
		err(1, "%s", *undo_argv);
	posix_spawn_file_actions_destroy(&quiet);
	waitpid(pid, NULL, 0);
}

static long result_of(pid_t pid, const struct user_regs_struct *regs, int flags)
{
	long result = (long)regs->rax;

	return is_netlink && result >= 0 ? answer(pid, regs->rdi, flags) : result;
}

/* After a call in which allocation @n failed */
static void judge(pid_t pid, const struct user_regs_struct *regs, int n)
{
	long result;

	*text = '\0';
	lost = false;
	result = result_of(pid, regs, 0);
	faults++;
	if (n > (int)most)
		most = n;
	if (lost || !result || (!is_netlink && result > 0))
		undo();
	if (result >= 0) {
		survived++;
	} else {
		errors[-result & (MAX_ERR - 1)]++;
		last[-result & (MAX_ERR - 1)] = n;
	}
	if (getenv("TOE_VERBOSE"))
		fprintf(stderr, "call %u, allocation %d: %s %s\n", nr_calls, n,
			result < 0 ? strerror(-result) : "survived", text);
}

/* After the call in which none did: the others may end as this one does, or for
 * lack of memory.
 */
static void call_done(pid_t pid, const struct user_regs_struct *regs)
{
	int i, own = -result_of(pid, regs, MSG_PEEK);

	for (i = 1; i < MAX_ERR; i++) {
		if (last[i] && i != own && i != ENOMEM && i != ENOBUFS) {
			fprintf(stderr, "call %u, allocation %u: %s\n",
				nr_calls, last[i], strerror(i));
			bad = true;
		}
	}
	memset(last, 0, sizeof(last));
	nr_calls++;
}

/* Lets the program make the same call again, write() at the same place */
static void again(pid_t pid, struct user_regs_struct *regs)
{
	if (regs->orig_rax == SYS_write && (long)regs->rax > 0) {
		int fd = fd_of(pid, regs->rdi);

		lseek(fd, -(off_t)regs->rax, SEEK_CUR);
		close(fd);
	}
	regs->rax = regs->orig_rax;
	regs->rip -= 2;		/* the length of the instruction syscall */
	if (ptrace(PTRACE_SETREGS, pid, NULL, regs))
		err(1, "ptrace");
}

/* At the end of a call; returns the next allocation to fail */
static int call_end(pid_t pid, int n)
{
	struct user_regs_struct regs;
	bool injected = !get_nth(pid);

	set_nth(pid, 0);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		err(1, "ptrace");
	if (!injected) {
		call_done(pid, &regs);
		return 1;
	}
	judge(pid, &regs, n);
	again(pid, &regs);
	return next_nth(n);
}

static bool call_is(pid_t pid, const long *nr)
{
	struct user_regs_struct regs;
	long call;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		err(1, "ptrace");
	call = regs.orig_rax;
	return call == nr[0] || call == nr[1];
}

static void start(char **argv)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execvp(argv[0], argv);
	err(1, "%s", argv[0]);
}

static int report(int status)
{
	int i;

	fprintf(stderr, "%u faults up to allocation %u, %u survived", faults,
		most, survived);
	for (i = 1; i < MAX_ERR; i++)
		if (errors[i])
			fprintf(stderr, ", %u: %s", errors[i], strerror(i));
	fprintf(stderr, "\n");
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) ?: bad;
}

static int trace(pid_t pid, const long *nr)
{
	bool inside = false, armed = false;
	int status, sig = 0, n = 1;

	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
		if (waitpid(pid, &status, 0) < 0)
			err(1, "waitpid");
		if (!WIFSTOPPED(status))
			return report(status);
		sig = WSTOPSIG(status);
		if (sig != (SIGTRAP | 0x80)) {
			if (sig == SIGTRAP)
				sig = 0;	/* exec */
			continue;
		}
		sig = 0;
		inside = !inside;
		if (inside) {
			armed = call_is(pid, nr);
			if (armed)
				set_nth(pid, n);
		} else if (armed) {
			n = call_end(pid, n);
		}
	}
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED");
	char **program = argv;
	const long *nr;
	pid_t pid;

	while (*program && strcmp(*program, "--"))
		program++;
	if (argc < 5 || !*program || !program[1] || atoi(argv[2]) < 1)
		errx(1, "usage: failnth CALL STEP [UNDO...] -- PROGRAM [ARGUMENT...]");
	nr = wanted(argv[1]);
	is_netlink = *nr == SYS_sendmsg;
	step = atoi(argv[2]);
	srand(seed ? atoi(seed) : 1);
	undo_argv = argv + 3;
	*program++ = NULL;
	pid = fork();
	if (!pid)
		start(program);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		err(1, "fork");
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	return trace(pid, nr);
}
