// SPDX-License-Identifier: GPL-2.0-only
#include "fsm.h"

#include <linux/jiffies.h>

#include "conn.h"
#include "trace.h"

/*		HOST	OFFLOADING	OFFLOADED	UPLOADING
 * HOST			decided
 * OFFLOADING	refused			accepted	died meanwhile
 * OFFLOADED					any upload
 * UPLOADING	restored
 */
static const bool toe_fsm_table[__TOE_STATE_MAX][__TOE_STATE_MAX] = {
	[TOE_STATE_HOST][TOE_STATE_OFFLOADING] = true,
	[TOE_STATE_OFFLOADING][TOE_STATE_HOST] = true,
	[TOE_STATE_OFFLOADING][TOE_STATE_OFFLOADED] = true,
	[TOE_STATE_OFFLOADING][TOE_STATE_UPLOADING] = true,
	[TOE_STATE_OFFLOADED][TOE_STATE_UPLOADING] = true,
	[TOE_STATE_UPLOADING][TOE_STATE_HOST] = true,
};

/**
 * toe_fsm_legal() - is there an edge?
 * @from: state now
 * @to: state asked for
 *
 * Context: any.
 * Return: true when the table has it.
 */
bool toe_fsm_legal(enum toe_state from, enum toe_state to)
{
	if (from >= __TOE_STATE_MAX || to >= __TOE_STATE_MAX)
		return false;
	return toe_fsm_table[from][to];
}

static void toe_fsm_count(struct toe_conn *conn, enum toe_state from,
			  enum toe_state to, u8 reason)
{
	switch (to) {
	case TOE_STATE_OFFLOADED:
		conn->offloads++;
		toe_mib_inc(conn->tn, TOE_MIB_OFFLOADED);
		toe_history_note(conn, TOE_MOVE_DOWN, 0);
		break;
	case TOE_STATE_UPLOADING:
		conn->uploads++;
		conn->last_upload = reason;
		toe_mib_upload(conn->tn, reason);
		toe_history_note(conn, TOE_MOVE_UP, reason);
		break;
	case TOE_STATE_HOST:
	case TOE_STATE_OFFLOADING:
	case __TOE_STATE_MAX:
		break;
	}
}

void toe_fsm_move(struct toe_conn *conn, enum toe_state to, u8 reason)
{
	enum toe_state from = conn->state;

	WARN_ONCE(!toe_fsm_legal(from, to), "toe: illegal move %s -> %s\n",
		  toe_state_name(from), toe_state_name(to));
	WRITE_ONCE(conn->state, to);
	conn->changed = jiffies;
	toe_fsm_count(conn, from, to, reason);
	trace_toe_conn_state(conn, from, to, reason);
	toe_nl_conn_event(conn, from, to, reason);
}
