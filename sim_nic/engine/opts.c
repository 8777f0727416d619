// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP options of segments after the handshake: timestamps (RFC 7323 section
 * 3.2) and SACK (RFC 2018 section 3). All others are skipped.
 */
#include "eng_conn.h"

enum {
	OPT_EOL, OPT_NOP, OPT_SACK = 5, OPT_TSTAMP = 8,
	OPT_TSTAMP_LEN = 10, OPT_SACK_BASE = 2, OPT_SACK_BLOCK = 8,
};

/* NOP, NOP, kind and length of a time stamp */
#define OPT_TSTAMP_ALIGNED	(OPT_NOP << 24 | OPT_NOP << 16 | \
				 OPT_TSTAMP << 8 | OPT_TSTAMP_LEN)

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u8 *put32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
	return p + 4;
}

static void parse_sack(const u8 *p, u32 len, struct eng_seg *seg)
{
	seg->nr_sack = 0;
	for (; len >= OPT_SACK_BLOCK && seg->nr_sack < ENG_MAX_SACK;
	     len -= OPT_SACK_BLOCK, p += OPT_SACK_BLOCK) {
		struct eng_sack_block *b = &seg->sack[seg->nr_sack++];

		b->start = get32(p);
		b->end = get32(p + 4);
	}
}

/* One option of @len bytes at @p, length byte checked by the caller */
static bool parse_one(const u8 *p, u32 len, struct eng_seg *seg)
{
	if (p[0] == OPT_TSTAMP) {
		if (len != OPT_TSTAMP_LEN)
			return false;
		seg->has_ts = 1;
		seg->tsval = get32(p + 2);
		seg->tsecr = get32(p + 6);
	} else if (p[0] == OPT_SACK) {
		if ((len - OPT_SACK_BASE) % OPT_SACK_BLOCK)
			return false;
		parse_sack(p + OPT_SACK_BASE, len - OPT_SACK_BASE, seg);
	}
	return true;
}

/**
 * eng_parse_opts - read the option space of a segment
 * @opt: first byte after the fixed TCP header
 * @len: bytes of option space
 * @seg: has_ts, tsval, tsecr, nr_sack and sack are set
 *
 * Every step consumes at least one byte and never reads past @len, whatever
 * the length bytes say.
 *
 * Return: false for malformed options.
 */
bool eng_parse_opts(const u8 *opt, u32 len, struct eng_seg *seg)
{
	u32 n;

	seg->has_ts = 0;
	seg->nr_sack = 0;
	/* RFC 7323 appendix A: nearly all segments have these and no others */
	if (likely(len == 2 + OPT_TSTAMP_LEN &&
		   get32(opt) == OPT_TSTAMP_ALIGNED))
		return parse_one(opt + 2, OPT_TSTAMP_LEN, seg);
	for (; len; opt += n, len -= n) {
		n = 1;
		if (opt[0] == OPT_EOL)
			break;
		if (opt[0] == OPT_NOP)
			continue;
		if (len < 2)
			return false;
		n = opt[1];
		if (n < 2 || n > len || !parse_one(opt, n, seg))
			return false;
	}
	return true;
}

/**
 * eng_build_opts - write the options of a segment
 * @tx: segment from eng_next()
 * @opt: room for 40 bytes
 *
 * Return: bytes written, a multiple of 4.
 */
u32 eng_build_opts(const struct eng_tx *tx, u8 *opt)
{
	u8 *p = opt;
	u8 i;

	if (tx->has_ts) {
		*p++ = OPT_NOP;
		*p++ = OPT_NOP;
		*p++ = OPT_TSTAMP;
		*p++ = OPT_TSTAMP_LEN;
		p = put32(p, tx->tsval);
		p = put32(p, tx->tsecr);
	}
	if (tx->nr_sack) {
		*p++ = OPT_NOP;
		*p++ = OPT_NOP;
		*p++ = OPT_SACK;
		*p++ = (u8)(OPT_SACK_BASE + tx->nr_sack * OPT_SACK_BLOCK);
		for (i = 0; i < tx->nr_sack; i++) {
			p = put32(p, tx->sack[i].start);
			p = put32(p, tx->sack[i].end);
		}
	}
	return (u32)(p - opt);
}
