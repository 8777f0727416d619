// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Copies
 *
 * While a NIC runs a connection the host keeps a copy of everything that it
 * needs to go on without the NIC: const and cached state as pushed (toe_conn),
 * delegated state as last reported (tcp_sock, fed by the events), every packet
 * until it has reached its destination (sk_write_queue up to what was posted,
 * inbox). toe_state_copy() puts them together; a dead NIC is left with it, and
 * here it stands beside what the NIC says. The two agree as soon as what the
 * NIC has done was reported, within a round trip.
 */
#include "query.h"

#include <net/tcp.h>

#include "conn.h"
#include "dev.h"
#include "object.h"
#include "upload.h"

const void *toe_tree_state(const struct toe_tree *tree, u16 type)
{
	switch ((enum toe_object_type)type) {
	case TOE_OBJECT_NEIGH:
		return &tree->neigh;
	case TOE_OBJECT_PATH:
		return &tree->path;
	case TOE_OBJECT_TCP:
		return &tree->tcp;
	case TOE_OBJECT_VLAN:
	case TOE_OBJECT_LAG:
	case __TOE_OBJECT_MAX:
		break;
	}
	return NULL;
}

static void toe_query_mids(const struct toe_conn *conn, struct toe_query *q)
{
	struct toe_mid *mids[TOE_MAX_HOPS];
	unsigned int i;

	q->nr_mids = toe_path_mids(conn->path, mids);
	for (i = 0; i < q->nr_mids; i++) {
		q->mid[i].type = mids[i]->type;
		q->mid[i].status = TOE_REFUSAL_NIC_DEAD;
		strscpy(q->mid[i].ifname, mids[i]->dev->name, IFNAMSIZ);
		if (mids[i]->type == TOE_OBJECT_LAG)
			q->copy.mid[i].lag = mids[i]->lag;
		else
			q->copy.mid[i].vlan = mids[i]->vlan;
	}
}

static void toe_query_copy(const struct toe_conn *conn, const struct sock *sk,
			   struct toe_tree *copy)
{
	copy->neigh = conn->path->neigh->state;
	copy->path = conn->path->state;
	copy->tcp.c = conn->constant;
	copy->tcp.h = conn->cached;
	toe_state_copy(conn, sk, &copy->tcp.d);
}

static void toe_query_nic(struct toe_conn *conn, struct toe_query *q)
{
	struct toe_block neigh, pblk, tcp, mblk[TOE_MAX_HOPS];
	struct toe_mid *mids[TOE_MAX_HOPS];
	struct toe_path *path = conn->path;
	struct toe_block *low = &neigh;
	struct toe_tree *t = &q->nic;
	unsigned int i;

	toe_path_mids(path, mids);
	toe_block_init(&neigh, TOE_OBJECT_NEIGH, path->neigh->nic, &t->neigh,
		       sizeof(t->neigh));
	toe_block_init(&pblk, TOE_OBJECT_PATH, path->nic, &t->path,
		       sizeof(t->path));
	toe_block_init(&tcp, TOE_OBJECT_TCP, conn->nic, &t->tcp,
		       sizeof(t->tcp));
	tcp.host = conn;
	for (i = 0; i < q->nr_mids; i++) {
		toe_mid_block(&mblk[i], mids[i]);
		mblk[i].state = &t->mid[i];
		low->dependent = &mblk[i];
		low = &mblk[i];
	}
	low->dependent = &pblk;
	pblk.dependent = &tcp;
	if (conn->tdev->ops->query(conn->tdev, &neigh))
		return;
	q->status[TOE_OBJECT_NEIGH] = neigh.status;
	q->status[TOE_OBJECT_PATH] = pblk.status;
	q->status[TOE_OBJECT_TCP] = tcp.status;
	for (i = 0; i < q->nr_mids; i++)
		q->mid[i].status = mblk[i].status;
}

/**
 * toe_query() - both sides' view of a connection
 * @conn: the connection
 * @sk: its socket
 * @q: filled; not valid when the connection is in the host
 *
 * Context: socket locked, process.
 */
void toe_query(struct toe_conn *conn, struct sock *sk, struct toe_query *q)
{
	struct toe_dev_priv *priv;
	int i;

	memset(q, 0, sizeof(*q));
	for (i = 0; i < ARRAY_SIZE(q->status); i++)
		q->status[i] = TOE_REFUSAL_NIC_DEAD;
	if (conn->state != TOE_STATE_OFFLOADED)
		return;
	priv = conn->tdev->priv;
	q->valid = true;
	spin_lock_bh(&priv->obj_lock);
	toe_query_mids(conn, q);
	toe_query_copy(conn, sk, &q->copy);
	if (conn->tdev->ops->query && !READ_ONCE(priv->dead))
		toe_query_nic(conn, q);
	spin_unlock_bh(&priv->obj_lock);
}
