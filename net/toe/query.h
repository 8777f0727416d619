/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of an offloaded connection as the host has it and as the NIC does. */
#ifndef TOE_QUERY_H
#define TOE_QUERY_H

#include <net/toe.h>

struct sock;
struct toe_conn;

/* State of an intermediate object */
union toe_mid_state {
	struct toe_vlan_state vlan;
	struct toe_lag_state lag;
};

/* One inverted tree: a connection and what it stands on. @mid from the neighbour
 * up.
 */
struct toe_tree {
	struct toe_neigh_state neigh;
	union toe_mid_state mid[TOE_MAX_HOPS];
	struct toe_path_state path;
	struct toe_tcp_state tcp;
};

/**
 * struct toe_query - both sides' view
 * @copy: the host's: const and cached parts as they were pushed, delegated part
 *	  as the host would go on from it if the NIC died now
 * @nic: the device's answer
 * @valid: the connection is down, so @copy is filled
 * @status: of the query per object, by enum toe_object_type; 0 = @nic is valid
 * @nr_mids: intermediate objects
 * @mid: of each its type, its status, and the device that it stands for
 */
struct toe_query {
	struct toe_tree copy, nic;
	bool valid;
	u16 status[TOE_OBJECT_TCP + 1];
	unsigned int nr_mids;
	struct toe_query_mid {
		u16 type;
		u16 status;
		char ifname[IFNAMSIZ];
	} mid[TOE_MAX_HOPS];
};

/* Socket locked */
void toe_query(struct toe_conn *conn, struct sock *sk, struct toe_query *q);

/* The part of @tree for objects of @type, of which there is one; else NULL */
const void *toe_tree_state(const struct toe_tree *tree, u16 type);

#endif /* TOE_QUERY_H */
