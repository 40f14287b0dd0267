/* SPDX-License-Identifier: MIT */
/*
 * shape.h -- the documents' fields that every resource has, and filling in the rest
 *
 * A shape is a JSON text with all fields in the order in which the platform sends them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/cleanup.h"

extern const char shape_environment_v2[];
extern const char shape_environment_v1[];
extern const char shape_vm[];
extern const char shape_interface[];
extern const char shape_network[];
extern const char shape_user[];
extern const char shape_template[];

/* A document being filled in. The first failure sticks; fill_done() then gives NULL. */
struct fill {
	struct json_object *obj;
	int error;
};

/* Starts from SHAPE, or from an empty object if it is NULL. */
struct fill fill_from(const char *shape);
/* Each sets KEY, in its place if the shape has it. S NULL becomes null. */
void fill_str(struct fill *f, const char *key, const char *s);
void fill_int(struct fill *f, const char *key, int64_t v);
void fill_bool(struct fill *f, const char *key, bool v);
void fill_fmt(struct fill *f, const char *key, const char *fmt, ...) _printf_(3, 4);
/* Takes V over; NULL means that making it failed. */
void fill_json(struct fill *f, const char *key, struct json_object *v);
void fill_drop(struct fill *f, const char *key);
/* The document, owned by the caller. */
struct json_object *fill_done(struct fill *f);
