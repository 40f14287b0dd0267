/* SPDX-License-Identifier: MIT */
/* test-page.c -- what a visitor sees, from a store without HAProxy */
#include "agent/base/buf.h"
#include "tests/unit/envmux/fixture.h"
#include "tools/envmux/page.h"

#define TM "/mgmt/tm/"
#define NOW 1800000000
#define DOMAIN "envs.example.internal"

static int setup(void **state)
{
	static const char *const calls[][2] = {
		{ "auth/partition",
		  "{\"name\":\"test-7\",\"description\":\"envagent v1 env=7 vm=42 "
		  "fence=1 until=1800000600 owner=<b>ada\"}" },
		{ "auth/partition", "{\"name\":\"test-12\"}" },
		{ "ltm/pool",
		  "{\"name\":\"www-7\",\"partition\":\"test-7\",\"members\":[\"10.0.0.1:80\","
		  "{\"name\":\"10.0.0.2:80\",\"session\":\"user-disabled\"}]}" },
		{ "ltm/pool",
		  "{\"name\":\"idle-7\",\"partition\":\"test-7\",\"members\":[{\"name\":"
		  "\"10.0.0.1:81\",\"session\":\"user-disabled\"}]}" },
		{ "ltm/pool", "{\"name\":\"bare-7\",\"partition\":\"test-7\"}" },
	};
	struct fixture *f;
	char path[64];

	fixture_setup(state);
	f = *state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(path, sizeof(path), TM "%s", calls[i][0]);
		assert_int_equal(fixture_call(f, "POST", path, calls[i][1]), 200);
	}
	return 0;
}

static void missing(struct fixture *f, const char *label, enum page_form form, struct page *ret)
{
	const char *dash = strrchr(label, '-');
	struct view v;

	assert_int_equal(view_read_unserved(f->store, dash ? dash + 1 : label, &v), 0);
	assert_int_equal(page_missing(&v, label, DOMAIN, NOW, form, ret), 0);
	view_done(&v);
}

static void test_each_reason_has_its_status(void **state)
{
	static const struct {
		const char *label;
		int status;
		const char *error;
	} cases[] = {
		{ "www-7", 503, "\"starting\"" },
		{ "idle-7", 503, "\"parked\"" },
		{ "bare-7", 503, "\"no-members\"" },
		{ "nope-7", 404, "\"unknown-service\"" },
		{ "www-8", 404, "\"unknown-environment\"" },
		{ "www", 404, "\"unknown-environment\"" },
		{ "-", 404, "\"unknown-environment\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page p;

		missing(*state, cases[i].label, PAGE_JSON, &p);
		assert_int_equal(p.status, cases[i].status);
		assert_non_null(strstr(p.body.data, cases[i].error));
		assert_int_equal(p.retry > 0, p.status == 503);
		page_done(&p);
	}
}

static void test_the_page_names_what_is_missing(void **state)
{
	struct page p;

	missing(*state, "nope-7", PAGE_TEXT, &p);
	assert_string_equal(p.body.data,
			    "environment 7: no service nope-7 is registered here; there "
			    "are: bare-7, idle-7, www-7\n");
	page_done(&p);
	missing(*state, "sra-browser-8", PAGE_HTML, &p);
	assert_non_null(strstr(p.body.data, "environment 8: no service sra-browser-8"));
	page_done(&p);
}

static void test_nothing_from_outside_is_markup(void **state)
{
	struct fixture *f = *state;
	struct view v;
	struct page p;

	missing(f, "<script>alert(1)</script>-8", PAGE_HTML, &p);
	assert_null(strstr(p.body.data, "<script"));
	assert_non_null(strstr(p.body.data, "&lt;script&gt;"));
	page_done(&p);
	assert_int_equal(view_read(f->store, f->bridge, &v), 0);
	assert_int_equal(page_overview(&v, DOMAIN, NULL, 0, NOW, PAGE_HTML, &p), 0);
	assert_non_null(strstr(p.body.data, "&lt;b&gt;ada"));
	view_done(&v);
	page_done(&p);
}

static void test_overview_tells_all(void **state)
{
	struct fixture *f = *state;
	const struct page_note note = { true, "the certificate ends" };
	struct view v;
	struct page p;

	assert_int_equal(view_read(f->store, f->bridge, &v), 0);
	assert_int_equal(v.n, 2);
	assert_string_equal(v.envs[0].id, "7"); /* numbers, not texts */
	assert_int_equal(v.envs[0].n_services, 3);
	assert_int_equal(v.envs[0].state, VIEW_UP);
	assert_int_equal(v.envs[1].state, VIEW_EMPTY);
	assert_int_equal(page_overview(&v, DOMAIN, &note, 1, NOW, PAGE_HTML, &p), 0);
	assert_non_null(strstr(p.body.data, "<a href=\"https://www-7." DOMAIN "/\">www-7</a>"));
	assert_non_null(
		strstr(p.body.data, ">1 up</span>, <span class=\"parked\">1 disabled</span>"));
	assert_non_null(strstr(p.body.data, "10 min left"));
	assert_non_null(strstr(p.body.data, "the certificate ends"));
	assert_non_null(strstr(p.body.data, "HAProxy does not answer"));
	assert_null(strstr(p.body.data, "<script"));
	page_done(&p);
	assert_int_equal(page_overview(&v, DOMAIN, NULL, 0, NOW, PAGE_TEXT, &p), 0);
	assert_string_equal(p.body.data, "environment 7: up, 1 up, 0 down, 2 disabled\n"
					 "environment 12: empty, 0 up, 0 down, 0 disabled\n");
	page_done(&p);
	view_done(&v);
}

static void test_the_form_is_what_is_accepted(void **state)
{
	assert_int_equal(page_form(NULL), PAGE_TEXT);
	assert_int_equal(page_form("*/*"), PAGE_TEXT);
	assert_int_equal(page_form("text/html,application/xhtml+xml,*/*;q=0.8"), PAGE_HTML);
	assert_int_equal(page_form("application/json"), PAGE_JSON);
	assert_int_equal(page_form("application/json, text/html"), PAGE_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
		T(test_each_reason_has_its_status),
		T(test_the_page_names_what_is_missing),
		T(test_nothing_from_outside_is_markup),
		T(test_overview_tells_all),
		cmocka_unit_test(test_the_form_is_what_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
