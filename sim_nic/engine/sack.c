// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's scoreboard, RFC 2018 section 5 and RFC 6675: which ranges above
 * snd_una the peer has reported. Ascending, disjoint, not touching each other.
 * It is bounded: a range that finds no room is forgotten and at worst sent
 * again.
 */
#include "eng_conn.h"

static void sack_remove(struct eng_conn *c, u8 i)
{
	c->nr_sacked--;
	memmove(&c->sacked[i], &c->sacked[i + 1],
		(c->nr_sacked - i) * sizeof(c->sacked[0]));
}

static void sack_insert_at(struct eng_conn *c, u8 i, u32 start, u32 end)
{
	if (c->nr_sacked == ENG_MAX_SACKED) {
		if (i == ENG_MAX_SACKED)
			return;
		c->nr_sacked--;
	}
	memmove(&c->sacked[i + 1], &c->sacked[i],
		(c->nr_sacked - i) * sizeof(c->sacked[0]));
	eng_range_set(&c->sacked[i], start, end);
	c->nr_sacked++;
}

static void sack_add(struct eng_conn *c, u32 start, u32 end)
{
	u8 i = 0;

	while (i < c->nr_sacked && eng_end(&c->sacked[i]) < start)
		i++;
	while (i < c->nr_sacked && eng_start(&c->sacked[i]) <= end) {
		start = eng_min(start, eng_start(&c->sacked[i]));
		end = eng_max(end, eng_end(&c->sacked[i]));
		sack_remove(c, i);
	}
	sack_insert_at(c, i, start, end);
}

/**
 * eng_sack_rx - take in the SACK blocks of a segment
 * @c: connection, snd_una not yet moved
 * @seg: segment whose ACK was found acceptable
 *
 * Blocks at or below the cumulative ACK are DSACKs (RFC 2883 section 4) and
 * tell nothing about what is missing; blocks beyond snd_nxt are lies.
 *
 * Return: bytes that are newly known to have arrived.
 */
u32 eng_sack_rx(struct eng_conn *c, const struct eng_seg *seg)
{
	u32 flight = eng_flight(c), floor = seg->ack - c->snd_una;
	u32 before, i;

	if (!(c->cflags & ENG_F_SACK))
		return 0;
	before = eng_sack_bytes(c, 0, flight);
	for (i = 0; i < seg->nr_sack; i++) {
		u32 start = seg->sack[i].start - c->snd_una;
		u32 end = seg->sack[i].end - c->snd_una;

		if (start >= end || end > flight || start <= floor ||
		    end > ENG_SPAN_MAX)
			continue;
		sack_add(c, start, end);
	}
	return eng_sub0(eng_sack_bytes(c, 0, flight), before);
}

/**
 * eng_sack_advance - snd_una is about to move by @acked
 * @c: connection
 * @acked: bytes
 *
 * A range that the cumulative ACK stops in, or right before, was dropped by
 * the peer after it had reported it (RFC 2018 section 8): nothing that it
 * reported can be relied on then. It happens in good faith when the peer's
 * connection moved to another stack without what was out of order.
 *
 * Return: true when the peer reneged and the scoreboard was emptied.
 */
bool eng_sack_advance(struct eng_conn *c, u32 acked)
{
	u8 i;

	while (c->nr_sacked && eng_end(&c->sacked[0]) <= acked)
		sack_remove(c, 0);
	if (c->nr_sacked && eng_start(&c->sacked[0]) <= acked) {
		c->nr_sacked = 0;
		return true;
	}
	for (i = 0; i < c->nr_sacked; i++)
		eng_range_set(&c->sacked[i], eng_start(&c->sacked[i]) - acked,
			      eng_end(&c->sacked[i]) - acked);
	return false;
}

/* Reported bytes in [@start, @end), offsets from snd_una. */
u32 eng_sack_bytes(const struct eng_conn *c, u32 start, u32 end)
{
	u32 sum = 0;
	u8 i;

	for (i = 0; i < c->nr_sacked; i++) {
		u32 s = eng_max(eng_start(&c->sacked[i]), start);
		u32 e = eng_min(eng_end(&c->sacked[i]), end);

		sum += eng_sub0(e, s);
	}
	return sum;
}

/**
 * eng_sack_lost - IsLost() of RFC 6675 section 4
 * @c: connection
 *
 * Return: offset from snd_una below which every byte not reported counts as
 * lost, because more than two segments above it were reported.
 */
u32 eng_sack_lost(const struct eng_conn *c)
{
	u32 above = 0;
	u8 i = c->nr_sacked;

	while (i--) {
		above += eng_end(&c->sacked[i]) - eng_start(&c->sacked[i]);
		if (above > 2U * c->mss)
			return eng_start(&c->sacked[i]);
	}
	return 0;
}

/**
 * eng_sack_hole - next range that the peer has not reported
 * @c: connection
 * @from: offset from snd_una to start at
 * @end: where the hole ends, at most the flight size
 *
 * Return: offset of the hole's first byte.
 */
u32 eng_sack_hole(const struct eng_conn *c, u32 from, u32 *end)
{
	u8 i;

	*end = eng_flight(c);
	for (i = 0; i < c->nr_sacked; i++) {
		if (from < eng_start(&c->sacked[i])) {
			*end = eng_start(&c->sacked[i]);
			break;
		}
		from = eng_max(from, eng_end(&c->sacked[i]));
	}
	return from;
}
