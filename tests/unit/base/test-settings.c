/* SPDX-License-Identifier: MIT */
/* test-settings.c -- the shared sections as structs */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "agent/base/settings.h"

static const struct conf_section *const tables[] = { settings_sections, NULL };

struct fixture {
	struct conf *conf;
	struct settings *s;
	char *error;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	settings_free(f->s);
	conf_free(f->conf);
	free(f->error);
	free(f);
	return 0;
}

static int load(struct fixture *f, const char *text)
{
	int r;

	settings_free(f->s);
	conf_free(f->conf);
	free(f->error);
	*f = (struct fixture){};
	r = conf_load_text("t", text, tables, false, &f->conf, &f->error);
	if (r < 0)
		fail_msg("%s", f->error);
	return settings_load(f->conf, &f->s, &f->error);
}

static void assert_fault(struct fixture *f, const char *text, const char *fault)
{
	assert_int_equal(load(f, text), -EINVAL);
	assert_null(f->s);
	assert_string_equal(f->error, fault);
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "[Service www]\nPort=80\n[Interface eth0]\n"), 0);
	assert_null(f->s->agent.roles);
	assert_int_equal(f->s->agent.ready_timeout, 30000000);
	assert_string_equal(f->s->system.fetch_user, "envagent-fetch");
	assert_int_equal(f->s->system.pass_limit, 120000000);
	assert_int_equal(f->s->system.log_level, LOG_INFO);
	assert_int_equal(f->s->metadata.provider, PROVIDER_SKYTAP);
	assert_null(f->s->metadata.path);
	assert_int_equal(strv_len(f->s->metadata.order), 4);
	assert_string_equal(f->s->metadata.order[1], "link-local");
	assert_int_equal(f->s->metadata.port, 80);
	assert_int_equal(f->s->metadata.interval, 30000000);
	assert_int_equal(f->s->metadata.timeout, 5000000);
	assert_string_equal(f->s->services[0].monitor, "tcp");
	assert_true(f->s->services[0].public);
	assert_int_equal(f->s->interfaces[0].mode, INTERFACE_STATIC);
	assert_int_equal(f->s->mux.external_address.family, 0);
	assert_int_equal(f->s->n_hosts, 0);
	assert_int_equal(load(f, ""), 0);
	assert_int_equal(f->s->n_services, 0);
}

static void test_a_whole_configuration(void **state)
{
	static const char text[] =
		"[Agent]\nRoles=web\nDomain=cluster.test\nBaseDomain=test-envs.example.internal\n"
		"[System]\nLogLevel=debug\n"
		"[Metadata]\nProvider=file\nPath=/etc/m.json\nOrder=last 10.0.0.1\n"
		"[Host dns-1]\nAddress=10.60.0.10\nMac=00-50-56-2A-10-00\nRoles=dns leader\n"
		"[Host web-1]\nAddress=10.60.0.21\nMac=00:50:56:2A:10:01\nRoles=web\n"
		"Aliases=www www.cluster.test\n"
		"[Interface eth0]\nMatch=mac:00:50:56:2a:10:01\nAddress=10.60.0.21/24\n"
		"Gateway=10.60.0.254\nRoute=10.70.0.0/16@10.60.0.253 fd00::/8@fd00::1\nMtu=1400\n"
		"Mode=keep\n"
		"[Service www]\nHosts=web-1\nPort=443\nMonitor=http:/health\nPublic=no\n"
		"[Mux]\nUrl=https://mux\nExternalAddress=192.0.2.9\n";
	struct fixture *f = *state;
	char *macs[] = { "00:50:56:00:00:01", "00:50:56:2a:10:01", NULL };

	assert_int_equal(load(f, text), 0);
	assert_string_equal(f->s->agent.roles[0], "web");
	assert_int_equal(f->s->system.log_level, LOG_DEBUG);
	assert_int_equal(f->s->n_hosts, 2);
	assert_string_equal(f->s->hosts[0].name, "dns-1");
	assert_string_equal(f->s->hosts[0].mac, "00:50:56:2a:10:00");
	assert_string_equal(settings_own_host(f->s, macs)->name, "web-1");
	assert_string_equal(settings_host_by_role(f->s, "leader")->name, "dns-1");
	assert_null(settings_host_by_role(f->s, "database"));
	macs[1] = NULL;
	assert_null(settings_own_host(f->s, macs));
	assert_int_equal(f->s->interfaces[0].mode, INTERFACE_KEEP);
	assert_int_equal(f->s->interfaces[0].mtu, 1400);
	assert_string_equal(f->s->interfaces[0].routes[1], "fd00::/8@fd00::1");
	assert_false(f->s->services[0].public);
	assert_string_equal(f->s->mux.url, "https://mux");
}

static void test_hosts_are_valid_and_unique(void **state)
{
	assert_fault(*state, "[Host web.1]\n",
		     "t:1:1: [Host web.1] 'web.1' is no host name; expected letters, digits and "
		     "inner dashes, without the domain");
	assert_fault(*state, "[Host web]\n[Host Web]\n",
		     "t:2:1: [Host Web] there is a [Host web] already; case does not count");
	assert_fault(*state, "[Host a]\nMac=00:50:56:2a:10:01\n[Host b]\nMac=00-50-56-2A-10-01\n",
		     "t:4:5: [Host b] 00:50:56:2a:10:01 belongs to [Host a] already; give each "
		     "host its own");
	assert_fault(*state, "[Host a]\nMac=00:50:56\n",
		     "t:2:5: [Host a] '00:50:56' is no MAC address; expected six hexadecimal pairs "
		     "such as 00:50:56:2a:10:01");
	assert_fault(*state, "[Host a]\nRoles=dns\n",
		     "t:2:7: [Host a] the dns host is found by its address; add Address=");
}

static void test_a_role_must_be_known(void **state)
{
	assert_fault(*state, "[Agent]\nRoles=leadr\n",
		     "t:2:7: [Agent] 'leadr' is no known role, did you mean 'leader'; known are "
		     "dns, leader and the Roles= of [Host] and [Service] sections");
	assert_fault(*state, "[Host a]\nRoles=we/b\n",
		     "t:2:7: [Host a] 'we/b' is no role; a role is letters, digits, '-' and '_'");
	assert_int_equal(load(*state, "[Agent]\nRoles=dns web\n[Service www]\nRoles=web\nPort=1\n"),
			 0);
}

static void test_interfaces_have_known_forms(void **state)
{
	static const char *const good[] = { "mac:00:50:56:2a:10:01", "name:eth0",
					    "network:Network 1" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_free_ char *text = str_printf("[Interface lan]\nMatch=%s\n", good[i]);

		assert_int_equal(load(*state, text), 0);
	}
	assert_fault(*state, "[Interface lan]\nMatch=eth0\n",
		     "t:2:7: [Interface lan] 'eth0' matches nothing; expected "
		     "mac:00:50:56:2a:10:01, name:eth0 or network:NAME");
	assert_fault(*state, "[Interface the first one]\n",
		     "t:1:1: [Interface the first one] 'the first one' is no interface name; name "
		     "the interface, or add Match=");
	assert_fault(*state, "[Interface eth0]\nAddress=10.0.0.1\n",
		     "t:2:9: [Interface eth0] '10.0.0.1' has no prefix length; write it as in "
		     "10.60.0.21/24");
	assert_fault(*state, "[Interface eth0]\nRoute=10.0.0.0/8\n",
		     "t:2:7: [Interface eth0] '10.0.0.0/8' is no route; expected "
		     "NET/PREFIX@ADDRESS such as 10.70.0.0/16@10.60.0.254");
	assert_fault(
		*state, "[Interface eth0]\nRoute=10.0.0.0/8@fd00::1\nMtu=10\n",
		"t:2:7: [Interface eth0] '10.0.0.0/8@fd00::1' is no route; expected "
		"NET/PREFIX@ADDRESS such as 10.70.0.0/16@10.60.0.254\n"
		"t:3:5: [Interface eth0] 10 is no MTU; expected 68 to 65535, or 0 to leave it");
	assert_fault(*state, "[Interface eth0]\nAddress=10.60.0.21/24 fd00::21/64\nMtu=1279\n",
		     "t:3:5: [Interface eth0] with 1279 the kernel takes IPv6 off the link; "
		     "expected at least 1280");
}

static void test_services_have_a_port_and_one_source(void **state)
{
	assert_fault(*state, "[Service www]\n", "t:1:1: [Service www] no port; add Port=");
	assert_fault(*state, "[Service www]\nPort=1\nHosts=a\nRoles=b\n",
		     "t:1:1: [Service www] more than one of Hosts=, Roles= and Kubernetes=; keep "
		     "one");
	assert_fault(*state, "[Service www]\nPort=1\nMonitor=http\n",
		     "t:3:9: [Service www] 'http' is no monitor; expected none, tcp, "
		     "http:/PATH or vhost:/PATH");
	assert_fault(*state, "[Service www]\nPort=1\nMonitor=vhost:health\n",
		     "t:3:9: [Service www] 'vhost:health' is no monitor; expected none, tcp, "
		     "http:/PATH or vhost:/PATH");
	assert_fault(*state, "[Service a_b]\nPort=1\n",
		     "t:1:1: [Service a_b] 'a_b' is no service name; it becomes part of a host "
		     "name: letters, digits and inner dashes");
}

static void test_the_places_of_metadata(void **state)
{
	assert_fault(*state, "[Metadata]\nOrder=last gatway\n",
		     "t:2:7: [Metadata] 'gatway' is no place to ask, did you mean 'gateway'; "
		     "expected last, link-local, gateway, gw or an IP address");
	assert_fault(*state, "[Metadata]\nProvider=file\n",
		     "t:2:10: [Metadata] Provider=file needs the file's name; add "
		     "Path=/etc/envagent/metadata.json");
	assert_fault(*state, "[Metadata]\nIntervalSec=0\n",
		     "t:2:13: [Metadata] a time of 0 is too short; use 1s or more");
	assert_fault(*state, "[Platform]\nUrl=cloud.skytap.com\n",
		     "t:2:5: [Platform] 'cloud.skytap.com' is no URL; expected https://HOST");
	assert_fault(*state, "[Mux]\nUrl=https://agent:pass@10.9.0.80:8443/a\n",
		     "t:2:5: [Mux] a user or password is in it; expected https://HOST, and the "
		     "account in [Credential envagent.mux]");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_a_whole_configuration),
		TEST(test_hosts_are_valid_and_unique),
		TEST(test_a_role_must_be_known),
		TEST(test_interfaces_have_known_forms),
		TEST(test_services_have_a_port_and_one_source),
		TEST(test_the_places_of_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
