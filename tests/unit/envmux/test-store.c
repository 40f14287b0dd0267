/* SPDX-License-Identifier: MIT */
/* test-store.c -- change sets: all or none, and the same after a restart */
#include "tests/unit/envmux/fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "agent/base/buf.h"

#define P1                                                                \
	{                                                                 \
		STORE_CREATE, STORE_PARTITION, NULL, "test-1", NULL, "{}" \
	}
#define POOL                                                                   \
	{                                                                      \
		STORE_CREATE, STORE_POOL, NULL, "/test-1/www-1", NULL,         \
			"{\"monitor\":\"/Common/"                              \
			"tcp\",\"members\":[\"10.0.0.1:80\",\"10.0.0.2:80\"]}" \
	}

/* One operation as constants. */
struct step {
	enum store_verb verb;
	enum store_kind kind;
	const char *type, *path, *member, *body;
};

static int run(struct fixture *f, const struct step *steps, size_t n, struct store_error *error)
{
	struct store_op *ops = calloc(n, sizeof(*ops));
	int r;

	assert_non_null(ops);
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];

		ops[i] = (struct store_op){
			.verb = s->verb,
			.kind = s->kind,
			.type = s->type ? strdup(s->type) : NULL,
			.path = strdup(s->path),
			.member = s->member ? strdup(s->member) : NULL,
		};
		if (s->body)
			assert_int_equal(
				json_parse(s->body, strlen(s->body), 8, &ops[i].body, NULL), 0);
	}
	r = store_apply(f->store, ops, n, NULL, error);
	for (size_t i = 0; i < n; i++)
		store_op_done(&ops[i]);
	free(ops);
	return r;
}

static bool there(struct fixture *f, enum store_kind kind, const char *path)
{
	_cleanup_json_ struct json_object *obj = store_get(f->store, kind, NULL, path);

	return obj;
}

#define RUN(f, ...)                                                          \
	({                                                                   \
		const struct step _steps[] = { __VA_ARGS__ };                \
		run(f, _steps, ARRAY_SIZE(_steps), &(struct store_error){}); \
	})

static int dump_one(void *userdata, const char *path, struct json_object *obj)
{
	return buf_addf(userdata, "%s %s\n", path, json_text(obj));
}

/* Everything there is, as text. */
static char *dump(struct fixture *f)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (unsigned k = 0; k < _STORE_KIND_MAX; k++)
		assert_int_equal(store_each(f->store, k, NULL, NULL, dump_one, &b), 0);
	return buf_take(&b);
}

static void assert_unchanged(struct fixture *f, const char *before)
{
	_cleanup_free_ char *after = dump(f);

	assert_string_equal(after, before);
}

static void forget_changes(struct fixture *f)
{
	strv_free(store_take_changed(f->store));
}

static void test_failed_set_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = dump(f);

	/* The last one fails: the pool has no such member. */
	assert_int_equal(
		RUN(f, P1, POOL,
		    { STORE_CREATE, STORE_NODE, NULL, "/test-1/n", NULL,
		      "{\"address\":\"10.0.0.9\"}" },
		    { STORE_MODIFY, STORE_MONITOR, "http", "/Common/http", NULL,
		      "{\"interval\":9}" },
		    { STORE_DELETE, STORE_POOL, NULL, "/test-1/www-1", "10.0.0.3:80", NULL }),
		-EINVAL);
	assert_unchanged(f, before);
	assert_null(store_take_changed(f->store));
	/* The addresses are free again. */
	assert_int_equal(RUN(f, P1, POOL), 0);
}

static void test_deleted_and_made_again_in_one_set_is_taken_back(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL;

	assert_int_equal(RUN(f, P1, POOL), 0);
	before = dump(f);
	assert_int_equal(RUN(f, { STORE_DELETE, STORE_POOL, NULL, "/test-1/www-1" },
			     { STORE_DELETE, STORE_NODE, NULL, "/test-1/10.0.0.1" },
			     { STORE_DELETE, STORE_NODE, NULL, "/test-1/10.0.0.2" },
			     { STORE_DELETE, STORE_PARTITION, NULL, "test-1" },
			     { STORE_CREATE, STORE_PARTITION, NULL, "test-2", NULL, "{}" },
			     { STORE_CREATE, STORE_NODE, NULL, "/test-2/10.0.0.1", NULL,
			       "{\"address\":\"10.0.0.1\"}" },
			     { STORE_CREATE, STORE_NODE, NULL, "/test-9/n", NULL, "{}" }),
			 -EINVAL);
	assert_unchanged(f, before);
	assert_int_equal(RUN(f, { STORE_CREATE, STORE_NODE, NULL, "/test-1/n", NULL,
				  "{\"address\":\"10.0.0.1\"}" }),
			 -EINVAL); /* its holder is back */
}

static void test_validation_changes_nothing(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL;
	struct store_op op = { STORE_DELETE, STORE_POOL, NULL, strdup("/test-1/www-1") };
	struct store_error error;

	assert_int_equal(RUN(f, P1, POOL), 0);
	before = dump(f);
	forget_changes(f);
	assert_int_equal(store_validate(f->store, &op, 1, &error), 0);
	assert_unchanged(f, before);
	assert_null(store_take_changed(f->store));
	store_op_done(&op);
}

static void test_restart_brings_back_every_bit(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL;

	assert_int_equal(RUN(f, P1), 0);
	assert_int_equal(
		RUN(f, POOL, { STORE_CREATE, STORE_POOL, NULL, "/test-1/x-1", NULL, "{}" }), 0);
	assert_int_equal(
		RUN(f,
		    { STORE_MODIFY, STORE_POOL, NULL, "/test-1/www-1", "10.0.0.2:80",
		      "{\"session\":\"user-disabled\"}" },
		    { STORE_MODIFY, STORE_MONITOR, "tcp", "/Common/tcp", NULL, "{\"interval\":7}" },
		    { STORE_DELETE, STORE_POOL, NULL, "/test-1/x-1" }),
		0);
	assert_int_equal(RUN(f, { STORE_CREATE, STORE_PARTITION, NULL, "test-2", NULL, "{}" },
			     { STORE_DELETE, STORE_PARTITION, NULL, "test-2" }),
			 0);
	before = dump(f);
	fixture_close(f);
	fixture_open(f);
	assert_unchanged(f, before);
	assert_null(store_take_changed(f->store));
}

static off_t journal_bytes(struct fixture *f)
{
	_cleanup_free_ char *path = str_printf("%s/journal", f->dir);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void test_restart_after_compaction_brings_back_every_bit(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *text = malloc(20001);
	off_t size, largest = 0;
	unsigned compactions = 0;

	assert_int_equal(RUN(f, P1, POOL), 0);
	assert_int_equal(RUN(f, { STORE_MODIFY, STORE_MONITOR, "http", "/Common/http", NULL,
				  "{\"interval\":11}" }),
			 0);
	for (unsigned i = 0; i < 150; i++) {
		_cleanup_free_ char *body = NULL;

		memset(text, 'a' + (int)(i % 26), 20000);
		text[20000] = '\0';
		body = str_printf("{\"description\":\"%s\"}", text);
		assert_int_equal(
			RUN(f, { STORE_MODIFY, STORE_POOL, NULL, "/test-1/www-1", NULL, body }), 0);
		store_tidy(f->store);
		size = journal_bytes(f);
		compactions += size < largest;
		largest = size < largest ? 0 : size;
	}
	assert_in_range(compactions, 1, 10);
	before = dump(f);
	fixture_close(f);
	fixture_open(f);
	assert_unchanged(f, before);
	/* And what comes behind the compacted record. */
	assert_int_equal(RUN(f, { STORE_DELETE, STORE_POOL, NULL, "/test-1/www-1" }), 0);
	fixture_close(f);
	fixture_open(f);
	assert_false(there(f, STORE_POOL, "/test-1/www-1"));
	assert_true(there(f, STORE_NODE, "/test-1/10.0.0.1"));
}

static void test_full_disk_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rlimit former, limit;
	_cleanup_free_ char *before = NULL;
	int r;

	assert_int_equal(RUN(f, P1), 0);
	before = dump(f);
	forget_changes(f);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
	limit = former;
	limit.rlim_cur = (rlim_t)journal_bytes(f) + 10;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r = RUN(f, POOL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
	assert_int_equal(r, -EFBIG);
	assert_unchanged(f, before);
	assert_null(store_take_changed(f->store));
	assert_int_equal(RUN(f, POOL), 0);
	fixture_close(f);
	fixture_open(f);
	assert_true(there(f, STORE_POOL, "/test-1/www-1"));
}

static void test_changed_pools_are_told_once(void **state)
{
	struct fixture *f = *state;
	char **changed;

	assert_int_equal(RUN(f, P1, POOL), 0);
	assert_int_equal(RUN(f, { STORE_MODIFY, STORE_NODE, NULL, "/test-1/10.0.0.1", NULL,
				  "{\"session\":\"user-disabled\"}" }),
			 0);
	changed = store_take_changed(f->store);
	assert_int_equal(strv_len(changed), 1);
	assert_string_equal(changed[0], "/test-1/www-1");
	strv_free(changed);
	assert_null(store_take_changed(f->store));
	/* A monitor that a pool uses changes the pool. */
	assert_int_equal(RUN(f, { STORE_MODIFY, STORE_MONITOR, "tcp", "/Common/tcp", NULL,
				  "{\"interval\":9}" }),
			 0);
	changed = store_take_changed(f->store);
	assert_int_equal(strv_len(changed), 1);
	strv_free(changed);
}

static void test_refusals_name_their_reason(void **state)
{
	static const struct {
		struct step step;
		int status;
		const char *message;
	} cases[] = {
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/www-1", NULL, "{}" },
		  409,
		  "01020066:3: The requested Pool (/test-1/www-1) already exists in partition "
		  "test-1." },
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/www-1", "10.0.0.1:80",
		    "{\"name\":\"10.0.0.1:80\"}" },
		  409,
		  "01020066:3:" },
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-9/x", NULL, "{}" },
		  404,
		  "01020036:3: The requested folder (/test-9) was not found." },
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/x", NULL,
		    "{\"monitor\":\"/Common/nothing\"}" },
		  400,
		  "01070712:3:" },
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/x", NULL,
		    "{\"monitor\":\"/test-2/m\"}" },
		  400,
		  "01070712:3:" }, /* another partition's */
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/x", NULL,
		    "{\"members\":[\"10.0.0.1:80\",\"10.0.0.1:80\"]}" },
		  400,
		  "invalid property value \"members\": 10.0.0.1:80 twice" },
		{ { STORE_CREATE, STORE_POOL, NULL, "/test-1/x", NULL,
		    "{\"members\":[\"web:80\"]}" },
		  404,
		  "01020036:3: The requested Node (/test-1/web) was not found." },
		{ { STORE_CREATE, STORE_NODE, NULL, "/test-1/n", NULL, "{}" },
		  400,
		  "one or more properties must be specified: address" },
		{ { STORE_CREATE, STORE_NODE, NULL, "/test-1/n", NULL,
		    "{\"address\":\"10.0.0.1/8\"}" },
		  400,
		  "invalid property value \"address\":\"10.0.0.1/8\"" },
		{ { STORE_CREATE, STORE_MONITOR, "http", "/test-2/m", NULL, "{}" },
		  409,
		  "01020066:3: The requested monitor (/test-2/m) already exists with type tcp." },
		{ { STORE_DELETE, STORE_MONITOR, "http", "/Common/http" }, 400, "01070083:3:" },
		{ { STORE_DELETE, STORE_PARTITION, NULL, "Common" }, 400, "0107082a:3:" },
	};
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL;

	assert_int_equal(RUN(f, P1, POOL,
			     { STORE_CREATE, STORE_PARTITION, NULL, "test-2", NULL, "{}" },
			     { STORE_CREATE, STORE_MONITOR, "tcp", "/test-2/m", NULL, "{}" }),
			 0);
	before = dump(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct store_error error = {};

		assert_int_equal(run(f, &cases[i].step, 1, &error), -EINVAL);
		assert_int_equal(error.status, cases[i].status);
		assert_memory_equal(error.message, cases[i].message, strlen(cases[i].message));
	}
	assert_unchanged(f, before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_failed_set_leaves_nothing),
		TEST(test_deleted_and_made_again_in_one_set_is_taken_back),
		TEST(test_validation_changes_nothing),
		TEST(test_restart_brings_back_every_bit),
		TEST(test_restart_after_compaction_brings_back_every_bit),
		TEST(test_full_disk_changes_nothing),
		TEST(test_changed_pools_are_told_once),
		TEST(test_refusals_name_their_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
