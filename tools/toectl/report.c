// SPDX-License-Identifier: GPL-2.0-only
/* toectl report: all that one wants to know of a system with a problem */
#define _GNU_SOURCE
#include "toectl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <linux/devlink.h>

#define MAX_LINES	200	/* of kernel log and trace, the last ones */
#define MAX_DETAILS	32	/* connections, unless all are asked for */
#define MAX_MISSING	16
#define TRACING		"/sys/kernel/tracing"
#define TRACE		TRACING "/trace"

/* What could not be read, and why */
static struct {
	const char *part;
	char why[256];
} missing[MAX_MISSING];
static int nr_missing;

static void miss(const char *part, const char *why)
{
	if (nr_missing == MAX_MISSING)
		return;
	missing[nr_missing].part = part;
	snprintf(missing[nr_missing++].why, sizeof(missing[0].why), "%s", why);
	out_text("%s\n", why);
}

static void miss_file(const char *part, const char *path)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", path, strerror(errno));
	miss(part, errno == EACCES || errno == EPERM ?
	     "not permitted: needs root" : text);
}

static void section(const char *title)
{
	out_text("\n== %s\n", title);
}

/* Says so where a table is empty, unless something was said already */
static void end_table(int said, const char *empty)
{
	if (!out_rows() && said == nr_missing)
		out_text("%s\n", empty);
}

/* --- the machine ---------------------------------------------------------- */

static void machine(void)
{
	struct utsname name;
	char text[32];
	struct tm tm;
	time_t now;

	now = time(NULL);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	out_str("time", "", "%s", text);
	out_num("family_version", "  toectl, family version ",
		TOE_FAMILY_VERSION);
	out_bool("root", "  root: ", !geteuid());
	out_text("\n");
	uname(&name);
	out_str("kernel", "kernel ", "%s", name.release);
	out_str("kernel_version", "  ", "%s", name.version);
	out_str("machine", "  ", "%s", name.machine);
	out_text("\n");
}

/* A line of a file, without its end; "" without a file */
static const char *file_line(char *buf, int size, const char *path)
{
	FILE *f = fopen(path, "re");

	*buf = '\0';
	if (f) {
		if (!fgets(buf, size, f))
			*buf = '\0';
		fclose(f);
	}
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

static const char *module_says(char *buf, int size, const char *module,
			       const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%.64s/%s", module, file);
	return file_line(buf, size, path);
}

/* Is @name one of the words of @list, which ends each with a comma? */
static bool listed(const char *list, const char *name)
{
	const char *at = list;
	size_t len = strlen(name);

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ',') && at[len] == ',')
			return true;
		at += len;
	}
	return false;
}

static bool uses_toe(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/toe/holders/%.64s", module);
	return !access(path, F_OK);
}

/* toe, who stands on it, and what those stand on: @used_by is column four of
 * /proc/modules
 */
static bool of_interest(const char *module, const char *used_by)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (is_word(module, "toe") || uses_toe(module))
		return true;
	dir = opendir("/sys/module/toe/holders");
	while (dir && !found && (entry = readdir(dir)))
		found = listed(used_by, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static void modules(void)
{
	char line[4096], name[64], used_by[4096], text[256];
	int said = nr_missing;
	unsigned int refs;
	FILE *f;

	section("modules");
	out_open_table("modules");
	f = fopen("/proc/modules", "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %*u %u %4095s", name, &refs,
			   used_by) != 3 || !of_interest(name, used_by))
			continue;
		out_open_object(NULL);
		out_str("module", "MODULE", "%s", name);
		out_str("version", "VERSION", "%s",
			module_says(text, sizeof(text), name, "version"));
		out_str("srcversion", "SRCVERSION", "%s",
			module_says(text, sizeof(text), name, "srcversion"));
		out_str("taint", "TAINT", "%s",
			module_says(text, sizeof(text), name, "taint"));
		out_num("refs", "REFS", refs);
		out_close_object();
	}
	out_close_table();
	if (f)
		fclose(f);
	else
		miss_file("modules", "/proc/modules");
	end_table(said, "none");
}

/* --- what netlink has ------------------------------------------------------ */

struct ids {
	uint32_t nr, max;
	uint32_t *id;
	bool more;
};

static void note_id(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];
	struct ids *ids = arg;

	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	if (ids->nr == ids->max) {
		ids->more = true;
		return;
	}
	ids->id = need(reallocarray(ids->id, ids->nr + 1, sizeof(*ids->id)));
	ids->id[ids->nr++] = nl_u32(tb[TOE_A_CONN_ID]);
}

/* Trees of state objects, the host's copy beside what the NIC answers */
static void details(bool all)
{
	struct ids ids = { .max = all ? UINT32_MAX : MAX_DETAILS };
	uint32_t i;

	section("state objects");
	if (nl_talk(nl_request(TOE_CMD_CONN_GET, NLM_F_DUMP), note_id, &ids))
		miss("details", nl_why());
	out_open_list("details");
	/* one that was closed in the meantime is no failure */
	for (i = 0; i < ids.nr; i++) {
		if (!conn_show(ids.id[i]))
			out_text("\n");
	}
	out_close_list();
	if (ids.more)
		out_text("only the first %u: see \"toectl report all\"\n",
			 ids.nr);
	out_bool("details_complete", NULL, !ids.more);
	free(ids.id);
}

static void part(const char *key, int (*show)(const char *key),
		 const char *empty)
{
	int said = nr_missing;

	section(key);
	if (show(key))
		miss(key, nl_why());
	end_table(said, empty);
}

static int all_stats(const char *key)
{
	return stats_show(key, false);
}

static void ethtool(void)
{
	int err;

	section("nics");
	if (nics_find())
		miss("nics", nl_why());
	else if (!nics_nr())
		out_text("none\n");
	err = nics_ethtool("nics");
	if (err)
		miss("nics", strerror(err));
}

/* The parts that need the module; without it their keys are null */
static int framework(bool all)
{
	static const char * const keys[] = {
		"devices", "nics", "policy", "quotas", "stats", "connections",
		"details", "details_complete",
	};
	int code = nl_open();
	unsigned int i;

	if (code) {
		section("framework");
		miss("framework", nl_why());
		complain("%s", nl_why());
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			out_null(keys[i], NULL);
		return code;
	}
	part("devices", dev_show, "none");
	ethtool();
	part("policy", policy_show, "no rules");
	part("quotas", quota_show, "no quotas");
	part("stats", all_stats, "none");
	part("connections", conn_list, "none");
	details(all);
	return TOECTL_OK;
}

/* A device's instance may be in the initial namespace while the device is in
 * this one.
 */
static void devlink(void)
{
	nl_close();
	if (nics_nr() && netns_switch("/proc/1/ns/net")) {
		section("devlink");
		miss("devlink", "only of this network namespace: others need root");
	}
	if (nl_open_family(DEVLINK_GENL_NAME, "the kernel has no devlink")) {
		section("devlink");
		miss("devlink", nl_why());
		out_null("devlink_versions", NULL);
		out_null("devlink_params", NULL);
		return;
	}
	part("devlink_versions", nics_devlink_versions, "none");
	part("devlink_params", nics_devlink_params, "none");
}

/* --- kernel log and trace: their ends ------------------------------------- */

struct tail {
	char *line[MAX_LINES];
	unsigned int nr;
};

static void tail_add(struct tail *tail, const char *line)
{
	char **at = &tail->line[tail->nr++ % MAX_LINES];

	free(*at);
	*at = need(strdup(line));
}

static void tail_show(struct tail *tail, const char *key)
{
	unsigned int i;

	out_open_list(key);
	i = tail->nr > MAX_LINES ? tail->nr - MAX_LINES : 0;
	for (; i < tail->nr; i++) {
		out_str(NULL, "", "%s", tail->line[i % MAX_LINES]);
		out_text("\n");
		free(tail->line[i % MAX_LINES]);
	}
	out_close_list();
}

/* Events of toe; reading them leaves them where they are */
static void trace(void)
{
	struct tail tail = { 0 };
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	section("trace");
	f = fopen(TRACE, "re");
	if (!f)
		miss_file("trace", TRACE);
	while (f && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '#' && strstr(line, ": toe_"))
			tail_add(&tail, line);
	}
	if (f && !tail.nr)
		out_text("none; to have some: echo 1 > %s\n",
			 TRACING "/events/toe/enable");
	tail_show(&tail, "trace");
	free(line);
	if (f)
		fclose(f);
}

/* "6,1234,5678901,-;text\n KEY=value\n": priority, number, microseconds, flags */
static void log_record(struct tail *tail, char *record)
{
	char *text = strchr(record, ';'), *line;
	unsigned long long us;

	if (!text || sscanf(record, "%*u,%*u,%llu", &us) != 1)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (asprintf(&line, "[%5llu.%06llu] %s", us / 1000000, us % 1000000,
		     text + 1) < 0)
		line = NULL;
	tail_add(tail, need(line));
	free(line);
}

static void kernel_log(void)
{
	struct tail tail = { 0 };
	char record[8192];
	ssize_t len;
	int fd;

	section("kernel log");
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		miss_file("log", "/dev/kmsg");
	/* EPIPE: overwritten before it was read, the next one is there */
	while (fd >= 0) {
		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			break;
		record[len] = '\0';
		log_record(&tail, record);
	}
	tail_show(&tail, "log");
	if (fd >= 0)
		close(fd);
}

static void summary(void)
{
	int i;

	if (nr_missing)
		section("missing in this report");
	out_open_list("missing");
	for (i = 0; i < nr_missing; i++) {
		out_open_object(NULL);
		out_str("part", "", "%s", missing[i].part);
		out_str("why", ": ", "%s", missing[i].why);
		out_text("\n");
		out_close_object();
	}
	out_close_list();
}

int do_report(int argc, char **argv)
{
	bool all = argc == 1 && is_word(argv[0], "all");
	int code;

	if (argc > 1)
		return usage("too much: \"%s\"", argv[1]);
	if (argc && !all)
		return usage("unknown word \"%s\" after \"report\"", argv[0]);
	nl_quiet();
	out_open_object(NULL);
	machine();
	modules();
	code = framework(all);
	trace();
	kernel_log();
	/* last, as it leaves the namespace */
	devlink();
	summary();
	out_close_object();
	return code;
}
