// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The send gate
 *
 * While the NIC owns a connection the application's system calls run the
 * kernel's own code: tcp_sendmsg() and friends append to sk_write_queue and
 * then try to push. The push has to stop before it touches the queue. TCP
 * has such a place: a connection that paces itself looks at the time of its
 * next departure first and leaves everything as it is while that lies in the
 * future (tcp_pacing_check()). The gate puts that time a year ahead.
 *
 * What is behind the gate is posted to the NIC when the socket lock is
 * released (sock.c). Everything from snd_una on stays in sk_write_queue, so
 * the retransmit queue is empty and no timer of the host's stack has work:
 *  - icsk_pending holds a value that no timer handler knows, which keeps
 *    tcp_check_probe_timer() from arming the persist timer;
 *  - retransmit and delayed-ACK timers are stopped;
 *  - keepalive stays the host's: its probe is caught by the fence in
 *    sock.c and emitted by the NIC, its verdict is the host's alone (P4).
 * Segments that are built nevertheless (ACKs, probes, resets) end at the
 * fence. Gate and fence together are promise P2 on the host's side.
 */
#include "gate.h"

#include <linux/hrtimer.h>
#include <net/tcp.h>

#include "conn.h"
#include "queue.h"

/* Not a value of ICSK_TIME_*: tcp_write_timer_handler() ignores it */
#define TOE_ICSK_PENDING	0x7f

#define TOE_GATE_NS		(365ULL * 24 * 3600 * NSEC_PER_SEC)

static void toe_timers_stop(struct toe_conn *conn, struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	icsk->icsk_pending = TOE_ICSK_PENDING;
	sk_stop_timer(sk, &icsk->icsk_retransmit_timer);
	/* a delayed ACK that the host owes goes out by the next post */
	if (icsk->icsk_ack.pending & ICSK_ACK_SCHED)
		__set_bit(TOE_CONN_ACK, &conn->flags);
	icsk->icsk_ack.pending = 0;
	sk_stop_timer(sk, &icsk->icsk_delack_timer);
}

/**
 * toe_gate_close() - stop the host's stack from sending
 * @conn: the connection
 * @sk: its socket
 *
 * Context: socket locked.
 */
void toe_gate_close(struct toe_conn *conn, struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (__test_and_set_bit(TOE_CONN_GATED, &conn->flags))
		return;
	conn->saved_pacing_status = sk->sk_pacing_status;
	conn->saved_wstamp = tp->tcp_wstamp_ns;
	conn->saved_mtup = inet_csk(sk)->icsk_mtup.enabled;
	inet_csk(sk)->icsk_mtup.enabled = 0;
	tp->tcp_wstamp_ns = tcp_clock_ns() + TOE_GATE_NS;
	/* pairs with tcp_needs_internal_pacing() */
	smp_store_release(&sk->sk_pacing_status, SK_PACING_NEEDED);
	toe_timers_stop(conn, sk);
}

/**
 * toe_gate_open() - let the host's stack send again
 * @conn: the connection
 * @sk: its socket
 *
 * The caller arms the timers afterwards.
 *
 * Context: socket locked.
 */
void toe_gate_open(struct toe_conn *conn, struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (!__test_and_clear_bit(TOE_CONN_GATED, &conn->flags))
		return;
	/* SO_MAX_PACING_RATE may have been set meanwhile */
	if (conn->saved_pacing_status == SK_PACING_NONE &&
	    sk->sk_max_pacing_rate != ~0UL)
		conn->saved_pacing_status = SK_PACING_NEEDED;
	/* pairs with tcp_needs_internal_pacing() */
	smp_store_release(&sk->sk_pacing_status, conn->saved_pacing_status);
	tp->tcp_wstamp_ns = conn->saved_wstamp;
	icsk->icsk_mtup.enabled = conn->saved_mtup;
	/* tcp_pacing_check() took a reference when it started the timer */
	if (hrtimer_try_to_cancel(&tp->pacing_timer) == 1)
		__sock_put(sk);
	if (icsk->icsk_pending == TOE_ICSK_PENDING)
		icsk->icsk_pending = 0;
}

void toe_gate_settle(struct toe_conn *conn, struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (!test_bit(TOE_CONN_GATED, &conn->flags))
		return;
	/* nothing may be in the retransmit queue; see toe_fence_hold() */
	if (unlikely(!tcp_rtx_queue_empty(sk)))
		toe_queue_down(sk);
	icsk->icsk_probes_out = 0;	/* the peer was heard */
	icsk->icsk_retransmits = 0;
	if (unlikely(icsk->icsk_pending != TOE_ICSK_PENDING ||
		     icsk->icsk_ack.pending))
		toe_timers_stop(conn, sk);
}
