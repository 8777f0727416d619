/* SPDX-License-Identifier: GPL-2.0-only */
/* From the socket to the NIC: new data, FIN, receive window. */
#ifndef TOE_POST_H
#define TOE_POST_H

#include <linux/types.h>

struct sock;
struct toe_conn;

/* Tell the NIC what changed; does nothing when nothing did. Socket locked. */
void toe_post_run(struct toe_conn *conn, struct sock *sk);

/* Right edge of the window that the socket can take. Never moves left. */
u32 toe_post_edge(struct toe_conn *conn, struct sock *sk);

#endif /* TOE_POST_H */
