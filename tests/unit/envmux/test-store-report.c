/* SPDX-License-Identifier: MIT */
/* test-store-report.c -- what check-state says of a journal that is whole, torn, damaged, wrong */
#include <fcntl.h>

#include "agent/base/buf.h"
#include "tests/unit/envmux/fixture.h"

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(
		fixture_call(f, "POST", "/mgmt/tm/auth/partition", "{\"name\":\"test-1\"}"), 200);
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\",\"members\":["
				      "\"10.0.0.1:80\",\"10.0.0.2:80\"]}"),
			 200);
	return 0;
}

static void says(struct fixture *f, int result, const char *words)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(store_check(f->dir, &text), result);
	assert_non_null(text);
	if (!strstr(text, words))
		fail_msg("expected \"%s\" in: %s", words, text);
}

/* TEXT over what is there at AT; AT < 0: behind it. */
static void put(struct fixture *f, const char *text, long at)
{
	_cleanup_free_ char *path = str_printf("%s/journal", f->dir);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(lseek(fd, at < 0 ? 0 : at, at < 0 ? SEEK_END : SEEK_SET) >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void test_whole_beside_who_has_it_open(void **state)
{
	says(*state, 0, "2 records, ");
	says(*state, 0, ": 2 partitions, 1 pools, 2 members, 2 nodes; whole");
}

static void test_a_torn_tail_is_no_damage(void **state)
{
	struct fixture *f = *state;

	put(f, "0123abcd 99 {\"put\"", -1);
	says(f, 0, "18 bytes at its end are of a change that was never acknowledged");
	says(f, 0, "2 records");
}

static void test_damage_is_told_with_its_place(void **state)
{
	struct fixture *f = *state;

	put(f, "#", 40);
	says(f, -EBADMSG, "damaged at byte 0, behind 0 good records");
}

static void test_no_journal_at_all(void **state)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(store_check("/nonexistent", &text), -ENOENT);
	assert_string_equal(text, "/nonexistent/journal: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
		T(test_whole_beside_who_has_it_open),
		T(test_a_torn_tail_is_no_damage),
		T(test_damage_is_told_with_its_place),
		cmocka_unit_test(test_no_journal_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
