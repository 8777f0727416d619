// SPDX-License-Identifier: GPL-2.0-only
/* toectl top: connections by what they move, again and again */
#include "toectl.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MIN_MS		100
#define MAX_MS		3600000

struct flow {
	uint32_t id, state, tcp, srtt_us, cwnd, age_ms;
	uint64_t sent, received;
	uint64_t tx, rx;	/* bytes per second */
	char state_name[16], dev[IFNAMSIZ];
	char local[ENDPOINT_LEN], remote[ENDPOINT_LEN];
};

struct shot {
	uint64_t ms;		/* when, by the monotonic clock */
	struct flow *flows;
	size_t nr, room;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static void keep(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];
	struct shot *shot = arg;
	struct flow *f;

	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	if (shot->nr == shot->room) {
		shot->room = shot->room ? 2 * shot->room : 64;
		shot->flows = need(realloc(shot->flows,
					   shot->room * sizeof(*f)));
	}
	f = memset(&shot->flows[shot->nr++], 0, sizeof(*f));
	f->id = nl_u32(tb[TOE_A_CONN_ID]);
	f->state = nl_u32(tb[TOE_A_CONN_STATE]);
	f->tcp = nl_u32(tb[TOE_A_CONN_TCP_STATE]);
	f->srtt_us = nl_u32(tb[TOE_A_CONN_SRTT_US]);
	f->cwnd = nl_u32(tb[TOE_A_CONN_CWND]);
	f->age_ms = nl_u32(tb[TOE_A_CONN_AGE_MS]);
	f->sent = nl_u64(tb[TOE_A_CONN_BYTES_SENT]);
	f->received = nl_u64(tb[TOE_A_CONN_BYTES_RECEIVED]);
	snprintf(f->state_name, sizeof(f->state_name), "%s",
		 nl_str(tb[TOE_A_CONN_STATE_NAME]));
	snprintf(f->dev, sizeof(f->dev), "%s", nl_str(tb[TOE_A_CONN_IFNAME]));
	endpoint(f->local, tb[TOE_A_CONN_LADDR], tb[TOE_A_CONN_LPORT]);
	endpoint(f->remote, tb[TOE_A_CONN_RADDR], tb[TOE_A_CONN_RPORT]);
}

static int shoot(struct shot *shot)
{
	shot->nr = 0;
	shot->ms = now_ms();
	return nl_talk(nl_request(TOE_CMD_CONN_GET, NLM_F_DUMP), keep, shot);
}

static int by_id(const void *a, const void *b)
{
	const struct flow *f = a, *g = b;

	return (f->id > g->id) - (f->id < g->id);
}

static int by_rate(const void *a, const void *b)
{
	const struct flow *f = a, *g = b;
	uint64_t x = f->tx + f->rx, y = g->tx + g->rx;

	if (x == y) {
		x = f->sent + f->received;
		y = g->sent + g->received;
	}
	return x == y ? by_id(a, b) : (x < y) - (x > y);
}

/* Since the last refresh; of a connection that it did not have, since the
 * connection was established. An id is given out again only to a connection
 * that is younger than the refresh, so bytes that fall are those of another.
 */
static void rate(struct flow *f, uint64_t ms, const struct shot *last)
{
	const struct flow *then = NULL;
	uint64_t sent = f->sent, received = f->received;

	if (last->nr)
		then = bsearch(f, last->flows, last->nr, sizeof(*f), by_id);
	if (then && then->sent <= sent && then->received <= received &&
	    f->age_ms >= then->age_ms) {
		sent -= then->sent;
		received -= then->received;
		ms -= last->ms;
	} else {
		ms = f->age_ms;
	}
	ms = ms ?: 1;
	f->tx = sent * 1000 / ms;
	f->rx = received * 1000 / ms;
}

static void row(const struct flow *f)
{
	out_open_object(NULL);
	out_num("id", "ID", f->id);
	out_str("state", "STATE", "%s", f->state_name);
	out_str("dev", "DEV", "%s", f->dev);
	out_str("local", "LOCAL", "%s", f->local);
	out_str("remote", "REMOTE", "%s", f->remote);
	out_str("tcp", "TCP", "%s", tcp_state(f->tcp));
	out_size("tx_rate", "TX/s", f->tx);
	out_size("rx_rate", "RX/s", f->rx);
	out_size("bytes_sent", "SENT", f->sent);
	out_size("bytes_received", "RECEIVED", f->received);
	out_num("srtt_us", "RTT-us", f->srtt_us);
	out_num("cwnd", "CWND", f->cwnd);
	out_close_object();
}

static void sums(const struct shot *shot)
{
	uint64_t tx = 0, rx = 0, offloaded = 0;
	char text[16];
	struct tm tm;
	time_t now;
	size_t i;

	for (i = 0; i < shot->nr; i++) {
		tx += shot->flows[i].tx;
		rx += shot->flows[i].rx;
		offloaded += shot->flows[i].state == TOE_STATE_OFFLOADED;
	}
	now = time(NULL);
	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &tm));
	out_str("time", "", "%s", text);
	out_num("watched", "  connections ", shot->nr);
	out_num("offloaded", "  offloaded ", offloaded);
	out_size("tx_rate", "  tx/s ", tx);
	out_size("rx_rate", "  rx/s ", rx);
	out_text("\n");
}

/* Lines of the terminal, 0: no terminal, no end */
static size_t height(void)
{
	struct winsize size;

	if (out_is_json() || !isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 4)
		return 24;
	return size.ws_row;
}

/* Sorts by rate what was sorted by id; a refresh later it is sorted back */
static void show(struct shot *shot)
{
	size_t lines = height(), i;

	if (shot->nr)
		qsort(shot->flows, shot->nr, sizeof(*shot->flows), by_rate);
	/* home, and to the end of the screen; lines are cut, not wrapped */
	if (lines)
		out_text("\033[?7l\033[H\033[J");
	out_open_object(NULL);
	sums(shot);
	out_open_table("connections");
	/* the sums, the heads, and where the cursor stands */
	for (i = 0; i < shot->nr && (!lines || i + 3 < lines); i++)
		row(&shot->flows[i]);
	out_close_table();
	out_close_object();
	if (lines)
		out_text("\033[?7h");
	else
		out_text("\n");
	out_flush();
}

static int refresh(struct shot *shot, struct shot *last)
{
	int code = shoot(shot);
	size_t i;

	if (code)
		return code;
	if (last->nr)
		qsort(last->flows, last->nr, sizeof(*last->flows), by_id);
	for (i = 0; i < shot->nr; i++)
		rate(&shot->flows[i], shot->ms, last);
	show(shot);
	return TOECTL_OK;
}

/* Until @due; false: interrupted. The signals of @set are blocked elsewhere, so
 * that a refresh is whole or not there.
 */
static bool sleep_until(uint64_t due, const sigset_t *set)
{
	uint64_t now = now_ms();
	struct timespec left = { 0 };

	if (now < due) {
		left.tv_sec = (due - now) / 1000;
		left.tv_nsec = (due - now) % 1000 * 1000000;
	}
	return sigtimedwait(set, NULL, &left) < 0;
}

/* @count: 0 = until interrupted */
static int loop(uint32_t interval, uint32_t count)
{
	struct shot shots[2] = { 0 };
	uint64_t due = now_ms();
	sigset_t set;
	uint32_t i;
	int code;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0;; i++) {
		code = refresh(&shots[i & 1], &shots[~i & 1]);
		if (code || (count && i + 1 >= count))
			break;
		/* who was held up does not hurry afterwards */
		due = due + interval > now_ms() ? due + interval : now_ms();
		if (ferror(stdout) || !sleep_until(due, &set))
			break;
	}
	free(shots[0].flows);
	free(shots[1].flows);
	return code;
}

/* "2", "0.5" */
static int interval_parse(const char *arg, uint32_t *ms)
{
	double seconds;
	char *end;

	if (strspn(arg, "0123456789.") != strlen(arg))
		return -1;
	seconds = strtod(arg, &end);
	if (end == arg || *end || seconds * 1000 < MIN_MS ||
	    seconds * 1000 > MAX_MS)
		return -1;
	*ms = seconds * 1000;
	return 0;
}

int do_top(int argc, char **argv)
{
	uint32_t interval = 2000, count = 0;
	int code, i;

	for (i = 0; i < argc; i += 2) {
		bool delay = is_word(argv[i], "-d");

		if (!delay && !is_word(argv[i], "-n"))
			return usage("unknown word \"%s\" after \"top\"",
				     argv[i]);
		if (i + 1 == argc)
			return usage("\"top %s\" needs a number", argv[i]);
		if (delay && interval_parse(argv[i + 1], &interval))
			return usage("\"%s\" is not a number of seconds from 0.1 to 3600",
				     argv[i + 1]);
		if (!delay && number_parse(argv[i + 1], 1, UINT32_MAX, &count))
			return usage("\"%s\" is not a number of refreshes",
				     argv[i + 1]);
	}
	code = nl_open();
	return code ?: loop(interval, count);
}
