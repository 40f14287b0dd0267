/* SPDX-License-Identifier: MIT */
/* test-spans.c -- where each byte of a rendering comes from */
#include "tests/unit/erb/render.h"

/* "LINE:COLUMN [expression|] output <- fact fact" for each span, a line each. */
static char *list(const char *text, const struct erb_result *result)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t at = 0;

	for (size_t i = 0; i < result->n_spans; i++) {
		const struct erb_span *s = &result->spans[i];

		assert_int_equal(s->start, at);
		assert_true(s->end > s->start);
		at = s->end;
		buf_addf(&b, "%u:%u ", s->line, s->column);
		if (s->expression)
			buf_addf(&b, "{%.*s} ", (int)s->len, text + s->pos);
		else
			assert_memory_equal(text + s->pos, result->out.data + s->start, s->len);
		buf_addf(&b, "'%.*s'", (int)(s->end - s->start), result->out.data + s->start);
		for (size_t k = 0; k < s->n_facts; k++)
			buf_addf(&b, " %s", result->fact_names[s->fact + k]);
		for (size_t k = 0; k < s->n_when; k++)
			buf_addf(&b, " if:%s", result->fact_names[s->when + k]);
		buf_adds(&b, s->secret ? " secret\n" : "\n");
	}
	assert_int_equal(at, result->out.len);
	return buf_take(&b);
}

static void spans(const char *text, const char *expected)
{
	const struct erb_options options = { .spans = true };
	_cleanup_free_ char *got = NULL;
	struct erb_result result = {};
	struct erb_error error = {};

	if (render_limited(text, strlen(text), &options, &result, &error) < 0)
		fail_msg("%s\n%u:%u: %s", text, error.line, error.column, error.text);
	got = list(text, &result);
	assert_string_equal(got, expected);
	erb_result_done(&result);
}

static void test_text_and_expressions_have_their_places(void **state)
{
	spans("", "");
	spans("a\nb: <%= config_id -%>\nc<%%", "1:1 'a\nb: '\n"
					       "2:8 {config_id} '4190101' config_id\n"
					       "3:1 'c<%'\n");
	spans("<%=\n  port + 1\n%>", "2:3 {port + 1} '8081' port\n");
	spans("<%= '' %>x", "1:10 'x'\n");
}

static void test_an_expression_names_each_fact_that_it_read_once(void **state)
{
	spans("<%= \"#{host.name}-#{config_id}-#{host['ip']}\" %>",
	      "1:5 {\"#{host.name}-#{config_id}-#{host['ip']}\"} 'web-1-4190101-10.60.0.21' host "
	      "config_id\n");
	spans("<%= on ? port : config_id %>", "1:5 {on ? port : config_id} '8080' on port\n");
	spans("<%= 1 %>", "1:5 {1} '1'\n");
}

static void test_a_local_carries_the_facts_that_it_was_made_of(void **state)
{
	spans("<% a = config_id.reverse; b = a + 'x'; a = 1 %><%= b %><%= a %>",
	      "1:52 {b} '1010914x' config_id\n"
	      "1:60 {a} '1'\n");
	spans("<% a = 'x'; a += config_id %><%= a %>", "1:34 {a} 'x4190101' config_id\n");
	spans("<% port %><%= config_id %>", "1:15 {config_id} '4190101' config_id\n");
}

static void test_a_parameter_of_a_block_carries_the_facts_that_the_block_runs_over(void **state)
{
	spans("<% words.each do |w| %><%= w %>,<%= config_id[0] %><% end %>",
	      "1:28 {w} 'b' words\n"
	      "1:32 ',' if:words\n"
	      "1:37 {config_id[0]} '4' config_id if:words\n"
	      "1:28 {w} 'a' words\n"
	      "1:32 ',' if:words\n"
	      "1:37 {config_id[0]} '4' config_id if:words\n");
	spans("<% [1].each do |n| %><% words.each do |w| %><%= w + host.name if n == 1 %>"
	      "<% end %><% end %><%= 1 %>",
	      "1:49 {w + host.name if n == 1} 'bweb-1' words host\n"
	      "1:49 {w + host.name if n == 1} 'aweb-1' words host\n"
	      "1:97 {1} '1'\n");
}

static void test_what_is_left_early_loses_no_fact(void **state)
{
	spans("<%= words.map { |w| next config_id if on }.first %>",
	      "1:5 {words.map { |w| next config_id if on }.first} '4190101' words config_id on\n");
	spans("<%= words.each { |w| break port }.to_s + host.ip %>",
	      "1:5 {words.each { |w| break port }.to_s + host.ip} '808010.60.0.21' words port "
	      "host\n");
}

static void test_secrets_are_marked_in_their_spans(void **state)
{
	spans("a<%= secret_key %><% if secret_on %>b<% end %>", "1:1 'a'\n"
								"1:6 {secret_key} 'hush' "
								"secret_key secret\n"
								"1:37 'b' if:secret_on secret\n");
}

static void test_text_carries_the_facts_of_the_conditions_around_it(void **state)
{
	spans("a<% if on %>b<% end %>c", "1:1 'a'\n1:13 'b' if:on\n1:23 'c'\n");
	spans("<% unless on %>b<% else %>c<% end %>", "1:27 'c' if:on\n");
	/* what the conditions before it were decides about a later branch */
	spans("<% if port == 1 %>a<% elsif on %>b<% if host.name %>c<% end %><% end %>d",
	      "1:34 'b' if:port if:on\n1:53 'c' if:port if:on if:host\n1:72 'd'\n");
	spans("<% if port == 1 %>a<% elsif !on %>b<% else %><%= host.name %><% end %>",
	      "1:50 {host.name} 'web-1' host if:port if:on\n");
	/* by way of a local, and into one */
	spans("<% big = port > 80 %><% if big %>b<% end %>", "1:34 'b' if:port\n");
	spans("<% a = 'x'; a = 'y' if on %><%= a %>", "1:33 {a} 'y' on\n");
	/* what a condition reads is no part of what it lets through */
	spans("<% if on %><%= port %><% end %>", "1:16 {port} '8080' port if:on\n");
}

static void test_what_is_left_early_leaves_its_conditions(void **state)
{
	spans("<% words.each do |w| %><% if on %>a<% next %><% end %>b<% end %>c",
	      "1:35 'a' if:words if:on\n1:35 'a' if:words if:on\n1:65 'c'\n");
	spans("<% words.each do |w| %><% if on %>a<% break %><% end %><% end %>c",
	      "1:35 'a' if:words if:on\n1:65 'c'\n");
}

static void test_spans_take_from_the_memory_that_is_allowed(void **state)
{
	const struct erb_options options = { .spans = true, .memory = 100000 };
	const char *text = "<% 10000.times do |i| %>x<% end %>";
	struct erb_result result;
	struct erb_error error;

	assert_int_equal(render_limited(text, strlen(text), &options, &result, &error), -E2BIG);
	assert_string_equal(error.text, "the template needs more memory than it may use");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_expressions_have_their_places),
		cmocka_unit_test(test_an_expression_names_each_fact_that_it_read_once),
		cmocka_unit_test(test_a_local_carries_the_facts_that_it_was_made_of),
		cmocka_unit_test(
			test_a_parameter_of_a_block_carries_the_facts_that_the_block_runs_over),
		cmocka_unit_test(test_what_is_left_early_loses_no_fact),
		cmocka_unit_test(test_secrets_are_marked_in_their_spans),
		cmocka_unit_test(test_text_carries_the_facts_of_the_conditions_around_it),
		cmocka_unit_test(test_what_is_left_early_leaves_its_conditions),
		cmocka_unit_test(test_spans_take_from_the_memory_that_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
