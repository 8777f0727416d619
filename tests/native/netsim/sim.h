/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulated network with two TCPs on virtual time: what its parts share.
 *
 *	net.c	the network: clock, packets, what happens to them
 *	end.c	an end of the connection: its streams and its application
 *	nic.c	an end that the engine runs, with the host it belongs to
 *	check.c	what the engine must never do
 *	peer.c	an end that shares no code with the engine, and may be odd
 *	trace.c	ladder diagram and pcap
 *	run.c	one run, from a configuration to the last FIN
 *	netsim.c, grid.c	programs: random configurations; a table of them
 *
 * Streams are counted in 64-bit offsets, here and in the reference peer; what
 * is in a stream is told by where it lies, so that no payload is carried: a
 * byte is the right one if it is placed at the offset it was sent from.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>
#include <stdlib.h>
#include "../../../sim_nic/engine/eng_conn.h"

#define SIM_PRINTF(a, b)	__attribute__((__format__(printf, a, b)))
#define SIM_TICKS		2000000	/* steps in a run, at most */
#define SIM_STALL_US		(2ull * 3600 * 1000000)

/* Of a reference peer; what it does that others don't */
enum sim_odd {
	ODD_SHRINK	= 1 << 0,	/* its window's edge moves left */
	ODD_UPDATES	= 1 << 1,	/* many window updates, same ACK */
	ODD_SPLIT	= 1 << 2,	/* several ACKs for one segment */
	ODD_RENEGE	= 1 << 3,	/* drops what it has SACKed */
	ODD_STRETCH	= 1 << 4,	/* one ACK for many segments */
	ODD_FUTURE	= 1 << 5,	/* ACKs what was never sent */
	ODD_KEEPALIVE	= 1 << 6,	/* probes, with and without a byte */
	ODD_SYNACK	= 1 << 7,	/* its SYN,ACK comes again */
	ODD_SACK	= 1 << 8,	/* SACK blocks that make no sense */
	ODD_URGENT	= 1 << 9,	/* urgent data */
	ODD_CUTS	= 1 << 10,	/* sends again in other segments */
	ODD_FLAGS	= 1 << 11,	/* reserved flags, strange options */

	ODD_ALL		= (1 << 12) - 1,
};

/**
 * struct sim_cfg - what a run is like
 * @loss: chance of a packet to be lost, per 100,000, as the next six
 * @ack_loss: of one without payload, besides
 * @reorder: of being overtaken
 * @dup: of arriving twice
 * @corrupt: of a bit error
 * @forge: of a segment by someone who guesses
 * @ce: of a mark on a packet of an ECN-capable transport
 * @mtu: of the path's MTU to change
 * @rtt: round trip time, us
 * @rate: bytes per ms at the bottleneck, 0 = no bottleneck
 * @queue_us: what the bottleneck's queue holds
 * @late: timers fire so much late, us
 * @pace: rate that the engine is to keep, bytes per second, 0 = none
 * @mss: payload of a segment
 * @max_len: of a super-segment that the engine may emit
 * @flags: enum eng_const_flags
 * @cc: enum eng_cc
 * @odd: enum sim_odd
 * @peer: B is a reference peer
 * @gro: super-segments arrive whole
 * @moves: connections leave the engine and come back, engines die
 * @strays: segments reach the host's stack
 * @pauses: applications stop to read and to write
 * @bulk: A sends as fast as it can, B reads at once
 * @fail_at: the packet at which to fail, to see what happens then, 0 = none
 */
struct sim_cfg {
	u32 loss, ack_loss, reorder, dup, corrupt, forge, ce, mtu;
	u32 rtt, rate, queue_us, late;
	u64 pace;
	u32 mss, max_len;
	u16 flags;
	u8 cc;
	u32 odd;
	bool peer, gro, moves, strays, pauses, bulk;
	u32 fail_at;
};

/* A segment on its way; @segs wire segments of @mss when it is a big one */
struct sim_pkt {
	u64 at, order;		/* when it arrives; first come, first served */
	u64 off;		/* stream offset of the payload */
	u32 seq, ack, len;
	u16 wnd, segs, mss, ip_id;
	u8 from;		/* index of the end that sent it */
	u8 flags, ecn;
	u8 nopt, opt[40];
};

struct sim_end;

/**
 * struct sim_end_ops - who runs an end
 * @start: the connection is established
 * @segment: a segment arrives
 * @deadline: when @run is to be called, 0 = never
 * @run: a deadline passed, or the application did something
 * @mtu: the host was told of a new mss
 */
struct sim_end_ops {
	void (*start)(struct sim_end *e);
	void (*segment)(struct sim_end *e, const struct sim_pkt *p);
	u64 (*deadline)(const struct sim_end *e);
	void (*run)(struct sim_end *e);
	void (*mtu)(struct sim_end *e);
};

/**
 * struct sim_nic - an engine and what its host remembers
 * @c: the connection in the engine
 * @base: const and cached state
 * @view: the engine's last report
 * @granted: right edge given to the engine, stream offset
 * @promised: right edge seen on the wire
 * @allowed: right edge that the peer ever promised
 * @sent: end of what was sent for the first time
 * @last_ts: TSval of the last segment
 * @ip_id: of the next segment; known unless the engine just died
 * @ip_id_known: whether it is
 * @time_wait: the host's stack has it for good
 * @fin_last: the peer's FIN came after ours left
 * @rtos: time-outs
 * @fast: fast recoveries
 * @rtx: segments sent again
 * @moves: uploads
 * @deaths: of the engine
 * @strays: segments that the host took in
 * @tried: segments of the forger that were refused
 * @burst: wire segments in the current event
 * @bare: of them without payload
 * @paced: when all payload so far would have left at the rate asked for
 * @gap: data came while there was a gap, or made one
 */
struct sim_nic {
	struct eng_conn c;
	struct eng_state base;
	struct eng_view view;
	u64 granted, promised, allowed, sent;
	u32 last_ts;
	u16 ip_id;
	bool ip_id_known;
	bool time_wait, fin_last;
	u64 rtos, fast, rtx, moves, deaths, strays, tried;
	u32 burst, bare;
	u64 paced;
	bool gap;
};

/**
 * struct sim_peer - a plain TCP; go-back-N, AIMD, everything in the open
 * @una: first byte not acknowledged; the FIN is the byte at total
 * @nxt: next to send
 * @max: end of what was ever sent
 * @edge: the engine's promise
 * @cwnd: congestion window, bytes
 * @ssthresh: where it stops to double
 * @dups: duplicate ACKs
 * @rto: time-out, us
 * @rto_at: when it fires, 0 = not running
 * @ack_at: when the delayed ACK is due, 0 = none
 * @owed: segments not acknowledged
 * @every: segments per ACK
 * @acked: what the last ACK that was sent said
 * @wnd_edge: promised right edge
 * @ts_recent: to echo
 * @last_off: where the last segment out of order was
 */
struct sim_peer {
	u64 una, nxt, max, edge;
	u32 cwnd, ssthresh, dups;
	u64 rto, rto_at, ack_at;
	u32 owed, every;
	u64 acked, wnd_edge;
	u32 ts_recent;
	u64 last_off;
};

/**
 * struct sim_end - one end of the connection
 * @ops: who runs it
 * @name: for people
 * @idx: index in sim_ends
 * @iss: number of the first byte it sends
 * @irs: of the first it receives
 * @buf: receive buffer, bytes
 * @mss: payload it puts into a segment
 * @wscale: shift of the windows it sends
 * @total: bytes it will send
 * @posted: bytes that its application has written
 * @acked: of them acknowledged
 * @fin_posted: its application closed
 * @fin_acked: and the peer knows
 * @rcvd: bytes received in order
 * @read: of them read
 * @high: end of what is stored
 * @have: a flag per byte that is stored
 * @fin_rcvd: and that was the last one
 * @ts_delta: TSval = now in ticks + this
 * @ts_shift: a tick is 2^this ms
 * @next_app: when the application does something, 0 = never
 * @idle: for how long it will not look if nothing happens, us
 * @asleep: it won't be woken
 * @mtu_at: when the host hears of @mtu_mss, 0 = never
 * @mtu_mss: payload that fits the path
 * @nic: when an engine runs it
 * @peer: when a reference peer does
 */
struct sim_end {
	const struct sim_end_ops *ops;
	const char *name;
	u8 idx;
	u32 iss, irs;
	u32 buf, mss;
	u8 wscale;
	u64 total, posted, acked;
	bool fin_posted, fin_acked;
	u64 rcvd, read, high;
	u8 *have;
	bool fin_rcvd;
	u32 ts_delta;
	u8 ts_shift;
	u64 next_app;
	u32 idle;
	bool asleep;
	u64 mtu_at;
	u32 mtu_mss;
	struct sim_nic nic;
	struct sim_peer peer;
};

extern struct sim_cfg sim_cfg;
extern struct sim_end sim_ends[2];
extern u64 sim_now;
extern bool sim_failed;

/* run.c */
u32 sim_rnd(u32 n);
bool sim_chance(u32 per_100000);
u64 sim_rate(void);
void sim_seed(u64 seed);
SIM_PRINTF(2, 3) void sim_fail(const struct sim_end *e, const char *fmt, ...);
const char *sim_failure(void);
/* total and buf of the ends and sim_cfg are set; true when all went well */
bool sim_run(void);

static inline u32 sim_min(u64 a, u64 b)
{
	return (u32)(a < b ? a : b);
}

static inline struct sim_end *sim_other(const struct sim_end *e)
{
	return &sim_ends[!e->idx];
}

/* Offset of a sequence number in a stream, next to @near */
static inline u64 sim_off(u32 seq, u32 isn, u64 near)
{
	return near + (u64)(s64)(s32)(seq - isn - (u32)near);
}

/* Our clock for time stamps */
static inline u32 sim_ts(const struct sim_end *e)
{
	return (u32)(sim_now / 1000 >> e->ts_shift) + e->ts_delta;
}

/* net.c */
void net_init(void);
void net_send(struct sim_pkt *p);
u64 net_next(void);		/* when, 0 = nothing is under way */
void net_pop(struct sim_pkt *p);

struct net_stats {
	u64 pkts, lost, corrupt, marked, too_big;
};

extern struct net_stats net_stats;
extern u64 net_digest;		/* of all packets of a run and their fates */

/* end.c */
void end_place(struct sim_end *e, u64 at, u64 from, u32 len);
void end_deliver(struct sim_end *e, u64 len);
void end_fin(struct sim_end *e);
void end_drop_stored(struct sim_end *e);
bool end_stored(const struct sim_end *e, u64 from, u64 to);
void end_acked(struct sim_end *e, u64 off);
bool end_done(const struct sim_end *e);
bool end_app(struct sim_end *e);
u64 end_deadline(const struct sim_end *e);

/* nic.c */
extern const struct sim_end_ops nic_ops;
void nic_forge(struct sim_end *e);

/* check.c */
void check_tx(struct sim_end *e, const struct eng_tx *t, u32 nxt_before);
void check_event(struct sim_end *e, u32 cwnd_before);

/* peer.c */
extern const struct sim_end_ops peer_ops;

/* trace.c */
extern bool trace_on;		/* print as it happens */
void trace_start(bool keep);	/* keep the last lines for trace_dump() */
void trace_dump(FILE *f);
bool trace_pcap(const char *path);
void trace_end(void);
u32 trace_image(const struct sim_pkt *p, u8 *buf);	/* IPv4 packet */
u16 trace_csum(const u8 *img, u32 len);	/* TCP's, 0 = right */
void trace_sent(const struct sim_pkt *p, const char *fate);
void trace_came(const struct sim_pkt *p);
SIM_PRINTF(2, 3) void trace_note(const struct sim_end *e, const char *fmt, ...);

#endif /* SIM_H */
