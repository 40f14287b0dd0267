/* SPDX-License-Identifier: MIT */
/* fuzz-erb-parse.c -- any bytes as a template: it parses, or there is an error with a place in it
 */
#include <assert.h>
#include <errno.h>

#include "modules/template/parse.h"
#include "tests/fuzz/fuzz.h"

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	*ret_value = NULL;
	*ret_secret = false;
	*ret_why = NULL;
	return name[0] == 'f' ? ERB_FOUND : ERB_NO_SUCH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct erb_facts facts = { .lookup = lookup };
	struct erb_error error = {};
	const struct source src = { .text = (const char *)data, .len = size, .error = &error };
	struct arena arena = ARENA_INIT(8u * 1024 * 1024);
	struct program program;
	int r;

	if (size > FUZZ_SIZE_MAX)
		return 0;
	r = parse(&src, &arena, &facts, 100, true, &program);
	assert(r == 0 || r == -EINVAL || r == -E2BIG || r == -ENOMEM);
	assert(r == 0 || (error.line > 0 && error.column > 0 && error.text[0] != '\0'));
	arena_done(&arena);
	return 0;
}
