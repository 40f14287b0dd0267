/* SPDX-License-Identifier: MIT */
/* eval-span.c -- which byte of the output comes from where, and which facts had a part in it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modules/template/eval.h"

/*
 * Sets of facts are bit sets by slot. While an expression runs, those that it read gather in
 * READ; a name keeps those of the value that it got. AROUND is never written to, only replaced.
 */
struct spans {
	struct buf list; /* of struct erb_span, whose "fact" is an index of REFS */
	struct buf refs; /* of uint32_t slots */
	size_t words;	 /* of a set */
	uint64_t *read;
	uint64_t *around; /* of the conditions and loops that this is in */
	uint64_t **names; /* by slot; NULL: nothing */
};

int span_open(struct eval *e)
{
	size_t n = e->program->n_variables, left = arena_left(e->arena);
	struct spans *s = arena_alloc(e->arena, sizeof(*s));

	if (!s)
		return eval_memory(e, e->program->root);
	s->words = n / 64 + 1;
	s->read = eval_array(e, s->words, uint64_t);
	s->around = eval_array(e, s->words, uint64_t);
	s->names = eval_array(e, n, uint64_t *);
	if (!s->read || !s->around || !s->names)
		return eval_memory(e, e->program->root);
	s->list = s->refs = BUF_INIT_MAX(left);
	e->spans = s;
	return 0;
}

void span_close(struct eval *e)
{
	if (!e->spans)
		return;
	buf_done(&e->spans->list);
	buf_done(&e->spans->refs);
}

int span_begin(struct eval *e, const struct node *n, uint64_t **ret)
{
	uint64_t *set;

	if (!e->spans)
		return 0;
	set = eval_array(e, e->spans->words, uint64_t);
	if (!set)
		return eval_memory(e, n);
	*ret = e->spans->read;
	e->spans->read = set;
	return 0;
}

uint64_t *span_now(const struct eval *e)
{
	return e->spans ? e->spans->read : NULL;
}

void span_end(struct eval *e, uint64_t *outer)
{
	if (!e->spans || e->spans->read == outer)
		return;
	for (size_t i = 0; i < e->spans->words; i++)
		outer[i] |= e->spans->read[i];
	e->spans->read = outer;
}

void span_read(struct eval *e, uint32_t slot)
{
	const uint64_t *name;

	if (!e->spans)
		return;
	name = e->spans->names[slot];
	for (size_t i = 0; name && i < e->spans->words; i++)
		e->spans->read[i] |= name[i];
}

int span_fact(struct eval *e, const struct node *n)
{
	uint64_t *set;

	if (!e->spans)
		return 0;
	set = eval_array(e, e->spans->words, uint64_t);
	if (!set)
		return eval_memory(e, n);
	set[n->slot / 64] |= UINT64_C(1) << n->slot % 64;
	e->spans->names[n->slot] = set;
	span_read(e, n->slot);
	return 0;
}

int span_keep(struct eval *e, const struct node *n, uint64_t **ret)
{
	if (!e->spans)
		return 0;
	*ret = eval_array(e, e->spans->words, uint64_t);
	if (!*ret)
		return eval_memory(e, n);
	memcpy(*ret, e->spans->read, e->spans->words * sizeof(**ret));
	return 0;
}

uint64_t *span_around(const struct eval *e)
{
	return e->spans ? e->spans->around : NULL;
}

int span_enter(struct eval *e, const struct node *n, const uint64_t *set)
{
	uint64_t *all;

	if (!e->spans)
		return 0;
	all = eval_array(e, e->spans->words, uint64_t);
	if (!all)
		return eval_memory(e, n);
	for (size_t i = 0; i < e->spans->words; i++)
		all[i] = e->spans->around[i] | set[i];
	e->spans->around = all;
	return 0;
}

void span_leave(struct eval *e, uint64_t *outer)
{
	if (e->spans)
		e->spans->around = outer;
}

void span_decided(struct eval *e)
{
	for (size_t i = 0; e->spans && i < e->spans->words; i++)
		e->spans->read[i] |= e->spans->around[i];
}

void span_assign(struct eval *e, uint32_t slot, uint64_t *set)
{
	if (e->spans)
		e->spans->names[slot] = set;
}

/* Those of SET that are not in BUT, as references; BUT may be NULL. Returns how many. */
static size_t add_refs(struct eval *e, const uint64_t *set, const uint64_t *but)
{
	size_t n = 0;

	for (uint32_t slot = 0; slot < e->program->n_variables; slot++) {
		if (!((set[slot / 64] & ~(but ? but[slot / 64] : 0)) >> slot % 64 & 1))
			continue;
		buf_add(&e->spans->refs, &slot, sizeof(slot));
		n++;
	}
	return n;
}

int span_add(struct eval *e, const struct node *n, size_t start, bool secret)
{
	struct spans *s = e->spans;
	struct erb_span span = {
		.start = start,
		.end = e->out->len,
		.pos = n->kind == N_OUTPUT ? (size_t)(n->name - e->src->text) : n->pos,
		.len = n->kind == N_OUTPUT ? n->len : n->value.len,
		.expression = n->kind == N_OUTPUT,
		.secret = secret,
	};

	if (!s || start == e->out->len)
		return 0;
	span.fact = s->refs.len / sizeof(uint32_t);
	span.n_facts = span.expression ? add_refs(e, s->read, NULL) : 0;
	span.when = span.fact + span.n_facts;
	span.n_when = add_refs(e, s->around, span.expression ? s->read : NULL);
	buf_add(&s->list, &span, sizeof(span));
	return s->list.error ?: s->refs.error;
}

/* The start of each line, so that a place is found by halving. */
static size_t *line_starts(struct eval *e, size_t *ret_n)
{
	const char *text = e->src->text, *end = text + e->src->len;
	size_t n = 1, *starts;

	for (const char *p = text; (p = memchr(p, '\n', end - p)); p++)
		n++;
	starts = eval_array(e, n, size_t);
	if (!starts)
		return NULL;
	n = 1;
	for (const char *p = text; (p = memchr(p, '\n', end - p)); p++)
		starts[n++] = p + 1 - text;
	*ret_n = n;
	return starts;
}

static void find_place(struct erb_span *span, const size_t *starts, size_t n)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (starts[mid] <= span->pos)
			low = mid;
		else
			high = mid;
	}
	span->line = low + 1;
	span->column = span->pos - starts[low] + 1;
}

/* The names of the facts: one pointer a reference, the texts behind the pointers. */
static const char **take_names(struct eval *e)
{
	const struct buf *refs = &e->spans->refs;
	const uint32_t *slots = (const uint32_t *)refs->data;
	size_t n = refs->len / sizeof(*slots), size = n * sizeof(char *) + 1;
	const char **names, **places = eval_array(e, e->program->n_variables, const char *);
	char *at;

	for (size_t i = 0; i < e->program->n_variables; i++)
		size += strlen(e->program->variables[i].name) + 1;
	names = malloc(size);
	if (!names || !places) {
		free(names);
		return NULL;
	}
	at = (char *)(names + n);
	for (size_t i = 0; i < n; i++) {
		if (!places[slots[i]]) {
			places[slots[i]] = at;
			at = stpcpy(at, e->program->variables[slots[i]].name) + 1;
		}
		names[i] = places[slots[i]];
	}
	return names;
}

int span_take(struct eval *e, struct erb_result *ret)
{
	size_t n_lines = 0, *starts, n;
	struct erb_span *spans;
	const char **names;

	if (!e->spans)
		return 0;
	starts = line_starts(e, &n_lines);
	names = take_names(e);
	n = e->spans->list.len / sizeof(*spans);
	spans = (struct erb_span *)buf_take(&e->spans->list);
	if (!starts || !names || !spans) {
		free(names);
		free(spans);
		return e->arena->error ? eval_memory(e, e->program->root) : -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		find_place(&spans[i], starts, n_lines);
	ret->spans = spans;
	ret->n_spans = n;
	ret->fact_names = names;
	return 0;
}
