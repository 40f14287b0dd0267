/* SPDX-License-Identifier: MIT */
/* test-api-transaction.c -- queued commands: looked at, moved, taken out, forgotten */
#include "tests/unit/envmux/api.h"
#include "tools/envmux/api-transaction.h"

#define TRANSACTIONS "/mgmt/tm/transaction"
#define NODES "/mgmt/tm/ltm/node"
#define NODE(n) "{\"name\":\"" n "\",\"partition\":\"test-1\",\"address\":\"10.7.0.1\"}"

/* A call about the open transaction itself, without its header. */
static int about(struct fixture *f, const char *method, const char *rest, const char *body)
{
	char id[32], path[128];
	int status;

	strcpy(id, f->transaction);
	snprintf(path, sizeof(path), TRANSACTIONS "/%s%s", id, rest);
	*f->transaction = '\0';
	status = fixture_call(f, method, path, body);
	strcpy(f->transaction, id);
	return status;
}

static int64_t number(struct fixture *f, const char *key)
{
	int64_t n = -1;

	assert_int_equal(json_get_int(f->reply, key, &n), 0);
	return n;
}

static void test_queued_command_is_described(void **state)
{
	struct fixture *f = *state;
	char link[160];

	make_partition(f);
	open_transaction(f);
	assert_int_equal(fixture_call(f, "POST", NODES, NODE("a")), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:transaction:commandsstate");
	assert_string_equal(fixture_text(f, "method"), "POST");
	assert_string_equal(fixture_text(f, "uri"), "https://localhost" NODES);
	snprintf(link, sizeof(link), "https://localhost" TRANSACTIONS "/%s/commands/1?ver=17.1.0",
		 f->transaction);
	assert_string_equal(fixture_text(f, "selfLink"), link);
	assert_int_equal(number(f, "commandId"), 1);
	assert_int_equal(number(f, "evalOrder"), 1);
	assert_non_null(strstr(json_text(f->reply), "\"body\":" NODE("a")));
	assert_int_equal(fixture_call(f, "DELETE", NODES "/~test-1~a", NULL), 200);
	assert_int_equal(number(f, "commandId"), 2);
	assert_int_equal(about(f, "GET", "/commands", NULL), 200);
	assert_int_equal(json_object_array_length(json_object_object_get(f->reply, "items")), 2);
	assert_int_equal(about(f, "GET", "/commands/1", NULL), 200);
	assert_non_null(strstr(json_text(f->reply), "\"body\":" NODE("a")));
	assert_int_equal(about(f, "GET", "/commands/1x", NULL), 404);
	assert_int_equal(about(f, "GET", "/commands/3", NULL), 404);
}

/* One address, twice: only in the other order does it go. */
static void test_commands_run_in_the_order_they_were_given(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	assert_int_equal(fixture_call(f, "POST", NODES, NODE("a")), 200);
	for (unsigned moved = 0; moved < 2; moved++) {
		open_transaction(f);
		assert_int_equal(fixture_call(f, "POST", NODES, NODE("b")), 200);
		assert_int_equal(fixture_call(f, "DELETE", NODES "/~test-1~a", NULL), 200);
		if (moved)
			assert_int_equal(about(f, "PATCH", "/commands/1", "{\"evalOrder\":9}"),
					 200);
		assert_int_equal(commit(f), moved ? 200 : 400);
	}
	assert_int_equal(fixture_call(f, "GET", NODES "/~test-1~b", NULL), 200);
}

static void test_command_that_is_taken_out_does_not_run(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	open_transaction(f);
	assert_int_equal(fixture_call(f, "POST", NODES, NODE("a")), 200);
	assert_int_equal(fixture_call(f, "DELETE", NODES "/~test-1~nobody", NULL), 200);
	assert_int_equal(about(f, "DELETE", "/commands/2", NULL), 200);
	assert_int_equal(about(f, "DELETE", "/commands/2", NULL), 404);
	assert_int_equal(commit(f), 200);
	assert_string_equal(fixture_text(f, "state"), "COMPLETED");
}

static void test_validation_changes_nothing_and_can_be_repeated(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	open_transaction(f);
	assert_int_equal(fixture_call(f, "POST", NODES, NODE("a")), 200);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
			about(f, "PATCH", "", "{\"state\":\"VALIDATING\",\"validateOnly\":true}"),
			200);
		assert_int_equal(fixture_call(f, "GET", NODES "/~test-1~a", NULL), 404);
	}
	assert_int_equal(about(f, "PATCH", "", "{\"state\":\"VALIDATING\",\"validateOnly\":false}"),
			 200);
	assert_int_equal(fixture_call(f, "GET", NODES "/~test-1~a", NULL), 200);
}

static void test_failed_transaction_is_gone(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	open_transaction(f);
	assert_int_equal(fixture_call(f, "DELETE", NODES "/~test-1~nobody", NULL), 200);
	assert_int_equal(about(f, "PATCH", "", "{\"state\":\"VALIDATING\"}"), 400);
	assert_int_equal(number(f, "apiError"), 2);
	assert_int_equal(about(f, "GET", "", NULL), 404);
	assert_int_equal(fixture_call(f, "POST", NODES, NODE("a")), 404);
}

static void test_partition_has_no_part_in_it(void **state)
{
	struct fixture *f = *state;

	open_transaction(f);
	make_partition(f);
	assert_int_equal(commit(f), 400);
	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-1", NULL), 404);
}

static void test_idle_one_is_forgotten_and_a_used_one_is_not(void **state)
{
	struct fixture *f = *state;
	char other[32];

	open_transaction(f);
	strcpy(other, f->transaction);
	*f->transaction = '\0';
	open_transaction(f);
	assert_int_equal(f->api->n_transactions, 2);
	for (size_t i = 0; i < 2; i++)
		f->api->transactions[i]->used -= 100;
	assert_int_equal(about(f, "GET", "", NULL), 200);
	for (size_t i = 0; i < 2; i++)
		f->api->transactions[i]->used -= 100;
	assert_int_equal(about(f, "GET", "", NULL), 200);
	strcpy(f->transaction, other);
	assert_int_equal(about(f, "GET", "", NULL), 404);
	api_tick(f->api);
	assert_int_equal(f->api->n_transactions, 1);
}

static void test_own_ones_are_listed(void **state)
{
	struct fixture *f = *state;
	struct json_object *items;

	for (unsigned i = 0; i < 3; i++) {
		open_transaction(f);
		*f->transaction = '\0';
	}
	assert_int_equal(fixture_call(f, "GET", TRANSACTIONS, NULL), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:transactioncollectionstate");
	assert_int_equal(json_get_arr(f->reply, "items", &items), 0);
	assert_int_equal(json_object_array_length(items), 3);
	fixture_login(f, "agents", "secret");
	assert_int_equal(fixture_call(f, "GET", TRANSACTIONS, NULL), 200);
	assert_int_equal(json_get_arr(f->reply, "items", &items), -ENOENT);
}

/* A thousand, each begun and left: refused in time, and what they hold is bounded. */
static void test_what_is_queued_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct buf body = BUF_INIT;
	size_t held = 0;
	unsigned refused = 0;

	make_partition(f);
	buf_adds(&body, "{\"name\":\"x\",\"partition\":\"test-1\",\"nobody\":\"");
	for (unsigned i = 0; i < 30000; i++)
		buf_adds(&body, "0123456789");
	buf_adds(&body, "\"}");
	assert_int_equal(body.error, 0);
	for (unsigned i = 0; i < 1000; i++) {
		int status = fixture_call(f, "POST", TRANSACTIONS, "{}");

		if (status != 200) {
			assert_int_equal(status, 503);
			refused++;
			continue;
		}
		snprintf(f->transaction, sizeof(f->transaction), "%lld",
			 (long long)number(f, "transId"));
		status = fixture_call(f, "POST", NODES, body.data);
		assert_true(status == 200 || status == 400);
		*f->transaction = '\0';
	}
	assert_int_equal(refused, 744);
	for (size_t i = 0; i < f->api->n_transactions; i++)
		held += f->api->transactions[i]->bytes;
	assert_in_range(held, 1024 * 1024, USER_BYTES_MAX);
	buf_done(&body);
	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-1", NULL), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_queued_command_is_described),
		TEST(test_commands_run_in_the_order_they_were_given),
		TEST(test_command_that_is_taken_out_does_not_run),
		TEST(test_validation_changes_nothing_and_can_be_repeated),
		TEST(test_failed_transaction_is_gone),
		TEST(test_partition_has_no_part_in_it),
		TEST(test_idle_one_is_forgotten_and_a_used_one_is_not),
		TEST(test_own_ones_are_listed),
		TEST(test_what_is_queued_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
