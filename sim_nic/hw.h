/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the simulated NIC. Nothing here is visible to the driver, and
 * nothing of the host's socket layer is visible here.
 *
 * DOC: Lock order
 *
 *	sim_hw::mbox_lock	one command at a time; the tables' writer
 *	  sim_conn::lock	engine, send buffer, stored segments, report
 *	    sim_hw::pend_lock	list of connections with a report to write
 *	    sim_hw::cq_lock	completion ring, producer side
 *	    sim_hw::mirrored	queue of frames to look at
 *
 * The wire (dev_queue_xmit() of the lower device) is entered under
 * sim_conn::lock, so that frames of a connection keep their order; no lock of
 * the device is taken from there. All of them are taken with BH disabled.
 * Lookups run under RCU; a connection found there is in the table as long as
 * sim_conn::gone is false under its lock.
 *
 * DOC: Death
 *
 * sim_hw::health says it all. Between two actions that the host or the wire
 * can see stands a sim_step(), which is where a device dies or hangs; its full
 * barrier pairs with the one a driver needs between seeing the device dead and
 * draining the ring: an ACK leaves only if its completion is found there.
 *
 * A dead device is off the bus: registers read as all ones. The firmware of a
 * hung one has stopped for good: registers can be read, but nothing moves, the
 * heartbeat included, and no command is answered. A reset brings both back.
 */
#ifndef SIM_NIC_HW_H
#define SIM_NIC_HW_H

#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/toe.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/tcp.h>

#include "regs.h"
#include "engine/eng.h"
#include "engine/eng_conn.h"

#define SIM_MAX_MBOX_NODES	2048

struct dentry;

struct sim_stats {
	u64_stats_t v[__SIM_STAT_MAX];
	struct u64_stats_sync syncp;
};

enum sim_health {
	SIM_HEALTHY,
	SIM_HUNG,
	SIM_DEAD,
};

/* What the faults of fault.c may be */
struct sim_fault {
	struct dentry *dir;
	bool armed;		/* steps counts */
	bool cq_full;		/* the ring looks full */
	bool broken;		/* no reset helps */
	u8 then;		/* enum sim_health after the last step */
	atomic_t steps;
	u32 refuse;		/* enum sim_status of the next initiates */
	unsigned long lie;	/* BIT(enum sim_lie) of the next completions */
};

/* What the device measures by itself, judge.c */
enum sim_judge_limit {
	SIM_JUDGE_LOSS,		/* per thousand segments, as the next two */
	SIM_JUDGE_REORDER,
	SIM_JUDGE_FRAGMENTS,
	SIM_JUDGE_IDLE,		/* ms */
	SIM_JUDGE_SMALL_IO,	/* bytes per read or write */

	__SIM_JUDGE_MAX
};

struct sim_judge_hw {
	u32 limit[__SIM_JUDGE_MAX];	/* 0 = never */
	struct delayed_work work;
};

/**
 * struct sim_judge - windows in which a connection is measured
 * @segs_in: segments with payload (pure ACKs would dilute the shares) of the
 *	     connection, at the start of the window
 * @segs_out: ditto
 * @retrans: ditto
 * @ooo: segments that were stored out of order
 * @frags: packets that came in fragments
 * @ios: reads and writes of the host
 * @ios_seen: @ios at the last look
 * @io_bytes: of them
 * @active: jiffies of the last look that found a new one
 * @wished_at: jiffies of the last wish
 * @wished: there was one
 */
struct sim_judge {
	u32 segs_in, segs_out, retrans;
	u32 ooo, frags;
	u32 ios, ios_seen;
	u64 io_bytes;
	unsigned long active, wished_at;
	bool wished;
};

#define SIM_HOT		1024	/* power of two */

/* Interrupt moderation, coalesce.c */
struct sim_coal {
	u32 usecs, frames;	/* registers */
	atomic_t held;		/* reasons since the last interrupt */
	struct hrtimer timer;	/* runs from the first one */
};

struct sim_hw {
	struct net_device *upper, *lower;
	const struct sim_host_ops *ops;
	void *ctx;
	struct sim_caps caps;
	int health;		/* enum sim_health */
	u32 last_beat;		/* heartbeat of a hung device */
	bool up;

	spinlock_t mbox_lock;	/* mailbox and tables */
	struct rhashtable hash;	/* struct sim_conn by struct sim_key */
	struct xarray conns, paths, mids, neighs; /* by handle's index */
	struct sim_conn *hot[SIM_HOT];	/* of conns, by the handle's low bits:
					 * the last one in use; one enters and
					 * leaves under its own lock
					 */
	u32 conn_next, path_next, mid_next, neigh_next;
	u32 nr_conns, nr_paths, nr_mids, nr_neighs;
	u32 gen;

	spinlock_t pend_lock;	/* pend */
	struct list_head pend;	/* struct sim_conn */

	spinlock_t cq_lock;	/* cq, prod, reserved */
	struct sim_cq *cq;
	u32 cq_mask;		/* entries - 1; written while cq is NULL */
	u32 prod, reserved;
	u32 cq_overflow;
	int irq_masked;
	struct sim_coal coal;

	bool mirror;
	struct sk_buff_head mirrored;	/* under its lock */

	struct sim_stats __percpu *stats;
	struct sim_judge_hw judge;
	struct sim_fault fault;
};

struct sim_neigh {
	u32 handle;
	u32 refs;		/* mbox_lock: handle, mids and paths */
	u64 dst_mac;		/* as ether_addr_to_u64() */
	u8 src_mac[ETH_ALEN];
	u32 host_reach_ms;
	unsigned long confirmed;	/* jiffies */
	struct rcu_head rcu;
};

/* A VLAN or a LAG between a neighbour and paths */
struct sim_mid {
	u32 handle;
	u32 refs;		/* mbox_lock: handle, mids and paths */
	u16 type;		/* enum sim_obj_type */
	u8 depth;		/* 1 = on the neighbour */
	struct sim_mid *below;
	struct sim_neigh *neigh;
	union {
		struct sim_vlan_state vlan;
		struct sim_lag_state lag;
	};
	struct rcu_head rcu;
};

/* Tags of a frame, the outer one first; unused ones zero */
struct sim_tags {
	__be16 proto[SIM_MAX_TAGS];
	u16 vid[SIM_MAX_TAGS];
};

struct sim_path {
	u32 handle;
	u32 refs;		/* mbox_lock: handle and connections */
	struct sim_mid *mid;	/* NULL = straight on the neighbour */
	const struct sim_mid *lag;	/* in that chain, or NULL */
	struct sim_neigh *neigh;
	struct sim_path_state s;
	struct sim_tags tags;
	struct rcu_head rcu;
};

#define SIM_KEY_ADDR_WORDS	4

/* Addresses as the host sees them; IPv4 in the first word, the rest zero.
 * Compared by words of 64 bits.
 */
struct sim_key {
	__be32 laddr[SIM_KEY_ADDR_WORDS], raddr[SIM_KEY_ADDR_WORDS];
	__be16 lport, rport;
	u16 family, zero;
	struct sim_tags tags;
} __aligned(8);

#define SIM_CHUNK_ELEMS		14

/* Part of a send buffer: gather elements [first, nr) are in use */
struct sim_chunk {
	struct list_head list;
	u16 first, nr;
	struct sim_sge e[SIM_CHUNK_ELEMS];
};

/* What the host has not acknowledged of its own: bytes [seq, end) */
struct sim_sndbuf {
	struct list_head chunks;
	u32 seq, end;
	u32 copy_end;		/* before this frames hold copies: SIM_WR_USER */
	struct sim_chunk *spare; /* the last one that came free */
	struct sim_chunk *hint;	/* the element last used starts at hint_seq */
	u16 hint_elem;
	u32 hint_seq;
};

struct sim_conn {
	struct rhash_head hash;
	struct sim_key key;
	struct sim_hw *hw;
	spinlock_t lock;	/* all below */
	struct eng_conn eng;
	u32 segs_in, segs_out, retrans;	/* wire segments */
	u32 data_segs_in, data_segs_out; /* those with payload */
	u64 bytes_in, bytes_out;	/* payload */
	bool gone;		/* left the table */
	bool mute;		/* lied about payload: no ACK leaves (P1) */
	bool in_rx;		/* interrupts wait for the end of the frame */
	bool irq_want;
	u32 handle, cookie;
	u32 flow_hash;
	struct sim_path *path;
	u8 ttl, tos;
	u8 pcp[SIM_MAX_TAGS];
	u32 flowlabel;
	struct sim_sndbuf snd;
	struct sk_buff_head ooo;	/* by sequence number, may overlap */
	struct hrtimer timer;
	struct sim_judge judge;

	struct list_head pend;	/* pend_lock */
	u16 pend_flags;		/* enum sim_cqe_flags to be reported */
	u16 pend_reason;
	struct sk_buff *pend_frame;
	struct rcu_head rcu;
};

/* Where the parts of a received frame are; skb->data is the network header */
struct sim_hdr {
	struct sim_key key;
	struct tcphdr *th;
	u32 ip_len;		/* bytes of the packet, padding excluded */
	u32 th_off, payload_off;
	u8 ecn;
	bool forwarded;		/* passed the host's stack, which has shown it */
	bool inner_tag;		/* pulled: SIM_MAX_TAGS - 1 of key.tags */
	__be16 inner_tci;
};

/* What an event of the engine may use: one of @frame and @payload at most */
struct sim_rx {
	struct sk_buff *frame;
	struct sk_buff *payload;
	u32 seq;		/* of @payload */
	u32 hdr_len;		/* bytes in front of it, still in the buffer */
	u32 room;		/* reserved completions */
};

/* skb->cb of a stored segment */
struct sim_rx_cb {
	u32 seq;
	u32 hdr_len;		/* 0 = cut, its headers no longer fit it */
};

#define SIM_RX_CB(skb)	((struct sim_rx_cb *)(skb)->cb)

static inline bool sim_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline u64 sim_now(void)
{
	return ktime_to_us(ktime_get()) | 1;
}

static inline bool sim_alive(const struct sim_hw *hw)
{
	return READ_ONCE(hw->health) == SIM_HEALTHY;
}

/* The host has read or written */
static inline void sim_judge_io(struct sim_conn *conn, u32 len)
{
	conn->judge.ios++;
	conn->judge.io_bytes += len;
}

/* The connection is in use: it is found fast by its handle. Its lock held, and
 * it is not gone.
 */
static inline void sim_conn_heat(struct sim_conn *conn)
{
	struct sim_conn **hot = &conn->hw->hot[conn->handle % SIM_HOT];

	if (unlikely(READ_ONCE(*hot) != conn))
		smp_store_release(hot, conn);	/* its handle before it */
}

static inline void sim_count(struct sim_hw *hw, enum sim_stat s, u32 n)
{
	struct sim_stats *st = this_cpu_ptr(hw->stats);

	u64_stats_update_begin(&st->syncp);
	u64_stats_add(&st->v[s], n);
	u64_stats_update_end(&st->syncp);
}

/* fault.c */
bool sim_step_armed(struct sim_hw *hw);
void sim_die(struct sim_hw *hw, bool report);
u32 sim_beat(void);
bool sim_lie(struct sim_hw *hw, struct sim_cqe *cqe);
void sim_fault_init(struct sim_hw *hw);
void sim_fault_exit(struct sim_hw *hw);
void sim_fault_reset(struct sim_hw *hw);
void sim_fault_module_init(void);
void sim_fault_module_exit(void);

/* A point at which the device may stop. False: it has, do nothing more. */
static inline bool sim_step(struct sim_hw *hw)
{
	smp_mb();	/* see DOC: Death */
	if (unlikely(READ_ONCE(hw->fault.armed)))
		return sim_step_armed(hw);
	return sim_alive(hw);
}

/* stats.c */
int sim_stats_init(struct sim_hw *hw);
void sim_stats_exit(struct sim_hw *hw);

/* table.c */
int sim_table_module_init(void);
void sim_table_module_exit(void);
u32 sim_table_entry_size(void);
int sim_table_init(struct sim_hw *hw);
void sim_table_exit(struct sim_hw *hw);
void sim_table_flush(struct sim_hw *hw);
struct sim_conn *sim_conn_lookup(struct sim_hw *hw, const struct sim_key *key);
struct sim_conn *sim_conn_get(struct sim_hw *hw, u32 handle);
struct sim_path *sim_path_get(struct sim_hw *hw, u32 handle);
struct sim_mid *sim_mid_get(struct sim_hw *hw, u32 handle);
struct sim_neigh *sim_neigh_get(struct sim_hw *hw, u32 handle);
enum sim_status sim_conn_add(struct sim_hw *hw, struct sim_path *path,
			     struct sim_node *n);
enum sim_status sim_path_add(struct sim_hw *hw, struct sim_neigh *neigh,
			     struct sim_mid *mid, struct sim_node *n);
enum sim_status sim_mid_add(struct sim_hw *hw, struct sim_neigh *neigh,
			    struct sim_mid *below, struct sim_node *n);
enum sim_status sim_neigh_add(struct sim_hw *hw, struct sim_node *n);
void sim_conn_del(struct sim_conn *conn);
void sim_path_del(struct sim_hw *hw, struct sim_path *path);
void sim_neigh_relink(struct sim_hw *hw, struct sim_neigh *from,
		      struct sim_neigh *to);
void sim_mid_del(struct sim_hw *hw, struct sim_mid *mid);
void sim_neigh_del(struct sim_hw *hw, struct sim_neigh *neigh);

/* cq.c */
bool sim_cq_reserve(struct sim_hw *hw, u32 n);
void sim_cq_release(struct sim_hw *hw, u32 n);
void sim_cq_write(struct sim_conn *conn, u16 flags, u16 reason, u32 seq,
		  u32 len, struct sk_buff *buf);
void sim_report(struct sim_conn *conn, u16 flags, u16 reason,
		struct sk_buff *frame);
void sim_report_forget(struct sim_conn *conn);
void sim_conn_irq(struct sim_conn *conn);
bool sim_cq_test(struct sim_hw *hw, u32 token);
void sim_irq(struct sim_hw *hw);
void sim_irq_rx(struct sim_hw *hw);
void sim_irq_now(struct sim_hw *hw);

/* Stored segments of a connection: what fills a gap has room for all of them,
 * as long as the host reads.
 */
static inline u32 sim_max_ooo(const struct sim_hw *hw)
{
	return (hw->cq_mask + 1) / 2;
}

/* coalesce.c */
void sim_coal_init(struct sim_hw *hw);
void sim_coal_stop(struct sim_hw *hw);
bool sim_coal_hold(struct sim_hw *hw);

static inline bool sim_irq_held(struct sim_hw *hw)
{
	return unlikely(READ_ONCE(hw->coal.usecs)) && sim_coal_hold(hw);
}

/* mirror.c */
struct sk_buff *sim_mirror_tx(struct sim_conn *conn, struct sk_buff *skb);
struct sk_buff *sim_mirror_rx(struct sim_conn *conn, struct sk_buff *skb,
			      const struct sim_hdr *h);
void sim_mirror(struct sim_conn *conn, struct sk_buff *copy);

static inline bool sim_mirrors(const struct sim_conn *conn)
{
	return unlikely(READ_ONCE(conn->hw->mirror));
}

/* rx.c */
bool sim_hdr_parse(struct sk_buff *skb, struct sim_hdr *h);
void sim_hdr_retag(struct sk_buff *skb, const struct sim_hdr *h);
bool sim_rx(struct sim_conn *conn, struct sk_buff *skb, struct sim_hdr *h);
void sim_rx_act(struct sim_conn *conn, const struct eng_act *act,
		struct sim_rx *rx);
void sim_rx_purge(struct sim_conn *conn);
void sim_rx_return(struct sim_conn *conn);

/* tx.c */
void sim_tx_init(struct sim_conn *conn, u32 seq);
void sim_tx_run(struct sim_conn *conn, u64 now);
void sim_tx_release(struct sim_conn *conn, u32 una);
void sim_tx_purge(struct sim_conn *conn);

/* timer.c */
void sim_timer_init(struct sim_conn *conn);
void sim_timer_arm(struct sim_conn *conn, u64 now);

/* judge.c */
void sim_judge_init(struct sim_hw *hw);
void sim_judge_start(struct sim_hw *hw);
void sim_judge_stop(struct sim_hw *hw);
void sim_judge_limit(struct sim_hw *hw, enum sim_judge_limit what, u32 val);
void sim_judge_frame(struct sim_hw *hw, struct sk_buff *skb);

/* port.c */
rx_handler_result_t sim_port_rx(struct sk_buff **pskb);

#endif /* SIM_NIC_HW_H */
