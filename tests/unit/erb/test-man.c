/* SPDX-License-Identifier: MIT */
/*
 * test-man.c -- the examples of envagent-template(7) print what stands in the page
 *
 * In the page an example is a literal block behind the line .\" example, followed by one behind
 * .\" prints, or behind .\" fails with the message; ".\" example shell" may use backticks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/erb.h"

#define PAGE "packaging/man/envagent-template.7"

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	*ret_secret = false;
	*ret_why = NULL;
	return json_object_object_get_ex(userdata, name, ret_value) ? ERB_FOUND : ERB_NO_SUCH;
}

static const char *nearest(void *userdata, const char *name)
{
	return strcmp(name, "confg_id") == 0 ? "config_id" : NULL;
}

static int run_sh(void *userdata, const char *command, struct buf *out, char why[ERB_WHY_MAX])
{
	FILE *f = popen(command, "re");
	char chunk[512];
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	pclose(f);
	return out->error;
}

/* The next literal block behind a line .\" MARK, without mdoc's escapes; *ret_at moves behind it.
 */
static bool next_block(FILE *f, const char *mark, char *ret_line, size_t size, struct buf *text)
{
	char line[512];
	bool found = false, in = false;

	buf_reset(text);
	while (fgets(line, sizeof(line), f)) {
		if (!found) {
			found = strncmp(line, ".\\\" ", 4) == 0 &&
				strncmp(line + 4, mark, strlen(mark)) == 0;
			if (found)
				snprintf(ret_line, size, "%.*s", (int)size - 1, line);
		} else if (!in) {
			in = strncmp(line, ".Bd -literal", 12) == 0;
			assert_true(in);
		} else if (strcmp(line, ".Ed\n") == 0) {
			return true;
		} else {
			for (const char *p = line; *p; p++) {
				if (strncmp(p, "\\e", 2) == 0)
					buf_addc(text, *p++);
				else if (strncmp(p, "\\&", 2) == 0)
					p++;
				else
					buf_addc(text, *p);
			}
		}
	}
	return false;
}

static void check(const struct erb_facts *facts, const struct buf *example, bool shell,
		  const char *mark, const struct buf *expected)
{
	const struct erb_options options = { .shell = shell ? run_sh : NULL };
	_cleanup_buf_ struct buf message = BUF_INIT;
	struct erb_result result = {};
	struct erb_error error = {};
	int r;

	r = erb_render(example->data, example->len, facts, &options, &result, &error);
	if (r < 0)
		erb_error_format("app.yml.erb", example->data, example->len, &error, &message);
	if ((r < 0) != (strncmp(mark + 4, "fails", 5) == 0))
		fail_msg("%s%s", example->data, r < 0 ? message.data : result.out.data);
	assert_string_equal(r < 0 ? message.data : result.out.data, expected->data);
	erb_result_done(&result);
}

static void test_the_examples_of_the_page_print_what_it_says(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT, expected = BUF_INIT;
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_fclose_ FILE *f = fopen(PAGE, "re");
	struct erb_facts facts = { .lookup = lookup, .nearest = nearest };
	char line[64], mark[64];
	unsigned n = 0;

	assert_non_null(f);
	assert_true(next_block(f, "facts", line, sizeof(line), &text));
	assert_int_equal(json_parse(text.data, text.len, 16, &obj, NULL), 0);
	facts.userdata = obj;
	for (; next_block(f, "example", line, sizeof(line), &text); n++) {
		assert_true(next_block(f, "", mark, sizeof(mark), &expected));
		check(&facts, &text, strstr(line, "shell"), mark, &expected);
	}
	assert_true(n >= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_examples_of_the_page_print_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
