/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NIC's TCP engine: firmware. Pure functions over one connection:
 *
 *	(connection, event, now) -> changed connection + actions
 *
 * No clock, lock, allocation, printk or packet buffer inside; payload is never
 * touched, only sequence ranges are. The caller serialises calls for one
 * connection, owns the buffers and does what struct eng_act says, then calls
 * eng_next() until it returns false and emits each segment it describes, then
 * arms one timer at eng_deadline().
 *
 * Promise P1 is the caller's: eng_rx() may only be called when what it
 * accepts can be placed; the ACK comes out of eng_next() afterwards.
 * Promise P4 is the engine's: it never gives up or resets a connection, it
 * asks for an upload (ENG_ACT_UPLOAD) and freezes.
 */
#ifndef ENG_H
#define ENG_H

#include "eng_state.h"

#define ENG_MAX_OOO		8	/* out-of-order intervals kept */
#define ENG_MAX_SACK		4	/* blocks in a segment, RFC 2018 */

struct eng_conn;			/* eng_conn.h; callers embed it */

enum eng_seg_flags {			/* as in the TCP header */
	ENG_TH_FIN = 0x01, ENG_TH_SYN = 0x02, ENG_TH_RST = 0x04,
	ENG_TH_PSH = 0x08, ENG_TH_ACK = 0x10, ENG_TH_URG = 0x20,
	ENG_TH_ECE = 0x40, ENG_TH_CWR = 0x80,
};

struct eng_sack_block {
	u32 start, end;
};

/*
 * A received segment, or a super-segment that the wire coalesced: @segs wire
 * segments with consecutive payload. Options come from eng_parse_opts().
 */
struct eng_seg {
	u32 seq, ack;
	u32 len;			/* payload bytes, without SYN and FIN */
	u16 wnd;			/* raw window field, unscaled */
	u16 segs;			/* >= 1 */
	u8 flags;			/* enum eng_seg_flags */
	u8 ce;				/* IP ECN field was CE */
	u8 has_ts, nr_sack;
	u32 tsval, tsecr;
	struct eng_sack_block sack[ENG_MAX_SACK];
};

enum eng_act_flags {
	ENG_ACT_DELIVER	= 1 << 0,	/* in-order bytes: [deliver_seq, +len) */
	ENG_ACT_STORE	= 1 << 1,	/* keep [store_seq, +len) of this segment */
	ENG_ACT_DROP_OOO = 1 << 2,	/* everything stored is to be dropped */
	ENG_ACT_ACKED	= 1 << 3,	/* snd_una moved: release up to it */
	ENG_ACT_FIN	= 1 << 4,	/* peer's FIN consumed, after delivery */
	ENG_ACT_FIN_ACKED = 1 << 5,	/* our FIN was acknowledged */
	ENG_ACT_WND	= 1 << 6,	/* snd_wnd changed */
	ENG_ACT_UPLOAD	= 1 << 7,	/* upload wanted, @reason; frozen */
	ENG_ACT_PASS_UP	= 1 << 8,	/* this segment belongs to the host's
					 * stack after the upload; nothing of
					 * it was used
					 */
	ENG_ACT_RTO	= 1 << 9,	/* statistics: retransmission time-out */
	ENG_ACT_FAST_RTX = 1 << 10,	/* statistics: fast recovery entered */
	ENG_ACT_DUP	= 1 << 11,	/* statistics: nothing new in the segment */
	ENG_ACT_UPDATE	= 1 << 12,	/* snd_nxt, rtt or cwnd moved a lot: a
					 * report to the host is due
					 */
};

/* Why the engine wants an upload; the caller maps it to enum toe_upload_reason */
enum eng_upload {
	ENG_UPLOAD_NONE,
	ENG_UPLOAD_URGENT,
	ENG_UPLOAD_TIMEOUT,		/* R2, RFC 9293 section 3.8.3 */
	ENG_UPLOAD_RESET,		/* acceptable RST, RFC 5961 section 3.2 */
	ENG_UPLOAD_CLOSING,		/* peer's FIN and ours: TIME_WAIT is the host's */
	ENG_UPLOAD_SEGMENT,		/* acceptable segment it can't judge */
};

/*
 * Why nothing of a segment's sequence space was used; one segment, one reason.
 * Its ACK may still count with ENG_DROP_OLD, _GAPS and _CLOSED.
 */
enum eng_drop {
	ENG_DROP_NONE,
	ENG_DROP_OLD,			/* received before */
	ENG_DROP_WINDOW,		/* outside: RFC 9293 section 3.10.7.4 */
	ENG_DROP_PAWS,			/* an older TSval: RFC 7323 section 5.3 */
	ENG_DROP_RESET,			/* RST, not exact: RFC 5961 section 3.2 */
	ENG_DROP_SYN,			/* RFC 5961 section 4.2 */
	ENG_DROP_NO_ACK,		/* a segment without ACK */
	ENG_DROP_ACK,			/* ACK not acceptable: RFC 5961 section 5.2 */
	ENG_DROP_GAPS,			/* out of order, no room for another gap */
	ENG_DROP_CLOSED,		/* data or FIN behind the peer's FIN */
	__ENG_DROP_MAX
};

/*
 * What the caller has to do after an event. When a segment fills a gap,
 * [deliver_seq, deliver_seq + deliver_len) reaches into bytes stored earlier:
 * deliver the segment's own bytes, then stored ones, overlap-safe, up to the
 * end. deliver_seq is always the rcv_nxt before the event.
 */
struct eng_act {
	u16 flags;			/* enum eng_act_flags */
	u8 upload;			/* enum eng_upload */
	u8 drop;			/* enum eng_drop */
	u32 deliver_seq, deliver_len;
	u32 store_seq, store_len;
};

enum eng_tx_kind {
	ENG_TX_DATA,			/* first transmission (may carry FIN) */
	ENG_TX_RTX,			/* retransmission */
	ENG_TX_TLP,			/* tail loss probe, RFC 8985 section 7 */
	ENG_TX_ACK,			/* pure ACK */
	ENG_TX_PROBE,			/* window or keepalive probe */
};

/*
 * A segment to emit: @len payload bytes at @seq in ceil(len / mss) wire
 * segments (a super-segment, to be cut at @mss). The options to write are
 * given by the fields; eng_build_opts() lays them out.
 */
struct eng_tx {
	u8 kind;			/* enum eng_tx_kind */
	u8 flags;			/* enum eng_seg_flags */
	u8 ecn;				/* IP ECN field */
	u8 has_ts, nr_sack;
	u16 wnd;			/* raw window field */
	u16 mss, segs;
	u16 ip_id;			/* of the first wire segment */
	u32 seq, ack, len;
	u32 tsval, tsecr;
	struct eng_sack_block sack[ENG_MAX_SACK];
};

/* @now is a monotonic clock in microseconds, never 0. */

/* Take over a connection. Returns false when the state is not one the engine
 * can carry (inconsistent sequence numbers, unknown algorithm, bad scale).
 */
bool eng_import(struct eng_conn *c, const struct eng_state *s, u64 now);

/* Current state; @c unchanged and still running. */
void eng_export(const struct eng_conn *c, struct eng_state *s, u64 now);

/* Stop for good: after the pending ACK, eng_next() returns false, all timers
 * are off. Called before the last eng_export() of an upload.
 */
void eng_freeze(struct eng_conn *c, u64 now);

/* Cached state changed. */
void eng_update(struct eng_conn *c, const struct eng_cached *h, u64 now);

/* A segment arrived that matched the connection's addresses and ports. */
void eng_rx(struct eng_conn *c, const struct eng_seg *seg, u64 now,
	    struct eng_act *act);

enum eng_host_flags {
	ENG_HOST_FIN	= 1 << 0,	/* FIN follows write_seq */
	ENG_HOST_PUSH	= 1 << 1,	/* don't hold a partial tail (cf. MSG_MORE) */
	ENG_HOST_ACK	= 1 << 2,	/* the host's stack wants an ACK out */
	ENG_HOST_PROBE	= 1 << 3,	/* keepalive probe: ACK with snd_una - 1 */
};

/*
 * The host rang: bytes up to @write_seq may be sent, receive up to @rcv_edge
 * (never moves left). @snd_una and @rcv_nxt may be ahead of the engine's when
 * the host's stack consumed a stray segment: the engine catches up, and what
 * it had stored next to rcv_nxt becomes deliverable (ENG_ACT_DELIVER).
 */
struct eng_host {
	u32 write_seq;
	u32 snd_una;
	u32 rcv_nxt;
	u32 rcv_edge;
	u8 flags;			/* enum eng_host_flags */
};

void eng_host(struct eng_conn *c, const struct eng_host *h, u64 now,
	      struct eng_act *act);

/* eng_deadline() has passed. Calls too early do nothing. */
void eng_timer(struct eng_conn *c, u64 now, struct eng_act *act);

/* Next time eng_timer() wants to be called; 0 = no timer runs. */
u64 eng_deadline(const struct eng_conn *c, u64 now);

/*
 * The next segment to emit, at most @max_len payload bytes (a multiple of the
 * mss is used). False = nothing now. State advances as if it was emitted; a
 * segment that could not be emitted is recovered like a lost one.
 */
bool eng_next(struct eng_conn *c, u64 now, u32 max_len, struct eng_tx *tx);

/* Would the next eng_next() emit? Lets callers skip set-up work. */
bool eng_pending(const struct eng_conn *c, u64 now);

/*
 * TCP options. eng_parse_opts() reads @len bytes of option space into @seg;
 * false = malformed (the segment is dropped). Unknown options are skipped.
 * eng_build_opts() writes at most 40 bytes, returns their number, a multiple
 * of 4.
 */
bool eng_parse_opts(const u8 *opt, u32 len, struct eng_seg *seg);
u32 eng_build_opts(const struct eng_tx *tx, u8 *opt);

/* Views for status reports; cheap, no side effects. */
u32 eng_snd_una(const struct eng_conn *c);
u32 eng_snd_nxt(const struct eng_conn *c);
u32 eng_write_seq(const struct eng_conn *c);
u32 eng_rcv_nxt(const struct eng_conn *c);
u32 eng_rcv_edge(const struct eng_conn *c);	/* advertised, not granted */
bool eng_frozen(const struct eng_conn *c);

/* For reports; cheap, no side effects. */
void eng_view(const struct eng_conn *c, struct eng_view *v);

#endif /* ENG_H */
