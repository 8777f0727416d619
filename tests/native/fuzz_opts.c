// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: eng_parse_opts() on any bytes. What it accepted and can be built
 * again must parse to the same.
 */
#include <stdlib.h>
#include "../../sim_nic/engine/eng_conn.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void round_trip(const struct eng_seg *seg)
{
	struct eng_tx tx = { 0 };
	struct eng_seg again;
	u8 opt[40];
	u32 n;

	tx.has_ts = seg->has_ts;
	tx.tsval = seg->tsval;
	tx.tsecr = seg->tsecr;
	tx.nr_sack = seg->nr_sack;
	if (tx.has_ts && tx.nr_sack > 3)
		tx.nr_sack = 3;
	memcpy(tx.sack, seg->sack, sizeof(tx.sack));
	n = eng_build_opts(&tx, opt);
	if (n > 40 || n % 4 || !eng_parse_opts(opt, n, &again))
		abort();
	if (again.has_ts != tx.has_ts || again.nr_sack != tx.nr_sack ||
	    (tx.has_ts && (again.tsval != tx.tsval ||
			   again.tsecr != tx.tsecr)) ||
	    memcmp(again.sack, tx.sack, tx.nr_sack * sizeof(tx.sack[0])))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct eng_seg seg;
	u8 *copy = malloc(size);

	/* an exact heap copy, so that one byte too far is seen */
	if (size)
		memcpy(copy, data, size);
	memset(&seg, 0, sizeof(seg));
	if (eng_parse_opts(copy, (u32)size, &seg)) {
		if (seg.nr_sack > ENG_MAX_SACK)
			abort();
		round_trip(&seg);
	}
	free(copy);
	return 0;
}
