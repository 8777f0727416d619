/* SPDX-License-Identifier: GPL-2.0-only */
/* Where there is no room for all: who is worth it? */
#ifndef TOE_EVICT_H
#define TOE_EVICT_H

#include <linux/toe.h>
#include <linux/types.h>

struct sock;
struct toe_conn;
struct toe_dev;
struct toe_dev_priv;

/**
 * struct toe_value - what a connection moves
 * @bytes: payload both ways, when it was looked at
 * @at: jiffies of that
 * @rate: bytes per second over the last interval, with @known
 * @marked: @bytes and @at are valid
 * @known: @rate is valid
 */
struct toe_value {
	u64 bytes;
	unsigned long at;
	u32 rate;
	bool marked;
	bool known;
};

/* Look at a connection that has moved @bytes by now, jiffies. @interval has to pass
 * between two looks. True: value->rate is that of the last interval.
 */
bool toe_value_look(struct toe_value *value, u64 bytes, unsigned long now,
		    unsigned long interval);

/* Is @rate clearly more than @other? */
bool toe_value_above(u32 rate, u32 other);

/* Is this a refusal for want of room, and may somebody have to go for it? Then
 * jiffies after which to ask again, else 0.
 */
unsigned long toe_evict_pause(const struct toe_conn *conn,
			      enum toe_refusal why);

/* There was no room for @conn, on @tdev. Socket locked, BH disabled. */
void toe_evict_for(struct toe_conn *conn, const struct sock *sk,
		   enum toe_refusal why, struct toe_dev *tdev);

void toe_evict_dev_init(struct toe_dev_priv *priv);
void toe_evict_dev_exit(struct toe_dev_priv *priv);

#endif /* TOE_EVICT_H */
