/* SPDX-License-Identifier: MIT */
/* test-resolv-live.c -- resolv.conf beside a real name server, and mounted over as in containers */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_resolv;

#define CONF                                 \
	"[Agent]\nDomain=cluster.test\n"     \
	"[Host dns-1]\nAddress=10.60.0.10\n" \
	"Roles=dns\nMac=02:00:00:00:00:01\n"

static int setup(void **state)
{
	if (live_reason)
		return 0;
	live_run("ip address add 10.60.0.10/32 dev lo");
	*state = scratch_new(&module_resolv, "/");
	scratch_file(*state, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	return 0;
}

static int teardown(void **state)
{
	if (live_reason)
		return 0;
	scratch_free(*state);
	live_run("[ ! -e /run/dnsmasq.pid ] || kill $(cat /run/dnsmasq.pid); "
		 "umount /etc/resolv.conf 2>/dev/null; ip address del 10.60.0.10/32 dev lo; "
		 "rm -rf /run/dnsmasq.pid /var/lib/envagent /run/envagent");
	return 0;
}

static void serve(const char *record)
{
	_cleanup_free_ char *command =
		str_printf("dnsmasq -C /dev/null --no-hosts --no-resolv --user=root "
			   "--pid-file=/run/dnsmasq.pid --host-record=%s",
			   record);

	assert_non_null(command);
	live_run(command);
}

static void test_the_first_answer_ends_the_former_server(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.53 stays second");
	assert_int_equal(scratch_apply(s), 0);

	serve("dns-1.cluster.test,10.60.0.10");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_READY, "10.60.0.10 (dns-1)");
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
	assert_int_equal(scratch_apply(s), 0);

	/* it stays so, whatever the server does later */
	live_run("kill $(cat /run/dnsmasq.pid)");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_READY, "10.60.0.10 (dns-1)");
	scratch_expect_plan(s, "");
}

static void test_a_server_that_does_not_know_its_own_name_is_no_answer(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	serve("dns-1.cluster.test,10.60.0.99");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_DEGRADED, "has not answered yet");
}

static void test_a_mount_point_is_a_clear_error_and_stays(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("cp /etc/resolv.conf /run/mounted && mount --bind /run/mounted /etc/resolv.conf");
	assert_int_equal(scratch_plan(s, CONF), -EBUSY);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_FAILED, "is a mount point");
	scratch_expect_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_first_answer_ends_the_former_server),
		T(test_a_server_that_does_not_know_its_own_name_is_no_answer),
		T(test_a_mount_point_is_a_clear_error_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
