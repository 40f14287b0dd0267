/* SPDX-License-Identifier: MIT */
/* test-lex.c -- words, numbers, strings and operators of a tag */
#include "modules/template/lex.h"
#include "tests/unit/erb/render.h"

/* The names of the tokens of TEXT, joined by blanks. */
static void expect(const char *text, const char *names)
{
	struct erb_error error = {};
	const struct source src = { text, strlen(text), &error };
	struct arena arena = ARENA_INIT(1 << 20);
	_cleanup_buf_ struct buf b = BUF_INIT;
	char name[TOKEN_NAME_MAX];
	struct token *t;

	if (lex(&src, &arena, false, &t) < 0)
		fail_msg("%s: %s", text, error.text);
	for (; t->type != T_EOF; t++)
		buf_addf(&b, "%s%s", b.len > 0 ? " " : "", token_name(t, name));
	assert_string_equal(b.data, names);
	arena_done(&arena);
}

static void test_text_and_tags_are_one_run(void **state)
{
	expect("a<%= b %>c", "text '<%=' 'b' the end of the tag text");
	expect("a<% b %>c", "text 'b' the end of the tag text");
	expect("<% a\n%>", "'a' the end of the statement");
	expect("<% a -%>\n", "'a' the end of the tag");
}

static void test_blanks_decide_behind_a_method(void **state)
{
	expect("<% a.b - 1 %>", "'a' '.' 'b' '-' a number the end of the tag");
	expect("<% a.b -1 %>", "'a' '.' 'b' a number the end of the tag");
	expect("<% a -1 %>", "'a' '-' a number the end of the tag");
	expect("<% a.b ? c : d %>", "'a' '.' 'b' '?' 'c' ':' 'd' the end of the tag");
	expect("<% a.b :c %>", "'a' '.' 'b' a symbol the end of the tag");
	expect("<% a.b % c %>", "'a' '.' 'b' '%' 'c' the end of the tag");
}

static void test_a_line_ends_a_statement_where_one_may_end(void **state)
{
	expect("<% a +\n b %>", "'a' '+' 'b' the end of the tag");
	expect("<% a\n b %>", "'a' the end of the statement 'b' the end of the tag");
	expect("<% a\n # c\n .b %>", "'a' '.' 'b' the end of the tag");
	expect("<% a\n &.b %>", "'a' '&.' 'b' the end of the tag");
	expect("<% a \\\n b %>", "'a' 'b' the end of the tag");
}

static void test_names_may_end_in_a_question(void **state)
{
	expect("<% a.empty? %>", "'a' '.' 'empty?' the end of the tag");
	expect("<% a.end %>", "'a' '.' 'end' the end of the tag");
	expect("<% a!=b %>", "'a' '!=' 'b' the end of the tag");
	expect("<% {a: 1} %>", "'{' 'a' a number '}' the end of the tag");
}

static void test_every_word_of_ruby_is_known(void **state)
{
	static const char *const refused[] = {
		"alias", "begin",  "case",  "class", "def",    "ensure", "for",
		"in",	 "module", "redo",  "retry", "rescue", "return", "self",
		"super", "undef",  "until", "when",  "while",  "yield",
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_free_ char *text = str_printf("<%% %s %%>", refused[i]);
		struct erb_result result;
		struct erb_error error;

		assert_int_equal(render_limited(text, strlen(text), NULL, &result, &error),
				 -EINVAL);
		assert_non_null(strstr(error.text, "is not part of the language: "));
	}
	renders("<% begins = 1; i = 2; nexts = 3 %><%= begins + i + nexts %>", "6");
	renders("<%= nil.inspect if true and not false or nil %><% unless on then %><% end %>",
		"nil");
}

static void test_strings_stand_for_ruby_s_bytes(void **state)
{
	renders("<%= \"\\n\\t\\s\\\\\\\"\\e\\x41\\u00e9\\u{41 e9}\\101\\q\" %>",
		"\n\t \\\"\033A\xc3\xa9"
		"A\xc3\xa9"
		"Aq");
	renders("<%= 'a\\'b\\\\c\\n' %>", "a'b\\c\\n");
	renders("<%= \"a\r\nb\" %>|<%= 'a\r\nb' %>", "a\nb|a\nb");
	renders("<%= \"#{\"#{1}\"}2\" %>", "12");
	renders("<%= 'a' \"b\" 'c' %>", "abc");
}

static void test_broken_literals_say_what_is_missing(void **state)
{
	fails("<%= 'a %>", "1:5: this string is not closed, expected \"'\"");
	fails("<%= \"a %>", "1:5: this string is not closed, expected '\"'");
	fails("<%= \"a#{1 %>", "1:7: this \"#{\" is not closed, expected '}'");
	fails("<%= \"\\u12\" %>", "1:6: expected \\u and 4 hex digits");
	fails("<%= \"\\u{12 %>", "1:6: expected \\u{...} with a closing '}'");
	fails("<%= \"\\u{} %>", "1:6: expected \\u{...} with code points in hex");
	fails("<%= \"\\xZ\" %>", "1:6: expected \\x and hex digits");
	fails("<%= \"\\xff\" %>", "1:5: this string is not valid UTF-8");
	fails("<%= %w[a b %>", "1:5: this %w is not closed, expected ']'");
	fails("<%= 0b2 %>", "1:5: this is no integer");
	fails("<%= 1__0 %>", "1:5: this is no integer");
	fails("<%= é %>", "1:5: names are ASCII: letters, digits and '_'");
}

static void test_strings_in_strings_are_limited(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct erb_result result;
	struct erb_error error;

	buf_adds(&b, "<%= ");
	for (int i = 0; i < 10000; i++)
		buf_adds(&b, "\"#{");
	buf_adds(&b, "%>");
	assert_int_equal(render_limited(b.data, b.len, NULL, &result, &error), -E2BIG);
	assert_string_equal(error.text, "strings are nested too deeply");
}

static void test_what_ruby_has_and_we_do_not_is_refused_with_advice(void **state)
{
	fails("<%= `id` %>",
	      "1:5: '`' is not part of the language: a template runs no commands; let a [Fact] "
	      "with Command= bring the value, or allow it for this template with AllowShell=yes");
	fails("<%= @x %>", "1:5: '@' is not part of the language: instance variables: facts are "
			   "plain names, write fact instead of @fact");
	fails("<% for x in list %>",
	      "1:4: 'for' is not part of the language: write list.each do |x|");
	fails("<%= File.read('x') %>", "1:5: 'File' is a Ruby constant: templates have none, only "
				       "facts, locals and literals");
	fails("<% # hidden %>",
	      "1:13: to Ruby the comment hides the end of this tag: write <%# comment %>, or end "
	      "the line before '%>'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_tags_are_one_run),
		cmocka_unit_test(test_blanks_decide_behind_a_method),
		cmocka_unit_test(test_a_line_ends_a_statement_where_one_may_end),
		cmocka_unit_test(test_names_may_end_in_a_question),
		cmocka_unit_test(test_every_word_of_ruby_is_known),
		cmocka_unit_test(test_strings_stand_for_ruby_s_bytes),
		cmocka_unit_test(test_broken_literals_say_what_is_missing),
		cmocka_unit_test(test_strings_in_strings_are_limited),
		cmocka_unit_test(test_what_ruby_has_and_we_do_not_is_refused_with_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
