/* SPDX-License-Identifier: MIT */
/* methods.c -- finding a method, checking its arguments, calling it */
#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"
#include "modules/template/methods.h"

#define TABLES_MAX 5

/* The tables of a value's methods, in the order of the search. */
static void tables_of(const struct value *v, const struct method *tables[TABLES_MAX + 1])
{
	size_t n = 0;

	if (v->type == V_STR) {
		tables[n++] = methods_string;
		tables[n++] = methods_string_more;
	} else if (v->type == V_SYM) {
		tables[n++] = methods_symbol;
	} else if (v->type == V_INT) {
		tables[n++] = methods_integer;
	} else if (v->type == V_FLOAT) {
		tables[n++] = methods_float;
	} else if (v->type == V_NIL) {
		tables[n++] = methods_nil;
	} else if (v->type == V_ARRAY || v->type == V_HASH) {
		tables[n++] = v->type == V_ARRAY ? methods_array : methods_hash;
		if (v->type == V_ARRAY)
			tables[n++] = methods_array_more;
		tables[n++] = methods_list;
		tables[n++] = methods_list_more;
	}
	tables[n++] = methods_object;
	tables[n] = NULL;
}

static const struct method *find(const struct call *c)
{
	const struct method *tables[TABLES_MAX + 1];

	tables_of(&c->self, tables);
	for (size_t i = 0; tables[i]; i++)
		for (const struct method *m = tables[i]; m->name; m++)
			if (m->name[0] == c->name[0] && strncmp(m->name, c->name, c->len) == 0 &&
			    m->name[c->len] == '\0')
				return m;
	return NULL;
}

/*
 * Ruby's own methods of every hash that are not part of the language: a key of such a name cannot
 * be read as a.name in Ruby, so it is not read that way here.
 */
static const char *const ruby_hash_methods[] = {
	"assoc",
	"chain",
	"chunk",
	"chunk_while",
	"class",
	"clear",
	"clone",
	"collect",
	"collect_concat",
	"compact",
	"compare_by_identity",
	"count",
	"cycle",
	"deconstruct_keys",
	"default",
	"default_proc",
	"define_singleton_method",
	"delete",
	"delete_if",
	"detect",
	"dig",
	"display",
	"drop",
	"drop_while",
	"dup",
	"each",
	"each_cons",
	"each_entry",
	"each_key",
	"each_pair",
	"each_slice",
	"each_value",
	"each_with_index",
	"each_with_object",
	"entries",
	"enum_for",
	"except",
	"extend",
	"fetch",
	"fetch_values",
	"filter",
	"filter_map",
	"find",
	"find_all",
	"find_index",
	"first",
	"flat_map",
	"flatten",
	"freeze",
	"grep",
	"grep_v",
	"group_by",
	"hash",
	"inject",
	"inspect",
	"instance_eval",
	"instance_exec",
	"instance_variable_get",
	"instance_variable_set",
	"instance_variables",
	"invert",
	"itself",
	"keep_if",
	"key",
	"keys",
	"lazy",
	"length",
	"map",
	"max",
	"max_by",
	"merge",
	"method",
	"methods",
	"min",
	"min_by",
	"minmax",
	"minmax_by",
	"object_id",
	"partition",
	"private_methods",
	"protected_methods",
	"public_method",
	"public_methods",
	"public_send",
	"rassoc",
	"reduce",
	"rehash",
	"reject",
	"remove_instance_variable",
	"replace",
	"reverse_each",
	"select",
	"send",
	"shift",
	"singleton_class",
	"singleton_method",
	"singleton_methods",
	"size",
	"slice",
	"slice_after",
	"slice_before",
	"slice_when",
	"sort",
	"sort_by",
	"store",
	"sum",
	"taint",
	"take",
	"take_while",
	"tally",
	"tap",
	"then",
	"to_a",
	"to_enum",
	"to_h",
	"to_hash",
	"to_proc",
	"to_s",
	"transform_keys",
	"transform_values",
	"trust",
	"uniq",
	"untaint",
	"untrust",
	"update",
	"values",
	"values_at",
	"yield_self",
	"zip",
};

/* host.name: the key of a hash that came with a fact */
static int read_key(struct eval *e, const struct call *c, struct value *ret)
{
	struct nearest nearest = NEAREST_INIT("");
	const struct value key = value_str(c->name, c->len);
	_cleanup_free_ char *name = strndup(c->name, c->len);
	const struct pair *p;
	int r;

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(ruby_hash_methods); i++)
		if (strcmp(ruby_hash_methods[i], name) == 0)
			return eval_fail(e, c->node,
					 "'%s' is a method of every hash in Ruby: to "
					 "read the key write ['%s']",
					 name, name);
	r = value_find(&c->self, &key, &e->steps, &p);
	if (r < 0)
		return eval_error(e, c->node, r);
	if (p) {
		*ret = p->value;
		ret->secret = ret->secret || c->self.secret;
		return 0;
	}
	nearest.word = name;
	for (size_t i = 0; i < c->self.len; i++)
		if (c->self.pairs[i].key.type == V_STR) /* keys of facts are NUL-ended */
			nearest_offer(&nearest, c->self.pairs[i].key.str);
	return eval_fail(e, c->node, "there is no key '%.60s'%s%.60s%s", name,
			 nearest.best ? ", did you mean '" : "", nearest.best ?: "",
			 nearest.best ? "'?" : "");
}

static int undefined(struct eval *e, const struct call *c)
{
	const struct method *tables[TABLES_MAX + 1];
	_cleanup_free_ char *name = strndup(c->name, c->len);
	struct nearest nearest = NEAREST_INIT(name);

	if (!name)
		return -ENOMEM;
	tables_of(&c->self, tables);
	for (size_t i = 0; tables[i]; i++)
		for (const struct method *m = tables[i]; m->name; m++)
			nearest_offer(&nearest, m->name);
	return eval_fail(e, c->node, "%s has no method '%.60s'%s%.60s%s", value_kind(&c->self),
			 name, nearest.best ? ", did you mean '" : "", nearest.best ?: "",
			 nearest.best ? "'?" : "");
}

static int check(struct eval *e, const struct call *c, const struct method *m)
{
	if (c->n_args < m->min && m->max == ARGS_ANY)
		return eval_fail(e, c->node, "'%s' takes %u arguments or more, not %zu", m->name,
				 m->min, c->n_args);
	if ((c->n_args < m->min || c->n_args > m->max) && m->max != ARGS_ANY) {
		if (m->min == m->max)
			return eval_fail(e, c->node, "'%s' takes %u argument%s, not %zu", m->name,
					 m->min, m->min == 1 ? "" : "s", c->n_args);
		return eval_fail(e, c->node, "'%s' takes %u to %u arguments, not %zu", m->name,
				 m->min, m->max, c->n_args);
	}
	if (c->block && !(m->flags & (METHOD_BLOCK | METHOD_NEEDS)))
		return eval_fail(e, c->node, "'%s' takes no block", m->name);
	if (!c->block && (m->flags & METHOD_NEEDS))
		return eval_fail(e, c->node,
				 "'%s' needs a block here: { |x| ... } or do |x| ... end", m->name);
	return 0;
}

/* Calls of methods by &:name count as nesting too. */
static int run(struct eval *e, struct call *c, const struct method *m, struct value *ret)
{
	size_t work = c->self.len / 64;
	bool parts = m->flags & METHOD_PARTS;
	bool secret = c->self.secret || (!parts && c->self.holds);
	int r;

	for (size_t i = 0; i < c->n_args; i++) {
		work += c->args[i].len / 64;
		secret = secret || c->args[i].secret || (!parts && c->args[i].holds);
	}
	r = eval_charge(e, c->node, 1 + work);
	if (r < 0)
		return r;
	r = m->run(e, c, ret);
	if (r < 0)
		return r;
	ret->secret = ret->secret || secret || c->secret;
	return 0;
}

int method_call(struct eval *e, struct call *c, struct value *ret)
{
	const struct method *m = find(c);
	int r;

	if (c->self.type == V_TEXT)
		return eval_fail(e, c->node, "template text is no value");
	if (!m && c->self.type == V_HASH && c->self.fact && c->n_args == 0 && !c->block)
		return read_key(e, c, ret);
	if (!m)
		return undefined(e, c);
	r = check(e, c, m);
	if (r < 0)
		return r;
	return run(e, c, m, ret);
}

int method_string_arg(struct eval *e, const struct call *c, size_t i, const struct value **ret)
{
	if (c->args[i].type != V_STR)
		return eval_fail(e, c->node, "'%.*s' takes a string, not %s", (int)c->len, c->name,
				 value_kind(&c->args[i]));
	*ret = &c->args[i];
	return 0;
}

int method_int_arg(struct eval *e, const struct call *c, size_t i, int64_t *ret)
{
	if (c->args[i].type != V_INT)
		return eval_fail(e, c->node, "'%.*s' takes an integer, not %s", (int)c->len,
				 c->name, value_kind(&c->args[i]));
	*ret = c->args[i].integer;
	return 0;
}

int method_text(struct eval *e, const struct call *c, const struct buf *b, int r, struct value *ret)
{
	if (r < 0)
		return eval_error(e, c->node, r);
	return eval_text(e, c->node, b, ret);
}

int method_block(struct eval *e, struct call *c, const struct value *args, size_t n,
		 struct value *ret)
{
	int r;

	r = eval_block(e, c, args, n, ret);
	if (r == 0 && ret->type == V_TEXT)
		return eval_fail(e, c->node,
				 "the block of '%.*s' shall give a value, not template text",
				 (int)c->len, c->name);
	return r;
}

int method_item(struct eval *e, const struct call *c, size_t i, struct value *ret)
{
	struct value *items;

	if (c->self.type == V_ARRAY) {
		*ret = c->self.items[i];
	} else {
		items = eval_array(e, 2, struct value);
		if (!items)
			return eval_memory(e, c->node);
		items[0] = c->self.pairs[i].key;
		items[1] = c->self.pairs[i].value;
		*ret = value_array(items, 2);
	}
	ret->secret = ret->secret || c->self.secret;
	return 0;
}

int method_items(struct eval *e, const struct call *c, struct value **ret)
{
	struct value *items = eval_array(e, c->self.len, struct value);
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		r = method_item(e, c, i, &items[i]);
		if (r < 0)
			return r;
	}
	*ret = items;
	return 0;
}

int method_compare(struct eval *e, const struct call *c, const struct value *a,
		   const struct value *b, int *ret)
{
	int r;

	r = value_compare(a, b, &e->steps, ret);
	if (r == -EDOM)
		return eval_fail(e, c->node, "'%.*s' cannot compare %s with %s", (int)c->len,
				 c->name, value_kind(a), value_kind(b));
	return r < 0 ? eval_error(e, c->node, r) : 0;
}
