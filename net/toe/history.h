/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a connection lately: the last moves, and who decided them. */
#ifndef TOE_HISTORY_H
#define TOE_HISTORY_H

#include <linux/toe.h>
#include <linux/types.h>

struct toe_conn;

#define TOE_HISTORY_LEN		8

/**
 * struct toe_record - one move, or refusals for the same reason in a row
 * @time_us: microseconds since 1970; of the last one
 * @ifindex: of the NIC, 0 = none
 * @times: how many
 * @rule: with TOE_BY_RULE and TOE_BY_CANARY, 1 is the first
 * @move: enum toe_move
 * @reason: enum toe_upload_reason or enum toe_refusal
 * @by: enum toe_by
 */
struct toe_record {
	u64 time_us;
	int ifindex;
	u16 times;
	u16 rule;
	u8 move;
	u8 reason;
	u8 by;
};

/* Part of the connection: no memory where nothing is watched */
struct toe_history {
	u8 nr;			/* filled */
	u8 next;		/* the place to be written */
	struct toe_record record[TOE_HISTORY_LEN];
};

/* The oldest goes when there is no room. A refusal for the same reason as the
 * last one, nothing between, is counted there.
 */
void toe_history_add(struct toe_history *history,
		     const struct toe_record *record);

/* @i: 0 is the oldest. NULL behind the newest. */
const struct toe_record *toe_history_at(const struct toe_history *history,
					unsigned int i);

/* NULL when there is none */
const struct toe_record *toe_history_newest(const struct toe_history *history);

/* Whoever asked for it to go down, or else the policy. Socket locked. */
enum toe_by toe_history_asked(const struct toe_conn *conn);

/* Socket locked; for hand-overs and attempts, never for data */
void toe_history_note(struct toe_conn *conn, enum toe_move move, u8 reason);

#endif /* TOE_HISTORY_H */
