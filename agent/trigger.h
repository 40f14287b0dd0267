/* SPDX-License-Identifier: MIT */
/*
 * trigger.h -- what wakes us, merged
 *
 * Triggers that arrive while a pass runs are kept as bits and make one more pass together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum trigger {
	TRIGGER_START,
	TRIGGER_CHECK,	  /* the identity check: a fetch, no pass if nothing changed */
	TRIGGER_RETRY,	  /* something is owed and its time has come */
	TRIGGER_DOCUMENT, /* the metadata document changed */
	TRIGGER_IDENTITY, /* this is another environment than before */
	TRIGGER_NETWORK,  /* a link, address or route changed */
	TRIGGER_LEASE,	  /* the leader's lease at the mux wants to be looked after */
	TRIGGER_FILE,	  /* a watched file has changed */
	TRIGGER_DUE,	  /* a module asked for a pass at this time */
	TRIGGER_LIMIT,	  /* ReadyTimeoutSec= has ended without an identity */
	TRIGGER_LOCAL,	  /* no gateway for a while: do what needs none */
	TRIGGER_RESUME,	  /* a pause has ended */
	TRIGGER_RELOAD,
	TRIGGER_CONTROL,
	_TRIGGER_MAX,
};

struct triggers {
	unsigned bits;
};

void trigger_set(struct triggers *t, enum trigger which);
bool trigger_has(struct triggers t, enum trigger which);
/* True if there is anything that asks for a pass, not for a look only. */
bool trigger_wants_pass(struct triggers t);
/* True if a person asked: then a pass runs even with the gateway silent. */
bool trigger_by_hand(struct triggers t);
/* All of them, and none left. */
struct triggers trigger_take(struct triggers *t);

#define TRIGGER_TEXT_MAX 192
/* "start", "network, reload", "" if none; returns TEXT. */
const char *trigger_text(struct triggers t, char text[TRIGGER_TEXT_MAX]);
