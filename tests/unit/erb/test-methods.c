/* SPDX-License-Identifier: MIT */
/* test-methods.c -- methods: what they take and what they refuse (what they give: test-golden.c) */
#include "tests/unit/erb/render.h"

static void test_a_misspelt_method_names_the_nearest(void **state)
{
	fails("<%= config_id.upcas %>",
	      "1:15: a string has no method 'upcas', did you mean 'upcase'?");
	fails("<%= none.upcase %>", "1:10: nil has no method 'upcase'");
	fails("<%= on.length %>", "1:8: true has no method 'length'");
	fails("<%= host.kyes %>", "1:10: there is no key 'kyes'");
}

static void test_arguments_are_counted(void **state)
{
	fails("<%= config_id.length(1) %>", "1:15: 'length' takes 0 arguments, not 1");
	fails("<%= config_id.include? %>", "1:15: 'include?' takes 1 argument, not 0");
	fails("<%= list.first(1, 2) %>", "1:10: 'first' takes 0 to 1 arguments, not 2");
	fails("<%= host.dig %>", "1:10: 'dig' takes 1 arguments or more, not 0");
}

static void test_blocks_are_asked_for_and_refused(void **state)
{
	fails("<%= list.map %>", "1:10: 'map' needs a block here: { |x| ... } or do |x| ... end");
	fails("<%= list.length { |x| x } %>", "1:10: 'length' takes no block");
	fails("<%= list.map(&:x) { |x| x } %>", "1:19: this call has a block already");
	fails("<%= list.map(&:zork) %>", "1:14: an integer has no method 'zork'");
}

static void test_arguments_have_types(void **state)
{
	fails("<%= config_id.include?(1) %>", "1:15: 'include?' takes a string, not an integer");
	fails("<%= list.first('1') %>", "1:10: 'first' takes an integer, not a string");
	fails("<%= words.join(1) %>", "1:11: 'join' takes a string, not an integer");
	fails("<%= 'a'.sub('a') %>", "1:9: 'sub' takes a replacement text or a block");
	fails("<%= ['a', 1].max %>", "1:14: 'max' cannot compare an integer with a string");
	fails("<%= ['a', 1].sum %>", "1:14: '+' does not go with an integer and a string");
	fails("<%= '%d' % nil %>", "1:10: '%d' takes an integer, not nil");
	fails("<%= '%s %s' % 1 %>", "1:13: the format wants more than 1 value");
	fails("<%= '%f' % 1 %>", "1:10: '%f' is not part of the language, only %d %s %%");
	fails("<%= '5 %' % 1 %>", "1:11: the format ends within a directive; for a percent sign "
				  "write %%");
	fails("<%= '%99999d' % 1 %>", "1:15: a width in the format is over 10000");
}

static void test_what_a_method_gives_carries_its_own_marks(void **state)
{
	assert_false(renders("<%= [1, 2].first %>", "1"));
	assert_false(renders("<%= [1, secret_key].first %>", "1"));
	assert_true(renders("<%= [1, secret_key].last %>", "hush"));
	assert_true(renders("<%= ([0] + [secret_key])[1] %>", "hush"));
	assert_false(renders("<%= ([0] + [secret_key])[0] %>", "0"));
	assert_true(renders("<%= [[secret_key]].flatten[0] %>", "hush"));
	assert_true(renders("<%= { 'a' => secret_key }.dig('a') %>", "hush"));
	assert_true(renders("<%= { 'a' => secret_key }.merge({ 'b' => 1 }).values[0] %>", "hush"));
	assert_true(renders("<%= secret_host.keys.first %>", "login"));
	assert_true(renders("<%= 'x'.ljust(secret_key.length, 'a') %>", "xaaa"));
}

static void test_sorting_keeps_equals_in_order(void **state)
{
	renders("<%= %w[bb a cc d aa].sort_by { |w| w.length }.join(' ') %>", "a d bb cc aa");
	renders("<%= [5, 3, 9, 1, 7, 3, 2].sort.join %>", "1233579");
	renders("<%= [].sort.inspect %> <%= [1].sort_by { |x| x } %>", "[] [1]");
	fails("<%= [1, 2].sort { |a, b| 'x' } %>",
	      "1:12: the block of 'sort' shall give an integer, not a string");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_misspelt_method_names_the_nearest),
		cmocka_unit_test(test_arguments_are_counted),
		cmocka_unit_test(test_blocks_are_asked_for_and_refused),
		cmocka_unit_test(test_arguments_have_types),
		cmocka_unit_test(test_what_a_method_gives_carries_its_own_marks),
		cmocka_unit_test(test_sorting_keeps_equals_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
