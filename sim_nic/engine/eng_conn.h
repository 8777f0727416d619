/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection as the engine keeps it. Only engine files look inside;
 * callers embed it and use eng.h.
 */
#ifndef ENG_CONN_H
#define ENG_CONN_H

#include "eng.h"
#include "seq.h"

/* Functions that only the engine calls: in the module the whole engine is one unit,
 * sim_nic/engine.c, and they are its own
 */
#ifndef ENG_LOCAL
#define ENG_LOCAL
#endif

#define ENG_MAX_SACKED		8		/* sender's scoreboard */
#define ENG_MAX_WND		0x40000000U	/* RFC 7323 section 2.3 */
#define ENG_SSTHRESH_INF	0x7fffffffU
#define ENG_SPAN_MAX		0xffffffU	/* reach of a struct eng_range */
#define ENG_MIN_MSS		32
#define ENG_RTO_INIT_US		1000000U	/* RFC 6298 section 2.1 */
#define ENG_RTO_MAX_US		120000000U
#define ENG_DELACK_US		40000U
#define ENG_READER_US		1000U		/* an ACK waits for the reader */
#define ENG_HOLD_US		200000U		/* corked tail, at most */
#define ENG_QUICK_ACKS		16
#define ENG_CHALLENGE_GAP	8		/* * 64 ms, RFC 5961 section 7 */
#define ENG_PAWS_IDLE_MS	(24U * 24 * 3600 * 1000) /* RFC 7323 5.5 */

/*
 * What the one timer of the send side stands for. One kind at a time; the
 * fields that a kind has are in struct eng_conn beside it. Only timer.c
 * writes them.
 */
enum eng_timer_kind {
	ENG_TM_NONE,
	ENG_TM_RTO,		/* something is in flight: @rto_at */
	ENG_TM_TLP,		/* ditto, a probe comes first: @timer_at */
	ENG_TM_REO,		/* ditto, reordering settles first: @timer_at */
	ENG_TM_PERSIST,		/* the peer's window stops us: @timer_at */
	ENG_TM_HOLD,		/* a partial tail waits for more: @timer_at */
};

enum eng_ca {
	ENG_CA_OPEN,
	ENG_CA_RECOVERY,	/* fast recovery, until high_seq is ACKed */
	ENG_CA_LOSS,		/* after an RTO, until high_seq is ACKed */
	ENG_CA_CWR,		/* after an ECN echo, until high_seq is ACKed */
	__ENG_CA_MAX
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
	ENG_B_ALIVE	= 1 << 11,	/* any answer of the peer is news */
	ENG_B_DELACK	= 1 << 12,	/* an ACK waits until delack_at */
	ENG_B_TLP_SEND	= 1 << 13,	/* tail loss probe now */
	ENG_B_TLP	= 1 << 14,	/* one is out, until high_seq is ACKed */
	ENG_B_TLP_RTX	= 1 << 15,	/* and it was a retransmission */
	ENG_B_REORD	= 1 << 16,	/* reordering was seen on the path */
	ENG_B_REO_ROUND	= 1 << 17,	/* reo_mult grew, until reo_round is ACKed */
	ENG_B_UNDO	= 1 << 18,	/* undo_* are valid */
	ENG_B_FRTO	= 1 << 19,	/* was the time-out spurious? undecided */
	ENG_B_SENT_AGAIN = 1 << 20,	/* rtt_at: first retransmission since */
	ENG_B_RTO_AGAIN	= 1 << 21,	/* not the first time-out in a row */
	ENG_B_ECE	= 1 << 22,	/* echo: a mark arrived, RFC 3168 */
	ENG_B_CWR	= 1 << 23,	/* tell the peer that cwnd came down */
	ENG_B_ACK_OLD	= 1 << 24,	/* first an ACK up to dctcp.old_nxt */
	ENG_B_CUBIC_NEW	= 1 << 25,	/* W_max is not known from a loss */
	ENG_B_LIMITED	= 1 << 26,	/* cwnd was used up in this round trip */
	ENG_B_PACED	= 1 << 27,	/* payload waits for the timer at pace_at */
};

/*
 * Sequence range as two 24-bit offsets from snd_una or rcv_nxt: what lies
 * more than 16 MB ahead is not remembered and comes again.
 */
struct eng_range {
	u8 start[3], end[3];
};

/* CUBIC, RFC 9438: windows in bytes, times of the ms clock */
struct eng_cubic {
	u32 wmax;		/* W_max, 0 = none */
	u16 k;			/* K, from the epoch to W_max, in 2 ms */
	u16 undo_wmax;		/* W_max before the last loss, in segments */
	u32 epoch_ms;		/* start of the epoch, 0 = none */
	u32 west;		/* W_est, the window that Reno would have */
};

/* HyStart++, RFC 9406, in CUBIC's place until it has an epoch */
struct eng_hystart {
	u32 pad;		/* wmax stays */
	u16 cur_ms, last_ms;	/* smallest round trip of this round, the last */
	u32 pad_epoch;		/* 0: there is none */
	u32 round_end;		/* windowEnd */
	u16 base_ms;		/* cssBaselineMinRtt */
	u8 samples;		/* rttSampleCount */
	u8 rounds;		/* of conservative slow start, 0 = not in it */
};

/* DCTCP, RFC 8257 */
struct eng_dctcp {
	u16 alpha;		/* 1024 = 1 */
	u16 old_nxt;		/* low bits: rcv_nxt before the CE state changed */
	u32 next_seq;		/* end of the window that is observed */
	u32 acked;		/* bytes that arrived in it */
	u32 marked;		/* and of those the marked ones */
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
 * @nr_ooo: elements of @ooo in use
 * @nr_sacked: elements of @sacked in use
 * @timer_kind: enum eng_timer_kind
 * @quick: ACKs not to delay, yet
 * @cc: enum eng_cc
 * @timer_at: deadline of @timer_kind, low us
 * @rto_at: deadline of the RTO, also while a probe or reordering comes first
 * @delack_at: deadline of a delayed ACK, low us, with %ENG_B_DELACK
 * @ts_recent_ms: ms clock at the last change of @ts_recent
 * @ssthresh: slow start threshold, bytes
 * @cwnd_cnt: bytes ACKed since @cwnd last grew
 * @srtt_us: smoothed round trip time, 0 = no sample
 * @rttvar_us: its variation
 * @rto_us: retransmission time-out, with backoff
 * @min_rtt_us: smallest round trip time, 0xffffffff = unknown
 * @rtt_seq: with %ENG_B_RTT, not in recovery: an ACK beyond it yields a sample
 * @rtx_mark: in recovery: @snd_nxt at the last retransmission
 * @rtt_at: low us: when that was sent; with %ENG_B_SENT_AGAIN when the first
 *	    retransmission of a recovery, or since the last time-out, was
 * @mss_recip: 2^32 / @mss
 * @lsnd_ms: ms clock when new data was sent last
 * @snd_sml: end of the last small segment, Minshall
 * @snd_wnd_max: largest @snd_wnd so far, in units of @snd_wscale
 * @rcv_wnd_max: largest grant, in units of @rcv_wscale: the host's buffer
 * @high_seq: recovery point; in OPEN with %ENG_B_TLP what a probe is to be
 *	      acknowledged with
 * @cubic: state of CUBIC
 * @dctcp: state of DCTCP
 * @hystart: state of HyStart++
 * @grow: CUBIC while cwnd grows
 * @grow.cnt: bytes to be ACKed for one segment more of @cwnd
 * @grow.acked: bytes ACKed since @grow.cnt was computed
 * @prr: RFC 6937, while cwnd shrinks: fast recovery, CWR
 * @prr.delivered: bytes that arrived since its start
 * @prr.out: bytes sent since its start
 * @dup_acks: duplicate ACKs in a row
 * @ip_id: of the next IPv4 packet
 * @retries: RTOs since the last progress
 * @probes: window probes since the last progress
 * @max_retries: RTOs in a row before R2 is reported
 * @reo_mult: RACK.reo_wnd_mult, RFC 8985 section 6.2 step 4
 * @reo_persist: recoveries until @reo_mult is forgotten
 * @pace: rate of pacing, see pace.c; 0 = none
 * @max_flight: most that was in flight in this round trip, in 256 bytes
 * @pace_at: when the next segment may leave, low us, with %ENG_B_PACED
 * @cold: marks the end of the hot part
 * @rtx_nxt: lost bytes before it were sent again
 * @redo_end: those between @rtx_nxt and it were, but are lost again
 * @rtx_hi: those between @redo_end and it were, and are not known to be lost
 * @rtx_at: low us: when the current pass over the lost bytes began
 * @lost_seq: in recovery: bytes before it that did not arrive are lost
 * @reo_seq: with %ENG_TM_REO: they will be, then
 * @reo_round: snd_nxt when @reo_mult last grew
 * @undo_una: snd_una at the start of the recovery that may be undone
 * @undo_rtx: bytes sent again since, less those reported as duplicates
 * @undo_cwnd: @cwnd before
 * @undo_ssthresh: @ssthresh before, in segments, 0xffff = infinite
 * @sacked: what the peer has, ascending from @snd_una
 * @ooo: what arrived ahead of @rcv_nxt, most recent first
 * @dsack_seq: duplicate to report, RFC 2883
 * @dsack_len: its length, bytes
 * @rto_min_ms: floor of the RTO
 * @challenge: when the last challenge ACK was sent, in 64 ms, 0 = never
 *
 * First line: what every segment touches. Up to @cold: what data transfer
 * touches. After it: set up once, or only under loss and reordering. What the
 * engine would only count or pass through (addresses, TTL, statistics) is its
 * caller's.
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
	u32 bits;
	u16 mss;
	u8 state;
	u8 ca;
	u8 cflags;
	u8 hflags;
	u8 snd_wscale : 4, rcv_wscale : 4;
	u8 nr_ooo : 4, nr_sacked : 4;
	u8 timer_kind;
	u8 quick;
	u16 dup_acks;
	/* data transfer */
	u32 timer_at, rto_at;
	u32 delack_at;
	u32 ts_recent_ms;
	u32 ssthresh;
	u32 cwnd_cnt;
	u32 srtt_us, rttvar_us, rto_us, min_rtt_us;
	union {
		u32 rtt_seq;
		u32 rtx_mark;
	};
	u32 rtt_at;
	u32 mss_recip;
	u32 lsnd_ms;
	u32 snd_sml;
	u16 snd_wnd_max;
	u16 rcv_wnd_max;
	u32 high_seq;
	u32 rtx_nxt;
	union {
		struct {
			union {
				struct eng_cubic cubic;
				struct eng_dctcp dctcp;
			};
			union {
				struct {
					u32 cnt, acked;
				} grow;
				struct {
					u32 delivered, out;
				} prr;
			};
		};
		struct eng_hystart hystart;
	};
	u16 ip_id;
	u8 retries, probes;
	u8 max_retries;
	u8 cc;
	u8 reo_mult, reo_persist;
	u16 pace, max_flight;
	u32 pace_at;
	u8 cold[0];
	u32 redo_end, rtx_hi, rtx_at;
	u32 lost_seq, reo_seq, reo_round;
	u32 undo_una, undo_rtx, undo_cwnd;
	struct eng_range sacked[ENG_MAX_SACKED];
	struct eng_range ooo[ENG_MAX_OOO];
	u32 dsack_seq;
	u16 dsack_len;
	u16 rto_min_ms;
	u16 challenge;
	u16 undo_ssthresh;
};

static_assert(offsetof(struct eng_conn, timer_at) <= 64, "hottest line");
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

/* Is something to be sent again? */
static inline bool eng_repairing(const struct eng_conn *c)
{
	return c->ca == ENG_CA_RECOVERY || c->ca == ENG_CA_LOSS;
}

/* Does PRR bring cwnd down? */
static inline bool eng_reducing(const struct eng_conn *c)
{
	return c->ca == ENG_CA_RECOVERY || c->ca == ENG_CA_CWR;
}

/* These alone make nothing leave; whatever bit is not named here may */
#define ENG_B_PASSIVE	(ENG_B_POSTED | ENG_B_PUSH | ENG_B_HOLD_OVER | \
			 ENG_B_RTT | ENG_B_ALIVE | ENG_B_DELACK | \
			 ENG_B_TLP | ENG_B_TLP_RTX | ENG_B_REORD | \
			 ENG_B_REO_ROUND | ENG_B_UNDO | ENG_B_FRTO | \
			 ENG_B_SENT_AGAIN | ENG_B_RTO_AGAIN | ENG_B_ECE | \
			 ENG_B_CWR | ENG_B_CUBIC_NEW | ENG_B_LIMITED | \
			 ENG_B_PACED)

/*
 * Surely nothing to emit: all that was posted is out, nothing is lost, no ACK
 * is owed. Asked before eng_next(), which costs more to say the same.
 */
static inline bool eng_tx_idle(const struct eng_conn *c)
{
	return c->write_seq == c->snd_nxt && !eng_repairing(c) &&
	       !(c->bits & ~ENG_B_PASSIVE);
}

/* @seq as an offset from snd_una, 0 when it lies behind */
static inline u32 eng_ahead(const struct eng_conn *c, u32 seq)
{
	return seq_lt(c->snd_una, seq) ? seq - c->snd_una : 0;
}

/* Offset from snd_una of what was not sent again yet */
static inline u32 eng_rtx_hi(const struct eng_conn *c)
{
	return eng_ahead(c, eng_repairing(c) ? c->rtx_hi : c->rtx_nxt);
}

/* What arrived in order since the last ACK */
static inline u32 eng_unacked(const struct eng_conn *c)
{
	return c->rcv_nxt - c->last_ack;
}

/* What the peer may still send */
static inline u32 eng_rcv_wnd(const struct eng_conn *c)
{
	return c->rcv_edge - c->rcv_nxt;
}

static inline u32 eng_wnd_left(const struct eng_conn *c)
{
	return eng_sub0(c->snd_wnd, eng_flight(c));
}

/* The largest windows of either side so far, bytes */
static inline u32 eng_snd_wnd_max(const struct eng_conn *c)
{
	return (u32)c->snd_wnd_max << c->snd_wscale;
}

static inline u32 eng_rcv_wnd_max(const struct eng_conn *c)
{
	return (u32)c->rcv_wnd_max << c->rcv_wscale;
}

/* More arrived than an ACK may leave unsaid, RFC 9293 section 3.8.6.3 */
static inline bool eng_ack_due(const struct eng_conn *c)
{
	u32 some = eng_min(c->mss, eng_rcv_wnd_max(c) / 2);

	return eng_unacked(c) > some;
}

/* @wnd in units of @scale, rounded up, at most 0xffff */
static inline u16 eng_scaled(u32 wnd, u8 scale)
{
	return (u16)eng_min((wnd + (1U << scale) - 1) >> scale, 0xffff);
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

ENG_LOCAL enum eng_ooo_result eng_ooo_insert(struct eng_conn *c, u32 start,
					     u32 end);
ENG_LOCAL u32 eng_ooo_advance(struct eng_conn *c, u32 len);
ENG_LOCAL void eng_ooo_dsack(struct eng_conn *c, u32 start, u32 end);
ENG_LOCAL u8 eng_ooo_blocks(struct eng_conn *c, struct eng_sack_block *b,
			    u8 max);

/*
 * What an ACK tells about data in flight. Offsets are from the snd_una before
 * it; NOTHING where there is none.
 */
struct eng_news {
	u32 acked;		/* bytes that snd_una moves by */
	u32 delivered;		/* bytes that are newly known to have arrived */
	u32 orig;		/* lowest of them that was sent only once */
	u32 rtx;		/* end of the highest of them sent again */
	u32 fack;		/* end of what was known to have arrived before */
	u32 dsack, dsack_len;	/* RFC 2883; dsack is a sequence number */
	bool ece;		/* an ECN echo */
};

#define ENG_NOTHING		0xffffffffU

/* sack.c */
ENG_LOCAL void eng_sack_rx(struct eng_conn *c, const struct eng_seg *seg,
			   struct eng_news *n);
ENG_LOCAL bool eng_sack_advance(struct eng_conn *c, u32 acked);
ENG_LOCAL u32 eng_sack_bytes(const struct eng_conn *c, u32 start, u32 end);
ENG_LOCAL u32 eng_sack_hole(const struct eng_conn *c, u32 from, u32 *end);
ENG_LOCAL u32 eng_sack_fack(const struct eng_conn *c);

/* ack.c */
ENG_LOCAL void eng_ack(struct eng_conn *c, const struct eng_seg *seg, u64 now,
		       struct eng_act *act);
ENG_LOCAL void eng_ack_advance(struct eng_conn *c, u32 acked, u64 now,
			       struct eng_act *act);

/* recovery.c */
ENG_LOCAL void eng_recovery_ack(struct eng_conn *c, const struct eng_seg *seg,
				const struct eng_news *n, u64 now,
				struct eng_act *act);
ENG_LOCAL void eng_recovery_reo(struct eng_conn *c, u64 now,
				struct eng_act *act);
ENG_LOCAL bool eng_recovery_rto(struct eng_conn *c, struct eng_act *act);
ENG_LOCAL void eng_recovery_resend(struct eng_conn *c);
ENG_LOCAL void eng_recovery_partial(struct eng_conn *c, u32 acked);
ENG_LOCAL void eng_recovery_exit(struct eng_conn *c, struct eng_act *act);
ENG_LOCAL u32 eng_lost_end(const struct eng_conn *c);
ENG_LOCAL u32 eng_lost_next(const struct eng_conn *c, u32 *end);
ENG_LOCAL void eng_lost_sent(struct eng_conn *c, u32 seq, u32 end, u64 now);
ENG_LOCAL u32 eng_pipe(const struct eng_conn *c);

/* rack.c */
ENG_LOCAL bool eng_rack_ack(struct eng_conn *c, const struct eng_seg *seg,
			    const struct eng_news *n, u64 now);
ENG_LOCAL bool eng_rack_reo(struct eng_conn *c, u64 now);
ENG_LOCAL void eng_rack_dsack(struct eng_conn *c);
ENG_LOCAL void eng_rack_recovered(struct eng_conn *c);
ENG_LOCAL bool eng_rack_rtx_arrived(const struct eng_conn *c,
				    const struct eng_seg *seg,
				    const struct eng_news *n, u64 now);

/* tlp.c */
ENG_LOCAL bool eng_tlp_ok(const struct eng_conn *c);
ENG_LOCAL u32 eng_tlp_pto(const struct eng_conn *c);
ENG_LOCAL void eng_tlp_fire(struct eng_conn *c);
ENG_LOCAL void eng_tlp_sent(struct eng_conn *c, bool again, u64 now);
ENG_LOCAL void eng_tlp_ack(struct eng_conn *c, const struct eng_news *n,
			   bool dup, struct eng_act *act);

/* ecn.c */
ENG_LOCAL void eng_ecn_rx(struct eng_conn *c, const struct eng_seg *seg);
ENG_LOCAL void eng_ecn_ack(struct eng_conn *c, u32 flight, struct eng_act *act);
ENG_LOCAL void eng_ecn_tx(struct eng_conn *c, bool fresh, struct eng_tx *tx);

/* hystart.c */
ENG_LOCAL void eng_hystart_start(struct eng_conn *c);
ENG_LOCAL void eng_hystart_rtt(struct eng_conn *c, u32 ms);
ENG_LOCAL u32 eng_hystart_grow(const struct eng_conn *c, u32 acked);

/* idle.c */
ENG_LOCAL void eng_idle_post(struct eng_conn *c, u64 now);
ENG_LOCAL void eng_idle_sent(struct eng_conn *c, bool first, u64 now);
ENG_LOCAL bool eng_cwnd_used(const struct eng_conn *c);

/* A round trip begins: what was used of cwnd is looked at anew */
static inline void eng_idle_round(struct eng_conn *c)
{
	c->bits &= ~ENG_B_LIMITED;
	c->max_flight = 0;
}

/* New data has left: is cwnd used up? */
static inline void eng_idle_used(struct eng_conn *c)
{
	u32 flight = eng_flight(c);

	if (flight + c->mss > c->cwnd)
		c->bits |= ENG_B_LIMITED;
	c->max_flight = (u16)eng_max(c->max_flight,
				     eng_min((flight + 255) >> 8, 0xffff));
}

/* pace.c */
ENG_LOCAL u64 eng_pace_rate(const struct eng_conn *c);
ENG_LOCAL void eng_pace_set(struct eng_conn *c, u64 rate);
ENG_LOCAL u32 eng_pace_len(const struct eng_conn *c, u32 max);
ENG_LOCAL void eng_pace_sent(struct eng_conn *c, u32 len, u64 now);

/* cc_dctcp.c */
ENG_LOCAL void eng_dctcp_start(struct eng_conn *c, u16 alpha);
ENG_LOCAL void eng_dctcp_ack(struct eng_conn *c, u32 delivered, bool ece);

/* prr.c */
ENG_LOCAL void eng_prr_start(struct eng_conn *c);
ENG_LOCAL void eng_prr_ack(struct eng_conn *c, u32 delivered, bool safe);

/* undo.c */
ENG_LOCAL void eng_undo_start(struct eng_conn *c);
ENG_LOCAL bool eng_undo_delayed(const struct eng_conn *c,
				const struct eng_seg *seg, u64 now);
ENG_LOCAL bool eng_undo_dsack(struct eng_conn *c, const struct eng_news *n);
ENG_LOCAL void eng_undo(struct eng_conn *c, u64 now);

/* frto.c */
enum eng_frto {
	ENG_FRTO_NONE,		/* nothing to say, recover as usual */
	ENG_FRTO_WAIT,		/* undecided: new data, no retransmission */
	ENG_FRTO_SPURIOUS,	/* the time-out was not a loss */
};

ENG_LOCAL void eng_frto_start(struct eng_conn *c);
ENG_LOCAL enum eng_frto eng_frto_ack(struct eng_conn *c,
				     const struct eng_news *n);

/* rto.c */
ENG_LOCAL void eng_rtt_ack(struct eng_conn *c, const struct eng_seg *seg,
			   u64 now);
ENG_LOCAL void eng_rtt_sack(struct eng_conn *c, const struct eng_news *n,
			    u64 now);
ENG_LOCAL bool eng_rtt_start(struct eng_conn *c, u32 end, u64 now);
ENG_LOCAL void eng_rto_backoff(struct eng_conn *c);

/* timer.c */
ENG_LOCAL void eng_timer_update(struct eng_conn *c, u64 now);
ENG_LOCAL void eng_timer_restart(struct eng_conn *c, u64 now);
ENG_LOCAL void eng_timer_sent(struct eng_conn *c, u64 now);
ENG_LOCAL void eng_timer_reo(struct eng_conn *c, u32 us, u64 now);
ENG_LOCAL void eng_timer_clear(struct eng_conn *c);
ENG_LOCAL void eng_timer_import(struct eng_conn *c, u32 us, u64 now);
ENG_LOCAL u32 eng_timer_left(const struct eng_conn *c, u64 now);

/* window.c */
ENG_LOCAL bool eng_window_moves(const struct eng_conn *c);
ENG_LOCAL u16 eng_window_field(struct eng_conn *c);
ENG_LOCAL void eng_window_grant(struct eng_conn *c, u32 edge);

/* delack.c */
ENG_LOCAL void eng_ack_schedule(struct eng_conn *c, u32 len, u64 now);

/* challenge.c */
ENG_LOCAL bool eng_ack_valid(const struct eng_conn *c, u32 ack);
ENG_LOCAL void eng_ack_challenge(struct eng_conn *c, u64 now);

/* fin.c */
ENG_LOCAL void eng_fin_post(struct eng_conn *c, struct eng_act *act);
ENG_LOCAL void eng_fin_acked(struct eng_conn *c, struct eng_act *act);
ENG_LOCAL bool eng_fin_in_order(const struct eng_conn *c,
				const struct eng_seg *seg);
ENG_LOCAL bool eng_fin_closes(const struct eng_conn *c,
			      const struct eng_seg *seg);
ENG_LOCAL void eng_fin_rx(struct eng_conn *c, struct eng_act *act);

/* persist.c */
ENG_LOCAL bool eng_persist_fire(struct eng_conn *c, struct eng_act *act);

/* pmtu.c */
ENG_LOCAL void eng_set_mss(struct eng_conn *c, u16 mss);
ENG_LOCAL void eng_mss_change(struct eng_conn *c, u16 mss);

/* state.c */
ENG_LOCAL void eng_upload(struct eng_conn *c, enum eng_upload why, u16 flags,
			  struct eng_act *act);

#endif /* ENG_CONN_H */
