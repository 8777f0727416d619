/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes in the host that offloaded connections have to follow (P7). */
#ifndef TOE_WATCH_H
#define TOE_WATCH_H

struct toe_net;

int toe_watch_init(void);
void toe_watch_exit(void);

void toe_watch_net_init(struct toe_net *tn);
void toe_watch_net_exit(struct toe_net *tn);

/* Routes of a namespace are watched while it is enabled. Process context,
 * sleeps, no RTNL. Return 0 or a negative error.
 */
int toe_watch_enable(struct toe_net *tn);
void toe_watch_disable(struct toe_net *tn);

/* A route or an MTU may have changed. Any context. */
void toe_watch_routes(struct toe_net *tn);

#endif /* TOE_WATCH_H */
