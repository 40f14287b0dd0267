/* SPDX-License-Identifier: MIT */
/* test-netwatch.c -- is there a network, and has it changed? In a namespace of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/netwatch.h"

struct fixture {
	bool netns;
	sd_event *event;
	struct sys *sys;
	struct netwatch *watch;
	unsigned changes;
};

static int group_setup(void **state)
{
	static struct fixture f;

	f.netns = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
	*state = &f;
	return 0;
}

static void on_change(void *userdata)
{
	((struct fixture *)userdata)->changes++;
}

static int setup(void **state)
{
	struct fixture *f = *state;

	f->changes = 0;
	if (f->netns && system("ip link add ea0 type veth peer name ea1; ip link set ea1 up") != 0)
		return -1;
	if (sd_event_new(&f->event) < 0 || sys_open("/", &f->sys) < 0)
		return -1;
	return f->netns ? netwatch_new(f->event, f->sys, on_change, f, &f->watch) : 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	netwatch_free(f->watch);
	f->watch = NULL;
	sys_free(f->sys);
	sd_event_unref(f->event);
	return f->netns ? system("ip link del ea0") : 0;
}

static void need_netns(const struct fixture *f)
{
	if (f->netns)
		return;
	print_message("skipped: needs root for a network namespace\n");
	skip();
}

static void ip(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Until the network has been quiet for longer than it has to be. */
static void rest(struct fixture *f)
{
	while (sd_event_run(f->event, 500000) > 0)
		;
}

static void test_a_network_is_an_address_and_a_default_route(void **state)
{
	struct fixture *f = *state;

	need_netns(f);
	assert_false(netwatch_ready(f->watch));
	ip("ip link set ea0 up; ip addr add 10.60.0.21/24 dev ea0");
	rest(f);
	assert_false(netwatch_ready(f->watch));
	ip("ip route add default via 10.60.0.254");
	rest(f);
	assert_true(netwatch_ready(f->watch));
	ip("ip addr del 10.60.0.21/24 dev ea0");
	rest(f);
	assert_false(netwatch_ready(f->watch));
}

static void test_a_storm_of_notices_is_one_change(void **state)
{
	struct fixture *f = *state;

	need_netns(f);
	ip("ip link set ea0 up; for i in 1 2 3 4 5 6 7 8; do ip addr add 10.60.0.$i/24 dev ea0; "
	   "done");
	rest(f);
	assert_true(f->changes >= 1);
	assert_true(f->changes <= 2); /* IPv6 may finish its own address later */
}

static void test_a_renewed_lease_is_no_change(void **state)
{
	struct fixture *f = *state;
	unsigned before;

	need_netns(f);
	ip("ip link set ea0 up; "
	   "ip addr add 10.60.0.21/24 dev ea0 valid_lft 3600 preferred_lft 3600");
	sleep(2); /* until IPv6 has its address, too */
	rest(f);
	before = f->changes;
	ip("ip addr change 10.60.0.21/24 dev ea0 valid_lft 7200 preferred_lft 7200");
	rest(f);
	assert_int_equal(f->changes, before);
	/* But one that lasts for ever is another thing. */
	ip("ip addr change 10.60.0.21/24 dev ea0 valid_lft forever preferred_lft forever");
	rest(f);
	assert_int_equal(f->changes, before + 1);
}

static void test_our_own_pass_is_told_by_resume_alone(void **state)
{
	struct fixture *f = *state;

	need_netns(f);
	netwatch_pause(f->watch);
	assert_int_equal(netwatch_resume(f->watch), 0);
	netwatch_pause(f->watch);
	ip("ip addr add 10.60.0.21/24 dev ea0");
	assert_int_equal(netwatch_resume(f->watch), 1);
	rest(f);
	assert_int_equal(f->changes, 0);
}

static void test_below_another_root_nothing_is_watched(void **state)
{
	struct fixture *f = *state;
	struct netwatch *n;
	struct sys *sys;

	assert_int_equal(sys_open("/tmp", &sys), 0);
	assert_int_equal(netwatch_new(f->event, sys, on_change, f, &n), 0);
	assert_true(netwatch_ready(n));
	netwatch_pause(n);
	assert_int_equal(netwatch_resume(n), 0);
	netwatch_free(n);
	sys_free(sys);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_network_is_an_address_and_a_default_route),
		T(test_a_storm_of_notices_is_one_change),
		T(test_a_renewed_lease_is_no_change),
		T(test_our_own_pass_is_told_by_resume_alone),
		T(test_below_another_root_nothing_is_watched),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
