/* SPDX-License-Identifier: MIT */
/* test-errors.c -- what a person is shown: the place, the line, a caret, what was meant */
#include "tests/unit/erb/render.h"

static void shows(const char *text, const char *expected)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct erb_result result;
	struct erb_error error;

	assert_true(render_limited(text, strlen(text), NULL, &result, &error) < 0);
	assert_int_equal(erb_error_format("app.erb", text, strlen(text), &error, &b), 0);
	assert_string_equal(b.data, expected);
}

static void test_the_caret_stands_below_the_place_behind_tabs_and_wide_characters(void **state)
{
	shows("\t\tx <%= confg_id %>", "app.erb:1:9: unknown fact 'confg_id', did you mean "
				       "'config_id'?\n"
				       "  \t\tx <%= confg_id %>\n"
				       "  \t\t      ^\n");
	shows("é→ <%= confg_id %>", "app.erb:1:11: unknown fact 'confg_id', did you mean "
				    "'config_id'?\n"
				    "  é→ <%= confg_id %>\n"
				    "         ^\n");
	shows("漢😀é\xcc\x81 <%= confg_id %>", "app.erb:1:17: unknown fact 'confg_id', did you "
					      "mean 'config_id'?\n"
					      "  漢😀é\xcc\x81 <%= confg_id %>\n"
					      "            ^\n");
}

static void test_what_a_terminal_would_obey_is_not_shown(void **state)
{
	shows("\033[2J\xff\xc2\x9b <%= confg_id %>\r\n",
	      "app.erb:1:13: unknown fact 'confg_id', did "
	      "you mean 'config_id'?\n"
	      "  ?[2J?? <%= confg_id %>\n"
	      "             ^\n");
}

static void test_what_is_not_closed_is_named_where_it_began(void **state)
{
	shows("a\n<%= port\nb\n", "app.erb:2:1: this tag is not closed, expected '%>'\n"
				  "  <%= port\n"
				  "  ^\n");
	shows("<% if on %>\n<% list.each do |n| %>\nx\n<% end %>\n",
	      "app.erb:1:4: this 'if' has no 'end'\n"
	      "  <% if on %>\n"
	      "     ^\n");
	shows("<% if on %>\n<% list.each do |n| %>\n", "app.erb:2:14: this block has no 'end'\n"
						       "  <% list.each do |n| %>\n"
						       "               ^\n");
	shows("<%= 'abc %>", "app.erb:1:5: this string is not closed, expected \"'\"\n"
			     "  <%= 'abc %>\n"
			     "      ^\n");
	shows("<%= \"a#{port\" %>", "app.erb:1:13: this string is not closed, expected '\"'\n"
				    "  <%= \"a#{port\" %>\n"
				    "              ^\n");
	shows("<%= list.map { |x| x %>", "app.erb:1:22: expected '}', found the end of the tag\n"
					 "  <%= list.map { |x| x %>\n"
					 "                       ^\n");
}

static void test_the_nearest_name_of_the_right_kind_is_offered(void **state)
{
	fails("<%= host.tags.frist %>", "1:15: an array has no method 'frist', did you mean "
					"'first'?");
	fails("<%= config_id.start_wiht?('4') %>", "1:15: a string has no method 'start_wiht?', "
						   "did you mean 'start_with?'?");
	fails("<%= port.zer? %>", "1:10: an integer has no method 'zer?', did you mean 'zero?'?");
	fails("<%= { 'a' => 1 }.kyes %>",
	      "1:18: a hash has no method 'kyes', did you mean 'keys'?");
	fails("<%= host.tag %>", "1:10: there is no key 'tag', did you mean 'tags'?");
	fails("<%= none.strip %>", "1:10: nil has no method 'strip'");
	fails("<% zone = 1 %><%= zoen %>", "1:19: unknown fact 'zoen', did you mean 'zone'?");
}

static void test_each_budget_has_its_own_words_and_place(void **state)
{
	fails_with(-E2BIG, "a\n<% 10000000.times { |i| i } %>",
		   "2:25: the template takes more steps than it may");
	fails_with(-E2BIG, "a\n<%= 'x' * 99999999999 %>",
		   "2:9: the template needs more memory than it may use");
	fails_with(-E2BIG, "a\n<% 9.times { %><%= 'x' * 1000000 %><% } %>",
		   "2:16: the text gets longer than the limit of 8388608 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_caret_stands_below_the_place_behind_tabs_and_wide_characters),
		cmocka_unit_test(test_what_a_terminal_would_obey_is_not_shown),
		cmocka_unit_test(test_what_is_not_closed_is_named_where_it_began),
		cmocka_unit_test(test_the_nearest_name_of_the_right_kind_is_offered),
		cmocka_unit_test(test_each_budget_has_its_own_words_and_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
