/* SPDX-License-Identifier: MIT */
/* test-monitor.c -- which check becomes of a pool's monitors */
#include "tests/unit/envmux/fixture.h"

#include <regex.h>

#include "agent/base/log.h"
#include "tools/envmux/monitor.h"

static int setup(void **state)
{
	log_set_level(LOG_EMERG);
	assert_int_equal(fixture_setup(state), 0);
	assert_int_equal(
		fixture_call(*state, "POST", "/mgmt/tm/auth/partition", "{\"name\":\"test-1\"}"),
		200);
	return 0;
}

static void make(struct fixture *f, const char *type, const char *name, const char *more)
{
	_cleanup_free_ char *path = str_printf("/mgmt/tm/ltm/monitor/%s", type);
	_cleanup_free_ char *body = str_printf("{\"name\":\"%s\",\"partition\":\"test-1\"%s%s}",
					       name, *more ? "," : "", more);

	assert_int_equal(fixture_call(f, "POST", path, body), 200);
}

/* The check of a pool that has MONITORS. */
static struct driver_monitor of(struct fixture *f, const char *monitors)
{
	_cleanup_json_ struct json_object *pool = NULL;
	_cleanup_free_ char *body = str_printf(
		"{\"name\":\"www-1\",\"partition\":\"test-1\",\"monitor\":\"%s\"}", monitors);
	struct driver_monitor m;

	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool", body), 200);
	pool = store_get(f->store, STORE_POOL, NULL, "/test-1/www-1");
	assert_non_null(pool);
	assert_int_equal(monitor_of_pool(f->store, pool, &m), 0);
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 200);
	return m;
}

/* The same of the one monitor of TYPE with MORE fields. */
static struct driver_monitor one(struct fixture *f, const char *type, const char *more)
{
	struct driver_monitor m;
	_cleanup_free_ char *path = str_printf("/mgmt/tm/ltm/monitor/%s/~test-1~m", type);

	make(f, type, "m", more);
	m = of(f, "/test-1/m");
	assert_int_equal(fixture_call(f, "DELETE", path, NULL), 200);
	return m;
}

static void assert_text(const char *seen, const char *want)
{
	if (!want)
		assert_null(seen);
	else
		assert_string_equal(seen ?: "(none)", want);
}

static void expect(struct driver_monitor m, enum driver_check check, const char *send,
		   const char *host, const char *recv)
{
	assert_int_equal(m.check, check);
	assert_text(m.send, send);
	assert_text(m.host, host);
	assert_text(m.recv, recv);
	driver_monitor_done(&m);
}

#define GOOD "^HTTP/1[.][01]\\x20[23]"

static void test_what_the_four_kinds_do(void **state)
{
	struct driver_monitor m;

	expect(of(*state, "none"), DRIVER_CHECK_NONE, NULL, NULL, NULL);
	expect(of(*state, "/Common/tcp"), DRIVER_CHECK_TCP, NULL, NULL, NULL);
	expect(of(*state, "/Common/gateway-icmp"), DRIVER_CHECK_TCP, NULL, NULL, NULL);
	expect(of(*state, "/Common/http"), DRIVER_CHECK_HTTP, "/", NULL, NULL);
	m = of(*state, "/Common/http");
	assert_false(m.tls);
	driver_monitor_done(&m);
	m = of(*state, "/Common/https");
	assert_true(m.tls);
	expect(m, DRIVER_CHECK_HTTP, "/", NULL, NULL);
}

static void test_interval_and_timeout_are_how_many_may_fail(void **state)
{
	struct driver_monitor m =
		one(*state, "tcp", "\"interval\":2,\"timeout\":7,\"destination\":\"*:8081\"");

	assert_int_equal(m.interval, 2);
	assert_int_equal(m.fall, 3);
	assert_int_equal(m.rise, 1);
	assert_int_equal(m.port, 8081);
	driver_monitor_done(&m);
}

static void test_plain_request_is_a_check_of_its_own(void **state)
{
	expect(one(*state, "http", "\"send\":\"GET /a?b=c HTTP/1.0\\\\r\\\\n\\\\r\\\\n\""),
	       DRIVER_CHECK_HTTP, "/a?b=c", NULL, NULL);
	expect(one(*state, "http",
		   "\"send\":\"GET /a HTTP/1.1\\\\r\\\\nHost: x.test\\\\r\\\\nConnection: "
		   "Close\\\\r\\\\n\\\\r\\\\n\""),
	       DRIVER_CHECK_HTTP, "/a", "x.test", NULL);
}

static void test_any_other_request_is_sent_as_it_is(void **state)
{
	expect(one(*state, "http", "\"send\":\"HEAD / HTTP/1.0\\\\r\\\\n\""), DRIVER_CHECK_TEXT,
	       "48454144202f20485454502f312e300d0a0d0a", NULL, GOOD);
	expect(one(*state, "http", "\"send\":\"GET /a\\\"'#b\""), DRIVER_CHECK_TEXT,
	       "474554202f61222723620d0a0d0a", NULL, GOOD);
	expect(one(*state, "https", "\"send\":\"GET / HTTP/1.0\\\\r\\\\nX: y\\\\r\\\\n\""),
	       DRIVER_CHECK_TEXT, "474554202f20485454502f312e300d0a583a20790d0a0d0a", NULL, GOOD);
}

static void test_receive_strings_are_waited_for(void **state)
{
	struct driver_monitor m = one(*state, "http", "\"recv\":\"200 OK\"");

	assert_false(m.reverse);
	expect(m, DRIVER_CHECK_TEXT, "474554202f0d0a0d0a", NULL, "200\\x20OK");
	m = one(*state, "http", "\"recv\":\"in maintenance\",\"reverse\":\"enabled\"");
	assert_true(m.reverse);
	expect(m, DRIVER_CHECK_TEXT, "474554202f0d0a0d0a", NULL, "in\\x20maintenance");
	expect(one(*state, "tcp", "\"send\":\"PING\\\\r\\\\n\",\"recv\":\"-\""), DRIVER_CHECK_TEXT,
	       "50494e470d0a", NULL, "[-]");
	expect(one(*state, "tcp", "\"recv\":\"^SSH-2\""), DRIVER_CHECK_TEXT, NULL, NULL, "^SSH-2");
}

static void test_strictest_of_all_or_mildest_of_any(void **state)
{
	expect(of(*state, "/Common/tcp and /Common/http"), DRIVER_CHECK_HTTP, "/", NULL, NULL);
	expect(of(*state, "/Common/http and /Common/tcp"), DRIVER_CHECK_HTTP, "/", NULL, NULL);
	expect(of(*state, "min 1 of { /Common/http /Common/tcp }"), DRIVER_CHECK_TCP, NULL, NULL,
	       NULL);
}

static void test_what_cannot_be_told_is_a_connection(void **state)
{
	char *send = calloc(1, 1024), *more;

	memset(send, 'x', 1000);
	more = str_printf("\"send\":\"%s\"", send);
	expect(one(*state, "tcp", more), DRIVER_CHECK_TCP, NULL, NULL, NULL);
	expect(one(*state, "tcp", "\"recv\":\"(\""), DRIVER_CHECK_TCP, NULL, NULL, NULL);
	expect(one(*state, "http", "\"recv\":\"(a*)*b\",\"reverse\":\"enabled\""), DRIVER_CHECK_TCP,
	       NULL, NULL, NULL);
	free(send);
	free(more);
}

/* ---- expressions ---- */

static void test_expressions_that_all_read_alike(void **state)
{
	static const char *const good[] = {
		"OK",
		"200 OK",
		"HTTP/1\\.[01] (200|204|30[1-8])",
		"^up$",
		"a+b*c?",
		"[^<>]{2,10}",
		"(ab)+",
		"[a-zA-Z0-9_.-]",
		"\\d+ \\w",
		"x{3}y{2,}",
		"a|b|",
		"status\\\\ok",
		"\\(\\)",
		"-",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char *out = NULL;
		regex_t regex;

		if (monitor_regex(good[i], &out) < 0)
			fail_msg("%s is refused", good[i]);
		assert_null(strpbrk(out, " \r\n"));
		assert_int_equal(regcomp(&regex, good[i], REG_EXTENDED | REG_NOSUB), 0);
		regfree(&regex);
		free(out);
	}
}

static void test_expressions_that_would_harm(void **state)
{
	static const char *const bad[] = {
		"(",	    ")",       "a)",	  "[",
		"[a",	    "[z-a]",   "[]a]",	  "*",
		"a**",	    "a+?",     "a++",	  "(?i)a",
		"(*FAIL)",  "^*",      "a{",	  "a{2",
		"a{3,2}",   "a{999}",  "a{2}{3}", "\\",
		"\\1",	    "\\Qa",    "\\A",	  "(a+)+",
		"((a+)b)*", "(a*){2}", "a\nb",	  "[[:alpha:]]",
		"\xc3\xa9", "[a\\]b]", "a\tb",	  "a*b*c*d*e*f*g*",
	};
	char *out = NULL, *deep = calloc(1, 1024);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (monitor_regex(bad[i], &out) != -EINVAL)
			fail_msg("%s is taken", bad[i]);
	}
	memset(deep, '(', 300);
	assert_int_equal(monitor_regex(deep, &out), -EINVAL);
	memset(deep, 'a', 500);
	assert_int_equal(monitor_regex(deep, &out), -EINVAL);
	memset(deep, ' ', 500);
	deep[150] = '\0'; /* each is four */
	assert_int_equal(monitor_regex(deep, &out), -EINVAL);
	free(deep);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_the_four_kinds_do),
		TEST(test_interval_and_timeout_are_how_many_may_fail),
		TEST(test_plain_request_is_a_check_of_its_own),
		TEST(test_any_other_request_is_sent_as_it_is),
		TEST(test_receive_strings_are_waited_for),
		TEST(test_strictest_of_all_or_mildest_of_any),
		TEST(test_what_cannot_be_told_is_a_connection),
		cmocka_unit_test(test_expressions_that_all_read_alike),
		cmocka_unit_test(test_expressions_that_would_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
