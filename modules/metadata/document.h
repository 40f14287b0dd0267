/* SPDX-License-Identifier: MIT */
/* document.h -- the metadata document of a VM, as facts; checked word by word on the way in */
#pragma once

#include "agent/reconcile/module.h"

/*
 * Reads LEN bytes as a metadata document: an object that has a configuration_url ending in an id.
 * 0 with *ret owned; -EBADMSG with a sentence in *ret_error (owned) that says what was there
 * instead; -ENOMEM.
 */
int document_parse(const char *text, size_t len, struct json_object **ret, char **ret_error);

/* True if one of the document's interfaces has the MAC of a link here. */
bool document_is_ours(const struct pass *pass, struct json_object *doc);

/*
 * Adds all facts that the document tells. What has a wrong form makes its fact unknown and the
 * module degraded; what is not there is absent. 0 or -ENOMEM.
 */
int document_facts(struct pass *pass, struct json_object *doc);

/* Adds all of them as unknown, or absent, for the reason WHY. 0 or -ENOMEM. */
int document_unknown(struct pass *pass, const char *why);
int document_absent(struct pass *pass, const char *why);

/* ---- interfaces.c ---- */

/*
 * "interfaces" and "hostname", from the array ARR. A bad MAC, address or network makes "interfaces"
 * unknown as a whole: half a list would take away what is there. 0 or -ENOMEM.
 */
int document_interfaces(struct pass *pass, struct json_object *arr);

/* Tells that PATH of the document has a wrong form; *ret_why is the sentence, owned. */
int document_bad(struct pass *pass, const char *path, const char *value, const char *expected,
		 char **ret_why);
