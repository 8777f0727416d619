/* SPDX-License-Identifier: GPL-2.0-only */
/* The send gate: keeps the host's stack from sending new data. */
#ifndef TOE_GATE_H
#define TOE_GATE_H

struct sock;
struct toe_conn;

void toe_gate_close(struct toe_conn *conn, struct sock *sk);
void toe_gate_open(struct toe_conn *conn, struct sock *sk);

/* A segment of the peer that slipped past the NIC may have armed a timer of
 * the host's stack; call after anything that let the stack see one.
 */
void toe_gate_settle(struct toe_conn *conn, struct sock *sk);

#endif /* TOE_GATE_H */
