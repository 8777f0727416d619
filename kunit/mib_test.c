// SPDX-License-Identifier: GPL-2.0-only
#include <kunit/test.h>
#include <linux/ctype.h>

#include "../net/toe/policy.h"

static const char *state_name(u32 i)
{
	return toe_state_name(i);
}

static const char *refusal_name(u32 i)
{
	return toe_refusal_name(i);
}

static const char *upload_name(u32 i)
{
	return toe_upload_name(i);
}

static const char *move_name(u32 i)
{
	return toe_move_name(i);
}

static const char *by_name(u32 i)
{
	return toe_by_name(i);
}

static const char *answer_name(u32 i)
{
	return toe_answer_name(i);
}

static const char *measure_name(u32 i)
{
	return toe_measure_name(i);
}

static const char *mib_name(u32 i)
{
	return toe_mib_name(i);
}

static const struct {
	const char *what;
	const char *(*name)(u32 i);
	u32 nr;
} tables[] = {
	{ "state", state_name, __TOE_STATE_MAX },
	{ "refusal", refusal_name, __TOE_REFUSAL_MAX },
	{ "upload", upload_name, __TOE_UPLOAD_MAX },
	{ "move", move_name, __TOE_MOVE_MAX },
	{ "by", by_name, __TOE_BY_MAX },
	{ "answer", answer_name, __TOE_ANSWER_MAX },
	{ "measure", measure_name, __TOE_MEASURE_MAX },
	{ "mib", mib_name, __TOE_MIB_MAX },
};

static bool is_plain_word(const char *name)
{
	for (; *name; name++) {
		if (!islower(*name) && !isdigit(*name) && *name != '-')
			return false;
	}
	return true;
}

static void mib_names_complete(struct kunit *test)
{
	const char *name;
	u32 t, i;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		for (i = 0; i < tables[t].nr; i++) {
			name = tables[t].name(i);
			KUNIT_EXPECT_NE_MSG(test, strcmp(name, "unknown"), 0,
					    "%s %u", tables[t].what, i);
			KUNIT_EXPECT_TRUE_MSG(test, is_plain_word(name),
					      "%s %s", tables[t].what, name);
		}
	}
}

static void mib_names_unique(struct kunit *test)
{
	u32 t, i, j;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		for (i = 0; i < tables[t].nr; i++) {
			for (j = 0; j < i; j++)
				KUNIT_EXPECT_NE_MSG(test,
						    strcmp(tables[t].name(i),
							   tables[t].name(j)),
						    0, "%s %u %u",
						    tables[t].what, i, j);
		}
	}
}

static void mib_names_out_of_range(struct kunit *test)
{
	u32 t;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		KUNIT_EXPECT_STREQ(test, (char *)tables[t].name(tables[t].nr),
				   "unknown");
		KUNIT_EXPECT_STREQ(test, (char *)tables[t].name(U32_MAX),
				   "unknown");
	}
}

static void mib_counts(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	struct toe_mib *sum;

	sum = kunit_kzalloc(test, sizeof(*sum), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sum);
	toe_mib_inc(tn, TOE_MIB_TRIED);
	toe_mib_inc(tn, TOE_MIB_TRIED);
	toe_mib_add(tn, TOE_MIB_RX_BYTES, 1ULL << 40);
	toe_mib_refusal(tn, TOE_REFUSAL_LIMIT);
	toe_mib_upload(tn, TOE_UPLOAD_ADMIN);
	toe_mib_read(tn, sum);
	KUNIT_EXPECT_EQ(test, sum->item[TOE_MIB_TRIED], 2);
	KUNIT_EXPECT_EQ(test, sum->item[TOE_MIB_RX_BYTES], 1ULL << 40);
	KUNIT_EXPECT_EQ(test, sum->item[TOE_MIB_OFFLOADED], 0);
	KUNIT_EXPECT_EQ(test, sum->refusal[TOE_REFUSAL_LIMIT], 1);
	KUNIT_EXPECT_EQ(test, sum->upload[TOE_UPLOAD_ADMIN], 1);
}

/* A device may say anything */
static void mib_counts_bad_reason(struct kunit *test)
{
	struct toe_net *tn = test->priv;
	struct toe_mib *sum;

	sum = kunit_kzalloc(test, sizeof(*sum), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sum);
	toe_mib_refusal(tn, __TOE_REFUSAL_MAX);
	toe_mib_refusal(tn, (enum toe_refusal)U32_MAX);
	toe_mib_upload(tn, __TOE_UPLOAD_MAX);
	toe_mib_read(tn, sum);
	KUNIT_EXPECT_EQ(test, sum->refusal[TOE_REFUSAL_NIC_INVALID], 2);
	KUNIT_EXPECT_EQ(test, sum->upload[TOE_UPLOAD_NIC_LIED], 1);
}

static void mib_counts_batch_sizes(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 2, 3, 4, 255, 256, 1000 };
	struct toe_net *tn = test->priv;
	struct toe_mib *sum;
	int i;

	sum = kunit_kzalloc(test, sizeof(*sum), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sum);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		toe_mib_batch(tn, sizes[i]);
	toe_mib_read(tn, sum);
	KUNIT_EXPECT_EQ(test, sum->item[TOE_MIB_BATCHES], ARRAY_SIZE(sizes));
	KUNIT_EXPECT_EQ(test, sum->batch[0], 1);
	KUNIT_EXPECT_EQ(test, sum->batch[1], 2);
	KUNIT_EXPECT_EQ(test, sum->batch[2], 1);
	KUNIT_EXPECT_EQ(test, sum->batch[7], 1);
	KUNIT_EXPECT_EQ(test, sum->batch[8], 2);
	for (i = 0; i < TOE_MIB_BATCH_BUCKETS; i++)
		KUNIT_EXPECT_NE(test, 0, strcmp(toe_mib_batch_name(i),
						"unknown"));
}

static int mib_init(struct kunit *test)
{
	struct toe_net *tn = kunit_kzalloc(test, sizeof(*tn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tn);
	test->priv = tn;
	return toe_mib_net_init(tn);
}

static void mib_exit(struct kunit *test)
{
	if (test->priv)
		toe_mib_net_exit(test->priv);
}

static struct kunit_case mib_cases[] = {
	KUNIT_CASE(mib_names_complete),
	KUNIT_CASE(mib_names_unique),
	KUNIT_CASE(mib_names_out_of_range),
	KUNIT_CASE(mib_counts),
	KUNIT_CASE(mib_counts_bad_reason),
	KUNIT_CASE(mib_counts_batch_sizes),
	{ }
};

static struct kunit_suite toe_mib_suite = {
	.name = "toe_mib",
	.init = mib_init,
	.exit = mib_exit,
	.test_cases = mib_cases,
};

kunit_test_suite(toe_mib_suite);
