/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP offload: the contract between the framework (net/toe) and the driver of
 * a TOE-capable NIC. See Documentation/toe-driver.rst.
 */
#ifndef _NET_TOE_H
#define _NET_TOE_H

#include <linux/bvec.h>
#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/toe.h>
#include <net/toe_fields.h>

struct toe_conn;
struct toe_dev;

/*
 * State objects
 * =============
 * One hierarchy, shared from below: neighbour <- intermediate <- path <- TCP
 * connection. Intermediate objects (VLAN, LAG) stand for the devices that the host
 * has stacked on the NIC, the one next to the wire first; there may be none, at
 * most TOE_MAX_HOPS. Every field is const (never changes while down), cached
 * (the host's; changes reach the NIC by update) or delegated (the NIC's while
 * down; terminate returns it).
 * The fields and what they mean are listed in toe_fields.h, once for all.
 * Sequence numbers are 32-bit modulo values in host byte order; times are
 * microseconds unless the name says otherwise; windows and cwnd are bytes.
 */

enum toe_object_type {
	TOE_OBJECT_NEIGH = 1,
	TOE_OBJECT_PATH,
	TOE_OBJECT_TCP,
	TOE_OBJECT_VLAN,
	TOE_OBJECT_LAG,

	__TOE_OBJECT_MAX
};

/* Devices between the route and the NIC, and tags among them */
#define TOE_MAX_HOPS	4
#define TOE_MAX_TAGS	2

/* Where an object may stand: a block's dependents are of a higher layer, but
 * intermediate objects may stand on each other.
 */
enum toe_layer {
	TOE_LAYER_NONE,
	TOE_LAYER_NEIGH,
	TOE_LAYER_MID,
	TOE_LAYER_PATH,
	TOE_LAYER_TCP,
};

static inline enum toe_layer toe_object_layer(u16 type)
{
	switch ((enum toe_object_type)type) {
	case TOE_OBJECT_NEIGH:
		return TOE_LAYER_NEIGH;
	case TOE_OBJECT_VLAN:
	case TOE_OBJECT_LAG:
		return TOE_LAYER_MID;
	case TOE_OBJECT_PATH:
		return TOE_LAYER_PATH;
	case TOE_OBJECT_TCP:
		return TOE_LAYER_TCP;
	case __TOE_OBJECT_MAX:
		break;
	}
	return TOE_LAYER_NONE;
}

/* May a block of layer @up depend on one of layer @low? */
static inline bool toe_layer_above(enum toe_layer up, enum toe_layer low)
{
	return up > low || (up == TOE_LAYER_MID && low == TOE_LAYER_MID);
}

struct toe_neigh_const {
	TOE_NEIGH_CONST(TOE_FIELD_DECLARE)
};

struct toe_neigh_cached {
	TOE_NEIGH_CACHED(TOE_FIELD_DECLARE)
};

struct toe_neigh_delegated {
	TOE_NEIGH_DELEGATED(TOE_FIELD_DECLARE)
};

struct toe_neigh_state {
	struct toe_neigh_const c;
	struct toe_neigh_cached h;
	struct toe_neigh_delegated d;
};

struct toe_vlan_const {
	TOE_VLAN_CONST(TOE_FIELD_DECLARE)
};

struct toe_vlan_state {
	struct toe_vlan_const c;
};

struct toe_lag_const {
	TOE_LAG_CONST(TOE_FIELD_DECLARE)
};

struct toe_lag_cached {
	TOE_LAG_CACHED(TOE_FIELD_DECLARE)
};

struct toe_lag_state {
	struct toe_lag_const c;
	struct toe_lag_cached h;
};

struct toe_path_const {
	u16 family;		/* AF_INET or AF_INET6 */
	union {
		__be32 saddr;
		struct in6_addr saddr6;
	};
	union {
		__be32 daddr;
		struct in6_addr daddr6;
	};
};

struct toe_path_cached {
	TOE_PATH_CACHED(TOE_FIELD_DECLARE)
};

struct toe_path_state {
	struct toe_path_const c;
	struct toe_path_cached h;
};

enum toe_tcp_const_flags {
	TOE_TCP_TSTAMP	= BIT(0),	/* RFC 7323 time stamps negotiated */
	TOE_TCP_SACK	= BIT(1),	/* RFC 2018 SACK permitted */
	TOE_TCP_WSCALE	= BIT(2),	/* RFC 7323 window scale negotiated */
	TOE_TCP_ECN	= BIT(4),	/* RFC 3168 ECN negotiated */
};

/* Congestion algorithms a device may implement, by the kernel's names */
enum toe_cc {
	TOE_CC_RENO,
	TOE_CC_CUBIC,
	TOE_CC_DCTCP,
	__TOE_CC_MAX
};

struct toe_tcp_const {
	TOE_TCP_CONST(TOE_FIELD_DECLARE)
	__be16 sport, dport;
};

enum toe_tcp_cached_flags {
	TOE_TCP_NODELAY	= BIT(0),
	TOE_TCP_CORK	= BIT(1),
	TOE_TCP_QUICKACK = BIT(2),
};

struct toe_tcp_cached {
	TOE_TCP_CACHED(TOE_FIELD_DECLARE)
};

/* ECN, RFC 3168 section 6.1: where the handshake of ECE and CWR stands */
enum toe_tcp_ecn_flags {
	TOE_TCP_ECN_ECHO	= BIT(0),	/* ECE goes out until CWR comes in */
	TOE_TCP_ECN_REDUCED	= BIT(1),	/* CWR is to go out */
};

/* Timers travel as remaining time, with two reserved values */
#define TOE_TIMER_OFF	U32_MAX
#define TOE_TIMER_NOW	0

struct toe_tcp_delegated {
	TOE_TCP_DELEGATED(TOE_FIELD_DECLARE)
};

struct toe_tcp_state {
	struct toe_tcp_const c;
	struct toe_tcp_cached h;
	struct toe_tcp_delegated d;
};

/*
 * Block lists
 * ===========
 * What one call carries: a forest of blocks. @next leads to the same layer of
 * another connection, @dependent to the layer above. @nic 0 = new object, the
 * state follows; otherwise it names an object that is already down. The device
 * visits @dependent before @next and writes @status and @nic of every block;
 * partial success is normal. Blocks live for one call only.
 */
struct toe_block {
	u16 type;		/* enum toe_object_type */
	u16 revision;		/* TOE_OBJECT_REVISION */
	u16 size;		/* of the state behind @state */
	u16 status;		/* out: enum toe_refusal, 0 = done */
	u32 nic;		/* in/out: handle of the NIC's object */
	struct toe_conn *host;	/* host's object (TCP blocks) */
	struct toe_block *next;
	struct toe_block *dependent;
	union {
		void *state;
		struct toe_neigh_state *neigh;
		struct toe_vlan_state *vlan;
		struct toe_lag_state *lag;
		struct toe_path_state *path;
		struct toe_tcp_state *tcp;
	};
};

/*
 * Data path
 * =========
 */

enum toe_post_flags {
	TOE_POST_FIN	= BIT(0),	/* FIN follows the last byte */
	TOE_POST_PUSH	= BIT(1),	/* no more soon (opposite of MSG_MORE) */
	TOE_POST_ACK	= BIT(2),	/* let an ACK leave now */
	TOE_POST_PROBE	= BIT(3),	/* let a keepalive probe leave now */
	TOE_POST_USER	= BIT(4),	/* the program may change these bytes
					 * once acknowledged (MSG_ZEROCOPY)
					 */
};

/**
 * struct toe_post - what the host has changed since the last post
 * @flags: enum toe_post_flags
 * @seq: sequence number of the first byte of @bvec
 * @len: bytes in @bvec, 0 = no new data
 * @snd_una: first unacknowledged byte in the host's view
 * @rcv_nxt: next byte expected in the host's view; may be ahead of the NIC's
 *	     when the host's stack consumed a stray segment
 * @rcv_edge: granted right edge of the receive window, never moves left
 * @nr: elements of @bvec
 * @bvec: where the bytes are; they stay in host memory until acknowledged
 */
struct toe_post {
	u32 flags;
	u32 seq, len;
	u32 snd_una, rcv_nxt, rcv_edge;
	u32 nr;
	const struct bio_vec *bvec;
};

enum toe_event_flags {
	TOE_EVENT_DATA		= BIT(0),	/* skb: payload [seq, seq + len) */
	TOE_EVENT_FIN		= BIT(1),	/* peer's FIN at seq + len */
	TOE_EVENT_ACK		= BIT(2),	/* send side moved */
	TOE_EVENT_UPLOAD	= BIT(3),	/* upload wanted: reason */
	TOE_EVENT_FRAME		= BIT(4),	/* skb: for the host's stack, later */
};

/**
 * struct toe_event - what the NIC reports about one connection
 * @flags: enum toe_event_flags
 * @reason: enum toe_upload_reason with TOE_EVENT_UPLOAD
 * @seq: sequence number of the payload
 * @len: bytes of payload
 * @snd_una: first byte that the peer has not acknowledged
 * @snd_nxt: next byte to send for the first time
 * @snd_wnd: window that the peer advertised, bytes
 * @rcv_nxt: next byte expected
 * @rcv_edge: right end of the promised window
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes; >= 0x7fffffff: slow start
 * @srtt_us: smoothed round trip time, microseconds, unscaled; 0 = no sample
 * @rttvar_us: its variation, ditto
 * @min_rtt_us: smallest round trip time, microseconds; U32_MAX = unknown
 * @ts_recent: the peer's time stamp to echo (RFC 7323)
 * @segs_in: segments received while down
 * @segs_out: segments sent while down, with retransmissions
 * @data_segs_in: those of @segs_in with payload
 * @data_segs_out: those of @segs_out with payload
 * @retrans: segments sent again while down
 *
 * From @snd_una on it is the NIC's state at that moment, with the names of
 * struct toe_tcp_delegated, valid in every event. Nothing in it is trusted: the
 * framework checks every field.
 */
struct toe_event {
	u16 flags;
	u16 reason;
	u32 seq, len;
	u32 snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_edge;
	u32 cwnd, ssthresh;
	u32 srtt_us, rttvar_us, min_rtt_us;
	u32 ts_recent;
	u32 segs_in, segs_out, data_segs_in, data_segs_out, retrans;
};

/*
 * Connections that have events waiting. A driver keeps one per completion
 * queue; toe_batch_run() gives them to their sockets.
 */
struct toe_batch {
	struct list_head conns;
};

/**
 * struct toe_caps - what a device can carry; data, not a call
 * @tcp_entries: connections at once
 * @max_rcv_wnd: largest receive window, bytes
 * @cc_mask: BIT(enum toe_cc) of the congestion algorithms
 * @max_bvec: gather elements per post
 * @families: BIT(0) IPv4, BIT(1) IPv6
 * @lag: keeps silent while a LAG object says that its member may not send
 * @max_tags: VLAN tags that it puts on and takes off, at most TOE_MAX_TAGS
 * @ecn: does explicit congestion notification (RFC 3168), both directions
 * @pacing: keeps to a pacing_rate
 * @conn_memory: bytes of host memory that each connection costs while it is down;
 *	the framework charges them to the socket. 0: the card has its own
 */
struct toe_caps {
	u32 tcp_entries;
	u32 max_rcv_wnd;
	u32 cc_mask;
	u32 max_bvec;
	u32 conn_memory;
	u8 families;
	u8 max_tags;
	bool ecn;
	bool lag;
	bool pacing;
};

#define TOE_FAMILY_IPV4		BIT(0)
#define TOE_FAMILY_IPV6		BIT(1)

/**
 * struct toe_ops - what a driver implements, in the order of a connection's
 * life
 *
 * Context of all of them: BH disabled. For the connection concerned the socket
 * is locked (owned or spin-locked), except in the initiate of a batch, which
 * its connections wait for, and in @forward. Updates and invalidates of what
 * lies below the connections run under the framework's object lock
 * of the device without any socket's lock. They must not sleep and must
 * return within a millisecond: a device that doesn't answer is dead
 * (toe_dev_fail()). None may call back into the framework except where said.
 *
 * @initiate: take the objects of @forest. Writes status (enum toe_refusal) and
 *	handle of each block. From here on a TCP object that was accepted is
 *	emitted by the NIC; events for it may be queued at once, before the
 *	call returns. An object below that was accepted although all above it
 *	was refused stays down until it is invalidated.
 *	Returns 0, or -EIO when the device is dead (nothing was taken).
 * @update: cached state of the objects of @forest changed. Objects unknown to
 *	the device get a status and are left alone. Returns 0 or -EIO.
 * @relink: what stands on the neighbour @from stands on the neighbour @to
 *	afterwards, in one operation. @to may be new, then its handle is
 *	written; a status in either block means that nothing has changed.
 *	Optional: without it connections come up when their gateway changes.
 *	Returns 0 or -EIO.
 * @query: fill the state of the objects of @forest. Optional.
 *	Returns 0, -EIO, -EOPNOTSUPP.
 * @forward: a segment of the connection that reached the host; @skb->data is
 *	at the TCP header, its network header is set, its checksum not looked
 *	at. Consumes @skb. Softirq within RCU, without the socket's lock, so
 *	@nic may be gone. Optional: without it the host's stack processes the
 *	segment, which is correct but slower.
 * @post: new data, FIN, window, probe. Must not fail: what can't be sent now
 *	is sent later. On a dead device it does nothing.
 * @terminate: stop emitting, flush a pending ACK, give the entry free and fill
 *	the delegated state of each TCP block. Events that the NIC had already
 *	written are handed over with toe_conn_event() before it returns, so
 *	that nothing the peer was told is missing. Returns 0 or -EIO.
 * @invalidate: forget the objects of @forest; nothing returns.
 */
struct toe_ops {
	int (*initiate)(struct toe_dev *tdev, struct toe_block *forest);
	int (*update)(struct toe_dev *tdev, struct toe_block *forest);
	int (*relink)(struct toe_dev *tdev, struct toe_block *from,
		      struct toe_block *to);
	int (*query)(struct toe_dev *tdev, struct toe_block *forest);
	void (*forward)(struct toe_dev *tdev, u32 nic, struct sk_buff *skb);
	void (*post)(struct toe_dev *tdev, u32 nic,
		     const struct toe_post *post);
	int (*terminate)(struct toe_dev *tdev, struct toe_block *forest);
	void (*invalidate)(struct toe_dev *tdev, struct toe_block *forest);
};

struct toe_dev_priv;

/**
 * struct toe_dev - a TOE-capable NIC, embedded in the driver's private data
 * @netdev: its network interface
 * @ops: the driver
 * @caps: what it can carry
 * @priv: the framework's part
 *
 * The driver fills the first three before toe_dev_register().
 */
struct toe_dev {
	struct net_device *netdev;
	const struct toe_ops *ops;
	struct toe_caps caps;
	struct toe_dev_priv *priv;
};

/* Process context, RTNL held. */
int toe_dev_register(struct toe_dev *tdev);
void toe_dev_unregister(struct toe_dev *tdev);

/* No new offloads and everything back to the host, synchronously. Process
 * context, RTNL held or not. The device stays paused until resumed.
 */
void toe_dev_pause(struct toe_dev *tdev, enum toe_upload_reason reason);
void toe_dev_resume(struct toe_dev *tdev);

/* The device is dead: nothing can be read from it any more. Any context. First
 * @recover runs in process context: it hands over what the device had written
 * and resets it, which makes every handle void. The port has to work when it
 * returns, as that of any NIC: the host's stack goes on through it. Then every
 * connection is rebuilt from host memory, and then the death is over.
 * When @recover returns an error the port's carrier should be off; it is called
 * again once a second. It must not take RTNL: toe_dev_unregister() holds it
 * while it waits for @recover to end. NULL: the device stays dead.
 */
void toe_dev_fail(struct toe_dev *tdev, int (*recover)(struct toe_dev *tdev));

/* An event arrived. Softirq, or inside @terminate; takes no socket lock.
 * Consumes @skb (NULL allowed). @batch is serialised by the caller.
 */
void toe_conn_event(struct toe_batch *batch, struct toe_conn *conn,
		    const struct toe_event *ev, struct sk_buff *skb);

/* Give queued events to their sockets. Softirq; takes socket locks, so no lock
 * that is taken inside toe_ops may be held.
 */
void toe_batch_run(struct toe_batch *batch);

static inline void toe_batch_init(struct toe_batch *batch)
{
	INIT_LIST_HEAD(&batch->conns);
}

static inline bool toe_batch_empty(const struct toe_batch *batch)
{
	return list_empty(&batch->conns);
}

/* The device can't serve this connection (its completion failed a check in the
 * driver): it is rebuilt from host memory. Softirq.
 */
void toe_conn_fault(struct toe_batch *batch, struct toe_conn *conn);

/* References for a driver's own tables */
struct toe_conn *toe_conn_get(struct toe_conn *conn);
void toe_conn_put(struct toe_conn *conn);

/* Connections of this device at this moment, and switch for ethtool's private
 * flag tcp-offload: off uploads everything and stays off.
 */
u32 toe_dev_conns(const struct toe_dev *tdev);
void toe_dev_enable(struct toe_dev *tdev, bool on);
bool toe_dev_enabled(const struct toe_dev *tdev);

#endif /* _NET_TOE_H */
