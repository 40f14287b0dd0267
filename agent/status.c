/* SPDX-License-Identifier: MIT */
/* status.c -- what the supervisor knows, and the host's state in one word */
#include "agent/status.h"

#include <errno.h>
#include <string.h>

#include "agent/statusfile.h"
#include "agent/sys/sys.h"

int status_new(const char *path, struct status **ret)
{
	struct status *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->path = strdup(path);
	if (!s->path) {
		free(s);
		return -ENOMEM;
	}
	s->own = STATE_CONVERGING;
	s->local = "pending";
	s->identity.state = "unconfirmed";
	s->summary.since = sys_now_realtime();
	statusfile_process(s);
	*ret = s;
	return 0;
}

void status_free(struct status *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_modules; i++) {
		free(s->modules[i].reason);
		free(s->modules[i].next);
	}
	free(s->own_reason);
	free(s->own_next);
	free(s->host);
	free(s->path);
	free(s);
}

/* Without memory the former text stays: old news is better than none. */
static void set_text(struct status *s, char **what, const char *text)
{
	char *copy;

	if (!strcmp(*what ?: "", text ?: ""))
		return;
	copy = strdup(text ?: "");
	if (!copy)
		return;
	free(*what);
	*what = copy;
	s->dirty = true;
}

const char *status_boot(const struct status *s)
{
	return s->boot_id;
}

void status_own(struct status *s, enum state state, const char *reason, const char *next)
{
	s->dirty |= s->own != state;
	s->own = state;
	set_text(s, &s->own_reason, reason);
	set_text(s, &s->own_next, next);
}

void status_identity(struct status *s, const struct status_identity *id)
{
	if (!strcmp(s->identity.state, id->state) && !strcmp(s->identity.vm, id->vm) &&
	    !strcmp(s->identity.env, id->env) && !strcmp(s->identity.from, id->from) &&
	    s->identity.confirmed == id->confirmed)
		return;
	s->identity = *id;
	s->dirty = true;
}

void status_host(struct status *s, const char *name)
{
	set_text(s, &s->host, name);
}

void status_fresh(struct status *s, unsigned sec)
{
	s->dirty |= s->fresh != sec;
	s->fresh = sec;
}

void status_waiting(struct status *s, const char *what)
{
	s->dirty |= strcmp(s->waiting ?: "", what) != 0;
	s->waiting = what;
}

void status_local(struct status *s, const char *how)
{
	s->dirty |= strcmp(s->local, how) != 0;
	s->local = how;
}

void status_paused(struct status *s, uint64_t until, const char *by)
{
	s->dirty |= s->paused_until != until || strcmp(s->paused_by, by) != 0;
	s->paused_until = until;
	snprintf(s->paused_by, sizeof(s->paused_by), "%s", by);
}

void status_next_pass(struct status *s, uint64_t when)
{
	s->dirty |= s->next_pass != when;
	s->next_pass = when;
}

void status_pass(struct status *s, const struct status_pass *pass)
{
	s->pass = *pass;
	s->dirty = true;
}

static struct status_entry *entry(struct status *s, const char *name)
{
	struct status_entry *e;

	for (size_t i = 0; i < s->n_modules; i++)
		if (!strcmp(s->modules[i].name, name))
			return &s->modules[i];
	if (s->n_modules == STATUS_MODULES)
		return NULL;
	e = &s->modules[s->n_modules++];
	*e = (struct status_entry){ .state = _STATE_MAX };
	snprintf(e->name, sizeof(e->name), "%s", name);
	return e;
}

void status_module(struct status *s, const struct event *ev)
{
	struct status_entry *e = entry(s, ev->module);
	int state = state_from_name(ev->state);

	if (!e || state < 0)
		return;
	if (e->state != (enum state)state) {
		e->state = (enum state)state;
		e->since = ev->since ?: sys_now_realtime();
		s->dirty = true;
	}
	s->dirty |= e->as_of != 0;
	e->as_of = 0;
	if (!e->heard)
		e->heard = ++s->n_heard;
	set_text(s, &e->reason, ev->reason);
	set_text(s, &e->next, ev->next);
}

void status_modules_begin(struct status *s)
{
	for (size_t i = 0; i < s->n_modules; i++)
		s->modules[i].heard = 0;
	s->n_heard = 0;
}

static int by_heard(const void *a, const void *b)
{
	const struct status_entry *x = a, *y = b;

	return x->heard < y->heard ? -1 : x->heard > y->heard;
}

void status_modules_end(struct status *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_modules; i++) {
		if (s->modules[i].heard) {
			s->modules[n++] = s->modules[i];
			continue;
		}
		free(s->modules[i].reason);
		free(s->modules[i].next);
		s->dirty = true;
	}
	s->n_modules = n;
	for (size_t i = 1; i < n; i++) {
		if (s->modules[i - 1].heard < s->modules[i].heard)
			continue;
		qsort(s->modules, n, sizeof(s->modules[0]), by_heard);
		s->dirty = true;
		break;
	}
}

/*
 * A module that misses the identity calls itself quarantined. Once the supervisor has confirmed it,
 * a gateway that is silent now is no sign of a copy.
 */
static enum state counted(const struct status *s, const struct status_entry *e)
{
	if (e->state == STATE_QUARANTINED && !strcmp(s->identity.state, "confirmed"))
		return STATE_DEGRADED;
	return e->state;
}

static const struct status_entry *worst(const struct status *s)
{
	const struct status_entry *found = NULL;

	for (size_t i = 0; i < s->n_modules; i++)
		if (s->modules[i].state < STATE_READY &&
		    (!found || counted(s, &s->modules[i]) < counted(s, found)))
			found = &s->modules[i];
	return found;
}

enum state status_worst_module(const struct status *s)
{
	const struct status_entry *e = worst(s);

	return e ? counted(s, e) : STATE_READY;
}

const struct status_summary *status_summary(struct status *s)
{
	const struct status_entry *e = worst(s);
	struct status_summary *sum = &s->summary;
	enum state state = s->own;

	if (e && counted(s, e) < s->own) {
		state = counted(s, e);
		snprintf(sum->reason, sizeof(sum->reason), "%s: %s", e->name, e->reason ?: "");
		snprintf(sum->next, sizeof(sum->next), "%s", e->next ?: "");
	} else {
		snprintf(sum->reason, sizeof(sum->reason), "%s", s->own_reason ?: "");
		snprintf(sum->next, sizeof(sum->next), "%s", s->own_next ?: "");
	}
	if (state != sum->state)
		sum->since = sys_now_realtime();
	sum->state = state;
	return sum;
}
