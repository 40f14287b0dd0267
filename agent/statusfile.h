/* SPDX-License-Identifier: MIT */
/* statusfile.h -- the inside of struct status, for status.c and statusfile.c alone */
#pragma once

#include "agent/base/protocol.h"
#include "agent/status.h"

struct status_entry {
	char name[32];
	enum state state;
	char *reason, *next;
	uint64_t since;
	uint64_t as_of; /* usec realtime: a process before us saw it so; 0: we did */
	unsigned heard; /* as the how manieth since status_modules_begin(), from 1; 0: not yet */
};

struct status {
	char *path;
	bool dirty;
	enum state own;
	char *own_reason, *own_next;
	char *host;
	const char *waiting; /* static */
	const char *local;   /* static */
	unsigned fresh;
	uint64_t next_pass;
	uint64_t paused_until; /* usec realtime; 0: no pause */
	char paused_by[PAUSE_BY_MAX + 1];
	struct status_identity identity;
	struct status_pass pass;
	struct status_summary summary;
	struct status_entry modules[STATUS_MODULES];
	size_t n_modules;
	unsigned n_heard;
	uint64_t pid_start;
	char boot_id[40];
};

/* Fills in what stays the same for this process. */
void statusfile_process(struct status *s);
