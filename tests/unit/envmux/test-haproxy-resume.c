/* SPDX-License-Identifier: MIT */
/* test-haproxy-resume.c -- an envmux that starts, and the HAProxy that runs already */
#include "tests/unit/envmux/mux.h"

static struct driver_member members[8];
static struct driver_route routes[8];
static size_t n_routes;

/* A HAProxy of its own unit, with www-1 and www-2, that the driver has brought there. */
static void begin(struct mux *m)
{
	n_routes = 0;
	/* with a backend that is no slot, as the program has it */
	driver_free(m->driver);
	m->conf.pages = true;
	mux_open(m, NULL, 0);
	mux_start_unit(m);
	for (unsigned i = 0; i < 300 && !m->driver->synced; i++)
		mux_run(m, 20);
	assert_true(m->driver->synced);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_TCP), 0);
	assert_int_equal(mux_set(m, "www-2", &m->b, DRIVER_CHECK_NONE), 0);
	for (unsigned i = 0; i < 300 && m->driver->unrendered; i++)
		mux_run(m, 20);
	assert_false(m->driver->unrendered);
}

/* As kill -9 leaves it: what is not on disk is in HAProxy alone. */
static void killed(struct mux *m)
{
	m->driver->unrendered = false;
	driver_free(m->driver);
}

static void want(const char *label, const struct net_member *to, enum driver_check check)
{
	mux_route(label, to, check, &members[n_routes], &routes[n_routes]);
	n_routes++;
}

static void expect(struct mux *m, const char *label, const char *answer)
{
	char body[512];

	assert_int_equal(mux_get(m, label, body), *answer ? 200 : 404);
	if (*answer)
		assert_string_equal(body, answer);
}

static void server_of(struct mux *m, const char *label, char text[64])
{
	struct slot *s = haproxy_slot(m->driver, label);

	assert_non_null(s);
	assert_int_equal(s->n_servers, 1);
	snprintf(text, 64, "p%u/%s", s->number, s->servers[0].name);
}

static void test_equal_routes_are_not_touched(void **state)
{
	struct mux *m = *state;
	char before[2][64], after[64], *answer = NULL;
	long worker;
	int early;

	SKIP_WITHOUT_HAPROXY(m);
	begin(m);
	worker = m->driver->worker;
	server_of(m, "www-1", before[0]);
	server_of(m, "www-2", before[1]);
	early = mux_send(m, "www-1", "/slow");
	poll(NULL, 0, 100);
	killed(m);
	want("www-1", &m->a, DRIVER_CHECK_TCP);
	want("www-2", &m->b, DRIVER_CHECK_NONE);
	mux_open(m, routes, n_routes);
	assert_true(m->driver->synced);
	assert_false(m->driver->reload_wanted);
	assert_int_equal(m->driver->worker, worker);
	server_of(m, "www-1", after);
	assert_string_equal(after, before[0]);
	server_of(m, "www-2", after);
	assert_string_equal(after, before[1]);
	answer = malloc(512);
	assert_int_equal(mux_hear(early, answer), 200);
	free(answer);
	/* and it is the one that goes on being told */
	assert_int_equal(mux_set(m, "www-3", &m->b, DRIVER_CHECK_NONE), 0);
	expect(m, "www-3", "B");
	mux_run(m, 500);
	assert_int_equal(m->driver->worker, worker);
	expect(m, "www-1", "A");
	expect(m, "www-2", "B");
}

static void test_what_differs_is_brought_there(void **state)
{
	struct mux *m = *state;
	long worker;

	SKIP_WITHOUT_HAPROXY(m);
	begin(m);
	worker = m->driver->worker;
	killed(m);
	want("www-2", &m->a, DRIVER_CHECK_NONE); /* another member */
	want("www-3", &m->b, DRIVER_CHECK_NONE);
	mux_open(m, routes, n_routes);
	assert_true(m->driver->synced);
	assert_int_equal(m->driver->worker, worker);
	expect(m, "www-1", "");
	expect(m, "www-2", "A");
	expect(m, "www-3", "B");
}

/* The files are a moment behind: HAProxy is asked what it has. */
static void test_changes_that_were_not_on_disk_yet(void **state)
{
	struct mux *m = *state;
	long worker;

	SKIP_WITHOUT_HAPROXY(m);
	begin(m);
	worker = m->driver->worker;
	assert_int_equal(mux_drop(m, "www-1"), 0);
	assert_int_equal(mux_set(m, "www-4", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_set(m, "www-5", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_set(m, "www-2", &m->a, DRIVER_CHECK_NONE), 0);
	killed(m);
	want("www-2", &m->a, DRIVER_CHECK_NONE);
	want("www-4", &m->a, DRIVER_CHECK_NONE);
	mux_open(m, routes, n_routes);
	assert_true(m->driver->synced);
	assert_int_equal(m->driver->worker, worker);
	expect(m, "www-1", "");
	expect(m, "www-2", "A");
	expect(m, "www-4", "A");
	expect(m, "www-5", "");
	/* what nobody wants any more is cleared away, and the slots serve others */
	mux_run(m, 500);
	for (size_t i = 0; i < m->driver->n_slots; i++)
		for (size_t k = 0; k < m->driver->slots[i].n_servers; k++)
			assert_false(m->driver->slots[i].servers[k].leaving);
	for (unsigned i = 0; i < 20; i++) {
		char label[16];

		snprintf(label, sizeof(label), "www-%u", 100 + i);
		assert_int_equal(mux_set(m, label, &m->b, DRIVER_CHECK_NONE), 0);
		expect(m, label, "B");
	}
	assert_int_equal(m->driver->worker, worker);
}

static void test_another_front_needs_a_reload(void **state)
{
	struct mux *m = *state;
	long worker;

	SKIP_WITHOUT_HAPROXY(m);
	begin(m);
	worker = m->driver->worker;
	driver_free(m->driver);
	m->conf.connections = 900;
	want("www-1", &m->a, DRIVER_CHECK_TCP);
	mux_open(m, routes, n_routes);
	assert_true(m->driver->synced);
	assert_int_not_equal(m->driver->worker, worker);
	expect(m, "www-1", "A");
	expect(m, "www-2", "");
}

static void test_damaged_file_needs_a_reload(void **state)
{
	static const char *const bad[] = { "", "envmux-slots 1", "cut", "more" };
	struct mux *m = *state;

	SKIP_WITHOUT_HAPROXY(m);
	begin(m);
	want("www-1", &m->a, DRIVER_CHECK_TCP);
	want("www-2", &m->b, DRIVER_CHECK_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *path = str_printf("%s/slots", m->driver->dir);
		FILE *f;

		driver_free(m->driver);
		if (!strcmp(bad[i], "cut")) {
			assert_int_equal(truncate(path, 200), 0);
		} else {
			f = fopen(path, strcmp(bad[i], "more") ? "w" : "r+");
			assert_non_null(f);
			fputs(bad[i], f);
			fclose(f);
		}
		mux_open(m, routes, n_routes);
		assert_true(m->driver->synced);
		expect(m, "www-1", "A");
		expect(m, "www-2", "B");
		for (unsigned k = 0; k < 300 && m->driver->unrendered; k++)
			mux_run(m, 20);
	}
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, mux_setup_unit, mux_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_equal_routes_are_not_touched),
		UNIT(test_what_differs_is_brought_there),
		UNIT(test_changes_that_were_not_on_disk_yet),
		UNIT(test_another_front_needs_a_reload),
		UNIT(test_damaged_file_needs_a_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
