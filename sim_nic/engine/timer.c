// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timers: one for retransmit, persist or a held tail, which exclude each
 * other, and one for the delayed ACK.
 */
#include "eng_conn.h"

/* What has to fire if nothing else happens */
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

/* Persist backs off too, without end: RFC 9293 section 3.8.6.1 */
static u32 timer_interval(const struct eng_conn *c, enum eng_timer_kind kind)
{
	u64 us = c->rto_us;

	if (kind == ENG_TM_HOLD)
		return ENG_HOLD_US;
	if (kind == ENG_TM_PERSIST)
		us <<= eng_min(c->probes, 12);
	return us > ENG_RTO_MAX_US ? ENG_RTO_MAX_US : (u32)us;
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
	if (kind == c->timer_kind)
		return;
	c->timer_kind = (u8)kind;
	c->timer_at = kind ? now + timer_interval(c, kind) : 0;
}

void eng_timer_restart(struct eng_conn *c)
{
	c->timer_kind = ENG_TM_NONE;
	c->timer_at = 0;
}

u64 eng_deadline(const struct eng_conn *c)
{
	if (c->bits & ENG_B_FROZEN)
		return 0;
	if (!c->delack_at || (c->timer_at && c->timer_at < c->delack_at))
		return c->timer_at;
	return c->delack_at;
}

static void timer_fire(struct eng_conn *c, struct eng_act *act)
{
	switch ((enum eng_timer_kind)c->timer_kind) {
	case ENG_TM_NONE:
		break;
	case ENG_TM_RTO:
		if (!eng_recovery_rto(c, act))
			return;
		break;
	case ENG_TM_PERSIST:
		if (c->probes < 0xff)
			c->probes++;
		c->bits |= ENG_B_PROBE;
		break;
	case ENG_TM_HOLD:
		c->bits |= ENG_B_HOLD_OVER;
		break;
	}
	eng_timer_restart(c);
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
	if (c->delack_at && now >= c->delack_at) {
		c->delack_at = 0;
		c->bits |= ENG_B_ACK;
	}
	if (c->timer_at && now >= c->timer_at)
		timer_fire(c, act);
	eng_timer_update(c, now);
}
