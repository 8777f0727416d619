/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything on one next hop moves to another one, in one operation. */
#ifndef TOE_RELINK_H
#define TOE_RELINK_H

#include <linux/types.h>

struct neighbour;
struct toe_dev;
struct toe_neigh;
struct toe_path;

/* The next hop of @path is another one by now: if that holds for all paths on
 * its neighbour, and they agree, move them. Socket locked, BH disabled.
 */
void toe_relink_path(struct toe_dev *tdev, struct toe_path *path);

/* Move what is on @from to @n. obj_lock held. 0 or a negative error; @from is
 * gone after 0.
 */
int __toe_neigh_relink(struct toe_dev *tdev, struct toe_neigh *from,
		       struct neighbour *n);

#endif /* TOE_RELINK_H */
