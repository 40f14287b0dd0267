/* SPDX-License-Identifier: MIT */
/* test-icontrol-session.c -- the token and the identity of a conversation with the balancer */
#include "tests/unit/remote/icontrol.h"

static void test_dead_token_is_replaced_once(void **state)
{
	struct fixture *f = *state;

	write_identity(f, "123");
	for (enum step at = STEP_READ; at < N_STEPS; at++) {
		struct outcome o = with(f, at, FAULT_401, true);

		assert_int_equal(o.r, 0);
		assert_true(o.seen.committed);
		assert_int_equal(o.seen.connections, 1);
	}
}

static void test_token_is_kept_for_the_next_session(void **state)
{
	struct fixture *f = *state;
	struct mux_seen seen;
	struct session *s;

	write_identity(f, "123");
	assert_int_equal(with(f, 0, FAULT_NONE, false).r, 0);
	mux_server_order(&f->server, 0, FAULT_NONE, false);
	s = session_of(f);
	assert_int_equal(s->driver->read(s->mux, s->id, false, &s->have), 0);
	session_free(s);
	seen = mux_server_seen(&f->server);
	assert_int_equal(seen.n_log, 1);
	assert_int_equal(seen.log[0].step, STEP_READ);
}

static void test_another_identity_before_the_write_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	write_identity(f, "124");
	o = with(f, 0, FAULT_NONE, false);
	assert_int_equal(o.r, -ESTALE);
	assert_non_null(strstr(o.words, "124"));
	assert_int_equal(o.seen.n_log, STEP_PARTITION);
}

static void test_unknown_identity_before_the_write_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct outcome o = with(f, 0, FAULT_NONE, false);

	assert_true(o.r < 0);
	assert_int_equal(o.seen.n_log, STEP_PARTITION);
}

static int leave(struct fixture *f, enum fault fault, bool *ret_kept)
{
	const char *token;
	char *words = NULL;
	int r;

	mux_server_order(&f->server, STEP_END, fault, false);
	r = mux_icontrol.leave(&f->conf, f->memory, &words);
	*ret_kept = json_get_str(f->memory, "token", &token) == 0;
	if (r < 0) {
		assert_non_null(strstr(words, f->conf.url));
		assert_null(strstr(words, "ABCDEF"));
	}
	free(words);
	return r;
}

static void test_leaving_ends_the_token_there_and_here(void **state)
{
	static const enum fault gone[] = { FAULT_NONE, FAULT_401, FAULT_404_ABSENT };
	struct fixture *f = *state;
	struct mux_seen seen;
	bool kept;

	write_identity(f, "123");
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		assert_int_equal(with(f, 0, FAULT_NONE, false).r, 0);
		assert_int_equal(leave(f, gone[i], &kept), 0);
		assert_false(kept);
		seen = mux_server_seen(&f->server);
		assert_int_equal(seen.n_log, 1);
		assert_int_equal(seen.log[0].step, STEP_END);
	}
	/* Who has none asks nobody. */
	assert_int_equal(leave(f, FAULT_NONE, &kept), 0);
	assert_int_equal(mux_server_seen(&f->server).n_log, 0);
}

static void test_a_token_that_may_live_is_not_forgotten(void **state)
{
	static const enum fault faults[] = { FAULT_DROP, FAULT_500, FAULT_503 };
	struct fixture *f = *state;
	bool kept;

	write_identity(f, "123");
	assert_int_equal(with(f, 0, FAULT_NONE, false).r, 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		assert_true(leave(f, faults[i], &kept) < 0);
		assert_true(kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dead_token_is_replaced_once),
		TEST(test_token_is_kept_for_the_next_session),
		TEST(test_leaving_ends_the_token_there_and_here),
		TEST(test_a_token_that_may_live_is_not_forgotten),
		TEST(test_another_identity_before_the_write_writes_nothing),
		TEST(test_unknown_identity_before_the_write_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
