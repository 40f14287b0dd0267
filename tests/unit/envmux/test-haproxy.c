/* SPDX-License-Identifier: MIT */
/* test-haproxy.c -- routes come and go at a real HAProxy */
#include "tests/unit/envmux/mux.h"

static void test_routed_when_set_returns(void **state)
{
	struct mux *m = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_get(m, "www-1", body), 404);
	assert_non_null(strstr(body, "environment 1"));
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
		assert_int_equal(mux_get(m, "www-1", body), 200);
		assert_string_equal(body, "A");
		assert_int_equal(mux_drop(m, "www-1"), 0);
		assert_int_equal(mux_get(m, "www-1", body), 404);
	}
}

static void test_split_at_the_last_dash(void **state)
{
	struct mux *m = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_get(m, "sra-browser-123", body), 404);
	assert_non_null(strstr(body, "environment 123"));
}

static void test_upper_case_host_is_the_same_environment(void **state)
{
	struct mux *m = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_get(m, "WWW-1", body), 200);
}

/* The trap that decides the design: a slot is taken over while requests of its former tenant run.
 */
static void test_no_answer_of_a_former_tenant(void **state)
{
	struct mux *m = *state;
	int slow[12];
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-50", &m->a, DRIVER_CHECK_NONE), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(slow); i++)
		slow[i] = mux_send(m, "www-50", "/slow");
	poll(NULL, 0, 100);
	assert_int_equal(mux_drop(m, "www-50"), 0);
	for (unsigned i = 0; i < 200; i++) {
		char label[16];

		/* Many environments come: one of them gets that slot as soon as it may. */
		snprintf(label, sizeof(label), "www-%u", 1000 + i % 60);
		assert_int_equal(mux_set(m, label, &m->b, DRIVER_CHECK_NONE), 0);
		for (unsigned k = 0; k < 5; k++) {
			assert_int_equal(mux_get(m, label, body), 200);
			assert_string_equal(body, "B");
		}
		(void)driver_poll(m->driver);
		if (i % 60 == 59) {
			for (unsigned k = 0; k < 60; k++) {
				snprintf(label, sizeof(label), "www-%u", 1000 + k);
				assert_int_equal(mux_drop(m, label), 0);
			}
			mux_run(m, 300);
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(slow); i++) {
		/* In flight when their environment left: they end, and by their own environment. */
		assert_int_equal(mux_hear(slow[i], body), 200);
		assert_string_equal(body, "A");
	}
}

static void test_member_that_is_down_is_left_out(void **state)
{
	struct mux *m = *state;
	struct driver_member_stats stats;
	char body[512];
	int status = 0;

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_TCP), 0);
	assert_int_equal(mux_get(m, "www-1", body), 200);
	net_member_stop(&m->a);
	for (unsigned i = 0; i < 200; i++) {
		mux_run(m, 100);
		status = mux_get(m, "www-1", body);
		if (driver_stats(m->driver, "www-1", "A", &stats) == 0 &&
		    !strcmp(stats.status, "down"))
			break;
	}
	assert_string_equal(stats.status, "down");
	status = mux_get(m, "www-1", body);
	assert_int_equal(status, 503);
	assert_non_null(strstr(body, "environment 1"));
}

static void test_http_monitor_comes_with_one_reload(void **state)
{
	struct mux *m = *state;
	struct driver_member_stats stats = {};
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_HTTP), 0);
	assert_int_equal(mux_get(m, "www-1", body), 200); /* at once, on a plain slot */
	for (unsigned i = 0; i < 100; i++) {
		mux_run(m, 100);
		assert_int_equal(mux_get(m, "www-1", body), 200);
		if (!haproxy_misplaced(m->driver) && !m->driver->reload_wanted)
			break;
	}
	assert_null(haproxy_misplaced(m->driver));
	assert_int_equal(driver_stats(m->driver, "www-1", "A", &stats), 0);
	assert_string_equal(stats.status, "up");
}

/* Routed when it returns, or, while HAProxy is being reloaded, kept for the moment when it is back.
 */
static void set_or_keep(struct mux *m, const char *label, const struct net_member *member)
{
	int r = mux_set(m, label, member, DRIVER_CHECK_NONE);

	assert_true(r == 0 || r == -EAGAIN);
}

static void test_killed_haproxy_comes_back_with_every_route(void **state)
{
	struct mux *m = *state;

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(kill((pid_t)m->driver->worker, SIGKILL), 0);
	mux_wait_for(m, "www-1", 200);
	set_or_keep(m, "www-2", &m->b);
	assert_int_equal(kill(m->driver->child, SIGKILL), 0);
	mux_wait_for(m, "www-2", 200);
	mux_wait_for(m, "www-1", 200);
}

static void test_supply_grows_before_it_ends(void **state)
{
	struct mux *m = *state;
	char label[16], body[512];

	SKIP_WITHOUT_HAPROXY(m);
	for (unsigned i = 0; i < 150; i++) {
		snprintf(label, sizeof(label), "www-%u", i);
		set_or_keep(m, label, i % 2 ? &m->b : &m->a);
		if (i % 10 == 0)
			mux_run(m, 50);
	}
	for (unsigned i = 0; i < 150; i++) {
		snprintf(label, sizeof(label), "www-%u", i);
		mux_wait_for(m, label, 200);
		assert_int_equal(mux_get(m, label, body), 200);
		assert_string_equal(body, i % 2 ? "B" : "A");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mux_setup, mux_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_routed_when_set_returns),
		TEST(test_split_at_the_last_dash),
		TEST(test_upper_case_host_is_the_same_environment),
		TEST(test_no_answer_of_a_former_tenant),
		TEST(test_member_that_is_down_is_left_out),
		TEST(test_http_monitor_comes_with_one_reload),
		TEST(test_killed_haproxy_comes_back_with_every_route),
		TEST(test_supply_grows_before_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
