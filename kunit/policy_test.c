// SPDX-License-Identifier: GPL-2.0-only
#include <kunit/test.h>
#include <linux/inet.h>
#include <net/ipv6.h>

#include "../net/toe/policy.h"

/* "10.0.0.1" or "2001:db8::1" */
static u16 addr_of(const char *text, struct in6_addr *addr)
{
	__be32 v4;

	if (in4_pton(text, -1, (u8 *)&v4, -1, NULL)) {
		ipv6_addr_set_v4mapped(v4, addr);
		return AF_INET;
	}
	in6_pton(text, -1, addr->s6_addr, -1, NULL);
	return AF_INET6;
}

static bool allows(struct toe_net *tn, const char *local, u16 lport,
		   const char *remote, u16 rport)
{
	struct toe_policy_key key = { .lport = lport, .rport = rport };

	key.family = addr_of(local, &key.laddr);
	addr_of(remote, &key.raddr);
	return toe_policy_judge(tn, &key).allow;
}

static const struct toe_rule any = {
	.action = TOE_ACTION_ALLOW,
	.canary = 100,
	.lport = { 0, U16_MAX },
	.rport = { 0, U16_MAX },
};

/* "remote prefix" with ports; NULL = any address */
static struct toe_rule rule_of(u8 action, const char *remote, u8 len,
			       u16 min, u16 max)
{
	struct toe_rule rule = any;

	rule.action = action;
	if (remote) {
		rule.family = addr_of(remote, &rule.remote.addr);
		rule.remote.len = len + (rule.family == AF_INET ? 96 : 0);
	}
	rule.rport = (struct toe_ports){ min, max };
	return rule;
}

static void add(struct kunit *test, u8 action, const char *remote, u8 len,
		u16 min, u16 max, u32 pos)
{
	struct toe_rule rule = rule_of(action, remote, len, min, max);

	KUNIT_ASSERT_EQ(test, toe_policy_add(test->priv, &rule, pos), 0);
}

static void policy_empty_allows(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, allows(test->priv, "10.0.0.1", 1,
				       "10.0.0.2", 2));
	KUNIT_EXPECT_TRUE(test, allows(test->priv, "2001:db8::1", 1,
				       "2001:db8::2", 2));
}

static const struct {
	const char *rule;
	u8 len;
	const char *remote;
	bool match;
} prefix_cases[] = {
	{ "10.0.0.0", 8, "10.255.255.255", true },
	{ "10.0.0.0", 8, "11.0.0.0", false },
	{ "10.0.0.0", 8, "9.255.255.255", false },
	{ "10.0.0.1", 32, "10.0.0.1", true },
	{ "10.0.0.1", 32, "10.0.0.0", false },
	{ "0.0.0.0", 0, "255.255.255.255", true },
	{ "0.0.0.0", 0, "2001:db8::1", false },
	{ "192.168.0.128", 25, "192.168.0.128", true },
	{ "192.168.0.128", 25, "192.168.0.127", false },
	{ "2001:db8::", 32, "2001:db8:ffff::1", true },
	{ "2001:db8::", 32, "2001:db9::", false },
	{ "2001:db8::", 65, "2001:db8::7fff:0:0:1", true },
	{ "2001:db8::", 65, "2001:db8::8000:0:0:1", false },
	{ "2001:db8::1", 128, "2001:db8::1", true },
	{ "2001:db8::1", 128, "2001:db8::2", false },
	{ "::", 0, "2001:db8::1", true },
	{ "::", 0, "10.0.0.1", false },
};

static void policy_prefix_boundary(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(prefix_cases); i++) {
		const char *remote = prefix_cases[i].remote;
		bool v6 = strchr(remote, ':');

		add(test, TOE_ACTION_ALLOW, prefix_cases[i].rule,
		    prefix_cases[i].len, 0, U16_MAX, 0);
		KUNIT_EXPECT_EQ_MSG(test,
				    allows(tn, v6 ? "2001:db8::9" : "10.9.9.9",
					   1, remote, 2),
				    prefix_cases[i].match, "%s in %s/%u",
				    remote, prefix_cases[i].rule,
				    prefix_cases[i].len);
		KUNIT_ASSERT_EQ(test, toe_policy_flush(tn), 0);
	}
}

static const struct {
	u16 min, max, port;
	bool match;
} port_cases[] = {
	{ 80, 80, 80, true },
	{ 80, 80, 79, false },
	{ 80, 80, 81, false },
	{ 5000, 5999, 5000, true },
	{ 5000, 5999, 5999, true },
	{ 5000, 5999, 4999, false },
	{ 5000, 5999, 6000, false },
	{ 0, 65535, 1, true },
	{ 65535, 65535, 65535, true },
	{ 65535, 65535, 65534, false },
};

static void policy_port_boundary(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(port_cases); i++) {
		add(test, TOE_ACTION_ALLOW, NULL, 0, port_cases[i].min,
		    port_cases[i].max, 0);
		KUNIT_EXPECT_EQ_MSG(test,
				    allows(tn, "10.0.0.1", 1, "10.0.0.2",
					   port_cases[i].port),
				    port_cases[i].match, "%u in %u-%u",
				    port_cases[i].port, port_cases[i].min,
				    port_cases[i].max);
		KUNIT_ASSERT_EQ(test, toe_policy_flush(tn), 0);
	}
}

static void policy_local_side(struct kunit *test)
{
	struct toe_rule rule = any;

	rule.family = addr_of("10.0.0.0", &rule.local.addr);
	rule.local.len = 96 + 8;
	rule.lport = (struct toe_ports){ 80, 81 };
	KUNIT_ASSERT_EQ(test, toe_policy_add(test->priv, &rule, 0), 0);
	KUNIT_EXPECT_TRUE(test, allows(test->priv, "10.1.1.1", 80,
				       "192.0.2.1", 9999));
	KUNIT_EXPECT_FALSE(test, allows(test->priv, "10.1.1.1", 82,
					"192.0.2.1", 9999));
	KUNIT_EXPECT_FALSE(test, allows(test->priv, "192.0.2.1", 80,
					"10.1.1.1", 80));
}

static void policy_first_match_wins(struct kunit *test)
{
	struct toe_net *tn = test->priv;

	add(test, TOE_ACTION_ALLOW, "10.0.0.0", 8, 0, U16_MAX, 0);
	add(test, TOE_ACTION_DENY, "10.1.0.0", 16, 0, U16_MAX, 0);
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.9.9.9", 1, "10.1.0.1", 2));
	KUNIT_ASSERT_EQ(test, toe_policy_del(tn, 2), 0);
	add(test, TOE_ACTION_DENY, "10.1.0.0", 16, 0, U16_MAX, 1);
	KUNIT_EXPECT_FALSE(test, allows(tn, "10.9.9.9", 1, "10.1.0.1", 2));
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.9.9.9", 1, "10.2.0.1", 2));
}

static void policy_default_follows_rules(struct kunit *test)
{
	struct toe_net *tn = test->priv;

	/* exceptions only: all but these */
	add(test, TOE_ACTION_DENY, "10.0.0.0", 8, 0, U16_MAX, 0);
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.9.9.9", 1, "192.0.2.1", 2));
	/* a permission: these and no others */
	add(test, TOE_ACTION_ALLOW, "198.51.100.0", 24, 0, U16_MAX, 0);
	KUNIT_EXPECT_FALSE(test, allows(tn, "10.9.9.9", 1, "192.0.2.1", 2));
}

/* Rules are told apart by their port */
static void expect_order(struct kunit *test, const u16 *ports, u32 nr)
{
	struct toe_rule rule;
	u32 gen, i;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, toe_policy_get(test->priv, i + 1, &rule,
						     &gen), 0);
		KUNIT_EXPECT_EQ(test, rule.rport.min, ports[i]);
	}
	KUNIT_EXPECT_EQ(test, toe_policy_get(test->priv, nr + 1, &rule, &gen),
			-ENOENT);
}

static void policy_position(struct kunit *test)
{
	static const u16 inserted[] = { 1, 4, 2, 3, 5 };
	static const u16 removed[] = { 4, 2, 5 };
	struct toe_net *tn = test->priv;
	struct toe_rule rule = any;

	add(test, TOE_ACTION_ALLOW, NULL, 0, 2, 2, 0);
	add(test, TOE_ACTION_ALLOW, NULL, 0, 3, 3, 0);
	add(test, TOE_ACTION_ALLOW, NULL, 0, 1, 1, 1);
	add(test, TOE_ACTION_ALLOW, NULL, 0, 4, 4, 2);
	add(test, TOE_ACTION_ALLOW, NULL, 0, 5, 5, 5);
	expect_order(test, inserted, ARRAY_SIZE(inserted));
	KUNIT_EXPECT_EQ(test, toe_policy_add(tn, &rule, 7), -ERANGE);
	KUNIT_EXPECT_EQ(test, toe_policy_del(tn, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, toe_policy_del(tn, 6), -ENOENT);
	KUNIT_EXPECT_EQ(test, toe_policy_del(tn, 4), 0);
	KUNIT_EXPECT_EQ(test, toe_policy_del(tn, 1), 0);
	expect_order(test, removed, ARRAY_SIZE(removed));
}

static void policy_rules_limit(struct kunit *test)
{
	struct toe_rule rule = any;
	int i;

	for (i = 0; i < TOE_POLICY_MAX_RULES; i++)
		KUNIT_ASSERT_EQ(test, toe_policy_add(test->priv, &rule, 0), 0);
	KUNIT_EXPECT_EQ(test, toe_policy_add(test->priv, &rule, 0), -ENOSPC);
}

static int set_ports(struct toe_net *tn, const char *text)
{
	char copy[512];

	strscpy(copy, text, sizeof(copy));
	return toe_policy_set_ports(tn, copy);
}

static int set_addresses(struct toe_net *tn, const char *text)
{
	char copy[512];

	strscpy(copy, text, sizeof(copy));
	return toe_policy_set_addresses(tn, copy);
}

static void policy_lists_match(struct kunit *test)
{
	struct toe_net *tn = test->priv;

	KUNIT_ASSERT_EQ(test, set_ports(tn, "80,5000-5999"), 0);
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.0.0.1", 80, "10.0.0.2", 9));
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.0.0.1", 9, "10.0.0.2", 5500));
	KUNIT_EXPECT_FALSE(test, allows(tn, "10.0.0.1", 9, "10.0.0.2", 6000));
	KUNIT_ASSERT_EQ(test, set_addresses(tn, "192.0.2.0/24"), 0);
	KUNIT_EXPECT_FALSE(test, allows(tn, "10.0.0.1", 80, "10.0.0.2", 9));
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.0.0.1", 80, "192.0.2.7", 9));
	/* rules come first */
	add(test, TOE_ACTION_DENY, "192.0.2.7", 32, 0, U16_MAX, 0);
	KUNIT_EXPECT_FALSE(test, allows(tn, "10.0.0.1", 80, "192.0.2.7", 9));
	KUNIT_EXPECT_TRUE(test, allows(tn, "10.0.0.1", 80, "192.0.2.8", 9));
}

static const struct {
	const char *text;
	bool valid;
} ports_cases[] = {
	{ "", true },
	{ "80", true },
	{ "1-65535", true },
	{ "80,443,5000-5999", true },
	{ "0", false },
	{ "65536", false },
	{ "80,", false },
	{ ",", false },
	{ "80-", false },
	{ "-80", false },
	{ "90-80", false },
	{ "80-90-100", false },
	{ "+80", false },
	{ "0x50", false },
	{ "http", false },
	{ "80 443", false },
}, addresses_cases[] = {
	{ "", true },
	{ "10.0.0.0/8", true },
	{ "10.0.0.1", true },
	{ "0.0.0.0/0", true },
	{ "10.0.0.0/8,2001:db8::/32", true },
	{ "::1", true },
	{ "10.0.0.0/33", false },
	{ "10.0.0.1/8", false },
	{ "10.0.0/8", false },
	{ "2001:db8::/129", false },
	{ "2001:db8::1/64", false },
	{ "10.0.0.0/", false },
	{ "10.0.0.0/-1", false },
	{ "10.0.0.0/8/8", false },
	{ "/8", false },
	{ "10.0.0.0/8,", false },
	{ "localhost", false },
};

/* What is accepted is read back as it was written; the rest changes nothing */
static void policy_ports_text(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	char now[512], before[512];
	int i, err;

	for (i = 0; i < ARRAY_SIZE(ports_cases); i++) {
		toe_policy_show_ports(tn, before, sizeof(before));
		err = set_ports(tn, ports_cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, err,
				    ports_cases[i].valid ? 0 : -EINVAL, "%s",
				    ports_cases[i].text);
		toe_policy_show_ports(tn, now, sizeof(now));
		KUNIT_EXPECT_STREQ(test, (char *)now,
				   err ? (char *)before :
				   (char *)ports_cases[i].text);
	}
}

static void policy_addresses_text(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	char now[512], before[512];
	int i, err;

	for (i = 0; i < ARRAY_SIZE(addresses_cases); i++) {
		toe_policy_show_addresses(tn, before, sizeof(before));
		err = set_addresses(tn, addresses_cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, err,
				    addresses_cases[i].valid ? 0 : -EINVAL,
				    "%s", addresses_cases[i].text);
		toe_policy_show_addresses(tn, now, sizeof(now));
		KUNIT_EXPECT_STREQ(test, (char *)now,
				   err ? (char *)before :
				   (char *)addresses_cases[i].text);
	}
}

static void policy_ports_limit(struct kunit *test)
{
	char text[512] = "1";
	int i;

	for (i = 1; i < TOE_POLICY_MAX_PORTS; i++)
		strlcat(text, ",1", sizeof(text));
	KUNIT_EXPECT_EQ(test, set_ports(test->priv, text), 0);
	strlcat(text, ",1", sizeof(text));
	KUNIT_EXPECT_EQ(test, set_ports(test->priv, text), -EINVAL);
}

static int policy_init(struct kunit *test)
{
	struct toe_net *tn = kunit_kzalloc(test, sizeof(*tn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tn);
	test->priv = tn;
	return toe_policy_net_init(tn);
}

static void policy_exit(struct kunit *test)
{
	if (test->priv)
		toe_policy_net_exit(test->priv);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_empty_allows),
	KUNIT_CASE(policy_prefix_boundary),
	KUNIT_CASE(policy_port_boundary),
	KUNIT_CASE(policy_local_side),
	KUNIT_CASE(policy_first_match_wins),
	KUNIT_CASE(policy_default_follows_rules),
	KUNIT_CASE(policy_position),
	KUNIT_CASE(policy_rules_limit),
	KUNIT_CASE(policy_lists_match),
	KUNIT_CASE(policy_ports_text),
	KUNIT_CASE(policy_addresses_text),
	KUNIT_CASE(policy_ports_limit),
	{ }
};

static struct kunit_suite toe_policy_suite = {
	.name = "toe_policy",
	.init = policy_init,
	.exit = policy_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(toe_policy_suite);
