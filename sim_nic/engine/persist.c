// SPDX-License-Identifier: GPL-2.0-only
/*
 * The persist timer: the peer's window holds us up, and the update that opens it
 * may get lost. RFC 9293 section 3.8.6.1. When it runs and how late: timer.c; what
 * a probe is made of: tx.c.
 */
#include "eng_conn.h"

/**
 * eng_persist_fire - the timer expired
 * @c: connection
 * @act: actions
 *
 * For ever while the peer answers; when it does not, the host is to decide.
 *
 * Return: false when it is asked to.
 */
bool eng_persist_fire(struct eng_conn *c, struct eng_act *act)
{
	if (c->retries >= c->max_retries) {
		eng_upload(c, ENG_UPLOAD_TIMEOUT, 0, act);
		return false;
	}
	c->retries++;
	if (c->probes < 0xff)
		c->probes++;
	c->bits |= ENG_B_PROBE | ENG_B_ALIVE;
	return true;
}
