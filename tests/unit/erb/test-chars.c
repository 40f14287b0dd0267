/* SPDX-License-Identifier: MIT */
/* test-chars.c -- characters of UTF-8 text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/chars.h"

static void test_characters_are_counted_not_bytes(void **state)
{
	static const char text[] = "aé→😀";

	assert_int_equal(chars_length(text, strlen(text)), 4);
	assert_int_equal(chars_offset(text, strlen(text), 0), 0);
	assert_int_equal(chars_offset(text, strlen(text), 2), 3);
	assert_int_equal(chars_offset(text, strlen(text), 9), strlen(text));
}

static void test_a_wrong_byte_is_a_character_by_itself(void **state)
{
	int32_t c;

	assert_int_equal(chars_length("a\xff\xc3", 3), 3);
	assert_int_equal(chars_char("\xed\xa0\x80", 3, &c), 1);
	assert_int_equal(c, -1);
	assert_false(chars_valid("a\xc0\x80", 3));
	assert_false(chars_valid("\xf4\x90\x80\x80", 4));
	assert_true(chars_valid("\xf4\x8f\xbf\xbf", 4));
}

static void expect_case(const char *text, enum chars_case to, const char *out)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int32_t c;

	assert_int_equal(chars_add_case(&b, text, strlen(text), to, &c), 0);
	assert_string_equal(b.data, out);
}

static void test_cases_are_those_of_unicode(void **state)
{
	expect_case("aZ9 äÿþĲžαώϊяѐ", CHARS_UP, "AZ9 ÄŸÞĲŽΑΏΪЯЀ");
	expect_case("AZ9 ÄŸÞĳŽΑΏΪЯЀ÷×", CHARS_DOWN, "az9 äÿþĳžαώϊяѐ÷×");
	expect_case("ßŉıſςµ", CHARS_UP, "SSʼNISΣΜ");
	expect_case("ßa É", CHARS_CAPITALIZE, "Ssa é");
	expect_case("日本→😀", CHARS_UP, "日本→😀");
}

static void test_other_scripts_with_cases_are_refused(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int32_t c = 0;

	assert_int_equal(chars_add_case(&b, "aԱ", 3, CHARS_DOWN, &c), -EDOM);
	assert_int_equal(c, 0x531);
}

static void test_a_code_point_is_written_or_refused(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(chars_add(&b, 'a'), 0);
	assert_int_equal(chars_add(&b, 0xe9), 0);
	assert_int_equal(chars_add(&b, 0x2192), 0);
	assert_int_equal(chars_add(&b, 0x1f600), 0);
	assert_string_equal(b.data, "aé→😀");
	assert_int_equal(chars_add(&b, 0xd800), -EINVAL);
	assert_int_equal(chars_add(&b, 0x110000), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters_are_counted_not_bytes),
		cmocka_unit_test(test_a_wrong_byte_is_a_character_by_itself),
		cmocka_unit_test(test_cases_are_those_of_unicode),
		cmocka_unit_test(test_other_scripts_with_cases_are_refused),
		cmocka_unit_test(test_a_code_point_is_written_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
