/* SPDX-License-Identifier: GPL-2.0-only */
/* The nature of a connection: what the state objects can't carry stays. */
#ifndef TOE_ELIGIBLE_H
#define TOE_ELIGIBLE_H

#include <linux/toe.h>
#include <net/sock.h>

struct dst_entry;
struct toe_conn;
struct toe_dev;
struct toe_link;

/* First reason why the host keeps it, TOE_REFUSAL_NONE when there is none;
 * then *@link is the way to the device. Socket locked, RCU.
 */
enum toe_refusal toe_eligible(const struct toe_conn *conn, struct sock *sk,
			      struct toe_link *link);

/* The same without netfilter, which would count the question */
enum toe_refusal toe_eligible_dry(const struct toe_conn *conn, struct sock *sk,
				  struct toe_link *link);

/* Does anything that appeared since forbid it to stay down? */
bool toe_eligible_still(const struct toe_conn *conn, struct sock *sk);

/* Nothing on the interfaces of its way that wants to see its packets? Socket
 * locked.
 */
bool toe_eligible_way(struct sock *sk);

/* Is @tdev able and free to carry the connection? Else the first reason why not.
 * Socket locked, RCU.
 */
enum toe_refusal toe_eligible_nic(const struct toe_dev *tdev,
				  const struct sock *sk);

/* SO_MAX_PACING_RATE in bytes per second, 0 = not paced, as TCP takes a rate of 0.
 * Asked for several times in each tick.
 */
static inline u64 toe_pacing_rate(const struct sock *sk)
{
	unsigned long rate = READ_ONCE(sk->sk_max_pacing_rate);

	return rate == ~0UL ? 0 : rate;
}

bool toe_has_xfrm(struct sock *sk, const struct dst_entry *dst);
bool toe_is_v6(const struct sock *sk);

/* enum toe_cc by the kernel's name, or -1 */
int toe_cc_by_name(const char *name);

#endif /* TOE_ELIGIBLE_H */
