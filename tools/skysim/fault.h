/* SPDX-License-Identifier: MIT */
/*
 * fault.h -- the knobs: how skysim misbehaves when a test asks for it
 *
 * A knob is a name and a value, for all VMs or for one, for ever or for a number of requests:
 *   PUT /_skysim/fault?metadata=hang&vm=52101021&times=3
 * To add one, add a row to the table in fault.c; answer.c asks for it by name.
 */
#pragma once

#include "tools/skysim/reader.h"

/* What a faulty answer looks like; order is that of the words in fault.c. */
enum fault {
	FAULT_NONE,
	FAULT_REFUSE,	 /* the connection is reset without a byte */
	FAULT_HANG,	 /* accepted, then silence until a knob is changed */
	FAULT_SLOW,	 /* the right answer, two seconds late */
	FAULT_HTML,	 /* 200 with a page */
	FAULT_EMPTY,	 /* 200 without a body */
	FAULT_HALF,	 /* the first half of the document, as if it were all */
	FAULT_TRUNCATED, /* the connection ends in the middle of the promised length */
	FAULT_HUGE,	 /* the document, grown to 5 MB */
	FAULT_OTHER_VM,	 /* another VM's document */
	FAULT_NULL_URL,	 /* "configuration_url": null */
	FAULT_NO_URL,	 /* no configuration_url */
	FAULT_404,
	FAULT_423, /* with Retry-After */
	FAULT_429, /* with Retry-After */
	FAULT_500,
	FAULT_503,
};

#define FAULT_ROWS_MAX 64

struct fault_row {
	char vm[READER_ID_MAX]; /* "": all */
	unsigned knob;
	enum fault value;
	long left; /* requests; below 0: for ever */
};

struct faults {
	struct fault_row rows[FAULT_ROWS_MAX];
	size_t n;
	unsigned generation; /* grows with every change that a test makes */
};

/*
 * Sets KNOB to VALUE ("none" takes it away) for VM ("": all) and TIMES requests. -EINVAL for
 * an unknown knob or value, -ENOSPC when the table is full, with a sentence in *ret_error.
 */
int fault_set(struct faults *f, const char *knob, const char *value, const char *vm, long times,
	      char **ret_error);
void fault_clear(struct faults *f);

/* The value for one request about VM (may be NULL), which counts. A row of the VM's own goes first.
 */
enum fault fault_take(struct faults *f, const char *knob, const char *vm);

/* [{"knob", "value", "vm", "left"}], owned by the caller; NULL when memory ran out. */
struct json_object *fault_show(const struct faults *f);
