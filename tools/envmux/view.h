/* SPDX-License-Identifier: MIT */
/*
 * view.h -- what there is, for people and for Prometheus: environments, their services and members
 *
 * One look at the store and at HAProxy's counters. Texts are borrowed from the store: a view does
 * not outlive the next change.
 */
#pragma once

#include <time.h>

#include "tools/envmux/bridge.h"

/* In the order of precedence; an environment is what the best of its services is. */
enum view_state {
	VIEW_UP,       /* a member answers, or is not checked */
	VIEW_STARTING, /* members are there, and none answers */
	VIEW_PARKED,   /* all members are disabled: it sleeps */
	VIEW_EMPTY,    /* no member at all */
};
extern const char *const view_states[];

struct view_service {
	const char *name; /* "www-123" */
	unsigned up, down, disabled;
	bool checked; /* else "up" means that nobody has looked */
	uint64_t rate, requests;
	enum view_state state;
};
struct view_env {
	const char *id;		/* "123" */
	char vm[24], owner[64]; /* of the stamp; "" if it does not say */
	time_t created, until;	/* 0: not known */
	struct view_service *services;
	size_t n_services;
	uint64_t rate;
	unsigned up, down, disabled;
	enum view_state state;
};
struct view {
	struct view_env *envs; /* by number */
	size_t n;
	bool routed; /* HAProxy was there to ask */
};

int view_read(struct store *store, struct bridge *bridge, struct view *ret);
/* One environment (none, if it is not there) as HAProxy is known to see it: no member answers. */
int view_read_unserved(struct store *store, const char *id, struct view *ret);
void view_done(struct view *v);
/* The environment of that id, or NULL. */
const struct view_env *view_find(const struct view *v, const char *id);
const struct view_service *view_service(const struct view_env *e, const char *name);
