/* SPDX-License-Identifier: MIT */
/*
 * store.h -- the objects that iControl REST speaks of: the truth, in memory and in the journal
 *
 * Objects are JSON documents in the shape that clients read (reference: F5 iControl REST), kept by
 * kind and full path ("/test-123/www-123"; partitions by bare name; members below their pool). The
 * store checks what a BIG-IP checks (names, references, uniqueness, in-use) and knows nothing of
 * HTTP and nothing of HAProxy. A change is a list of operations, all or none: each is checked and
 * made in memory, the result is written to the journal (fdatasync), or all is taken back.
 */
#pragma once

#include "agent/base/json.h"

enum store_kind {
	STORE_PARTITION,  /* auth/partition */
	STORE_NODE,	  /* ltm/node */
	STORE_POOL,	  /* ltm/pool; its members are kept inside, as array "members" */
	STORE_MONITOR,	  /* ltm/monitor/{http,https,tcp,gateway-icmp}; type in "_type" */
	STORE_DATA_GROUP, /* ltm/data-group/internal */
	STORE_RULE,	  /* ltm/rule */
	STORE_VIRTUAL,	  /* ltm/virtual */
	_STORE_KIND_MAX,
};

enum store_verb { STORE_CREATE, STORE_MODIFY, STORE_REPLACE, STORE_DELETE };

struct store_op {
	enum store_verb verb;
	enum store_kind kind;
	char *type;		  /* of a monitor; else NULL */
	char *path;		  /* full path */
	char *member;		  /* of a pool: "/P/10.0.0.1:80", NULL for the pool itself */
	struct json_object *body; /* owned; NULL for DELETE */
	bool confined;		  /* a member may not bring a node of Common in */
};
void store_op_done(struct store_op *op);

/* What a BIG-IP answers: an HTTP status, its message with the numeric code in front, apiError. */
struct store_error {
	int status;    /* 400, 404, 409 */
	int api_error; /* 0: leave out */
	char message[512];
};

struct store;
/* Opens DIR (made 0700 if absent), replays its journal; a torn tail is cut and *ret_cut tells. */
int store_open(const char *dir, struct store **ret, size_t *ret_cut);
void store_free(struct store *s);

/*
 * Reads DIR's journal beside whoever has it open, and holds what it makes against itself: each
 * member has its node, no address is two nodes'. *ret_text (owned): what there is, or what is wrong
 * and what to do. 0, -EBADMSG, -errno of reading.
 */
int store_check(const char *dir, char **ret_text);

/*
 * Applies all N operations or none. 0: they are on disk and visible, *ret_results (may be NULL) has
 * the object after each (owned; NULL for a delete). -EINVAL with *ret_error; -ENOMEM, -ENOSPC, -EIO
 * ...: the journal could not be written, nothing changed.
 */
int store_apply(struct store *s, struct store_op *ops, size_t n, struct json_object **ret_results,
		struct store_error *ret_error);

/* Makes the journal short again if it has grown. For moments when nobody waits for an answer. */
void store_tidy(struct store *s);

/* The same checks, and nothing changes. */
int store_validate(struct store *s, struct store_op *ops, size_t n, struct store_error *ret_error);

/* Owned; NULL if absent. TYPE for monitors, else NULL. */
struct json_object *store_get(const struct store *s, enum store_kind kind, const char *type,
			      const char *path);
/*
 * Calls FUNC for each object of KIND (and TYPE, PARTITION, unless NULL), sorted by path; stops at
 * non-zero and returns it. PATH is there until the next apply, OBJ for the call.
 */
int store_each(const struct store *s, enum store_kind kind, const char *type, const char *partition,
	       int (*func)(void *userdata, const char *path, struct json_object *obj),
	       void *userdata);
/* The same for the paths alone, which is quicker. Not for monitors. */
int store_each_path(const struct store *s, enum store_kind kind, const char *partition,
		    int (*func)(void *userdata, const char *path), void *userdata);

/*
 * The pools (full paths) that changed since the last call, to bring the driver there; owned,
 * NULL-ended, NULL if there are none. After store_open() nothing has changed yet.
 */
char **store_take_changed(struct store *s);

/* True for the types of monitors that are served. */
bool store_monitor_type(const char *type);
/* The monitor PATH of whatever type, owned; NULL if there is none. */
struct json_object *store_monitor(const struct store *s, const char *path, const char **ret_type);
