/* SPDX-License-Identifier: MIT */
/* test-watch.c -- watch.c and ready.c, in the real envagentd: files, wishes of modules, the limit
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/buf.h"
#include "tests/unit/agent/daemon.h"

#define WATCH_LINE(path, stamp)                                                    \
	"echo '{\"t\":1,\"module\":\"dns\",\"kind\":\"watch\",\"state\":\"file\"," \
	"\"reason\":\"" path "\",\"since\":0,\"next\":\"" stamp "\"}' >&3\n"
#define DONE DAEMON_LINE("pass", "done", "settled", "changes=0")

/* Without a metadata service, whose checks would only be in the way. */
static void conf(const struct daemon *d, const char *more)
{
	_cleanup_free_ char *text = str_printf("[Metadata]\nProvider=none\n%s\n", more);

	daemon_file(d, "root/etc/envagent/envagent.conf", text, 0644);
}

static bool wait_calls(const struct daemon *d, unsigned n)
{
	for (int i = 0; i < WAIT_SEC * 50; i++) {
		if (daemon_calls(d) >= n)
			return true;
		usleep(20000);
	}
	print_message("calls: %s\nlog: %s\n", daemon_read(d, "calls"), daemon_read(d, "log"));
	return false;
}

static void test_a_watched_file_that_comes_to_be_makes_a_pass_due(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_script(d, WATCH_LINE("/etc/web.yml", "0") DONE);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 1);
	daemon_file(d, "root/etc/other.yml", "x", 0644);
	daemon_file(d, "root/etc/web.yml", "x", 0644);
	assert_true(wait_calls(d, 2));
	assert_true(daemon_wait(d, STATUS_FILE, "\"trigger\":\"file changed\""));
}

static void test_a_file_that_changes_all_the_time_does_not_drive_us(void **state)
{
	struct daemon *d = *state;
	time_t begin = time(NULL);

	/* whatever a pass does, the file is never as it is said to be */
	conf(d, "");
	daemon_script(d, WATCH_LINE("/etc/envagent/envagent.conf", "1") DONE);
	daemon_start(d);
	assert_true(wait_calls(d, 4));
	/* 0.3, 0.6, 1.2 s: a timer is never early */
	assert_true(time(NULL) - begin >= 1);
}

static void test_what_a_pass_leaves_out_is_no_longer_watched(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_script(d, "[ -e ${0%/*}/second ] || " WATCH_LINE("/etc/web.yml",
								"0") ": >${0%/*}/second\n" DONE);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	daemon_file(d, "root/etc/web.yml", "x", 0644);
	assert_true(wait_calls(d, 2));
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":2"));
	daemon_file(d, "root/etc/web.yml", "y", 0644);
	sleep(1);
	assert_int_equal(daemon_calls(d), 2);
}

static void test_a_module_gets_its_pass_when_it_is_due(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_script(d, DAEMON_LINE("pass", "again", "pass", "msec=200") DONE);
	daemon_start(d);
	assert_true(wait_calls(d, 3));
	assert_true(daemon_wait(d, STATUS_FILE, "\"trigger\":\"due\""));
}

static void test_a_line_that_asks_for_nonsense_ends_the_pass(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_script(d, WATCH_LINE("etc/web.yml", "0") DONE);
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "a line that is none"));
}

static void test_a_changed_configuration_is_read_without_being_told(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	conf(d, "[Agent]\nReadyTimeout=3\n");
	assert_true(daemon_is(d, "degraded", "the former configuration stays in force: "));
	conf(d, "[Agent]\nReadyTimeoutSec=3\n");
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_drop_in_that_comes_to_be_is_read(void **state)
{
	struct daemon *d = *state;
	char path[512];

	conf(d, "");
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	snprintf(path, sizeof(path), "%s/etc/envagent/envagent.conf.d", d->root);
	assert_int_equal(mkdir(path, 0755), 0);
	usleep(700000); /* it may be noticed before there is anything in it, or not */
	daemon_file(d, "root/etc/envagent/envagent.conf.d/a.conf", "[Agent]\nRole=x\n", 0644);
	assert_true(daemon_is(d, "degraded", "a.conf"));
}

/* ---- how far this host alone is ---- */

static void test_local_is_settled_by_the_first_good_pass(void **state)
{
	struct daemon *d = *state;

	conf(d, "");
	daemon_start(d);
	assert_true(daemon_wait(d, STATUS_FILE, "\"local\":\"settled\""));
	assert_null(strstr(daemon_read(d, "calls"), "--ready-limit"));
}

static void test_a_degraded_pass_waits_for_the_limit_which_is_no_loss_of_identity(void **state)
{
	struct daemon *d = *state;

	conf(d, "[Agent]\nReadyTimeoutSec=1\n");
	daemon_script(d, DAEMON_LINE("dns", "state", "degraded", "no answer")
				 DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	daemon_start(d);
	assert_true(daemon_wait(d, STATUS_FILE, "\"local\":\"pending\""));
	assert_true(daemon_wait(d, STATUS_FILE, "\"local\":\"limit\""));
	assert_null(strstr(daemon_read(d, "calls"), "--ready-limit"));
	daemon_script(d, DAEMON_SETTLED);
	assert_true(daemon_wait(d, STATUS_FILE, "\"local\":\"settled\""));
}

static void test_without_an_identity_a_pass_knows_of_the_limit_before_it_is_told(void **state)
{
	struct daemon *d = *state;

	daemon_conf(d, "[Agent]\nReadyTimeoutSec=1\n");
	d->service.orders->mode = SERVICE_SILENT_CLOSE;
	daemon_script(d,
		      "case \"$*\" in *--ready-limit*) sleep 0.5;; esac\n"
		      "grep -o '\"local\":\"[a-z]*\"' ${0%/*}/../" STATUS_FILE
		      " >>${0%/*}/../seen\n" DAEMON_LINE("dns", "state", "converging", "who am I")
			      DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	daemon_start(d);
	assert_true(daemon_wait(d, STATUS_FILE, "\"local\":\"limit\""));
	assert_non_null(strstr(daemon_read(d, "calls"), "--ready-limit"));
	assert_null(strstr(daemon_read(d, "seen"), "limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_a_watched_file_that_comes_to_be_makes_a_pass_due),
		DAEMON_TEST(test_a_file_that_changes_all_the_time_does_not_drive_us),
		DAEMON_TEST(test_what_a_pass_leaves_out_is_no_longer_watched),
		DAEMON_TEST(test_a_module_gets_its_pass_when_it_is_due),
		DAEMON_TEST(test_a_line_that_asks_for_nonsense_ends_the_pass),
		DAEMON_TEST(test_a_changed_configuration_is_read_without_being_told),
		DAEMON_TEST(test_a_drop_in_that_comes_to_be_is_read),
		DAEMON_TEST(test_local_is_settled_by_the_first_good_pass),
		DAEMON_TEST(test_a_degraded_pass_waits_for_the_limit_which_is_no_loss_of_identity),
		DAEMON_TEST(test_without_an_identity_a_pass_knows_of_the_limit_before_it_is_told),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
