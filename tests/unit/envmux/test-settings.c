/* SPDX-License-Identifier: MIT */
/* test-settings.c -- the configuration file, and what --dev puts in its place */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tools/envmux/settings.h"

#define HASH "$5$rounds=1000$abcdefgh$WH2Vt7zvV1zqyZkbS5rVyz2Znq0EmvFh7xGwxBrqgU8"
#define LEAST "[Front]\nBaseDomain=t.internal\n"

struct fixture {
	char dir[64], path[80];
	struct auth *auth;
	struct mux_settings settings;
	char *error;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/envmux.conf", f->dir);
	assert_int_equal(auth_new(&f->auth), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	auth_free(f->auth);
	mux_settings_done(&f->settings);
	free(f->error);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static int read_text(struct fixture *f, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(f->path, "we");

	assert_non_null(file);
	fputs(text, file);
	fflush(file);
	free(TAKE_PTR(f->error));
	mux_settings_done(&f->settings);
	return settings_read(f->path, f->auth, &f->settings, &f->error);
}

static void test_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, LEAST), 0);
	assert_string_equal(f->settings.api, "127.0.0.1:8443");
	assert_null(f->settings.certificate);
	assert_string_equal(f->settings.front[0], "0.0.0.0:443");
	assert_string_equal(f->settings.plain[0], "0.0.0.0:80");
	assert_string_equal(f->settings.front_certificate, "/etc/envmux/certificate.pem");
	assert_string_equal(f->settings.state_dir, "/var/lib/envmux");
	assert_string_equal(f->settings.socket_dir, "/run/envmux-haproxy");
	assert_int_equal(f->settings.slots, 1024);
	assert_int_equal(f->settings.connections, 10000);
	assert_false(f->settings.spawn);
}

/* Both spellings of "as it is": a sample whose options are all taken in, and one with none. */
static void test_sample_has_every_option_at_its_default(void **state)
{
	_cleanup_fclose_ FILE *sample = fopen("conf/envmux.conf", "re");
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct fixture *f = *state;
	char line[256];
	unsigned options = 0;

	if (!sample) {
		print_message("conf/envmux.conf is not here: run this from the source root\n");
		skip();
	}
	while (fgets(line, sizeof(line), sample)) {
		if (strstr(line, "[User "))
			break;
		/* "#Key=value", not "# a sentence" */
		options += line[0] == '#' && line[1] >= 'A' && line[1] <= 'Z';
		if (!strncmp(line, "#BaseDomain=", 12))
			snprintf(line, sizeof(line), "BaseDomain=t.internal\n");
		buf_adds(&b, line[0] == '#' && line[1] >= 'A' && line[1] <= 'Z' ? line + 1 : line);
	}
	assert_int_equal(options, 11);
	assert_int_equal(read_text(f, b.data), 0);
	test_defaults(state);
}

static void test_faults_name_their_place(void **state)
{
	static const char *const cases[][2] = {
		{ "[Front]\n", "envmux.conf: [Front] BaseDomain= is missing" },
		{ "[Api]\nListen=localhost:1\n" LEAST,
		  "envmux.conf:2:8: Listen=localhost:1: expected ADDRESS:PORT" },
		{ LEAST "Listen=0.0.0.0:443 :444\n",
		  "envmux.conf:3:8: Listen=:444: expected ADDRESS:PORT" },
		{ "[Api]\nKey=/k\n" LEAST,
		  "envmux.conf:2:5: [Api] Certificate= and Key= belong together" },
		{ LEAST "[Haproxy]\nSlots=3\n", "envmux.conf:4:7: [Haproxy] Slots=3: expected" },
		{ LEAST "[Haproxy]\nSlot=3\n", "envmux.conf:4:1" },
		{ LEAST "[User x]\n", "envmux.conf:3:1: [User x] needs Hash=" },
		{ LEAST "[User x]\nHash=secret\n", "envmux.conf:3:1: [User x] Hash= is not a" },
		{ LEAST "[User x]\nHash=" HASH "\nRole=boss\n", "envmux.conf:5:" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_text(f, cases[i][0]), -EINVAL);
		assert_non_null(f->error);
		if (!strstr(f->error, cases[i][1]))
			fail_msg("\"%s\" is not in \"%s\"", cases[i][1], f->error);
		assert_null(strstr(f->error, "secret"));
	}
}

static void test_no_redirect_if_nobody_wants_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, LEAST "Plain=no\n"), 0);
	assert_null(f->settings.plain);
	assert_int_equal(read_text(f, LEAST "Plain=127.0.0.1:80 no\n"), -EINVAL);
}

static void test_users_are_taken_in(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, LEAST "[User boss]\nHash=" HASH "\nRole=admin\n"
					    "LoopbackOnly=yes\n[User agents]\nHash=" HASH "\n"),
			 0);
	assert_int_equal(auth_add_user(f->auth, "boss", HASH, AUTH_ADMIN, false), -EEXIST);
	assert_int_equal(auth_add_user(f->auth, "agents", HASH, AUTH_ADMIN, false), -EEXIST);
}

/* Warned of, not refused: who has such names cannot choose others. */
static void test_domain_with_an_underscore_is_taken(void **state)
{
	assert_true(settings_domain_valid("test_envs.example.internal"));
	assert_true(settings_domain_valid("_x.internal"));
	assert_false(settings_domain_valid("a b.internal"));
	assert_false(settings_domain_valid("a..internal"));
	assert_false(settings_domain_valid("a;b"));
	assert_false(settings_domain_valid(""));
}

static void test_missing_file_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		settings_read("/nonexistent/envmux.conf", f->auth, &f->settings, &f->error),
		-ENOENT);
	assert_non_null(strstr(f->error, "/nonexistent/envmux.conf"));
}

static int dev(struct fixture *f, const char *domain)
{
	free(TAKE_PTR(f->error));
	mux_settings_done(&f->settings);
	auth_free(TAKE_PTR(f->auth));
	assert_int_equal(auth_new(&f->auth), 0);
	return settings_dev(f->dir, "127.0.0.1:18443", "127.0.0.1:18444", domain, f->auth,
			    &f->settings, &f->error);
}

/* The time of change of DIR/NAME in ns, and that nobody else may read it. */
static int64_t changed_at(struct fixture *f, const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static void test_dev_makes_a_certificate_once(void **state)
{
	struct fixture *f = *state;
	int64_t first;

	if (system("openssl version >/dev/null 2>&1") != 0) {
		print_message("no openssl\n");
		skip();
	}
	assert_int_equal(dev(f, "one.internal"), 0);
	assert_true(f->settings.spawn);
	assert_string_equal(f->settings.base_domains[0], "one.internal");
	assert_non_null(auth_password(f->auth, "admin", "admin", "127.0.0.1"));
	assert_null(auth_password(f->auth, "admin", "admin", "10.0.0.1"));
	first = changed_at(f, "front.pem");
	assert_int_equal(dev(f, "one.internal"), 0);
	assert_int_equal(changed_at(f, "front.pem"), first);
	/* One for another domain would be no use. */
	assert_int_equal(dev(f, "two.internal"), 0);
	assert_int_not_equal(changed_at(f, "front.pem"), first);
}

static void test_dev_refuses_what_it_cannot_serve(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(dev(f, "no domain"), -EINVAL);
	assert_non_null(strstr(f->error, "--base-domain no domain"));
	free(TAKE_PTR(f->error));
	assert_int_equal(settings_dev(f->dir, "here", "127.0.0.1:1", "t.internal", f->auth,
				      &f->settings, &f->error),
			 -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_sample_has_every_option_at_its_default),
		TEST(test_faults_name_their_place),
		TEST(test_no_redirect_if_nobody_wants_it),
		TEST(test_users_are_taken_in),
		TEST(test_domain_with_an_underscore_is_taken),
		TEST(test_missing_file_is_named),
		TEST(test_dev_makes_a_certificate_once),
		TEST(test_dev_refuses_what_it_cannot_serve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
