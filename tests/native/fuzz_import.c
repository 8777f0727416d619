// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: eng_import() of any bytes; what it took must work and come out
 * again as something it takes.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void plausible(struct eng_state *s, struct input *in)
{
	s->c.flags &= 15;
	s->c.cc %= __ENG_CC_MAX;
	s->c.snd_wscale %= 16;
	s->c.rcv_wscale %= 16;
	s->d.state %= ENG_CLOSED + 1;
	s->d.recovery &= 3;
	s->d.snd_nxt = s->d.snd_una + (take32(in) >> (take8(in) & 31));
	s->d.rcv_edge = s->d.rcv_nxt + (take32(in) >> (take8(in) & 31));
	s->d.high_seq = s->d.snd_una + (take32(in) >> (take8(in) & 31));
	s->d.rto_us >>= 5;
	s->d.srtt_us >>= 5;
	s->d.rttvar_us >>= 5;
	s->d.timer_us >>= 5;
	s->d.snd_wnd >>= 2;
	s->d.max_snd_wnd >>= 2;
	s->h.rto_min_us >>= 5;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct eng_host h = { 0 };
	struct eng_state s, t;
	struct eng_conn c;
	struct eng_act act;
	u64 now = 1 + take32(&in);
	int i;

	take(&in, &s, sizeof(s));
	if (take8(&in) & 1)
		plausible(&s, &in);
	if (!eng_import(&c, &s, now)) {
		must(eng_frozen(&c));
		return 0;
	}
	check_conn(&c);
	eng_export(&c, &t, now);
	must(t.d.snd_una == s.d.snd_una && t.d.snd_nxt == s.d.snd_nxt &&
	     t.d.rcv_nxt == s.d.rcv_nxt && t.d.rcv_edge == s.d.rcv_edge &&
	     t.d.ts_val == s.d.ts_val && t.d.state == s.d.state);
	must(eng_import(&c, &t, now));
	h.write_seq = c.snd_nxt + take8(&in) * 50;
	h.snd_una = c.snd_una;
	h.rcv_nxt = c.rcv_nxt;
	h.rcv_edge = c.rcv_edge;
	h.flags = take8(&in) & 15;
	eng_host(&c, &h, now, &act);
	for (i = 0; i < 8 && !eng_frozen(&c); i++) {
		drain(&c, now, 8);
		if (eng_deadline(&c, now) > now)
			now = eng_deadline(&c, now);
		eng_timer(&c, now, &act);
		check_conn(&c);
	}
	return 0;
}
