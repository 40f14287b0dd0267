/* SPDX-License-Identifier: MIT */
/* methods-object.c -- methods of every value, of nil and of numbers */
#include <errno.h>

#include "modules/template/methods.h"

static int object_nil(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.type == V_NIL);
	return 0;
}

/* to_s, inspect, to_json */
static int object_text(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);
	int r;

	if (c->name[0] == 'i')
		r = value_inspect(&b, &c->self);
	else if (c->name[3] == 'j')
		r = value_to_json(&b, &c->self);
	else
		r = value_to_s(&b, &c->self);
	return method_text(e, c, &b, r, ret);
}

const struct method methods_object[] = {
	{ "nil?", "", METHOD_PARTS, object_nil },
	{ "to_s", "", 0, object_text },
	{ "inspect", "", 0, object_text },
	{ "to_json", "", 0, object_text },
	{},
};

static int nil_to_i(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(0);
	return 0;
}

static int nil_to_a(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_array(NULL, 0);
	return 0;
}

const struct method methods_nil[] = {
	{ "to_i", "", 0, nil_to_i },
	{ "to_a", "", 0, nil_to_a },
	{},
};

static int float_to_i(struct eval *e, struct call *c, struct value *ret)
{
	if (!(c->self.real > -9e18 && c->self.real < 9e18))
		return eval_error(e, c->node, -ERANGE);
	*ret = value_int((int64_t)c->self.real);
	return 0;
}

const struct method methods_float[] = {
	{ "to_i", "", 0, float_to_i },
	{},
};

static int integer_times(struct eval *e, struct call *c, struct value *ret)
{
	struct value i = value_int(0), dropped;
	int r;

	i.secret = c->self.secret;
	for (; i.integer < c->self.integer; i.integer++) {
		r = eval_block(e, c, &i, 1, &dropped);
		if (r < 0)
			return r;
	}
	*ret = c->self;
	return 0;
}

/* zero?, even?, odd? */
static int integer_test(struct eval *e, struct call *c, struct value *ret)
{
	int64_t i = c->self.integer;

	*ret = value_bool(c->name[0] == 'z' ? i == 0 : (i % 2 == 0) == (c->name[0] == 'e'));
	return 0;
}

const struct method methods_integer[] = {
	{ "times", "", METHOD_NEEDS, integer_times },
	{ "zero?", "", 0, integer_test },
	{ "even?", "", 0, integer_test },
	{ "odd?", "", 0, integer_test },
	{ "to_i", "", 0, method_itself },
	{},
};
