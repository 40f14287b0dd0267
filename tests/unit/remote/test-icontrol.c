/* SPDX-License-Identifier: MIT */
/* test-icontrol.c -- a first registration, with a fault at each point of its conversation */
#include "tests/unit/remote/icontrol.h"

static const char *const fault_names[] = {
	[FAULT_NONE] = "nothing",
	[FAULT_DROP_UNREAD] = "drop of an unread request",
	[FAULT_DROP] = "drop",
	[FAULT_DROP_HALF] = "drop in the answer",
	[FAULT_DROP_AFTER] = "drop after the answer",
	[FAULT_401] = "401",
	[FAULT_404_ABSENT] = "404 of the object",
	[FAULT_404_RESTART] = "404 of the path",
	[FAULT_404_HTML] = "404 as HTML",
	[FAULT_409] = "409",
	[FAULT_500] = "500",
	[FAULT_503] = "503",
	[FAULT_HTML] = "HTML",
	[FAULT_EMPTY] = "empty answer",
	[FAULT_ARRAY] = "JSON of another kind",
};

static bool drops(enum fault fault)
{
	return fault >= FAULT_DROP_UNREAD && fault <= FAULT_DROP_AFTER;
}

enum expected { DONE, NOT_DONE, EITHER };

static enum expected expected(enum step at, enum fault fault)
{
	/* The token just lives shorter; and this is the answer that was hoped for. */
	if (at == STEP_EXTEND || (at == STEP_READ && fault == FAULT_404_ABSENT))
		return DONE;
	if (drops(fault) && at == STEP_COMMIT)
		return fault == FAULT_DROP_AFTER ? DONE : NOT_DONE;
	/* While nothing is written a lost connection may be opened anew. */
	if (drops(fault) && at <= STEP_READ && !(at == STEP_READ && fault == FAULT_DROP_AFTER))
		return EITHER;
	/* What an answer holds is of no interest where it holds nothing. */
	if (fault == FAULT_EMPTY && (at == STEP_PARTITION || at == STEP_MONITOR || at == STEP_POOL))
		return DONE;
	return NOT_DONE;
}

/* What happened must be named: by the status, or in words. */
static const char *named(enum fault fault)
{
	switch (fault) {
	case FAULT_401:
		return "401";
	case FAULT_404_ABSENT:
	case FAULT_404_RESTART:
	case FAULT_404_HTML:
		return "404";
	case FAULT_409:
		return "409";
	case FAULT_500:
		return "500";
	case FAULT_503:
		return "503";
	default:
		return "";
	}
}

static void check_words(struct fixture *f, const struct outcome *o, enum fault fault)
{
	assert_int_equal(strncmp(o->words, f->conf.url, strlen(f->conf.url)), 0);
	assert_true(strlen(o->words) > strlen(f->conf.url) + 2);
	assert_non_null(strstr(o->words, named(fault)));
	assert_null(strstr(o->words, "secret-word"));
	assert_null(strstr(o->words, "ABCDEF"));
	if (fault == FAULT_503)
		assert_int_equal(o->retry_after, 7);
}

/*
 * All writes went over the connection over which the partition was read, each once, and none came
 * after the one that failed.
 */
static void check_log(const struct outcome *o, enum step at, enum fault fault)
{
	unsigned times[STEP_OTHER + 1] = {}, opened = 0;

	for (size_t i = 0; i < o->seen.n_log; i++) {
		enum step step = o->seen.log[i].step;

		times[step]++;
		if (step == STEP_READ)
			opened = o->seen.log[i].connection;
		if (step >= STEP_PARTITION)
			assert_int_equal(o->seen.log[i].connection, opened);
		assert_true(o->r == 0 || step <= at);
	}
	assert_int_equal(times[STEP_OTHER], 0);
	for (enum step step = STEP_PARTITION; step < N_STEPS; step++)
		/* A dead token is replaced, once. */
		assert_true(times[step] <= (fault == FAULT_401 && step == at ? 2 : 1));
}

static void try_one(struct fixture *f, enum step at, enum fault fault)
{
	enum expected want = expected(at, fault);
	struct outcome o = with(f, at, fault, drops(fault) && at < STEP_PARTITION);

	if ((want == DONE && o.r < 0) || (want == NOT_DONE && o.r == 0) ||
	    (o.r == 0 && !o.seen.committed))
		fail_msg("%s at step %u: %d, and the balancer has %s it: %s", fault_names[fault],
			 at, o.r, o.seen.committed ? "done" : "not done", o.words);
	check_log(&o, at, fault);
	if (o.r < 0)
		check_words(f, &o, fault);
}

static void test_registration_is_done_in_eight_requests_over_one_connection(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	write_identity(f, "123");
	o = with(f, 0, FAULT_NONE, false);
	assert_int_equal(o.r, 0);
	assert_true(o.seen.committed);
	assert_int_equal(o.seen.n_log, N_STEPS);
	assert_int_equal(o.seen.connections, 1);
	for (size_t i = 0; i < N_STEPS; i++)
		assert_int_equal(o.seen.log[i].step, i);
}

static void test_with_a_live_token_a_pool_is_one_request(void **state)
{
	static const enum step steps[] = { STEP_READ,	 STEP_PARTITION, STEP_OPEN,
					   STEP_MONITOR, STEP_POOL,	 STEP_POOL,
					   STEP_POOL,	 STEP_POOL,	 STEP_COMMIT };
	struct fixture *f = *state;
	struct outcome o;

	write_identity(f, "123");
	o = with(f, 0, FAULT_NONE, false);
	assert_int_equal(o.r, 0);
	mux_server_order(&f->server, 0, FAULT_NONE, false);
	o = register_again(f, 3);
	assert_int_equal(o.r, 0);
	assert_true(o.seen.committed);
	assert_int_equal(o.seen.connections, 1);
	/* No member, no node, no other object has a request of its own. */
	assert_int_equal(o.seen.n_log, ARRAY_SIZE(steps));
	for (size_t i = 0; i < o.seen.n_log; i++)
		assert_int_equal(o.seen.log[i].step, steps[i]);
}

static void test_each_fault_at_each_point_leaves_nothing_that_is_called_done(void **state)
{
	struct fixture *f = *state;

	write_identity(f, "123");
	for (enum step at = 0; at < N_STEPS; at++) {
		for (enum fault fault = FAULT_DROP_UNREAD; fault < N_FAULTS; fault++)
			try_one(f, at, fault);
	}
}

static int errno_with(struct fixture *f, enum step at, enum fault fault)
{
	return with(f, at, fault, false).r;
}

static void test_each_failure_has_its_errno(void **state)
{
	struct fixture *f = *state;

	write_identity(f, "123");
	assert_int_equal(errno_with(f, STEP_PARTITION, FAULT_409), -EEXIST);
	assert_int_equal(errno_with(f, STEP_LOGIN, FAULT_401), -EACCES);
	assert_int_equal(errno_with(f, STEP_POOL, FAULT_401), -EACCES);
	assert_int_equal(errno_with(f, STEP_READ, FAULT_404_RESTART), -EBUSY);
	assert_int_equal(errno_with(f, STEP_READ, FAULT_503), -EBUSY);
	assert_int_equal(errno_with(f, STEP_READ, FAULT_HTML), -EPROTO);
	/* A login that answers "not there" says nothing about the partition. */
	assert_int_equal(errno_with(f, STEP_LOGIN, FAULT_404_ABSENT), -EPROTO);
	assert_int_equal(errno_with(f, STEP_MONITOR, FAULT_503), -EBUSY);
}

static void test_commit_without_a_clear_answer_is_left_open(void **state)
{
	static const enum fault faults[] = { FAULT_DROP,  FAULT_DROP_HALF, FAULT_500,
					     FAULT_503,	  FAULT_HTML,	   FAULT_EMPTY,
					     FAULT_ARRAY, FAULT_404_HTML };
	struct fixture *f = *state;

	write_identity(f, "123");
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_int_equal(errno_with(f, STEP_COMMIT, faults[i]), -ECONNRESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registration_is_done_in_eight_requests_over_one_connection),
		TEST(test_with_a_live_token_a_pool_is_one_request),
		TEST(test_each_fault_at_each_point_leaves_nothing_that_is_called_done),
		TEST(test_each_failure_has_its_errno),
		TEST(test_commit_without_a_clear_answer_is_left_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
