// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <net/neighbour.h>
#include <net/netevent.h>

#include "dev.h"
#include "object.h"

/* Routes and path MTU are looked at by each connection when it is active
 * (conn.c); a next hop is shared, so its change is pushed down at once.
 */
static int toe_watch_event(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	struct neighbour *n = ptr;
	struct toe_dev *tdev;

	if (event != NETEVENT_NEIGH_UPDATE)
		return NOTIFY_DONE;
	rcu_read_lock();
	tdev = toe_dev_of(n->dev);
	if (tdev && READ_ONCE(n->nud_state) & NUD_VALID)
		toe_neigh_changed(tdev, n);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block toe_watch_nb = {
	.notifier_call = toe_watch_event,
};

int toe_watch_init(void)
{
	return register_netevent_notifier(&toe_watch_nb);
}

void toe_watch_exit(void)
{
	unregister_netevent_notifier(&toe_watch_nb);
}
