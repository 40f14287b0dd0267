/* SPDX-License-Identifier: MIT */
/* test-control.c -- the control socket: who may ask for what, and the answers */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/control.h"

struct fixture {
	char dir[64], path[80];
	sd_event *event;
	struct control *control;
	unsigned waiting, gone, reloads;
	const char *reload_error;
	int64_t pause;
	int pause_error;
	char by[PAUSE_BY_MAX + 1];
	char reply[8192];
	size_t len;
};

static void on_waiting(void *userdata)
{
	((struct fixture *)userdata)->waiting++;
}

static void on_gone(void *userdata, struct client *client)
{
	((struct fixture *)userdata)->gone++;
}

static int on_reload(void *userdata, char **ret_error)
{
	struct fixture *f = userdata;

	f->reloads++;
	if (!f->reload_error)
		return 0;
	*ret_error = strdup(f->reload_error);
	return -EINVAL;
}

static int on_pause(void *userdata, int64_t seconds, const char *by, uint64_t *ret_until,
		    bool *ret_busy)
{
	struct fixture *f = userdata;

	f->pause = seconds;
	snprintf(f->by, sizeof(f->by), "%s", by);
	*ret_until = 1790000000000000 + (uint64_t)seconds;
	*ret_busy = true;
	return f->pause_error;
}

static bool on_resume(void *userdata)
{
	struct fixture *f = userdata;
	bool paused = f->pause > 0;

	f->pause = 0;
	return paused;
}

static int open_it(struct fixture *f)
{
	const struct control_ops ops = { on_waiting, on_reload, on_pause, on_resume, on_gone, f };

	return control_open(f->event, f->path, &ops, &f->control);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envagent-test-XXXXXX");
	if (!mkdtemp(f->dir) || chmod(f->dir, 0755) < 0 || sd_event_new(&f->event) < 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
	*state = f;
	return open_it(f);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int r;

	control_free(f->control);
	sd_event_unref(f->event);
	r = rmdir(f->dir);
	free(f);
	return r;
}

static void turn(struct fixture *f)
{
	while (sd_event_run(f->event, 20000) > 0)
		;
}

static int dial(struct fixture *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void say(struct fixture *f, int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text) + 1), strlen(text) + 1);
	turn(f);
}

/* What came so far, NULs as newlines. */
static const char *heard(struct fixture *f, int fd)
{
	ssize_t n = read(fd, f->reply, sizeof(f->reply) - 1);

	f->len = n > 0 ? (size_t)n : 0;
	f->reply[f->len] = '\0';
	for (size_t i = 0; i < f->len; i++)
		if (!f->reply[i])
			f->reply[i] = '\n';
	return f->reply;
}

static bool hung_up(int fd)
{
	char c;

	return read(fd, &c, 1) == 0;
}

static struct event event_of(enum event_kind kind, const char *state, const char *reason)
{
	struct event ev = { .kind = kind, .module = "dns" };

	snprintf(ev.state, sizeof(ev.state), "%s", state);
	snprintf(ev.reason, sizeof(ev.reason), "%s", reason);
	return ev;
}

#define PLAN "{\"method\":\"io.envagent.Plan\",\"parameters\":{},\"more\":true}"

static void test_everybody_may_connect(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
}

static void test_a_plan_is_streamed_to_its_caller(void **state)
{
	struct fixture *f = *state;
	struct event ev = event_of(EVENT_CHANGE, "planned", "write /etc/hosts");
	struct control_call call;
	struct client *client;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Plan\",\"parameters\":{\"module\":\"dns\"},"
	    "\"more\":true}");
	assert_int_equal(f->waiting, 1);
	client = control_next(f->control, &call);
	assert_non_null(client);
	assert_int_equal(call.verb, CONTROL_PLAN);
	assert_string_equal(call.module, "dns");
	assert_string_equal(call.leader_verb, "");
	client_event(client, &ev);
	client_result(client, "settled", 1);
	turn(f);
	assert_string_equal(
		heard(f, fd),
		"{\"parameters\":{\"event\":{\"t\":0,\"module\":\"dns\",\"kind\":\"change\","
		"\"state\":\"planned\",\"reason\":\"write /etc/hosts\",\"since\":0,"
		"\"next\":\"\"}},\"continues\":true}\n"
		"{\"parameters\":{\"result\":\"settled\",\"changes\":1}}\n");
	close(fd);
}

static void test_without_more_only_the_result_is_sent(void **state)
{
	struct fixture *f = *state;
	struct event ev = event_of(EVENT_CHANGE, "planned", "write /etc/hosts");
	struct control_call call;
	struct client *client;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Plan\"}");
	client = control_next(f->control, &call);
	client_event(client, &ev);
	client_result(client, "settled", 1);
	turn(f);
	assert_string_equal(heard(f, fd),
			    "{\"parameters\":{\"result\":\"settled\",\"changes\":1}}\n");
	close(fd);
}

static void test_calls_wait_their_turn(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	struct client *client;
	int a = dial(f), b = dial(f);

	say(f, b, "{\"method\":\"io.envagent.Restore\"}");
	say(f, a, PLAN);
	assert_non_null(client = control_next(f->control, &call));
	assert_int_equal(call.verb, CONTROL_RESTORE);
	client_result(client, "settled", 0);
	assert_non_null(control_next(f->control, &call));
	assert_int_equal(call.verb, CONTROL_PLAN);
	assert_null(control_next(f->control, &call));
	close(a);
	close(b);
}

static void test_a_caller_that_goes_away_is_not_told_any_more(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	int fd = dial(f);

	say(f, fd, PLAN);
	assert_non_null(control_next(f->control, &call));
	close(fd);
	turn(f);
	assert_int_equal(f->gone, 1);
}

static void test_reload_answers_at_once_and_tells_the_error(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Reload\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{}}\n");
	f->reload_error = "envagent.conf:3:1: unknown key";
	say(f, fd, "{\"method\":\"io.envagent.Reload\"}");
	assert_string_equal(heard(f, fd), "{\"error\":\"io.envagent.ConfigError\",\"parameters\":"
					  "{\"reason\":\"envagent.conf:3:1: unknown key\"}}\n");
	assert_int_equal(f->reloads, 2);
	close(fd);
}

static void test_a_pause_has_a_length_and_a_name(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Pause\",\"parameters\":{\"seconds\":90,\"by\":\"alice\"}}");
	assert_string_equal(heard(f, fd),
			    "{\"parameters\":{\"until\":1790000000000090,\"busy\":true}}\n");
	assert_string_equal(f->by, "alice");
	say(f, fd, "{\"method\":\"io.envagent.Resume\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{\"paused\":true}}\n");
	say(f, fd, "{\"method\":\"io.envagent.Resume\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{\"paused\":false}}\n");

	say(f, fd, "{\"method\":\"io.envagent.Pause\"}");
	heard(f, fd);
	assert_int_equal(f->pause, PAUSE_SEC_DEFAULT);
	assert_int_equal(strncmp(f->by, "uid-", 4), 0);
	f->pause_error = -EROFS;
	say(f, fd, "{\"method\":\"io.envagent.Pause\"}");
	assert_non_null(strstr(heard(f, fd), "Read-only file system"));
	close(fd);
}

static void test_a_pause_of_no_sense_is_refused(void **state)
{
	static const char *const bad[] = { "\"seconds\":0",	"\"seconds\":-1",
					   "\"seconds\":86401", "\"seconds\":\"1h\"",
					   "\"by\":\"a b\"",	"\"by\":\"a\\n\"",
					   "\"by\":7" };
	struct fixture *f = *state;
	char text[128];
	int fd = dial(f);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text),
			 "{\"method\":\"io.envagent.Pause\",\"parameters\":{%s}}", bad[i]);
		say(f, fd, text);
		assert_non_null(strstr(heard(f, fd), "InvalidParameter"));
		assert_int_equal(f->pause, 0);
	}
	close(fd);
}

static void test_unknown_methods_and_parameters_are_named(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Explode\"}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.MethodNotFound\","
					  "\"parameters\":{\"method\":\"io.envagent.Explode\"}}\n");
	say(f, fd, "{\"method\":\"io.envagent.Plan\",\"parameters\":{\"module\":1}}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.InvalidParameter\","
					  "\"parameters\":{\"parameter\":\"module\"}}\n");
	close(fd);
}

static void test_a_verb_of_the_leader_is_handed_on_or_refused(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Apply\",\"parameters\":{\"module\":\"balancer\","
	    "\"verb\":\"explode\"}}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.InvalidParameter\","
					  "\"parameters\":{\"parameter\":\"verb\"}}\n");
	assert_int_equal(f->waiting, 0);
	say(f, fd,
	    "{\"method\":\"io.envagent.Apply\",\"parameters\":{\"module\":\"balancer\","
	    "\"verb\":\"drain\"}}");
	assert_non_null(control_next(f->control, &call));
	assert_int_equal(call.verb, CONTROL_APPLY);
	assert_string_equal(call.module, "balancer");
	assert_string_equal(call.leader_verb, "drain");
	close(fd);
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
	client = control_next(f->control, &call);
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

	if (geteuid() != 0) {
		print_message("skipped: needs root to become somebody else\n");
		skip();
	}
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "{\"method\":\"io.envagent.%s\"}", root_only[i]);
		wait_for(f, as_nobody(f, text, "io.envagent.PermissionDenied", "\"result\""));
	}
	assert_int_equal(f->waiting, 0);
	assert_int_equal(f->reloads, 0);

	pid = as_nobody(f, PLAN, "write /etc/x", "+password");
	while (!(client = control_next(f->control, &call)))
		turn(f);
	client_event(client, &diff);
	client_event(client, &change);
	wait_for(f, pid);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_everybody_may_connect),
		T(test_a_plan_is_streamed_to_its_caller),
		T(test_without_more_only_the_result_is_sent),
		T(test_calls_wait_their_turn),
		T(test_a_caller_that_goes_away_is_not_told_any_more),
		T(test_reload_answers_at_once_and_tells_the_error),
		T(test_a_pause_has_a_length_and_a_name),
		T(test_a_pause_of_no_sense_is_refused),
		T(test_unknown_methods_and_parameters_are_named),
		T(test_a_verb_of_the_leader_is_handed_on_or_refused),
		T(test_rubbish_is_hung_up_on),
		T(test_a_message_over_the_limit_is_hung_up_on),
		T(test_a_caller_that_does_not_read_is_hung_up_on),
		T(test_the_idle_are_swept_out_and_the_waiting_are_not),
		T(test_one_too_many_is_turned_away),
		T(test_a_dead_socket_is_replaced_and_a_live_one_is_not),
		T(test_changes_and_differences_are_for_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
