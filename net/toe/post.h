/* SPDX-License-Identifier: GPL-2.0-only */
/* From the socket to the NIC: new data, FIN, receive window. */
#ifndef TOE_POST_H
#define TOE_POST_H

#include <net/tcp.h>

#include "conn.h"

/* Tell the NIC what changed; does nothing when nothing did. Socket locked. */
void toe_post_run(struct toe_conn *conn, struct sock *sk);

/* The program has read all that came, and that is more than the peer may wait for
 * without an ACK: tcp_cleanup_rbuf() sends one here. A NIC may have waited for this
 * to say both at once.
 */
static inline bool toe_post_read_out(const struct tcp_sock *tp)
{
	return tp->rcv_nxt - tp->rcv_wup > tp->mss_cache &&
	       tp->copied_seq == tp->rcv_nxt;
}

/* The NIC has so much window left to promise that no grant can be due, see
 * toe_grant_due(): the edge never lies beyond rcv_nxt + rcv_ssthresh.
 */
static inline bool toe_post_window_wide(const struct toe_conn *conn,
					const struct tcp_sock *tp)
{
	return conn->granted - tp->rcv_nxt >
	       tp->rcv_ssthresh - tp->rcv_ssthresh / 4 &&
	       !toe_post_read_out(tp);
}

/* Right edge of the window that the socket can take. Never moves left. */
u32 toe_post_edge(struct toe_conn *conn, struct sock *sk);

#endif /* TOE_POST_H */
