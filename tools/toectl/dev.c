// SPDX-License-Identifier: GPL-2.0-only
/* toectl dev */
#include "toectl.h"

#include <linux/genetlink.h>

#define MAX_WORDS	16

/* All strings of one attribute */
static void words(const struct nlmsghdr *nlh, int type, const char *key,
		  const char *title)
{
	const char *list[MAX_WORDS];
	const struct nlattr *attr;
	int nr = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == type && nr < MAX_WORDS)
			list[nr++] = nl_str(attr);
	}
	out_words(key, title, list, nr);
}

static const char *state(const struct nlattr **tb)
{
	if (nl_u32(tb[TOE_A_DEV_DEAD]))
		return "dead";
	if (!nl_u32(tb[TOE_A_DEV_ENABLED]))
		return "off";
	if (nl_u32(tb[TOE_A_DEV_PAUSED]))
		return "paused";
	return "ready";
}

static void show_one(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_DEV_MAX + 1];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_DEV_MAX);
	out_open_object(NULL);
	out_str("dev", "DEV", "%s", nl_str(tb[TOE_A_DEV_IFNAME]));
	out_num("ifindex", NULL, nl_u32(tb[TOE_A_DEV_IFINDEX]));
	out_str("state", "STATE", "%s", state(tb));
	out_bool("enabled", NULL, nl_u32(tb[TOE_A_DEV_ENABLED]));
	out_num("paused", NULL, nl_u32(tb[TOE_A_DEV_PAUSED]));
	out_bool("dead", NULL, nl_u32(tb[TOE_A_DEV_DEAD]));
	out_num("conns", "CONNS", nl_u32(tb[TOE_A_DEV_CONNS]));
	out_num("tcp_entries", "ENTRIES", nl_u32(tb[TOE_A_DEV_TCP_ENTRIES]));
	out_size("max_rcv_wnd", "WINDOW", nl_u32(tb[TOE_A_DEV_MAX_RCV_WND]));
	words(nlh, TOE_A_DEV_FAMILIES, "families", "FAMILIES");
	words(nlh, TOE_A_DEV_CC, "congestion", "CONGESTION");
	out_close_object();
}

int dev_show(const char *key)
{
	int code = nl_open();

	if (code)
		return code;
	out_open_table(key);
	code = nl_talk(nl_request(TOE_CMD_DEV_GET, NLM_F_DUMP), show_one,
		       NULL);
	out_close_table();
	return code;
}

int do_dev(int argc, char **argv)
{
	if (!argc || (argc == 1 && is_word(argv[0], "show")))
		return dev_show(NULL);
	if (is_word(argv[0], "show"))
		return usage("too much: \"%s\"", argv[1]);
	return usage("unknown command \"dev %s\"", argv[0]);
}
