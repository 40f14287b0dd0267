/* SPDX-License-Identifier: MIT */
/* conf-internal.h -- what the conf-*.c files share; nobody else includes it */
#pragma once

#include "agent/base/conf.h"

/* One value as it was written. */
struct conf_entry {
	const struct conf_section *section;
	const struct conf_item *item;
	char *instance; /* "" for an unnamed section */
	char *value;
	char *origin; /* FILE:LINE:COLUMN */
};

/* The instances of one named section, and where each was first seen. */
struct conf_group {
	const struct conf_section *section;
	char **names, **origins;
};

struct conf {
	struct conf_entry *entries;
	size_t n_entries;
	struct conf_group *groups;
	size_t n_groups;
};

/* A load under way. */
struct conf_loader {
	struct conf *conf;
	const struct conf_section *const *tables;
	bool ignore_unknown;
	struct buf faults; /* a line each */
};

/* ---- conf.c: the store ---- */

/* VALUE "" resets the key. 0 or -ENOMEM. */
int conf_put(struct conf *conf, const struct conf_section *section, const char *instance,
	     const struct conf_item *item, const char *value, const char *origin);
int conf_put_instance(struct conf *conf, const struct conf_section *section, const char *name,
		      const char *origin);

/* ---- conf-value.c: forms of values ---- */

/* Parses TEXT into PLACE, which holds nothing owned. 0, -EINVAL, -ENOMEM. */
int conf_value_parse(const struct conf_item *item, const char *text, void *place);
/* Frees what PLACE owns and leaves nothing there. */
void conf_value_done(const struct conf_item *item, void *place);
/* What TEXT should have been, for people. Appends to OUT. */
void conf_value_expected(const struct conf_item *item, struct buf *out);
/* Any value, to check a form without keeping it. */
union conf_scratch {
	bool boolean;
	unsigned number;
	uint64_t usec;
	char *string;
	char **strings;
	struct addr addr;
	int index;
};

/* ---- conf-read.c: one text ---- */

/* Reads TEXT of LEN bytes; faults go to L->faults. 0 or -ENOMEM. */
int conf_read(struct conf_loader *l, const char *file, const char *text, size_t len);
