/* SPDX-License-Identifier: MIT */
/*
 * store-part.h -- the inside of the store: objects by partition and kind, and the log to undo with
 *
 * Objects are never changed in place: a change puts a new one in, and the former goes to the undo
 * log, so that taking back a change set is putting the former ones back. The same log tells what
 * goes to the journal: the objects as they are afterwards, so that replaying needs no checks.
 */
#pragma once

#include "tools/envmux/journal.h"
#include "tools/envmux/objects.h"

struct undo {
	enum store_kind kind;
	char *key;
	struct json_object *former; /* NULL: it was not there */
};

struct store {
	/* partition -> array of maps, one a kind: key ("TYPE /P/n" for monitors) -> object */
	struct json_object *parts;
	struct json_object *addresses; /* node address -> path of the node that has it */
	struct journal *journal;
	int64_t generation;
	struct undo *undos;
	size_t n_undos;
	char **touched;	  /* pools that changed and that nobody has asked for yet */
	size_t n_settled; /* of them, those of change sets that are done */
	bool broken; /* a change could not be taken back: memory is not what the journal says */
};

/* The map of KIND in PARTITION, borrowed; NULL if there is no such partition. */
struct json_object *part_map(const struct store *s, enum store_kind kind, const char *partition);
/* The key of an object in its map; owned. */
char *part_key(enum store_kind kind, const char *type, const char *path);
struct json_object *part_find(const struct store *s, enum store_kind kind, const char *key);

/*
 * Puts OBJ (taken over; NULL: removes) at KEY and notes the former one. Partitions come and go with
 * their maps, node addresses with their nodes.
 */
int part_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj);
/* Takes back all noted changes, newest first; or forgets them. */
void part_undo(struct store *s);
void part_commit(struct store *s);
/* Nothing but the partition itself is in it. */
bool part_empty(const struct store *s, const char *partition);

/* What store_check() says of S, which was read with result R: store-report.c. Returns R, or
 * -EBADMSG for what does not fit together. */
int part_report(const struct store *s, const char *dir, int r, const struct journal_report *report,
		char **ret_text);

/* One operation of a change set, with all its checks: store-op.c. *ret is borrowed. */
int store_op_apply(struct store *s, const struct store_op *op, struct json_object **ret,
		   struct store_error *error);
