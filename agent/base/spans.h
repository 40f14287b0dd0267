/* SPDX-License-Identifier: MIT */
/*
 * spans.h -- where each byte of a rendered file comes from, as it is kept on the disk
 *
 * SPANS_DIR/NAME is one JSON object a target (spans_name() of its path, links resolved):
 * { "version": 1, "template": NAME, "target": PATH, "source": PATH of the template,
 *   "rendered": USEC, "size": BYTES, "hash": spans_hash() of the target's text as 16 hex digits,
 *   "facts": [ { "name", "source", "path", "time": USEC, "value": TEXT,
 *                "before": TEXT, "before_time": USEC } ... ],
 *   "places": [ { "line", "column", "expression": TEXT, "facts": [INDEX ...],
 *                 "when": [INDEX ...] } ... ],
 *   "spans": [ [START, END, INDEX of its place] ... ], "secret": [INDEX of a span ...],
 *   "covered": BYTES }
 * A place without "expression" (and "facts") is text of the template, byte by byte; "when" are the
 * facts of the conditions and loops around it, if there are such. Spans lie in order, without
 * gaps, up to "covered"; what is behind that was too much. "path" and "before" are there if there
 * is such; the value of a secret fact is not. A text over SPANS_VALUE_MAX bytes is cut, with "..."
 * behind it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/base/protocol.h"

#define SPANS_DIR STATE_DIR "/spans"
#define SPANS_VERSION 1
#define SPANS_MAX 4000 /* of one target */
#define SPANS_VALUE_MAX 200
#define SPANS_FILE_MAX (4u * 1024 * 1024)

/* The name of the file for target PATH, owned: NULL without memory, "" if it would be too long. */
char *spans_name(const char *path);

/* FNV-1a with 64 bits: tells whether a text is still the same, and resists nobody. */
uint64_t spans_hash(const char *text, size_t len);
/* The same as 16 hex digits, in RET, which it returns. */
#define SPANS_HASH_TEXT 17
const char *spans_hash_text(const char *text, size_t len, char ret[SPANS_HASH_TEXT]);
