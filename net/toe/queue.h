/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket's write queue as the NIC's send buffer. */
#ifndef TOE_QUEUE_H
#define TOE_QUEUE_H

#include <linux/types.h>

struct sk_buff;
struct sock;

/* Down: sent and unsent data become one queue that starts at snd_una. */
void toe_queue_down(struct sock *sk);

/* Up: what is before @snd_nxt counts as sent and goes to the retransmit
 * queue, cut at @snd_nxt. When there is no memory for the cut, the whole buffer
 * counts as sent.
 */
void toe_queue_up(struct sock *sk, u32 snd_nxt);

/* Release what is acknowledged up to @snd_una; returns true when any was. */
bool toe_queue_acked(struct sock *sk, u32 snd_una);

/* Charge @size bytes beyond the host's limits, if need be. */
void toe_mem_force(struct sock *sk, int size);

/* The buffer that holds @seq, or NULL when @seq is behind the last one. */
struct sk_buff *toe_queue_find(struct sock *sk, u32 seq);

#endif /* TOE_QUEUE_H */
