/* SPDX-License-Identifier: MIT */
/* fixture.h -- a root of its own with a manifest and a plan, for the tests in this folder */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/json.h"
#include "agent/reconcile/plan.h"

struct fixture {
	char dir[32];
	struct sys *sys;
	struct manifest *manifest;
	struct plan *plan;
	struct buf told; /* what plan_apply() reported, a line each */
};

static inline int fixture_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void fixture_end(struct fixture *f)
{
	plan_free(f->plan);
	f->plan = NULL;
	manifest_free(f->manifest);
	f->manifest = NULL;
}

/* Reads the manifest from the disk and starts an empty plan, as the next pass would. */
static inline void fixture_begin(struct fixture *f)
{
	_cleanup_free_ char *error = NULL;

	fixture_end(f);
	buf_reset(&f->told);
	if (manifest_load(f->sys, &f->manifest, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(plan_new(f->sys, f->manifest, &f->plan), 0);
	plan_module(f->plan, "host");
}

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/envagent-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(sys_open(f->dir, &f->sys), 0);
	assert_true(sys_mkdir(f->sys, "/etc", 0755) >= 0);
	fixture_begin(f);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	buf_done(&f->told);
	sys_free(f->sys);
	nftw(f->dir, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static inline void fixture_put(struct fixture *f, const char *path, const char *text, mode_t mode)
{
	struct sys_write_opts opts = { .mode = mode, .uid = (uid_t)-1, .gid = (gid_t)-1 };

	assert_true(sys_write(f->sys, path, text, strlen(text), &opts) >= 0);
}

static inline void fixture_expect(struct fixture *f, const char *path, const char *text)
{
	_cleanup_free_ char *now = NULL;
	size_t len;
	int r;

	r = sys_read(f->sys, path, &now, &len);
	if (!text) {
		assert_int_equal(r, -ENOENT);
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(now, text);
}

static inline int fixture_plan_text(struct fixture *f, const char *path, const char *text)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 },
	};

	return plan_file(f->plan, path, text, strlen(text), &opts);
}

/* The summaries of the plan, one a line. */
static inline void fixture_expect_plan(struct fixture *f, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_adds(&b, "");
	for (size_t i = 0; i < plan_count(f->plan); i++)
		buf_addf(&b, "%s\n", plan_at(f->plan, i)->summary);
	assert_string_equal(b.data ?: "", text);
}

static inline void fixture_report(void *userdata, const struct change *c, int r, const char *words)
{
	struct fixture *f = userdata;

	buf_addf(&f->told, "%s %s%s%s\n", r < 0 ? "failed" : "done", c->summary, words ? ": " : "",
		 words ?: "");
}

static inline int fixture_apply(struct fixture *f)
{
	return plan_apply(f->plan, fixture_report, f);
}

/* The inode and change time of everything below the root: equal if nothing was written. */
static inline int fixture_stamp_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw);
static struct buf fixture_stamps;

static inline int fixture_stamp_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	return buf_addf(&fixture_stamps, "%s %ju %jd.%09ld\n", path, (uintmax_t)st->st_ino,
			(intmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static inline char *fixture_stamp(struct fixture *f)
{
	buf_reset(&fixture_stamps);
	assert_int_equal(nftw(f->dir, fixture_stamp_one, 16, FTW_PHYS), 0);
	return buf_take(&fixture_stamps);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
