/* SPDX-License-Identifier: MIT */
/* test-snapshot.c -- texts that a child process makes while the loop goes on */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tools/envmux/snapshot.h"

#define LIMIT_MS 60000

struct world {
	struct snapshot *snapshot;
	const char *word;
	volatile bool *hold; /* shared with the child: it waits as long as this is true */
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(snapshot_new(&w->snapshot), 0);
	w->word = "first";
	w->hold = mmap(NULL, sizeof(*w->hold), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	assert_true(w->hold != MAP_FAILED);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	snapshot_free(w->snapshot);
	munmap((void *)w->hold, sizeof(*w->hold));
	free(w);
	return 0;
}

static int make(void *userdata, struct buf *b)
{
	struct world *w = userdata;

	while (*w->hold)
		(void)poll(NULL, 0, 1);
	buf_addf(b, "the %s word", w->word);
	w->word = "altered";
	return 0;
}

static int fail_to_make(void *userdata, struct buf *b)
{
	return -ENOSPC;
}

static int die(void *userdata, struct buf *b)
{
	raise(SIGKILL);
	return 0;
}

static void wait_for(struct world *w)
{
	struct pollfd fd = { snapshot_fd(w->snapshot), POLLIN, 0 };

	assert_true(fd.fd >= 0);
	assert_int_equal(poll(&fd, 1, LIMIT_MS), 1);
	assert_true(snapshot_run(w->snapshot));
	assert_int_equal(snapshot_fd(w->snapshot), -1);
}

static int get(struct world *w, const char *key, int (*func)(void *userdata, struct buf *b),
	       char **ret)
{
	size_t len = 0;
	int r = snapshot_get(w->snapshot, key, func, w, ret, &len);

	if (r == 0)
		assert_int_equal(len, strlen(*ret));
	return r;
}

static void test_text_is_of_the_moment_when_it_was_asked_for(void **state)
{
	struct world *w = *state;
	_cleanup_free_ char *text = NULL;

	*w->hold = true;
	assert_int_equal(get(w, "a", make, &text), -EAGAIN);
	w->word = "second";
	assert_false(snapshot_run(w->snapshot));
	assert_int_equal(get(w, "a", make, &text), -EAGAIN);
	*w->hold = false;
	wait_for(w);
	assert_int_equal(get(w, "a", make, &text), 0);
	assert_string_equal(text, "the first word");
	assert_string_equal(w->word, "second");
}

static void test_one_is_made_after_the_other(void **state)
{
	struct world *w = *state;
	_cleanup_free_ char *a = NULL, *b = NULL;

	*w->hold = true;
	assert_int_equal(get(w, "a", make, &a), -EAGAIN);
	w->word = "second";
	assert_int_equal(get(w, "b", make, &b), -EAGAIN);
	*w->hold = false;
	wait_for(w);
	assert_int_equal(get(w, "a", make, &a), 0);
	assert_int_equal(get(w, "b", make, &b), -EAGAIN);
	wait_for(w);
	assert_int_equal(get(w, "b", make, &b), 0);
	assert_string_equal(b, "the second word");
}

static void test_what_could_not_be_made_is_told(void **state)
{
	struct world *w = *state;
	char *text = NULL;

	assert_int_equal(get(w, "a", fail_to_make, &text), -EAGAIN);
	wait_for(w);
	assert_int_equal(get(w, "a", fail_to_make, &text), -ENOSPC);
	assert_int_equal(get(w, "b", die, &text), -EAGAIN);
	wait_for(w);
	assert_int_equal(get(w, "b", die, &text), -EIO);
	assert_null(text);
}

/* Else who starts after us would find our lock and our port taken. */
static void test_nothing_of_ours_is_held_by_the_maker(void **state)
{
	struct world *w = *state;
	char *text = NULL;
	struct pollfd end;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	*w->hold = true;
	assert_int_equal(get(w, "a", make, &text), -EAGAIN);
	close(fds[1]);
	end = (struct pollfd){ fds[0], POLLIN, 0 };
	assert_int_equal(poll(&end, 1, LIMIT_MS), 1);
	assert_true(end.revents & POLLHUP);
	close(fds[0]);
}

static void test_without_anybody_to_make_it_it_is_made_at_once(void **state)
{
	struct world *w = *state;
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(snapshot_get(NULL, "a", make, w, &text, &len), 0);
	assert_string_equal(text, "the first word");
	assert_int_equal(len, strlen(text));
	assert_int_equal(snapshot_get(NULL, "a", fail_to_make, w, &text, &len), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_text_is_of_the_moment_when_it_was_asked_for),
		T(test_one_is_made_after_the_other),
		T(test_what_could_not_be_made_is_told),
		T(test_nothing_of_ours_is_held_by_the_maker),
		T(test_without_anybody_to_make_it_it_is_made_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
