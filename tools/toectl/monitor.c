// SPDX-License-Identifier: GPL-2.0-only
/* toectl monitor: one line, or one JSON object, per event */
#include "toectl.h"

#include <time.h>

static void stamp(void)
{
	struct timespec now;
	char text[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	out_str("time", "", "%s.%06ld", text, now.tv_nsec / 1000);
}

static void dev_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TOE_A_DEV_MAX + 1];

	nl_attrs(nlh, tb, TOE_A_DEV_MAX);
	out_str("object", "  ", "dev");
	out_str("dev", " ", "%s", nl_str(tb[TOE_A_DEV_IFNAME]));
	out_str("event", "  ", "%s", nl_str(tb[TOE_A_DEV_EVENT_NAME]));
}

static void conn_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];
	char local[ENDPOINT_LEN], remote[ENDPOINT_LEN];

	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	out_str("object", "  ", "conn");
	out_num("id", " ", nl_u32(tb[TOE_A_CONN_ID]));
	out_str("local", "  ", "%s", endpoint(local, tb[TOE_A_CONN_LADDR],
					      tb[TOE_A_CONN_LPORT]));
	out_str("remote", " - ", "%s", endpoint(remote, tb[TOE_A_CONN_RADDR],
						tb[TOE_A_CONN_RPORT]));
	out_str("from", "  ", "%s", nl_str(tb[TOE_A_CONN_OLD_STATE_NAME]));
	out_str("to", " -> ", "%s", nl_str(tb[TOE_A_CONN_STATE_NAME]));
	if (tb[TOE_A_CONN_IFNAME])
		out_str("dev", "  dev ", "%s", nl_str(tb[TOE_A_CONN_IFNAME]));
	if (tb[TOE_A_CONN_REFUSAL])
		out_str("refused", "  refused ", "%s",
			nl_str(tb[TOE_A_CONN_REFUSAL_NAME]));
	if (tb[TOE_A_CONN_UPLOAD])
		out_str("reason", "  reason ", "%s",
			nl_str(tb[TOE_A_CONN_UPLOAD_NAME]));
}

static void show_one(const struct nlmsghdr *nlh, void *arg)
{
	(void)arg;
	out_open_object(NULL);
	stamp();
	switch (nl_cmd(nlh)) {
	case TOE_CMD_DEV_NTF:
		dev_event(nlh);
		break;
	case TOE_CMD_CONN_NTF:
		conn_event(nlh);
		break;
	}
	out_close_object();
	out_text("\n");
	out_flush();
}

int do_monitor(int argc, char **argv)
{
	int code;

	if (argc)
		return usage("too much: \"%s\"", argv[0]);
	code = nl_open();
	if (code)
		return code;
	return nl_listen(show_one, NULL);
}
