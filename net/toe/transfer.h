/* SPDX-License-Identifier: GPL-2.0-only */
/* Down: from the host's stack to the NIC. */
#ifndef TOE_TRANSFER_H
#define TOE_TRANSFER_H

#include <linux/toe.h>

struct sock;
struct toe_conn;
struct toe_dev;

/* Time to think about it? Cheap; called at every release of the socket lock. */
bool toe_transfer_due(struct toe_conn *conn, struct sock *sk);

/* What it waits for but the pause after a refusal; TOE_BY_NONE: nothing. Whoever
 * asked for it waits for nothing. Socket locked.
 */
enum toe_by toe_transfer_waits(const struct toe_conn *conn,
			       const struct sock *sk);

/* Decide and hand over, alone or by way of the device's batch. */
void toe_transfer_try(struct toe_conn *conn, struct sock *sk);

/* The answer of a batch for this connection, if one has come. */
void toe_transfer_settle(struct toe_conn *conn, struct sock *sk);

/* The socket wants to leave while its batch is on the way. */
void toe_transfer_cancel(struct toe_conn *conn, struct sock *sk);

/* Collected connections of a device go down in one call. Process context. */
void toe_transfer_flush(struct toe_dev *tdev);

/* Cached state (MSS, Nagle, cork, pacing ...) follows the socket. */
void toe_transfer_update(struct toe_conn *conn, struct sock *sk);

#endif /* TOE_TRANSFER_H */
