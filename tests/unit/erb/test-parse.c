/* SPDX-License-Identifier: MIT */
/* test-parse.c -- the syntax of statements, operators and calls */
#include "tests/unit/erb/render.h"

static void test_operators_bind_as_in_ruby(void **state)
{
	renders("<%= 1 + 2 * 3 %> <%= 2 * 3 % 4 %> <%= 10 - 3 - 2 %> <%= -2.to_s %>", "7 2 5 -2");
	renders("<%= true || false && false %> <%= !off == on %> <%= 1 + 1 == 2 && 3 > 2 %>",
		"true true true");
	renders("<%= off ? 1 : on ? 2 : 3 %> <%= on ? off ? 1 : 2 : 3 %>", "2 2");
	renders("<% a = off || on %><%= a %> <% b = off or c = 5 %><%= b %> <%= c %>",
		"true false 5");
	renders("<%= not(off) %> <%= (not off == off) %> <%= 1 + d = 2 %> <%= d %>",
		"true false 3 2");
}

static void test_branches(void **state)
{
	renders("<% if off %>a<% elsif on %>b<% else %>c<% end %>", "b");
	renders("<% if off %>a<% elsif off %>b<% else %>c<% end %>", "c");
	renders("<% unless on %>a<% else %>b<% end %>", "b");
	renders("<% if on then %>a<% end %><%= if off then 1 else 2 end %>", "a2");
	renders("<%= 'a' if on %><%= 'b' unless off %><% x = 5 if off %><%= x.inspect %>", "abnil");
}

static void test_blocks_of_both_kinds(void **state)
{
	renders("<% list.each do |n| %><%= n %>,<% end %>", "3,1,2,");
	renders("<% list.each { |n| %><%= n %>,<% } %>", "3,1,2,");
	renders("<%= list.map { |n| n * 2 }.select { |n| n > 2 }.inspect %>", "[6, 4]");
	renders("<%= words.map(&:upcase).join ',' %>", "B,A");
	renders("<% a = list.map do |n| n + 1 end %><%= a %>", "[4, 2, 3]");
}

static void test_parameters_take_arrays_apart(void **state)
{
	renders("<% [[1, [2, 3]]].each do |a, (b, c)| %><%= [a, b, c] %><% end %>", "[1, 2, 3]");
	renders("<% { 'k' => 1 }.each_with_index do |(k, v), i| %><%= k %><%= v %><%= i %><% end "
		"%>",
		"k10");
	renders("<% [[1, 2, 3]].each do |a, b| %><%= a %><%= b %><% end %>", "12");
	renders("<% [1].each do |a, b| %><%= a %><%= b.inspect %><% end %>", "1nil");
	fails("<% list.each do |a, a| %><% end %>",
	      "1:21: this parameter has the name of another one");
}

static void test_a_block_has_its_own_names(void **state)
{
	renders("<% x = 1; list.each { |n| x = n } %><%= x %>", "2");
	renders("<% x = 1; list.each { |x| } %><%= x %>", "1");
	renders("<% list.each { |n| y = n } %><%= defined?(y).inspect %>", "nil");
	renders("<% list.each do |n| %><% z = (z || 0) + n %><%= z %><% end %>", "312");
	/* a fact is a name of the outermost scope */
	renders("<% list.each { |n| config_id = n } %><%= config_id %>", "2");
	fails("<% list.each { |n| y = n } %><%= y %>", "1:34: unknown fact 'y'");
}

static void test_next_and_break(void **state)
{
	renders("<% list.each do |n| %><% next if n == 1 %><%= n %><% end %>", "32");
	renders("<% list.each do |n| %><% break if n == 1 %><%= n %><% end %>", "3");
	renders("<%= list.each { |n| break n * 10 if n == 1 } %>", "10");
	renders("<%= list.map { |n| next 0 if n == 1; n }.inspect %>", "[3, 0, 2]");
	renders("<% words.each do |w| list.each { |n| break }; %><%= w %><% end %>", "ba");
	fails("<% next %>", "1:4: 'next' outside of a block");
}

static void test_calls_without_parentheses(void **state)
{
	renders("<%= words.join ', ' %>", "b, a");
	renders("<% if words.include? 'a' %>x<% end %>", "x");
	renders("<% s = words.join '-' %><%= s %>", "b-a");
	renders("<%= words.include? 'a' and on %>", "true");
	fails("<%= 1 + list.first 2 %>", "1:20: the arguments of 'first' need parentheses here");
	fails("<%= [words.join ','] %>", "1:17: the arguments of 'join' need parentheses here");
	fails("<% puts 'x' %>",
	      "1:4: there is no function 'puts': templates have facts, locals and "
	      "the methods of values");
}

static void test_errors_point_at_their_token(void **state)
{
	fails("a\n<% if on %>\nb", "2:4: this 'if' has no 'end'");
	fails("<% list.each do |n| %>", "1:14: this block has no 'end'");
	fails("<% end %>", "1:4: expected a statement, found 'end'");
	fails("<%= (1 %>", "1:8: expected ')', found the end of the tag");
	fails("<%= [1, %>", "1:9: expected an expression, found the end of the tag");
	fails("<% x = [1, %>text<% 2] %>",
	      "1:12: expected an expression, found the end of the tag");
	fails("<%= {'a', 1} %>", "1:9: expected '=>', found ','");
	fails("<%= on ? 1 %>", "1:12: expected ':' of the condition, found the end of the tag");
	fails("<%= list. %>",
	      "1:11: expected the name of a method or key, found the end of the tag");
	fails("<% list[0] = 1 %>",
	      "1:12: only names are assigned to: values are not changed in place");
	fails("<% host.name = 1 %>",
	      "1:14: only names are assigned to: values are not changed in place");
	fails("<%= 1 2 %>", "1:7: expected the end of the statement, found a number");
	fails("<%= zork -1 %>",
	      "1:10: 'zork' is neither a local nor a fact, so to Ruby an argument "
	      "of it begins here: put a blank on both sides or on none");
}

static void test_tags_are_statements_of_one_program(void **state)
{
	renders("<% x = 1 +\n%><% 2 %><%= x %>", "3");
	renders("<% a = 1; b = 2\nc = a + b %><%= c %>", "3");
	fails("<% x = 1 + %><% 2 %>", "1:12: expected an expression, found the end of the tag");
	fails("<% y = (%>text<% 1 %>", "1:22: expected ')', found the end of the template");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operators_bind_as_in_ruby),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_blocks_of_both_kinds),
		cmocka_unit_test(test_parameters_take_arrays_apart),
		cmocka_unit_test(test_a_block_has_its_own_names),
		cmocka_unit_test(test_next_and_break),
		cmocka_unit_test(test_calls_without_parentheses),
		cmocka_unit_test(test_errors_point_at_their_token),
		cmocka_unit_test(test_tags_are_statements_of_one_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
