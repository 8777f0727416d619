// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool --test. Online: what does not disturb the connections that are down.
 * Offline: they come up first, a connection of our own goes through the tables,
 * and the hardware is reset.
 */
#include "simtoe.h"

#include <linux/delay.h>
#include <linux/ethtool.h>

#define SIMTOE_TEST_MTU		1500
#define SIMTOE_TEST_MSS		1400
#define SIMTOE_TEST_SEQ		0xfffffff0U	/* any */
#define SIMTOE_TEST_WND		65535U

/* ---- online --------------------------------------------------------------- */

/* The heart beats at least every 100 ms. */
static bool simtoe_test_heartbeat(struct simtoe *st)
{
	u32 beat = sim_reg_read(st->hw, SIM_REG_HEARTBEAT);
	int i;

	for (i = 0; i < 10; i++) {
		u32 now;

		msleep(20);
		now = sim_reg_read(st->hw, SIM_REG_HEARTBEAT);
		if (now == SIM_REG_DEAD)
			return false;
		if (now != beat)
			return true;
	}
	return false;
}

static bool simtoe_test_registers(struct simtoe *st)
{
	u32 usecs = sim_reg_read(st->hw, SIM_REG_IRQ_USECS);

	return sim_reg_read(st->hw, SIM_REG_ID) == SIM_ID_MAGIC &&
	       sim_reg_write(st->hw, SIM_REG_ID, 0) == -EPERM &&
	       sim_reg_write(st->hw, SIM_REG_IRQ_USECS,
			     SIM_IRQ_MAX_USECS + 1) == -EINVAL &&
	       !sim_reg_write(st->hw, SIM_REG_IRQ_USECS, usecs) &&
	       sim_reg_read(st->hw, SIM_REG_IRQ_USECS) == usecs &&
	       simtoe_test_heartbeat(st);
}

static enum sim_status simtoe_test_cmd(struct simtoe *st, enum sim_mbox_op op,
				       struct sim_node *tree)
{
	enum sim_status status = SIM_MBOX_TIMEOUT;

	spin_lock_bh(&st->lock);
	if (!st->resetting)
		status = sim_mbox(st->hw, op, tree);
	spin_unlock_bh(&st->lock);
	return status;
}

/* A command about nothing is answered, and by the truth. */
static bool simtoe_test_mailbox(struct simtoe *st)
{
	struct sim_neigh_state neigh = {};
	struct sim_node node = {
		.type = SIM_OBJ_NEIGH,
		.revision = TOE_OBJECT_REVISION,
		.size = sizeof(neigh),
		.handle = U32_MAX,
		.neigh = &neigh,
	};

	return simtoe_test_cmd(st, SIM_MBOX_QUERY, &node) == SIM_PARTIAL &&
	       node.status == SIM_E_HANDLE;
}

static bool simtoe_test_ring(struct simtoe *st)
{
	return st->running && simtoe_ring_test(st);
}

static bool simtoe_test_engine(struct simtoe *st)
{
	return sim_self_test(st->hw, SIM_TEST_ENGINE, 0);
}

static bool simtoe_test_link(struct simtoe *st)
{
	return st->running && netif_carrier_ok(st->netdev);
}

/* ---- offline -------------------------------------------------------------- */

struct simtoe_test_tree {
	struct sim_node n_neigh, n_path, n_tcp;
	struct sim_neigh_state neigh;
	struct sim_path_state path;
	struct eng_state tcp;
};

static void simtoe_test_node(struct sim_node *n, u16 type, u16 size)
{
	n->type = type;
	n->size = size;
	n->revision = TOE_OBJECT_REVISION;
	n->status = SIM_E_INVALID;
}

/* Between two addresses for documentation (RFC 5737): no packet can be of it,
 * and with nothing to say it sends none.
 */
static void simtoe_test_fill(struct simtoe_test_tree *t)
{
	static const u8 from[] = { 192, 0, 2, 1 }, to[] = { 192, 0, 2, 2 };

	simtoe_test_node(&t->n_neigh, SIM_OBJ_NEIGH, sizeof(t->neigh));
	simtoe_test_node(&t->n_path, SIM_OBJ_PATH, sizeof(t->path));
	simtoe_test_node(&t->n_tcp, SIM_OBJ_TCP, sizeof(t->tcp));
	t->n_neigh.neigh = &t->neigh;
	t->n_path.path = &t->path;
	t->n_tcp.tcp = &t->tcp;
	t->n_neigh.dependent = &t->n_path;
	t->n_path.dependent = &t->n_tcp;
	t->neigh.dst_mac[0] = 2;	/* locally administered */
	t->path.family = AF_INET;
	t->path.mtu = SIMTOE_TEST_MTU;
	memcpy(t->path.saddr, from, sizeof(from));
	memcpy(t->path.daddr, to, sizeof(to));
	t->tcp.c.flags = ENG_F_SACK;
	t->tcp.c.sport = 9;
	t->tcp.c.dport = 9;
	t->tcp.h.mss = SIMTOE_TEST_MSS;
	t->tcp.h.ttl = 1;
	t->tcp.h.rto_min_us = 200000;
	t->tcp.h.max_retries = 15;
	t->tcp.d.snd_una = SIMTOE_TEST_SEQ;
	t->tcp.d.snd_nxt = SIMTOE_TEST_SEQ;
	t->tcp.d.snd_wnd = SIMTOE_TEST_WND;
	t->tcp.d.max_snd_wnd = SIMTOE_TEST_WND;
	t->tcp.d.rcv_nxt = SIMTOE_TEST_SEQ;
	t->tcp.d.snd_wl1 = SIMTOE_TEST_SEQ;
	t->tcp.d.rcv_edge = SIMTOE_TEST_SEQ + SIMTOE_TEST_WND;
	t->tcp.d.cwnd = 10 * SIMTOE_TEST_MSS;
	t->tcp.d.ssthresh = S32_MAX;
	t->tcp.d.min_rtt_us = U32_MAX;
	t->tcp.d.rto_us = 1000000;
	t->tcp.d.timer_us = ENG_TIMER_OFF;
}

static bool simtoe_test_same(const struct simtoe_test_tree *t)
{
	return t->neigh.dst_mac[0] == 2 && t->path.family == AF_INET &&
	       t->path.mtu == SIMTOE_TEST_MTU && t->path.daddr[3] == 2 &&
	       t->tcp.c.flags == ENG_F_SACK && t->tcp.c.sport == 9 &&
	       t->tcp.h.mss == SIMTOE_TEST_MSS && t->tcp.h.ttl == 1 &&
	       t->tcp.d.snd_una == SIMTOE_TEST_SEQ &&
	       t->tcp.d.snd_nxt == SIMTOE_TEST_SEQ &&
	       t->tcp.d.rcv_nxt == SIMTOE_TEST_SEQ &&
	       t->tcp.d.rcv_edge == SIMTOE_TEST_SEQ + SIMTOE_TEST_WND &&
	       t->tcp.d.cwnd == 10 * SIMTOE_TEST_MSS &&
	       t->tcp.d.timer_us == ENG_TIMER_OFF;
}

static void simtoe_test_forget(struct simtoe_test_tree *t)
{
	memset(&t->neigh, 0, sizeof(t->neigh));
	memset(&t->path, 0, sizeof(t->path));
	memset(&t->tcp, 0, sizeof(t->tcp));
}

/* Down, asked for, up again, and nothing of it is left. */
static bool simtoe_test_tables(struct simtoe *st, struct simtoe_test_tree *t)
{
	u32 used = sim_reg_read(st->hw, SIM_REG_TCP_USED);
	bool ok;

	simtoe_test_fill(t);
	ok = simtoe_test_cmd(st, SIM_MBOX_INITIATE, &t->n_neigh) == SIM_OK;
	if (ok) {
		ok = sim_reg_read(st->hw, SIM_REG_TCP_USED) == used + 1;
		simtoe_test_forget(t);
		ok &= simtoe_test_cmd(st, SIM_MBOX_QUERY, &t->n_neigh) ==
		      SIM_OK && simtoe_test_same(t);
		simtoe_test_forget(t);
		t->tcp = (struct eng_state){};
		ok &= simtoe_test_cmd(st, SIM_MBOX_TERMINATE, &t->n_tcp) ==
		      SIM_OK && t->tcp.d.snd_una == SIMTOE_TEST_SEQ;
		t->n_path.dependent = NULL;
	}
	/* whatever of it got there */
	simtoe_test_cmd(st, SIM_MBOX_INVALIDATE, &t->n_neigh);
	return ok && sim_reg_read(st->hw, SIM_REG_TCP_USED) == used;
}

static bool simtoe_test_connection(struct simtoe *st)
{
	struct simtoe_test_tree *t;
	bool ok;

	if (!sim_reg_read(st->hw, SIM_REG_TCP_SIZE))
		return true;	/* it was told to take none */
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	ok = t && simtoe_test_tables(st, t);
	kfree(t);
	return ok;
}

/* ---- all of them ---------------------------------------------------------- */

static const struct simtoe_test {
	char name[ETH_GSTRING_LEN];
	bool (*run)(struct simtoe *st);
	bool offline;
} simtoe_tests[] = {
	{ "registers   (online)", simtoe_test_registers },
	{ "mailbox     (online)", simtoe_test_mailbox },
	{ "ring        (online)", simtoe_test_ring },
	{ "engine      (online)", simtoe_test_engine },
	{ "link        (online)", simtoe_test_link },
	{ "connection (offline)", simtoe_test_connection, .offline = true },
};

u32 simtoe_test_count(void)
{
	return ARRAY_SIZE(simtoe_tests);
}

void simtoe_test_names(u8 *buf)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(simtoe_tests); i++)
		ethtool_sprintf(&buf, "%s", simtoe_tests[i].name);
}

/* Nobody resets the hardware meanwhile. */
static bool simtoe_tests_run(struct simtoe *st, bool offline, u64 *data)
{
	bool ok = true;
	u32 i;

	mutex_lock(&st->hw_mutex);
	for (i = 0; i < ARRAY_SIZE(simtoe_tests); i++) {
		data[i] = (!simtoe_tests[i].offline || offline) &&
			  !simtoe_tests[i].run(st);
		ok &= !data[i];
	}
	mutex_unlock(&st->hw_mutex);
	return ok;
}

/**
 * simtoe_self_test() - ethtool --test
 * @dev: the interface, up or down; ring and link fail when it is down
 * @test: offline or online, and what became of it
 * @data: 1 for each test that failed
 *
 * Context: process, RTNL held.
 */
void simtoe_self_test(struct net_device *dev, struct ethtool_test *test,
		      u64 *data)
{
	bool offline = test->flags & ETH_TEST_FL_OFFLINE;
	struct simtoe *st = netdev_priv(dev);
	bool ok;

	if (offline)
		toe_dev_pause(&st->tdev, TOE_UPLOAD_RELOAD);
	ok = simtoe_tests_run(st, offline, data);
	if (offline) {
		/* one that is dead is the watchdog's business */
		ok &= !simtoe_hw_renew(st);
		toe_dev_resume(&st->tdev);
	}
	if (!ok)
		test->flags |= ETH_TEST_FL_FAILED;
}
