/* SPDX-License-Identifier: MIT */
/*
 * conf.h -- the configuration: option tables over ini files
 *
 * Files, read in this order, later ones win key by key:
 *   /usr/lib/envagent/envagent.conf, /etc/envagent/envagent.conf, then all *.conf of
 *   /usr/lib/envagent/envagent.conf.d/ and /etc/envagent/envagent.conf.d/ together, sorted by name,
 *   where a file in /etc masks the one of the same name in /usr/lib.
 * No file at all is an empty configuration. Syntax as inih reads it; a line over 199 bytes is an
 * error, and so is an unknown section or key (with the nearest name as advice), a value of the
 * wrong form, or a key without a section; each names FILE:LINE:COLUMN, what was expected and what
 * to do. A list key given twice replaces; an empty value resets to the default.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"

enum conf_type {
	CONF_BOOL,   /* bool: yes no true false on off 1 0 */
	CONF_UINT,   /* unsigned: decimal, 0 to 4294967295 */
	CONF_PORT,   /* unsigned: 1 to 65535 */
	CONF_SEC,    /* uint64_t, usec: "30", "30s", "500ms", "5min", "2h", "1h 30min" */
	CONF_MODE,   /* unsigned: octal, at most 07777 */
	CONF_STRING, /* char *, owned; NULL when the default is NULL */
	CONF_PATH,   /* char *, owned; absolute, no ".." component */
	CONF_LIST,   /* char **, owned, NULL-terminated; words split at blanks */
	CONF_ADDR,   /* struct addr; family 0 when the default is NULL */
	CONF_ADDRS,  /* char **, owned: a list of which every word is an address */
	CONF_NAME,   /* char *, owned: a host name or domain (domain_valid) */
	CONF_NAMES,  /* char **, owned: a list of those */
	CONF_ENUM,   /* int: index into item.names */
};

/* One option. A table ends with {}. */
struct conf_item {
	const char *name;
	enum conf_type type;
	size_t offset;
	const char *dflt;	  /* as text; NULL: nothing */
	const char *const *names; /* CONF_ENUM: the words, NULL-terminated */
};

/*
 * One section: [Name], or any number of [Name INSTANCE] if named; a name may be in the tables as
 * both. A table ends with {}.
 */
struct conf_section {
	const char *name;
	bool named;
	const struct conf_item *items;
	size_t size; /* of the struct that conf_get() fills */
};

struct conf;
void conf_free(struct conf *conf);
DEFINE_CLEANUP(struct conf *, conf_free)

/*
 * Reads and checks all files below the directory ROOT ("" or "/" for the machine). SECTIONS are the
 * known ones, copied by reference. With IGNORE_UNKNOWN a section that is in no table passes
 * unchecked (a program that knows only part of the file). On error -EINVAL (or -errno from the file
 * system) with a sentence in *ret_error, owned by the caller, one line a fault, all faults listed;
 * *ret untouched.
 */
int conf_load(const char *root, const struct conf_section *const *tables, bool ignore_unknown,
	      struct conf **ret, char **ret_error);

/* The same from one text instead of the files; NAME stands for the file in errors. For tests. */
int conf_load_text(const char *name, const char *text, const struct conf_section *const *tables,
		   bool ignore_unknown, struct conf **ret, char **ret_error);

/*
 * Fills RET (section->size bytes) with section INSTANCE (NULL for an unnamed one), defaults where
 * the files say nothing. What RET owns goes with conf_done(). 0, -ENOENT if that instance does not
 * exist, -ENOMEM.
 */
int conf_get(const struct conf *conf, const struct conf_section *section, const char *instance,
	     void *ret);
void conf_done(const struct conf_item *items, void *values);

/* The instance names of [NAME ...], in order of first appearance; borrowed, NULL-terminated. */
char *const *conf_instances(const struct conf *conf, const char *name);

/*
 * Where SECTION/INSTANCE/KEY got its value: "FILE:LINE:COLUMN", borrowed; NULL if it is the
 * default. For errors that only a later reader can see. KEY NULL gives the place of the header
 * [SECTION INSTANCE].
 */
const char *conf_origin(const struct conf *conf, const char *section, const char *instance,
			const char *key);

/* All settings in force as ini text, each with its origin as a comment. */
int conf_dump(const struct conf *conf, const struct conf_section *const *tables, struct buf *out);

/* Microseconds of a CONF_SEC text; 0 or -EINVAL. */
int parse_sec(const char *text, uint64_t *ret);
