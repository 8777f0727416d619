// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: connections. */
#include <linux/rtnetlink.h>
#include <net/ipv6.h>

#include "conn.h"
#include "dev.h"
#include "fields.h"
#include "mib.h"
#include "nl.h"
#include "object.h"
#include "query.h"

/* An answer with fields, about 80 bytes for each, and with moves, about 150 */
#define TOE_NL_QUERY_SIZE	(8192 + TOE_HISTORY_LEN * 192)

/* Cause and remedy, for the one who asked for an offload */
static const char * const toe_nl_refusals[] = {
	[TOE_REFUSAL_NONE] =
		"refused without a reason",
	[TOE_REFUSAL_POLICY] =
		"policy: no rule allows this connection, or its program opted out; see net.toe.* and the rules",
	[TOE_REFUSAL_DEVICE] =
		"device: the route leads to no TOE device; list the devices",
	[TOE_REFUSAL_DEVICE_OFF] =
		"device-off: the device is down, paused or its private flag tcp-offload is off",
	[TOE_REFUSAL_STATE] =
		"state: only an established connection that is closed in neither direction goes down",
	[TOE_REFUSAL_LIMIT] =
		"limit: net.toe.max_connections is reached; raise it or upload others",
	[TOE_REFUSAL_ULP] =
		"ulp: kernel TLS, a sockmap or another upper layer is attached to the socket",
	[TOE_REFUSAL_MD5] =
		"md5: segments are signed (TCP-MD5 or TCP-AO), which the host has to do",
	[TOE_REFUSAL_MPTCP] =
		"mptcp: subflows of Multipath TCP stay in the host",
	[TOE_REFUSAL_URGENT] =
		"urgent: urgent data is pending; try again when it was read",
	[TOE_REFUSAL_REPAIR] =
		"repair: the socket is in repair mode",
	[TOE_REFUSAL_FASTOPEN] =
		"fastopen: data of the handshake is not acknowledged yet; try again",
	[TOE_REFUSAL_FILTER] =
		"filter: a socket filter is attached; it has to see every segment",
	[TOE_REFUSAL_XFRM] =
		"xfrm: IPsec applies to this path",
	[TOE_REFUSAL_TUNNEL] =
		"tunnel: a lightweight tunnel applies to this route",
	[TOE_REFUSAL_IP_OPTIONS] =
		"ip-options: the socket uses IP options or extension headers",
	[TOE_REFUSAL_CONGESTION] =
		"congestion: the device lacks the socket's congestion algorithm; list what it has and set TCP_CONGESTION",
	[TOE_REFUSAL_NEIGHBOUR] =
		"neighbour: the next hop is not resolved; try again",
	[TOE_REFUSAL_TIMESTAMPING] =
		"timestamping: the program wants transmit time stamps",
	[TOE_REFUSAL_ECN] =
		"ecn: the connection negotiated ECN, which the device lacks",
	[TOE_REFUSAL_PACING] =
		"pacing: a rate that the device can't keep, or a transmit delay",
	[TOE_REFUSAL_BPF] =
		"bpf: a BPF program is attached to the socket or to its cgroup",
	[TOE_REFUSAL_LOSS] =
		"loss: the connection is recovering from loss; try again",
	[TOE_REFUSAL_MEMORY] =
		"memory: the host is out of memory",
	[TOE_REFUSAL_NIC_TCP_ENTRIES] =
		"nic-tcp-entries: the device's connection table is full; upload others or enlarge it",
	[TOE_REFUSAL_NIC_PATH_ENTRIES] =
		"nic-path-entries: the device's path table is full; upload others",
	[TOE_REFUSAL_NIC_NEIGH_ENTRIES] =
		"nic-neigh-entries: the device's neighbour table is full; upload others",
	[TOE_REFUSAL_NIC_FAMILY] =
		"nic-family: the device does not speak this version of IP",
	[TOE_REFUSAL_NIC_WINDOW] =
		"nic-window: the receive window is larger than the device can hold; lower net.ipv4.tcp_rmem or SO_RCVBUF",
	[TOE_REFUSAL_NIC_MTU] =
		"nic-mtu: the device cannot use the MTU of this path",
	[TOE_REFUSAL_NIC_REJECTED] =
		"nic-rejected: the device judged it a poor candidate",
	[TOE_REFUSAL_NIC_DUPLICATE] =
		"nic-duplicate: the device holds a connection with these addresses and ports",
	[TOE_REFUSAL_NIC_INVALID] =
		"nic-invalid: the device calls the state malformed; this is a bug",
	[TOE_REFUSAL_NIC_DEAD] =
		"nic-dead: the device does not answer",
	[TOE_REFUSAL_NIC_VLAN_ENTRIES] =
		"nic-vlan-entries: the device's table of VLANs is full; upload others",
	[TOE_REFUSAL_VLAN] =
		"vlan: the device can't put on as many VLAN tags as lie on this route",
	[TOE_REFUSAL_BOND] =
		"bond: only active-backup, balance-xor and 802.3ad, with a member that can send",
	[TOE_REFUSAL_FIREWALL] =
		"firewall: netfilter would drop, queue or change its packets, or a conntrack helper reads them",
	[TOE_REFUSAL_QDISC] =
		"qdisc: a queueing discipline, filter or XDP program is set up on the interface",
	[TOE_REFUSAL_QUOTA] =
		"quota: the quota of the socket's cgroup is used up; raise it or upload others of the cgroup",
};

static_assert(ARRAY_SIZE(toe_nl_refusals) == __TOE_REFUSAL_MAX);

static const char toe_nl_no_conn[] =
	"no connection with this id, or it was closed; list the connections";

static int toe_nl_put_addr(struct sk_buff *msg, int attr, u16 family,
			   const struct in6_addr *addr)
{
	if (family == AF_INET)
		return nla_put_in_addr(msg, attr, addr->s6_addr32[0]);
	return nla_put_in6_addr(msg, attr, addr);
}

static int toe_nl_put_tuple(struct sk_buff *msg,
			    const struct toe_conn_info *info)
{
	if (nla_put_u32(msg, TOE_A_CONN_ID, info->id) ||
	    nla_put_u32(msg, TOE_A_CONN_FAMILY, info->family) ||
	    toe_nl_put_addr(msg, TOE_A_CONN_LADDR, info->family,
			    &info->laddr) ||
	    toe_nl_put_addr(msg, TOE_A_CONN_RADDR, info->family,
			    &info->raddr) ||
	    nla_put_u16(msg, TOE_A_CONN_LPORT, ntohs(info->lport)) ||
	    nla_put_u16(msg, TOE_A_CONN_RPORT, ntohs(info->rport)))
		return -EMSGSIZE;
	return 0;
}

static int toe_nl_put_history(struct sk_buff *msg,
			      const struct toe_conn_info *info)
{
	if (nla_put_u32(msg, TOE_A_CONN_TCP_STATE, info->tcp_state) ||
	    toe_nl_put_enum(msg, TOE_A_CONN_STATE, info->state,
			    toe_state_name(info->state)) ||
	    nla_put_u32(msg, TOE_A_CONN_AGE_MS, info->age_ms) ||
	    nla_put_u32(msg, TOE_A_CONN_STATE_AGE_MS, info->state_age_ms) ||
	    nla_put_u32(msg, TOE_A_CONN_OFFLOADS, info->offloads) ||
	    nla_put_u32(msg, TOE_A_CONN_UPLOADS, info->uploads) ||
	    nla_put_u32(msg, TOE_A_CONN_REFUSALS, info->refusals))
		return -EMSGSIZE;
	if (info->last_refusal &&
	    toe_nl_put_enum(msg, TOE_A_CONN_REFUSAL, info->last_refusal,
			    toe_refusal_name(info->last_refusal)))
		return -EMSGSIZE;
	if (info->last_upload &&
	    toe_nl_put_enum(msg, TOE_A_CONN_UPLOAD, info->last_upload,
			    toe_upload_name(info->last_upload)))
		return -EMSGSIZE;
	return 0;
}

/* @ifindex: of a device that may be gone */
static int toe_nl_put_ifname(struct sk_buff *msg, int attr, struct net *net,
			     int ifindex)
{
	struct net_device *dev;
	int err = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		err = nla_put_string(msg, attr, dev->name);
	rcu_read_unlock();
	return err;
}

static int toe_nl_put_mid(struct sk_buff *msg, const struct toe_conn_mid *mid)
{
	struct nlattr *nest = nla_nest_start(msg, TOE_A_CONN_MID);

	if (!nest ||
	    nla_put_string(msg, TOE_A_MID_OBJECT,
			   toe_object_name(mid->type)) ||
	    nla_put_string(msg, TOE_A_MID_IFNAME, mid->ifname) ||
	    nla_put_u32(msg, TOE_A_MID_NIC, mid->nic))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int toe_nl_put_mids(struct sk_buff *msg,
			   const struct toe_conn_info *info)
{
	unsigned int i;

	for (i = 0; i < info->nr_mids; i++)
		if (toe_nl_put_mid(msg, &info->mid[i]))
			return -EMSGSIZE;
	return 0;
}

static int toe_nl_put_nic(struct sk_buff *msg, struct net *net,
			  const struct toe_conn_info *info)
{
	if (!info->ifindex)
		return 0;
	if (nla_put_u32(msg, TOE_A_CONN_IFINDEX, info->ifindex) ||
	    toe_nl_put_ifname(msg, TOE_A_CONN_IFNAME, net, info->ifindex) ||
	    nla_put_u32(msg, TOE_A_CONN_NIC, info->nic) ||
	    nla_put_u32(msg, TOE_A_CONN_NIC_PATH, info->nic_path) ||
	    nla_put_u32(msg, TOE_A_CONN_NIC_NEIGH, info->nic_neigh) ||
	    nla_put(msg, TOE_A_CONN_DST_MAC, ETH_ALEN, info->dst_mac))
		return -EMSGSIZE;
	return toe_nl_put_mids(msg, info);
}

static int toe_nl_put_flow(struct sk_buff *msg,
			   const struct toe_conn_info *info)
{
	if (nla_put_u64_64bit(msg, TOE_A_CONN_BYTES_SENT, info->bytes_sent,
			      TOE_A_CONN_PAD) ||
	    nla_put_u64_64bit(msg, TOE_A_CONN_BYTES_RECEIVED,
			      info->bytes_received, TOE_A_CONN_PAD) ||
	    nla_put_u32(msg, TOE_A_CONN_SND_WND, info->snd_wnd) ||
	    nla_put_u32(msg, TOE_A_CONN_CWND, info->cwnd) ||
	    nla_put_u32(msg, TOE_A_CONN_SSTHRESH, info->ssthresh) ||
	    nla_put_u32(msg, TOE_A_CONN_SRTT_US, info->srtt_us) ||
	    nla_put_u64_64bit(msg, TOE_A_CONN_INODE, info->inode,
			      TOE_A_CONN_PAD) ||
	    nla_put_u32(msg, TOE_A_CONN_UID, info->uid) ||
	    nla_put_u32(msg, TOE_A_CONN_HELD_PACKETS, info->held_packets) ||
	    nla_put_u32(msg, TOE_A_CONN_HELD_BYTES, info->held_bytes) ||
	    nla_put_u32(msg, TOE_A_CONN_WAITING_PACKETS,
			info->waiting_packets) ||
	    nla_put_u32(msg, TOE_A_CONN_SNDBUF, info->sndbuf) ||
	    nla_put_u32(msg, TOE_A_CONN_RCVBUF, info->rcvbuf))
		return -EMSGSIZE;
	return 0;
}

/* Who knows them can inject data into the connection of another user */
static int toe_nl_put_seqs(struct sk_buff *msg,
			   const struct toe_conn_info *info)
{
	if (nla_put_u32(msg, TOE_A_CONN_SND_UNA, info->snd_una) ||
	    nla_put_u32(msg, TOE_A_CONN_SND_NXT, info->snd_nxt) ||
	    nla_put_u32(msg, TOE_A_CONN_WRITE_SEQ, info->write_seq) ||
	    nla_put_u32(msg, TOE_A_CONN_POSTED, info->posted) ||
	    nla_put_u32(msg, TOE_A_CONN_RCV_NXT, info->rcv_nxt) ||
	    nla_put_u32(msg, TOE_A_CONN_COPIED_SEQ, info->copied_seq) ||
	    nla_put_u32(msg, TOE_A_CONN_GRANTED, info->granted))
		return -EMSGSIZE;
	return 0;
}

/* @copy, @nic: state of the object, @nic NULL = no answer; @ifname: the device
 * that an intermediate object stands for, else NULL
 */
static int toe_nl_put_field(struct sk_buff *msg, const struct toe_field *f,
			    const void *copy, const void *nic,
			    const char *ifname)
{
	struct nlattr *nest = nla_nest_start(msg, TOE_A_CONN_FIELD);

	if (!nest ||
	    nla_put_string(msg, TOE_A_FIELD_OBJECT, toe_object_name(f->type)) ||
	    nla_put_string(msg, TOE_A_FIELD_CLASS, toe_field_class(f)) ||
	    nla_put_string(msg, TOE_A_FIELD_NAME, f->name) ||
	    nla_put_u64_64bit(msg, TOE_A_FIELD_COPY, toe_field_read(f, copy),
			      TOE_A_FIELD_PAD))
		return -EMSGSIZE;
	if (nic && nla_put_u64_64bit(msg, TOE_A_FIELD_NIC,
				     toe_field_read(f, nic), TOE_A_FIELD_PAD))
		return -EMSGSIZE;
	if (ifname && nla_put_string(msg, TOE_A_FIELD_IFNAME, ifname))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int toe_nl_put_mid_fields(struct sk_buff *msg, unsigned int i,
				 const struct toe_query *q)
{
	const struct toe_query_mid *mid = &q->mid[i];
	const struct toe_field *f;

	for (f = toe_fields; f->name; f++)
		if (f->type == mid->type &&
		    toe_nl_put_field(msg, f, &q->copy.mid[i],
				     mid->status ? NULL : &q->nic.mid[i],
				     mid->ifname))
			return -EMSGSIZE;
	return 0;
}

static int toe_nl_put_query(struct sk_buff *msg, const struct toe_query *q)
{
	const struct toe_field *f;
	unsigned int i;

	for (i = 0; i < q->nr_mids; i++)
		if (toe_nl_put_mid_fields(msg, i, q))
			return -EMSGSIZE;
	for (f = toe_fields; q->valid && f->name; f++) {
		const void *copy = toe_tree_state(&q->copy, f->type);

		if (copy && toe_nl_put_field(msg, f, copy,
					     q->status[f->type] ? NULL :
					     toe_tree_state(&q->nic, f->type),
					     NULL))
			return -EMSGSIZE;
	}
	return 0;
}

static int toe_nl_put_move_why(struct sk_buff *msg, const struct toe_record *r)
{
	if (r->move == TOE_MOVE_REFUSED)
		return toe_nl_put_enum(msg, TOE_A_MOVE_REFUSAL, r->reason,
				       toe_refusal_name(r->reason));
	if (r->move == TOE_MOVE_UP)
		return toe_nl_put_enum(msg, TOE_A_MOVE_UPLOAD, r->reason,
				       toe_upload_name(r->reason));
	return 0;
}

static int toe_nl_put_move(struct sk_buff *msg, struct net *net,
			   const struct toe_record *r)
{
	struct nlattr *nest = nla_nest_start(msg, TOE_A_CONN_MOVE);

	if (!nest ||
	    nla_put_u64_64bit(msg, TOE_A_MOVE_TIME_US, r->time_us,
			      TOE_A_MOVE_PAD) ||
	    toe_nl_put_enum(msg, TOE_A_MOVE_MOVE, r->move,
			    toe_move_name(r->move)) ||
	    toe_nl_put_enum(msg, TOE_A_MOVE_BY, r->by, toe_by_name(r->by)) ||
	    (r->rule && nla_put_u32(msg, TOE_A_MOVE_RULE, r->rule)) ||
	    toe_nl_put_move_why(msg, r) ||
	    nla_put_u32(msg, TOE_A_MOVE_TIMES, r->times))
		return -EMSGSIZE;
	if (r->ifindex &&
	    (nla_put_u32(msg, TOE_A_MOVE_IFINDEX, r->ifindex) ||
	     toe_nl_put_ifname(msg, TOE_A_MOVE_IFNAME, net, r->ifindex)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int toe_nl_put_moves(struct sk_buff *msg, struct net *net,
			    const struct toe_history *history)
{
	const struct toe_record *r;
	unsigned int i;

	for (i = 0; (r = toe_history_at(history, i)); i++)
		if (toe_nl_put_move(msg, net, r))
			return -EMSGSIZE;
	return 0;
}

/* @query: one connection is asked for, with all that is known of it; NULL in a
 * list. @admin: with sequence numbers and state objects. @hdr ends up cancelled
 * on error.
 */
static int toe_nl_conn_fill(struct sk_buff *msg, struct net *net, void *hdr,
			    const struct toe_conn_info *info,
			    const struct toe_query *query, bool admin)
{
	if (!hdr)
		return -EMSGSIZE;
	if (toe_nl_put_tuple(msg, info) || toe_nl_put_history(msg, info) ||
	    toe_nl_put_nic(msg, net, info) || toe_nl_put_flow(msg, info) ||
	    (admin && toe_nl_put_seqs(msg, info)) ||
	    (query && toe_nl_put_moves(msg, net, &info->history)) ||
	    (admin && query && toe_nl_put_query(msg, query))) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_conn_find() - the connection that a request means
 * @info: the request
 * @nla: the attribute with the id
 *
 * Context: process.
 * Return: the connection with a reference, or NULL with a message set.
 */
struct toe_conn *toe_nl_conn_find(struct genl_info *info,
				  const struct nlattr *nla)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	struct toe_conn *conn;
	u32 id = nla_get_u32(nla);

	conn = toe_conn_next(tn, &id);
	if (conn && id == nla_get_u32(nla))
		return conn;
	if (conn)
		toe_conn_put(conn);
	NL_SET_BAD_ATTR(info->extack, nla);
	toe_nl_why(info->extack, toe_nl_no_conn);
	return NULL;
}

static int toe_nl_conn_reply(struct genl_info *info,
			     const struct toe_conn_info *ci,
			     const struct toe_query *query, bool admin)
{
	struct sk_buff *msg;
	int err;

	msg = genlmsg_new(TOE_NL_QUERY_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	err = toe_nl_conn_fill(msg, genl_info_net(info),
			       genlmsg_put_reply(msg, info, &toe_nl_family, 0,
						 TOE_CMD_CONN_GET),
			       ci, query, admin);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/**
 * toe_nl_conn_doit() - TOE_CMD_CONN_GET of one connection
 * @skb: request
 * @info: its attributes
 *
 * Context: process.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_conn_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct toe_query *query;
	struct toe_conn_info ci;
	struct toe_conn *conn;
	bool admin;
	int err;

	if (!info->attrs[TOE_A_CONN_ID]) {
		toe_nl_why(info->extack,
			   "which connection? give its id, or ask for a dump");
		return -EINVAL;
	}
	conn = toe_nl_conn_find(info, info->attrs[TOE_A_CONN_ID]);
	if (!conn)
		return -ENOENT;
	query = kmalloc(sizeof(*query), GFP_KERNEL);
	if (!query) {
		toe_conn_put(conn);
		return -ENOMEM;
	}
	admin = netlink_ns_capable(skb, genl_info_net(info)->user_ns,
				   CAP_NET_ADMIN);
	err = toe_conn_info(conn, &ci, admin ? query : NULL);
	toe_conn_put(conn);
	if (err) {
		toe_nl_why(info->extack, toe_nl_no_conn);
		err = -ENOENT;
	} else {
		err = toe_nl_conn_reply(info, &ci, query, admin);
	}
	kfree(query);
	return err;
}

/**
 * toe_nl_conn_dump() - TOE_CMD_CONN_GET of all connections
 * @msg: answer
 * @cb: the dump; args[0] = first id to look at
 *
 * Context: process.
 * Return: bytes in @msg.
 */
int toe_nl_conn_dump(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net *net = sock_net(msg->sk);
	struct toe_net *tn = toe_pernet(net);
	struct toe_conn_info info;
	struct toe_conn *conn;
	u32 id = cb->args[0];
	bool admin;
	int err;

	admin = netlink_ns_capable(cb->skb, net->user_ns, CAP_NET_ADMIN);
	while (!cb->args[1] && (conn = toe_conn_next(tn, &id))) {
		err = toe_conn_info(conn, &info, NULL);
		toe_conn_put(conn);
		/* closed meanwhile: not listed */
		if (!err && toe_nl_conn_fill(msg, net,
					     toe_nl_put(msg, cb,
							TOE_CMD_CONN_GET),
					     &info, NULL, admin))
			break;
		/* the last id there is */
		if (!++id)
			cb->args[1] = 1;
	}
	cb->args[0] = id;
	return msg->len;
}

/* Moves that succeeded and that did not, of a command for all */
static int toe_nl_count_reply(struct genl_info *info, u8 cmd, u32 done,
			      u32 refused)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &toe_nl_family, 0, cmd);
	if (!hdr || nla_put_u32(msg, TOE_A_CONN_DONE, done) ||
	    nla_put_u32(msg, TOE_A_CONN_REFUSED, refused)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int toe_nl_offload_all(struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	u32 id = 0, done = 0, refused = 0;
	struct toe_conn *conn;
	enum toe_refusal why;
	int err;

	while ((conn = toe_conn_next(tn, &id))) {
		err = toe_conn_offload(conn, &why);
		toe_conn_put(conn);
		done += !err || err == -EINPROGRESS;
		refused += err == -EBUSY;
		if (signal_pending(current))
			return -EINTR;
		if (!++id)
			break;
	}
	return toe_nl_count_reply(info, TOE_CMD_CONN_OFFLOAD, done, refused);
}

static int toe_nl_offload_one(struct genl_info *info)
{
	enum toe_refusal why = TOE_REFUSAL_NONE;
	struct toe_conn *conn;
	int err;

	conn = toe_nl_conn_find(info, info->attrs[TOE_A_CONN_ID]);
	if (!conn)
		return -ENOENT;
	err = toe_conn_offload(conn, &why);
	toe_conn_put(conn);
	switch (err) {
	case -EINPROGRESS:
		return 0;
	case -EBUSY:
		if ((u32)why >= __TOE_REFUSAL_MAX)
			why = TOE_REFUSAL_NONE;
		toe_nl_why(info->extack, toe_nl_refusals[why]);
		break;
	case -EALREADY:
		toe_nl_why(info->extack, "the connection is offloaded already");
		break;
	case -ESHUTDOWN:
		toe_nl_why(info->extack, toe_nl_no_conn);
		break;
	}
	return err;
}

/* Exactly one of the attributes that say which connections are meant */
static int toe_nl_conn_which(struct genl_info *info)
{
	if (!info->attrs[TOE_A_CONN_ID] == !info->attrs[TOE_A_CONN_ALL]) {
		toe_nl_why(info->extack,
			   "which connections? give either an id or all");
		return -EINVAL;
	}
	return 0;
}

/**
 * toe_nl_conn_offload_doit() - TOE_CMD_CONN_OFFLOAD
 * @skb: request
 * @info: its attributes
 *
 * Context: process; waits for the device.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_conn_offload_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = toe_nl_conn_which(info);

	if (err)
		return err;
	if (!READ_ONCE(toe_pernet(genl_info_net(info))->enabled)) {
		toe_nl_why(info->extack,
			   "offload is off in this network namespace; set net.toe.enabled = 1");
		return -EOPNOTSUPP;
	}
	if (info->attrs[TOE_A_CONN_ALL])
		return toe_nl_offload_all(info);
	return toe_nl_offload_one(info);
}

static int toe_nl_upload_one(struct genl_info *info)
{
	struct toe_conn *conn;
	int err;

	if (info->attrs[TOE_A_CONN_IFINDEX]) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[TOE_A_CONN_IFINDEX],
				    "a device can be given with all, not with an id");
		return -EINVAL;
	}
	conn = toe_nl_conn_find(info, info->attrs[TOE_A_CONN_ID]);
	if (!conn)
		return -ENOENT;
	err = toe_conn_upload(conn, TOE_UPLOAD_ADMIN);
	toe_conn_put(conn);
	switch (err) {
	case -EALREADY:
		toe_nl_why(info->extack,
			   "the connection is in the host already");
		break;
	case -ESHUTDOWN:
		toe_nl_why(info->extack, toe_nl_no_conn);
		break;
	}
	return err;
}

/* RTNL keeps the device. NULL with a message set. */
static struct toe_dev *toe_nl_conn_dev(struct genl_info *info)
{
	struct nlattr *nla = info->attrs[TOE_A_CONN_IFINDEX];
	struct toe_dev *tdev = NULL;
	struct net_device *dev;

	ASSERT_RTNL();
	rcu_read_lock();
	dev = dev_get_by_index_rcu(genl_info_net(info), nla_get_u32(nla));
	if (dev)
		tdev = toe_dev_of(dev);
	rcu_read_unlock();
	if (!tdev) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "not a TOE device of this network namespace; list the devices");
	}
	return tdev;
}

static int toe_nl_upload_dev(struct genl_info *info, struct toe_net *tn)
{
	struct toe_dev *tdev = toe_nl_conn_dev(info);

	if (!tdev)
		return -ENODEV;
	toe_upload_all(tdev, tn, TOE_UPLOAD_ADMIN);
	return 0;
}

/* A part of the tree: what stands on an object of the NIC */
struct toe_nl_part {
	struct net *net;
	u32 path, neigh;	/* handle of one of them, the other 0 */
};

static bool toe_nl_part_match(const struct toe_path *path, const void *arg)
{
	const struct toe_nl_part *part = arg;

	return net_eq(dev_net(path->neigh->n->dev), part->net) &&
	       ((part->path && path->nic == part->path) ||
		(part->neigh && path->neigh->nic == part->neigh));
}

static int toe_nl_upload_part(struct genl_info *info)
{
	struct toe_nl_part part = { .net = genl_info_net(info) };
	struct toe_dev *tdev = toe_nl_conn_dev(info);
	struct nlattr *nla;

	if (!tdev)
		return -ENODEV;
	nla = info->attrs[TOE_A_CONN_NIC_PATH];
	if (nla) {
		part.path = nla_get_u32(nla);
	} else {
		nla = info->attrs[TOE_A_CONN_NIC_NEIGH];
		part.neigh = nla_get_u32(nla);
	}
	if (!toe_paths_revoke(tdev, toe_nl_part_match, &part,
			      TOE_UPLOAD_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "the device has no object with this handle; show a connection");
		return -ENOENT;
	}
	toe_upload_revoked(tdev);
	return 0;
}

static int toe_nl_upload_many(struct genl_info *info)
{
	struct toe_net *tn = toe_pernet(genl_info_net(info));
	int before = atomic_read(&tn->offloaded);
	int err = 0, left;

	rtnl_lock();
	if (!info->attrs[TOE_A_CONN_ALL])
		err = toe_nl_upload_part(info);
	else if (info->attrs[TOE_A_CONN_IFINDEX])
		err = toe_nl_upload_dev(info, tn);
	else
		toe_upload_all(NULL, tn, TOE_UPLOAD_ADMIN);
	rtnl_unlock();
	if (err)
		return err;
	/* connections come and go, so this is the net change only */
	left = atomic_read(&tn->offloaded);
	return toe_nl_count_reply(info, TOE_CMD_CONN_UPLOAD,
				  before > left ? before - left : 0, 0);
}

/* A handle means something on its device only */
static int toe_nl_part_which(struct genl_info *info)
{
	if (info->attrs[TOE_A_CONN_ID] || info->attrs[TOE_A_CONN_ALL] ||
	    !info->attrs[TOE_A_CONN_NIC_PATH] ==
	    !info->attrs[TOE_A_CONN_NIC_NEIGH] ||
	    !info->attrs[TOE_A_CONN_IFINDEX]) {
		toe_nl_why(info->extack,
			   "which part? give the handle of a path or of a neighbour, and its device");
		return -EINVAL;
	}
	return 0;
}

/**
 * toe_nl_conn_upload_doit() - TOE_CMD_CONN_UPLOAD
 * @skb: request
 * @info: its attributes
 *
 * Context: process; waits for the device.
 * Return: 0 or an error, with its cause in the extended ack.
 */
int toe_nl_conn_upload_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool part = info->attrs[TOE_A_CONN_NIC_PATH] ||
		    info->attrs[TOE_A_CONN_NIC_NEIGH];
	int err = part ? toe_nl_part_which(info) : toe_nl_conn_which(info);

	if (err)
		return err;
	if (part || info->attrs[TOE_A_CONN_ALL])
		return toe_nl_upload_many(info);
	return toe_nl_upload_one(info);
}

static void toe_nl_event_tuple(const struct toe_conn *conn,
			       struct toe_conn_info *info)
{
	const struct sock *sk = conn->sk;

	memset(info, 0, sizeof(*info));
	info->id = conn->id;
	if (!sk)
		return;
	info->lport = inet_sk(sk)->inet_sport;
	info->rport = inet_sk(sk)->inet_dport;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		info->family = AF_INET6;
		info->laddr = sk->sk_v6_rcv_saddr;
		info->raddr = sk->sk_v6_daddr;
		return;
	}
#endif
	info->family = AF_INET;
	info->laddr.s6_addr32[0] = inet_sk(sk)->inet_saddr;
	info->raddr.s6_addr32[0] = inet_sk(sk)->inet_daddr;
}

static int toe_nl_put_reason(struct sk_buff *msg, enum toe_state from,
			     enum toe_state to, u8 reason)
{
	if (!reason)
		return 0;
	if (from == TOE_STATE_OFFLOADING && to == TOE_STATE_HOST)
		return toe_nl_put_enum(msg, TOE_A_CONN_REFUSAL, reason,
				       toe_refusal_name(reason));
	return toe_nl_put_enum(msg, TOE_A_CONN_UPLOAD, reason,
			       toe_upload_name(reason));
}

static int toe_nl_event_fill(struct sk_buff *msg, struct toe_conn *conn,
			     enum toe_state from, enum toe_state to,
			     u8 reason)
{
	struct net *net = conn->tn->net;
	struct toe_conn_info info;
	void *hdr;

	hdr = genlmsg_put(msg, 0, 0, &toe_nl_family, 0, TOE_CMD_CONN_NTF);
	if (!hdr)
		return -EMSGSIZE;
	toe_nl_event_tuple(conn, &info);
	if (conn->tdev)
		info.ifindex = conn->tdev->netdev->ifindex;
	if (toe_nl_put_tuple(msg, &info) ||
	    toe_nl_put_enum(msg, TOE_A_CONN_OLD_STATE, from,
			    toe_state_name(from)) ||
	    toe_nl_put_enum(msg, TOE_A_CONN_STATE, to, toe_state_name(to)) ||
	    toe_nl_put_reason(msg, from, to, reason))
		return -EMSGSIZE;
	if (info.ifindex &&
	    (nla_put_u32(msg, TOE_A_CONN_IFINDEX, info.ifindex) ||
	     toe_nl_put_ifname(msg, TOE_A_CONN_IFNAME, net, info.ifindex)))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

/**
 * toe_nl_conn_event() - tell listeners that a connection moved
 * @conn: the connection
 * @from: state before
 * @to: state after
 * @reason: as toe_fsm_move()
 *
 * Context: socket locked, softirq or process; does not sleep. A message that
 * finds no memory is lost, as netlink messages may be.
 */
void toe_nl_conn_event(struct toe_conn *conn, enum toe_state from,
		       enum toe_state to, u8 reason)
{
	struct net *net = conn->tn->net;
	struct sk_buff *msg;

	if (!genl_has_listeners(&toe_nl_family, net, TOE_NL_GROUP_EVENTS))
		return;
	msg = genlmsg_new(512, GFP_ATOMIC);
	if (!msg)
		return;
	if (toe_nl_event_fill(msg, conn, from, to, reason)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_multicast_netns(&toe_nl_family, net, msg, 0,
				TOE_NL_GROUP_EVENTS, GFP_ATOMIC);
}
