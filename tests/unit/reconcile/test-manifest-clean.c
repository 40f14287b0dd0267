/* SPDX-License-Identifier: MIT */
/* test-manifest-clean.c -- manifest-clean.c: leftovers go, other files stay */
#include "fixture.h"

static void test_leftovers_beside_an_unfinished_write_go(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "x", 1), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	fixture_put(f, "/etc/.envagent.hosts.123456", "half", 0600);
	fixture_put(f, "/etc/.hidden", "somebody's", 0600);
	fixture_begin(f);
	assert_int_equal(manifest_clean(f->manifest), 0);
	fixture_expect(f, "/etc/.envagent.hosts.123456", NULL);
	fixture_expect(f, "/etc/.hidden", "somebody's");
}

static void test_after_a_finished_write_nobody_looks(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "x", 1), 0);
	assert_int_equal(manifest_wrote(f->manifest, "/etc/hosts", "x", 1), 0);
	fixture_put(f, "/etc/.envagent.hosts.123456", "another program's", 0600);
	assert_int_equal(manifest_clean(f->manifest), 0);
	fixture_expect(f, "/etc/.envagent.hosts.123456", "another program's");
}

static void test_saving_clears_its_own_folder(void **state)
{
	struct fixture *f = *state;

	assert_true(sys_mkdir(f->sys, "/var/lib/envagent", 0755) >= 0);
	fixture_put(f, "/var/lib/envagent/.envagent.manifest.123456", "half", 0600);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "x", 1), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	fixture_expect(f, "/var/lib/envagent/.envagent.manifest.123456", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leftovers_beside_an_unfinished_write_go),
		TEST(test_after_a_finished_write_nobody_looks),
		TEST(test_saving_clears_its_own_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
