// SPDX-License-Identifier: GPL-2.0-only
#include "fakes.h"

#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/arp.h>
#include <net/tcp.h>

#include "../net/toe/dev.h"
#include "../net/toe/nl.h"
#include "../net/toe/object.h"
#include "../net/toe/policy.h"
#include "../net/toe/rx.h"
#include "../net/toe/failover.h"
#include "../net/toe/stray.h"
#include "../net/toe/watch.h"
#include "../sim_nic/hw.h"

/* ---- main.c, nl.c, stray.c, watch.c ------------------------------------------------ */

static struct toe_net fake_tn;

struct fake_nl fake_nl;

struct toe_net *toe_pernet(const struct net *net)
{
	return &fake_tn;
}

struct toe_net *fake_net_init(struct kunit *test)
{
	fake_tn = (struct toe_net){
		.net = &init_net,
		.enabled = 1,
		.mode = TOE_MODE_AUTO,
		.max_connections = 1024,
		.retry_ms = 1000,
		.batch_max = 1,
	};
	fake_nl = (struct fake_nl){};
	xa_init_flags(&fake_tn.conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	KUNIT_ASSERT_EQ(test, toe_mib_net_init(&fake_tn), 0);
	toe_failover_net_init(&fake_tn);
	return &fake_tn;
}

void fake_net_exit(void)
{
	toe_failover_net_exit(&fake_tn);
	toe_mib_net_exit(&fake_tn);
	xa_destroy(&fake_tn.conns);
}

void toe_nl_conn_event(struct toe_conn *conn, enum toe_state from,
		       enum toe_state to, u8 reason)
{
	fake_nl.nr++;
	fake_nl.from = from;
	fake_nl.to = to;
	fake_nl.reason = reason;
}

void toe_nl_dev_event(struct toe_dev *tdev, enum toe_dev_event event)
{
}

int toe_stray_enable(struct net *net)
{
	return 0;
}

void toe_stray_disable(struct net *net)
{
}

int toe_watch_enable(struct toe_net *tn)
{
	return 0;
}

void toe_watch_disable(struct toe_net *tn)
{
}

/* ---- what sim_nic/table.c needs of the hardware ----------------------------- */

void sim_tx_init(struct sim_conn *conn, u32 seq)
{
	INIT_LIST_HEAD(&conn->snd.chunks);
	conn->snd.seq = seq;
	conn->snd.end = seq;
}

void sim_tx_purge(struct sim_conn *conn)
{
}

void sim_rx_purge(struct sim_conn *conn)
{
}

void sim_report_forget(struct sim_conn *conn)
{
}

static enum hrtimer_restart fake_timer(struct hrtimer *t)
{
	return HRTIMER_NORESTART;
}

void sim_timer_init(struct sim_conn *conn)
{
	hrtimer_init(&conn->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	conn->timer.function = fake_timer;
}

void sim_timer_arm(struct sim_conn *conn, u64 now)
{
}

/* ---- a driver ---------------------------------------------------------------- */

static struct fake_dev *to_fake(struct toe_dev *tdev)
{
	return container_of(tdev, struct fake_dev, tdev);
}

static void fake_record(struct fake_dev *fd, enum fake_op op,
			const struct toe_block *blk)
{
	struct fake_call *call;

	fd->nr[op]++;
	if (fd->nr_calls++ >= FAKE_MAX_CALLS)
		return;
	call = &fd->calls[fd->nr_calls - 1];
	call->op = op;
	call->type = blk->type;
	call->nic = blk->nic;
	if (blk->type == TOE_OBJECT_NEIGH)
		ether_addr_copy(call->dst_mac, blk->neigh->h.dst_mac);
}

static void fake_take(struct toe_block *blk, void *arg)
{
	struct fake_dev *fd = arg;

	fd->blocks[blk->type]++;
	blk->status = fd->judge ? fd->judge(fd, blk) : 0;
	if (!blk->status && !blk->nic && !fd->no_handle)
		blk->nic = fd->next_nic++;
}

static int fake_initiate(struct toe_dev *tdev, struct toe_block *forest)
{
	struct fake_dev *fd = to_fake(tdev);

	fd->nr[FAKE_INITIATE]++;
	if (fd->err)
		return fd->err;
	toe_block_walk(forest, fake_take, fd);
	return 0;
}

static int fake_update(struct toe_dev *tdev, struct toe_block *forest)
{
	fake_record(to_fake(tdev), FAKE_UPDATE, forest);
	return 0;
}

static int fake_relink(struct toe_dev *tdev, struct toe_block *from,
		       struct toe_block *to)
{
	struct fake_dev *fd = to_fake(tdev);

	fake_record(fd, FAKE_RELINK, from);
	fake_record(fd, FAKE_RELINK, to);
	if (!fd->err)
		fake_take(to, fd);
	return fd->err;
}

static void fake_post(struct toe_dev *tdev, u32 nic,
		      const struct toe_post *post)
{
	to_fake(tdev)->nr[FAKE_POST]++;
}

static int fake_terminate(struct toe_dev *tdev, struct toe_block *forest)
{
	struct fake_dev *fd = to_fake(tdev);
	struct toe_tcp_delegated *d = &forest->tcp->d;
	const struct tcp_sock *tp = tcp_sk(forest->host->sk);

	fake_record(fd, FAKE_TERMINATE, forest);
	*d = (struct toe_tcp_delegated){
		.state = TCP_ESTABLISHED,
		.snd_una = tp->snd_una,
		.snd_nxt = forest->host->posted,
		.snd_wnd = tp->snd_wnd,
		.rcv_nxt = tp->rcv_nxt,
		.rcv_edge = forest->host->granted,
		.cwnd = 14480,
		.ssthresh = TCP_INFINITE_SSTHRESH,
		.min_rtt_us = U32_MAX,
		.rto_us = USEC_PER_SEC,
		.timer_us = TOE_TIMER_OFF,
	};
	return fd->err;
}

static void fake_invalidate(struct toe_dev *tdev, struct toe_block *forest)
{
	fake_record(to_fake(tdev), FAKE_INVALIDATE, forest);
}

static const struct toe_ops fake_ops = {
	.initiate = fake_initiate,
	.update = fake_update,
	.relink = fake_relink,
	.post = fake_post,
	.terminate = fake_terminate,
	.invalidate = fake_invalidate,
};

static netdev_tx_t fake_xmit(struct sk_buff *skb, struct net_device *dev)
{
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops fake_netdev_ops = {
	.ndo_start_xmit = fake_xmit,
};

static struct net_device *fake_netdev(struct kunit *test)
{
	struct net_device *dev = alloc_etherdev(0);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	strscpy(dev->name, "kunit%d", sizeof(dev->name));
	dev->netdev_ops = &fake_netdev_ops;
	eth_hw_addr_random(dev);
	err = register_netdev(dev);
	if (err)
		free_netdev(dev);
	KUNIT_ASSERT_EQ(test, err, 0);
	return dev;
}

struct fake_dev *fake_dev_new(struct kunit *test)
{
	struct fake_dev *fd = kunit_kzalloc(test, sizeof(*fd), GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, fd);
	fd->next_nic = 1;
	fd->tdev = (struct toe_dev){
		.netdev = fake_netdev(test),
		.ops = &fake_ops,
		.caps = {
			.tcp_entries = 1024,
			.max_rcv_wnd = 1 << 30,
			.cc_mask = BIT(TOE_CC_RENO) | BIT(TOE_CC_CUBIC),
			.max_bvec = 16,
			.families = TOE_FAMILY_IPV4 | TOE_FAMILY_IPV6,
		},
	};
	rtnl_lock();
	err = toe_dev_register(&fd->tdev);
	rtnl_unlock();
	if (err) {
		unregister_netdev(fd->tdev.netdev);
		free_netdev(fd->tdev.netdev);
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	return fd;
}

void fake_dev_free(struct fake_dev *fd)
{
	rtnl_lock();
	toe_dev_unregister(&fd->tdev);
	rtnl_unlock();
	unregister_netdev(fd->tdev.netdev);
	free_netdev(fd->tdev.netdev);
}

/* ---- makers -------------------------------------------------------------------- */

void fake_neigh_mac(struct neighbour *n, u8 tag, u8 host)
{
	const u8 mac[ETH_ALEN] = { 0x02, 0, 0, 0, tag, host };

	neigh_update(n, mac, NUD_PERMANENT,
		     NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN, 0);
}

struct neighbour *fake_neigh(struct kunit *test, struct fake_dev *fd, u8 host)
{
	__be32 addr = htonl(0xc0000200 | host);
	struct neighbour *n;

	n = neigh_create(&arp_tbl, &addr, fd->tdev.netdev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(n));
	fake_neigh_mac(n, 0, host);
	return n;
}

struct socket *fake_sock(struct kunit *test)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET,
						  SOCK_STREAM, IPPROTO_TCP,
						  &sock));
	return sock;
}

struct toe_conn *fake_conn(struct kunit *test, struct toe_net *tn,
			   enum toe_state state)
{
	struct toe_conn *conn = kunit_kzalloc(test, sizeof(*conn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, conn);
	refcount_set(&conn->ref, 1);
	conn->tn = tn;
	conn->state = state;
	toe_inbox_init(conn);
	INIT_LIST_HEAD(&conn->dev_node);
	return conn;
}

struct toe_path_state fake_path_state(u8 host)
{
	struct toe_path_state ps;

	memset(&ps, 0, sizeof(ps));
	ps.c.family = AF_INET;
	ps.c.saddr = htonl(0xc0000201);
	ps.c.daddr = htonl(0xc6336400 | host);
	ps.h.mtu = ETH_DATA_LEN;
	return ps;
}
