// SPDX-License-Identifier: GPL-2.0-only
/* What rules ask for besides ends; canary shares; what a verdict takes. */
#include <kunit/test.h>
#include <linux/cgroup.h>
#include <linux/kernfs.h>
#include <linux/netdevice.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <net/ipv6.h>

#include "../net/toe/policy.h"

#define CRITERION(x)	BIT(TOE_CRITERION_##x)
#define MEASURE(x)	BIT(TOE_MEASURE_##x)

/* From 10.0.0.1:7 to 10.0.0.2:443, out, of uid 1000, unmarked, unmeasured */
static struct toe_policy_key key_of(void)
{
	struct toe_policy_key key = {
		.family = AF_INET,
		.lport = 7,
		.rport = 443,
		.known = TOE_CRITERIA,
		.direction = TOE_DIRECTION_OUT,
		.uid = 1000,
	};

	ipv6_addr_set_v4mapped(htonl(0x0a000001), &key.laddr);
	ipv6_addr_set_v4mapped(htonl(0x0a000002), &key.raddr);
	memset(&key.now, 0xff, sizeof(key.now));
	key.then = key.now;
	return key;
}

/* Matches everything */
static struct toe_rule rule_of(u8 action)
{
	return (struct toe_rule){
		.action = action,
		.canary = 100,
		.lport = { 0, U16_MAX },
		.rport = { 0, U16_MAX },
	};
}

static struct toe_rule rule_measure(u8 action, enum toe_measure what, u64 min,
				    u64 max)
{
	struct toe_rule rule = rule_of(action);

	rule.measures = BIT(what);
	rule.measure[what] = (struct toe_range){ min, max };
	return rule;
}

static enum toe_match match(const struct toe_rule *rule,
			    const struct toe_policy_key *key, bool *open)
{
	enum toe_match match;
	u8 what;

	*open = false;
	rcu_read_lock();
	match = toe_rule_match(rule, key, &what, open);
	rcu_read_unlock();
	return match;
}

static void add(struct kunit *test, const struct toe_rule *rule)
{
	KUNIT_ASSERT_EQ(test, toe_policy_add(test->priv, rule, 0), 0);
}

static const struct {
	u32 min, max, uid;
	bool match;
} uid_cases[] = {
	{ 1000, 1000, 1000, true },
	{ 1000, 1000, 999, false },
	{ 1000, 1000, 1001, false },
	{ 0, 0, 0, true },
	{ 0, 999, 1000, false },
	{ 1000, 1999, 1999, true },
	{ 0, U32_MAX, 65534, true },
};

static void rule_uid_boundary(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	bool open;
	int i;

	rule.asks = CRITERION(UID);
	for (i = 0; i < ARRAY_SIZE(uid_cases); i++) {
		rule.uid_min = uid_cases[i].min;
		rule.uid_max = uid_cases[i].max;
		key.uid = uid_cases[i].uid;
		KUNIT_EXPECT_EQ_MSG(test, match(&rule, &key, &open),
				    uid_cases[i].match ? TOE_MATCH_YES :
							 TOE_MATCH_NO,
				    "%u in %u-%u", key.uid, rule.uid_min,
				    rule.uid_max);
		KUNIT_EXPECT_TRUE(test, open);
	}
}

static const struct {
	u32 rule, mask, mark;
	bool match;
} mark_cases[] = {
	{ 0, U32_MAX, 0, true },
	{ 0, U32_MAX, 1, false },
	{ 0x10, U32_MAX, 0x10, true },
	{ 0x10, U32_MAX, 0x11, false },
	{ 0x10, 0xf0, 0x1f, true },
	{ 0x10, 0xf0, 0x2f, false },
	{ 0, 0x80000000, 0x7fffffff, true },
	{ 0, 0x80000000, 0x80000000, false },
	{ 0x80000000, 0x80000000, U32_MAX, true },
};

static void rule_mark_mask(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	bool open;
	int i;

	rule.asks = CRITERION(MARK);
	for (i = 0; i < ARRAY_SIZE(mark_cases); i++) {
		rule.mark = mark_cases[i].rule;
		rule.mask = mark_cases[i].mask;
		key.mark = mark_cases[i].mark;
		KUNIT_EXPECT_EQ_MSG(test, match(&rule, &key, &open),
				    mark_cases[i].match ? TOE_MATCH_YES :
							  TOE_MATCH_NO,
				    "%#x in %#x/%#x", key.mark, rule.mark,
				    rule.mask);
		KUNIT_EXPECT_TRUE(test, open);
	}
}

static void rule_direction(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	bool open;
	u8 r, k;

	rule.asks = CRITERION(DIRECTION);
	for (r = 0; r < __TOE_DIRECTION_MAX; r++) {
		for (k = 0; k < __TOE_DIRECTION_MAX; k++) {
			rule.direction = r;
			key.direction = k;
			KUNIT_EXPECT_EQ(test, match(&rule, &key, &open),
					r == k ? TOE_MATCH_YES : TOE_MATCH_NO);
			/* it never changes */
			KUNIT_EXPECT_FALSE(test, open);
		}
	}
}

static void rule_device_by_name(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	bool open;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	INIT_LIST_HEAD(&dev->adj_list.lower);
	strscpy(dev->name, "toe0", sizeof(dev->name));
	rule.asks = CRITERION(DEV);
	strscpy(rule.dev, "toe0", sizeof(rule.dev));
	key.dev = dev;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_YES);
	KUNIT_EXPECT_TRUE(test, open);
	strscpy(rule.dev, "toe", sizeof(rule.dev));
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
	/* no route at the moment */
	key.dev = NULL;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
}

/* The root, one below it, one below that one */
static void rule_cgroup_and_below(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	struct kernfs_node kn[3] = {};
	struct cgroup *cgrp;
	bool open;
	int r, k;

	cgrp = kunit_kzalloc(test, 3 * sizeof(*cgrp), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cgrp);
	for (k = 0; k < 3; k++) {
		kn[k].id = 100 + k;
		cgrp[k].kn = &kn[k];
		cgrp[k].self.parent = k ? &cgrp[k - 1].self : NULL;
	}
	rule.asks = CRITERION(CGROUP);
	for (r = 0; r < 3; r++) {
		rule.cgroup = 100 + r;
		for (k = 0; k < 3; k++) {
			key.cgrp = &cgrp[k];
			KUNIT_EXPECT_EQ_MSG(test, match(&rule, &key, &open),
					    k >= r ? TOE_MATCH_YES :
						     TOE_MATCH_NO,
					    "%d below %d", k, r);
			KUNIT_EXPECT_FALSE(test, open);
		}
	}
	key.cgrp = NULL;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
}

#define NEVER	TOE_UNMEASURED

/* @down: the NIC has it, since it was measured as @then */
static const struct {
	u8 action, what;
	u64 min, max;
	u64 now, then;
	bool down;
	enum toe_match match;
} measure_cases[] = {
	/* not down: by what is measured now */
	{ 1, TOE_MEASURE_BYTES, 100, NEVER, 99, 0, 0, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_BYTES, 100, NEVER, 100, 0, 0, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_BYTES, 100, 200, 200, 0, 0, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_BYTES, 100, 200, 201, 0, 0, TOE_MATCH_NO },
	{ 1, TOE_MEASURE_BYTES, 0, NEVER, 0, 0, 0, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_AGE_MS, 10, 20, 9, 0, 0, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_AGE_MS, 10, 20, 10, 0, 0, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_AGE_MS, 10, 20, 21, 0, 0, TOE_MATCH_NO },
	/* these may come back */
	{ 1, TOE_MEASURE_RATE, 10, 20, 21, 0, 0, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_RATE, 10, 20, 9, 0, 0, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_RATE, 10, 20, 20, 0, 0, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_RTT_US, 0, 500, 501, 0, 0, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_RTT_US, 0, 500, 500, 0, 0, TOE_MATCH_YES },
	/* nothing measured is nothing said */
	{ 1, TOE_MEASURE_RATE, 0, NEVER, NEVER, 0, 0, TOE_MATCH_LACKS },
	{ 0, TOE_MEASURE_RTT_US, 0, 500, NEVER, 0, 0, TOE_MATCH_LACKS },
	/* down: in favour of the connection */
	{ 1, TOE_MEASURE_RATE, 10, NEVER, 0, 50, 1, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_RATE, 10, NEVER, 50, 0, 1, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_RATE, 10, NEVER, 5, 5, 1, TOE_MATCH_LACKS },
	{ 1, TOE_MEASURE_AGE_MS, 0, 10, 99, 5, 1, TOE_MATCH_YES },
	{ 1, TOE_MEASURE_AGE_MS, 0, 10, 99, 11, 1, TOE_MATCH_NO },
	{ 1, TOE_MEASURE_BYTES, 100, NEVER, 200, 0, 1, TOE_MATCH_YES },
	{ 0, TOE_MEASURE_RTT_US, 50, NEVER, 60, 10, 1, TOE_MATCH_LACKS },
	{ 0, TOE_MEASURE_RTT_US, 50, NEVER, 60, 70, 1, TOE_MATCH_YES },
	{ 0, TOE_MEASURE_RATE, 0, 10, 0, 50, 1, TOE_MATCH_LACKS },
};

static void rule_measure_boundary(struct kunit *test)
{
	struct toe_policy_key key;
	struct toe_rule rule;
	bool open;
	int i;

	for (i = 0; i < ARRAY_SIZE(measure_cases); i++) {
		u8 what = measure_cases[i].what;

		rule = rule_measure(measure_cases[i].action, what,
				    measure_cases[i].min, measure_cases[i].max);
		key = key_of();
		key.now.value[what] = measure_cases[i].now;
		key.then.value[what] = measure_cases[i].then;
		key.down = measure_cases[i].down;
		KUNIT_EXPECT_EQ_MSG(test, match(&rule, &key, &open),
				    measure_cases[i].match, "case %d", i);
		KUNIT_EXPECT_TRUE(test, open);
	}
}

/* What a rule says of those that it does not speak of is not asked again */
static void rule_of_others_is_not_open(struct kunit *test)
{
	struct toe_rule rule = rule_measure(TOE_ACTION_ALLOW,
					    TOE_MEASURE_BYTES, 100, NEVER);
	struct toe_policy_key key = key_of();
	bool open;

	rule.rport = (struct toe_ports){ 80, 80 };
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
	KUNIT_EXPECT_FALSE(test, open);
}

/* All that is asked for has to be so */
static void rule_asks_for_all(struct kunit *test)
{
	struct toe_rule rule = rule_measure(TOE_ACTION_ALLOW,
					    TOE_MEASURE_BYTES, 100, NEVER);
	struct toe_policy_key key = key_of();
	bool open;

	rule.asks = CRITERION(UID) | CRITERION(MARK);
	rule.uid_min = 1000;
	rule.uid_max = 1000;
	rule.mask = U32_MAX;
	key.now.value[TOE_MEASURE_BYTES] = 100;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_YES);
	key.mark = 1;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
	key.mark = 0;
	key.uid = 0;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_NO);
	key.uid = 1000;
	key.now.value[TOE_MEASURE_BYTES] = 99;
	KUNIT_EXPECT_EQ(test, match(&rule, &key, &open), TOE_MATCH_LACKS);
}

/* Only where it decides, and not where another criterion says no already */
static void rule_unknown_is_named(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();
	struct toe_verdict verdict;

	rule.asks = CRITERION(UID) | CRITERION(MARK);
	rule.mask = U32_MAX;
	rule.uid_min = 1000;
	rule.uid_max = 1000;
	add(test, &rule);
	key.known &= ~CRITERION(MARK);
	verdict = toe_policy_judge(test->priv, &key);
	KUNIT_EXPECT_EQ(test, verdict.unknown, TOE_CRITERION_MARK + 1);
	KUNIT_EXPECT_EQ(test, verdict.rule, 1);
	key.uid = 1;
	verdict = toe_policy_judge(test->priv, &key);
	KUNIT_EXPECT_EQ(test, verdict.unknown, 0);
	KUNIT_EXPECT_EQ(test, verdict.by, TOE_BY_DEFAULT);
}

/* 1: allow from 1000 bytes on, 2: deny uid 1000, 3: allow */
static void verdict_first_match_wins(struct kunit *test)
{
	struct toe_rule rule = rule_measure(TOE_ACTION_ALLOW,
					    TOE_MEASURE_BYTES, 1000, NEVER);
	struct toe_policy_key key = key_of();
	struct toe_verdict verdict;

	add(test, &rule);
	rule = rule_of(TOE_ACTION_DENY);
	rule.asks = CRITERION(UID);
	rule.uid_min = 1000;
	rule.uid_max = 1000;
	add(test, &rule);
	rule = rule_of(TOE_ACTION_ALLOW);
	add(test, &rule);

	key.now.value[TOE_MEASURE_BYTES] = 999;
	verdict = toe_policy_judge(test->priv, &key);
	KUNIT_EXPECT_FALSE(test, verdict.allow);
	KUNIT_EXPECT_EQ(test, verdict.rule, 2);
	KUNIT_EXPECT_EQ(test, verdict.waits, 1);
	KUNIT_EXPECT_EQ(test, verdict.lacks, TOE_MEASURE_BYTES);
	KUNIT_EXPECT_TRUE(test, verdict.open);

	key.now.value[TOE_MEASURE_BYTES] = 1000;
	verdict = toe_policy_judge(test->priv, &key);
	KUNIT_EXPECT_TRUE(test, verdict.allow);
	KUNIT_EXPECT_EQ(test, verdict.by, TOE_BY_RULE);
	KUNIT_EXPECT_EQ(test, verdict.rule, 1);
	KUNIT_EXPECT_EQ(test, verdict.measures, MEASURE(BYTES));

	key.now.value[TOE_MEASURE_BYTES] = 0;
	key.uid = 0;
	verdict = toe_policy_judge(test->priv, &key);
	KUNIT_EXPECT_TRUE(test, verdict.allow);
	KUNIT_EXPECT_EQ(test, verdict.rule, 3);
	KUNIT_EXPECT_EQ(test, verdict.measures, 0);
}

static void verdict_of_fixed_rules_is_final(struct kunit *test)
{
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_policy_key key = key_of();

	rule.asks = CRITERION(DIRECTION);
	add(test, &rule);
	rule = rule_measure(TOE_ACTION_ALLOW, TOE_MEASURE_BYTES, 1, NEVER);
	add(test, &rule);
	KUNIT_EXPECT_FALSE(test, toe_policy_judge(test->priv, &key).open);
	/* what comes after the first match is not looked at */
	key.direction = TOE_DIRECTION_IN;
	KUNIT_EXPECT_TRUE(test, toe_policy_judge(test->priv, &key).open);
}

#define DRAWS	20000

static const u8 shares[] = { 1, 5, 25, 50, 75, 99, 100 };

/* Of so many connections at random, n * p go down, give or take five times
 * sqrt(n * p * (1 - p)), which happens once in two million times; and who is
 * part of a share is part of each larger one.
 */
static void canary_share(struct kunit *test)
{
	u32 seed = get_random_u32(), in[ARRAY_SIZE(shares)] = {};
	struct toe_rule rule = rule_of(TOE_ACTION_ALLOW);
	struct toe_net *tn = test->priv;
	struct rnd_state rnd;
	int i, n, slips = 0;

	kunit_info(test, "seed %u\n", seed);
	prandom_seed_state(&rnd, seed);
	prandom_bytes_state(&rnd, &tn->secret, sizeof(tn->secret));
	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		rule.canary = shares[i];
		add(test, &rule);
		prandom_seed_state(&rnd, seed + 1);
		for (n = 0; n < DRAWS; n++) {
			struct toe_policy_key key = key_of();
			struct toe_verdict verdict;

			key.lport = prandom_u32_state(&rnd);
			key.raddr.s6_addr32[3] = prandom_u32_state(&rnd);
			verdict = toe_policy_judge(tn, &key);
			in[i] += verdict.allow;
			slips += verdict.by != (verdict.allow ? TOE_BY_RULE :
							TOE_BY_CANARY);
			slips += verdict.allow !=
				 (toe_policy_share(tn, &key) < shares[i]);
		}
		KUNIT_ASSERT_EQ(test, toe_policy_flush(tn), 0);
	}
	KUNIT_EXPECT_EQ(test, slips, 0);
	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		u32 due = DRAWS / 100 * shares[i];
		u32 room = 5 * int_sqrt(due * (100 - shares[i]) / 100) + 5;

		kunit_info(test, "%u %%: %u of %u\n", shares[i], in[i], DRAWS);
		KUNIT_EXPECT_GE(test, in[i] + room, due);
		KUNIT_EXPECT_LE(test, in[i], due + room);
	}
	KUNIT_EXPECT_EQ(test, in[ARRAY_SIZE(shares) - 1], DRAWS);
}

/* Another namespace draws others, the same one always the same */
static void canary_depends_on_the_secret(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	struct toe_policy_key key = key_of();
	unsigned int i, same = 0, was[100];

	memset(&tn->secret, 1, sizeof(tn->secret));
	for (i = 0; i < 100; i++) {
		key.lport = 1024 + i;
		was[i] = toe_policy_share(tn, &key);
		KUNIT_EXPECT_EQ(test, toe_policy_share(tn, &key), was[i]);
	}
	memset(&tn->secret, 2, sizeof(tn->secret));
	for (i = 0; i < 100; i++) {
		key.lport = 1024 + i;
		same += toe_policy_share(tn, &key) == was[i];
	}
	KUNIT_EXPECT_LT(test, same, 20U);
}

/* What a look at an open connection costs: the rules, one after the other */
static void verdict_cost(struct kunit *test)
{
	struct toe_rule rule = rule_measure(TOE_ACTION_ALLOW,
					    TOE_MEASURE_RATE, 1, NEVER);
	struct toe_policy_key key = key_of();
	static const int sizes[] = { 1, 10, 100, 1000 };
	int i, n, rules = 0;
	ktime_t start;
	s64 ns;

	rule.asks = CRITERION(UID) | CRITERION(MARK);
	rule.uid_max = U32_MAX;
	rule.mask = U32_MAX;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (; rules < sizes[i]; rules++)
			add(test, &rule);
		start = ktime_get();
		for (n = 0; n < 1000; n++)
			toe_policy_judge(test->priv, &key);
		ns = ktime_to_ns(ktime_sub(ktime_get(), start)) / 1000;
		kunit_info(test, "%d rules: %lld ns\n", rules, ns);
		KUNIT_EXPECT_GT(test, ns, 0LL);
	}
}

static int rule_init(struct kunit *test)
{
	struct toe_net *tn = kunit_kzalloc(test, sizeof(*tn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tn);
	test->priv = tn;
	return toe_policy_net_init(tn);
}

static void rule_exit(struct kunit *test)
{
	if (test->priv)
		toe_policy_net_exit(test->priv);
}

static struct kunit_case rule_cases[] = {
	KUNIT_CASE(rule_uid_boundary),
	KUNIT_CASE(rule_mark_mask),
	KUNIT_CASE(rule_direction),
	KUNIT_CASE(rule_device_by_name),
	KUNIT_CASE(rule_cgroup_and_below),
	KUNIT_CASE(rule_measure_boundary),
	KUNIT_CASE(rule_of_others_is_not_open),
	KUNIT_CASE(rule_asks_for_all),
	KUNIT_CASE(rule_unknown_is_named),
	KUNIT_CASE(verdict_first_match_wins),
	KUNIT_CASE(verdict_of_fixed_rules_is_final),
	KUNIT_CASE(canary_share),
	KUNIT_CASE(canary_depends_on_the_secret),
	KUNIT_CASE(verdict_cost),
	{ }
};

static struct kunit_suite toe_rule_suite = {
	.name = "toe_rule",
	.init = rule_init,
	.exit = rule_exit,
	.test_cases = rule_cases,
};

kunit_test_suite(toe_rule_suite);
