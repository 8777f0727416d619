// SPDX-License-Identifier: GPL-2.0-only
/* toectl - show and change what the TCP offload framework does */
#define _GNU_SOURCE
#include "toectl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NETNS_DIR	"/var/run/netns"

static const char grammar[] =
"Usage: toectl [ OPTIONS ] OBJECT [ COMMAND ]\n"
"       toectl help\n"
"where  OBJECT  := { dev | conn | policy | quota | stats | monitor |\n"
"                    top | report }\n"
"       OPTIONS := { -j[son] | -p[retty] | -n[etns] NAME | -V[ersion] }\n"
"\n"
"       toectl dev [ show ]\n"
"       toectl conn [ show [ ID ] ]\n"
"       toectl conn offload { ID | all }\n"
"       toectl conn upload { ID | all [ dev DEV ] }\n"
"       toectl conn upload { path | neigh } HANDLE dev DEV\n"
"       toectl policy [ show ]\n"
"       toectl policy add { allow | deny } [ local PREFIX ] [ remote PREFIX ]\n"
"                         [ lport RANGE ] [ rport RANGE ] [ dev DEV ]\n"
"                         [ direction { out | in } ] [ cgroup PATH ]\n"
"                         [ uid UID[-UID] ] [ mark MARK[/MASK] ]\n"
"                         [ bytes SPAN ] [ age-ms SPAN ] [ rate SPAN ]\n"
"                         [ rtt-us SPAN ] [ canary PERCENT ] [ at NUMBER ]\n"
"       toectl policy del NUMBER\n"
"       toectl policy flush\n"
"       toectl policy set KNOB VALUE\n"
"       toectl policy test ID\n"
"       toectl policy test local ADDRESS lport PORT remote ADDRESS rport PORT\n"
"                          [ dev DEV ] [ direction { out | in } ]\n"
"                          [ cgroup PATH ] [ uid UID ] [ mark MARK ]\n"
"                          [ bytes N ] [ age-ms N ] [ rate N ] [ rtt-us N ]\n"
"       toectl quota [ show ]\n"
"       toectl quota set CGROUP LIMIT\n"
"       toectl quota del CGROUP\n"
"       toectl stats [ show [ all ] ]\n"
"       toectl monitor\n"
"       toectl top [ -d SECONDS ] [ -n COUNT ]\n"
"       toectl report [ all ]\n"
"where  PREFIX  := ADDRESS[/BITS]   (src is another word for local)\n"
"       RANGE   := PORT[-PORT]\n"
"       SPAN    := N[-[N]]\n"
"       KNOB    := { enabled | mode | min_bytes | min_age_ms | retry_ms |\n"
"                    max_connections | evict_ms | batch_max |\n"
"                    batch_ms | failback_ms | ports | addresses }\n";

static const struct object {
	const char *name;
	int (*run)(int argc, char **argv);
} objects[] = {
	{ "dev", do_dev },
	{ "conn", do_conn },
	{ "policy", do_policy },
	{ "quota", do_quota },
	{ "stats", do_stats },
	{ "monitor", do_monitor },
	{ "top", do_top },
	{ "report", do_report },
};

#define NR_OBJECTS	((int)(sizeof(objects) / sizeof(objects[0])))

void complain(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("toectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int usage(const char *fmt, ...)
{
	va_list ap;

	fputs("toectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; see \"toectl help\"\n", stderr);
	return TOECTL_USAGE;
}

bool is_word(const char *arg, const char *word)
{
	return arg && !strcmp(arg, word);
}

/* By name, or by file if there is a slash. Returns 0 or -1 with errno. */
int netns_switch(const char *name)
{
	int fd, err, saved;
	char path[4096];

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = setns(fd, CLONE_NEWNET);
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

static int run_object(int argc, char **argv)
{
	int i;

	for (i = 0; i < NR_OBJECTS; i++) {
		if (is_word(argv[0], objects[i].name))
			return objects[i].run(argc - 1, argv + 1);
	}
	return usage("unknown object \"%s\"", argv[0]);
}

static int help(FILE *to, int code)
{
	fputs(grammar, to);
	return code;
}

struct options {
	bool json, pretty, done;
	const char *netns;
};

static bool is_option(const char *arg, const char *brief, const char *full)
{
	/* one dash or two, as ip(8) takes them */
	if (arg[0] == '-' && arg[1] == '-')
		arg++;
	return is_word(arg, brief) || is_word(arg, full);
}

/* Returns how many arguments were options, or the negative exit code */
static int parse_options(int argc, char **argv, struct options *opt)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (is_option(argv[i], "-j", "-json")) {
			opt->json = true;
		} else if (is_option(argv[i], "-p", "-pretty")) {
			opt->pretty = true;
		} else if (is_word(argv[i], "-jp") || is_word(argv[i], "-pj")) {
			opt->json = true;
			opt->pretty = true;
		} else if (is_option(argv[i], "-n", "-netns")) {
			if (++i == argc)
				return -usage("%s needs a name", argv[i - 1]);
			opt->netns = argv[i];
		} else if (is_option(argv[i], "-V", "-Version")) {
			printf("toectl, family version %d\n",
			       TOE_FAMILY_VERSION);
			opt->done = true;
		} else if (is_option(argv[i], "-h", "-help")) {
			help(stdout, 0);
			opt->done = true;
		} else {
			return -usage("unknown option \"%s\"", argv[i]);
		}
	}
	return i - 1;
}

int main(int argc, char **argv)
{
	struct options opt = { 0 };
	int skip, code;

	skip = parse_options(argc, argv, &opt);
	if (skip < 0)
		return -skip;
	if (opt.done)
		return TOECTL_OK;
	argc -= skip + 1;
	argv += skip + 1;
	if (!argc)
		return help(stderr, TOECTL_USAGE);
	if (is_word(argv[0], "help"))
		return help(stdout, TOECTL_OK);
	if (opt.netns && netns_switch(opt.netns)) {
		complain("network namespace %s: %s", opt.netns,
			 strerror(errno));
		return TOECTL_KERNEL;
	}
	out_start(opt.json, opt.pretty);
	code = run_object(argc, argv);
	nl_close();
	out_end();
	return code;
}
