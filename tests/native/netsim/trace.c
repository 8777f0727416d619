// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a run looks like to people: a ladder diagram, one line per segment that
 * leaves or arrives, A on the left, B on the right; and a pcap as it would be
 * captured at A.
 */
#include <stdarg.h>
#include "sim.h"

#define LINE		150
#define KEPT		120	/* lines that trace_dump() prints */
#define COLUMN		64
#define IP_HDR		20
#define TCP_HDR		20
#define PCAP_MAX	65535
#define LINKTYPE_RAW	101

bool trace_on;

static bool keeping;
static char kept[KEPT][LINE];
static u64 nr_lines;
static FILE *pcap;

void trace_start(bool keep)
{
	keeping = keep;
	nr_lines = 0;
}

static bool tracing(void)
{
	return trace_on || keeping;
}

static void line(const char *text)
{
	if (trace_on)
		printf("%s\n", text);
	if (keeping)
		snprintf(kept[nr_lines++ % KEPT], LINE, "%s", text);
}

void trace_dump(FILE *f)
{
	u64 i = nr_lines > KEPT ? nr_lines - KEPT : 0;

	fprintf(f, "%13s  %-*s  %s\n", "ms", COLUMN, "A", "B");
	if (i)
		fprintf(f, "%13s  (%llu lines before)\n", "...",
			(unsigned long long)i);
	for (; i < nr_lines; i++)
		fprintf(f, "%s\n", kept[i % KEPT]);
}

/* One line: in the left column when it happens at A, else in the right */
static void event(u8 at, const char *text)
{
	char buf[LINE];

	snprintf(buf, sizeof(buf), "%13.3f  %*s%s", (double)sim_now / 1000,
		 at ? COLUMN + 2 : 0, "", text);
	line(buf);
}

void trace_note(const struct sim_end *e, const char *fmt, ...)
{
	char text[LINE];
	va_list ap;
	int n;

	if (!tracing())
		return;
	n = snprintf(text, sizeof(text), "# ");
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	event(e->idx, text);
}

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void text_sack(const struct sim_pkt *p, char *buf, size_t size)
{
	const struct sim_end *to = &sim_ends[!p->from];
	u32 i = 0, k;
	int n = 0;

	buf[0] = 0;
	while (i + 1 < p->nopt && p->opt[i]) {
		if (p->opt[i] == 1) {
			i++;
			continue;
		}
		for (k = 2; p->opt[i] == 5 && k < p->opt[i + 1]; k += 8)
			n += snprintf(buf + n, size - (size_t)n, "%s%d-%d",
				      n ? "," : " sack ",
				      (int)(get32(p->opt + i + k) - to->iss),
				      (int)(get32(p->opt + i + k + 4) -
					    to->iss));
		i += p->opt[i + 1];
	}
}

static void text_pkt(const struct sim_pkt *p, char *buf, size_t size)
{
	static const char names[] = "FSRPAUEC";
	const struct sim_end *from = &sim_ends[p->from];
	char flags[9], sack[80];
	int i, n = 0;

	for (i = 0; i < 8; i++)
		if (p->flags & 1 << i)
			flags[n++] = names[i];
	flags[n] = 0;
	text_sack(p, sack, sizeof(sack));
	snprintf(buf, size, "%s %d+%u ack %d win %u%s", flags,
		 (int)(p->seq - from->iss), p->len, (int)(p->ack - from->irs),
		 (u32)p->wnd << from->wscale, sack);
}

/* ---- as bytes ---------------------------------------------------------- */

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static u16 sum(const u8 *p, u32 len, u32 s)
{
	for (; len > 1; len -= 2, p += 2)
		s += (u32)p[0] << 8 | p[1];
	if (len)
		s += (u32)p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (u16)~s;
}

u16 trace_csum(const u8 *img, u32 len)
{
	u32 n = len - IP_HDR, s = 6 + n, i;

	for (i = 12; i < IP_HDR; i += 2)
		s += (u32)img[i] << 8 | img[i + 1];
	return sum(img + IP_HDR, n, s);
}

/* Payload that tells where in the stream it was, for those who look at it */
static void image_payload(const struct sim_pkt *p, u8 *buf)
{
	u32 i;

	for (i = 0; i < p->len; i++)
		buf[i] = (u8)((p->off + i) % 251);
}

u32 trace_image(const struct sim_pkt *p, u8 *buf)
{
	u32 hdr = IP_HDR + TCP_HDR + p->nopt, len = hdr + p->len;
	u8 *th = buf + IP_HDR;

	memset(buf, 0, hdr);
	buf[0] = 0x45;
	buf[1] = p->ecn;
	put16(buf + 2, len > 65535 ? 0 : len);
	put16(buf + 4, p->ip_id);
	buf[6] = 0x40;
	buf[8] = 64;
	buf[9] = 6;
	put32(buf + 12, 0x0a000001 + p->from);
	put32(buf + 16, 0x0a000002 - p->from);
	put16(buf + 10, sum(buf, IP_HDR, 0));
	put16(th, 10000 + p->from);
	put16(th + 2, 10001 - p->from);
	put32(th + 4, p->seq);
	put32(th + 8, p->ack);
	th[12] = (u8)((TCP_HDR + p->nopt) / 4 << 4);
	th[13] = p->flags;
	put16(th + 14, p->wnd);
	memcpy(th + TCP_HDR, p->opt, p->nopt);
	image_payload(p, buf + hdr);
	put16(th + 16, trace_csum(buf, len));
	return len;
}

/* ---- pcap -------------------------------------------------------------- */

bool trace_pcap(const char *path)
{
	const u32 head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, PCAP_MAX,
			     LINKTYPE_RAW };

	pcap = fopen(path, "wb");
	return pcap && fwrite(head, sizeof(head), 1, pcap) == 1;
}

static void pcap_write(const struct sim_pkt *p)
{
	static u8 img[0x100000 + 128];
	u32 len = trace_image(p, img), n = sim_min(len, PCAP_MAX);
	const u32 head[] = { (u32)(sim_now / 1000000),
			     (u32)(sim_now % 1000000), n, len };

	fwrite(head, sizeof(head), 1, pcap);
	fwrite(img, n, 1, pcap);
}

void trace_end(void)
{
	if (pcap)
		fclose(pcap);
	pcap = NULL;
}

/* ---- segments ---------------------------------------------------------- */

void trace_sent(const struct sim_pkt *p, const char *fate)
{
	char text[LINE], seg[LINE - 30];

	if (pcap && !p->from)
		pcap_write(p);
	if (!tracing())
		return;
	text_pkt(p, seg, sizeof(seg));
	snprintf(text, sizeof(text), "%s %s%s%s", p->from ? "<--" : "-->", seg,
		 fate ? "  X " : "", fate ? fate : "");
	event(p->from, text);
}

void trace_came(const struct sim_pkt *p)
{
	char text[LINE], seg[LINE - 30];

	if (pcap && p->from)
		pcap_write(p);
	if (!tracing())
		return;
	text_pkt(p, seg, sizeof(seg));
	snprintf(text, sizeof(text), "%s %s", p->from ? "<<<" : ">>>", seg);
	event(!p->from, text);
}
