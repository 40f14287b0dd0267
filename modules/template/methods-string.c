/* SPDX-License-Identifier: MIT */
/* methods-string.c -- methods of strings: tests, cases, cuts and padding */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

static bool white(char ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static int string_length(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(chars_length(c->self.str, c->self.len));
	return 0;
}

/* strip, lstrip, rstrip; Ruby counts NUL as blank, too */
static int string_strip(struct eval *e, struct call *c, struct value *ret)
{
	const char *s = c->self.str, *end = s + c->self.len;

	if (c->name[0] != 'r')
		while (s < end && (white(*s) || *s == '\0'))
			s++;
	if (c->name[0] != 'l')
		while (s < end && (white(end[-1]) || end[-1] == '\0'))
			end--;
	if (c->name[0] == 'l' && s < end && !chars_valid(s, chars_char(s, end - s, NULL)))
		return method_fail(e, c, METHOD_BYTES);
	*ret = value_str(s, end - s);
	return 0;
}

static bool starts(const struct value *s, const struct value *with)
{
	return with->len <= s->len && memcmp(s->str, with->str, with->len) == 0;
}

static bool ends(const struct value *s, const struct value *with)
{
	return with->len <= s->len &&
	       memcmp(s->str + s->len - with->len, with->str, with->len) == 0;
}

/* Without one line end of any kind. */
static int string_chomp(struct eval *e, struct call *c, struct value *ret)
{
	const char *s = c->self.str;
	size_t n = c->self.len;

	if (n > 0 && s[n - 1] == '\n')
		n -= 1 + (n > 1 && s[n - 2] == '\r');
	else if (n > 0 && s[n - 1] == '\r')
		n--;
	*ret = value_str(s, n);
	return 0;
}

static int string_case(struct eval *e, struct call *c, struct value *ret)
{
	enum chars_case to = c->name[0] == 'u'	 ? CHARS_UP
			     : c->name[0] == 'd' ? CHARS_DOWN
						 : CHARS_CAPITALIZE;
	_cleanup_buf_ struct buf b = eval_buf(e);
	int32_t ch = 0;
	int r;

	r = chars_add_case(&b, c->self.str, c->self.len, to, &ch);
	if (r == -EDOM)
		return eval_fail(e, c->node, "'%.*s' does not know the cases of U+%04" PRIX32,
				 (int)c->len, c->name, ch);
	return method_text(e, c, &b, r, ret);
}

static int string_reverse(struct eval *e, struct call *c, struct value *ret)
{
	char *s = arena_alloc(e->arena, c->self.len + 1);

	if (!s)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len;) {
		size_t n = chars_char(c->self.str + i, c->self.len - i, NULL);

		memcpy(s + c->self.len - i - n, c->self.str + i, n);
		i += n;
	}
	*ret = value_str(s, c->self.len);
	return 0;
}

/* What is no UTF-8 is found nowhere, as in Ruby. */
static bool contains(const struct value *s, const struct value *what)
{
	return chars_valid(what->str, what->len) && memmem(s->str, s->len, what->str, what->len);
}

static int string_include(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *what = &c->args[0];

	*ret = value_bool(contains(&c->self, what));
	return 0;
}

/* start_with?, end_with?: any of the arguments */
static int string_with(struct eval *e, struct call *c, struct value *ret)
{
	bool found = false;

	for (size_t i = 0; i < c->n_args && !found; i++)
		found = c->name[0] == 's' ? starts(&c->self, &c->args[i])
					  : ends(&c->self, &c->args[i]);
	*ret = value_bool(found);
	return 0;
}

/* delete_prefix, delete_suffix */
static int string_delete(struct eval *e, struct call *c, struct value *ret)
{
	bool prefix = c->name[strlen("delete_")] == 'p';
	const struct value *what = &c->args[0];

	*ret = c->self;
	if (chars_valid(what->str, what->len) &&
	    (prefix ? starts(&c->self, what) : ends(&c->self, what)))
		*ret = value_str(c->self.str + (prefix ? what->len : 0), c->self.len - what->len);
	return 0;
}

/* LEN characters from character AT; nil outside of the string, as Ruby has it. */
static void substring(const struct value *s, int64_t at, int64_t len, struct value *ret)
{
	int64_t n = chars_length(s->str, s->len);
	size_t from, to;

	if (at < 0)
		at += n;
	if (at < 0 || at > n || len < 0) {
		*ret = value_nil();
		return;
	}
	if (len > n - at)
		len = n - at;
	from = chars_offset(s->str, s->len, at);
	to = from + chars_offset(s->str + from, s->len - from, len);
	*ret = value_str(s->str + from, to - from);
}

/* s[1], s[-1], s[1, 2], s["text"] */
static int string_slice(struct eval *e, struct call *c, struct value *ret)
{
	int64_t len = c->n_args > 1 ? c->args[1].integer : 1;

	if (c->args[0].type == V_STR && c->n_args == 1) {
		*ret = contains(&c->self, &c->args[0]) ? c->args[0] : value_nil();
		return 0;
	}
	if (c->args[0].type != V_INT)
		return method_fail(e, c, "takes an integer, not %s", value_kind(&c->args[0]));
	substring(&c->self, c->args[0].integer, len, ret);
	if (c->n_args == 1 && ret->type == V_STR && ret->len == 0)
		*ret = value_nil();
	return 0;
}

/* The integer that the string starts with, 0 if it starts with none. */
static int string_to_i(struct eval *e, struct call *c, struct value *ret)
{
	const char *s = c->self.str, *end = s + c->self.len;
	bool minus = false;
	int64_t v = 0;

	while (s < end && white(*s))
		s++;
	if (s < end && (*s == '-' || *s == '+'))
		minus = *s++ == '-';
	for (bool digit = false; s < end; s++) {
		if (*s == '_' && digit) {
			digit = false;
			continue;
		}
		if (*s < '0' || *s > '9')
			break;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, minus ? '0' - *s : *s - '0', &v))
			return eval_error(e, c->node, -ERANGE);
		digit = true;
	}
	*ret = value_int(v);
	return 0;
}

static void pad(struct buf *b, const struct value *with, size_t chars)
{
	for (size_t at = 0; chars > 0 && b->error == 0; chars--) {
		size_t n = chars_char(with->str + at, with->len - at, NULL);

		buf_add(b, with->str + at, n);
		at = at + n < with->len ? at + n : 0;
	}
}

/* ljust, rjust */
static int string_just(struct eval *e, struct call *c, struct value *ret)
{
	const struct value blank = value_str(" ", 1), *with = c->n_args > 1 ? &c->args[1] : &blank;
	int64_t have = chars_length(c->self.str, c->self.len), width = c->args[0].integer;
	_cleanup_buf_ struct buf b = eval_buf(e);
	size_t more = width > have ? width - have : 0;
	bool left = c->name[0] == 'l';

	if (with->len == 0)
		return method_fail(e, c, "cannot fill up with an empty string");
	pad(&b, with, left ? 0 : more);
	buf_add(&b, c->self.str, c->self.len);
	pad(&b, with, left ? more : 0);
	return method_text(e, c, &b, b.error, ret);
}

const struct method methods_string[] = {
	{ "empty?", "", 0, method_empty },
	{ "length", "", 0, string_length },
	{ "size", "", 0, string_length },
	{ "strip", "", METHOD_VALID, string_strip },
	{ "lstrip", "", 0, string_strip },
	{ "rstrip", "", METHOD_VALID, string_strip },
	{ "chomp", "", 0, string_chomp },
	{ "upcase", "", METHOD_VALID, string_case },
	{ "downcase", "", METHOD_VALID, string_case },
	{ "capitalize", "", METHOD_VALID, string_case },
	{ "reverse", "", 0, string_reverse },
	{ "include?", "s", 0, string_include },
	{ "start_with?", "s*", 0, string_with },
	{ "end_with?", "s*", 0, string_with },
	{ "delete_prefix", "s", 0, string_delete },
	{ "delete_suffix", "s", 0, string_delete },
	{ "[]", "x|i", 0, string_slice },
	{ "to_i", "", 0, string_to_i },
	{ "ljust", "i|s", 0, string_just },
	{ "rjust", "i|s", 0, string_just },
	{},
};
