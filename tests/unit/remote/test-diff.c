/* SPDX-License-Identifier: MIT */
/* test-diff.c -- from what is registered to what should be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/balancer/diff.h"

static struct mux_member member(const char *address, bool enabled)
{
	return (struct mux_member){ .name = str_printf("%s:80", address),
				    .address = strdup(address),
				    .enabled = enabled };
}

/* A pool of members given as "10.0.0.1" or, disabled, "-10.0.0.1". */
static struct mux_pool pool(const char *name, const char *monitor, const char *const *members)
{
	struct mux_pool p = { .name = strdup(name),
			      .monitor = monitor ? strdup(monitor) : NULL,
			      .members = calloc(8, sizeof(*p.members)) };

	for (; *members; members++)
		p.members[p.n_members++] =
			**members == '-' ? member(*members + 1, false) : member(*members, true);
	return p;
}
#define MEMBERS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct world {
	struct want want;
	struct mux_state have;
	struct diff diff;
};

static void has_monitor(struct world *w, const char *path, const char *send)
{
	w->have.monitors[w->have.n_monitors++] =
		(struct mux_monitor){ .path = strdup(path), .send = strdup(send) };
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->want.pools = calloc(4, sizeof(struct mux_pool));
	w->have.pools = calloc(4, sizeof(struct mux_pool));
	w->have.monitors = calloc(4, sizeof(struct mux_monitor));
	w->have.exists = w->have.full = true;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	diff_done(&w->diff);
	want_done(&w->want);
	mux_state_done(&w->have);
	free(w);
	return 0;
}

static void test_equal_plans_nothing(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/Common/tcp", MEMBERS("10.0.0.1", "10.0.0.2"));
	w->have.pools[w->have.n_pools++] =
		pool("www-1", "/Common/tcp", MEMBERS("10.0.0.2", "10.0.0.1"));
	assert_int_equal(strv_add(&w->have.nodes, "10.0.0.1"), 0);
	assert_int_equal(strv_add(&w->have.nodes, "10.0.0.2"), 0);
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 0);
}

static void test_new_pool_is_one_change(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", NULL, MEMBERS("10.0.0.1"));
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_POOL);
	assert_string_equal(w->diff.texts[0], "create pool www-1 with 1 members");
}

static void test_member_that_goes_is_disabled_first(void **state)
{
	struct world *w = *state;
	const struct mux_pool *set;

	w->want.pools[w->want.n++] = pool("www-1", NULL, MEMBERS("10.0.0.1"));
	w->have.pools[w->have.n_pools++] = pool("www-1", NULL, MEMBERS("10.0.0.1", "10.0.0.2"));
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_int_equal(w->diff.changes[0].kind, MUX_SET_POOL);
	assert_int_equal(w->diff.leaving, 1);
	set = w->diff.changes[0].pool;
	assert_int_equal(set->n_members, 2);
	assert_true(set->members[0].enabled);
	assert_string_equal(set->members[1].address, "10.0.0.2");
	assert_false(set->members[1].enabled);
}

static void test_disabled_member_goes_with_its_node(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", NULL, MEMBERS("10.0.0.1"));
	w->have.pools[w->have.n_pools++] = pool("www-1", NULL, MEMBERS("10.0.0.1", "-10.0.0.2"));
	assert_int_equal(strv_add(&w->have.nodes, "10.0.0.1"), 0);
	assert_int_equal(strv_add(&w->have.nodes, "10.0.0.2"), 0);
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 2);
	assert_int_equal(w->diff.changes[0].pool->n_members, 1);
	assert_int_equal(w->diff.changes[1].kind, MUX_DROP_NODE);
	assert_string_equal(w->diff.changes[1].name, "10.0.0.2");
	assert_int_equal(w->diff.leaving, 0);
}

static void test_parked_member_is_enabled_again(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", NULL, MEMBERS("10.0.0.1"));
	w->have.pools[w->have.n_pools++] = pool("www-1", NULL, MEMBERS("-10.0.0.1"));
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_true(w->diff.changes[0].pool->members[0].enabled);
}

static void test_unwanted_pool_goes_before_its_monitor_and_nodes(void **state)
{
	struct world *w = *state;

	w->have.pools[w->have.n_pools++] = pool("old-1", "/test-1/old-1", MEMBERS("10.0.0.1"));
	has_monitor(w, "/test-1/old-1", "GET /");
	assert_int_equal(strv_add(&w->have.nodes, "10.0.0.1"), 0);
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 3);
	assert_int_equal(w->diff.changes[0].kind, MUX_DROP_POOL);
	assert_int_equal(w->diff.changes[1].kind, MUX_DROP_MONITOR);
	assert_int_equal(w->diff.changes[2].kind, MUX_DROP_NODE);
}

static void test_monitor_comes_before_its_pool(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	w->want.pools[0].send = strdup("GET /health");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 2);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_MONITOR);
	assert_int_equal(w->diff.changes[1].kind, MUX_MAKE_POOL);
}

static void test_pools_share_a_monitor(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 2; i++) {
		w->want.pools[w->want.n] =
			pool(i ? "www-1" : "api-1", "/test-1/http-ab", MEMBERS("10.0.0.1"));
		w->want.pools[w->want.n++].send = strdup("GET /health");
	}
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 3);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_MONITOR);
	assert_int_equal(w->diff.changes[1].kind, MUX_MAKE_POOL);
	assert_int_equal(w->diff.changes[2].kind, MUX_MAKE_POOL);
	diff_done(&w->diff);

	/* One of them has it already. */
	w->have.pools[w->have.n_pools++] = pool("api-1", "/test-1/http-ab", MEMBERS("10.0.0.1"));
	has_monitor(w, "/test-1/http-ab", "GET /health");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_POOL);
	diff_done(&w->diff);

	/* It stays while one is left that wants it. */
	w->want.n = 1;
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 0);
	mux_pool_done(&w->want.pools[1]);
}

/* As members of a pool stay, so that no request is lost. */
static void test_monitor_of_a_pool_alone_is_exchanged_in_place(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/test-1/http-ab", MEMBERS("10.0.0.1"));
	w->want.pools[0].send = strdup("GET /health");
	w->have.pools[w->have.n_pools++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	has_monitor(w, "/test-1/www-1", "GET /health");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 3);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_MONITOR);
	assert_int_equal(w->diff.changes[1].kind, MUX_SET_POOL);
	assert_true(w->diff.changes[1].pool->members[0].enabled);
	assert_int_equal(w->diff.changes[2].kind, MUX_DROP_MONITOR);
	assert_string_equal(w->diff.changes[2].name, "/test-1/www-1");
}

static void test_monitor_that_is_there_is_taken_over(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	w->want.pools[0].send = strdup("GET /health");
	has_monitor(w, "/test-1/www-1", "GET /health");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_POOL);
}

static void test_monitor_with_another_request_is_changed(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	w->want.pools[0].send = strdup("GET /health");
	w->have.pools[w->have.n_pools++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	has_monitor(w, "/test-1/www-1", "GET /");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 1);
	assert_int_equal(w->diff.changes[0].kind, MUX_SET_MONITOR);
}

static void test_monitor_that_nobody_uses_any_more_goes_last(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", "/Common/tcp", MEMBERS("10.0.0.1"));
	w->have.pools[w->have.n_pools++] = pool("www-1", "/test-1/www-1", MEMBERS("10.0.0.1"));
	has_monitor(w, "/test-1/www-1", "GET /");
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(w->diff.n, 2);
	assert_int_equal(w->diff.changes[0].kind, MUX_SET_POOL);
	assert_int_equal(w->diff.changes[1].kind, MUX_DROP_MONITOR);
}

static void test_first_change_stands_in_front(void **state)
{
	struct world *w = *state;

	w->want.pools[w->want.n++] = pool("www-1", NULL, MEMBERS("10.0.0.1"));
	assert_int_equal(diff_pools(&w->want, &w->have, &w->diff), 0);
	assert_int_equal(diff_first(&w->diff, MUX_MAKE_PARTITION, "the stamp", "create it"), 0);
	assert_int_equal(w->diff.changes[0].kind, MUX_MAKE_PARTITION);
	assert_string_equal(w->diff.changes[0].name, "the stamp");
	assert_string_equal(w->diff.texts[0], "create it");
	assert_int_equal(w->diff.changes[1].kind, MUX_MAKE_POOL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_equal_plans_nothing),
		TEST(test_new_pool_is_one_change),
		TEST(test_member_that_goes_is_disabled_first),
		TEST(test_disabled_member_goes_with_its_node),
		TEST(test_parked_member_is_enabled_again),
		TEST(test_unwanted_pool_goes_before_its_monitor_and_nodes),
		TEST(test_monitor_comes_before_its_pool),
		TEST(test_pools_share_a_monitor),
		TEST(test_monitor_of_a_pool_alone_is_exchanged_in_place),
		TEST(test_monitor_that_is_there_is_taken_over),
		TEST(test_monitor_with_another_request_is_changed),
		TEST(test_monitor_that_nobody_uses_any_more_goes_last),
		TEST(test_first_change_stands_in_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
