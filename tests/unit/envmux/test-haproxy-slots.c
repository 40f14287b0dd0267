/* SPDX-License-Identifier: MIT */
/* test-haproxy-slots.c -- who has which slot */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/envmux/haproxy.h"

static const struct driver_monitor tcp = {
	.check = DRIVER_CHECK_TCP, .interval = 5, .fall = 3, .rise = 1
};

static struct driver_monitor http(const char *path)
{
	struct driver_monitor m = tcp;

	m.check = DRIVER_CHECK_HTTP;
	m.send = (char *)path;
	return m;
}

static int setup(void **state)
{
	struct driver *d = calloc(1, sizeof(*d));

	d->conf.slots = 4;
	assert_int_equal(haproxy_know_class(d, DRIVER_ROUND_ROBIN, &tcp), 0);
	for (size_t i = 0; i < d->n_slots; i++)
		d->slots[i].live = true;
	d->reload_wanted = false;
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct driver *d = *state;

	haproxy_slots_free(d);
	free(d);
	return 0;
}

static struct slot *take(struct driver *d, const struct driver_monitor *m, const char *label)
{
	struct slot *s = haproxy_acquire(d, DRIVER_ROUND_ROBIN, m, label);

	assert_non_null(s);
	return s;
}

/* As a reload does it. */
static void reload(struct driver *d)
{
	for (size_t i = 0; i < d->n_slots; i++)
		d->slots[i].live = true;
	for (size_t i = 0; i < d->n_classes; i++)
		d->classes[i].live = true;
	d->reload_wanted = d->settled = false;
}

/* Slot NUMBER is one of those that are given away next. */
static bool taken_again(struct driver *d, unsigned number)
{
	for (unsigned i = 0; i < 3; i++) {
		char label[16];

		snprintf(label, sizeof(label), "next-%u", i);
		if (take(d, &tcp, label)->number == number)
			return true;
	}
	return false;
}

static void test_label_finds_its_slot(void **state)
{
	struct driver *d = *state;
	unsigned number = take(d, &tcp, "www-1")->number;

	assert_int_not_equal(take(d, &tcp, "www-2")->number, number);
	assert_int_equal(haproxy_slot(d, "www-1")->number, number);
	assert_null(haproxy_slot(d, "www-3"));
}

static void test_slot_with_a_server_left_is_not_free(void **state)
{
	struct driver *d = *state;
	struct driver_member m = { .name = (char *)"a", .port = 80, .weight = 1 };
	struct slot *s = take(d, &tcp, "www-1");
	unsigned number = s->number;

	assert_int_equal(addr_parse("10.0.0.1", &m.addr), 0);
	assert_non_null(haproxy_add_server(d, s, &m));
	haproxy_leave(d, s);
	assert_int_not_equal(take(d, &tcp, "www-2")->number, number);
	haproxy_drop_server(&d->slots[number], 0);
	assert_true(taken_again(d, number));
}

/* HAProxy may come back with the files at any time: their tenant must not be another's. */
static void test_slot_that_the_files_name_is_not_free(void **state)
{
	struct driver *d = *state;
	struct slot *s = take(d, &tcp, "www-1");
	unsigned number = s->number;

	s->on_disk = true;
	haproxy_leave(d, s);
	assert_int_not_equal(take(d, &tcp, "www-2")->number, number);
	d->slots[number].on_disk = false;
	assert_true(taken_again(d, number));
}

static void test_supply_grows_when_a_quarter_is_left(void **state)
{
	struct driver *d = *state;

	assert_int_equal(d->n_slots, 4);
	(void)take(d, &tcp, "www-1");
	(void)take(d, &tcp, "www-2");
	(void)take(d, &tcp, "www-3");
	assert_false(d->reload_wanted);
	assert_true(take(d, &tcp, "www-4")->live);
	assert_int_equal(d->n_slots, 8);
	assert_true(d->reload_wanted);
	/* Nothing is left that runs: this one must wait for the reload. */
	assert_false(take(d, &tcp, "www-5")->live);
	assert_int_equal(d->n_slots, 8);
}

static void test_new_check_waits_in_a_plain_slot(void **state)
{
	struct driver *d = *state;
	struct driver_monitor m = http("/health");
	struct slot *s = take(d, &m, "www-1");

	assert_true(s->live);
	assert_int_equal(s->class, 0);
	assert_true(d->reload_wanted);
	assert_null(haproxy_misplaced(d));
	assert_true(haproxy_suits(d, s, DRIVER_ROUND_ROBIN, &m));
	reload(d);
	s = haproxy_misplaced(d);
	assert_non_null(s);
	assert_string_equal(s->label, "www-1");
	assert_false(haproxy_suits(d, s, DRIVER_ROUND_ROBIN, &m));
	haproxy_leave(d, s);
	assert_int_equal(take(d, &m, "www-1")->class, 1);
	assert_null(haproxy_misplaced(d));
}

static void test_check_that_nobody_needs_makes_room(void **state)
{
	struct driver *d = *state;
	struct driver_monitor one = http("/one"), two = http("/two");
	size_t slots;

	(void)take(d, &one, "www-1");
	reload(d);
	slots = d->n_slots;
	haproxy_leave(d, haproxy_slot(d, "www-1"));
	(void)take(d, &two, "www-2");
	assert_int_equal(d->n_classes, 2);
	assert_int_equal(d->n_slots, slots);
	assert_true(d->reload_wanted);
	assert_string_equal(d->classes[1].rules.send, "/two");
	assert_false(d->classes[1].live);
}

static void test_checks_are_limited_and_routes_are_not(void **state)
{
	struct driver *d = *state;
	char path[32], label[32];

	for (unsigned i = 0; i < 200; i++) {
		struct driver_monitor m = http(path);

		snprintf(path, sizeof(path), "/%u", i);
		snprintf(label, sizeof(label), "www-%u", i);
		(void)take(d, &m, label);
		reload(d);
	}
	assert_in_range(d->n_classes, 2, 64);
	assert_non_null(haproxy_slot(d, "www-199"));
	assert_int_equal(haproxy_slot(d, "www-199")->class, 0);
}

static void test_servers_have_names_of_their_own(void **state)
{
	struct driver *d = *state;
	struct driver_member m = { .name = (char *)"a", .port = 80, .weight = 1 };
	struct slot *s = take(d, &tcp, "www-1");
	char first[24];

	snprintf(first, sizeof(first), "%s", haproxy_add_server(d, s, &m)->name);
	haproxy_drop_server(s, 0);
	assert_string_not_equal(haproxy_add_server(d, s, &m)->name, first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_label_finds_its_slot),
		TEST(test_slot_with_a_server_left_is_not_free),
		TEST(test_slot_that_the_files_name_is_not_free),
		TEST(test_supply_grows_when_a_quarter_is_left),
		TEST(test_new_check_waits_in_a_plain_slot),
		TEST(test_check_that_nobody_needs_makes_room),
		TEST(test_checks_are_limited_and_routes_are_not),
		TEST(test_servers_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
