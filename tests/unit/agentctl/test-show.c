/* SPDX-License-Identifier: MIT */
/* test-show.c -- text for people */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/show.h"

static void assert_clean(const char *in, const char *out)
{
	_cleanup_free_ char *clean = show_clean(in);

	assert_string_equal(clean, out);
}

static void test_control_characters_become_question_marks(void **state)
{
	assert_clean("plain", "plain");
	assert_clean("a\033[31mb\nc\td\x7f", "a?[31mb?c?d?");
	assert_clean("c1 \xc2\x9b.", "c1 ?.");
	assert_clean("turned \xe2\x80\xae.", "turned ?.");
	assert_clean("gr\xc3\xbcn \xe2\x97\x8f", "gr\xc3\xbcn \xe2\x97\x8f");
	assert_clean(NULL, "");
}

static void test_broken_utf8_becomes_question_marks(void **state)
{
	assert_clean("a\xff\xfe b", "a?? b");
	assert_clean("cut \xe2\x97", "cut ??");
	assert_clean("long \xc0\xaf", "long ??");
}

static void test_width_counts_characters_not_bytes(void **state)
{
	assert_int_equal(show_width("gr\xc3\xbcn"), 4);
	assert_int_equal(show_width("\033x"), 2);
}

static void test_ages_read_like_a_clock(void **state)
{
	static const struct {
		uint64_t sec;
		const char *text;
	} cases[] = {
		{ 0, "now" },
		{ 1, "1 s" },
		{ 119, "119 s" },
		{ 120, "2 min" },
		{ 7199, "119 min" },
		{ 7200, "2 h 0 min" },
		{ 86400 * 2, "2 d 0 h" },
		{ 86400 * 400 + 7200, "400 d 2 h" },
	};
	char text[SHOW_AGE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(show_age(cases[i].sec * 1000000, text), cases[i].text);
	assert_string_equal(show_since(usec_now() + 5000000, text), "now");
}

static void test_an_error_says_what_to_type_next(void **state)
{
	_cleanup_free_ char *err = NULL;
	struct ctl c = { .out = stdout };
	size_t len;

	c.err = open_memstream(&err, &len);
	show_error(&c, "agentctl status", "bad \033[0m\n%s", "second");
	fclose(c.err);
	assert_string_equal(err, "agentctl: bad ?[0m\n  second\n  next: agentctl status\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_characters_become_question_marks),
		cmocka_unit_test(test_broken_utf8_becomes_question_marks),
		cmocka_unit_test(test_width_counts_characters_not_bytes),
		cmocka_unit_test(test_ages_read_like_a_clock),
		cmocka_unit_test(test_an_error_says_what_to_type_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
