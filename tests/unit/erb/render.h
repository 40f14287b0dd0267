/* SPDX-License-Identifier: MIT */
/* render.h -- one rendering with facts as JSON, and what is expected of it */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/erb.h"

/*
 * The facts of all tests. A name that starts with secret_ is secret; "later" is unknown and "gone"
 * absent, both with a reason.
 */
#define FACTS                                                                         \
	"{\"config_id\":\"4190101\",\"port\":8080,\"on\":true,\"off\":false,"         \
	"\"none\":null,\"list\":[3,1,2],\"words\":[\"b\",\"a\"],"                     \
	"\"host\":{\"name\":\"web-1\",\"ip\":\"10.60.0.21\",\"tags\":[\"x\"]},"       \
	"\"secret_key\":\"hush\",\"secret_on\":true,\"secret_list\":[\"s1\",\"s2\"]," \
	"\"secret_host\":{\"login\":\"root\"},\"huge\":18446744073709551615}"

static inline enum erb_lookup render_lookup(void *userdata, const char *name,
					    struct json_object **ret_value, bool *ret_secret,
					    const char **ret_why)
{
	*ret_secret = strncmp(name, "secret_", 7) == 0;
	*ret_why = NULL;
	if (strcmp(name, "later") == 0) {
		*ret_why = "the gateway does not answer";
		return ERB_UNKNOWN;
	}
	if (strcmp(name, "gone") == 0) {
		*ret_why = "the document has no such key";
		return ERB_IS_ABSENT;
	}
	return json_object_object_get_ex(userdata, name, ret_value) ? ERB_FOUND : ERB_NO_SUCH;
}

static inline const char *render_nearest(void *userdata, const char *name)
{
	return strncmp(name, "conf", 4) == 0 ? "config_id" : NULL;
}

static inline int render_limited(const char *text, size_t len, const struct erb_options *limits,
				 struct erb_result *ret, struct erb_error *ret_error)
{
	struct json_object *facts;
	struct erb_facts callbacks = { render_lookup, render_nearest, NULL };
	int r;

	assert_int_equal(json_parse(FACTS, strlen(FACTS), 16, &facts, NULL), 0);
	callbacks.userdata = facts;
	r = erb_render(text, len, &callbacks, limits, ret, ret_error);
	json_object_put(facts);
	return r;
}

/* TEXT renders to OUT; returns whether the result is secret. */
static inline bool renders(const char *text, const char *out)
{
	struct erb_result result = {};
	struct erb_error error = {};
	bool secret;

	if (render_limited(text, strlen(text), NULL, &result, &error) < 0)
		fail_msg("%s\n%u:%u: %s", text, error.line, error.column, error.text);
	assert_string_equal(result.out.data, out);
	assert_int_equal(result.out.len, strlen(out));
	secret = result.secret;
	erb_result_done(&result);
	return secret;
}

/* TEXT fails with CODE (-EINVAL, -E2BIG) and this message, LINE:COLUMN: TEXT. */
static inline void fails_with(int code, const char *text, const char *message)
{
	struct erb_result result = { .secret = true };
	struct erb_error error = {};
	_cleanup_free_ char *got = NULL;
	int r;

	r = render_limited(text, strlen(text), NULL, &result, &error);
	if (r >= 0)
		fail_msg("rendered: %s", result.out.data);
	got = str_printf("%u:%u: %s", error.line, error.column, error.text);
	assert_string_equal(got, message);
	assert_int_equal(r, code);
	/* untouched */
	assert_true(result.secret);
	assert_null(result.out.data);
}
#define fails(text, message) fails_with(-EINVAL, text, message)
