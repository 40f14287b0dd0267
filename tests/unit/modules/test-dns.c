/* SPDX-License-Identifier: MIT */
/* test-dns.c -- a real dnsmasq takes what we write, and is asked */
#include "tests/unit/modules/live.h"

extern const struct module module_dns;

#define CONF                                                                   \
	"[Agent]\nDomain=cluster.test\nBaseDomain=envs.example.internal\n"     \
	"[System]\nUnitCommand=/run/unitctl\n"                                 \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\nMac=02:00:00:00:00:01\n" \
	"[Mux]\nExternalAddress=10.9.1.80\n"
#define BROKEN "no-such-option=yes\n"
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
	"set --\n"
	"! [ -e /run/broken ] || { echo 'no such luck' >&2; exit 1; }\n"
	"[ -e /etc/dnsmasq.conf ] || set -- --conf-dir=/etc/dnsmasq.d,*.conf\n"
	"exec dnsmasq \"$@\" --user=root --pid-file=/run/dnsmasq.pid\n";

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
		 "/etc/dnsmasq.d /etc/dnsmasq.conf /run/unitctl* /run/broken");
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
	scratch_expect_state(s, STATE_FAILED,
			     "bad option at line 14 of "
			     "/etc/dnsmasq.d/envagent.conf: no-such-option=1");

	pass(s, CONF);
	scratch_fact(s, "hosts", "[" DNS "," HOST("web-1", "10.60.0.31") "]");
	pass(s, CONF "[Dns]\nOptions=no-such-option=1\n");
	scratch_expect_plan(s, "write /var/lib/envagent/hosts.d/web-1\n");
	scratch_expect_state(s, STATE_DEGRADED, "the last good one stays: bad option at line 14");
	assert_non_null(strstr(s->result.next, "correct [Dns]"));
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.31");
	expect_asked("restart dnsmasq.service\n");
}

/* The file of another, or the main one, is broken; ours is to change, which needs a restart. */
static void expect_kept(struct scratch *s, const char *path, const char *text, const char *words)
{
	_cleanup_free_ char *before = NULL, *after = NULL;

	scratch_file(s, path, text);
	before = live_output("find /etc /run /var -newermt 1970-01-01 -printf '%p %C@\n' | sort | "
			     "sha256sum");
	pass(s, CONF "[Dns]\nTtl=20\n");
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, words);
	assert_string_equal(s->result.next, "correct that file, then: agentctl apply");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	expect_asked("restart dnsmasq.service\n");
	after = live_output("find /etc /run /var -newermt 1970-01-01 -printf '%p %C@\n' | sort | "
			    "sha256sum");
	assert_string_equal(before, after);
}

static void test_a_broken_file_of_another_keeps_the_server_as_it_is(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	expect_kept(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN,
		    "dnsmasq refuses its new configuration, the last good one stays: "
		    "bad option at line 1 of /etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF "[Dns]\nTtl=20\n");
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_file_called_almost_like_ours_is_tested_too(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	expect_kept(s, "/etc/dnsmasq.d/my-envagent.conf", BROKEN,
		    "bad option at line 1 of /etc/dnsmasq.d/my-envagent.conf");
}

static void test_what_the_package_manager_left_is_not_tested(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/dnsmasq.d/other.conf.dpkg-old", BROKEN);
	scratch_file(s, "/etc/dnsmasq.d/.envagent.conf.swp", BROKEN);
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
}

static void test_the_main_file_is_tested_with_ours_in_it_once(void **state)
{
	static const char *const mains[] = {
		"user=root\nconf-dir=/etc/dnsmasq.d/,*.conf\n",
		"user=root\n conf-dir = \"/etc/dnsmasq.d\",*.conf # all\n",
		"user=root\r\nconf-dir=/etc/dnsmasq.d\r\n",
		"user=root\nconf-file=/etc/dnsmasq.d/envagent.conf\nconf-dir=/etc/dnsmasq.d,.conf",
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/dnsmasq.d/00-other.conf", "cache-size=200\n");
	scratch_file(s, "/etc/dnsmasq.d/README", "not a line of this is an option\n");
	live_run("mv /etc/dnsmasq.d/README /etc/dnsmasq.d/README~");
	for (size_t i = 0; i < ARRAY_SIZE(mains); i++) {
		scratch_file(s, "/etc/dnsmasq.conf", mains[i]);
		/* a line that is read twice, as the former one, would be refused */
		pass(s, i % 2 ? CONF "[Dns]\nTtl=20\n" : CONF);
		scratch_expect_state(s, STATE_READY, "3 names");
	}
	scratch_file(s, "/etc/dnsmasq.conf", mains[0]);
	pass(s, CONF);
	live_run(": >/run/unitctl.log; echo restart dnsmasq.service >/run/unitctl.log");
	expect_kept(s, "/etc/dnsmasq.conf",
		    "# mine\nuser=root\nconf-dir=/etc/dnsmasq.d/,*.conf\n" BROKEN,
		    "bad option at line 4 of /etc/dnsmasq.conf: no-such-option=yes");
}

static void test_a_restart_that_is_owed_waits_for_a_configuration_that_is_right(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_file(s, "/run/envagent/owed.json",
		     "{\"version\":1,\"jobs\":[{\"module\":\"dns\",\"verb\":\"restart\","
		     "\"unit\":\"dnsmasq.service\"}]}");
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	assert_int_equal(scratch_plan(s, CONF), -EBADMSG);
	scratch_expect_state(s, STATE_DEGRADED, "line 1 of /etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF);
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_dead_server_that_would_not_start_is_told_in_its_own_words(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	pass(s, CONF);
	scratch_expect_state(s, STATE_DEGRADED,
			     "dnsmasq does not answer at 10.60.0.10 (Connection refused), and "
			     "would not start anew: bad option at line 1 of "
			     "/etc/dnsmasq.d/00-broken.conf");
	expect_asked("restart dnsmasq.service\n");
}

static void test_a_role_that_goes_leaves_a_server_that_would_not_start_alone(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_fact(s, "roles", "[]");
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	pass(s, CONF);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "/etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF);
	scratch_expect_state(s, STATE_OFF, "not this host's role");
	expect_asked("restart dnsmasq.service\ntry-restart dnsmasq.service\n");
}

static void test_a_name_that_is_none_never_reaches_dnsmasq(void **state)
{
	static const char *const bad[] = {
		"[" DNS ",{\"name\":\"a\\n10.0.0.1 bank.test\",\"address\":\"10.60.0.2\"}]",
		"[" DNS ",{\"name\":\"a b\",\"address\":\"10.60.0.2\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0.2 bank.test\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0.2\",\"aliases\":[\"b\\nc\"]}]",
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scratch_fact(s, "hosts", bad[i]);
		assert_int_equal(scratch_plan(s, CONF), -EINVAL);
		scratch_expect_plan(s, "");
		assert_string_equal(ask(s, "bank.test", DNS_A), "none");
		assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	}
	expect_asked("restart dnsmasq.service\n");
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
		T(test_a_broken_file_of_another_keeps_the_server_as_it_is),
		T(test_a_file_called_almost_like_ours_is_tested_too),
		T(test_what_the_package_manager_left_is_not_tested),
		T(test_the_main_file_is_tested_with_ours_in_it_once),
		T(test_a_restart_that_is_owed_waits_for_a_configuration_that_is_right),
		T(test_a_dead_server_that_would_not_start_is_told_in_its_own_words),
		T(test_a_role_that_goes_leaves_a_server_that_would_not_start_alone),
		T(test_a_name_that_is_none_never_reaches_dnsmasq),
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
