// SPDX-License-Identifier: GPL-2.0-only
/*
 * looptoe: a small driver of the contract (include/net/toe.h) that carries data,
 * and shares nothing with simtoe. For the tests, and to begin another one with.
 *
 * Its device is memory. It carries a connection when both ends are on this
 * machine, each on an interface that was attached, and both are down: then what
 * one end posts is handed to the other, and nothing of it passes the wire. An end
 * whose other end is not here waits for it for LOOP_WAIT and then asks for its
 * upload, after which the host's stack has the wire again.
 *
 *	echo vethA > /sys/kernel/debug/looptoe/attach
 *
 * An interface is attached until it goes down or the module is unloaded.
 *
 * DOC: Locks
 *
 * loop_lock protects all that is below it. Taken inside toe_ops, so inside the
 * sockets' locks; toe_conn_event() takes no socket lock and is called with it held,
 * toe_batch_run() takes them and runs in a tasklet without it.
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/toe.h>

#define LOOP_ENTRIES	1024
#define LOOP_NEIGH	1	/* the one handle of all neighbours */
#define LOOP_TICK	msecs_to_jiffies(50)
#define LOOP_WAIT	msecs_to_jiffies(500)

struct loop_dev {
	struct list_head node;
	struct toe_dev tdev;
};

struct loop_path {
	struct in6_addr local, remote;	/* IPv4 mapped */
};

/* Sequence numbers are @snd_una, acknowledged, to @end, posted; @fin follows. */
struct loop_conn {
	struct toe_conn *host;
	struct loop_conn *peer;		/* the other end, down, too */
	struct in6_addr local, remote;
	__be16 lport, rport;
	u32 nic;
	u32 snd_una, end;
	u32 sent;			/* by the host before */
	u32 rcv_nxt, rcv_edge;
	bool fin, fin_acked, fin_in;
	bool asked;			/* for an upload */
	struct sk_buff_head out;	/* copies of what was posted */
	struct toe_tcp_delegated d;	/* as it came */
	unsigned long since, lonely;	/* jiffies */
};

struct loop_cb {
	u32 seq;
};

#define LOOP_CB(skb)	((struct loop_cb *)(skb)->cb)

static LIST_HEAD(loop_devs);		/* RTNL */
static DEFINE_SPINLOCK(loop_lock);
static DEFINE_XARRAY_FLAGS(loop_conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
static DEFINE_XARRAY_FLAGS(loop_paths, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
static u32 loop_next_conn, loop_next_path;
static u32 loop_nr;
static struct toe_batch loop_batch;
static u64 loop_bytes;			/* handed over */
static struct dentry *loop_dir;

/* ---- events --------------------------------------------------------------- */

static void loop_run(struct tasklet_struct *t)
{
	struct toe_batch batch;

	toe_batch_init(&batch);
	spin_lock(&loop_lock);
	list_splice_init(&loop_batch.conns, &batch.conns);
	spin_unlock(&loop_lock);
	toe_batch_run(&batch);
}

static DECLARE_TASKLET(loop_tasklet, loop_run);

/* What its peer would take */
static u32 loop_window(const struct loop_conn *c)
{
	s32 wnd;

	if (!c->peer)
		return c->d.snd_wnd;
	wnd = c->peer->rcv_edge - c->snd_una;
	return max(wnd, 0);
}

static u32 loop_snd_nxt(const struct loop_conn *c)
{
	return after(c->snd_una, c->sent) ? c->snd_una : c->sent;
}

static void loop_event(struct loop_conn *c, struct toe_event *ev,
		       struct sk_buff *skb)
{
	ev->snd_una = c->snd_una;
	ev->snd_nxt = loop_snd_nxt(c);
	ev->snd_wnd = loop_window(c);
	ev->rcv_nxt = c->rcv_nxt;
	ev->rcv_edge = c->rcv_edge;
	ev->cwnd = c->d.cwnd;
	ev->ssthresh = c->d.ssthresh;
	ev->srtt_us = c->d.srtt_us;
	ev->rttvar_us = c->d.rttvar_us;
	ev->min_rtt_us = c->d.min_rtt_us;
	ev->ts_recent = c->d.ts_recent;
	toe_conn_event(&loop_batch, c->host, ev, skb);
	tasklet_schedule(&loop_tasklet);
}

static void loop_wish(struct loop_conn *c, enum toe_upload_reason reason)
{
	struct toe_event ev = { .flags = TOE_EVENT_UPLOAD, .reason = reason };

	if (c->asked)
		return;
	c->asked = true;
	loop_event(c, &ev, NULL);
}

static void loop_acked(struct loop_conn *c)
{
	struct toe_event ev = { .flags = TOE_EVENT_ACK };

	loop_event(c, &ev, NULL);
}

/* ---- data ------------------------------------------------------------------ */

/* The first @len bytes as a buffer of their own, or all of it as it is */
static struct sk_buff *loop_take_bytes(struct loop_conn *c, u32 len)
{
	struct sk_buff *skb = skb_peek(&c->out), *part;

	if (len == skb->len) {
		__skb_unlink(skb, &c->out);
		return skb;
	}
	part = alloc_skb(len, GFP_ATOMIC | __GFP_NOWARN);
	if (!part)
		return NULL;
	skb_put_data(part, skb->data, len);
	__skb_pull(skb, len);
	LOOP_CB(skb)->seq += len;
	return part;
}

/* What @to has already, by its host's stack, is not handed over again. */
static bool loop_trim(struct loop_conn *c, const struct loop_conn *to)
{
	struct sk_buff *skb = skb_peek(&c->out);
	u32 known = to->rcv_nxt - LOOP_CB(skb)->seq;

	if ((s32)known <= 0)
		return false;
	if (known < skb->len) {
		__skb_pull(skb, known);
		LOOP_CB(skb)->seq += known;
		return false;
	}
	__skb_unlink(skb, &c->out);
	kfree_skb(skb);
	return true;
}

/* False: it has to wait. Payload is with its host before the other end learns. */
static bool loop_hand_over(struct loop_conn *c, struct loop_conn *to)
{
	struct toe_event ev = { .flags = TOE_EVENT_DATA };
	s32 room = to->rcv_edge - to->rcv_nxt;
	struct sk_buff *skb;

	if (LOOP_CB(skb_peek(&c->out))->seq != to->rcv_nxt) {
		loop_wish(c, TOE_UPLOAD_INVALID_STATE);
		return false;
	}
	if (room <= 0)
		return false;
	ev.len = min_t(u32, room, skb_peek(&c->out)->len);
	ev.seq = to->rcv_nxt;
	skb = loop_take_bytes(c, ev.len);
	if (!skb)
		return false;
	memset(skb->cb, 0, sizeof(skb->cb));
	to->rcv_nxt += ev.len;
	loop_bytes += ev.len;
	loop_event(to, &ev, skb);
	return true;
}

/* The second FIN, TIME_WAIT with it, is the business of the hosts' stacks. */
static void loop_fin(struct loop_conn *c, struct loop_conn *to)
{
	struct toe_event ev = { .flags = TOE_EVENT_FIN, .seq = c->end };

	if (to->fin || c->fin_in) {
		loop_wish(c, TOE_UPLOAD_CLOSING);
		loop_wish(to, TOE_UPLOAD_CLOSING);
		return;
	}
	to->rcv_nxt++;
	to->fin_in = true;
	c->fin_acked = true;
	loop_event(to, &ev, alloc_skb(0, GFP_ATOMIC | __GFP_NOWARN));
}

/* Everything that @c has and its peer has room for. loop_lock held. */
static void loop_pump(struct loop_conn *c)
{
	struct loop_conn *to = c->peer;
	u32 una = c->snd_una;

	if (!to || c->asked || to->asked)
		return;
	while (!skb_queue_empty(&c->out))
		if (!loop_trim(c, to) && !loop_hand_over(c, to))
			break;
	if (c->fin && !c->fin_acked && skb_queue_empty(&c->out) &&
	    to->rcv_nxt == c->end)
		loop_fin(c, to);
	if (after(to->rcv_nxt, una)) {
		c->snd_una = to->rcv_nxt;
		loop_acked(c);
	}
}

/* ---- connections ------------------------------------------------------------ */

/* Its other end, if it is down: addresses and ports, and, as there may be others
 * with the same in other namespaces, sequence numbers that fit.
 */
static bool loop_fits(const struct loop_conn *a, const struct loop_conn *b)
{
	return !a->peer && a->lport == b->rport && a->rport == b->lport &&
	       ipv6_addr_equal(&a->local, &b->remote) &&
	       ipv6_addr_equal(&a->remote, &b->local) &&
	       between(a->rcv_nxt, b->snd_una, b->sent) &&
	       between(b->rcv_nxt, a->snd_una, a->sent);
}

static void loop_pair(struct loop_conn *c)
{
	struct loop_conn *other;
	unsigned long i;

	xa_for_each(&loop_conns, i, other) {
		if (other == c || other->asked || !loop_fits(other, c))
			continue;
		c->peer = other;
		other->peer = c;
		loop_pump(c);
		loop_pump(other);
		return;
	}
}

static void loop_conn_free(struct loop_conn *c)
{
	xa_erase_bh(&loop_conns, c->nic);
	loop_nr--;
	if (c->peer) {
		c->peer->d.snd_wnd = loop_window(c->peer);
		c->peer->peer = NULL;
		loop_wish(c->peer, TOE_UPLOAD_REQUESTED);
	}
	__skb_queue_purge(&c->out);
	toe_conn_put(c->host);
	kfree(c);
}

static void loop_conn_fill(struct loop_conn *c, const struct toe_block *blk,
			   const struct loop_path *path)
{
	const struct toe_tcp_state *s = blk->tcp;

	__skb_queue_head_init(&c->out);
	c->local = path->local;
	c->remote = path->remote;
	c->lport = s->c.sport;
	c->rport = s->c.dport;
	c->d = s->d;
	c->snd_una = s->d.snd_una;
	c->end = s->d.snd_una;
	c->sent = s->d.snd_nxt;
	c->rcv_nxt = s->d.rcv_nxt;
	c->rcv_edge = s->d.rcv_edge;
	c->since = jiffies;
	c->lonely = jiffies;
}

static enum toe_refusal loop_conn_take(struct toe_block *blk,
				       const struct loop_path *path)
{
	struct loop_conn *c;

	if (!path || blk->nic || blk->size != sizeof(*blk->tcp))
		return TOE_REFUSAL_NIC_INVALID;
	if (blk->tcp->d.state != TCP_ESTABLISHED)
		return TOE_REFUSAL_NIC_REJECTED;
	if (loop_nr == LOOP_ENTRIES)
		return TOE_REFUSAL_NIC_TCP_ENTRIES;
	c = kzalloc(sizeof(*c), GFP_ATOMIC);
	if (!c)
		return TOE_REFUSAL_NIC_TCP_ENTRIES;
	loop_conn_fill(c, blk, path);
	if (xa_alloc_cyclic_bh(&loop_conns, &c->nic, c, XA_LIMIT(1, S32_MAX),
			       &loop_next_conn, GFP_ATOMIC) < 0) {
		kfree(c);
		return TOE_REFUSAL_NIC_TCP_ENTRIES;
	}
	c->host = toe_conn_get(blk->host);
	loop_nr++;
	blk->nic = c->nic;
	loop_pair(c);
	return TOE_REFUSAL_NONE;
}

/* ---- objects below: only the addresses matter ------------------------------- */

static struct loop_path *loop_path_new(struct toe_block *blk)
{
	const struct toe_path_const *s = &blk->path->c;
	struct loop_path *p = kzalloc(sizeof(*p), GFP_ATOMIC);

	if (!p)
		return NULL;
	if (s->family == AF_INET) {
		ipv6_addr_set_v4mapped(s->saddr, &p->local);
		ipv6_addr_set_v4mapped(s->daddr, &p->remote);
	} else {
		p->local = s->saddr6;
		p->remote = s->daddr6;
	}
	if (xa_alloc_cyclic_bh(&loop_paths, &blk->nic, p, XA_LIMIT(1, S32_MAX),
			       &loop_next_path, GFP_ATOMIC) < 0) {
		kfree(p);
		return NULL;
	}
	return p;
}

/* What stands on a refused object is refused, too: it has no path. */
static void loop_take(struct toe_block *blk, struct loop_path *path)
{
	for (; blk; blk = blk->next) {
		blk->status = TOE_REFUSAL_NIC_INVALID;
		path = blk->type == TOE_OBJECT_TCP ? path : NULL;
		if (blk->revision != TOE_OBJECT_REVISION)
			continue;
		if (blk->type == TOE_OBJECT_NEIGH) {
			blk->nic = LOOP_NEIGH;
			blk->status = TOE_REFUSAL_NONE;
		} else if (blk->type == TOE_OBJECT_PATH) {
			path = blk->nic ? xa_load(&loop_paths, blk->nic) :
					  loop_path_new(blk);
			blk->status = path ? TOE_REFUSAL_NONE :
					     TOE_REFUSAL_NIC_PATH_ENTRIES;
		} else if (blk->type == TOE_OBJECT_TCP) {
			blk->status = loop_conn_take(blk, path);
		}
		loop_take(blk->dependent, path);
	}
}

/* ---- operations --------------------------------------------------------------- */

static int loop_op_initiate(struct toe_dev *tdev, struct toe_block *forest)
{
	spin_lock_bh(&loop_lock);
	loop_take(forest, NULL);
	spin_unlock_bh(&loop_lock);
	return 0;
}

/* Nothing that changes concerns memory. */
static int loop_op_update(struct toe_dev *tdev, struct toe_block *forest)
{
	for (; forest; forest = forest->next) {
		forest->status = TOE_REFUSAL_NONE;
		loop_op_update(tdev, forest->dependent);
	}
	return 0;
}

static bool loop_copy(struct loop_conn *c, struct page *page, u32 off, u32 len,
		      u32 seq)
{
	struct sk_buff *skb = alloc_skb(len, GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return false;
	memcpy_from_page(skb_put(skb, len), page, off, len);
	LOOP_CB(skb)->seq = seq;
	__skb_queue_tail(&c->out, skb);
	return true;
}

/* Page by page: an element may be larger than one. Without memory the host keeps
 * what it has anyway.
 */
static void loop_post_data(struct loop_conn *c, const struct toe_post *post)
{
	u32 seq = post->seq, i;

	for (i = 0; i < post->nr; i++) {
		const struct bio_vec *bv = &post->bvec[i];
		u32 off = bv->bv_offset, left = bv->bv_len, n;

		for (; left; left -= n, off += n, seq += n) {
			n = min_t(u32, left, PAGE_SIZE - offset_in_page(off));
			if (loop_copy(c, bv->bv_page + (off >> PAGE_SHIFT),
				      offset_in_page(off), n, seq))
				continue;
			loop_wish(c, TOE_UPLOAD_HARDWARE);
			return;
		}
	}
	c->end = seq;
}

/* After a wish nothing is taken: there would be a gap. */
static void loop_post(struct loop_conn *c, const struct toe_post *post)
{
	if (after(post->snd_una, c->snd_una))
		c->snd_una = post->snd_una;
	if (after(post->rcv_nxt, c->rcv_nxt))
		c->rcv_nxt = post->rcv_nxt;
	c->rcv_edge = post->rcv_edge;
	if (c->asked)
		return;
	if (post->len)
		loop_post_data(c, post);
	if (post->flags & TOE_POST_FIN) {
		c->end = post->seq + post->len;
		c->fin = true;
	}
	loop_pump(c);
	if (!c->peer)
		return;
	loop_pump(c->peer);
	if (post->flags & TOE_POST_PROBE)
		loop_acked(c);
}

static void loop_op_post(struct toe_dev *tdev, u32 nic,
			 const struct toe_post *post)
{
	struct loop_conn *c;

	spin_lock_bh(&loop_lock);
	c = xa_load(&loop_conns, nic);
	if (c)
		loop_post(c, post);
	spin_unlock_bh(&loop_lock);
}

/* Nothing was on the wire since: what the peer has not got was not sent. */
static void loop_conn_return(const struct loop_conn *c,
			     struct toe_tcp_delegated *d)
{
	u32 ms = jiffies_to_msecs(jiffies - c->since);

	*d = c->d;
	if (c->snd_una != d->snd_una) {
		d->recovery = 0;
		d->retries = 0;
		d->probes = 0;
		d->dup_acks = 0;
	}
	d->state = c->fin_in ? TCP_CLOSE_WAIT :
		   !c->fin ? TCP_ESTABLISHED :
		   c->fin_acked ? TCP_FIN_WAIT2 : TCP_FIN_WAIT1;
	d->snd_una = c->snd_una;
	d->snd_nxt = loop_snd_nxt(c);
	d->snd_wnd = loop_window(c);
	d->max_snd_wnd = max(d->max_snd_wnd, d->snd_wnd);
	d->rcv_nxt = c->rcv_nxt;
	d->rcv_edge = c->rcv_edge;
	d->snd_wl1 = c->rcv_nxt;
	d->ts_val += ms;
	if (d->ts_recent_age_ms <= S32_MAX)
		d->ts_recent_age_ms += ms;
	d->timer_us = d->snd_nxt == d->snd_una ? TOE_TIMER_OFF : d->rto_us;
}

static void loop_return(struct toe_block *blk)
{
	for (; blk; blk = blk->next) {
		struct loop_conn *c = NULL;

		if (blk->type == TOE_OBJECT_TCP)
			c = xa_load(&loop_conns, blk->nic);
		blk->status = c || blk->type != TOE_OBJECT_TCP ?
			      TOE_REFUSAL_NONE : TOE_REFUSAL_NIC_INVALID;
		if (c) {
			loop_conn_return(c, &blk->tcp->d);
			loop_conn_free(c);
		}
		loop_return(blk->dependent);
	}
}

static int loop_op_terminate(struct toe_dev *tdev, struct toe_block *forest)
{
	spin_lock_bh(&loop_lock);
	loop_return(forest);
	spin_unlock_bh(&loop_lock);
	return 0;
}

static void loop_forget(struct toe_block *blk)
{
	for (; blk; blk = blk->next) {
		struct loop_conn *c;

		loop_forget(blk->dependent);
		blk->status = TOE_REFUSAL_NONE;
		if (blk->type == TOE_OBJECT_PATH) {
			kfree(xa_erase_bh(&loop_paths, blk->nic));
		} else if (blk->type == TOE_OBJECT_TCP) {
			c = xa_load(&loop_conns, blk->nic);
			if (c)
				loop_conn_free(c);
		}
	}
}

static void loop_op_invalidate(struct toe_dev *tdev, struct toe_block *forest)
{
	spin_lock_bh(&loop_lock);
	loop_forget(forest);
	spin_unlock_bh(&loop_lock);
}

static const struct toe_ops loop_toe_ops = {
	.initiate	= loop_op_initiate,
	.update		= loop_op_update,
	.post		= loop_op_post,
	.terminate	= loop_op_terminate,
	.invalidate	= loop_op_invalidate,
};

/* Nothing that memory does needs a window for congestion: whatever the algorithm
 * is, its state comes back as it went down.
 */
static const struct toe_caps loop_caps = {
	.tcp_entries	= LOOP_ENTRIES,
	.max_rcv_wnd	= 32U << 20,
	.cc_mask	= BIT(__TOE_CC_MAX) - 1,
	.max_bvec	= 16,
	.families	= TOE_FAMILY_IPV4 | TOE_FAMILY_IPV6,
};

/* ---- once in a while ------------------------------------------------------------ */

static void loop_tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(loop_work, loop_tick);

/* Who is alone asks to go; what there was no memory for is tried again. */
static void loop_tick(struct work_struct *work)
{
	struct loop_conn *c;
	unsigned long i;

	spin_lock_bh(&loop_lock);
	xa_for_each(&loop_conns, i, c) {
		if (!c->peer && time_after(jiffies, c->lonely + LOOP_WAIT))
			loop_wish(c, TOE_UPLOAD_REQUESTED);
		loop_pump(c);
	}
	spin_unlock_bh(&loop_lock);
	queue_delayed_work(system_wq, &loop_work, LOOP_TICK);
}

/* ---- interfaces ------------------------------------------------------------------ */

static int loop_attach(struct net_device *dev)
{
	struct loop_dev *ld;
	int err;

	ASSERT_RTNL();
	if (!(dev->flags & IFF_UP))
		return -ENETDOWN;
	ld = kzalloc(sizeof(*ld), GFP_KERNEL);
	if (!ld)
		return -ENOMEM;
	ld->tdev.netdev = dev;
	ld->tdev.ops = &loop_toe_ops;
	ld->tdev.caps = loop_caps;
	err = toe_dev_register(&ld->tdev);
	if (err) {
		kfree(ld);
		return err;
	}
	list_add_tail(&ld->node, &loop_devs);
	return 0;
}

static void loop_detach(struct loop_dev *ld)
{
	ASSERT_RTNL();
	toe_dev_unregister(&ld->tdev);
	list_del(&ld->node);
	synchronize_net();
	kfree(ld);
}

static int loop_netdev_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct loop_dev *ld, *next;

	if (event != NETDEV_GOING_DOWN && event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	list_for_each_entry_safe(ld, next, &loop_devs, node)
		if (ld->tdev.netdev == dev)
			loop_detach(ld);
	return NOTIFY_DONE;
}

static struct notifier_block loop_notifier = {
	.notifier_call = loop_netdev_event,
};

/* In the network namespace of who writes */
static ssize_t loop_attach_write(struct file *file, const char __user *ubuf,
				 size_t count, loff_t *ppos)
{
	char name[IFNAMSIZ] = {};
	struct net_device *dev;
	int err = -ENODEV;

	if (count >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, ubuf, count))
		return -EFAULT;
	rtnl_lock();
	dev = __dev_get_by_name(current->nsproxy->net_ns, strim(name));
	if (dev)
		err = loop_attach(dev);
	rtnl_unlock();
	return err ?: count;
}

static const struct file_operations loop_attach_fops = {
	.owner	= THIS_MODULE,
	.write	= loop_attach_write,
	.llseek	= noop_llseek,
};

static int __init loop_init(void)
{
	int err;

	toe_batch_init(&loop_batch);
	err = register_netdevice_notifier(&loop_notifier);
	if (err)
		return err;
	queue_delayed_work(system_wq, &loop_work, LOOP_TICK);
	loop_dir = debugfs_create_dir("looptoe", NULL);
	debugfs_create_file("attach", 0200, loop_dir, NULL, &loop_attach_fops);
	debugfs_create_u64("bytes", 0400, loop_dir, &loop_bytes);
	return 0;
}
module_init(loop_init);

static void __exit loop_exit(void)
{
	struct loop_dev *ld, *next;

	debugfs_remove_recursive(loop_dir);
	rtnl_lock();
	list_for_each_entry_safe(ld, next, &loop_devs, node)
		loop_detach(ld);
	rtnl_unlock();
	unregister_netdevice_notifier(&loop_notifier);
	cancel_delayed_work_sync(&loop_work);
	tasklet_kill(&loop_tasklet);
	rcu_barrier();
}
module_exit(loop_exit);

MODULE_DESCRIPTION("TOE driver for tests: connections between two interfaces of a machine");
MODULE_AUTHOR("OpenTOE");
MODULE_LICENSE("GPL");
