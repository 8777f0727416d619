/* SPDX-License-Identifier: GPL-2.0-only */
/* From the device that a route leads to, down to the NIC. */
#ifndef TOE_LINK_H
#define TOE_LINK_H

#include <net/sock.h>
#include <net/toe.h>

/**
 * struct toe_hop - a device between the route and the NIC
 * @type: enum toe_object_type, of the intermediate object that stands for it
 * @dev: the device
 * @vlan: const part of a VLAN
 */
struct toe_hop {
	u16 type;
	struct net_device *dev;
	struct toe_vlan_const vlan;
};

/**
 * struct toe_link - the way of a connection to its NIC
 * @tdev: the NIC
 * @second: not the member that a bond would send by, but another that may
 * @nr: elements of @hop
 * @hop: devices stacked on the NIC, the one that the route names first
 */
struct toe_link {
	struct toe_dev *tdev;
	bool second;
	unsigned int nr;
	struct toe_hop hop[TOE_MAX_HOPS];
};

/* RCU. Does @dev lead to a TOE device, now or perhaps later? */
bool toe_link_leads(struct net_device *dev);

/* The way from @dev, or why there is none. Socket locked, RCU. */
enum toe_refusal toe_link_find(struct toe_link *link, struct sock *sk,
			       struct net_device *dev);

/* Do the bonds on the way still send by it? Socket locked, RCU. */
bool toe_link_still(const struct toe_link *link, struct sock *sk);

#endif /* TOE_LINK_H */
