/* SPDX-License-Identifier: MIT */
/* test-status.c -- what status.json says, and the host's state in one word */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/json.h"
#include "agent/status.h"

struct fixture {
	char dir[32], path[64];
	struct status *status;
};

static int setup(void **state)
{
	static struct fixture f;

	strcpy(f.dir, "/tmp/envagent-test-XXXXXX");
	if (!mkdtemp(f.dir))
		return -1;
	snprintf(f.path, sizeof(f.path), "%s/status.json", f.dir);
	*state = &f;
	return status_new(f.path, &f.status);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	status_free(f->status);
	unlink(f->path);
	return rmdir(f->dir); /* and nothing is left beside it */
}

static void module(struct status *s, const char *name, const char *state, const char *reason)
{
	struct event ev = { .kind = EVENT_STATE };

	snprintf(ev.module, sizeof(ev.module), "%s", name);
	snprintf(ev.state, sizeof(ev.state), "%s", state);
	snprintf(ev.reason, sizeof(ev.reason), "%s", reason);
	status_module(s, &ev);
}

static struct json_object *parsed(struct status *s)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct json_object *obj;

	assert_int_equal(status_text(s, 1234567, &b), 0);
	assert_int_equal(json_parse(b.data, b.len, 8, &obj, NULL), 0);
	return obj;
}

static const char *text_of(struct json_object *obj, const char *key)
{
	const char *s = NULL;

	assert_int_equal(json_get_str(obj, key, &s), 0);
	return s;
}

static void test_the_worst_state_wins_and_gives_its_reason(void **state)
{
	struct fixture *f = *state;

	status_own(f->status, STATE_READY, "", "");
	module(f->status, "host", "ready", "web-1");
	assert_int_equal(status_summary(f->status)->state, STATE_READY);
	assert_string_equal(status_summary(f->status)->reason, "");
	module(f->status, "dns", "degraded", "no answer");
	module(f->status, "template", "failed", "x.erb:3:5");
	module(f->status, "resolv", "off", "Manage=no");
	assert_int_equal(status_summary(f->status)->state, STATE_FAILED);
	assert_string_equal(status_summary(f->status)->reason, "template: x.erb:3:5");

	status_own(f->status, STATE_QUARANTINED, "own", "");
	assert_int_equal(status_summary(f->status)->state, STATE_FAILED);
	module(f->status, "template", "ready", "");
	assert_int_equal(status_summary(f->status)->state, STATE_QUARANTINED);
	assert_string_equal(status_summary(f->status)->reason, "own");
}

static void test_an_off_module_counts_for_nothing(void **state)
{
	struct fixture *f = *state;

	status_own(f->status, STATE_READY, "", "");
	module(f->status, "dns", "off", "not this host's role");
	assert_int_equal(status_summary(f->status)->state, STATE_READY);
	assert_int_equal(status_worst_module(f->status), STATE_READY);
}

static void test_a_silent_gateway_after_the_identity_is_no_quarantine(void **state)
{
	struct fixture *f = *state;

	status_own(f->status, STATE_DEGRADED, "silent", "");
	module(f->status, "metadata", "quarantined", "no identity");
	assert_int_equal(status_summary(f->status)->state, STATE_QUARANTINED);
	status_identity(f->status, &(struct status_identity){ .state = "confirmed" });
	assert_int_equal(status_summary(f->status)->state, STATE_DEGRADED);
}

static void test_modules_that_a_pass_does_not_name_are_dropped(void **state)
{
	struct fixture *f = *state;

	status_own(f->status, STATE_READY, "", "");
	module(f->status, "config", "failed", "bad");
	module(f->status, "host", "ready", "");
	status_modules_begin(f->status);
	module(f->status, "host", "ready", "");
	status_modules_end(f->status);
	assert_int_equal(status_summary(f->status)->state, STATE_READY);
}

static const char *module_at(struct json_object *obj, size_t i)
{
	struct json_object *modules;

	assert_int_equal(json_get_arr(obj, "modules", &modules), 0);
	return text_of(json_object_array_get_idx(modules, i), "name");
}

static void test_modules_stand_in_the_order_of_the_last_whole_pass(void **state)
{
	static const char *const order[] = { "metadata", "host", "dns", "platform", "balancer" };
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *obj = NULL;

	/* Somebody asked for one module before the first whole pass. */
	module(f->status, "metadata", "ready", "");
	module(f->status, "platform", "ready", "");
	module(f->status, "balancer", "ready", "");
	status_modules_begin(f->status);
	for (size_t i = 0; i < 5; i++)
		module(f->status, order[i], "ready", "");
	status_modules_end(f->status);
	obj = parsed(f->status);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(module_at(obj, i), order[i]);
}

static void test_a_host_that_is_leader_no_more_has_no_modules_of_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *modules;

	status_own(f->status, STATE_READY, "", "");
	module(f->status, "host", "ready", "");
	module(f->status, "platform", "ready", "");
	module(f->status, "balancer", "degraded", "the mux is silent");
	status_modules_begin(f->status);
	module(f->status, "host", "ready", "");
	status_modules_end(f->status);
	assert_int_equal(status_summary(f->status)->state, STATE_READY);
	obj = parsed(f->status);
	assert_int_equal(json_get_arr(obj, "modules", &modules), 0);
	assert_int_equal(json_object_array_length(modules), 1);
}

static void test_a_state_keeps_the_time_since_when(void **state)
{
	struct fixture *f = *state;
	struct event ev = {
		.kind = EVENT_STATE, .module = "dns", .state = "degraded", .since = 77
	};
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *modules;
	int64_t since;

	status_module(f->status, &ev);
	ev.since = 99;
	status_module(f->status, &ev);
	obj = parsed(f->status);
	assert_int_equal(json_get_arr(obj, "modules", &modules), 0);
	assert_int_equal(json_get_int(json_object_array_get_idx(modules, 0), "since", &since), 0);
	assert_int_equal(since, 77);
}

static void test_the_text_has_every_key_of_the_schema(void **state)
{
	static const char *const keys[] = { "schema",  "version", "pid",       "pid_start",
					    "boot_id", "written", "fresh_sec", "state",
					    "reason",  "since",	  "next",      "identity",
					    "host",    "modules", "pass",      "next_pass",
					    "waiting" };
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *id;
	int64_t n;

	status_identity(f->status, &(struct status_identity){ .state = "confirmed", .env = "42" });
	status_host(f->status, "web-1.cluster.test");
	status_waiting(f->status, "network");
	obj = parsed(f->status);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_true(json_object_object_get_ex(obj, keys[i], NULL));
	assert_string_equal(text_of(obj, "schema"), "envagent.status/1");
	assert_string_equal(text_of(obj, "host"), "web-1.cluster.test");
	assert_string_equal(text_of(obj, "waiting"), "network");
	assert_int_equal(strlen(text_of(obj, "boot_id")), 36);
	assert_int_equal(json_get_int(obj, "pid", &n), 0);
	assert_int_equal(n, getpid());
	assert_int_equal(json_get_int(obj, "pid_start", &n), 0);
	assert_true(n > 0);
	assert_int_equal(json_get_obj(obj, "identity", &id), 0);
	assert_string_equal(text_of(id, "env"), "42");
}

static void test_it_is_written_only_when_something_changed(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	status_own(f->status, STATE_READY, "", "");
	assert_int_equal(status_write(f->status), 1);
	assert_int_equal(stat(f->path, &before), 0);
	assert_int_equal(before.st_mode & 07777, 0644);

	status_own(f->status, STATE_READY, "", "");
	status_waiting(f->status, "");
	assert_int_equal(status_write(f->status), 0);

	module(f->status, "dns", "ready", "12 hosts");
	assert_int_equal(status_write(f->status), 1);
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
}

static void test_a_touch_renews_the_time_alone(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct fixture *f = *state;
	struct stat before, after;

	status_own(f->status, STATE_READY, "", "");
	assert_int_equal(status_write(f->status), 1);
	assert_int_equal(utimensat(0, f->path, old, 0), 0);
	assert_int_equal(stat(f->path, &before), 0);
	assert_int_equal(status_touch(f->status), 0);
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(after.st_mtime > 1000);
}

static void test_too_many_modules_do_no_harm(void **state)
{
	struct fixture *f = *state;
	char name[32];

	for (int i = 0; i < 2 * STATUS_MODULES; i++) {
		snprintf(name, sizeof(name), "module-%d", i);
		module(f->status, name, "ready", "");
	}
	json_object_put(parsed(f->status));
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_the_worst_state_wins_and_gives_its_reason),
		T(test_an_off_module_counts_for_nothing),
		T(test_a_silent_gateway_after_the_identity_is_no_quarantine),
		T(test_modules_that_a_pass_does_not_name_are_dropped),
		T(test_modules_stand_in_the_order_of_the_last_whole_pass),
		T(test_a_host_that_is_leader_no_more_has_no_modules_of_it),
		T(test_a_state_keeps_the_time_since_when),
		T(test_the_text_has_every_key_of_the_schema),
		T(test_it_is_written_only_when_something_changed),
		T(test_a_touch_renews_the_time_alone),
		T(test_too_many_modules_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
