/* SPDX-License-Identifier: MIT */
/*
 * journal.h -- events worth finding, with fields, where the journal listens
 *
 * If stderr is the journal's stream, all that log.h says and these events go to the journal itself,
 * with MESSAGE_ID by kind and ENVAGENT_* fields. Elsewhere they are lines on stderr.
 */
#pragma once

#include <stdbool.h>

#include "agent/base/log.h"

enum journal_kind {
	JOURNAL_STATE,	  /* the host's state changed */
	JOURNAL_IDENTITY, /* confirmed, or another one than before */
	JOURNAL_CHANGE,	  /* something on this machine was changed, or could not be */
	JOURNAL_CHILD,	  /* a child crashed, hung or talked rubbish */
	JOURNAL_CONFIG,	  /* the configuration was read again, or refused */
	_JOURNAL_MAX,
};

struct journal_fields {
	const char *module, *state, *vm, *env; /* NULL: none */
};

/* Finds out where stderr goes. True if it is the journal. */
bool journal_open(void);
/* JOURNAL is what journal_open() said. */
void journal_event(bool journal, enum journal_kind kind, int level,
		   const struct journal_fields *fields, const char *fmt, ...) _printf_(5, 6);
