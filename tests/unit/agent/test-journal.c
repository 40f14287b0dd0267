/* SPDX-License-Identifier: MIT */
/* test-journal.c -- events with fields, to a journal socket of our own in a mount namespace */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/journal.h"

struct fixture {
	int journal; /* -1: no namespace to be had */
};

static int group_setup(void **state)
{
	struct sockaddr_un sa = { AF_UNIX, "/run/systemd/journal/socket" };
	static struct fixture f = { -1 };

	*state = &f;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		return 0;
	if (mkdir("/run/systemd", 0755) < 0 || mkdir("/run/systemd/journal", 0755) < 0)
		return -1;
	f.journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return bind(f.journal, (struct sockaddr *)&sa, sizeof(sa));
}

static int teardown(void **state)
{
	log_set_sink(NULL);
	unsetenv("JOURNAL_STREAM");
	return 0;
}

static bool open_as(ino_t ino)
{
	char text[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)(ino ? ino : st.st_ino));
	setenv("JOURNAL_STREAM", text, 1);
	return journal_open();
}

/* The next entry, as its text lines; "" if there is none. */
static const char *entry(const struct fixture *f)
{
	static char text[8192];
	ssize_t n = recv(f->journal, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void need_journal(const struct fixture *f)
{
	if (f->journal >= 0)
		return;
	print_message("skipped: needs root for a mount namespace\n");
	skip();
}

static void test_a_stderr_elsewhere_is_no_journal(void **state)
{
	unsetenv("JOURNAL_STREAM");
	assert_false(journal_open());
	assert_false(open_as(1));
	setenv("JOURNAL_STREAM", "rubbish", 1);
	assert_false(journal_open());
}

static void test_an_event_has_its_fields(void **state)
{
	struct fixture *f = *state;
	const char *text;

	need_journal(f);
	assert_true(open_as(0));
	journal_event(
		true, JOURNAL_CHANGE, LOG_NOTICE,
		&(struct journal_fields){ .module = "dns", .state = "done", .env = "4190101" },
		"%s: write /etc/hosts", "dns");
	text = entry(f);
	assert_non_null(strstr(text, "MESSAGE=dns: write /etc/hosts\n"));
	assert_non_null(strstr(text, "PRIORITY=5\n"));
	assert_non_null(strstr(text, "ENVAGENT_MODULE=dns\n"));
	assert_non_null(strstr(text, "ENVAGENT_ENV=4190101\n"));
	assert_null(strstr(text, "ENVAGENT_VM="));
	assert_int_equal(strspn(strstr(text, "MESSAGE_ID=") + 11, "0123456789abcdef"), 32);
}

static void test_plain_lines_go_there_too(void **state)
{
	struct fixture *f = *state;

	need_journal(f);
	assert_true(open_as(0));
	log_warning("a plain line");
	assert_non_null(strstr(entry(f), "MESSAGE=a plain line"));
}

int main(void)
{
#define T(t) cmocka_unit_test_teardown(t, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_stderr_elsewhere_is_no_journal),
		T(test_an_event_has_its_fields),
		T(test_plain_lines_go_there_too),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
