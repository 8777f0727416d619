/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of struct eng_delegated that struct eng_conn has under the same name
 * and in the same form, so that import and export take them as they are.
 */
#ifndef ENG_FIELDS_H
#define ENG_FIELDS_H

#define ENG_FIELD_IN(name)	c->name = d->name;
#define ENG_FIELD_OUT(name)	d->name = c->name;

/* Taken in and given back */
#define ENG_FIELDS_BOTH(F)						\
	F(state)							\
	F(retries)							\
	F(probes)							\
	F(snd_una)							\
	F(snd_nxt)							\
	F(snd_wnd)							\
	F(snd_wl1)							\
	F(rcv_nxt)							\
	F(rcv_edge)							\
	F(ssthresh)							\
	F(srtt_us)							\
	F(rttvar_us)							\
	F(min_rtt_us)							\
	F(ts_recent)							\
	F(high_seq)							\
	F(reo_persist)							\
	F(ip_id)

/* Checked on the way in */
#define ENG_FIELDS_BACK(F)						\
	F(cwnd)								\
	F(rto_us)							\
	F(reo_mult)							\
	F(dup_acks)

#endif /* ENG_FIELDS_H */
