/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simtoe data sheet: everything that the driver (drivers/net/simtoe) and the
 * hardware (sim_nic) share, and nothing else.
 *
 * The device has
 *  - a port: an Ethernet MAC on top of a lower net_device;
 *  - a mailbox: one command at a time, completed before sim_mbox() returns
 *    or not at all (SIM_MBOX_TIMEOUT = the device is dead);
 *  - a send doorbell per connection: a work request with a gather list;
 *  - one completion ring in host memory, written by the device, with an
 *    interrupt that the driver masks while it polls.
 *
 * Order (promise P1): for every received segment the device writes payload
 * and completion to host memory first and lets the ACK leave afterwards.
 *
 * Byte order: host's, except __be fields. Sequence numbers are 32-bit modulo
 * values. Times are microseconds unless named otherwise.
 */
#ifndef SIM_NIC_REGS_H
#define SIM_NIC_REGS_H

#include "engine/eng_state.h"

#define SIM_FW_VERSION		"1.0"

/* Capabilities register block, constant per device */
struct sim_caps {
	u32 tcp_entries;	/* size of the connection table */
	u32 path_entries;
	u32 neigh_entries;
	u32 mid_entries;	/* VLANs and LAGs */
	u32 max_rcv_wnd;	/* bytes */
	u16 min_mtu, max_mtu;	/* bytes, IP packet */
	u32 max_sge;		/* gather elements per send work request */
	u32 conn_memory;	/* bytes of host memory per connection */
	u32 cc_mask;		/* BIT(enum eng_cc) */
	u8 max_tags;		/* VLAN tags per frame, <= SIM_MAX_TAGS */
	bool ipv4, ipv6;
	bool ecn;		/* RFC 3168 */
	bool pacing;
};

/* ---- mailbox ---------------------------------------------------------- */

enum sim_mbox_op {
	SIM_MBOX_INITIATE,	/* forest in: per-node status and handles out */
	SIM_MBOX_UPDATE,	/* cached state of existing objects */
	SIM_MBOX_QUERY,		/* state of existing objects out */
	SIM_MBOX_TERMINATE,	/* stop, delegated state out, entry freed */
	SIM_MBOX_INVALIDATE,	/* free entries, nothing returned */
	SIM_MBOX_RELINK,	/* two neighbours: what stands on the first one
				 * stands on its sibling, perhaps new, afterwards
				 */
};

/* Completion status of a mailbox command or of one node of its tree */
enum sim_status {
	SIM_OK,
	SIM_PARTIAL,		/* command only: look at each node */
	SIM_MBOX_TIMEOUT,	/* command only: device dead or hung */
	SIM_E_TCP_ENTRIES,
	SIM_E_PATH_ENTRIES,
	SIM_E_NEIGH_ENTRIES,
	SIM_E_FAMILY,
	SIM_E_WINDOW,
	SIM_E_MTU,
	SIM_E_CC,
	SIM_E_REJECTED,		/* judged a poor candidate */
	SIM_E_DUPLICATE,
	SIM_E_HANDLE,		/* no such object, or of an older generation */
	SIM_E_INVALID,
	SIM_E_PARENT,		/* the object below was refused */
	SIM_E_MID_ENTRIES,
	SIM_E_TAGS,		/* more VLAN tags than it can handle */

	__SIM_STATUS_MAX
};

enum sim_obj_type {
	SIM_OBJ_NEIGH = 1,
	SIM_OBJ_PATH,
	SIM_OBJ_TCP,
	SIM_OBJ_VLAN,
	SIM_OBJ_LAG,
};

#define SIM_MAX_TAGS	2
#define SIM_MAX_MIDS	4	/* stacked on each other */

/* Hardware handles: index in the low 20 bits, generation above, 0 = none */
#define SIM_HANDLE_INDEX_BITS	20
#define SIM_HANDLE_INDEX(h)	((h) & ((1U << SIM_HANDLE_INDEX_BITS) - 1))
#define SIM_HANDLE_GEN(h)	((h) >> SIM_HANDLE_INDEX_BITS)

struct sim_neigh_state {
	TOE_NEIGH_CONST(TOE_FIELD_DECLARE)
	TOE_NEIGH_CACHED(TOE_FIELD_DECLARE)
	TOE_NEIGH_DELEGATED(TOE_FIELD_DECLARE)
};

/* Intermediate object: stands on a neighbour or on another one */
struct sim_vlan_state {
	TOE_VLAN_CONST(TOE_FIELD_DECLARE)
};

struct sim_lag_state {
	TOE_LAG_CONST(TOE_FIELD_DECLARE)
	TOE_LAG_CACHED(TOE_FIELD_DECLARE)
};

struct sim_path_state {
	TOE_PATH_CACHED(TOE_FIELD_DECLARE)
	u16 family;		/* const: AF_INET or AF_INET6 */
	u8 saddr[16];		/* const: 4 or 16 bytes used */
	u8 daddr[16];		/* const */
};

/*
 * A node of the tree that a mailbox command carries. @next: same layer, other
 * object; @dependent: what stands on it: neighbour <- VLANs and LAG <- path <-
 * TCP. @handle 0 = new object, state follows; otherwise an object already down.
 * @cookie is the driver's name for a TCP object and comes back in every
 * completion.
 */
struct sim_node {
	u16 type;		/* enum sim_obj_type */
	u16 revision;		/* TOE_OBJECT_REVISION */
	u16 size;		/* bytes of the state behind the union */
	u16 status;		/* enum sim_status, out */
	u32 handle;		/* in/out */
	u32 cookie;
	struct sim_node *next;
	struct sim_node *dependent;
	union {
		struct sim_neigh_state *neigh;
		struct sim_vlan_state *vlan;
		struct sim_lag_state *lag;
		struct sim_path_state *path;
		struct eng_state *tcp;
	};
};

/* ---- send doorbell ---------------------------------------------------- */

/* Gather element; laid out like struct bio_vec */
struct sim_sge {
	struct page *page;
	u32 len, off;
};

enum sim_wr_flags {
	SIM_WR_FIN	= 1 << 0,	/* FIN follows the last byte */
	SIM_WR_PUSH	= 1 << 1,	/* no more data soon: don't hold a tail */
	SIM_WR_ACK	= 1 << 2,	/* emit an ACK now */
	SIM_WR_PROBE	= 1 << 3,	/* emit a keepalive probe now */
	SIM_WR_USER	= 1 << 4,	/* bytes may change once acknowledged */
};

/*
 * Work request: what the host has changed since the last one. The device
 * references pages, it owns none: the host keeps every byte until a completion
 * says it was acknowledged.
 */
struct sim_wr {
	u32 handle;
	u32 flags;		/* enum sim_wr_flags */
	u32 seq;		/* of the first byte of the gather list */
	u32 len;		/* bytes in the gather list, 0 = no data */
	u32 snd_una;		/* host's view, never behind the device's */
	u32 rcv_nxt;		/* host's view, may be ahead of the device's */
	u32 rcv_edge;		/* granted right edge, never moves left */
	u32 nr_sge;
	const struct sim_sge *sge;
};

/* ---- completion ring -------------------------------------------------- */

/* Entries: a power of two */
#define SIM_CQ_ENTRIES		2048	/* unless it is told otherwise */
#define SIM_CQ_MIN_ENTRIES	64
#define SIM_CQ_MAX_ENTRIES	32768

enum sim_cqe_flags {
	SIM_CQE_DATA	= 1 << 0,	/* @buf: in-order payload at @seq, @len */
	SIM_CQE_FIN	= 1 << 1,	/* peer's FIN consumed at @seq + @len */
	SIM_CQE_ACK	= 1 << 2,	/* snd_una or window moved */
	SIM_CQE_UPLOAD	= 1 << 3,	/* upload wanted, @reason */
	SIM_CQE_FRAME	= 1 << 4,	/* @buf: frame to pass up after upload */
	SIM_CQE_TEST	= 1 << 5,	/* alone: of no connection; @seq is the
					 * token of SIM_TEST_RING
					 */
};

/*
 * A completion. State fields are the device's at the time of writing. @buf is
 * the host buffer that the payload was placed in: an sk_buff whose data is
 * exactly the payload (SIM_CQE_DATA) or an Ethernet frame (SIM_CQE_FRAME).
 */
struct sim_cqe {
	u32 cookie;
	u32 handle;
	u16 flags;		/* enum sim_cqe_flags */
	u16 reason;		/* enum toe_upload_reason */
	u32 seq, len;
	struct eng_view view;
	/* wire segments since the object was initiated */
	u32 segs_in, segs_out, data_segs_in, data_segs_out, retrans;
	struct sk_buff *buf;
};

/*
 * The ring lives in host memory. The device writes @cqe[@prod % entries] and
 * then advances @prod (release); the driver reads up to @prod (acquire) and
 * advances @cons (release). Full ring: the device places nothing, ACKs nothing
 * and asks for the interrupt again when @cons moves (sim_cq_doorbell()). How
 * many entries there are both sides know from sim_hw_start().
 */
struct sim_cq {
	u32 prod;
	u32 cons;
	struct sim_cqe cqe[];
};

/* ---- device access ---------------------------------------------------- */

struct net_device;
struct netlink_ext_ack;
struct sk_buff;
struct sk_buff_head;
struct sim_hw;

/* What the device calls in the driver. Softirq or process context, BH off. */
struct sim_host_ops {
	/* completion interrupt; fires once until sim_irq_unmask() */
	void (*irq)(void *ctx);
	/* the same, from the softirq of a received frame, no lock held */
	void (*irq_rx)(void *ctx);
	/* asynchronous fatal error; may come from any context */
	void (*fatal)(void *ctx);
};

/* Global register block, read by the driver's watchdog. All ones = dead. */
enum sim_reg {
	SIM_REG_ID,		/* 'S','T','O','E' */
	SIM_REG_HEARTBEAT,	/* moves at least every 100 ms while alive */
	SIM_REG_TCP_USED,	/* entries in use */
	SIM_REG_PATH_USED,
	SIM_REG_NEIGH_USED,
	SIM_REG_MID_USED,
	SIM_REG_TCP_SIZE,	/* read/write: entries, 0..2^20-1 */
	SIM_REG_CQ_OVERFLOW,	/* times the completion ring was full */
	SIM_REG_MIRROR,		/* read/write: 1 = show the frames of offloaded
				 * connections, sim_mirror_take()
				 */
	/* Read/write: the interrupt waits so long after the first reason for
	 * it, 0..SIM_IRQ_MAX_USECS; 0 = not at all
	 */
	SIM_REG_IRQ_USECS,
	/* Read/write: but for so many reasons at most, 0..SIM_IRQ_MAX_FRAMES; a
	 * received frame is one; 0 = any number. Not when half of the ring is
	 * in use.
	 */
	SIM_REG_IRQ_FRAMES,
	/* Read/write: from here on the device wishes an upload; 0 = never.
	 * The first three are segments per thousand.
	 */
	SIM_REG_UPLOAD_LOSS,	/* sent again */
	SIM_REG_UPLOAD_REORDER,	/* arrived out of order */
	SIM_REG_UPLOAD_FRAGMENTS,	/* arrived as IP fragments */
	SIM_REG_UPLOAD_IDLE,	/* ms without payload */
	SIM_REG_UPLOAD_SMALL_IO,	/* bytes per read or write of the host */

	__SIM_REG_MAX
};

#define SIM_REG_DEAD		0xffffffffU
#define SIM_ID_MAGIC		0x53544f45U

#define SIM_IRQ_MAX_USECS	10000
#define SIM_IRQ_MAX_FRAMES	1024

/* What the device can test of itself */
enum sim_test {
	SIM_TEST_RING,		/* a SIM_CQE_TEST with the token in the ring */
	SIM_TEST_ENGINE,	/* firmware: an exchange with known answers */
};

/* Named device counters, in the order of sim_stat_names[] */
enum sim_stat {
	SIM_STAT_RX_SEGS,	/* segments given to the engine */
	SIM_STAT_RX_BYTES,
	SIM_STAT_RX_OOO,	/* stored out of order */
	SIM_STAT_RX_OOO_RETURNED, /* of these, given to the host at an upload */
	SIM_STAT_RX_DUP,	/* nothing new in it */
	SIM_STAT_RX_CSUM_BAD,
	SIM_STAT_RX_NO_CQE,	/* dropped: completion ring full */
	SIM_STAT_RX_EXCEPTION,	/* handed back with its frame */
	/* Of no use, and why: enum eng_drop in its order, then what never
	 * came to the engine
	 */
	SIM_STAT_DROP_OLD,
	SIM_STAT_DROP_WINDOW,
	SIM_STAT_DROP_PAWS,
	SIM_STAT_DROP_RESET,
	SIM_STAT_DROP_SYN,
	SIM_STAT_DROP_NO_ACK,
	SIM_STAT_DROP_ACK,
	SIM_STAT_DROP_GAPS,
	SIM_STAT_DROP_CLOSED,
	SIM_STAT_DROP_OPTIONS,	/* malformed */
	SIM_STAT_DROP_NOMEM,	/* no memory, too much is stored out of order */
	SIM_STAT_TX_SEGS,	/* wire segments, a super-segment counts all */
	SIM_STAT_TX_FRAMES,
	SIM_STAT_TX_BYTES,
	SIM_STAT_TX_RETRANS,
	SIM_STAT_TX_RTO,
	SIM_STAT_TX_FAST_RTX,
	SIM_STAT_TX_TLP,
	SIM_STAT_TX_ACKS,	/* pure ACKs */
	SIM_STAT_TX_PROBES,	/* window and keepalive probes */
	SIM_STAT_TX_NOMEM,
	SIM_STAT_MBOX_CMDS,
	SIM_STAT_MBOX_UPDATES,	/* commands that changed cached state */
	SIM_STAT_MBOX_REFUSED,	/* nodes refused */
	SIM_STAT_DOORBELLS,
	SIM_STAT_IRQS,
	SIM_STAT_IRQS_HELD,	/* reasons for one that had to wait */
	SIM_STAT_WISHES,	/* optional reasons for an upload */
	SIM_STAT_MIRRORED,	/* frames shown to the host */
	SIM_STAT_MIRROR_DROPS,	/* not shown: it does not keep up, no memory */

	__SIM_STAT_MAX
};

extern const char sim_stat_names[__SIM_STAT_MAX][32];

struct sim_hw *sim_hw_create(struct net_device *upper, struct net_device *lower,
			     const struct sim_host_ops *ops, void *ctx,
			     struct netlink_ext_ack *extack);
void sim_hw_destroy(struct sim_hw *hw);

/* Power up and down the port. Reset: dead or alive, all state forgotten. */
int sim_hw_start(struct sim_hw *hw, struct sim_cq *cq, u32 entries);
void sim_hw_stop(struct sim_hw *hw);
int sim_hw_reset(struct sim_hw *hw);
/* Off the wire and out of host memory at once, from any context. */
void sim_hw_halt(struct sim_hw *hw);

const struct sim_caps *sim_hw_caps(struct sim_hw *hw);
u32 sim_reg_read(struct sim_hw *hw, enum sim_reg reg);
int sim_reg_write(struct sim_hw *hw, enum sim_reg reg, u32 val);
void sim_stats_read(struct sim_hw *hw, u64 out[__SIM_STAT_MAX]);
bool sim_self_test(struct sim_hw *hw, enum sim_test test, u32 token);

enum sim_status sim_mbox(struct sim_hw *hw, enum sim_mbox_op op,
			 struct sim_node *tree);
void sim_wr_doorbell(struct sim_hw *hw, const struct sim_wr *wr);
/* A segment of connection @handle that reached the host; consumes @skb. */
void sim_forward(struct sim_hw *hw, u32 handle, struct sk_buff *skb);

void sim_cq_doorbell(struct sim_hw *hw);
void sim_mirror_take(struct sim_hw *hw, struct sk_buff_head *list);
void sim_irq_unmask(struct sim_hw *hw);

/* Ordinary frame out of the port. Returns NETDEV_TX_OK, always consumes. */
int sim_port_xmit(struct sim_hw *hw, struct sk_buff *skb);

#endif /* SIM_NIC_REGS_H */
