// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a segment costs in the engine alone: receive or send, segments of an
 * mss or of 64 KB, one connection or many in turn.
 *
 *	engine				all cases
 *	engine KIND SIZE CONNS COUNT	one, for a profiler: rx|tx bytes n n
 *
 * Receive: an in-order segment comes in, its payload is delivered and read, so
 * that the window is granted again; the ACK that is due is emitted. Send: a
 * segment's bytes are posted and emitted, then acknowledged. Each counts as
 * one segment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "../sim_nic/engine/eng_conn.h"

#define MSS		1448u
#define BIG		(45 * MSS)	/* 64 KB in whole segments */
#define WND		1048576u
#define TIME_NS		300000000ull

struct one {
	struct eng_conn c;
	u32 sent, rcvd;		/* next to post, next to arrive */
};

struct result {
	double ns, instructions;
};

static struct one *conns;
static u32 nr_conns, size;
static u64 now = 1000000;
static int perf = -1;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "engine: %s\n", what);
	exit(1);
}

static void one_init(struct one *o, u32 i)
{
	struct eng_state s = { 0 };

	s.c.flags = ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE;
	s.c.cc = ENG_CC_CUBIC;
	s.c.snd_wscale = 7;
	s.c.rcv_wscale = 7;
	s.h.mss = MSS;
	s.h.flags = ENG_C_NODELAY;
	s.h.rto_min_us = 200000;
	s.h.max_retries = 15;
	s.d.snd_una = i * 7919;
	s.d.snd_nxt = i * 7919;
	s.d.snd_wnd = WND;
	s.d.max_snd_wnd = WND;
	s.d.rcv_nxt = i * 104729;
	s.d.snd_wl1 = s.d.rcv_nxt;
	s.d.rcv_edge = s.d.rcv_nxt + WND;
	s.d.cwnd = WND;
	s.d.ssthresh = WND / 2;
	s.d.min_rtt_us = ~0u;
	s.d.timer_us = ENG_TIMER_OFF;
	must(eng_import(&o->c, &s, now), "state refused");
	o->sent = s.d.snd_una;
	o->rcvd = s.d.rcv_nxt;
}

static void ring(struct one *o)
{
	struct eng_host h = {
		.write_seq = o->sent,
		.snd_una = eng_snd_una(&o->c),
		.rcv_nxt = o->rcvd,
		.rcv_edge = o->rcvd + WND,
		.flags = ENG_HOST_PUSH,
	};
	struct eng_act a;

	eng_host(&o->c, &h, now, &a);
}

static void arrive(struct one *o, u32 len)
{
	struct eng_seg seg = {
		.seq = o->rcvd, .ack = o->sent, .len = len,
		.wnd = WND >> 7, .segs = (u16)(len / MSS + 1),
		.flags = ENG_TH_ACK, .has_ts = 1,
		.tsval = (u32)(now / 1000), .tsecr = (u32)(now / 1000),
	};
	struct eng_act a;

	eng_rx(&o->c, &seg, now, &a);
	must(!len || (a.flags & ENG_ACT_DELIVER), "not delivered");
	o->rcvd += len;
}

static u32 emit(struct one *o)
{
	struct eng_tx tx;
	u8 opt[40];
	u32 n = 0;

	while (eng_next(&o->c, now, BIG, &tx)) {
		n += tx.len;
		eng_build_opts(&tx, opt);
	}
	return n;
}

static void one_rx(struct one *o)
{
	arrive(o, size);
	ring(o);
	emit(o);
}

static void one_tx(struct one *o)
{
	o->sent += size;
	ring(o);
	must(emit(o) == size, "not sent");
	arrive(o, 0);
}

/* Not inlined, so that a profiler can be told to count in here only */
static __attribute__((noinline)) void engine_loop(void (*run)(struct one *),
						  u64 count)
{
	u32 i = 0;

	for (; count; count--) {
		now += 3;
		run(&conns[i]);
		/* far enough that the next one is in no cache by chance */
		i = (u32)((i + 7919ull) % nr_conns);
	}
}

static void setup(u32 n, u32 bytes)
{
	u32 i;

	free(conns);
	conns = calloc(n, sizeof(*conns));
	must(!!conns, "out of memory");
	nr_conns = n;
	size = bytes;
	for (i = 0; i < n; i++)
		one_init(&conns[i], i);
}

static u64 clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static u64 perf_read(void)
{
	u64 n = 0;

	if (perf >= 0 && read(perf, &n, sizeof(n)) != sizeof(n))
		n = 0;
	return n;
}

static void perf_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1, .exclude_hv = 1,
	};

	perf = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

/*
 * The best of many batches, of time on a processor: others want it, too.
 */
static struct result measure(void (*run)(struct one *), u32 n, u32 bytes)
{
	u64 start, t0, t1, i0, count = 0, batch = n < 20000 ? 20000 : n;
	struct result r = { 1e9, 0 };
	double ns;

	setup(n, bytes);
	engine_loop(run, 2 * batch);
	i0 = perf_read();
	start = clock_ns();
	do {
		t0 = clock_ns();
		engine_loop(run, batch);
		t1 = clock_ns();
		count += batch;
		ns = (double)(t1 - t0) / (double)batch;
		if (ns < r.ns)
			r.ns = ns;
	} while (t1 - start < TIME_NS);
	r.instructions = (double)(perf_read() - i0) / (double)count;
	return r;
}

static void measure_row(const char *kind, void (*run)(struct one *),
			u32 bytes)
{
	static const u32 ns[] = { 1, 1000, 100000 };
	double first = 0;
	u32 i;

	for (i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		struct result r = measure(run, ns[i], bytes);

		if (!i)
			first = r.ns;
		printf("%s %6u %7u %9.1f %7.2f", kind, bytes, ns[i], r.ns,
		       r.ns / first);
		if (perf >= 0)
			printf(" %9.1f\n", r.instructions);
		else
			printf("         -\n");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5) {
		setup((u32)strtoul(argv[3], NULL, 0),
		      (u32)strtoul(argv[2], NULL, 0));
		engine_loop(strcmp(argv[1], "tx") ? one_rx : one_tx,
			    strtoull(argv[4], NULL, 0));
		return 0;
	}
	must(argc == 1, "usage: engine [rx|tx BYTES CONNECTIONS COUNT]");
	perf_open();
	printf("kind bytes   conns        ns  growth  instructions\n");
	measure_row("rx", one_rx, MSS);
	measure_row("rx", one_rx, BIG);
	measure_row("tx", one_tx, MSS);
	measure_row("tx", one_tx, BIG);
	printf("# %zu bytes per connection\n", sizeof(struct eng_conn));
	return 0;
}
