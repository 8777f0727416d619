/* SPDX-License-Identifier: GPL-2.0-only */
/* From the NIC to the socket: payload, acknowledgements, wishes. */
#ifndef TOE_RX_H
#define TOE_RX_H

#include "conn.h"

void toe_inbox_init(struct toe_conn *conn);
void toe_inbox_purge(struct toe_conn *conn);

static inline bool toe_inbox_empty(const struct toe_conn *conn)
{
	return !READ_ONCE(conn->inbox.flags);
}

/* Everything in the inbox goes to the socket. Socket locked, BH disabled.
 * Returns with the wish for an upload in conn->flags, not carried out.
 */
void toe_rx_run(struct toe_conn *conn, struct sock *sk);

void toe_rx_count(struct toe_conn *conn, struct tcp_sock *tp,
		  const struct toe_segs *now);

void toe_rx_count_acked(struct tcp_sock *tp, u32 una);

/* The device broke a rule: count, trace, say it, rebuild from host memory */
void toe_rx_lie(struct toe_conn *conn, const char *what);

/* Frames that the NIC could not judge go to the host's stack now. */
void toe_rx_frames(struct toe_conn *conn);

#endif /* TOE_RX_H */
