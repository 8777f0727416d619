// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lists of net.toe.ports ("80,443,5000-5999") and net.toe.addresses
 * ("10.0.0.0/8,2001:db8::/32") as text. What was written is what is read.
 */
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "policy.h"

static int toe_port_parse(const char *text, u16 *port)
{
	/* kstrtou16() would take a sign and a line feed */
	if (!isdigit(*text) || kstrtou16(text, 10, port) || !*port)
		return -EINVAL;
	return 0;
}

static int toe_range_parse(char *text, struct toe_ports *ports)
{
	char *max = strchr(text, '-');

	if (max)
		*max++ = '\0';
	else
		max = text;
	if (toe_port_parse(text, &ports->min) ||
	    toe_port_parse(max, &ports->max) || ports->min > ports->max)
		return -EINVAL;
	return 0;
}

/**
 * toe_ports_parse() - read a list of port ranges
 * @text: the list, torn to pieces; empty = no ranges
 * @ports: out
 * @max: room in @ports
 *
 * Context: any.
 * Return: number of ranges or -EINVAL.
 */
int toe_ports_parse(char *text, struct toe_ports *ports, unsigned int max)
{
	unsigned int nr = 0;
	char *item;

	text = strim(text);
	if (!*text)
		return 0;
	while ((item = strsep(&text, ","))) {
		if (nr == max || toe_range_parse(strim(item), &ports[nr]))
			return -EINVAL;
		nr++;
	}
	return nr;
}

/**
 * toe_ports_print() - write a list of port ranges
 * @buf: out
 * @size: of @buf
 * @ports: the ranges
 * @nr: how many
 *
 * Context: any.
 * Return: characters written.
 */
int toe_ports_print(char *buf, size_t size, const struct toe_ports *ports,
		    unsigned int nr)
{
	unsigned int i;
	int len = 0;

	*buf = '\0';
	for (i = 0; i < nr; i++) {
		len += scnprintf(buf + len, size - len, "%s%u", i ? "," : "",
				 ports[i].min);
		if (ports[i].max != ports[i].min)
			len += scnprintf(buf + len, size - len, "-%u",
					 ports[i].max);
	}
	return len;
}

static int toe_addr_parse(const char *text, struct toe_prefix *prefix)
{
	__be32 addr;

	if (in4_pton(text, -1, (u8 *)&addr, -1, NULL)) {
		ipv6_addr_set_v4mapped(addr, &prefix->addr);
		prefix->len = 96;
		return 0;
	}
	prefix->len = 0;
	return in6_pton(text, -1, prefix->addr.s6_addr, -1, NULL) ? 0 : -EINVAL;
}

static int toe_prefix_parse(char *text, struct toe_prefix *prefix)
{
	char *bits = strchr(text, '/');
	struct in6_addr net;
	u8 len;

	if (bits)
		*bits++ = '\0';
	if (toe_addr_parse(text, prefix))
		return -EINVAL;
	len = 128 - prefix->len;
	if (bits && (!isdigit(*bits) || kstrtou8(bits, 10, &len) ||
		     len > 128 - prefix->len))
		return -EINVAL;
	prefix->len += len;
	/* 10.1.2.3/8 is more likely a slip than a wish */
	ipv6_addr_prefix(&net, &prefix->addr, prefix->len);
	return ipv6_addr_equal(&net, &prefix->addr) ? 0 : -EINVAL;
}

/**
 * toe_prefixes_parse() - read a list of address prefixes
 * @text: the list, torn to pieces; empty = no prefixes
 * @list: out
 * @max: room in @list
 *
 * Context: any.
 * Return: number of prefixes or -EINVAL.
 */
int toe_prefixes_parse(char *text, struct toe_prefix *list, unsigned int max)
{
	unsigned int nr = 0;
	char *item;

	text = strim(text);
	if (!*text)
		return 0;
	while ((item = strsep(&text, ","))) {
		if (nr == max || toe_prefix_parse(strim(item), &list[nr]))
			return -EINVAL;
		nr++;
	}
	return nr;
}

static int toe_prefix_print(char *buf, size_t size,
			    const struct toe_prefix *prefix)
{
	bool v4 = prefix->len >= 96 && ipv6_addr_v4mapped(&prefix->addr);
	unsigned int len = prefix->len - (v4 ? 96 : 0);
	int ret;

	if (v4)
		ret = scnprintf(buf, size, "%pI4", &prefix->addr.s6_addr32[3]);
	else
		ret = scnprintf(buf, size, "%pI6c", &prefix->addr);
	if (len != (v4 ? 32 : 128))
		ret += scnprintf(buf + ret, size - ret, "/%u", len);
	return ret;
}

/**
 * toe_prefixes_print() - write a list of address prefixes
 * @buf: out
 * @size: of @buf
 * @list: the prefixes
 * @nr: how many
 *
 * Context: any.
 * Return: characters written.
 */
int toe_prefixes_print(char *buf, size_t size, const struct toe_prefix *list,
		       unsigned int nr)
{
	unsigned int i;
	int len = 0;

	*buf = '\0';
	for (i = 0; i < nr; i++) {
		if (i)
			len += scnprintf(buf + len, size - len, ",");
		len += toe_prefix_print(buf + len, size - len, &list[i]);
	}
	return len;
}
