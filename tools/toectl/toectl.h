/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOECTL_H
#define TOECTL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/toe.h>

/* Exit codes */
#define TOECTL_OK	0
#define TOECTL_USAGE	1	/* the command line is wrong */
#define TOECTL_KERNEL	2	/* the kernel said no */

#define __printf(a, b)	__attribute__((format(printf, a, b)))

/* main.c */
__printf(1, 2) void complain(const char *fmt, ...);
__printf(1, 2) int usage(const char *fmt, ...);
bool is_word(const char *arg, const char *word);
int netns_switch(const char *name);

/* out.c: each value is printed once, here, as text or as JSON. A title of NULL
 * means that text leaves the value out. In a table titles are column heads,
 * elsewhere they stand, as they are, before their value.
 */
void out_start(bool json, bool pretty);
void out_end(void);
bool out_is_json(void);
void out_open_list(const char *key);
void out_close_list(void);
void out_open_object(const char *key);
void out_close_object(void);
void out_open_table(const char *key);
void out_close_table(void);
int out_rows(void);
__printf(3, 4) void out_str(const char *key, const char *title,
			    const char *fmt, ...);
void out_num(const char *key, const char *title, uint64_t value);
void out_null(const char *key, const char *title);
void out_size(const char *key, const char *title, uint64_t value);
void out_bool(const char *key, const char *title, bool value);
void out_words(const char *key, const char *title, const char **words,
	       int nr);
__printf(1, 2) void out_text(const char *fmt, ...);
void out_flush(void);
void *need(void *memory);

/* nl.c */
typedef void (*nl_fn)(const struct nlmsghdr *nlh, void *arg);

int nl_open(void);
int nl_open_family(const char *name, const char *missing);
void nl_close(void);
void nl_quiet(void);
const char *nl_why(void);
struct nlmsghdr *nl_request(uint8_t cmd, uint16_t flags);
int nl_talk(struct nlmsghdr *nlh, nl_fn fn, void *arg);
int nl_send(struct nlmsghdr *nlh);
int nl_listen(nl_fn fn, void *arg);
void nl_attrs(const struct nlmsghdr *nlh, const struct nlattr **tb, int max);
void nl_nest(const struct nlattr *nest, const struct nlattr **tb, int max);
uint8_t nl_cmd(const struct nlmsghdr *nlh);
uint32_t nl_u32(const struct nlattr *attr);
uint64_t nl_u64(const struct nlattr *attr);
const char *nl_str(const struct nlattr *attr);

/* addr.c */
#define ENDPOINT_LEN	64
const char *endpoint(char *buf, const struct nlattr *addr,
		     const struct nlattr *port);
const char *prefix_text(char *buf, const struct nlattr *addr,
			const struct nlattr *len);
int prefix_parse(const char *arg, uint8_t *addr, unsigned int *bytes,
		 unsigned int *bits);
int number_parse(const char *arg, uint32_t min, uint32_t max, uint32_t *value);
int range_parse(const char *arg, uint32_t *min, uint32_t *max);
int uids_parse(const char *arg, uint32_t *min, uint32_t *max);
int mark_parse(const char *arg, uint32_t *mark, uint32_t *mask);
int amount_parse(const char *arg, uint64_t *value);
int span_parse(const char *arg, uint64_t *min, uint64_t *max);

/* cgroup.c */
int cgroup_parse(const char *arg, uint64_t *id);

/* For report and top; @key: in an object of JSON */
int dev_show(const char *key);
int conn_list(const char *key);
int conn_show(uint32_t id);
const char *tcp_state(uint32_t state);
int policy_show(const char *key);
int quota_show(const char *key);
int stats_show(const char *key, bool all);

/* nic.c: what others know of the devices; ethtool comes before devlink */
int nics_find(void);
int nics_nr(void);
int nics_ethtool(const char *key);
int nics_devlink_versions(const char *key);
int nics_devlink_params(const char *key);

/* Objects */
int do_dev(int argc, char **argv);
int do_conn(int argc, char **argv);
int do_policy(int argc, char **argv);
int do_quota(int argc, char **argv);
int do_stats(int argc, char **argv);
int do_monitor(int argc, char **argv);
int do_top(int argc, char **argv);
int do_report(int argc, char **argv);

#endif /* TOECTL_H */
