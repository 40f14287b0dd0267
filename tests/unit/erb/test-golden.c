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

/* What came of the cases. */
struct tally {
	unsigned same, failed, nil, slip, beyond, wrong;
};

/* Whether a failure of ours with MESSAGE is what the case wants, counted as what it is. */
static bool may_fail(const char *name, const char *out, const char *err, const char *message,
		     struct tally *tally)
{
	unsigned *kind = &tally->wrong;

	if (err && strncmp(err, "Oracle::NilOutput", 17) == 0)
		kind = &tally->nil;
	else if (err && (strncmp(err, name, strlen(name)) != 0 || strcmp(err, message) == 0))
		kind = &tally->failed;
	else if (out && strncmp(name, "mutant-", 7) == 0)
		kind = &tally->slip;
	else if (out && isdigit((unsigned char)name[0]) &&
		 (strstr(message, "64 bits") || strstr(message, "with a point")))
		kind = &tally->beyond;
	++*kind;
	return kind != &tally->wrong;
}

/* Counts a case; says what is wrong with it. */
static void check(const char *base, struct tally *tally)
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

		good = may_fail(name, out, err, message, tally);
		if (!good)
			print_message("%s.erb: failed:\n%s", base, message);
	} else {
		good = out && result.out.len == out_len &&
		       memcmp(result.out.data, out, out_len) == 0;
		++*(good ? &tally->same : &tally->wrong);
		if (!good)
			print_message("%s.erb: rendered\n%s\nexpected\n%s\n", base, result.out.data,
				      out ? out : err);
	}
	erb_result_done(&result);
}

static void test_all_cases_come_out_as_in_ruby(void **state)
{
	_cleanup_free_ char *pattern =
		str_printf("%s/*.erb", getenv("ERB_CASES") ?: "tests/golden/template");
	struct tally tally = {};
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *base = found.gl_pathv[i];

		base[strlen(base) - strlen(".erb")] = '\0';
		check(base, &tally);
	}
	print_message(
		"%zu cases: %u the same, %u fail in both, %u have nil in an output tag, "
		"%u slips that only Ruby takes, %u beyond 64 bits or with a point, %u wrong\n",
		found.gl_pathc, tally.same, tally.failed, tally.nil, tally.slip, tally.beyond,
		tally.wrong);
	globfree(&found);
	assert_int_equal(tally.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_cases_come_out_as_in_ruby),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
