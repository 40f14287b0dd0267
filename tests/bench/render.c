/* SPDX-License-Identifier: MIT */
/*
 * render.c -- render FACTS.json OUTDIR TEMPLATE...: many templates in one process, as a pass of the
 * agent renders them, but with what a program costs to start
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "modules/template/erb.h"

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	*ret_secret = false;
	*ret_why = NULL;
	return json_object_object_get_ex(userdata, name, ret_value) ? ERB_FOUND : ERB_NO_SUCH;
}

static int slurp(const char *path, struct buf *b)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char chunk[16384];
	size_t n;

	if (!f)
		return -errno;
	buf_reset(b);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	return b->error;
}

static int render(const char *path, const char *dir, const struct erb_facts *facts,
		  struct buf *text)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	_cleanup_free_ char *target = str_printf("%s/%s.out", dir, name);
	_cleanup_(erb_result_done) struct erb_result result = {};
	_cleanup_buf_ struct buf message = BUF_INIT;
	_cleanup_fclose_ FILE *f = NULL;
	struct erb_error error;
	int r;

	r = slurp(path, text);
	if (r < 0)
		return r;
	r = erb_render(text->data, text->len, facts, NULL, &result, &error);
	if (r < 0) {
		erb_error_format(name, text->data, text->len, &error, &message);
		fputs(message.data ?: "no memory\n", stderr);
		return r;
	}
	f = fopen(target, "we");
	if (!f || fwrite(result.out.data, 1, result.out.len, f) != result.out.len)
		return -EIO;
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct erb_facts facts = { .lookup = lookup };
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (argc < 4) {
		fputs("usage: render FACTS.json OUTDIR TEMPLATE...\n", stderr);
		return 2;
	}
	if (slurp(argv[1], &text) < 0 || json_parse(text.data, text.len, 16, &obj, NULL) < 0) {
		fprintf(stderr, "render: cannot read %s\n", argv[1]);
		return 1;
	}
	facts.userdata = obj;
	for (int i = 3; i < argc; i++)
		if (render(argv[i], argv[2], &facts, &text) < 0)
			return 1;
	return 0;
}
