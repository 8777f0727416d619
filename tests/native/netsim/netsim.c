// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs with random configurations. A seed decides on everything, so that one
 * that fails replays exactly.
 *
 *	netsim [--seeds N] [--seed0 FIRST] [--jobs N]
 *	netsim --seed N [-v] [--pcap FILE]
 *
 * --fail-at N with either: as if the Nth packet had been wrong.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "sim.h"

#define PICK(a) (a)[sim_rnd(sizeof(a) / sizeof((a)[0]))]
#define SHOWN		3		/* ladders, at most */

/* What was met on the way, so that nobody has to believe it was */
struct sums {
	u64 passed, failed, peers;
	u64 moves, deaths, strays, tried, rtos, fast, rtx;
	u64 pkts, lost, corrupt, marked, too_big;
};

static struct sums sums;
static u32 fail_at;

/* ---- from a seed to a configuration ------------------------------------ */

static void cfg_network(struct sim_cfg *k)
{
	static const u32 losses[] = { 0, 0, 100, 1000, 2000, 5000, 10000, 20000,
				      30000 };
	static const u32 rtts[] = { 100, 1000, 10000, 100000 };

	k->loss = PICK(losses);
	k->rtt = PICK(rtts);
	k->ack_loss = sim_rnd(3) ? 0 : sim_rnd(30000);
	k->reorder = sim_rnd(2) ? sim_rnd(20000) : 0;
	k->dup = sim_rnd(2) ? sim_rnd(5000) : 0;
	k->corrupt = sim_rnd(3) ? 0 : sim_rnd(3000);
	k->forge = sim_rnd(3) ? 0 : sim_rnd(5000);
	k->ce = sim_rnd(2) ? 0 : sim_rnd(20000);
	k->mtu = sim_rnd(4) ? 0 : sim_rnd(2000);
	k->rate = sim_rnd(3) ? 0 : 100 + sim_rnd(20000);
	k->queue_us = 1000 + sim_rnd(2 * k->rtt);
	k->late = sim_rnd(2) ? 0 : sim_rnd(4000);
	k->gro = sim_rnd(2);
}

/* Nothing is wrong with it at all: see check_clean() */
static void cfg_perfect(struct sim_cfg *k)
{
	u32 rtt = k->rtt, late = k->late;
	bool gro = k->gro;

	memset(k, 0, sizeof(*k));
	k->rtt = rtt;
	k->late = late;
	k->gro = gro;
}

static void cfg_ends(struct sim_cfg *k)
{
	static const u32 bufs[] = { 3000, 16384, 65536, 250000 };
	static const u32 msss[] = { 100, 536, 1448, 8948 };
	u32 most = k->loss > 5000 ? 40 : 100, i;
	bool scale;

	k->mss = PICK(msss);
	k->max_len = sim_rnd(3) ? sim_rnd(65536) : k->mss;
	k->flags = (sim_rnd(4) ? ENG_F_TSTAMP : 0) |
		   (sim_rnd(4) ? ENG_F_SACK : 0);
	scale = sim_rnd(3);
	k->flags |= scale ? ENG_F_WSCALE : 0;
	k->flags |= sim_rnd(2) ? ENG_F_ECN : 0;
	k->cc = (u8)sim_rnd(__ENG_CC_MAX);
	for (i = 0; i < 2; i++) {
		struct sim_end *e = &sim_ends[i];

		e->buf = PICK(bufs);
		e->iss = sim_rnd(2) ? sim_rnd(~0u) : 0u - sim_rnd(60000);
		e->total = sim_rnd(3) ? sim_rnd(k->mss * most) : 0;
		e->wscale = scale ? (u8)(sim_rnd(8) ? sim_rnd(8) :
					 sim_rnd(15)) : 0;
		/* a window that can't be advertised is none */
		while (e->wscale && (e->buf >> e->wscale) < 8)
			e->wscale--;
	}
}

static void cfg_seed(u64 seed)
{
	struct sim_cfg *k = &sim_cfg;

	sim_seed(seed);
	memset(k, 0, sizeof(*k));
	cfg_network(k);
	k->moves = sim_rnd(2);
	k->strays = !sim_rnd(3);
	k->peer = !sim_rnd(3);
	if (k->peer)
		k->odd = sim_rnd(~0u) & sim_rnd(~0u) & ODD_ALL;
	if (!sim_rnd(8))
		cfg_perfect(k);
	k->pauses = sim_rnd(4);
	cfg_ends(k);
	k->pace = sim_rnd(4) ? 0 : sim_rate();
	k->fail_at = fail_at;
}

static void cfg_print(u64 seed)
{
	const struct sim_cfg *k = &sim_cfg;
	int i;

	printf("seed %llu: loss %u ack-loss %u reorder %u dup %u corrupt %u",
	       (unsigned long long)seed, k->loss, k->ack_loss, k->reorder,
	       k->dup, k->corrupt);
	printf(" forge %u ce %u mtu %u rtt %u rate %u queue %u late %u",
	       k->forge, k->ce, k->mtu, k->rtt, k->rate, k->queue_us, k->late);
	printf(" pace %llu\n", (unsigned long long)k->pace);
	printf("  mss %u max-len %u flags %x cc %u%s%s%s%s peer %s odd %x\n",
	       k->mss, k->max_len, k->flags, k->cc, k->gro ? " gro" : "",
	       k->moves ? " moves" : "", k->strays ? " strays" : "",
	       k->pauses ? " pauses" : "", k->peer ? "reference" : "engine",
	       k->odd);
	for (i = 0; i < 2; i++)
		printf("  %s: %llu bytes to send, buffer %u, scale %u, iss %u\n",
		       i ? "B" : "A", (unsigned long long)sim_ends[i].total,
		       sim_ends[i].buf, sim_ends[i].wscale, sim_ends[i].iss);
}

/* ---- runs -------------------------------------------------------------- */

static void sums_end(const struct sim_end *e)
{
	sums.moves += e->nic.moves;
	sums.deaths += e->nic.deaths;
	sums.strays += e->nic.strays;
	sums.tried += e->nic.tried;
	sums.rtos += e->nic.rtos;
	sums.fast += e->nic.fast;
	sums.rtx += e->nic.rtx;
}

/* A second time, to be looked at, and to see that it is the same */
static void replay(u64 seed)
{
	u64 at = sim_now, digest = net_digest;

	cfg_seed(seed);
	cfg_print(seed);
	trace_start(true);
	if (sim_run() || sim_now != at || net_digest != digest)
		printf("seed %llu DID NOT REPLAY\n", (unsigned long long)seed);
	trace_dump(stdout);
	trace_start(false);
	printf("seed %llu: %s\n  again: netsim --seed %llu [-v] [--pcap FILE]\n",
	       (unsigned long long)seed, sim_failure(),
	       (unsigned long long)seed);
	fflush(stdout);
}

static void run_seed(u64 seed)
{
	bool ok;

	cfg_seed(seed);
	ok = sim_run();
	if (ok)
		sums.passed++;
	else if (++sums.failed <= SHOWN)
		replay(seed);
	else
		printf("seed %llu: %s\n", (unsigned long long)seed,
		       sim_failure());
	sums.peers += sim_cfg.peer;
	sums_end(&sim_ends[0]);
	sums_end(&sim_ends[1]);
}

static int run_one(u64 seed, const char *pcap)
{
	bool ok;

	if (pcap && !trace_pcap(pcap)) {
		perror(pcap);
		return 2;
	}
	cfg_seed(seed);
	cfg_print(seed);
	trace_start(!trace_on);
	ok = sim_run();
	if (!ok && !trace_on)
		trace_dump(stdout);
	trace_end();
	if (!ok)
		printf("seed %llu: %s\n", (unsigned long long)seed,
		       sim_failure());
	printf("# packets: %016llx\n", (unsigned long long)net_digest);
	printf("%d passed, %d failed\n", ok, !ok);
	return !ok;
}

/* ---- many at once ------------------------------------------------------ */

static pid_t job_start(u64 first, u64 end, u64 step, int *from)
{
	int fds[2];
	pid_t pid;
	u64 s;

	fflush(stdout);
	if (pipe(fds))
		return -1;
	pid = fork();
	if (pid) {
		close(fds[1]);
		*from = fds[0];
		return pid;
	}
	for (s = first; s < end; s += step)
		run_seed(s);
	sums.pkts = net_stats.pkts;
	sums.lost = net_stats.lost;
	sums.corrupt = net_stats.corrupt;
	sums.marked = net_stats.marked;
	sums.too_big = net_stats.too_big;
	fflush(stdout);
	if (write(fds[1], &sums, sizeof(sums)) != sizeof(sums))
		_exit(1);
	_exit(0);
}

static bool job_end(pid_t pid, int from)
{
	u64 *to = (u64 *)&sums, i;
	struct sums part;
	int status;
	bool ok;

	ok = read(from, &part, sizeof(part)) == sizeof(part);
	close(from);
	if (waitpid(pid, &status, 0) != pid || !ok || status)
		return false;
	for (i = 0; i < sizeof(sums) / sizeof(*to); i++)
		to[i] += ((u64 *)&part)[i];
	return true;
}

static void sums_print(void)
{
	const struct {
		const char *what;
		u64 n;
	} all[] = {
		{ "runs with a reference peer", sums.peers },
		{ "packets", sums.pkts }, { "lost", sums.lost },
		{ "bit errors", sums.corrupt }, { "CE marks", sums.marked },
		{ "too big", sums.too_big }, { "uploads", sums.moves },
		{ "deaths", sums.deaths }, { "strays", sums.strays },
		{ "forged", sums.tried }, { "time-outs", sums.rtos },
		{ "recoveries", sums.fast }, { "sent again", sums.rtx },
	};
	u32 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		printf("%s%llu %s", i ? ", " : "# ",
		       (unsigned long long)all[i].n, all[i].what);
	printf("\n");
}

static int run_many(u64 first, u64 seeds, u32 jobs)
{
	pid_t pid[64];
	int from[64];
	u32 i;

	for (i = 0; i < jobs; i++)
		pid[i] = job_start(first + i, first + seeds, jobs, &from[i]);
	for (i = 0; i < jobs; i++)
		if (pid[i] < 0 || !job_end(pid[i], from[i])) {
			printf("job %u died\n", i);
			sums.failed++;
		}
	sums_print();
	printf("%llu passed, %llu failed\n", (unsigned long long)sums.passed,
	       (unsigned long long)sums.failed);
	return !!sums.failed;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: netsim [--seeds N] [--seed0 FIRST] [--jobs N]\n"
		"       netsim --seed N [-v] [--pcap FILE]\n"
		"       --fail-at N: as if the Nth packet had been wrong\n");
	return 2;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u64 seeds = 10000, first = 1, one = 0;
	u32 jobs = cpus > 0 && cpus < 64 ? (u32)cpus : 1;
	const char *pcap = NULL;
	int i;

	for (i = 1; i < argc; i++) {
		const char *arg = argv[i], *val = argv[i + 1];

		if (!strcmp(arg, "-v")) {
			trace_on = true;
			continue;
		}
		if (!val)
			return usage();
		if (!strcmp(arg, "--seeds"))
			seeds = strtoull(val, NULL, 0);
		else if (!strcmp(arg, "--seed0"))
			first = strtoull(val, NULL, 0);
		else if (!strcmp(arg, "--seed"))
			one = strtoull(val, NULL, 0);
		else if (!strcmp(arg, "--jobs"))
			jobs = (u32)strtoul(val, NULL, 0);
		else if (!strcmp(arg, "--fail-at"))
			fail_at = (u32)strtoul(val, NULL, 0);
		else if (!strcmp(arg, "--pcap"))
			pcap = val;
		else
			return usage();
		i++;
	}
	if (!jobs || jobs > 64 || !seeds || ((pcap || trace_on) && !one))
		return usage();
	return one ? run_one(one, pcap) : run_many(first, seeds, jobs);
}
