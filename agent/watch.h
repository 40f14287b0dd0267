/* SPDX-License-Identifier: MIT */
/*
 * watch.h -- the files that the supervisor watches, and when it says that one has changed
 *
 * The configuration, which it finds itself, and what the passes ask for (event.h). The directories
 * are watched, so that a file may be replaced or come to be. What happens is looked at when it has
 * come to rest for a moment, and never while a pass runs, whose own writes are no news. Changes
 * that follow each other are told after doubling pauses but for the first few: who writes without
 * an end costs a pass each WATCH_PAUSE_MAX. Whether a file is put back at all is drift.h's to say.
 */
#pragma once

#include <systemd/sd-event.h>

#include "agent/base/event.h"
#include "agent/sys/sys.h"

#define WATCH_PAUSE_MAX UINT64_C(10000000) /* usec */

enum watch_what { WATCH_FILE, WATCH_CONFIG };

struct watch;
/* CHANGED is called from the loop. */
int watch_new(sd_event *event, struct sys *sys,
	      void (*changed)(void *userdata, enum watch_what what), void *userdata,
	      struct watch **ret);
void watch_free(struct watch *w);

/* The configuration is about to be read: as it is now it is known. */
void watch_config(struct watch *w);

/*
 * Brackets a pass: between them nothing is looked at. Files added in between replace those of their
 * modules, or of all if WHOLE.
 */
void watch_begin(struct watch *w);
/* An event of kind EVENT_WATCH. -EBADMSG if it is none, -ENOSPC if there are too many. */
int watch_add(struct watch *w, const struct event *ev);
void watch_end(struct watch *w, bool whole);
