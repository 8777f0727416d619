/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that lost their NIC or its link, and their way to another. */
#ifndef TOE_FAILOVER_H
#define TOE_FAILOVER_H

#include <linux/types.h>
#include <linux/toe.h>

struct sock;
struct toe_conn;
struct toe_net;

/* It came up for @reason. Socket locked. */
void toe_failover_up(struct toe_conn *conn, enum toe_upload_reason reason);

/* A NIC took it. Socket locked. */
void toe_failover_down(struct toe_conn *conn);

/* It is not looked for a place any more. Socket locked. */
void toe_failover_forget(struct toe_conn *conn);

/* A member of a bond, or a NIC, works again: after net.toe.failback_ms those
 * that bonding would send by it may go there. Any context.
 */
void toe_failover_back(void);

void toe_failover_net_init(struct toe_net *tn);
void toe_failover_net_exit(struct toe_net *tn);

#endif /* TOE_FAILOVER_H */
