/* SPDX-License-Identifier: MIT */
/* eval-operator.c -- what + - * / % and the comparisons do with which values */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "modules/template/eval.h"
#include "modules/template/methods.h"

static const char *op_text(const struct node *n)
{
	static const char *const texts[] = {
		[T_PLUS] = "+", [T_MINUS] = "-",   [T_STAR] = "*", [T_SLASH] = "/",
		[T_LT] = "<",	[T_PERCENT] = "%", [T_GT] = ">",   [T_LE] = "<=",
		[T_GE] = ">=",	[T_EQ] = "==",	   [T_NE] = "!=",  [T_CMP] = "<=>",
	};

	return texts[n->op];
}

static int refuse(struct eval *e, const struct node *n, const struct value *a,
		  const struct value *b)
{
	return eval_fail(e, n, "'%s' does not go with %s and %s", op_text(n), value_kind(a),
			 value_kind(b));
}

/* Ruby rounds towards minus infinity, and the remainder has the sign of the divisor. */
static int divide(struct eval *e, const struct node *n, int64_t a, int64_t b, int64_t *ret)
{
	int64_t q, rest;

	if (b == 0)
		return eval_fail(e, n, "division by zero");
	if (a == INT64_MIN && b == -1) {
		*ret = 0;
		return n->op == T_SLASH ? -ERANGE : 0;
	}
	q = a / b;
	rest = a % b;
	if (rest != 0 && (rest < 0) != (b < 0)) {
		q--;
		rest += b;
	}
	*ret = n->op == T_SLASH ? q : rest;
	return 0;
}

static int integers(struct eval *e, const struct node *n, int64_t a, int64_t b, struct value *ret)
{
	int64_t v = 0;
	bool over = false;
	int r;

	switch (n->op) {
	case T_PLUS:
		over = __builtin_add_overflow(a, b, &v);
		break;
	case T_MINUS:
		over = __builtin_sub_overflow(a, b, &v);
		break;
	case T_STAR:
		over = __builtin_mul_overflow(a, b, &v);
		break;
	default:
		r = divide(e, n, a, b, &v);
		if (r == -ERANGE)
			over = true;
		else if (r < 0)
			return r;
	}
	if (over)
		return eval_fail(e, n, "%" PRId64 " %s %" PRId64 " does not fit in 64 bits", a,
				 op_text(n), b);
	*ret = value_int(v);
	return 0;
}

static int join_strings(struct eval *e, const struct node *n, const struct value *a,
			const struct value *b, struct value *ret)
{
	size_t len = (size_t)a->len + b->len;
	char *s = arena_alloc(e->arena, len + 1);

	if (!s)
		return eval_memory(e, n);
	memcpy(s, a->str, a->len);
	memcpy(s + a->len, b->str, b->len);
	*ret = value_str(s, len);
	return 0;
}

static int join_arrays(struct eval *e, const struct node *n, const struct value *a,
		       const struct value *b, struct value *ret)
{
	size_t len = (size_t)a->len + b->len;
	struct value *items = eval_array(e, len, struct value);

	if (!items)
		return eval_memory(e, n);
	memcpy(items, a->items, a->len * sizeof(*items));
	memcpy(items + a->len, b->items, b->len * sizeof(*items));
	*ret = value_array(items, len);
	return 0;
}

/* a - b: what is in A and not in B */
static int subtract_arrays(struct eval *e, const struct node *n, const struct value *a,
			   const struct value *b, struct value *ret)
{
	struct value *items = eval_array(e, a->len, struct value);
	size_t len = 0;
	int r;

	if (!items)
		return eval_memory(e, n);
	for (size_t i = 0; i < a->len; i++) {
		bool found = false;

		for (size_t k = 0; k < b->len && !found; k++) {
			r = value_eql(&a->items[i], &b->items[k], &e->steps, &found);
			if (r < 0)
				return eval_error(e, n, r);
		}
		if (!found)
			items[len++] = a->items[i];
	}
	*ret = value_array(items, len);
	return 0;
}

/* "ab" * 3 and [1, 2] * 3 */
static int repeat(struct eval *e, const struct node *n, const struct value *a, int64_t times,
		  struct value *ret)
{
	size_t size = a->type == V_STR ? 1 : sizeof(struct value), len;
	char *all;

	if (times < 0)
		return eval_fail(e, n, "'*' takes no negative number");
	if (__builtin_mul_overflow((size_t)a->len, (size_t)times, &len) || len > UINT32_MAX)
		return eval_error(e, n, -E2BIG);
	all = arena_array(e->arena, len + 1, size);
	if (!all)
		return eval_memory(e, n);
	for (size_t i = 0; a->len > 0 && i < len; i += a->len)
		memcpy(all + i * size, a->str, a->len * size);
	*ret = a->type == V_STR ? value_str(all, len) : value_array((struct value *)all, len);
	return 0;
}

static int arithmetic(struct eval *e, const struct node *n, const struct value *a,
		      const struct value *b, struct value *ret)
{
	if (a->type == V_INT && b->type == V_INT)
		return integers(e, n, a->integer, b->integer, ret);
	if (n->op == T_PERCENT && a->type == V_STR)
		return method_format(e, n, a, b, ret);
	if (a->type == V_FLOAT || b->type == V_FLOAT)
		return eval_fail(e, n, "there is no arithmetic with %s",
				 value_kind(a->type == V_FLOAT ? a : b));
	if (n->op == T_PLUS && a->type == V_STR && b->type == V_STR)
		return join_strings(e, n, a, b, ret);
	if (n->op == T_PLUS && a->type == V_ARRAY && b->type == V_ARRAY)
		return join_arrays(e, n, a, b, ret);
	if (n->op == T_MINUS && a->type == V_ARRAY && b->type == V_ARRAY)
		return subtract_arrays(e, n, a, b, ret);
	if (n->op == T_STAR && (a->type == V_STR || a->type == V_ARRAY) && b->type == V_INT)
		return repeat(e, n, a, b->integer, ret);
	if (n->op == T_PLUS && a->type == V_STR)
		return eval_fail(e, n,
				 "'+' does not go with a string and %s: write .to_s behind it, "
				 "or \"#{...}\"",
				 value_kind(b));
	return refuse(e, n, a, b);
}

static int ordering(struct eval *e, const struct node *n, const struct value *a,
		    const struct value *b, struct value *ret)
{
	bool ordered =
		a->type == V_INT || a->type == V_FLOAT || a->type == V_STR || a->type == V_SYM;
	int order = 0;
	int r;

	if (n->op != T_CMP && !ordered)
		return refuse(e, n, a, b);
	r = value_compare(a, b, &e->steps, &order);
	if (r == -EDOM && n->op == T_CMP) {
		*ret = value_nil();
		return 0;
	}
	if (r == -EDOM)
		return refuse(e, n, a, b);
	if (r < 0)
		return eval_error(e, n, r);
	switch (n->op) {
	case T_LT:
		*ret = value_bool(order < 0);
		break;
	case T_LE:
		*ret = value_bool(order <= 0);
		break;
	case T_GT:
		*ret = value_bool(order > 0);
		break;
	case T_GE:
		*ret = value_bool(order >= 0);
		break;
	default:
		*ret = value_int(order);
	}
	return 0;
}

int eval_binary(struct eval *e, const struct node *n, const struct value *a, const struct value *b,
		struct value *ret)
{
	bool container = a->type == V_ARRAY, same = false;
	int r;

	if (a->type == V_TEXT || b->type == V_TEXT)
		return eval_fail(e, n, "template text is no value");
	r = eval_charge(e, n, a->len / 64 + b->len / 64);
	if (r < 0)
		return r;
	if (n->op == T_EQ || n->op == T_NE) {
		r = value_equal(a, b, &e->steps, &same);
		if (r < 0)
			return eval_error(e, n, r);
		*ret = value_bool(same == (n->op == T_EQ));
		container = false;
	} else if (n->op == T_CMP || n->op == T_LT || n->op == T_LE || n->op == T_GT ||
		   n->op == T_GE) {
		r = ordering(e, n, a, b, ret);
		container = false;
	} else {
		r = arithmetic(e, n, a, b, ret);
		container = container && n->op != T_MINUS;
	}
	if (r < 0)
		return r;
	/* the items of a sum of arrays carry their own marks */
	ret->secret = a->secret || b->secret || (!container && (a->holds || b->holds));
	return 0;
}

int eval_negate(struct eval *e, const struct node *n, const struct value *v, struct value *ret)
{
	if (v->type == V_STR) { /* Ruby freezes a string so; here all are */
		*ret = *v;
		return 0;
	}
	if (v->type != V_INT)
		return eval_fail(e, n, "'-' does not go with %s", value_kind(v));
	if (v->integer == INT64_MIN)
		return eval_fail(e, n, "-(%" PRId64 ") does not fit in 64 bits", v->integer);
	*ret = value_int(-v->integer);
	ret->secret = v->secret;
	return 0;
}
