/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as mailbox, tables and completion ring of the simulated
 * hardware (sim_nic/mbox.c, table.c, cq.c) need to run in a fuzz target. One
 * thread: locks only check that they are used rightly, RCU frees when port_grace()
 * is called. The Makefile puts this in the place of every kernel header.
 */
#ifndef PORT_H
#define PORT_H

#include <errno.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/types.h>
#include <sys/socket.h>
#include "../../include/uapi/linux/toe.h"
#include "../../sim_nic/engine/eng_port.h"

/* ---- compiler, memory -------------------------------------------------- */

#define __percpu
#define EXPORT_SYMBOL_GPL(x)	struct port_unused
#define WARN_ON_ONCE(x)		({ if (x) abort(); 0; })
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define smp_mb()		((void)0)
#define smp_load_acquire(p)	(*(p))
#define smp_store_release(p, v)	(*(p) = (v))
#define xchg(p, v)		({ typeof(*(p)) __v = *(p); *(p) = (v); __v; })
#define cmpxchg(p, o, n)	({ typeof(*(p)) __v = *(p); \
				   if (__v == (o)) *(p) = (n); __v; })
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define __force
#define __aligned(n)		__attribute__((aligned(n)))
#define BIT(n)			(1UL << (n))
#define U32_MAX			0xffffffffU
#define container_of(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))
#define GFP_ATOMIC		0
#define kzalloc(n, gfp)		calloc(1, n)
#define kfree(p)		free(p)
#define jiffies			port_now
#define jiffies_to_msecs(j)	((u32)(j))
#define ktime_get()		port_now
#define ktime_to_us(t)		(t)

typedef struct { u64 v; } u64_stats_t;
typedef struct { int v; } atomic_t;
struct u64_stats_sync { int seq; };

#define this_cpu_ptr(p)			(p)
#define u64_stats_update_begin(s)	((void)(s))
#define u64_stats_update_end(s)		((void)(s))
#define u64_stats_add(s, n)		((s)->v += (n))

extern u64 port_now;

/* Memory is short now and then */
bool port_nomem(void);

struct kmem_cache { size_t size; };
#define KMEM_CACHE(t, f)	port_cache(sizeof(struct t))
#define kmem_cache_size(c)	((c)->size)
#define kmem_cache_destroy(c)	free(c)
#define kmem_cache_free(c, p)	((void)(c), free(p))
#define kmem_cache_zalloc(c, g)	(port_nomem() ? NULL : calloc(1, (c)->size))

static inline struct kmem_cache *port_cache(size_t size)
{
	struct kmem_cache *c = malloc(sizeof(*c));

	c->size = size;
	return c;
}

#define VLAN_N_VID	4096

static inline bool eth_type_vlan(u16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

/* ---- locks, RCU -------------------------------------------------------- */

typedef struct { bool held; } spinlock_t;

static inline void spin_lock_init(spinlock_t *l)
{
	l->held = false;
}

static inline void spin_lock(spinlock_t *l)
{
	if (l->held)
		abort();
	l->held = true;
}

static inline void spin_unlock(spinlock_t *l)
{
	if (!l->held)
		abort();
	l->held = false;
}

#define spin_lock_bh		spin_lock
#define spin_unlock_bh		spin_unlock
#define lockdep_assert_held(l)	({ if (!(l)->held) abort(); })

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
	void *obj;
};

extern int port_readers;

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void port_kfree_rcu(struct rcu_head *head, void *obj);
void port_grace(void);		/* all readers are gone */

#define kfree_rcu(p, m)		port_kfree_rcu(&(p)->m, p)
#define rcu_read_lock()		(port_readers++)
#define rcu_read_unlock()	(port_readers--)
#define rcu_barrier()		port_grace()

/* ---- lists ------------------------------------------------------------- */

struct list_head { struct list_head *next, *prev; };

#define INIT_LIST_HEAD(l)	((l)->next = (l)->prev = (l))
#define list_empty(l)		((l)->next == (l))
#define list_empty_careful	list_empty
#define list_first_entry_or_null(l, t, m)	\
	(list_empty(l) ? NULL : container_of((l)->next, t, m))

static inline void list_add_tail(struct list_head *n, struct list_head *l)
{
	n->prev = l->prev;
	n->next = l;
	l->prev->next = n;
	l->prev = n;
}

static inline void list_del_init(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	INIT_LIST_HEAD(n);
}

/* ---- xarray and hash table, as plain arrays ----------------------------- */

#define PORT_SLOTS	64

struct xarray { void *slot[PORT_SLOTS]; };
struct xa_limit { u32 min, max; };

#define XA_FLAGS_ALLOC1		0
#define XA_FLAGS_LOCK_BH	0
#define XA_LIMIT(a, b)		((struct xa_limit){ a, b })
#define xa_init_flags(x, f)	memset(x, 0, sizeof(*(x)))
#define xa_destroy(x)		((void)(x))
#define xa_load(x, i)		((i) < PORT_SLOTS ? (x)->slot[i] : NULL)
#define xa_erase_bh(x, i)	((x)->slot[i] = NULL)
#define xa_for_each(x, i, e)					\
	for (i = 0; i < PORT_SLOTS; i++)			\
		if (((e) = (x)->slot[i]))

int xa_alloc_cyclic_bh(struct xarray *xa, u32 *index, void *entry,
		       struct xa_limit limit, u32 *next, int gfp);

struct rhash_head { int unused; };
struct rhashtable { struct rhash_head *slot[PORT_SLOTS]; };
struct rhashtable_compare_arg {
	struct rhashtable *ht;
	const void *key;
};

struct rhashtable_params {
	size_t head_offset, key_offset, key_len;
	u32 (*hashfn)(const void *data, u32 len, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *obj);
	bool automatic_shrinking;
};

#define rhashtable_init(h, p)	(memset(h, 0, sizeof(*(h))), (void)(p), 0)
#define rhashtable_destroy(h)	((void)(h))

void *rhashtable_lookup(struct rhashtable *h, const void *key,
			struct rhashtable_params p);
int rhashtable_lookup_insert_fast(struct rhashtable *h, struct rhash_head *n,
				  struct rhashtable_params p);
int rhashtable_remove_fast(struct rhashtable *h, struct rhash_head *n,
			   struct rhashtable_params p);

#define jhash2(k, n, i)		((void)(n), *(k) + (i))
#define jhash_3words(a, b, c, i)	((a) + (b) + (c) + (i))

/* ---- network ----------------------------------------------------------- */

struct hrtimer { int unused; };
struct delayed_work { int unused; };
struct net_device { int unused; };
struct page { int unused; };
struct tcphdr;
struct sk_buff { u32 len; };
struct sk_buff_head { u32 qlen; };
typedef int rx_handler_result_t;

#define hrtimer_try_to_cancel(t)	((void)(t))
#define __skb_queue_head_init(q)	((q)->qlen = 0)
#define skb_queue_empty_lockless(q)	(!(q)->qlen)
#define kfree_skb(skb)			free(skb)
#define ether_addr_copy(d, s)		memcpy(d, s, ETH_ALEN)

static inline u64 ether_addr_to_u64(const u8 *a)
{
	u64 v = 0;
	int i;

	for (i = 0; i < ETH_ALEN; i++)
		v = v << 8 | a[i];
	return v;
}

static inline void u64_to_ether_addr(u64 v, u8 *a)
{
	int i;

	for (i = ETH_ALEN; i--; v >>= 8)
		a[i] = (u8)v;
}

#endif /* PORT_H */
