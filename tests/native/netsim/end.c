// SPDX-License-Identifier: GPL-2.0-only
/*
 * An end of the connection as its application and its host's memory see it:
 * what was written, what was acknowledged, what came in and was read.
 */
#include "sim.h"

#define END_IDLE_US	100000	/* an idle application looks so often */

/* @len bytes that were sent from offset @from lie at offset @at now */
void end_place(struct sim_end *e, u64 at, u64 from, u32 len)
{
	if (!len)
		return;
	if (at != from)
		sim_fail(e, "byte %llu placed at %llu",
			 (unsigned long long)from, (unsigned long long)at);
	if (at < e->rcvd || at + len > sim_other(e)->posted) {
		sim_fail(e, "[%llu, +%u) placed: %llu received, %llu written",
			 (unsigned long long)at, len,
			 (unsigned long long)e->rcvd,
			 (unsigned long long)sim_other(e)->posted);
		return;
	}
	memset(e->have + at, 1, len);
	if (e->high < at + len)
		e->high = at + len;
}

bool end_stored(const struct sim_end *e, u64 from, u64 to)
{
	return to <= e->high && !memchr(e->have + from, 0, to - from);
}

/* There is something to do for the application, before it would look */
static void end_wake(struct sim_end *e)
{
	u64 at = sim_now + 1 + sim_rnd(sim_cfg.rtt);

	e->idle = 0;
	if (e->next_app > at && !e->asleep)
		e->next_app = at;
}

/* The next @len bytes in order are the host's */
void end_deliver(struct sim_end *e, u64 len)
{
	u64 to = e->rcvd + len;

	if (len && (e->fin_rcvd || !end_stored(e, e->rcvd, to)))
		sim_fail(e, "[%llu, +%llu) delivered, not placed",
			 (unsigned long long)e->rcvd, (unsigned long long)len);
	e->rcvd = to;
	if (e->high < to)
		e->high = to;
	end_wake(e);
}

void end_fin(struct sim_end *e)
{
	const struct sim_end *o = sim_other(e);

	if (e->fin_rcvd || e->rcvd != o->total || !o->fin_posted)
		sim_fail(e, "FIN at %llu, has %llu to come",
			 (unsigned long long)e->rcvd,
			 (unsigned long long)(o->total - e->rcvd));
	e->fin_rcvd = true;
}

void end_drop_stored(struct sim_end *e)
{
	if (e->high > e->rcvd)
		memset(e->have + e->rcvd, 0, e->high - e->rcvd);
	e->high = e->rcvd;
}

/* The peer has everything before @off, which is behind total after the FIN */
void end_acked(struct sim_end *e, u64 off)
{
	const struct sim_end *o = sim_other(e);

	if (e->fin_posted && off == e->total + 1) {
		if (!o->fin_rcvd)
			sim_fail(e, "FIN taken as ACKed, never was");
		e->fin_acked = true;
		off = e->total;
	}
	if (off < e->acked || off > e->posted || off > o->rcvd)
		sim_fail(e, "ACK of %llu taken, written %llu, peer has %llu",
			 (unsigned long long)off, (unsigned long long)e->posted,
			 (unsigned long long)o->rcvd);
	e->acked = off;
	end_wake(e);
}

bool end_done(const struct sim_end *e)
{
	return e->fin_acked && e->fin_rcvd;
}

static void end_write(struct sim_end *e)
{
	u64 room = e->buf - (e->posted - e->acked), n;

	if (e->posted == e->total || e->posted - e->acked >= e->buf)
		return;
	n = 1 + sim_rnd(sim_min(e->buf, 4 * e->mss + sim_rnd(e->buf)));
	if (!sim_cfg.pauses)
		n = e->buf;
	n = sim_min(n, room);
	e->posted += sim_min(n, e->total - e->posted);
}

static void end_read(struct sim_end *e)
{
	if (sim_cfg.pauses && sim_chance(30000))
		e->read += sim_rnd((u32)(e->rcvd - e->read) + 1);
	else
		e->read = e->rcvd;
}

/*
 * The application: writes some, reads some, sometimes sleeps, in the end
 * closes. Returns whether the last bytes are to be pushed out.
 */
bool end_app(struct sim_end *e)
{
	if (sim_cfg.bulk) {
		e->posted = e->total;
		e->fin_posted = true;
		e->read = e->rcvd;
		e->next_app = 0;
		return true;
	}
	end_write(e);
	if (e->posted == e->total && (!sim_cfg.pauses || sim_chance(50000)))
		e->fin_posted = true;
	end_read(e);
	e->idle = eng_min(2 * e->idle + 1, END_IDLE_US);
	e->next_app = sim_now + e->idle + sim_rnd(sim_cfg.rtt);
	e->asleep = sim_cfg.pauses && sim_chance(3000);
	if (e->asleep)
		e->next_app = sim_now + 1 + sim_rnd(3000000);
	if (e->fin_posted && e->fin_rcvd && e->read == e->rcvd)
		e->next_app = 0;
	return sim_chance(90000);
}

static u64 earlier(u64 a, u64 b)
{
	return !a || (b && b < a) ? b : a;
}

u64 end_deadline(const struct sim_end *e)
{
	return earlier(earlier(e->next_app, e->mtu_at), e->ops->deadline(e));
}
