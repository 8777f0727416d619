// SPDX-License-Identifier: GPL-2.0-only
/* toectl quota: shares of control groups */
#include "toectl.h"

#include <string.h>

#define CGROUP_DIR	"/sys/fs/cgroup"
#define LIMIT_MAX	1048576

static void quota(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_QUOTA_MAX + 1];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_QUOTA_MAX);
	out_open_object(NULL);
	out_str("cgroup", "CGROUP", "%s", nl_str(tb[TOE_A_QUOTA_CGROUP]));
	out_num("limit", "LIMIT", nl_u32(tb[TOE_A_QUOTA_LIMIT]));
	out_num("used", "USED", nl_u32(tb[TOE_A_QUOTA_USED]));
	out_close_object();
}

int quota_show(const char *key)
{
	int code = nl_open();

	if (code)
		return code;
	out_open_table(key);
	code = nl_talk(nl_request(TOE_CMD_QUOTA_GET, NLM_F_DUMP), quota, NULL);
	out_close_table();
	return code;
}

/* As the shell completes it, or as the kernel names it */
static void put_cgroup(struct nlmsghdr *nlh, const char *arg)
{
	if (!strncmp(arg, CGROUP_DIR "/", strlen(CGROUP_DIR "/")))
		arg += strlen(CGROUP_DIR);
	mnl_attr_put_strz(nlh, TOE_A_QUOTA_CGROUP, arg);
}

static int quota_set(int argc, char **argv)
{
	struct nlmsghdr *nlh;
	uint32_t limit;

	if (argc != 2)
		return usage("\"quota set\" needs a cgroup and its limit");
	if (number_parse(argv[1], 0, LIMIT_MAX, &limit))
		return usage("\"%s\" is not a number of connections, 0 to %d",
			     argv[1], LIMIT_MAX);
	nlh = nl_request(TOE_CMD_QUOTA_SET, 0);
	put_cgroup(nlh, argv[0]);
	mnl_attr_put_u32(nlh, TOE_A_QUOTA_LIMIT, limit);
	return nl_send(nlh);
}

static int quota_del(int argc, char **argv)
{
	struct nlmsghdr *nlh;

	if (argc != 1)
		return usage("\"quota del\" needs a cgroup");
	nlh = nl_request(TOE_CMD_QUOTA_DEL, 0);
	put_cgroup(nlh, argv[0]);
	return nl_send(nlh);
}

int do_quota(int argc, char **argv)
{
	if (!argc || (argc == 1 && is_word(argv[0], "show")))
		return quota_show(NULL);
	if (is_word(argv[0], "show"))
		return usage("too much: \"%s\"", argv[1]);
	if (is_word(argv[0], "set"))
		return quota_set(argc - 1, argv + 1);
	if (is_word(argv[0], "del"))
		return quota_del(argc - 1, argv + 1);
	return usage("unknown command \"quota %s\"", argv[0]);
}
