/* SPDX-License-Identifier: MIT */
/* eval-name.c -- values that come from elsewhere: of locals, of facts, of commands */
#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"
#include "modules/template/eval.h"

static int unknown(struct eval *e, const struct node *n, const char *why)
{
	struct erb_error *error = e->src->error;
	int r;

	r = eval_fail(e, n, "fact '%.60s' is unknown: %.400s", n->name, why ?: "no reason given");
	snprintf(error->fact, sizeof(error->fact), "%s", n->name);
	error->unknown = true;
	return r;
}

static int no_such(struct eval *e, const struct node *n)
{
	struct erb_error *error = e->src->error;
	struct nearest nearest = NEAREST_INIT(n->name);
	const char *best = NULL;
	int r;

	if (e->facts->nearest)
		best = e->facts->nearest(e->facts->userdata, n->name);
	/* of one or two letters everything is near to everything */
	for (size_t i = 0; i < e->program->n_variables && !best && n->len > 2; i++)
		if (e->slots[i].type != V_UNSET &&
		    strcmp(e->program->variables[i].name, n->name) != 0)
			nearest_offer(&nearest, e->program->variables[i].name);
	best = best ?: nearest.best;
	r = eval_fail(e, n, "unknown fact '%.60s'%s%.60s%s", n->name,
		      best ? ", did you mean '" : "", best ?: "", best ? "'?" : "");
	snprintf(error->fact, sizeof(error->fact), "%s", n->name);
	return r;
}

/* The slot of a fact is filled when it is first read. */
static int read_fact(struct eval *e, const struct node *n, struct value *ret)
{
	struct json_object *obj = NULL;
	const char *why = NULL;
	bool secret = false;
	int r;

	switch (e->facts->lookup(e->facts->userdata, n->name, &obj, &secret, &why)) {
	case ERB_FOUND:
		r = value_from_json(e->arena, obj, secret, ret);
		if (r < 0)
			return eval_error(e, n, r);
		break;
	case ERB_IS_ABSENT:
		*ret = value_nil();
		break;
	case ERB_UNKNOWN:
		return unknown(e, n, why);
	default:
		if (!n->flag)
			return no_such(e, n);
		/* a local whose assignment was not reached, as in Ruby */
		*ret = value_nil();
		return 0;
	}
	e->slots[n->slot] = *ret;
	return span_fact(e, n);
}

int eval_variable(struct eval *e, const struct node *n, struct value *ret)
{
	*ret = e->slots[n->slot];
	if (ret->type != V_UNSET) {
		span_read(e, n->slot);
		return 0;
	}
	if (e->program->variables[n->slot].root)
		return read_fact(e, n, ret);
	*ret = value_nil();
	return 0;
}

/* The names of facts are local variables to Ruby. */
int eval_defined(struct eval *e, const struct node *n, struct value *ret)
{
	static const char local[] = "local-variable";
	const struct node *var = n->a;
	struct json_object *obj;
	const char *why;
	bool secret;

	*ret = value_str(local, strlen(local));
	if (!var->flag &&
	    e->facts->lookup(e->facts->userdata, var->name, &obj, &secret, &why) == ERB_NO_SUCH)
		*ret = value_nil();
	return 0;
}

const char *eval_absent(struct eval *e, const struct node *n)
{
	struct json_object *obj;
	const char *why = NULL;
	bool secret;

	if (n->flag ||
	    e->facts->lookup(e->facts->userdata, n->name, &obj, &secret, &why) != ERB_IS_ABSENT)
		return "";
	return why ?: "";
}

int eval_shell(struct eval *e, const struct node *n, const struct value *command, struct value *ret)
{
	_cleanup_free_ char *text = strndup(command->str, command->len);
	_cleanup_buf_ struct buf out = eval_buf(e);
	char why[ERB_WHY_MAX] = "it cannot be run";
	int r;

	if (!text)
		return -ENOMEM;
	if (value_tainted(command) || e->shadow || e->leaked)
		return eval_fail(e, n,
				 "a secret may not get into a command: every user of the host can "
				 "read the arguments of a running program");
	if (command->len == 0 || strlen(text) != command->len)
		return eval_fail(e, n, "a command is neither empty nor has a NUL in it");
	r = e->options->shell(e->options->userdata, text, &out, why);
	if (r < 0 && out.error == 0)
		return r == -ENOMEM ? r : eval_fail(e, n, "the command failed: %.250s", why);
	return eval_text(e, n, &out, ret);
}
