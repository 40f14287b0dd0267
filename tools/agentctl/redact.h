/* SPDX-License-Identifier: MIT */
/* redact.h -- secrets taken out of a text that leaves this host */
#pragma once

#include "agent/base/buf.h"

/* Texts that are secret, wherever they stand. */
struct redact {
	char **words; /* owned, as are they */
	size_t n;
};
void redact_done(struct redact *r);
#define _cleanup_redact_ _cleanup_(redact_done)

/*
 * SECRET, as a credential file holds it: its lines, and of USER:PASSWORD the password. What is
 * shorter than 4 bytes is passed over: it is everywhere. 0 or -ENOMEM.
 */
int redact_add(struct redact *r, const char *secret);

/*
 * TEXT line by line onto OUT. Replaced by "(redacted)" is each word of R, what stands behind a name
 * that speaks of a secret and '=', ':' or a blank (password=..., "token": "...", Authorization:
 * ...) up to the end of the line, and the user part of a URL (https://USER:PASSWORD@HOST).
 */
int redact_text(const struct redact *r, const char *text, struct buf *out);
