/* SPDX-License-Identifier: MIT */
/* test-init.c -- a first configuration from what is there, right by the rules of the agent */
#include "agent/base/settings.h"
#include "tests/unit/agentctl/fixture.h"

#define CONF "/etc/envagent/envagent.conf"

static void host(struct fixture *f, const char *name, const char *hosts, const char *resolv)
{
	mkdir(in_root(f, "/etc"), 0755);
	mkdir(in_root(f, "/etc/envagent"), 0755);
	write_text(f, "/etc/hostname", name);
	write_text(f, "/etc/hosts", hosts);
	write_text(f, "/etc/resolv.conf", resolv);
}

static void assert_right(struct fixture *f, const char *name, const char *domain)
{
	static const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_(settings_freep) struct settings *s = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_free_ char *error = NULL;

	if (conf_load(f->root, tables, false, &conf, &error) < 0 ||
	    settings_load(conf, &s, &error) < 0) {
		print_error("%s\n", error);
		fail();
	}
	assert_int_equal(s->n_hosts, 1);
	assert_string_equal(s->hosts[0].name, name);
	assert_string_equal(s->agent.domain ?: "", domain);
}

static void test_name_and_domain_are_taken_from_the_host(void **state)
{
	struct fixture *f = *state;

	host(f, "web-7\n", "127.0.0.1 localhost\n127.0.1.1 web-7.cluster.test web-7\n",
	     "nameserver 10.0.0.2\n");
	assert_int_equal(ctl(f, "init", NULL), CTL_READY);
	assert_has(f->out, "agentctl config check");
	assert_right(f, "web-7", "cluster.test");
}

static void test_the_search_list_stands_in_for_a_domain(void **state)
{
	struct fixture *f = *state;

	host(f, "web-7\n", "", "# x\nnameserver 10.0.0.2\nsearch lab.test other.test\n");
	assert_int_equal(ctl(f, "init", NULL), CTL_READY);
	assert_right(f, "web-7", "lab.test");
}

static void test_a_host_that_says_nothing_gets_a_right_file_too(void **state)
{
	struct fixture *f = *state;

	host(f, "bad name!\n", "\n", "");
	assert_int_equal(ctl(f, "init", NULL), CTL_READY);
	assert_right(f, "bad", "");
}

static void test_what_is_there_is_never_overwritten(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	host(f, "web-7\n", "", "");
	write_text(f, CONF, "[Agent]\nDomain=mine.test\n");
	assert_int_equal(ctl(f, "init", NULL), CTL_ERROR);
	assert_has(f->err, "is left as it is");
	assert_int_equal(ctl(f, "init", "-o", "-", NULL), CTL_READY);
	assert_has(f->out, "[Host web-7]");
	path = strdup(in_root(f, "/else.conf"));
	assert_int_equal(ctl(f, "init", "--output", path, NULL), CTL_READY);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_name_and_domain_are_taken_from_the_host),
		fixture_test(test_the_search_list_stands_in_for_a_domain),
		fixture_test(test_a_host_that_says_nothing_gets_a_right_file_too),
		fixture_test(test_what_is_there_is_never_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
