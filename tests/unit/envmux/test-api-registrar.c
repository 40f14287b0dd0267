/* SPDX-License-Identifier: MIT */
/* test-api-registrar.c -- the agents' account: its own stamped partitions, by no way any other */
#include "tests/unit/envmux/api.h"

#define POOLS "/mgmt/tm/ltm/pool"
#define NODES "/mgmt/tm/ltm/node"
#define FOLDERS "/mgmt/tm/sys/folder"

static char *all_of(struct fixture *f)
{
	static const char *const lists[] = { PARTITIONS,
					     FOLDERS,
					     POOLS,
					     NODES,
					     "/mgmt/tm/ltm/monitor/http",
					     "/mgmt/tm/ltm/rule",
					     "/mgmt/tm/ltm/virtual",
					     "/mgmt/tm/ltm/data-group/internal" };
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		strcpy(f->expand, "true");
		assert_int_equal(fixture_call(f, "GET", lists[i], NULL), 200);
		buf_adds(&b, json_text(f->reply));
	}
	assert_int_equal(b.error, 0);
	return b.data;
}

/* An environment of another agent (2), a partition without a stamp (5), one of somebody else. */
static int setup(void **state)
{
	struct fixture *f;

	assert_int_equal(fixture_setup(state), 0);
	f = *state;
	assert_int_equal(fixture_call(f, "POST", PARTITIONS,
				      "{\"name\":\"test-2\",\"description\":\"by hand\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", PARTITIONS, "{\"name\":\"test-5\"}"), 200);
	assert_int_equal(fixture_call(f, "POST", PARTITIONS,
				      "{\"name\":\"shop\",\"description\":\"envagent v1 "
				      "env=shop vm=1 fence=1 until=3\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", POOLS,
				      "{\"name\":\"www-2\",\"partition\":\"test-2\","
				      "\"members\":[\"10.2.0.1:80\"]}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", POOLS, "{\"name\":\"common\"}"), 200);
	assert_int_equal(
		fixture_call(f, "POST", NODES, "{\"name\":\"shared\",\"address\":\"10.9.0.1\"}"),
		200);
	make_partition(f);
	make_pool(f);
	fixture_login(f, "agents", "secret");
	return 0;
}

struct attempt {
	const char *method, *path, *body;
};

static const struct attempt attempts[] = {
	/* Common, and what is not called test-<id>, stamp or not */
	{ "POST", POOLS, "{\"name\":\"x\"}" },
	{ "POST", POOLS, "{\"name\":\"/Common/x\",\"partition\":\"test-1\"}" },
	{ "PATCH", POOLS "/common", "{\"description\":\"x\"}" },
	{ "PUT", POOLS "/~Common~common", "{\"members\":[]}" },
	{ "POST", POOLS "/~Common~common/members", "{\"name\":\"10.0.0.9:80\"}" },
	{ "DELETE", POOLS "/~Common~common", NULL },
	{ "POST", NODES, "{\"name\":\"x\",\"address\":\"10.0.0.9\"}" },
	{ "DELETE", NODES "/~Common~shared", NULL },
	{ "PATCH", "/mgmt/tm/ltm/monitor/http/~Common~http", "{\"interval\":1}" },
	{ "PATCH", PARTITIONS "/Common", "{\"description\":\"x\"}" },
	{ "POST", POOLS, "{\"name\":\"x\",\"partition\":\"shop\"}" },
	{ "DELETE", PARTITIONS "/shop", NULL },
	{ "POST", PARTITIONS, "{\"name\":\"shop-2\",\"description\":\"envagent v1 env=shop-2\"}" },
	/* a partition that carries no stamp, or another environment's */
	{ "POST", POOLS, "{\"name\":\"x-2\",\"partition\":\"test-2\"}" },
	{ "PATCH", POOLS "/~test-2~www-2", "{\"members\":[]}" },
	{ "PUT", POOLS "/~test-2~www-2", "{\"members\":[]}" },
	{ "DELETE", POOLS "/~test-2~www-2/members/~test-2~10.2.0.1:80", NULL },
	{ "PATCH", POOLS "/~test-2~www-2/members/~test-2~10.2.0.1:80",
	  "{\"session\":\"user-disabled\"}" },
	{ "PATCH", PARTITIONS "/test-2", "{\"description\":\"envagent v1 env=2 vm=1\"}" },
	{ "PUT", PARTITIONS "/test-2", "{\"description\":\"envagent v1 env=2 vm=1\"}" },
	{ "DELETE", PARTITIONS "/test-5", NULL },
	{ "POST", PARTITIONS, "{\"name\":\"test-7\"}" },
	{ "POST", PARTITIONS, "{\"name\":\"test-7\",\"description\":\"envagent v1 env=8 vm=1\"}" },
	{ "POST", PARTITIONS, "{\"name\":\"test-7\",\"description\":\"envagent v1 env=77\"}" },
	{ "POST", PARTITIONS, "{\"name\":\"test-7\",\"description\":7}" },
	/* its own stamp is not taken off, nor made another's */
	{ "PATCH", PARTITIONS "/test-1", "{\"description\":\"\"}" },
	{ "PUT", PARTITIONS "/test-1", "{\"description\":\"mine\"}" },
	{ "PATCH", PARTITIONS "/test-1", "{\"description\":\"envagent v1 env=2 vm=2\"}" },
	/* the folder that a partition also is */
	{ "POST", FOLDERS, "{\"name\":\"test-7\",\"subPath\":\"/\"}" },
	{ "POST", FOLDERS,
	  "{\"name\":\"test-7\",\"subPath\":\"/\",\"description\":\"envagent v1 env=7\"}" },
	{ "PATCH", FOLDERS "/~test-2", "{\"description\":\"x\"}" },
	{ "PATCH", FOLDERS "/~Common", "{\"description\":\"x\"}" },
	{ "DELETE", FOLDERS "/~test-5", NULL },
	/* what runs, or listens, is no business of an environment's */
	{ "POST", "/mgmt/tm/ltm/rule",
	  "{\"name\":\"r\",\"partition\":\"test-1\",\"apiAnonymous\":\"when HTTP_REQUEST { }\"}" },
	{ "POST", "/mgmt/tm/ltm/virtual",
	  "{\"name\":\"v\",\"partition\":\"test-1\",\"destination\":\"/test-1/10.0.0.9:443\"}" },
	/* a node of Common by way of a member */
	{ "POST", POOLS "/~test-1~www-1/members", "{\"name\":\"/Common/shared:80\"}" },
	{ "POST", POOLS "/~test-1~www-1/members", "{\"name\":\"/Common/10.0.0.9:80\"}" },
	{ "POST", POOLS "/~test-1~www-1/members",
	  "{\"name\":\"10.0.0.9:80\",\"partition\":\"Common\"}" },
	{ "PATCH", POOLS "/~test-1~www-1",
	  "{\"members\":[{\"name\":\"10.0.0.9:80\",\"partition\":\"Common\"}]}" },
	{ "PUT", POOLS "/~test-1~www-1",
	  "{\"membersReference\":{\"items\":[{\"name\":\"/Common/10.0.0.9:80\"}]}}" },
};

static void test_nothing_that_is_not_its_own_can_be_written(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = all_of(f), *after = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		int status = fixture_call(f, a->method, a->path, a->body);

		if (status != 403)
			fail_msg("%s %s %s: %d", a->method, a->path, a->body, status);
	}
	after = all_of(f);
	assert_string_equal(before, after);
}

static void test_nor_by_way_of_a_transaction(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = all_of(f), *after = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		const struct attempt *a = &attempts[i];
		int status;

		open_transaction(f);
		status = fixture_call(f, a->method, a->path, a->body);
		if (status == 200)
			status = commit(f);
		if (status != 403 && status != 400)
			fail_msg("%s %s %s: %d", a->method, a->path, a->body, status);
		*f->transaction = '\0';
	}
	after = all_of(f);
	assert_string_equal(before, after);
}

/* Between the queueing and the commit the partition was taken over by somebody else. */
static void test_rights_are_those_at_the_commit(void **state)
{
	struct fixture *f = *state;
	char token[AUTH_TOKEN_LEN + 1], transaction[32];

	open_transaction(f);
	assert_int_equal(
		fixture_call(f, "PATCH", POOLS "/~test-1~www-1", "{\"members\":[\"10.0.0.9:80\"]}"),
		200);
	strcpy(token, f->token);
	strcpy(transaction, f->transaction);
	*f->transaction = '\0';
	fixture_login(f, "admin", "secret");
	assert_int_equal(
		fixture_call(f, "PATCH", PARTITIONS "/test-1", "{\"description\":\"mine now\"}"),
		200);
	strcpy(f->token, token);
	strcpy(f->transaction, transaction);
	assert_int_equal(commit(f), 400);
	assert_memory_equal(fixture_text(f, "message"), "transaction failed:", 19);
	assert_int_equal(n_members(f), 2);
}

static void test_transaction_is_its_openers(void **state)
{
	struct fixture *f = *state;
	char path[128];

	fixture_login(f, "admin", "secret");
	open_transaction(f);
	make_pool(f);
	fixture_login(f, "agents", "secret");
	snprintf(path, sizeof(path), "/mgmt/tm/transaction/%s", f->transaction);
	assert_int_equal(fixture_call(f, "GET", path, NULL), 404);
	assert_int_equal(fixture_call(f, "DELETE", path, NULL), 404);
	assert_int_equal(fixture_call(f, "POST", NODES,
				      "{\"name\":\"10.0.0.9\",\"partition\":\"test-1\","
				      "\"address\":\"10.0.0.9\"}"),
			 404);
	assert_int_equal(commit(f), 404);
}

static void test_its_own_can_all_be_written(void **state)
{
	static const struct attempt own[] = {
		{ "POST", PARTITIONS,
		  "{\"name\":\"test-9\",\"description\":\"envagent v1 env=9 vm=1 fence=1 "
		  "until=3\"}" },
		{ "POST", "/mgmt/tm/ltm/monitor/http",
		  "{\"name\":\"m\",\"partition\":\"test-9\"}" },
		{ "POST", NODES,
		  "{\"name\":\"10.9.9.1\",\"partition\":\"test-9\",\"address\":\"10.9.9.1\"}" },
		{ "POST", POOLS,
		  "{\"name\":\"www-9\",\"partition\":\"test-9\",\"monitor\":\"/Common/tcp and "
		  "/test-9/m\",\"members\":[\"10.9.9.1:80\",\"10.9.9.2:80\"]}" },
		{ "PATCH", PARTITIONS "/test-9",
		  "{\"description\":\"envagent v1 env=9 vm=2 fence=2 until=4\"}" },
		{ "PATCH", FOLDERS "/~test-9", "{\"description\":\"of the shop\"}" },
		{ "POST", "/mgmt/tm/ltm/data-group/internal",
		  "{\"name\":\"envagent-fence-2\",\"partition\":\"test-9\",\"type\":\"string\"}" },
		{ "DELETE", "/mgmt/tm/ltm/data-group/internal/~test-9~envagent-fence-2", NULL },
		{ "DELETE", POOLS "/~test-9~www-9", NULL },
		{ "DELETE", NODES "/~test-9~10.9.9.1", NULL },
		{ "DELETE", NODES "/~test-9~10.9.9.2", NULL },
		{ "DELETE", "/mgmt/tm/ltm/monitor/http/~test-9~m", NULL },
		{ "DELETE", PARTITIONS "/test-9", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		assert_int_equal(fixture_call(f, own[i].method, own[i].path, own[i].body), 200);
}

#define ATTEMPT(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATTEMPT(test_nothing_that_is_not_its_own_can_be_written),
		ATTEMPT(test_nor_by_way_of_a_transaction),
		ATTEMPT(test_rights_are_those_at_the_commit),
		ATTEMPT(test_transaction_is_its_openers),
		ATTEMPT(test_its_own_can_all_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
