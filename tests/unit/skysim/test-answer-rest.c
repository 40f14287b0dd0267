/* SPDX-License-Identifier: MIT */
/* test-answer-rest.c -- the reads of the REST API */
#include "tests/unit/skysim/fixture.h"

#include "tools/skysim/answer.h"

#define BASIC "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="

struct fixture {
	struct sim sim;
	struct answer answer;
	struct request request; /* what the next get() adds to its path */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->sim.world = fixture_world();
	f->sim.auth.user = strdup("Aladdin");
	f->sim.auth.token = strdup("open sesame");
	f->request = (struct request){ .method = "GET",
				       .authorization = BASIC,
				       .host = "10.0.0.1:8080",
				       .peer = fixture_addr("10.0.0.9") };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	answer_done(&f->answer);
	sim_done(&f->sim);
	free(f);
	return 0;
}

static struct answer *get(struct fixture *f, const char *path)
{
	f->request.path = path;
	answer_done(&f->answer);
	assert_int_equal(answer_request(&f->sim, &f->request, &f->answer), 0);
	return &f->answer;
}

static void has(struct answer *a, const char *text)
{
	assert_int_equal(a->status, 200);
	if (!strstr(a->body.data, text))
		fail_msg("%s is not in %s", text, a->body.data);
}

static void test_credentials_are_asked_for_first(void **state)
{
	struct fixture *f = *state;

	f->request.authorization = NULL;
	assert_int_equal(get(f, "/v2/configurations/4190101")->status, 401);
	assert_true(f->answer.authenticate);
	assert_string_not_equal(f->answer.request_id, "");
	assert_int_equal(strncmp(f->answer.body.data, "{\"errors\":[\"", 12), 0);
	assert_int_equal(get(f, "/configurations/1/nothing")->status, 401);
	assert_int_equal(strncmp(f->answer.body.data, "{\"error\":\"", 10), 0);
}

static void test_every_resource_is_served(void **state)
{
	struct fixture *f = *state;

	has(get(f, "/v2/configurations/4190101"), "\"owner_id\":\"30017\"");
	has(get(f, "/configurations/4190101"), "\"owner\":\"http://10.0.0.1:8080/users/30017\"");
	has(get(f, "/v2/configurations/4190101/user_data.json"), "{\"contents\":\"a: b\\n\"}");
	has(get(f, "/v2/vms/52101010/user_data"), "{\"contents\":\"roles: dns\\n\"}");
	has(get(f, "/v2/vms/52101021/user_data"), "{\"contents\":null}");
	has(get(f, "/v2/configurations/4190101/vms"), "\"name\":\"web-1\"");
	has(get(f, "/configurations/4190101/vms/52101021"), "\"hostname\":\"web-1\"");
	has(get(f, "/v2/configurations/4190101/vms/52101021/interfaces"), "\"manual\"");
	has(get(f, "/vms/52101021/interfaces/nic-52101-52101021-1"), "10.61.0.21");
	has(get(f, "/v2/configurations/4190101/networks"), "\"tunnel-7700101-7699901\"");
	has(get(f, "/v2/configurations/4190101/networks/7700101"), "cluster.test");
	has(get(f, "/v2/users/30017"), "\"login_name\":\"robin\"");
	has(get(f, "/v2/templates/1448900"), "\"busy\":false");
	has(get(f, "/v2/tunnels/tunnel-7700102-7699902.json"), "not_busy");
	has(get(f, "/v2/configurations/4190101/labels.json"), "[]");
}

static void test_what_is_elsewhere_or_nowhere_is_404(void **state)
{
	static const char *const paths[] = {
		"/v2/configurations/1",
		"/v2/configurations/1/vms",
		"/v2/configurations/4190102/vms/52101021",
		"/v2/configurations/4190102/networks/7700101",
		"/v2/vms/52101021/interfaces/nic-0",
		"/v2/tunnels/tunnel-1-2",
		"/v2/users/9",
		"/v2/nothing",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(get(*state, paths[i])->status, 404);
}

static void test_lists_are_paged(void **state)
{
	struct fixture *f = *state;

	has(get(f, "/v2/configurations"), "4190102");
	assert_string_equal(f->answer.range, "items 0-2/3");

	f->request.params[0] = (struct request_param){ "count", "1'" };
	f->request.params[1] = (struct request_param){ "offset", "1" };
	f->request.n_params = 2;
	has(get(f, "/v2/configurations"), "4190101");
	assert_null(strstr(f->answer.body.data, "copy\",\"id\":\"4190102"));
	assert_string_equal(f->answer.range, "items 1-1/3");

	f->request.params[1].value = "99";
	assert_string_equal(get(f, "/v2/configurations")->body.data, "[]");
	assert_string_equal(f->answer.range, "items */3");
}

static void test_v1_lists_show_the_first_fields(void **state)
{
	struct answer *a = get(*state, "/configurations");

	has(a, "{\"id\":\"4190101\",\"url\":\"http://10.0.0.1:8080/configurations/4190101\","
	       "\"name\":\"copy\",\"error\":\"\"}");
	assert_string_equal(a->range, "");
}

static void test_a_listed_user_has_no_environments(void **state)
{
	struct answer *a = get(*state, "/v2/users");

	has(a, "\"account_role\":\"standard_user\"");
	assert_null(strstr(a->body.data, "configurations"));
}

static void test_only_xml_is_not_acceptable(void **state)
{
	struct fixture *f = *state;

	f->request.accept = "application/xml";
	assert_int_equal(get(f, "/v2/configurations")->status, 406);
	f->request.accept = "application/xml, */*;q=0.1";
	assert_int_equal(get(f, "/v2/configurations")->status, 200);
}

static void test_a_busy_platform_says_when_to_come_back(void **state)
{
	_cleanup_free_ char *why = NULL;
	struct fixture *f = *state;

	fault_set(&f->sim.faults, "rest", "423", "", 1, &why);
	assert_int_equal(get(f, "/v2/configurations")->status, 423);
	assert_string_equal(f->answer.retry_after, "1");
	assert_int_equal(get(f, "/v2/configurations")->status, 200);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_credentials_are_asked_for_first),
		T(test_every_resource_is_served),
		T(test_what_is_elsewhere_or_nowhere_is_404),
		T(test_lists_are_paged),
		T(test_v1_lists_show_the_first_fields),
		T(test_a_listed_user_has_no_environments),
		T(test_only_xml_is_not_acceptable),
		T(test_a_busy_platform_says_when_to_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
