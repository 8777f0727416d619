// SPDX-License-Identifier: GPL-2.0-only
#include <linux/in6.h>
#include <linux/string.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "conn.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static void toe_trace_tuple4(const struct inet_sock *inet,
			     struct sockaddr_in *local,
			     struct sockaddr_in *remote)
{
	local->sin_family = AF_INET;
	local->sin_port = inet->inet_sport;
	local->sin_addr.s_addr = inet->inet_saddr;
	remote->sin_family = AF_INET;
	remote->sin_port = inet->inet_dport;
	remote->sin_addr.s_addr = inet->inet_daddr;
}

static void toe_trace_tuple6(const struct sock *sk,
			     struct sockaddr_in6 *local,
			     struct sockaddr_in6 *remote)
{
#if IS_ENABLED(CONFIG_IPV6)
	local->sin6_family = AF_INET6;
	local->sin6_port = inet_sk(sk)->inet_sport;
	local->sin6_addr = sk->sk_v6_rcv_saddr;
	remote->sin6_family = AF_INET6;
	remote->sin6_port = inet_sk(sk)->inet_dport;
	remote->sin6_addr = sk->sk_v6_daddr;
#endif
}

/**
 * toe_trace_tuple() - addresses and ports of a connection for a trace record
 * @conn: the connection
 * @local: struct sockaddr_in6, out
 * @remote: struct sockaddr_in6, out
 *
 * Context: socket locked.
 */
void toe_trace_tuple(const struct toe_conn *conn, void *local, void *remote)
{
	const struct sock *sk = conn->sk;

	memset(local, 0, sizeof(struct sockaddr_in6));
	memset(remote, 0, sizeof(struct sockaddr_in6));
	if (!sk)
		return;
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr))
		toe_trace_tuple6(sk, local, remote);
	else
		toe_trace_tuple4(inet_sk(sk), local, remote);
}

/**
 * toe_trace_reason() - word for the reason of a state change
 * @from: state before
 * @to: state after
 * @reason: enum toe_refusal or enum toe_upload_reason, as toe_fsm_move()
 *
 * Context: any.
 * Return: static string, "none" where a change needs no reason.
 */
const char *toe_trace_reason(enum toe_state from, enum toe_state to,
			     u8 reason)
{
	if (!reason)
		return "none";
	if (from == TOE_STATE_OFFLOADING && to == TOE_STATE_HOST)
		return toe_refusal_name(reason);
	return toe_upload_name(reason);
}
