// SPDX-License-Identifier: GPL-2.0-only
#include "history.h"

#include <linux/limits.h>
#include <linux/ktime.h>

#include "conn.h"
#include "dev.h"

static struct toe_record *toe_history_last(struct toe_history *history)
{
	unsigned int last = history->next + TOE_HISTORY_LEN - 1;

	return history->nr ? &history->record[last % TOE_HISTORY_LEN] : NULL;
}

static bool toe_history_repeats(const struct toe_record *last,
				const struct toe_record *record)
{
	return last && record->move == TOE_MOVE_REFUSED &&
	       last->move == TOE_MOVE_REFUSED &&
	       last->reason == record->reason && last->times < U16_MAX;
}

void toe_history_add(struct toe_history *history,
		     const struct toe_record *record)
{
	struct toe_record *last = toe_history_last(history);
	u16 times = 0;

	if (toe_history_repeats(last, record)) {
		times = last->times;
	} else {
		last = &history->record[history->next];
		history->next = (history->next + 1) % TOE_HISTORY_LEN;
		if (history->nr < TOE_HISTORY_LEN)
			history->nr++;
	}
	*last = *record;
	last->times = times + 1;
}

const struct toe_record *toe_history_at(const struct toe_history *history,
					unsigned int i)
{
	unsigned int first = history->next + TOE_HISTORY_LEN - history->nr;

	if (i >= history->nr)
		return NULL;
	return &history->record[(first + i) % TOE_HISTORY_LEN];
}

const struct toe_record *toe_history_newest(const struct toe_history *history)
{
	return history->nr ? toe_history_at(history, history->nr - 1) : NULL;
}

enum toe_by toe_history_asked(const struct toe_conn *conn)
{
	if (test_bit(TOE_CONN_REQUESTED, &conn->flags))
		return TOE_BY_ADMIN;
	if (test_bit(TOE_CONN_WANT, &conn->flags))
		return TOE_BY_PROGRAM;
	return conn->verdict.by;
}

/* Who took it up. Other reasons speak for themselves. */
static enum toe_by toe_history_up(const struct toe_conn *conn,
				  enum toe_upload_reason reason)
{
	switch (reason) {
	case TOE_UPLOAD_POLICY:
		return conn->verdict.by;
	case TOE_UPLOAD_ADMIN:
		return TOE_BY_ADMIN;
	case TOE_UPLOAD_SOCKOPT:
		return TOE_BY_PROGRAM;
	default:
		return TOE_BY_NONE;
	}
}

void toe_history_note(struct toe_conn *conn, enum toe_move move, u8 reason)
{
	struct toe_record record = {
		.time_us = ktime_to_us(ktime_get_real()),
		.ifindex = conn->tdev ? conn->tdev->netdev->ifindex : 0,
		.move = move,
		.reason = reason,
	};

	switch (move) {
	case TOE_MOVE_DOWN:
		record.by = toe_history_asked(conn);
		break;
	case TOE_MOVE_UP:
		record.by = toe_history_up(conn, reason);
		break;
	case TOE_MOVE_REFUSED:
	case __TOE_MOVE_MAX:
		break;
	}
	if (record.by == TOE_BY_RULE || record.by == TOE_BY_CANARY)
		record.rule = conn->verdict.rule;
	toe_history_add(&conn->history, &record);
}
