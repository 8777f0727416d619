// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round-trip time and retransmission time-out, RFC 6298.
 */
#include "cc.h"
#include "eng_conn.h"

static u32 rtt_diff(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

/*
 * RFC 6298 section 2. The floor is applied to the variance term, so that a
 * peer's delayed ACK never meets a time-out that equals the round trip.
 */
static u32 rtt_rto(const struct eng_conn *c)
{
	u32 us = c->srtt_us + eng_max(4 * c->rttvar_us,
				      c->rto_min_ms * 1000U);

	return eng_min(us, ENG_RTO_MAX_US);
}

static void rtt_sample(struct eng_conn *c, u32 rtt)
{
	rtt = eng_min(eng_max(rtt, 1), ENG_RTO_MAX_US);
	c->min_rtt_us = eng_min(c->min_rtt_us, rtt);
	if (!c->srtt_us) {
		c->srtt_us = rtt;
		c->rttvar_us = rtt / 2;
	} else {
		u32 dev = rtt_diff(c->srtt_us, rtt);

		c->rttvar_us += dev / 4;
		c->rttvar_us -= eng_min(c->rttvar_us, c->rttvar_us / 4);
		c->srtt_us = c->srtt_us - c->srtt_us / 8 + rtt / 8;
		c->srtt_us = eng_max(c->srtt_us, 1);
	}
	c->rto_us = rtt_rto(c);
}

/**
 * eng_rtt_ack - take a sample from an ACK of new data, if it allows one
 * @c: connection, snd_una already moved
 * @seg: the ACK
 * @now: us
 *
 * A segment that was sent once and timed gives the finer sample; after
 * retransmissions (Karn) only a time stamp gives one (RFC 7323 section 4), and
 * only when it echoes something sent in this recovery: an echo of the original
 * whose ACK was lost would take the time-outs for a round trip.
 */
void eng_rtt_ack(struct eng_conn *c, const struct eng_seg *seg, u64 now)
{
	bool ts = seg->has_ts && (c->cflags & ENG_F_TSTAMP) && seg->tsecr;

	if (ts && eng_hystart_on(c))
		eng_hystart_rtt(c, eng_ts_now(c, now) - seg->tsecr);
	if (c->bits & ENG_B_RTT) {
		if (seq_lt(c->snd_una, c->rtt_seq))
			return;
		c->bits &= ~ENG_B_RTT;
		rtt_sample(c, (u32)now - c->rtt_at);
	} else if (ts) {
		u32 ms = eng_ts_now(c, now) - seg->tsecr;

		if (ms <= ((u32)now - c->rtt_at) / 1000 + 1)
			rtt_sample(c, eng_max(ms, 1) * 1000);
	}
}

/**
 * eng_rtt_sack - take a sample from what arrived out of order
 * @c: connection with SACK
 * @n: an ACK's news, snd_una did not move
 * @now: us
 *
 * The last segment's time is known, to ms. The sample is taken only where the
 * RTO is backed off, which it ends (RFC 6298 section 5), as in Linux: it would
 * else stay until a round trip is whole. After a time-out the last segment has
 * to be a new one: a tail loss probe may have repeated an older one (Karn).
 */
void eng_rtt_sack(struct eng_conn *c, const struct eng_news *n, u64 now)
{
	u32 flight = eng_flight(c);

	if (!c->srtt_us || c->rto_us <= rtt_rto(c) ||
	    n->fack == flight || eng_sack_fack(c) != flight ||
	    eng_rtx_hi(c) >= flight || (c->bits & ENG_B_TLP_RTX))
		return;
	if (!eng_repairing(c) || seq_lt(c->high_seq, c->snd_nxt))
		rtt_sample(c, eng_max(eng_ms(now) - c->lsnd_ms, 1) * 1000);
}

/*
 * New data leaves, @end after its first segment: time that, unless another is
 * being timed or its ACK may have to wait for older data to be recovered. True
 * when a new round trip begins with it.
 */
bool eng_rtt_start(struct eng_conn *c, u32 end, u64 now)
{
	if ((c->bits & ENG_B_RTT) || eng_repairing(c))
		return false;
	c->bits |= ENG_B_RTT;
	c->bits &= ~ENG_B_SENT_AGAIN;
	c->rtt_seq = end;
	c->rtt_at = (u32)now;
	return true;
}

/* RFC 6298 section 5.5; stays backed off until the next sample (Karn). */
void eng_rto_backoff(struct eng_conn *c)
{
	c->rto_us = eng_min(c->rto_us * 2, ENG_RTO_MAX_US);
}
