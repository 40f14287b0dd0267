/* SPDX-License-Identifier: MIT */
/* methods-format.c -- "%05d %-10s" % [number, text] */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

#define WIDTH_MAX 10000

/* The number at *AT, at most WIDTH_MAX; -ERANGE for a larger one. */
static int read_width(const struct value *text, size_t *at, int *ret)
{
	for (*ret = 0; *at < text->len && text->str[*at] >= '0' && text->str[*at] <= '9'; ++*at) {
		*ret = *ret * 10 + text->str[*at] - '0';
		if (*ret > WIDTH_MAX)
			return -ERANGE;
	}
	return 0;
}

static void fill(struct buf *b, char ch, int n)
{
	for (; n > 0 && b->error == 0; n--)
		buf_addc(b, ch);
}

/* One directive, "%-8s" or "%05d", whose flag (or NUL), width and letter were read. */
static int add_arg(struct eval *e, const struct node *n, struct buf *b, char flag, int width,
		   char kind, const struct value *v)
{
	_cleanup_buf_ struct buf text = eval_buf(e);
	bool zero = flag == '0' && kind == 'd', minus;
	int r;

	if (kind != 'd' && kind != 's')
		return eval_fail(e, n, "'%%%c' is not part of the language, only %%d %%s %%%%",
				 kind);
	if (kind == 'd' && v->type != V_INT)
		return eval_fail(e, n, "'%%d' takes an integer, not %s", value_kind(v));
	r = value_to_s(&text, v);
	if (r < 0)
		return eval_error(e, n, r);
	minus = zero && text.len > 0 && text.data[0] == '-';
	width -= chars_length(text.data ?: "", text.len);
	if (flag != '-' && !zero)
		fill(b, ' ', width);
	if (minus)
		buf_addc(b, '-');
	if (zero)
		fill(b, '0', width);
	buf_add(b, (text.data ?: "") + minus, text.len - minus);
	if (flag == '-')
		fill(b, ' ', width);
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
		char flag;
		int width;

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
		flag = '\0';
		if (at < text->len && (text->str[at] == '0' || text->str[at] == '-'))
			flag = text->str[at++];
		r = read_width(text, &at, &width);
		if (r < 0)
			return eval_fail(e, n, "a width in the format is over %d", WIDTH_MAX);
		if (at == text->len)
			return eval_fail(e, n,
					 "the format ends within a directive; for a percent sign "
					 "write %%%%");
		if (next == n_args)
			return eval_fail(e, n, "the format wants more than %zu value%s", n_args,
					 n_args == 1 ? "" : "s");
		r = add_arg(e, n, &b, flag, width, text->str[at++], &args[next++]);
		if (r < 0)
			return r;
	}
	return eval_text(e, n, &b, ret);
}
