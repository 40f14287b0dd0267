/* SPDX-License-Identifier: MIT */
/* test-fetchline.c -- the one line of envagent-fetch, read by hand and checked */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "agent/fetchline.h"

static int parse(const char *text, struct fetchline *ret)
{
	return fetchline_parse(text, strlen(text), ret);
}

static void test_an_identity_is_read_field_by_field(void **state)
{
	struct fetchline l;

	assert_int_equal(parse("identity 1 vm=52100021 env=0042 document=same from=fd00::1\n", &l),
			 0);
	assert_true(l.found);
	assert_true(l.same);
	assert_string_equal(l.vm, "52100021");
	assert_string_equal(l.env, "0042");
	assert_string_equal(l.from, "fd00::1");
}

static void test_tries_become_a_sentence(void **state)
{
	struct fetchline l;

	assert_int_equal(
		parse("none 1 tries=10.0.0.254:timeout;fe80::1:refused;gw:no-such-name\n", &l), 0);
	assert_false(l.found);
	assert_string_equal(l.tries, "10.0.0.254: timeout; fe80::1: refused; gw: no-such-name");
}

static void test_anything_else_is_refused_and_leaves_the_result_alone(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1\n\n",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1 \n",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1 more=1\n",
		"identity 1 vm=1 env=2 document=maybe from=10.0.0.1\n",
		"identity 1 vm=1 env=2x document=same from=10.0.0.1\n",
		"identity 1 vm= env=2 document=same from=10.0.0.1\n",
		"identity 1 env=2 vm=1 document=same from=10.0.0.1\n",
		"identity 1  vm=1 env=2 document=same from=10.0.0.1\n",
		"identity 1 vm=123456789012345678901 env=2 document=same from=10.0.0.1\n",
		"identity 1 vm=1 env=2 document=same from=gw.example\n",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1/24\n",
		"identity 2 vm=1 env=2 document=same from=10.0.0.1\n",
		"identity 1 vm=1 env=2 document=same from=10.0.0.1\t\n",
		"none 1 tries=\n",
		"none 1 tries=x\n",
		"none 1 tries=:refused\n",
		"none 1 tries=10.0.0.1:\n",
		"none 1 tries=10.0.0.1:refused;\xc3\xa4:x\n",
		"hello\n",
	};
	struct fetchline l = { .vm = "untouched" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (parse(lines[i], &l) != -EBADMSG)
			fail_msg("taken: %s", lines[i]);
	assert_string_equal(l.vm, "untouched");
}

static void test_a_nul_or_an_overlong_line_is_refused(void **state)
{
	static const char nul[] = "identity 1 vm=1\0 env=2 document=same from=10.0.0.1\n";
	char lengthy[FETCH_LINE_MAX + 1];
	struct fetchline l;

	assert_int_equal(fetchline_parse(nul, sizeof(nul) - 1, &l), -EBADMSG);

	memset(lengthy, 'a', sizeof(lengthy));
	memcpy(lengthy, "none 1 tries=", 13);
	lengthy[100] = ':';
	lengthy[sizeof(lengthy) - 1] = '\n';
	assert_int_equal(fetchline_parse(lengthy, sizeof(lengthy), &l), -EBADMSG);
	lengthy[FETCH_LINE_MAX - 1] = '\n';
	assert_int_equal(fetchline_parse(lengthy, FETCH_LINE_MAX, &l), 0);
}

static void test_many_short_tries_never_overflow(void **state)
{
	char text[FETCH_LINE_MAX] = "none 1 tries=a:b";
	struct fetchline l;

	while (strlen(text) < FETCH_LINE_MAX - 6)
		strcat(text, ";a:b");
	strcat(text, "\n");
	assert_int_equal(parse(text, &l), 0);
	assert_true(strlen(l.tries) < sizeof(l.tries));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_identity_is_read_field_by_field),
		cmocka_unit_test(test_tries_become_a_sentence),
		cmocka_unit_test(test_anything_else_is_refused_and_leaves_the_result_alone),
		cmocka_unit_test(test_a_nul_or_an_overlong_line_is_refused),
		cmocka_unit_test(test_many_short_tries_never_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
