// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blind attacks, RFC 5961: which ACK numbers can be the peer's, and the answer
 * to what can't. Resets and SYNs are told apart in rx.c, in the order of
 * RFC 9293's checks.
 */
#include "eng_conn.h"

/* RFC 5961 section 5.2: old within the largest window, not for unsent data. */
bool eng_ack_valid(const struct eng_conn *c, u32 ack)
{
	s32 d = seq_dist(ack, c->snd_una);

	return d <= (s32)eng_flight(c) && d >= -(s32)eng_snd_wnd_max(c);
}

/**
 * eng_ack_challenge - answer a segment that is not acceptable
 * @c: connection
 * @now: us
 *
 * RFC 5961 section 7: 10 in 5 seconds, spaced as Linux does it, on a clock of
 * 64 ms, whose wrap of 70 minutes no keepalive meets. ACKs for
 * payload never come here, so the limit can't mute them.
 */
void eng_ack_challenge(struct eng_conn *c, u64 now)
{
	u16 at = (u16)(eng_ms(now) / 64);

	at = (u16)eng_max(at, 1);
	if (c->challenge && (u16)(at - c->challenge) < ENG_CHALLENGE_GAP)
		return;
	c->challenge = at;
	c->bits |= ENG_B_ACK;
}
