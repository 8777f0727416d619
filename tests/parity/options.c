// SPDX-License-Identifier: GPL-2.0-only
/* Socket options: values, and what some of them do. */
#define _GNU_SOURCE
#include "parity.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

struct option {
	const char *name;
	int level, opt, val;
};

#define OPTION(level, opt, val)	{ #opt " = " #val, level, opt, val }

static const struct option options[] = {
	OPTION(SOL_TCP, TCP_NODELAY, 1),
	OPTION(SOL_TCP, TCP_NODELAY, 0),
	OPTION(SOL_TCP, TCP_CORK, 1),
	OPTION(SOL_TCP, TCP_CORK, 0),
	OPTION(SOL_TCP, TCP_QUICKACK, 0),
	OPTION(SOL_TCP, TCP_QUICKACK, 1),
	OPTION(SOL_TCP, TCP_MAXSEG, 600),
	OPTION(SOL_TCP, TCP_MAXSEG, 1),
	OPTION(SOL_TCP, TCP_KEEPIDLE, 77),
	OPTION(SOL_TCP, TCP_KEEPIDLE, 0),
	OPTION(SOL_TCP, TCP_KEEPINTVL, 7),
	OPTION(SOL_TCP, TCP_KEEPCNT, 5),
	OPTION(SOL_TCP, TCP_KEEPCNT, 1000),
	OPTION(SOL_TCP, TCP_SYNCNT, 3),
	OPTION(SOL_TCP, TCP_LINGER2, 9),
	OPTION(SOL_TCP, TCP_LINGER2, -1),
	OPTION(SOL_TCP, TCP_DEFER_ACCEPT, 3),
	OPTION(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1),
	OPTION(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 2),
	OPTION(SOL_TCP, TCP_THIN_DUPACK, 1),
	OPTION(SOL_TCP, TCP_NOTSENT_LOWAT, 12345),
	OPTION(SOL_TCP, TCP_NOTSENT_LOWAT, -1),
	OPTION(SOL_TCP, TCP_INQ, 1),
	OPTION(SOL_TCP, TCP_INQ, 2),
	OPTION(SOL_TCP, TCP_SAVE_SYN, 1),
	OPTION(SOL_TCP, TCP_FASTOPEN_CONNECT, 1),
	OPTION(SOL_TCP, 9999, 1),
	OPTION(SOL_SOCKET, SO_KEEPALIVE, 1),
	OPTION(SOL_SOCKET, SO_KEEPALIVE, 0),
	OPTION(SOL_SOCKET, SO_OOBINLINE, 1),
	OPTION(SOL_SOCKET, SO_PRIORITY, 3),
	OPTION(SOL_SOCKET, SO_MARK, 7),
	OPTION(SOL_SOCKET, SO_MARK, 0),
	OPTION(SOL_SOCKET, SO_PEEK_OFF, 0),
	OPTION(SOL_SOCKET, SO_PEEK_OFF, -1),
	OPTION(SOL_SOCKET, SO_RCVLOWAT, 100),
	OPTION(SOL_SOCKET, SO_RCVLOWAT, 0),
	OPTION(SOL_SOCKET, SO_SNDLOWAT, 100),
	OPTION(SOL_SOCKET, SO_SNDBUF, 50000),
	OPTION(SOL_SOCKET, SO_RCVBUF, 300000),
	OPTION(SOL_SOCKET, SO_BUSY_POLL, 10),
	OPTION(SOL_SOCKET, SO_BUSY_POLL, 0),
	OPTION(SOL_SOCKET, SO_MAX_PACING_RATE, 100000000),
	OPTION(SOL_SOCKET, SO_MAX_PACING_RATE, -1),
	OPTION(SOL_SOCKET, SO_REUSEADDR, 1),
	OPTION(SOL_SOCKET, SO_ERROR, 1),
	OPTION(SOL_SOCKET, SO_TYPE, 1),
	OPTION(SOL_SOCKET, SO_TIMESTAMP, 1),
	OPTION(SOL_SOCKET, SO_TIMESTAMP, 0),
	OPTION(SOL_SOCKET, SO_ZEROCOPY, 1),
	OPTION(SOL_SOCKET, 9999, 1),
	OPTION(SOL_IP, IP_TOS, 0x48),
	OPTION(SOL_IP, IP_TTL, 33),
	OPTION(SOL_IP, IP_TTL, 256),
	OPTION(SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO),
	OPTION(SOL_IP, IP_RECVERR, 1),
	OPTION(SOL_IP, IP_RECVERR, 0),
	OPTION(SOL_IP, IP_MINTTL, 1),
	OPTION(SOL_IP, IP_MTU, 0),
	OPTION(SOL_IPV6, IPV6_TCLASS, 0x48),
	OPTION(SOL_IPV6, IPV6_UNICAST_HOPS, 33),
	OPTION(SOL_IPV6, IPV6_V6ONLY, 1),
	OPTION(SOL_IPV6, IPV6_RECVPKTINFO, 0),
	OPTION(SOL_IPV6, IPV6_MTU, 0),
};

/* Each set, asked for, and data both ways with it */
CASE(options, values)
{
	const struct option *o;
	char what[64];
	size_t i;

	for (i = 0; i < COUNT(options); i++) {
		o = &options[i];
		errno = 0;
		tell(o->name, setsockopt(f->sk, o->level, o->opt, &o->val,
					 sizeof(o->val)));
		snprintf(what, sizeof(what), "%s, got", o->name);
		errno = 0;
		tell(what, got(f->sk, o->level, o->opt));
		if (o->level == SOL_TCP && o->opt == TCP_CORK && o->val)
			continue;	/* the tail would wait */
		put(f->sk, 700);
		get(f->peer, 700);
		put(f->peer, 700);
		get(f->sk, 700);
	}
}

CASE(options, bad)
{
	socklen_t len = 1;
	char byte;

	ERR(setsockopt(f->sk, SOL_TCP, TCP_NODELAY, data, 1), EINVAL);
	ERR(setsockopt(f->sk, SOL_TCP, TCP_NODELAY, (void *)1, 4), EFAULT);
	ERR(setsockopt(f->sk, 9999, 1, data, 4), ENOPROTOOPT);
	TELL(getsockopt(f->sk, SOL_TCP, TCP_NODELAY, &byte, &len));
	TELL(len);
	len = -1;
	TELL(getsockopt(f->sk, SOL_TCP, TCP_INFO, &byte, &len));
	TELL(getsockopt(f->sk, 9999, 1, &byte, &len));
}

CASE(options, congestion, .up = "unsupported")
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	EQ(setsockopt(f->sk, SOL_TCP, TCP_CONGESTION, "reno", 4), 0);
	EQ(getsockopt(f->sk, SOL_TCP, TCP_CONGESTION, name, &len), 0);
	EQ(strcmp(name, "reno"), 0);
	ERR(setsockopt(f->sk, SOL_TCP, TCP_CONGESTION, "nosuch", 6), ENOENT);
	EQ(setsockopt(f->sk, SOL_TCP, TCP_CONGESTION, "cubic", 5), 0);
	put(f->sk, 100000);
	get(f->peer, 100000);
}

CASE(options, user_timeout, .up = "unsupported")
{
	set(f->sk, SOL_TCP, TCP_USER_TIMEOUT, 5000);
	EQ(got(f->sk, SOL_TCP, TCP_USER_TIMEOUT), 5000);
	ERR(setsockopt(f->sk, SOL_TCP, TCP_USER_TIMEOUT, &(int){ -1 }, 4),
	    EINVAL);
	put(f->sk, 1000);
	get(f->peer, 1000);
}

CASE(options, window_clamp, .up = "unsupported")
{
	set(f->sk, SOL_TCP, TCP_WINDOW_CLAMP, 20000);
	TELL(got(f->sk, SOL_TCP, TCP_WINDOW_CLAMP));
	put(f->peer, 10000);
	get(f->sk, 10000);
}

static void small_segments(int fd)
{
	set(fd, SOL_TCP, TCP_MAXSEG, 536);
}

CASE(options, maxseg, .prepare = small_segments)
{
	TELL(got(f->sk, SOL_TCP, TCP_MAXSEG));
	put(f->sk, 100000);
	get(f->peer, 100000);
	put(f->peer, 100000);
	get(f->sk, 100000);
	TELL(got(f->sk, SOL_TCP, TCP_MAXSEG));
}

CASE(options, cork)
{
	double start = now();

	set(f->sk, SOL_TCP, TCP_CORK, 1);
	put(f->sk, 100);
	/* on a loaded machine the 200 ms may be over */
	OK(!readable_within(f->peer, 60) || now() - start > 0.15);
	set(f->sk, SOL_TCP, TCP_CORK, 0);
	get(f->peer, 100);
	set(f->sk, SOL_TCP, TCP_CORK, 1);
	/* whole segments are not held */
	put(f->sk, 5000);
	OK(readable_within(f->peer, 20000));
	set(f->sk, SOL_TCP, TCP_CORK, 0);
	get(f->peer, 5000);
	put(f->sk, 100);
	get(f->peer, 100);
}

/* and no tail for ever. A hand-over begins its 200 ms anew, so the variant that
 * never stops can't tell.
 */
CASE(options, cork_over)
{
	set(f->sk, SOL_TCP, TCP_CORK, 1);
	put(f->sk, 100);
	if (f->variant == MOVED)
		set(f->sk, SOL_TCP, TCP_CORK, 0);
	get(f->peer, 100);
}

CASE(options, cork_nodelay)
{
	set(f->sk, SOL_TCP, TCP_CORK, 1);
	put(f->sk, 100);
	/* pushes what is there, now */
	set(f->sk, SOL_TCP, TCP_NODELAY, 1);
	get(f->peer, 100);
	EQ(got(f->sk, SOL_TCP, TCP_CORK), 1);
}

/* ---- on the wire ------------------------------------------------------------- */

/* The bytes of IP's header that the next segment with payload of A has in B */
static void on_wire(struct fixture *f, uint8_t *tos, uint8_t *ttl)
{
	bool v6 = f->family == AF_INET6;
	uint16_t type = htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = type };
	uint8_t p[2048];
	ssize_t n;
	int fd;

	on_host(B);
	fd = socket(AF_PACKET, SOCK_DGRAM, type);
	ll.sll_ifindex = if_nametoindex("vethB");
	EQ(bind(fd, (void *)&ll, sizeof(ll)), 0);
	on_host(A);
	put(f->sk, 700);
	do {
		OK(readable_within(fd, 20000));
		n = recv(fd, p, sizeof(p), 0);
	} while (n < 700 || p[v6 ? 23 : 15] != 1);	/* from A */
	*tos = v6 ? p[0] << 4 | p[1] >> 4 : p[1];
	*ttl = v6 ? p[7] : p[8];
	close(fd);
	get(f->peer, 700);
}

CASE(options, tos_and_ttl)
{
	bool v6 = f->family == AF_INET6;
	uint8_t tos, ttl;

	on_wire(f, &tos, &ttl);
	EQ(tos, 0);
	EQ(ttl, 64);
	set(f->sk, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_TCLASS : IP_TOS, 0x48);
	on_wire(f, &tos, &ttl);
	EQ(tos, 0x48);
	set(f->sk, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL, 33);
	on_wire(f, &tos, &ttl);
	EQ(ttl, 33);
}

/* ---- TCP_INFO ---------------------------------------------------------------- */

static void info(int fd, struct tcp_info *ti)
{
	socklen_t len = sizeof(*ti);

	memset(ti, 0, sizeof(*ti));
	if (getsockopt(fd, SOL_TCP, TCP_INFO, ti, &len))
		fail("TCP_INFO: %s", strerror(errno));
}

struct counter {
	const char *name;
	size_t offset;
};

#define COUNTER(field)	{ #field, offsetof(struct tcp_info, field) }

static const struct counter counters64[] = {
	COUNTER(tcpi_bytes_acked),
	COUNTER(tcpi_bytes_received),
	COUNTER(tcpi_bytes_sent),
	COUNTER(tcpi_bytes_retrans),
	COUNTER(tcpi_busy_time),
	COUNTER(tcpi_rwnd_limited),
	COUNTER(tcpi_sndbuf_limited),
};

static const struct counter counters32[] = {
	COUNTER(tcpi_segs_in),
	COUNTER(tcpi_segs_out),
	COUNTER(tcpi_data_segs_in),
	COUNTER(tcpi_data_segs_out),
	COUNTER(tcpi_total_retrans),
	COUNTER(tcpi_delivered),
	COUNTER(tcpi_delivered_ce),
	COUNTER(tcpi_dsack_dups),
	COUNTER(tcpi_reord_seen),
	COUNTER(tcpi_rcv_ooopack),
};

static void grows(const char *name, uint64_t old, uint64_t new)
{
	if (new < old)
		fail("%s went from %llu to %llu", name,
		     (unsigned long long)old, (unsigned long long)new);
}

static void monotonic(const struct tcp_info *old, const struct tcp_info *new)
{
	const char *a = (const void *)old, *b = (const void *)new;
	const struct counter *c;

	for (c = counters64; c < counters64 + COUNT(counters64); c++)
		grows(c->name, *(const uint64_t *)(a + c->offset),
		      *(const uint64_t *)(b + c->offset));
	for (c = counters32; c < counters32 + COUNT(counters32); c++)
		grows(c->name, *(const uint32_t *)(a + c->offset),
		      *(const uint32_t *)(b + c->offset));
}

CASE(options, info)
{
	struct tcp_info first, old, new;
	int i;

	info(f->sk, &first);
	old = first;
	for (i = 0; i < 100; i++) {
		put(f->sk, 3000);
		info(f->sk, &new);
		monotonic(&old, &new);
		old = new;
		get(f->peer, 3000);
		put(f->peer, 2000);
		get(f->sk, 2000);
		info(f->sk, &new);
		monotonic(&old, &new);
		old = new;
	}
	wait_acked(f->sk);
	info(f->sk, &new);
	EQ(new.tcpi_bytes_acked - first.tcpi_bytes_acked, 300000);
	EQ(new.tcpi_bytes_received - first.tcpi_bytes_received, 200000);
	OK(new.tcpi_bytes_sent - first.tcpi_bytes_sent >= 300000);
	OK(new.tcpi_delivered - first.tcpi_delivered >= 200);
	OK(new.tcpi_data_segs_out - first.tcpi_data_segs_out >= 100);
	OK(new.tcpi_data_segs_in - first.tcpi_data_segs_in >= 100);
	EQ(new.tcpi_unacked, 0);
	EQ(new.tcpi_notsent_bytes, 0);
	OK(new.tcpi_rtt && new.tcpi_rtt < 10000000);
	OK(new.tcpi_rto && new.tcpi_min_rtt < 10000000);
	OK(new.tcpi_snd_cwnd >= 2);
	OK(new.tcpi_snd_wnd && new.tcpi_rcv_space && new.tcpi_rcv_ssthresh);
	OK(new.tcpi_last_data_sent < 60000 && new.tcpi_last_data_recv < 60000);
	OK(new.tcpi_last_ack_recv < 60000);
	TELL(new.tcpi_state);
	TELL(new.tcpi_options);
	TELL(new.tcpi_snd_wscale);
	TELL(new.tcpi_rcv_wscale);
	TELL(new.tcpi_snd_mss);
	TELL(new.tcpi_advmss);
	TELL(new.tcpi_pmtu);
	TELL(new.tcpi_ca_state);
}

/* The clock of time stamps never goes back, whoever has the connection. */
CASE(options, timestamp)
{
	uint32_t old = got(f->sk, SOL_TCP, TCP_TIMESTAMP), new;
	int i;

	for (i = 0; i < 100; i++) {
		put(f->sk, 1000);
		get(f->peer, 1000);
		new = got(f->sk, SOL_TCP, TCP_TIMESTAMP);
		if ((int32_t)(new - old) < 0)
			fail("time stamp went from %u to %u", old, new);
		old = new;
	}
}

CASE(options, bind_to_device)
{
	char name[IFNAMSIZ] = "";
	socklen_t len = sizeof(name);

	talk(f);
	EQ(setsockopt(f->sk, SOL_SOCKET, SO_BINDTODEVICE, "toe0", 5), 0);
	EQ(getsockopt(f->sk, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	EQ(strcmp(name, "toe0"), 0);
	put(f->sk, 100000);
	get(f->peer, 100000);
	put(f->peer, 100000);
	get(f->sk, 100000);
	EQ(setsockopt(f->sk, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
	put(f->sk, 1000);
	get(f->peer, 1000);
	ERR(setsockopt(f->sk, SOL_SOCKET, SO_BINDTODEVICE, "nosuch", 7), ENODEV);
}

static void peer_gets_400000(struct fixture *f)
{
	get(f->peer, 400000);
}

/* 400 KB at 400 KB/s, but for what may leave at once. Each hand-over lets a little
 * leave at once, so the variant that never stops can't tell.
 */
CASE(options, pacing)
{
	double start;
	pthread_t t;

	set(f->sk, SOL_SOCKET, SO_MAX_PACING_RATE, 400000);
	put(f->sk, 1000);
	get(f->peer, 1000);
	start = now();
	t = later(f, 0, peer_gets_400000);
	put(f->sk, 400000);
	done(t);
	OK(f->variant == MOVED || now() - start > 0.6);
	set(f->sk, SOL_SOCKET, SO_MAX_PACING_RATE, -1);
	t = later(f, 0, peer_gets_400000);
	put(f->sk, 400000);
	done(t);
}

static void wire(const char *how)
{
	run_command("tc -n A qdisc replace dev vethA root netem %s", how);
}

static void wire_back(void)
{
	run_command("tc -n A qdisc del dev vethA root");
}

/* What is on its way is seen as unacknowledged. */
CASE(options, info_unacked)
{
	struct tcp_info ti;

	wire("delay 300ms");
	put(f->sk, 3000);
	info(f->sk, &ti);
	OK(ti.tcpi_unacked > 0);
	OK(asked(f->sk, SIOCOUTQ) == 3000);
	get(f->peer, 3000);
	wait_acked(f->sk);
	wire_back();
	info(f->sk, &ti);
	EQ(ti.tcpi_unacked, 0);
}

/* ---- giving up ------------------------------------------------------------------- */

/* A clock that a hand-over starts anew never ends in the variant moved; a slow
 * machine gets six times what is due.
 */
static void in_time(double start, double least, double due)
{
	double took = ticks() - start;

	if (took < least || took > due * 6)
		fail("%.1f s instead of %.1f", took, due);
}

static void hasty(int fd)
{
	set(fd, SOL_TCP, TCP_USER_TIMEOUT, 1500);
}

/* In time: from the first transmission on, whoever made it */
CASE(options, give_up, .prepare = hasty, .up = "timeout", .ends = true)
{
	double start;

	put(f->sk, 1000);
	get(f->peer, 1000);
	wait_acked(f->sk);
	wire("loss 100%");
	put(f->sk, 1000);
	start = ticks();
	ERR(recv(f->sk, room, 1, 0), ETIMEDOUT);
	wire_back();
	in_time(start, 1.3, 1.5);
}

static void keepalive(int fd)
{
	set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(fd, SOL_TCP, TCP_KEEPIDLE, 1);
	set(fd, SOL_TCP, TCP_KEEPINTVL, 1);
	set(fd, SOL_TCP, TCP_KEEPCNT, 2);
}

CASE(options, keepalive, .prepare = keepalive, .ends = true)
{
	double start;

	nap(2500);		/* probes are answered */
	put(f->sk, 100);
	get(f->peer, 100);
	wait_acked(f->sk);
	wire("loss 100%");
	start = ticks();
	ERR(recv(f->sk, room, 1, 0), ETIMEDOUT);
	wire_back();
	in_time(start, 1.9, 3);
}
