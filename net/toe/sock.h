/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket layer's side: hooks, fence, socket options. */
#ifndef TOE_SOCK_H
#define TOE_SOCK_H

#include <linux/types.h>

struct sock;
struct toe_conn;

/* Our proto and address-family operations are in place, nobody else's */
bool toe_sock_hooked(const struct sock *sk);

/* Put the hooks in and take them out. Socket locked. */
bool toe_sock_hook(struct sock *sk);
void toe_sock_unhook(struct sock *sk);

/* Show the offload in the ULP slot (ss -ti prints it) */
void toe_sock_mark(struct sock *sk, bool offloaded);

/* The ACK that the peer is owed after an upload, if any */
void toe_sock_ack(struct toe_conn *conn, struct sock *sk);

/* Have the host's stack transmit when the lock is released */
void toe_sock_kick(struct sock *sk);
/* ... and that moment is now. Socket locked, BH disabled. */
void toe_sock_flush(struct toe_conn *conn, struct sock *sk);

int toe_sock_init(void);
void toe_sock_exit(void);

#endif /* TOE_SOCK_H */
