// SPDX-License-Identifier: GPL-2.0-only
/*
 * Out-of-order data: which ranges beyond rcv_nxt the caller has stored.
 *
 * Invariant: the ranges are disjoint, never touch each other, and start right
 * of rcv_nxt. They are kept most recently changed first, which is the order
 * that RFC 2018 section 4 wants them reported in. The next in-order byte needs
 * no entry and so is never refused.
 */
#include "eng_conn.h"

static void ooo_remove(struct eng_conn *c, u8 i)
{
	c->nr_ooo--;
	memmove(&c->ooo[i], &c->ooo[i + 1],
		(c->nr_ooo - i) * sizeof(c->ooo[0]));
}

static void ooo_push_front(struct eng_conn *c, u32 start, u32 end)
{
	memmove(&c->ooo[1], &c->ooo[0], c->nr_ooo * sizeof(c->ooo[0]));
	eng_range_set(&c->ooo[0], start, end);
	c->nr_ooo++;
}

/* Grow [*start, *end) by every range that it meets, taking those out */
static bool ooo_absorb(struct eng_conn *c, u32 *start, u32 *end)
{
	bool met = false;
	u8 i = 0;

	while (i < c->nr_ooo) {
		u32 s = eng_start(&c->ooo[i]), e = eng_end(&c->ooo[i]);

		if (s > *end || e < *start) {
			i++;
			continue;
		}
		*start = eng_min(*start, s);
		*end = eng_max(*end, e);
		ooo_remove(c, i);
		met = true;
		i = 0;
	}
	return met;
}

static bool ooo_holds(const struct eng_conn *c, u32 start, u32 end)
{
	u8 i;

	for (i = 0; i < c->nr_ooo; i++)
		if (eng_start(&c->ooo[i]) <= start && end <= eng_end(&c->ooo[i]))
			return true;
	return false;
}

/**
 * eng_ooo_insert - remember a range that arrived ahead of rcv_nxt
 * @c: connection
 * @start: offset from rcv_nxt, > 0
 * @end: offset from rcv_nxt, > @start
 *
 * Return: ENG_OOO_FULL when the range has to be dropped.
 */
enum eng_ooo_result eng_ooo_insert(struct eng_conn *c, u32 start, u32 end)
{
	bool dup;

	if (end > ENG_SPAN_MAX)
		return ENG_OOO_FULL;
	dup = ooo_holds(c, start, end);
	if (!ooo_absorb(c, &start, &end) && c->nr_ooo == ENG_MAX_OOO)
		return ENG_OOO_FULL;
	ooo_push_front(c, start, end);
	return dup ? ENG_OOO_DUP : ENG_OOO_STORED;
}

/**
 * eng_ooo_advance - rcv_nxt is about to move by @len
 * @c: connection
 * @len: in-order bytes that arrived
 *
 * Return: how far rcv_nxt moves in all, with stored data that became in-order.
 */
u32 eng_ooo_advance(struct eng_conn *c, u32 len)
{
	u32 start = 0;
	u8 i;

	ooo_absorb(c, &start, &len);
	for (i = 0; i < c->nr_ooo; i++)
		eng_range_set(&c->ooo[i], eng_start(&c->ooo[i]) - len,
			      eng_end(&c->ooo[i]) - len);
	return len;
}

/* Report [@start, @end), received twice, with the next ACK: RFC 2883. */
void eng_ooo_dsack(struct eng_conn *c, u32 start, u32 end)
{
	if (!(c->cflags & ENG_F_SACK))
		return;
	c->dsack_seq = start;
	c->dsack_len = (u16)eng_min(end - start, 0xffff);
	c->bits |= ENG_B_DSACK;
}

/* Write up to @max SACK blocks, a pending DSACK first. */
u8 eng_ooo_blocks(struct eng_conn *c, struct eng_sack_block *b, u8 max)
{
	u8 i, n = 0;

	if (!(c->cflags & ENG_F_SACK))
		return 0;
	if (c->bits & ENG_B_DSACK) {
		b[n].start = c->dsack_seq;
		b[n++].end = c->dsack_seq + c->dsack_len;
		c->bits &= ~ENG_B_DSACK;
	}
	for (i = 0; i < c->nr_ooo && n < max; i++, n++) {
		b[n].start = c->rcv_nxt + eng_start(&c->ooo[i]);
		b[n].end = c->rcv_nxt + eng_end(&c->ooo[i]);
	}
	return n;
}
