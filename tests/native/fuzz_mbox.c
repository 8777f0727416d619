// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the hardware's mailbox and completion ring against a host that
 * sends anything. Commands carry trees of any shape (loops, wrong types, sizes
 * and handles, states of any content); ring indices move to where they like.
 * The tables have to stay consistent and nothing may be lost.
 */
#include "fuzz.h"
#include "../../sim_nic/hw.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define NODES		12
#define ENTRIES		20	/* of each table */
#define NR_HANDLES	(4 * ENTRIES)

/* ---- the port ---------------------------------------------------------- */

u64 port_now = 1000;
int port_readers;

static struct rcu_head *dead;
static bool nomem;

bool port_nomem(void)
{
	bool was = nomem;

	nomem = false;
	return was;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = dead;
	dead = head;
}

void port_kfree_rcu(struct rcu_head *head, void *obj)
{
	call_rcu(head, NULL);
	head->obj = obj;
}

void port_grace(void)
{
	must(!port_readers);
	while (dead) {
		struct rcu_head *head = dead;

		dead = head->next;
		if (head->func)
			head->func(head);
		else
			free(head->obj);
	}
}

int xa_alloc_cyclic_bh(struct xarray *xa, u32 *index, void *entry,
		       struct xa_limit limit, u32 *next, int gfp)
{
	u32 i, n = limit.max - limit.min + 1;

	(void)gfp;
	must(limit.max < PORT_SLOTS);
	for (i = 0; i < n && !port_nomem(); i++) {
		u32 at = limit.min + (*next + i) % n;

		if (xa->slot[at])
			continue;
		xa->slot[at] = entry;
		*index = at;
		*next = at - limit.min + 1;
		return 0;
	}
	return -ENOMEM;
}

static struct rhash_head **hash_find(struct rhashtable *h, const void *key,
				     struct rhashtable_params p)
{
	struct rhashtable_compare_arg arg = { .ht = h, .key = key };
	u32 i;

	for (i = 0; i < PORT_SLOTS; i++)
		if (h->slot[i] && !p.obj_cmpfn(&arg, (char *)h->slot[i] -
						     p.head_offset))
			return &h->slot[i];
	return NULL;
}

void *rhashtable_lookup(struct rhashtable *h, const void *key,
			struct rhashtable_params p)
{
	struct rhash_head **at = hash_find(h, key, p);

	return at ? (char *)*at - p.head_offset : NULL;
}

int rhashtable_lookup_insert_fast(struct rhashtable *h, struct rhash_head *n,
				  struct rhashtable_params p)
{
	u32 i;

	if (hash_find(h, (char *)n - p.head_offset + p.key_offset, p))
		return -EEXIST;
	for (i = 0; i < PORT_SLOTS; i++)
		if (!h->slot[i]) {
			h->slot[i] = n;
			return 0;
		}
	return -ENOMEM;
}

int rhashtable_remove_fast(struct rhashtable *h, struct rhash_head *n,
			   struct rhashtable_params p)
{
	u32 i;

	(void)p;
	for (i = 0; i < PORT_SLOTS; i++)
		if (h->slot[i] == n) {
			h->slot[i] = NULL;
			return 0;
		}
	must(false);
	return -ENOENT;
}

/* ---- the rest of the device -------------------------------------------- */

void sim_tx_init(struct sim_conn *conn, u32 seq)
{
	(void)conn;
	(void)seq;
}

void sim_tx_purge(struct sim_conn *conn)
{
	(void)conn;
}

void sim_rx_purge(struct sim_conn *conn)
{
	(void)conn;
}

void sim_rx_return(struct sim_conn *conn)
{
	lockdep_assert_held(&conn->lock);
}

void sim_timer_init(struct sim_conn *conn)
{
	(void)conn;
}

void sim_timer_arm(struct sim_conn *conn, u64 now)
{
	(void)now;
	lockdep_assert_held(&conn->lock);
}

void sim_tx_run(struct sim_conn *conn, u64 now)
{
	lockdep_assert_held(&conn->lock);
	drain(&conn->eng, now, 8);
}

bool sim_step_armed(struct sim_hw *hw)
{
	if (!hw->fault.steps.v--)
		hw->health = SIM_DEAD;
	return sim_alive(hw);
}

bool sim_coal_hold(struct sim_hw *hw)
{
	(void)hw;
	return false;
}

bool sim_lie(struct sim_hw *hw, struct sim_cqe *cqe)
{
	(void)hw;
	(void)cqe;
	return false;
}

static void irq(void *ctx)
{
	(*(u32 *)ctx)++;
}

static const struct sim_host_ops host_ops = { .irq = irq };

/* ---- the host ---------------------------------------------------------- */

struct slots {
	struct sim_neigh_state neigh;
	struct sim_vlan_state vlan;
	struct sim_lag_state lag;
	struct sim_path_state path;
	struct eng_state tcp;
};

static struct sim_hw hw;
static struct sim_stats stats;
static struct sim_cq *cq;	/* of @entries, any that the device takes */
static u32 entries;
static u32 handles[NR_HANDLES], nr_handles;
static u32 irqs;

static u32 some_handle(struct input *in)
{
	u8 how = take8(in);

	if (how < 140)
		return 0;
	if (how < 240 && nr_handles)
		return handles[how % nr_handles];
	return take32(in);
}

/* A good state with a few bytes of it changed: input goes to what matters */
static void spoil(void *state, size_t size, struct input *in)
{
	u8 n = take8(in);

	for (n = n < 128 ? 0 : n & 7; n; n--)
		((u8 *)state)[take32(in) % size] = take8(in);
}

static void fill_tcp(struct eng_state *s, struct input *in)
{
	u8 ports = take8(in);

	memset(s, 0, sizeof(*s));
	s->c.flags = ENG_F_SACK | (ports & 128 ? ENG_F_IPV6 : 0);
	s->c.sport = ports & 7;
	s->c.dport = ports >> 3 & 3;
	s->c.cc = ports >> 5 & 1;
	s->h.mss = 1400;
	s->h.rto_min_us = 200000;
	s->h.max_retries = 15;
	s->d.snd_nxt = take8(in);
	s->d.snd_wnd = 65535;
	s->d.max_snd_wnd = 65535;
	s->d.rcv_edge = 65535;
	s->d.cwnd = 14000;
	s->d.ssthresh = 0x7fffffff;
	s->d.min_rtt_us = ~0u;
	s->d.timer_us = ENG_TIMER_OFF;
	spoil(s, sizeof(*s), in);
}

static void fill_path(struct sim_path_state *p, struct input *in)
{
	u8 how = take8(in);

	memset(p, 0, sizeof(*p));
	p->family = how & 1 ? AF_INET6 : AF_INET;
	p->saddr[0] = how & 2;
	p->mtu = 1500;
	spoil(p, sizeof(*p), in);
}

static struct sim_node *link_to(struct sim_node *nodes, u32 i, u32 n,
				struct input *in)
{
	u8 v = take8(in);

	if (v < 120)
		return i + 1 < n ? &nodes[i + 1] : NULL;
	return v < 180 ? NULL : &nodes[v % n];
}

#define OBJ_TYPES	(SIM_OBJ_LAG + 1)

static void fill_node(struct sim_node *node, u16 type, struct slots *s,
		      struct input *in)
{
	static const u16 sizes[OBJ_TYPES] = {
		[SIM_OBJ_NEIGH] = sizeof(s->neigh),
		[SIM_OBJ_PATH] = sizeof(s->path),
		[SIM_OBJ_TCP] = sizeof(s->tcp),
		[SIM_OBJ_VLAN] = sizeof(s->vlan),
		[SIM_OBJ_LAG] = sizeof(s->lag),
	};

	node->type = type;
	node->revision = TOE_OBJECT_REVISION;
	node->size = sizes[type];
	node->handle = some_handle(in);
	node->cookie = take8(in);
	if (type == SIM_OBJ_NEIGH) {
		take(in, &s->neigh.dst_mac, 2);
		node->neigh = &s->neigh;
	} else if (type == SIM_OBJ_VLAN) {
		s->vlan.proto = take8(in) & 1 ? ETH_P_8021Q : ETH_P_8021AD;
		s->vlan.vid = take8(in);
		spoil(&s->vlan, sizeof(s->vlan), in);
		node->vlan = &s->vlan;
	} else if (type == SIM_OBJ_LAG) {
		s->lag.active = take8(in);
		node->lag = &s->lag;
	} else if (type == SIM_OBJ_PATH) {
		fill_path(&s->path, in);
		node->path = &s->path;
	} else {
		fill_tcp(&s->tcp, in);
		node->tcp = &s->tcp;
	}
	if (take8(in) > 250) {
		node->size = take8(in);
		node->revision = take8(in);
		node->neigh = take8(in) & 1 ? NULL : node->neigh;
	}
}

/* As a driver would: a neighbour, perhaps VLANs and a LAG, a path, connections */
static void shape_tree(struct sim_node *nodes, struct slots *s, u32 n,
		       struct input *in)
{
	u32 i, mids = take8(in), path;
	u16 type;

	path = 1 + (mids < 128 ? 0 : mids & 7);
	for (i = 0; i < n; i++) {
		type = !i ? SIM_OBJ_NEIGH : i == path ? SIM_OBJ_PATH :
		       i > path ? SIM_OBJ_TCP :
		       take8(in) & 3 ? SIM_OBJ_VLAN : SIM_OBJ_LAG;
		fill_node(&nodes[i], type, &s[i], in);
		if (i + 1 == n)
			break;
		if (i <= path)
			nodes[i].dependent = &nodes[i + 1];
		else
			nodes[i].next = &nodes[i + 1];
	}
}

static void shape_any(struct sim_node *nodes, struct slots *s, u32 n,
		      struct input *in)
{
	u32 i;

	for (i = 0; i < n; i++) {
		fill_node(&nodes[i], take8(in) % OBJ_TYPES, &s[i], in);
		nodes[i].next = link_to(nodes, i, n, in);
		nodes[i].dependent = link_to(nodes, i, n, in);
	}
}

static void command(struct input *in)
{
	struct sim_node nodes[NODES];
	struct slots slots[NODES];
	u32 n = 1 + take8(in) % NODES, i;
	u8 op = take8(in);

	op = op < 128 ? SIM_MBOX_INITIATE : op % (SIM_MBOX_RELINK + 1);
	memset(nodes, 0, sizeof(nodes));
	memset(slots, 0, sizeof(slots));
	if (take8(in) < 170)
		shape_tree(nodes, slots, n, in);
	else
		shape_any(nodes, slots, n, in);
	sim_mbox(&hw, op, nodes);
	for (i = 0; i < n && op == SIM_MBOX_INITIATE; i++)
		if (nodes[i].handle)
			handles[nr_handles++ % NR_HANDLES] = nodes[i].handle;
	if (nr_handles > NR_HANDLES)
		nr_handles = NR_HANDLES;
}

static void complete(struct sim_conn *conn, struct input *in)
{
	struct sk_buff *skb = take8(in) & 1 ? calloc(1, sizeof(*skb)) : NULL;
	u32 n = take8(in) & 31;
	u16 flags = take8(in) & 31;

	if (take8(in) & 1) {
		sim_report(conn, flags & (u16)~SIM_CQE_FRAME, take8(in), skb);
		return;
	}
	if (!sim_cq_reserve(&hw, n)) {
		free(skb);
		return;
	}
	if (n) {
		n--;
		sim_cq_write(conn, flags, 0, take32(in), 0, skb);
	} else {
		free(skb);
	}
	sim_cq_release(&hw, n);
}

/* What the host reads it frees; where it says it is may be anywhere */
static void host_reads(struct input *in)
{
	u32 n = take8(in);

	while (n-- && cq->cons != hw.prod) {
		struct sim_cqe *cqe = &cq->cqe[cq->cons % entries];

		free(cqe->buf);
		cqe->buf = NULL;
		cq->cons++;
	}
	if (take8(in) > 240) {
		u32 was = cq->cons;

		cq->cons = take32(in);
		if (sim_cq_reserve(&hw, 1))
			sim_cq_release(&hw, 1);
		cq->cons = was;
	}
}

static void ring_input(struct input *in)
{
	struct sim_conn *conn = sim_conn_get(&hw, some_handle(in));

	rcu_read_lock();
	if (conn) {
		spin_lock(&conn->lock);
		complete(conn, in);
		spin_unlock(&conn->lock);
	}
	rcu_read_unlock();
	if (take8(in) & 1)
		host_reads(in);
	if (take8(in) & 1)
		sim_cq_doorbell(&hw);
	if (take8(in) & 1)
		sim_irq_unmask(&hw);
}

/* ---- what has to hold -------------------------------------------------- */

static u32 table_count(const struct xarray *xa, u32 entries)
{
	u32 i, n = 0;

	for (i = 0; i < PORT_SLOTS; i++) {
		n += !!xa->slot[i];
		must(!xa->slot[i] || (i && i <= entries));
	}
	return n;
}

static void check_conns(void)
{
	u32 i, n = 0;

	for (i = 0; i < PORT_SLOTS; i++) {
		struct sim_conn *c = hw.conns.slot[i];

		n += !!hw.hash.slot[i];
		if (!c)
			continue;
		must(!c->gone && !c->lock.held && c->path->refs);
		must(SIM_HANDLE_INDEX(c->handle) == i &&
		     sim_conn_get(&hw, c->handle) == c);
		must(sim_conn_lookup(&hw, &c->key) == c);
		check_conn(&c->eng);
	}
	must(n == hw.nr_conns);
}

static void check_hw(void)
{
	must(table_count(&hw.conns, ENTRIES) == hw.nr_conns);
	must(table_count(&hw.paths, ENTRIES) == hw.nr_paths);
	must(table_count(&hw.mids, ENTRIES) == hw.nr_mids);
	must(table_count(&hw.neighs, ENTRIES) == hw.nr_neighs);
	must(!hw.mbox_lock.held && !hw.pend_lock.held && !hw.cq_lock.held);
	must(!hw.reserved && !port_readers);
	must(hw.prod == cq->prod && hw.prod - cq->cons <= entries);
	check_conns();
}

static void power_up(size_t size)
{
	memset(&hw, 0, sizeof(hw));
	nr_handles = 0;
	entries = SIM_CQ_MIN_ENTRIES << (size % 6);
	cq = calloc(1, sizeof(*cq) + entries * sizeof(cq->cqe[0]));
	must(cq);
	hw.cq_mask = entries - 1;
	hw.stats = &stats;
	hw.ops = &host_ops;
	hw.ctx = &irqs;
	hw.cq = cq;
	hw.up = true;
	hw.caps.tcp_entries = ENTRIES;
	hw.caps.path_entries = ENTRIES;
	hw.caps.neigh_entries = ENTRIES;
	hw.caps.mid_entries = ENTRIES;
	hw.caps.max_tags = SIM_MAX_TAGS;
	hw.caps.max_rcv_wnd = 32U << 20;
	hw.caps.min_mtu = 68;
	hw.caps.max_mtu = 65535;
	hw.caps.cc_mask = BIT(__ENG_CC_MAX) - 1;
	hw.caps.ipv4 = true;
	hw.caps.ipv6 = true;
	INIT_LIST_HEAD(&hw.pend);
	must(!sim_table_init(&hw));
}

static void power_down(void)
{
	u32 i;

	sim_table_exit(&hw);
	must(!hw.nr_conns && !hw.nr_paths && !hw.nr_mids && !hw.nr_neighs);
	must(list_empty(&hw.pend));
	port_grace();
	for (i = 0; i < entries; i++)
		free(cq->cqe[i].buf);
	free(cq);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sim_table_module_init();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };

	power_up(size);
	while (in.left) {
		u8 what = take8(&in);

		port_now += what;
		if (what < 150) {
			command(&in);
		} else if (what < 230) {
			ring_input(&in);
		} else if (what < 236) {
			nomem = true;
		} else if (what < 240) {
			hw.fault.refuse = take8(&in) % (SIM_E_PARENT + 1);
		} else if (what < 244) {
			hw.fault.cq_full = !hw.fault.cq_full;
		} else if (what < 246) {
			hw.fault.armed = true;
			hw.fault.steps.v = take8(&in);
		} else {
			port_grace();
		}
		check_hw();
	}
	power_down();
	return 0;
}
