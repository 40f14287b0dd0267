/* SPDX-License-Identifier: MIT */
/*
 * test-haproxy-config.c -- what HAProxy is given to read
 *
 * The golden text is haproxy.cfg beside this file; HAProxy itself is asked whether it takes it.
 */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tools/envmux/haproxy.h"

#define GOLDEN "tests/unit/envmux/haproxy.cfg"
#define HAPROXY "/usr/sbin/haproxy"

struct fixture {
	char dir[64], cfg[96];
	char *front[2], *plain[2], *base[3];
	struct driver d;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct driver_monitor tcp = { .check = DRIVER_CHECK_TCP };

	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->cfg, sizeof(f->cfg), "%s/haproxy.cfg", f->dir);
	f->front[0] = (char *)"192.0.2.1:443";
	f->plain[0] = (char *)"192.0.2.1:80";
	f->base[0] = (char *)"test-envs.example.internal";
	f->base[1] = (char *)"old.example.internal";
	f->d = (struct driver){
		.conf = { .front = f->front,
			  .plain = f->plain,
			  .base_domains = f->base,
			  .pages = true,
			  .certificate = (char *)"/etc/envmux/certificate.pem",
			  .slots = 3,
			  .connections = 5000,
			  .haproxy = (char *)HAPROXY },
		.dir = f->dir,
		.cfg = f->cfg,
		.stats_socket = (char *)"/run/envmux-haproxy/stats.sock",
	};
	assert_int_equal(haproxy_know_class(&f->d, DRIVER_ROUND_ROBIN, &tcp), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	haproxy_slots_free(&f->d);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static struct server *add(struct fixture *f, struct slot *s, const char *address, unsigned port,
			  enum driver_admin admin)
{
	struct driver_member m = {
		.name = (char *)address, .port = port, .weight = 3, .admin = admin
	};
	struct server *v;

	assert_int_equal(addr_parse(address, &m.addr), 0);
	v = haproxy_add_server(&f->d, s, &m);
	assert_non_null(v);
	return v;
}

/* One route with members in each state, one that is checked, an empty slot. */
static void fill(struct fixture *f)
{
	const struct driver_monitor tcp = {
		.check = DRIVER_CHECK_TCP, .interval = 5, .fall = 3, .rise = 1
	};
	const struct driver_monitor none = { .check = DRIVER_CHECK_NONE };
	struct slot *s = haproxy_acquire(&f->d, DRIVER_ROUND_ROBIN, &none, "www-1");

	(void)add(f, s, "10.0.0.1", 80, DRIVER_ENABLED);
	(void)add(f, s, "2001:db8::1", 80, DRIVER_DRAIN);
	(void)add(f, s, "10.0.0.3", 80, DRIVER_OFFLINE);
	add(f, s, "10.0.0.4", 80, DRIVER_ENABLED)->leaving = true;
	s = haproxy_acquire(&f->d, DRIVER_ROUND_ROBIN, &tcp, "api-1");
	(void)add(f, s, "10.0.0.1", 8080, DRIVER_ENABLED);
}

static char *read_whole(const char *path)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char part[4096];
	size_t n;

	if (!file)
		return NULL;
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		(void)buf_add(&b, part, n);
	return buf_take(&b);
}

/* TEXT with DIR in place of the scratch folder; owned. */
static char *without_dir(const char *text, const char *dir)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (const char *p = text; *p;) {
		bool here = !strncmp(p, dir, strlen(dir));

		buf_add(&b, here ? "DIR" : p, here ? 3 : 1);
		p += here ? strlen(dir) : 1;
	}
	return buf_take(&b);
}

static void test_configuration_is_the_golden_text(void **state)
{
	_cleanup_free_ char *golden = read_whole(GOLDEN), *text = NULL, *plain = NULL;
	struct fixture *f = *state;

	if (!golden) {
		print_message(GOLDEN " is not here: run this from the source root\n");
		skip();
	}
	fill(f);
	assert_int_equal(haproxy_render(&f->d, true), 0);
	text = read_whole(f->cfg);
	assert_non_null(text);
	plain = without_dir(text, f->dir);
	assert_string_equal(plain, golden);
}

static void test_map_has_a_row_for_each_route(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = haproxy_map(&f->d, 1), *text = NULL;

	fill(f);
	assert_int_equal(haproxy_render(&f->d, true), 0);
	text = read_whole(path);
	assert_non_null(text);
	assert_string_equal(text, "www-1 p0\napi-1 p1\n\n");
}

static void test_haproxy_takes_what_is_written(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *error = NULL;

	if (access(HAPROXY, X_OK) < 0) {
		print_message("no " HAPROXY "\n");
		skip();
	}
	f->d.conf.front = NULL; /* its certificate is not here */
	f->d.conf.plain_front = f->front;
	fill(f);
	assert_int_equal(haproxy_render(&f->d, true), 0);
	if (haproxy_check(&f->d, &error) < 0)
		fail_msg("%s", error);
}

static void test_each_rendering_has_a_map_of_its_own(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i <= 20; i++) {
		_cleanup_free_ char *path = haproxy_map(&f->d, i), *text = NULL;

		assert_int_equal(haproxy_render(&f->d, true), 0);
		assert_int_equal(f->d.rendered, i);
		assert_int_equal(access(path, R_OK), 0);
		text = read_whole(f->cfg);
		assert_non_null(strstr(text, path));
	}
	/* The last ones stay for a HAProxy that is just reading; the others are gone. */
	for (unsigned i = 1; i <= 20; i++) {
		_cleanup_free_ char *path = haproxy_map(&f->d, i);

		assert_int_equal(access(path, R_OK), i > 12 ? 0 : -1);
	}
	f->d.rendered = 0;
	haproxy_find_rendered(&f->d);
	assert_int_equal(f->d.rendered, 20);
}

static void test_failed_rendering_leaves_the_former_files(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL, *blocker = NULL;

	assert_int_equal(haproxy_render(&f->d, true), 0);
	before = read_whole(f->cfg);
	blocker = str_printf("%s.new", f->cfg);
	assert_int_equal(mkdir(blocker, 0700), 0);
	fill(f);
	assert_int_equal(haproxy_render(&f->d, true), -EISDIR);
	assert_int_equal(f->d.rendered, 1);
	after = read_whole(f->cfg);
	assert_string_equal(after, before);
	assert_int_equal(rmdir(blocker), 0);
	assert_int_equal(haproxy_render(&f->d, true), 0);
}

static void test_rendering_tells_which_slots_the_files_name(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_int_equal(haproxy_render(&f->d, true), 0);
	assert_true(f->d.slots[0].on_disk);
	assert_true(f->d.slots[1].on_disk);
	assert_false(f->d.slots[2].on_disk);
	haproxy_leave(&f->d, &f->d.slots[0]);
	assert_true(f->d.slots[0].on_disk);
	assert_int_equal(haproxy_render(&f->d, true), 0);
	assert_false(f->d.slots[0].on_disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_configuration_is_the_golden_text),
		TEST(test_map_has_a_row_for_each_route),
		TEST(test_haproxy_takes_what_is_written),
		TEST(test_each_rendering_has_a_map_of_its_own),
		TEST(test_failed_rendering_leaves_the_former_files),
		TEST(test_rendering_tells_which_slots_the_files_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
