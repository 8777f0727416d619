// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables: connections, found by addresses and ports (received segments)
 * or by handle (commands, doorbells), and the paths and neighbours below them,
 * counted by those that depend on them.
 */
#include "hw.h"

#define SIM_GEN_MASK	(U32_MAX >> SIM_HANDLE_INDEX_BITS)

static struct kmem_cache *sim_conn_cache;

/* Of IPv4 only what is not zero; tags tell apart what no others do */
static u32 sim_key_hash(const void *data, u32 len, u32 seed)
{
	const struct sim_key *key = data;
	u32 ports = (__force u32)key->lport << 16 | (__force u32)key->rport;

	if (key->family != AF_INET)
		seed = jhash2((const u32 *)key, 2 * SIM_KEY_ADDR_WORDS, seed);
	return jhash_3words((__force u32)key->laddr[0],
			    (__force u32)key->raddr[0], ports, seed);
}

static bool sim_key_equal(const struct sim_key *a, const struct sim_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;
	u64 diff = 0;
	size_t i;

	BUILD_BUG_ON(sizeof(*a) % sizeof(u64));
	for (i = 0; i < sizeof(*a) / sizeof(u64); i++)
		diff |= x[i] ^ y[i];
	return !diff;
}

static int sim_key_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	return !sim_key_equal(arg->key, &((const struct sim_conn *)obj)->key);
}

static const struct rhashtable_params sim_hash_params = {
	.head_offset	= offsetof(struct sim_conn, hash),
	.key_offset	= offsetof(struct sim_conn, key),
	.key_len	= sizeof(struct sim_key),
	.hashfn		= sim_key_hash,
	.obj_cmpfn	= sim_key_cmp,
	.automatic_shrinking = true,
};

int sim_table_module_init(void)
{
	sim_conn_cache = KMEM_CACHE(sim_conn, 0);
	return sim_conn_cache ? 0 : -ENOMEM;
}

void sim_table_module_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(sim_conn_cache);
}

/**
 * sim_table_entry_size() - what the table takes for a connection
 *
 * Context: any.
 * Return: bytes of the host's memory, which stands for the card's.
 */
u32 sim_table_entry_size(void)
{
	return kmem_cache_size(sim_conn_cache);
}

int sim_table_init(struct sim_hw *hw)
{
	spin_lock_init(&hw->mbox_lock);
	xa_init_flags(&hw->conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&hw->paths, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&hw->mids, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&hw->neighs, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	return rhashtable_init(&hw->hash, &sim_hash_params);
}

void sim_table_exit(struct sim_hw *hw)
{
	sim_table_flush(hw);
	rhashtable_destroy(&hw->hash);
	xa_destroy(&hw->conns);
	xa_destroy(&hw->paths);
	xa_destroy(&hw->mids);
	xa_destroy(&hw->neighs);
}

/**
 * sim_conn_lookup() - the connection a received segment belongs to
 * @hw: the device
 * @key: its addresses and ports, the host's side local
 *
 * Context: RCU read side.
 * Return: the connection, perhaps gone already; NULL when there is none.
 */
struct sim_conn *sim_conn_lookup(struct sim_hw *hw, const struct sim_key *key)
{
	return rhashtable_lookup(&hw->hash, key, sim_hash_params);
}

/**
 * sim_conn_get() - the connection with a handle
 * @hw: the device
 * @handle: from the host, not trusted
 *
 * Context: RCU read side, or mbox_lock held.
 * Return: NULL when there is none, or one of another generation.
 */
struct sim_conn *sim_conn_get(struct sim_hw *hw, u32 handle)
{
	struct sim_conn *c = READ_ONCE(hw->hot[handle % SIM_HOT]);

	if (likely(c && c->handle == handle))
		return c;
	c = xa_load(&hw->conns, SIM_HANDLE_INDEX(handle));
	return c && c->handle == handle ? c : NULL;
}

/**
 * sim_path_get() - the path with a handle
 * @hw: the device
 * @handle: from the host, not trusted
 *
 * Context: mbox_lock held.
 * Return: NULL when there is none.
 */
struct sim_path *sim_path_get(struct sim_hw *hw, u32 handle)
{
	struct sim_path *p = xa_load(&hw->paths, SIM_HANDLE_INDEX(handle));

	return p && p->handle == handle ? p : NULL;
}

/**
 * sim_mid_get() - the intermediate object with a handle
 * @hw: the device
 * @handle: from the host, not trusted
 *
 * Context: mbox_lock held.
 * Return: NULL when there is none.
 */
struct sim_mid *sim_mid_get(struct sim_hw *hw, u32 handle)
{
	struct sim_mid *m = xa_load(&hw->mids, SIM_HANDLE_INDEX(handle));

	return m && m->handle == handle ? m : NULL;
}

/**
 * sim_neigh_get() - the neighbour with a handle
 * @hw: the device
 * @handle: from the host, not trusted
 *
 * Context: mbox_lock held.
 * Return: NULL when there is none.
 */
struct sim_neigh *sim_neigh_get(struct sim_hw *hw, u32 handle)
{
	struct sim_neigh *n = xa_load(&hw->neighs, SIM_HANDLE_INDEX(handle));

	return n && n->handle == handle ? n : NULL;
}

/* An index in @xa for @obj and the handle made of it; 0 = table full. */
static u32 sim_handle_alloc(struct sim_hw *hw, struct xarray *xa, void *obj,
			    u32 size, u32 *next)
{
	u32 index;

	if (xa_alloc_cyclic_bh(xa, &index, obj, XA_LIMIT(1, size), next,
			       GFP_ATOMIC) < 0)
		return 0;
	hw->gen = hw->gen % SIM_GEN_MASK + 1;
	return hw->gen << SIM_HANDLE_INDEX_BITS | index;
}

static void sim_neigh_put(struct sim_neigh *neigh)
{
	if (!--neigh->refs)
		kfree_rcu(neigh, rcu);
}

/* As deep as SIM_MAX_MIDS */
static void sim_mid_put(struct sim_mid *mid)
{
	if (!mid || --mid->refs)
		return;
	sim_mid_put(mid->below);
	sim_neigh_put(mid->neigh);
	kfree_rcu(mid, rcu);
}

static void sim_path_put(struct sim_path *path)
{
	if (--path->refs)
		return;
	sim_mid_put(path->mid);
	sim_neigh_put(path->neigh);
	kfree_rcu(path, rcu);
}

/**
 * sim_neigh_add() - new neighbour
 * @hw: the device
 * @n: its node; the handle is written
 *
 * Context: mbox_lock held.
 * Return: enum sim_status.
 */
enum sim_status sim_neigh_add(struct sim_hw *hw, struct sim_node *n)
{
	struct sim_neigh *neigh;

	if (hw->nr_neighs >= hw->caps.neigh_entries)
		return SIM_E_NEIGH_ENTRIES;
	neigh = kzalloc(sizeof(*neigh), GFP_ATOMIC);
	if (!neigh)
		return SIM_E_NEIGH_ENTRIES;
	neigh->handle = sim_handle_alloc(hw, &hw->neighs, neigh,
					 hw->caps.neigh_entries,
					 &hw->neigh_next);
	if (!neigh->handle) {
		kfree(neigh);
		return SIM_E_NEIGH_ENTRIES;
	}
	neigh->refs = 1;
	neigh->dst_mac = ether_addr_to_u64(n->neigh->dst_mac);
	ether_addr_copy(neigh->src_mac, n->neigh->src_mac);
	neigh->host_reach_ms = n->neigh->host_reach_ms;
	neigh->confirmed = jiffies;
	hw->nr_neighs++;
	n->handle = neigh->handle;
	return SIM_OK;
}

/**
 * sim_mid_add() - new intermediate object
 * @hw: the device
 * @neigh: the neighbour at the end of the chain
 * @below: what it stands on, NULL = the neighbour
 * @n: its node; the handle is written
 *
 * Context: mbox_lock held.
 * Return: enum sim_status.
 */
enum sim_status sim_mid_add(struct sim_hw *hw, struct sim_neigh *neigh,
			    struct sim_mid *below, struct sim_node *n)
{
	struct sim_mid *mid;

	if (hw->nr_mids >= hw->caps.mid_entries)
		return SIM_E_MID_ENTRIES;
	mid = kzalloc(sizeof(*mid), GFP_ATOMIC);
	if (!mid)
		return SIM_E_MID_ENTRIES;
	mid->handle = sim_handle_alloc(hw, &hw->mids, mid,
				       hw->caps.mid_entries, &hw->mid_next);
	if (!mid->handle) {
		kfree(mid);
		return SIM_E_MID_ENTRIES;
	}
	mid->refs = 1;
	mid->type = n->type;
	mid->depth = below ? below->depth + 1 : 1;
	if (n->type == SIM_OBJ_LAG)
		mid->lag = *n->lag;
	else
		mid->vlan = *n->vlan;
	mid->below = below;
	if (below)
		below->refs++;
	mid->neigh = neigh;
	neigh->refs++;
	hw->nr_mids++;
	n->handle = mid->handle;
	return SIM_OK;
}

/* The outer tag is the one next to the neighbour. Returns how many. */
static int sim_tags_of(const struct sim_mid *mid, struct sim_tags *tags)
{
	int i = 0;

	if (!mid)
		return 0;
	i = sim_tags_of(mid->below, tags);
	if (mid->type != SIM_OBJ_VLAN)
		return i;
	if (i < SIM_MAX_TAGS) {
		tags->proto[i] = htons(mid->vlan.proto);
		tags->vid[i] = mid->vlan.vid;
	}
	return i + 1;
}

static const struct sim_mid *sim_lag_of(const struct sim_mid *mid)
{
	while (mid && mid->type != SIM_OBJ_LAG)
		mid = mid->below;
	return mid;
}

/**
 * sim_path_add() - new path
 * @hw: the device
 * @neigh: its neighbour
 * @mid: what it stands on, NULL = the neighbour
 * @n: its node; the handle is written
 *
 * Context: mbox_lock held.
 * Return: enum sim_status.
 */
enum sim_status sim_path_add(struct sim_hw *hw, struct sim_neigh *neigh,
			     struct sim_mid *mid, struct sim_node *n)
{
	struct sim_tags tags = {};
	struct sim_path *path;

	if (sim_tags_of(mid, &tags) > hw->caps.max_tags)
		return SIM_E_TAGS;

	if (hw->nr_paths >= hw->caps.path_entries)
		return SIM_E_PATH_ENTRIES;
	path = kzalloc(sizeof(*path), GFP_ATOMIC);
	if (!path)
		return SIM_E_PATH_ENTRIES;
	path->handle = sim_handle_alloc(hw, &hw->paths, path,
					hw->caps.path_entries, &hw->path_next);
	if (!path->handle) {
		kfree(path);
		return SIM_E_PATH_ENTRIES;
	}
	path->refs = 1;
	path->s = *n->path;
	path->tags = tags;
	path->mid = mid;
	path->lag = sim_lag_of(mid);
	if (mid)
		mid->refs++;
	path->neigh = neigh;
	neigh->refs++;
	hw->nr_paths++;
	n->handle = path->handle;
	return SIM_OK;
}

/**
 * sim_neigh_del() - the host forgets a neighbour
 * @hw: the device
 * @neigh: it; lives on as long as anything depends on it
 *
 * Context: mbox_lock held.
 */
void sim_neigh_del(struct sim_hw *hw, struct sim_neigh *neigh)
{
	xa_erase_bh(&hw->neighs, SIM_HANDLE_INDEX(neigh->handle));
	hw->nr_neighs--;
	sim_neigh_put(neigh);
}

/**
 * sim_neigh_relink() - put what stands on a neighbour onto another one
 * @hw: the device
 * @from: the old one, which stays until the host forgets it
 * @to: the new one
 *
 * Context: mbox_lock held.
 */
void sim_neigh_relink(struct sim_hw *hw, struct sim_neigh *from,
		      struct sim_neigh *to)
{
	struct sim_path *path;
	struct sim_mid *mid;
	unsigned long i;

	xa_for_each(&hw->mids, i, mid) {
		if (mid->neigh != from)
			continue;
		to->refs++;
		WRITE_ONCE(mid->neigh, to);
		sim_neigh_put(from);
	}
	xa_for_each(&hw->paths, i, path) {
		if (path->neigh != from)
			continue;
		to->refs++;
		/* frames are made under RCU */
		WRITE_ONCE(path->neigh, to);
		sim_neigh_put(from);
	}
}

/**
 * sim_mid_del() - the host forgets an intermediate object
 * @hw: the device
 * @mid: it; lives on as long as anything depends on it
 *
 * Context: mbox_lock held.
 */
void sim_mid_del(struct sim_hw *hw, struct sim_mid *mid)
{
	xa_erase_bh(&hw->mids, SIM_HANDLE_INDEX(mid->handle));
	hw->nr_mids--;
	sim_mid_put(mid);
}

/**
 * sim_path_del() - the host forgets a path
 * @hw: the device
 * @path: it; lives on as long as connections depend on it
 *
 * Context: mbox_lock held.
 */
void sim_path_del(struct sim_hw *hw, struct sim_path *path)
{
	xa_erase_bh(&hw->paths, SIM_HANDLE_INDEX(path->handle));
	hw->nr_paths--;
	sim_path_put(path);
}

static void sim_conn_key(struct sim_conn *conn, const struct eng_state *s)
{
	const struct sim_path_state *p = &conn->path->s;
	size_t len = p->family == AF_INET ? 4 : 16;

	memcpy(conn->key.laddr, p->saddr, len);
	memcpy(conn->key.raddr, p->daddr, len);
	conn->key.lport = htons(s->c.sport);
	conn->key.rport = htons(s->c.dport);
	conn->key.family = p->family;
	conn->key.tags = conn->path->tags;
	conn->flow_hash = jhash2((u32 *)&conn->key,
				 sizeof(conn->key) / sizeof(u32), 0) | 1;
}

static void sim_conn_init(struct sim_hw *hw, struct sim_conn *conn,
			  struct sim_path *path, struct sim_node *n)
{
	spin_lock_init(&conn->lock);
	conn->hw = hw;
	conn->path = path;
	conn->cookie = n->cookie;
	conn->ttl = n->tcp->h.ttl;
	conn->tos = n->tcp->h.tos;
	conn->flowlabel = n->tcp->h.flowlabel;
	conn->judge.active = jiffies;
	memcpy(conn->pcp, n->tcp->h.pcp, sizeof(conn->pcp));
	INIT_LIST_HEAD(&conn->pend);
	__skb_queue_head_init(&conn->ooo);
	sim_conn_key(conn, n->tcp);
	sim_tx_init(conn, n->tcp->d.snd_una);
	sim_timer_init(conn);
}

static void sim_conn_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(sim_conn_cache,
			container_of(head, struct sim_conn, rcu));
}

static enum sim_status sim_conn_insert(struct sim_hw *hw, struct sim_conn *conn)
{
	int err;

	conn->handle = sim_handle_alloc(hw, &hw->conns, conn,
					hw->caps.tcp_entries, &hw->conn_next);
	if (!conn->handle)
		return SIM_E_TCP_ENTRIES;
	err = rhashtable_lookup_insert_fast(&hw->hash, &conn->hash,
					    sim_hash_params);
	if (!err)
		return SIM_OK;
	xa_erase_bh(&hw->conns, SIM_HANDLE_INDEX(conn->handle));
	return err == -EEXIST ? SIM_E_DUPLICATE : SIM_E_TCP_ENTRIES;
}

/**
 * sim_conn_add() - new connection
 * @hw: the device
 * @path: its path
 * @n: its node; the handle is written
 *
 * Context: mbox_lock held.
 * Return: enum sim_status.
 */
enum sim_status sim_conn_add(struct sim_hw *hw, struct sim_path *path,
			     struct sim_node *n)
{
	enum sim_status status = SIM_E_INVALID;
	struct sim_conn *conn;
	u64 now = sim_now();

	if (hw->nr_conns >= hw->caps.tcp_entries)
		return SIM_E_TCP_ENTRIES;
	conn = kmem_cache_zalloc(sim_conn_cache, GFP_ATOMIC);
	if (!conn)
		return SIM_E_TCP_ENTRIES;
	sim_conn_init(hw, conn, path, n);
	if (!eng_import(&conn->eng, n->tcp, now))
		goto err_free;
	/* Segments wait at the lock until the connection is complete. */
	spin_lock(&conn->lock);
	status = sim_conn_insert(hw, conn);
	if (status == SIM_OK) {
		sim_conn_heat(conn);
		sim_timer_arm(conn, now);
	} else {
		conn->gone = true;
	}
	spin_unlock(&conn->lock);
	if (status != SIM_OK)
		goto err_free;
	path->refs++;
	hw->nr_conns++;
	n->handle = conn->handle;
	return SIM_OK;

err_free:
	/* It may have been visible by its handle. */
	call_rcu(&conn->rcu, sim_conn_free_rcu);
	return status;
}

/**
 * sim_conn_del() - a connection leaves the device
 * @conn: it
 *
 * Context: mbox_lock and sim_conn::lock held; the caller drops the latter
 * inside an RCU read side section.
 */
void sim_conn_del(struct sim_conn *conn)
{
	struct sim_hw *hw = conn->hw;
	struct sim_conn **hot = &hw->hot[conn->handle % SIM_HOT];

	conn->gone = true;
	/* what has entered in its place stays */
	cmpxchg(hot, conn, NULL);
	hrtimer_try_to_cancel(&conn->timer);
	rhashtable_remove_fast(&hw->hash, &conn->hash, sim_hash_params);
	xa_erase_bh(&hw->conns, SIM_HANDLE_INDEX(conn->handle));
	hw->nr_conns--;
	sim_report_forget(conn);
	sim_rx_purge(conn);
	sim_tx_purge(conn);
	sim_path_put(conn->path);
	call_rcu(&conn->rcu, sim_conn_free_rcu);
}

static void sim_table_flush_conns(struct sim_hw *hw)
{
	struct sim_conn *conn;
	unsigned long i;

	xa_for_each(&hw->conns, i, conn) {
		rcu_read_lock();
		spin_lock(&conn->lock);
		sim_conn_del(conn);
		spin_unlock(&conn->lock);
		rcu_read_unlock();
	}
}

/**
 * sim_table_flush() - forget everything
 * @hw: the device
 *
 * Context: process.
 */
void sim_table_flush(struct sim_hw *hw)
{
	struct sim_neigh *neigh;
	struct sim_path *path;
	struct sim_mid *mid;
	unsigned long i;

	spin_lock_bh(&hw->mbox_lock);
	sim_table_flush_conns(hw);
	xa_for_each(&hw->paths, i, path)
		sim_path_del(hw, path);
	xa_for_each(&hw->mids, i, mid)
		sim_mid_del(hw, mid);
	xa_for_each(&hw->neighs, i, neigh)
		sim_neigh_del(hw, neigh);
	spin_unlock_bh(&hw->mbox_lock);
}
