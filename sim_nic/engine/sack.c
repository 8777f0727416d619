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

/*
 * [@start, @end) is reported for the first time in parts: those not yet on the
 * scoreboard are news. What lies before rtx_hi was sent again.
 */
static void sack_news(const struct eng_conn *c, u32 start, u32 end,
		      struct eng_news *n)
{
	u32 again = eng_rtx_hi(c), from, to;

	from = eng_sack_hole(c, eng_max(start, again), &to);
	if (from < end)
		n->orig = eng_min(n->orig, from);
	if (start >= again)
		return;
	end = eng_min(end, again);
	if (eng_sack_hole(c, start, &to) < end &&
	    (n->rtx == ENG_NOTHING || n->rtx < end))
		n->rtx = end;
}

/*
 * RFC 2883 section 4: the first block reports a duplicate when it lies below
 * the cumulative ACK or within the second one.
 */
static bool sack_is_dsack(const struct eng_seg *seg)
{
	const struct eng_sack_block *b = seg->sack;

	if (!seq_lt(b[0].start, b[0].end))
		return false;
	if (seq_le(b[0].end, seg->ack))
		return true;
	return seg->nr_sack > 1 && seq_le(b[1].start, b[0].start) &&
	       seq_le(b[0].end, b[1].end);
}

/**
 * eng_sack_rx - take in the ACK and the SACK blocks of a segment
 * @c: connection, snd_una not yet moved
 * @seg: segment whose ACK was found acceptable
 * @n: what is new, acked and dsack_len set by the caller
 *
 * Blocks at or below the cumulative ACK tell nothing about what is missing;
 * blocks beyond snd_nxt are lies.
 */
void eng_sack_rx(struct eng_conn *c, const struct eng_seg *seg,
		 struct eng_news *n)
{
	u32 flight = eng_flight(c), before, i = 0;

	n->delivered = n->acked - eng_sack_bytes(c, 0, n->acked);
	n->orig = ENG_NOTHING;
	n->rtx = ENG_NOTHING;
	n->fack = eng_sack_fack(c);
	if (n->acked)
		sack_news(c, 0, n->acked, n);
	if (!(c->cflags & ENG_F_SACK) || !seg->nr_sack)
		return;
	if (sack_is_dsack(seg)) {
		n->dsack = seg->sack[0].start;
		n->dsack_len = seg->sack[0].end - n->dsack;
		i = 1;
	}
	before = eng_sack_bytes(c, 0, flight);
	for (; i < seg->nr_sack; i++) {
		u32 start = seg->sack[i].start - c->snd_una;
		u32 end = seg->sack[i].end - c->snd_una;

		if (start >= end || end > flight || start <= n->acked ||
		    end > ENG_SPAN_MAX)
			continue;
		sack_news(c, start, end, n);
		sack_add(c, start, end);
	}
	/* what the scoreboard had to forget is no news when it comes again */
	n->delivered += eng_sub0(eng_sack_bytes(c, 0, flight), before);
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

/* RACK.fack, RFC 8985 section 6.2 step 3: end of the highest range, or 0 */
u32 eng_sack_fack(const struct eng_conn *c)
{
	return c->nr_sacked ? eng_end(&c->sacked[c->nr_sacked - 1]) : 0;
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
