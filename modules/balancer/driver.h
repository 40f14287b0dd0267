/* SPDX-License-Identifier: MIT */
/*
 * driver.h -- what a load balancer's driver does: read what exists, apply a list of changes
 *
 * Order, difference and the rules of who may write are above it (balancer.c, diff.c). One session
 * is one connection: opened by reading, then pinned; a write goes over that connection or not at
 * all.
 */
#pragma once

#include <time.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "agent/base/settings.h"

struct mux_member {
	char *name;    /* "10.200.1.21:8080" */
	char *address; /* "10.200.1.21" */
	bool enabled;  /* takes new requests */
	bool up;       /* as seen; wanted ones do not use it */
	bool known;    /* the mux checks it, so that UP says something */
};
struct mux_pool {
	char *name;    /* "www-4190101" */
	char *monitor; /* "/Common/tcp", "/test-4190101/http-0a1b2c3d4e5f"; NULL: none */
	char *send;    /* wanted of a monitor of our own: its request; NULL */
	struct mux_member *members; /* sorted by name */
	size_t n_members;
};
struct mux_monitor {
	char *path; /* "/test-4190101/http-0a1b2c3d4e5f" */
	char *send;
};
struct mux_state {
	bool exists; /* the partition */
	char *description;
	time_t now; /* the mux's clock */
	bool full;  /* pools, monitors and nodes were read too */
	struct mux_pool *pools;
	size_t n_pools;
	struct mux_monitor *monitors; /* those of HTTP in the partition */
	size_t n_monitors;
	char **nodes; /* names */
};
void mux_pool_done(struct mux_pool *p);
void mux_state_done(struct mux_state *s);

enum mux_change_kind {
	MUX_MAKE_PARTITION, /* not part of the transaction: done first, and -EEXIST decides */
	MUX_STAMP,	    /* nor is this: one write of the description */
	MUX_MAKE_MONITOR,
	MUX_SET_MONITOR,
	MUX_MAKE_POOL,
	MUX_SET_POOL, /* monitor and members */
	MUX_DROP_POOL,
	MUX_DROP_MONITOR,
	MUX_DROP_NODE,
};
struct mux_change {
	enum mux_change_kind kind;
	const struct mux_pool *pool; /* borrowed */
	const char *name;	     /* of what is dropped; the description for MAKE and STAMP */
};

struct mux; /* of a driver */

struct mux_driver {
	const char *name;
	/* CREDENTIAL is "user:password", MEMORY an object that the driver keeps things in. */
	int (*open)(const struct mux_conf *conf, const char *credential, struct json_object *memory,
		    struct mux **ret);
	/*
	 * The state of partition test-ID; without FULL only the partition itself. -errno as
	 * sys_http_do() has them, -EACCES (401 after a new login), -EBUSY (try again later),
	 * -EPROTO (no answer of a mux).
	 */
	int (*read)(struct mux *mux, const char *id, bool full, struct mux_state *ret);
	/* From now on this connection or none. */
	void (*pin)(struct mux *mux);
	/*
	 * Partition, then all the rest as one transaction. 0 only if the mux said that it is done;
	 * -EEXIST if the partition was made by somebody else; -ECONNRESET if nobody knows (read
	 * again, compare); nothing of the transaction was applied on any other error.
	 */
	int (*apply)(struct mux *mux, const char *id, const struct mux_change *changes, size_t n);
	/* The last failure in words, and when to try again (seconds, 0: no wish). Borrowed. */
	const char *(*words)(const struct mux *mux, unsigned *ret_retry_after);
	void (*close)(struct mux *mux);
	/*
	 * Gives back the login that MEMORY holds, by one exchange within two seconds, without the
	 * credential. 0 if it is gone, from MEMORY too, or there was none; -errno with *ret_words
	 * (owned): MEMORY as it was.
	 */
	int (*leave)(const struct mux_conf *conf, struct json_object *memory, char **ret_words);
};

extern const struct mux_driver mux_icontrol;
