/* SPDX-License-Identifier: MIT */
/*
 * test-clockwatch.c -- has somebody set the clock?
 *
 * A test may not set the machine's clock, and no namespace has one of its own. So the one answer of
 * the kernel that tells of it, ECANCELED, is put in between: the timer of this program is an
 * eventfd that the test makes readable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/clockwatch.h"

static struct {
	int fd;
	int flags;	 /* of the last arming */
	unsigned armed;	 /* times */
	int error;	 /* of the next read */
	unsigned called; /* times */
} timer = { .fd = -1 };

int timerfd_create(int clock, int flags)
{
	assert_int_equal(clock, CLOCK_REALTIME);
	timer.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return timer.fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *former)
{
	assert_int_equal(fd, timer.fd);
	timer.flags = flags;
	timer.armed++;
	return 0;
}

ssize_t read(int fd, void *buf, size_t len)
{
	ssize_t n = syscall(SYS_read, fd, buf, len);

	if (fd != timer.fd || !timer.error)
		return n;
	errno = timer.error;
	return -1;
}

static void on_change(void *userdata)
{
	timer.called++;
}

static void ring(sd_event *event, int error)
{
	timer.error = error;
	assert_int_equal(eventfd_write(timer.fd, 1), 0);
	assert_true(sd_event_run(event, 10000000) > 0);
}

static void test_a_clock_that_was_set_is_told_each_time(void **state)
{
	struct clockwatch *watch = NULL;
	sd_event *event = NULL;

	memset(&timer, 0, sizeof(timer));
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(clockwatch_new(event, on_change, NULL, &watch), 0);
	assert_int_equal(timer.flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	assert_int_equal(timer.armed, 1);

	ring(event, ECANCELED);
	assert_int_equal(timer.called, 1);
	assert_int_equal(timer.armed, 2); /* or the next change would not be heard */
	ring(event, ECANCELED);
	assert_int_equal(timer.called, 2);

	ring(event, EAGAIN);
	assert_int_equal(timer.called, 2);
	clockwatch_free(watch);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clock_that_was_set_is_told_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
