/* SPDX-License-Identifier: MIT */
/*
 * note.h -- why the last switch was taken back, kept over reboots until one succeeds
 *
 * NOTE_PATH, 0644: { "version": 1, "wanted": what was tried (ifaces_digest()), "reason", "when":
 * usec realtime, "count": how often in a row, "held": a person was asked and did not confirm,
 * "boot": boot id, "due": usec of that boot's monotonic clock at which it may be tried again }
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sys/sys.h"

#define NOTE_PATH "/var/lib/envagent/network.json"

struct note {
	char wanted[65];
	char reason[512];
	uint64_t when;
	unsigned count;
	bool held;
	uint64_t due; /* monotonic clock of this boot; 0: now */
};

/* 1, or 0 if there is none (an unreadable one counts as none). */
int note_read(struct sys *sys, struct note *ret);
/* The switch to WANTED was taken back for REASON: one more time, if it was so before. */
int note_write(struct sys *sys, const char *wanted, const char *reason, bool held);
/* 1 if there was one. */
int note_clear(struct sys *sys);
