// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network: a clock, packets under way in a heap, and what becomes of them.
 */
#include "sim.h"

#define NET_MAX_PKTS	65536
#define NET_HDR		40
#define NET_MIN_MSS	64

struct net_stats net_stats;
u64 net_digest;

static struct sim_pkt pool[NET_MAX_PKTS];
static u16 heap[NET_MAX_PKTS];	/* indices of pool[], earliest first */
static u32 nr_heap;
static u64 order;
static u64 busy[2];		/* each way: when the bottleneck is free */
static u32 path_mss;		/* payload that fits the path */
static u32 sent;		/* packets, for sim_cfg.fail_at */

void net_init(void)
{
	u32 i;

	for (i = 0; i < NET_MAX_PKTS; i++)
		heap[i] = (u16)i;
	nr_heap = 0;
	order = 0;
	busy[0] = 0;
	busy[1] = 0;
	path_mss = sim_cfg.mss;
	sent = 0;
	net_digest = 0;
}

static bool before(u32 a, u32 b)
{
	const struct sim_pkt *p = &pool[heap[a]], *q = &pool[heap[b]];

	return p->at < q->at || (p->at == q->at && p->order < q->order);
}

static void swap(u32 a, u32 b)
{
	u16 t = heap[a];

	heap[a] = heap[b];
	heap[b] = t;
}

static void heap_push(const struct sim_pkt *p)
{
	u32 i = nr_heap++;

	pool[heap[i]] = *p;
	for (; i && before(i, (i - 1) / 2); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

u64 net_next(void)
{
	return nr_heap ? pool[heap[0]].at : 0;
}

void net_pop(struct sim_pkt *p)
{
	u32 i = 0, k;

	*p = pool[heap[0]];
	swap(0, --nr_heap);
	while ((k = 2 * i + 1) < nr_heap) {
		if (k + 1 < nr_heap && before(k + 1, k))
			k++;
		if (!before(k, i))
			break;
		swap(i, k);
		i = k;
	}
}

/* Through the bottleneck; false when its queue is full */
static bool net_queue(const struct sim_pkt *p, u64 *out)
{
	u64 *free_at = &busy[p->from];

	*out = sim_now;
	if (!sim_cfg.rate)
		return true;
	if (*free_at < sim_now)
		*free_at = sim_now;
	if (*free_at - sim_now > sim_cfg.queue_us)
		return false;
	*free_at += (p->len + NET_HDR * p->segs + p->nopt) * 1000ull /
		    sim_cfg.rate;
	*out = *free_at;
	return true;
}

/*
 * A bit error. The NIC checks before the engine sees anything, so the segment
 * is gone; that the check finds it is checked here.
 */
static bool net_corrupt(const struct sim_pkt *p)
{
	static u8 img[65536 + 128];
	u32 len, bit;

	if (!sim_chance(sim_cfg.corrupt) || p->len > 65000)
		return false;
	len = trace_image(p, img);
	bit = sim_rnd((len - 20) * 8);
	img[20 + bit / 8] ^= (u8)(1 << bit % 8);
	if (!trace_csum(img, len))
		sim_fail(&sim_ends[p->from], "a bit error went unnoticed");
	net_stats.corrupt++;
	return true;
}

/* The path's MTU changes; the host hears of it when a packet didn't fit */
static void net_mtu(const struct sim_pkt *p)
{
	u32 mss = sim_cfg.mss;

	if (!sim_chance(sim_cfg.mtu) || mss <= NET_MIN_MSS)
		return;
	path_mss = sim_rnd(3) ? NET_MIN_MSS + sim_rnd(mss - NET_MIN_MSS) : mss;
	trace_note(&sim_ends[p->from], "path takes %u bytes", path_mss);
	if (path_mss == mss) {		/* the host tries again, at times */
		sim_ends[p->from].mtu_mss = mss;
		sim_ends[p->from].mtu_at = sim_now + sim_rnd(1000000);
	}
}

static bool net_too_big(const struct sim_pkt *p)
{
	struct sim_end *e = &sim_ends[p->from];

	if (sim_min(p->len, p->mss) <= path_mss)
		return false;
	net_stats.too_big++;
	e->mtu_mss = path_mss;
	if (sim_rnd(4))			/* ICMP gets lost, too */
		e->mtu_at = sim_now + sim_cfg.rtt / 2;
	return true;
}

/* What happens to a packet; NULL when it arrives */
static const char *net_fate(struct sim_pkt *p)
{
	u64 out;

	net_mtu(p);
	if (net_too_big(p))
		return "too big";
	if (sim_chance(sim_cfg.loss) ||
	    (!p->len && sim_chance(sim_cfg.ack_loss)) || !net_queue(p, &out)) {
		net_stats.lost++;
		return "lost";
	}
	if (net_corrupt(p))
		return "bit error";
	p->at = out + sim_cfg.rtt / 2;
	if (sim_chance(sim_cfg.reorder))
		p->at += sim_rnd(sim_cfg.rtt) + 1;
	if (p->ecn && sim_chance(sim_cfg.ce)) {
		p->ecn = 3;
		net_stats.marked++;
	}
	return NULL;
}

static void digest(u64 v)
{
	net_digest = (net_digest ^ v) * 0x100000001b3ull;
	net_digest ^= net_digest >> 29;
}

/* When it left, what it was and what became of it */
static void net_note(const struct sim_pkt *p, const char *fate)
{
	u32 i;

	digest(sim_now);
	digest(fate ? (u8)*fate : p->at);
	digest(p->off);
	digest((u64)p->seq << 32 | p->ack);
	digest((u64)p->len << 32 | (u32)p->wnd << 16 | p->ip_id);
	digest((u64)p->segs << 32 | (u32)p->from << 16 | (u32)p->flags << 8 |
	       p->ecn);
	for (i = 0; i < p->nopt; i++)
		digest(p->opt[i]);
	if (sim_cfg.fail_at && ++sent == sim_cfg.fail_at)
		sim_fail(&sim_ends[p->from], "as asked for, packet %u", sent);
}

static void net_one(struct sim_pkt p)
{
	const char *fate;
	int copies = 1 + sim_chance(sim_cfg.dup);

	net_stats.pkts++;
	while (copies--) {
		struct sim_pkt q = p;

		fate = net_fate(&q);
		trace_sent(&q, fate);
		net_note(&q, fate);
		if (fate)
			continue;
		if (nr_heap == NET_MAX_PKTS) {
			sim_fail(&sim_ends[p.from], "too many packets");
			return;
		}
		q.order = order++;
		heap_push(&q);
	}
}

/* What is one segment for the engine is cut for the wire, or stays whole */
void net_send(struct sim_pkt *p)
{
	const u8 last = ENG_TH_FIN | ENG_TH_PSH;
	u32 off;

	if (sim_cfg.gro || p->len <= p->mss) {
		net_one(*p);
		return;
	}
	for (off = 0; off < p->len; off += p->mss) {
		struct sim_pkt q = *p;

		q.off += off;
		q.seq += off;
		q.ip_id = (u16)(q.ip_id + off / p->mss);
		q.len = sim_min(p->mss, p->len - off);
		q.segs = 1;
		if (off + q.len < p->len)
			q.flags &= (u8)~last;
		if (off)
			q.flags &= (u8)~ENG_TH_CWR;
		net_one(q);
	}
}
