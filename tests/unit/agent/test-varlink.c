/* SPDX-License-Identifier: MIT */
/* test-varlink.c -- messages of the control socket as text */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "agent/varlink.h"

static int take(struct buf *in, const char *text, size_t len, struct varlink_call *ret)
{
	assert_int_equal(buf_add(in, text, len), 0);
	return varlink_take(in, ret);
}

static void test_a_call_is_taken_once_it_is_whole(void **state)
{
	static const char text[] = "{\"method\":\"io.envagent.Apply\",\"parameters\":{\"module\":"
				   "\"dns\"},\"more\":true}";
	_cleanup_buf_ struct buf in = BUF_INIT;
	struct varlink_call call;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(take(&in, &text[i], 1, &call), 0);
	assert_int_equal(take(&in, "", 1, &call), 1);
	assert_string_equal(call.method, "io.envagent.Apply");
	assert_string_equal(call.module, "dns");
	assert_true(call.more);
	assert_false(call.oneway);
	assert_null(call.bad);
	assert_int_equal(in.len, 0);
}

static void test_a_second_call_waits_in_the_buffer(void **state)
{
	static const char text[] = "{\"method\":\"a.B\"}\0{\"method\":\"a.C\"}\0{";
	_cleanup_buf_ struct buf in = BUF_INIT;
	struct varlink_call call;

	assert_int_equal(take(&in, text, sizeof(text) - 1, &call), 1);
	assert_string_equal(call.method, "a.B");
	assert_int_equal(varlink_take(&in, &call), 1);
	assert_string_equal(call.method, "a.C");
	assert_int_equal(varlink_take(&in, &call), 0);
	assert_int_equal(in.len, 1);
}

static void test_what_is_no_call_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"method\":3}",
		"{\"method\":\"a.B\",\"more\":\"yes\"}",
		"{\"method\":\"a.B\",\"parameters\":[]}",
		"{\"method\":\"a.B\"} x",
		"{\"method\":"
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		"[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		_cleanup_buf_ struct buf in = BUF_INIT;
		struct varlink_call call;

		if (take(&in, texts[i], strlen(texts[i]) + 1, &call) != -EBADMSG)
			fail_msg("taken for a call: %s", texts[i]);
	}
}

static void test_a_wrong_parameter_is_named(void **state)
{
	static const char text[] = "{\"method\":\"a.B\",\"parameters\":{\"module\":7}}";
	_cleanup_buf_ struct buf in = BUF_INIT;
	struct varlink_call call;

	assert_int_equal(take(&in, text, sizeof(text), &call), 1);
	assert_string_equal(call.bad, "module");
}

static int take_verb(const char *verb, struct varlink_call *ret)
{
	_cleanup_free_ char *text = str_printf("{\"method\":\"io.envagent.Apply\",\"parameters\":"
					       "{\"module\":\"balancer\",\"verb\":%s}}",
					       verb);
	_cleanup_buf_ struct buf in = BUF_INIT;

	return take(&in, text, strlen(text) + 1, ret);
}

static void test_only_the_two_verbs_of_the_leader_are_taken(void **state)
{
	static const char *const bad[] = {
		"\"explode\"",
		"\"Drain\"",
		"\"register \"",
		"\"--plan\"",
		"7",
		"[]",
		"\"drain drain drain drain drain\"",
	};
	struct varlink_call call;

	assert_int_equal(take_verb("\"register\"", &call), 1);
	assert_null(call.bad);
	assert_string_equal(call.verb, "register");
	assert_string_equal(call.module, "balancer");
	assert_int_equal(take_verb("\"drain\"", &call), 1);
	assert_string_equal(call.verb, "drain");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(take_verb(bad[i], &call), 1);
		if (!call.bad || strcmp(call.bad, "verb") != 0)
			fail_msg("taken for a verb: %s", bad[i]);
	}
}

static void test_a_message_without_end_is_refused_at_the_limit(void **state)
{
	_cleanup_buf_ struct buf in = BUF_INIT_MAX(VARLINK_MESSAGE_MAX);
	struct varlink_call call;
	char page[4096];
	int r = 0;

	memset(page, ' ', sizeof(page));
	while (r == 0)
		r = take(&in, page, sizeof(page), &call);
	assert_int_equal(r, -EBADMSG);
	assert_int_equal(in.len, VARLINK_MESSAGE_MAX);
}

static void test_replies_end_with_a_nul(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(varlink_reply(&out, NULL, false), 0);
	assert_int_equal(varlink_error(&out, "io.envagent.Failed", "reason", "a \"b\""), 0);
	assert_string_equal(out.data, "{\"parameters\":{}}");
	assert_string_equal(out.data + 18, "{\"error\":\"io.envagent.Failed\","
					   "\"parameters\":{\"reason\":\"a \\\"b\\\"\"}}");
}

static void test_an_event_is_one_of_several_replies(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct event ev = {
		.t = 5, .kind = EVENT_STATE, .module = "dns", .state = "ready", .reason = "12 hosts"
	};

	assert_int_equal(varlink_event(&out, &ev), 0);
	assert_string_equal(
		out.data,
		"{\"parameters\":{\"event\":{\"t\":5,\"module\":\"dns\",\"kind\":\"state\","
		"\"state\":\"ready\",\"reason\":\"12 hosts\",\"since\":0,\"next\":\"\"}},"
		"\"continues\":true}");
}

static void test_the_service_describes_itself(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(varlink_info(&out), 0);
	assert_non_null(strstr(out.data, "\"io.envagent\""));
	buf_reset(&out);
	assert_int_equal(varlink_description(&out), 0);
	assert_non_null(strstr(out.data, "method Apply(module: ?string, verb: ?Verb)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_is_taken_once_it_is_whole),
		cmocka_unit_test(test_a_second_call_waits_in_the_buffer),
		cmocka_unit_test(test_what_is_no_call_is_refused),
		cmocka_unit_test(test_a_wrong_parameter_is_named),
		cmocka_unit_test(test_only_the_two_verbs_of_the_leader_are_taken),
		cmocka_unit_test(test_a_message_without_end_is_refused_at_the_limit),
		cmocka_unit_test(test_replies_end_with_a_nul),
		cmocka_unit_test(test_an_event_is_one_of_several_replies),
		cmocka_unit_test(test_the_service_describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
