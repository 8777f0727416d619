// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a connection better off in the host? The device looks at each of them a
 * few times a second and wishes an upload when what it measured is beyond a
 * threshold. It goes on serving the connection whatever the host decides, and
 * says it again after a while (optional reasons of enum toe_upload_reason).
 *
 * What is measured per window of at least SIM_JUDGE_SEGS segments or
 * SIM_JUDGE_IOS reads and writes: the share of segments with payload that were
 * sent again, that arrived out of order, that arrived as fragments (these three
 * per thousand), bytes per read or write of the host. And the time without any of
 * those.
 */
#include "hw.h"

#include <net/ip.h>
#include <net/ipv6.h>

#define SIM_JUDGE_MS	100
#define SIM_JUDGE_SEGS	64
#define SIM_JUDGE_IOS	32
#define SIM_JUDGE_AGAIN	HZ		/* a wish is repeated */

static bool sim_judge_wanted(const struct sim_hw *hw)
{
	int i;

	for (i = 0; i < __SIM_JUDGE_MAX; i++)
		if (READ_ONCE(hw->judge.limit[i]))
			return true;
	return false;
}

static bool sim_judge_over(const struct sim_hw *hw, enum sim_judge_limit what,
			   u32 part, u32 all)
{
	u32 limit = READ_ONCE(hw->judge.limit[what]);

	return limit && (u64)part * 1000 >= (u64)limit * all;
}

static u16 sim_judge_sent(struct sim_conn *conn, struct sim_judge *j)
{
	u32 segs = conn->data_segs_out - j->segs_out;
	u32 again = conn->retrans - j->retrans;

	if (segs < SIM_JUDGE_SEGS)
		return 0;
	j->segs_out = conn->data_segs_out;
	j->retrans = conn->retrans;
	return sim_judge_over(conn->hw, SIM_JUDGE_LOSS, again, segs) ?
	       TOE_UPLOAD_HIGH_LOSS : 0;
}

static u16 sim_judge_received(struct sim_conn *conn, struct sim_judge *j)
{
	u32 ooo = j->ooo, frags = j->frags;
	/* reassembled by the host, fragments come back as segments */
	u32 segs = max(conn->data_segs_in - j->segs_in, frags);

	if (segs < SIM_JUDGE_SEGS)
		return 0;
	j->segs_in = conn->data_segs_in;
	j->ooo = 0;
	j->frags = 0;
	if (sim_judge_over(conn->hw, SIM_JUDGE_FRAGMENTS, frags, segs))
		return TOE_UPLOAD_FRAGMENTS;
	return sim_judge_over(conn->hw, SIM_JUDGE_REORDER, ooo, segs) ?
	       TOE_UPLOAD_HIGH_REORDER : 0;
}

static u16 sim_judge_ios(struct sim_hw *hw, struct sim_judge *j)
{
	u32 small = READ_ONCE(hw->judge.limit[SIM_JUDGE_SMALL_IO]);
	u32 idle = READ_ONCE(hw->judge.limit[SIM_JUDGE_IDLE]);
	u32 ios = j->ios;
	u64 bytes = j->io_bytes;

	if (ios != j->ios_seen) {
		j->ios_seen = ios;
		j->active = jiffies;
	} else if (idle && time_after_eq(jiffies, j->active +
					 msecs_to_jiffies(idle))) {
		return TOE_UPLOAD_LOW_ACTIVITY;
	}
	if (ios < SIM_JUDGE_IOS)
		return 0;
	j->ios = 0;
	j->ios_seen = 0;
	j->io_bytes = 0;
	return small && bytes < (u64)small * ios ? TOE_UPLOAD_SMALL_IO : 0;
}

/* Every window is looked at, so that all of them move on; one wish is made. */
static void sim_judge_one(struct sim_conn *conn)
{
	struct sim_judge *j = &conn->judge;
	struct sim_hw *hw = conn->hw;
	u16 sent, received, reason;

	if (conn->gone || eng_frozen(&conn->eng))
		return;
	sent = sim_judge_sent(conn, j);
	received = sim_judge_received(conn, j);
	reason = sim_judge_ios(hw, j);
	reason = sent ?: received ?: reason;
	if (!reason || (j->wished && time_before(jiffies, j->wished_at +
						 SIM_JUDGE_AGAIN)))
		return;
	j->wished = true;
	j->wished_at = jiffies;
	sim_count(hw, SIM_STAT_WISHES, 1);
	sim_report(conn, SIM_CQE_UPLOAD, reason, NULL);
}

static void sim_judge_work(struct work_struct *work)
{
	struct sim_hw *hw = container_of(to_delayed_work(work), struct sim_hw,
					 judge.work);
	struct sim_conn *conn;
	unsigned long i;

	rcu_read_lock();
	xa_for_each(&hw->conns, i, conn) {
		spin_lock_bh(&conn->lock);
		if (sim_step(hw))
			sim_judge_one(conn);
		spin_unlock_bh(&conn->lock);
	}
	rcu_read_unlock();
	if (READ_ONCE(hw->up) && sim_judge_wanted(hw))
		queue_delayed_work(system_wq, &hw->judge.work,
				   msecs_to_jiffies(SIM_JUDGE_MS));
}

static bool sim_frag_ipv4(const struct sk_buff *skb, struct sim_key *key)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct tcphdr *th = (const struct tcphdr *)(iph + 1);

	if (iph->version != 4 || iph->ihl != 5 ||
	    iph->protocol != IPPROTO_TCP ||
	    (iph->frag_off & htons(IP_MF | IP_OFFSET)) != htons(IP_MF))
		return false;
	key->laddr[0] = iph->daddr;
	key->raddr[0] = iph->saddr;
	key->lport = th->dest;
	key->rport = th->source;
	key->family = AF_INET;
	return true;
}

static bool sim_frag_ipv6(struct sk_buff *skb, struct sim_key *key)
{
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skb->data;
	const struct frag_hdr *fh = (const struct frag_hdr *)(ip6 + 1);
	const struct tcphdr *th = (const struct tcphdr *)(fh + 1);

	if (ip6->version != 6 || ip6->nexthdr != NEXTHDR_FRAGMENT ||
	    !pskb_may_pull(skb, sizeof(*ip6) + sizeof(*fh) + sizeof(*th)))
		return false;
	ip6 = (const struct ipv6hdr *)skb->data;
	fh = (const struct frag_hdr *)(ip6 + 1);
	th = (const struct tcphdr *)(fh + 1);
	if (fh->nexthdr != NEXTHDR_TCP ||
	    (fh->frag_off & htons(IP6_MF | IP6_OFFSET)) != htons(IP6_MF))
		return false;
	memcpy(key->laddr, &ip6->daddr, sizeof(key->laddr));
	memcpy(key->raddr, &ip6->saddr, sizeof(key->raddr));
	key->lport = th->dest;
	key->rport = th->source;
	key->family = AF_INET6;
	return true;
}

/**
 * sim_judge_frame() - a frame that the engine can't process
 * @hw: the device
 * @skb: data at the network header
 *
 * Counted is the first fragment of a packet, the only one with ports.
 *
 * Context: softirq, RCU read side.
 */
void sim_judge_frame(struct sim_hw *hw, struct sk_buff *skb)
{
	struct sim_key key = {};
	struct sim_conn *conn;
	bool frag = false;

	if (!READ_ONCE(hw->judge.limit[SIM_JUDGE_FRAGMENTS]) ||
	    !pskb_may_pull(skb, sizeof(struct iphdr) + sizeof(struct tcphdr)))
		return;
	if (skb->protocol == htons(ETH_P_IP))
		frag = sim_frag_ipv4(skb, &key);
	else if (skb->protocol == htons(ETH_P_IPV6))
		frag = sim_frag_ipv6(skb, &key);
	if (!frag)
		return;
	conn = sim_conn_lookup(hw, &key);
	if (!conn)
		return;
	spin_lock(&conn->lock);
	conn->judge.frags++;
	spin_unlock(&conn->lock);
}

/**
 * sim_judge_init() - a device without thresholds
 * @hw: the device
 *
 * Context: process.
 */
void sim_judge_init(struct sim_hw *hw)
{
	INIT_DELAYED_WORK(&hw->judge.work, sim_judge_work);
}

/**
 * sim_judge_start() - look from now on, if any threshold is set
 * @hw: the device, its port up
 *
 * Context: any.
 */
void sim_judge_start(struct sim_hw *hw)
{
	if (sim_judge_wanted(hw))
		queue_delayed_work(system_wq, &hw->judge.work,
				   msecs_to_jiffies(SIM_JUDGE_MS));
}

/**
 * sim_judge_stop() - look no more
 * @hw: the device, its port down
 *
 * Context: process, may sleep.
 */
void sim_judge_stop(struct sim_hw *hw)
{
	cancel_delayed_work_sync(&hw->judge.work);
}

/**
 * sim_judge_limit() - set a threshold
 * @hw: the device
 * @what: which
 * @val: its unit is that of the register; 0 = never
 *
 * Thresholds survive a reset.
 *
 * Context: any.
 */
void sim_judge_limit(struct sim_hw *hw, enum sim_judge_limit what, u32 val)
{
	WRITE_ONCE(hw->judge.limit[what], val);
	if (READ_ONCE(hw->up))
		sim_judge_start(hw);
}
