/* SPDX-License-Identifier: MIT */
/* methods-format.c -- "%05d %-10s" % [number, text] */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

#define WIDTH_MAX 10000

/* One directive. */
struct spec {
	bool minus, zero, plus, space, sharp;
	int width, precision; /* precision -1: none */
	char kind;
};

/* The number at *AT, at most WIDTH_MAX; -ERANGE for a larger one. */
static int read_number(const struct value *text, size_t *at, int *ret)
{
	int v = 0;

	for (; *at < text->len && text->str[*at] >= '0' && text->str[*at] <= '9'; ++*at) {
		v = v * 10 + text->str[*at] - '0';
		if (v > WIDTH_MAX)
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

/* The directive behind the '%'. */
static int read_spec(const struct value *text, size_t *at, struct spec *ret)
{
	struct spec s = { .precision = -1 };
	int r;

	for (; *at < text->len; ++*at) {
		char ch = text->str[*at];

		if (ch == '-')
			s.minus = true;
		else if (ch == '0')
			s.zero = true;
		else if (ch == '+')
			s.plus = true;
		else if (ch == ' ')
			s.space = true;
		else if (ch == '#')
			s.sharp = true;
		else
			break;
	}
	r = read_number(text, at, &s.width);
	if (r < 0)
		return r;
	if (*at < text->len && text->str[*at] == '.') {
		++*at;
		r = read_number(text, at, &s.precision);
		if (r < 0)
			return r;
	}
	if (*at >= text->len)
		return -EINVAL;
	s.kind = text->str[(*at)++];
	*ret = s;
	return 0;
}

static void fill(struct buf *b, char ch, int n)
{
	for (; n > 0 && b->error == 0; n--)
		buf_addc(b, ch);
}

static void add_text(struct buf *b, const struct spec *s, const char *text, size_t len)
{
	int chars;

	if (s->precision >= 0)
		len = chars_offset(text, len, s->precision);
	chars = chars_length(text, len);
	if (!s->minus)
		fill(b, ' ', s->width - chars);
	buf_add(b, text, len);
	if (s->minus)
		fill(b, ' ', s->width - chars);
}

static void add_integer(struct buf *b, const struct spec *s, int64_t v)
{
	unsigned base = strchr("xX", s->kind) ? 16 : s->kind == 'o' ? 8 : s->kind == 'b' ? 2 : 10;
	const char *set = s->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "", *prefix = "";
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[65], *p = digits + sizeof(digits);
	int n, zeros, blanks;

	do {
		*--p = set[u % base];
		u /= base;
	} while (u > 0);
	n = digits + sizeof(digits) - p;
	if (s->sharp && v != 0 && base != 10)
		prefix = s->kind == 'x'	  ? "0x"
			 : s->kind == 'X' ? "0X"
			 : s->kind == 'b' ? "0b"
					  : "0";
	zeros = s->precision - n;
	blanks = s->width - n - (int)(strlen(sign) + strlen(prefix));
	if (s->zero && !s->minus && s->precision < 0)
		zeros = blanks;
	if (zeros < 0)
		zeros = 0;
	blanks -= zeros;

	if (!s->minus)
		fill(b, ' ', blanks);
	buf_adds(b, sign);
	buf_adds(b, prefix);
	fill(b, '0', zeros);
	buf_add(b, p, n);
	if (s->minus)
		fill(b, ' ', blanks);
}

/* The integer of a text that is one, without the signs by which Ruby takes other bases. */
static bool text_integer(const struct value *v, int64_t *ret)
{
	bool minus = v->len > 0 && v->str[0] == '-';
	size_t i = minus || (v->len > 0 && v->str[0] == '+');
	int64_t n = 0;

	if (v->type != V_STR || i == v->len || (v->str[i] == '0' && v->len > i + 1))
		return false;
	for (; i < v->len; i++) {
		int digit = v->str[i] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, minus ? -digit : digit, &n))
			return false;
	}
	*ret = n;
	return true;
}

static int add_arg(struct eval *e, const struct node *n, struct buf *b, const struct spec *s,
		   const struct value *v)
{
	_cleanup_buf_ struct buf text = eval_buf(e);
	int64_t number = 0;
	int r;

	if (s->kind == 's' || s->kind == 'p') {
		r = s->kind == 's' ? value_to_s(&text, v) : value_inspect(&text, v);
		if (r < 0)
			return eval_error(e, n, r);
		add_text(b, s, text.data ?: "", text.len);
		return 0;
	}
	if (!strchr("diuxXob", s->kind))
		return eval_fail(e, n,
				 "'%%%c' is not part of the language, only %%d %%i %%u %%x %%X "
				 "%%o %%b %%s %%p %%%%",
				 s->kind);
	if (v->type == V_INT)
		number = v->integer;
	else if (v->type == V_FLOAT && v->real > -9e18 && v->real < 9e18)
		number = (int64_t)v->real;
	else if (!text_integer(v, &number))
		return eval_fail(e, n, "'%%%c' takes an integer, not %s%s", s->kind, value_kind(v),
				 v->type == V_STR ? " that is none: write .to_i" : "");
	if (number < 0 && strchr("xXob", s->kind) && !s->plus && !s->space)
		return eval_fail(e, n, "'%%%c' takes no negative number, write '%%+%c'", s->kind,
				 s->kind);
	add_integer(b, s, number);
	return 0;
}

int method_format(struct eval *e, const struct node *n, const struct value *text,
		  const struct value *arg, struct value *ret)
{
	const struct value *args = arg->type == V_ARRAY ? arg->items : arg;
	size_t n_args = arg->type == V_ARRAY ? arg->len : 1, next = 0, at = 0;
	_cleanup_buf_ struct buf b = eval_buf(e);
	int r;

	while (at < text->len) {
		const char *p = memchr(text->str + at, '%', text->len - at);
		size_t end = p ? (size_t)(p - text->str) : text->len;
		struct spec s;

		buf_add(&b, text->str + at, end - at);
		at = end;
		if (!p)
			break;
		at++;
		if (at < text->len && text->str[at] == '%') {
			at++;
			buf_addc(&b, '%');
			continue;
		}
		r = read_spec(text, &at, &s);
		if (r == -ERANGE)
			return eval_fail(e, n, "a width in the format is over %d", WIDTH_MAX);
		if (r < 0)
			return eval_fail(e, n,
					 "the format ends within a directive; for a percent sign "
					 "write %%%%");
		if (next == n_args)
			return eval_fail(e, n, "the format wants more than %zu value%s", n_args,
					 n_args == 1 ? "" : "s");
		r = add_arg(e, n, &b, &s, &args[next++]);
		if (r < 0)
			return r;
	}
	return eval_text(e, n, &b, ret);
}
