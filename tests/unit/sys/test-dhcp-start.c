/* SPDX-License-Identifier: MIT */
/* test-dhcp-start.c -- a client that was ended goes on, as it was started, and without us */
#include "tests/unit/live.h"

#define CLIENT "/run/udhcpc-like"

/* Says who it is and goes on. */
static void make_client(void)
{
	live_run("rm -f /run/words /run/self; cat >" CLIENT " <<'END'\n"
		 "#!/bin/sh\n"
		 "for w; do printf '<%s>' \"$w\"; done >/run/words.new\n"
		 "echo said; ls -l /proc/self/fd >/run/fds\n"
		 "echo $$ $(ps -o sid= -p $$) >/run/self.new\n"
		 "mv /run/words.new /run/words; mv /run/self.new /run/self\n"
		 "exec sleep 1000\n"
		 "END\nchmod 755 " CLIENT);
}

static void end_client(void)
{
	live_run("kill $(cut -d ' ' -f 1 /run/self)");
}

static void test_its_words_come_as_they_were(void **state)
{
	char *argv[] = { (char *)CLIENT,       (char *)"-x",	  (char *)"a b", (char *)"$HOME",
			 (char *)"`id`",       (char *)"*",	  (char *)"",	 (char *)"it's",
			 (char *)"\"quoted\"", (char *)"%n;true", (char *)"\\n", NULL };

	live_skip_unless_there();
	make_client();
	assert_int_equal(sys_dhcp_start(*state, argv), 0);
	live_wait("test -e /run/self");
	live_assert_output("cat /run/words", "<-x><a b><$HOME><`id`><*><><it's><\"quoted\"><%n;"
					     "true><\\n>");
	end_client();
}

static void test_it_holds_nothing_of_ours_and_outlives_us(void **state)
{
	char *argv[] = { (char *)CLIENT, NULL };
	int pipefd[2], status;
	pid_t pid;
	char c;

	live_skip_unless_there();
	make_client();
	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		_exit(dup2(pipefd[1], 1) != 1 || dup2(pipefd[1], 2) != 2 || setsid() < 0 ||
		      sys_dhcp_start(*state, argv) != 0);
	close(pipefd[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* the end of the pipe: nobody has it any more */
	assert_int_equal(read(pipefd[0], &c, 1), 0);
	close(pipefd[0]);
	live_wait("test -e /run/self");
	kill(-pid, SIGKILL);
	live_run("kill -0 $(cut -d ' ' -f 1 /run/self)");
	end_client();
}

static void test_what_cannot_be_started_is_told(void **state)
{
	char *gone[] = { (char *)"/run/no-such-client", (char *)"eth0", NULL }, *none[] = { NULL };
	_cleanup_(sys_freep) struct sys *sys = NULL;

	live_skip_unless_there();
	assert_int_equal(sys_dhcp_start(*state, gone), -ENOENT);
	gone[0] = (char *)"no-such-client";
	assert_int_equal(sys_dhcp_start(*state, gone), -ENOENT);
	gone[0] = (char *)"/run";
	assert_int_equal(sys_dhcp_start(*state, gone), -ENOENT);
	assert_int_equal(sys_dhcp_start(*state, none), -EINVAL);
	assert_int_equal(sys_dhcp_start(*state, NULL), -EINVAL);
	assert_int_equal(sys_open("/run", &sys), 0);
	assert_int_equal(sys_dhcp_start(sys, gone), -EOPNOTSUPP);
}

static int find(struct sys *sys, struct sys_dhcp **ret)
{
	size_t n;

	assert_int_equal(sys_dhcp_find(sys, "eth0", ret, &n), 0);
	return (int)n;
}

/* Those of whom it is known what they were started with. */
static void ended_and_started(struct sys *sys, char *const *argv, const char *runs)
{
	struct sys_dhcp *found, *again;
	int n = 0;

	assert_int_equal(sys_dhcp_start(sys, argv), 0);
	live_wait(runs);
	assert_int_equal(find(sys, &found), 1);
	assert_int_equal(sys_dhcp_stop(sys, &found[0]), 0);
	assert_int_equal(find(sys, &again), 0);
	sys_dhcp_free(again, 0);

	assert_int_equal(sys_dhcp_start(sys, found[0].argv), 0);
	live_wait(runs);
	for (int i = 0; i < 500 && (n = find(sys, &again)) != 1; i++) {
		sys_dhcp_free(again, (size_t)n);
		usleep(20000);
	}
	assert_int_equal(n, 1);
	assert_int_equal(strv_len(again[0].argv), strv_len(found[0].argv));
	for (size_t i = 0; found[0].argv[i]; i++)
		assert_string_equal(again[0].argv[i], found[0].argv[i]);
	assert_int_equal(sys_dhcp_stop(sys, &again[0]), 0);
	sys_dhcp_free(found, 1);
	sys_dhcp_free(again, 1);
}

static void test_a_real_client_is_found_ended_and_started_again(void **state)
{
	char *udhcpc[] = {
		(char *)"udhcpc",    (char *)"-i", (char *)"eth0", (char *)"-f", (char *)"-s",
		(char *)"/bin/true", NULL
	};
	char *dhclient[] = { (char *)"dhclient",
			     (char *)"-4",
			     (char *)"-d",
			     (char *)"-lf",
			     (char *)"/var/lib/dhcp/dhclient.eth0.leases",
			     (char *)"-pf",
			     (char *)"/run/dhclient.eth0.pid",
			     (char *)"eth0",
			     NULL };

	live_skip_unless_there();
	if (system("command -v udhcpc dhclient >/dev/null") != 0) {
		print_message("skipped: udhcpc or dhclient is missing\n");
		skip();
	}
	live_run("ip link add eth0 type veth peer name p0 && ip link set eth0 up && "
		 "ip link set p0 up");
	ended_and_started(*state, udhcpc, "pgrep -x udhcpc >/dev/null");
	ended_and_started(*state, dhclient, "test -s /run/dhclient.eth0.pid");
	live_run("ip link del eth0");
}

/* Inside our own unit it would end with it. */
static void test_where_systemd_runs_it_is_started_by_nobody_else(void **state)
{
	char *argv[] = { (char *)CLIENT, NULL };

	live_skip_unless_there();
	make_client();
	live_run("mkdir -p /run/systemd/system");
	assert_true(sys_dhcp_start(*state, argv) < 0);
	live_run("rmdir /run/systemd/system");
	assert_int_equal(sys_dhcp_start(*state, argv), 0);
	live_wait("test -e /run/self");
	/* those of the tests before may still be ending */
	live_wait("test $(pgrep -xc sleep) = 1");
	end_client();
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_its_words_come_as_they_were),
		LIVE_TEST(test_it_holds_nothing_of_ours_and_outlives_us),
		LIVE_TEST(test_what_cannot_be_started_is_told),
		LIVE_TEST(test_a_real_client_is_found_ended_and_started_again),
		LIVE_TEST(test_where_systemd_runs_it_is_started_by_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
