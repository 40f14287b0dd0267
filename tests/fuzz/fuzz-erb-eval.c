/* SPDX-License-Identifier: MIT */
/*
 * fuzz-erb-eval.c -- any bytes as a template with facts of every type, under small budgets: the
 * spans of what it renders make up the text, what fails has its place and can be shown
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "modules/template/erb.h"
#include "tests/fuzz/fuzz.h"

static const char facts_text[] =
	"{\"s\":\"ab c,\\u00e9\\ud83d\\ude00\\n\",\"e\":\"\",\"i\":7,\"n\":-12,\"t\":true,"
	"\"z\":null,\"d\":1.5e-7,\"w\":[\"b\",\"a\",\"b\"],\"a\":[3,1,[2,null],{\"k\":\"v\"}],"
	"\"h\":{\"name\":\"web-1\",\"port\":80,\"tags\":[\"x\"],\"o\":{\"a\":1}},\"k\":\"hush\"}";

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	*ret_value = NULL;
	*ret_secret = strcmp(name, "k") == 0;
	*ret_why = "for a reason";
	if (strcmp(name, "u") == 0)
		return ERB_UNKNOWN;
	if (strcmp(name, "g") == 0)
		return ERB_IS_ABSENT;
	return json_object_object_get_ex(userdata, name, ret_value) ? ERB_FOUND : ERB_NO_SUCH;
}

static int echo(void *userdata, const char *command, struct buf *out, char why[ERB_WHY_MAX])
{
	return strchr(command, '!') ? -ENOENT : buf_adds(out, command);
}

static void check_rendered(const struct erb_result *result, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < result->n_spans; i++) {
		const struct erb_span *s = &result->spans[i];

		assert(s->start == at && s->end > s->start);
		assert(s->pos <= size && s->len <= size - s->pos);
		assert(s->line > 0 && s->column > 0 && (result->secret || !s->secret));
		for (size_t k = 0; k < s->n_facts; k++)
			assert(result->fact_names[s->fact + k][0] != '\0');
		at = s->end;
	}
	assert(at == result->out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct erb_options options = {
		.output = 256u * 1024,
		.steps = 20000,
		/* now and then so little that it ends somewhere */
		.memory = size % 4 ? 4u * 1024 * 1024 : 256 + size * 64,
		.spans = true,
		.shell = echo,
	};
	struct erb_facts facts = { .lookup = lookup };
	struct erb_result result = {};
	_cleanup_buf_ struct buf shown = BUF_INIT;
	struct erb_error error = {};
	_cleanup_json_ struct json_object *obj = NULL;
	int r;

	if (size > FUZZ_SIZE_MAX)
		return 0;
	r = json_parse(facts_text, strlen(facts_text), 16, &obj, NULL);
	assert(r == 0);
	facts.userdata = obj;
	r = erb_render((const char *)data, size, &facts, &options, &result, &error);
	if (r == 0) {
		check_rendered(&result, size);
	} else {
		assert(r == -EINVAL || r == -E2BIG || r == -ENOMEM);
		assert(error.line > 0 && error.column > 0 && error.text[0] != '\0');
		assert(erb_error_format("t", (const char *)data, size, &error, &shown) == 0);
	}
	erb_result_done(&result);
	return 0;
}
