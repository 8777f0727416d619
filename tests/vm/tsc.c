// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the frequency of this processor's time stamp counter in kHz. A guest
 * that is emulated sees the same counter and, on a busy machine, fails to measure
 * it, or is wrong by a factor.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Both clocks at once: of many tries the one that nothing came between */
static void sample(uint64_t *ns, uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, before, after, t;
	int i;

	for (i = 0; i < 100; i++) {
		before = now();
		t = __rdtsc();
		after = now();
		if (after - before >= best)
			continue;
		best = after - before;
		*ns = before + best / 2;
		*tsc = t;
	}
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	uint64_t ns[2], tsc[2];

	sample(&ns[0], &tsc[0]);
	nanosleep(&pause, NULL);
	sample(&ns[1], &tsc[1]);
	printf("%.0f\n", (tsc[1] - tsc[0]) * 1e6 / (ns[1] - ns[0]));
	return 0;
}
