/* SPDX-License-Identifier: MIT */
/* methods.c -- finding a method, checking its arguments, calling it */
#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"
#include "modules/template/chars.h"
#include "modules/template/methods.h"

#define TABLES_MAX 4

/* The tables of a value's methods, in the order of the search. */
static void tables_of(const struct value *v, const struct method *tables[TABLES_MAX + 1])
{
	size_t n = 0;

	if (v->type == V_STR) {
		tables[n++] = methods_string;
		tables[n++] = methods_string_more;
	} else if (v->type == V_INT) {
		tables[n++] = methods_integer;
	} else if (v->type == V_FLOAT) {
		tables[n++] = methods_float;
	} else if (v->type == V_NIL) {
		tables[n++] = methods_nil;
	} else if (v->type == V_ARRAY || v->type == V_HASH) {
		tables[n++] = v->type == V_ARRAY ? methods_array : methods_hash;
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
static const char ruby_hash_methods[] =
	" "
	"assoc chain chunk chunk_while class clear clone collect collect_concat "
	"compact compare_by_identity count cycle deconstruct_keys default "
	"default_proc define_singleton_method delete delete_if detect dig display "
	"drop drop_while dup each each_cons each_entry each_key each_pair each_slice "
	"each_value each_with_index each_with_object entries enum_for except extend "
	"fetch fetch_values filter filter_map find find_all find_index first "
	"flat_map flatten freeze grep grep_v group_by hash inject inspect "
	"instance_eval instance_exec instance_variable_get instance_variable_set "
	"instance_variables invert itself keep_if key keys lazy length map max "
	"max_by merge method methods min min_by minmax minmax_by object_id partition "
	"private_methods protected_methods public_method public_methods public_send "
	"rassoc reduce rehash reject remove_instance_variable replace reverse_each "
	"select send shift singleton_class singleton_method singleton_methods size "
	"slice slice_after slice_before slice_when sort sort_by store sum taint take "
	"take_while tally tap then to_a to_enum to_h to_hash to_proc to_s "
	"transform_keys transform_values trust uniq untaint untrust update values "
	"values_at yield_self zip ";

/* host.name: the key of a hash that came with a fact */
static int read_key(struct eval *e, const struct call *c, struct value *ret)
{
	struct nearest nearest = NEAREST_INIT("");
	const struct value key = value_str(c->name, c->len);
	_cleanup_free_ char *name = strndup(c->name, c->len), *word = str_printf(" %s ", name);
	const struct pair *p;
	int r;

	if (!name || !word)
		return -ENOMEM;
	if (strstr(ruby_hash_methods, word))
		return method_fail(e, c,
				   "is a method of every hash in Ruby: to read the key write "
				   "['%s']",
				   name);
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

static bool fits(char kind, const struct value *v)
{
	return kind == 's'   ? v->type == V_STR
	       : kind == 'n' ? v->type == V_STR || v->type == V_NIL
	       : kind == 'i' ? v->type == V_INT
	       : kind == 'h' ? v->type == V_HASH
			     : true;
}

static int check_args(struct eval *e, const struct call *c, const char *args)
{
	size_t min = strcspn(args, "|*"), max = strlen(args) - (args[min] == '|');
	bool more = strchr(args, '*');
	const char *kind = args;

	if (c->n_args < min && more)
		return method_fail(e, c, "takes %zu arguments or more, not %zu", min, c->n_args);
	if (c->n_args < min || (c->n_args > max && !more)) {
		if (min == max)
			return method_fail(e, c, "takes %zu argument%s, not %zu", min,
					   min == 1 ? "" : "s", c->n_args);
		return method_fail(e, c, "takes %zu to %zu arguments, not %zu", min, max,
				   c->n_args);
	}
	for (size_t i = 0; i < c->n_args; i++) {
		kind += *kind == '|';
		if (!fits(*kind, &c->args[i]))
			return method_fail(e, c, "takes %s, not %s",
					   *kind == 'i'	  ? "an integer"
					   : *kind == 'h' ? "a hash"
							  : "a string",
					   value_kind(&c->args[i]));
		kind += kind[1] && kind[1] != '*';
	}
	return 0;
}

static int check(struct eval *e, const struct call *c, const struct method *m)
{
	int r;

	r = check_args(e, c, m->args);
	if (r < 0)
		return r;
	if (c->block && !(m->flags & (METHOD_BLOCK | METHOD_NEEDS)))
		return method_fail(e, c, "takes no block");
	if ((m->flags & METHOD_VALID) && !chars_valid(c->self.str, c->self.len))
		return method_fail(e, c, METHOD_BYTES);
	if (!c->block && (m->flags & METHOD_NEEDS))
		return method_fail(e, c, "needs a block here: { |x| ... } or do |x| ... end");
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

int method_itself(struct eval *e, struct call *c, struct value *ret)
{
	*ret = c->self;
	return 0;
}

int method_length(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(c->self.len);
	return 0;
}

int method_empty(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.len == 0);
	return 0;
}

/* a.dig(0, 'b') is a[0]['b'], or nil where something on the way is nil */
int method_dig(struct eval *e, struct call *c, struct value *ret)
{
	struct value v = c->self;
	int r;

	for (size_t i = 0; i < c->n_args && v.type != V_NIL; i++) {
		struct call step = { .node = c->node,
				     .name = "[]",
				     .len = 2,
				     .self = v,
				     .args = &c->args[i],
				     .n_args = 1 };

		if (v.type != V_ARRAY && v.type != V_HASH)
			return method_fail(e, c, "cannot go into %s", value_kind(&v));
		r = method_call(e, &step, &v);
		if (r < 0)
			return r;
	}
	*ret = v;
	return 0;
}

int method_default(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = BUF_INIT_MAX(200);

	if (c->block)
		return method_block(e, c, c->args, 1, ret);
	if (c->n_args > 1) {
		*ret = c->args[1];
		return 0;
	}
	if (c->self.type == V_ARRAY)
		return eval_fail(e, c->node, "there is no item %lld: the array has %u",
				 (long long)c->args[0].integer, c->self.len);
	if (value_tainted(&c->args[0]) || value_inspect(&b, &c->args[0]) < 0)
		return eval_fail(e, c->node, "there is no such key");
	return eval_fail(e, c->node, "there is no key %s", b.data);
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

int method_ask(struct eval *e, struct call *c, size_t i, struct value *ret_item, struct value *ret)
{
	int r;

	r = method_item(e, c, i, ret_item);
	return r < 0 ? r : method_block(e, c, ret_item, 1, ret);
}
