/* SPDX-License-Identifier: MIT */
/* test-leader.c -- why nothing of the load balancer is known on a host, in words */
#include "tests/unit/agentctl/fixture.h"

#define FACT(name, value) "{\"version\":1,\"facts\":{\"" name "\":{" value "}}}"
#define LEADER(value) FACT("leader", "\"state\":\"value\",\"value\":" value)

static void assert_why(struct fixture *f, const char *facts, const char *status, const char *why,
		       const char *next)
{
	if (facts)
		write_text(f, FACTS_PATH, facts);
	write_status(f, getpid(), "ready", status);
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_ERROR);
	assert_string_equal(f->out, "");
	assert_has(f->err, why);
	assert_has(f->err, next);
}

static void test_a_host_without_facts_does_not_know_yet(void **state)
{
	assert_why(*state, NULL, "",
		   "not known whether this host is the leader: the agent has made no pass",
		   "next: agentctl status");
}

static void test_unknown_roles_are_told_with_their_reason(void **state)
{
	assert_why(*state,
		   FACT("roles", "\"state\":\"unknown\",\"why\":\"no metadata service answered\""),
		   "", "is the leader: no metadata service answered", "next: agentctl status");
}

static void test_an_environment_without_a_leader_is_told_how_to_get_one(void **state)
{
	assert_why(*state, LEADER("false"), "", "nobody registers the environment",
		   "next: give one host Roles=leader");
}

static void test_a_leader_without_a_load_balancer_is_sent_to_the_section(void **state)
{
	assert_why(*state, LEADER("true"), "", "[Mux] has no Url=, or Manage=no",
		   "next: see [Mux] in envagent.conf(5)");
	assert_why(
		*state, LEADER("true"),
		",\"modules\":[{\"name\":\"balancer\",\"state\":\"off\",\"reason\":\"Manage=no\"}]",
		"registers nothing: Manage=no", "next: see [Mux]");
}

static void test_a_leader_in_trouble_says_which(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, LEADER("true"));
	write_status(f, getpid(), "failed",
		     ",\"reason\":\"There is no user envagent-leader\\u001b[2J\","
		     "\"next\":\"systemd-sysusers\\u001b[2J\"");
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_ERROR);
	assert_has(f->err,
		   "has not looked at the load balancer: There is no user envagent-leader?");
	assert_has(f->err, "next: systemd-sysusers?");
	assert_lacks(f->err, "\033");
}

static void test_facts_of_another_form_are_as_good_as_none(void **state)
{
	static const char *const facts[] = {
		"",
		"[]",
		LEADER("\"yes\""),
		"{\"version\":1,\"facts\":{\"leader\":{\"state\":\"value\",\"value\":false},"
		"\"hosts\":{\"state\":\"value\",\"value\":[3,null,{\"roles\":[null,7]}]}}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		assert_why(*state, facts[i], "", "leader", "next: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_a_host_without_facts_does_not_know_yet),
		fixture_test(test_unknown_roles_are_told_with_their_reason),
		fixture_test(test_an_environment_without_a_leader_is_told_how_to_get_one),
		fixture_test(test_a_leader_without_a_load_balancer_is_sent_to_the_section),
		fixture_test(test_a_leader_in_trouble_says_which),
		fixture_test(test_facts_of_another_form_are_as_good_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
