/* SPDX-License-Identifier: MIT */
/* test-dns.c -- a real dnsmasq takes what we write, and is asked */
#include "tests/unit/modules/live.h"

extern const struct module module_dns;

#define CONF                                                                   \
	"[Agent]\nDomain=cluster.test\nBaseDomain=envs.example.internal\n"     \
	"[System]\nUnitCommand=/run/unitctl\n"                                 \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\nMac=02:00:00:00:00:01\n" \
	"[Mux]\nExternalAddress=10.9.1.80\n"
#define HOST(name, address) \
	"{\"name\":\"" name "\",\"fqdn\":\"" name ".cluster.test\",\"address\":\"" address "\"}"
#define DNS HOST("dns-1", "10.60.0.10")

/* What a service manager does, and a list of what it was asked for. */
static const char unitctl[] =
	"#!/bin/sh\n"
	"echo \"$*\" >>/run/unitctl.log\n"
	"pid=$(cat /run/dnsmasq.pid 2>/dev/null)\n"
	"case $1 in\n"
	"reload) kill -HUP $pid; exit ;;\n"
	"esac\n"
	"[ -z \"$pid\" ] || kill $pid 2>/dev/null\n"
	"while kill -0 $pid 2>/dev/null; do sleep 0.01; done\n"
	"! [ -e /run/broken ] || { echo 'no such luck' >&2; exit 1; }\n"
	"exec dnsmasq -C /dev/null --conf-dir=/etc/dnsmasq.d,*.conf --user=root "
	"--pid-file=/run/dnsmasq.pid\n";

static void stop_dnsmasq(void)
{
	live_run("pid=$(cat /run/dnsmasq.pid 2>/dev/null); rm -f /run/dnsmasq.pid; "
		 "[ -z \"$pid\" ] || kill $pid 2>/dev/null; "
		 "while kill -0 $pid 2>/dev/null; do sleep 0.01; done");
}

static int setup(void **state)
{
	struct scratch *s;

	if (live_reason)
		return 0;
	live_run("ip address add 10.60.0.10/32 dev lo");
	s = scratch_new(&module_dns, "/");
	scratch_file(s, "/run/unitctl", unitctl);
	live_run("chmod 755 /run/unitctl; : >/run/unitctl.log");
	scratch_fact(s, "roles", "[\"dns\"]");
	scratch_fact(s, "hosts", "[" DNS "," HOST("web-1", "10.60.0.21") "]");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	if (live_reason)
		return 0;
	stop_dnsmasq();
	scratch_free(*state);
	live_run("ip address del 10.60.0.10/32 dev lo; rm -rf /var/lib/envagent /run/envagent "
		 "/etc/dnsmasq.d /run/unitctl* /run/broken");
	return 0;
}

/* What the server says: the first address or name, "" for none. */
static const char *ask(struct scratch *s, const char *name, uint16_t type)
{
	static char text[DNS_NAME_MAX];
	struct dnsmsg_answer answer = {};
	struct addr server;
	int r;

	assert_int_equal(addr_parse("10.60.0.10", &server), 0);
	r = sys_dns_ask(s->sys, &server, name, type, 2000000, &answer);
	if (r < 0)
		return strerror(-r);
	if (answer.n == 0)
		return answer.rcode ? "none" : "no data";
	if (type == DNS_PTR)
		return strcpy(text, answer.names[0]);
	return addr_format(&answer.addrs[0], false, text);
}

static void pass(struct scratch *s, const char *conf)
{
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
}

static void expect_asked(const char *lines)
{
	_cleanup_free_ char *log = live_output("cat /run/unitctl.log");

	assert_string_equal(log, lines);
}

static void test_every_host_answers_forward_and_back(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names served at 10.60.0.10");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	assert_string_equal(ask(s, "web-1", DNS_A), "10.60.0.21");
	assert_string_equal(ask(s, "21.0.60.10.in-addr.arpa", DNS_PTR), "web-1.cluster.test");
	assert_string_equal(ask(s, "gw", DNS_A), "169.254.169.254");
	assert_string_equal(ask(s, "nobody.cluster.test", DNS_A), "none");
	expect_asked("restart dnsmasq.service\n");

	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\n");
}

static void test_every_name_of_the_base_domain_is_the_mux(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	assert_string_equal(ask(s, "www-4190101.envs.example.internal", DNS_A), "10.9.1.80");
	assert_string_equal(ask(s, "www-4190101.envs.example.internal", DNS_AAAA), "no data");
}

static void test_a_record_comes_moves_and_goes_without_a_restart(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_fact(s, "hosts",
		     "[" DNS "," HOST("web-1", "10.60.0.31") "," HOST("db-1", "10.60.0.40") "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "4 names");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.31");
	assert_string_equal(ask(s, "db-1.cluster.test", DNS_A), "10.60.0.40");
	assert_string_not_equal(ask(s, "21.0.60.10.in-addr.arpa", DNS_PTR), "web-1.cluster.test");

	scratch_fact(s, "hosts", "[" DNS "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "2 names");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "none");
	expect_asked("restart dnsmasq.service\n");
	assert_null(json_object_object_get(s->state, "gone"));
}

static void test_refused_options_leave_the_last_good_ones(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_true(scratch_plan(s, CONF "[Dns]\nOptions=no-such-option=1\n") < 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_FAILED, "bad option at line");
	scratch_expect_state(s, STATE_FAILED, "no-such-option=1");

	pass(s, CONF);
	assert_true(scratch_plan(s, CONF "[Dns]\nOptions=no-such-option=1\n") < 0);
	scratch_expect_state(s, STATE_DEGRADED, "the last good ones stay");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
}

static void test_a_dead_server_is_restarted_once(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	assert_string_equal(ask(s, "web-1", DNS_A), strerror(ECONNREFUSED));
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_server_that_stays_dead_is_told_with_the_next_step(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	scratch_file(s, "/run/broken", "");
	pass(s, CONF);
	scratch_expect_state(s, STATE_DEGRADED, "does not answer at 10.60.0.10");
	scratch_expect_state(s, STATE_DEGRADED, "no such luck");
	assert_string_equal(s->result.next, "systemctl status dnsmasq.service");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_server_that_went_blind_is_told_to_read(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	live_run("mv /var/lib/envagent/hosts.d /var/lib/envagent/old");
	scratch_fact(s, "hosts", "[" DNS "," HOST("db-1", "10.60.0.40") "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
	assert_string_equal(ask(s, "db-1.cluster.test", DNS_A), "10.60.0.40");
	expect_asked("restart dnsmasq.service\nreload dnsmasq.service\n");
}

static void test_without_dnsmasq_it_says_so(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_true(scratch_plan(s, CONF "[Dns]\nProgram=/usr/sbin/no-dnsmasq\n") < 0);
	scratch_expect_state(s, STATE_FAILED, "/usr/sbin/no-dnsmasq is not there");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_host_answers_forward_and_back),
		T(test_every_name_of_the_base_domain_is_the_mux),
		T(test_a_record_comes_moves_and_goes_without_a_restart),
		T(test_refused_options_leave_the_last_good_ones),
		T(test_a_dead_server_is_restarted_once),
		T(test_a_server_that_stays_dead_is_told_with_the_next_step),
		T(test_a_server_that_went_blind_is_told_to_read),
		T(test_without_dnsmasq_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
