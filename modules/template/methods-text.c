/* SPDX-License-Identifier: MIT */
/* methods-text.c -- methods of strings: replacing and splitting */
#include <errno.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

static bool valid(const struct value *v)
{
	return chars_valid(v->str, v->len);
}

/* What a replacement text stands for: \0 and \& the match, \` and \' what is around it, \\ one. */
static void add_replacement(struct buf *b, const struct value *with, const struct value *self,
			    size_t at, size_t len)
{
	for (size_t i = 0; i < with->len; i++) {
		char next = i + 1 < with->len ? with->str[i + 1] : '\0';

		if (with->str[i] != '\\' || i + 1 == with->len) {
			buf_addc(b, with->str[i]);
			continue;
		}
		i++;
		if (next == '0' || next == '&')
			buf_add(b, self->str + at, len);
		else if (next == '`')
			buf_add(b, self->str, at);
		else if (next == '\'')
			buf_add(b, self->str + at + len, self->len - at - len);
		else if (next == '\\')
			buf_addc(b, '\\');
		else if (next < '1' || next > '9')
			buf_add(b, with->str + i - 1, 2);
	}
}

/* Appends what stands for the match of LEN bytes at AT: the replacement or the block's text. */
static int replace_one(struct eval *e, struct call *c, struct buf *b, size_t at, size_t len)
{
	struct value match = value_str(c->self.str + at, len), v;
	int r;

	if (!c->block) {
		add_replacement(b, &c->args[1], &c->self, at, len);
		return 0;
	}
	match.secret = c->self.secret;
	r = method_block(e, c, &match, 1, &v);
	if (r < 0)
		return r;
	r = value_to_s(b, &v);
	return r < 0 ? eval_error(e, c->node, r) : 0;
}

/* sub, gsub with a text as the pattern; an empty one is found before each character and at the end
 */
static int string_sub(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *what = &c->args[0], *s = &c->self;
	_cleanup_buf_ struct buf b = eval_buf(e);
	bool all = c->name[0] == 'g';
	size_t at = 0;
	int r;

	if (!valid(what))
		return method_fail(e, c, METHOD_BYTES);
	if ((c->n_args > 1) == (c->block != NULL))
		return method_fail(e, c, "takes a replacement text or a block");
	do {
		const char *p = memmem(s->str + at, s->len - at, what->str, what->len);
		size_t hit = p ? (size_t)(p - s->str) : s->len, step;

		if (!p)
			break;
		buf_add(&b, s->str + at, hit - at);
		r = replace_one(e, c, &b, hit, what->len);
		if (r < 0)
			return r;
		at = hit + what->len;
		if (what->len > 0)
			continue;
		step = at < s->len ? chars_char(s->str + at, s->len - at, NULL) : 1;
		if (at < s->len)
			buf_add(&b, s->str + at, step);
		at += step;
	} while (all && at <= s->len && b.error == 0);
	if (at < s->len)
		buf_add(&b, s->str + at, s->len - at);
	return method_text(e, c, &b, b.error, ret);
}

/* Pieces of a string, collected in the arena; the room doubles. */
struct pieces {
	struct value *items;
	size_t n, size;
};

static int add_piece(struct eval *e, const struct call *c, struct pieces *p, size_t from, size_t to)
{
	if (p->n == p->size) {
		size_t size = p->size ? p->size * 2 : 8;
		struct value *items = eval_array(e, size, struct value);

		if (!items)
			return eval_memory(e, c->node);
		if (p->n > 0)
			memcpy(items, p->items, p->n * sizeof(*items));
		p->items = items;
		p->size = size;
	}
	p->items[p->n] = value_str(c->self.str + from, to - from);
	p->items[p->n++].secret = c->self.secret;
	return 0;
}

static bool white(char ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* At runs of white space, leading ones dropped; LIMIT 0: none. *ret_rest is where the rest starts.
 */
static int split_words(struct eval *e, const struct call *c, int64_t limit, struct pieces *p,
		       size_t *ret_rest)
{
	size_t at = 0, len = c->self.len, word;
	const char *s = c->self.str;
	int r;

	for (;;) {
		while (at < len && white(s[at]))
			at++;
		word = at;
		if (at == len || (limit > 0 && (int64_t)p->n + 1 >= limit))
			break;
		while (at < len && !white(s[at]))
			at++;
		if (at == len)
			break;
		r = add_piece(e, c, p, word, at);
		if (r < 0)
			return r;
		at++;
	}
	*ret_rest = word;
	return 0;
}

/* At each SEP; an empty one splits behind each character. */
static int split_text(struct eval *e, const struct call *c, const struct value *sep, int64_t limit,
		      struct pieces *p, size_t *ret_rest)
{
	const struct value *s = &c->self;
	size_t at = 0;
	int r;

	while (at < s->len && !(limit > 0 && (int64_t)p->n + 1 >= limit)) {
		size_t end = at + chars_char(s->str + at, s->len - at, NULL);

		if (sep->len > 0) {
			const char *hit = memmem(s->str + at, s->len - at, sep->str, sep->len);

			if (!hit)
				break;
			end = hit - s->str;
		}
		r = add_piece(e, c, p, at, end);
		if (r < 0)
			return r;
		at = end + sep->len;
	}
	*ret_rest = at;
	return 0;
}

static int string_split(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *sep = c->n_args > 0 && c->args[0].type == V_STR ? c->args : NULL;
	int64_t limit = c->n_args > 1 ? c->args[1].integer : 0;
	struct pieces p = {};
	size_t rest = 0;
	int r = 0;

	if (limit != 1 && !(valid(&c->self) && (!sep || valid(sep))))
		return method_fail(e, c, METHOD_BYTES);
	if (limit == 1)
		rest = 0;
	else if (!sep || value_is_str(sep, " ", 1))
		r = split_words(e, c, limit, &p, &rest);
	else
		r = split_text(e, c, sep, limit, &p, &rest);
	if (r < 0)
		return r;
	if (c->self.len > 0 && (limit != 0 || rest < c->self.len)) {
		r = add_piece(e, c, &p, rest, c->self.len);
		if (r < 0)
			return r;
	}
	while (limit == 0 && p.n > 0 && p.items[p.n - 1].len == 0)
		p.n--;
	*ret = value_array(p.items, p.n);
	return 0;
}

/* Lines keep their line ends. */
static int string_lines(struct eval *e, struct call *c, struct value *ret)
{
	struct pieces p = {};
	int r;

	for (size_t at = 0, end; at < c->self.len; at = end) {
		const char *nl = memchr(c->self.str + at, '\n', c->self.len - at);

		end = nl ? (size_t)(nl - c->self.str) + 1 : c->self.len;
		r = add_piece(e, c, &p, at, end);
		if (r < 0)
			return r;
	}
	*ret = value_array(p.items, p.n);
	return 0;
}

const struct method methods_string_more[] = {
	{ "sub", "s|s", METHOD_BLOCK, string_sub },
	{ "gsub", "s|s", METHOD_BLOCK, string_sub },
	{ "split", "|ni", 0, string_split },
	{ "lines", "", 0, string_lines },
	{},
};
