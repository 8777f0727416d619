// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completion ring. Stage 1, under simtoe::lock: every completion is
 * checked and becomes an event in its connection's inbox. Stage 2, without
 * locks: the framework gives the inboxes to their sockets.
 *
 * A completion that names no connection, or a ring index out of range, makes
 * the whole device unbelievable: it may have swallowed payload of any of them. It
 * is halted at once, what it has written is read, and it is reset.
 * Everything else costs the connection it names its offload.
 */
#include "simtoe.h"

#include <linux/random.h>
#include <linux/vmalloc.h>
#include <net/toe_compat.h>

#define SIMTOE_TEST_TIMEOUT	(5 * HZ)	/* it is there in no time */

#define SIMTOE_CQE_KNOWN	(SIM_CQE_DATA | SIM_CQE_FIN | SIM_CQE_ACK | \
				 SIM_CQE_UPLOAD | SIM_CQE_FRAME)

/**
 * simtoe_ring_alloc() - an empty ring
 * @entries: of it
 *
 * Context: process.
 * Return: to be freed by vfree(), or NULL.
 */
struct sim_cq *simtoe_ring_alloc(u32 entries)
{
	struct sim_cq *cq = NULL;

	return vzalloc(struct_size(cq, cqe, entries));
}

int simtoe_rings_init(struct simtoe *st)
{
	st->cq = simtoe_ring_alloc(SIM_CQ_ENTRIES);
	if (!st->cq)
		return -ENOMEM;
	st->cq_entries = SIM_CQ_ENTRIES;
	init_completion(&st->test_done);
	toe_batch_init(&st->batch);
	return 0;
}

void simtoe_rings_exit(struct simtoe *st)
{
	vfree(st->cq);
}

/* The device writes what the framework reads, in its order: from the flags on a
 * completion is an event.
 */
static void simtoe_event_fill(struct toe_event *ev, const struct sim_cqe *cqe)
{
#define SIMTOE_SAME(a, b)						\
	BUILD_BUG_ON(offsetof(struct sim_cqe, a) -			\
		     offsetof(struct sim_cqe, flags) !=			\
		     offsetof(struct toe_event, b))
	SIMTOE_SAME(reason, reason);
	SIMTOE_SAME(seq, seq);
	SIMTOE_SAME(len, len);
	SIMTOE_SAME(view.snd_una, snd_una);
	SIMTOE_SAME(view.snd_nxt, snd_nxt);
	SIMTOE_SAME(view.snd_wnd, snd_wnd);
	SIMTOE_SAME(view.rcv_nxt, rcv_nxt);
	SIMTOE_SAME(view.rcv_edge, rcv_edge);
	SIMTOE_SAME(view.cwnd, cwnd);
	SIMTOE_SAME(view.ssthresh, ssthresh);
	SIMTOE_SAME(view.srtt_us, srtt_us);
	SIMTOE_SAME(view.rttvar_us, rttvar_us);
	SIMTOE_SAME(view.min_rtt_us, min_rtt_us);
	SIMTOE_SAME(view.ts_recent, ts_recent);
	SIMTOE_SAME(segs_in, segs_in);
	SIMTOE_SAME(segs_out, segs_out);
	SIMTOE_SAME(data_segs_in, data_segs_in);
	SIMTOE_SAME(data_segs_out, data_segs_out);
	SIMTOE_SAME(retrans, retrans);
#undef SIMTOE_SAME
	BUILD_BUG_ON((int)SIM_CQE_DATA != (int)TOE_EVENT_DATA);
	BUILD_BUG_ON((int)SIM_CQE_FIN != (int)TOE_EVENT_FIN);
	BUILD_BUG_ON((int)SIM_CQE_ACK != (int)TOE_EVENT_ACK);
	BUILD_BUG_ON((int)SIM_CQE_UPLOAD != (int)TOE_EVENT_UPLOAD);
	BUILD_BUG_ON((int)SIM_CQE_FRAME != (int)TOE_EVENT_FRAME);
	*ev = *(const struct toe_event *)&cqe->flags;
	if (!(ev->flags & TOE_EVENT_DATA))
		ev->len = 0;
}

/* The kind of lie, or __SIMTOE_BAD_MAX */
static enum simtoe_bad simtoe_cqe_check(const struct simtoe_entry *entry,
					const struct sim_cqe *cqe)
{
	u16 kind = cqe->flags & (SIM_CQE_DATA | SIM_CQE_FRAME);

	if (cqe->handle != entry->handle)
		return SIMTOE_BAD_HANDLE;
	if (cqe->flags & ~SIMTOE_CQE_KNOWN || !cqe->flags ||
	    kind == (SIM_CQE_DATA | SIM_CQE_FRAME) ||
	    (kind == SIM_CQE_FRAME && !(cqe->flags & SIM_CQE_UPLOAD)) ||
	    (cqe->flags & SIM_CQE_UPLOAD && cqe->reason >= __TOE_UPLOAD_MAX))
		return SIMTOE_BAD_FLAGS;
	if (!cqe->buf != !kind)
		return SIMTOE_BAD_BUF;
	if (cqe->buf && (!cqe->len || cqe->buf->len != cqe->len))
		return SIMTOE_BAD_LEN;
	return __SIMTOE_BAD_MAX;
}

/* The buffer of a completion; a FIN alone gets one for its place in the
 * stream.
 */
static struct sk_buff *simtoe_cqe_buf(struct sim_cqe *cqe)
{
	struct sk_buff *skb = cqe->buf;

	cqe->buf = NULL;
	if (!skb && cqe->flags & SIM_CQE_FIN)
		skb = alloc_skb(0, GFP_ATOMIC | __GFP_NOWARN);
	return skb;
}

static void simtoe_bad(struct simtoe *st, enum simtoe_bad kind)
{
	st->bad[kind]++;
	net_warn_ratelimited("%s: bad completion, kind %d\n",
			     netdev_name(st->netdev), kind);
}

/* One that was asked for; anything else of this kind is a lie. */
static bool simtoe_ring_tested(struct simtoe *st, const struct sim_cqe *cqe)
{
	if (!st->test_token || cqe->flags != SIM_CQE_TEST || cqe->cookie ||
	    cqe->seq != st->test_token || cqe->buf)
		return false;
	st->test_token = 0;
	complete(&st->test_done);
	return true;
}

/* False: the device as a whole can't be believed. */
static bool simtoe_demux_one(struct simtoe *st, struct sim_cqe *cqe)
{
	struct simtoe_entry *entry = simtoe_entry_find(st, cqe->cookie);
	enum simtoe_bad bad;
	struct toe_event ev __toe_unset;

	if (!entry && simtoe_ring_tested(st, cqe))
		return true;
	if (!entry) {
		simtoe_bad(st, SIMTOE_BAD_COOKIE);
		kfree_skb(cqe->buf);
		cqe->buf = NULL;
		return false;
	}
	bad = simtoe_cqe_check(entry, cqe);
	if (bad != __SIMTOE_BAD_MAX) {
		simtoe_bad(st, bad);
		kfree_skb(cqe->buf);
		cqe->buf = NULL;
		toe_conn_fault(&st->batch, entry->conn);
		return true;
	}
	__simtoe_entry_heat(st, entry);
	simtoe_event_fill(&ev, cqe);
	/* of the copy, which the device can't change any more */
	if (ev.flags & TOE_EVENT_UPLOAD && ev.reason < __TOE_UPLOAD_MAX)
		st->asked[ev.reason]++;
	toe_conn_event(&st->batch, entry->conn, &ev, simtoe_cqe_buf(cqe));
	return true;
}

/* Up to @budget completions; returns their number. */
static int __simtoe_demux(struct simtoe *st, int budget)
{
	struct sim_cq *cq = st->cq;
	u32 prod = smp_load_acquire(&cq->prod);	/* entries before it */
	u32 cons = cq->cons;
	int done = 0;

	lockdep_assert_held(&st->lock);
	if (st->broken)
		return 0;
	if (prod - cons > st->cq_entries) {
		simtoe_bad(st, SIMTOE_BAD_RING);
		__simtoe_health_note(st, SIMTOE_CAUSE_RING);
		sim_hw_halt(st->hw);
		st->broken = true;
		return 0;
	}
	while (done < budget && cons != prod) {
		struct sim_cqe *cqe = &cq->cqe[cons & (st->cq_entries - 1)];

		if (!simtoe_demux_one(st, cqe)) {
			__simtoe_health_note(st, SIMTOE_CAUSE_COOKIE);
			sim_hw_halt(st->hw);
			st->distrust = true;
		}
		cons++;
		done++;
	}
	st->completions += done;
	/* the device may write there again */
	smp_store_release(&cq->cons, cons);
	return done;
}

/**
 * __simtoe_ring_drain() - stage 1 for all that the device has written
 * @st: the device
 *
 * Context: simtoe::lock held.
 */
void __simtoe_ring_drain(struct simtoe *st)
{
	__simtoe_demux(st, st->cq_entries);
	if (!list_empty(&st->batch.conns) || st->broken || st->distrust)
		napi_schedule(&st->napi);
}

/**
 * simtoe_ring_reset() - empty the ring
 * @st: the device, its port down
 *
 * Context: process.
 */
void simtoe_ring_reset(struct simtoe *st)
{
	u32 i;

	spin_lock_bh(&st->lock);
	for (i = 0; i < st->cq_entries; i++) {
		kfree_skb(st->cq->cqe[i].buf);
		st->cq->cqe[i].buf = NULL;
	}
	st->cq->prod = 0;
	st->cq->cons = 0;
	st->broken = false;
	st->distrust = false;
	spin_unlock_bh(&st->lock);
}

/**
 * simtoe_ring_replace() - another ring, empty, in the place of the present one
 * @st: the device, its port down, hw_mutex held
 * @cq: of simtoe_ring_alloc()
 * @entries: of it
 *
 * Context: process.
 */
void simtoe_ring_replace(struct simtoe *st, struct sim_cq *cq, u32 entries)
{
	struct sim_cq *old = st->cq;

	lockdep_assert_held(&st->hw_mutex);
	simtoe_ring_reset(st);
	spin_lock_bh(&st->lock);
	st->cq = cq;
	WRITE_ONCE(st->cq_entries, entries);
	spin_unlock_bh(&st->lock);
	vfree(old);
}

/**
 * simtoe_ring_test() - a completion from the device to the driver
 * @st: the device, its port up, hw_mutex held
 *
 * Context: process.
 * Return: false when it did not arrive.
 */
bool simtoe_ring_test(struct simtoe *st)
{
	u32 token = get_random_u32() | 1;
	bool ok;

	lockdep_assert_held(&st->hw_mutex);
	reinit_completion(&st->test_done);
	spin_lock_bh(&st->lock);
	st->test_token = token;
	spin_unlock_bh(&st->lock);
	ok = sim_self_test(st->hw, SIM_TEST_RING, token) &&
	     wait_for_completion_timeout(&st->test_done, SIMTOE_TEST_TIMEOUT);
	spin_lock_bh(&st->lock);
	st->test_token = 0;
	spin_unlock_bh(&st->lock);
	return ok;
}

/**
 * __simtoe_ring_last() - cut the device off and read its ring for the last time
 * @st: the device
 *
 * Cut off, so that one that only hung can't wake up beside the host's stack (P2).
 * What it has written before is given to the connections: the peer may have been
 * told. The barrier pairs with the one in the hardware between a completion and
 * the ACK that follows it.
 *
 * Context: simtoe::lock held.
 */
void __simtoe_ring_last(struct simtoe *st)
{
	sim_hw_halt(st->hw);
	smp_mb();	/* see above */
	__simtoe_demux(st, st->cq_entries);
}

/**
 * simtoe_fail() - the device is dead or broken
 * @st: the device
 * @resets: simtoe::resets when that was seen; one that has been reset since is
 *	    another device
 * @cause: what was seen
 *
 * Context: process or softirq, simtoe::lock not held.
 */
void simtoe_fail(struct simtoe *st, u64 resets, enum simtoe_cause cause)
{
	bool fresh;

	spin_lock_bh(&st->lock);
	fresh = st->resets != resets || st->resetting;
	if (!fresh) {
		__simtoe_health_note(st, cause);
		__simtoe_ring_last(st);
	}
	spin_unlock_bh(&st->lock);
	if (!fresh)
		toe_dev_fail(&st->tdev, simtoe_recover);
}

/**
 * simtoe_poll() - NAPI
 * @napi: of the device
 * @budget: completions at most
 *
 * Context: softirq.
 * Return: completions handled.
 */
int simtoe_poll(struct napi_struct *napi, int budget)
{
	struct simtoe *st = container_of(napi, struct simtoe, napi);
	struct toe_batch batch;
	enum simtoe_cause cause;
	bool broken;
	u64 resets;
	int done;

	toe_batch_init(&batch);
	sim_cq_doorbell(st->hw);
	spin_lock(&st->lock);
	done = __simtoe_demux(st, budget);
	broken = st->broken || st->distrust;
	resets = st->resets;
	cause = st->cause;
	list_splice_init(&st->batch.conns, &batch.conns);
	spin_unlock(&st->lock);

	toe_batch_run(&batch);
	simtoe_mirror_poll(st);
	if (unlikely(broken))
		simtoe_fail(st, resets, cause);
	if (done < budget && napi_complete_done(napi, done) && !broken)
		sim_irq_unmask(st->hw);
	return done;
}

static void simtoe_irq(void *ctx)
{
	struct simtoe *st = ctx;

	napi_schedule(&st->napi);
}

/* At the end of a received frame, in softirq with no lock held: what NAPI would
 * do in a second round of the softirq is done at once.
 */
static void simtoe_irq_rx(void *ctx)
{
	struct simtoe *st = ctx;

	if (test_bit(NAPI_STATE_THREADED, &st->napi.state)) {
		napi_schedule(&st->napi);
		return;
	}
	if (napi_schedule_prep(&st->napi) &&
	    simtoe_poll(&st->napi, NAPI_POLL_WEIGHT) == NAPI_POLL_WEIGHT)
		__napi_schedule(&st->napi);
}

/* Raised from inside the hardware, whose locks may be held: the watchdog does
 * the rest at once.
 */
static void simtoe_fatal(void *ctx)
{
	struct simtoe *st = ctx;

	mod_delayed_work(system_wq, &st->watchdog, 0);
}

const struct sim_host_ops simtoe_host_ops = {
	.irq	= simtoe_irq,
	.irq_rx	= simtoe_irq_rx,
	.fatal	= simtoe_fatal,
};
