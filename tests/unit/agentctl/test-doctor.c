/* SPDX-License-Identifier: MIT */
/* test-doctor.c -- each known fault is found by its name, and a host without one has none */
#include "tests/unit/agentctl/fixture.h"

#define READY                                                                                    \
	",\"reason\":\"\",\"identity\":{\"state\":\"confirmed\"},\"waiting\":\"\",\"modules\":[" \
	"{\"name\":\"network\",\"state\":\"ready\"},{\"name\":\"resolv\",\"state\":\"ready\"},"  \
	"{\"name\":\"dns\",\"state\":\"off\"},{\"name\":\"template\",\"state\":\"ready\"}]"

static void make_dirs(struct fixture *f, const char *const *dirs)
{
	for (; *dirs; dirs++)
		assert_true(mkdir(in_root(f, *dirs), 0755) == 0 || errno == EEXIST);
}

static void program(struct fixture *f, const char *path, const char *body)
{
	write_text(f, path, body);
	assert_int_equal(chmod(in_root(f, path), 0755), 0);
}

/* A healthy host below the root; what it would run in PATH are scripts there. */
static int setup(void **state)
{
	static const char *const dirs[] = { "/etc",  "/etc/envagent", "/bin",
					    "/var",  "/var/lib",      STATE_DIR,
					    "/proc", "/run/systemd",  "/run/systemd/system",
					    NULL };
	struct fixture *f;
	char path[256];

	fixture_setup(state);
	f = *state;
	make_dirs(f, dirs);
	write_status(f, getpid(), "ready", READY);
	write_text(f, "/etc/passwd",
		   "root:x:0:0::/:/bin/sh\nenvagent-fetch:x:900:900::/:/bin/false\n"
		   "envagent-leader:x:901:901::/:/bin/false\n");
	write_text(f, STATE_DIR "/manifest", "{\"version\":1,\"files\":[],\"live\":[]}");
	program(f, "/bin/systemctl",
		"#!/bin/sh\necho LoadState=loaded\necho UnitFileState=enabled\n"
		"echo ActiveState=active\n");
	snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", f->root);
	setenv("PATH", path, 1);
	return 0;
}

static void conf(struct fixture *f, const char *text)
{
	write_text(f, "/etc/envagent/envagent.conf", text);
}

/* What the check CHECK says, all in one text; the other checks of programs depend on the build. */
static const char *said(struct fixture *f, const char *check)
{
	static char all[4096];
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *checks, *findings;
	const char *name, *what, *next;

	ctl(f, "doctor", "--json", NULL);
	assert_int_equal(json_parse(f->out, f->out_len, 16, &obj, NULL), 0);
	assert_int_equal(json_get_arr(obj, "checks", &checks), 0);
	all[0] = '\0';
	for (size_t i = 0; i < json_object_array_length(checks); i++) {
		struct json_object *c = json_object_array_get_idx(checks, i);

		json_get_str(c, "name", &name);
		json_get_arr(c, "findings", &findings);
		for (size_t k = 0; !strcmp(name, check) && k < json_object_array_length(findings);
		     k++) {
			struct json_object *x = json_object_array_get_idx(findings, k);

			json_get_str(x, "what", &what);
			json_get_str(x, "next", &next);
			assert_true(*next);
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n", what);
		}
	}
	return all;
}

static void test_a_healthy_host_has_no_fault(void **state)
{
	static const char *const checks[] = { "unit",	  "daemon",  "users", "credentials",
					      "manifest", "disk",    "clock", "gateway",
					      "resolver", "dnsmasq", "dhcp",  "templates" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		assert_string_equal(said(f, checks[i]), "");
}

static void test_the_unit_is_looked_at(void **state)
{
	struct fixture *f = *state;

	program(f, "/bin/systemctl", "#!/bin/sh\necho LoadState=masked\n");
	assert_has(said(f, "unit"), "masked");
	program(f, "/bin/systemctl", "#!/bin/sh\necho LoadState=not-found\n");
	assert_has(said(f, "unit"), "there is no envagent.service");
	program(f, "/bin/systemctl",
		"#!/bin/sh\necho LoadState=loaded\necho UnitFileState=disabled\n");
	assert_has(said(f, "unit"), "disabled");
	program(f, "/bin/systemctl", "#!/bin/sh\nexit 1\n");
	assert_has(said(f, "unit"), "does not answer");
}

static void test_a_daemon_that_is_gone_is_found(void **state)
{
	struct fixture *f = *state;

	write_status(f, 1, "ready", READY);
	assert_has(said(f, "daemon"), "not running");
	unlink(in_root(f, STATUS_PATH));
	assert_has(said(f, "daemon"), "has not run");
}

static void test_the_tries_of_a_silent_gateway_are_told(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "quarantined",
		     ",\"reason\":\"no metadata service has answered yet: 10.0.0.1:refused\","
		     "\"modules\":[]");
	assert_has(said(f, "gateway"), "10.0.0.1:refused");
	conf(f, "[Metadata]\nProvider=none\n");
	assert_string_equal(said(f, "gateway"), "");
}

static void test_an_overwritten_resolver_is_found(void **state)
{
	struct fixture *f = *state;

	conf(f, "[Host dns-1]\nAddress=10.60.0.11\nRoles=dns\n");
	write_text(f, "/etc/resolv.conf", "nameserver 10.60.0.11\n");
	assert_string_equal(said(f, "resolver"), "");
	write_text(f, "/etc/resolv.conf", "nameserver 8.8.4.4\n");
	assert_has(said(f, "resolver"), "names 8.8.4.4, not the environment's DNS host 10.60.0.11");
}

static void process(struct fixture *f, const char *comm, const char *line)
{
	static const char *const dirs[] = { "/proc/77", NULL };

	make_dirs(f, dirs);
	write_text(f, "/proc/77/comm", comm);
	write_text(f, "/proc/77/cmdline", line);
}

static void test_a_server_that_does_not_run_and_a_client_that_does_are_found(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready",
		     ",\"modules\":[{\"name\":\"dns\",\"state\":\"ready\"},"
		     "{\"name\":\"network\",\"state\":\"ready\"}]");
	assert_has(said(f, "dnsmasq"), "dnsmasq does not run");
	process(f, "dnsmasq\n", "dnsmasq -k");
	assert_string_equal(said(f, "dnsmasq"), "");

	conf(f, "[Interface eth0]\nMode=static\n[Interface eth1]\nMode=keep\n");
	process(f, "dhclient\n", "dhclient eth1");
	assert_string_equal(said(f, "dhcp"), "");
	process(f, "dhclient\n", "dhclient eth0");
	assert_has(said(f, "dhcp"), "dhclient still runs on eth0");
}

static void test_dnsmasq_and_held_templates_speak_for_themselves(void **state)
{
	struct fixture *f = *state;

	write_status(
		f, getpid(), "degraded",
		",\"modules\":[{\"name\":\"dns\",\"state\":\"degraded\",\"reason\":\"dnsmasq: bad "
		"option at line 3\"},{\"name\":\"template\",\"state\":\"degraded\",\"reason\":"
		"\"template web is held: web.erb:3:7\"}]");
	assert_has(said(f, "dnsmasq"), "bad option at line 3");
	assert_has(said(f, "templates"), "web.erb:3:7");
}

static void test_missing_and_open_secrets_are_found_and_never_shown(void **state)
{
	static const char *const dirs[] = { "/etc/credstore", NULL };
	struct fixture *f = *state;

	conf(f, "[Mux]\nUrl=https://10.9.0.80\nCredential=envagent.mux\n");
	assert_string_equal(said(f, "credentials"), "");
	write_text(f, FACTS_PATH,
		   "{\"version\":1,\"facts\":{\"leader\":{\"state\":\"value\","
		   "\"value\":true,\"source\":\"conf\",\"path\":\"\",\"time\":1}}}");
	assert_has(said(f, "credentials"), "envagent.mux is neither in");
	make_dirs(f, dirs);
	write_text(f, "/etc/credstore/envagent.mux", "user:canary");
	assert_int_equal(chmod(in_root(f, "/etc/credstore/envagent.mux"), 0644), 0);
	assert_has(said(f, "credentials"), "others may read");
	assert_lacks(f->out, "canary");
	assert_int_equal(chmod(in_root(f, "/etc/credstore/envagent.mux"), 0600), 0);
	assert_string_equal(said(f, "credentials"), "");
}

static void test_a_manifest_that_cannot_be_read_is_found(void **state)
{
	struct fixture *f = *state;

	write_text(f, STATE_DIR "/manifest", "{\"version\":1,");
	assert_has(said(f, "manifest"), "damaged");
	write_text(f, STATE_DIR "/manifest", "{\"version\":99}");
	assert_has(said(f, "manifest"), "newer version");
}

static void test_a_clock_behind_its_own_files_is_found(void **state)
{
	struct fixture *f = *state;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, {} };

	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec += 86400;
	assert_int_equal(utimensat(AT_FDCWD, in_root(f, STATE_DIR "/manifest"), times, 0), 0);
	assert_has(said(f, "clock"), "the clock is wrong");
}

static void test_missing_users_are_found(void **state)
{
	struct fixture *f = *state;

	write_text(f, "/etc/passwd", "root:x:0:0::/:/bin/sh\n");
	assert_has(said(f, "users"), "envagent-fetch");
	assert_lacks(said(f, "users"), "envagent-leader");
	conf(f, "[Mux]\nUrl=https://10.9.0.80\n");
	assert_has(said(f, "users"), "envagent-leader");
}

static void test_another_version_that_runs_is_found(void **state)
{
	struct fixture *f = *state;
	char text[1024];

	/* The key is read as the last of its name. */
	snprintf(text, sizeof(text), "%s,\"version\":\"0.0.0-old\"", READY);
	write_status(f, getpid(), "ready", text);
	assert_has(said(f, "package"), "the daemon that runs is 0.0.0-old");
}

static void test_a_cloud_init_that_sets_names_is_found(void **state)
{
	static const char *const dirs[] = { "/usr", "/usr/bin", "/etc/cloud",
					    "/etc/cloud/cloud.cfg.d", NULL };
	struct fixture *f = *state;

	make_dirs(f, dirs);
	write_text(f, "/etc/cloud/cloud.cfg", "users:\n - default\npreserve_hostname: false\n");
	assert_string_equal(said(f, "cloud-init"), "");
	program(f, "/usr/bin/cloud-init", "");
	assert_has(said(f, "cloud-init"), "sets its name at each boot");
	assert_lacks(said(f, "cloud-init"), "/etc/hosts");

	write_text(f, "/etc/cloud/cloud.cfg.d/10-x.cfg", "manage_etc_hosts: localhost\n");
	write_text(f, "/etc/cloud/cloud.cfg.d/99-envagent.cfg", "preserve_hostname: true\n");
	assert_lacks(said(f, "cloud-init"), "sets its name");
	assert_has(said(f, "cloud-init"), "writes /etc/hosts");
	write_text(f, "/etc/cloud/cloud-init.disabled", "");
	assert_string_equal(said(f, "cloud-init"), "");
}

static void test_a_finding_ends_with_1_and_has_its_fix(void **state)
{
	struct fixture *f = *state;

	program(f, "/bin/systemctl", "#!/bin/sh\necho LoadState=masked\n");
	assert_int_equal(ctl(f, "doctor", NULL), CTL_ERROR);
	assert_has(f->out, "unit: envagent.service is masked\n    next: systemctl unmask envagent");
}

#define doctor_test(t) cmocka_unit_test_setup_teardown(t, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		doctor_test(test_a_healthy_host_has_no_fault),
		doctor_test(test_the_unit_is_looked_at),
		doctor_test(test_a_daemon_that_is_gone_is_found),
		doctor_test(test_the_tries_of_a_silent_gateway_are_told),
		doctor_test(test_an_overwritten_resolver_is_found),
		doctor_test(test_a_server_that_does_not_run_and_a_client_that_does_are_found),
		doctor_test(test_dnsmasq_and_held_templates_speak_for_themselves),
		doctor_test(test_missing_and_open_secrets_are_found_and_never_shown),
		doctor_test(test_a_manifest_that_cannot_be_read_is_found),
		doctor_test(test_a_clock_behind_its_own_files_is_found),
		doctor_test(test_missing_users_are_found),
		doctor_test(test_another_version_that_runs_is_found),
		doctor_test(test_a_cloud_init_that_sets_names_is_found),
		doctor_test(test_a_finding_ends_with_1_and_has_its_fix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
