/* SPDX-License-Identifier: MIT */
/*
 * facts.h -- what is known about this host and its environment, each with its source
 *
 * A fact is a value, absent (the authority says there is none) or unknown (with the reason).
 * Unknown never renders, never deletes, never becomes an empty string. Facts are made by the
 * metadata provider and the modules' facts slots, then read-only. Names are [a-z][a-z0-9_]*.
 *
 * Standard names:
 *   config_id vm_id               strings of digits
 *   vm_name                       free text without control characters
 *   hostname domain fqdn base_domain   names
 *   leader                        true or false: has this host that role
 *   nat                           object: host name -> address towards [Mux] Network=
 *   roles                         array of strings
 *   labels                        array of { category value }
 *   user_data configuration_user_data   text
 *   interfaces                    array of { name mac ip prefix subnet gateway hostname
 *                                 network_name network_id network_type nat_addresses }
 *                                 name: of the link here with this mac
 *                                 nat_addresses: array of { network_id ip }, always there
 *                                 of the others what is not known is left out
 *   hosts                         array of { name address fqdn roles aliases }, by [Host]
 *   services                      array of { name port url }, by [Service]; url, of a public
 *                                 one: https://<name>-<config_id>.<base_domain>
 *   credentials                   array of strings, secret
 * A [Fact NAME] section adds others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"

enum fact_state { FACT_VALUE, FACT_ABSENT, FACT_UNKNOWN };

struct fact {
	char *name;
	enum fact_state state;
	struct json_object *value; /* FACT_VALUE only */
	char *source;  /* "http://169.254.169.254/skytap", "/etc/envagent/…", "machine" */
	char *path;    /* the JSON path in it, "configuration_url"; may be NULL */
	char *why;     /* absent and unknown: the reason, as a sentence without a stop */
	uint64_t time; /* usec realtime: when the source was read */
	bool secret;
};

struct facts;
int facts_new(struct facts **ret);
void facts_free(struct facts *f);
DEFINE_CLEANUP(struct facts *, facts_free)

/* Is NAME of the form of a name; is it one of the standard names above? */
bool facts_name_valid(const char *name);
bool facts_standard(const char *name);

/* Where the facts added next come from, and when that was read. Copied. */
int facts_source(struct facts *f, const char *source, uint64_t time);

/*
 * Adds or replaces fact NAME. VALUE is taken over, also on failure. PATH may be NULL. 0, -ENOMEM,
 * -EINVAL for a name of another form.
 */
int facts_set(struct facts *f, const char *name, const char *path, struct json_object *value);
int facts_set_str(struct facts *f, const char *name, const char *path, const char *value);
int facts_set_secret(struct facts *f, const char *name, const char *path,
		     struct json_object *value);
int facts_set_absent(struct facts *f, const char *name, const char *why);
int facts_set_unknown(struct facts *f, const char *name, const char *why);

/* NULL if nobody ever set it. Borrowed. */
const struct fact *facts_get(const struct facts *f, const char *name);
/* The string value; NULL if it is no value or no string. Borrowed. */
const char *facts_str(const struct facts *f, const char *name);
/* The value as JSON of any type, NULL if it is no value. Borrowed. */
struct json_object *facts_value(const struct facts *f, const char *name);
/* The reason why NAME has no value, "" if it has one, "no such fact" if nobody set it. Borrowed. */
const char *facts_why(const struct facts *f, const char *name);

/* All of them, sorted by name. */
size_t facts_count(const struct facts *f);
const struct fact *facts_at(const struct facts *f, size_t i);

/* The name nearest to NAME, for "did you mean", or NULL. Borrowed. */
const char *facts_nearest(const struct facts *f, const char *name);

/*
 * As JSON: {"version":1,"facts":{NAME:{"state","value","source","path","why","time","secret"}}}.
 * Without WITH_SECRETS the values of secret facts are left out (the mark stays).
 */
int facts_to_json(const struct facts *f, bool with_secrets, struct json_object **ret);
/*
 * Reads that form. A plain object {"config_id":"4190101",...} is taken too, each key a value: that
 * is what people write for offline rendering. -EBADMSG with a sentence in *ret_error (owned).
 */
int facts_from_json(struct json_object *obj, const char *source, struct facts **ret,
		    char **ret_error);
