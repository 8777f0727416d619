// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters, one set per processor: they are touched for every event of a NIC.
 * Readers may see a counter of another processor a moment late, never torn on
 * 64-bit machines.
 */
#include "mib.h"

#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "policy.h"

static const char * const toe_state_names[] = {
	[TOE_STATE_HOST] = "host",
	[TOE_STATE_OFFLOADING] = "offloading",
	[TOE_STATE_OFFLOADED] = "offloaded",
	[TOE_STATE_UPLOADING] = "uploading",
};

static const char * const toe_refusal_names[] = {
	[TOE_REFUSAL_NONE] = "none",
	[TOE_REFUSAL_POLICY] = "policy",
	[TOE_REFUSAL_DEVICE] = "device",
	[TOE_REFUSAL_DEVICE_OFF] = "device-off",
	[TOE_REFUSAL_STATE] = "state",
	[TOE_REFUSAL_LIMIT] = "limit",
	[TOE_REFUSAL_ULP] = "ulp",
	[TOE_REFUSAL_MD5] = "md5",
	[TOE_REFUSAL_MPTCP] = "mptcp",
	[TOE_REFUSAL_URGENT] = "urgent",
	[TOE_REFUSAL_REPAIR] = "repair",
	[TOE_REFUSAL_FASTOPEN] = "fastopen",
	[TOE_REFUSAL_FILTER] = "filter",
	[TOE_REFUSAL_XFRM] = "xfrm",
	[TOE_REFUSAL_TUNNEL] = "tunnel",
	[TOE_REFUSAL_IP_OPTIONS] = "ip-options",
	[TOE_REFUSAL_CONGESTION] = "congestion",
	[TOE_REFUSAL_NEIGHBOUR] = "neighbour",
	[TOE_REFUSAL_TIMESTAMPING] = "timestamping",
	[TOE_REFUSAL_ECN] = "ecn",
	[TOE_REFUSAL_PACING] = "pacing",
	[TOE_REFUSAL_BPF] = "bpf",
	[TOE_REFUSAL_LOSS] = "loss",
	[TOE_REFUSAL_MEMORY] = "memory",
	[TOE_REFUSAL_NIC_TCP_ENTRIES] = "nic-tcp-entries",
	[TOE_REFUSAL_NIC_PATH_ENTRIES] = "nic-path-entries",
	[TOE_REFUSAL_NIC_NEIGH_ENTRIES] = "nic-neigh-entries",
	[TOE_REFUSAL_NIC_FAMILY] = "nic-family",
	[TOE_REFUSAL_NIC_WINDOW] = "nic-window",
	[TOE_REFUSAL_NIC_MTU] = "nic-mtu",
	[TOE_REFUSAL_NIC_REJECTED] = "nic-rejected",
	[TOE_REFUSAL_NIC_DUPLICATE] = "nic-duplicate",
	[TOE_REFUSAL_NIC_INVALID] = "nic-invalid",
	[TOE_REFUSAL_NIC_DEAD] = "nic-dead",
	[TOE_REFUSAL_NIC_VLAN_ENTRIES] = "nic-vlan-entries",
	[TOE_REFUSAL_VLAN] = "vlan",
	[TOE_REFUSAL_BOND] = "bond",
	[TOE_REFUSAL_FIREWALL] = "firewall",
	[TOE_REFUSAL_QDISC] = "qdisc",
	[TOE_REFUSAL_QUOTA] = "quota",
};

static const char * const toe_upload_names[] = {
	[TOE_UPLOAD_NONE] = "none",
	[TOE_UPLOAD_ADMIN] = "admin",
	[TOE_UPLOAD_FLAG] = "flag",
	[TOE_UPLOAD_POLICY] = "policy",
	[TOE_UPLOAD_SOCKOPT] = "sockopt",
	[TOE_UPLOAD_UNSUPPORTED] = "unsupported",
	[TOE_UPLOAD_CLOSE] = "close",
	[TOE_UPLOAD_LINK_DOWN] = "link-down",
	[TOE_UPLOAD_ROUTE] = "route",
	[TOE_UPLOAD_NEIGHBOUR] = "neighbour",
	[TOE_UPLOAD_DEVICE_GONE] = "device-gone",
	[TOE_UPLOAD_MODULE] = "module",
	[TOE_UPLOAD_NIC_DEAD] = "nic-dead",
	[TOE_UPLOAD_NIC_LIED] = "nic-lied",
	[TOE_UPLOAD_HARDWARE] = "hardware",
	[TOE_UPLOAD_INVALID_STATE] = "invalid-state",
	[TOE_UPLOAD_URGENT] = "urgent",
	[TOE_UPLOAD_TIMEOUT] = "timeout",
	[TOE_UPLOAD_PEER_RESET] = "peer-reset",
	[TOE_UPLOAD_CLOSING] = "closing",
	[TOE_UPLOAD_SEGMENT] = "segment",
	[TOE_UPLOAD_REQUESTED] = "requested",
	[TOE_UPLOAD_HIGH_LOSS] = "high-loss",
	[TOE_UPLOAD_HIGH_REORDER] = "high-reorder",
	[TOE_UPLOAD_FRAGMENTS] = "fragments",
	[TOE_UPLOAD_LOW_ACTIVITY] = "low-activity",
	[TOE_UPLOAD_SMALL_IO] = "small-io",
	[TOE_UPLOAD_MEMBER] = "member",
	[TOE_UPLOAD_ADDRESS] = "address",
	[TOE_UPLOAD_FIREWALL] = "firewall",
	[TOE_UPLOAD_QDISC] = "qdisc",
	[TOE_UPLOAD_RELOAD] = "reload",
	[TOE_UPLOAD_EVICTED] = "evicted",
};

static const char * const toe_move_names[] = {
	[TOE_MOVE_DOWN] = "down",
	[TOE_MOVE_UP] = "up",
	[TOE_MOVE_REFUSED] = "refused",
};

static const char * const toe_by_names[] = {
	[TOE_BY_NONE] = "none",
	[TOE_BY_RULE] = "rule",
	[TOE_BY_PORTS] = "ports",
	[TOE_BY_ADDRESSES] = "addresses",
	[TOE_BY_DEFAULT] = "default",
	[TOE_BY_PROGRAM] = "program",
	[TOE_BY_ADMIN] = "admin",
	[TOE_BY_MODE] = "mode",
	[TOE_BY_MAX_CONNECTIONS] = "max-connections",
	[TOE_BY_ENABLED] = "enabled",
	[TOE_BY_STATE] = "state",
	[TOE_BY_MIN_BYTES] = "min-bytes",
	[TOE_BY_MIN_AGE_MS] = "min-age-ms",
	[TOE_BY_RETRY_MS] = "retry-ms",
	[TOE_BY_ACTIVITY] = "activity",
	[TOE_BY_QUOTA] = "quota",
	[TOE_BY_CANARY] = "canary",
};

static const char * const toe_answer_names[] = {
	[TOE_ANSWER_DENY] = "deny",
	[TOE_ANSWER_WAIT] = "wait",
	[TOE_ANSWER_ALLOW] = "allow",
};

static const char * const toe_measure_names[] = {
	[TOE_MEASURE_NONE] = "none",
	[TOE_MEASURE_BYTES] = "bytes",
	[TOE_MEASURE_AGE_MS] = "age-ms",
	[TOE_MEASURE_RATE] = "rate",
	[TOE_MEASURE_RTT_US] = "rtt-us",
};

static const char * const toe_mib_names[] = {
	[TOE_MIB_WATCHED] = "watched",
	[TOE_MIB_TRIED] = "tried",
	[TOE_MIB_OFFLOADED] = "offloaded",
	[TOE_MIB_UPLOADED] = "uploaded",
	[TOE_MIB_REBUILT] = "rebuilt",
	[TOE_MIB_BATCHES] = "batches",
	[TOE_MIB_RX_EVENTS] = "rx-events",
	[TOE_MIB_RX_BYTES] = "rx-bytes",
	[TOE_MIB_RX_DUP_BYTES] = "rx-dup-bytes",
	[TOE_MIB_TX_POSTS] = "tx-posts",
	[TOE_MIB_TX_BYTES] = "tx-bytes",
	[TOE_MIB_FENCED] = "fenced",
	[TOE_MIB_FORWARDED] = "forwarded",
	[TOE_MIB_BAD_EVENTS] = "bad-events",
	[TOE_MIB_DEV_FAILS] = "dev-fails",
	[TOE_MIB_WISHES] = "wishes",
	[TOE_MIB_WISHES_DECLINED] = "wishes-declined",
	[TOE_MIB_DISPLACED] = "displaced",
	[TOE_MIB_MOVED] = "moved",
	[TOE_MIB_RELINKED] = "relinked",
	[TOE_MIB_SUMMARIES] = "summaries",
};

static const char * const toe_batch_names[] = {
	"1", "2-3", "4-7", "8-15", "16-31", "32-63", "64-127", "128-255",
	"256",
};

/* A value added at the end stops the build here; a hole stops KUnit */
static_assert(ARRAY_SIZE(toe_state_names) == __TOE_STATE_MAX);
static_assert(ARRAY_SIZE(toe_refusal_names) == __TOE_REFUSAL_MAX);
static_assert(ARRAY_SIZE(toe_upload_names) == __TOE_UPLOAD_MAX);
static_assert(ARRAY_SIZE(toe_move_names) == __TOE_MOVE_MAX);
static_assert(ARRAY_SIZE(toe_by_names) == __TOE_BY_MAX);
static_assert(ARRAY_SIZE(toe_answer_names) == __TOE_ANSWER_MAX);
static_assert(ARRAY_SIZE(toe_measure_names) == __TOE_MEASURE_MAX);
static_assert(ARRAY_SIZE(toe_mib_names) == __TOE_MIB_MAX);
static_assert(ARRAY_SIZE(toe_batch_names) == TOE_MIB_BATCH_BUCKETS);

static const char *toe_name(const char * const *names, size_t nr, u32 i)
{
	return i < nr && names[i] ? names[i] : "unknown";
}

/**
 * toe_state_name() - word for a state
 * @state: the state
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_state_name(enum toe_state state)
{
	return toe_name(toe_state_names, ARRAY_SIZE(toe_state_names), state);
}

/**
 * toe_refusal_name() - word for a refusal
 * @reason: the reason
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_refusal_name(enum toe_refusal reason)
{
	return toe_name(toe_refusal_names, ARRAY_SIZE(toe_refusal_names),
			reason);
}

/**
 * toe_upload_name() - word for the reason of an upload
 * @reason: the reason
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_upload_name(enum toe_upload_reason reason)
{
	return toe_name(toe_upload_names, ARRAY_SIZE(toe_upload_names),
			reason);
}

/**
 * toe_move_name() - word for a move
 * @move: the move
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_move_name(enum toe_move move)
{
	return toe_name(toe_move_names, ARRAY_SIZE(toe_move_names), move);
}

/**
 * toe_by_name() - word for who decided
 * @by: who
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_by_name(enum toe_by by)
{
	return toe_name(toe_by_names, ARRAY_SIZE(toe_by_names), by);
}

/**
 * toe_answer_name() - word for the answer of a dry run
 * @answer: the answer
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_answer_name(enum toe_answer answer)
{
	return toe_name(toe_answer_names, ARRAY_SIZE(toe_answer_names),
			answer);
}

/**
 * toe_measure_name() - word for what is measured
 * @measure: the measure
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_measure_name(enum toe_measure measure)
{
	return toe_name(toe_measure_names, ARRAY_SIZE(toe_measure_names),
			measure);
}

/**
 * toe_mib_name() - word for a counter
 * @item: the counter
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_mib_name(enum toe_mib_item item)
{
	return toe_name(toe_mib_names, ARRAY_SIZE(toe_mib_names), item);
}

/**
 * toe_mib_batch_name() - word for a size of batches
 * @bucket: of struct toe_mib
 *
 * Context: any.
 * Return: static string, "unknown" when out of range.
 */
const char *toe_mib_batch_name(unsigned int bucket)
{
	return toe_name(toe_batch_names, ARRAY_SIZE(toe_batch_names), bucket);
}

/**
 * toe_mib_net_init() - make the counters of a namespace
 * @tn: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toe_mib_net_init(struct toe_net *tn)
{
	tn->mib = alloc_percpu(struct toe_mib);
	return tn->mib ? 0 : -ENOMEM;
}

/**
 * toe_mib_net_exit() - free the counters of a namespace
 * @tn: the namespace, nobody counts any more
 *
 * Context: process.
 */
void toe_mib_net_exit(struct toe_net *tn)
{
	free_percpu(tn->mib);
	tn->mib = NULL;
}

/**
 * toe_mib_add() - count
 * @tn: the namespace
 * @item: the counter
 * @n: how many
 *
 * Context: any.
 */
void toe_mib_add(struct toe_net *tn, enum toe_mib_item item, u64 n)
{
	this_cpu_add(tn->mib->item[item], n);
}

/**
 * toe_mib_inc() - count one
 * @tn: the namespace
 * @item: the counter
 *
 * Context: any.
 */
void toe_mib_inc(struct toe_net *tn, enum toe_mib_item item)
{
	this_cpu_inc(tn->mib->item[item]);
}

/**
 * toe_mib_refusal() - count a refusal
 * @tn: the namespace
 * @reason: why; a device may have said anything
 *
 * Context: any.
 */
void toe_mib_refusal(struct toe_net *tn, enum toe_refusal reason)
{
	if ((u32)reason >= __TOE_REFUSAL_MAX)
		reason = TOE_REFUSAL_NIC_INVALID;
	this_cpu_inc(tn->mib->refusal[reason]);
}

/**
 * toe_mib_upload() - count an upload
 * @tn: the namespace
 * @reason: why; a device may have said anything
 *
 * Context: any.
 */
void toe_mib_upload(struct toe_net *tn, enum toe_upload_reason reason)
{
	if ((u32)reason >= __TOE_UPLOAD_MAX)
		reason = TOE_UPLOAD_NIC_LIED;
	this_cpu_inc(tn->mib->upload[reason]);
}

/**
 * toe_mib_batch() - count an initiate call
 * @tn: the namespace
 * @n: connections in it, not 0
 *
 * Context: any.
 */
void toe_mib_batch(struct toe_net *tn, unsigned int n)
{
	unsigned int i = min_t(unsigned int, ilog2(n),
			       TOE_MIB_BATCH_BUCKETS - 1);

	toe_mib_inc(tn, TOE_MIB_BATCHES);
	this_cpu_inc(tn->mib->batch[i]);
}

/**
 * toe_mib_read() - sum the counters over the processors
 * @tn: the namespace
 * @sum: out
 *
 * Context: any.
 */
void toe_mib_read(struct toe_net *tn, struct toe_mib *sum)
{
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct toe_mib *mib = per_cpu_ptr(tn->mib, cpu);

		for (i = 0; i < __TOE_MIB_MAX; i++)
			sum->item[i] += READ_ONCE(mib->item[i]);
		for (i = 0; i < __TOE_REFUSAL_MAX; i++)
			sum->refusal[i] += READ_ONCE(mib->refusal[i]);
		for (i = 0; i < __TOE_UPLOAD_MAX; i++)
			sum->upload[i] += READ_ONCE(mib->upload[i]);
		for (i = 0; i < TOE_MIB_BATCH_BUCKETS; i++)
			sum->batch[i] += READ_ONCE(mib->batch[i]);
	}
}
