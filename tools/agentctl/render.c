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

int ctl_render(struct ctl *ctl)
{
	_cleanup_(erb_result_done) struct erb_result result = {};
	_cleanup_(factsfile_freep) struct factsfile *f = NULL;
	_cleanup_free_ char *text = NULL, *error = NULL;
	const char *path = ctl->args[0], *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
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
	r = erb_render(text, len, &facts, NULL, &result, &where);
	if (r == -ENOMEM) {
		show_error(ctl, NULL, "%s: %s", name, strerror(-r));
		return CTL_ERROR;
	}
	if (r < 0) {
		say_where(ctl, name, text, len, &where);
		return CTL_ERROR;
	}
	if (result.out.len > 0)
		fwrite(result.out.data, 1, result.out.len, ctl->out);
	return CTL_READY;
}
