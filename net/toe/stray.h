/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments of offloaded connections that reached the host's stack. */
#ifndef TOE_STRAY_H
#define TOE_STRAY_H

struct net;

int toe_stray_enable(struct net *net);
void toe_stray_disable(struct net *net);

#endif /* TOE_STRAY_H */
