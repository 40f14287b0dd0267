/* SPDX-License-Identifier: MIT */
/* test-xattr.c -- a file that is replaced leaves its ACL, label and attributes to the new one */
#include "tests/unit/sys/scratch.h"

#include <sys/xattr.h>

#define ACL "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"
#define PATH "/etc/web.conf"

/* user::rw- user:1234:r-- group::r-- mask::r-- other::---, as linux/posix_acl_xattr.h has it */
static const uint8_t acl[] = {
	2, 0,	 0,    0,    1,	   0,	 6,    0, 0xff, 0xff, 0xff, 0xff, 2,	0,    4,
	0, 0xd2, 4,    0,    0,	   4,	 0,    4, 0,	0xff, 0xff, 0xff, 0xff, 0x10, 0,
	4, 0,	 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0,	0,    0xff, 0xff, 0xff, 0xff,
};

static void put(struct scratch *s, const char *text, mode_t mode)
{
	struct sys_write_opts opts = { .mode = mode, .uid = -1, .gid = -1, .keep_mode = !mode };

	assert_true(sys_mkdir(s->sys, "/etc", 0755) >= 0);
	assert_int_equal(sys_write(s->sys, PATH, text, strlen(text), &opts), 1);
}

static void set(struct scratch *s, const char *path, const char *name, const void *value,
		size_t len)
{
	_cleanup_free_ char *full = scratch_path(s, path);

	if (setxattr(full, name, value, len, 0) == 0)
		return;
	assert_true(errno == ENOTSUP || errno == EPERM);
	print_message("skipped: no %s here\n", name);
	skip();
}

/* -1: there is none. */
static ssize_t get(struct scratch *s, const char *name, uint8_t value[256])
{
	_cleanup_free_ char *full = scratch_path(s, PATH);

	return getxattr(full, name, value, 256);
}

static mode_t mode_of(struct scratch *s)
{
	struct sys_stat st;

	assert_int_equal(sys_lstat(s->sys, PATH, &st), 0);
	assert_int_equal(st.kind, SYS_FILE);
	return st.mode;
}

static void test_an_acl_stays(void **state)
{
	struct scratch *s = *state;
	uint8_t value[256];

	put(s, "a", 0640);
	set(s, PATH, ACL, acl, sizeof(acl));
	put(s, "b", 0);
	assert_int_equal(get(s, ACL, value), sizeof(acl));
	assert_memory_equal(value, acl, sizeof(acl));
	assert_int_equal(mode_of(s), 0640);
	/* a mode that is asked for is the one that is had */
	put(s, "c", 0600);
	assert_int_equal(get(s, ACL, value), sizeof(acl));
	assert_int_equal(mode_of(s), 0600);
}

static void test_the_default_acl_of_the_directory_is_for_other_files(void **state)
{
	struct scratch *s = *state;
	uint8_t value[256];

	put(s, "a", 0600);
	set(s, "/etc", DEFAULT_ACL, acl, sizeof(acl));
	put(s, "b", 0);
	assert_int_equal(get(s, ACL, value), -1);
	assert_int_equal(mode_of(s), 0600);
}

static void test_attributes_and_labels_stay(void **state)
{
	struct scratch *s = *state;
	uint8_t value[256];

	put(s, "a", 0644);
	set(s, PATH, "user.origin", "image 7", 7);
	put(s, "b", 0644);
	assert_int_equal(get(s, "user.origin", value), 7);
	assert_memory_equal(value, "image 7", 7);
	set(s, PATH, "security.selinux", "system_u:object_r:etc_t:s0", 27);
	put(s, "c", 0644);
	assert_int_equal(get(s, "security.selinux", value), 27);
	assert_memory_equal(value, "system_u:object_r:etc_t:s0", 27);
}

static void test_a_capability_was_given_to_the_former_bytes(void **state)
{
	/* VFS_CAP_REVISION_2 with nothing in it */
	static const uint8_t none[20] = { 0, 0, 0, 2 };
	struct scratch *s = *state;
	uint8_t value[256];

	put(s, "a", 0755);
	set(s, PATH, "security.capability", none, sizeof(none));
	put(s, "b", 0755);
	assert_int_equal(get(s, "security.capability", value), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_an_acl_stays),
		SCRATCH_TEST(test_the_default_acl_of_the_directory_is_for_other_files),
		SCRATCH_TEST(test_attributes_and_labels_stay),
		SCRATCH_TEST(test_a_capability_was_given_to_the_former_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
