/* SPDX-License-Identifier: MIT */
/* test-reconcile.c -- reconcile.c and restore.c: whole passes of small modules on a root of their
 * own */
#include "fixture.h"

#include <sys/mman.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/publish.h"
#include "agent/reconcile/reconcile.h"

/* ---- the modules: one that knows who we are, one that writes, one that does as it is told ---- */

static int id_facts(struct pass *pass, const void *conf)
{
	assert_int_equal(facts_source(pass->facts, "test", 1), 0);
	if (!pass->document) {
		pass_state(pass, STATE_CONVERGING, "wait", "%s", pass->document_error);
		assert_int_equal(facts_set_unknown(pass->facts, "config_id", pass->document_error),
				 0);
		return -EBADMSG;
	}
	pass_state(pass, STATE_READY, NULL, "known");
	return facts_set_str(pass->facts, "config_id", NULL, pass->document);
}

static int writer_plan(struct pass *pass, const void *conf)
{
	const struct plan_file_opts opts = { .write = { .mode = 0644, .uid = -1, .gid = -1 } };
	const char *id = facts_str(pass->facts, "config_id");
	int r;

	if (!id) {
		pass_state(pass, STATE_CONVERGING, NULL, "no id");
		return 0;
	}
	r = plan_file(pass->plan, "/etc/id", id, strlen(id), &opts);
	return r < 0 ? r : 0;
}

static int writer_verify(struct pass *pass, const void *conf)
{
	assert_false(pass->planning);
	pass_state(pass, STATE_READY, NULL, "verified");
	return 0;
}

enum deed { DEED_NONE, DEED_FACTS, DEED_PLAN, DEED_VERIFY, DEED_CHANGE };

struct odd_conf {
	int deed;
};
static const char *const deeds[] = { "none", "facts", "plan", "verify", "change", NULL };
static const struct conf_item odd_items[] = {
	{ "Fail", CONF_ENUM, 0, "none", deeds },
	{},
};

static int odd_facts(struct pass *pass, const void *conf)
{
	return ((const struct odd_conf *)conf)->deed == DEED_FACTS ? -EIO : 0;
}

static int odd_plan(struct pass *pass, const void *conf)
{
	const struct plan_file_opts opts = { .write = { .mode = 0644, .uid = -1, .gid = -1 } };
	const struct odd_conf *c = conf;

	assert_true(plan_dir(pass->plan, "/etc/odd", 0755) >= 0);
	assert_true(plan_file(pass->plan, "/etc/odd/file", "x", 1, &opts) >= 0);
	if (c->deed == DEED_CHANGE)
		assert_int_equal(symlinkat("nowhere", AT_FDCWD, getenv("TEST_ODD")), 0);
	return c->deed == DEED_PLAN ? -EIO : 0;
}

static int odd_verify(struct pass *pass, const void *conf)
{
	return ((const struct odd_conf *)conf)->deed == DEED_VERIFY ? -EIO : 0;
}

static const struct module id = { .name = "id", .facts = id_facts };
static const struct module odd = {
	.name = "odd",
	.section = "Odd",
	.items = odd_items,
	.size = sizeof(struct odd_conf),
	.facts = odd_facts,
	.plan = odd_plan,
	.verify = odd_verify,
};
static const struct module writer = {
	.name = "writer",
	.section = "Writer",
	.plan = writer_plan,
	.verify = writer_verify,
};
static const struct module *const modules[] = { &id, &odd, &writer, NULL };

/* ---- a pass, and what it told: "module kind state: reason" a line ---- */

static int run(struct fixture *f, const char *document, struct reconcile_opts opts)
{
	_cleanup_close_ int events = memfd_create("events", MFD_CLOEXEC);
	_cleanup_close_ int fd = memfd_create("document", MFD_CLOEXEC);
	struct report report = { .fd = events };
	_cleanup_free_ char *text = NULL;
	struct event ev;
	size_t len;
	int code;

	opts.root = f->dir;
	opts.fd_facts = -1;
	opts.fd_document = fd;
	if (document) {
		opts.from = "169.254.169.254";
		assert_int_equal(write(fd, document, strlen(document)), strlen(document));
	} else {
		opts.why = "nobody answers";
	}
	code = reconcile_run(&opts, &(struct program){ .name = "test", .modules = modules },
			     &report);
	buf_reset(&f->told);
	assert_int_equal(read_document(events, &text, &len), 0);
	for (char *line = text; *line; line += strlen(line) + 1) {
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(event_parse(line, strlen(line), &ev), 0);
		if (ev.kind == EVENT_FACT)
			continue;
		buf_addf(&f->told, "%s %s %s: %s\n", ev.module, event_kind_name(ev.kind), ev.state,
			 ev.reason);
	}
	return code;
}

static void configure(struct fixture *f, const char *text)
{
	assert_true(sys_mkdir(f->sys, "/etc/envagent", 0755) >= 0);
	fixture_put(f, "/etc/envagent/envagent.conf", text, 0644);
}

static void expect_told(struct fixture *f, const char *part)
{
	if (!strstr(f->told.data, part))
		fail_msg("'%s' is not in:\n%s", part, f->told.data);
}

static void test_a_pass_tells_changes_states_and_its_end(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	assert_string_equal(f->told.data, "odd change done: make directory /etc/odd\n"
					  "odd change done: write /etc/odd/file\n"
					  "writer change done: write /etc/id\n"
					  "id state ready: known\n"
					  "odd state ready: \n"
					  "writer state ready: verified\n"
					  "pass done settled: changes=3\n");
	fixture_expect(f, "/etc/id", "1");
}

static void test_a_settled_pass_writes_nothing_at_all(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	before = fixture_stamp(f);
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
	expect_told(f, "pass done settled: changes=0\n");
}

static void test_a_plan_shows_differences_and_writes_nothing_at_all(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = fixture_stamp(f), *after = NULL;

	assert_int_equal(run(f, "1", (struct reconcile_opts){ .plan = true }), PROTOCOL_SETTLED);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
	expect_told(f, "writer change planned: write /etc/id\n"
		       "writer change diff: @@ -1 +1 @@\n"
		       "writer change diff: +1\n");
	expect_told(f, "pass done settled: changes=3\n");
}

static void test_manage_no_is_off_and_touches_nothing(void **state)
{
	struct fixture *f = *state;

	configure(f, "[Writer]\nManage=no\n");
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	expect_told(f, "writer state off: Manage=no\n");
	fixture_expect(f, "/etc/id", NULL);
}

static void test_a_failing_module_stops_no_other(void **state)
{
	static const char *const confs[] = {
		"[Odd]\nFail=facts\n",
		"[Odd]\nFail=plan\n",
		"[Odd]\nFail=verify\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(confs); i++) {
		configure(f, confs[i]);
		assert_int_equal(run(f, i ? "2" : "1", (struct reconcile_opts){}), PROTOCOL_FAILED);
		expect_told(f, "odd state failed: Input/output error\n");
		expect_told(f, "writer state ready: verified\n");
		expect_told(f, "pass done failed: ");
		if (i < 2)
			fixture_expect(f, "/etc/odd/file", NULL);
	}
}

static void test_a_failing_change_degrades_its_module(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *odd_path = str_printf("%s/etc/odd", f->dir);

	setenv("TEST_ODD", odd_path, 1);
	configure(f, "[Odd]\nFail=change\n");
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_DEGRADED);
	expect_told(f, "odd change failed: make directory /etc/odd: ");
	expect_told(f, "odd change failed: write /etc/odd/file: left out: ");
	expect_told(f, "odd state degraded: make directory /etc/odd: ");
	expect_told(f, "writer change done: write /etc/id\n");
	expect_told(f, "pass done degraded: changes=1\n");
}

static void test_without_a_document_it_converges_and_keeps_what_is_there(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/id", "1", 0644);
	assert_int_equal(run(f, NULL, (struct reconcile_opts){}), PROTOCOL_DEGRADED);
	expect_told(f, "id state converging: nobody answers\n");
	expect_told(f, "writer state converging: no id\n");
	fixture_expect(f, "/etc/id", "1");
}

static void test_confirmed_once_and_without_a_document_later_it_is_degraded(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(f, NULL, (struct reconcile_opts){}), PROTOCOL_DEGRADED);
		expect_told(f, "id state degraded: nobody answers\n");
		expect_told(f, "writer state degraded: no id\n");
		fixture_expect(f, "/etc/id", "1");
	}
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
}

static void test_one_module_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "1", (struct reconcile_opts){ .module = "writer" }),
			 PROTOCOL_SETTLED);
	assert_string_equal(f->told.data, "writer change done: write /etc/id\n"
					  "id state ready: known\n"
					  "writer state ready: verified\n"
					  "pass done settled: changes=1\n");
	assert_int_equal(run(f, "1", (struct reconcile_opts){ .module = "wirter" }),
			 PROTOCOL_FAILED);
	expect_told(f, "there is no module 'wirter'; known are id, odd, writer\n");
}

static void test_a_config_error_is_a_failed_pass_that_touches_nothing(void **state)
{
	struct fixture *f = *state;

	configure(f, "[Writer]\nMange=no\n");
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_FAILED);
	expect_told(f, "config state failed: ");
	expect_told(f, "/etc/envagent/envagent.conf:2:1: unknown key Mange=");
	expect_told(f, "pass done failed: changes=0\n");
	fixture_expect(f, "/etc/id", NULL);
	fixture_expect(f, "/run/envagent/facts.json", NULL);
}

static void test_a_newer_manifest_stops_all_changes(void **state)
{
	struct fixture *f = *state;

	assert_true(sys_mkdir(f->sys, "/var/lib/envagent", 0755) >= 0);
	fixture_put(f, MANIFEST_PATH, "{\"version\":9}", 0600);
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_FAILED);
	expect_told(f, "manifest state failed: " MANIFEST_PATH " is of a newer version");
	fixture_expect(f, "/etc/id", NULL);
	fixture_expect(f, MANIFEST_PATH, "{\"version\":9}");
}

static void test_a_manifest_that_cannot_be_read_stops_all_changes(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/var", "no directory", 0644);
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_FAILED);
	expect_told(f, "manifest state failed: ");
	fixture_expect(f, "/etc/id", NULL);
}

static void test_restore_takes_it_all_back(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int events = memfd_create("events", MFD_CLOEXEC);
	struct report report = { .fd = events };

	fixture_put(f, "/etc/id", "former", 0600);
	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	assert_int_equal(restore_run(f->dir, &report), PROTOCOL_SETTLED);
	fixture_expect(f, "/etc/id", "former");
	fixture_expect(f, "/etc/odd/file", NULL);
	fixture_expect(f, "/run/envagent/reconcile.json", NULL);
}

static void test_restore_leaves_what_somebody_else_changed(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int events = memfd_create("events", MFD_CLOEXEC);
	struct report report = { .fd = events };

	assert_int_equal(run(f, "1", (struct reconcile_opts){}), PROTOCOL_SETTLED);
	fixture_put(f, "/etc/id", "somebody's", 0644);
	assert_int_equal(restore_run(f->dir, &report), PROTOCOL_DEGRADED);
	fixture_expect(f, "/etc/id", "somebody's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_pass_tells_changes_states_and_its_end),
		TEST(test_a_settled_pass_writes_nothing_at_all),
		TEST(test_a_plan_shows_differences_and_writes_nothing_at_all),
		TEST(test_manage_no_is_off_and_touches_nothing),
		TEST(test_a_failing_module_stops_no_other),
		TEST(test_a_failing_change_degrades_its_module),
		TEST(test_without_a_document_it_converges_and_keeps_what_is_there),
		TEST(test_confirmed_once_and_without_a_document_later_it_is_degraded),
		TEST(test_one_module_alone),
		TEST(test_a_config_error_is_a_failed_pass_that_touches_nothing),
		TEST(test_a_newer_manifest_stops_all_changes),
		TEST(test_a_manifest_that_cannot_be_read_stops_all_changes),
		TEST(test_restore_takes_it_all_back),
		TEST(test_restore_leaves_what_somebody_else_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
