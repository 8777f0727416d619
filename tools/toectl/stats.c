// SPDX-License-Identifier: GPL-2.0-only
/* toectl stats */
#include "toectl.h"

#include <stdio.h>
#include <string.h>

struct walk {
	bool all;
	char group[32];
};

/* JSON: one object per group. Text: reasons only where they happened. */
static void show_one(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_STAT_MAX + 1];
	struct walk *walk = arg;
	const char *group;

	nl_attrs(nlh, tb, TOE_A_STAT_MAX);
	group = nl_str(tb[TOE_A_STAT_GROUP]);
	if (strcmp(group, walk->group)) {
		if (out_is_json() && *walk->group)
			out_close_object();
		if (out_is_json())
			out_open_object(group);
		snprintf(walk->group, sizeof(walk->group), "%s", group);
	}
	if (out_is_json()) {
		out_num(nl_str(tb[TOE_A_STAT_NAME]), NULL,
			nl_u64(tb[TOE_A_STAT_VALUE]));
		return;
	}
	if (!walk->all && strcmp(group, "total") &&
	    !nl_u64(tb[TOE_A_STAT_VALUE]))
		return;
	out_open_object(NULL);
	out_str("group", "GROUP", "%s", group);
	out_str("name", "NAME", "%s", nl_str(tb[TOE_A_STAT_NAME]));
	out_num("value", "VALUE", nl_u64(tb[TOE_A_STAT_VALUE]));
	out_close_object();
}

int stats_show(const char *key, bool all)
{
	struct walk walk = { .all = all };
	int code = nl_open();

	if (code)
		return code;
	if (out_is_json())
		out_open_object(key);
	else
		out_open_table(key);
	code = nl_talk(nl_request(TOE_CMD_STATS_GET, NLM_F_DUMP), show_one,
		       &walk);
	if (out_is_json() && *walk.group)
		out_close_object();
	if (out_is_json())
		out_close_object();
	else
		out_close_table();
	return code;
}

int do_stats(int argc, char **argv)
{
	if (!argc || (argc == 1 && is_word(argv[0], "show")))
		return stats_show(NULL, false);
	if (argc == 2 && is_word(argv[0], "show") && is_word(argv[1], "all"))
		return stats_show(NULL, true);
	if (is_word(argv[0], "show"))
		return usage("unknown word \"%s\" after \"stats show\"",
			     argv[1]);
	return usage("unknown command \"stats %s\"", argv[0]);
}
