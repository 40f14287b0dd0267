/* SPDX-License-Identifier: MIT */
/* test-scan.c -- a template cut into text and tags */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "modules/template/scan.h"

/* The segments of TEXT as KIND(bytes), a trimmed one with a '~'. */
static void expect(const char *text, const char *segments)
{
	static const char kinds[] = "TCO#";
	struct erb_error error = {};
	const struct source src = { text, strlen(text), &error };
	struct scan scan = SCAN_INIT(&src);
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct segment s;

	for (;;) {
		assert_int_equal(scan_next(&scan, &s), 0);
		if (s.kind == SEGMENT_END)
			break;
		assert_true(s.start <= s.end && s.end <= src.len && s.open <= s.start);
		if (s.kind != SEGMENT_TEXT || s.end > s.start)
			buf_addf(&b, "%c(%.*s)%s", kinds[s.kind], (int)(s.end - s.start),
				 text + s.start, s.trimmed ? "~" : "");
	}
	buf_adds(&b, "");
	assert_string_equal(b.data, segments);
}

static void test_the_four_kinds(void **state)
{
	expect("a<% b %>c<%= d %>e<%# f %>g", "T(a)C( b )T(c)O( d )T(e)#( f )T(g)");
	expect("", "");
	expect("<%%>", "T(<%)T(>)");
	expect("<%=%>", "O()");
}

static void test_doubled_marks_are_text(void **state)
{
	expect("a<%% b %>", "T(a<%)T( b %>)");
	expect("<%= '%%>' %>", "O( '%%>' )");
	expect("a %%> b", "T(a %%> b)");
	expect("<% %%%> %>", "C( %%%> )");
	expect("<%# %%> %>", "#( %%> )");
}

static void test_a_dash_at_the_end_takes_the_newline(void **state)
{
	expect("<% a -%>\nb", "C( a )~T(b)");
	expect("<% a -%>\r\nb", "C( a )~T(b)");
	expect("<% a -%>", "C( a )~");
	expect("<% a -%> \nb", "C( a )T( \nb)");
	expect("<% a -%>\rb", "C( a )T(\rb)");
	expect("<%= a -%>\n\nb", "O( a )~T(\nb)");
	expect("<%--%>\n", "C()~");
	expect("<%-%>\n", "C()T(\n)");
}

static void test_a_dash_at_the_start_takes_the_blanks_of_its_line(void **state)
{
	expect("a\n \t<%- b %>", "T(a\n)C( b )");
	expect("  <%- b %>", "C( b )");
	expect("a  <%- b %>", "T(a  )C( b )");
	/* to erb a line starts behind a tag, too */
	expect("<% a %>  <%- b %>", "C( a )C( b )");
	expect("<%%  <%- b %>", "T(<%)C( b )");
	expect("a %>  <%- b %>", "T(a %>  )C( b )");
}

static void test_a_tag_that_is_not_closed_is_an_error(void **state)
{
	static const char *const texts[] = { "ab <%= c", "ab <%", "ab <%= '%%>'", "ab <%#" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct erb_error error = {};
		const struct source src = { texts[i], strlen(texts[i]), &error };
		struct scan scan = SCAN_INIT(&src);
		struct segment s;

		assert_int_equal(scan_next(&scan, &s), 0);
		assert_int_equal(scan_next(&scan, &s), -EINVAL);
		assert_int_equal(error.column, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_four_kinds),
		cmocka_unit_test(test_doubled_marks_are_text),
		cmocka_unit_test(test_a_dash_at_the_end_takes_the_newline),
		cmocka_unit_test(test_a_dash_at_the_start_takes_the_blanks_of_its_line),
		cmocka_unit_test(test_a_tag_that_is_not_closed_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
