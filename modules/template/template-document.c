/* SPDX-License-Identifier: MIT */
/* template-document.c -- the document that tells where each byte of a target comes from */
#include <errno.h>
#include <string.h>

#include "agent/base/spans.h"
#include "modules/template/template-spans.h"

/* TEXT of LEN bytes, cut at a character if it is long. */
static struct json_object *cut_text(const char *text, size_t len)
{
	char room[SPANS_VALUE_MAX + 4];

	if (len <= SPANS_VALUE_MAX)
		return json_object_new_string_len(text, (int)len);
	len = SPANS_VALUE_MAX;
	while (len > 0 && (text[len] & 0xc0) == 0x80)
		len--;
	memcpy(room, text, len);
	memcpy(room + len, "...", 4);
	return json_object_new_string(room);
}

/* A string as it is, anything else as JSON. */
static struct json_object *value_text(struct json_object *value)
{
	const char *text;

	if (json_object_is_type(value, json_type_string))
		return cut_text(json_object_get_string(value),
				(size_t)json_object_get_string_len(value));
	text = value ? json_text(value) : "null";
	return text ? cut_text(text, strlen(text)) : NULL;
}

struct composing {
	struct pass *pass;
	const struct spans_of *of;
	struct json_object *facts, *places, *spans, *secret; /* borrowed from the document */
};

/* The row of fact NAME, added if it is new: its index, or -ENOMEM. */
static int fact_row(struct composing *c, const char *name)
{
	const struct fact *fact = facts_get(c->pass->facts, name);
	size_t n = json_object_array_length(c->facts);
	struct json_object *row;
	const char *other;
	int r;

	for (size_t i = 0; i < n; i++)
		if (json_get_str(json_object_array_get_idx(c->facts, i), "name", &other) >= 0 &&
		    strcmp(name, other) == 0)
			return (int)i;
	row = json_object_new_object();
	r = json_append(c->facts, row);
	if (r >= 0)
		r = json_set_str(row, "name", name);
	if (r >= 0 && fact)
		r = json_add(row, { "source", json_str(fact->source) },
			     { fact->path ? "path" : NULL, json_str(fact->path) },
			     { "time", json_int(fact->time) },
			     { fact->secret ? "secret" : NULL, json_bool(true) });
	if (r >= 0 && fact && !fact->secret && fact->state == FACT_VALUE)
		r = json_set(row, "value", value_text(fact->value));
	return r < 0 ? r : (int)n;
}

/* N facts, the names of which start at FIRST, as the array KEY of PLACE. */
static int add_facts(struct composing *c, struct json_object *place, const char *key, size_t first,
		     size_t n)
{
	struct json_object *facts = json_object_new_array();
	int r;

	r = json_set(place, key, facts);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = fact_row(c, c->of->result->fact_names[first + i]);
		if (r >= 0)
			r = json_append(facts, json_object_new_int(r));
	}
	return r;
}

static int add_place(struct composing *c, const struct erb_span *span)
{
	struct json_object *place = json_object_new_object();
	int r;

	r = json_append(c->places, place);
	if (r >= 0)
		r = json_add(place, { "line", json_int(span->line) },
			     { "column", json_int(span->column) });
	if (r >= 0 && span->n_when > 0)
		r = add_facts(c, place, "when", span->when, span->n_when);
	if (r < 0 || !span->expression)
		return r;
	r = json_set(place, "expression", cut_text(c->of->source_text + span->pos, span->len));
	return r < 0 ? r : add_facts(c, place, "facts", span->fact, span->n_facts);
}

/* A and B are of the same piece of the template, for the same facts. */
static bool same_place(const struct erb_result *result, const struct erb_span *a,
		       const struct erb_span *b)
{
	return a->pos == b->pos && a->n_facts == b->n_facts && a->n_when == b->n_when &&
	       memcmp(&result->fact_names[a->fact], &result->fact_names[b->fact],
		      (a->n_facts + a->n_when) * sizeof(*result->fact_names)) == 0;
}

/* A block gives the same place again and again: one row for those in a row of the same place. */
static int add_spans(struct composing *c, size_t n)
{
	const struct erb_span *all = c->of->result->spans;
	/* a span before with the same position, and its place, by a small table */
	enum { RECENT = 64 };
	struct {
		const struct erb_span *span;
		int place;
	} recent[RECENT] = {};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		const struct erb_span *span = &all[i];
		size_t k = span->pos % RECENT;
		struct json_object *row;

		if (!recent[k].span || !same_place(c->of->result, recent[k].span, span)) {
			recent[k].span = span;
			recent[k].place = (int)json_object_array_length(c->places);
			r = add_place(c, span);
		}
		row = json_object_new_array();
		if (r >= 0)
			r = json_append(c->spans, row);
		if (r >= 0)
			r = json_append(row, json_object_new_int64((int64_t)span->start));
		if (r >= 0)
			r = json_append(row, json_object_new_int64((int64_t)span->end));
		if (r >= 0)
			r = json_append(row, json_object_new_int(recent[k].place));
		if (r >= 0 && span->secret)
			r = json_append(c->secret, json_object_new_int((int)i));
	}
	return r;
}

int template_spans_document(struct pass *pass, const struct spans_of *of, const char *real,
			    struct json_object *doc)
{
	const struct erb_result *result = of->result;
	size_t n = result->n_spans < SPANS_MAX ? result->n_spans : SPANS_MAX;
	struct composing c = {
		.pass = pass,
		.of = of,
		.facts = json_object_new_array(),
		.places = json_object_new_array(),
		.spans = json_object_new_array(),
		.secret = json_object_new_array(),
	};
	char hash[SPANS_HASH_TEXT];
	int r;

	spans_hash_text(result->out.data, result->out.len, hash);
	r = json_add(
		doc, { "version", json_int(SPANS_VERSION) }, { "template", json_str(of->name) },
		{ "target", json_str(real) }, { "source", json_str(of->source) },
		{ "rendered", json_int(sys_now_realtime()) }, { "size", json_int(result->out.len) },
		{ "hash", json_str(hash) }, { "facts", c.facts }, { "places", c.places },
		{ "spans", c.spans }, { "secret", c.secret },
		{ "covered", json_int(n > 0 ? result->spans[n - 1].end : 0) });
	return r < 0 ? r : add_spans(&c, n);
}
