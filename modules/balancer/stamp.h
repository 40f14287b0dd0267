/* SPDX-License-Identifier: MIT */
/*
 * stamp.h -- whose partition it is: one line in its description
 *
 *   envagent v1 env=<id> vm=<vm id> fence=<n> until=<epoch> [owner=<name>]
 *
 * UNTIL is in the mux's time. A partition without a stamp is a stranger's and is never touched.
 * The owner is for people who look at the mux: one word, a blank is written "_".
 */
#pragma once

#include <stdint.h>

#include "agent/base/identity.h"

struct stamp {
	char env[IDENTITY_ID_MAX];
	char vm[IDENTITY_ID_MAX];
	unsigned fence;
	int64_t until;
	const char *owner; /* borrowed; NULL: not known, and not read */
};

/* 0, or -EBADMSG if TEXT (may be NULL) is no stamp. */
int stamp_parse(const char *text, struct stamp *ret);
/* Owned; NULL without memory. */
char *stamp_format(const struct stamp *s);
