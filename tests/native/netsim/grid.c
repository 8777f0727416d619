// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goodput over loss and round trip time, two engines on a perfect computer:
 *
 *	grid			the table, as CSV
 *	grid --check FILE	and compared with a stored one
 *
 * A cell is the mean of the middle half of its runs, since a few that back off
 * far would hide all others, and that as percentage of what the window allows,
 * which is one window per round trip.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sim.h"

#define GRID_MSS	1448
#define GRID_RUNS	200
#define GRID_BYTES	3000000u
#define GRID_FALL	0.9		/* a cell below this share is worse */
#define NR(a)		(sizeof(a) / sizeof((a)[0]))

#define NR_CCS		2	/* DCTCP needs marks to differ from Reno */

static const char * const names[NR_CCS] = {
	[ENG_CC_RENO] = "reno", [ENG_CC_CUBIC] = "cubic",
};

static const u32 bufs[] = { 32768, 262144 };
static const u32 rtts[] = { 100, 1000, 10000, 100000 };
static const u32 losses[] = { 0, 100, 1000, 2000, 5000, 10000, 20000, 30000 };

struct cell {
	u32 cc, buf, rtt, loss;
	double kbps, percent;
	bool bad;
};

#define NR_CELLS	(NR_CCS * NR(bufs) * NR(rtts) * NR(losses))

static void cell_init(struct cell *c, u32 i)
{
	c->loss = losses[i % NR(losses)];
	i /= NR(losses);
	c->rtt = rtts[i % NR(rtts)];
	i /= NR(rtts);
	c->buf = bufs[i % NR(bufs)];
	c->cc = i / NR(bufs);
}

static void cell_cfg(const struct cell *c, u32 run)
{
	int k;

	sim_seed(run);
	memset(&sim_cfg, 0, sizeof(sim_cfg));
	sim_cfg.loss = c->loss;
	sim_cfg.rtt = c->rtt;
	sim_cfg.mss = GRID_MSS;
	sim_cfg.max_len = 65536;
	sim_cfg.flags = ENG_F_TSTAMP | ENG_F_SACK | ENG_F_WSCALE;
	sim_cfg.cc = (u8)c->cc;
	sim_cfg.bulk = true;
	for (k = 0; k < 2; k++) {
		sim_ends[k].buf = c->buf;
		sim_ends[k].wscale = 7;
		sim_ends[k].iss = sim_rnd(~0u);
		sim_ends[k].total = k ? 0 : GRID_BYTES;
	}
}

static int faster(const void *a, const void *b)
{
	const u64 *p = a, *q = b;

	return *p < *q ? -1 : *p > *q;
}

static void cell_run(struct cell *c)
{
	u64 time[GRID_RUNS], sum = 0;
	u32 i;

	for (i = 0; i < GRID_RUNS; i++) {
		cell_cfg(c, i + 1);
		if (!sim_run()) {
			printf("run %u: %s\n", i + 1, sim_failure());
			c->bad = true;
			return;
		}
		time[i] = sim_now;
	}
	qsort(time, GRID_RUNS, sizeof(time[0]), faster);
	for (i = GRID_RUNS / 4; i < GRID_RUNS * 3 / 4; i++)
		sum += time[i];
	c->kbps = GRID_BYTES * 1000.0 * (GRID_RUNS / 2) / (double)sum;
	c->percent = 100 * c->kbps * c->rtt / 1000 / c->buf;
}

/* Cells are independent, so that all processors can have some */
static bool cells_run(struct cell *cells)
{
	long jobs = sysconf(_SC_NPROCESSORS_ONLN), j;
	bool ok = true;
	int status;
	u32 i;

	fflush(stdout);
	for (j = 0; j < jobs; j++) {
		if (fork())
			continue;
		for (i = (u32)j; i < NR_CELLS; i += (u32)jobs)
			cell_run(&cells[i]);
		fflush(stdout);
		_exit(0);
	}
	while (wait(&status) > 0)
		ok &= !status;
	return ok;
}

static void cells_print(const struct cell *c)
{
	u32 i;

	printf("cc,buffer,rtt_us,loss_percent,kbytes_per_s,percent_of_window\n");
	for (i = 0; i < NR_CELLS; i++, c++)
		printf("%s,%u,%u,%.1f,%.2f,%.3f\n", names[c->cc], c->buf,
		       c->rtt, c->loss / 1000.0, c->kbps, c->percent);
}

static bool stored_is(const struct cell *c, const char *line, double *kbps)
{
	char cc[16];
	double loss;
	u32 buf, rtt;

	return sscanf(line, "%15[^,],%u,%u,%lf,%lf", cc, &buf, &rtt, &loss,
		      kbps) == 5 && !strcmp(cc, names[c->cc]) &&
	       buf == c->buf && rtt == c->rtt &&
	       (u32)(loss * 1000 + 0.5) == c->loss;
}

/* A cell that nobody knows is as bad as one that fell */
static bool cell_check(const struct cell *c, FILE *f)
{
	char line[200];
	double old;

	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		if (!stored_is(c, line, &old))
			continue;
		if (c->kbps >= old * GRID_FALL)
			return true;
		printf("# %s, buffer %u, RTT %u us, loss %.1f %%: %.1f kB/s, was %.1f\n",
		       names[c->cc], c->buf, c->rtt, c->loss / 1000.0, c->kbps,
		       old);
		return false;
	}
	printf("# %s, buffer %u, RTT %u us, loss %.1f %%: not in the table\n",
	       names[c->cc], c->buf, c->rtt, c->loss / 1000.0);
	return false;
}

int main(int argc, char **argv)
{
	u32 i, bad = 0;
	struct cell *cells;
	FILE *f = NULL;

	if (argc == 3 && !strcmp(argv[1], "--check")) {
		f = fopen(argv[2], "r");
		if (!f) {
			perror(argv[2]);
			return 2;
		}
	} else if (argc != 1) {
		fprintf(stderr, "usage: grid [--check FILE]\n");
		return 2;
	}
	cells = mmap(NULL, NR_CELLS * sizeof(*cells), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (cells == MAP_FAILED) {
		perror("grid");
		return 2;
	}
	for (i = 0; i < NR_CELLS; i++)
		cell_init(&cells[i], i);
	if (!cells_run(cells))
		return 2;
	cells_print(cells);
	if (!f)
		return 0;
	for (i = 0; i < NR_CELLS; i++)
		bad += cells[i].bad || !cell_check(&cells[i], f);
	printf("%u passed, %u failed\n", (u32)NR_CELLS - bad, bad);
	return !!bad;
}
