/* SPDX-License-Identifier: MIT */
/* test-auth.c -- accounts and tokens */
#include <crypt.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/envmux/auth.h"

struct fixture {
	struct auth *auth;
	const struct auth_user *admin, *agents;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hash = crypt_r("secret", "$5$rounds=1000$abcdefgh$", data);

	assert_int_equal(auth_new(&f->auth), 0);
	assert_int_equal(auth_add_user(f->auth, "admin", hash, AUTH_ADMIN, true), 0);
	assert_int_equal(auth_add_user(f->auth, "agents", hash, AUTH_REGISTRAR, false), 0);
	free(data);
	f->admin = auth_password(f->auth, "admin", "secret", "127.0.0.1");
	f->agents = auth_password(f->auth, "agents", "secret", "10.0.0.1");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	auth_free(f->auth);
	free(f);
	return 0;
}

/* A new token of U. */
static void login(struct fixture *f, const struct auth_user *u, char token[AUTH_TOKEN_LEN + 1])
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *text;

	assert_int_equal(auth_login(f->auth, u, "10.0.0.1", &o), 0);
	assert_int_equal(json_get_str(o, "token", &text), 0);
	assert_int_equal(strlen(text), AUTH_TOKEN_LEN);
	strcpy(token, text);
}

static void test_password_must_be_right(void **state)
{
	struct fixture *f = *state;

	assert_non_null(f->admin);
	assert_int_equal(f->admin->role, AUTH_ADMIN);
	assert_null(auth_password(f->auth, "admin", "Secret", "127.0.0.1"));
	assert_null(auth_password(f->auth, "admin", "", "127.0.0.1"));
	assert_null(auth_password(f->auth, "nobody", "secret", "127.0.0.1"));
}

static void test_loopback_only_is_kept(void **state)
{
	struct fixture *f = *state;

	assert_non_null(auth_password(f->auth, "admin", "secret", "::1"));
	assert_null(auth_password(f->auth, "admin", "secret", "10.0.0.1"));
	assert_null(auth_password(f->auth, "admin", "secret", "unknown"));
	assert_non_null(f->agents);
}

static void test_what_is_no_hash_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(auth_add_user(f->auth, "x", "secret", AUTH_ADMIN, false), -EINVAL);
	assert_int_equal(auth_add_user(f->auth, "admin", f->admin->hash, AUTH_ADMIN, false),
			 -EEXIST);
}

static void test_token_stands_for_its_user(void **state)
{
	struct fixture *f = *state;
	char one[AUTH_TOKEN_LEN + 1], two[AUTH_TOKEN_LEN + 1];

	login(f, f->admin, one);
	login(f, f->agents, two);
	assert_string_not_equal(one, two);
	assert_ptr_equal(auth_token(f->auth, one, "10.0.0.1"), f->admin);
	assert_ptr_equal(auth_token(f->auth, two, "10.0.0.1"), f->agents);
	assert_null(auth_token(f->auth, "", "10.0.0.1"));
	one[0] ^= 1;
	assert_null(auth_token(f->auth, one, "10.0.0.1"));
}

static void test_token_of_another_user_is_not_touched(void **state)
{
	struct fixture *f = *state;
	struct json_object *o = NULL;
	char token[AUTH_TOKEN_LEN + 1];

	login(f, f->admin, token);
	assert_int_equal(auth_describe(f->auth, f->agents, token, &o), -EPERM);
	assert_int_equal(auth_extend(f->auth, f->agents, token, 100), -EPERM);
	assert_int_equal(auth_logout(f->auth, f->agents, token), -EPERM);
	assert_int_equal(auth_logout(f->auth, f->admin, token), 0);
	assert_null(auth_token(f->auth, token, "10.0.0.1"));
}

static void test_token_is_no_good_from_elsewhere(void **state)
{
	struct fixture *f = *state;
	char token[AUTH_TOKEN_LEN + 1];

	login(f, f->agents, token);
	assert_null(auth_token(f->auth, token, "10.0.0.2"));
	assert_null(auth_token(f->auth, token, ""));
	assert_ptr_equal(auth_token(f->auth, token, "10.0.0.1"), f->agents);
}

static void test_token_ends_with_its_time(void **state)
{
	struct fixture *f = *state;
	char token[AUTH_TOKEN_LEN + 1], other[AUTH_TOKEN_LEN + 1];

	login(f, f->agents, token);
	login(f, f->agents, other);
	assert_int_equal(auth_extend(f->auth, f->agents, token, 1), 0);
	assert_non_null(auth_token(f->auth, token, "10.0.0.1"));
	for (unsigned i = 0; i < 200 && auth_token(f->auth, token, "10.0.0.1"); i++)
		poll(NULL, 0, 50);
	assert_null(auth_token(f->auth, token, "10.0.0.1"));
	assert_ptr_equal(auth_token(f->auth, other, "10.0.0.1"), f->agents);
}

static void test_life_has_limits(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *o = NULL;
	char token[AUTH_TOKEN_LEN + 1];
	int64_t timeout, updated, ends;

	login(f, f->agents, token);
	assert_int_equal(auth_extend(f->auth, f->agents, token, 0), -ERANGE);
	assert_int_equal(auth_extend(f->auth, f->agents, token, AUTH_TIMEOUT_MAX + 1), -ERANGE);
	assert_int_equal(auth_extend(f->auth, f->agents, token, AUTH_TIMEOUT_MAX), 0);
	assert_int_equal(auth_describe(f->auth, f->agents, token, &o), 0);
	assert_int_equal(json_get_int(o, "timeout", &timeout), 0);
	assert_int_equal(timeout, AUTH_TIMEOUT_MAX);
	assert_int_equal(json_get_int(o, "lastUpdateMicros", &updated), 0);
	assert_int_equal(json_get_int(o, "expirationMicros", &ends), 0);
	assert_int_equal(ends - updated, (int64_t)AUTH_TIMEOUT_MAX * 1000000);
}

static void test_a_hundred_tokens_but_for_admin(void **state)
{
	struct fixture *f = *state;
	char token[AUTH_TOKEN_LEN + 1], first[AUTH_TOKEN_LEN + 1];
	struct json_object *o;

	login(f, f->agents, first);
	for (unsigned i = 1; i < AUTH_TOKENS_PER_USER; i++)
		login(f, f->agents, token);
	assert_int_equal(auth_login(f->auth, f->agents, "10.0.0.1", &o), -EDQUOT);
	assert_int_equal(auth_logout(f->auth, f->agents, first), 0);
	login(f, f->agents, first);
	for (unsigned i = 0; i <= AUTH_TOKENS_PER_USER; i++)
		login(f, f->admin, token);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Slow as its hash is, the right password is asked for once a minute. */
static void test_right_password_is_known_for_a_while(void **state)
{
	struct fixture *f = *state;
	struct auth_user *u = (struct auth_user *)f->agents;

	strcpy(u->hash, "$5$rounds=1000$abcdefgh$nobody-has-this");
	assert_ptr_equal(auth_password(f->auth, "agents", "secret", "10.0.0.1"), u);
	assert_null(auth_password(f->auth, "agents", "Secret", "10.0.0.1"));
	assert_null(auth_password(f->auth, "admin", "secret", "10.0.0.1"));
	u->known_until = 1; /* long ago */
	assert_null(auth_password(f->auth, "agents", "secret", "10.0.0.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_password_must_be_right),
		TEST(test_right_password_is_known_for_a_while),
		TEST(test_loopback_only_is_kept),
		TEST(test_what_is_no_hash_is_refused),
		TEST(test_token_stands_for_its_user),
		TEST(test_token_of_another_user_is_not_touched),
		TEST(test_token_is_no_good_from_elsewhere),
		TEST(test_token_ends_with_its_time),
		TEST(test_life_has_limits),
		TEST(test_a_hundred_tokens_but_for_admin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
