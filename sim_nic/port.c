// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port: an Ethernet MAC on top of a lower device. Segments of connections
 * that are in the table go to the engine, every other frame to the host.
 */
#include "hw.h"

#include <net/toe_compat.h>

static void sim_port_retype(const struct sim_hw *hw, struct sk_buff *skb)
{
	if (skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_OTHERHOST)
		return;
	if (ether_addr_equal(eth_hdr(skb)->h_dest, hw->upper->dev_addr))
		skb->pkt_type = PACKET_HOST;
	else
		skb->pkt_type = PACKET_OTHERHOST;
}

/* Is it for the address that the connection sends from? That is the upper
 * device's, or that of a VLAN or a bond above it.
 */
static bool sim_port_mine(const struct sim_conn *conn,
			  const struct sk_buff *skb)
{
	const struct sim_neigh *neigh = READ_ONCE(conn->path->neigh);

	return ether_addr_equal(eth_hdr(skb)->h_dest, neigh->src_mac);
}

static bool sim_port_engine(struct sim_hw *hw, struct sk_buff *skb)
{
	struct sim_hdr h __toe_unset;
	struct sim_conn *conn;

	if (!READ_ONCE(hw->nr_conns) ||
	    (skb->pkt_type != PACKET_HOST &&
	     skb->pkt_type != PACKET_OTHERHOST))
		return false;
	if (!sim_hdr_parse(skb, &h)) {
		sim_judge_frame(hw, skb);
		return false;
	}
	conn = sim_conn_lookup(hw, &h.key);
	if (conn && sim_port_mine(conn, skb) && sim_rx(conn, skb, &h))
		return true;
	sim_hdr_retag(skb, &h);
	return false;
}

/**
 * sim_port_rx() - a frame from the wire
 * @pskb: data at the network header
 *
 * Context: softirq, RCU read side.
 * Return: what becomes of it.
 */
rx_handler_result_t sim_port_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct sim_hw *hw;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	hw = rcu_dereference(skb->dev->rx_handler_data);
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;
	*pskb = skb;
	if (!READ_ONCE(hw->up) || !sim_step(hw)) {
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	skb->dev = hw->upper;
	sim_port_retype(hw, skb);
	if (sim_port_engine(hw, skb))
		return RX_HANDLER_CONSUMED;
	dev_sw_netstats_rx_add(hw->upper, skb->len + ETH_HLEN);
	return RX_HANDLER_ANOTHER;
}

/**
 * sim_port_xmit() - an ordinary frame to the wire
 * @hw: the device
 * @skb: the frame, consumed
 *
 * Context: BH disabled.
 * Return: NETDEV_TX_OK.
 */
int sim_port_xmit(struct sim_hw *hw, struct sk_buff *skb)
{
	if (!READ_ONCE(hw->up) || !sim_step(hw)) {
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	skb->dev = hw->lower;
	dev_queue_xmit(skb);
	return NETDEV_TX_OK;
}
EXPORT_SYMBOL_GPL(sim_port_xmit);
