/* SPDX-License-Identifier: MIT */
/* test-haproxy-process.c -- HAProxy comes late, goes, comes back, hangs, or keeps the old files */
#include "tests/unit/envmux/mux.h"

/* Until the worker has what the driver has. */
static void wait_synced(struct mux *m)
{
	for (unsigned i = 0; i < 300 && !m->driver->synced; i++)
		mux_run(m, 50);
	assert_true(m->driver->synced);
}

/* What HAProxy has behind routes. */
static unsigned count_servers(struct mux *m)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	unsigned n = 0;

	assert_int_equal(haproxy_ask(m->driver, "show servers state", &out), 0);
	for (const char *p = out.data; (p = strstr(p, " p")); p++)
		n += p[2] >= '0' && p[2] <= '9';
	return n;
}

static void begin_reload(struct mux *m)
{
	m->driver->reload_wanted = true;
	for (unsigned i = 0; i < 600 && !driver_reloading(m->driver); i++)
		mux_run(m, 20);
	assert_true(driver_reloading(m->driver));
}

static void test_haproxy_that_comes_later_is_waited_for(void **state)
{
	struct mux *m = *state;
	char body[512];
	long first;

	SKIP_WITHOUT_HAPROXY(m);
	assert_false(m->driver->synced);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), -EAGAIN);
	for (unsigned i = 0; i < 100 && m->driver->unrendered; i++)
		mux_run(m, 20);
	mux_start_unit(m);
	wait_synced(m);
	first = m->driver->worker;
	assert_int_equal(mux_get(m, "www-1", body), 200);
	assert_string_equal(body, "A");
	/* It had read the files of now: nothing was there to reload. */
	mux_run(m, 300);
	assert_int_equal(m->driver->worker, first);
	assert_int_equal(mux_set(m, "www-2", &m->b, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_get(m, "www-2", body), 200);
}

static void test_restarted_haproxy_gets_what_it_missed(void **state)
{
	struct mux *m = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	mux_start_unit(m);
	wait_synced(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_set(m, "www-2", &m->a, DRIVER_CHECK_NONE), 0);
	mux_run(m, 400); /* on disk */
	assert_int_equal(mux_drop(m, "www-1"), 0);
	mux_end_unit(m, SIGKILL);
	mux_start_unit(m); /* with www-1 */
	(void)mux_set(m, "www-3", &m->b, DRIVER_CHECK_NONE);
	wait_synced(m);
	assert_int_equal(mux_get(m, "www-1", body), 404);
	assert_int_equal(mux_get(m, "www-2", body), 200);
	assert_int_equal(mux_get(m, "www-3", body), 200);
	assert_string_equal(body, "B");
}

/* Accepted by the worker that is replaced, and asked after that: its environment answers. */
static void test_reload_loses_no_request(void **state)
{
	struct mux *m = *state;
	int early[8];
	char body[512];
	long before;

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_TCP), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(early); i++)
		early[i] = net_dial(m->port);
	assert_int_equal(mux_get(m, "www-1", body), 200); /* the ones before are accepted, too */
	before = m->driver->worker;
	m->driver->reload_wanted = true;
	for (unsigned i = 0; i < 300 && m->driver->worker == before; i++)
		mux_run(m, 50);
	assert_int_not_equal(m->driver->worker, before);
	for (unsigned i = 0; i < ARRAY_SIZE(early); i++) {
		assert_int_equal(net_say(early[i], "GET", "/", "www-1.t.internal", "", ""), 0);
		assert_int_equal(mux_hear(early[i], body), 200);
		assert_string_equal(body, "A");
	}
}

/* Whoever is connected to a worker that was replaced gets no answer of what is gone by now. */
static void test_replaced_worker_forgets_what_is_gone(void **state)
{
	struct mux *m = *state;
	int early[2], open[2];
	char body[512];
	long before;

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_set(m, "www-2", &m->b, DRIVER_CHECK_NONE), 0);
	for (unsigned i = 0; i < 2; i++) {
		early[i] = net_dial(m->port);
		open[i] = net_dial(m->port);
	}
	assert_int_equal(mux_get(m, "www-1", body), 200); /* the ones before are accepted, too */
	before = m->driver->worker;
	m->driver->reload_wanted = true;
	for (unsigned i = 0; i < 300 && m->driver->worker == before; i++)
		mux_run(m, 50);
	assert_int_not_equal(m->driver->worker, before);
	assert_int_equal(net_say(early[0], "GET", "/", "www-1.t.internal", "", ""), 0);
	assert_int_equal(mux_hear(early[0], body), 200);
	assert_int_equal(mux_drop(m, "www-1"), 0);
	for (unsigned i = 0; i < 100 && m->driver->former_behind; i++)
		mux_run(m, 20);
	assert_false(m->driver->former_behind);
	assert_int_equal(net_say(early[1], "GET", "/", "www-1.t.internal", "", ""), 0);
	assert_int_equal(mux_hear(early[1], body), 404);
	assert_int_equal(net_say(open[0], "GET", "/", "www-2.t.internal", "", ""), 0);
	assert_int_equal(mux_hear(open[0], body), 200);
	assert_string_equal(body, "B");
	close(open[1]);
}

static void test_refused_files_leave_the_running_routes(void **state)
{
	struct mux *m = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	mux_start_unit(m);
	wait_synced(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	m->base[0] = (char *)"t.internal\nnonsense"; /* the next files are bad */
	begin_reload(m);
	/* What comes meanwhile is told to the one that stays. */
	assert_int_equal(mux_set(m, "www-3", &m->b, DRIVER_CHECK_NONE), 0);
	assert_int_equal(m->driver->failures, 1);
	assert_true(m->driver->synced);
	assert_int_equal(mux_get(m, "www-1", body), 200);
	assert_int_equal(mux_get(m, "www-3", body), 200);
	assert_string_equal(body, "B");
	m->base[0] = (char *)"t.internal";
	mux_wait_for(m, "www-1", 200);
	wait_synced(m);
	assert_int_equal(mux_set(m, "www-2", &m->b, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_get(m, "www-2", body), 200);
}

static void test_reload_does_not_wait_for_a_haproxy_that_is_gone(void **state)
{
	struct mux *m = *state;

	SKIP_WITHOUT_HAPROXY(m);
	mux_start_unit(m);
	wait_synced(m);
	mux_end_unit(m, SIGKILL);
	assert_int_equal(haproxy_follow_begin(m->driver), 0); /* it was there a moment ago */
	for (unsigned i = 0; i < 600 && driver_reloading(m->driver); i++)
		mux_run(m, 20);
	assert_false(driver_reloading(m->driver));
	assert_false(m->driver->synced);
	assert_int_equal(m->driver->failures, 0);
	mux_start_unit(m);
	wait_synced(m);
}

static void test_hanging_haproxy_holds_up_nothing_for_long(void **state)
{
	struct mux *m = *state;
	struct driver_member_stats stats;
	uint64_t before;
	pid_t worker;
	char body[512];

	SKIP_WITHOUT_HAPROXY(m);
	mux_start_unit(m);
	wait_synced(m);
	worker = (pid_t)m->driver->worker;
	assert_int_equal(kill(worker, SIGSTOP), 0);
	before = haproxy_now_ms();
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), -EAGAIN);
	for (unsigned i = 0; i < 50; i++) {
		(void)driver_poll(m->driver);
		assert_true(driver_stats(m->driver, "www-1", "A", &stats) < 0);
	}
	assert_true(haproxy_now_ms() < before + 4500);
	assert_int_equal(kill(worker, SIGCONT), 0);
	wait_synced(m);
	assert_int_equal(mux_get(m, "www-1", body), 200);
}

/* A master that hangs: the reload never comes, and neither the loop nor a route waits for it. */
static void test_reload_that_hangs_holds_up_nothing(void **state)
{
	struct mux *m = *state;
	uint64_t before, longest = 0;
	char body[512];
	int status = 0;

	SKIP_WITHOUT_HAPROXY(m);
	mux_start_unit(m);
	wait_synced(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(kill(m->unit, SIGSTOP), 0);
	begin_reload(m);
	assert_int_equal(mux_set_now(m, "www-2", &m->b, DRIVER_CHECK_NONE), -EAGAIN);
	for (unsigned i = 0; i < 2000 && driver_reloading(m->driver); i++) {
		uint64_t took;

		before = haproxy_now_ms();
		(void)driver_poll(m->driver);
		took = haproxy_now_ms() - before;
		longest = took > longest ? took : longest;
		poll(NULL, 0, 20);
	}
	assert_true(longest < 5000);
	assert_int_equal(m->driver->failures, 1);
	/* The worker that there is has it all the same. */
	assert_int_equal(mux_get(m, "www-1", body), 200);
	status = mux_get(m, "www-2", body);
	assert_int_equal(kill(m->unit, SIGCONT), 0);
	assert_int_equal(status, 200);
	assert_string_equal(body, "B");
	for (unsigned i = 0; i < 300 && m->driver->failures; i++)
		mux_run(m, 50);
	assert_int_equal(m->driver->failures, 0);
	assert_int_equal(mux_get(m, "www-2", body), 200);
}

/* Routes that come, change and go while a new worker reads files that do not know of it. */
static void test_changes_during_a_reload_are_told_the_new_worker(void **state)
{
	struct mux *m = *state;
	char body[512];
	long before;

	SKIP_WITHOUT_HAPROXY(m);
	assert_int_equal(mux_set(m, "www-1", &m->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(mux_set(m, "www-2", &m->a, DRIVER_CHECK_NONE), 0);
	before = m->driver->worker;
	begin_reload(m);
	assert_int_equal(mux_set_now(m, "www-3", &m->b, DRIVER_CHECK_TCP), -EAGAIN);
	assert_int_equal(mux_set_now(m, "www-4", &m->b, DRIVER_CHECK_NONE), -EAGAIN);
	assert_int_equal(mux_set_now(m, "www-2", &m->b, DRIVER_CHECK_NONE), -EAGAIN);
	assert_int_equal(driver_remove(m->driver, &(const char *){ "www-1" }, 1), -EAGAIN);
	assert_int_equal(mux_followed(m, driver_remove(m->driver, &(const char *){ "www-4" }, 1)),
			 0);
	assert_int_not_equal(m->driver->worker, before);
	assert_int_equal(m->driver->failures, 0);
	assert_int_equal(mux_get(m, "www-1", body), 404);
	assert_int_equal(mux_get(m, "www-4", body), 404);
	assert_int_equal(mux_get(m, "www-2", body), 200);
	assert_string_equal(body, "B");
	assert_int_equal(mux_get(m, "www-3", body), 200);
	/* No second reload was needed, and nothing is left of what came and went. */
	before = m->driver->worker;
	for (unsigned i = 0; i < 300 && !m->driver->none_leaving; i++)
		mux_run(m, 20);
	assert_true(m->driver->none_leaving);
	assert_int_equal(m->driver->worker, before);
	assert_int_equal(count_servers(m), 2);
}

static void test_taken_port_is_told(void **state)
{
	struct mux *m = *state;
	_cleanup_free_ char *error = NULL;
	struct driver_conf conf;
	struct driver *second;
	char dir[] = "/tmp/envmux-test-XXXXXX";

	SKIP_WITHOUT_HAPROXY(m);
	assert_non_null(mkdtemp(dir));
	conf = m->conf;
	conf.state_dir = dir;
	assert_int_equal(driver_open(&conf, &second, &error), 0);
	assert_int_equal(driver_start(second, NULL, 0, &error), -EADDRINUSE);
	assert_non_null(strstr(error, m->front_text));
	driver_free(second);
	nftw(dir, mux_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void test_paths_that_would_break_a_command_are_refused(void **state)
{
	struct mux *m = *state;
	_cleanup_free_ char *error = NULL, *bad = NULL;
	struct driver_conf conf = m->conf;
	struct driver *d;

	SKIP_WITHOUT_HAPROXY(m);
	bad = str_printf("%s/a b", m->dir);
	assert_int_equal(mkdir(bad, 0700), 0);
	conf.state_dir = bad;
	assert_int_equal(driver_open(&conf, &d, &error), -EINVAL);
	assert_non_null(strstr(error, "a b"));
}

#define UNIT(name) cmocka_unit_test_setup_teardown(name, mux_setup_unit, mux_teardown)
#define OWN(name) cmocka_unit_test_setup_teardown(name, mux_setup, mux_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_haproxy_that_comes_later_is_waited_for),
		UNIT(test_restarted_haproxy_gets_what_it_missed),
		OWN(test_reload_loses_no_request),
		OWN(test_replaced_worker_forgets_what_is_gone),
		UNIT(test_refused_files_leave_the_running_routes),
		UNIT(test_reload_does_not_wait_for_a_haproxy_that_is_gone),
		UNIT(test_hanging_haproxy_holds_up_nothing_for_long),
		UNIT(test_reload_that_hangs_holds_up_nothing),
		OWN(test_changes_during_a_reload_are_told_the_new_worker),
		OWN(test_taken_port_is_told),
		UNIT(test_paths_that_would_break_a_command_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
