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

/* "10.0.0.0/8", "10.0.0.1", "2001:db8::/32"; @addr: 16 bytes */
int prefix_parse(const char *arg, uint8_t *addr, unsigned int *bytes,
		 unsigned int *bits)
{
	char text[INET6_ADDRSTRLEN + 8];
	uint32_t value;
	char *slash;

	if (strlen(arg) >= sizeof(text))
		return -1;
	strcpy(text, arg);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
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

/* "80" or "5000-5999" */
int range_parse(const char *arg, uint32_t *min, uint32_t *max)
{
	char text[16];
	char *dash;

	if (strlen(arg) >= sizeof(text))
		return -1;
	strcpy(text, arg);
	dash = strchr(text, '-');
	if (dash)
		*dash++ = '\0';
	else
		dash = text;
	if (number_parse(text, 0, 65535, min) ||
	    number_parse(dash, 0, 65535, max))
		return -1;
	return *min <= *max ? 0 : -1;
}
