// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: devices. */
#include <linux/rtnetlink.h>
#include <net/sock.h>

#include "dev.h"
#include "nl.h"

static const char * const toe_nl_dev_events[] = {
	[TOE_DEV_EVENT_REGISTERED] = "registered",
	[TOE_DEV_EVENT_UNREGISTERED] = "unregistered",
	[TOE_DEV_EVENT_FAILED] = "failed",
	[TOE_DEV_EVENT_PAUSED] = "paused",
	[TOE_DEV_EVENT_RESUMED] = "resumed",
};

static_assert(ARRAY_SIZE(toe_nl_dev_events) == __TOE_DEV_EVENT_MAX);

static const char * const toe_nl_ccs[] = {
	[TOE_CC_RENO] = "reno",
	[TOE_CC_CUBIC] = "cubic",
	[TOE_CC_DCTCP] = "dctcp",
};

static_assert(ARRAY_SIZE(toe_nl_ccs) == __TOE_CC_MAX);

static int toe_nl_dev_name(struct sk_buff *msg, const struct toe_dev *tdev)
{
	if (nla_put_u32(msg, TOE_A_DEV_IFINDEX, tdev->netdev->ifindex) ||
	    nla_put_string(msg, TOE_A_DEV_IFNAME, tdev->netdev->name))
		return -EMSGSIZE;
	return 0;
}

static int toe_nl_dev_caps(struct sk_buff *msg, const struct toe_caps *caps)
{
	unsigned int i;

	if (nla_put_u32(msg, TOE_A_DEV_TCP_ENTRIES,
			READ_ONCE(caps->tcp_entries)) ||
	    nla_put_u32(msg, TOE_A_DEV_MAX_RCV_WND, caps->max_rcv_wnd))
		return -EMSGSIZE;
	if (caps->families & TOE_FAMILY_IPV4 &&
	    nla_put_string(msg, TOE_A_DEV_FAMILIES, "ipv4"))
		return -EMSGSIZE;
	if (caps->families & TOE_FAMILY_IPV6 &&
	    nla_put_string(msg, TOE_A_DEV_FAMILIES, "ipv6"))
		return -EMSGSIZE;
	for (i = 0; i < __TOE_CC_MAX; i++) {
		if (caps->cc_mask & BIT(i) &&
		    nla_put_string(msg, TOE_A_DEV_CC, toe_nl_ccs[i]))
			return -EMSGSIZE;
	}
	return 0;
}

static int toe_nl_dev_state(struct sk_buff *msg, const struct toe_dev *tdev)
{
	const struct toe_dev_priv *priv = tdev->priv;

	if (nla_put_u32(msg, TOE_A_DEV_ENABLED, READ_ONCE(priv->enabled)) ||
	    nla_put_u32(msg, TOE_A_DEV_PAUSED, atomic_read(&priv->paused)) ||
	    nla_put_u32(msg, TOE_A_DEV_DEAD, READ_ONCE(priv->dead)) ||
	    nla_put_u32(msg, TOE_A_DEV_CONNS, toe_dev_conns(tdev)))
		return -EMSGSIZE;
	return 0;
}

struct toe_nl_walk {
	struct sk_buff *msg;
	struct netlink_callback *cb;
	long skip;	/* devices that are in earlier messages */
	long seen;
};

static int toe_nl_dev_fill(struct toe_nl_walk *walk, struct toe_dev *tdev)
{
	void *hdr = toe_nl_put(walk->msg, walk->cb, TOE_CMD_DEV_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (toe_nl_dev_name(walk->msg, tdev) ||
	    toe_nl_dev_state(walk->msg, tdev) ||
	    toe_nl_dev_caps(walk->msg, &tdev->caps)) {
		genlmsg_cancel(walk->msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(walk->msg, hdr);
	return 0;
}

static bool toe_nl_dev_one(struct toe_dev *tdev, void *arg)
{
	struct toe_nl_walk *walk = arg;

	if (walk->seen >= walk->skip && toe_nl_dev_fill(walk, tdev))
		return false;
	walk->seen++;
	return true;
}

/**
 * toe_nl_dev_dump() - TOE_CMD_DEV_GET
 * @msg: answer
 * @cb: the dump; args[0] = devices done
 *
 * Context: process.
 * Return: bytes in @msg.
 */
int toe_nl_dev_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct toe_nl_walk walk = {
		.msg = msg,
		.cb = cb,
		.skip = cb->args[0],
	};

	rcu_read_lock();
	toe_dev_walk(sock_net(msg->sk), toe_nl_dev_one, &walk);
	rcu_read_unlock();
	cb->args[0] = walk.seen;
	return msg->len;
}

/**
 * toe_nl_dev_event() - tell listeners what happened to a device
 * @tdev: the device; its netdev exists
 * @event: what
 *
 * Context: any.
 */
void toe_nl_dev_event(struct toe_dev *tdev, enum toe_dev_event event)
{
	struct net *net = dev_net(tdev->netdev);
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&toe_nl_family, net, TOE_NL_GROUP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE / 4, GFP_ATOMIC);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &toe_nl_family, 0, TOE_CMD_DEV_NTF);
	if (!hdr || toe_nl_dev_name(msg, tdev) ||
	    nla_put_u32(msg, TOE_A_DEV_EVENT, event) ||
	    nla_put_string(msg, TOE_A_DEV_EVENT_NAME,
			   toe_nl_dev_events[event])) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&toe_nl_family, net, msg, 0,
				TOE_NL_GROUP_EVENTS, GFP_ATOMIC);
}
