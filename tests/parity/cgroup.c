// SPDX-License-Identifier: GPL-2.0-only
/* What a control group does to its sockets: memory.max, programs at sock_ops. */
#define _GNU_SOURCE
#include "parity.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define ROOT	"/sys/fs/cgroup"
#define GROUP	ROOT "/parity"

static void cgroup_write(const char *path, const char *val)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, val, strlen(val)) != (ssize_t)strlen(val))
		fail("%s to %s: %s", val, path, strerror(errno));
	close(fd);
}

void cgroup_make(void)
{
	struct statfs fs;

	if (statfs(ROOT, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		fail("no cgroup2 at " ROOT);
	cgroup_write(ROOT "/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		fail(GROUP ": %s", strerror(errno));
	cgroup_write(GROUP "/memory.max", "max");
	cgroup_write(GROUP "/memory.high", "max");
}

void cgroup_enter(bool in)
{
	cgroup_write(in ? GROUP "/cgroup.procs" : ROOT "/cgroup.procs", "0");
}

void cgroup_remove(void)
{
	if (rmdir(GROUP) && errno != ENOENT)
		perror(GROUP);
}

/* ---- memory ------------------------------------------------------------------ */

#define LIMIT	(2 << 20)

/* Bytes of the group's sockets; the kernel counts them lazily */
static long charged(void)
{
	FILE *file = fopen(GROUP "/memory.stat", "r");
	char name[32];
	long val = 0;

	OK(file);
	while (fscanf(file, "%31s %ld", name, &val) == 2)
		if (!strcmp(name, "sock"))
			break;
	fclose(file);
	if (strcmp(name, "sock"))
		fail("memory.stat does not know of sockets");
	return val;
}

static void wait_charged(long least, long most)
{
	double end = now() + 20;

	while (charged() < least || charged() > most) {
		if (now() > end)
			fail("%ld bytes are charged, not %ld to %ld", charged(),
			     least, most);
		nap(10);
	}
}

/* More arrives than the group may have. In softirq the kernel lets it pass and calls
 * it pressure; in process context, as in the backlog of a socket that is busy, it
 * calls the OOM killer, which finds nobody in the group. So nobody touches the socket
 * meanwhile, and the variant that does has the limit that kills nobody.
 */
static size_t fill_limited(struct fixture *f)
{
	const char *limit = f->variant == MOVED ? GROUP "/memory.high" :
						  GROUP "/memory.max";
	size_t n;

	cgroup_write(limit, "2M");
	n = fill(f->peer);
	wait_charged(LIMIT, LONG_MAX);
	cgroup_write(limit, "max");
	return n;
}

/* Everything arrives, and what was charged is given back. */
CASE(cgroup, memory, .cgroup = true, .ends = true)
{
	size_t n;
	int i;

	/* neither buffer is what stops the peer */
	set(f->sk, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
	set(f->peer, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20);
	for (i = 0; i < 2; i++) {
		n = fill_limited(f);
		drain(f->sk, n);
		n = fill(f->sk);
		wait_charged(1, LONG_MAX);
		drain(f->peer, n);
	}
	wait_acked(f->sk);
	if (f->variant == OFFLOADED)
		EQ(state_of(f->sk), TOE_STATE_OFFLOADED);
	settle(&f->sk);
	EQ(recv(f->peer, room, 1, 0), 0);
	settle(&f->peer);
	wait_charged(0, 0);
}

/* ---- programs at sock_ops -------------------------------------------------------- */

#define OPS	16

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int counters;

static long calls(uint32_t op)
{
	uint64_t n = 0;
	union bpf_attr attr = {
		.map_fd = counters,
		.key = (uintptr_t)&op,
		.value = (uintptr_t)&n,
	};

	EQ(bpf(BPF_MAP_LOOKUP_ELEM, &attr), 0);
	return n;
}

#define INSN(c, d, s, o, i)	{ .code = c, .dst_reg = d, .src_reg = s, \
				  .off = o, .imm = i }

/* Counts its calls by their reason; when a connection is established it asks for
 * those in @flags, if any.
 */
static int sock_ops_load(int map, int flags)
{
	const struct bpf_insn code[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_W, 7, 6,
		     offsetof(struct bpf_sock_ops, op), 0),
		INSN(BPF_STX | BPF_MEM | BPF_W, 10, 7, -4, 0),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 1, 0, BPF_ADD),
		/* established, by whom? */
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1,
		     BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 7, 0, 3,
		     BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, flags),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sock_ops_cb_flags_set),
		/* nothing to say about windows and time-outs */
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, -1),
		INSN(BPF_STX | BPF_MEM | BPF_W, 6, 0,
		     offsetof(struct bpf_sock_ops, reply), 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	static char log[16384];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCK_OPS,
		.insns = (uintptr_t)code,
		.insn_cnt = COUNT(code),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		fail("sock_ops: %s: %s", strerror(errno), log);
	return fd;
}

/* The link ends with the process, at the latest. */
static int link_fd = -1;

static void sock_ops_attach(int flags)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4, .value_size = 8, .max_entries = OPS,
	};
	union bpf_attr attr = { };

	if (link_fd >= 0) {
		close(link_fd);
		close(counters);
	}
	counters = bpf(BPF_MAP_CREATE, &map);
	OK(counters >= 0);
	attr.link_create.prog_fd = sock_ops_load(counters, flags);
	attr.link_create.target_fd = open(GROUP, O_RDONLY | O_CLOEXEC);
	attr.link_create.attach_type = BPF_CGROUP_SOCK_OPS;
	link_fd = bpf(BPF_LINK_CREATE, &attr);
	if (link_fd < 0)
		fail("attach: %s", strerror(errno));
	close(attr.link_create.prog_fd);
	close(attr.link_create.target_fd);
}

static void with_program(int fd)
{
	(void)fd;
	sock_ops_attach(0);
}

static void exchange(struct fixture *f)
{
	int i;

	for (i = 0; i < 10; i++) {
		put(f->sk, 10000);
		get(f->peer, 10000);
		put(f->peer, 10000);
		get(f->sk, 10000);
	}
	wait_acked(f->sk);
}

static long established(const struct fixture *f)
{
	return calls(f->passive ? BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB :
				  BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB);
}

/* One that only wants to see connections begin does not keep them from the NIC. */
CASE(cgroup, sock_ops, .cgroup = true, .prepare = with_program)
{
	EQ(established(f), 1);
	exchange(f);
	EQ(established(f), 1);
	EQ(calls(BPF_SOCK_OPS_RTT_CB), 0);
}

static void with_calls(int fd)
{
	(void)fd;
	sock_ops_attach(BPF_SOCK_OPS_RTT_CB_FLAG | BPF_SOCK_OPS_STATE_CB_FLAG |
			BPF_SOCK_OPS_RTO_CB_FLAG |
			BPF_SOCK_OPS_RETRANS_CB_FLAG);
}

/* One that asked to be called from then on is, by the host's stack. */
CASE(cgroup, callbacks, .cgroup = true, .prepare = with_calls, .refused = "bpf")
{
	EQ(established(f), 1);
	exchange(f);
	OK(calls(BPF_SOCK_OPS_RTT_CB) > 0);
	/* to FIN_WAIT1, FIN_WAIT2, TIME_WAIT */
	EQ(shutdown(f->sk, SHUT_WR), 0);
	EQ(recv(f->peer, room, 1, 0), 0);
	wait_acked(f->sk);
	settle(&f->peer);
	EQ(recv(f->sk, room, 1, 0), 0);
	settle(&f->sk);
	TELL(calls(BPF_SOCK_OPS_STATE_CB));
}
