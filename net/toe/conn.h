/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that the framework watches: from ESTABLISHED to CLOSE, offloaded
 * or not.
 *
 * DOC: Owners. The socket owns a connection from toe_conn_attach() to
 * toe_conn_detach(); a NIC owns it while the state is OFFLOADED. Each puts its
 * own reference, the last one frees (RCU).
 *
 * DOC: Lock order. Outer first:
 *	rtnl
 *	  toe_dev_priv.work_lock (mutex)
 *	    lock_sock(sk), sk->sk_lock.slock
 *	      toe_dev_priv.obj_lock	neighbour and path objects
 *	      driver's locks		mailbox, queues (inside toe_ops)
 *	        toe_conn.inbox.lock	events on their way to the socket
 * The driver's queue lock is never held when a socket lock is taken: events go
 * to the inbox first, to the socket later (toe_batch_run()).
 */
#ifndef TOE_CONN_H
#define TOE_CONN_H

#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <net/tcp.h>
#include <net/toe.h>

#include "evict.h"
#include "fsm.h"
#include "history.h"
#include "policy.h"

struct toe_down;
struct toe_path;
struct toe_proto;
struct toe_query;

enum toe_conn_flags {
	TOE_CONN_WANT,		/* opted in by socket option */
	TOE_CONN_NEVER,		/* opted out */
	TOE_CONN_HELD,		/* uploaded by hand: stays until asked for */
	TOE_CONN_ALLOWED,	/* the rules let it go down by itself */
	TOE_CONN_REQUESTED,	/* toectl conn offload */
	TOE_CONN_UPLOAD,	/* upload at the next safe moment, see up_reason */
	TOE_CONN_FAULT,		/* NIC lied or died: rebuild from host memory */
	TOE_CONN_ACK,		/* the host's stack wanted an ACK out */
	TOE_CONN_PROBE,		/* the host's stack wanted a probe out */
	TOE_CONN_OWES_ACK,	/* back in the host, which owes the peer one */
	TOE_CONN_REFRESH,	/* a socket option changed cached state */
	TOE_CONN_RESTING,	/* uploaded as idle: waits for a byte */
	TOE_CONN_GATED,		/* write queue closed for the host's stack */
	TOE_CONN_DISPLACED,	/* lost its NIC: another one is looked for */
	TOE_CONN_OVER,		/* the host has no memory: no new window */
	TOE_CONN_OPEN,		/* the verdict may change by itself */
};

/* Those that a tick of an offloaded connection has to act on */
#define TOE_CONN_DUE	(BIT(TOE_CONN_UPLOAD) | BIT(TOE_CONN_FAULT) | \
			 BIT(TOE_CONN_ACK) | BIT(TOE_CONN_PROBE) | \
			 BIT(TOE_CONN_REFRESH))

/* Events between the driver's queue and the socket */
struct toe_inbox {
	spinlock_t lock;	/* all below; node also by the batch's owner */
	bool queued;		/* on a batch */
	struct list_head node;
	struct sk_buff_head skbs;	/* payload */
	struct sk_buff_head frames;	/* for the host's stack, after upload */
	u16 flags;		/* enum toe_event_flags, merged */
	u16 reason;
	struct toe_event last;	/* newest state */
};

/* Wire segments, with retransmissions */
struct toe_segs {
	u32 in, out;
	u32 data_in, data_out;	/* those with payload */
	u32 retrans;
};

struct toe_conn {
	/* hot: read at every release of the socket lock */
	struct sock *sk;	/* NULL once detached; under socket lock */
	u8 state;		/* enum toe_state; toe_fsm_move() only */
	u8 up_reason;
	unsigned long flags;	/* enum toe_conn_flags */
	u32 posted;		/* bytes before it are with the NIC */
	u32 granted;		/* right edge the NIC may promise */
	u32 nic;		/* handle of the NIC's object, 0 = none */
	bool fin_posted;
	struct toe_tcp_cached cached;	/* as the NIC knows it */
	struct toe_dev *tdev;	/* while not HOST */

	struct toe_inbox inbox;

	struct toe_net *tn;
	struct toe_path *path;	/* one user while down */
	struct toe_tcp_const constant;	/* as the NIC knows it */
	struct toe_down *down;	/* while in a batch */
	const struct toe_proto *proto;
	u32 id;			/* in toe_net.conns */
	refcount_t ref;
	struct list_head dev_node;	/* toe_dev_priv.conns while down */
	struct rcu_head rcu;

	/* what netfilter was told of, see firewall.c */
	unsigned long fw_at;	/* jiffies: not before */
	u32 fw_snd, fw_rcv;	/* bytes before them */

	/* what the send gate put aside, see gate.c */
	u32 saved_pacing_status;
	u64 saved_wstamp;
	u8 saved_mtup;

	/* history */
	unsigned long since;	/* jiffies of ESTABLISHED */
	unsigned long changed;	/* jiffies of the last state change */
	unsigned long retry_at;	/* jiffies: not before */
	unsigned long checked;	/* jiffies: route looked at */
	unsigned long placed;	/* jiffies of the last way down */
	int placed_on;		/* ifindex of the NIC then, 0 = never */
	u8 flaps;		/* displaced again soon, so many times */
	u64 bytes_before;	/* those before ESTABLISHED or the rest */
	u32 offloads, uploads, refusals;
	u8 last_refusal;	/* enum toe_refusal */
	u8 last_upload;		/* enum toe_upload_reason */
	u8 wishes;		/* uploads for optional reasons in a row */
	struct toe_segs seen;	/* folded into the socket's own counters */
	struct toe_verdict verdict;	/* the rules' */
	struct toe_value value;	/* while down under toe_dev_priv.conn_lock */
	bool evicting;		/* ditto: chosen to make room */
	u64 quotas;		/* of cgroups, that it was counted in */
	u32 nic_memory;		/* bytes charged for the NIC */
	unsigned long judged;	/* jiffies of the verdict */
	u8 direction;		/* enum toe_direction */
	struct toe_measures measured;	/* at the last verdict in the host */
	u64 rate;		/* bytes per second, or TOE_UNMEASURED */
	u64 rate_bytes;		/* of rate_at */
	unsigned long rate_at;	/* jiffies: where the next period begins */
	struct toe_history history;
};

/* An intermediate object, for user space */
struct toe_conn_mid {
	u16 type;			/* enum toe_object_type */
	u32 nic;			/* handle, 0 = none */
	char ifname[IFNAMSIZ];		/* of the device that it stands for */
};

/* Snapshot for user space */
struct toe_conn_info {
	u32 id;
	u16 family;
	__be16 lport, rport;
	struct in6_addr laddr, raddr;	/* IPv4 in the first 4 bytes */
	u8 tcp_state;			/* TCP_ESTABLISHED ... */
	u8 state;			/* enum toe_state */
	int ifindex;			/* of the NIC, 0 = none */
	u32 nic, nic_path, nic_neigh;	/* handles, 0 = none */
	unsigned int nr_mids;
	struct toe_conn_mid mid[TOE_MAX_HOPS];	/* from the neighbour up */
	u8 dst_mac[ETH_ALEN];
	u32 age_ms, state_age_ms;
	u32 offloads, uploads, refusals;
	u8 last_refusal, last_upload;
	u64 bytes_sent, bytes_received;
	u32 snd_una, snd_nxt, write_seq, posted, rcv_nxt, copied_seq, granted;
	u32 snd_wnd, cwnd, ssthresh, srtt_us;
	u32 held_packets, held_bytes;	/* until acknowledged */
	u32 waiting_packets;		/* in the inbox */
	u32 sndbuf, rcvbuf;
	u64 inode;
	u32 uid;
	struct toe_history history;
};

/* Payload in both directions, since ever. Socket locked. */
static inline u64 toe_conn_bytes(const struct sock *sk)
{
	return tcp_sk(sk)->bytes_acked + tcp_sk(sk)->bytes_received;
}

/* Nothing at or behind this can have been sent: what was posted, or what the
 * host itself had sent before the hand-over. Socket locked.
 */
u32 toe_conn_sent_limit(const struct toe_conn *conn, const struct sock *sk);

/* Would a tick find nothing? Socket locked. */
bool toe_conn_quiet(const struct toe_conn *conn, const struct sock *sk);

/* What is due now. Socket locked, backlog empty, BH disabled. */
void toe_conn_tick(struct toe_conn *conn, struct sock *sk);

/* Socket locked (slock or owned). NULL when out of memory. */
struct toe_conn *toe_conn_attach(struct sock *sk,
				 enum toe_direction direction);
void toe_conn_detach(struct toe_conn *conn);

/* RCU; NULL = not watched. Only meaningful under the socket lock. */
struct toe_conn *toe_conn_of(const struct sock *sk);

/* The socket with a reference, or NULL when it is gone. Lock it, then look at
 * conn->sk again: it may have left meanwhile.
 */
struct sock *toe_conn_sk_get(struct toe_conn *conn);

/* A knob or a quota speaks against its being down: up. Socket locked by a process. */
void toe_conn_withdraw(struct toe_conn *conn, struct sock *sk, enum toe_by by);

/* Leave every socket of a namespace; sleeps */
void toe_net_detach_all(struct toe_net *tn, enum toe_upload_reason reason);

/* Routes, MTU: let every connection that is down look again; sleeps */
void toe_net_check(struct toe_net *tn);

int toe_conn_init(void);
void toe_conn_exit(void);

/* For netlink. toe_conn_next(): first connection with an id >= *@id, a
 * reference taken, *@id set; NULL = no more. Process context.
 */
struct toe_conn *toe_conn_next(struct toe_net *tn, u32 *id);
int toe_conn_info(struct toe_conn *conn, struct toe_conn_info *info,
		  struct toe_query *query);
/* Waits until done. 0, -ESHUTDOWN (closed meanwhile), -EBUSY with *@why set
 * when it was refused, -EALREADY when it is in that state.
 */
int toe_conn_offload(struct toe_conn *conn, enum toe_refusal *why);
int toe_conn_upload(struct toe_conn *conn, enum toe_upload_reason reason);

/* nl.c tells listeners; called with the socket locked, must not sleep */
void toe_nl_conn_event(struct toe_conn *conn, enum toe_state from,
		       enum toe_state to, u8 reason);

#endif /* TOE_CONN_H */
