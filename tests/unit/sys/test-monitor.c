/* SPDX-License-Identifier: MIT */
/* test-monitor.c -- hearing that links, addresses or routes changed */
#include "tests/unit/live.h"

#include <poll.h>

/* Something is heard within 10 s; then nothing is left. */
static void assert_heard(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(sys_net_monitor_drain(fd), 1);
}

static void test_each_kind_of_change_is_heard(void **state)
{
	static const char *const changes[] = {
		"ip link add eth0 type veth peer name p0",
		"ip link set p0 up; ip link set eth0 up",
		"ip addr add 10.60.0.21/24 dev eth0",
		"ip route add default via 10.60.0.254",
		"ip route del default",
		"ip -6 addr add fd00::1/64 dev eth0 nodad",
		"ip -6 route add fd01::/64 via fd00::2",
		"ip link set p0 down",
		"ip link del eth0",
	};
	_cleanup_close_ int fd = -1;

	live_skip_unless_there();
	fd = sys_net_monitor(*state);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(sys_net_monitor_drain(fd), 0);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		live_run(changes[i]);
		assert_heard(fd);
	}
}

static void test_an_overrun_counts_as_something(void **state)
{
	_cleanup_close_ int fd = -1;

	live_skip_unless_there();
	fd = sys_net_monitor(*state);
	live_run("for i in $(seq 1 3000); do echo addr add 10.1.$((i/250)).$((i%250+1))/8 dev lo; "
		 "done | ip -b -");
	assert_int_equal(sys_net_monitor_drain(fd), 1);
	assert_int_equal(sys_net_monitor_drain(fd), 0);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_each_kind_of_change_is_heard),
		LIVE_TEST(test_an_overrun_counts_as_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
