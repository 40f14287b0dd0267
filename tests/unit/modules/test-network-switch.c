/* SPDX-License-Identifier: MIT */
/* test-network-switch.c -- a switch that costs reachability, is killed or hangs is taken back */
#include "tests/unit/modules/gateway.h"

#include "modules/network/guard.h"
#include "modules/network/note.h"

#define LOST "[Interface envt0]\nAddress=10.77.0.21/24\nGateway=10.77.0.254\n"

static bool runs(const char *command)
{
	return system(command) == 0;
}

/* Until COMMAND succeeds. */
static void await(const char *command)
{
	for (int i = 0; i < 1500; i++) {
		if (runs(command))
			return;
		usleep(20000);
	}
	fail_msg("%s: not within 30 s", command);
}

static void await_no_switch(struct scratch *s)
{
	struct guard_found found;

	for (int i = 0; i < 1500; i++) {
		assert_int_equal(guard_find(s->sys, &found), 0);
		if (found.state == GUARD_NONE)
			return;
		usleep(20000);
	}
	fail_msg("the switch is still not decided after 30 s");
}

static void expect_former(struct scratch *s)
{
	assert_true(has("ip -4 address show envt0", "10.60.0.150/24"));
	assert_true(has("ip -4 address show envt0", "dynamic"));
	live_run("! ip -4 address show envt0 | grep 10.77");
	assert_true(has("ip route show default", "via 10.60.0.254"));
	expect_reached(s, "10.60.0.254");
	await("kill -0 $(cat /run/dhclient.envt0.pid) 2>/dev/null");
}

static void expect_note(struct scratch *s, const char *reason, unsigned count)
{
	struct note note;

	assert_int_equal(note_read(s->sys, &note), 1);
	if (!strstr(note.reason, reason))
		fail_msg("the reason is: %s", note.reason);
	assert_int_equal(note.count, count);
}

static void test_a_gateway_that_does_not_answer_any_more_brings_all_back(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.150");
	assert_int_equal(scratch_plan(s, LOST "[Network]\nConfirmSec=4s\n"), 0);
	assert_true(scratch_apply(s) > 0);
	expect_former(s);
	expect_note(s, "10.77.0.254, the wanted one, does not", 1);

	/* not in a tight loop; but another configuration is another chance */
	assert_int_equal(scratch_plan(s, LOST), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "the former network is back");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_DEGRADED, "10.77.0.254");
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "10.60.0.21/24");
	assert_int_equal(access(NOTE_PATH, F_OK), -1);
}

static void test_what_did_not_answer_before_is_no_reason(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip address add 10.60.0.150/24 dev envt0 valid_lft 600 preferred_lft 600 && "
		 "ip route add default via 10.60.0.99");
	assert_int_equal(scratch_plan(s, LOST), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_true(has("ip -4 address show envt0", "10.77.0.21/24"));
}

static void test_an_address_that_somebody_has_is_not_taken(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip -n gw address add 10.60.0.99/24 dev eth0");
	lease("10.60.0.150");
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=10.60.0.99/24\n"), 0);
	assert_true(scratch_apply(s) > 0);
	expect_former(s);
	live_run("! ip -4 address show envt0 | grep 10.60.0.99");
	expect_note(s, "10.60.0.99 is in use", 1);
}

/* ---- killed ---- */

struct end {
	size_t at, changes; /* after how many reports */
	int signal;
};

static void on_report(void *userdata, const struct change *c, int r, const char *words)
{
	struct end *end = userdata;

	if (++end->changes == end->at)
		kill(getpid(), end->signal);
}

/* A pass of its own, which gets SIGNAL after AT changes. */
static pid_t pass_until(struct scratch *s, const char *conf, size_t at, int signal)
{
	struct end end = { .at = at, .signal = signal };
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (scratch_plan(s, conf) == 0)
		plan_apply(s->plan, on_report, &end);
	_exit(0);
}

static void test_a_pass_killed_between_two_changes_leaves_the_former_state(void **state)
{
	struct scratch *s = *state;
	size_t changes;

	live_skip_unless_there();
	lease("10.60.0.150");
	assert_int_equal(scratch_plan(s, ""), 0);
	changes = plan_count(s->plan);
	assert_true(changes > 5);
	for (size_t at = 1; at < changes; at += 4) {
		int status;
		pid_t pid;

		note_clear(s->sys);
		pid = pass_until(s, "", at, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		await_no_switch(s);
		expect_former(s);
		expect_note(s, "killed in the middle", 1);
	}
}

static void test_a_pass_that_hangs_is_killed_and_taken_back(void **state)
{
	struct scratch *s = *state;
	int status;
	pid_t pid;

	live_skip_unless_there();
	lease("10.60.0.150");
	pid = pass_until(s, "[Network]\nConfirmSec=1s\n", 4, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	await_no_switch(s);
	expect_former(s);
	expect_note(s, "hung", 1);
}

static void test_a_switch_whose_guard_is_dead_too_is_taken_back_by_the_next_pass(void **state)
{
	struct scratch *s = *state;
	struct guard_found found;
	int status;
	pid_t pid;

	live_skip_unless_there();
	lease("10.60.0.150");
	pid = pass_until(s, "", 4, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_BUSY);
	kill(found.pid, SIGKILL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < 500 && found.state != GUARD_ORPHAN; i++) {
		usleep(20000);
		assert_int_equal(guard_find(s->sys, &found), 0);
	}
	assert_int_equal(found.state, GUARD_ORPHAN);

	assert_int_equal(scratch_plan(s, ""), 0);
	scratch_expect_plan(s, "the network as it was before the switch cut short\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_former(s);
	expect_note(s, "and its guard were killed", 1);
}

/* ---- a person ---- */

static void plan_verb(struct scratch *s, const char *verb)
{
	assert_int_equal(scratch_plan(s, "[Network]\nConfirmSec=2s\n"), 0);
	plan_drop(s->plan, "network");
	s->pass.verb = verb;
	s->result = (struct module_result){ .state = _STATE_MAX };
	assert_int_equal(s->module->plan(&s->pass, s->values), 0);
}

static void test_a_try_waits_for_a_person(void **state)
{
	struct scratch *s = *state;
	struct guard_found found;

	live_skip_unless_there();
	lease("10.60.0.150");
	plan_verb(s, "try");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_CONVERGING, "unless that is confirmed");
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_WAITING);
	plan_verb(s, "confirm");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "10.60.0.21/24");
	assert_int_equal(waitpid(found.pid, NULL, 0), found.pid);
	assert_true(has("ip -4 address show envt0", "10.60.0.21/24"));
	expect_settled(s, "");
}

static void test_a_try_that_nobody_confirms_is_taken_back_and_stays_so(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.150");
	plan_verb(s, "try");
	assert_int_equal(scratch_apply(s), 0);
	await_no_switch(s);
	expect_former(s);
	expect_note(s, "nobody confirmed it within 2 s", 1);
	assert_int_equal(scratch_plan(s, ""), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "the former network stays");
	plan_verb(s, "try");
	assert_true(plan_count(s->plan) > 0);
}

static void test_a_person_takes_a_try_back(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.150");
	plan_verb(s, "try");
	assert_int_equal(scratch_apply(s), 0);
	plan_verb(s, "rollback");
	assert_int_equal(scratch_apply(s), 0);
	expect_former(s);
	expect_note(s, "a person", 1);
}

static void test_ipv6_is_put_back_too(void **state)
{
	static const char before[] = "ip -6 address show envt0 scope global; ip -6 route show";
	struct scratch *s = *state;
	_cleanup_free_ char *former = NULL, *after = NULL;

	live_skip_unless_there();
	live_run("ip -n gw address add fd00:60::1/64 dev eth0 nodad && "
		 "ip address add fd00:60::5/64 dev envt0 nodad && "
		 "until ! ip -6 address show envt0 | grep -q tentative; do sleep 0.05; done; "
		 "ip -6 route add default via fd00:60::1 metric 77 mtu 1400 && "
		 "ip -6 route add fd00:8::/32 via fd00:60::1");
	former = live_output(before);
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=fd00:77::21/64\n"
					 "Gateway=fd00:77::1\n[Network]\nConfirmSec=4s\n"),
			 0);
	assert_true(scratch_apply(s) > 0);
	after = live_output(before);
	assert_string_equal(former, after);
	expect_note(s, "fd00:77::1, the wanted one, does not", 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_gateway_that_does_not_answer_any_more_brings_all_back),
		T(test_what_did_not_answer_before_is_no_reason),
		T(test_an_address_that_somebody_has_is_not_taken),
		T(test_a_pass_killed_between_two_changes_leaves_the_former_state),
		T(test_a_pass_that_hangs_is_killed_and_taken_back),
		T(test_a_switch_whose_guard_is_dead_too_is_taken_back_by_the_next_pass),
		T(test_a_try_waits_for_a_person),
		T(test_a_try_that_nobody_confirms_is_taken_back_and_stays_so),
		T(test_a_person_takes_a_try_back),
		T(test_ipv6_is_put_back_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
