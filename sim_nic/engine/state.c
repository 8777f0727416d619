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
	c->bits &= (u16)~ENG_B_ACK;
	c->delack_at = 0;
}

/* Precompute what the hot path would divide by */
void eng_set_mss(struct eng_conn *c, u16 mss)
{
	c->mss = mss;
	c->mss_recip = 0xffffffffU / mss;
	c->cwnd = eng_max(c->cwnd, mss);
}

static bool const_ok(const struct eng_const *k)
{
	const u16 known = ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE | ENG_F_IPV6;

	if ((k->flags & ~known) || k->cc >= __ENG_CC_MAX)
		return false;
	if (k->snd_wscale > 14 || k->rcv_wscale > 14)
		return false;
	return (k->flags & ENG_F_WSCALE) || !(k->snd_wscale | k->rcv_wscale);
}

static bool cached_ok(const struct eng_cached *h)
{
	return h->mss >= ENG_MIN_MSS && h->rto_min_us <= ENG_RTO_MAX_US;
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
	if (d->state > ENG_LAST_ACK || d->recovery > ENG_CA_LOSS)
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
	c->ttl = h->ttl;
	c->tos = h->tos;
	c->flowlabel = h->flowlabel & 0xfffff;
	c->rto_min_us = h->rto_min_us;
	c->max_retries = h->max_retries;
}

static void import_rx(struct eng_conn *c, const struct eng_delegated *d,
		      u64 now)
{
	c->rcv_limit = d->rcv_edge;
	c->rcv_wnd_max = d->rcv_edge - d->rcv_nxt;
	c->last_ack = d->rcv_nxt;
	c->ts_recent_ms = eng_ms(now) - d->ts_recent_age_ms;
	c->ts_delta = d->ts_val - eng_ms(now);
	c->quick = ENG_QUICK_ACKS;
}

static void import_tx(struct eng_conn *c, const struct eng_delegated *d)
{
	c->write_seq = d->snd_nxt;
	c->snd_sml = d->snd_una;
	c->max_snd_wnd = eng_max(d->max_snd_wnd, d->snd_wnd);
	c->cwnd = eng_min(d->cwnd, ENG_MAX_WND);
	c->rtx_nxt = d->snd_una;
	c->rtx_mark = d->snd_nxt;
	/* a host that took in an ACK may have left the recovery point behind */
	/* as distances: half the sequence space away is both before and behind */
	if (d->high_seq != d->snd_una &&
	    d->high_seq - d->snd_una <= d->snd_nxt - d->snd_una)
		c->ca = d->recovery;
}

static void import_timers(struct eng_conn *c, const struct eng_delegated *d,
			  u64 now)
{
	c->rto_us = d->rto_us ? d->rto_us : ENG_RTO_INIT_US;
	c->rto_us = eng_max(c->rto_us, c->rto_min_us);
	eng_timer_update(c, now);
	if (c->timer_kind && d->timer_us != ENG_TIMER_OFF)
		c->timer_at = now + d->timer_us;
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
	c->sport = s->c.sport;
	c->dport = s->c.dport;
	c->snd_wscale = s->c.snd_wscale;
	c->rcv_wscale = s->c.rcv_wscale;
	c->cc = s->c.cc;
	import_same(c, &s->d);
	import_cached(c, &s->h);
	import_rx(c, &s->d, now);
	import_tx(c, &s->d);
	eng_set_mss(c, s->h.mss);
	c->cubic_wmax = eng_min(s->d.cubic_wmax, ENG_MAX_WND);
	if (c->state == ENG_FIN_WAIT2) {
		c->bits |= ENG_B_FIN | ENG_B_POSTED;
		c->write_seq = c->snd_nxt - 1;
	}
	import_timers(c, &s->d, now);
	return true;
}

static u32 export_timer(const struct eng_conn *c, u64 now)
{
	if (c->timer_kind == ENG_TM_HOLD || !c->timer_at)
		return ENG_TIMER_OFF;
	return c->timer_at > now ? (u32)(c->timer_at - now) : ENG_TIMER_NOW;
}

void eng_export(const struct eng_conn *c, struct eng_state *s, u64 now)
{
	memset(s, 0, sizeof(*s));
	s->c.flags = c->cflags;
	s->c.sport = c->sport;
	s->c.dport = c->dport;
	s->c.snd_wscale = c->snd_wscale;
	s->c.rcv_wscale = c->rcv_wscale;
	s->c.cc = c->cc;
	s->h.flags = c->hflags;
	s->h.mss = c->mss;
	s->h.ttl = c->ttl;
	s->h.tos = c->tos;
	s->h.flowlabel = c->flowlabel;
	s->h.rto_min_us = c->rto_min_us;
	s->h.max_retries = c->max_retries;
	export_same(c, &s->d);
	s->d.recovery = c->ca;
	s->d.ts_val = eng_ts_now(c, now);
	s->d.ts_recent_age_ms = eng_ms(now) - c->ts_recent_ms;
	s->d.timer_us = export_timer(c, now);
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
	if (c->delack_at)
		c->bits |= ENG_B_ACK;
	c->bits |= ENG_B_FROZEN;
	c->delack_at = 0;
}

void eng_update(struct eng_conn *c, const struct eng_cached *h, u64 now)
{
	u16 mss = c->mss;

	if (!cached_ok(h))
		return;
	import_cached(c, h);
	eng_set_mss(c, h->mss);
	if (c->bits & ENG_B_FROZEN)
		return;
	if (h->mss < mss)
		eng_recovery_resend(c);
	else	/* eng_pipe(): they stand for segments of the size before */
		c->dup_acks = (u16)eng_nr_mss(c, (u32)c->dup_acks * mss);
	eng_timer_update(c, now);
}

/* FIN posted; it may have been sent before the import */
static void host_fin(struct eng_conn *c, struct eng_act *act)
{
	c->bits |= ENG_B_FIN;
	if (c->state == ENG_ESTABLISHED)
		c->state = ENG_FIN_WAIT1;
	else if (c->state == ENG_CLOSE_WAIT)
		c->state = ENG_LAST_ACK;
	eng_ack_fin(c, act);
}

static void host_post(struct eng_conn *c, const struct eng_host *h,
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
	if (h->write_seq != c->write_seq)
		c->bits &= (u16)~ENG_B_PUSH;
	c->bits |= ENG_B_POSTED;
	c->write_seq = h->write_seq;
	if (h->flags & ENG_HOST_PUSH)
		c->bits |= ENG_B_PUSH;
	if (fin)
		host_fin(c, act);
}

/* The host's stack consumed a stray segment */
static void host_catch_up(struct eng_conn *c, const struct eng_host *h,
			  struct eng_act *act)
{
	u32 acked = h->snd_una - c->snd_una, len = h->rcv_nxt - c->rcv_nxt;
	u32 all;

	if (acked && acked <= eng_flight(c)) {
		/* nobody told what the peer's window is now: its edge stays */
		c->snd_wnd = eng_sub0(c->snd_wnd, acked);
		eng_ack_advance(c, acked, act);
		eng_recovery_ack(c, acked, act);
		c->bits &= (u16)~ENG_B_RTT;
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
	c->bytes_in += all - len;
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
	host_catch_up(c, h, act);
	host_post(c, h, act);
	eng_window_grant(c, h->rcv_edge);
	if (h->flags & ENG_HOST_ACK)
		c->bits |= ENG_B_ACK;
	if (h->flags & ENG_HOST_PROBE)
		c->bits |= ENG_B_KEEPALIVE | ENG_B_ALIVE;
	eng_timer_update(c, now);
}
