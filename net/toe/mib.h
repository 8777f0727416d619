/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of the framework, per network namespace. */
#ifndef TOE_MIB_H
#define TOE_MIB_H

#include <linux/percpu.h>
#include <linux/toe.h>

struct toe_net;

enum toe_mib_item {
	TOE_MIB_WATCHED,	/* connections taken under watch */
	TOE_MIB_TRIED,		/* connections put into an initiate */
	TOE_MIB_OFFLOADED,	/* accepted by a NIC */
	TOE_MIB_UPLOADED,	/* taken back, orderly */
	TOE_MIB_REBUILT,	/* taken back from host memory, NIC dead */
	TOE_MIB_BATCHES,	/* initiate calls */
	TOE_MIB_RX_EVENTS,
	TOE_MIB_RX_BYTES,	/* payload delivered by NICs */
	TOE_MIB_RX_DUP_BYTES,	/* trimmed: the host had them already */
	TOE_MIB_TX_POSTS,
	TOE_MIB_TX_BYTES,	/* payload posted to NICs */
	TOE_MIB_FENCED,		/* segments of the host's stack held back */
	TOE_MIB_FORWARDED,	/* strays given to the NIC */
	TOE_MIB_BAD_EVENTS,	/* events that failed a check */
	TOE_MIB_DEV_FAILS,	/* devices found dead */
	TOE_MIB_WISHES,		/* uploads that NICs wished and got */
	TOE_MIB_WISHES_DECLINED,	/* and did not get */
	TOE_MIB_DISPLACED,	/* lost NIC, link, route or member */
	TOE_MIB_MOVED,		/* down again, on another NIC */
	TOE_MIB_RELINKED,	/* paths put onto another next hop */
	TOE_MIB_SUMMARIES,	/* packets that told netfilter what passed */

	__TOE_MIB_MAX
};

/* Connections per initiate call: bucket i has those from 2^i on */
#define TOE_MIB_BATCH_BUCKETS	9

struct toe_mib {
	u64 item[__TOE_MIB_MAX];
	u64 refusal[__TOE_REFUSAL_MAX];
	u64 upload[__TOE_UPLOAD_MAX];
	u64 batch[TOE_MIB_BATCH_BUCKETS];
};

int toe_mib_net_init(struct toe_net *tn);
void toe_mib_net_exit(struct toe_net *tn);

void toe_mib_inc(struct toe_net *tn, enum toe_mib_item item);
void toe_mib_add(struct toe_net *tn, enum toe_mib_item item, u64 n);
void toe_mib_refusal(struct toe_net *tn, enum toe_refusal reason);
void toe_mib_upload(struct toe_net *tn, enum toe_upload_reason reason);
void toe_mib_batch(struct toe_net *tn, unsigned int n);

/* Sum over the processors */
void toe_mib_read(struct toe_net *tn, struct toe_mib *sum);

/* Stable lower-case words for text, JSON and traces, e.g. "nic-tcp-entries" */
const char *toe_state_name(enum toe_state state);
const char *toe_refusal_name(enum toe_refusal reason);
const char *toe_upload_name(enum toe_upload_reason reason);
const char *toe_move_name(enum toe_move move);
const char *toe_by_name(enum toe_by by);
const char *toe_answer_name(enum toe_answer answer);
const char *toe_measure_name(enum toe_measure measure);
const char *toe_mib_name(enum toe_mib_item item);
const char *toe_mib_batch_name(unsigned int bucket);

#endif /* TOE_MIB_H */
