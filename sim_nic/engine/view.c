// SPDX-License-Identifier: GPL-2.0-only
/*
 * Views for status reports.
 */
#include "eng_conn.h"

u32 eng_snd_una(const struct eng_conn *c)
{
	return c->snd_una;
}

u32 eng_snd_nxt(const struct eng_conn *c)
{
	return c->snd_nxt;
}

u32 eng_write_seq(const struct eng_conn *c)
{
	return c->write_seq;
}

u32 eng_rcv_nxt(const struct eng_conn *c)
{
	return c->rcv_nxt;
}

u32 eng_rcv_edge(const struct eng_conn *c)
{
	return c->rcv_edge;
}

bool eng_frozen(const struct eng_conn *c)
{
	return c->bits & ENG_B_FROZEN;
}

void eng_view(const struct eng_conn *c, struct eng_view *v)
{
	v->snd_una = c->snd_una;
	v->snd_nxt = c->snd_nxt;
	v->snd_wnd = c->snd_wnd;
	v->rcv_nxt = c->rcv_nxt;
	v->rcv_edge = c->rcv_edge;
	v->cwnd = c->cwnd;
	v->ssthresh = c->ssthresh;
	v->srtt_us = c->srtt_us;
	v->rttvar_us = c->rttvar_us;
	v->min_rtt_us = c->min_rtt_us;
	v->ts_recent = c->ts_recent;
}
