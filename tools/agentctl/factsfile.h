/* SPDX-License-Identifier: MIT */
/*
 * factsfile.h -- facts out of a JSON file
 *
 * Two forms: what the agent writes, {"version":1,"facts":{NAME:{"state","value","source",...}}},
 * and a plain object {"config_id":"4190101"}, as people write it for a rendering offline.
 */
#pragma once

#include "agent/base/json.h"
#include "modules/template/erb.h"

struct factsfile;

/* PATH below ROOT. -errno with a sentence in *ret_error (owned), FILE:LINE:COLUMN if it can be. */
int factsfile_load(const char *root, const char *path, struct factsfile **ret, char **ret_error);
/*
 * Adds what the file PATH below ROOT has and F has not. 0, also if there is no such file; else as
 * factsfile_load(), with F as it was.
 */
int factsfile_add(struct factsfile *f, const char *root, const char *path, char **ret_error);
void factsfile_free(struct factsfile *f);
DEFINE_CLEANUP(struct factsfile *, factsfile_free)

/* Borrowed from the file, as far as they are there. */
struct factsfile_fact {
	const char *name;
	enum erb_lookup state; /* ERB_NO_SUCH, ERB_FOUND, ERB_UNKNOWN or ERB_IS_ABSENT */
	struct json_object
		*value; /* NULL unless FOUND; a secret one may be left out: then UNKNOWN */
	const char *source, *path, *why;
	uint64_t time; /* realtime usec; 0: the file does not say */
	bool secret;
	struct json_object *whole; /* the entry as it is in the file */
};

struct factsfile_fact factsfile_get(const struct factsfile *f, const char *name);
size_t factsfile_count(const struct factsfile *f);
/* Sorted by name. */
struct factsfile_fact factsfile_at(const struct factsfile *f, size_t i);
/* The name nearest to NAME, or NULL. */
const char *factsfile_nearest(const struct factsfile *f, const char *name);
/* The whole file. */
struct json_object *factsfile_json(const struct factsfile *f);

/* How a template sees them; F must outlive it. */
struct erb_facts factsfile_erb(struct factsfile *f);
