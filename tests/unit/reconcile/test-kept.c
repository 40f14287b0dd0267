/* SPDX-License-Identifier: MIT */
/* test-kept.c -- kept.c: what one pass tells the next */
#include "fixture.h"

#include "agent/reconcile/kept.h"

#define KEPT "/run/envagent/reconcile.json"

static struct kept *load(struct fixture *f)
{
	struct kept *k;

	assert_int_equal(kept_load(f->sys, KEPT_LOCAL_PATH, &k), 0);
	return k;
}

static void test_a_modules_object_comes_back(void **state)
{
	struct fixture *f = *state;
	struct kept *k = load(f);
	const char *seen;

	assert_int_equal(json_set_str(kept_object(k, "resolv"), "answered", "10.0.0.1"), 0);
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	k = load(f);
	assert_int_equal(json_get_str(kept_object(k, "resolv"), "answered", &seen), 0);
	assert_string_equal(seen, "10.0.0.1");
	kept_free(k);
}

static void test_a_state_keeps_its_time_until_it_changes(void **state)
{
	struct fixture *f = *state;
	struct kept *k = load(f);
	uint64_t since = kept_since(k, "dns", STATE_READY);

	assert_true(since > 0);
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	k = load(f);
	assert_true(kept_since(k, "dns", STATE_READY) == since);
	assert_true(kept_since(k, "dns", STATE_FAILED) > since);
	kept_free(k);
}

static void test_confirmed_once_is_confirmed(void **state)
{
	struct fixture *f = *state;
	struct kept *k = load(f);

	assert_false(kept_confirmed(k, false));
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	k = load(f);
	assert_false(kept_confirmed(k, false));
	assert_true(kept_confirmed(k, true));
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	k = load(f);
	assert_true(kept_confirmed(k, false));
	assert_true(kept_confirmed(k, true));
	assert_int_equal(kept_save(k, f->sys), 0);
	kept_free(k);
}

static void test_nothing_new_is_no_write(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct kept *k = load(f);

	kept_since(k, "dns", STATE_READY);
	kept_object(k, "dns");
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	before = fixture_stamp(f);
	k = load(f);
	kept_since(k, "dns", STATE_READY);
	kept_object(k, "dns");
	assert_int_equal(kept_save(k, f->sys), 0);
	kept_free(k);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
}

static void test_what_was_saved_before_is_replaced_even_by_what_was_read(void **state)
{
	struct fixture *f = *state;
	struct kept *k = load(f);

	assert_int_equal(json_set_str(kept_object(k, "dns"), "a", "b"), 0);
	assert_int_equal(kept_save(k, f->sys), 1);
	kept_free(k);
	k = load(f);
	json_object_object_del(kept_object(k, "dns"), "a");
	assert_int_equal(kept_save(k, f->sys), 1);
	assert_int_equal(json_set_str(kept_object(k, "dns"), "a", "b"), 0);
	assert_int_equal(kept_save(k, f->sys), 1);
	assert_int_equal(kept_save(k, f->sys), 0);
	kept_free(k);
	k = load(f);
	assert_true(json_object_object_get_ex(kept_object(k, "dns"), "a", NULL));
	kept_free(k);
}

static void test_a_damaged_file_is_an_empty_one(void **state)
{
	static const char *const bad[] = { "", "{\"modules\":", "[]",
					   "{\"version\":1,\"modules\":5}" };
	struct fixture *f = *state;

	assert_true(sys_mkdir(f->sys, "/run/envagent", 0755) >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kept *k;

		fixture_put(f, KEPT, bad[i], 0600);
		k = load(f);
		assert_non_null(kept_object(k, "dns"));
		assert_int_equal(kept_save(k, f->sys), 1);
		kept_free(k);
	}
}

static void test_a_newer_versions_file_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct kept *k;

	assert_true(sys_mkdir(f->sys, "/run/envagent", 0755) >= 0);
	fixture_put(f, KEPT, "{\"version\":2}", 0600);
	k = load(f);
	assert_int_equal(json_set_str(kept_object(k, "dns"), "a", "b"), 0);
	assert_int_equal(kept_save(k, f->sys), 0);
	kept_free(k);
	fixture_expect(f, KEPT, "{\"version\":2}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_modules_object_comes_back),
		TEST(test_a_state_keeps_its_time_until_it_changes),
		TEST(test_confirmed_once_is_confirmed),
		TEST(test_nothing_new_is_no_write),
		TEST(test_what_was_saved_before_is_replaced_even_by_what_was_read),
		TEST(test_a_damaged_file_is_an_empty_one),
		TEST(test_a_newer_versions_file_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
