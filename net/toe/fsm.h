/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns a connection: one enum, one table, one setter. */
#ifndef TOE_FSM_H
#define TOE_FSM_H

#include <linux/toe.h>
#include <linux/types.h>

struct toe_conn;

bool toe_fsm_legal(enum toe_state from, enum toe_state to);

/**
 * toe_fsm_move() - change the owner state of a connection
 * @conn: the connection
 * @to: new state
 * @reason: enum toe_refusal for OFFLOADING -> HOST, enum toe_upload_reason
 *	    for the way up, 0 otherwise
 *
 * Traces, counts and tells netlink listeners. An illegal move warns once and
 * happens all the same: the caller has acted already.
 *
 * Context: socket locked.
 */
void toe_fsm_move(struct toe_conn *conn, enum toe_state to, u8 reason);

#endif /* TOE_FSM_H */
