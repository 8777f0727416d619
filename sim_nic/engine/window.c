// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive window that is advertised.
 */
#include "eng_conn.h"

/*
 * Receiver's SWS avoidance, RFC 9293 section 3.8.6.2.2: the edge stays where
 * it is until it can move by a segment or half the buffer.
 */
static u32 window_edge(const struct eng_conn *c)
{
	u32 step = eng_min(c->mss, eng_rcv_wnd_max(c) / 2);

	if (seq_dist(c->rcv_limit, c->rcv_edge) < (s32)step)
		return c->rcv_edge;
	return seq_max(c->rcv_limit, c->rcv_edge);
}

/**
 * eng_window_moves - would an ACK that leaves now promise more than the last?
 * @c: connection
 */
bool eng_window_moves(const struct eng_conn *c)
{
	return window_edge(c) != c->rcv_edge;
}

/**
 * eng_window_field - window to advertise in a segment that leaves now
 * @c: connection; rcv_edge moves right, never left
 *
 * The field rounds down, so that nothing beyond the host's grant is promised.
 * What was promised before stays acceptable (RFC 7323 section 2.4).
 *
 * Return: raw window field.
 */
u16 eng_window_field(struct eng_conn *c)
{
	u32 wnd = (window_edge(c) - c->rcv_nxt) >> c->rcv_wscale;

	wnd = eng_min(wnd, 0xffff);
	c->rcv_edge = seq_max(c->rcv_edge,
			      c->rcv_nxt + (wnd << c->rcv_wscale));
	return (u16)wnd;
}

/**
 * eng_window_grant - the host has room up to @edge
 * @c: connection
 * @edge: ignored when left of an earlier one
 *
 * An update is sent when the window opened by two segments (a quarter of a
 * large buffer, unless it has at least doubled), or by half of a small buffer.
 * One that is all but closed need not open far: a host without memory grants a
 * few segments, whatever the buffer once was. Data that is due to be
 * acknowledged has waited for this, however little it is.
 */
void eng_window_grant(struct eng_conn *c, u32 edge)
{
	u32 wnd = edge - c->rcv_nxt, step;

	if (wnd > ENG_MAX_WND || seq_lt(edge, c->rcv_limit))
		return;
	c->rcv_limit = edge;
	c->rcv_wnd_max = (u16)eng_max(c->rcv_wnd_max,
				      eng_scaled(wnd, c->rcv_wscale));
	step = 2U * c->mss;
	if (wnd / 2 < c->rcv_edge - c->rcv_nxt)
		step = eng_max(step, eng_rcv_wnd_max(c) / 4);
	step = eng_min(step, eng_rcv_wnd_max(c) / 2);
	step = eng_max(step, 1U << c->rcv_wscale);
	if (eng_ack_due(c) && c->bits & ENG_B_DELACK)
		step = 1;
	if (seq_dist(edge, c->rcv_edge) < (s32)step ||
	    (c->rcv_edge - c->rcv_nxt) >> c->rcv_wscale == 0xffff)
		return;
	c->bits |= ENG_B_ACK;
}
