/* SPDX-License-Identifier: MIT */
/* test-collect.c -- the bundle has what helps, nobody else can read it, and no secret is in it */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/redact.h"

static void test_what_is_secret_is_replaced(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "nothing here\n", "nothing here\n" },
		{ "the canary-1 sings\n", "the (redacted) sings\n" },
		{ "admin:canary-2\n", "(redacted)\n" },
		{ "x canary-2 y\ncanary-1", "x (redacted) y\n(redacted)" },
		{ "DB_PASSWORD=hunter2 x\nok\n", "DB_PASSWORD=(redacted)\nok\n" },
		{ "  \"token\": \"abc\",\n", "  \"token\": \"(redacted)\n" },
		{ "Authorization: Basic YQ==\n", "Authorization: (redacted)\n" },
		{ "at https://user:pass@host/x\n", "at https://(redacted)@host/x\n" },
		{ "at https://host/x@y\n", "at https://host/x@y\n" },
		{ "Credential=envagent.mux\n", "Credential=envagent.mux\n" },
	};
	_cleanup_redact_ struct redact r = {};

	assert_int_equal(redact_add(&r, "canary-1\nadmin:canary-2\nab\n"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		assert_int_equal(redact_text(&r, cases[i].text, &out), 0);
		assert_string_equal(out.data, cases[i].want);
	}
}

/* All that the bundle FILE holds. */
static char *unpacked(const char *file)
{
	_cleanup_free_ char *command = str_printf("tar -xzOf %s", file);
	static char all[262144];
	FILE *pipe = popen(command, "re");
	size_t n;

	assert_non_null(pipe);
	n = fread(all, 1, sizeof(all) - 1, pipe);
	all[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return all;
}

static void test_the_bundle_is_for_its_owner_and_without_secrets(void **state)
{
	struct fixture *f = *state;
	char file[128];
	struct stat st;
	char *all;

	write_status(f, 1, "degraded",
		     ",\"reason\":\"mux: https://agent:canary-url@10.9.0.80 refused\","
		     "\"modules\":[]");
	write_text(f, FACTS_PATH, "{\"version\":1,\"facts\":{}}");
	mkdir(in_root(f, "/etc"), 0755);
	mkdir(in_root(f, "/etc/envagent"), 0755);
	write_text(
		f, "/etc/envagent/envagent.conf",
		"[Mux]\nUrl=https://10.9.0.80\nCredential=mux\n[Credential mux]\nFile=/etc/mux\n");
	write_text(f, "/etc/mux", "agent:canary-file\n");
	write_text(f, "/etc/resolv.conf", "# canary-file was here\nnameserver 10.0.0.1\n");
	snprintf(file, sizeof(file), "%s/bundle.tar.gz", f->root);
	assert_int_equal(ctl(f, "collect", "--output", file, NULL), CTL_READY);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	all = unpacked(file);
	assert_has(all, "agentctl " VERSION);
	assert_has(all, "nameserver 10.0.0.1");
	assert_has(all, "(redacted)");
	assert_lacks(all, "canary");

	assert_int_equal(ctl(f, "collect", "-o", file, NULL), CTL_ERROR);
	assert_has(f->err, "File exists");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_what_is_secret_is_replaced),
		fixture_test(test_the_bundle_is_for_its_owner_and_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
