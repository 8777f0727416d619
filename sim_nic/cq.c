// SPDX-License-Identifier: GPL-2.0-only
/*
 * The completion ring, producer side. What carries payload or a FIN is written
 * at once into room that was reserved before the segment was accepted; what
 * carries only state waits on a list until the host looks, so that a burst of
 * acknowledgements costs one entry and a full ring loses nothing.
 */
#include "hw.h"

static u32 __sim_cq_free(struct sim_hw *hw)
{
	u32 used;

	if (!hw->cq || READ_ONCE(hw->fault.cq_full))
		return 0;
	/* entries before cons are no longer read */
	used = hw->prod - smp_load_acquire(&hw->cq->cons) + hw->reserved;
	return used <= hw->cq_mask ? hw->cq_mask + 1 - used : 0;
}

/**
 * sim_cq_reserve() - make sure that @n completions can be written
 * @hw: the device
 * @n: entries; every sim_cq_write() uses one, sim_cq_release() gives back
 *
 * Context: BH disabled.
 * Return: false when the ring lacks the room.
 */
bool sim_cq_reserve(struct sim_hw *hw, u32 n)
{
	bool ok;

	spin_lock(&hw->cq_lock);
	ok = __sim_cq_free(hw) >= n;
	if (ok)
		hw->reserved += n;
	else
		WRITE_ONCE(hw->cq_overflow, hw->cq_overflow + 1);
	spin_unlock(&hw->cq_lock);
	return ok;
}

/**
 * sim_cq_release() - give back reserved entries that were not needed
 * @hw: the device
 * @n: entries
 *
 * Context: BH disabled.
 */
void sim_cq_release(struct sim_hw *hw, u32 n)
{
	spin_lock(&hw->cq_lock);
	hw->reserved -= n;
	spin_unlock(&hw->cq_lock);
}

static void sim_cqe_fill(struct sim_cqe *cqe, struct sim_conn *conn)
{
	eng_view(&conn->eng, &cqe->view);
	cqe->cookie = conn->cookie;
	cqe->handle = conn->handle;
	cqe->segs_in = conn->segs_in;
	cqe->segs_out = conn->segs_out;
	cqe->data_segs_in = conn->data_segs_in;
	cqe->data_segs_out = conn->data_segs_out;
	cqe->retrans = conn->retrans;
}

/* An interrupt for what @conn reports; under its lock. */
void sim_conn_irq(struct sim_conn *conn)
{
	if (conn->in_rx)
		conn->irq_want = true;
	else
		sim_irq(conn->hw);
}

/* cq_lock held */
static void __sim_cq_push(struct sim_hw *hw)
{
	/* the entry before its index */
	smp_store_release(&hw->cq->prod, hw->cq->prod + 1);
	WRITE_ONCE(hw->prod, hw->prod + 1);
}

/**
 * sim_cq_write() - one completion into reserved room
 * @conn: the connection
 * @flags: enum sim_cqe_flags
 * @reason: enum toe_upload_reason
 * @seq: of the payload
 * @len: bytes of payload
 * @buf: host buffer or NULL; the ring owns it from here
 *
 * Context: sim_conn::lock held.
 */
void sim_cq_write(struct sim_conn *conn, u16 flags, u16 reason, u32 seq,
		  u32 len, struct sk_buff *buf)
{
	struct sim_hw *hw = conn->hw;
	struct sim_cqe *cqe;

	spin_lock(&hw->cq_lock);
	hw->reserved--;
	if (!sim_step(hw) || !hw->cq) {
		spin_unlock(&hw->cq_lock);
		kfree_skb(buf);
		return;
	}
	cqe = &hw->cq->cqe[hw->prod & hw->cq_mask];
	sim_cqe_fill(cqe, conn);
	cqe->flags = flags;
	cqe->reason = reason;
	cqe->seq = seq;
	cqe->len = len;
	cqe->buf = buf;
	if (unlikely(READ_ONCE(hw->fault.lie)) && sim_lie(hw, cqe))
		conn->mute = true;
	__sim_cq_push(hw);
	spin_unlock(&hw->cq_lock);
	sim_conn_irq(conn);
}

/**
 * sim_cq_test() - a completion that belongs to no connection
 * @hw: the device
 * @token: comes back in it
 *
 * Context: BH disabled.
 * Return: false when it could not be written.
 */
bool sim_cq_test(struct sim_hw *hw, u32 token)
{
	struct sim_cqe *cqe;
	bool ok;

	if (!sim_cq_reserve(hw, 1))
		return false;
	spin_lock(&hw->cq_lock);
	hw->reserved--;
	ok = hw->cq && sim_step(hw);
	if (ok) {
		cqe = &hw->cq->cqe[hw->prod & hw->cq_mask];
		memset(cqe, 0, sizeof(*cqe));
		cqe->flags = SIM_CQE_TEST;
		cqe->seq = token;
		__sim_cq_push(hw);
	}
	spin_unlock(&hw->cq_lock);
	if (ok)
		sim_irq_now(hw);
	return ok;
}

/* False: masked, or the device died here. */
static bool sim_irq_raise(struct sim_hw *hw)
{
	if (xchg(&hw->irq_masked, 1))
		return false;
	if (!sim_step(hw))
		return false;
	sim_count(hw, SIM_STAT_IRQS, 1);
	return true;
}

/* False: masked, held back, or the device died here. */
static bool sim_irq_mask(struct sim_hw *hw)
{
	smp_mb();	/* what is reported before the mask: sim_irq_unmask() */
	if (READ_ONCE(hw->irq_masked) || sim_irq_held(hw))
		return false;
	return sim_irq_raise(hw);
}

/**
 * sim_irq_now() - raise the interrupt unless it is masked; nothing holds it back
 * @hw: the device
 *
 * Context: BH disabled.
 */
void sim_irq_now(struct sim_hw *hw)
{
	smp_mb();	/* as in sim_irq_mask() */
	if (!READ_ONCE(hw->irq_masked) && sim_irq_raise(hw))
		hw->ops->irq(hw->ctx);
}

/**
 * sim_irq() - raise the completion interrupt unless it is masked or held back
 * @hw: the device
 *
 * Context: BH disabled.
 */
void sim_irq(struct sim_hw *hw)
{
	if (sim_irq_mask(hw))
		hw->ops->irq(hw->ctx);
}

/**
 * sim_irq_rx() - the same at the end of a received frame
 * @hw: the device
 *
 * Context: softirq, no lock held.
 */
void sim_irq_rx(struct sim_hw *hw)
{
	if (sim_irq_mask(hw))
		hw->ops->irq_rx(hw->ctx);
}

/**
 * sim_report() - something to tell the host that carries no payload
 * @conn: the connection
 * @flags: enum sim_cqe_flags
 * @reason: enum toe_upload_reason; of two the mandatory one stays, or the first
 * @frame: for the host's stack after the upload, or NULL; consumed
 *
 * Context: sim_conn::lock held.
 */
void sim_report(struct sim_conn *conn, u16 flags, u16 reason,
		struct sk_buff *frame)
{
	struct sim_hw *hw = conn->hw;

	lockdep_assert_held(&conn->lock);
	conn->pend_flags |= flags;
	/* optional reasons, the last ones of the enum, give way */
	if (!conn->pend_reason || (conn->pend_reason >= TOE_UPLOAD_HIGH_LOSS &&
				   reason && reason < TOE_UPLOAD_HIGH_LOSS))
		conn->pend_reason = reason;
	if (frame && !conn->pend_frame) {
		conn->pend_flags |= SIM_CQE_FRAME;
		conn->pend_frame = frame;
	} else {
		kfree_skb(frame);
	}
	if (list_empty(&conn->pend)) {
		spin_lock(&hw->pend_lock);
		list_add_tail(&conn->pend, &hw->pend);
		spin_unlock(&hw->pend_lock);
	}
	sim_conn_irq(conn);
}

/**
 * sim_report_forget() - drop what waits to be reported
 * @conn: the connection, leaving
 *
 * Context: sim_conn::lock held.
 */
void sim_report_forget(struct sim_conn *conn)
{
	spin_lock(&conn->hw->pend_lock);
	list_del_init(&conn->pend);
	spin_unlock(&conn->hw->pend_lock);
	conn->pend_flags = 0;
	kfree_skb(conn->pend_frame);
	conn->pend_frame = NULL;
}

static void sim_report_write(struct sim_conn *conn)
{
	u16 flags = conn->pend_flags;
	u32 seq;

	if (!flags) {
		sim_cq_release(conn->hw, 1);
		return;
	}
	seq = eng_rcv_nxt(&conn->eng);
	conn->pend_flags = 0;
	sim_cq_write(conn, flags, conn->pend_reason, seq,
		     conn->pend_frame ? conn->pend_frame->len : 0,
		     conn->pend_frame);
	conn->pend_frame = NULL;
	conn->pend_reason = 0;
}

static struct sim_conn *sim_pend_pop(struct sim_hw *hw)
{
	struct sim_conn *conn;

	spin_lock(&hw->pend_lock);
	conn = list_first_entry_or_null(&hw->pend, struct sim_conn, pend);
	if (conn)
		list_del_init(&conn->pend);
	spin_unlock(&hw->pend_lock);
	return conn;
}

static void sim_pend_flush(struct sim_hw *hw)
{
	struct sim_conn *conn;

	while (sim_cq_reserve(hw, 1)) {
		conn = sim_pend_pop(hw);
		if (!conn) {
			sim_cq_release(hw, 1);
			return;
		}
		spin_lock(&conn->lock);
		if (conn->gone)
			sim_cq_release(hw, 1);
		else
			sim_report_write(conn);
		spin_unlock(&conn->lock);
	}
}

/**
 * sim_cq_doorbell() - the host looks at the ring, or made room in it
 * @hw: the device
 *
 * Waiting reports are written to the ring, as far as there is room.
 *
 * Context: BH disabled.
 */
void sim_cq_doorbell(struct sim_hw *hw)
{
	if (list_empty_careful(&hw->pend) || !sim_step(hw))
		return;
	rcu_read_lock();
	sim_pend_flush(hw);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(sim_cq_doorbell);

/**
 * sim_irq_unmask() - the host polled the ring empty
 * @hw: the device
 *
 * The interrupt fires at once when there is something again.
 *
 * Context: BH disabled; the host's ring stays where it is until this returns.
 */
void sim_irq_unmask(struct sim_hw *hw)
{
	const struct sim_cq *cq;

	WRITE_ONCE(hw->irq_masked, 0);
	smp_mb();	/* pairs with the one in sim_irq_mask() */
	if (!sim_alive(hw))
		return;
	cq = READ_ONCE(hw->cq);
	if ((cq && READ_ONCE(hw->prod) != READ_ONCE(cq->cons)) ||
	    !skb_queue_empty_lockless(&hw->mirrored) ||
	    (!list_empty_careful(&hw->pend) && !READ_ONCE(hw->fault.cq_full)))
		sim_irq(hw);
}
EXPORT_SYMBOL_GPL(sim_irq_unmask);
