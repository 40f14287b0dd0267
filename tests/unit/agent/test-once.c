/* SPDX-License-Identifier: MIT */
/* test-once.c -- envagentd --once with the real envagent-reconcile: lines for people, exit codes */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/daemon.h"

static char output[65536];

static int group_setup(void **state)
{
	static struct daemon d;

	*state = &d;
	return daemon_init(&d);
}

static int setup(void **state)
{
	return daemon_setup(*state);
}

static int teardown(void **state)
{
	return daemon_teardown(*state);
}

/* Runs envagentd with ARGS below the scratch root, children from LIBEXEC; its exit code. */
static int once(const struct daemon *d, const char *libexec, const char *args)
{
	char command[1024];
	size_t len;
	FILE *p;

	snprintf(command, sizeof(command), "%s/envagentd --root %s --libexec-dir %s %s 2>&1",
		 d->build, d->root, libexec, args);
	p = popen(command, "re");
	assert_non_null(p);
	len = fread(output, 1, sizeof(output) - 1, p);
	output[len] = '\0';
	return WEXITSTATUS(pclose(p));
}

static void assert_code(const struct daemon *d, const char *libexec, const char *args, int code)
{
	int r = once(d, libexec, args);

	if (r != code)
		fail_msg("%s: exit code %d instead of %d: %s", args, r, code, output);
}

static void assert_says(const char *word)
{
	if (!strstr(output, word))
		fail_msg("no '%s' in: %s", word, output);
}

/* A host with one template and its metadata in a file. */
static void real_host(const struct daemon *d)
{
	char text[2048];

	service_document(&d->service, text, sizeof(text));
	daemon_file(d, "root/etc/vm.json", text, 0644);
	daemon_file(d, "root/etc/web.erb", "id: <%= config_id %>\n", 0644);
	snprintf(text, sizeof(text),
		 "[Agent]\nDomain=cluster.test\n[Metadata]\nProvider=file\nPath=/etc/vm.json\n"
		 "[Resolv]\nManage=no\n[Dns]\nManage=no\n"
		 "[Host web-1]\nAddress=10.60.0.21\nMac=%s\n"
		 "[Template web]\nSource=/etc/web.erb\nTarget=/etc/web.yml\n",
		 d->service.mac[0] ? d->service.mac : SERVICE_MAC);
	daemon_file(d, "root/etc/envagent/envagent.conf", text, 0644);
}

static void test_a_plan_tells_and_touches_nothing(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	assert_code(d, d->build, "--once --plan", 0);
	assert_says("template: write /etc/web.yml\n");
	if (geteuid() == 0)
		assert_says("\n    +id: 4190101\n");
	assert_null(strstr(output, "ready"));
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "");
}

static void test_apply_does_it_and_a_second_one_has_nothing_to_do(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	assert_code(d, d->build, "--once", 0);
	assert_says("template: write /etc/web.yml\n");
	assert_says(" changes, 0 failed\n");
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "id: 4190101\n");
	assert_code(d, d->build, "--once --apply", 0);
	assert_string_equal(output, "nothing to do\n");
}

static void test_events_are_lines_of_json_for_programs(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	assert_code(d, d->build, "--once --plan --module template --json", 0);
	assert_says("\"kind\":\"change\",\"state\":\"planned\",\"reason\":\"write /etc/web.yml\"");
	assert_says("\"module\":\"template\",\"kind\":\"state\",\"state\":\"ready\"");
	for (char *rest, *line = strtok_r(output, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		assert_int_equal(line[0], '{');
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "");
}

static void test_restore_puts_back_what_was_there(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	daemon_file(d, "root/etc/web.yml", "former\n", 0644);
	assert_code(d, d->build, "--once", 0);
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "id: 4190101\n");
	assert_code(d, d->build, "--once --restore", 0);
	assert_says("restore: put /etc/web.yml back\n");
	assert_says(" changes, 0 failed\n");
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "former\n");
}

static void test_one_module_alone(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	assert_code(d, d->build, "--once --module host", 0);
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "");
	assert_string_equal(daemon_read(d, "root/etc/hostname"), "web-1\n");
	assert_code(d, d->build, "--once --module nose", 5);
	assert_says("there is no module 'nose'");
}

static void test_a_bad_template_is_degraded_or_failed_and_says_where(void **state)
{
	struct daemon *d = *state;
	int code;

	real_host(d);
	daemon_file(d, "root/etc/web.erb", "a\nid: <%= nothing_known %>\n", 0644);
	code = once(d, d->build, "--once");
	assert_true(code == 3 || code == 5);
	assert_says("/etc/web.erb:2:");
	assert_string_equal(daemon_read(d, "root/etc/web.yml"), "");
}

static void test_a_check_covers_the_sections_of_modules(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	assert_code(d, d->build, "--check", 0);
	assert_string_equal(output, "");
	daemon_file(d, "root/etc/envagent/envagent.conf", "[Template x]\nColour=blue\n", 0644);
	assert_code(d, d->build, "--check", 1);
	assert_says("envagent.conf:2:");
	daemon_file(d, "root/etc/envagent/envagent.conf", "[Metadata]\nPort=0\n", 0644);
	assert_code(d, d->build, "--check", 1);
	assert_says("envagent.conf:2:");
}

static void test_a_check_finds_what_needs_more_than_one_key_and_runs_nothing(void **state)
{
	struct daemon *d = *state;

	real_host(d);
	daemon_file(d, "root/etc/envagent/envagent.conf",
		    "[Fact a]\nFile=/etc/a\nUserData=a\n[Fact b]\n[Fact if]\nFile=/etc/a\n"
		    "[Template x]\nSource=/etc/x.erb\n"
		    "[Template y]\nSource=/etc/x.erb\nTarget=/etc/y\nCheckTree=/etc\n"
		    "[Template z]\nSource=/etc/x.erb\nTarget=/etc/y\nCheck=true\n"
		    "[Template zz]\nSource=/etc/x.erb\nTarget=/etc/y\n",
		    0644);
	assert_code(d, d->build, "--check", 1);
	assert_says("envagent.conf:1:1: [Fact a] more than one of Command=, File= and UserData=");
	assert_says("[Fact b] there is no source");
	assert_says("[Fact if] this is a word of the template language");
	assert_says("[Template x] has no Target=");
	assert_says("envagent.conf:12:11: [Template y] CheckTree= is for Check=");
	assert_says("[Template z] Check= needs a %s");
	assert_says("[Template zz] Target= is that of [Template y]");
	daemon_file(d, "root/etc/envagent/envagent.conf",
		    "[Fact a]\nCommand=touch /etc/ran\n[Template x]\nSource=/etc/none\n"
		    "Target=/etc/x\n",
		    0644);
	assert_code(d, d->build, "--check", 0);
	assert_string_equal(output, "");
}

static void test_the_gateway_is_asked_and_what_is_fine_is_not_told(void **state)
{
	struct daemon *d = *state;
	char expected[128];

	if (!d->service.mac[0]) {
		print_message("skipped: no link with a MAC here, and no right to make one\n");
		skip();
	}
	assert_code(d, d->libexec, "--once", 0);
	snprintf(expected, sizeof(expected), " --from %s\n", d->service.address);
	assert_non_null(strstr(daemon_read(d, "calls"), expected));
	assert_string_equal(output, "nothing to do\n");
}

static void test_without_an_identity_the_code_is_quarantine(void **state)
{
	struct daemon *d = *state;

	d->service.orders->mode = SERVICE_HTML;
	assert_code(d, d->libexec, "--once", 8);
	assert_says("agent: quarantined: no metadata service has answered yet: ");
	assert_says(": not-json\n    next: curl ");
	assert_non_null(strstr(daemon_read(d, "calls"), " --why "));
}

static void test_each_result_has_its_code(void **state)
{
	struct daemon *d = *state;

	daemon_file(d, "root/etc/envagent/envagent.conf", "[Metadata]\nProvider=none\n", 0644);
	daemon_script(d, DAEMON_LINE("dns", "state", "degraded", "no answer")
				 DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	assert_code(d, d->libexec, "--once", 3);
	assert_string_equal(output, "dns: degraded: no answer\nnothing to do\n");
	daemon_script(d, DAEMON_LINE("dns", "state", "converging", "waits")
				 DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	assert_code(d, d->libexec, "--once", 4);
	daemon_script(d, DAEMON_LINE("dns", "state", "failed", "dead")
				 DAEMON_LINE("pass", "done", "failed", "changes=0") "exit 5\n");
	assert_code(d, d->libexec, "--once", 5);
	daemon_script(d, "kill -KILL $$\n");
	assert_code(d, d->libexec, "--once", 5);
	assert_says("agent: failed: envagent-reconcile crashed: Killed\n");
}

static void test_wrong_options_are_a_usage_error(void **state)
{
	static const char *const lines[] = {
		"--colour", "--plan",	      "--once --plan --apply", "--module dns",
		"extra",    "--check --once", "--once --module",
	};
	struct daemon *d = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (once(d, d->libexec, lines[i]) != 2)
			fail_msg("taken: %s", lines[i]);
	assert_code(d, d->libexec, "--help", 0);
	assert_says("--libexec-dir DIR");
	assert_code(d, d->libexec, "--version", 0);
	assert_says("envagentd " VERSION "\n");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_plan_tells_and_touches_nothing),
		T(test_apply_does_it_and_a_second_one_has_nothing_to_do),
		T(test_restore_puts_back_what_was_there),
		T(test_events_are_lines_of_json_for_programs),
		T(test_one_module_alone),
		T(test_a_bad_template_is_degraded_or_failed_and_says_where),
		T(test_a_check_covers_the_sections_of_modules),
		T(test_a_check_finds_what_needs_more_than_one_key_and_runs_nothing),
		T(test_the_gateway_is_asked_and_what_is_fine_is_not_told),
		T(test_without_an_identity_the_code_is_quarantine),
		T(test_each_result_has_its_code),
		T(test_wrong_options_are_a_usage_error),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
