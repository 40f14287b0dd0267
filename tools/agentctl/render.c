/* SPDX-License-Identifier: MIT */
/* render.c -- the verb render: a template with the facts of a file, offline */
#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "tools/agentctl/factsfile.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"

#define TEMPLATE_MAX (8u * 1024 * 1024)

/* A compiler's message: FILE:LINE:COLUMN, the line, a caret. The line is foreign text. */
static void say_where(struct ctl *ctl, const char *name, const char *text, size_t len,
		      const struct erb_error *error)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (erb_error_format(name, text, len, error, &b) < 0) {
		show_error(ctl, NULL, "%s:%u:%u: %s", name, error->line, error->column,
			   error->text);
		return;
	}
	for (char *line = b.data, *end; line && *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		/* A tab stays one: the caret below it is set with tabs too. */
		for (char *tab; (tab = strchr(line, '\t')); line = tab + 1) {
			*tab = '\0';
			show_text(ctl->err, line);
			fputc('\t', ctl->err);
		}
		show_text(ctl->err, line);
		fputc('\n', ctl->err);
	}
}

/* ---- for programs ---- */

/* The document of NAME with one more, VALUE, which is taken over. */
static int begin_json(const char *name, const char *key, struct json_object *value,
		      struct json_object **ret)
{
	*ret = json_object_new_object();
	return json_add(*ret, { "schema", json_str("envagent.render/1") },
			{ "template", json_str(name) }, { key, value });
}

static int error_json(struct ctl *ctl, const char *name, const struct erb_error *error)
{
	struct json_object *obj = json_object_new_object();
	_cleanup_json_ struct json_object *top = NULL;
	int r;

	r = begin_json(name, "error", obj, &top);
	if (r >= 0)
		r = json_add(obj, { "line", json_int(error->line) },
			     { "column", json_int(error->column) },
			     { "unknown", json_bool(error->unknown) });
	if (r >= 0)
		r = show_set_bytes(obj, "text", error->text, strlen(error->text));
	if (r >= 0 && error->fact[0])
		r = show_set_bytes(obj, "fact", error->fact, strlen(error->fact));
	if (r >= 0)
		show_json(ctl, top);
	return r;
}

/* The names of N facts from FIRST on, as the array KEY of OBJ. */
static int add_names(struct json_object *obj, const char *key, const struct erb_result *result,
		     size_t first, size_t n)
{
	struct json_object *names = json_object_new_array();
	int r;

	r = json_set(obj, key, names);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = json_append(names, json_object_new_string(result->fact_names[first + i]));
	return r;
}

static int add_piece(struct json_object *pieces, const char *text, const struct erb_result *result,
		     const struct erb_span *span)
{
	struct json_object *obj = json_object_new_object();
	int r;

	r = json_append(pieces, obj);
	if (r >= 0)
		r = json_add(obj, { "start", json_int(span->start) },
			     { "end", json_int(span->end) },
			     { "template_line", json_int(span->line) },
			     { "template_column", json_int(span->column) },
			     { span->secret ? "secret" : NULL, json_bool(true) });
	if (r >= 0 && span->expression)
		r = show_set_bytes(obj, "expression", text + span->pos, span->len);
	if (r >= 0)
		r = add_names(obj, "facts", result, span->fact, span->n_facts);
	return r < 0 ? r : add_names(obj, "decided_by", result, span->when, span->n_when);
}

static int result_json(struct ctl *ctl, const char *name, const char *text,
		       const struct erb_result *result)
{
	struct json_object *pieces = json_object_new_array();
	_cleanup_json_ struct json_object *top = NULL;
	int r;

	r = begin_json(name, "pieces", pieces, &top);
	if (r >= 0)
		r = show_set_bytes(top, "text", result->out.data, result->out.len);
	if (r >= 0)
		r = json_set_bool(top, "secret", result->secret);
	for (size_t i = 0; r >= 0 && i < result->n_spans; i++)
		r = add_piece(pieces, text, result, &result->spans[i]);
	if (r >= 0)
		show_json(ctl, top);
	return r;
}

/* What came of it, R; returns the exit code. */
static int tell(struct ctl *ctl, const char *name, const char *text, size_t len, int r,
		const struct erb_result *result, const struct erb_error *error)
{
	int code = r < 0 ? CTL_ERROR : CTL_READY;

	if (ctl->json && r != -ENOMEM)
		r = r < 0 ? error_json(ctl, name, error) : result_json(ctl, name, text, result);
	else if (r < 0 && r != -ENOMEM)
		say_where(ctl, name, text, len, error);
	else if (r >= 0 && result->out.len > 0)
		fwrite(result->out.data, 1, result->out.len, ctl->out);
	if (r != -ENOMEM)
		return code;
	show_error(ctl, NULL, "%s: %s", name, strerror(-r));
	return CTL_ERROR;
}

int ctl_render(struct ctl *ctl)
{
	_cleanup_(erb_result_done) struct erb_result result = {};
	_cleanup_(factsfile_freep) struct factsfile *f = NULL;
	_cleanup_free_ char *text = NULL, *error = NULL;
	const char *path = ctl->args[0], *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
	const struct erb_options options = { .spans = ctl->json };
	struct erb_error where = {};
	struct erb_facts facts;
	size_t len;
	int r;

	/* What is named on the command line is the caller's own file; only ours lie below the root.
	 */
	r = ctl->facts ? factsfile_load("", ctl->facts, &f, &error)
		       : factsfile_load(ctl->root, FACTS_PATH, &f, &error);
	if (r < 0) {
		show_error(ctl, ctl->facts ? NULL : "agentctl render --facts FACTS.json TEMPLATE",
			   "%s", error ?: strerror(-r));
		return CTL_ERROR;
	}
	r = file_read("", path, TEMPLATE_MAX, &text, &len, NULL);
	if (r < 0) {
		show_error(ctl, NULL, "%s: %s", name, strerror(-r));
		return CTL_ERROR;
	}
	facts = factsfile_erb(f);
	r = erb_render(text, len, &facts, &options, &result, &where);
	return tell(ctl, name, text, len, r, &result, &where);
}
