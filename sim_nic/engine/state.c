// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection's way in and out, and the host's doorbell. What comes in is
 * taken as hostile: every field is checked or clamped, none is trusted to keep
 * the engine's invariants.
 */
#include "cc.h"
#include "eng_conn.h"
#include "eng_fields.h"

/**
 * eng_upload - stop and ask the host to take the connection back
 * @c: connection; frozen from here on
 * @why: reason
 * @flags: ENG_ACT_PASS_UP when the segment at hand is the host's, or 0
 * @act: actions
 */
void eng_upload(struct eng_conn *c, enum eng_upload why, u16 flags,
		struct eng_act *act)
{
	act->flags |= ENG_ACT_UPLOAD | flags;
	act->upload = (u8)why;
	c->bits |= ENG_B_FROZEN;
	c->bits &= ~(ENG_B_ACK | ENG_B_ACK_OLD | ENG_B_DELACK);
}

static bool const_ok(const struct eng_const *k)
{
	const u16 known = ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE |
			  ENG_F_IPV6 | ENG_F_ECN;

	if ((k->flags & ~known) || k->cc >= __ENG_CC_MAX)
		return false;
	if (k->snd_wscale > 14 || k->rcv_wscale > 14)
		return false;
	return (k->flags & ENG_F_WSCALE) || !(k->snd_wscale | k->rcv_wscale);
}

static bool cached_ok(const struct eng_cached *h)
{
	return h->mss >= ENG_MIN_MSS && h->rto_min_us <= ENG_RTO_MAX_US / 2 &&
	       (!h->pacing_rate || h->pacing_rate >= TOE_PACING_MIN);
}

static bool times_ok(const struct eng_delegated *d)
{
	if (d->srtt_us > ENG_RTO_MAX_US || d->rttvar_us > ENG_RTO_MAX_US ||
	    d->rto_us > ENG_RTO_MAX_US)
		return false;
	return d->timer_us == ENG_TIMER_OFF || d->timer_us <= ENG_RTO_MAX_US;
}

static bool delegated_ok(const struct eng_delegated *d)
{
	if (d->state > ENG_LAST_ACK || d->recovery >= __ENG_CA_MAX)
		return false;
	if (d->snd_nxt - d->snd_una > ENG_MAX_WND ||
	    d->rcv_edge - d->rcv_nxt > ENG_MAX_WND)
		return false;
	if (d->snd_wnd > ENG_MAX_WND || d->max_snd_wnd > ENG_MAX_WND)
		return false;
	if (d->state == ENG_FIN_WAIT2 && d->snd_una != d->snd_nxt)
		return false;
	return times_ok(d);
}

static void import_same(struct eng_conn *c, const struct eng_delegated *d)
{
	ENG_FIELDS_BOTH(ENG_FIELD_IN)
}

static void export_same(const struct eng_conn *c, struct eng_delegated *d)
{
	ENG_FIELDS_BOTH(ENG_FIELD_OUT)
	ENG_FIELDS_BACK(ENG_FIELD_OUT)
}

static void import_cached(struct eng_conn *c, const struct eng_cached *h)
{
	c->hflags = (u8)h->flags;
	c->rto_min_ms = (u16)((h->rto_min_us + 999) / 1000);
	c->max_retries = h->max_retries;
	eng_pace_set(c, h->pacing_rate);
}

static void import_rx(struct eng_conn *c, const struct eng_delegated *d,
		      u64 now)
{
	c->rcv_limit = d->rcv_edge;
	c->rcv_wnd_max = eng_scaled(d->rcv_edge - d->rcv_nxt, c->rcv_wscale);
	c->last_ack = d->rcv_nxt;
	c->ts_recent_ms = eng_ms(now) - d->ts_recent_age_ms;
	c->ts_delta = d->ts_val - eng_ms(now);
	c->quick = ENG_QUICK_ACKS;
}

static void import_tx(struct eng_conn *c, const struct eng_delegated *d)
{
	c->write_seq = d->snd_nxt;
	c->snd_sml = d->snd_una;
	c->snd_wnd_max = eng_scaled(eng_max(d->max_snd_wnd, d->snd_wnd),
				    c->snd_wscale);
	c->cwnd = eng_min(d->cwnd, ENG_MAX_WND);
	if (!(c->cflags & ENG_F_SACK))
		c->dup_acks = d->dup_acks;
	c->rtx_nxt = d->snd_una;
}

/*
 * The scoreboard does not travel: the peer reports again. What a recovery
 * starts with is the first segment.
 */
static void import_recovery(struct eng_conn *c, const struct eng_delegated *d)
{
	c->bits |= d->reordering ? ENG_B_REORD : 0;
	c->reo_mult = d->reo_mult ? d->reo_mult : 1;
	/*
	 * A host that took in an ACK may have left the recovery point behind.
	 * As distances: half the sequence space away is both before and behind.
	 */
	if (!d->recovery || d->high_seq == d->snd_una ||
	    d->high_seq - d->snd_una > d->snd_nxt - d->snd_una)
		return;
	c->ca = d->recovery;
	c->undo_cwnd = eng_min(eng_max(d->prior_cwnd, c->cwnd), ENG_MAX_WND);
	if (eng_reducing(c)) {
		c->prr.delivered = eng_min(d->prr_delivered, ENG_MAX_WND);
		c->prr.out = eng_min(d->prr_out, ENG_MAX_WND);
	}
	c->redo_end = d->snd_una;
	c->rtx_hi = d->snd_una;
	c->rtx_mark = d->snd_nxt;
	c->lost_seq = d->snd_una +
		      eng_min(c->mss, d->high_seq - d->snd_una);
}

/* RFC 3168: what is being echoed, or has to be told */
static void import_ecn(struct eng_conn *c, const struct eng_delegated *d)
{
	if (c->cc == ENG_CC_DCTCP)
		eng_dctcp_start(c, d->dctcp_alpha);
	if (!(c->cflags & ENG_F_ECN))
		return;
	c->bits |= d->ecn & ENG_ECN_ECHO ? ENG_B_ECE : 0;
	c->bits |= d->ecn & ENG_ECN_REDUCED ? ENG_B_CWR : 0;
}

static void export_ecn(const struct eng_conn *c, struct eng_delegated *d)
{
	d->ecn = (u8)((c->bits & ENG_B_ECE ? ENG_ECN_ECHO : 0) |
		      (c->bits & ENG_B_CWR ? ENG_ECN_REDUCED : 0));
	if (c->cc == ENG_CC_DCTCP)
		d->dctcp_alpha = (u16)(c->dctcp.alpha + 1);
}

static void import_timers(struct eng_conn *c, const struct eng_delegated *d,
			  u64 now)
{
	c->rto_us = d->rto_us ? d->rto_us : ENG_RTO_INIT_US;
	c->rto_us = eng_max(c->rto_us, c->rto_min_ms * 1000U);
	if (d->timer_us != ENG_TIMER_OFF)
		eng_timer_import(c, d->timer_us, now);
	else
		eng_timer_update(c, now);
}

/**
 * eng_import - take over a connection
 * @c: connection, uninitialised
 * @s: its state
 * @now: us
 *
 * Nothing but ACKs and probes leaves until the host has posted its bytes.
 *
 * Return: false when the state is inconsistent or not supported.
 */
bool eng_import(struct eng_conn *c, const struct eng_state *s, u64 now)
{
	memset(c, 0, sizeof(*c));
	c->bits = ENG_B_FROZEN;
	if (!const_ok(&s->c) || !cached_ok(&s->h) || !delegated_ok(&s->d))
		return false;
	c->bits = 0;
	c->cflags = (u8)s->c.flags;
	c->snd_wscale = s->c.snd_wscale;
	c->rcv_wscale = s->c.rcv_wscale;
	c->cc = s->c.cc;
	import_same(c, &s->d);
	import_cached(c, &s->h);
	import_rx(c, &s->d, now);
	import_tx(c, &s->d);
	eng_set_mss(c, s->h.mss);
	import_recovery(c, &s->d);
	import_ecn(c, &s->d);
	c->lsnd_ms = eng_ms(now);
	if (c->cc == ENG_CC_CUBIC) {
		c->cubic.wmax = eng_min(s->d.cubic_wmax, ENG_MAX_WND);
		eng_hystart_start(c);
	}
	if (c->state == ENG_FIN_WAIT2) {
		c->bits |= ENG_B_FIN | ENG_B_POSTED;
		c->write_seq = c->snd_nxt - 1;
	}
	import_timers(c, &s->d, now);
	return true;
}

static void export_recovery(const struct eng_conn *c, struct eng_delegated *d)
{
	d->recovery = c->ca;
	d->reordering = !!(c->bits & ENG_B_REORD);
	if (!c->ca)
		return;
	d->prior_cwnd = c->undo_cwnd;
	if (eng_reducing(c)) {
		d->prr_delivered = c->prr.delivered;
		d->prr_out = c->prr.out;
	}
}

/* Addresses, TTL and the like, and what is counted, are the caller's. */
void eng_export(const struct eng_conn *c, struct eng_state *s, u64 now)
{
	memset(s, 0, sizeof(*s));
	s->c.flags = c->cflags;
	s->c.snd_wscale = c->snd_wscale;
	s->c.rcv_wscale = c->rcv_wscale;
	s->c.cc = c->cc;
	s->h.flags = c->hflags;
	s->h.mss = c->mss;
	s->h.rto_min_us = c->rto_min_ms * 1000U;
	s->h.max_retries = c->max_retries;
	s->h.pacing_rate = eng_pace_rate(c);
	export_same(c, &s->d);
	export_recovery(c, &s->d);
	export_ecn(c, &s->d);
	s->d.max_snd_wnd = eng_snd_wnd_max(c);
	if (c->cc == ENG_CC_CUBIC)
		s->d.cubic_wmax = c->cubic.wmax;
	s->d.ts_val = eng_ts_now(c, now);
	s->d.ts_recent_age_ms = eng_ms(now) - c->ts_recent_ms;
	s->d.timer_us = eng_timer_left(c, now);
}

/*
 * A delayed ACK becomes due: its data was delivered and nobody else would
 * tell the peer. The timer's remaining time is frozen with the rest, for the
 * export that follows.
 */
void eng_freeze(struct eng_conn *c, u64 now)
{
	(void)now;
	if (c->bits & ENG_B_FROZEN)
		return;
	if (c->bits & ENG_B_DELACK)
		c->bits |= ENG_B_ACK;
	c->bits |= ENG_B_FROZEN;
	c->bits &= ~ENG_B_DELACK;
}

void eng_update(struct eng_conn *c, const struct eng_cached *h, u64 now)
{
	if (!cached_ok(h))
		return;
	import_cached(c, h);
	eng_mss_change(c, h->mss);
	if (!(c->bits & ENG_B_FROZEN))
		eng_timer_update(c, now);
}

static void host_post(struct eng_conn *c, const struct eng_host *h, u64 now,
		      struct eng_act *act)
{
	bool fin = h->flags & ENG_HOST_FIN;
	u32 from = c->bits & ENG_B_POSTED ? c->write_seq : c->snd_nxt;
	s32 more = seq_dist(h->write_seq, from);

	if (c->bits & ENG_B_FIN)
		return;
	/* right after import the FIN may be part of what was sent */
	if (more == -1 && fin && !(c->bits & ENG_B_POSTED) &&
	    c->state != ENG_ESTABLISHED && c->state != ENG_CLOSE_WAIT)
		more = 0;
	if (more < 0 || h->write_seq - c->snd_una + 1 > ENG_MAX_WND)
		return;
	if (h->write_seq != c->write_seq) {
		c->bits &= ~ENG_B_PUSH;
		if (c->bits & ENG_B_POSTED)
			eng_idle_post(c, now);
	}
	c->bits |= ENG_B_POSTED;
	c->write_seq = h->write_seq;
	if (h->flags & ENG_HOST_PUSH)
		c->bits |= ENG_B_PUSH;
	if (fin)
		eng_fin_post(c, act);
}

/* The host's stack consumed a stray segment */
static void host_catch_up(struct eng_conn *c, const struct eng_host *h,
			  u64 now, struct eng_act *act)
{
	u32 acked = h->snd_una - c->snd_una, len = h->rcv_nxt - c->rcv_nxt;
	u32 all;

	if (acked && acked <= eng_flight(c)) {
		/* nobody told what the peer's window is now: its edge stays */
		c->snd_wnd = eng_sub0(c->snd_wnd, acked);
		eng_ack_advance(c, acked, now, act);
		c->bits &= ~ENG_B_RTT;
		if (c->ca && seq_le(c->high_seq, c->snd_una))
			eng_recovery_exit(c, act);
		if (!eng_repairing(c))
			c->dup_acks = 0;
		else if (!(c->cflags & ENG_F_SACK))
			eng_recovery_partial(c, acked);
	}
	if (!len || len > ENG_SPAN_MAX)
		return;
	all = c->nr_ooo ? eng_ooo_advance(c, len) : len;
	if (all > len) {
		act->flags |= ENG_ACT_DELIVER;
		act->deliver_seq = h->rcv_nxt;
		act->deliver_len = all - len;
	}
	c->rcv_nxt += all;
	c->rcv_edge = seq_max(c->rcv_edge, c->rcv_nxt);
	c->rcv_limit = seq_max(c->rcv_limit, c->rcv_nxt);
	c->bits |= ENG_B_ACK;
}

/**
 * eng_host - the host rang
 * @c: connection
 * @h: what it offers; numbers that make no sense are ignored
 * @now: us
 * @act: actions
 */
void eng_host(struct eng_conn *c, const struct eng_host *h, u64 now,
	      struct eng_act *act)
{
	memset(act, 0, sizeof(*act));
	if (c->bits & ENG_B_FROZEN)
		return;
	host_catch_up(c, h, now, act);
	host_post(c, h, now, act);
	eng_window_grant(c, h->rcv_edge);
	if (h->flags & ENG_HOST_ACK)
		c->bits |= ENG_B_ACK;
	if (h->flags & ENG_HOST_PROBE)
		c->bits |= ENG_B_KEEPALIVE | ENG_B_ALIVE;
	eng_timer_update(c, now);
}
