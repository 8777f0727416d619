/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of a connection, for who judges it by them. */
#ifndef TOE_PACKET_H
#define TOE_PACKET_H

#include <linux/types.h>

struct dst_entry;
struct sk_buff;
struct sock;

/**
 * struct toe_packet - what a packet says
 * @sk: socket of the connection
 * @dst: its route
 * @in: received, else sent
 * @seq: sequence number of the first byte, host byte order
 * @ack: acknowledgment number, host byte order
 * @len: payload in bytes
 */
struct toe_packet {
	struct sock *sk;
	struct dst_entry *dst;
	bool in;
	u32 seq, ack, len;
};

struct sk_buff *toe_packet_make(const struct toe_packet *pkt);
void toe_packet_eth(struct sk_buff *skb, const struct toe_packet *pkt);
u8 toe_hop_limit(const struct sock *sk, struct dst_entry *dst);

#endif /* TOE_PACKET_H */
