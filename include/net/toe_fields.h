/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fields of the state objects, by class, each named once. F(type, name,
 * ...) per field; what may follow the name is the size of an array. From these lists are made the
 * structs of the driver contract (toe.h), those of the simulated NIC's data
 * sheet (sim_nic/regs.h, engine/eng_state.h), the translation between the two
 * and the table that queries and tests walk over (net/toe/fields.c).
 *
 * Whoever adds, removes or moves a field raises TOE_OBJECT_REVISION. Nothing is
 * included from here: firmware uses the lists, too.
 */
#ifndef _NET_TOE_FIELDS_H
#define _NET_TOE_FIELDS_H

#define TOE_OBJECT_REVISION	7

/* A member of a struct, and its copy from *@from to *@to */
#define TOE_FIELD_DECLARE(type, name, ...)	type name __VA_ARGS__;
#define TOE_FIELD_COPY(type, name, ...)					\
	memcpy(&to->name, &from->name, sizeof(type __VA_ARGS__));

#define TOE_NEIGH_CONST(F)						\
	F(u8, src_mac, [6])

#define TOE_NEIGH_CACHED(F)						\
	F(u8, dst_mac, [6])						\
	F(u32, host_reach_ms)	/* age of the host's last confirmation */

#define TOE_NEIGH_DELEGATED(F)						\
	F(u32, nic_reach_ms)	/* age of the NIC's last forward progress */

#define TOE_VLAN_CONST(F)						\
	F(u16, proto)		/* EtherType of the tag, host byte order */ \
	F(u16, vid)		/* 12 bits */

#define TOE_LAG_CONST(F)						\
	F(u32, id)		/* the same for all members of a bond */

#define TOE_LAG_CACHED(F)						\
	F(u8, active)		/* this member may send */

#define TOE_PATH_CACHED(F)						\
	F(u16, mtu)		/* bytes of IP packet */

/* The ports are const, too; their byte order differs from side to side. */
#define TOE_TCP_CONST(F)						\
	F(u16, flags)		/* enum toe_tcp_const_flags */		\
	F(u8, snd_wscale)						\
	F(u8, rcv_wscale)						\
	F(u8, cc)		/* enum toe_cc */

#define TOE_TCP_CACHED(F)						\
	F(u16, flags)		/* enum toe_tcp_cached_flags */		\
	F(u16, mss)		/* payload per segment, options deducted */ \
	F(u8, ttl)							\
	F(u8, tos)							\
	F(u32, flowlabel)						\
	F(u32, rto_min_us)						\
	F(u8, max_retries)	/* time-outs until the host is asked */	\
	F(u8, pcp, [2])	/* of VLAN tags, outer one first */	\
	F(u64, pacing_rate)	/* bytes per second; 0 = as fast as can be */

/* Bytes per second; a slower connection, whose segments may leave minutes apart,
 * is the host's.
 */
#define TOE_PACING_MIN		1000U

/*
 * [snd_una, snd_nxt) was sent and not yet acknowledged; the host posts from
 * snd_una on. segs_in to bytes_out count while the object is down.
 */
#define TOE_TCP_DELEGATED(F)						\
	F(u8, state)		/* as in net/tcp_states.h */		\
	F(u8, retries)		/* time-outs since the last progress */	\
	F(u8, probes)		/* window probes, ditto */		\
	F(u8, recovery)	/* 0 none, 1 fast, 2 time-out, 3 ECN echo */ \
	F(u8, ecn)		/* enum toe_tcp_ecn_flags */		\
	F(u8, reordering)	/* was seen, RFC 8985 section 6.2 */	\
	F(u8, reo_mult)	/* RACK.reo_wnd_mult, 0 = as new */	\
	F(u8, reo_persist)	/* RACK.reo_wnd_persist */		\
	F(u32, snd_una)						\
	F(u32, snd_nxt)						\
	F(u32, snd_wnd)						\
	F(u32, snd_wl1)						\
	F(u32, max_snd_wnd)						\
	F(u32, rcv_nxt)						\
	F(u32, rcv_edge)	/* right end of the promised window */	\
	F(u32, cwnd)							\
	F(u32, ssthresh)	/* >= 0x7fffffff: slow start */		\
	F(u32, srtt_us)	/* unscaled; 0 = no sample */		\
	F(u32, rttvar_us)						\
	F(u32, min_rtt_us)	/* U32_MAX = unknown */			\
	F(u32, rto_us)		/* with backoff */			\
	F(u32, ts_val)		/* time stamp clock now, ms, with offset */ \
	F(u32, ts_recent)						\
	F(u32, ts_recent_age_ms)					\
	F(u32, timer_us)	/* retransmit or persist, remaining */	\
	F(u32, high_seq)	/* recovery point while recovery */	\
	F(u32, prior_cwnd)	/* before the recovery */		\
	F(u32, prr_delivered)	/* RFC 6937, bytes, in fast recovery */	\
	F(u32, prr_out)	/* ditto */				\
	F(u32, cubic_wmax)	/* bytes, 0 = none */			\
	F(u16, dctcp_alpha)	/* 1024 * alpha + 1; 0 = as new */	\
	F(u16, ip_id)		/* next IPv4 identification */		\
	F(u16, dup_acks)						\
	F(u32, segs_in)						\
	F(u32, segs_out)						\
	F(u32, data_segs_in)	/* those with payload */		\
	F(u32, data_segs_out)						\
	F(u32, retrans)						\
	F(u64, bytes_in)	/* payload */				\
	F(u64, bytes_out)

#endif /* _NET_TOE_FIELDS_H */
