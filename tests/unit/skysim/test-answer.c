/* SPDX-License-Identifier: MIT */
/* test-answer.c -- metadata, its faults, and the control paths */
#include "tests/unit/skysim/fixture.h"

#include "tools/skysim/answer.h"

struct fixture {
	struct sim sim;
	struct answer answer;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->sim.world = fixture_world();
	f->sim.auth.user = strdup("Aladdin");
	f->sim.auth.token = strdup("open sesame");
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

static struct answer *ask(struct fixture *f, const char *method, const char *path, const char *peer)
{
	struct request req = { .method = method, .path = path, .peer = fixture_addr(peer) };

	answer_done(&f->answer);
	assert_int_equal(answer_request(&f->sim, &req, &f->answer), 0);
	return &f->answer;
}

static struct answer *knob(struct fixture *f, const char *peer, const char *value, const char *vm)
{
	struct request req = { .method = "PUT",
			       .path = "/_skysim/fault",
			       .peer = fixture_addr(peer),
			       .params = { { "metadata", value }, { "vm", vm } },
			       .n_params = vm ? 2 : 1 };

	answer_done(&f->answer);
	assert_int_equal(answer_request(&f->sim, &req, &f->answer), 0);
	return &f->answer;
}

/* The metadata answer to web-1 of the first copy under the fault VALUE. */
static struct answer *faulty(struct fixture *f, const char *value)
{
	assert_int_equal(knob(f, "127.0.0.1", value, NULL)->status, 200);
	return ask(f, "GET", "/skytap", "127.0.1.21");
}

static struct json_object *body(const struct answer *a)
{
	struct json_object *doc;

	assert_int_equal(json_parse(a->body.data, a->body.len, 16, &doc, NULL), 0);
	return doc;
}

static void test_a_vm_gets_its_own_document(void **state)
{
	struct answer *a = ask(*state, "GET", "/skytap", "127.0.2.21");
	_cleanup_json_ struct json_object *doc = body(a);
	const char *url;

	assert_int_equal(a->status, 200);
	assert_string_equal(a->type, "application/json");
	assert_string_equal(a->vm, "52102021");
	assert_int_equal(json_get_str(doc, "configuration_url", &url), 0);
	assert_string_equal(url, "https://cloud.skytap.com/configurations/4190102");
}

static void test_a_stranger_and_the_root_get_404(void **state)
{
	assert_int_equal(ask(*state, "GET", "/skytap", "10.60.0.21")->status, 404);
	assert_int_equal(ask(*state, "GET", "/", "127.0.1.21")->status, 404);
}

static void test_metadata_needs_no_credentials_and_is_read_only(void **state)
{
	assert_int_equal(ask(*state, "PUT", "/skytap", "127.0.1.21")->status, 405);
}

static void test_bodies_go_wrong_as_told(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *doc = NULL;
	size_t whole = ask(f, "GET", "/skytap", "127.0.1.21")->body.len;

	assert_string_equal(faulty(f, "html")->type, "text/html");
	assert_int_equal(faulty(f, "empty")->body.len, 0);
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(faulty(f, "half")->body.len, whole / 2);
	assert_true(faulty(f, "huge")->body.len > 5 * 1024 * 1024);
	assert_int_equal(faulty(f, "500")->status, 500);
	assert_int_equal(faulty(f, "503")->status, 503);
	assert_non_null(strstr(faulty(f, "null-url")->body.data, "\"configuration_url\":null"));
	doc = body(faulty(f, "no-url"));
	assert_false(json_object_object_get_ex(doc, "configuration_url", NULL));
}

static void test_another_vm_shares_no_mac(void **state)
{
	_cleanup_json_ struct json_object *doc = body(faulty(*state, "other-vm"));
	const char *name;

	assert_int_equal(json_get_str(doc, "name", &name), 0);
	assert_string_equal(name, "dns-1");
}

static void test_connections_go_wrong_as_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(faulty(f, "refuse")->delivery, DELIVER_NOT);
	assert_int_equal(faulty(f, "hang")->delivery, DELIVER_HELD);
	assert_int_equal(faulty(f, "slow")->delivery, DELIVER_LATE);
	assert_int_equal(faulty(f, "truncated")->delivery, DELIVER_PART);
	assert_int_equal(faulty(f, "none")->delivery, DELIVER);
	assert_int_equal(f->answer.status, 200);
}

static void test_a_fault_may_concern_one_vm(void **state)
{
	struct fixture *f = *state;

	knob(f, "127.0.0.1", "500", "52101021");
	assert_int_equal(ask(f, "GET", "/skytap", "127.0.1.21")->status, 500);
	assert_int_equal(ask(f, "GET", "/skytap", "127.0.2.21")->status, 200);
	ask(f, "DELETE", "/_skysim/fault", "127.0.0.1");
	assert_int_equal(ask(f, "GET", "/skytap", "127.0.1.21")->status, 200);
}

static void test_knobs_are_for_loopback_or_the_token(void **state)
{
	struct request req = { .method = "GET",
			       .path = "/_skysim/log",
			       .peer = fixture_addr("10.0.0.9") };
	struct fixture *f = *state;

	assert_int_equal(knob(f, "10.0.0.9", "hang", NULL)->status, 403);
	assert_int_equal(f->sim.faults.n, 0);
	assert_int_equal(knob(f, "::1", "hang", NULL)->status, 200);
	assert_int_equal(knob(f, "127.0.0.1", "nonsense", NULL)->status, 422);

	req.authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
	answer_done(&f->answer);
	assert_int_equal(answer_request(&f->sim, &req, &f->answer), 0);
	assert_int_equal(f->answer.status, 200);
}

static void test_the_log_counts_all_but_itself(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET", "/skytap", "127.0.1.21");
	ask(f, "GET", "/skytap", "127.0.1.21");
	ask(f, "GET", "/_skysim/log", "127.0.0.1");
	assert_string_equal(ask(f, "GET", "/_skysim/log", "127.0.0.1")->body.data,
			    "{\"total\":2,\"paths\":{\"GET /skytap\":2},"
			    "\"vms\":{\"52101021\":2}}");
	ask(f, "DELETE", "/_skysim/log", "127.0.0.1");
	assert_int_equal(f->sim.count.total, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_vm_gets_its_own_document),
		T(test_a_stranger_and_the_root_get_404),
		T(test_metadata_needs_no_credentials_and_is_read_only),
		T(test_bodies_go_wrong_as_told),
		T(test_another_vm_shares_no_mac),
		T(test_connections_go_wrong_as_told),
		T(test_a_fault_may_concern_one_vm),
		T(test_knobs_are_for_loopback_or_the_token),
		T(test_the_log_counts_all_but_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
