/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a TCP connection as it travels down to and up from the engine.
 *
 * Three classes: const (never changes), cached (the host's, pushed by update),
 * delegated (the engine's while the connection is down, returned by upload).
 * The fields are those of toe_fields.h, of its revision; what their enums mean
 * here stands below.
 * Sequence numbers are 32-bit modulo values in host byte order, times are
 * microseconds, windows and cwnd are bytes.
 */
#ifndef ENG_STATE_H
#define ENG_STATE_H

#include "eng_port.h"
#include "../../include/net/toe_fields.h"

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
	ENG_CC_DCTCP,		/* RFC 8257 */
	__ENG_CC_MAX
};

enum eng_const_flags {
	ENG_F_TSTAMP	= 1 << 0,	/* RFC 7323 timestamps negotiated */
	ENG_F_SACK	= 1 << 1,	/* RFC 2018 SACK permitted */
	ENG_F_WSCALE	= 1 << 2,	/* RFC 7323 window scale negotiated */
	ENG_F_IPV6	= 1 << 3,
	ENG_F_ECN	= 1 << 4,	/* RFC 3168 ECN negotiated */
};

struct eng_const {
	TOE_TCP_CONST(TOE_FIELD_DECLARE)
	u16 sport, dport;	/* host byte order */
};

enum eng_cached_flags {
	ENG_C_NODELAY	= 1 << 0,	/* Nagle off */
	ENG_C_CORK	= 1 << 1,	/* hold partial segments (200 ms at most) */
	ENG_C_QUICKACK	= 1 << 2,	/* no delayed ACKs */
};

struct eng_cached {
	TOE_TCP_CACHED(TOE_FIELD_DECLARE)
};

/* ECN, RFC 3168 section 6.1 */
enum eng_ecn_flags {
	ENG_ECN_ECHO	= 1 << 0,	/* ECE goes out until CWR comes in */
	ENG_ECN_REDUCED	= 1 << 1,	/* CWR is to go out */
};

/* Remaining time of a timer, with two reserved values */
#define ENG_TIMER_OFF		0xffffffffU	/* not running */
#define ENG_TIMER_NOW		0U		/* fire at once */

/*
 * snd_una <= snd_nxt: [snd_una, snd_nxt) was sent and not yet acknowledged.
 * The host posts the bytes from snd_una on, sent or not, after import; the
 * engine takes everything before snd_nxt as sent. state is an enum
 * eng_tcp_state.
 */
struct eng_delegated {
	TOE_TCP_DELEGATED(TOE_FIELD_DECLARE)
};

struct eng_state {
	struct eng_const c;
	struct eng_cached h;
	struct eng_delegated d;
};

/* Short fields that every completion carries */
struct eng_view {
	u32 snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_edge;
	u32 cwnd, ssthresh;	/* bytes */
	u32 srtt_us, rttvar_us, min_rtt_us;
	u32 ts_recent;
};

#endif /* ENG_STATE_H */
