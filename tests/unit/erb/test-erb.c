/* SPDX-License-Identifier: MIT */
/* test-erb.c -- templates by the public door: facts, budgets, secrets, errors */
#include "tests/unit/erb/render.h"

static void test_a_fact_goes_into_the_text(void **state)
{
	assert_false(renders("web_url: https://www-<%= config_id %>.test/\n",
			     "web_url: https://www-4190101.test/\n"));
	renders("", "");
	renders("<%= host.name %> <%= host['ip'] %> <%= list[0] %>", "web-1 10.60.0.21 3");
}

static void test_a_misspelt_fact_names_the_nearest(void **state)
{
	struct erb_result result;
	struct erb_error error;
	const char *text = "a\n <%= confg_id %>";

	fails(text, "2:6: unknown fact 'confg_id', did you mean 'config_id'?");
	assert_int_equal(render_limited(text, strlen(text), NULL, &result, &error), -EINVAL);
	assert_string_equal(error.fact, "confg_id");
	assert_false(error.unknown);
}

static void test_a_misspelt_local_names_the_nearest(void **state)
{
	fails("<% address = 1 %><%= adress %>",
	      "1:22: unknown fact 'adress', did you mean 'address'?");
}

static void test_an_unknown_fact_is_an_error_wherever_it_is_touched(void **state)
{
	static const char *const texts[] = { "<%= later %>", "<% if later %><% end %>",
					     "<%= later || 'x' %>", "<%= \"#{later}\" %>",
					     "<% later ||= 1 %>" };
	struct erb_result result;
	struct erb_error error;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(render_limited(texts[i], strlen(texts[i]), NULL, &result, &error),
				 -EINVAL);
		assert_string_equal(error.text,
				    "fact 'later' is unknown: the gateway does not answer");
		assert_string_equal(error.fact, "later");
		assert_true(error.unknown);
	}
	renders("<% if off %><%= later %><% end %>", "");
}

static void test_an_absent_fact_reads_as_nil(void **state)
{
	renders("<%= gone || 'none' %> <%= gone.nil? %><% if gone %>x<% end %>", "none true");
	fails("<%= gone %>", "1:5: nothing to print: the value is nil (the document has no such "
			     "key); if that is meant, write || ''");
	fails("<%= none %>",
	      "1:5: nothing to print: the value is nil; if that is meant, write || ''");
}

static void test_an_integer_beyond_64_bits_is_an_error(void **state)
{
	fails("<%= huge %>", "1:5: an integer here does not fit in 64 bits");
	fails("<%= 9223372036854775808 %>", "1:5: this integer does not fit in 64 bits");
	fails("<%= -9223372036854775807 - 2 %>",
	      "1:26: -9223372036854775807 - 2 does not fit in 64 bits");
	fails("<%= 4611686018427387904 * 2 %>",
	      "1:25: 4611686018427387904 * 2 does not fit in 64 bits");
	fails("<% m = -9223372036854775808 %><%= -m %>",
	      "1:35: -(-9223372036854775808) does not fit in 64 bits");
	fails("<% m = -9223372036854775808 %><%= m / -1 %>",
	      "1:37: -9223372036854775808 / -1 does not fit in 64 bits");
	renders("<% m = -9223372036854775808 %><%= m % -1 %>", "0");
	fails("<%= '99999999999999999999'.to_i %>",
	      "1:28: an integer here does not fit in 64 bits");
}

static void test_steps_are_limited(void **state)
{
	fails_with(-E2BIG, "<% 10000000.times do |i| %><% end %>",
		   "1:13: the template takes more steps than it may");
	fails_with(-E2BIG, "<% a = [1]; 60.times { a = [a, a] }; b = a + [] %><%= a == b %>",
		   "1:57: the template takes more steps than it may");
}

static void test_the_output_is_limited(void **state)
{
	const struct erb_options limits = { .output = 10 };
	struct erb_result result = {};
	struct erb_error error;

	assert_int_equal(render_limited("0123456789", 10, &limits, &result, &error), 0);
	erb_result_done(&result);
	assert_int_equal(render_limited("0123<%= 456789 %>x", 18, &limits, &result, &error),
			 -E2BIG);
	assert_int_equal(error.line, 1);
	assert_int_equal(error.column, 18);
	assert_non_null(strstr(error.text, "limit of 10 bytes"));
}

static void test_memory_is_limited(void **state)
{
	static const char *const texts[] = {
		"<% a = 'x'; 30.times { a = a + a } %>",
		"<% a = [1]; 30.times { a = a * 9 } %>",
		"<% a = [1]; 30.times { a = a + a } %>",
		"<% a = ''; 100000.times { |i| a = \"#{a}#{i}\" } %>",
		"<% a = [1]; 40.times { a = [a, a] } %><%= a.inspect %>",
		"<%= 'x'.ljust(1000000) %>",
		"<%= ('x' * 50000).gsub('', 'abc') %>",
		"<%= ('x' * 9000).gsub('x', 'x' * 9000) %>",
		"<%= (['x' * 1000] * 500).join.length %>",
	};
	const struct erb_options limits = { .memory = 200000 };
	struct erb_result result;
	struct erb_error error;

	fails_with(-E2BIG, "<% a = 'x' * 1000000000000 %>",
		   "1:12: the template needs more memory than it may use");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(
			render_limited(texts[i], strlen(texts[i]), &limits, &result, &error),
			-E2BIG);
		assert_string_equal(error.text, "the template needs more memory than it may use");
	}
}

static void test_memory_may_end_anywhere(void **state)
{
	const char *text =
		"<% a = [1, { 'b' => \"#{port}x\" }]; a.each_with_index do |(b, c), i| -%>"
		"<%= i > 0 && on ? \"a#{b}\" : (c || 'z').to_s + %w[x y].join(',') %><% "
		"end if not off %>";
	struct erb_options options = { .spans = true };
	struct erb_result result;
	struct erb_error error;
	int r = -E2BIG;

	for (options.memory = 16; r < 0; options.memory += 16) {
		assert_true(options.memory < 100000);
		r = render_limited(text, strlen(text), &options, &result, &error);
		assert_true(r == 0 || r == -E2BIG);
		assert_true(r == 0 || error.line == 1);
	}
	assert_string_equal(result.out.data, "zx,ya{\"b\"=>\"8080x\"}");
	erb_result_done(&result);
}

static void test_nesting_is_limited(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct erb_result result;
	struct erb_error error;

	buf_adds(&b, "<%= ");
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	assert_int_equal(render_limited(b.data, b.len, NULL, &result, &error), -EINVAL);
	buf_adds(&b, " %>");
	assert_int_equal(render_limited(b.data, b.len, NULL, &result, &error), -E2BIG);
	assert_string_equal(error.text, "this is nested more than 100 levels deep");

	fails_with(-E2BIG, "<% a = 1; 1000.times { a = [a] } %><%= a %>",
		   "1:36: the value is nested more than 100 levels deep");
	fails_with(-E2BIG, "<% a = 1; 1000.times { a = [a] } %><%= a == [a] %>",
		   "1:42: the value is nested more than 100 levels deep");
	fails_with(-E2BIG, "<% a = 1; 1000.times { a = [a] } %><%= a.flatten %>",
		   "1:42: the value is nested more than 100 levels deep");
}

static void test_long_chains_are_no_nesting(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct erb_result result = {};
	struct erb_error error;

	buf_adds(&b, "<%= 0");
	for (int i = 0; i < 500; i++)
		buf_adds(&b, " + 1");
	buf_adds(&b, " %> <% if off %>");
	for (int i = 0; i < 2000; i++)
		buf_addf(&b, "<%% elsif port == %d %%>%d", i + 7000, i);
	buf_adds(&b, "<% end %>");
	assert_int_equal(render_limited(b.data, b.len, NULL, &result, &error), 0);
	assert_string_equal(result.out.data, "500 1080");
	erb_result_done(&result);
}

static void test_a_secret_marks_the_result(void **state)
{
	static const char *const texts[] = {
		"<%= secret_key %>",
		"<%= \"a#{secret_key}b\" %>",
		"<%= 'x' + secret_key %>",
		"<% a = secret_key.upcase %><%= a %>",
		"<%= secret_key.length %>",
		"<%= [secret_key].join %>",
		"<%= [1, [secret_key]].to_json %>",
		"<%= { 'a' => secret_key }.inspect %>",
		"<%= secret_key == 'x' %>",
		"<%= secret_key[0] %>",
		"<%= secret_list[0] %>",
		"<%= secret_list.length %>",
		"<%= secret_host.login %>",
		"<% secret_host.each { |k, v| %>x<% } %>",
		"<% secret_list.each do |s| %><%= s %><% end %>",
		"<%= secret_key.split('').first %>",
		"<%= words.map { |w| w + secret_key }.first %>",
		"<%= '%s' % secret_key %>",
		"<%= secret_key.gsub('h') { |m| 'x' } %>",
		"<%= words.include?(secret_key) %>",
		"<%= [secret_key, 'b'].sort.first %>",
		"<%= ['a', secret_key].max %>",
		"<%= secret_key && 1 %>",
		"<%= secret_on ? 1 : 2 %>",
		"<%= !secret_on %>",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct erb_result result = {};
		struct erb_error error;

		if (render_limited(texts[i], strlen(texts[i]), NULL, &result, &error) < 0)
			fail_msg("%s: %s", texts[i], error.text);
		if (!result.secret)
			fail_msg("%s: not secret", texts[i]);
		erb_result_done(&result);
	}
}

static void test_what_a_secret_decides_is_secret(void **state)
{
	assert_true(renders("<% if secret_on %>x<% end %>", "x"));
	assert_true(renders("<% a = 1 %><% if secret_on %><% a = 2 %><% end %><%= a %>", "2"));
	assert_true(renders("<% secret_on && a = 2 %><%= a %>", "2"));
	assert_true(renders("<% [1].each do |n| %><% next if secret_on %>x<% end %>y", "y"));
	assert_true(renders("<% b = words.select { |w| secret_key } %><%= b.length %>", "2"));
	assert_true(renders("<% secret_list.each do |s| %>x<% end %>", "xx"));
}

static void test_what_a_secret_does_not_touch_is_open(void **state)
{
	assert_false(renders("<% a = secret_key %><%= config_id %>", "4190101"));
	assert_false(renders("<% if secret_on %><% a = 1 %><% end %>x", "x"));
	assert_false(renders("<%= [secret_key, 'b'].length %>", "2"));
	assert_false(renders("<%= [secret_key, 'b'][1] %>", "b"));
	assert_false(renders("<%= { 'a' => secret_key, 'b' => 2 }['b'] %>", "2"));
	assert_false(renders("<%= { 'a' => secret_key }.keys.join %>", "a"));
	assert_false(renders("<% [secret_key, 'b'].each_with_index do |s, i| %><%= i %><% end %>",
			     "01"));
}

static void test_a_key_of_a_fact_is_read_by_its_name(void **state)
{
	renders("<%= host.name %> <%= host.tags.first %>", "web-1 x");
	fails("<%= host.nme %>", "1:10: there is no key 'nme', did you mean 'name'?");
	renders("<%= host['nme'].inspect %>", "nil");
	fails("<%= host.class %>",
	      "1:10: 'class' is a method of every hash in Ruby: to read the key write ['class']");
	fails("<%= { 'a' => 1 }.a %>", "1:18: a hash has no method 'a'");
}

static void test_an_error_is_shown_as_a_compiler_does(void **state)
{
	const char *text = "a: 1\n\tb: <%= 'é' + confg_id %>\r\n";
	struct erb_error error;
	struct erb_result result;
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(render_limited(text, strlen(text), NULL, &result, &error), -EINVAL);
	assert_int_equal(erb_error_format("app.yml.erb", text, strlen(text), &error, &b), 0);
	assert_string_equal(b.data, "app.yml.erb:2:16: unknown fact 'confg_id', did you mean "
				    "'config_id'?\n"
				    "  \tb: <%= 'é' + confg_id %>\n"
				    "  \t             ^\n");
}

static void test_a_long_line_is_cut_around_the_place(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT, b = BUF_INIT;
	struct erb_error error;
	struct erb_result result;

	for (int i = 0; i < 300; i++)
		buf_adds(&text, "é");
	buf_adds(&text, "<%= \033x %>");
	for (int i = 0; i < 300; i++)
		buf_adds(&text, "ö");
	assert_int_equal(render_limited(text.data, text.len, NULL, &result, &error), -EINVAL);
	assert_int_equal(erb_error_format("t", text.data, text.len, &error, &b), 0);
	assert_true(b.len < 500);
	assert_null(strchr(b.data, '\033'));
	assert_non_null(strstr(b.data, "<%= ?x %>"));
}

static void test_a_place_at_the_very_end_can_be_shown(void **state)
{
	static const char *const texts[] = { "<% if on %>", "<% if on %>\n", "", "\n\n" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct erb_error error = { .line = 3, .column = 70, .text = "x" };

		assert_int_equal(erb_error_format("t", texts[i], strlen(texts[i]), &error, &b), 0);
		assert_memory_equal(b.data, "t:3:70: x\n", 10);
	}
}

static void test_bytes_of_the_text_pass_as_they_are(void **state)
{
	struct erb_result result = {};
	struct erb_error error;

	assert_int_equal(render_limited("\xff\0\xe9<%= 1 %>\0", 12, NULL, &result, &error), 0);
	assert_int_equal(result.out.len, 5);
	assert_memory_equal(result.out.data, "\xff\0\xe9\x31\0", 5);
	erb_result_done(&result);
}

/* Every beginning of a template, and the template with every byte replaced, ends well or badly, but
 * it ends. */
static void test_no_text_makes_it_stumble(void **state)
{
	static const char text[] =
		"<%- list.each_with_index do |(a, b), i| -%>\r\n<%= \"x#{a ? 'y' : \"#{i}\"}\\u{e9 "
		"41}\" "
		"%>\n<% end if not off and on %><%# c %%> -%><%% %w[a b] <%= %w[a b].map(&:upcase) "
		"%><%= '%-5d|%s' % [1, {a: 1, 'b' => -2}] %><%= host&.name[1, 2].tr('a-z', 'b') %>";
	char copy[sizeof(text)];
	struct erb_result result = {};
	struct erb_error error;

	for (size_t n = 0; n < sizeof(text); n++)
		if (render_limited(text, n, NULL, &result, &error) == 0)
			erb_result_done(&result);
	for (size_t n = 0; n + 1 < sizeof(text); n++) {
		for (const char *c = "'\"#{}()[]|%<>-\\ \n\xff"; *c; c++) {
			memcpy(copy, text, sizeof(text));
			copy[n] = *c;
			if (render_limited(copy, sizeof(text) - 1, NULL, &result, &error) == 0)
				erb_result_done(&result);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fact_goes_into_the_text),
		cmocka_unit_test(test_a_misspelt_fact_names_the_nearest),
		cmocka_unit_test(test_a_misspelt_local_names_the_nearest),
		cmocka_unit_test(test_an_unknown_fact_is_an_error_wherever_it_is_touched),
		cmocka_unit_test(test_an_absent_fact_reads_as_nil),
		cmocka_unit_test(test_an_integer_beyond_64_bits_is_an_error),
		cmocka_unit_test(test_steps_are_limited),
		cmocka_unit_test(test_the_output_is_limited),
		cmocka_unit_test(test_memory_is_limited),
		cmocka_unit_test(test_memory_may_end_anywhere),
		cmocka_unit_test(test_nesting_is_limited),
		cmocka_unit_test(test_long_chains_are_no_nesting),
		cmocka_unit_test(test_a_secret_marks_the_result),
		cmocka_unit_test(test_what_a_secret_decides_is_secret),
		cmocka_unit_test(test_what_a_secret_does_not_touch_is_open),
		cmocka_unit_test(test_a_key_of_a_fact_is_read_by_its_name),
		cmocka_unit_test(test_an_error_is_shown_as_a_compiler_does),
		cmocka_unit_test(test_a_long_line_is_cut_around_the_place),
		cmocka_unit_test(test_a_place_at_the_very_end_can_be_shown),
		cmocka_unit_test(test_bytes_of_the_text_pass_as_they_are),
		cmocka_unit_test(test_no_text_makes_it_stumble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
