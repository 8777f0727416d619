// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the engine must never do, looked at from outside: from what it emits
 * and from what its host and the wire know.
 */
#include "sim.h"

#define BURST_SPARE	12	/* partial segments between SACKed ranges */

/* Nothing is ACKed before it was placed, no promise is taken back */
static void check_promise(struct sim_end *e, const struct eng_tx *t)
{
	u64 at = e->rcvd + e->fin_rcvd, unit = 1u << e->wscale;
	u64 old = sim_off(t->ack, e->irs, at), edge;

	/* RFC 8257 section 3.2: what came before the CE state changed */
	if (sim_cfg.cc == ENG_CC_DCTCP && (sim_cfg.flags & ENG_F_ECN) &&
	    !t->len && old <= at && at - old <= 0xffff)
		at = old;
	edge = at + ((u64)t->wnd << e->wscale);
	if (t->ack != e->irs + (u32)at)
		sim_fail(e, "ACK %u, host has %llu", t->ack - e->irs,
			 (unsigned long long)at);
	if (edge + unit <= e->nic.promised)
		sim_fail(e, "promised edge went back by %llu",
			 (unsigned long long)(e->nic.promised - edge));
	if (edge > e->nic.promised)
		e->nic.promised = edge;
	if (edge > e->nic.granted && edge > at)
		sim_fail(e, "promised %llu more than granted",
			 (unsigned long long)(edge - e->nic.granted));
}

/* Only bytes that the host holds, in order, within the peer's window */
static void check_data(struct sim_end *e, const struct eng_tx *t,
		       u32 nxt_before)
{
	u64 off = sim_off(t->seq, e->iss, e->acked), end = off + t->len;
	bool fin = t->flags & ENG_TH_FIN;

	if (t->len && (off < e->acked || end > e->posted))
		sim_fail(e, "[%llu, +%u) sent, host has [%llu, %llu)",
			 (unsigned long long)off, t->len,
			 (unsigned long long)e->acked,
			 (unsigned long long)e->posted);
	if (fin && (!e->fin_posted || end != e->total))
		sim_fail(e, "FIN at %llu", (unsigned long long)end);
	if (t->kind != ENG_TX_DATA &&
	    !(t->kind == ENG_TX_TLP && t->seq == nxt_before)) {
		if (t->len && end > e->nic.sent)
			sim_fail(e, "sent again, but never before");
		return;
	}
	if (t->seq != nxt_before)
		sim_fail(e, "new data out of order");
	if (end + fin > e->nic.allowed)
		sim_fail(e, "%llu bytes beyond the peer's window",
			 (unsigned long long)(end + fin - e->nic.allowed));
	e->nic.sent = end + fin;
}

static void check_block(struct sim_end *e, const struct eng_tx *t, u8 i)
{
	s64 from = (s64)sim_off(t->sack[i].start, e->irs, e->rcvd);
	s64 to = (s64)sim_off(t->sack[i].end, e->irs, e->rcvd);
	s64 rcvd = (s64)(e->rcvd + e->fin_rcvd);

	if (from >= to || to > (s64)e->nic.granted)
		sim_fail(e, "SACK block %u: %lld-%lld", i, (long long)from,
			 (long long)to);
	else if (to <= rcvd && i)
		sim_fail(e, "DSACK is not the first block");
	else if (to > rcvd && (from <= rcvd || !end_stored(e, from, to)))
		sim_fail(e, "SACK %lld-%lld of what is not stored",
			 (long long)from, (long long)to);
}

static void check_options(struct sim_end *e, const struct eng_tx *t)
{
	u16 flags = sim_cfg.flags;
	u8 i;

	if (t->has_ts != !!(flags & ENG_F_TSTAMP) ||
	    (t->nr_sack && !(flags & ENG_F_SACK)))
		sim_fail(e, "an option that was not negotiated");
	if (t->has_ts && t->tsval != sim_ts(e))
		sim_fail(e, "TSval %u, clock is at %u", t->tsval, sim_ts(e));
	if (t->has_ts && (s32)(sim_ts(sim_other(e)) - t->tsecr) < 0)
		sim_fail(e, "TSecr %u, the peer is at %u", t->tsecr,
			 sim_ts(sim_other(e)));
	for (i = 0; i < t->nr_sack; i++)
		check_block(e, t, i);
}

/*
 * Never more in any span of time than the rate asked for allows, and one and a
 * half departures of 1 ms or a segment; the last 2 us are for rounding.
 */
static u64 pace_most(const struct sim_end *e)
{
	u64 us = (u64)sim_cfg.mss * 1000000 / e->nic.base.h.pacing_rate + 1;

	/* the engine's rate is coarser by a thousandth */
	return us > 1000 ? us + us / 1000 + 1 : 1001;
}

static void check_pace(struct sim_end *e, const struct eng_tx *t)
{
	u64 rate = e->nic.base.h.pacing_rate, most;

	if (!rate)
		return;
	most = pace_most(e);
	if (e->nic.paced < sim_now)
		e->nic.paced = sim_now;
	e->nic.paced += t->len * 1000000ull / rate;
	if (e->nic.paced - sim_now > most * 3 / 2 + 2)
		sim_fail(e, "%llu us ahead of the rate, a departure takes %llu",
			 (unsigned long long)(e->nic.paced - sim_now),
			 (unsigned long long)most);
}

/**
 * check_tx - a segment leaves the engine
 * @e: its end
 * @t: the segment
 * @nxt_before: snd_nxt before
 */
void check_tx(struct sim_end *e, const struct eng_tx *t, u32 nxt_before)
{
	const u8 known = ENG_TH_FIN | ENG_TH_PSH | ENG_TH_ACK | ENG_TH_ECE |
			 ENG_TH_CWR;
	u32 segs = t->len ? (t->len + t->mss - 1) / t->mss : 1;

	check_promise(e, t);
	check_data(e, t, nxt_before);
	check_options(e, t);
	check_pace(e, t);
	if ((t->flags & ~known) || !(t->flags & ENG_TH_ACK))
		sim_fail(e, "flags %x", t->flags);
	if (t->segs != segs || t->mss > e->mss)
		sim_fail(e, "%u bytes in %u segments of %u, mss %u", t->len,
			 t->segs, t->mss, e->mss);
	if (e->nic.ip_id_known && t->ip_id != e->nic.ip_id)
		sim_fail(e, "IP ID %u after %u", t->ip_id, e->nic.ip_id - 1);
	e->nic.ip_id = (u16)(t->ip_id + segs);
	e->nic.ip_id_known = true;
	e->nic.burst += segs;
	e->nic.bare += !t->len;
}

/* A network that did nothing wrong leaves no reason to send anything twice */
static void check_clean(const struct sim_end *e)
{
	const struct sim_cfg *k = &sim_cfg;

	if (k->loss || k->ack_loss || k->reorder || k->dup || k->corrupt ||
	    k->mtu || k->rate || k->forge || k->moves || k->strays || k->odd)
		return;
	if (e->nic.rtx || e->nic.rtos || e->nic.fast)
		sim_fail(e, "sent again, nothing was lost");
}

/**
 * check_event - an event has been dealt with and nothing is left to emit
 * @e: its end
 * @cwnd_before: congestion window before
 */
void check_event(struct sim_end *e, u32 cwnd_before)
{
	u32 cwnd = eng_max(cwnd_before, e->nic.view.cwnd);
	bool work = e->acked < e->posted || (e->fin_posted && !e->fin_acked);

	if (e->nic.burst > cwnd / e->mss + BURST_SPARE || e->nic.bare > 3)
		sim_fail(e, "%u segments, %u of them empty, for one event, cwnd %u",
			 e->nic.burst, e->nic.bare, cwnd);
	/* RFC 5681 section 4.2 */
	if (e->nic.gap && !e->nic.burst && !eng_frozen(&e->nic.c))
		sim_fail(e, "no ACK at once for data around a gap");
	e->nic.burst = 0;
	e->nic.bare = 0;
	e->nic.gap = false;
	check_clean(e);
	if ((e->nic.c.bits & ENG_B_PACED) && !eng_frozen(&e->nic.c) &&
	    eng_deadline(&e->nic.c, sim_now) > sim_now + pace_most(e) + 1)
		sim_fail(e, "paced, and no timer ends it");
	if (work && !e->nic.time_wait && !eng_deadline(&e->nic.c, sim_now))
		sim_fail(e, "stalled: work left, no timer runs");
}
