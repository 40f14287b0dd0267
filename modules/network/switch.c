/* SPDX-License-Identifier: MIT */
/* switch.c -- a switch of the live network that is confirmed or taken back */
#include "modules/network/switch.h"

#include <errno.h>
#include <string.h>

#include "modules/network/checkpoint.h"
#include "modules/network/guard.h"
#include "modules/network/note.h"
#include "modules/network/probe.h"

#define ASK_MAX 5000000
#define NEXT_TRY "agentctl net try"

struct switching {
	struct pass *pass;
	struct ifaces want;
	uint64_t confirm;
	const char *door; /* takes files; NULL */
	bool person;	  /* somebody is to confirm it */
	struct probe before;
	struct guard *guard;
	char *taken; /* why the new addresses cannot be had; NULL */
	char wanted[65];
};

static void release(void *userdata)
{
	struct switching *sw = userdata;

	guard_free(sw->guard);
	free(sw->taken);
	probe_done(&sw->before);
	ifaces_done(&sw->want);
	free(sw);
}

/* ---- the steps ---- */

static int begin(void *userdata, char **ret_words)
{
	_cleanup_json_ struct json_object *cp = NULL;
	struct switching *sw = userdata;
	int r;

	r = probe_before(sw->pass, &sw->want, &sw->before);
	if (r >= 0)
		r = checkpoint_make(sw->pass, &sw->want, sw->door, &cp);
	if (r >= 0)
		r = guard_start(sw->pass->sys, cp, sw->wanted, sw->confirm, &sw->guard);
	if (r < 0)
		*ret_words = str_printf("nothing was switched, as there is no guard for it: %s",
					strerror(-r));
	return r;
}

static int ask_free(void *userdata, char **ret_words)
{
	struct switching *sw = userdata;
	int r;

	r = probe_free(sw->pass, &sw->want, &sw->taken);
	if (r < 0 && sw->taken)
		*ret_words = strdup(sw->taken);
	return r;
}

/* The change of ours that failed, or NULL. */
static const struct change *failed(const struct plan *plan)
{
	for (size_t i = 0; i < plan_steps(plan); i++)
		if (plan_at(plan, i)->failed && !strcmp(plan_at(plan, i)->module, "network"))
			return plan_at(plan, i);
	return NULL;
}

static int back(struct switching *sw, char *reason, char **ret_words)
{
	_cleanup_free_ char *why = reason;
	int r;

	if (!why)
		return -ENOMEM;
	r = guard_back(sw->guard, why);
	*ret_words = str_printf("%s; %s", why,
				r < 0 ? "and not all of the former network could be put back"
				      : "the former network is back");
	return -EHOSTUNREACH;
}

/* A reason, owned, if the program that takes the files does not; NULL if it does. */
static char *call_door(const struct switching *sw)
{
	_cleanup_free_ char *words = NULL;
	int r;

	r = sys_unit(sw->pass->sys, "reload", sw->door, sw->confirm / 2, &words);
	return r < 0 ? str_printf("%s failed: %s", sw->door, words ?: strerror(-r)) : NULL;
}

static int keep(struct switching *sw, char **ret_words)
{
	int r;

	r = sw->person ? guard_wait(sw->guard) : guard_commit(sw->guard);
	if (r == -ECANCELED)
		*ret_words = strdup("too late: the guard has taken it back");
	else if (r >= 0 && !sw->person)
		note_clear(sw->pass->sys);
	return r;
}

static int end(void *userdata, char **ret_words)
{
	struct switching *sw = userdata;
	const struct change *c = failed(sw->pass->plan);
	uint64_t limit = sw->confirm / 4 < ASK_MAX ? sw->confirm / 4 : ASK_MAX;
	_cleanup_free_ char *words = NULL;
	int r;

	if (!sw->guard)
		return -ECANCELED; /* it never began */
	if (c)
		return back(sw,
			    sw->taken ? TAKE_PTR(sw->taken)
				      : str_printf("\"%s\" failed", c->summary),
			    ret_words);
	words = sw->door ? call_door(sw) : NULL;
	r = words ? -EIO : probe_after(sw->pass, &sw->want, &sw->before, limit, &words);
	if (r < 0)
		return back(sw, words ? TAKE_PTR(words) : str_printf("no probe: %s", strerror(-r)),
			    ret_words);
	return keep(sw, ret_words);
}

/* ---- planning ---- */

static char *names_of(const struct ifaces *want)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < want->n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", want->list[i].link->name);
	return buf_take(&b);
}

bool switch_by_person(const struct pass *pass)
{
	return pass->verb && strcmp(pass->verb, "try") == 0;
}

int switch_plan_begin(struct pass *pass, const struct ifaces *want, uint64_t confirm,
		      const char *door, struct switching **ret)
{
	_cleanup_free_ char *names = names_of(want);
	_cleanup_free_ char *summary = str_printf("checkpoint of %s%s, with a guard", names ?: "",
						  door ? " and the files" : "");
	struct switching *sw = calloc(1, sizeof(*sw));
	int r;

	if (!sw)
		return -ENOMEM;
	sw->pass = pass;
	sw->confirm = confirm;
	sw->door = door;
	sw->person = !door && switch_by_person(pass);
	ifaces_digest(want, sw->wanted);
	sw->want.list = reallocarray(NULL, want->n + 1, sizeof(*want->list));
	if (sw->want.list && want->n)
		memcpy(sw->want.list, want->list, want->n * sizeof(*want->list));
	sw->want.n = want->n;
	r = names && summary && sw->want.list
		    ? plan_step(pass->plan, summary, false, begin, release, sw)
		    : -ENOMEM;
	if (r < 0) {
		release(sw);
		return r;
	}
	*ret = sw;
	return 0;
}

int switch_plan_free(struct switching *sw)
{
	if (!probe_free_needed(sw->pass, &sw->want))
		return 0;
	return plan_step(sw->pass->plan, "nobody else may have the new addresses", false, ask_free,
			 NULL, sw);
}

int switch_plan_end(struct switching *sw)
{
	_cleanup_free_ char *taken = NULL;

	if (sw->door) {
		taken = str_printf("reload %s, and what answered before shall answer now",
				   sw->door);
		return taken ? plan_step(sw->pass->plan, taken, true, end, NULL, sw) : -ENOMEM;
	}
	return plan_step(sw->pass->plan,
			 sw->person ? "what answered before shall answer now, and you confirm it"
				    : "what answered before shall answer now",
			 true, end, NULL, sw);
}

/* ---- what another pass left ---- */

struct left {
	struct sys *sys;
	struct guard_found found;
};

static int do_confirm(void *userdata, char **ret_words)
{
	struct left *l = userdata;
	int r;

	r = guard_confirm(l->sys, &l->found);
	if (r == -ECANCELED)
		*ret_words = strdup("too late: it is taken back");
	return r;
}

static int do_undo(void *userdata, char **ret_words)
{
	struct left *l = userdata;

	return guard_undo(l->sys, &l->found);
}

static int do_recover(void *userdata, char **ret_words)
{
	struct left *l = userdata;

	return guard_recover(l->sys, &l->found);
}

static int plan_left(struct pass *pass, const struct guard_found *found, const char *summary,
		     int (*apply)(void *userdata, char **ret_words))
{
	struct left *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	*l = (struct left){ .sys = pass->sys, .found = *found };
	r = plan_step(pass->plan, summary, false, apply, free, l);
	if (r < 0)
		free(l);
	return r;
}

static void tell_waiting(struct pass *pass)
{
	pass_state(pass, STATE_CONVERGING, "agentctl net confirm",
		   "switched, and back again within ConfirmSec= unless that is confirmed");
}

int switch_undecided(struct pass *pass)
{
	struct guard_found found;
	int r;

	r = guard_find(pass->sys, &found);
	if (r >= 0 && found.state == GUARD_WAITING)
		tell_waiting(pass);
	return r < 0 ? r : found.state != GUARD_NONE;
}

int switch_pending(struct pass *pass)
{
	const char *verb = pass->verb ?: "";
	struct guard_found found;
	int r;

	r = guard_find(pass->sys, &found);
	if (r < 0 || found.state == GUARD_NONE)
		return r;
	if (found.state == GUARD_ORPHAN) {
		pass_state(pass, STATE_DEGRADED, NEXT_TRY,
			   "a switch was cut short with its guard, and is taken back");
		r = plan_left(pass, &found, "the network as it was before the switch cut short",
			      do_recover);
		return r < 0 ? r : 1;
	}
	if (found.state == GUARD_BUSY) {
		pass_state(pass, STATE_CONVERGING, "agentctl net status",
			   "a switch is being taken back");
		return 1;
	}
	if (strcmp(verb, "confirm") == 0) {
		r = plan_left(pass, &found, "the switch holds, you say", do_confirm);
		return r < 0 ? r : 0;
	}
	if (strcmp(verb, "rollback") == 0) {
		r = plan_left(pass, &found, "the network as it was before the switch", do_undo);
		return r < 0 ? r : 1;
	}
	tell_waiting(pass);
	return 1;
}

int switch_held_back(struct pass *pass, const struct ifaces *want)
{
	uint64_t now = sys_now_monotonic();
	struct note note;
	char wanted[65];
	int r;

	r = note_read(pass->sys, &note);
	if (r <= 0)
		return r;
	ifaces_digest(want, wanted);
	if (strcmp(wanted, note.wanted) != 0 || switch_by_person(pass))
		return 0;
	if (note.held) {
		pass_state(pass, STATE_DEGRADED, NEXT_TRY,
			   "the former network stays: the switch was taken back, as %s",
			   note.reason);
		return 1;
	}
	if (note.due <= now)
		return 0;
	pass_state(pass, STATE_DEGRADED, NEXT_TRY,
		   "the former network is back: %s; tried %u time%s, again in %llu s", note.reason,
		   note.count, note.count == 1 ? "" : "s",
		   (unsigned long long)((note.due - now) / 1000000 + 1));
	return 1;
}
