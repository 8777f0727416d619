// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.toe.* of a network namespace. A value is checked as a whole before
 * anything changes: a write takes effect or fails with EINVAL and leaves
 * everything as it was.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include <net/toe_compat.h>
#include "policy.h"

/* 64 IPv6 prefixes of at most 43 characters, with their commas */
#define TOE_SYSCTL_TEXT		4096

#define TOE_DAY_MS		(24 * 3600 * 1000)
#define TOE_HOUR_MS		(3600 * 1000)

/* Bounds of a number, both included */
struct toe_bounds {
	unsigned int min, max;
};

static const struct toe_bounds toe_bounds_bytes = { 0, INT_MAX };
static const struct toe_bounds toe_bounds_age = { 0, TOE_DAY_MS };
static const struct toe_bounds toe_bounds_retry = { 1, TOE_HOUR_MS };
static const struct toe_bounds toe_bounds_evict = { 0, TOE_HOUR_MS };
static const struct toe_bounds toe_bounds_conns = { 0, 1 << 20 };
static const struct toe_bounds toe_bounds_batch = { 1, 256 };
static const struct toe_bounds toe_bounds_batch_ms = { 1, 1000 };

static const char * const toe_modes[] = {
	[TOE_MODE_OFF] = "off",
	[TOE_MODE_EXPLICIT] = "explicit",
	[TOE_MODE_AUTO] = "auto",
};

/* One write at a time, of any namespace */
static DEFINE_MUTEX(toe_sysctl_lock);

static int toe_enabled_set(struct toe_net *tn, u8 enabled)
{
	if (enabled)
		return toe_net_enable(tn);
	toe_net_disable(tn);
	return 0;
}

static int toe_sysctl_enabled(toe_ctl_table *table, int write, void *buf,
			      size_t *len, loff_t *pos)
{
	struct toe_net *tn = table->data;
	u8 enabled = READ_ONCE(tn->enabled);
	struct ctl_table tmp = {
		.data = &enabled,
		.maxlen = sizeof(enabled),
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	};
	int err;

	err = proc_dou8vec_minmax(&tmp, write, buf, len, pos);
	if (err || !write)
		return err;
	mutex_lock(&toe_sysctl_lock);
	err = toe_enabled_set(tn, enabled);
	mutex_unlock(&toe_sysctl_lock);
	return err;
}

/* @extra1: the namespace, @extra2: the bounds */
static int toe_sysctl_uint(toe_ctl_table *table, int write, void *buf,
			   size_t *len, loff_t *pos)
{
	const struct toe_bounds *bounds = table->extra2;
	unsigned int *knob = table->data;
	unsigned int value = READ_ONCE(*knob);
	struct ctl_table tmp = {
		.data = &value,
		.maxlen = sizeof(value),
		.extra1 = (void *)&bounds->min,
		.extra2 = (void *)&bounds->max,
	};
	int err;

	err = proc_douintvec_minmax(&tmp, write, buf, len, pos);
	if (err || !write || value == *knob)
		return err;
	mutex_lock(&toe_sysctl_lock);
	WRITE_ONCE(*knob, value);
	toe_net_policy_changed(table->extra1);
	mutex_unlock(&toe_sysctl_lock);
	return 0;
}

/* proc_dostring() would cut off what is too long, and take half a value */
static int toe_sysctl_text(char *text, int size, int write, void *buf,
			   size_t *len, loff_t *pos)
{
	struct ctl_table tmp = {
		.data = text,
		.maxlen = size,
	};

	if (write && (*pos || *len >= size))
		return -EINVAL;
	return proc_dostring(&tmp, write, buf, len, pos);
}

static int toe_mode_set(struct toe_net *tn, const char *word)
{
	int mode = match_string(toe_modes, ARRAY_SIZE(toe_modes), word);

	if (mode < 0)
		return -EINVAL;
	mutex_lock(&toe_sysctl_lock);
	if (mode != tn->mode) {
		WRITE_ONCE(tn->mode, mode);
		toe_net_policy_changed(tn);
	}
	mutex_unlock(&toe_sysctl_lock);
	return 0;
}

static int toe_sysctl_mode(toe_ctl_table *table, int write, void *buf,
			   size_t *len, loff_t *pos)
{
	struct toe_net *tn = table->data;
	char word[16] = "";
	int err;

	if (!write)
		strscpy(word, toe_modes[READ_ONCE(tn->mode)], sizeof(word));
	err = toe_sysctl_text(word, sizeof(word), write, buf, len, pos);
	if (err || !write)
		return err;
	return toe_mode_set(tn, strim(word));
}

/* Runs @show or @set on a buffer that is too large for the stack */
static int toe_sysctl_list(struct toe_net *tn, int write, void *buf,
			   size_t *len, loff_t *pos,
			   int (*show)(struct toe_net *, char *, size_t),
			   int (*set)(struct toe_net *, char *))
{
	char *text = kzalloc(TOE_SYSCTL_TEXT, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	if (!write)
		show(tn, text, TOE_SYSCTL_TEXT);
	err = toe_sysctl_text(text, TOE_SYSCTL_TEXT, write, buf, len, pos);
	if (!err && write) {
		err = set(tn, text);
		if (!err)
			toe_net_policy_changed(tn);
	}
	kfree(text);
	return err;
}

static int toe_sysctl_ports(toe_ctl_table *table, int write, void *buf,
			    size_t *len, loff_t *pos)
{
	return toe_sysctl_list(table->data, write, buf, len, pos,
			       toe_policy_show_ports, toe_policy_set_ports);
}

static int toe_sysctl_addresses(toe_ctl_table *table, int write, void *buf,
				size_t *len, loff_t *pos)
{
	return toe_sysctl_list(table->data, write, buf, len, pos,
			       toe_policy_show_addresses,
			       toe_policy_set_addresses);
}

static void toe_sysctl_defaults(struct toe_net *tn)
{
	tn->enabled = 0;
	tn->mode = TOE_MODE_AUTO;
	tn->min_bytes = 16384;
	tn->min_age_ms = 0;
	tn->retry_ms = 1000;
	tn->max_connections = 65536;
	tn->batch_max = 1;
	tn->batch_ms = 10;
	tn->evict_ms = 1000;
	tn->failback_ms = 10000;
}

static struct ctl_table toe_knob(struct toe_net *tn, const char *name,
				 proc_handler *handler)
{
	return (struct ctl_table){
		.procname = name,
		.data = tn,
		.mode = 0644,
		.proc_handler = handler,
	};
}

static struct ctl_table toe_knob_uint(struct toe_net *tn, const char *name,
				      unsigned int *knob,
				      const struct toe_bounds *bounds)
{
	return (struct ctl_table){
		.procname = name,
		.data = knob,
		.maxlen = sizeof(*knob),
		.mode = 0644,
		.proc_handler = toe_sysctl_uint,
		.extra1 = tn,
		.extra2 = (void *)bounds,
	};
}

/**
 * toe_sysctl_net_init() - set the defaults and open the knobs
 * @tn: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int toe_sysctl_net_init(struct toe_net *tn)
{
	struct ctl_table knobs[] = {
		toe_knob(tn, "enabled", toe_sysctl_enabled),
		toe_knob(tn, "mode", toe_sysctl_mode),
		toe_knob(tn, "ports", toe_sysctl_ports),
		toe_knob(tn, "addresses", toe_sysctl_addresses),
		toe_knob_uint(tn, "min_bytes", &tn->min_bytes,
			      &toe_bounds_bytes),
		toe_knob_uint(tn, "min_age_ms", &tn->min_age_ms,
			      &toe_bounds_age),
		toe_knob_uint(tn, "retry_ms", &tn->retry_ms,
			      &toe_bounds_retry),
		toe_knob_uint(tn, "max_connections", &tn->max_connections,
			      &toe_bounds_conns),
		toe_knob_uint(tn, "batch_max", &tn->batch_max,
			      &toe_bounds_batch),
		toe_knob_uint(tn, "batch_ms", &tn->batch_ms,
			      &toe_bounds_batch_ms),
		toe_knob_uint(tn, "evict_ms", &tn->evict_ms,
			      &toe_bounds_evict),
		toe_knob_uint(tn, "failback_ms", &tn->failback_ms,
			      &toe_bounds_age),
		{ }
	};
	struct ctl_table *table;

	toe_sysctl_defaults(tn);
	table = kmemdup(knobs, sizeof(knobs), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	tn->sysctl = toe_register_sysctl(tn->net, "net/toe", table,
					 ARRAY_SIZE(knobs) - 1);
	if (!tn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * toe_sysctl_net_exit() - close the knobs
 * @tn: the namespace
 *
 * Context: process; waits for writes that are under way.
 */
void toe_sysctl_net_exit(struct toe_net *tn)
{
	toe_ctl_table *table = tn->sysctl->ctl_table_arg;

	unregister_net_sysctl_table(tn->sysctl);
	kfree(table);
}
