/* SPDX-License-Identifier: MIT */
/*
 * test-bridge.c -- which pools are routed, and what becomes of monitors and members
 *
 * The driver is the real one. No HAProxy is there, so what it is told stands in the files that it
 * writes for one: map and configuration.
 */
#include "tests/unit/envmux/fixture.h"

#include <poll.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

struct mux {
	struct fixture *f;
	struct driver *driver;
	struct bridge *bridge;
	char *front[2], *base[2];
	struct buf cfg, map;
};

static void open_mux(struct mux *m)
{
	char *error = NULL;
	struct driver_conf conf = {
		.state_dir = m->f->dir,
		.front = m->front,
		.base_domains = m->base,
		.certificate = (char *)"/x.pem",
		.slots = 16,
	};

	assert_int_equal(driver_open(&conf, &m->driver, &error), 0);
	assert_int_equal(bridge_new(m->f->store, m->driver, &m->bridge), 0);
	assert_int_equal(bridge_start(m->bridge, &error), 0);
	free(error);
	/* From now on the API tells this one. */
	api_free(m->f->api);
	assert_int_equal(api_new(m->f->store, m->f->auth, m->bridge, &m->f->api), 0);
}

static int setup(void **state)
{
	struct mux *m = calloc(1, sizeof(*m));
	void *f;

	log_set_level(LOG_EMERG);
	assert_int_equal(fixture_setup(&f), 0);
	m->f = f;
	m->front[0] = (char *)"127.0.0.1:443";
	m->base[0] = (char *)"t.internal";
	*state = m;
	assert_int_equal(
		fixture_call(m->f, "POST", "/mgmt/tm/auth/partition", "{\"name\":\"test-1\"}"),
		200);
	return 0;
}

static int teardown(void **state)
{
	struct mux *m = *state;
	void *f = m->f;

	bridge_free(m->bridge);
	driver_free(m->driver);
	buf_done(&m->cfg);
	buf_done(&m->map);
	assert_int_equal(fixture_teardown(&f), 0);
	free(m);
	return 0;
}

static void read_into(const char *path, struct buf *b)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char part[4096];
	size_t n;

	assert_non_null(file);
	buf_reset(b);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		assert_int_equal(buf_add(b, part, n), 0);
}

/* What the driver writes once it has been told. */
static void read_files(struct mux *m)
{
	_cleanup_free_ char *map = NULL;
	int r = bridge_flush(m->bridge);

	assert_true(r == 0 || r == -EAGAIN);
	for (unsigned i = 0; m->driver->unrendered && i < 500; i++) {
		(void)driver_poll(m->driver);
		poll(NULL, 0, 10);
	}
	assert_false(m->driver->unrendered);
	read_into(m->driver->cfg, &m->cfg);
	map = haproxy_map(m->driver, m->driver->rendered);
	read_into(map, &m->map);
}

static void make_pool(struct mux *m, const char *name, const char *more)
{
	_cleanup_free_ char *body = str_printf("{\"name\":\"%s\",\"partition\":\"test-1\"%s%s}",
					       name, *more ? "," : "", more);

	assert_int_equal(fixture_call(m->f, "POST", "/mgmt/tm/ltm/pool", body), 200);
}

/* The lines of the slot that LABEL has, borrowed until the next read. */
static const char *slot_of(struct mux *m, const char *label)
{
	struct slot *s = haproxy_slot(m->driver, label);
	char head[32];
	char *at, *end;

	if (!s)
		return "";
	snprintf(head, sizeof(head), "backend p%u\n", s->number);
	at = strstr(m->cfg.data, head);
	assert_non_null(at);
	end = strstr(at + 1, "backend ");
	if (end)
		*end = '\0';
	return at + strlen(head);
}

static void test_names_of_routes(void **state)
{
	assert_true(bridge_routed("/test-123/www-123"));
	assert_true(bridge_routed("/test-123/sra-browser-123"));
	assert_true(bridge_routed("/test-123/WWW-123"));
	assert_false(bridge_routed("/test-123/www-124")); /* another environment's name */
	assert_false(bridge_routed("/test-123/www"));
	assert_false(bridge_routed("/test-123/-123"));
	assert_false(bridge_routed("/Common/www-123"));
	assert_false(bridge_routed("/test-x/www-x"));
	assert_false(bridge_routed("/test-123/w_w-123"));
	assert_false(bridge_routed("/test-123/w.w-123"));
	assert_false(bridge_routed("test-123"));
}

static void test_pools_of_the_store_are_routed_at_start(void **state)
{
	struct mux *m = *state;

	make_pool(m, "www-1", "\"members\":[\"10.0.0.1:80\",\"10.0.0.2:8080\"]");
	make_pool(m, "other", "\"members\":[\"10.0.0.3:80\"]");
	open_mux(m);
	read_files(m);
	assert_non_null(strstr(m->map.data, "www-1 p"));
	assert_null(strstr(m->map.data, "other"));
	assert_string_equal(slot_of(m, "www-1"), "\tbalance roundrobin\n"
						 "\tserver s1 10.0.0.1:80 weight 1\n"
						 "\tserver s2 10.0.0.2:8080 weight 1\n");
}

static void test_changes_reach_the_files(void **state)
{
	struct mux *m = *state;

	open_mux(m);
	read_files(m);
	assert_null(strstr(m->map.data, "www-1"));
	make_pool(m, "www-1", "\"members\":[\"10.0.0.1:80\"]");
	read_files(m);
	assert_non_null(strstr(m->map.data, "www-1 p"));
	assert_int_equal(fixture_call(m->f, "DELETE", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL),
			 200);
	read_files(m);
	assert_null(strstr(m->map.data, "www-1"));
	assert_null(strstr(m->cfg.data, "10.0.0.1"));
}

static void test_states_of_members_and_nodes(void **state)
{
	struct mux *m = *state;

	open_mux(m);
	make_pool(m, "www-1",
		  "\"loadBalancingMode\":\"ratio-least-connections-member\",\"members\":["
		  "{\"name\":\"10.0.0.1:80\",\"session\":\"user-disabled\"},"
		  "{\"name\":\"10.0.0.2:80\",\"state\":\"user-down\"},"
		  "{\"name\":\"10.0.0.3:80\",\"ratio\":1000},\"10.0.0.4:80\"]");
	assert_int_equal(fixture_call(m->f, "PATCH", "/mgmt/tm/ltm/node/~test-1~10.0.0.4",
				      "{\"session\":\"user-disabled\"}"),
			 200);
	read_files(m);
	/* One that drains has no weight: it gets nothing new, whoever starts HAProxy. */
	assert_string_equal(slot_of(m, "www-1"), "\tbalance leastconn\n"
						 "\tserver s1 10.0.0.1:80 weight 0\n"
						 "\tserver s2 10.0.0.2:80 weight 1 disabled\n"
						 "\tserver s3 10.0.0.3:80 weight 256\n"
						 "\tserver s4 10.0.0.4:80 weight 0\n");
}

/* The weights of pool www-1 once it has MODE: its members say 3 and 1, their nodes 5 and 1. */
static void weights(struct mux *m, const char *mode, unsigned first, unsigned second)
{
	_cleanup_free_ char *body = str_printf("{\"loadBalancingMode\":\"%s\"}", mode);
	unsigned n, a, b;
	const char *at;

	assert_int_equal(fixture_call(m->f, "PATCH", "/mgmt/tm/ltm/pool/~test-1~www-1", body), 200);
	read_files(m);
	at = strstr(slot_of(m, "www-1"), "10.0.0.1:80");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "10.0.0.1:80 weight %u\n\tserver s%u 10.0.0.2:80 weight %u\n",
				&a, &n, &b),
			 3);
	assert_int_equal(a, first);
	assert_int_equal(b, second);
}

static void test_ratio_counts_where_the_mode_says_so(void **state)
{
	struct mux *m = *state;

	open_mux(m);
	make_pool(m, "www-1",
		  "\"members\":[{\"name\":\"10.0.0.1:80\",\"ratio\":3},\"10.0.0.2:80\"]");
	assert_int_equal(
		fixture_call(m->f, "PATCH", "/mgmt/tm/ltm/node/~test-1~10.0.0.1", "{\"ratio\":5}"),
		200);
	weights(m, "round-robin", 1, 1);
	weights(m, "ratio-member", 3, 1);
	weights(m, "ratio-node", 5, 1);
	weights(m, "ratio-least-connections-node", 5, 1);
	weights(m, "least-connections-member", 1, 1);
}

/* Makes the http monitor /test-1/m with SEND, and a pool that has it; its slot's lines. */
static const char *checked(struct mux *m, const char *send)
{
	_cleanup_free_ char *body =
		str_printf("{\"name\":\"m\",\"partition\":\"test-1\",\"interval\":2,"
			   "\"timeout\":7,\"send\":\"%s\"}",
			   send);

	assert_int_equal(fixture_call(m->f, "POST", "/mgmt/tm/ltm/monitor/http", body), 200);
	make_pool(m, "www-1", "\"monitor\":\"/test-1/m\",\"members\":[\"10.0.0.1:80\"]");
	open_mux(m); /* with the class in the first files */
	read_files(m);
	return slot_of(m, "www-1");
}

static void test_request_of_the_monitor_is_the_check(void **state)
{
	assert_string_equal(
		checked(*state, "GET /health?a=1 HTTP/1.1\\\\r\\\\nHost: x.test\\\\r\\\\n"),
		"\tbalance roundrobin\n"
		"\toption httpchk\n"
		"\thttp-check send meth GET uri /health?a=1 ver HTTP/1.1 hdr Host x.test\n"
		"\thttp-check expect status 200-399\n"
		"\tserver s1 10.0.0.1:80 weight 1 check inter 2s fall 3 rise 1\n");
}

static void test_request_without_host(void **state)
{
	assert_non_null(
		strstr(checked(*state, "GET /\\\\r\\\\n"), "\thttp-check send meth GET uri /\n"));
}

static void test_no_request_breaks_the_configuration(void **state)
{
	static const char *const hostile[] = { "GET /a\\\"b",	"GET /a'b",
					       "GET /a#b",	"GET /$HOME",
					       "GET http://x/", "GET /a\\\\r\\\\nHost: a\\\"b" };
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		if (i > 0) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		text = checked(*state, hostile[i]);
		assert_non_null(strstr(text, "\toption tcp-check\n"));
		assert_null(strpbrk(text, "\"'#$"));
	}
}

static void test_numbers_of_the_monitor_have_limits(void **state)
{
	struct mux *m = *state;

	assert_int_equal(fixture_call(m->f, "POST", "/mgmt/tm/ltm/monitor/tcp",
				      "{\"name\":\"m\",\"partition\":\"test-1\",\"interval\":0,"
				      "\"timeout\":4294967295}"),
			 200);
	make_pool(m, "www-1", "\"monitor\":\"/test-1/m\",\"members\":[\"10.0.0.1:80\"]");
	open_mux(m);
	read_files(m);
	assert_string_equal(slot_of(m, "www-1"), "\tbalance roundrobin\n\tserver s1 10.0.0.1:80 "
						 "weight 1 check inter 5s fall 1000 rise 1\n");
}

static void test_names_that_differ_in_case_have_one_route(void **state)
{
	struct mux *m = *state;

	open_mux(m);
	make_pool(m, "www-1", "\"members\":[\"10.0.0.1:80\"]");
	make_pool(m, "WWW-1", "\"members\":[\"10.0.0.2:80\"]");
	read_files(m);
	assert_non_null(strstr(m->map.data, "www-1 p"));
	assert_non_null(strstr(slot_of(m, "www-1"), "10.0.0.2:80")); /* the first by name */
	assert_int_equal(fixture_call(m->f, "DELETE", "/mgmt/tm/ltm/pool/~test-1~WWW-1", NULL),
			 200);
	read_files(m);
	assert_non_null(strstr(slot_of(m, "www-1"), "10.0.0.1:80"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_of_routes),
		TEST(test_pools_of_the_store_are_routed_at_start),
		TEST(test_changes_reach_the_files),
		TEST(test_states_of_members_and_nodes),
		TEST(test_ratio_counts_where_the_mode_says_so),
		TEST(test_request_of_the_monitor_is_the_check),
		TEST(test_request_without_host),
		TEST(test_no_request_breaks_the_configuration),
		TEST(test_numbers_of_the_monitor_have_limits),
		TEST(test_names_that_differ_in_case_have_one_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
