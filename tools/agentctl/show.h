/* SPDX-License-Identifier: MIT */
/*
 * show.h -- text for people
 *
 * Strings that come from a file or a socket are foreign: control characters and broken UTF-8 in
 * them are printed as '?', so that they cannot move the cursor or forge a line.
 */
#pragma once

#include <stdint.h>

#include "agent/base/cleanup.h"
#include "agent/base/json.h"
#include "tools/agentctl/agentctl.h"

enum show_color { SHOW_PLAIN, SHOW_GOOD, SHOW_BUSY, SHOW_WARN, SHOW_BAD, SHOW_DIM };

/* The cleaned text, owned; NULL when there is no memory. S NULL is "". */
char *show_clean(const char *s);
/* Prints S cleaned. */
void show_text(FILE *out, const char *s);
/* How many columns S takes once cleaned. */
int show_width(const char *s);
/* Prints S cleaned and in colour, then blanks up to WIDTH columns. */
void show_cell(const struct ctl *ctl, enum show_color color, const char *s, int width);
/* The colour of a module state's name. */
enum show_color show_state_color(const char *state);

/* "now", "12 s", "3 min", "2 h 5 min", "4 d 3 h"; returns TEXT. */
#define SHOW_AGE_MAX 40
const char *show_age(uint64_t usec, char text[SHOW_AGE_MAX]);
/* How long ago WHEN was (realtime usec), as show_age(); times to come are "now". */
const char *show_since(uint64_t when, char text[SHOW_AGE_MAX]);
uint64_t show_now(void);

/* OBJ on OUT, indented, with a newline. */
void show_json(struct ctl *ctl, struct json_object *obj);

/*
 * The LEN bytes at S as the string KEY of OBJ. JSON is UTF-8: for each other byte stands U+FFFD,
 * and KEY_exact, false, says so. 0 or -ENOMEM.
 */
int show_set_bytes(struct json_object *obj, const char *key, const char *s, size_t len);

/* "agentctl: ..." on ctl->err, cleaned; NEXT, if not NULL, is what to type. */
void show_error(struct ctl *ctl, const char *next, const char *fmt, ...) _printf_(3, 4);

/* The string KEY of OBJ, or "" if there is none: for showing only. Borrowed. */
const char *show_str(struct json_object *obj, const char *key);
/* The number KEY of OBJ, or 0; negative reads as 0. */
uint64_t show_num(struct json_object *obj, const char *key);
