/* SPDX-License-Identifier: MIT */
/* test-client.c -- one call over the control socket */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/client.h"

static void test_replies_come_one_by_one_however_they_arrive(void **state)
{
	static const char script[] = "{\"parameters\":{\"n\":1},\"continues\":true}\0"
				     "{\"parameters\":{\"n\":2},\"continues\":true}\0{}";
	_cleanup_(client_freep) struct client *c = NULL;
	struct fixture *f = *state;
	int64_t n;

	serve(f, script, sizeof(script), false);
	assert_int_equal(client_open(f->root, 60000000, &c), 0);
	assert_int_equal(client_call(c, "Plan", NULL, true), 0);
	for (int i = 1; i <= 3; i++) {
		_cleanup_reply_ struct client_reply reply = {};

		assert_int_equal(client_next(c, &reply), 0);
		assert_int_equal(reply.continues, i < 3);
		assert_null(reply.error);
		if (i < 3) {
			assert_int_equal(json_get_int(reply.parameters, "n", &n), 0);
			assert_int_equal(n, i);
		}
	}
}

static void test_the_call_is_a_varlink_call(void **state)
{
	_cleanup_(client_freep) struct client *c = NULL;
	_cleanup_json_ struct json_object *call = NULL;
	struct json_object *args = json_object_new_object();
	struct fixture *f = *state;

	serve(f, "{}", 3, false);
	assert_int_equal(client_open(f->root, 60000000, &c), 0);
	assert_int_equal(json_set_str(args, "module", "dns"), 0);
	assert_int_equal(client_call(c, "Apply", args, true), 0);
	call = served_call(f);
	assert_string_equal(json_text(call), "{\"method\":\"io.envagent.Apply\",\"parameters\":"
					     "{\"module\":\"dns\"},\"more\":true}");
}

static void test_a_reply_without_end_is_cut_off(void **state)
{
	static char script[1100 * 1024];
	_cleanup_(client_freep) struct client *c = NULL;
	_cleanup_reply_ struct client_reply reply = {};
	struct fixture *f = *state;

	memset(script, 'x', sizeof(script));
	serve(f, script, sizeof(script), true);
	assert_int_equal(client_open(f->root, 60000000, &c), 0);
	assert_int_equal(client_call(c, "Plan", NULL, true), 0);
	assert_int_equal(client_next(c, &reply), -EFBIG);
}

static void test_no_socket_and_a_dead_one_are_told_apart(void **state)
{
	_cleanup_(client_freep) struct client *c = NULL;
	struct fixture *f = *state;

	assert_int_equal(client_open(f->root, 1000000, &c), -ENOENT);
	serve(f, "", 0, true);
	stop_server(f);
	assert_int_equal(client_open(f->root, 1000000, &c), -ECONNREFUSED);
}

/* A socket's address holds 107 bytes; a root may lie deeper. */
static void test_a_root_with_a_long_path_is_reached(void **state)
{
	_cleanup_(client_freep) struct client *c = NULL;
	_cleanup_free_ char *from = NULL, *deep = NULL;
	char part[121] = "";
	struct fixture *f = *state;

	serve(f, "{}", 3, true);
	memset(part, 'd', sizeof(part) - 1);
	deep = str_printf("%s/%s", f->root, part);
	from = str_printf("%s/run", f->root);
	assert_int_equal(mkdir(deep, 0755), 0);
	free(from);
	from = str_printf("%s/run", deep);
	assert_int_equal(symlink("../run", from), 0);
	assert_int_equal(client_open(deep, 60000000, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_replies_come_one_by_one_however_they_arrive),
		fixture_test(test_the_call_is_a_varlink_call),
		fixture_test(test_a_reply_without_end_is_cut_off),
		fixture_test(test_no_socket_and_a_dead_one_are_told_apart),
		fixture_test(test_a_root_with_a_long_path_is_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
