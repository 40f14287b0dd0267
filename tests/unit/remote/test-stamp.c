/* SPDX-License-Identifier: MIT */
/* test-stamp.c -- whose partition it is */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "modules/balancer/stamp.h"

static void test_stamp_is_read_as_it_was_written(void **state)
{
	const struct stamp s = { "4190101", "52100021", 3, 1795311457 };
	struct stamp read;
	char *text = stamp_format(&s);

	assert_string_equal(text, "envagent v1 env=4190101 vm=52100021 fence=3 until=1795311457");
	assert_int_equal(stamp_parse(text, &read), 0);
	assert_string_equal(read.env, "4190101");
	assert_string_equal(read.vm, "52100021");
	assert_int_equal(read.fence, 3);
	assert_int_equal(read.until, 1795311457);
	free(text);
}

static void test_owner_is_one_word_for_people(void **state)
{
	static const char *const owners[][2] = {
		{ "Ada Lovelace", " owner=Ada_Lovelace" },
		{ "\n", "" },
		{ "", "" },
		{ "a\nfence=9", " owner=afence=9" },
	};
	struct stamp s = { "1", "2", 3, 4 }, read;

	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		char *text, expected[128];

		s.owner = owners[i][0];
		text = stamp_format(&s);
		snprintf(expected, sizeof(expected), "envagent v1 env=1 vm=2 fence=3 until=4%s",
			 owners[i][1]);
		assert_string_equal(text, expected);
		assert_int_equal(stamp_parse(text, &read), 0);
		assert_int_equal(read.fence, 3);
		free(text);
	}
}

static void test_long_owner_ends_between_letters(void **state)
{
	struct stamp s = { "1", "2", 3, 4 };
	char long_one[256] = "";
	char *text;

	for (unsigned i = 0; i < 100; i++)
		strcat(long_one, "\xc3\xa9");
	s.owner = long_one;
	text = stamp_format(&s);
	assert_true(strlen(text) < 110);
	assert_int_equal((unsigned char)text[strlen(text) - 1], 0xa9);
	free(text);
}

static void test_what_a_later_version_adds_is_passed_over(void **state)
{
	struct stamp s;

	assert_int_equal(stamp_parse("envagent v1 env=1 vm=2 fence=1 until=5 owner=x", &s), 0);
	assert_int_equal(s.until, 5);
}

static void test_a_strangers_text_is_no_stamp(void **state)
{
	static const char *const texts[] = {
		"",
		"Shared objects",
		"envagent v1 env= vm=2 fence=1 until=5",
		"envagent v2 env=1 vm=2 fence=1 until=5",
		"envagent v1 env=1 vm=2 fence=1 until=",
		"envagent v1 env=1 vm=2 fence=1 until=5x",
		" envagent v1 env=1 vm=2 fence=1 until=5",
		"envagent v1 env=123456789012345678901 vm=2 fence=1 until=5",
	};
	struct stamp s;

	assert_int_equal(stamp_parse(NULL, &s), -EBADMSG);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(stamp_parse(texts[i], &s), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamp_is_read_as_it_was_written),
		cmocka_unit_test(test_owner_is_one_word_for_people),
		cmocka_unit_test(test_long_owner_ends_between_letters),
		cmocka_unit_test(test_what_a_later_version_adds_is_passed_over),
		cmocka_unit_test(test_a_strangers_text_is_no_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
