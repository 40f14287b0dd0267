/* SPDX-License-Identifier: MIT */
/* replay.c -- replay-TARGET [FILE...]: a fuzz target with what is kept, without the fuzzer */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tests/fuzz/fuzz.h"

static void replay(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ uint8_t *exact = NULL;
	char chunk[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	/* of its own size, so that a byte too far is found */
	exact = malloc(b.len > 0 ? b.len : 1);
	assert_non_null(exact);
	if (b.len > 0)
		memcpy(exact, b.data, b.len);
	LLVMFuzzerTestOneInput(exact, b.len);
}

/* Each target has all that is kept, and the templates of tests/golden/template. */
static void test_what_is_kept_breaks_nothing(void **state)
{
	static const char *const places[] = { "tests/fuzz/corpus/erb/*",
					      "tests/fuzz/corpus/envmux/*",
					      "tests/golden/template/*.erb" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		glob_t found;

		assert_int_equal(glob(places[i], 0, NULL, &found), 0);
		for (size_t k = 0; k < found.gl_pathc; k++)
			replay(found.gl_pathv[k]);
		globfree(&found);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept_breaks_nothing),
	};

	if (argc < 2)
		return cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return 0;
}
