/* SPDX-License-Identifier: MIT */
/* test-dns-records.c -- the files that dnsmasq is given */
#include "tests/unit/modules/scratch.h"

extern const struct module module_dns;

#define CONF                                                                   \
	"[Agent]\nDomain=cluster.test\nBaseDomain=envs.example.internal\n"     \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\nMac=02:00:00:00:00:01\n" \
	"[Mux]\nExternalAddress=10.9.1.80\n"
#define HOST(name, address) \
	"{\"name\":\"" name "\",\"fqdn\":\"" name ".cluster.test\",\"address\":\"" address "\"}"

static int setup(void **state)
{
	struct scratch *s = scratch_new(&module_dns, NULL);

	scratch_fact(s, "roles", "[\"dns\"]");
	scratch_fact(s, "hosts", "[" HOST("dns-1", "10.60.0.10") "]");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static bool exists(struct scratch *s, const char *path)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	assert_int_equal(sys_lstat(s->sys, path, &st), 0);
	return st.kind != SYS_ABSENT;
}

static void test_one_file_a_host_with_the_fqdn_first(void **state)
{
	struct scratch *s = *state;

	scratch_fact(
		s, "hosts",
		"[" HOST("dns-1", "10.60.0.10") ",{\"name\":\"web-1\",\"address\":"
						"\"10.60.0.21\",\"fqdn\":\"web-1.cluster.test\","
						"\"aliases\":[\"www\",\"shop.other.test\"]},{"
						"\"name\":\"ghost\"}]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "3 names");
	scratch_expect_file(s, "/var/lib/envagent/hosts.d/dns-1",
			    "10.60.0.10 dns-1.cluster.test dns-1\n");
	scratch_expect_file(s, "/var/lib/envagent/hosts.d/web-1",
			    "10.60.0.21 web-1.cluster.test web-1 www.cluster.test www "
			    "shop.other.test\n");
	scratch_expect_file(s, "/var/lib/envagent/hosts.d/gw",
			    "169.254.169.254 gw.cluster.test gw\n");
	assert_false(exists(s, "/var/lib/envagent/hosts.d/ghost"));
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
}

static void test_gw_is_the_gateway_and_no_name_of_a_machine_that_is_no_copy(void **state)
{
	struct scratch *s = *state;

	scratch_fact(s, "interfaces", "[{\"gateway\":\"10.60.0.254\"}]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/var/lib/envagent/hosts.d/gw", "10.60.0.254 gw.cluster.test gw\n");
	assert_int_equal(scratch_plan(s, CONF "[Metadata]\nProvider=none\n"), 0);
	scratch_expect_plan(s, "unlink /var/lib/envagent/hosts.d/gw\n");
}

static void test_a_host_that_is_gone_is_unlinked_and_foreign_files_stay(void **state)
{
	struct scratch *s = *state;

	scratch_fact(s, "hosts", "[" HOST("dns-1", "10.60.0.10") "," HOST("b", "10.60.0.2") "]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_file(s, "/var/lib/envagent/hosts.d/foreign", "10.0.0.1 foreign\n");
	scratch_fact(s, "hosts", "[" HOST("dns-1", "10.60.0.10") "]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "unlink /var/lib/envagent/hosts.d/b\n");
	assert_int_equal(scratch_apply(s), 0);
	assert_false(exists(s, "/var/lib/envagent/hosts.d/b"));
	assert_true(exists(s, "/var/lib/envagent/hosts.d/foreign"));
}

static void test_options_hold_upstream_domain_and_wildcard(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf",
		     "nameserver 10.60.0.10\nnameserver 127.0.0.1\nnameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/dnsmasq.d/envagent.conf",
			    "# Written by envagent and put back when it is changed; see [Dns] in\n"
			    "# /etc/envagent/envagent.conf. Options of your own: another file "
			    "here, or Options= there.\n"
			    "hostsdir=/var/lib/envagent/hosts.d\nno-hosts\nno-resolv\n"
			    "local-ttl=10\nlisten-address=10.60.0.10\nlisten-address=127.0.0.1\n"
			    "bind-dynamic\ndomain=cluster.test\nlocal=/cluster.test/\n"
			    "address=/envs.example.internal/10.9.1.80\n"
			    "local=/envs.example.internal/\nserver=10.9.0.53\n");
}

static void test_upstream_stays_when_resolv_conf_becomes_ours(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_file(s, "/etc/resolv.conf", "# Written by envagent\nnameserver 10.60.0.10\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
}

static void test_a_newline_never_reaches_dnsmasq(void **state)
{
	static const char *const bad[] = {
		"[{\"name\":\"a\\n10.0.0.1 bank.test\",\"address\":\"10.60.0.2\"}]",
		"[{\"name\":\"a\",\"fqdn\":\"a\\n10.0.0.1 b.test\",\"address\":\"10.60.0.2\"}]",
		"[{\"name\":\"a\",\"address\":\"10.60.0.2 bank.test\"}]",
		"[{\"name\":\"a\",\"address\":\"10.60.0.2\",\"aliases\":[\"b c\"]}]",
		"[{\"name\":\"../../etc/passwd\",\"address\":\"10.60.0.2\"}]",
	};
	struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scratch_fact(s, "hosts", bad[i]);
		assert_int_equal(scratch_plan(s, CONF), -EINVAL);
		scratch_expect_state(s, STATE_FAILED, "host 1 has a name");
		scratch_expect_plan(s, "");
	}
}

static void test_another_role_makes_nothing_and_takes_back_what_was_made(void **state)
{
	struct scratch *s = *state;

	scratch_fact(s, "roles", "[\"leader\"]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_OFF, "not this host's role");

	scratch_fact(s, "roles", "[\"dns\"]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(facts_set_unknown(s->facts, "roles", "metadata is silent"), 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_CONVERGING, "metadata is silent");

	scratch_fact(s, "roles", "[]");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_apply(s);
	assert_false(exists(s, "/etc/dnsmasq.d/envagent.conf"));
	assert_false(exists(s, "/var/lib/envagent/hosts.d/dns-1"));
	assert_int_equal(scratch_plan(s, CONF), 0);
}

static void test_unknown_hosts_remove_nothing(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(facts_set_unknown(s->facts, "hosts", "not read"), 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_CONVERGING, "not read");
}

static void test_a_missing_directory_of_dnsmasq_is_a_clear_error(void **state)
{
	struct scratch *s = *state;

	assert_true(scratch_plan(s, CONF "[Dns]\nConfFile=/etc/none.d/envagent.conf\n") < 0);
	scratch_expect_state(s, STATE_FAILED, "/etc/none.d/envagent.conf cannot be written");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_one_file_a_host_with_the_fqdn_first),
		T(test_gw_is_the_gateway_and_no_name_of_a_machine_that_is_no_copy),
		T(test_a_host_that_is_gone_is_unlinked_and_foreign_files_stay),
		T(test_options_hold_upstream_domain_and_wildcard),
		T(test_upstream_stays_when_resolv_conf_becomes_ours),
		T(test_a_newline_never_reaches_dnsmasq),
		T(test_another_role_makes_nothing_and_takes_back_what_was_made),
		T(test_unknown_hosts_remove_nothing),
		T(test_a_missing_directory_of_dnsmasq_is_a_clear_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
