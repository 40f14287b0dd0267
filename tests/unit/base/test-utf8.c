/* SPDX-License-Identifier: MIT */
/* test-utf8.c -- which text is fit to be shown */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/utf8.h"

static void test_characters_of_each_length(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint32_t c;
	} good[] = {
		{ "A", 1, 'A' },
		{ "\xc3\xa4", 2, 0xe4 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
	};
	uint32_t c;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(utf8_decode(good[i].text, strlen(good[i].text), &c), good[i].len);
		assert_int_equal(c, good[i].c);
	}
}

static void test_ill_formed_bytes_are_no_character(void **state)
{
	static const char *const bad[] = {
		"\x80",		    /* a continuation alone */
		"\xc3",		    /* cut short */
		"\xe2\x82",	    /* cut short */
		"\xc0\xaf",	    /* overlong */
		"\xe0\x80\xaf",	    /* overlong */
		"\xed\xa0\x80",	    /* surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xff",
		"\xc3(",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), NULL), 0);
	assert_int_equal(utf8_decode("", 0, NULL), 0);
}

static void test_what_moves_the_cursor_is_no_text(void **state)
{
	assert_true(utf8_text("caf\xc3\xa9\tno. 1", 11));
	assert_false(utf8_text("a\nb", 3));
	assert_false(utf8_text("a\x1b[2J", 5));
	assert_false(utf8_text("a\0b", 3));
	assert_false(utf8_text("\x7f", 1));
	assert_false(utf8_text("\xc2\x85", 2));	    /* NEL */
	assert_false(utf8_text("\xe2\x80\xae", 3)); /* right-to-left override */
	assert_false(utf8_text("\xe2\x80\xa8", 3)); /* line separator */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters_of_each_length),
		cmocka_unit_test(test_ill_formed_bytes_are_no_character),
		cmocka_unit_test(test_what_moves_the_cursor_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
