/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a program in the guest talks to plugin/count.c: by an instruction that
 * does nothing anywhere else.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define COUNT_MARK	0x54f0e500

enum count_command {
	COUNT_LOAD = 1,		/* read the symbols, begin to watch */
	COUNT_START,		/* from zero */
	COUNT_STOP,		/* write what was counted */
};

static inline __attribute__((always_inline)) void
count_mark(const enum count_command command)
{
	asm volatile("nopl %c0(%%rax)" :: "i" (COUNT_MARK + command) : "memory");
}

#endif /* BENCH_MARK_H */
