// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timers: one of the send side, whose kinds exclude each other, one for
 * the delayed ACK, and one for pacing. Deadlines are kept as low words of the
 * us clock: they lie at most two minutes ahead, and whoever serves them is
 * never half an hour late.
 *
 * The send side's timer is a sum type. While something is in flight it is one
 * of RTO, TLP and REO, of which the last two go on as RTO, at rto_at, when
 * they have fired. No other function writes its fields. Pacing is none of its
 * kinds: while a departure waits, what left before may be lost, and reordering
 * may have to settle.
 */
#include "eng_conn.h"

#define TIMER_NEVER		0x7fffffff

static bool timer_in_flight(const struct eng_conn *c)
{
	return c->timer_kind >= ENG_TM_RTO && c->timer_kind <= ENG_TM_REO;
}

static void timer_set(struct eng_conn *c, enum eng_timer_kind kind, u32 at)
{
	c->timer_kind = (u8)kind;
	c->timer_at = at;
}

/* What has to fire if nothing else happens; RTO stands for its kind */
static enum eng_timer_kind timer_wanted(const struct eng_conn *c)
{
	u32 unsent;

	if (eng_flight(c))
		return c->snd_wnd ? ENG_TM_RTO : ENG_TM_PERSIST;
	unsent = eng_unsent(c);
	if (!unsent && (!(c->bits & ENG_B_FIN) || eng_fin_sent(c)))
		return ENG_TM_NONE;
	if (c->snd_wnd < eng_max(1, eng_min(unsent, c->mss)))
		return ENG_TM_PERSIST;
	return ENG_TM_HOLD;
}

/* Persist backs off as the RTO does, without end */
static u32 timer_interval(const struct eng_conn *c, enum eng_timer_kind kind)
{
	u64 us = c->rto_us;

	if (kind == ENG_TM_HOLD)
		return ENG_HOLD_US;
	us <<= eng_min(c->probes, 12);
	return us > ENG_RTO_MAX_US ? ENG_RTO_MAX_US : (u32)us;
}

/* The probe comes first if one may be sent; never after the RTO */
static void timer_tlp_or_rto(struct eng_conn *c, u64 now)
{
	u32 pto = eng_tlp_pto(c), at = (u32)now + pto;

	if (!pto)
		timer_set(c, ENG_TM_RTO, c->rto_at);
	else if (seq_lt(c->rto_at, at))
		timer_set(c, ENG_TM_TLP, c->rto_at);
	else
		timer_set(c, ENG_TM_TLP, at);
}

/* Does the kind of in-flight timer that runs still have a meaning? */
static bool timer_holds(const struct eng_conn *c)
{
	if (c->timer_kind == ENG_TM_REO)
		return seq_lt(c->snd_una, c->reo_seq) && c->nr_sacked;
	return c->timer_kind == ENG_TM_RTO || eng_tlp_ok(c);
}

/**
 * eng_timer_update - run the timer that the state calls for
 * @c: connection
 * @now: us
 *
 * A timer of the right kind that runs already goes on; eng_timer_restart()
 * makes it start over. In a frozen connection the remaining time stays for
 * the export.
 */
void eng_timer_update(struct eng_conn *c, u64 now)
{
	enum eng_timer_kind kind;

	if (unlikely(c->bits & ENG_B_FROZEN))
		return;
	kind = timer_wanted(c);
	if (kind == ENG_TM_RTO) {
		if (!timer_in_flight(c)) {
			c->rto_at = (u32)now + c->rto_us;
			timer_tlp_or_rto(c, now);
		} else if (unlikely(!timer_holds(c))) {
			timer_set(c, ENG_TM_RTO, c->rto_at);
		}
		return;
	}
	if (kind != c->timer_kind)
		timer_set(c, kind, kind ? (u32)now + timer_interval(c, kind) :
				   0);
}

/* What is in flight was sent again, or will be: nothing runs */
void eng_timer_clear(struct eng_conn *c)
{
	timer_set(c, ENG_TM_NONE, 0);
}

/* Progress: the RTO starts over, RFC 6298 section 5.3; so does the probe */
void eng_timer_restart(struct eng_conn *c, u64 now)
{
	if (unlikely(c->timer_kind == ENG_TM_REO))
		c->rto_at = (u32)now + c->rto_us;
	else
		eng_timer_clear(c);
}

/* New data left: the probe waits for it too, RFC 8985 section 7.2 */
void eng_timer_sent(struct eng_conn *c, u64 now)
{
	if (c->timer_kind == ENG_TM_TLP)
		timer_tlp_or_rto(c, now);
	else
		eng_timer_update(c, now);
}

/* Reordering may settle for @us, RFC 8985 section 6.3 */
void eng_timer_reo(struct eng_conn *c, u32 us, u64 now)
{
	u32 at = (u32)now + us;

	if (!timer_in_flight(c))
		c->rto_at = (u32)now + c->rto_us;
	timer_set(c, ENG_TM_REO, seq_lt(at, c->rto_at) ? at : c->rto_at);
}

/* The imported remaining time of whatever stands for progress */
void eng_timer_import(struct eng_conn *c, u32 us, u64 now)
{
	eng_timer_update(c, now);
	if (timer_in_flight(c)) {
		c->rto_at = (u32)now + us;
		timer_set(c, ENG_TM_RTO, c->rto_at);
	} else if (c->timer_kind) {
		c->timer_at = (u32)now + us;
	}
}

/* Remaining time for the export; the RTO's, whatever comes before it */
u32 eng_timer_left(const struct eng_conn *c, u64 now)
{
	u32 at = timer_in_flight(c) ? c->rto_at : c->timer_at;

	if (c->timer_kind == ENG_TM_NONE || c->timer_kind == ENG_TM_HOLD)
		return ENG_TIMER_OFF;
	return seq_lt((u32)now, at) ? at - (u32)now : ENG_TIMER_NOW;
}

static s32 timer_first(s32 left, u32 at, u64 now)
{
	s32 other = seq_dist(at, (u32)now);

	return left < other ? left : other;
}

/**
 * eng_deadline - when eng_timer() wants to be called
 * @c: connection
 * @now: us, not half an hour from the last event
 *
 * Return: us, 0 when no timer runs.
 */
u64 eng_deadline(const struct eng_conn *c, u64 now)
{
	s32 left = TIMER_NEVER;

	if (c->bits & ENG_B_FROZEN)
		return 0;
	if (c->timer_kind)
		left = seq_dist(c->timer_at, (u32)now);
	if (c->bits & ENG_B_DELACK)
		left = timer_first(left, c->delack_at, now);
	if (unlikely(c->bits & ENG_B_PACED))
		left = timer_first(left, c->pace_at, now);
	return left == TIMER_NEVER ? 0 : now + (u64)(s64)left;
}

static void timer_fire(struct eng_conn *c, u64 now, struct eng_act *act)
{
	switch ((enum eng_timer_kind)c->timer_kind) {
	case ENG_TM_NONE:
		break;
	case ENG_TM_RTO:
		if (!eng_recovery_rto(c, act))
			return;
		break;
	case ENG_TM_TLP:
		timer_set(c, ENG_TM_RTO, c->rto_at);
		eng_tlp_fire(c);
		return;
	case ENG_TM_REO:
		timer_set(c, ENG_TM_RTO, c->rto_at);
		eng_recovery_reo(c, now, act);
		return;
	case ENG_TM_PERSIST:
		if (!eng_persist_fire(c, act))
			return;
		break;
	case ENG_TM_HOLD:
		c->bits |= ENG_B_HOLD_OVER;
		break;
	}
	eng_timer_clear(c);
}

/**
 * eng_timer - a deadline may have passed
 * @c: connection
 * @now: us
 * @act: actions
 */
void eng_timer(struct eng_conn *c, u64 now, struct eng_act *act)
{
	memset(act, 0, sizeof(*act));
	if (c->bits & ENG_B_FROZEN)
		return;
	if ((c->bits & ENG_B_DELACK) && seq_le(c->delack_at, (u32)now)) {
		c->bits &= ~ENG_B_DELACK;
		c->bits |= ENG_B_ACK;
	}
	if (unlikely(c->bits & ENG_B_PACED) && seq_le(c->pace_at, (u32)now))
		c->bits &= ~ENG_B_PACED;
	if (c->timer_kind && seq_le(c->timer_at, (u32)now))
		timer_fire(c, now, act);
	eng_timer_update(c, now);
}
