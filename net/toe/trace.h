/* SPDX-License-Identifier: GPL-2.0-only */
/* perf and ftrace: toe:* */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM toe

#if !defined(TOE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TOE_TRACE_H

#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <linux/version.h>
#include <net/toe.h>

#include "conn.h"

#ifndef TOE_TRACE_ONCE
#define TOE_TRACE_ONCE

/* 6.10 dropped the source of __assign_str() */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define toe_assign_str(dst, src)	__assign_str(dst, src)
#else
#define toe_assign_str(dst, src)	__assign_str(dst)
#endif

/* Both ends as struct sockaddr_in6; family AF_UNSPEC without a socket */
void toe_trace_tuple(const struct toe_conn *conn, void *local, void *remote);
/* What the reason of a state change means depends on the change */
const char *toe_trace_reason(enum toe_state from, enum toe_state to,
			     u8 reason);

#define TOE_TUPLE_FIELDS						\
	__field(u32, id)						\
	__array(__u8, local, sizeof(struct sockaddr_in6))		\
	__array(__u8, remote, sizeof(struct sockaddr_in6))

#define TOE_TUPLE_ASSIGN(conn)						\
	do {								\
		__entry->id = (conn)->id;				\
		toe_trace_tuple(conn, __entry->local, __entry->remote);	\
	} while (0)

#define TOE_TUPLE_FMT	"conn=%u %pISpc -> %pISpc"
#define TOE_TUPLE_ARGS	__entry->id, __entry->local, __entry->remote

#endif /* TOE_TRACE_ONCE */

TRACE_EVENT(toe_conn_state,
	TP_PROTO(const struct toe_conn *conn, enum toe_state from,
		 enum toe_state to, u8 reason),
	TP_ARGS(conn, from, to, reason),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__string(from, toe_state_name(from))
		__string(to, toe_state_name(to))
		__string(reason, toe_trace_reason(from, to, reason))
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		toe_assign_str(from, toe_state_name(from));
		toe_assign_str(to, toe_state_name(to));
		toe_assign_str(reason, toe_trace_reason(from, to, reason));
	),
	TP_printk(TOE_TUPLE_FMT " %s -> %s reason=%s", TOE_TUPLE_ARGS,
		  __get_str(from), __get_str(to), __get_str(reason))
);

TRACE_EVENT(toe_refuse,
	TP_PROTO(const struct toe_conn *conn, enum toe_refusal reason),
	TP_ARGS(conn, reason),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__string(reason, toe_refusal_name(reason))
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		toe_assign_str(reason, toe_refusal_name(reason));
	),
	TP_printk(TOE_TUPLE_FMT " reason=%s", TOE_TUPLE_ARGS,
		  __get_str(reason))
);

TRACE_EVENT(toe_upload,
	TP_PROTO(const struct toe_conn *conn, enum toe_upload_reason reason),
	TP_ARGS(conn, reason),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__string(reason, toe_upload_name(reason))
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		toe_assign_str(reason, toe_upload_name(reason));
	),
	TP_printk(TOE_TUPLE_FMT " reason=%s", TOE_TUPLE_ARGS,
		  __get_str(reason))
);

TRACE_EVENT(toe_wish,
	TP_PROTO(const struct toe_conn *conn, enum toe_upload_reason reason,
		 bool declined),
	TP_ARGS(conn, reason, declined),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__string(reason, toe_upload_name(reason))
		__field(bool, declined)
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		toe_assign_str(reason, toe_upload_name(reason));
		__entry->declined = declined;
	),
	TP_printk(TOE_TUPLE_FMT " reason=%s%s", TOE_TUPLE_ARGS,
		  __get_str(reason), __entry->declined ? " declined" : "")
);

TRACE_EVENT(toe_move,
	TP_PROTO(const struct toe_conn *conn, int from, int to),
	TP_ARGS(conn, from, to),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__field(int, from)
		__field(int, to)
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk(TOE_TUPLE_FMT " ifindex %d -> %d", TOE_TUPLE_ARGS,
		  __entry->from, __entry->to)
);

TRACE_EVENT(toe_post,
	TP_PROTO(const struct toe_conn *conn, const struct toe_post *post),
	TP_ARGS(conn, post),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, seq)
		__field(u32, len)
		__field(u32, flags)
		__field(u32, edge)
	),
	TP_fast_assign(
		__entry->id = conn->id;
		__entry->seq = post->seq;
		__entry->len = post->len;
		__entry->flags = post->flags;
		__entry->edge = post->rcv_edge;
	),
	TP_printk("conn=%u seq=%u len=%u flags=%s edge=%u",
		  __entry->id, __entry->seq, __entry->len,
		  __print_flags(__entry->flags, "|",
				{ TOE_POST_FIN, "fin" },
				{ TOE_POST_PUSH, "push" },
				{ TOE_POST_ACK, "ack" },
				{ TOE_POST_PROBE, "probe" }),
		  __entry->edge)
);

TRACE_EVENT(toe_event,
	TP_PROTO(const struct toe_conn *conn, const struct toe_event *ev),
	TP_ARGS(conn, ev),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, flags)
		__field(u32, seq)
		__field(u32, len)
		__field(u32, snd_una)
		__field(u32, cwnd)
		__field(u32, ssthresh)
	),
	TP_fast_assign(
		__entry->id = conn->id;
		__entry->flags = ev->flags;
		__entry->seq = ev->seq;
		__entry->len = ev->len;
		__entry->snd_una = ev->snd_una;
		__entry->cwnd = ev->cwnd;
		__entry->ssthresh = ev->ssthresh;
	),
	TP_printk("conn=%u flags=%s seq=%u len=%u snd_una=%u cwnd=%u ssthresh=%u",
		  __entry->id,
		  __print_flags(__entry->flags, "|",
				{ TOE_EVENT_DATA, "data" },
				{ TOE_EVENT_FIN, "fin" },
				{ TOE_EVENT_ACK, "ack" },
				{ TOE_EVENT_UPLOAD, "upload" },
				{ TOE_EVENT_FRAME, "frame" }),
		  __entry->seq, __entry->len, __entry->snd_una,
		  __entry->cwnd, __entry->ssthresh)
);

TRACE_EVENT(toe_fence,
	TP_PROTO(const struct toe_conn *conn, u8 tcp_flags),
	TP_ARGS(conn, tcp_flags),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__field(u8, tcp_flags)
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		__entry->tcp_flags = tcp_flags;
	),
	TP_printk(TOE_TUPLE_FMT " flags=%s", TOE_TUPLE_ARGS,
		  __print_flags(__entry->tcp_flags, "|",
				{ 0x01, "fin" }, { 0x02, "syn" },
				{ 0x04, "rst" }, { 0x08, "psh" },
				{ 0x10, "ack" }, { 0x20, "urg" },
				{ 0x40, "ece" }, { 0x80, "cwr" }))
);

TRACE_EVENT(toe_evict,
	TP_PROTO(const struct toe_conn *conn, u32 rate,
		 const struct toe_conn *heir, u32 heir_rate),
	TP_ARGS(conn, rate, heir, heir_rate),
	TP_STRUCT__entry(
		TOE_TUPLE_FIELDS
		__field(u32, rate)
		__field(u32, heir)
		__field(u32, heir_rate)
	),
	TP_fast_assign(
		TOE_TUPLE_ASSIGN(conn);
		__entry->rate = rate;
		__entry->heir = heir->id;
		__entry->heir_rate = heir_rate;
	),
	TP_printk(TOE_TUPLE_FMT " rate=%u for=%u rate=%u", TOE_TUPLE_ARGS,
		  __entry->rate, __entry->heir, __entry->heir_rate)
);

TRACE_EVENT(toe_bad_event,
	TP_PROTO(const struct toe_conn *conn, const char *what),
	TP_ARGS(conn, what),
	TP_STRUCT__entry(
		__field(u32, id)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->id = conn->id;
		toe_assign_str(what, what);
	),
	TP_printk("conn=%u what=%s", __entry->id, __get_str(what))
);

#endif /* TOE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
