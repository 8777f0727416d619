/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection as the engine keeps it. Only engine files look inside;
 * callers embed it and use eng.h.
 */
#ifndef ENG_CONN_H
#define ENG_CONN_H

#include "eng.h"
#include "seq.h"

#define ENG_MAX_SACKED		8		/* sender's scoreboard */
#define ENG_MAX_WND		0x40000000U	/* RFC 7323 section 2.3 */
#define ENG_SPAN_MAX		0xffffffU	/* reach of a struct eng_range */
#define ENG_MIN_MSS		32
#define ENG_RTO_INIT_US		1000000U	/* RFC 6298 section 2.1 */
#define ENG_RTO_MAX_US		120000000U
#define ENG_DELACK_US		40000U
#define ENG_HOLD_US		200000U		/* corked tail, at most */
#define ENG_QUICK_ACKS		16
#define ENG_CHALLENGE_MAX	10		/* per second, RFC 5961 section 7 */
#define ENG_PAWS_IDLE_MS	(24U * 24 * 3600 * 1000) /* RFC 7323 5.5 */

/* What the one timer stands for: these never run at the same time. */
enum eng_timer_kind {
	ENG_TM_NONE,
	ENG_TM_RTO,		/* something is in flight */
	ENG_TM_PERSIST,		/* the peer's window keeps us from sending */
	ENG_TM_HOLD,		/* a partial tail waits for more data */
};

enum eng_ca {
	ENG_CA_OPEN,
	ENG_CA_RECOVERY,	/* fast recovery, until high_seq is ACKed */
	ENG_CA_LOSS,		/* after an RTO, until high_seq is ACKed */
};

enum eng_bits {
	ENG_B_FROZEN	= 1 << 0,
	ENG_B_POSTED	= 1 << 1,	/* the host has posted since import */
	ENG_B_FIN	= 1 << 2,	/* FIN follows write_seq */
	ENG_B_ACK	= 1 << 3,	/* ACK now */
	ENG_B_RTX	= 1 << 4,	/* retransmit once whatever cwnd is */
	ENG_B_PROBE	= 1 << 5,	/* window probe now */
	ENG_B_KEEPALIVE	= 1 << 6,	/* keepalive probe now */
	ENG_B_PUSH	= 1 << 7,	/* the tail need not wait for more data */
	ENG_B_HOLD_OVER	= 1 << 8,	/* the tail has waited long enough */
	ENG_B_RTT	= 1 << 9,	/* rtt_seq is being timed */
	ENG_B_DSACK	= 1 << 10,	/* dsack is to be reported */
	ENG_B_ALIVE	= 1 << 11,	/* the host waits for a keepalive answer */
};

/*
 * Sequence range as two 24-bit offsets from snd_una or rcv_nxt: what lies
 * more than 16 MB ahead is not remembered and comes again.
 */
struct eng_range {
	u8 start[3], end[3];
};

/**
 * struct eng_conn - one connection
 * @rcv_nxt: next byte expected
 * @rcv_edge: promised right edge, never moves left
 * @rcv_limit: right edge granted by the host
 * @last_ack: Last.ACK.sent, RFC 7323 section 4.3
 * @ts_recent: the peer's TSval to echo
 * @ts_delta: our TSval = now in ms + this
 * @snd_una: first byte not acknowledged
 * @snd_nxt: next byte to send for the first time
 * @write_seq: end of what the host has posted
 * @snd_wnd: the peer's window, bytes, scaled
 * @snd_wl1: sequence number of the segment that last changed @snd_wnd
 * @cwnd: congestion window, bytes
 * @bits: enum eng_bits
 * @mss: payload bytes per segment, options deducted
 * @state: enum eng_tcp_state
 * @ca: enum eng_ca
 * @cflags: enum eng_const_flags
 * @hflags: enum eng_cached_flags
 * @snd_wscale: shift of the windows that the peer sends
 * @rcv_wscale: shift of those that we send
 * @max_retries: RTOs in a row before R2 is reported
 * @nr_ooo: elements of @ooo in use
 * @nr_sacked: elements of @sacked in use
 * @timer_kind: enum eng_timer_kind
 * @quick: ACKs not to delay, yet
 * @dup_acks: duplicate ACKs in a row
 * @timer_at: deadline of @timer_kind, us
 * @delack_at: deadline of a delayed ACK, us; 0 = none is being delayed
 * @bytes_in: payload received in order, bytes
 * @bytes_out: payload sent, bytes, each counted once
 * @segs_in: segments received
 * @segs_out: segments sent, with retransmissions
 * @retrans: segments sent again
 * @ts_recent_ms: ms clock at the last change of @ts_recent
 * @ssthresh: slow start threshold, bytes
 * @cwnd_cnt: bytes ACKed since @cwnd last grew
 * @srtt_us: smoothed round trip time, 0 = no sample
 * @rttvar_us: its variation
 * @rto_us: retransmission time-out, with backoff
 * @min_rtt_us: smallest round trip time, 0xffffffff = unknown
 * @rtt_seq: an ACK beyond it yields a sample
 * @rtt_at: low us: when that, or the first retransmission of a recovery, was
 *	    sent
 * @mss_recip: 2^32 / @mss
 * @max_snd_wnd: largest @snd_wnd so far
 * @snd_sml: end of the last small segment, Minshall
 * @rcv_wnd_max: largest grant, bytes: the host's buffer
 * @high_seq: recovery point
 * @rtx_nxt: lost bytes before it were sent again
 * @rtx_mark: @snd_nxt at the last retransmission
 * @ip_id: of the next IPv4 packet
 * @retries: RTOs since the last progress
 * @probes: window probes since the last progress
 * @cubic_wmax: W_max of RFC 9438, bytes; 0 = none
 * @cubic_k_ms: K, ms from the epoch to W_max
 * @cubic_epoch_ms: ms clock at the start of the epoch, 0 = none
 * @cubic_west: W_est, the window that Reno would have, bytes
 * @cubic_cnt: bytes to be ACKed for one segment more of @cwnd
 * @cubic_acked: bytes ACKed since @cubic_cnt was computed
 * @cold: marks the end of the hot part
 * @sacked: what the peer has, ascending from @snd_una
 * @ooo: what arrived ahead of @rcv_nxt, most recent first
 * @dsack: duplicate to report, RFC 2883
 * @rto_min_us: floor of the RTO
 * @flowlabel: IPv6
 * @cc: enum eng_cc
 * @challenges: challenge ACKs sent in the current second
 * @challenge_ms: start of it, low bits of the ms clock
 * @sport: our port, host byte order
 * @dport: the peer's port, host byte order
 * @ttl: TTL or hop limit
 * @tos: TOS or traffic class
 *
 * First line: what every segment touches. Up to @cold: what data transfer
 * touches. After it: set up once, or only under loss and reordering.
 */
struct eng_conn {
	/* every segment */
	u32 rcv_nxt;
	u32 rcv_edge;
	u32 rcv_limit;
	u32 last_ack;
	u32 ts_recent;
	u32 ts_delta;
	u32 snd_una, snd_nxt, write_seq;
	u32 snd_wnd, snd_wl1;
	u32 cwnd;
	u16 bits;
	u16 mss;
	u8 state;
	u8 ca;
	u8 cflags;
	u8 hflags;
	u8 snd_wscale : 4, rcv_wscale : 4;
	u8 max_retries;
	u8 nr_ooo, nr_sacked;
	u8 timer_kind;
	u8 quick;
	u16 dup_acks;
	/* data transfer */
	u64 timer_at;
	u64 delack_at;
	u64 bytes_in, bytes_out;
	u32 segs_in, segs_out, retrans;
	u32 ts_recent_ms;
	u32 ssthresh;
	u32 cwnd_cnt;
	u32 srtt_us, rttvar_us, rto_us, min_rtt_us;
	u32 rtt_seq;
	u32 rtt_at;
	u32 mss_recip;
	u32 max_snd_wnd;
	u32 snd_sml;
	u32 rcv_wnd_max;
	u32 high_seq;
	u32 rtx_nxt;
	u32 rtx_mark;
	u16 ip_id;
	u8 retries, probes;
	u32 cubic_wmax, cubic_k_ms, cubic_epoch_ms, cubic_west, cubic_cnt;
	u32 cubic_acked;
	u8 cold[0];
	struct eng_range sacked[ENG_MAX_SACKED];
	struct eng_range ooo[ENG_MAX_OOO];
	struct eng_sack_block dsack;
	u32 rto_min_us;
	u32 flowlabel : 20;
	u32 cc : 4;
	u32 challenges : 8;
	u16 challenge_ms;
	u16 sport, dport;
	u8 ttl, tos;
};

static_assert(offsetof(struct eng_conn, timer_at) <= 72, "hottest line");
static_assert(offsetof(struct eng_conn, cold) <= 256, "hot state");
static_assert(sizeof(struct eng_conn) <= 320, "connection state");
static_assert(sizeof(struct eng_range) == 6, "24-bit offsets");

static inline u32 eng_ms(u64 now)
{
	return (u32)eng_div64(now, 1000);
}

static inline u32 eng_ts_now(const struct eng_conn *c, u64 now)
{
	return eng_ms(now) + c->ts_delta;
}

static inline u32 eng_flight(const struct eng_conn *c)
{
	return c->snd_nxt - c->snd_una;
}

/* Our FIN has a place in the sequence space and it was used */
static inline bool eng_fin_sent(const struct eng_conn *c)
{
	return (c->bits & ENG_B_FIN) && c->snd_nxt == c->write_seq + 1;
}

/* Data not yet sent, without FIN */
static inline u32 eng_unsent(const struct eng_conn *c)
{
	return eng_fin_sent(c) ? 0 : c->write_seq - c->snd_nxt;
}

/* These alone make nothing leave; whatever bit is not named here may */
#define ENG_B_PASSIVE	(ENG_B_POSTED | ENG_B_PUSH | ENG_B_HOLD_OVER | \
			 ENG_B_RTT | ENG_B_ALIVE)

/*
 * Surely nothing to emit: all that was posted is out, nothing is lost, no ACK
 * is owed. Asked before eng_next(), which costs more to say the same.
 */
static inline bool eng_tx_idle(const struct eng_conn *c)
{
	return c->write_seq == c->snd_nxt && c->ca == ENG_CA_OPEN &&
	       !(c->bits & ~ENG_B_PASSIVE);
}

static inline u32 eng_wnd_left(const struct eng_conn *c)
{
	return eng_sub0(c->snd_wnd, eng_flight(c));
}

/* Whole segments in @len; a multiplication instead of a division */
static inline u32 eng_nr_mss(const struct eng_conn *c, u32 len)
{
	u32 n = (u32)(((u64)len * c->mss_recip) >> 32);

	return (n + 1) * (u64)c->mss <= len ? n + 1 : n;
}

static inline u32 eng_get24(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16;
}

static inline void eng_put24(u8 *p, u32 v)
{
	p[0] = (u8)v;
	p[1] = (u8)(v >> 8);
	p[2] = (u8)(v >> 16);
}

static inline u32 eng_start(const struct eng_range *r)
{
	return eng_get24(r->start);
}

static inline u32 eng_end(const struct eng_range *r)
{
	return eng_get24(r->end);
}

static inline void eng_range_set(struct eng_range *r, u32 start, u32 end)
{
	eng_put24(r->start, start);
	eng_put24(r->end, end);
}

/* ooo.c */
enum eng_ooo_result {
	ENG_OOO_STORED,
	ENG_OOO_DUP,		/* stored before */
	ENG_OOO_FULL,
};

enum eng_ooo_result eng_ooo_insert(struct eng_conn *c, u32 start, u32 end);
u32 eng_ooo_advance(struct eng_conn *c, u32 len);
void eng_ooo_dsack(struct eng_conn *c, u32 start, u32 end);
u8 eng_ooo_blocks(struct eng_conn *c, struct eng_sack_block *b, u8 max);

/* sack.c */
u32 eng_sack_rx(struct eng_conn *c, const struct eng_seg *seg);
bool eng_sack_advance(struct eng_conn *c, u32 acked);
u32 eng_sack_bytes(const struct eng_conn *c, u32 start, u32 end);
u32 eng_sack_lost(const struct eng_conn *c);
u32 eng_sack_hole(const struct eng_conn *c, u32 from, u32 *end);

/* ack.c */
bool eng_ack_valid(const struct eng_conn *c, u32 ack);
void eng_ack(struct eng_conn *c, const struct eng_seg *seg, u64 now,
	     struct eng_act *act);
void eng_ack_advance(struct eng_conn *c, u32 acked, struct eng_act *act);
void eng_ack_fin(struct eng_conn *c, struct eng_act *act);

/* recovery.c */
void eng_recovery_ack(struct eng_conn *c, u32 acked, struct eng_act *act);
bool eng_recovery_rto(struct eng_conn *c, struct eng_act *act);
void eng_recovery_resend(struct eng_conn *c);
u32 eng_lost_end(const struct eng_conn *c);
u32 eng_pipe(const struct eng_conn *c);

/* rto.c */
void eng_rtt_ack(struct eng_conn *c, const struct eng_seg *seg, u64 now);
void eng_rtt_start(struct eng_conn *c, u32 end, u64 now);
void eng_rto_backoff(struct eng_conn *c);

/* timer.c */
void eng_timer_update(struct eng_conn *c, u64 now);
void eng_timer_restart(struct eng_conn *c);

/* window.c */
u16 eng_window_field(struct eng_conn *c);
void eng_window_grant(struct eng_conn *c, u32 edge);
void eng_ack_schedule(struct eng_conn *c, u64 now);
void eng_ack_challenge(struct eng_conn *c, u64 now);

/* state.c */
void eng_upload(struct eng_conn *c, enum eng_upload why, u16 flags,
		struct eng_act *act);
void eng_set_mss(struct eng_conn *c, u16 mss);

#endif /* ENG_CONN_H */
