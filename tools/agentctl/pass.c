/* SPDX-License-Identifier: MIT */
/* pass.c -- the verbs plan, apply and restore: one pass, told as it happens */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "tools/agentctl/ask.h"
#include "tools/agentctl/once.h"
#include "tools/agentctl/pass.h"
#include "tools/agentctl/show.h"

/* What is told at the end; of a pass with --json, all of it. */
struct account {
	struct json_object *changes, *modules; /* owned arrays */
	struct json_object *diff; /* of the last change, borrowed; NULL if it has none */
	size_t n_changes, n_failed;
};

static int account_init(struct account *a)
{
	a->changes = json_object_new_array();
	a->modules = json_object_new_array();
	return a->changes && a->modules ? 0 : -ENOMEM;
}

static void account_done(struct account *a)
{
	json_object_put(a->changes);
	json_object_put(a->modules);
}

static int note_change(struct account *a, struct json_object *event)
{
	_cleanup_json_ struct json_object *change = json_object_new_object();
	int r;

	if (!change)
		return -ENOMEM;
	r = json_add(change, { "module", json_str(show_str(event, "module")) },
		     { "state", json_str(show_str(event, "state")) },
		     { "change", json_str(show_str(event, "reason")) },
		     { "diff", json_object_new_array() });
	if (r < 0)
		return r;
	json_get_arr(change, "diff", &a->diff);
	return json_append(a->changes, TAKE_PTR(change));
}

/* A change, or a line of the difference of the change before it. */
static int on_change(struct ctl *ctl, const struct pass_verb *verb, struct account *a,
		     struct json_object *event)
{
	const char *state = show_str(event, "state"), *reason = show_str(event, "reason");
	bool failed = strcmp(state, "failed") == 0;
	enum show_color color;

	if (strcmp(state, "diff") == 0) {
		if (ctl->json)
			return a->diff ? json_append(a->diff, json_object_new_string(reason)) : 0;
		color = reason[0] == '+' ? SHOW_GOOD : reason[0] == '-' ? SHOW_BAD : SHOW_DIM;
		fputs("    ", ctl->out);
		show_cell(ctl, color, reason, 0);
		fputc('\n', ctl->out);
		return 0;
	}
	/* A pass that does its plan tells each change twice: as planned, then as done. */
	if (!verb->plan && strcmp(state, "planned") == 0)
		return 0;

	a->n_changes++;
	a->n_failed += failed;
	if (ctl->json)
		return note_change(a, event);
	show_text(ctl->out, show_str(event, "module"));
	fputs(": ", ctl->out);
	if (failed)
		show_cell(ctl, SHOW_BAD, "failed: ", 0);
	show_text(ctl->out, reason);
	fputc('\n', ctl->out);
	fflush(ctl->out);
	return 0;
}

/* What a module says of itself; kept for the end, where people look. */
static int on_state(struct account *a, struct json_object *event)
{
	_cleanup_json_ struct json_object *module = json_object_new_object();
	int r;

	if (!module)
		return -ENOMEM;
	r = json_add(module, { "name", json_str(show_str(event, "module")) },
		     { "state", json_str(show_str(event, "state")) },
		     { "reason", json_str(show_str(event, "reason")) },
		     { "next", json_str(show_str(event, "next")) });
	return r < 0 ? r : json_append(a->modules, TAKE_PTR(module));
}

/* Lines of the children from warnings up; the others are in the journal. */
static void on_log(struct ctl *ctl, struct json_object *event)
{
	const char *level = show_str(event, "state");

	if (level[0] >= '0' && level[0] <= '4')
		show_error(ctl, NULL, "%s: %s", show_str(event, "module"),
			   show_str(event, "reason"));
}

static int on_event(struct ctl *ctl, const struct pass_verb *verb, struct account *a,
		    struct json_object *event)
{
	const char *kind = show_str(event, "kind");

	if (strcmp(kind, "change") == 0)
		return on_change(ctl, verb, a, event);
	if (strcmp(kind, "state") == 0)
		return on_state(a, event);
	if (strcmp(kind, "log") == 0)
		on_log(ctl, event);
	return 0;
}

static void tell_modules(struct ctl *ctl, const struct account *a)
{
	for (size_t i = 0; i < json_object_array_length(a->modules); i++) {
		struct json_object *m = json_object_array_get_idx(a->modules, i);
		const char *state = show_str(m, "state"), *next = show_str(m, "next");

		if (strcmp(state, "ready") == 0 || strcmp(state, "off") == 0)
			continue;
		show_text(ctl->out, show_str(m, "name"));
		fputs(": ", ctl->out);
		show_cell(ctl, show_state_color(state), state, 0);
		fputs(": ", ctl->out);
		show_text(ctl->out, show_str(m, "reason"));
		fputc('\n', ctl->out);
		if (next[0]) {
			fputs("    next: ", ctl->out);
			show_text(ctl->out, next);
			fputc('\n', ctl->out);
		}
	}
}

static int exit_code(const struct pass_verb *verb, const char *result)
{
	if (strcmp(result, "failed") == 0)
		return CTL_FAILED;
	if (strcmp(result, "degraded") == 0)
		return verb->plan ? CTL_READY : CTL_DEGRADED;
	return strcmp(result, "settled") == 0 ? CTL_READY : CTL_ERROR;
}

/* True if the module that VERB is about took part; otherwise with its reason, "" if it has none. */
static bool took_part(const struct pass_verb *verb, const struct account *a, const char **ret_why)
{
	*ret_why = "";
	if (!verb->module)
		return true;
	for (size_t i = 0; i < json_object_array_length(a->modules); i++) {
		struct json_object *m = json_object_array_get_idx(a->modules, i);

		if (strcmp(show_str(m, "name"), verb->module) != 0)
			continue;
		*ret_why = show_str(m, "reason");
		return strcmp(show_str(m, "state"), "off") != 0;
	}
	return false;
}

static void tell_end(struct ctl *ctl, const struct pass_verb *verb, const struct account *a)
{
	const char *why;

	tell_modules(ctl, a);
	if (a->n_changes == 0 && took_part(verb, a, &why))
		fprintf(ctl->out, "nothing to do\n");
	else if (a->n_changes > 0 && !verb->plan)
		fprintf(ctl->out, "%zu change%s, %zu failed\n", a->n_changes,
			a->n_changes == 1 ? "" : "s", a->n_failed);
}

static int tell_json(struct ctl *ctl, const struct account *a, const char *result)
{
	_cleanup_json_ struct json_object *all = json_object_new_object();
	int r;

	r = json_add(all, { "schema", json_str("envagent.pass/1") }, { "result", json_str(result) },
		     { "changes", json_object_get(a->changes) },
		     { "modules", json_object_get(a->modules) });
	if (r >= 0)
		show_json(ctl, all);
	return r;
}

static int conclude(struct ctl *ctl, const struct pass_verb *verb, const struct account *a,
		    struct json_object *last)
{
	const char *result = show_str(last, "result"), *why;
	int code = exit_code(verb, result);

	if (!ctl->json)
		tell_end(ctl, verb, a);
	else if (tell_json(ctl, a, result) < 0)
		return CTL_ERROR;
	if (took_part(verb, a, &why))
		return code;
	verb->absent(ctl, why);
	return code == CTL_READY ? CTL_ERROR : code;
}

static struct json_object *parameters(const struct ctl *ctl, const struct pass_verb *verb)
{
	const char *module = verb->module ?: ctl->module;
	struct json_object *obj = json_object_new_object();

	if (obj && ((module && json_set_str(obj, "module", module) < 0) ||
		    (verb->word && json_set_str(obj, "verb", verb->word) < 0))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static int follow(struct ctl *ctl, const struct pass_verb *verb, struct client *client)
{
	_cleanup_(account_done) struct account a = {};
	struct json_object *event;
	int r;

	if (account_init(&a) < 0)
		return CTL_ERROR;
	r = client_call(client, verb->method, parameters(ctl, verb), true);
	if (r < 0)
		return ask_failed(ctl, verb->name, r);
	for (;;) {
		_cleanup_reply_ struct client_reply reply = {};

		r = client_next(client, &reply);
		if (r < 0)
			return ask_failed(ctl, verb->name, r);
		if (reply.error)
			return ask_refused(ctl, verb->name, &reply);
		if (!reply.continues)
			return conclude(ctl, verb, &a, reply.parameters);
		r = json_get_obj(reply.parameters, "event", &event);
		if (r == 0)
			r = on_event(ctl, verb, &a, event);
		if (r < 0)
			return ask_failed(ctl, verb->name, r);
	}
}

/* ---- without a daemon ---- */

struct once {
	struct ctl *ctl;
	const struct pass_verb *verb;
	struct account account;
};

static int on_once_event(void *userdata, struct json_object *event)
{
	struct once *o = userdata;

	return on_event(o->ctl, o->verb, &o->account, event);
}

/* The pass of our own as JSON; its exit code. */
static int once_json(struct ctl *ctl, const struct pass_verb *verb)
{
	struct once o = { ctl, verb, {} };
	int code = CTL_ERROR, r;

	r = account_init(&o.account);
	if (r >= 0)
		code = once_follow(ctl, verb->once, ctl->module, on_once_event, &o);
	if (r >= 0 && code != CTL_ERROR && code != CTL_USAGE && code != CTL_NOT_RUNNING)
		r = tell_json(ctl, &o.account,
			      code == CTL_READY	   ? "settled"
			      : code == CTL_FAILED ? "failed"
						   : "degraded");
	account_done(&o.account);
	return r < 0 ? CTL_ERROR : code;
}

static int run_once(struct ctl *ctl, const struct pass_verb *verb)
{
	int code = ctl->json ? once_json(ctl, verb) : once_run(ctl, verb->once);

	/* A plan of a host that is not ready is a plan. */
	if (verb->plan &&
	    (code == CTL_DEGRADED || code == CTL_CONVERGING || code == CTL_QUARANTINED))
		return CTL_READY;
	return code;
}

int pass_run(struct ctl *ctl, const struct pass_verb *verb)
{
	_cleanup_(client_freep) struct client *client = NULL;
	int r;

	r = verb->check ? verb->check(ctl) : CTL_READY;
	if (r != CTL_READY)
		return r;
	r = ask_open(ctl, &client);
	if (ask_nobody(r) && geteuid() == 0 && !ctl->quiet && !verb->daemon_only)
		return run_once(ctl, verb);
	if (r < 0)
		return ask_failed(ctl, verb->name, r);
	return follow(ctl, verb, client);
}

int ctl_plan(struct ctl *ctl)
{
	return pass_run(ctl, &(struct pass_verb){ "plan", "Plan", .plan = true, .once = "--plan" });
}

int ctl_apply(struct ctl *ctl)
{
	return pass_run(ctl, &(struct pass_verb){ "apply", "Apply" });
}

int ctl_restore(struct ctl *ctl)
{
	return pass_run(ctl, &(struct pass_verb){ "restore", "Restore", .once = "--restore" });
}
