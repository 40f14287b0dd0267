/* SPDX-License-Identifier: MIT */
/* methods-object.c -- methods of every value, of nil, of integers and of symbols */
#include <errno.h>
#include <inttypes.h>

#include "modules/template/chars.h"
#include "modules/template/methods.h"

static int object_nil(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.type == V_NIL);
	return 0;
}

static int object_itself(struct eval *e, struct call *c, struct value *ret)
{
	*ret = c->self;
	return 0;
}

static int object_to_s(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);

	if (c->self.type == V_STR || c->self.type == V_SYM) {
		*ret = c->self;
		ret->type = V_STR;
		return 0;
	}
	return method_text(e, c, &b, value_to_s(&b, &c->self), ret);
}

static int object_inspect(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);

	return method_text(e, c, &b, value_inspect(&b, &c->self), ret);
}

static int object_to_json(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);

	return method_text(e, c, &b, value_to_json(&b, &c->self), ret);
}

const struct method methods_object[] = {
	{ "nil?", 0, 0, METHOD_PARTS, object_nil },
	{ "to_s", 0, 0, 0, object_to_s },
	{ "inspect", 0, 0, 0, object_inspect },
	{ "to_json", 0, 0, 0, object_to_json },
	{ "itself", 0, 0, METHOD_PARTS, object_itself },
	{ "dup", 0, 0, METHOD_PARTS, object_itself },
	{ "freeze", 0, 0, METHOD_PARTS, object_itself },
	{},
};

static int nil_to_a(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_array(NULL, 0);
	return 0;
}

static int nil_to_h(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_hash(NULL, 0);
	return 0;
}

static int nil_to_i(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(0);
	return 0;
}

const struct method methods_nil[] = {
	{ "to_a", 0, 0, 0, nil_to_a },
	{ "to_h", 0, 0, 0, nil_to_h },
	{ "to_i", 0, 0, 0, nil_to_i },
	{},
};

/* to_i and truncate cut, floor and ceil go down and up, round to the nearest, halves from zero. */
static int float_to_i(struct eval *e, struct call *c, struct value *ret)
{
	double d = c->self.real, rest;
	int64_t i;

	if (!(d > -9e18 && d < 9e18))
		return eval_error(e, c->node, -ERANGE);
	i = (int64_t)d;
	rest = d - (double)i;
	if (c->name[0] == 'f')
		i -= rest < 0;
	else if (c->name[0] == 'c')
		i += rest > 0;
	else if (c->name[0] == 'r')
		i += (rest >= 0.5) - (rest <= -0.5);
	*ret = value_int(i);
	return 0;
}

const struct method methods_float[] = {
	{ "to_i", 0, 0, 0, float_to_i },  { "truncate", 0, 0, 0, float_to_i },
	{ "floor", 0, 0, 0, float_to_i }, { "ceil", 0, 0, 0, float_to_i },
	{ "round", 0, 0, 0, float_to_i }, {},
};

/* Runs the block for FROM, FROM + STEP ... up to and with LAST. */
static int count(struct eval *e, struct call *c, int64_t from, int64_t last, int step,
		 struct value *ret)
{
	struct value i = value_int(from), dropped;
	int r;

	i.secret = c->self.secret;
	for (; step > 0 ? i.integer <= last : i.integer >= last; i.integer += step) {
		r = eval_block(e, c, &i, 1, &dropped);
		if (r < 0)
			return r;
		if (i.integer == last)
			break;
	}
	*ret = c->self;
	return 0;
}

static int integer_times(struct eval *e, struct call *c, struct value *ret)
{
	if (c->self.integer <= 0) {
		*ret = c->self;
		return 0;
	}
	return count(e, c, 0, c->self.integer - 1, 1, ret);
}

static int integer_upto(struct eval *e, struct call *c, struct value *ret)
{
	int64_t last = 0;
	int r;

	r = method_int_arg(e, c, 0, &last);
	if (r < 0)
		return r;
	return count(e, c, c->self.integer, last, c->name[0] == 'd' ? -1 : 1, ret);
}

static int integer_test(struct eval *e, struct call *c, struct value *ret)
{
	int64_t i = c->self.integer;

	switch (c->name[0]) {
	case 'z':
		*ret = value_bool(i == 0);
		break;
	case 'p':
		*ret = value_bool(i > 0);
		break;
	case 'n':
		*ret = value_bool(i < 0);
		break;
	default:
		*ret = value_bool((i % 2 == 0) == (c->name[0] == 'e'));
	}
	return 0;
}

static int integer_abs(struct eval *e, struct call *c, struct value *ret)
{
	if (c->self.integer == INT64_MIN)
		return eval_error(e, c->node, -ERANGE);
	*ret = value_int(c->self.integer < 0 ? -c->self.integer : c->self.integer);
	return 0;
}

static int integer_step(struct eval *e, struct call *c, struct value *ret)
{
	int64_t v;

	if (__builtin_add_overflow(c->self.integer, c->name[0] == 'p' ? -1 : 1, &v))
		return eval_error(e, c->node, -ERANGE);
	*ret = value_int(v);
	return 0;
}

static int integer_to_s(struct eval *e, struct call *c, struct value *ret)
{
	uint64_t v =
		c->self.integer < 0 ? 0 - (uint64_t)c->self.integer : (uint64_t)c->self.integer;
	int64_t base = 10;
	char text[66], *p = text + sizeof(text);
	_cleanup_buf_ struct buf b = eval_buf(e);
	int r;

	r = c->n_args > 0 ? method_int_arg(e, c, 0, &base) : 0;
	if (r < 0)
		return r;
	if (base < 2 || base > 36)
		return eval_fail(e, c->node, "'to_s' takes a base from 2 to 36");
	do {
		*--p = "0123456789abcdefghijklmnopqrstuvwxyz"[v % base];
		v /= base;
	} while (v > 0);
	if (c->self.integer < 0)
		*--p = '-';
	return method_text(e, c, &b, buf_add(&b, p, text + sizeof(text) - p), ret);
}

/* n[i]: bit I of it */
static int integer_bit(struct eval *e, struct call *c, struct value *ret)
{
	int64_t i = 0;
	int r;

	r = method_int_arg(e, c, 0, &i);
	if (r < 0)
		return r;
	*ret = value_int(i < 0 ? 0 : c->self.integer >> (i < 63 ? i : 63) & 1);
	return 0;
}

static int integer_chr(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);

	if (c->self.integer < 0 || c->self.integer > 127)
		return eval_fail(e, c->node, "'chr' is for 0 to 127");
	return method_text(e, c, &b, buf_addc(&b, c->self.integer), ret);
}

static int integer_between(struct eval *e, struct call *c, struct value *ret)
{
	int64_t low = 0, high = 0;
	int r;

	r = method_int_arg(e, c, 0, &low);
	if (r < 0)
		return r;
	r = method_int_arg(e, c, 1, &high);
	if (r < 0)
		return r;
	*ret = value_bool(low <= c->self.integer && c->self.integer <= high);
	return 0;
}

/* of a machine word, in bytes */
static int integer_size(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(sizeof(int64_t));
	return 0;
}

const struct method methods_integer[] = {
	{ "times", 0, 0, METHOD_NEEDS, integer_times },
	{ "upto", 1, 1, METHOD_NEEDS, integer_upto },
	{ "downto", 1, 1, METHOD_NEEDS, integer_upto },
	{ "zero?", 0, 0, 0, integer_test },
	{ "positive?", 0, 0, 0, integer_test },
	{ "negative?", 0, 0, 0, integer_test },
	{ "even?", 0, 0, 0, integer_test },
	{ "odd?", 0, 0, 0, integer_test },
	{ "abs", 0, 0, 0, integer_abs },
	{ "succ", 0, 0, 0, integer_step },
	{ "next", 0, 0, 0, integer_step },
	{ "pred", 0, 0, 0, integer_step },
	{ "to_i", 0, 0, 0, object_itself },
	{ "to_s", 0, 1, 0, integer_to_s },
	{ "[]", 1, 1, 0, integer_bit },
	{ "size", 0, 0, 0, integer_size },
	{ "chr", 0, 0, 0, integer_chr },
	{ "between?", 2, 2, 0, integer_between },
	{},
};

static int symbol_length(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(chars_length(c->self.str, c->self.len));
	return 0;
}

static int symbol_empty(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.len == 0);
	return 0;
}

const struct method methods_symbol[] = {
	{ "to_sym", 0, 0, 0, object_itself },
	{ "length", 0, 0, 0, symbol_length },
	{ "size", 0, 0, 0, symbol_length },
	{ "empty?", 0, 0, 0, symbol_empty },
	{},
};
