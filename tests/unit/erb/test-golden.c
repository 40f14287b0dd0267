/* SPDX-License-Identifier: MIT */
/*
 * test-golden.c -- templates with the bytes that Ruby's own ERB prints
 *
 * The folder is tests/golden/template, or the one that ERB_CASES names. A case is NAME.erb with
 * NAME.facts.json (or the folder's facts.json) and NAME.out, the text, or NAME.err, the message
 * (FILE:LINE:COLUMN: ..., or a folder of random cases: anything, if it does not start so). A
 * mutant-NAME.erb may fail although there is a NAME.out: it is a sound template with a slip in it;
 * and so may a random case (of digits) that comes to an integer of more than 64 bits, or calculates
 * with a number with a point.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <string.h>

#include "modules/template/erb.h"

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	*ret_secret = false;
	*ret_why = NULL;
	return json_object_object_get_ex(userdata, name, ret_value) ? ERB_FOUND : ERB_NO_SUCH;
}

/* The file BASE + ENDING, or NULL; owned. */
static char *slurp(const char *base, const char *ending, size_t *ret_len)
{
	_cleanup_free_ char *path = str_printf("%s%s", base, ending);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_buf_ struct buf b = BUF_INIT;
	char chunk[4096];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	*ret_len = b.len;
	return buf_take(&b);
}

/* JSON has no bytes that are no UTF-8: a text of that name stands for its bytes in Latin-1. */
static void replace_latin1(struct json_object *facts)
{
	static const char name[] = "latin1_bad";
	struct json_object *v;
	char bytes[64];
	size_t n = 0;

	if (!json_object_object_get_ex(facts, name, &v))
		return;
	for (const char *p = json_object_get_string(v); *p && n < sizeof(bytes); p++) {
		bytes[n] = *p;
		if (*p & 0x80) {
			p++;
			bytes[n] = (p[-1] & 3) << 6 | (*p & 0x3f);
		}
		n++;
	}
	json_object_object_add(facts, name, json_object_new_string_len(bytes, n));
}

static struct json_object *read_facts(const char *base)
{
	_cleanup_free_ char *dir = strndup(base, strrchr(base, '/') + 1 - base), *text = NULL;
	struct json_object *facts;
	size_t len;

	text = slurp(base, ".facts.json", &len) ?: slurp(dir, "facts.json", &len);
	assert_non_null(text);
	assert_int_equal(json_parse(text, len, 32, &facts, NULL), 0);
	replace_latin1(facts);
	return facts;
}

/* True if the rendering is what the case wants; says so if not. */
static bool check(const char *base)
{
	_cleanup_json_ struct json_object *facts = read_facts(base);
	const struct erb_facts callbacks = { .lookup = lookup, .userdata = facts };
	_cleanup_free_ char *text, *out, *err;
	size_t len, out_len = 0, err_len = 0;
	const char *name = strrchr(base, '/') + 1;
	struct erb_result result = {};
	struct erb_error error = {};
	bool good;
	int r;

	text = slurp(base, ".erb", &len);
	out = slurp(base, ".out", &out_len);
	err = slurp(base, ".err", &err_len);
	assert_non_null(text);
	assert_true(out || err);
	r = erb_render(text, len, &callbacks, NULL, &result, &error);
	if (r < 0) {
		_cleanup_free_ char *message = str_printf("%s.erb:%u:%u: %s\n", name, error.line,
							  error.column, error.text);

		good = (err &&
			(strncmp(err, name, strlen(name)) != 0 || strcmp(err, message) == 0)) ||
		       (out && strncmp(name, "mutant-", 7) == 0) ||
		       (out && isdigit((unsigned char)name[0]) &&
			(strstr(error.text, "64 bits") || strstr(error.text, "with a point")));
		if (!good)
			print_message("%s.erb: failed:\n%s", base, message);
	} else {
		good = out && result.out.len == out_len &&
		       memcmp(result.out.data, out, out_len) == 0;
		if (!good)
			print_message("%s.erb: rendered\n%s\nexpected\n%s\n", base, result.out.data,
				      out ? out : err);
	}
	erb_result_done(&result);
	return good;
}

static void test_all_cases_come_out_as_in_ruby(void **state)
{
	_cleanup_free_ char *pattern =
		str_printf("%s/*.erb", getenv("ERB_CASES") ?: "tests/golden/template");
	size_t wrong = 0;
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *base = found.gl_pathv[i];

		base[strlen(base) - strlen(".erb")] = '\0';
		wrong += !check(base);
	}
	print_message("%zu cases, %zu wrong\n", found.gl_pathc, wrong);
	globfree(&found);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_cases_come_out_as_in_ruby),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
