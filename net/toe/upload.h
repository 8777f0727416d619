/* SPDX-License-Identifier: GPL-2.0-only */
/* Up: from the NIC to the host's stack. */
#ifndef TOE_UPLOAD_H
#define TOE_UPLOAD_H

#include <linux/toe.h>
#include <linux/types.h>

struct sock;
struct toe_conn;
struct toe_tcp_delegated;

/* The delegated state as far as the host knows it. Socket locked. */
void toe_state_copy(const struct toe_conn *conn, const struct sock *sk,
		    struct toe_tcp_delegated *d);

/* Take a connection back, whatever state it is in; HOST afterwards. Socket
 * locked, BH disabled. Nothing is sent before the caller lets go of the lock.
 */
void toe_upload(struct toe_conn *conn, struct sock *sk,
		enum toe_upload_reason reason);

/* Only take it off the NIC: the socket is being closed, nothing is restored. */
void toe_upload_forget(struct toe_conn *conn, struct sock *sk,
		       enum toe_upload_reason reason);

/* A reason that the host may decline, while the NIC goes on */
static inline bool toe_upload_optional(enum toe_upload_reason reason)
{
	return reason >= TOE_UPLOAD_HIGH_LOSS && reason <= TOE_UPLOAD_SMALL_IO;
}

/* The NIC wishes to give the connection back. Socket locked. */
void toe_upload_wish(struct toe_conn *conn, enum toe_upload_reason reason);

/* Arm the timer that stands for progress and ask for transmission. */
void toe_upload_rearm(struct toe_conn *conn, struct sock *sk, u32 timer_us);

#endif /* TOE_UPLOAD_H */
