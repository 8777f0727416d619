/* SPDX-License-Identifier: GPL-2.0-only */
/* What would become of a connection, and who decides; nothing happens. */
#ifndef TOE_DRYRUN_H
#define TOE_DRYRUN_H

#include <linux/toe.h>
#include <linux/types.h>

struct toe_conn;
struct toe_net;
struct toe_policy_key;

/**
 * struct toe_dryrun - the answer
 * @answer: enum toe_answer
 * @by: enum toe_by; TOE_BY_NONE: see @refusal
 * @rule: with TOE_BY_RULE and TOE_BY_CANARY, 1 is the first
 * @refusal: enum toe_refusal that an attempt would end with, if any
 * @lacks: enum toe_measure that the rule waits for, if any
 * @unknown: the rule asks for this, enum toe_criterion + 1, and was not told: there
 *	is no answer
 */
struct toe_dryrun {
	u8 answer;
	u8 by;
	u16 rule;
	u8 refusal;
	u8 lacks;
	u8 unknown;
};

/* A connection, a reference held. Sleeps. 0 or -ESHUTDOWN (closed). */
int toe_dryrun_conn(struct toe_conn *conn, struct toe_dryrun *run);

/* By its key, by no device (@ifindex 0) or that one */
void toe_dryrun_key(struct toe_net *tn, struct toe_policy_key *key,
		    int ifindex, struct toe_dryrun *run);

#endif /* TOE_DRYRUN_H */
