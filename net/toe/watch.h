/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes in the host that offloaded connections have to follow (P7). */
#ifndef TOE_WATCH_H
#define TOE_WATCH_H

int toe_watch_init(void);
void toe_watch_exit(void);

#endif /* TOE_WATCH_H */
