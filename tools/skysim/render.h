/* SPDX-License-Identifier: MIT */
/*
 * render.h -- a world's objects as the platform's JSON documents
 *
 * Every function returns a document owned by the caller, NULL when memory ran out.
 */
#pragma once

#include "tools/skysim/world.h"

struct render {
	const struct world *world;
	const char *base; /* of URLs: "http://10.0.0.1:8080"; no closing slash */
	int version;	  /* 1 or 2 */
};

/* The path that comes before a resource's: "" or "/v2". */
const char *render_prefix(const struct render *r);

struct json_object *render_env(const struct render *r, const struct world_env *e);
/* As an entry of a list: v1 shows the first fields only. */
struct json_object *render_env_entry(const struct render *r, const struct world_env *e);
struct json_object *render_vm(const struct render *r, const struct world_vm *vm);
struct json_object *render_interface(const struct render *r, const struct world_vm *vm, size_t i);
#define INTERFACE_ID_MAX 64
const char *interface_id(const struct world_vm *vm, size_t i, char id[INTERFACE_ID_MAX]);
/* What GET /skytap answers to VM: its v1 document and the two texts. */
struct json_object *render_metadata(const struct world *w, const struct world_vm *vm);
struct json_object *render_network(const struct render *r, const struct world_network *n);
struct json_object *render_tunnel(const struct render *r, const struct world_tunnel *t);
/* "tunnel-<source>-<target>" */
#define TUNNEL_ID_MAX (2 * READER_ID_MAX + 8)
const char *tunnel_id(const struct world_tunnel *t, char id[TUNNEL_ID_MAX]);
struct json_object *render_user(const struct render *r, const struct world_user *u);
struct json_object *render_user_entry(const struct render *r, const struct world_user *u);
struct json_object *render_template(const struct render *r, const struct world_template *t);
struct json_object *render_template_entry(const struct render *r, const struct world_template *t);
/* {"contents": TEXT} */
struct json_object *render_user_data(const char *text);
/* An error body: "error" in v1, which has no "errors" anywhere, "errors" in v2. */
struct json_object *render_error(int version, const char *text);
