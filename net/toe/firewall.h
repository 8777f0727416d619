/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host's packet filters say of connections whose packets they don't see */
#ifndef TOE_FIREWALL_H
#define TOE_FIREWALL_H

#include <linux/toe.h>

struct sk_buff;
struct sock;
struct toe_conn;

/* Would they let its segments pass as they are? Socket locked, BH disabled. */
enum toe_refusal toe_firewall_allows(struct sock *sk);

/* It goes down: from here on they are told. Socket locked. */
void toe_firewall_start(struct toe_conn *conn, const struct sock *sk);

/* Tell them, from conn->fw_at on. Socket locked, BH disabled. */
bool toe_firewall_check(struct toe_conn *conn, struct sock *sk);

/* It is up: the rest. Socket locked, BH disabled. */
void toe_firewall_end(struct toe_conn *conn, struct sock *sk);

/* Is it one of ours, on its way through the hooks? */
bool toe_firewall_own(const struct sk_buff *skb);

#endif /* TOE_FIREWALL_H */
