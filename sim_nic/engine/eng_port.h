/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's only door to the outside: fixed-width types and a handful of
 * macros. In the module they come from the kernel, in native tests from the C
 * library; the engine itself is freestanding and includes nothing else.
 */
#ifndef ENG_PORT_H
#define ENG_PORT_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/types.h>
#include <linux/math64.h>
#include <linux/string.h>
#define eng_div64(a, b)		div64_u64(a, b)
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
#define eng_div64(a, b)		((u64)(a) / (u64)(b))
#ifndef likely
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#endif
#endif

#endif /* ENG_PORT_H */
