// SPDX-License-Identifier: GPL-2.0-only
/* What ethtool and devlink know of the devices, for toectl report. */
#include "toectl.h"

#include <errno.h>
#include <linux/devlink.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_NICS	64

/* TOE devices of the namespace, and their names on the bus */
static struct {
	int nr;
	struct {
		char dev[IFNAMSIZ], bus[ETHTOOL_BUSINFO_LEN];
	} nic[MAX_NICS];
} nics;

/* Types of devlink's values are netlink's own, which are not uapi in 6.1 */
enum { TYPE_U8 = 1, TYPE_U16, TYPE_U32, TYPE_U64, TYPE_STRING, TYPE_FLAG };

static int ethtool(int fd, const char *dev, void *cmd)
{
	struct ifreq ifr = { .ifr_data = cmd };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

/* Names of a set, for the caller to free; NULL without any */
static struct ethtool_gstrings *strings(int fd, const char *dev, uint32_t set)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t nr;
	} ask = {
		.info.cmd = ETHTOOL_GSSET_INFO,
		.info.sset_mask = 1ull << set,
	};
	struct ethtool_gstrings *names;

	if (ethtool(fd, dev, &ask) || !ask.info.sset_mask || !ask.nr)
		return NULL;
	names = need(calloc(1, sizeof(*names) + ask.nr * ETH_GSTRING_LEN));
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = set;
	names->len = ask.nr;
	if (!ethtool(fd, dev, names))
		return names;
	free(names);
	return NULL;
}

static const char *name_of(char *buf, const struct ethtool_gstrings *names,
			   uint32_t i)
{
	snprintf(buf, ETH_GSTRING_LEN + 1, "%.*s", ETH_GSTRING_LEN,
		 (const char *)&names->data[i * ETH_GSTRING_LEN]);
	return buf;
}

static void flags(int fd, const char *dev)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GPFLAGS };
	struct ethtool_gstrings *names;
	char text[ETH_GSTRING_LEN + 1];
	uint32_t i;

	names = strings(fd, dev, ETH_SS_PRIV_FLAGS);
	out_open_object("flags");
	if (names && !ethtool(fd, dev, &value)) {
		for (i = 0; i < names->len && i < 32; i++) {
			out_text("    flag %s: ", name_of(text, names, i));
			out_bool(text, "", value.data >> i & 1);
			out_text("\n");
		}
	}
	out_close_object();
	free(names);
}

static void counters(int fd, const char *dev)
{
	struct ethtool_gstrings *names = strings(fd, dev, ETH_SS_STATS);
	struct ethtool_stats *stats = NULL;
	char text[ETH_GSTRING_LEN + 1];
	uint32_t i;

	out_open_object("stats");
	if (names) {
		stats = need(calloc(1, sizeof(*stats) +
				    names->len * sizeof(stats->data[0])));
		stats->cmd = ETHTOOL_GSTATS;
		stats->n_stats = names->len;
	}
	if (stats && !ethtool(fd, dev, stats)) {
		for (i = 0; i < names->len && i < stats->n_stats; i++) {
			out_text("    %s: ", name_of(text, names, i));
			out_num(text, "", stats->data[i]);
			out_text("\n");
		}
	}
	out_close_object();
	free(stats);
	free(names);
}

/* As of ethtool -i, --show-priv-flags and -S. Returns 0 or an error of errno. */
int nics_ethtool(const char *key)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? errno : 0, i;

	out_open_list(key);
	for (i = 0; fd >= 0 && i < nics.nr; i++) {
		struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
		const char *dev = nics.nic[i].dev;

		if (ethtool(fd, dev, &info)) {
			err = errno;
			continue;
		}
		snprintf(nics.nic[i].bus, sizeof(nics.nic[i].bus), "%s",
			 info.bus_info);
		out_open_object(NULL);
		out_str("dev", "", "%s", dev);
		out_str("driver", "  driver ", "%s", info.driver);
		out_str("version", "  version ", "%s", info.version);
		out_str("firmware", "  firmware ", "%s", info.fw_version);
		out_str("bus", "  bus ", "%s", info.bus_info);
		out_text("\n");
		flags(fd, dev);
		counters(fd, dev);
		out_close_object();
	}
	out_close_list();
	if (fd >= 0)
		close(fd);
	return err;
}

static void note(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_DEV_MAX + 1];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_DEV_MAX);
	if (nics.nr == MAX_NICS)
		return;
	snprintf(nics.nic[nics.nr].dev, sizeof(nics.nic[0].dev), "%s",
		 nl_str(tb[TOE_A_DEV_IFNAME]));
	nics.nr++;
}

/* The TOE devices of the namespace */
int nics_find(void)
{
	nics.nr = 0;
	return nl_talk(nl_request(TOE_CMD_DEV_GET, NLM_F_DUMP), note, NULL);
}

int nics_nr(void)
{
	return nics.nr;
}

/* One of ours? Opens its row if it is. */
static bool row_open(const struct nlattr **tb)
{
	const char *name = nl_str(tb[DEVLINK_ATTR_DEV_NAME]);
	int i;

	for (i = 0; i < nics.nr; i++) {
		if (strcmp(nics.nic[i].bus, name))
			continue;
		out_open_object(NULL);
		out_str("handle", "HANDLE", "%s/%s",
			nl_str(tb[DEVLINK_ATTR_BUS_NAME]), name);
		out_str("dev", "DEV", "%s", nics.nic[i].dev);
		return true;
	}
	return false;
}

/* Versions: attributes of the message, repeated, so by type and in order */
static void info(const struct nlmsghdr *nlh, void *arg)
{
	static const char * const kinds[] = { "fixed", "running", "stored" };
	const struct nlattr *tb[DEVLINK_ATTR_MAX + 1];
	const struct nlattr *version[DEVLINK_ATTR_MAX + 1], *attr;

	(void)arg;
	nl_attrs(nlh, tb, DEVLINK_ATTR_MAX);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		int kind = mnl_attr_get_type(attr) -
			   DEVLINK_ATTR_INFO_VERSION_FIXED;

		if (kind < 0 || kind > 2 || !row_open(tb))
			continue;
		nl_nest(attr, version, DEVLINK_ATTR_MAX);
		out_str("kind", "KIND", "%s", kinds[kind]);
		out_str("name", "NAME", "%s",
			nl_str(version[DEVLINK_ATTR_INFO_VERSION_NAME]));
		out_str("version", "VERSION", "%s",
			nl_str(version[DEVLINK_ATTR_INFO_VERSION_VALUE]));
		out_close_object();
	}
}

static void param_value(uint32_t type, const struct nlattr *data)
{
	switch (type) {
	case TYPE_U8:
		out_num("value", "VALUE", data ? mnl_attr_get_u8(data) : 0);
		break;
	case TYPE_U16:
	case TYPE_U32:
		out_num("value", "VALUE", nl_u32(data));
		break;
	case TYPE_U64:
		out_num("value", "VALUE", nl_u64(data));
		break;
	case TYPE_STRING:
		out_str("value", "VALUE", "%s", nl_str(data));
		break;
	case TYPE_FLAG:
		out_bool("value", "VALUE", data);
		break;
	default:
		out_null("value", "VALUE");
	}
}

static void param(const struct nlmsghdr *nlh, void *arg)
{
	static const char * const modes[] = {
		"runtime", "driverinit", "permanent"
	};
	const struct nlattr *tb[DEVLINK_ATTR_MAX + 1];
	const struct nlattr *p[DEVLINK_ATTR_MAX + 1];
	const struct nlattr *v[DEVLINK_ATTR_MAX + 1], *attr;

	(void)arg;
	nl_attrs(nlh, tb, DEVLINK_ATTR_MAX);
	if (!tb[DEVLINK_ATTR_PARAM])
		return;
	nl_nest(tb[DEVLINK_ATTR_PARAM], p, DEVLINK_ATTR_MAX);
	if (!p[DEVLINK_ATTR_PARAM_VALUES_LIST] || !p[DEVLINK_ATTR_PARAM_TYPE])
		return;
	mnl_attr_for_each_nested(attr, p[DEVLINK_ATTR_PARAM_VALUES_LIST]) {
		uint8_t mode;

		nl_nest(attr, v, DEVLINK_ATTR_MAX);
		if (!v[DEVLINK_ATTR_PARAM_VALUE_CMODE] || !row_open(tb))
			continue;
		mode = mnl_attr_get_u8(v[DEVLINK_ATTR_PARAM_VALUE_CMODE]);
		out_str("name", "PARAMETER", "%s",
			nl_str(p[DEVLINK_ATTR_PARAM_NAME]));
		out_str("cmode", "MODE", "%s", mode < 3 ? modes[mode] : "?");
		param_value(mnl_attr_get_u8(p[DEVLINK_ATTR_PARAM_TYPE]),
			    v[DEVLINK_ATTR_PARAM_VALUE_DATA]);
		out_close_object();
	}
}

static int table(const char *key, uint8_t cmd, nl_fn fn)
{
	int code;

	out_open_table(key);
	code = nl_talk(nl_request(cmd, NLM_F_DUMP), fn, NULL);
	out_close_table();
	return code;
}

/* As of devlink dev info, on a socket for devlink */
int nics_devlink_versions(const char *key)
{
	return table(key, DEVLINK_CMD_INFO_GET, info);
}

/* As of devlink dev param show, ditto */
int nics_devlink_params(const char *key)
{
	return table(key, DEVLINK_CMD_PARAM_GET, param);
}
