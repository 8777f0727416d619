// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU plugin that counts the instructions of a guest, exactly and without
 * disturbing it: by function, and by domain, which is on whose account a
 * function works at that moment. A memory copy is the NIC's when the NIC calls
 * it and the host's when a system call does.
 *
 *	-plugin count.so,symbols=FILE,rules=FILE,out=FILE
 *
 * symbols: the guest's /proc/kallsyms, which the guest puts there itself.
 * rules: which functions change the domain, see ../domains.
 * out: `DOMAIN FUNCTION MODULE INSTRUCTIONS` for each pair that ran, and a
 * last line `end`.
 *
 * The guest commands it by an instruction that does nothing, nopl with the
 * displacement COUNT_MARK + command (see mark.h).
 *
 * Domains. At the entry of a function with a domain of its own, that domain
 * begins; it ends when a return takes its address from where that function's
 * return address lies on the stack, or from above. A plugin can't read the
 * stack pointer, but the addresses of loads and stores: the first push, call or
 * return after the entry tells. So tail calls and thunks do no harm. In user
 * mode there is nothing to come back to: it is always the host. Each task has
 * its own domains, by its stack: a NIC's thread may sleep.
 *
 * One virtual CPU only, which -icount demands anyway.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mark.h"
#include "qemu_plugin.h"

#define NO_REGS		QEMU_PLUGIN_CB_NO_REGS
#define KERNEL_START	0x8000000000000000ull
#define MAX_DEPTH	64
#define MAX_RULES	256
#define STACK_SHIFT	14	/* a task's stack has this size, is aligned */
#define STACK_USED	12288	/* never more; the next stack is further away */
#define TASK_BUCKETS	4096

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum domain { HOST, NIC, WIRE, NR_DOMAINS, SAME = NR_DOMAINS };

static const char *const domain_names[NR_DOMAINS] = { "host", "nic", "wire" };

struct symbol {
	uint64_t addr;
	char *name, *module;
	enum domain domain;	/* SAME: the caller's */
};

struct rule {
	bool module;		/* of all functions of a module */
	bool prefix;
	char name[64];
	enum domain domain;
};

/* Where the domain below comes back; @slot is 0 until it is known */
struct frame {
	uint64_t slot;
	enum domain below;
	const struct symbol *entry;
};

static qemu_plugin_id_t plugin_id;
static const char *symbols_path, *rules_path, *out_path;

static struct rule rules[MAX_RULES];
static unsigned int nr_rules;

/* By address; [0] stands for user mode, [1] for what has no symbol */
static struct symbol *symbols;
static size_t nr_symbols;

/* One per kernel stack that was ever seen; never freed, stacks are reused */
struct task {
	struct task *next;
	uint64_t stack;
	enum domain domain;
	unsigned int depth;
	struct frame frames[MAX_DEPTH];
};

static uint64_t *counts[NR_DOMAINS];
static struct task *tasks[TASK_BUCKETS];
static struct task *now;
static uint64_t last_slot;	/* in which the last call left its return */

static void complain(const char *what, const char *path)
{
	fprintf(stderr, "count: %s: %s: %s\n", what, path, strerror(errno));
}

/* ---- rules and symbols ------------------------------------------------ */

static bool rules_parse(FILE *f)
{
	char line[256], kind[16], name[64], dom[16];
	unsigned int n = 0, d;

	while (fgets(line, sizeof(line), f)) {
		struct rule *r = &rules[nr_rules];
		size_t len;

		n++;
		line[strcspn(line, "#\n")] = '\0';
		if (sscanf(line, " %15s", kind) != 1)
			continue;
		if (sscanf(line, "%15s %63s %15s", kind, name, dom) != 3)
			goto bad;
		if (nr_rules == MAX_RULES)
			goto bad;
		r->module = !strcmp(kind, "module");
		if (!r->module && strcmp(kind, "function"))
			goto bad;
		for (d = 0; d < NR_DOMAINS; d++)
			if (!strcmp(dom, domain_names[d]))
				break;
		if (d == NR_DOMAINS)
			goto bad;
		r->domain = d;
		len = strlen(name);
		r->prefix = name[len - 1] == '*';
		if (r->prefix)
			name[len - 1] = '\0';
		strcpy(r->name, name);
		nr_rules++;
	}
	return true;
bad:
	fprintf(stderr, "count: %s:%u: not a rule\n", rules_path, n);
	return false;
}

static bool rules_load(void)
{
	FILE *f = fopen(rules_path, "r");
	bool ok;

	if (!f) {
		complain("rules", rules_path);
		return false;
	}
	ok = rules_parse(f);
	fclose(f);
	return ok;
}

/* The first rule that fits; the compiler's suffixes don't count. */
static enum domain rules_judge(const struct symbol *sym)
{
	size_t len = strcspn(sym->name, ".");
	unsigned int i;

	for (i = 0; i < nr_rules; i++) {
		const struct rule *r = &rules[i];

		if (r->module) {
			if (!strcmp(sym->module, r->name))
				return r->domain;
			continue;
		}
		if (r->prefix ? !strncmp(sym->name, r->name, strlen(r->name)) :
		    len == strlen(r->name) && !strncmp(sym->name, r->name, len))
			return r->domain;
	}
	return SAME;
}

/* Of several names for one address the one with a rule comes last: it wins. */
static int symbol_cmp(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (y->domain == SAME) - (x->domain == SAME);
}

static void symbol_add(uint64_t addr, const char *name, const char *module)
{
	static size_t room;

	if (nr_symbols == room) {
		room = room ? room * 2 : 1 << 18;
		symbols = realloc(symbols, room * sizeof(*symbols));
		if (!symbols)
			abort();
	}
	symbols[nr_symbols++] = (struct symbol) {
		.addr = addr,
		.name = strdup(name),
		.module = strdup(module),
		.domain = SAME,
	};
}

static void symbols_forget(void)
{
	while (nr_symbols) {
		nr_symbols--;
		free(symbols[nr_symbols].name);
		free(symbols[nr_symbols].module);
	}
}

static bool symbols_load(void)
{
	FILE *f = fopen(symbols_path, "r");
	char line[512], name[256], module[64];
	uint64_t addr;
	size_t i;
	char type;

	if (!f) {
		complain("symbols", symbols_path);
		return false;
	}
	symbols_forget();
	symbol_add(0, "[user]", "-");
	symbol_add(KERNEL_START, "[unknown]", "-");
	while (fgets(line, sizeof(line), f)) {
		strcpy(module, "-");
		if (sscanf(line, "%lx %c %255s [%63[^]]]", &addr, &type, name,
			   module) < 3)
			continue;
		/* Per-CPU offsets are no addresses. */
		if (strchr("tTwW", type) && addr >= KERNEL_START)
			symbol_add(addr, name, module);
	}
	fclose(f);
	if (nr_symbols < 1000) {
		fprintf(stderr, "count: %s: hardly any symbols\n",
			symbols_path);
		return false;
	}
	for (i = 0; i < nr_symbols; i++)
		symbols[i].domain = rules_judge(&symbols[i]);
	qsort(symbols, nr_symbols, sizeof(*symbols), symbol_cmp);
	for (i = 0; i < NR_DOMAINS; i++) {
		free(counts[i]);
		counts[i] = calloc(nr_symbols, sizeof(*counts[i]));
		if (!counts[i])
			abort();
	}
	return true;
}

static size_t symbol_find(uint64_t addr)
{
	size_t lo = 0, hi = nr_symbols;

	if (addr < KERNEL_START)
		return 0;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (symbols[mid].addr <= addr)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* ---- while the guest runs --------------------------------------------- */

static struct task *task_of(uint64_t slot)
{
	uint64_t stack = slot >> STACK_SHIFT;
	struct task **bucket = &tasks[stack % TASK_BUCKETS], *t;

	for (t = *bucket; t; t = t->next)
		if (t->stack == stack)
			return t;
	t = calloc(1, sizeof(*t));
	if (!t)
		abort();
	t->stack = stack;
	t->next = *bucket;
	*bucket = t;
	return t;
}

static void *as_data(size_t n)
{
	return (void *)(uintptr_t)n;
}

/* A function's index and the length of a block */
static void *pack(size_t symbol, size_t n_insns)
{
	return as_data(symbol << 16 | n_insns);
}

static void on_block(unsigned int cpu, void *data)
{
	uintptr_t v = (uintptr_t)data;

	counts[now->domain][v >> 16] += v & 0xffff;
}

static void on_user_block(unsigned int cpu, void *data)
{
	now->depth = 0;
	now->domain = HOST;
	counts[HOST][0] += (uintptr_t)data & 0xffff;
}

static void overflow(void)
{
	static bool said;
	unsigned int i;

	for (i = 0; !said && i < now->depth; i++)
		fprintf(stderr, "count: nested too deeply: %s at %lx\n",
			now->frames[i].entry->name, now->frames[i].slot);
	said = true;
	now->depth = 0;
}

static void on_entry(unsigned int cpu, void *data)
{
	const struct symbol *sym = &symbols[(uintptr_t)data];

	if (sym->domain == now->domain)
		return;
	if (now->depth == MAX_DEPTH)
		overflow();
	now->frames[now->depth++] = (struct frame) {
		.below = now->domain,
		.entry = sym,
	};
	now->domain = sym->domain;
}

/* finish_task_switch() is the first call on the stack of the next task. */
static void on_switch(unsigned int cpu, void *data)
{
	now = task_of(last_slot);
}

static void settle(uint64_t slot)
{
	unsigned int i;

	for (i = now->depth; i && !now->frames[i - 1].slot; i--)
		now->frames[i - 1].slot = slot;
}

static void on_push(unsigned int cpu, qemu_plugin_meminfo_t info,
		    uint64_t vaddr, void *data)
{
	settle(vaddr + 8);
}

static void on_call(unsigned int cpu, qemu_plugin_meminfo_t info,
		    uint64_t vaddr, void *data)
{
	last_slot = vaddr;
	settle(vaddr + 8);
}

/* Interrupts run on a stack of their own, so only near slots count. */
static void on_return(unsigned int cpu, qemu_plugin_meminfo_t info,
		      uint64_t vaddr, void *data)
{
	unsigned int i;

	settle(vaddr);
	for (i = 0; i < now->depth; i++) {
		if (vaddr - now->frames[i].slot < STACK_USED) {
			now->depth = i;
			now->domain = now->frames[i].below;
			return;
		}
	}
}

/* ---- commands --------------------------------------------------------- */

static void dump(void)
{
	char *tmp;
	size_t i;
	FILE *f;
	int d;

	if (asprintf(&tmp, "%s.new", out_path) < 0)
		abort();
	f = fopen(tmp, "w");
	if (!f) {
		complain("out", tmp);
		goto out;
	}
	for (d = 0; d < NR_DOMAINS; d++)
		for (i = 0; i < nr_symbols; i++)
			if (counts[d][i])
				fprintf(f, "%s %s %s %lu\n", domain_names[d],
					symbols[i].name, symbols[i].module,
					counts[d][i]);
	fprintf(f, "end\n");
	if (fclose(f) || rename(tmp, out_path))
		complain("out", out_path);
out:
	free(tmp);
}

static void watch(qemu_plugin_id_t id);

static void on_mark(unsigned int cpu, void *data)
{
	int d;

	switch ((uintptr_t)data) {
	case COUNT_LOAD:
		if (symbols_load())
			qemu_plugin_reset(plugin_id, watch);
		break;
	case COUNT_START:
		for (d = 0; nr_symbols && d < NR_DOMAINS; d++)
			memset(counts[d], 0, nr_symbols * sizeof(*counts[d]));
		break;
	case COUNT_STOP:
		if (nr_symbols)
			dump();
		break;
	}
}

/* ---- translation ------------------------------------------------------ */

/* nopl disp32(%rax) */
static int insn_mark(const struct qemu_plugin_insn *insn)
{
	const uint8_t *b = qemu_plugin_insn_data(insn);
	uint32_t disp;

	if (qemu_plugin_insn_size(insn) != 7 || b[0] != 0x0f || b[1] != 0x1f ||
	    b[2] != 0x80)
		return 0;
	memcpy(&disp, b + 3, sizeof(disp));
	return (disp & ~0xffu) == COUNT_MARK ? disp & 0xff : 0;
}

static void watch_mark(struct qemu_plugin_insn *insn)
{
	int command = insn_mark(insn);

	if (command)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, NO_REGS,
						       as_data(command));
}

static bool is_prefix(uint8_t b)
{
	return b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e ||
	       (b >= 0x40 && b <= 0x4f) || (b >= 0x64 && b <= 0x66) ||
	       b == 0xf2 || b == 0xf3;
}

static void watch_mem(struct qemu_plugin_insn *insn,
		      qemu_plugin_vcpu_mem_cb_t cb, enum qemu_plugin_mem_rw rw)
{
	qemu_plugin_register_vcpu_mem_cb(insn, cb, NO_REGS, rw, NULL);
}

/* @pushes: in functions with a domain of their own */
static void watch_stack(struct qemu_plugin_insn *insn, bool pushes)
{
	const uint8_t *b = qemu_plugin_insn_data(insn);
	const uint8_t *end = b + qemu_plugin_insn_size(insn);

	while (b + 1 < end && is_prefix(*b))
		b++;
	if (*b == 0xe8 || (*b == 0xff && b + 1 < end && (b[1] >> 3 & 7) == 2))
		watch_mem(insn, on_call, QEMU_PLUGIN_MEM_W);
	else if (*b == 0xc3 || *b == 0xc2)
		watch_mem(insn, on_return, QEMU_PLUGIN_MEM_R);
	else if (pushes && *b >= 0x50 && *b <= 0x57)
		watch_mem(insn, on_push, QEMU_PLUGIN_MEM_W);
}

static void watch_block(struct qemu_plugin_tb *tb,
			qemu_plugin_vcpu_udata_cb_t cb, void *data)
{
	qemu_plugin_register_vcpu_tb_exec_cb(tb, cb, NO_REGS, data);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);
	size_t n = qemu_plugin_tb_n_insns(tb), i, sym;
	bool user = addr < KERNEL_START;

	for (i = 0; user && i < n; i++)
		watch_mark(qemu_plugin_tb_get_insn(tb, i));
	if (!nr_symbols)
		return;
	sym = symbol_find(addr);
	if (user) {
		watch_block(tb, on_user_block, pack(0, n));
		return;
	}
	if (symbols[sym].addr == addr &&
	    !strncmp(symbols[sym].name, "finish_task_switch", 18))
		watch_block(tb, on_switch, NULL);
	if (symbols[sym].addr == addr && symbols[sym].domain != SAME)
		watch_block(tb, on_entry, as_data(sym));
	watch_block(tb, on_block, pack(sym, n));
	for (i = 0; i < n; i++)
		watch_stack(qemu_plugin_tb_get_insn(tb, i),
			    symbols[sym].domain != SAME);
}

/* Also after a reset, which has made QEMU forget what it translated */
static void watch(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
}

static bool option(const char *arg)
{
	static const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "symbols=",	&symbols_path },
		{ "rules=",	&rules_path },
		{ "out=",	&out_path },
	};
	unsigned int i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strncmp(arg, options[i].name, strlen(options[i].name)))
			continue;
		*options[i].value = strdup(arg + strlen(options[i].name));
		return true;
	}
	fprintf(stderr, "count: %s: not an option\n", arg);
	return false;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const struct qemu_info_t *info, int argc,
					   char **argv)
{
	while (argc--)
		if (!option(argv[argc]))
			return -1;
	if (!symbols_path || !rules_path || !out_path) {
		fprintf(stderr, "count: symbols=, rules=, out= are needed\n");
		return -1;
	}
	if (!rules_load())
		return -1;
	plugin_id = id;
	now = task_of(0);
	watch(id);
	return 0;
}
