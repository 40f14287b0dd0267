/* SPDX-License-Identifier: MIT */
/* test-template-outside.c -- somebody changes mode, owner or ACL of a target, and not its bytes */
#include "tests/unit/modules/templates.h"

#include <errno.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "agent/reconcile/drift.h"

static mode_t mode_of(struct scratch *s)
{
	struct sys_stat st;

	assert_int_equal(sys_lstat(s->sys, "/etc/web.yml", &st), 0);
	assert_int_equal(st.kind, SYS_FILE);
	return st.mode;
}

static void set_mode(struct scratch *s, mode_t mode)
{
	_cleanup_free_ char *path = str_printf("%s/etc/web.yml", s->dir);

	assert_int_equal(chmod(path, mode), 0);
}

/* False where no ACL can be set. */
static bool set_acl(struct scratch *s)
{
	/* user::rw- user:1234:r-- group::r-- mask::r-- other::r--: linux/posix_acl_xattr.h */
	static const uint8_t acl[] = {
		2, 0,	 0,    0,    1,	   0,	 6,    0, 0xff, 0xff, 0xff, 0xff, 2,	0,    4,
		0, 0xd2, 4,    0,    0,	   4,	 0,    4, 0,	0xff, 0xff, 0xff, 0xff, 0x10, 0,
		4, 0,	 0xff, 0xff, 0xff, 0xff, 0x20, 0, 4,	0,    0xff, 0xff, 0xff, 0xff,
	};
	_cleanup_free_ char *path = str_printf("%s/etc/web.yml", s->dir);

	if (setxattr(path, "system.posix_acl_access", acl, sizeof(acl), 0) == 0)
		return true;
	assert_int_equal(errno, ENOTSUP);
	return false;
}

static void expect_acl(struct scratch *s, bool there)
{
	_cleanup_free_ char *acl = NULL;

	assert_int_equal(sys_acl(s->sys, "/etc/web.yml", &acl), 0);
	assert_int_equal(*acl != '\0', there);
}

/* As if the last repair were that long ago. */
static void earlier(struct scratch *s, uint64_t usec)
{
	struct json_object *all, *entry;
	int64_t last;

	assert_int_equal(json_get_obj(s->state, "drift", &all), 0);
	assert_int_equal(json_get_obj(all, "/etc/web.yml", &entry), 0);
	assert_int_equal(json_get_int(entry, "last", &last), 0);
	assert_int_equal(json_set_int(entry, "last", last - (int64_t)usec), 0);
}

static void test_a_mode_that_no_section_names_is_put_back(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "of the builder\n");
	set_mode(s, 0640);
	make(s, WEB);
	assert_int_equal(mode_of(s), 0640);
	set_mode(s, 0600);
	make(s, WEB);
	scratch_expect_plan(s, "write /etc/web.yml\n");
	assert_int_equal(mode_of(s), 0640);
	make(s, WEB);
	scratch_expect_plan(s, "");
	/* the section decides, and that is nobody's edit */
	make(s, WEB "Mode=0604\n");
	assert_int_equal(mode_of(s), 0604);
	scratch_expect_state(s, STATE_READY, "1 target");
}

static void test_a_bare_acl_is_taken_away_and_one_that_was_there_comes_back(void **state)
{
	_cleanup_buf_ struct buf diff = BUF_INIT;
	struct scratch *s = *state;
	_cleanup_free_ char *path = str_printf("%s/etc/web.yml", s->dir);

	make(s, WEB);
	if (!set_acl(s)) {
		print_message("skipped: no access control lists here\n");
		skip();
	}
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_plan(s, "write /etc/web.yml\n");
	assert_int_equal(plan_diff(s->plan, plan_at(s->plan, 0), &diff), 0);
	assert_string_equal(diff.data, "(another access control list)\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_acl(s, false);
	assert_int_equal(mode_of(s), 0644);
	/* one that is the builder's is the one to be had */
	assert_int_equal(sys_unlink(s->sys, "/etc/web.yml"), 1);
	assert_int_equal(sys_unlink(s->sys, MANIFEST_PATH), 1);
	scratch_file(s, "/etc/web.yml", "of the builder\n");
	assert_true(set_acl(s));
	json_object_object_del(s->state, "drift");
	make(s, WEB);
	expect_acl(s, true);
	assert_int_equal(removexattr(path, "system.posix_acl_access"), 0);
	make(s, WEB);
	expect_acl(s, true);
	make(s, WEB);
	scratch_expect_plan(s, "");
}

static void test_a_fight_over_the_mode_alone_is_damped_and_given_up(void **state)
{
	struct scratch *s = *state;

	make(s, WEB "Mode=0640\n");
	for (unsigned i = 0; i < DRIFT_REPAIRS; i++) {
		set_mode(s, 0600);
		if (i > 0) {
			assert_int_equal(scratch_plan(s, WEB "Mode=0640\n"), 0);
			scratch_expect_plan(s, "");
			scratch_expect_state(s, STATE_DEGRADED,
					     "/etc/web.yml is given another mode, owner or access "
					     "control list by somebody else again and again: the "
					     "next repair is in");
			assert_true(s->pass.again > 0);
			earlier(s, DRIFT_PAUSE << (i - 1));
		}
		make(s, WEB "Mode=0640\n");
		assert_int_equal(mode_of(s), 0640);
	}
	set_mode(s, 0600);
	earlier(s, 2 * DRIFT_CALM);
	make(s, WEB "Mode=0640\n");
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "after 5 repairs it is left alone");
	assert_int_equal(mode_of(s), 0600);
	/* what is new comes all the same, without a new fight */
	scratch_fact(s, "config_id", "\"4190102\"");
	make(s, WEB "Mode=0640\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
	scratch_expect_state(s, STATE_DEGRADED, "after 5 repairs it is left alone");
	assert_int_equal(mode_of(s), 0600);
	s->by_hand = true;
	make(s, WEB "Mode=0640\n");
	assert_int_equal(mode_of(s), 0640);
	scratch_expect_state(s, STATE_READY, "1 target");
}

static void test_a_mode_may_be_kept_and_is_reported(void **state)
{
	struct scratch *s = *state;

	make(s, WEB "Mode=0640\nOnDrift=keep\n");
	set_mode(s, 0600);
	for (unsigned i = 0; i < 2; i++) {
		make(s, WEB "Mode=0640\nOnDrift=keep\n");
		assert_int_equal(mode_of(s), 0600);
		scratch_expect_state(s, STATE_READY,
				     "1 kept: /etc/web.yml was given another mode, owner or "
				     "access control list by hand and keeps it");
		/* the text goes on */
		scratch_fact(s, "config_id", "\"4190102\"");
	}
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
	make(s, WEB "Mode=0640\n");
	assert_int_equal(mode_of(s), 0640);
}

static void test_a_target_that_was_removed_has_its_mode_again(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "of the builder\n");
	set_mode(s, 0600);
	make(s, WEB);
	assert_int_equal(sys_unlink(s->sys, "/etc/web.yml"), 1);
	make(s, WEB);
	assert_int_equal(mode_of(s), 0600);
}

static void test_an_owner_is_put_back(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *path = str_printf("%s/etc/web.yml", s->dir);
	struct sys_stat st;

	if (geteuid() != 0) {
		print_message("skipped: needs root to give files away\n");
		skip();
	}
	make(s, WEB);
	assert_int_equal(chown(path, 12, 34), 0);
	make(s, WEB);
	assert_int_equal(sys_lstat(s->sys, "/etc/web.yml", &st), 0);
	assert_int_equal(st.uid, 0);
	assert_int_equal(st.gid, 0);
}

static void test_another_acl_is_noticed(void **state)
{
	struct scratch *s = *state;
	uint64_t before, after;

	make(s, WEB);
	assert_int_equal(sys_stamp(s->sys, "/etc/web.yml", &before), 0);
	if (!set_acl(s)) {
		print_message("skipped: no access control lists here\n");
		skip();
	}
	assert_int_equal(sys_stamp(s->sys, "/etc/web.yml", &after), 0);
	assert_int_not_equal(before, after);
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_mode_that_no_section_names_is_put_back),
		TEST(test_a_bare_acl_is_taken_away_and_one_that_was_there_comes_back),
		TEST(test_a_fight_over_the_mode_alone_is_damped_and_given_up),
		TEST(test_a_mode_may_be_kept_and_is_reported),
		TEST(test_a_target_that_was_removed_has_its_mode_again),
		TEST(test_an_owner_is_put_back),
		TEST(test_another_acl_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
