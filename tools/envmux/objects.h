/* SPDX-License-Identifier: MIT */
/*
 * objects.h -- what each kind of object looks like: its fields, their defaults and their checks
 *
 * Tables only; no store, no HTTP. Field names and defaults are those of iControl REST replies (TMOS
 * 17.1). A field that no table knows is accepted and dropped, as clients send back more than they
 * read; a known one of the wrong type or value is 400.
 */
#pragma once

#include "agent/base/addr.h"
#include "tools/envmux/store.h"

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_ANY };

struct field {
	const char *name;
	enum field_type type;
	const char *dflt;	   /* JSON text; NULL: left out until set */
	bool fixed;		   /* set at creation only */
	const char *const *words;  /* allowed texts, NULL-ended; NULL: any printable one */
	const char *const *as_was; /* texts that change nothing */
};

struct object_kind {
	const char *title; /* "Pool", in error texts */
	const char *uri;   /* "ltm/pool" */
	const char *kind;  /* "tm:ltm:pool:pool": + "state" or "collectionstate" */
	const struct field *fields;
};
extern const struct object_kind object_kinds[_STORE_KIND_MAX];
extern const struct object_kind object_member;

/* Fills ERROR in and returns -EINVAL. */
int object_error(struct store_error *error, int status, int api_error, const char *fmt, ...)
	_printf_(4, 5);

/* A name that may be part of a path, a map row and a config: [A-Za-z0-9][A-Za-z0-9._%:-]*, 1..255
 */
bool object_name_valid(const char *name);

/* "/P/name" taken apart; for a partition the path is its bare name. *ret_* borrowed from BUFFER. */
int object_split(const char *path, char buffer[512], const char **ret_partition,
		 const char **ret_name);

/*
 * A new object from FORMER (NULL at creation) and the known fields of BODY, without those that are
 * as they are by default. *ret is owned. -EINVAL with *error.
 */
int object_build(const struct object_kind *kind, const char *partition, const char *name,
		 struct json_object *former, struct json_object *body, bool strict,
		 struct json_object **ret, struct store_error *error);

/* Adds to TO all that a reader sees of FROM: the defaults too, what is the store's own not. */
int object_whole(const struct object_kind *kind, struct json_object *from, struct json_object *to);

/*
 * The members of a pool BODY in either spelling ("members": objects or texts; "membersReference"
 * with items), as an owned array of objects; *ret is NULL if the body says nothing about members.
 */
int object_members(struct json_object *body, struct json_object **ret, struct store_error *error);

/*
 * "10.0.0.1:80", "n1:http", "2001:db8::1.80" taken apart; "0" and "any" are port 0, which is all of
 * them. 0 or -EINVAL.
 */
int object_member_split(const char *name, char node[256], unsigned *ret_port);
/* "/P/pool /P/node 80", as a device names a member of /P/pool in its errors; owned. */
char *object_member_title(const char *pool, const char *name);
/* The name with its port as a number, as it reads back; one that is no member's as it is. Owned. */
char *object_member_name(const char *name);

/*
 * An address of a node. There is one route domain here, 0, and "10.0.0.1%0" is one more spelling;
 * another one is -EINVAL.
 */
int object_address(const char *text, struct addr *ret);
