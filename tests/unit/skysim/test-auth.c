/* SPDX-License-Identifier: MIT */
/* test-auth.c -- HTTP Basic lets in the one user with the one token */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>
#include <fcntl.h>

#include "tools/skysim/auth.h"

/* What the RFC's own example sends: Aladdin, "open sesame". */
static const struct auth aladdin = { (char *)"Aladdin", (char *)"open sesame" };

static void test_the_right_pair_is_let_in(void **state)
{
	assert_true(auth_check(&aladdin, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
	assert_true(auth_check(&aladdin, "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"));
}

static void test_everybody_else_is_not(void **state)
{
	static const char *const headers[] = {
		NULL,
		"",
		"Basic",
		"Basic ",
		"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZg==",
		"Basic QWxhZGRpbg==",
		"Basic QWxhZGRpbjo=",
		"Basic ????",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==x",
		"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQBB",
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		assert_false(auth_check(&aladdin, headers[i]));
}

static void test_without_a_user_nobody_is_let_in(void **state)
{
	const struct auth none = {};

	assert_false(auth_check(&none, "Basic Og=="));
	assert_false(auth_check(&none, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

static void test_an_endless_header_is_refused(void **state)
{
	char header[5000] = "Basic ";

	memset(header + 6, 'Q', sizeof(header) - 7);
	header[sizeof(header) - 1] = 0;
	assert_false(auth_check(&aladdin, header));
}

static void test_a_token_file_gives_its_first_line(void **state)
{
	char path[] = "/tmp/skysim-auth-XXXXXX";
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
	struct auth a = {};

	assert_true(fd >= 0);
	assert_int_equal(auth_read_token(&a, path), -EINVAL);
	assert_int_equal(write(fd, "abc\r\ndef\n", 9), 9);
	assert_int_equal(auth_read_token(&a, path), 0);
	assert_string_equal(a.token, "abc");
	unlink(path);
	assert_int_equal(auth_read_token(&a, path), -ENOENT);
	auth_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_right_pair_is_let_in),
		cmocka_unit_test(test_everybody_else_is_not),
		cmocka_unit_test(test_without_a_user_nobody_is_let_in),
		cmocka_unit_test(test_an_endless_header_is_refused),
		cmocka_unit_test(test_a_token_file_gives_its_first_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
