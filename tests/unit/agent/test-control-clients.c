/* SPDX-License-Identifier: MIT */
/* test-control-clients.c -- the control socket: who comes in, who is hung up on, what is for root
 */
#include "tests/unit/agent/control.h"

static void test_everybody_may_connect(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
}

static void test_rubbish_is_hung_up_on(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, "GET / HTTP/1.1");
	assert_true(hung_up(fd));
	close(fd);
}

static void test_a_message_over_the_limit_is_hung_up_on(void **state)
{
	struct fixture *f = *state;
	char page[4096];
	int fd = dial(f);

	memset(page, ' ', sizeof(page));
	for (int i = 0; i < 20; i++) {
		send(fd, page, sizeof(page), MSG_NOSIGNAL);
		turn(f);
	}
	heard(f, fd);
	assert_int_equal(f->len, 0);
	assert_int_equal(send(fd, page, 1, MSG_NOSIGNAL), -1);
	close(fd);
}

static void test_a_caller_that_does_not_read_is_hung_up_on(void **state)
{
	struct fixture *f = *state;
	struct event ev = event_of(EVENT_CHANGE, "diff", "");
	struct control_call call;
	struct client *client;
	int fd = dial(f);

	memset(ev.reason, 'x', sizeof(ev.reason) - 1);
	say(f, fd, PLAN);
	client = control_next(f->control, false, &call);
	for (int i = 0; i < 2000 && !f->gone; i++) {
		client_event(client, &ev);
		turn(f);
	}
	assert_int_equal(f->gone, 1);
	close(fd);
}

static void test_the_idle_are_swept_out_and_the_waiting_are_not(void **state)
{
	struct fixture *f = *state;
	int idle = dial(f), waiting = dial(f);
	uint64_t now;

	turn(f);
	say(f, waiting, PLAN);
	sd_event_now(f->event, CLOCK_MONOTONIC, &now);
	control_sweep(f->control, now);
	assert_false(hung_up(idle));
	control_sweep(f->control, now + CONTROL_IDLE_USEC + 1000000);
	assert_true(hung_up(idle));
	assert_false(hung_up(waiting));
	close(idle);
	close(waiting);
}

static void test_one_too_many_is_turned_away(void **state)
{
	struct fixture *f = *state;
	int fds[CONTROL_CLIENTS + 1], refused = 0;

	for (int i = 0; i < CONTROL_CLIENTS + 1; i++) {
		fds[i] = dial(f);
		turn(f);
	}
	for (int i = 0; i < CONTROL_CLIENTS + 1; i++) {
		refused += hung_up(fds[i]);
		close(fds[i]);
	}
	assert_int_equal(refused, geteuid() == 0 ? 1 : 5);
}

static void test_a_dead_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	struct fixture *f = *state;
	struct control *first = f->control;
	int fd;

	assert_int_equal(open_it(f), -EADDRINUSE);

	/* As kill -9 leaves it: the name stays, nobody listens. */
	f->control = NULL;
	assert_int_equal(rename(f->path, "/tmp/envagent-test-kept"), 0);
	control_free(first);
	assert_int_equal(rename("/tmp/envagent-test-kept", f->path), 0);
	assert_int_equal(open_it(f), 0);
	fd = dial(f);
	close(fd);
}

/*
 * As user nobody, in a process of its own: says TEXT and reads on until it hears WANTED or is hung
 * up on; the exit status tells whether it heard WANTED and did not hear SECRET.
 */
static pid_t as_nobody(struct fixture *f, const char *text, const char *wanted, const char *secret)
{
	pid_t pid = fork();
	size_t len = 0;
	ssize_t n;
	int fd;

	if (pid != 0)
		return pid;
	if (setgid(65534) < 0 || setuid(65534) < 0)
		_exit(2);
	fd = dial(f);
	fcntl(fd, F_SETFL, 0);
	if (write(fd, text, strlen(text) + 1) < 0)
		_exit(3);
	do {
		n = read(fd, f->reply + len, sizeof(f->reply) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		f->reply[len] = '\0';
	} while (n > 0 && !memmem(f->reply, len, wanted, strlen(wanted)));
	_exit(n <= 0 || memmem(f->reply, len, secret, strlen(secret)));
}

static void wait_for(struct fixture *f, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0)
		turn(f);
	assert_int_equal(status, 0);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root to become somebody else\n");
	skip();
}

static void test_changes_and_differences_are_for_root(void **state)
{
	struct fixture *f = *state;
	struct event diff = event_of(EVENT_CHANGE, "diff", "+password"),
		     change = event_of(EVENT_CHANGE, "planned", "write /etc/x");
	struct control_call call;
	struct client *client;
	static const char *const root_only[] = { "Apply", "Restore", "Reload" };
	char text[128];
	pid_t pid;

	need_root();
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "{\"method\":\"io.envagent.%s\"}", root_only[i]);
		wait_for(f, as_nobody(f, text, "io.envagent.PermissionDenied", "\"result\""));
	}
	assert_int_equal(f->waiting, 0);
	assert_int_equal(f->reloads, 0);

	pid = as_nobody(f, PLAN, "write /etc/x", "+password");
	while (!(client = control_next(f->control, false, &call)))
		turn(f);
	client_event(client, &diff);
	client_event(client, &change);
	wait_for(f, pid);
}

/* Somebody else asks for a plan, which is made at once if it is to be: is he told to come again? */
static bool busy(struct fixture *f)
{
	pid_t pid = as_nobody(f, PLAN, "\"parameters\"", "Busy");
	struct control_call call;
	struct client *client;
	int status = -1;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		turn(f);
		client = control_next(f->control, false, &call);
		if (client)
			client_result(client, "settled", 0);
	}
	return status != 0;
}

static void test_others_get_one_plan_at_a_time_and_not_at_once_the_next(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	struct client *client;
	uint64_t before, after;
	pid_t pid;

	need_root();
	pid = as_nobody(f, PLAN, "\"result\"", "Busy");
	while (!(client = control_next(f->control, false, &call)))
		turn(f);
	assert_true(busy(f));
	sd_event_now(f->event, CLOCK_MONOTONIC, &before);
	client_result(client, "settled", 0);
	wait_for(f, pid);
	if (!busy(f)) {
		/* this machine is slow: the time was up */
		sd_event_now(f->event, CLOCK_MONOTONIC, &after);
		assert_true(after - before >= CONTROL_PLAN_PAUSE_SEC * UINT64_C(1000000));
	}
	while (busy(f))
		;
}

static void test_root_and_our_own_work_come_before_the_plans_of_others(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	struct client *other;
	pid_t pid;
	int fd;

	need_root();
	pid = as_nobody(f, PLAN, "\"result\"", "Busy");
	while (f->waiting == 0)
		turn(f);
	assert_null(control_next(f->control, true, &call));
	fd = dial(f);
	say(f, fd, "{\"method\":\"io.envagent.Restore\"}");
	assert_non_null(control_next(f->control, false, &call));
	assert_int_equal(call.verb, CONTROL_RESTORE);
	other = control_next(f->control, false, &call);
	assert_non_null(other);
	assert_int_equal(call.verb, CONTROL_PLAN);
	client_result(other, "settled", 0);
	wait_for(f, pid);
	/* root is never too soon */
	close(fd);
	for (int i = 0; i < 2; i++) {
		fd = dial(f);
		say(f, fd, PLAN);
		other = control_next(f->control, true, &call);
		assert_non_null(other);
		client_result(other, "settled", 0);
		turn(f);
		close(fd);
	}
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_everybody_may_connect),
		T(test_rubbish_is_hung_up_on),
		T(test_a_message_over_the_limit_is_hung_up_on),
		T(test_a_caller_that_does_not_read_is_hung_up_on),
		T(test_the_idle_are_swept_out_and_the_waiting_are_not),
		T(test_one_too_many_is_turned_away),
		T(test_a_dead_socket_is_replaced_and_a_live_one_is_not),
		T(test_changes_and_differences_are_for_root),
		T(test_others_get_one_plan_at_a_time_and_not_at_once_the_next),
		T(test_root_and_our_own_work_come_before_the_plans_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
