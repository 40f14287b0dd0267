/* SPDX-License-Identifier: MIT */
/*
 * rest.h -- after a restore: nothing is done until somebody says Apply
 *
 * REST_PATH keeps that over restarts of daemon and machine, for this machine alone: a copy, or an
 * image that is made of it, is not restored and must not lie still because its original was. So
 * the file says whose rest it is: "1 MACHINE BOOT VM ENV", "-" for what was not known: machine-id
 * and boot id, and the identity, if one was confirmed. Who rests goes on asking for its identity
 * and does no more with it. The rest is over
 *
 * - on a machine with another machine-id: at its start;
 * - with another identity, also where the copy was taken while we ran: once that is confirmed;
 * - with the first identity ever: once that is confirmed, but not within the boot of the restore.
 *
 * A file that says nothing of this kind is taken for a rest of this machine.
 */
#pragma once

#include "agent/base/protocol.h"
#include "agent/manager.h"

#define REST_PATH STATE_DIR "/resting"

/* What a restore before this start has left. */
void rest_load(struct manager *m);
/* A restore has settled: it begins. A one-time run has nobody to rest. */
void rest_begin(struct manager *m);
/* Somebody says Apply. */
void rest_end(struct manager *m);
/* The identity was just confirmed: a rest that is another's is over. */
void rest_check(struct manager *m);
