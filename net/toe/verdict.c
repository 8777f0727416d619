// SPDX-License-Identifier: GPL-2.0-only
#include "verdict.h"

#include <linux/cgroup.h>
#include <net/tcp.h>

#include "conn.h"

/* A rate is that of at least so long */
#define TOE_RATE_PERIOD		(HZ / 10)

static void toe_verdict_addr(struct in6_addr *dst, const struct sock *sk,
			     __be32 v4, const struct in6_addr *v6)
{
	if (sk->sk_family == AF_INET6)
		*dst = *v6;
	else
		ipv6_addr_set_v4mapped(v4, dst);
}

static void toe_verdict_ends(const struct sock *sk, struct toe_policy_key *key)
{
	const struct inet_sock *inet = inet_sk(sk);

	key->lport = ntohs(inet->inet_sport);
	key->rport = ntohs(inet->inet_dport);
	toe_verdict_addr(&key->laddr, sk, inet->inet_rcv_saddr,
			 &sk->sk_v6_rcv_saddr);
	toe_verdict_addr(&key->raddr, sk, inet->inet_daddr, &sk->sk_v6_daddr);
	key->family = ipv6_addr_v4mapped(&key->raddr) ? AF_INET : AF_INET6;
}

/* Between two looks, which may be far apart */
static u64 toe_verdict_rate(struct toe_conn *conn, const struct sock *sk)
{
	unsigned long passed = jiffies - conn->rate_at;
	u64 bytes = toe_conn_bytes(sk);

	if (passed >= TOE_RATE_PERIOD) {
		conn->rate = div64_ul((bytes - conn->rate_bytes) * HZ, passed);
		conn->rate_bytes = bytes;
		conn->rate_at = jiffies;
	}
	return conn->rate;
}

static void toe_verdict_measure(struct toe_conn *conn, const struct sock *sk,
				struct toe_measures *m)
{
	u32 srtt = tcp_sk(sk)->srtt_us >> 3;

	m->value[TOE_MEASURE_NONE] = TOE_UNMEASURED;
	m->value[TOE_MEASURE_BYTES] = toe_conn_bytes(sk) - conn->bytes_before;
	m->value[TOE_MEASURE_AGE_MS] = jiffies_to_msecs(jiffies - conn->since);
	m->value[TOE_MEASURE_RATE] = toe_verdict_rate(conn, sk);
	m->value[TOE_MEASURE_RTT_US] = srtt ?: TOE_UNMEASURED;
}

/* Lives as long as the socket's lock is held. Whose socket: as in ss(8), but for
 * one that nobody has accepted yet, which is already its listener's here.
 */
static void toe_verdict_key(struct toe_conn *conn, struct sock *sk,
			    struct toe_policy_key *key)
{
	const struct dst_entry *dst = __sk_dst_get(sk);

	toe_verdict_ends(sk, key);
	key->known = TOE_CRITERIA;
	key->direction = conn->direction;
	key->down = conn->state != TOE_STATE_HOST;
	key->uid = from_kuid_munged(sock_net(sk)->user_ns, sk->sk_uid);
	key->mark = READ_ONCE(sk->sk_mark);
	key->dev = dst ? dst->dev : NULL;
#ifdef CONFIG_SOCK_CGROUP_DATA
	key->cgrp = sock_cgroup_ptr(&sk->sk_cgrp_data);
#else
	key->cgrp = NULL;
#endif
	toe_verdict_measure(conn, sk, &key->now);
	if (!key->down)
		conn->measured = key->now;
	key->then = conn->measured;
}

static void toe_verdict_flag(struct toe_conn *conn, enum toe_conn_flags flag,
			     bool on)
{
	if (on)
		__set_bit(flag, &conn->flags);
	else
		__clear_bit(flag, &conn->flags);
}

/**
 * toe_verdict_renew() - ask the rules about a connection
 * @conn: the connection
 * @sk: its socket
 *
 * Context: socket locked; softirq or process.
 */
void toe_verdict_renew(struct toe_conn *conn, struct sock *sk)
{
	struct toe_policy_key key;

	toe_verdict_key(conn, sk, &key);
	conn->verdict = toe_policy_judge(conn->tn, &key);
	conn->judged = jiffies;
	toe_verdict_flag(conn, TOE_CONN_ALLOWED, conn->verdict.allow);
	toe_verdict_flag(conn, TOE_CONN_OPEN, conn->verdict.open);
}
