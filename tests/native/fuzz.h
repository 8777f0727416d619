/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fuzz targets share: a cursor over the input and the invariants of a
 * connection.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdlib.h>
#include "../../sim_nic/engine/eng_conn.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

struct input {
	const u8 *p;
	size_t left;
};

static inline void take(struct input *in, void *to, size_t n)
{
	size_t m = n < in->left ? n : in->left;

	memset(to, 0, n);
	if (m)
		memcpy(to, in->p, m);
	in->p += m;
	in->left -= m;
}

static inline u32 take32(struct input *in)
{
	u32 v;

	take(in, &v, sizeof(v));
	return v;
}

static inline u8 take8(struct input *in)
{
	u8 v;

	take(in, &v, sizeof(v));
	return v;
}

static inline void must(bool ok)
{
	if (!ok)
		abort();
}

static inline void check_ranges(const struct eng_conn *c)
{
	u32 prev = 0;
	u8 i, j;

	must(c->nr_ooo <= ENG_MAX_OOO && c->nr_sacked <= ENG_MAX_SACKED);
	for (i = 0; i < c->nr_sacked; i++) {
		must(eng_start(&c->sacked[i]) > prev);
		must(eng_end(&c->sacked[i]) > eng_start(&c->sacked[i]));
		prev = eng_end(&c->sacked[i]);
		must(prev <= eng_flight(c));
	}
	for (i = 0; i < c->nr_ooo; i++) {
		u32 s = eng_start(&c->ooo[i]), e = eng_end(&c->ooo[i]);

		must(s > 0 && e > s && e <= c->rcv_edge - c->rcv_nxt);
		for (j = 0; j < i; j++)
			must(eng_end(&c->ooo[j]) < s ||
			     eng_start(&c->ooo[j]) > e);
	}
}

static inline void check_conn(const struct eng_conn *c)
{
	must(eng_flight(c) <= ENG_MAX_WND + 1);
	must(c->rcv_edge - c->rcv_nxt <= ENG_MAX_WND);
	must(c->cwnd >= c->mss && c->cwnd <= ENG_MAX_WND);
	must(c->rto_us <= ENG_RTO_MAX_US);
	must(c->state <= ENG_CLOSED);
	if (eng_repairing(c))
		must(seq_le(c->snd_una, c->rtx_nxt) &&
		     seq_lt(c->snd_una, c->high_seq) &&
		     seq_le(c->high_seq, c->snd_nxt));
	must(eng_pipe(c) <= eng_flight(c));
	check_ranges(c);
}

/* Emit what there is to emit, at most so many segments */
static inline void drain(struct eng_conn *c, u64 now, int max)
{
	struct eng_tx tx;
	bool said;

	while (max--) {
		u32 before = c->snd_nxt;

		said = eng_pending(c, now);
		must(eng_next(c, now, 65536, &tx) == said);
		if (!said)
			break;
		must(seq_le(before, c->snd_nxt));
		must(tx.nr_sack <= ENG_MAX_SACK && tx.segs);
		must(tx.kind != ENG_TX_DATA || tx.len || tx.flags & ENG_TH_FIN);
		if (tx.len)
			must(seq_le(c->snd_una, tx.seq) &&
			     seq_le(tx.seq + tx.len, c->write_seq));
	}
	check_conn(c);
}

#endif /* FUZZ_H */
