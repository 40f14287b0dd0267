/* SPDX-License-Identifier: MIT */
/* test-icontrol.c -- a first registration, with a fault at each point of its conversation */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "agent/sys/sys.h"
#include "modules/balancer/session.h"
#include "tests/unit/remote/mux-server.h"

#define STAMP "envagent v1 env=123 vm=9 fence=1 until=1782907200"
#define DOCUMENT "{\"id\":\"9\",\"configuration_url\":\"https://cloud.test/configurations/%s\"}"

struct fixture {
	struct mux_server server;
	struct mux_conf conf;
	struct json_object *memory;
	char root[256];
	struct sys *sys;
};

static void write_identity(struct fixture *f, const char *env)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	char *text = str_printf(DOCUMENT, env);

	assert_true(sys_write(f->sys, "/metadata.json", text, strlen(text), &opts) >= 0);
	free(text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->root, sizeof(f->root), "%s/icontrol.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(f->root) || sys_open(f->root, &f->sys) < 0 || mux_server_start(&f->server))
		return -1;
	f->conf.url = str_printf("http://127.0.0.1:%d", f->server.port);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	mux_server_stop(&f->server);
	(void)sys_unlink(f->sys, "/metadata.json");
	rmdir(f->root);
	sys_free(f->sys);
	json_object_put(f->memory);
	free(f->conf.url);
	free(f);
	return 0;
}

/* What to register: one pool of two members with a monitor of its own. */
static void want_www(struct want *w)
{
	static const char *const addresses[] = { "10.200.1.21", "10.200.1.22" };
	struct mux_pool *p;

	w->pools = calloc(1, sizeof(*w->pools));
	p = &w->pools[w->n++];
	*p = (struct mux_pool){ .name = strdup("www-123"),
				.monitor = strdup("/test-123/www-123"),
				.send = strdup("GET /health HTTP/1.1\\r\\n"),
				.members = calloc(2, sizeof(*p->members)) };
	for (size_t i = 0; i < 2; i++)
		p->members[p->n_members++] =
			(struct mux_member){ .name = str_printf("%s:8080", addresses[i]),
					     .address = strdup(addresses[i]),
					     .enabled = true };
}

/* How one conversation went. */
struct outcome {
	int r;
	char words[600];
	unsigned retry_after;
	struct mux_seen seen;
};

static struct session *session_of(struct fixture *f)
{
	struct session *s = calloc(1, sizeof(*s));

	s->driver = &mux_icontrol;
	s->sys = f->sys;
	s->id = strdup("123");
	s->vm = strdup("9");
	s->from = strdup("/metadata.json");
	want_www(&s->want);
	assert_int_equal(s->driver->open(&f->conf, "agents:secret-word", f->memory, &s->mux), 0);
	return s;
}

/* Reads, compares and writes, as a leader does it the first time. */
static struct outcome register_environment(struct fixture *f)
{
	struct session *s;
	struct outcome o = {};
	char *words = NULL;

	json_object_put(f->memory);
	f->memory = json_object_new_object();
	s = session_of(f);
	o.r = s->driver->read(s->mux, s->id, true, &s->have);
	if (o.r == 0) {
		assert_int_equal(diff_pools(&s->want, &s->have, &s->diff), 0);
		assert_int_equal(diff_first(&s->diff, MUX_MAKE_PARTITION, STAMP, "create"), 0);
		o.r = session_write(s, &words);
	}
	snprintf(o.words, sizeof(o.words), "%s", words ?: s->driver->words(s->mux, &o.retry_after));
	(void)s->driver->words(s->mux, &o.retry_after);
	free(words);
	session_free(s);
	o.seen = mux_server_seen(&f->server);
	return o;
}

static struct outcome with(struct fixture *f, enum step at, enum fault fault, bool once)
{
	mux_server_order(&f->server, at, fault, once);
	return register_environment(f);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registration_is_done_in_eight_requests_over_one_connection),
		TEST(test_each_fault_at_each_point_leaves_nothing_that_is_called_done),
		TEST(test_each_failure_has_its_errno),
		TEST(test_commit_without_a_clear_answer_is_left_open),
		TEST(test_dead_token_is_replaced_once),
		TEST(test_token_is_kept_for_the_next_session),
		TEST(test_leaving_ends_the_token_there_and_here),
		TEST(test_a_token_that_may_live_is_not_forgotten),
		TEST(test_another_identity_before_the_write_writes_nothing),
		TEST(test_unknown_identity_before_the_write_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
