/* SPDX-License-Identifier: MIT */
/* test-conf-load.c -- which files make the configuration */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/conf.h"

struct values {
	char *a, *b, *c;
};

static const struct conf_item items[] = {
	{ "A", CONF_STRING, offsetof(struct values, a), NULL, NULL },
	{ "B", CONF_STRING, offsetof(struct values, b), NULL, NULL },
	{ "C", CONF_STRING, offsetof(struct values, c), NULL, NULL },
	{},
};

static const struct conf_section sections[] = {
	{ "S", false, items, sizeof(struct values) },
	{},
};

static const struct conf_section *const tables[] = { sections, NULL };

struct fixture {
	char root[32];
	struct conf *conf;
	char *error;
	struct values v;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	strcpy(f->root, "/tmp/envagent-test.XXXXXX");
	return mkdtemp(f->root) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *remove = str_printf("rm -rf '%s'", f->root);

	conf_done(items, &f->v);
	conf_free(f->conf);
	free(f->error);
	free(f);
	return system(remove);
}

static void put(struct fixture *f, const char *path, const char *text)
{
	_cleanup_free_ char *full = str_printf("%s%s", f->root, path);
	_cleanup_fclose_ FILE *file = NULL;

	for (char *p = full + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	file = fopen(full, "we");
	assert_non_null(file);
	fputs(text, file);
}

static int load(struct fixture *f)
{
	int r;

	conf_free(f->conf);
	f->conf = NULL;
	free(f->error);
	f->error = NULL;
	conf_done(items, &f->v);
	r = conf_load(f->root, tables, false, &f->conf, &f->error);
	if (r == 0)
		assert_int_equal(conf_get(f->conf, sections, NULL, &f->v), 0);
	return r;
}

static void test_no_file_is_an_empty_configuration(void **state)
{
	assert_int_equal(load(*state), 0);
	assert_null(((struct fixture *)*state)->v.a);
}

static void test_later_files_win_key_by_key(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *origin =
		str_printf("%s/etc/envagent/envagent.conf.d/50-x.conf:2:3", f->root);

	put(f, "/usr/lib/envagent/envagent.conf", "[S]\nA=vendor\nB=vendor\nC=vendor\n");
	put(f, "/etc/envagent/envagent.conf", "[S]\nB=admin\nC=admin\n");
	put(f, "/etc/envagent/envagent.conf.d/50-x.conf", "[S]\nC=dropin\n");
	assert_int_equal(load(f), 0);
	assert_string_equal(f->v.a, "vendor");
	assert_string_equal(f->v.b, "admin");
	assert_string_equal(f->v.c, "dropin");
	assert_string_equal(conf_origin(f->conf, "S", NULL, "C"), origin);
}

static void test_dropins_of_both_folders_are_sorted_together(void **state)
{
	struct fixture *f = *state;

	put(f, "/etc/envagent/envagent.conf.d/10-a.conf", "[S]\nA=10\nB=10\n");
	put(f, "/usr/lib/envagent/envagent.conf.d/20-b.conf", "[S]\nB=20\n");
	put(f, "/usr/lib/envagent/envagent.conf.d/30-c.conf", "[S]\nA=vendor\nC=vendor\n");
	put(f, "/etc/envagent/envagent.conf.d/30-c.conf", "[S]\nC=mask\n");
	put(f, "/etc/envagent/envagent.conf.d/.hidden.conf", "nonsense");
	put(f, "/etc/envagent/envagent.conf.d/backup.conf~", "nonsense");
	assert_int_equal(load(f), 0);
	assert_string_equal(f->v.a, "10");
	assert_string_equal(f->v.b, "20");
	assert_string_equal(f->v.c, "mask");
}

static void test_links_stay_below_the_root(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *link = str_printf("%s/etc/envagent/envagent.conf", f->root);

	put(f, "/etc/envagent/x", "");
	put(f, "/srv/real", "[S]\nA=inside\n");
	assert_int_equal(symlink("/../../srv/real", link), 0);
	assert_int_equal(load(f), 0);
	assert_string_equal(f->v.a, "inside");
}

static void test_faults_of_all_files_are_listed(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *expected = str_printf(
		"%s/usr/lib/envagent/envagent.conf:2:1: unknown key Colour= in [S]; it knows A= B= "
		"C=\n"
		"%s/etc/envagent/envagent.conf:1:1: unknown section [T]; did you mean [S]; see "
		"envagent.conf(5)",
		f->root, f->root);

	put(f, "/usr/lib/envagent/envagent.conf", "[S]\nColour=1\n");
	put(f, "/etc/envagent/envagent.conf", "[T]\nX=1\n");
	assert_int_equal(load(f), -EINVAL);
	assert_string_equal(f->error, expected);
}

static void test_a_file_that_cannot_be_read_is_named(void **state)
{
	struct fixture *f = *state;

	put(f, "/etc/envagent/envagent.conf/x", "");
	assert_int_equal(load(f), -EISDIR);
	assert_non_null(strstr(f->error, "/etc/envagent/envagent.conf: cannot be read: Is a "
					 "directory"));
}

static void test_a_root_that_is_not_there_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_load("/nonexistent/root", tables, false, &f->conf, &f->error),
			 -ENOENT);
	assert_string_equal(f->error,
			    "/nonexistent/root: cannot be opened: No such file or directory");
}

static void test_a_huge_file_is_refused(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = str_printf("%s/etc/envagent/envagent.conf", f->root);

	put(f, "/etc/envagent/envagent.conf", "");
	assert_int_equal(truncate(path, 2 * 1024 * 1024), 0);
	assert_int_equal(load(f), -EFBIG);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_file_is_an_empty_configuration),
		TEST(test_later_files_win_key_by_key),
		TEST(test_dropins_of_both_folders_are_sorted_together),
		TEST(test_links_stay_below_the_root),
		TEST(test_faults_of_all_files_are_listed),
		TEST(test_a_file_that_cannot_be_read_is_named),
		TEST(test_a_root_that_is_not_there_is_named),
		TEST(test_a_huge_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
