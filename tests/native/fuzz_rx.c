// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: a live connection, a peer that sends anything, a host that posts
 * and grants, time that passes. Numbers are taken relative to the connection's,
 * so that the interesting ones are near.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void start(struct eng_conn *c, struct input *in, u64 now)
{
	struct eng_state s;

	memset(&s, 0, sizeof(s));
	s.c.flags = take8(in) & 7;
	s.c.cc = take8(in) % __ENG_CC_MAX;
	if (s.c.flags & ENG_F_WSCALE) {
		s.c.snd_wscale = take8(in) % 15;
		s.c.rcv_wscale = take8(in) % 15;
	}
	s.h.flags = take8(in) & 7;
	s.h.mss = (u16)(ENG_MIN_MSS + take8(in) * 8);
	s.h.rto_min_us = 200000;
	s.h.max_retries = 15;
	s.d.state = take8(in) % (ENG_LAST_ACK + 1);
	s.d.snd_una = take32(in);
	s.d.snd_nxt = s.d.snd_una;
	if (s.d.state != ENG_FIN_WAIT2)
		s.d.snd_nxt += take8(in) * 64;
	s.d.snd_wnd = 65535;
	s.d.rcv_nxt = take32(in);
	s.d.rcv_edge = s.d.rcv_nxt + 65536;
	s.d.ts_recent = take32(in);
	s.d.cwnd = 20000;
	s.d.ssthresh = 0x7fffffff;
	s.d.min_rtt_us = ~0u;
	s.d.timer_us = ENG_TIMER_OFF;
	must(eng_import(c, &s, now));
}

static void one_segment(struct eng_conn *c, struct input *in, u64 now)
{
	struct eng_seg seg = { 0 };
	struct eng_act act;
	u32 nxt = c->rcv_nxt, edge = c->rcv_edge;
	u8 i;

	seg.flags = take8(in) & (ENG_TH_FIN | ENG_TH_PSH | ENG_TH_ACK);
	if (take8(in) > 200)
		seg.flags = take8(in);
	seg.seq = c->rcv_nxt + (s16)take32(in);
	seg.ack = c->snd_una + (s16)take32(in);
	if (take8(in) < 128)
		seg.ack = c->snd_nxt;
	seg.len = take32(in) & 0x3fff;
	seg.wnd = (u16)take32(in);
	seg.segs = 1;
	seg.has_ts = take8(in) & 1;
	seg.tsval = c->ts_recent + (s8)take8(in);
	seg.tsecr = take32(in);
	seg.nr_sack = take8(in) % (ENG_MAX_SACK + 1);
	for (i = 0; i < seg.nr_sack; i++) {
		seg.sack[i].start = c->snd_una + (s16)take32(in);
		seg.sack[i].end = seg.sack[i].start + take8(in) * 64;
	}
	eng_rx(c, &seg, now, &act);
	must(seq_le(nxt, c->rcv_nxt) && seq_le(edge, c->rcv_edge));
	must(act.drop < __ENG_DROP_MAX);
	if (act.drop)
		must(nxt == c->rcv_nxt &&
		     !(act.flags & (ENG_ACT_DELIVER | ENG_ACT_STORE |
				    ENG_ACT_FIN | ENG_ACT_UPLOAD)));
	if (act.flags & ENG_ACT_DELIVER)
		must(act.deliver_seq == nxt && act.deliver_len &&
		     act.deliver_len <= edge - nxt);
	if (act.flags & ENG_ACT_STORE)
		must(act.store_len && seq_lt(nxt, act.store_seq) &&
		     seq_le(act.store_seq + act.store_len, edge));
	if (act.flags & ENG_ACT_PASS_UP)
		must(nxt == c->rcv_nxt && (act.flags & ENG_ACT_UPLOAD) &&
		     eng_frozen(c));
}

static void one_doorbell(struct eng_conn *c, struct input *in, u64 now)
{
	struct eng_host h;
	struct eng_act act;

	h.write_seq = c->write_seq + take8(in) * 100;
	h.snd_una = c->snd_una;
	h.rcv_nxt = c->rcv_nxt;
	h.rcv_edge = c->rcv_limit + take8(in) * 256;
	h.flags = take8(in);
	if (h.flags > 15) {
		h.flags = ENG_HOST_PUSH;
	} else if (h.flags == 12) {
		h.rcv_nxt += take8(in) * 16;
		h.snd_una += take8(in) * 16;
		h.write_seq += (s8)take8(in);
	}
	eng_host(c, &h, now, &act);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct eng_conn c;
	struct eng_state s;
	struct eng_act act;
	u64 now = 1000000;

	start(&c, &in, now);
	check_conn(&c);
	while (in.left) {
		u8 what = take8(&in);

		if (what < 150) {
			one_segment(&c, &in, now);
		} else if (what < 200) {
			one_doorbell(&c, &in, now);
		} else if (what < 220) {
			now = eng_deadline(&c, now) > now ? eng_deadline(&c, now) : now;
			eng_timer(&c, now, &act);
		} else if (what < 250) {
			now += what * 100;
		} else if (what < 253) {
			eng_export(&c, &s, now);
			if (!eng_frozen(&c) && c.state <= ENG_LAST_ACK)
				must(eng_import(&c, &s, now));
		} else {
			eng_freeze(&c, now);
		}
		check_conn(&c);
		drain(&c, now, 4);
	}
	return 0;
}
