// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mailbox: one command at a time, a tree of objects in, a status and a
 * handle for each out. What comes in is checked as if it came over a bus.
 */
#include "hw.h"

#include <linux/if_vlan.h>

/* Neighbour, intermediate objects, path, connection */
#define SIM_MAX_DEPTH	(SIM_MAX_MIDS + 3)

struct sim_cmd {
	struct sim_hw *hw;
	enum sim_mbox_op op;
	u32 nodes;
	bool partial;
};

/* The objects below the node that is being visited */
struct sim_below {
	struct sim_neigh *neigh;
	struct sim_mid *mid;
	struct sim_path *path;
};

enum sim_layer {
	SIM_LAYER_NONE,
	SIM_LAYER_NEIGH,
	SIM_LAYER_MID,
	SIM_LAYER_PATH,
	SIM_LAYER_TCP,
};

static enum sim_layer sim_layer_of(u16 type)
{
	switch (type) {
	case SIM_OBJ_NEIGH:
		return SIM_LAYER_NEIGH;
	case SIM_OBJ_VLAN:
	case SIM_OBJ_LAG:
		return SIM_LAYER_MID;
	case SIM_OBJ_PATH:
		return SIM_LAYER_PATH;
	case SIM_OBJ_TCP:
		return SIM_LAYER_TCP;
	}
	return SIM_LAYER_NONE;
}

static bool sim_node_valid(const struct sim_node *n)
{
	if (n->revision != TOE_OBJECT_REVISION)
		return false;
	switch (n->type) {
	case SIM_OBJ_NEIGH:
		return n->neigh && n->size == sizeof(*n->neigh);
	case SIM_OBJ_VLAN:
		return n->vlan && n->size == sizeof(*n->vlan);
	case SIM_OBJ_LAG:
		return n->lag && n->size == sizeof(*n->lag);
	case SIM_OBJ_PATH:
		return n->path && n->size == sizeof(*n->path);
	case SIM_OBJ_TCP:
		return n->tcp && n->size == sizeof(*n->tcp);
	}
	return false;
}

static enum sim_status sim_mid_check(const struct sim_mid *below,
				     const struct sim_node *n)
{
	if (below && below->depth >= SIM_MAX_MIDS)
		return SIM_E_TAGS;
	if (n->type == SIM_OBJ_VLAN &&
	    (n->vlan->vid >= VLAN_N_VID ||
	     !eth_type_vlan(htons(n->vlan->proto))))
		return SIM_E_INVALID;
	return SIM_OK;
}

static enum sim_status sim_path_check(const struct sim_hw *hw,
				      const struct sim_path_state *s)
{
	bool ok = (s->family == AF_INET && hw->caps.ipv4) ||
		  (s->family == AF_INET6 && hw->caps.ipv6);

	if (!ok)
		return SIM_E_FAMILY;
	if (s->mtu < hw->caps.min_mtu || s->mtu > hw->caps.max_mtu)
		return SIM_E_MTU;
	return SIM_OK;
}

static enum sim_status sim_tcp_check(const struct sim_hw *hw,
				     const struct sim_path *path,
				     const struct eng_state *s)
{
	u32 refuse = READ_ONCE(hw->fault.refuse);
	bool ipv6 = path->s.family == AF_INET6;

	if (refuse)
		return refuse;
	if (!!(s->c.flags & ENG_F_IPV6) != ipv6)
		return SIM_E_FAMILY;
	if (s->c.cc >= __ENG_CC_MAX || !(hw->caps.cc_mask & BIT(s->c.cc)))
		return SIM_E_CC;
	if (s->d.rcv_edge - s->d.rcv_nxt > hw->caps.max_rcv_wnd)
		return SIM_E_WINDOW;
	if (!s->h.mss || s->h.mss > path->s.mtu)
		return SIM_E_MTU;
	if (s->d.state >= ENG_TIME_WAIT)
		return SIM_E_REJECTED;
	return SIM_OK;
}

static enum sim_status sim_new(struct sim_hw *hw, const struct sim_below *below,
			       struct sim_node *n)
{
	enum sim_status status;

	switch (n->type) {
	case SIM_OBJ_NEIGH:
		return sim_neigh_add(hw, n);
	case SIM_OBJ_VLAN:
	case SIM_OBJ_LAG:
		if (!below->neigh)
			return SIM_E_PARENT;
		status = sim_mid_check(below->mid, n);
		return status ?: sim_mid_add(hw, below->neigh, below->mid, n);
	case SIM_OBJ_PATH:
		if (!below->neigh)
			return SIM_E_PARENT;
		status = sim_path_check(hw, n->path);
		return status ?: sim_path_add(hw, below->neigh, below->mid, n);
	default:
		if (!below->path)
			return SIM_E_PARENT;
		status = sim_tcp_check(hw, below->path, n->tcp);
		return status ?: sim_conn_add(hw, below->path, n);
	}
}

static enum sim_status sim_initiate(struct sim_hw *hw,
				    const struct sim_below *below,
				    struct sim_node *n)
{
	if (!n->handle)
		return sim_new(hw, below, n);
	if (n->type == SIM_OBJ_NEIGH)
		return sim_neigh_get(hw, n->handle) ? SIM_OK : SIM_E_HANDLE;
	if (sim_layer_of(n->type) == SIM_LAYER_MID)
		return sim_mid_get(hw, n->handle) ? SIM_OK : SIM_E_HANDLE;
	if (n->type == SIM_OBJ_PATH)
		return sim_path_get(hw, n->handle) ? SIM_OK : SIM_E_HANDLE;
	return SIM_E_INVALID;
}

static enum sim_status sim_neigh_cmd(struct sim_cmd *cmd, struct sim_node *n)
{
	struct sim_neigh *neigh = sim_neigh_get(cmd->hw, n->handle);

	if (!neigh)
		return SIM_E_HANDLE;
	if (cmd->op == SIM_MBOX_UPDATE) {
		WRITE_ONCE(neigh->dst_mac,
			   ether_addr_to_u64(n->neigh->dst_mac));
		neigh->host_reach_ms = n->neigh->host_reach_ms;
	} else if (cmd->op == SIM_MBOX_QUERY) {
		ether_addr_copy(n->neigh->src_mac, neigh->src_mac);
		u64_to_ether_addr(neigh->dst_mac, n->neigh->dst_mac);
		n->neigh->host_reach_ms = neigh->host_reach_ms;
		n->neigh->nic_reach_ms =
			jiffies_to_msecs(jiffies - READ_ONCE(neigh->confirmed));
	} else if (cmd->op == SIM_MBOX_INVALIDATE) {
		sim_neigh_del(cmd->hw, neigh);
	}
	return SIM_OK;
}

static enum sim_status sim_mid_cmd(struct sim_cmd *cmd, struct sim_node *n)
{
	struct sim_mid *mid = sim_mid_get(cmd->hw, n->handle);

	if (!mid || mid->type != n->type)
		return SIM_E_HANDLE;
	if (cmd->op == SIM_MBOX_UPDATE && mid->type == SIM_OBJ_LAG)
		WRITE_ONCE(mid->lag.active, n->lag->active);
	else if (cmd->op == SIM_MBOX_QUERY && mid->type == SIM_OBJ_LAG)
		*n->lag = mid->lag;
	else if (cmd->op == SIM_MBOX_QUERY)
		*n->vlan = mid->vlan;
	else if (cmd->op == SIM_MBOX_INVALIDATE)
		sim_mid_del(cmd->hw, mid);
	return SIM_OK;
}

static enum sim_status sim_path_cmd(struct sim_cmd *cmd, struct sim_node *n)
{
	struct sim_path *path = sim_path_get(cmd->hw, n->handle);

	if (!path)
		return SIM_E_HANDLE;
	if (cmd->op == SIM_MBOX_UPDATE) {
		if (n->path->mtu < cmd->hw->caps.min_mtu ||
		    n->path->mtu > cmd->hw->caps.max_mtu)
			return SIM_E_MTU;
		path->s.mtu = n->path->mtu;
	} else if (cmd->op == SIM_MBOX_QUERY) {
		*n->path = path->s;
	} else if (cmd->op == SIM_MBOX_INVALIDATE) {
		sim_path_del(cmd->hw, path);
	}
	return SIM_OK;
}

static enum sim_status sim_conn_update(struct sim_conn *conn,
				       const struct eng_cached *h, u64 now)
{
	if (!h->mss || h->mss > conn->hw->caps.max_mtu)
		return SIM_E_MTU;
	conn->ttl = h->ttl;
	conn->tos = h->tos;
	conn->flowlabel = h->flowlabel;
	memcpy(conn->pcp, h->pcp, sizeof(conn->pcp));
	eng_update(&conn->eng, h, now);
	sim_tx_run(conn, now);
	sim_timer_arm(conn, now);
	return SIM_OK;
}

/* State of the engine and what the device counted */
static void sim_conn_export(const struct sim_conn *conn, struct eng_state *s,
			    u64 now)
{
	eng_export(&conn->eng, s, now);
	s->c.sport = ntohs(conn->key.lport);
	s->c.dport = ntohs(conn->key.rport);
	s->h.ttl = conn->ttl;
	s->h.tos = conn->tos;
	s->h.flowlabel = conn->flowlabel;
	s->d.segs_in = conn->segs_in;
	s->d.segs_out = conn->segs_out;
	s->d.data_segs_in = conn->data_segs_in;
	s->d.data_segs_out = conn->data_segs_out;
	s->d.retrans = conn->retrans;
	s->d.bytes_in = conn->bytes_in;
	s->d.bytes_out = conn->bytes_out;
}

static enum sim_status __sim_conn_cmd(struct sim_cmd *cmd,
				      struct sim_conn *conn, struct sim_node *n)
{
	u64 now = sim_now();

	switch (cmd->op) {
	case SIM_MBOX_UPDATE:
		return sim_conn_update(conn, &n->tcp->h, now);
	case SIM_MBOX_QUERY:
		sim_conn_export(conn, n->tcp, now);
		return SIM_OK;
	case SIM_MBOX_TERMINATE:
		eng_freeze(&conn->eng, now);
		sim_tx_run(conn, now);
		sim_conn_export(conn, n->tcp, now);
		sim_rx_return(conn);
		sim_conn_del(conn);
		return SIM_OK;
	case SIM_MBOX_INVALIDATE:
		sim_conn_del(conn);
		return SIM_OK;
	case SIM_MBOX_INITIATE:
	case SIM_MBOX_RELINK:
		break;
	}
	return SIM_E_INVALID;
}

static enum sim_status sim_conn_cmd(struct sim_cmd *cmd, struct sim_node *n)
{
	enum sim_status status;
	struct sim_conn *conn;

	rcu_read_lock();
	conn = sim_conn_get(cmd->hw, n->handle);
	if (!conn) {
		rcu_read_unlock();
		return SIM_E_HANDLE;
	}
	spin_lock(&conn->lock);
	status = __sim_conn_cmd(cmd, conn, n);
	spin_unlock(&conn->lock);
	rcu_read_unlock();
	return status;
}

static enum sim_status sim_node_exec(struct sim_cmd *cmd,
				     const struct sim_below *below,
				     struct sim_node *n)
{
	if (!sim_node_valid(n))
		return SIM_E_INVALID;
	if (cmd->op == SIM_MBOX_INITIATE)
		return sim_initiate(cmd->hw, below, n);
	switch (n->type) {
	case SIM_OBJ_NEIGH:
		return sim_neigh_cmd(cmd, n);
	case SIM_OBJ_VLAN:
	case SIM_OBJ_LAG:
		return sim_mid_cmd(cmd, n);
	case SIM_OBJ_PATH:
		return sim_path_cmd(cmd, n);
	default:
		return sim_conn_cmd(cmd, n);
	}
}

static struct sim_below sim_below_of(struct sim_cmd *cmd,
				     const struct sim_below *below,
				     const struct sim_node *n)
{
	struct sim_below up = *below;

	switch (sim_layer_of(n->type)) {
	case SIM_LAYER_NEIGH:
		up.neigh = sim_neigh_get(cmd->hw, n->handle);
		break;
	case SIM_LAYER_MID:
		up.mid = sim_mid_get(cmd->hw, n->handle);
		/* refused: nothing may stand on what lies below it instead */
		if (!up.mid)
			up.neigh = NULL;
		break;
	case SIM_LAYER_PATH:
		up.path = sim_path_get(cmd->hw, n->handle);
		break;
	case SIM_LAYER_TCP:
	case SIM_LAYER_NONE:
		break;
	}
	return up;
}

static bool sim_walk(struct sim_cmd *cmd, const struct sim_below *below,
		     struct sim_node *n, enum sim_layer low, int depth);

static bool sim_visit(struct sim_cmd *cmd, const struct sim_below *below,
		      struct sim_node *n, enum sim_layer low, int depth)
{
	enum sim_layer layer = sim_layer_of(n->type);
	bool late = cmd->op == SIM_MBOX_INVALIDATE ||
		    cmd->op == SIM_MBOX_TERMINATE;
	struct sim_below up;

	if (++cmd->nodes > SIM_MAX_MBOX_NODES || !sim_step(cmd->hw))
		return false;
	if (layer < low || (layer == low && layer != SIM_LAYER_MID) ||
	    depth > SIM_MAX_DEPTH) {
		n->status = SIM_E_INVALID;
		cmd->partial = true;
		return true;
	}
	if (!late)
		n->status = sim_node_exec(cmd, below, n);
	up = sim_below_of(cmd, below, n);
	if (!sim_walk(cmd, &up, n->dependent, layer, depth + 1))
		return false;
	if (late)
		n->status = sim_node_exec(cmd, below, n);
	if (n->status != SIM_OK) {
		cmd->partial = true;
		if (cmd->op == SIM_MBOX_INITIATE)
			sim_count(cmd->hw, SIM_STAT_MBOX_REFUSED, 1);
	}
	return sim_step(cmd->hw);
}

static bool sim_walk(struct sim_cmd *cmd, const struct sim_below *below,
		     struct sim_node *n, enum sim_layer low, int depth)
{
	for (; n; n = n->next) {
		if (!sim_visit(cmd, below, n, low, depth))
			return false;
	}
	return true;
}

/* Two neighbours, the old one first. Both of them or none. */
static bool sim_relink(struct sim_cmd *cmd, struct sim_node *old)
{
	struct sim_hw *hw = cmd->hw;
	struct sim_node *new = old->next;
	struct sim_neigh *from, *to;

	if (!new || old->type != SIM_OBJ_NEIGH || new->type != SIM_OBJ_NEIGH ||
	    !sim_node_valid(old) || !sim_node_valid(new)) {
		cmd->partial = true;
		return sim_step(hw);
	}
	from = sim_neigh_get(hw, old->handle);
	old->status = from ? SIM_OK : SIM_E_HANDLE;
	new->status = SIM_E_PARENT;
	if (from && new->handle)
		new->status = sim_neigh_get(hw, new->handle) ? SIM_OK :
							       SIM_E_HANDLE;
	else if (from)
		new->status = sim_neigh_add(hw, new);
	if (new->status == SIM_OK) {
		to = sim_neigh_get(hw, new->handle);
		sim_neigh_relink(hw, from, to);
	} else {
		cmd->partial = true;
	}
	return sim_step(hw);
}

/**
 * sim_mbox() - execute a command
 * @hw: the device
 * @op: which
 * @tree: the objects it is about
 *
 * Context: any, BH disabled.
 * Return: SIM_OK, SIM_PARTIAL (look at each node) or SIM_MBOX_TIMEOUT: the
 * device is dead; what it has written to @tree is worthless.
 */
enum sim_status sim_mbox(struct sim_hw *hw, enum sim_mbox_op op,
			 struct sim_node *tree)
{
	struct sim_below none = {};
	struct sim_cmd cmd = { .hw = hw, .op = op };
	bool alive;

	if (!sim_step(hw))
		return SIM_MBOX_TIMEOUT;
	sim_count(hw, SIM_STAT_MBOX_CMDS, 1);
	if (op == SIM_MBOX_UPDATE)
		sim_count(hw, SIM_STAT_MBOX_UPDATES, 1);
	spin_lock(&hw->mbox_lock);
	alive = op == SIM_MBOX_RELINK ?
		sim_relink(&cmd, tree) :
		sim_walk(&cmd, &none, tree, SIM_LAYER_NONE, 1);
	spin_unlock(&hw->mbox_lock);
	if (!alive)
		return sim_alive(hw) ? SIM_PARTIAL : SIM_MBOX_TIMEOUT;
	return cmd.partial ? SIM_PARTIAL : SIM_OK;
}
EXPORT_SYMBOL_GPL(sim_mbox);
