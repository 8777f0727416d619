// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, prefixes, ports and numbers as text. */
#include "toectl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *addr_text(char *buf, const struct nlattr *attr, bool *v6)
{
	unsigned int len = mnl_attr_get_payload_len(attr);

	*v6 = len == sizeof(struct in6_addr);
	if (!*v6 && len != sizeof(struct in_addr))
		return "?";
	return inet_ntop(*v6 ? AF_INET6 : AF_INET, mnl_attr_get_payload(attr),
			 buf, INET6_ADDRSTRLEN);
}

/* "10.0.0.1:80" or "[2001:db8::1]:80"; @buf: ENDPOINT_LEN */
const char *endpoint(char *buf, const struct nlattr *addr,
		     const struct nlattr *port)
{
	char text[INET6_ADDRSTRLEN];
	const char *host;
	bool v6;

	if (!addr)
		return "";
	host = addr_text(text, addr, &v6);
	snprintf(buf, ENDPOINT_LEN, v6 ? "[%s]:%u" : "%s:%u", host,
		 nl_u32(port));
	return buf;
}

/* "10.0.0.0/8"; "any" without a prefix; @buf: ENDPOINT_LEN */
const char *prefix_text(char *buf, const struct nlattr *addr,
			const struct nlattr *len)
{
	char text[INET6_ADDRSTRLEN];
	const char *host;
	bool v6;

	if (!addr)
		return "any";
	host = addr_text(text, addr, &v6);
	if (!len || nl_u32(len) == (v6 ? 128 : 32))
		snprintf(buf, ENDPOINT_LEN, "%s", host);
	else
		snprintf(buf, ENDPOINT_LEN, "%s/%u", host, nl_u32(len));
	return buf;
}

int number_parse(const char *arg, uint32_t min, uint32_t max, uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (*arg < '0' || *arg > '9')
		return -1;
	errno = 0;
	number = strtoull(arg, &end, 10);
	if (errno || *end || number < min || number > max)
		return -1;
	*value = number;
	return 0;
}

#define TEXT_LEN 64		/* longer than any number or address */

/* @arg before and after @at; @rest is NULL where there is no @at */
static int cut(const char *arg, char at, char text[TEXT_LEN], char **rest)
{
	if (strlen(arg) >= TEXT_LEN)
		return -1;
	strcpy(text, arg);
	*rest = strchr(text, at);
	if (*rest)
		*(*rest)++ = '\0';
	return 0;
}

/* "10.0.0.0/8", "10.0.0.1", "2001:db8::/32"; @addr: 16 bytes */
int prefix_parse(const char *arg, uint8_t *addr, unsigned int *bytes,
		 unsigned int *bits)
{
	char text[TEXT_LEN], *slash;
	uint32_t value;

	if (cut(arg, '/', text, &slash))
		return -1;
	if (inet_pton(AF_INET, text, addr) == 1)
		*bytes = sizeof(struct in_addr);
	else if (inet_pton(AF_INET6, text, addr) == 1)
		*bytes = sizeof(struct in6_addr);
	else
		return -1;
	value = *bytes * 8;
	if (slash && number_parse(slash, 0, *bytes * 8, &value))
		return -1;
	*bits = value;
	return 0;
}

static int numbers_parse(const char *arg, uint32_t limit, uint32_t *min,
			 uint32_t *max)
{
	char text[TEXT_LEN], *dash;

	if (cut(arg, '-', text, &dash) ||
	    number_parse(text, 0, limit, min) ||
	    number_parse(dash ? dash : text, 0, limit, max))
		return -1;
	return *min <= *max ? 0 : -1;
}

/* "80" or "5000-5999" */
int range_parse(const char *arg, uint32_t *min, uint32_t *max)
{
	return numbers_parse(arg, UINT16_MAX, min, max);
}

/* "1000" or "1000-1999" */
int uids_parse(const char *arg, uint32_t *min, uint32_t *max)
{
	return numbers_parse(arg, UINT32_MAX, min, max);
}

/* "7" or "0x7" */
static int bits_parse(const char *arg, uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (*arg < '0' || *arg > '9')
		return -1;
	errno = 0;
	number = strtoull(arg, &end, arg[1] == 'x' ? 16 : 10);
	if (errno || *end || number > UINT32_MAX)
		return -1;
	*value = number;
	return 0;
}

/* "0x10" or "0x10/0xf0"; without @mask only the first */
int mark_parse(const char *arg, uint32_t *mark, uint32_t *mask)
{
	char text[TEXT_LEN], *slash;

	if (cut(arg, '/', text, &slash))
		return -1;
	if (bits_parse(text, mark) || (slash && !mask))
		return -1;
	if (!mask)
		return 0;
	*mask = UINT32_MAX;
	return slash ? bits_parse(slash, mask) : 0;
}

/* "1500", "64k", "10M", "1G", decimal as rates are */
int amount_parse(const char *arg, uint64_t *value)
{
	static const char units[] = "kMGT";
	unsigned long long number;
	const char *unit;
	char *end;

	if (*arg < '0' || *arg > '9')
		return -1;
	errno = 0;
	number = strtoull(arg, &end, 10);
	if (errno)
		return -1;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return -1;
	for (; unit && unit >= units; unit--) {
		if (number > UINT64_MAX / 1000)
			return -1;
		number *= 1000;
	}
	*value = number;
	return 0;
}

/* "10M" or "10M-": at least; "10M-20M"; "0-20M": at most */
int span_parse(const char *arg, uint64_t *min, uint64_t *max)
{
	char text[TEXT_LEN], *dash;

	if (cut(arg, '-', text, &dash))
		return -1;
	*max = UINT64_MAX;
	if (amount_parse(text, min) ||
	    (dash && *dash && amount_parse(dash, max)))
		return -1;
	return *min <= *max ? 0 : -1;
}
