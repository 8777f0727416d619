/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policy says of a connection, as long as it holds. */
#ifndef TOE_VERDICT_H
#define TOE_VERDICT_H

#include "conn.h"

/* Judges by what is known now. Socket locked. */
void toe_verdict_renew(struct toe_conn *conn, struct sock *sk);

/* Ditto, if time or the program can have changed the answer; at most once a tick
 * of the clock. In the host, socket locked.
 */
static inline void toe_verdict_refresh(struct toe_conn *conn, struct sock *sk)
{
	if (unlikely(test_bit(TOE_CONN_OPEN, &conn->flags)) &&
	    time_after(jiffies, conn->judged))
		toe_verdict_renew(conn, sk);
}

#endif /* TOE_VERDICT_H */
