/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * TCP offload: what user space sees. The generic netlink part of this file
 * matches Documentation/netlink/specs/toe.yaml (checked by make check).
 */
#ifndef _UAPI_LINUX_TOE_H
#define _UAPI_LINUX_TOE_H

#include <linux/types.h>

/* Socket option level and options, valid on the TCP connections that the
 * framework watches: those opened while net.toe.enabled was 1 and net.toe.mode
 * was not off, over a route to a TOE device. ENOPROTOOPT or EOPNOTSUPP elsewhere.
 */
#define SOL_TOE			0x746f

#define TOE_OFFLOAD		1	/* int, enum toe_offload */
#define TOE_STATE		2	/* int, enum toe_state, read-only */

/**
 * enum toe_offload - values of the TOE_OFFLOAD socket option
 * @TOE_OFFLOAD_NEVER:  the application opts out; an offloaded connection is
 *                      uploaded before the call returns
 * @TOE_OFFLOAD_POLICY: the policy of the network namespace decides (default)
 * @TOE_OFFLOAD_WANT:   the application opts in (needs net.toe.mode = explicit
 *                      or auto); the NIC may still refuse
 */
enum toe_offload {
	TOE_OFFLOAD_NEVER,
	TOE_OFFLOAD_POLICY,
	TOE_OFFLOAD_WANT,
};

/* Who emits the segments of a connection, see Documentation/toe-internals.rst */
enum toe_state {
	TOE_STATE_HOST,
	TOE_STATE_OFFLOADING,
	TOE_STATE_OFFLOADED,
	TOE_STATE_UPLOADING,

	__TOE_STATE_MAX
};

/**
 * enum toe_refusal - why a connection stays in the host
 * @TOE_REFUSAL_NONE: not refused
 * @TOE_REFUSAL_POLICY: no rule allows it, or opted out
 * @TOE_REFUSAL_DEVICE: route leads to no TOE device
 * @TOE_REFUSAL_DEVICE_OFF: device down, paused or switched off
 * @TOE_REFUSAL_STATE: not established or half closed
 * @TOE_REFUSAL_LIMIT: net.toe.max_connections reached
 * @TOE_REFUSAL_ULP: TLS, sockmap or another ULP attached
 * @TOE_REFUSAL_MD5: TCP-MD5 or TCP-AO signed
 * @TOE_REFUSAL_MPTCP: subflow of Multipath TCP
 * @TOE_REFUSAL_URGENT: urgent data pending
 * @TOE_REFUSAL_REPAIR: TCP_REPAIR in use
 * @TOE_REFUSAL_FASTOPEN: data of the handshake not acknowledged yet
 * @TOE_REFUSAL_FILTER: socket filter attached
 * @TOE_REFUSAL_XFRM: IPsec on the path
 * @TOE_REFUSAL_TUNNEL: lightweight tunnel on the path
 * @TOE_REFUSAL_IP_OPTIONS: IP options or extension headers in use
 * @TOE_REFUSAL_CONGESTION: NIC lacks the congestion algorithm
 * @TOE_REFUSAL_NEIGHBOUR: next hop not resolved
 * @TOE_REFUSAL_TIMESTAMPING: transmit time stamps asked for
 * @TOE_REFUSAL_ECN: NIC lacks ECN
 * @TOE_REFUSAL_PACING: SO_MAX_PACING_RATE beyond the NIC, or TCP_TX_DELAY set
 * @TOE_REFUSAL_BPF: BPF program attached to the socket or to its cgroup
 * @TOE_REFUSAL_LOSS: in loss recovery, retried soon
 * @TOE_REFUSAL_MEMORY: host out of memory
 * @TOE_REFUSAL_NIC_TCP_ENTRIES: connection table full
 * @TOE_REFUSAL_NIC_PATH_ENTRIES: path table full
 * @TOE_REFUSAL_NIC_NEIGH_ENTRIES: neighbour table full
 * @TOE_REFUSAL_NIC_FAMILY: IPv4 or IPv6 not supported
 * @TOE_REFUSAL_NIC_WINDOW: receive window too large
 * @TOE_REFUSAL_NIC_MTU: path MTU not supported
 * @TOE_REFUSAL_NIC_REJECTED: judged a poor candidate
 * @TOE_REFUSAL_NIC_DUPLICATE: same addresses and ports present
 * @TOE_REFUSAL_NIC_INVALID: malformed object
 * @TOE_REFUSAL_NIC_DEAD: device found dead
 * @TOE_REFUSAL_NIC_VLAN_ENTRIES: table of VLANs full
 * @TOE_REFUSAL_VLAN: more VLAN tags, or devices between, than can be carried
 * @TOE_REFUSAL_BOND: mode of the bond not supported, or no member can send
 * @TOE_REFUSAL_FIREWALL: netfilter would not let its packets pass as they are
 * @TOE_REFUSAL_QDISC: queueing discipline, filter or XDP program on an interface
 * @TOE_REFUSAL_QUOTA: quota of the socket's cgroup used up
 * @__TOE_REFUSAL_MAX: number of values
 *
 * Those named NIC are decided by the NIC (capacity, capability, judgement), the
 * others by the host (nature of the connection, policy).
 */
enum toe_refusal {
	TOE_REFUSAL_NONE,

	TOE_REFUSAL_POLICY,
	TOE_REFUSAL_DEVICE,
	TOE_REFUSAL_DEVICE_OFF,
	TOE_REFUSAL_STATE,
	TOE_REFUSAL_LIMIT,
	TOE_REFUSAL_ULP,
	TOE_REFUSAL_MD5,
	TOE_REFUSAL_MPTCP,
	TOE_REFUSAL_URGENT,
	TOE_REFUSAL_REPAIR,
	TOE_REFUSAL_FASTOPEN,
	TOE_REFUSAL_FILTER,
	TOE_REFUSAL_XFRM,
	TOE_REFUSAL_TUNNEL,
	TOE_REFUSAL_IP_OPTIONS,
	TOE_REFUSAL_CONGESTION,
	TOE_REFUSAL_NEIGHBOUR,
	TOE_REFUSAL_TIMESTAMPING,
	TOE_REFUSAL_ECN,
	TOE_REFUSAL_PACING,
	TOE_REFUSAL_BPF,
	TOE_REFUSAL_LOSS,
	TOE_REFUSAL_MEMORY,

	TOE_REFUSAL_NIC_TCP_ENTRIES,
	TOE_REFUSAL_NIC_PATH_ENTRIES,
	TOE_REFUSAL_NIC_NEIGH_ENTRIES,
	TOE_REFUSAL_NIC_FAMILY,
	TOE_REFUSAL_NIC_WINDOW,
	TOE_REFUSAL_NIC_MTU,
	TOE_REFUSAL_NIC_REJECTED,
	TOE_REFUSAL_NIC_DUPLICATE,
	TOE_REFUSAL_NIC_INVALID,
	TOE_REFUSAL_NIC_DEAD,
	TOE_REFUSAL_NIC_VLAN_ENTRIES,

	TOE_REFUSAL_VLAN,
	TOE_REFUSAL_BOND,

	TOE_REFUSAL_FIREWALL,
	TOE_REFUSAL_QDISC,

	TOE_REFUSAL_QUOTA,

	__TOE_REFUSAL_MAX
};

/**
 * enum toe_upload_reason - why a connection went back to the host
 * @TOE_UPLOAD_NONE: never uploaded
 * @TOE_UPLOAD_ADMIN: toectl
 * @TOE_UPLOAD_FLAG: ethtool private flag tcp-offload off
 * @TOE_UPLOAD_POLICY: sysctl or rule no longer allows it
 * @TOE_UPLOAD_SOCKOPT: application opted out
 * @TOE_UPLOAD_UNSUPPORTED: call that the NIC can't carry out
 * @TOE_UPLOAD_CLOSE: application closed the socket
 * @TOE_UPLOAD_LINK_DOWN: link set down (a lost carrier uploads nothing)
 * @TOE_UPLOAD_ROUTE: route no longer leads to the device
 * @TOE_UPLOAD_NEIGHBOUR: next hop failed
 * @TOE_UPLOAD_DEVICE_GONE: orderly removal of the device
 * @TOE_UPLOAD_MODULE: framework unloads
 * @TOE_UPLOAD_NIC_DEAD: rebuilt from host memory
 * @TOE_UPLOAD_NIC_LIED: completion failed its check
 * @TOE_UPLOAD_HARDWARE: (NIC) mandatory: out of memory
 * @TOE_UPLOAD_INVALID_STATE: (NIC) mandatory: a post that does not fit its state
 * @TOE_UPLOAD_URGENT: (NIC) mandatory: urgent data
 * @TOE_UPLOAD_TIMEOUT: (NIC) mandatory: R1 reached, or a peer with a closed window
 *	answers no probes
 * @TOE_UPLOAD_PEER_RESET: (NIC) mandatory: RST seen
 * @TOE_UPLOAD_CLOSING: (NIC) mandatory: last FIN seen
 * @TOE_UPLOAD_SEGMENT: (NIC) mandatory: segment it can't judge
 * @TOE_UPLOAD_REQUESTED: (NIC) mandatory: no particular reason
 * @TOE_UPLOAD_HIGH_LOSS: (NIC) optional: much loss
 * @TOE_UPLOAD_HIGH_REORDER: (NIC) optional: much reordering
 * @TOE_UPLOAD_FRAGMENTS: (NIC) optional: many IP fragments
 * @TOE_UPLOAD_LOW_ACTIVITY: (NIC) optional: hardly any traffic
 * @TOE_UPLOAD_SMALL_IO: (NIC) optional: small reads and writes
 * @TOE_UPLOAD_MEMBER: the bond no longer sends by this NIC
 * @TOE_UPLOAD_ADDRESS: the address that it sends from, IP or MAC, is gone
 * @TOE_UPLOAD_FIREWALL: netfilter would not let its packets pass as they are
 * @TOE_UPLOAD_QDISC: queueing discipline, filter or XDP program on an interface
 * @TOE_UPLOAD_RELOAD: the device is reset at the administrator's wish
 * @TOE_UPLOAD_EVICTED: made room for a connection that moves much more
 * @__TOE_UPLOAD_MAX: number of values
 *
 * Reasons marked (NIC) are raised by the device; the mandatory ones can't be
 * declined by the host.
 */
enum toe_upload_reason {
	TOE_UPLOAD_NONE,

	TOE_UPLOAD_ADMIN,
	TOE_UPLOAD_FLAG,
	TOE_UPLOAD_POLICY,
	TOE_UPLOAD_SOCKOPT,
	TOE_UPLOAD_UNSUPPORTED,
	TOE_UPLOAD_CLOSE,
	TOE_UPLOAD_LINK_DOWN,
	TOE_UPLOAD_ROUTE,
	TOE_UPLOAD_NEIGHBOUR,
	TOE_UPLOAD_DEVICE_GONE,
	TOE_UPLOAD_MODULE,

	TOE_UPLOAD_NIC_DEAD,
	TOE_UPLOAD_NIC_LIED,

	TOE_UPLOAD_HARDWARE,
	TOE_UPLOAD_INVALID_STATE,
	TOE_UPLOAD_URGENT,
	TOE_UPLOAD_TIMEOUT,
	TOE_UPLOAD_PEER_RESET,
	TOE_UPLOAD_CLOSING,
	TOE_UPLOAD_SEGMENT,
	TOE_UPLOAD_REQUESTED,
	TOE_UPLOAD_HIGH_LOSS,
	TOE_UPLOAD_HIGH_REORDER,
	TOE_UPLOAD_FRAGMENTS,
	TOE_UPLOAD_LOW_ACTIVITY,
	TOE_UPLOAD_SMALL_IO,

	TOE_UPLOAD_MEMBER,
	TOE_UPLOAD_ADDRESS,

	TOE_UPLOAD_FIREWALL,
	TOE_UPLOAD_QDISC,

	TOE_UPLOAD_RELOAD,

	TOE_UPLOAD_EVICTED,

	__TOE_UPLOAD_MAX
};

/* What became of a connection at one moment */
enum toe_move {
	TOE_MOVE_DOWN,
	TOE_MOVE_UP,
	TOE_MOVE_REFUSED,

	__TOE_MOVE_MAX
};

/**
 * enum toe_by - who or what decided that a connection may go down, or may not
 * @TOE_BY_NONE: nobody: the reason says all
 * @TOE_BY_RULE: a rule of the policy
 * @TOE_BY_PORTS: net.toe.ports
 * @TOE_BY_ADDRESSES: net.toe.addresses
 * @TOE_BY_DEFAULT: no rule and no list applies
 * @TOE_BY_PROGRAM: the program, by the socket option TOE_OFFLOAD
 * @TOE_BY_ADMIN: the administrator, for this connection
 * @TOE_BY_MODE: net.toe.mode
 * @TOE_BY_MAX_CONNECTIONS: net.toe.max_connections
 * @TOE_BY_ENABLED: net.toe.enabled
 * @TOE_BY_STATE: not established, or closed in one direction
 * @TOE_BY_MIN_BYTES: net.toe.min_bytes
 * @TOE_BY_MIN_AGE_MS: net.toe.min_age_ms
 * @TOE_BY_RETRY_MS: net.toe.retry_ms, after a refusal or an upload
 * @TOE_BY_ACTIVITY: came up for want of it, no byte has moved since
 * @TOE_BY_QUOTA: the quota of the socket's cgroup
 * @TOE_BY_CANARY: a rule whose canary share it is not part of
 * @__TOE_BY_MAX: number of values
 */
enum toe_by {
	TOE_BY_NONE,
	TOE_BY_RULE,
	TOE_BY_PORTS,
	TOE_BY_ADDRESSES,
	TOE_BY_DEFAULT,
	TOE_BY_PROGRAM,
	TOE_BY_ADMIN,
	TOE_BY_MODE,
	TOE_BY_MAX_CONNECTIONS,
	TOE_BY_ENABLED,
	TOE_BY_STATE,
	TOE_BY_MIN_BYTES,
	TOE_BY_MIN_AGE_MS,
	TOE_BY_RETRY_MS,
	TOE_BY_ACTIVITY,
	TOE_BY_QUOTA,
	TOE_BY_CANARY,

	__TOE_BY_MAX
};

/**
 * enum toe_answer - of a dry run of the policy
 * @TOE_ANSWER_DENY: stays in the host until somebody changes something
 * @TOE_ANSWER_WAIT: not yet
 * @TOE_ANSWER_ALLOW: goes down at its next chance, or is down
 * @__TOE_ANSWER_MAX: number of values
 */
enum toe_answer {
	TOE_ANSWER_DENY,
	TOE_ANSWER_WAIT,
	TOE_ANSWER_ALLOW,

	__TOE_ANSWER_MAX
};

/**
 * enum toe_measure - what is measured of a connection and rules may ask for
 * @TOE_MEASURE_NONE: nothing
 * @TOE_MEASURE_BYTES: payload, both ways
 * @TOE_MEASURE_AGE_MS: milliseconds since ESTABLISHED
 * @TOE_MEASURE_RATE: payload, both ways, in bytes per second
 * @TOE_MEASURE_RTT_US: smoothed round trip time in microseconds
 * @__TOE_MEASURE_MAX: number of values
 */
enum toe_measure {
	TOE_MEASURE_NONE,
	TOE_MEASURE_BYTES,
	TOE_MEASURE_AGE_MS,
	TOE_MEASURE_RATE,
	TOE_MEASURE_RTT_US,

	__TOE_MEASURE_MAX
};

/*
 * Generic netlink
 * ===============
 * Reads are open to everyone, but without CAP_NET_ADMIN in the owner of the
 * network namespace a connection is shown without its sequence numbers.
 * Changes need CAP_NET_ADMIN there. Ports are in host byte order. Every enum
 * value of an answer comes with its name, so that tools need no table.
 */
#define TOE_FAMILY_NAME		"toe"
#define TOE_FAMILY_VERSION	1

#define TOE_MCGRP_EVENTS	"events"

enum toe_cmd {
	TOE_CMD_DEV_GET = 1,		/* dump */
	TOE_CMD_DEV_NTF,		/* multicast */
	TOE_CMD_CONN_GET,		/* do, dump */
	TOE_CMD_CONN_NTF,		/* multicast */
	TOE_CMD_CONN_OFFLOAD,
	TOE_CMD_CONN_UPLOAD,
	TOE_CMD_POLICY_GET,		/* dump */
	TOE_CMD_POLICY_ADD,
	TOE_CMD_POLICY_DEL,
	TOE_CMD_POLICY_FLUSH,
	TOE_CMD_STATS_GET,		/* dump */
	TOE_CMD_POLICY_TEST,
	TOE_CMD_QUOTA_GET,		/* dump */
	TOE_CMD_QUOTA_SET,
	TOE_CMD_QUOTA_DEL,

	__TOE_CMD_MAX,
	TOE_CMD_MAX = (__TOE_CMD_MAX - 1)
};

/* What happened to a device */
enum toe_dev_event {
	TOE_DEV_EVENT_REGISTERED,
	TOE_DEV_EVENT_UNREGISTERED,
	TOE_DEV_EVENT_FAILED,
	TOE_DEV_EVENT_PAUSED,
	TOE_DEV_EVENT_RESUMED,

	__TOE_DEV_EVENT_MAX
};

/* What a rule says */
enum toe_action {
	TOE_ACTION_DENY,
	TOE_ACTION_ALLOW,

	__TOE_ACTION_MAX
};

/* Who opened a connection: this host (out) or the peer (in) */
enum toe_direction {
	TOE_DIRECTION_OUT,
	TOE_DIRECTION_IN,

	__TOE_DIRECTION_MAX
};

enum toe_attr_dev {
	TOE_A_DEV_IFINDEX = 1,		/* u32 */
	TOE_A_DEV_IFNAME,		/* string */
	TOE_A_DEV_ENABLED,		/* u32: 0, 1; ethtool's private flag */
	TOE_A_DEV_PAUSED,		/* u32: reasons to offload nothing */
	TOE_A_DEV_DEAD,			/* u32: 0, 1 */
	TOE_A_DEV_CONNS,		/* u32: connections down now */
	TOE_A_DEV_TCP_ENTRIES,		/* u32: at most */
	TOE_A_DEV_MAX_RCV_WND,		/* u32: bytes */
	TOE_A_DEV_FAMILIES,		/* strings, one attribute each */
	TOE_A_DEV_CC,			/* strings, one attribute each */
	TOE_A_DEV_EVENT,		/* u32: enum toe_dev_event */
	TOE_A_DEV_EVENT_NAME,		/* string */

	__TOE_A_DEV_MAX,
	TOE_A_DEV_MAX = (__TOE_A_DEV_MAX - 1)
};

enum toe_attr_conn {
	TOE_A_CONN_PAD = 1,
	TOE_A_CONN_ID,			/* u32 */
	TOE_A_CONN_FAMILY,		/* u32: AF_INET, AF_INET6 */
	TOE_A_CONN_LADDR,		/* binary: 4 or 16 bytes */
	TOE_A_CONN_RADDR,		/* binary: 4 or 16 bytes */
	TOE_A_CONN_LPORT,		/* u16 */
	TOE_A_CONN_RPORT,		/* u16 */
	TOE_A_CONN_TCP_STATE,		/* u32: as in struct tcp_info */
	TOE_A_CONN_STATE,		/* u32: enum toe_state */
	TOE_A_CONN_STATE_NAME,		/* string */
	TOE_A_CONN_OLD_STATE,		/* u32: enum toe_state */
	TOE_A_CONN_OLD_STATE_NAME,	/* string */
	TOE_A_CONN_REFUSAL,		/* u32: enum toe_refusal, the last */
	TOE_A_CONN_REFUSAL_NAME,	/* string */
	TOE_A_CONN_UPLOAD,		/* u32: enum toe_upload_reason */
	TOE_A_CONN_UPLOAD_NAME,		/* string */
	TOE_A_CONN_IFINDEX,		/* u32: of the NIC */
	TOE_A_CONN_IFNAME,		/* string */
	TOE_A_CONN_NIC,			/* u32: handle of the TCP object */
	TOE_A_CONN_NIC_PATH,		/* u32: handle of the path object */
	TOE_A_CONN_NIC_NEIGH,		/* u32: handle of the neighbour */
	TOE_A_CONN_DST_MAC,		/* binary: 6 bytes */
	TOE_A_CONN_AGE_MS,		/* u32: since ESTABLISHED */
	TOE_A_CONN_STATE_AGE_MS,	/* u32: since the last state change */
	TOE_A_CONN_OFFLOADS,		/* u32 */
	TOE_A_CONN_UPLOADS,		/* u32 */
	TOE_A_CONN_REFUSALS,		/* u32 */
	TOE_A_CONN_BYTES_SENT,		/* u64 */
	TOE_A_CONN_BYTES_RECEIVED,	/* u64 */
	TOE_A_CONN_SND_UNA,		/* u32; with CAP_NET_ADMIN, as up to */
	TOE_A_CONN_SND_NXT,		/* u32   TOE_A_CONN_GRANTED */
	TOE_A_CONN_WRITE_SEQ,		/* u32 */
	TOE_A_CONN_POSTED,		/* u32 */
	TOE_A_CONN_RCV_NXT,		/* u32 */
	TOE_A_CONN_COPIED_SEQ,		/* u32 */
	TOE_A_CONN_GRANTED,		/* u32 */
	TOE_A_CONN_SND_WND,		/* u32: bytes */
	TOE_A_CONN_CWND,		/* u32: segments */
	TOE_A_CONN_SSTHRESH,		/* u32: segments */
	TOE_A_CONN_SRTT_US,		/* u32 */
	TOE_A_CONN_INODE,		/* u64 */
	TOE_A_CONN_UID,			/* u32 */
	TOE_A_CONN_ALL,			/* flag: every connection */
	TOE_A_CONN_DONE,		/* u32: how many were moved */
	TOE_A_CONN_REFUSED,		/* u32: how many were not */
	TOE_A_CONN_HELD_PACKETS,	/* u32: kept until acknowledged */
	TOE_A_CONN_HELD_BYTES,		/* u32 */
	TOE_A_CONN_WAITING_PACKETS,	/* u32: from the NIC, for the socket */
	TOE_A_CONN_SNDBUF,		/* u32: bytes */
	TOE_A_CONN_RCVBUF,		/* u32: bytes */
	TOE_A_CONN_FIELD,		/* nest: enum toe_attr_field, repeated */
	TOE_A_CONN_MID,			/* nest: enum toe_attr_mid, repeated */
	TOE_A_CONN_MOVE,		/* nest: enum toe_attr_move, repeated */

	__TOE_A_CONN_MAX,
	TOE_A_CONN_MAX = (__TOE_A_CONN_MAX - 1)
};

/* A field of a state object: the host's copy beside what the NIC says */
enum toe_attr_field {
	TOE_A_FIELD_PAD = 1,
	TOE_A_FIELD_OBJECT,		/* string: neigh, vlan, lag, path, tcp */
	TOE_A_FIELD_CLASS,		/* string: const, cached, delegated */
	TOE_A_FIELD_NAME,		/* string */
	TOE_A_FIELD_COPY,		/* u64: the host's */
	TOE_A_FIELD_NIC,		/* u64: the device's */
	TOE_A_FIELD_IFNAME,		/* string: of vlan and lag */

	__TOE_A_FIELD_MAX,
	TOE_A_FIELD_MAX = (__TOE_A_FIELD_MAX - 1)
};

/* An object between neighbour and path, from the neighbour up */
enum toe_attr_mid {
	TOE_A_MID_OBJECT = 1,		/* string: vlan, lag */
	TOE_A_MID_IFNAME,		/* string: the device it stands for */
	TOE_A_MID_NIC,			/* u32: handle */

	__TOE_A_MID_MAX,
	TOE_A_MID_MAX = (__TOE_A_MID_MAX - 1)
};

/* The history of a connection, the oldest of its last moves first */
enum toe_attr_move {
	TOE_A_MOVE_PAD = 1,
	TOE_A_MOVE_TIME_US,		/* u64: microseconds since 1970 */
	TOE_A_MOVE_MOVE,		/* u32: enum toe_move */
	TOE_A_MOVE_MOVE_NAME,		/* string */
	TOE_A_MOVE_BY,			/* u32: enum toe_by */
	TOE_A_MOVE_BY_NAME,		/* string */
	TOE_A_MOVE_RULE,		/* u32: with the rule's number */
	TOE_A_MOVE_REFUSAL,		/* u32: enum toe_refusal */
	TOE_A_MOVE_REFUSAL_NAME,	/* string */
	TOE_A_MOVE_UPLOAD,		/* u32: enum toe_upload_reason */
	TOE_A_MOVE_UPLOAD_NAME,		/* string */
	TOE_A_MOVE_TIMES,		/* u32: so many refusals in a row */
	TOE_A_MOVE_IFINDEX,		/* u32: of the NIC */
	TOE_A_MOVE_IFNAME,		/* string, while it is there */

	__TOE_A_MOVE_MAX,
	TOE_A_MOVE_MAX = (__TOE_A_MOVE_MAX - 1)
};

enum toe_attr_rule {
	TOE_A_RULE_POS = 1,		/* u32: 1 is the first */
	TOE_A_RULE_ACTION,		/* u32: enum toe_action */
	TOE_A_RULE_LOCAL,		/* binary: 4 or 16 bytes */
	TOE_A_RULE_LOCAL_LEN,		/* u32: bits of prefix */
	TOE_A_RULE_REMOTE,		/* binary: 4 or 16 bytes */
	TOE_A_RULE_REMOTE_LEN,		/* u32: bits of prefix */
	TOE_A_RULE_LPORT_MIN,		/* u16 */
	TOE_A_RULE_LPORT_MAX,		/* u16 */
	TOE_A_RULE_RPORT_MIN,		/* u16 */
	TOE_A_RULE_RPORT_MAX,		/* u16 */
	TOE_A_RULE_PAD,
	TOE_A_RULE_DEV,			/* string: name of an interface */
	TOE_A_RULE_DIRECTION,		/* u32: enum toe_direction */
	TOE_A_RULE_CGROUP,		/* u64: id of a cgroup v2 */
	TOE_A_RULE_CGROUP_PATH,		/* string: answers, while it is there */
	TOE_A_RULE_UID_MIN,		/* u32: as the namespace's owner sees it */
	TOE_A_RULE_UID_MAX,		/* u32 */
	TOE_A_RULE_MARK,		/* u32 */
	TOE_A_RULE_MARK_MASK,		/* u32: all bits if left out */
	TOE_A_RULE_BYTES_MIN,		/* u64 */
	TOE_A_RULE_BYTES_MAX,		/* u64 */
	TOE_A_RULE_AGE_MS_MIN,		/* u64 */
	TOE_A_RULE_AGE_MS_MAX,		/* u64 */
	TOE_A_RULE_RATE_MIN,		/* u64: bytes per second */
	TOE_A_RULE_RATE_MAX,		/* u64 */
	TOE_A_RULE_RTT_US_MIN,		/* u64 */
	TOE_A_RULE_RTT_US_MAX,		/* u64 */
	TOE_A_RULE_CANARY,		/* u32: percent, 100 if left out */

	__TOE_A_RULE_MAX,
	TOE_A_RULE_MAX = (__TOE_A_RULE_MAX - 1)
};

/* A dry run: of a connection, or of addresses and ports. The answer. */
enum toe_attr_test {
	TOE_A_TEST_ID = 1,		/* u32: of a connection, or else all of */
	TOE_A_TEST_LOCAL,		/* binary: 4 or 16 bytes */
	TOE_A_TEST_REMOTE,		/* binary: 4 or 16 bytes */
	TOE_A_TEST_LPORT,		/* u16 */
	TOE_A_TEST_RPORT,		/* u16 */
	TOE_A_TEST_IFINDEX,		/* u32: of the NIC; may be left out */
	TOE_A_TEST_ANSWER,		/* u32: enum toe_answer */
	TOE_A_TEST_ANSWER_NAME,		/* string */
	TOE_A_TEST_BY,			/* u32: enum toe_by */
	TOE_A_TEST_BY_NAME,		/* string */
	TOE_A_TEST_RULE,		/* u32: with the rule's number */
	TOE_A_TEST_REFUSAL,		/* u32: enum toe_refusal */
	TOE_A_TEST_REFUSAL_NAME,	/* string */
	TOE_A_TEST_PAD,
	TOE_A_TEST_DIRECTION,		/* u32: enum toe_direction */
	TOE_A_TEST_CGROUP,		/* u64: id of a cgroup v2 */
	TOE_A_TEST_UID,			/* u32 */
	TOE_A_TEST_MARK,		/* u32 */
	TOE_A_TEST_BYTES,		/* u64 */
	TOE_A_TEST_AGE_MS,		/* u64 */
	TOE_A_TEST_RATE,		/* u64: bytes per second */
	TOE_A_TEST_RTT_US,		/* u64 */
	TOE_A_TEST_LACKS,		/* u32: enum toe_measure, for the rule */
	TOE_A_TEST_LACKS_NAME,		/* string */

	__TOE_A_TEST_MAX,
	TOE_A_TEST_MAX = (__TOE_A_TEST_MAX - 1)
};

/* The share of a cgroup, with all below it, in the network namespace */
enum toe_attr_quota {
	TOE_A_QUOTA_CGROUP = 1,		/* string: path below the root of cgroup2 */
	TOE_A_QUOTA_LIMIT,		/* u32: connections down at once */
	TOE_A_QUOTA_USED,		/* u32: those that are down */

	__TOE_A_QUOTA_MAX,
	TOE_A_QUOTA_MAX = (__TOE_A_QUOTA_MAX - 1)
};

enum toe_attr_stat {
	TOE_A_STAT_PAD = 1,
	TOE_A_STAT_GROUP,		/* string: total, refused, uploaded */
	TOE_A_STAT_NAME,		/* string */
	TOE_A_STAT_VALUE,		/* u64 */

	__TOE_A_STAT_MAX,
	TOE_A_STAT_MAX = (__TOE_A_STAT_MAX - 1)
};

#endif /* _UAPI_LINUX_TOE_H */
