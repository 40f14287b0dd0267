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

static int string_empty(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.len == 0);
	return 0;
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

/* Without an argument one line end of any kind, with one that text. */
static int string_chomp(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *tail;
	size_t n = c->self.len;
	const char *s = c->self.str;
	int r;

	if (c->n_args > 0) {
		r = method_string_arg(e, c, 0, &tail);
		if (r < 0)
			return r;
		if (tail->len == 0 || value_is_str(tail, "\n", 1))
			return eval_fail(e, c->node, "'chomp' with a line end: leave it out");
		*ret = value_str(s, ends(&c->self, tail) ? n - tail->len : n);
		return 0;
	}
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
			     : c->name[0] == 's' ? CHARS_SWAP
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

static int string_include(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *what;
	int r;

	r = method_string_arg(e, c, 0, &what);
	if (r < 0)
		return r;
	*ret = value_bool(memmem(c->self.str, c->self.len, what->str, what->len) != NULL);
	return 0;
}

/* start_with?, end_with?: any of the arguments */
static int string_with(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *what;
	bool found = false;
	int r;

	for (size_t i = 0; i < c->n_args; i++) {
		r = method_string_arg(e, c, i, &what);
		if (r < 0)
			return r;
		found = found ||
			(c->name[0] == 's' ? starts(&c->self, what) : ends(&c->self, what));
	}
	*ret = value_bool(found);
	return 0;
}

static int string_delete_affix(struct eval *e, struct call *c, struct value *ret)
{
	bool prefix = c->len == strlen("delete_prefix") && c->name[7] == 'p';
	const struct value *what;
	int r;

	r = method_string_arg(e, c, 0, &what);
	if (r < 0)
		return r;
	*ret = c->self;
	if (prefix ? !starts(&c->self, what) : !ends(&c->self, what))
		return 0;
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
	int64_t at = 0, len = 1;
	int r;

	if (c->args[0].type == V_STR && c->n_args == 1) {
		bool found = memmem(c->self.str, c->self.len, c->args[0].str, c->args[0].len);

		*ret = found ? c->args[0] : value_nil();
		return 0;
	}
	r = method_int_arg(e, c, 0, &at);
	if (r == 0 && c->n_args > 1)
		r = method_int_arg(e, c, 1, &len);
	if (r < 0)
		return r;
	substring(&c->self, at, len, ret);
	if (c->n_args == 1 && ret->type == V_STR && ret->len == 0)
		*ret = value_nil();
	return 0;
}

static int string_index(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *what;
	const char *p;
	int r;

	r = method_string_arg(e, c, 0, &what);
	if (r < 0)
		return r;
	p = memmem(c->self.str, c->self.len, what->str, what->len);
	*ret = p ? value_int(chars_length(c->self.str, p - c->self.str)) : value_nil();
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

static int string_to_sym(struct eval *e, struct call *c, struct value *ret)
{
	*ret = c->self;
	ret->type = V_SYM;
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

/* ljust, rjust, center */
static int string_just(struct eval *e, struct call *c, struct value *ret)
{
	const struct value blank = value_str(" ", 1), *with = &blank;
	size_t have = chars_length(c->self.str, c->self.len), left = 0, more;
	_cleanup_buf_ struct buf b = eval_buf(e);
	int64_t width = 0;
	int r;

	r = method_int_arg(e, c, 0, &width);
	if (r == 0 && c->n_args > 1)
		r = method_string_arg(e, c, 1, &with);
	if (r < 0)
		return r;
	if (with->len == 0)
		return eval_fail(e, c->node, "'%.*s' cannot fill up with an empty string",
				 (int)c->len, c->name);
	more = width > (int64_t)have ? (size_t)width - have : 0;
	if (c->name[0] == 'r')
		left = more;
	else if (c->name[0] == 'c')
		left = more / 2;
	pad(&b, with, left);
	buf_add(&b, c->self.str, c->self.len);
	pad(&b, with, more - left);
	return method_text(e, c, &b, b.error, ret);
}

const struct method methods_string[] = {
	{ "empty?", 0, 0, 0, string_empty },
	{ "length", 0, 0, 0, string_length },
	{ "size", 0, 0, 0, string_length },
	{ "strip", 0, 0, 0, string_strip },
	{ "lstrip", 0, 0, 0, string_strip },
	{ "rstrip", 0, 0, 0, string_strip },
	{ "chomp", 0, 1, 0, string_chomp },
	{ "upcase", 0, 0, 0, string_case },
	{ "downcase", 0, 0, 0, string_case },
	{ "capitalize", 0, 0, 0, string_case },
	{ "swapcase", 0, 0, 0, string_case },
	{ "reverse", 0, 0, 0, string_reverse },
	{ "include?", 1, 1, 0, string_include },
	{ "start_with?", 0, ARGS_ANY, 0, string_with },
	{ "end_with?", 0, ARGS_ANY, 0, string_with },
	{ "delete_prefix", 1, 1, 0, string_delete_affix },
	{ "delete_suffix", 1, 1, 0, string_delete_affix },
	{ "[]", 1, 2, 0, string_slice },
	{ "slice", 1, 2, 0, string_slice },
	{ "index", 1, 1, 0, string_index },
	{ "to_i", 0, 0, 0, string_to_i },
	{ "to_sym", 0, 0, 0, string_to_sym },
	{ "ljust", 1, 2, 0, string_just },
	{ "rjust", 1, 2, 0, string_just },
	{ "center", 1, 2, 0, string_just },
	{},
};
