/* SPDX-License-Identifier: MIT */
/* test-listen.c -- "ADDR:PORT" becomes a socket and its URL */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

#include "tools/skysim/listen.h"

static void test_port_0_shows_the_real_port(void **state)
{
	char url[LISTEN_URL_MAX];
	_cleanup_close_ int fd = listen_open("127.0.0.1:0", url);

	assert_true(fd >= 0);
	assert_int_equal(strncmp(url, "http://127.0.0.1:", 17), 0);
	assert_true(atoi(url + 17) > 0);
}

static void test_a_taken_port_is_an_error(void **state)
{
	char url[LISTEN_URL_MAX], again[LISTEN_URL_MAX];
	_cleanup_close_ int fd = listen_open("127.0.0.1:0", url);

	assert_true(fd >= 0);
	assert_int_equal(listen_open(url + 7, again), -EADDRINUSE);
}

static void test_what_is_no_address_and_port_is_refused(void **state)
{
	static const char *const specs[] = { "",
					     "127.0.0.1",
					     "127.0.0.1:",
					     ":80",
					     "localhost:80",
					     "127.0.0.1:65536",
					     "127.0.0.1:8x",
					     "10.0.0.0/8:80",
					     "127.0.0.1:-1" };
	char url[LISTEN_URL_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(specs); i++)
		assert_int_equal(listen_open(specs[i], url), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_0_shows_the_real_port),
		cmocka_unit_test(test_a_taken_port_is_an_error),
		cmocka_unit_test(test_what_is_no_address_and_port_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
