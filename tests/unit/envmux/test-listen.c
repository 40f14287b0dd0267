/* SPDX-License-Identifier: MIT */
/* test-listen.c -- ADDRESS:PORT */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/cleanup.h"
#include "tools/envmux/listen.h"

static void test_address_and_port(void **state)
{
	static const struct {
		const char *text, *address;
		unsigned port;
	} good[] = { { "127.0.0.1:8443", "127.0.0.1", 8443 },
		     { "0.0.0.0:443", "0.0.0.0", 443 },
		     { "[::1]:65535", "::1", 65535 } };
	char text[ADDR_TEXT_MAX];
	struct addr a;
	unsigned port;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(listen_parse(good[i].text, &a, &port), 0);
		assert_string_equal(addr_format(&a, true, text), good[i].address);
		assert_int_equal(port, good[i].port);
	}
}

static void test_anything_else_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   "443",
					   ":443",
					   "*:443",
					   "127.0.0.1",
					   "127.0.0.1:",
					   "127.0.0.1:0",
					   "127.0.0.1:65536",
					   "127.0.0.1: 80",
					   "127.0.0.1:80 ssl",
					   "::1:443",
					   "[127.0.0.1]:80",
					   "10.0.0.0/8:80",
					   "[]:80",
					   "host:80" };
	struct addr a;
	unsigned port;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(listen_parse(bad[i], &a, &port), -EINVAL);
}

static void test_taken_port_is_seen(void **state)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	char text[32];

	/* Who allows others beside itself is seen too. */
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(sa.sin_port));
	assert_int_equal(listen_free(text), -EADDRINUSE);
	close(fd);
	assert_int_equal(listen_free(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address_and_port),
		cmocka_unit_test(test_anything_else_is_refused),
		cmocka_unit_test(test_taken_port_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
