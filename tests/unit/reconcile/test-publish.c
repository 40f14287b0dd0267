/* SPDX-License-Identifier: MIT */
/* test-publish.c -- publish.c: documents in, facts out */
#include "fixture.h"

#include <sys/mman.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/publish.h"

static struct facts *some(uint64_t time, const char *id)
{
	struct facts *facts;

	assert_int_equal(facts_new(&facts), 0);
	assert_int_equal(facts_source(facts, "gw", time), 0);
	assert_int_equal(facts_set_str(facts, "config_id", NULL, id), 0);
	assert_int_equal(facts_set_secret(facts, "credentials", NULL,
					  json_object_new_string("deploy / pass")),
			 0);
	return facts;
}

static void test_the_file_has_no_secret_and_anybody_may_read_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_(facts_freep) struct facts *facts = some(1, "1");
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(publish_facts(facts, f->sys), 1);
	assert_int_equal(sys_read(f->sys, FACTS_PATH, &text, &len), 0);
	assert_null(strstr(text, "pass"));
	assert_int_equal(sys_lstat(f->sys, FACTS_PATH, &st), 0);
	assert_int_equal(st.mode, 0644);
}

static void test_it_is_written_when_a_fact_changes_but_not_for_the_time(void **state)
{
	struct fixture *f = *state;
	_cleanup_(facts_freep) struct facts *a = some(1, "1"), *b = some(2, "1"), *c = some(3, "2");

	assert_int_equal(publish_facts(a, f->sys), 1);
	assert_int_equal(publish_facts(b, f->sys), 0);
	assert_int_equal(publish_facts(c, f->sys), 1);
}

static void test_the_leader_hands_on_what_it_found_itself_without_secrets(void **state)
{
	struct fixture *f = *state;
	_cleanup_(facts_freep) struct facts *facts = some(1, "1");
	int given = memfd_create("given", MFD_CLOEXEC), found = memfd_create("found", MFD_CLOEXEC);
	_cleanup_free_ char *text = NULL, *again = NULL;
	size_t len;

	assert_int_equal(publish_to_fd(facts, given), 0);
	assert_int_equal(facts_set_str(facts, "nat", NULL, "10.200.1.21"), 0);
	assert_int_equal(publish_found(facts, given, found, f->sys), 0);
	assert_int_equal(read_document(found, &text, &len), 0);
	assert_non_null(strstr(text, "10.200.1.21"));
	assert_null(strstr(text, "config_id"));
	assert_null(strstr(text, "credentials"));

	/* Nothing new is nothing to write. */
	assert_true(sys_mkdir(f->sys, "/run/envagent", 0755) >= 0);
	fixture_put(f, LEADER_FACTS_PATH, text, 0644);
	assert_int_equal(ftruncate(found, 0), 0);
	assert_int_equal(publish_found(facts, given, found, f->sys), 0);
	assert_int_equal(read_document(found, &again, &len), 0);
	assert_int_equal(len, 0);
	close(given);
	close(found);
}

static void test_the_descriptor_gets_all_and_nothing_of_before(void **state)
{
	_cleanup_(facts_freep) struct facts *facts = some(1, "1");
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *text = NULL;
	int fd = memfd_create("test", MFD_CLOEXEC);
	size_t len;

	assert_int_equal(ftruncate(fd, 100000), 0);
	assert_int_equal(publish_to_fd(facts, fd), 0);
	assert_int_equal(read_document(fd, &text, &len), 0);
	close(fd);
	assert_int_equal(json_parse(text, len, 8, &obj, NULL), 0);
	assert_non_null(strstr(text, "deploy / pass"));
}

static void test_a_document_is_read_whole_up_to_its_limit(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	char *text = NULL;
	size_t len;

	assert_int_equal(ftruncate(fd, DOCUMENT_MAX), 0);
	assert_int_equal(read_document(fd, &text, &len), 0);
	assert_int_equal(len, DOCUMENT_MAX);
	free(text);
	assert_int_equal(ftruncate(fd, DOCUMENT_MAX + 1), 0);
	assert_int_equal(read_document(fd, &text, &len), -EFBIG);
	close(fd);
	assert_int_equal(read_document(fd, &text, &len), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_file_has_no_secret_and_anybody_may_read_it),
		TEST(test_it_is_written_when_a_fact_changes_but_not_for_the_time),
		TEST(test_the_leader_hands_on_what_it_found_itself_without_secrets),
		TEST(test_the_descriptor_gets_all_and_nothing_of_before),
		TEST(test_a_document_is_read_whole_up_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
