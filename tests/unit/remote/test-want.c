/* SPDX-License-Identifier: MIT */
/* test-want.c -- which pools an environment should have, and how their members are checked */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/balancer/want.h"

static char www[] = "www", api[] = "api", domain[] = "test-envs.example.internal";

struct room {
	struct settings settings;
	struct service_row services[2];
	struct facts *facts;
	struct want want;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->services[0] = (struct service_row){ .name = www, .port = 80, .public = true };
	room->services[1] = (struct service_row){ .name = api, .port = 81, .public = true };
	room->settings.services = room->services;
	room->settings.n_services = 2;
	room->settings.agent.base_domain = domain;
	assert_int_equal(facts_new(&room->facts), 0);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	want_done(&room->want);
	facts_free(room->facts);
	free(room);
	return 0;
}

/* What environment ID wants with these monitors; the pools api and www, in this order. */
static const struct mux_pool *wanted(struct room *room, const char *id, const char *of_www,
				     const char *of_api)
{
	_cleanup_free_ char *first = strdup(of_www), *second = strdup(of_api), *why = NULL;
	struct pass pass = { .settings = &room->settings, .facts = room->facts };

	room->services[0].monitor = first;
	room->services[1].monitor = second;
	assert_int_equal(facts_set_str(room->facts, "config_id", NULL, id), 0);
	want_done(&room->want);
	assert_int_equal(want_pools(&pass, &room->want, &why), 0);
	assert_int_equal(room->want.n, 2);
	return room->want.pools;
}

static void test_services_with_an_equal_check_share_a_monitor(void **state)
{
	const struct mux_pool *p = wanted(*state, "1", "http:/health", "http:/health");

	assert_string_equal(p[0].monitor, p[1].monitor);
	assert_memory_equal(p[0].monitor, "/test-1/http-", 13);
	assert_string_equal(p[0].send, "GET /health HTTP/1.1\\r\\n"
				       "Host: test-envs.example.internal\\r\\n"
				       "Connection: close\\r\\n\\r\\n");
	p = wanted(*state, "1", "http:/health", "http:/healthy");
	assert_string_not_equal(p[0].monitor, p[1].monitor);
}

static void test_environments_check_alike(void **state)
{
	_cleanup_free_ char *first = NULL, *monitor = NULL;
	const struct mux_pool *p = wanted(*state, "1", "http:/health", "tcp");

	first = strdup(p[1].send);
	monitor = strdup(p[1].monitor);
	p = wanted(*state, "2", "http:/health", "tcp");
	assert_string_equal(p[1].send, first);
	assert_memory_equal(p[1].monitor, "/test-2/", 8);
	assert_string_equal(p[1].monitor + 8, monitor + 8);
	assert_string_equal(p[0].monitor, "/Common/tcp");
	assert_null(p[0].send);
}

static void test_vhost_asks_for_the_services_own_name(void **state)
{
	const struct mux_pool *p = wanted(*state, "1", "vhost:/health", "vhost:/health");

	assert_non_null(strstr(p[0].send, "GET /health HTTP/1.1"));
	assert_non_null(strstr(p[0].send, "Host: api-1.test-envs.example.internal\\r"));
	assert_non_null(strstr(p[1].send, "Host: www-1.test-envs.example.internal\\r"));
	assert_string_not_equal(p[0].monitor, p[1].monitor);
}

static void test_none_is_no_monitor(void **state)
{
	const struct mux_pool *p = wanted(*state, "1", "none", "none");

	assert_null(p[0].monitor);
	assert_null(p[0].send);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_services_with_an_equal_check_share_a_monitor),
		TEST(test_environments_check_alike),
		TEST(test_vhost_asks_for_the_services_own_name),
		TEST(test_none_is_no_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
