/* SPDX-License-Identifier: MIT */
/* test-api-system.c -- stats, pages, the device's own paths: what clients ask for on the way */
#include "agent/base/buf.h"
#include "tests/unit/envmux/fixture.h"

#define TM "/mgmt/tm/"

static void make_pool(struct fixture *f)
{
	assert_int_equal(fixture_call(f, "POST", TM "auth/partition", "{\"name\":\"test-1\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", TM "ltm/pool/",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\",\"members\":["
				      "\"10.0.0.1:80\",\"10.0.0.2:80\"]}"),
			 200);
}

/* f->reply.entries, its one entry, nestedStats.entries, KEY, "value" or "description". */
static const char *figure(struct fixture *f, const char *key)
{
	struct json_object *entries, *nested, *o;
	const char *text = "";

	assert_int_equal(json_get_obj(f->reply, "entries", &entries), 0);
	json_object_object_foreach (entries, link, one) {
		assert_non_null(strstr(link, "https://localhost/mgmt/tm/"));
		assert_string_equal(link + strlen(link) - 6, "/stats");
		assert_int_equal(json_get_obj(one, "nestedStats", &nested), 0);
		assert_int_equal(json_get_obj(nested, "entries", &entries), 0);
		if (json_get_obj(entries, key, &o) < 0)
			return "absent";
		json_object_object_foreach (o, kind, value) {
			text = json_object_get_string(value);
			(void)kind;
		}
		break;
	}
	return text;
}

static void test_stats_of_a_pool(void **state)
{
	struct fixture *f = *state;

	make_pool(f);
	assert_int_equal(fixture_call(f, "GET", TM "ltm/pool/~test-1~www-1/stats", NULL), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:ltm:pool:poolstats");
	assert_string_equal(figure(f, "tmName"), "/test-1/www-1");
	assert_string_equal(figure(f, "memberCnt"), "2");
	assert_string_equal(figure(f, "activeMemberCnt"), "2");
	assert_string_equal(figure(f, "status.availabilityState"), "unknown");
	assert_string_equal(figure(f, "connqAll.depth"), "0");
	assert_string_equal(figure(f, "serverside.curConns"), "0");
	assert_int_equal(fixture_call(f, "GET", TM "ltm/pool/stats", NULL), 200);
	assert_string_equal(figure(f, "tmName"), "/test-1/www-1");
}

static void test_stats_of_members_and_nodes(void **state)
{
	struct fixture *f = *state;

	make_pool(f);
	assert_int_equal(fixture_call(f, "PATCH",
				      TM "ltm/pool/~test-1~www-1/members/~test-1~10.0.0.2:80",
				      "{\"session\":\"user-disabled\"}"),
			 200);
	assert_int_equal(fixture_call(f, "GET",
				      TM "ltm/pool/~test-1~www-1/members/~test-1~10.0.0.2:80/stats",
				      NULL),
			 200);
	assert_string_equal(figure(f, "addr"), "10.0.0.2");
	assert_string_equal(figure(f, "port"), "80");
	assert_string_equal(figure(f, "nodeName"), "/test-1/10.0.0.2");
	assert_string_equal(figure(f, "status.enabledState"), "disabled");
	assert_int_equal(fixture_call(f, "GET", TM "ltm/pool/~test-1~www-1/members/stats", NULL),
			 200);
	assert_string_equal(figure(f, "poolName"), "/test-1/www-1");
	assert_int_equal(fixture_call(f, "GET", TM "ltm/node/~test-1~10.0.0.1/stats", NULL), 200);
	assert_string_equal(figure(f, "monitorStatus"), "unchecked");
	assert_string_equal(figure(f, "sessionStatus"), "enabled");
	assert_int_equal(fixture_call(f, "GET", TM "ltm/pool/~test-1~nope/stats", NULL), 404);
	assert_int_equal(
		fixture_call(f, "GET", TM "ltm/pool/~test-1~www-1/members/~test-1~x:1/stats", NULL),
		404);
	assert_int_equal(fixture_call(f, "DELETE", TM "ltm/pool/~test-1~www-1/stats", NULL), 404);
}

/* A client reads on until a page is empty; "items" has to be there even then. */
static void test_pages_come_to_an_end(void **state)
{
	struct fixture *f = *state;
	const char *skips[] = { "0", "1", "2" };
	struct json_object *items;
	int64_t total;

	make_pool(f);
	for (size_t i = 0; i < 3; i++) {
		f->args[0] = "$top";
		f->args[1] = "1";
		f->args[2] = "$skip";
		f->args[3] = skips[i];
		strcpy(f->filter, "partition eq test-1");
		assert_int_equal(fixture_call(f, "GET", TM "ltm/node", NULL), 200);
		assert_int_equal(json_get_arr(f->reply, "items", &items), 0);
		assert_int_equal(json_object_array_length(items), i < 2);
		assert_int_equal(json_get_int(f->reply, "totalItems", &total), 0);
		assert_int_equal(total, 2);
		assert_int_equal(*fixture_text(f, "nextLink") != '\0', i == 0);
	}
}

static void test_what_clients_ask_before_they_work(void **state)
{
	struct fixture *f = *state;
	const char *link;

	assert_int_equal(fixture_call(f, "GET", TM "sys/", NULL), 200);
	link = fixture_text(f, "selfLink");
	assert_non_null(strchr(link, '='));
	assert_string_equal(strchr(link, '='), "=" API_VERSION);
	assert_int_equal(fixture_call(f, "GET", TM "sys/provision", NULL), 200);
	assert_int_equal(fixture_call(f, "GET", TM "net/tunnels/gre", NULL), 200);
	assert_int_equal(fixture_call(f, "GET", TM "net/tunnels/ipip", NULL), 200);
	assert_null(json_object_object_get(f->reply, "items"));
	assert_int_equal(fixture_call(f, "GET", TM "net/tunnels/vxlan", NULL), 404);
}

static void test_save_is_known_in_both_spellings(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_call(f, "POST", TM "sys/config", "{\"command\":\"save\"}"), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:sys:config:savestate");
	assert_int_equal(fixture_call(f, "POST", TM "sys/config", "{\"command\":\"load\"}"), 400);
	assert_int_equal(fixture_call(f, "POST", TM "util/bash",
				      "{\"command\":\"run\",\"utilCmdArgs\":\"-c \\\"tmsh save sys "
				      "config\\\"\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", TM "util/bash",
				      "{\"command\":\"run\",\"utilCmdArgs\":\"-c \\\"id\\\"\"}"),
			 403);
	assert_int_equal(fixture_call(f, "POST", TM "util/bash",
				      "{\"utilCmdArgs\":\"-c \\\"tmsh save sys config;id\\\"\"}"),
			 403);
}

static void test_metrics(void **state)
{
	struct fixture *f = *state;

	make_pool(f);
	fixture_login(f, "agents", "secret");
	assert_int_equal(fixture_call(f, "GET", "/metrics", NULL), 200);
	assert_non_null(f->text);
	assert_non_null(strstr(f->text, "\nenvmux_environments{state=\"up\"} 1\n"));
	assert_non_null(strstr(f->text, "\nenvmux_members{service=\"www-1\",state=\"up\"} 2\n"));
	assert_non_null(strstr(f->text, "\nenvmux_haproxy_up 0\n"));
	*f->token = '\0';
	assert_int_equal(fixture_call(f, "GET", "/metrics", NULL), 401);
	assert_null(f->text);
}

static void test_open_transactions_of_one_user_are_no_trouble_of_others(void **state)
{
	struct fixture *f = *state;
	unsigned opened = 0, refused = 0;

	fixture_login(f, "agents", "secret");
	for (unsigned i = 0; i < 1000; i++) {
		int status = fixture_call(f, "POST", TM "transaction/", "{}");

		opened += status == 200;
		refused += status == 503;
	}
	assert_int_equal(opened, 256);
	assert_int_equal(refused, 744);
	fixture_login(f, "admin", "secret");
	assert_int_equal(fixture_call(f, "POST", TM "transaction", "{}"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_stats_of_a_pool),
		T(test_stats_of_members_and_nodes),
		T(test_pages_come_to_an_end),
		T(test_what_clients_ask_before_they_work),
		T(test_save_is_known_in_both_spellings),
		T(test_metrics),
		T(test_open_transactions_of_one_user_are_no_trouble_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
