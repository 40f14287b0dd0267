/* SPDX-License-Identifier: MIT */
/* facts.c -- the verb facts: what is known about this host, and from where */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "agent/base/utf8.h"
#include "tools/agentctl/factsfile.h"
#include "tools/agentctl/show.h"

/* A longer value runs over its column rather than make it so wide for all. */
#define VALUE_WIDTH_MAX 32

/* A string as it is, anything else as JSON in one line. Borrowed from the value. */
static const char *value_text(struct json_object *value)
{
	if (json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	return value ? json_text(value) : "null";
}

/* What stands in the value column, owned; a text of several lines is there as JSON. */
static char *cell_text(const struct factsfile_fact *fact)
{
	const char *text;

	if (fact->secret)
		return strdup("(secret)");
	if (fact->state == ERB_FOUND) {
		text = value_text(fact->value) ?: "";
		return strdup(utf8_text(text, strlen(text)) ? text : json_text(fact->value) ?: "");
	}
	return str_printf("%s: %s", fact->state == ERB_IS_ABSENT ? "absent" : "unknown", fact->why);
}

static enum show_color cell_color(const struct factsfile_fact *fact)
{
	if (fact->secret || fact->state == ERB_IS_ABSENT)
		return SHOW_DIM;
	return fact->state == ERB_FOUND ? SHOW_PLAIN : SHOW_WARN;
}

static void table_row(const struct ctl *ctl, const struct factsfile_fact *fact, int name, int value,
		      int source)
{
	_cleanup_free_ char *text = cell_text(fact);
	_cleanup_free_ char *from =
		str_printf("%s%s%s", fact->source, fact->path[0] ? " " : "", fact->path);
	char age[SHOW_AGE_MAX];

	show_cell(ctl, SHOW_PLAIN, fact->name, name + 2);
	show_cell(ctl, cell_color(fact), text, value);
	fputs("  ", ctl->out);
	show_cell(ctl, SHOW_DIM, from, source + 2);
	fprintf(ctl->out, "%s\n", fact->time ? show_since(fact->time, age) : "-");
}

static void show_table(const struct ctl *ctl, const struct factsfile *f)
{
	int name = 4, value = 5, source = 6;

	for (size_t i = 0; i < factsfile_count(f); i++) {
		struct factsfile_fact fact = factsfile_at(f, i);
		_cleanup_free_ char *text = cell_text(&fact);
		int w = show_width(text);

		if (w > VALUE_WIDTH_MAX)
			w = VALUE_WIDTH_MAX;
		value = w > value ? w : value;
		w = show_width(fact.name);
		name = w > name ? w : name;
		w = show_width(fact.source) + (fact.path[0] ? 1 + show_width(fact.path) : 0);
		source = w > source ? w : source;
	}
	show_cell(ctl, SHOW_DIM, "NAME", name + 2);
	show_cell(ctl, SHOW_DIM, "VALUE", value + 2);
	show_cell(ctl, SHOW_DIM, "SOURCE", source + 2);
	show_cell(ctl, SHOW_DIM, "AGE", 0);
	fputc('\n', ctl->out);
	for (size_t i = 0; i < factsfile_count(f); i++) {
		struct factsfile_fact fact = factsfile_at(f, i);

		table_row(ctl, &fact, name, value, source);
	}
}

/* The agent leaves the values of secret facts out of its file; this holds whoever wrote it. */
static void drop_secrets(const struct factsfile *f)
{
	for (size_t i = 0; i < factsfile_count(f); i++) {
		struct factsfile_fact fact = factsfile_at(f, i);

		if (fact.secret)
			json_object_object_del(fact.whole, "value");
	}
}

/* The value alone, for scripts: its bytes as they are, but not on a terminal. */
static int show_one(struct ctl *ctl, const struct factsfile *f, const char *name)
{
	struct factsfile_fact fact = factsfile_get(f, name);
	const char *near;

	if (fact.state == ERB_NO_SUCH) {
		near = factsfile_nearest(f, name);
		show_error(ctl, "agentctl facts", "no fact '%s'%s%s%s", name,
			   near ? ", did you mean '" : "", near ?: "", near ? "'?" : "");
		return CTL_ERROR;
	}
	if (ctl->json) {
		show_json(ctl, fact.whole);
		return fact.state == ERB_FOUND ? CTL_READY : CTL_ERROR;
	}
	if (fact.secret) {
		show_error(ctl, NULL, "'%s' is secret: its value is not shown", name);
		return CTL_ERROR;
	}
	if (fact.state != ERB_FOUND) {
		show_error(ctl, "agentctl status", "'%s' is %s: %s", name,
			   fact.state == ERB_IS_ABSENT ? "absent" : "unknown", fact.why);
		return CTL_ERROR;
	}
	if (ctl->tty)
		show_text(ctl->out, value_text(fact.value));
	else
		fputs(value_text(fact.value), ctl->out);
	fputc('\n', ctl->out);
	return CTL_READY;
}

int ctl_facts(struct ctl *ctl)
{
	_cleanup_(factsfile_freep) struct factsfile *f = NULL;
	_cleanup_free_ char *error = NULL;
	int r;

	r = factsfile_load(ctl->root, FACTS_PATH, &f, &error);
	if (r == -ENOENT || r == -ENOTDIR) {
		show_error(ctl, "agentctl status",
			   "no facts yet: the agent has made no pass since the "
			   "machine started (there is no %s%s)",
			   ctl->root, FACTS_PATH);
		return CTL_NOT_RUNNING;
	}
	if (r == 0)
		r = factsfile_add(f, ctl->root, LEADER_FACTS_PATH, &error);
	if (r < 0) {
		show_error(ctl, NULL, "%s", error ?: strerror(-r));
		return CTL_ERROR;
	}
	drop_secrets(f);
	if (ctl->args[0])
		return show_one(ctl, f, ctl->args[0]);
	if (ctl->json)
		show_json(ctl, factsfile_json(f));
	else
		show_table(ctl, f);
	return CTL_READY;
}
