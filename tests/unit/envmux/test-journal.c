/* SPDX-License-Identifier: MIT */
/* test-journal.c -- what is on disk after every kind of end */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/base/buf.h"
#include "tools/envmux/journal.h"

struct fixture {
	char dir[64], path[80];
	char seen[512]; /* the records' "n" that were replayed */
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/journal", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static int on_record(void *userdata, struct json_object *record)
{
	struct fixture *f = userdata;
	int64_t n = -1;

	(void)json_get_int(record, "n", &n);
	snprintf(f->seen + strlen(f->seen), sizeof(f->seen) - strlen(f->seen), "%d ", (int)n);
	return 0;
}

static int open_journal(struct fixture *f, struct journal **ret, size_t *ret_cut)
{
	*f->seen = '\0';
	return journal_open(f->dir, on_record, f, ret, ret_cut);
}

static int append(struct journal *j, int n)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();

	assert_int_equal(json_set_int(o, "n", n), 0);
	assert_int_equal(json_set_str(o, "text", "two\nlines"), 0);
	return journal_append(j, json_text(o), strlen(json_text(o)));
}

static void write_three(struct fixture *f)
{
	struct journal *j;
	size_t cut;

	assert_int_equal(open_journal(f, &j, &cut), 0);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(append(j, i), 0);
	journal_free(j);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void test_records_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	struct journal *j;
	size_t cut;

	write_three(f);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_string_equal(f->seen, "1 2 3 ");
	assert_int_equal(cut, 0);
	journal_free(j);
}

static void test_tail_torn_at_any_byte_is_cut(void **state)
{
	struct fixture *f = *state;
	struct journal *j;
	off_t whole, two;
	size_t cut;

	write_three(f);
	whole = size_of(f->path);
	two = whole / 3 * 2;
	for (off_t at = whole - 1; at > two; at--) {
		assert_int_equal(truncate(f->path, at), 0);
		assert_int_equal(open_journal(f, &j, &cut), 0);
		assert_string_equal(f->seen, "1 2 ");
		assert_int_equal(cut, at - two);
		assert_int_equal(append(j, 3), 0);
		journal_free(j);
	}
}

static void test_damage_in_the_middle_is_told_not_cut(void **state)
{
	struct fixture *f = *state;
	off_t whole;
	struct journal *j;
	size_t cut;
	int fd;

	write_three(f);
	whole = size_of(f->path);
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, whole / 2), 1);
	safe_close(fd);
	assert_int_equal(open_journal(f, &j, &cut), -EBADMSG);
	assert_int_equal(size_of(f->path), whole);
}

static void test_second_process_is_kept_out(void **state)
{
	struct fixture *f = *state;
	struct journal *j, *k;
	size_t cut;

	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_int_equal(open_journal(f, &k, &cut), -EBUSY);
	journal_free(j);
}

static void test_full_disk_leaves_the_file_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, limit;
	struct journal *j;
	off_t whole;
	size_t cut;

	write_three(f);
	whole = size_of(f->path);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)whole + 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(append(j, 4), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(size_of(f->path), whole);
	assert_int_equal(append(j, 5), 0);
	journal_free(j);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_string_equal(f->seen, "1 2 3 5 ");
	journal_free(j);
}

/* Records 8 and 9. */
static int compacted(void *userdata, size_t i, struct buf *ret)
{
	return i < 2 ? buf_addf(ret, "{\"n\":%zu}", 8 + i) ?: 1 : 0;
}

static int half_compacted(void *userdata, size_t i, struct buf *ret)
{
	return i < 1 ? compacted(userdata, i, ret) : -ENOMEM;
}

static void test_compaction_leaves_its_own_records(void **state)
{
	struct fixture *f = *state;
	struct journal *j;
	size_t cut;

	write_three(f);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_int_equal(journal_compact(j, compacted, NULL), 0);
	assert_int_equal(append(j, 10), 0);
	journal_free(j);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_string_equal(f->seen, "8 9 10 ");
	journal_free(j);
}

static void test_compaction_that_fails_leaves_the_former_file(void **state)
{
	struct fixture *f = *state;
	struct journal *j;
	size_t cut;

	write_three(f);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_int_equal(journal_compact(j, half_compacted, NULL), -ENOMEM);
	assert_int_equal(append(j, 4), 0);
	journal_free(j);
	assert_int_equal(open_journal(f, &j, &cut), 0);
	assert_string_equal(f->seen, "1 2 3 4 ");
	journal_free(j);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_records_come_back_in_order),
		TEST(test_tail_torn_at_any_byte_is_cut),
		TEST(test_damage_in_the_middle_is_told_not_cut),
		TEST(test_second_process_is_kept_out),
		TEST(test_full_disk_leaves_the_file_as_it_was),
		TEST(test_compaction_leaves_its_own_records),
		TEST(test_compaction_that_fails_leaves_the_former_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
