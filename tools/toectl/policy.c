// SPDX-License-Identifier: GPL-2.0-only
/* toectl policy: rules by netlink, knobs by sysctl */
#include "toectl.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KNOB_DIR	"/proc/sys/net/toe"

static const struct knob {
	const char *name;
	bool number;
	const char *values;
} knobs[] = {
	{ "enabled", true, "0 or 1" },
	{ "mode", false, "off, explicit or auto" },
	{ "min_bytes", true, "0 to 2147483647" },
	{ "min_age_ms", true, "0 to 86400000" },
	{ "retry_ms", true, "1 to 3600000" },
	{ "max_connections", true, "0 to 1048576" },
	{ "evict_ms", true, "0 to 3600000" },
	{ "batch_max", true, "1 to 256" },
	{ "batch_ms", true, "1 to 1000" },
	{ "failback_ms", true, "0 to 86400000" },
	{ "ports", false,
	  "ports and ranges, as 80,443,5000-5999; at most 64, empty = all" },
	{ "addresses", false,
	  "prefixes, as 10.0.0.0/8,2001:db8::/32; at most 64, empty = all" },
};

#define NR_KNOBS	((int)(sizeof(knobs) / sizeof(knobs[0])))

static int knob_open(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), KNOB_DIR "/%s", name);
	return open(path, flags | O_CLOEXEC);
}

static int knob_read(const struct knob *knob, char *buf, size_t size)
{
	int fd = knob_open(knob->name, O_RDONLY);
	size_t used = 0;
	ssize_t len = -1;

	if (fd < 0)
		return -1;
	while (used + 1 < size &&
	       (len = read(fd, buf + used, size - 1 - used)) > 0)
		used += len;
	close(fd);
	if (len < 0)
		return -1;
	buf[used] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static void knob_show(const struct knob *knob)
{
	char text[4096], title[32];
	uint32_t number;

	if (knob_read(knob, text, sizeof(text)))
		return;
	snprintf(title, sizeof(title), "%-16s ", knob->name);
	if (knob->number && !number_parse(text, 0, UINT32_MAX, &number))
		out_num(knob->name, title, number);
	else
		out_str(knob->name, title, "%s", text);
	if (!*text)
		out_text("all");
	out_text("\n");
}

static const struct knob *knob_find(const char *name)
{
	int i;

	for (i = 0; i < NR_KNOBS; i++) {
		if (is_word(knobs[i].name, name))
			return &knobs[i];
	}
	return NULL;
}

static int knob_complain(const struct knob *knob, const char *value)
{
	switch (errno) {
	case ENOENT:
		complain("no " KNOB_DIR "; load the module: modprobe toe");
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		complain("not permitted: changes need CAP_NET_ADMIN in this network namespace");
		break;
	case EINVAL:
		complain("%s cannot be \"%s\": give %s", knob->name, value,
			 knob->values);
		break;
	default:
		complain("%s: %s", knob->name, strerror(errno));
	}
	return TOECTL_KERNEL;
}

static int knob_set(int argc, char **argv)
{
	const struct knob *knob;
	char text[4100];
	int fd, len;

	if (argc != 2)
		return usage("\"policy set\" needs a knob and its value");
	knob = knob_find(argv[0]);
	if (!knob)
		return usage("unknown knob \"%s\"", argv[0]);
	fd = knob_open(knob->name, O_WRONLY);
	if (fd < 0)
		return knob_complain(knob, argv[1]);
	/* an empty list has to reach the kernel, too */
	len = snprintf(text, sizeof(text), "%s\n", argv[1]);
	if (len >= (int)sizeof(text))
		len = sizeof(text) - 1;
	len = write(fd, text, len);
	close(fd);
	return len < 0 ? knob_complain(knob, argv[1]) : TOECTL_OK;
}

static const char *range(char *buf, size_t size, const struct nlattr *min,
			 const struct nlattr *max)
{
	if (!min)
		return "any";
	if (nl_u32(min) == nl_u32(max))
		snprintf(buf, size, "%u", nl_u32(min));
	else
		snprintf(buf, size, "%u-%u", nl_u32(min), nl_u32(max));
	return buf;
}

/* From there on is "10-" */
static const char *span(char *buf, size_t size, const struct nlattr *min,
			const struct nlattr *max)
{
	if (!min)
		return "any";
	if (max)
		snprintf(buf, size, "%llu-%llu",
			 (unsigned long long)nl_u64(min),
			 (unsigned long long)nl_u64(max));
	else
		snprintf(buf, size, "%llu-", (unsigned long long)nl_u64(min));
	return buf;
}

static const char *mark_text(char *buf, size_t size, const struct nlattr *mark,
			     const struct nlattr *mask)
{
	if (!mark)
		return "any";
	if (nl_u32(mask) == UINT32_MAX)
		snprintf(buf, size, "0x%x", nl_u32(mark));
	else
		snprintf(buf, size, "0x%x/0x%x", nl_u32(mark), nl_u32(mask));
	return buf;
}

/* One whose directory is gone still stands in the rule, and matches nobody new */
static const char *cgroup_text(char *buf, size_t size,
			       const struct nlattr *id,
			       const struct nlattr *path)
{
	if (!id)
		return "any";
	if (path)
		return nl_str(path);
	snprintf(buf, size, "id %llu", (unsigned long long)nl_u64(id));
	return buf;
}

static const char *direction_text(const struct nlattr *direction)
{
	if (!direction)
		return "any";
	return nl_u32(direction) == TOE_DIRECTION_IN ? "in" : "out";
}

static void rule_criteria(const struct nlattr **tb)
{
	char text[64];

	out_str("dev", "DEV", "%s", tb[TOE_A_RULE_DEV] ?
		nl_str(tb[TOE_A_RULE_DEV]) : "any");
	out_str("direction", "DIRECTION", "%s",
		direction_text(tb[TOE_A_RULE_DIRECTION]));
	out_str("cgroup", "CGROUP", "%s",
		cgroup_text(text, sizeof(text), tb[TOE_A_RULE_CGROUP],
			    tb[TOE_A_RULE_CGROUP_PATH]));
	out_str("uid", "UID", "%s",
		range(text, sizeof(text), tb[TOE_A_RULE_UID_MIN],
		      tb[TOE_A_RULE_UID_MAX]));
	out_str("mark", "MARK", "%s",
		mark_text(text, sizeof(text), tb[TOE_A_RULE_MARK],
			  tb[TOE_A_RULE_MARK_MASK]));
}

static void rule_measures(const struct nlattr **tb)
{
	static const struct {
		const char *key, *title;
		int attr;
	} list[] = {
		{ "bytes", "BYTES", TOE_A_RULE_BYTES_MIN },
		{ "age_ms", "AGE-ms", TOE_A_RULE_AGE_MS_MIN },
		{ "rate", "RATE", TOE_A_RULE_RATE_MIN },
		{ "rtt_us", "RTT-us", TOE_A_RULE_RTT_US_MIN },
	};
	char text[64];
	int i;

	for (i = 0; i < (int)(sizeof(list) / sizeof(list[0])); i++)
		out_str(list[i].key, list[i].title, "%s",
			span(text, sizeof(text), tb[list[i].attr],
			     tb[list[i].attr + 1]));
	out_num("canary", "CANARY", tb[TOE_A_RULE_CANARY] ?
		nl_u32(tb[TOE_A_RULE_CANARY]) : 100);
}

static void rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_RULE_MAX + 1];
	char text[ENDPOINT_LEN];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_RULE_MAX);
	out_open_object(NULL);
	out_num("number", "RULE", nl_u32(tb[TOE_A_RULE_POS]));
	out_str("action", "ACTION", "%s",
		nl_u32(tb[TOE_A_RULE_ACTION]) == TOE_ACTION_ALLOW ? "allow" :
		"deny");
	out_str("local", "LOCAL", "%s",
		prefix_text(text, tb[TOE_A_RULE_LOCAL],
			    tb[TOE_A_RULE_LOCAL_LEN]));
	out_str("lport", "LPORT", "%s",
		range(text, sizeof(text), tb[TOE_A_RULE_LPORT_MIN],
		      tb[TOE_A_RULE_LPORT_MAX]));
	out_str("remote", "REMOTE", "%s",
		prefix_text(text, tb[TOE_A_RULE_REMOTE],
			    tb[TOE_A_RULE_REMOTE_LEN]));
	out_str("rport", "RPORT", "%s",
		range(text, sizeof(text), tb[TOE_A_RULE_RPORT_MIN],
		      tb[TOE_A_RULE_RPORT_MAX]));
	rule_criteria(tb);
	rule_measures(tb);
	out_close_object();
}

int policy_show(const char *key)
{
	int code = nl_open();
	int i;

	if (code)
		return code;
	out_open_object(key);
	out_open_object("knobs");
	for (i = 0; i < NR_KNOBS; i++)
		knob_show(&knobs[i]);
	out_close_object();
	out_open_table("rules");
	code = nl_talk(nl_request(TOE_CMD_POLICY_GET, NLM_F_DUMP), rule, NULL);
	out_close_table();
	out_close_object();
	return code;
}

static int put_prefix(struct nlmsghdr *nlh, int attr, const char *arg)
{
	unsigned int bytes, bits;
	uint8_t addr[16];

	if (prefix_parse(arg, addr, &bytes, &bits))
		return usage("\"%s\" is not an address or prefix", arg);
	mnl_attr_put(nlh, attr, bytes, addr);
	mnl_attr_put_u32(nlh, attr + 1, bits);
	return TOECTL_OK;
}

static int put_range(struct nlmsghdr *nlh, int attr, const char *arg)
{
	uint32_t min, max;

	if (range_parse(arg, &min, &max))
		return usage("\"%s\" is not a port or range of ports", arg);
	mnl_attr_put_u16(nlh, attr, min);
	mnl_attr_put_u16(nlh, attr + 1, max);
	return TOECTL_OK;
}

static int put_position(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t pos;

	if (number_parse(arg, 1, UINT32_MAX, &pos))
		return usage("\"%s\" is not the number of a rule", arg);
	mnl_attr_put_u32(nlh, TOE_A_RULE_POS, pos);
	return TOECTL_OK;
}

static int put_dev(struct nlmsghdr *nlh, const char *arg)
{
	if (!*arg || strlen(arg) >= IFNAMSIZ)
		return usage("\"%s\" is not the name of an interface", arg);
	mnl_attr_put_strz(nlh, TOE_A_RULE_DEV, arg);
	return TOECTL_OK;
}

static int put_direction(struct nlmsghdr *nlh, int attr, const char *arg)
{
	if (is_word(arg, "out"))
		mnl_attr_put_u32(nlh, attr, TOE_DIRECTION_OUT);
	else if (is_word(arg, "in"))
		mnl_attr_put_u32(nlh, attr, TOE_DIRECTION_IN);
	else
		return usage("a direction is \"out\" or \"in\", not \"%s\"", arg);
	return TOECTL_OK;
}

static int put_cgroup(struct nlmsghdr *nlh, int attr, const char *arg)
{
	uint64_t id;

	if (cgroup_parse(arg, &id)) {
		complain("\"%s\" is not a directory of cgroup v2, as below /sys/fs/cgroup",
			 arg);
		return TOECTL_KERNEL;
	}
	mnl_attr_put_u64(nlh, attr, id);
	return TOECTL_OK;
}

static int put_uids(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t min, max;

	if (uids_parse(arg, &min, &max))
		return usage("\"%s\" is not a uid or range of uids", arg);
	mnl_attr_put_u32(nlh, TOE_A_RULE_UID_MIN, min);
	mnl_attr_put_u32(nlh, TOE_A_RULE_UID_MAX, max);
	return TOECTL_OK;
}

static int put_mark(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t mark, mask;

	if (mark_parse(arg, &mark, &mask))
		return usage("\"%s\" is not a mark, with or without a mask", arg);
	mnl_attr_put_u32(nlh, TOE_A_RULE_MARK, mark);
	mnl_attr_put_u32(nlh, TOE_A_RULE_MARK_MASK, mask);
	return TOECTL_OK;
}

static int put_span(struct nlmsghdr *nlh, int attr, const char *arg)
{
	uint64_t min, max;

	if (span_parse(arg, &min, &max))
		return usage("\"%s\" is not a range; as 64k, 10M-, 1000-2000",
			     arg);
	mnl_attr_put_u64(nlh, attr, min);
	if (max != UINT64_MAX)
		mnl_attr_put_u64(nlh, attr + 1, max);
	return TOECTL_OK;
}

static int put_canary(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t percent;

	if (number_parse(arg, 1, 100, &percent))
		return usage("\"%s\" is not a share in percent, 1 to 100", arg);
	mnl_attr_put_u32(nlh, TOE_A_RULE_CANARY, percent);
	return TOECTL_OK;
}

static int put_criterion(struct nlmsghdr *nlh, const char *word,
			 const char *arg)
{
	if (is_word(word, "dev"))
		return put_dev(nlh, arg);
	if (is_word(word, "direction"))
		return put_direction(nlh, TOE_A_RULE_DIRECTION, arg);
	if (is_word(word, "cgroup"))
		return put_cgroup(nlh, TOE_A_RULE_CGROUP, arg);
	if (is_word(word, "uid"))
		return put_uids(nlh, arg);
	if (is_word(word, "mark"))
		return put_mark(nlh, arg);
	if (is_word(word, "bytes"))
		return put_span(nlh, TOE_A_RULE_BYTES_MIN, arg);
	if (is_word(word, "age-ms"))
		return put_span(nlh, TOE_A_RULE_AGE_MS_MIN, arg);
	if (is_word(word, "rate"))
		return put_span(nlh, TOE_A_RULE_RATE_MIN, arg);
	if (is_word(word, "rtt-us"))
		return put_span(nlh, TOE_A_RULE_RTT_US_MIN, arg);
	if (is_word(word, "canary"))
		return put_canary(nlh, arg);
	return usage("unknown word \"%s\" in a rule", word);
}

static int put_word(struct nlmsghdr *nlh, const char *word, const char *arg)
{
	if (is_word(word, "local") || is_word(word, "src"))
		return put_prefix(nlh, TOE_A_RULE_LOCAL, arg);
	if (is_word(word, "remote"))
		return put_prefix(nlh, TOE_A_RULE_REMOTE, arg);
	if (is_word(word, "lport"))
		return put_range(nlh, TOE_A_RULE_LPORT_MIN, arg);
	if (is_word(word, "rport"))
		return put_range(nlh, TOE_A_RULE_RPORT_MIN, arg);
	if (is_word(word, "at"))
		return put_position(nlh, arg);
	return put_criterion(nlh, word, arg);
}

/* The same word twice would silently lose the first */
static int check_words(int argc, char **argv)
{
	int i, j;

	for (i = 0; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage("\"%s\" needs a value", argv[i]);
		for (j = 0; j < i; j += 2) {
			if (is_word(argv[i], argv[j]))
				return usage("\"%s\" twice", argv[i]);
		}
	}
	return TOECTL_OK;
}

static int add(int argc, char **argv)
{
	struct nlmsghdr *nlh;
	int code, i;

	if (!argc || (!is_word(argv[0], "allow") && !is_word(argv[0], "deny")))
		return usage("a rule begins with \"allow\" or \"deny\"");
	nlh = nl_request(TOE_CMD_POLICY_ADD, 0);
	mnl_attr_put_u32(nlh, TOE_A_RULE_ACTION,
			 is_word(argv[0], "allow") ? TOE_ACTION_ALLOW :
			 TOE_ACTION_DENY);
	code = check_words(argc - 1, argv + 1);
	for (i = 1; !code && i < argc; i += 2)
		code = put_word(nlh, argv[i], argv[i + 1]);
	return code ?: nl_send(nlh);
}

static int del(int argc, char **argv)
{
	struct nlmsghdr *nlh;
	int code;

	if (argc != 1)
		return usage("\"policy del\" needs the number of a rule");
	nlh = nl_request(TOE_CMD_POLICY_DEL, 0);
	code = put_position(nlh, argv[0]);
	return code ?: nl_send(nlh);
}

static int flush(int argc, char **argv)
{
	if (argc)
		return usage("too much: \"%s\"", argv[0]);
	return nl_send(nl_request(TOE_CMD_POLICY_FLUSH, 0));
}

static void answer(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_TEST_MAX + 1];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_TEST_MAX);
	out_open_object(NULL);
	out_str("answer", "", "%s", nl_str(tb[TOE_A_TEST_ANSWER_NAME]));
	if (nl_u32(tb[TOE_A_TEST_BY]))
		out_str("by", "  by ", "%s", nl_str(tb[TOE_A_TEST_BY_NAME]));
	if (tb[TOE_A_TEST_RULE])
		out_num("rule", " ", nl_u32(tb[TOE_A_TEST_RULE]));
	if (tb[TOE_A_TEST_LACKS])
		out_str("lacks", "  lacks ", "%s",
			nl_str(tb[TOE_A_TEST_LACKS_NAME]));
	if (tb[TOE_A_TEST_REFUSAL])
		out_str("refusal", "  refusal ", "%s",
			nl_str(tb[TOE_A_TEST_REFUSAL_NAME]));
	out_text("\n");
	out_close_object();
}

static int put_address(struct nlmsghdr *nlh, int attr, const char *arg)
{
	unsigned int bytes, bits;
	uint8_t addr[16];

	if (prefix_parse(arg, addr, &bytes, &bits) || bits != 8 * bytes)
		return usage("\"%s\" is not an address", arg);
	mnl_attr_put(nlh, attr, bytes, addr);
	return TOECTL_OK;
}

static int put_port(struct nlmsghdr *nlh, int attr, const char *arg)
{
	uint32_t port;

	if (number_parse(arg, 0, UINT16_MAX, &port))
		return usage("\"%s\" is not a port", arg);
	mnl_attr_put_u16(nlh, attr, port);
	return TOECTL_OK;
}

static int put_device(struct nlmsghdr *nlh, const char *arg)
{
	unsigned int ifindex = if_nametoindex(arg);

	if (!ifindex) {
		complain("no device \"%s\" in this network namespace", arg);
		return TOECTL_KERNEL;
	}
	mnl_attr_put_u32(nlh, TOE_A_TEST_IFINDEX, ifindex);
	return TOECTL_OK;
}

static int put_amount(struct nlmsghdr *nlh, int attr, const char *arg)
{
	uint64_t value;

	if (amount_parse(arg, &value))
		return usage("\"%s\" is not a number; as 1500, 64k, 10M", arg);
	mnl_attr_put_u64(nlh, attr, value);
	return TOECTL_OK;
}

static int put_uid(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t uid;

	if (number_parse(arg, 0, UINT32_MAX, &uid))
		return usage("\"%s\" is not a uid", arg);
	mnl_attr_put_u32(nlh, TOE_A_TEST_UID, uid);
	return TOECTL_OK;
}

static int put_bits(struct nlmsghdr *nlh, const char *arg)
{
	uint32_t mark;

	if (mark_parse(arg, &mark, NULL))
		return usage("\"%s\" is not a mark", arg);
	mnl_attr_put_u32(nlh, TOE_A_TEST_MARK, mark);
	return TOECTL_OK;
}

static int put_known(struct nlmsghdr *nlh, const char *word, const char *arg)
{
	if (is_word(word, "direction"))
		return put_direction(nlh, TOE_A_TEST_DIRECTION, arg);
	if (is_word(word, "cgroup"))
		return put_cgroup(nlh, TOE_A_TEST_CGROUP, arg);
	if (is_word(word, "uid"))
		return put_uid(nlh, arg);
	if (is_word(word, "mark"))
		return put_bits(nlh, arg);
	if (is_word(word, "bytes"))
		return put_amount(nlh, TOE_A_TEST_BYTES, arg);
	if (is_word(word, "age-ms"))
		return put_amount(nlh, TOE_A_TEST_AGE_MS, arg);
	if (is_word(word, "rate"))
		return put_amount(nlh, TOE_A_TEST_RATE, arg);
	if (is_word(word, "rtt-us"))
		return put_amount(nlh, TOE_A_TEST_RTT_US, arg);
	return usage("unknown word \"%s\" in a test", word);
}

static int put_end(struct nlmsghdr *nlh, const char *word, const char *arg)
{
	if (is_word(word, "local") || is_word(word, "src"))
		return put_address(nlh, TOE_A_TEST_LOCAL, arg);
	if (is_word(word, "remote"))
		return put_address(nlh, TOE_A_TEST_REMOTE, arg);
	if (is_word(word, "lport"))
		return put_port(nlh, TOE_A_TEST_LPORT, arg);
	if (is_word(word, "rport"))
		return put_port(nlh, TOE_A_TEST_RPORT, arg);
	if (is_word(word, "dev"))
		return put_device(nlh, arg);
	return put_known(nlh, word, arg);
}

/* What would become of it? By id, or by addresses and ports */
static int test(int argc, char **argv)
{
	struct nlmsghdr *nlh = nl_request(TOE_CMD_POLICY_TEST, 0);
	int code = TOECTL_OK, i;
	uint32_t id;

	if (!argc)
		return usage("a dry run needs the id of a connection, or both ends");
	if (!number_parse(argv[0], 0, UINT32_MAX, &id)) {
		if (argc > 1)
			return usage("too much: \"%s\"", argv[1]);
		mnl_attr_put_u32(nlh, TOE_A_TEST_ID, id);
	} else {
		code = check_words(argc, argv);
		for (i = 0; !code && i < argc; i += 2)
			code = put_end(nlh, argv[i], argv[i + 1]);
	}
	code = code ?: nl_open();
	return code ?: nl_talk(nlh, answer, NULL);
}

int do_policy(int argc, char **argv)
{
	if (!argc || (argc == 1 && is_word(argv[0], "show")))
		return policy_show(NULL);
	if (is_word(argv[0], "show"))
		return usage("too much: \"%s\"", argv[1]);
	if (is_word(argv[0], "add"))
		return add(argc - 1, argv + 1);
	if (is_word(argv[0], "del"))
		return del(argc - 1, argv + 1);
	if (is_word(argv[0], "flush"))
		return flush(argc - 1, argv + 1);
	if (is_word(argv[0], "set"))
		return knob_set(argc - 1, argv + 1);
	if (is_word(argv[0], "test"))
		return test(argc - 1, argv + 1);
	return usage("unknown command \"policy %s\"", argv[0]);
}
