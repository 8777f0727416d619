// SPDX-License-Identifier: GPL-2.0-only
/* Frames of offloaded connections for who looks at the interface (tcpdump) */
#include "simtoe.h"

/**
 * simtoe_mirror_enable() - are packet sockets to see what the device sends and
 *			    receives by itself?
 * @st: the device
 * @on: false: only what passes the host's stack
 *
 * Context: process.
 */
void simtoe_mirror_enable(struct simtoe *st, bool on)
{
	WRITE_ONCE(st->mirror, on);
	simtoe_mirror_update(st);
}

/**
 * simtoe_mirror_update() - have frames shown as long as somebody looks
 * @st: the device
 *
 * Nobody says when a packet socket is opened. tcpdump makes the interface
 * promiscuous, which is seen at once; tcpdump -p waits for the watchdog.
 *
 * Context: process.
 */
void simtoe_mirror_update(struct simtoe *st)
{
	u32 look = READ_ONCE(st->mirror) && dev_nit_active(st->netdev);

	if (sim_reg_read(st->hw, SIM_REG_MIRROR) != look)
		sim_reg_write(st->hw, SIM_REG_MIRROR, look);
}

/* To the interface's own packet sockets only: what netif_receive_skb() does
 * after the sockets had it (VLAN, bonding, ingress filters, IP) would give it to
 * the host's TCP as well, whose segment it is not.
 */
static void simtoe_mirror_rx(struct net_device *dev, struct sk_buff *skb)
{
	struct packet_type *pt;

	list_for_each_entry_rcu(pt, &dev->ptype_all, list) {
		refcount_inc(&skb->users);
		pt->func(skb, dev, pt, dev);
	}
}

/**
 * simtoe_mirror_poll() - to the packet sockets with what the device has shown
 * @st: the device
 *
 * Context: softirq, no lock held.
 */
void simtoe_mirror_poll(struct simtoe *st)
{
	struct net_device *dev = st->netdev;
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	sim_mirror_take(st->hw, &list);
	if (likely(skb_queue_empty(&list)))
		return;
	rcu_read_lock();
	while ((skb = __skb_dequeue(&list))) {
		if (skb->pkt_type == PACKET_OUTGOING)
			dev_queue_xmit_nit(skb, dev);
		else
			simtoe_mirror_rx(dev, skb);
		consume_skb(skb);
	}
	rcu_read_unlock();
}

/**
 * simtoe_mirror_drop() - nobody is to see them any more
 * @st: the device, no NAPI
 *
 * Context: process.
 */
void simtoe_mirror_drop(struct simtoe *st)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	local_bh_disable();
	sim_mirror_take(st->hw, &list);
	local_bh_enable();
	__skb_queue_purge(&list);
}
