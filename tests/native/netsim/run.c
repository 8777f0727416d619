// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run: from an established connection to the last FIN, or to the first
 * thing that is wrong. Whatever is random comes from one generator.
 */
#include <stdarg.h>
#include "sim.h"

struct sim_cfg sim_cfg;
struct sim_end sim_ends[2];
u64 sim_now;
bool sim_failed;

static u64 rng;
static char failure[300];
static u64 progress, progress_at;

void sim_seed(u64 seed)
{
	rng = seed * 0x2545f4914f6cdd1dull;
}

/* splitmix64 */
u32 sim_rnd(u32 n)
{
	u64 z = rng += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return n ? (u32)((z ^ z >> 31) >> 32) % n : 0;
}

bool sim_chance(u32 per_100000)
{
	return per_100000 && sim_rnd(100000) < per_100000;
}

/* Bytes per second for pacing, from the slowest up, no order more likely */
u64 sim_rate(void)
{
	u64 least = (u64)TOE_PACING_MIN << sim_rnd(18);

	return least + sim_rnd((u32)least);
}

/* The first one counts */
void sim_fail(const struct sim_end *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (sim_failed)
		return;
	sim_failed = true;
	n = snprintf(failure, sizeof(failure), "t=%llu us, %s: ",
		     (unsigned long long)sim_now, e->name);
	va_start(ap, fmt);
	vsnprintf(failure + n, sizeof(failure) - (size_t)n, fmt, ap);
	va_end(ap);
	trace_note(e, "WRONG: %s", failure);
}

const char *sim_failure(void)
{
	return failure;
}

static void end_init(struct sim_end *e)
{
	struct sim_end keep = *e;

	memset(e, 0, sizeof(*e));
	e->total = keep.total;
	e->buf = keep.buf;
	e->iss = keep.iss;
	e->wscale = keep.wscale;
	e->have = keep.have;
	e->idx = (u8)(e - sim_ends);
	e->name = e->idx ? "B" : "A";
	e->mss = sim_cfg.mss;
	e->next_app = 1;
	e->ops = e->idx && sim_cfg.peer ? &peer_ops : &nic_ops;
}

static bool ends_init(void)
{
	int k;

	for (k = 0; k < 2; k++)
		end_init(&sim_ends[k]);
	for (k = 0; k < 2; k++) {
		struct sim_end *e = &sim_ends[k];

		free(e->have);
		e->have = calloc(1, sim_other(e)->total + 1);
		if (!e->have)
			return false;
		e->irs = sim_other(e)->iss;
		e->ts_delta = sim_rnd(3) ? sim_rnd(~0u) : 0u - sim_rnd(5000);
		e->ts_shift = e->ops == &peer_ops ? (u8)sim_rnd(8) : 0;
	}
	for (k = 0; k < 2; k++)
		sim_ends[k].ops->start(&sim_ends[k]);
	return true;
}

/* Something has to get better at times */
static void check_progress(void)
{
	u64 sum = 0;
	int k;

	for (k = 0; k < 2; k++)
		sum += sim_ends[k].rcvd + sim_ends[k].acked +
		       sim_ends[k].fin_rcvd + sim_ends[k].fin_acked +
		       sim_ends[k].read;
	if (sum != progress) {
		progress = sum;
		progress_at = sim_now;
	} else if (sim_now - progress_at > SIM_STALL_US) {
		sim_fail(sim_ends, "nothing got better for two hours");
	}
}

static void mtu_news(struct sim_end *e)
{
	if (!e->mtu_at || e->mtu_at > sim_now)
		return;
	e->mtu_at = 0;
	if (e->mtu_mss == e->mss)
		return;
	trace_note(e, "mss %u", e->mtu_mss);
	e->mss = e->mtu_mss;
	e->ops->mtu(e);
}

static void step(void)
{
	u64 t = net_next(), at;
	struct sim_pkt p;
	int k;

	for (k = 0; k < 2; k++) {
		at = end_deadline(&sim_ends[k]);
		if (at && (!t || at < t))
			t = at;
	}
	if (!t) {
		sim_fail(sim_ends, "nothing will ever happen again");
		return;
	}
	if (t > sim_now)
		sim_now = t;
	if (net_next() && net_next() <= sim_now) {
		net_pop(&p);
		trace_came(&p);
		if (sim_chance(sim_cfg.forge))
			nic_forge(&sim_ends[!p.from]);
		sim_ends[!p.from].ops->segment(&sim_ends[!p.from], &p);
		return;
	}
	for (k = 0; k < 2; k++) {
		mtu_news(&sim_ends[k]);
		sim_ends[k].ops->run(&sim_ends[k]);
	}
}

bool sim_run(void)
{
	u32 steps = 0;

	sim_now = 1;
	sim_failed = false;
	progress_at = 0;
	net_init();
	if (!ends_init()) {
		sim_fail(sim_ends, "out of memory");
		return false;
	}
	while (!sim_failed && !(end_done(sim_ends) && end_done(sim_ends + 1))) {
		step();
		check_progress();
		if (++steps > SIM_TICKS)
			sim_fail(sim_ends, "no end");
	}
	return !sim_failed;
}
