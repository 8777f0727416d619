// SPDX-License-Identifier: GPL-2.0-only
/*
 * An end that the engine runs: its caller, which does what the engine wants
 * done, and the host it belongs to, which takes the connection back when the
 * engine asks for it, at random, and when the engine died.
 */
#include "sim.h"

#define PUMP_MAX	20000

static void nic_actions(struct sim_end *e, const struct eng_act *a,
			const struct sim_pkt *p);

/* Nothing comes from the engine any more; the host answers what still comes */
static bool nic_over(const struct sim_end *e)
{
	return e->nic.time_wait || end_done(e);
}

static u32 nic_una(const struct sim_end *e)
{
	return e->iss + (u32)e->acked + e->fin_acked;
}

static u32 nic_rcv(const struct sim_end *e)
{
	return e->irs + (u32)e->rcvd + e->fin_rcvd;
}

static void nic_emit(struct sim_end *e, const struct eng_tx *t, u32 nxt_before)
{
	struct sim_pkt p = { 0 };

	check_tx(e, t, nxt_before);
	p.from = e->idx;
	p.off = sim_off(t->seq, e->iss, e->acked);
	p.seq = t->seq;
	p.ack = t->ack;
	p.len = t->len;
	p.wnd = t->wnd;
	p.segs = t->segs;
	p.mss = t->mss;
	p.ip_id = t->ip_id;
	p.flags = t->flags;
	p.ecn = t->ecn;
	p.nopt = (u8)eng_build_opts(t, p.opt);
	e->nic.rtx += t->kind == ENG_TX_RTX;
	net_send(&p);
}

static void nic_pump(struct sim_end *e)
{
	struct eng_conn *c = &e->nic.c;
	u32 before = eng_snd_nxt(c), n = 0;
	struct eng_tx t;
	bool said;

	if (e->nic.time_wait)
		return;
	while (said = eng_pending(c, sim_now),
	       eng_next(c, sim_now, sim_cfg.max_len, &t)) {
		if (!said)
			sim_fail(e, "eng_pending() missed a segment");
		if (eng_frozen(c) && t.len)
			sim_fail(e, "frozen, yet it sends data");
		nic_emit(e, &t, before);
		before = eng_snd_nxt(c);
		if (++n > PUMP_MAX) {
			sim_fail(e, "no end of segments");
			return;
		}
	}
	if (said)
		sim_fail(e, "eng_pending() promised a segment");
}

/* ---- the host ---------------------------------------------------------- */

static void nic_ring(struct sim_end *e, u8 flags)
{
	struct eng_host h = { 0 };
	struct eng_act a;

	if (e->nic.granted < e->read + e->buf)
		e->nic.granted = e->read + e->buf;
	h.write_seq = e->iss + (u32)e->posted;
	h.snd_una = nic_una(e);
	h.rcv_nxt = nic_rcv(e);
	h.rcv_edge = e->irs + (u32)e->nic.granted;
	h.flags = flags | (e->fin_posted ? ENG_HOST_FIN : 0);
	eng_host(&e->nic.c, &h, sim_now, &a);
	nic_actions(e, &a, NULL);
}

static void nic_take_over(struct sim_end *e, const struct eng_state *st)
{
	e->nic.paced = 0;
	if (!eng_import(&e->nic.c, st, sim_now)) {
		sim_fail(e, "state refused");
		return;
	}
	nic_ring(e, e->posted == e->acked ? 0 : ENG_HOST_PUSH);
}

static u8 host_state(const struct sim_end *e)
{
	if (!e->fin_posted)
		return e->fin_rcvd ? ENG_CLOSE_WAIT : ENG_ESTABLISHED;
	if (e->fin_rcvd)
		return e->nic.fin_last ? ENG_CLOSING : ENG_LAST_ACK;
	return e->fin_acked ? ENG_FIN_WAIT2 : ENG_FIN_WAIT1;
}

/* What an engine says it is has to be what its host believes, and has to be
 * the same after it was taken in again.
 */
static void nic_export(struct sim_end *e, struct eng_state *st)
{
	struct eng_state again;
	struct eng_conn copy;

	eng_export(&e->nic.c, st, sim_now);
	if (st->d.state != host_state(e) && !end_done(e))
		sim_fail(e, "state %u, host is in %u", st->d.state,
			 host_state(e));
	if (st->d.state >= ENG_TIME_WAIT)
		return;
	if (!eng_import(&copy, st, sim_now)) {
		sim_fail(e, "own state refused");
		return;
	}
	eng_export(&copy, &again, sim_now);
	if (st->d.snd_una != again.d.snd_una ||
	    st->d.snd_nxt != again.d.snd_nxt ||
	    st->d.rcv_nxt != again.d.rcv_nxt ||
	    st->d.rcv_edge != again.d.rcv_edge ||
	    st->d.snd_wnd != again.d.snd_wnd || st->d.cwnd != again.d.cwnd ||
	    st->d.ssthresh != again.d.ssthresh ||
	    st->d.ts_val != again.d.ts_val ||
	    st->d.ts_recent != again.d.ts_recent ||
	    st->d.ip_id != again.d.ip_id || st->d.rto_us != again.d.rto_us)
		sim_fail(e, "state changed on its way");
}

static void nic_freeze(struct sim_end *e, struct eng_state *st)
{
	eng_freeze(&e->nic.c, sim_now);
	nic_pump(e);
	if (eng_deadline(&e->nic.c, sim_now))
		sim_fail(e, "frozen, yet a timer runs");
	nic_export(e, st);
	end_drop_stored(e);
}

/* Upload and offload again; what was stored out of order is lost by that */
static void nic_move(struct sim_end *e)
{
	struct eng_state st;

	trace_note(e, "moves");
	e->nic.moves++;
	nic_freeze(e, &st);
	nic_take_over(e, &st);
}

/* The connection as a host knows it that was told nothing in the end */
static void host_rebuild(const struct sim_end *e, struct eng_state *st)
{
	const struct eng_view *v = &e->nic.view;
	struct eng_delegated *d = &st->d;

	*st = e->nic.base;
	memset(d, 0, sizeof(*d));
	d->state = host_state(e);
	d->snd_una = nic_una(e);
	d->snd_nxt = e->iss + (u32)e->posted + e->fin_posted;
	d->snd_wnd = eng_sub0(v->snd_wnd, d->snd_una - v->snd_una);
	d->max_snd_wnd = d->snd_wnd;
	d->rcv_nxt = nic_rcv(e);
	d->snd_wl1 = d->rcv_nxt;
	d->rcv_edge = e->irs + (u32)e->nic.granted;
	if (seq_lt(d->rcv_edge, d->rcv_nxt))
		d->rcv_edge = d->rcv_nxt;
	d->cwnd = v->cwnd;
	d->ssthresh = v->ssthresh;
	d->srtt_us = v->srtt_us;
	d->rttvar_us = v->rttvar_us;
	d->min_rtt_us = v->min_rtt_us;
	d->ts_recent = v->ts_recent;
	d->ts_val = sim_ts(e);
	d->timer_us = d->snd_nxt != d->snd_una ? ENG_TIMER_NOW : ENG_TIMER_OFF;
}

/* Nothing but host memory is left: what was posted may have been sent */
static void nic_die(struct sim_end *e)
{
	struct eng_state st;

	trace_note(e, "dies and is built again");
	e->nic.deaths++;
	e->nic.ip_id_known = false;
	memset(&e->nic.c, 0xa5, sizeof(e->nic.c));
	end_drop_stored(e);
	host_rebuild(e, &st);
	e->nic.sent = e->posted + e->fin_posted;
	nic_take_over(e, &st);
}

/* The host's own stack says where it is */
static void host_ack(struct sim_end *e)
{
	struct sim_pkt p = { 0 };
	struct eng_tx t = { 0 };

	t.has_ts = !!(sim_cfg.flags & ENG_F_TSTAMP);
	t.tsval = sim_ts(e);
	t.tsecr = e->nic.view.ts_recent;
	p.from = e->idx;
	p.flags = ENG_TH_ACK;
	p.segs = 1;
	p.mss = (u16)e->mss;
	p.off = e->nic.sent;
	p.seq = e->iss + (u32)e->nic.sent;
	p.ack = nic_rcv(e);
	p.wnd = (u16)sim_min((e->nic.promised - e->rcvd) >> e->wscale, 65535);
	p.nopt = (u8)eng_build_opts(&t, p.opt);
	net_send(&p);
}

/* The payload that is next in order, as far as the host has room */
static u32 host_payload(struct sim_end *e, const struct sim_pkt *p)
{
	u32 skip = e->irs + (u32)e->rcvd - p->seq, n;

	if (p->off > e->rcvd || skip >= p->len || e->fin_rcvd)
		return 0;
	n = sim_min(p->len - skip, e->nic.granted - e->rcvd);
	end_place(e, e->rcvd, p->off + skip, n);
	end_deliver(e, n);
	return n;
}

static bool host_ack_field(struct sim_end *e, const struct sim_pkt *p)
{
	u64 off = sim_off(p->ack, e->iss, e->acked);

	if (off <= e->acked + e->fin_acked || off > e->nic.sent)
		return false;
	end_acked(e, off);
	return true;
}

/* A segment that the engine gave back goes through the host's stack */
static void host_segment(struct sim_end *e, const struct sim_pkt *p,
			 struct eng_delegated *d)
{
	host_payload(e, p);
	if ((p->flags & ENG_TH_FIN) && !e->fin_rcvd &&
	    p->off + p->len == e->rcvd) {
		end_fin(e);
		e->nic.fin_last = e->fin_posted;
	}
	if (host_ack_field(e, p)) {
		d->snd_una = nic_una(e);
		d->snd_wnd = (u32)p->wnd << sim_other(e)->wscale;
		d->snd_wl1 = p->seq;
		d->dup_acks = 0;
	}
	host_ack(e);
	d->state = host_state(e);
	d->rcv_nxt = nic_rcv(e);
	d->rcv_edge = seq_max(d->rcv_edge, d->rcv_nxt);
}

/* The engine wanted the host to have it; the host offloads it again */
static void nic_upload(struct sim_end *e, const struct eng_act *a,
		       const struct sim_pkt *p)
{
	struct eng_state st;

	trace_note(e, "upload, reason %u", a->upload);
	e->nic.moves++;
	if (eng_pending(&e->nic.c, sim_now) || eng_deadline(&e->nic.c, sim_now))
		sim_fail(e, "active after an upload");
	nic_freeze(e, &st);
	switch ((enum eng_upload)a->upload) {
	case ENG_UPLOAD_CLOSING:
	case ENG_UPLOAD_URGENT:
		if (a->upload == ENG_UPLOAD_URGENT &&
		    !(p->flags & ENG_TH_URG))
			sim_fail(e, "urgent data where none is");
		host_segment(e, p, &st.d);
		break;
	case ENG_UPLOAD_TIMEOUT:
		st.d.retries = 0;
		break;
	case ENG_UPLOAD_NONE:
	case ENG_UPLOAD_RESET:
	case ENG_UPLOAD_SEGMENT:
		sim_fail(e, "upload for no reason, %u", a->upload);
		return;
	}
	if (end_done(e))
		e->nic.time_wait = true;
	else
		nic_take_over(e, &st);
}

/* It came another way and the host's stack had it before anyone could tell */
static bool host_stray(struct sim_end *e, const struct sim_pkt *p)
{
	const u8 odd = ENG_TH_FIN | ENG_TH_SYN | ENG_TH_URG;
	bool used;

	if ((p->flags & odd) || !sim_chance(5000))
		return false;
	used = host_payload(e, p);
	used |= host_ack_field(e, p);
	if (!used)
		return false;
	trace_note(e, "stray, the host has %llu and sent %llu",
		   (unsigned long long)e->rcvd, (unsigned long long)e->acked);
	e->nic.strays++;
	nic_ring(e, 0);
	return true;
}

/* ---- the engine's caller ----------------------------------------------- */

static void act_payload(struct sim_end *e, const struct eng_act *a,
			const struct sim_pkt *p)
{
	u32 skip;

	if (a->flags & ENG_ACT_STORE) {
		skip = a->store_seq - p->seq;
		end_place(e, sim_off(a->store_seq, e->irs, e->rcvd),
			  p->off + skip, a->store_len);
		if (skip > p->len || a->store_len > p->len - skip)
			sim_fail(e, "stored what did not come");
	}
	if (!(a->flags & ENG_ACT_DELIVER))
		return;
	if (a->deliver_seq != nic_rcv(e) || !a->deliver_len)
		sim_fail(e, "delivery not at rcv_nxt");
	skip = p ? a->deliver_seq - p->seq : 0;
	if (p && skip < p->len)
		end_place(e, e->rcvd, p->off + skip,
			  sim_min(p->len - skip, a->deliver_len));
	end_deliver(e, a->deliver_len);
}

static void nic_actions(struct sim_end *e, const struct eng_act *a,
			const struct sim_pkt *p)
{
	act_payload(e, a, p);
	if (a->flags & ENG_ACT_FIN)
		end_fin(e);
	if (a->flags & ENG_ACT_DROP_OOO)
		end_drop_stored(e);
	if (a->flags & ENG_ACT_ACKED)
		end_acked(e, sim_off(eng_snd_una(&e->nic.c), e->iss, e->acked));
	if ((a->flags & ENG_ACT_FIN_ACKED) && !e->fin_acked)
		sim_fail(e, "FIN not ACKed");
	e->nic.rtos += !!(a->flags & ENG_ACT_RTO);
	e->nic.fast += !!(a->flags & ENG_ACT_FAST_RTX);
	if (a->flags & ENG_ACT_UPLOAD)
		nic_upload(e, a, p);
	else if (a->flags)
		eng_view(&e->nic.c, &e->nic.view);
}

static void nic_seg_fill(struct sim_end *e, const struct sim_pkt *p,
			 struct eng_seg *seg)
{
	memset(seg, 0, sizeof(*seg));
	if (!eng_parse_opts(p->opt, p->nopt, seg))
		sim_fail(e, "valid options refused");
	seg->seq = p->seq;
	seg->ack = p->ack;
	seg->len = p->len;
	seg->wnd = p->wnd;
	seg->segs = p->segs;
	seg->flags = p->flags;
	seg->ce = p->ecn == 3;
}

static void nic_note_window(struct sim_end *e, const struct sim_pkt *p)
{
	u64 off = sim_off(p->ack, e->iss, e->acked);

	if ((p->flags & ENG_TH_SYN) || off > e->nic.sent)
		return;
	off += (u64)p->wnd << sim_other(e)->wscale;
	if (e->nic.allowed < off)
		e->nic.allowed = off;
}

/* The program asks for another rate, or for none */
static void nic_repace(struct sim_end *e)
{
	struct eng_cached *h = &e->nic.base.h;
	u32 cwnd = e->nic.view.cwnd;

	h->pacing_rate = sim_rnd(4) ? sim_rate() : 0;
	trace_note(e, "to be paced at %llu",
		   (unsigned long long)h->pacing_rate);
	e->nic.paced = 0;
	eng_update(&e->nic.c, h, sim_now);
	nic_pump(e);
	check_event(e, cwnd);
}

/* After every event: emit, look, and now and then pull the rug away */
static void nic_settle(struct sim_end *e)
{
	u32 cwnd = e->nic.view.cwnd;

	nic_pump(e);
	eng_view(&e->nic.c, &e->nic.view);
	check_event(e, cwnd);
	if (sim_cfg.pace && !nic_over(e) && sim_chance(300))
		nic_repace(e);
	if (!sim_cfg.moves || nic_over(e) || !sim_chance(400))
		return;
	cwnd = e->nic.view.cwnd;
	if (sim_rnd(2))
		nic_move(e);
	else
		nic_die(e);
	nic_pump(e);
	check_event(e, eng_max(cwnd, e->nic.view.cwnd));
}

static void nic_segment(struct sim_end *e, const struct sim_pkt *p)
{
	const u16 used = ENG_ACT_DELIVER | ENG_ACT_STORE | ENG_ACT_DUP;
	bool gap = e->high > e->rcvd;
	u64 rcvd = e->rcvd;
	struct eng_seg seg;
	struct eng_act a;

	if (nic_over(e)) {
		if (p->len || (p->flags & ENG_TH_FIN))
			host_ack(e);
		return;
	}
	nic_note_window(e, p);
	if (!sim_cfg.strays || !host_stray(e, p)) {
		nic_seg_fill(e, p, &seg);
		eng_rx(&e->nic.c, &seg, sim_now, &a);
		nic_actions(e, &a, p);
		e->nic.gap = p->len && (gap || e->high > e->rcvd) &&
			     (a.flags & used) && !(a.flags & ENG_ACT_UPLOAD);
	}
	if (sim_cfg.bulk && e->rcvd != rcvd && !nic_over(e))
		nic_ring(e, end_app(e) ? ENG_HOST_PUSH : 0);
	nic_settle(e);
}

static u64 nic_deadline(const struct sim_end *e)
{
	u64 at = nic_over(e) ? 0 : eng_deadline(&e->nic.c, sim_now);

	return at ? at + sim_cfg.late : 0;
}

static void nic_run(struct sim_end *e)
{
	u64 at = nic_deadline(e);
	struct eng_act a;

	if (at && at <= sim_now) {
		eng_timer(&e->nic.c, sim_now, &a);
		nic_actions(e, &a, NULL);
		nic_settle(e);
	}
	if (!e->next_app || e->next_app > sim_now)
		return;
	if (nic_over(e)) {
		end_app(e);
		return;
	}
	nic_ring(e, end_app(e) ? ENG_HOST_PUSH : 0);
	nic_settle(e);
}

static void nic_mtu(struct sim_end *e)
{
	e->nic.base.h.mss = (u16)e->mss;
	if (nic_over(e))
		return;
	eng_update(&e->nic.c, &e->nic.base.h, sim_now);
	nic_settle(e);
}

static void nic_start(struct sim_end *e)
{
	struct sim_end *o = sim_other(e);
	struct eng_state *b = &e->nic.base, st;
	u32 unit = 1u << o->wscale;

	b->c.flags = sim_cfg.flags;
	b->c.cc = sim_cfg.cc;
	b->c.rcv_wscale = e->wscale;
	b->c.snd_wscale = o->wscale;
	b->h.mss = (u16)e->mss;
	b->h.rto_min_us = 200000;
	b->h.max_retries = 15;
	b->h.pacing_rate = sim_cfg.pace;
	b->h.flags = sim_chance(30000) ? ENG_C_NODELAY : 0;
	e->nic.view.snd_una = e->iss;
	e->nic.view.snd_wnd = sim_min(o->buf, 65535u * unit) / unit * unit;
	e->nic.view.cwnd = 10 * e->mss;
	e->nic.view.ssthresh = 0x7fffffff;
	e->nic.view.min_rtt_us = ~0u;
	e->nic.view.ts_recent = sim_ts(o);
	e->nic.allowed = e->nic.view.snd_wnd;
	e->nic.granted = sim_min(e->buf, 65535u << e->wscale) >> e->wscale
			 << e->wscale;
	e->nic.promised = e->nic.granted;
	host_rebuild(e, &st);
	st.d.timer_us = ENG_TIMER_OFF;
	nic_take_over(e, &st);
}

const struct sim_end_ops nic_ops = {
	.start = nic_start,
	.segment = nic_segment,
	.deadline = nic_deadline,
	.run = nic_run,
	.mtu = nic_mtu,
};

/* ---- someone who guesses ----------------------------------------------- */

/*
 * RFC 5961: what comes with a right address but a wrong guess changes nothing,
 * and is answered by a challenge ACK at most. Every forged segment is wrong in
 * one way.
 */
static void forge(const struct sim_end *e, struct eng_seg *s)
{
	u32 wnd = eng_rcv_edge(&e->nic.c) - eng_rcv_nxt(&e->nic.c);

	s->flags = ENG_TH_ACK;
	s->seq = eng_rcv_nxt(&e->nic.c);
	s->ack = eng_snd_una(&e->nic.c);
	s->wnd = (u16)sim_rnd(65536);
	s->len = sim_rnd(3) ? sim_rnd(e->mss) : 0;
	s->segs = 1;
	switch (sim_rnd(6)) {
	case 0:				/* RST in the window, not exact */
		s->flags = ENG_TH_RST | (sim_rnd(2) ? ENG_TH_ACK : 0);
		s->seq += 1 + sim_rnd(wnd);
		break;
	case 1:				/* SYN, anywhere */
		s->flags = ENG_TH_SYN | (sim_rnd(2) ? ENG_TH_ACK : 0);
		s->seq = sim_rnd(0xffffffff);
		break;
	case 2:				/* ACK of what was not sent */
		s->ack = eng_snd_nxt(&e->nic.c) + 1 + sim_rnd(0x7000000);
		break;
	case 3:				/* ACK older than any window */
		s->ack -= (65535u << sim_other(e)->wscale) + 1 +
			  sim_rnd(0x100000);
		break;
	case 4:				/* data outside of the window */
		s->seq += wnd + 1 + sim_rnd(0x7000000);
		break;
	case 5:				/* no ACK */
		s->flags = sim_rnd(2) ? ENG_TH_PSH : 0;
		break;
	}
}

void nic_forge(struct sim_end *e)
{
	const u16 harm = ENG_ACT_DELIVER | ENG_ACT_STORE | ENG_ACT_DROP_OOO |
			 ENG_ACT_ACKED | ENG_ACT_FIN | ENG_ACT_FIN_ACKED |
			 ENG_ACT_WND | ENG_ACT_UPLOAD;
	struct eng_view before, after;
	struct eng_seg s = { 0 };
	struct eng_act a;

	if (e->ops != &nic_ops || nic_over(e))
		return;
	forge(e, &s);
	trace_note(e, "forged: flags %x seq %d ack %d +%u", s.flags,
		   (int)(s.seq - nic_rcv(e)), (int)(s.ack - nic_una(e)), s.len);
	eng_view(&e->nic.c, &before);
	eng_rx(&e->nic.c, &s, sim_now, &a);
	eng_view(&e->nic.c, &after);
	if ((a.flags & harm) || memcmp(&before, &after, sizeof(after)))
		sim_fail(e, "a forged segment had an effect, actions %x",
			 a.flags);
	if (!a.drop && !eng_frozen(&e->nic.c))
		sim_fail(e, "a forged segment was not counted");
	e->nic.tried++;
	nic_settle(e);
}
