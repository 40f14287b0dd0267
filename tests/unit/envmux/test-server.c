/* SPDX-License-Identifier: MIT */
/* test-server.c -- the API over real connections */
#include "tests/unit/envmux/serving.h"

#define BASIC "Authorization: Basic YWRtaW46c2VjcmV0\r\n" /* admin:secret */

static int dial(const struct web *w)
{
	int fd = net_dial(w->conf.port);

	assert_true(fd >= 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static int hear(struct web *w, int fd)
{
	return net_hear(fd, &w->answer);
}

/* One request on a connection of its own. */
static int ask(struct web *w, const char *method, const char *path, const char *headers,
	       const char *body)
{
	_cleanup_close_ int fd = dial(w);

	assert_int_equal(net_say(fd, method, path, "x", headers, body), 0);
	return hear(w, fd);
}

static void test_without_credentials_is_401(void **state)
{
	struct web *w = *state;

	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", "", ""), 401);
	assert_non_null(strcasestr(w->answer.text, "\r\nWWW-Authenticate: "));
	assert_non_null(strcasestr(w->answer.text, "\r\nContent-Type: application/json"));
	assert_non_null(strcasestr(w->answer.text, "\r\nDate: "));
	assert_non_null(strstr(w->answer.body, "\"code\":401"));
	/* admin:secreT */
	assert_int_equal(
		ask(w, "GET", "/mgmt/tm/ltm/pool", "Authorization: Basic YWRtaW46c2VjcmVU\r\n", ""),
		401);
}

static void test_basic_credentials_on_any_call(void **state)
{
	struct web *w = *state;

	assert_int_equal(ask(w, "GET", "/mgmt/tm/auth/partition", BASIC, ""), 200);
	assert_non_null(strstr(w->answer.body, "\"name\":\"Common\""));
}

static void test_metrics_are_waited_for_while_others_are_answered(void **state)
{
	struct web *w = *state;
	int first = dial(w), second = dial(w), gone = dial(w);

	assert_int_equal(net_say(gone, "GET", "/metrics", "x", BASIC, ""), 0);
	assert_int_equal(net_say(first, "GET", "/metrics", "x", BASIC, ""), 0);
	assert_int_equal(net_say(second, "GET", "/metrics", "x", BASIC, ""), 0);
	close(gone);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/auth/partition", BASIC, ""), 200);
	assert_int_equal(hear(w, second), 200);
	assert_non_null(strcasestr(w->answer.text, "\r\nContent-Type: text/plain; version=0.0.4"));
	assert_non_null(strstr(w->answer.body, "\nenvmux_environments{state=\"up\"} 0\n"));
	assert_int_equal(hear(w, first), 200);
	/* The connection is as good as before. */
	assert_int_equal(net_say(first, "GET", "/mgmt/tm/auth/partition", "x", BASIC, ""), 0);
	assert_int_equal(hear(w, first), 200);
	close(first);
	close(second);
}

/* Whoever waits when it ends is hung up on, and nothing of it stays behind. */
static void test_end_while_somebody_waits(void **state)
{
	struct web *w = *state;
	int fd = dial(w);

	assert_int_equal(net_say(fd, "GET", "/metrics", "x", BASIC, ""), 0);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/auth/partition", BASIC, ""), 200);
	close(fd);
}

static void test_token_on_one_kept_connection(void **state)
{
	static const char login[] = "{\"username\":\"admin\",\"password\":\"secret\","
				    "\"loginProviderName\":\"tmos\"}";
	struct web *w = *state;
	_cleanup_close_ int fd = dial(w);
	_cleanup_free_ char *first = NULL, *next = NULL;
	char token[AUTH_TOKEN_LEN + 1] = "";
	const char *at;

	first = str_printf("POST /mgmt/shared/authn/login HTTP/1.1\r\nHost: x\r\n"
			   "Content-Length: %zu\r\n\r\n%s",
			   strlen(login), login);
	say(fd, first);
	assert_int_equal(hear(w, fd), 200);
	at = strstr(w->answer.body, "\"token\":\"");
	assert_non_null(at);
	memcpy(token, at + 9, AUTH_TOKEN_LEN);
	next = str_printf(
		"GET /mgmt/tm/ltm/pool/ HTTP/1.1\r\nHost: x\r\nX-F5-Auth-Token: %s\r\n\r\n", token);
	for (unsigned i = 0; i < 20; i++) {
		say(fd, next);
		assert_int_equal(hear(w, fd), 200);
	}
}

static void test_query_and_path_are_decoded_once(void **state)
{
	static const char *const paths[] = {
		"/mgmt/tm/ltm/pool?$filter=partition+eq+Common",
		"/mgmt/tm/ltm/pool/?%24filter=partition%20eq%20Common&ver=13.1.0",
		"/mgmt/tm/ltm/monitor/tcp/%7ECommon%7Etcp",
	};
	struct web *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(ask(w, "GET", paths[i], BASIC, ""), 200);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool?$filter=partition+eq+test-9", BASIC, ""),
			 404);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool?$filter=name+like+x", BASIC, ""), 400);
}

static void test_delete_answers_with_nothing(void **state)
{
	struct web *w = *state;

	assert_int_equal(ask(w, "POST", "/mgmt/tm/auth/partition", BASIC, "{\"name\":\"test-1\"}"),
			 200);
	assert_int_equal(ask(w, "DELETE", "/mgmt/tm/auth/partition/test-1", BASIC, ""), 200);
	assert_string_equal(w->answer.body, "");
	assert_int_equal(ask(w, "DELETE", "/mgmt/tm/auth/partition/test-1", BASIC, ""), 404);
}

static void test_body_announced_as_too_large_is_not_awaited(void **state)
{
	struct web *w = *state;
	_cleanup_close_ int fd = dial(w);

	say(fd, "POST /mgmt/tm/ltm/pool HTTP/1.1\r\nHost: x\r\n" BASIC
		"Content-Length: 99999999999\r\n\r\n{");
	assert_int_equal(hear(w, fd), 413);
	assert_non_null(strstr(w->answer.body, "4 MiB"));
}

/* Who has not asked whether to send it sends it all before he looks for an answer. */
static void test_body_too_large_that_is_sent_gets_its_answer(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "GET" };
	enum { PARTS = 256 };
	struct web *w = *state;
	_cleanup_free_ char *part = malloc(65536);

	memset(part, ' ', 65536);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		_cleanup_close_ int fd = dial(w);
		_cleanup_free_ char *head =
			str_printf("%s /mgmt/tm/ltm/pool/x HTTP/1.1\r\nHost: x\r\n" BASIC
				   "Content-Length: %u\r\n\r\n",
				   methods[i], PARTS * 65536);

		say(fd, head);
		for (unsigned k = 0; k < PARTS; k++) {
			for (size_t done = 0; done < 65536;) {
				ssize_t n = send(fd, part, 65536 - done, MSG_NOSIGNAL);

				assert_true(n > 0);
				done += (size_t)n;
			}
		}
		assert_int_equal(hear(w, fd), 413);
		/* And it is closed. */
		assert_int_equal(recv(fd, part, 1, 0), 0);
	}
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
}

/* Nobody keeps more than so many of them open, or for ever. */
static void test_many_bodies_too_large_that_never_come(void **state)
{
	enum { CALLERS = 100 };
	struct web *w = *state;
	int fds[CALLERS];

	for (unsigned i = 0; i < CALLERS; i++) {
		fds[i] = dial(w);
		say(fds[i], "POST /mgmt/tm/ltm/pool HTTP/1.1\r\nHost: x\r\n" BASIC
			    "Content-Length: 99999999999\r\n\r\n");
		assert_int_equal(hear(w, fds[i]), 413);
	}
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
	for (unsigned i = 0; i < CALLERS; i++)
		safe_close(fds[i]);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
}

static void test_body_of_unknown_length_that_is_too_large(void **state)
{
	struct web *w = *state;
	_cleanup_close_ int fd = dial(w);
	_cleanup_free_ char *part = malloc(65536 + 1);

	memset(part, ' ', 65536);
	part[65536] = '\0';
	say(fd, "POST /mgmt/tm/ltm/pool HTTP/1.1\r\nHost: x\r\n" BASIC
		"Transfer-Encoding: chunked\r\n\r\n");
	for (unsigned i = 0; i < 70; i++) {
		say(fd, "10000\r\n");
		say(fd, part);
		say(fd, "\r\n");
	}
	say(fd, "0\r\n\r\n");
	assert_int_equal(hear(w, fd), 413);
	/* And the next one is served. */
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
}

/* Nobody has to say who he is before his body is kept. */
static void test_bodies_of_many_at_once_are_limited(void **state)
{
	enum { CALLERS = 20 };
	struct web *w = *state;
	_cleanup_free_ char *part = malloc(1 << 20);
	int fds[CALLERS], refused = 0;

	memset(part, ' ', 1 << 20);
	for (unsigned i = 0; i < CALLERS; i++) {
		fds[i] = dial(w);
		say(fds[i], "POST /mgmt/tm/ltm/pool HTTP/1.1\r\nHost: x\r\n"
			    "Content-Length: 4194304\r\n\r\n");
		for (unsigned k = 0; k < 3; k++)
			assert_int_equal(send(fds[i], part, 1 << 20, MSG_NOSIGNAL), 1 << 20);
	}
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
	for (unsigned i = 0; i < CALLERS; i++) {
		assert_int_equal(send(fds[i], part, 1 << 20, MSG_NOSIGNAL), 1 << 20);
		refused += hear(w, fds[i]) == 503;
		safe_close(fds[i]);
	}
	assert_in_range(refused, 1, CALLERS - 1);
	assert_int_equal(ask(w, "POST", "/mgmt/tm/ltm/pool", BASIC, "{}"), 400);
}

static void test_half_a_request_holds_up_nobody(void **state)
{
	struct web *w = *state;
	_cleanup_close_ int fd = dial(w);

	say(fd, "POST /mgmt/tm/ltm/pool HTTP/1.1\r\nHost: x\r\n" BASIC
		"Content-Length: 100\r\n\r\n{\"name\":");
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool", BASIC, ""), 200);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool/~Common~x", BASIC, ""), 404);
}

static void test_broken_requests_are_answered(void **state)
{
	struct web *w = *state;

	assert_int_equal(ask(w, "POST", "/mgmt/tm/ltm/pool", BASIC, "{\"name\":"), 400);
	assert_int_equal(ask(w, "POST", "/mgmt/tm/ltm/pool", BASIC, "[]"), 400);
	assert_int_equal(ask(w, "POST", "/mgmt/tm/ltm/pool", BASIC, "{}"), 400);
	assert_int_equal(ask(w, "PATCH", "/mgmt/tm/ltm/pool", BASIC, "{}"), 405);
	assert_int_equal(ask(w, "BREW", "/mgmt/tm/ltm/pool/x", BASIC, ""), 405);
	assert_int_equal(ask(w, "GET", "/", BASIC, ""), 404);
	assert_int_equal(ask(w, "GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n", BASIC, ""), 404);
	assert_int_equal(ask(w, "GET", "/mgmt/tm/ltm/pool/%00x", BASIC, ""), 404);
}

static void test_taken_port_is_told(void **state)
{
	struct web *w = *state;
	_cleanup_free_ char *error = NULL;
	struct server *second;

	assert_true(server_new(&w->conf, w->f->api, &second, &error) < 0);
	assert_non_null(strstr(error, "127.0.0.1 port "));
}

static void test_other_addresses_need_a_certificate(void **state)
{
	struct web *w = *state;
	struct server_conf conf = { .port = 1 };
	_cleanup_free_ char *error = NULL;
	struct server *second;

	assert_int_equal(addr_parse("0.0.0.0", &conf.addr), 0);
	assert_int_equal(server_new(&conf, w->f->api, &second, &error), -EINVAL);
	assert_non_null(strstr(error, "needs a certificate"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, web_setup, web_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_credentials_is_401),
		TEST(test_basic_credentials_on_any_call),
		TEST(test_metrics_are_waited_for_while_others_are_answered),
		TEST(test_end_while_somebody_waits),
		TEST(test_token_on_one_kept_connection),
		TEST(test_query_and_path_are_decoded_once),
		TEST(test_delete_answers_with_nothing),
		TEST(test_body_announced_as_too_large_is_not_awaited),
		TEST(test_body_too_large_that_is_sent_gets_its_answer),
		TEST(test_many_bodies_too_large_that_never_come),
		TEST(test_body_of_unknown_length_that_is_too_large),
		TEST(test_bodies_of_many_at_once_are_limited),
		TEST(test_half_a_request_holds_up_nobody),
		TEST(test_broken_requests_are_answered),
		TEST(test_taken_port_is_told),
		TEST(test_other_addresses_need_a_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
