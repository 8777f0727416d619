// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of offloaded connections' frames for whoever looks at the interface:
 * a queue in host memory, in the order in which the frames passed the port.
 */
#include "hw.h"

#define SIM_MIRROR_FRAMES	4096

static struct sk_buff *sim_mirror_copy(struct sim_conn *conn,
				       struct sk_buff *skb, u8 pkt_type)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);

	if (copy) {
		copy->dev = conn->hw->upper;
		copy->pkt_type = pkt_type;
		__net_timestamp(copy);
	} else {
		sim_count(conn->hw, SIM_STAT_MIRROR_DROPS, 1);
	}
	return copy;
}

/**
 * sim_mirror() - show a frame to the host
 * @conn: the connection that it belongs to
 * @copy: of sim_mirror_tx() or sim_mirror_rx(), consumed, or NULL
 *
 * Context: sim_conn::lock held.
 */
void sim_mirror(struct sim_conn *conn, struct sk_buff *copy)
{
	struct sim_hw *hw = conn->hw;

	if (!copy)
		return;
	if (skb_queue_len_lockless(&hw->mirrored) >= SIM_MIRROR_FRAMES) {
		sim_count(hw, SIM_STAT_MIRROR_DROPS, 1);
		kfree_skb(copy);
		return;
	}
	sim_count(hw, SIM_STAT_MIRRORED, 1);
	spin_lock(&hw->mirrored.lock);
	__skb_queue_tail(&hw->mirrored, copy);
	spin_unlock(&hw->mirrored.lock);
	sim_conn_irq(conn);
}

/**
 * sim_mirror_tx() - a copy of a frame that is about to leave
 * @conn: the connection that it belongs to
 * @skb: the frame
 *
 * Context: BH disabled.
 * Return: NULL = no memory, counted.
 */
struct sk_buff *sim_mirror_tx(struct sim_conn *conn, struct sk_buff *skb)
{
	return sim_mirror_copy(conn, skb, PACKET_OUTGOING);
}

/**
 * sim_mirror_rx() - a copy of a frame that arrived
 * @conn: the connection that it belongs to
 * @skb: data at the network header, as sim_hdr_parse() left it
 * @h: what was found
 *
 * Context: softirq.
 * Return: NULL = no memory, counted.
 */
struct sk_buff *sim_mirror_rx(struct sim_conn *conn, struct sk_buff *skb,
			      const struct sim_hdr *h)
{
	struct sk_buff *copy = sim_mirror_copy(conn, skb, PACKET_HOST);

	if (copy)
		sim_hdr_retag(copy, h);
	return copy;
}

/**
 * sim_mirror_take() - the frames shown since the last time
 * @hw: the device, dead or alive
 * @list: empty; skb->pkt_type says the direction, PACKET_OUTGOING or PACKET_HOST
 *
 * Context: BH disabled.
 */
void sim_mirror_take(struct sim_hw *hw, struct sk_buff_head *list)
{
	if (skb_queue_empty_lockless(&hw->mirrored))
		return;
	spin_lock(&hw->mirrored.lock);
	skb_queue_splice_init(&hw->mirrored, list);
	spin_unlock(&hw->mirrored.lock);
}
EXPORT_SYMBOL_GPL(sim_mirror_take);
