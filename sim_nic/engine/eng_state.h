/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a TCP connection as it travels down to and up from the engine.
 *
 * Three classes: const (never changes), cached (the host's, pushed by update),
 * delegated (the engine's while the connection is down, returned by upload).
 * Sequence numbers are 32-bit modulo values in host byte order, times are
 * microseconds, windows and cwnd are bytes.
 */
#ifndef ENG_STATE_H
#define ENG_STATE_H

#include "eng_port.h"

#define ENG_STATE_VERSION	1

/* RFC 9293 section 3.3.2; only states that data transfer and closing visit */
enum eng_tcp_state {
	ENG_ESTABLISHED,
	ENG_FIN_WAIT1,
	ENG_FIN_WAIT2,
	ENG_CLOSE_WAIT,
	ENG_CLOSING,
	ENG_LAST_ACK,
	ENG_TIME_WAIT,		/* reached only to be handed to the host */
	ENG_CLOSED,
};

enum eng_cc {
	ENG_CC_RENO,		/* RFC 5681, 6582 */
	ENG_CC_CUBIC,		/* RFC 9438 */
	__ENG_CC_MAX
};

enum eng_const_flags {
	ENG_F_TSTAMP	= 1 << 0,	/* RFC 7323 timestamps negotiated */
	ENG_F_SACK	= 1 << 1,	/* RFC 2018 SACK permitted */
	ENG_F_WSCALE	= 1 << 2,	/* RFC 7323 window scale negotiated */
	ENG_F_IPV6	= 1 << 3,
};

struct eng_const {
	u16 flags;		/* enum eng_const_flags */
	u16 sport, dport;	/* host byte order */
	u8 snd_wscale, rcv_wscale;
	u8 cc;			/* enum eng_cc */
};

enum eng_cached_flags {
	ENG_C_NODELAY	= 1 << 0,	/* Nagle off */
	ENG_C_CORK	= 1 << 1,	/* hold partial segments (200 ms at most) */
	ENG_C_QUICKACK	= 1 << 2,	/* no delayed ACKs */
};

struct eng_cached {
	u16 flags;		/* enum eng_cached_flags */
	u16 mss;		/* payload bytes per segment, options deducted */
	u8 ttl, tos;
	u32 flowlabel;		/* IPv6, low 20 bits */
	u32 rto_min_us;		/* floor of the RTO, 200000 as Linux */
	u8 max_retries;		/* RTOs in a row before R2 is reported */
};

/* Remaining time of a timer, with two reserved values */
#define ENG_TIMER_OFF		0xffffffffU	/* not running */
#define ENG_TIMER_NOW		0U		/* fire at once */

/*
 * snd_una <= snd_nxt: [snd_una, snd_nxt) was sent and not yet acknowledged.
 * The host posts the bytes from snd_una on, sent or not, after import; the
 * engine takes everything before snd_nxt as sent.
 * rcv_edge is the promised right edge: rcv_nxt + advertised window.
 */
struct eng_delegated {
	u8 state;		/* enum eng_tcp_state */
	u8 retries;		/* RTOs since the last progress */
	u8 probes;		/* window probes since the last progress */
	u8 ca_recovery;		/* 1: in fast recovery, 2: in RTO recovery */
	u32 snd_una, snd_nxt, snd_wnd, snd_wl1, max_snd_wnd;
	u32 rcv_nxt, rcv_edge;
	u32 cwnd, ssthresh;	/* ssthresh 0x7fffffff = slow start */
	u32 srtt_us, rttvar_us;	/* 0 = no sample yet; unscaled microseconds */
	u32 min_rtt_us;		/* ~0 = unknown */
	u32 rto_us;		/* current, backed off */
	u32 ts_val;		/* our time stamp clock now, ms, adjusted */
	u32 ts_recent;		/* RFC 7323 TS.Recent */
	u32 ts_recent_age_ms;
	u32 timer_us;		/* retransmit or persist, remaining; see above */
	u32 high_seq;		/* recovery point while ca_recovery != 0 */
	u32 cubic_wmax;		/* bytes, 0 = none */
	u16 ip_id;		/* next IPv4 identification */
	u16 dup_acks;
	u32 segs_in, segs_out, retrans;	/* wire segments since import */
	u64 bytes_in, bytes_out;	/* payload since import */
};

struct eng_state {
	struct eng_const c;
	struct eng_cached h;
	struct eng_delegated d;
};

#endif /* ENG_STATE_H */
