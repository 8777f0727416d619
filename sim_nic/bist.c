// SPDX-License-Identifier: GPL-2.0-only
/* Built-in self test: what the device can say of its own parts, any time */
#include "hw.h"

#define SIM_BIST_UNA	0xfffff000U	/* wraps on its way */
#define SIM_BIST_NXT	5000U
#define SIM_BIST_WND	0x100000U
#define SIM_BIST_MSS	1448U
#define SIM_BIST_SENT	(2 * SIM_BIST_MSS)
#define SIM_BIST_IN	1000U		/* the segment in order, */
#define SIM_BIST_OOO	500U		/* and the one behind it */
#define SIM_BIST_NOW	1000000U	/* us */
#define SIM_BIST_RTT	20000U

static const struct eng_state sim_bist_state = {
	.c = {
		.flags = ENG_F_SACK | ENG_F_WSCALE,
		.sport = 1000, .dport = 2000,
		.snd_wscale = 7, .rcv_wscale = 7,
		.cc = ENG_CC_RENO,
	},
	.h = {
		.mss = SIM_BIST_MSS, .ttl = 64,
		.rto_min_us = 200000, .max_retries = 15,
	},
	.d = {
		.state = ENG_ESTABLISHED,
		.snd_una = SIM_BIST_UNA, .snd_nxt = SIM_BIST_UNA,
		.snd_wnd = SIM_BIST_WND, .snd_wl1 = SIM_BIST_NXT,
		.max_snd_wnd = SIM_BIST_WND,
		.rcv_nxt = SIM_BIST_NXT,
		.rcv_edge = SIM_BIST_NXT + SIM_BIST_WND,
		.cwnd = 10 * SIM_BIST_MSS, .ssthresh = 0x7fffffff,
		.min_rtt_us = ~0U, .rto_us = 1000000,
		.timer_us = ENG_TIMER_OFF,
	},
};

/* Two segments leave, with what they have to say. */
static bool sim_bist_send(struct eng_conn *c)
{
	struct eng_host host = {
		.write_seq = SIM_BIST_UNA + SIM_BIST_SENT,
		.snd_una = SIM_BIST_UNA,
		.rcv_nxt = SIM_BIST_NXT,
		.rcv_edge = SIM_BIST_NXT + SIM_BIST_WND,
		.flags = ENG_HOST_PUSH,
	};
	u32 seq = SIM_BIST_UNA;
	struct eng_act act;
	struct eng_tx tx;

	eng_host(c, &host, SIM_BIST_NOW, &act);
	while (eng_next(c, SIM_BIST_NOW, SIM_BIST_SENT, &tx)) {
		if (tx.seq != seq || tx.ack != SIM_BIST_NXT)
			return false;
		seq += tx.len;
	}
	return seq == SIM_BIST_UNA + SIM_BIST_SENT;
}

static struct eng_seg sim_bist_seg(u32 seq, u32 len)
{
	return (struct eng_seg){
		.seq = seq,
		.ack = SIM_BIST_UNA + SIM_BIST_SENT,
		.len = len,
		.wnd = SIM_BIST_WND >> 7,
		.segs = 1,
		.flags = ENG_TH_ACK,
	};
}

/* A gap, and what fills it; the first of them acknowledges what was sent. */
static bool sim_bist_receive(struct eng_conn *c)
{
	u32 end = SIM_BIST_NXT + SIM_BIST_IN + SIM_BIST_OOO;
	u64 now = SIM_BIST_NOW + SIM_BIST_RTT;
	struct eng_seg seg;
	struct eng_act act;
	struct eng_tx tx;

	seg = sim_bist_seg(SIM_BIST_NXT + SIM_BIST_IN, SIM_BIST_OOO);
	eng_rx(c, &seg, now, &act);
	if (!(act.flags & ENG_ACT_STORE) || !(act.flags & ENG_ACT_ACKED) ||
	    act.flags & ENG_ACT_DELIVER)
		return false;
	if (!eng_next(c, now, SIM_BIST_MSS, &tx) || tx.ack != SIM_BIST_NXT ||
	    tx.nr_sack != 1 || tx.sack[0].start != seg.seq ||
	    tx.sack[0].end != end)
		return false;
	seg = sim_bist_seg(SIM_BIST_NXT, SIM_BIST_IN);
	eng_rx(c, &seg, now, &act);
	if (!(act.flags & ENG_ACT_DELIVER) || act.deliver_seq != SIM_BIST_NXT ||
	    act.deliver_len != SIM_BIST_IN + SIM_BIST_OOO)
		return false;
	return eng_next(c, now, SIM_BIST_MSS, &tx) && tx.ack == end &&
	       !tx.nr_sack;
}

static bool sim_bist_upload(struct eng_conn *c)
{
	u64 now = SIM_BIST_NOW + SIM_BIST_RTT;
	struct eng_state s;
	struct eng_tx tx;

	eng_freeze(c, now);
	eng_export(c, &s, now);
	return !eng_next(c, now, SIM_BIST_MSS, &tx) && !eng_deadline(c, now) &&
	       s.d.snd_una == SIM_BIST_UNA + SIM_BIST_SENT &&
	       s.d.snd_nxt == s.d.snd_una &&
	       s.d.rcv_nxt == SIM_BIST_NXT + SIM_BIST_IN + SIM_BIST_OOO &&
	       s.d.cwnd == sim_bist_state.d.cwnd &&
	       s.d.srtt_us == SIM_BIST_RTT;
}

static bool sim_bist_engine(void)
{
	struct eng_conn *c = kzalloc(sizeof(*c), GFP_KERNEL);
	bool ok;

	ok = c && eng_import(c, &sim_bist_state, SIM_BIST_NOW) &&
	     sim_bist_send(c) && sim_bist_receive(c) && sim_bist_upload(c);
	kfree(c);
	return ok;
}

/**
 * sim_self_test() - let the device test a part of itself
 * @hw: the device; connections may be down
 * @test: which part
 * @token: of SIM_TEST_RING: comes back in the completion's @seq
 *
 * Context: process.
 * Return: false when it failed; SIM_TEST_RING has passed only when the completion
 * has arrived, too.
 */
bool sim_self_test(struct sim_hw *hw, enum sim_test test, u32 token)
{
	bool ok;

	if (!sim_step(hw))
		return false;
	switch (test) {
	case SIM_TEST_RING:
		local_bh_disable();
		ok = sim_cq_test(hw, token);
		local_bh_enable();
		return ok;
	case SIM_TEST_ENGINE:
		return sim_bist_engine();
	}
	return false;
}
EXPORT_SYMBOL_GPL(sim_self_test);
