/* SPDX-License-Identifier: MIT */
/* test-document.c -- the metadata document between the children */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/document.h"

static void test_a_sealed_document_cannot_be_changed(void **state)
{
	int fd = document_new();
	char text[8] = "";

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{}", 2), 2);
	assert_int_equal(document_seal(fd), 0);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(read(fd, text, sizeof(text)), 2);
	assert_string_equal(text, "{}");
	close(fd);
}

static void test_sealing_leaves_the_offset_at_the_start(void **state)
{
	int fd = document_new();
	char c;

	assert_int_equal(write(fd, "{}", 2), 2);
	assert_int_equal(document_seal(fd), 0);
	assert_int_equal(read(fd, &c, 1), 1);
	assert_int_equal(c, '{');
	close(fd);
}

static void test_nothing_and_too_much_are_refused(void **state)
{
	int empty = document_new(), large = document_new();

	assert_int_equal(document_seal(empty), -ENODATA);
	assert_int_equal(ftruncate(large, DOCUMENT_MAX + 1), 0);
	assert_int_equal(document_seal(large), -EFBIG);
	close(empty);
	close(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sealed_document_cannot_be_changed),
		cmocka_unit_test(test_sealing_leaves_the_offset_at_the_start),
		cmocka_unit_test(test_nothing_and_too_much_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
