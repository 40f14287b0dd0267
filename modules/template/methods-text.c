/* SPDX-License-Identifier: MIT */
/* methods-text.c -- methods of strings: replacing and splitting */
#include <errno.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

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

/*
 * Appends what stands for the match of LEN bytes at AT: the block's text, what a hash has for
 * it, or the replacement.
 */
static int replace_one(struct eval *e, struct call *c, struct buf *b, size_t at, size_t len)
{
	struct value match = value_str(c->self.str + at, len), v = value_nil();
	const struct pair *p;
	int r;

	if (c->n_args > 1 && c->args[1].type == V_HASH) {
		r = value_find(&c->args[1], &match, &e->steps, &p);
		if (r >= 0)
			r = value_to_s(b, p ? &p->value : &v);
		return r < 0 ? eval_error(e, c->node, r) : 0;
	}
	if (c->n_args > 1) {
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

/* sub, gsub with a text as the pattern */
static int string_sub(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);
	const struct value *what, *with, *s = &c->self;
	bool all = c->name[0] == 'g';
	size_t at = 0;
	int r;

	r = method_string_arg(e, c, 0, &what);
	if (r == 0 && c->n_args > 1 && c->args[1].type != V_HASH)
		r = method_string_arg(e, c, 1, &with);
	if (r < 0)
		return r;
	if ((c->n_args > 1) == (c->block != NULL))
		return eval_fail(e, c->node, "'%.*s' takes a replacement text or a block",
				 (int)c->len, c->name);
	while (at <= s->len) {
		const char *p = memmem(s->str + at, s->len - at, what->str, what->len);
		size_t hit = p ? (size_t)(p - s->str) : s->len, step;

		if (!p)
			break;
		buf_add(&b, s->str + at, hit - at);
		r = replace_one(e, c, &b, hit, what->len);
		if (r < 0)
			return r;
		at = hit + what->len;
		if (!all || b.error < 0)
			break;
		if (what->len > 0)
			continue;
		/* an empty pattern is found before each character and at the end */
		if (at == s->len)
			break;
		step = chars_char(s->str + at, s->len - at, NULL);
		buf_add(&b, s->str + at, step);
		at += step;
	}
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
	const struct value *sep = NULL;
	struct pieces p = {};
	int64_t limit = 0;
	size_t rest = 0;
	int r;

	r = c->n_args > 0 && c->args[0].type != V_NIL ? method_string_arg(e, c, 0, &sep) : 0;
	if (r == 0 && c->n_args > 1)
		r = method_int_arg(e, c, 1, &limit);
	if (r < 0)
		return r;
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

/* lines keep their line ends */
static int string_lines(struct eval *e, struct call *c, struct value *ret)
{
	bool chars = c->name[0] == 'c';
	struct pieces p = {};
	int r;

	for (size_t at = 0, end; at < c->self.len; at = end) {
		const char *nl = memchr(c->self.str + at, '\n', c->self.len - at);

		end = nl ? (size_t)(nl - c->self.str) + 1 : c->self.len;
		if (chars)
			end = at + chars_char(c->self.str + at, c->self.len - at, NULL);
		r = add_piece(e, c, &p, at, end);
		if (r < 0)
			return r;
	}
	*ret = value_array(p.items, p.n);
	return 0;
}

static int string_each_line(struct eval *e, struct call *c, struct value *ret)
{
	struct value pieces, dropped;
	struct call split = *c;
	int r;

	split.name += strlen("each_"); /* "line" and "char" are told apart by the first letter */
	r = string_lines(e, &split, &pieces);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pieces.len; i++) {
		r = eval_block(e, c, &pieces.items[i], 1, &dropped);
		if (r < 0)
			return r;
	}
	*ret = c->self;
	return 0;
}

#define SET_MAX 1024

/* The characters of a set of tr: "abc", "a-z"; -EINVAL for what is more than that. */
static int read_set(const struct value *text, int32_t set[SET_MAX], size_t *ret_n)
{
	int32_t ch, last;
	size_t n = 0;

	for (size_t i = 0; i < text->len;) {
		i += chars_char(text->str + i, text->len - i, &ch);
		if (ch < 0 || ch == '\\' || (ch == '^' && n == 0 && text->len > 1))
			return -EINVAL;
		last = ch;
		if (i + 1 < text->len && text->str[i] == '-') {
			i++;
			i += chars_char(text->str + i, text->len - i, &last);
		}
		if (last < ch || (size_t)(last - ch) >= SET_MAX - n)
			return -EINVAL;
		for (; ch <= last; ch++)
			set[n++] = ch;
	}
	*ret_n = n;
	return 0;
}

/* tr(from, to), delete(set) */
static int string_tr(struct eval *e, struct call *c, struct value *ret)
{
	int32_t from[SET_MAX], to[SET_MAX], ch;
	_cleanup_buf_ struct buf b = eval_buf(e);
	size_t n_from = 0, n_to = 0, n;
	const struct value *arg;
	int r = 0;

	for (size_t i = 0; i < c->n_args && r == 0; i++) {
		r = method_string_arg(e, c, i, &arg);
		if (r < 0)
			return r;
		r = i == 0 ? read_set(arg, from, &n_from) : read_set(arg, to, &n_to);
	}
	if (r < 0)
		return eval_fail(e, c->node,
				 "'%.*s' takes characters and ranges such as 'a-z', no "
				 "'^' and no backslash",
				 (int)c->len, c->name);
	r = eval_charge(e, c->node, c->self.len / 64 * (1 + n_from / 16));
	if (r < 0)
		return r;
	for (size_t i = 0; i < c->self.len; i += n) {
		size_t hit = n_from;

		n = chars_char(c->self.str + i, c->self.len - i, &ch);
		for (size_t k = 0; k < n_from; k++)
			if (from[k] == ch)
				hit = k; /* of two the last counts, as in Ruby */
		if (hit == n_from)
			buf_add(&b, c->self.str + i, n);
		else if (n_to > 0)
			chars_add(&b, to[hit < n_to ? hit : n_to - 1]);
	}
	return method_text(e, c, &b, b.error, ret);
}

const struct method methods_string_more[] = {
	{ "sub", 1, 2, METHOD_BLOCK, string_sub },
	{ "gsub", 1, 2, METHOD_BLOCK, string_sub },
	{ "split", 0, 2, 0, string_split },
	{ "lines", 0, 0, 0, string_lines },
	{ "chars", 0, 0, 0, string_lines },
	{ "each_line", 0, 0, METHOD_NEEDS, string_each_line },
	{ "each_char", 0, 0, METHOD_NEEDS, string_each_line },
	{ "tr", 2, 2, 0, string_tr },
	{ "delete", 1, 1, 0, string_tr },
	{},
};
