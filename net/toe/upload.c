// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Up
 *
 * 1. terminate: the NIC stops, flushes its ACK, returns the delegated state;
 *    the driver moves every event it had written into the inbox.
 * 2. the inbox goes to the socket: what the peer was told is now there.
 * 3. delegated state goes into tcp_sock, the queues are cut at snd_nxt.
 * 4. the gate opens, the timer is armed, transmission goes on when the socket
 *    lock is released.
 *
 * A dead NIC can't answer 1. What its driver finds in host memory still goes
 * through 2; 3 then works with the last report instead: everything posted
 * counts as sent, the window edge is the one granted, and the retransmission
 * timer fires at once. Since payload and completion were in host memory before
 * the ACK left, rcv_nxt of the socket is never behind what the peer was told;
 * since bytes stay in the write queue until acknowledged, snd_una is never
 * ahead of what the peer has. So the host's stack carries on (P1).
 */
#include "upload.h"

#include <net/tcp.h>

#include <net/toe_compat.h>
#include "conn.h"
#include "dev.h"
#include "failover.h"
#include "firewall.h"
#include "gate.h"
#include "object.h"
#include "queue.h"
#include "quota.h"
#include "rx.h"
#include "sock.h"
#include "trace.h"
#include "transfer.h"

#define TOE_TS_JUMP_MAX		(10 * MSEC_PER_SEC)
#define TOE_WISHES_MAX		6	/* the pause is doubled this often */

/* ---- what came back ---------------------------------------------------- */

/**
 * toe_state_copy() - the last report, when nothing better can be had
 * @conn: an offloaded connection
 * @sk: its socket, which the reports have fed
 * @d: filled
 *
 * Context: socket locked.
 */
void toe_state_copy(const struct toe_conn *conn, const struct sock *sk,
		    struct toe_tcp_delegated *d)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = tp->mss_cache;

	*d = (struct toe_tcp_delegated){
		.state = sk->sk_state,
		.snd_una = tp->snd_una,
		.snd_nxt = toe_conn_sent_limit(conn, sk),
		.snd_wnd = tp->snd_wnd,
		.snd_wl1 = tp->rcv_nxt,
		.max_snd_wnd = tp->max_window,
		.rcv_nxt = tp->rcv_nxt,
		.rcv_edge = conn->granted,
		.cwnd = min_t(u64, (u64)tcp_snd_cwnd(tp) * mss, S32_MAX),
		.ssthresh = min_t(u64, (u64)tp->snd_ssthresh * mss, S32_MAX),
		.srtt_us = tp->srtt_us >> 3,
		.rttvar_us = tp->rttvar_us >> 2,
		.min_rtt_us = U32_MAX,
		.rto_us = jiffies_to_usecs(inet_csk(sk)->icsk_rto),
		.ts_val = toe_ts_clock() + tp->tsoffset,
		.ts_recent = tp->rx_opt.ts_recent,
		/* what was marked is not known: echo until CWR comes */
		.ecn = tp->ecn_flags & TCP_ECN_DEMAND_CWR ? TOE_TCP_ECN_ECHO :
							    0,
		.timer_us = TOE_TIMER_NOW,
		.ip_id = toe_ip_id(sk) + 0x4000,
		.segs_in = conn->seen.in,
		.segs_out = conn->seen.out,
		.data_segs_in = conn->seen.data_in,
		.data_segs_out = conn->seen.data_out,
		.retrans = conn->seen.retrans,
	};
}

/* The device's word, as far as it fits what the host knows (P9). The host may
 * be ahead: its stack may have consumed a stray segment.
 * Returns what is wrong with it, or NULL.
 */
static const char *toe_state_wrong(const struct toe_conn *conn,
				   const struct sock *sk,
				   const struct toe_tcp_delegated *d)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (after(d->snd_una, d->snd_nxt))
		return "returned snd_una behind snd_nxt";
	if (after(d->snd_nxt, toe_conn_sent_limit(conn, sk)))
		return "returned snd_nxt that was never posted";
	if (after(d->rcv_nxt, tp->rcv_nxt))
		return "returned rcv_nxt that was never delivered";
	if (after(d->rcv_edge, conn->granted) &&
	    after(d->rcv_edge, tp->rcv_nxt))
		return "returned a window that was never granted";
	if (!d->cwnd || !d->rto_us)
		return "returned no window or time-out";
	return NULL;
}

static bool toe_state_sane(struct toe_conn *conn, const struct sock *sk,
			   const struct toe_tcp_delegated *d)
{
	const char *what = toe_state_wrong(conn, sk, d);

	if (what)
		toe_rx_lie(conn, what);
	return !what;
}

/* ---- restore ----------------------------------------------------------- */

static void toe_restore_recv(struct toe_conn *conn, struct sock *sk,
			     const struct toe_tcp_delegated *d)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 edge = d->rcv_edge;

	/* the promised edge never moves left (RFC 9293 section 3.8.6) */
	if (before(edge, tp->rcv_nxt))
		edge = tp->rcv_nxt;
	tp->rcv_wup = tp->rcv_nxt;
	tp->rcv_wnd = edge - tp->rcv_nxt;
	tp->rx_opt.num_sacks = 0;
	tp->rx_opt.dsack = 0;
	if (tp->rx_opt.tstamp_ok) {
		u32 age = d->ts_recent_age_ms / MSEC_PER_SEC;

		tp->rx_opt.ts_recent = d->ts_recent;
		tp->rx_opt.ts_recent_stamp =
			d->ts_recent_age_ms == U32_MAX ? 0 :
			max_t(s64, ktime_get_seconds() - age, 1);
	}
	inet_csk(sk)->icsk_ack.pending = 0;
	tp->pred_flags = 0;
	tcp_fast_path_check(sk);
}

/* TSval goes on without a step back, whatever the NIC's clock did */
static void toe_restore_clock(struct sock *sk,
			      const struct toe_tcp_delegated *d)
{
	struct tcp_sock *tp = tcp_sk(sk);
	s32 ahead = d->ts_val - (toe_ts_clock() + tp->tsoffset);

	if (ahead > 0 && ahead < (s32)TOE_TS_JUMP_MAX)
		tp->tsoffset += ahead;
}

static void toe_restore_congestion(struct sock *sk,
				   const struct toe_tcp_delegated *d)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 mss = max_t(u32, tp->mss_cache, 1);

	/* The algorithm starts a new epoch; window and threshold go on */
	if (icsk->icsk_ca_ops->init)
		icsk->icsk_ca_ops->init(sk);
	icsk->icsk_ca_state = TCP_CA_Open;
	tp->snd_cwnd_cnt = 0;
	tp->snd_cwnd_stamp = tcp_jiffies32;
	tcp_snd_cwnd_set(tp, clamp_t(u32, d->cwnd / mss, 1, S32_MAX));
	tp->snd_ssthresh = d->ssthresh >= TCP_INFINITE_SSTHRESH ?
		TCP_INFINITE_SSTHRESH : max_t(u32, d->ssthresh / mss, 2);
	tp->high_seq = d->snd_nxt;
	/* RFC 8985 section 6.2: what was learnt about the path goes on */
	if (d->reordering && !tp->reord_seen)
		tp->reord_seen = 1;
	tp->rack.reo_wnd_steps = max_t(u8, d->reo_mult, 1);
	tp->rack.reo_wnd_persist = min_t(u8, d->reo_persist,
					 TCP_RACK_RECOVERY_THRESH);
}

/* The echo and its answer go on where they were, RFC 3168 section 6.1 */
static void toe_restore_ecn(struct sock *sk, const struct toe_tcp_delegated *d)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!(tp->ecn_flags & TCP_ECN_OK))
		return;
	tp->ecn_flags &= ~(TCP_ECN_DEMAND_CWR | TCP_ECN_QUEUE_CWR);
	if (d->ecn & TOE_TCP_ECN_ECHO)
		tp->ecn_flags |= TCP_ECN_DEMAND_CWR;
	if (d->ecn & TOE_TCP_ECN_REDUCED)
		tp->ecn_flags |= TCP_ECN_QUEUE_CWR;
}

/* When the first retransmission was: TCP_USER_TIMEOUT counts from there and must
 * not begin anew with the upload. The time-out was doubled after each: those from
 * the first to the last took rto - rto / 2^(retries - 1), and what is gone of the
 * present one comes on top.
 */
static u32 toe_retrans_stamp(const struct tcp_sock *tp,
			     const struct toe_tcp_delegated *d)
{
	u32 left_us = d->timer_us == TOE_TIMER_NOW ? 0 :
		      min(d->timer_us, d->rto_us);
	u32 since_us = 2 * d->rto_us -
		       (d->rto_us >> min(d->retries - 1, 31)) - left_us;

	return toe_stamp_ms(tp) - since_us / USEC_PER_MSEC ? : 1;
}

static void toe_restore_rtt(struct sock *sk, const struct toe_tcp_delegated *d)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (d->srtt_us) {
		tp->srtt_us = max_t(u32, d->srtt_us << 3, 1);
		tp->mdev_us = d->rttvar_us << 2;
		tp->rttvar_us = max_t(u32, d->rttvar_us << 2,
				      jiffies_to_usecs(tcp_rto_min(sk)));
		tp->mdev_max_us = tp->rttvar_us;
		tp->rtt_seq = d->snd_nxt;
	}
	if (d->min_rtt_us != U32_MAX && d->min_rtt_us)
		minmax_reset(&tp->rtt_min, tcp_jiffies32, d->min_rtt_us);
	if (tp->srtt_us) {
		u32 rto_us = (tp->srtt_us >> 3) + tp->rttvar_us;

		icsk->icsk_rto = clamp_t(unsigned long,
					 usecs_to_jiffies(rto_us), 1,
					 TCP_RTO_MAX);
	}
	icsk->icsk_backoff = min_t(u8, max(d->retries, d->probes), 12);
	icsk->icsk_retransmits = d->retries;
	/* icsk_probes_out stays: keepalive's verdict is the host's, and hand-overs
	 * must not put it off. toe_gate_settle() cleared it when the NIC had word
	 * from the peer. Probes of a closed window count alike.
	 */
	if (!d->snd_wnd)
		icsk->icsk_probes_out = max(icsk->icsk_probes_out, d->retries);
	else if (d->retries)
		tp->retrans_stamp = toe_retrans_stamp(tp, d);
}

static void toe_restore_send(struct toe_conn *conn, struct sock *sk,
			     struct toe_tcp_delegated *d)
{
	const struct toe_segs now = {
		.in = d->segs_in,
		.out = d->segs_out,
		.data_in = d->data_segs_in,
		.data_out = d->data_segs_out,
		.retrans = d->retrans,
	};
	struct tcp_sock *tp = tcp_sk(sk);

	toe_mstamp_refresh(tp);
	toe_rx_count(conn, tp, &now);
	if (before(d->snd_nxt, tp->snd_una))
		d->snd_nxt = tp->snd_una;
	/* also when a stray has moved snd_una: it leaves snd_up behind */
	toe_rx_count_acked(tp, after(d->snd_una, tp->snd_una) ? d->snd_una :
								tp->snd_una);
	tp->snd_wnd = d->snd_wnd;
	tp->snd_wl1 = d->snd_wl1;
	tp->max_window = max(tp->max_window, d->max_snd_wnd);
	toe_restore_rtt(sk, d);
	toe_restore_congestion(sk, d);
	toe_restore_ecn(sk, d);
	toe_queue_acked(sk, tp->snd_una);
	toe_queue_up(sk, d->snd_nxt);
	toe_ip_id_set(sk, d->ip_id);
}

void toe_upload_rearm(struct toe_conn *conn, struct sock *sk, u32 timer_us)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	unsigned long when = icsk->icsk_rto;

	if (timer_us != TOE_TIMER_OFF)
		when = max_t(unsigned long, usecs_to_jiffies(timer_us), 1);
	when = min_t(unsigned long, when, TCP_RTO_MAX);
	if (tp->packets_out)
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, when,
					  TCP_RTO_MAX);
	else if (tcp_send_head(sk))
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0, when,
					  TCP_RTO_MAX);
	if (__test_and_clear_bit(TOE_CONN_ACK, &conn->flags))
		__set_bit(TOE_CONN_OWES_ACK, &conn->flags);
	toe_sock_kick(sk);
}

/* ---- taking it off the NIC --------------------------------------------- */

static int toe_terminate(struct toe_conn *conn, struct toe_tcp_state *st)
{
	struct toe_block blk;

	toe_block_init(&blk, TOE_OBJECT_TCP, conn->nic, st, sizeof(*st));
	blk.host = conn;
	/* also for a dead device: the driver hands over what it had written */
	if (conn->tdev->ops->terminate(conn->tdev, &blk))
		return -EIO;
	return blk.status ? -EINVAL : 0;
}

static void toe_conn_off_dev(struct toe_conn *conn)
{
	struct toe_dev_priv *priv = conn->tdev->priv;

	/* off the list first: who is on it has its path */
	spin_lock(&priv->conn_lock);
	list_del_init(&conn->dev_node);
	spin_unlock(&priv->conn_lock);
	spin_lock(&priv->obj_lock);
	__toe_path_put(conn->tdev, conn->path);
	spin_unlock(&priv->obj_lock);
	conn->path = NULL;
	conn->nic = 0;
	conn->tdev = NULL;
	toe_quota_put(conn, conn->sk);
	/* last access to the device: unregister waits for zero */
	if (atomic_dec_and_test(&priv->nr_conns))
		wake_up_all(&priv->idle);
}

static enum toe_upload_reason toe_why(const struct toe_conn *conn, bool alive,
				      enum toe_upload_reason reason)
{
	if (!alive)
		return TOE_UPLOAD_NIC_DEAD;
	if (test_bit(TOE_CONN_FAULT, &conn->flags))
		return TOE_UPLOAD_NIC_LIED;
	return reason;
}

/* After an optional reason, and for one that had to make room, the pause doubles
 * each time, unless the connection had stayed down for longer than the longest
 * pause, and one that was idle has to earn its place again (hysteresis). @down is
 * the time it was down, jiffies.
 */
static void toe_upload_count(struct toe_conn *conn, const struct sock *sk,
			     bool rebuilt, enum toe_upload_reason reason,
			     unsigned long down)
{
	unsigned long pause = msecs_to_jiffies(READ_ONCE(conn->tn->retry_ms));

	toe_mib_inc(conn->tn, rebuilt ? TOE_MIB_REBUILT : TOE_MIB_UPLOADED);
	if (down > pause << TOE_WISHES_MAX)
		conn->wishes = 0;
	if (reason == TOE_UPLOAD_LOW_ACTIVITY) {
		__set_bit(TOE_CONN_RESTING, &conn->flags);
		conn->bytes_before = toe_conn_bytes(sk);
	}
	if (toe_upload_optional(reason) || reason == TOE_UPLOAD_EVICTED) {
		conn->retry_at = jiffies + (pause << conn->wishes);
		conn->wishes = min(conn->wishes + 1, TOE_WISHES_MAX);
	} else {
		conn->retry_at = jiffies + pause;
	}
	/* by hand: stays until it is asked for again */
	if (reason == TOE_UPLOAD_ADMIN)
		__set_bit(TOE_CONN_HELD, &conn->flags);
	toe_failover_up(conn, reason);
}

/* A connection that has just gone down stays for a while, and one whose program
 * asked for the NIC stays.
 */
static bool toe_wish_declined(const struct toe_conn *conn,
			      enum toe_upload_reason reason)
{
	if (!toe_upload_optional(reason))
		return false;
	return test_bit(TOE_CONN_WANT, &conn->flags) ||
	       time_before(jiffies, conn->changed +
			   msecs_to_jiffies(READ_ONCE(conn->tn->retry_ms)));
}

/**
 * toe_upload_wish() - the NIC wishes to give the connection back
 * @conn: an offloaded connection
 * @reason: why; the device may have said anything
 *
 * Optional reasons are heard when the connection has been down for retry_ms and
 * nobody insists on the NIC; otherwise the NIC goes on and may ask again.
 *
 * Context: socket locked, BH disabled.
 */
void toe_upload_wish(struct toe_conn *conn, enum toe_upload_reason reason)
{
	bool declined;

	if (reason <= TOE_UPLOAD_NONE || reason >= __TOE_UPLOAD_MAX)
		reason = TOE_UPLOAD_REQUESTED;
	declined = toe_wish_declined(conn, reason);
	trace_toe_wish(conn, reason, declined);
	toe_mib_inc(conn->tn, declined ? TOE_MIB_WISHES_DECLINED :
					 TOE_MIB_WISHES);
	if (!declined && !__test_and_set_bit(TOE_CONN_UPLOAD, &conn->flags))
		conn->up_reason = reason;
}

/**
 * toe_upload() - take a connection back
 * @conn: the connection
 * @sk: its socket
 * @reason: why
 *
 * Context: socket locked, BH disabled. The NIC's reference is put.
 */
void toe_upload(struct toe_conn *conn, struct sock *sk,
		enum toe_upload_reason reason)
{
	struct toe_tcp_state st = {};
	unsigned long since;
	bool good, alive;
	int err;

	if (conn->state == TOE_STATE_OFFLOADING)
		toe_transfer_cancel(conn, sk);
	if (conn->state != TOE_STATE_OFFLOADED)
		return;
	since = conn->changed;
	err = toe_terminate(conn, &st);
	/* one that was reset is alive, but knows nothing any more */
	alive = err != -EIO && !READ_ONCE(conn->tdev->priv->dead);
	if (!toe_inbox_empty(conn))
		toe_rx_run(conn, sk);
	good = alive && !err && !test_bit(TOE_CONN_FAULT, &conn->flags) &&
	       toe_state_sane(conn, sk, &st.d);
	reason = toe_why(conn, alive, reason);
	trace_toe_upload(conn, reason);
	toe_fsm_move(conn, TOE_STATE_UPLOADING, reason);
	if (!good) {
		toe_state_copy(conn, sk, &st.d);
		/* its word on ts_recent may be a lie: let PAWS learn anew */
		st.d.ts_recent_age_ms = U32_MAX;
		__set_bit(TOE_CONN_ACK, &conn->flags);
	}
	toe_sock_mark(sk, false);
	toe_restore_clock(sk, &st.d);
	toe_restore_recv(conn, sk, &st.d);
	toe_restore_send(conn, sk, &st.d);
	toe_firewall_end(conn, sk);
	toe_gate_open(conn, sk);
	toe_conn_off_dev(conn);
	conn->flags &= ~(BIT(TOE_CONN_UPLOAD) | BIT(TOE_CONN_FAULT) |
			 BIT(TOE_CONN_PROBE) | BIT(TOE_CONN_RESTING) |
			 BIT(TOE_CONN_OVER));
	conn->up_reason = TOE_UPLOAD_NONE;
	toe_fsm_move(conn, TOE_STATE_HOST, reason);
	toe_upload_count(conn, sk, !good, reason, jiffies - since);
	toe_upload_rearm(conn, sk, st.d.timer_us);
	toe_rx_frames(conn);
	toe_conn_put(conn);	/* the NIC's */
}

void toe_upload_forget(struct toe_conn *conn, struct sock *sk,
		       enum toe_upload_reason reason)
{
	struct toe_tcp_state st = {};

	if (conn->state == TOE_STATE_OFFLOADING)
		toe_transfer_cancel(conn, sk);
	if (conn->state != TOE_STATE_OFFLOADED)
		return;
	toe_terminate(conn, &st);
	toe_fsm_move(conn, TOE_STATE_UPLOADING, reason);
	toe_sock_mark(sk, false);
	toe_gate_open(conn, sk);
	toe_conn_off_dev(conn);
	toe_fsm_move(conn, TOE_STATE_HOST, reason);
	toe_mib_inc(conn->tn, TOE_MIB_UPLOADED);
	toe_conn_put(conn);
}
