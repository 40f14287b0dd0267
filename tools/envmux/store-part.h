/* SPDX-License-Identifier: MIT */
/*
 * store-part.h -- the inside of the store: objects by partition and kind, and the log to undo with
 *
 * Objects are never changed in place: a change puts a new one in, and the former goes to the undo
 * log, so that taking back a change set is putting the former ones back. The same log tells what
 * goes to the journal: the objects as they are afterwards, so that replaying needs no checks.
 * Between two changes there are texts only (shelf.h); an object is made when somebody asks for it.
 */
#pragma once

#include "tools/envmux/journal.h"
#include "tools/envmux/objects.h"
#include "tools/envmux/shelf.h"

struct undo {
	enum store_kind kind;
	char *key;
	char *former; /* row; NULL: it was not there */
};

struct part {
	char *name;
	struct shelf kinds[_STORE_KIND_MAX]; /* keys are full paths, "TYPE /P/n" of monitors */
};

struct store {
	struct part **parts; /* by name */
	size_t n_parts;
	struct json_object *addresses; /* node address -> path of the node that has it */
	struct journal *journal;
	int64_t generation;
	struct undo *undos;
	size_t n_undos;
	char **touched;	  /* pools that changed and that nobody has asked for yet */
	size_t n_settled; /* of them, those of change sets that are done */
	bool broken; /* a change could not be taken back: memory is not what the journal says */
};

/* The objects of KIND in PARTITION, borrowed; NULL if there is no such partition. */
const struct shelf *part_shelf(const struct store *s, enum store_kind kind, const char *partition);
/* The key of an object on its shelf; owned. */
char *part_key(enum store_kind kind, const char *type, const char *path);
/* Borrowed until the next change; NULL if it is not there. */
const char *part_row(const struct store *s, enum store_kind kind, const char *key);
/* The same, open: owned. */
struct json_object *part_find(const struct store *s, enum store_kind kind, const char *key);

/*
 * Puts OBJ (borrowed; NULL: removes) at KEY and notes the former one. Partitions come and go with
 * their shelves, node addresses with their nodes.
 */
int part_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj);
/* Takes back all noted changes, newest first; or forgets them. */
void part_undo(struct store *s);
void part_commit(struct store *s);
/* Nothing but the partition itself is in it. */
bool part_empty(const struct store *s, const char *partition);
void part_free(struct part *p);

/*
 * The key of the first object of KIND for which HAS is true of WHAT, borrowed; NULL if there is
 * none. PARTITION NULL: in all of them. HAS is asked only of those whose text has WHAT in it.
 */
const char *part_user(const struct store *s, enum store_kind kind, const char *partition,
		      const char *what, bool (*has)(struct json_object *obj, const char *what));

/* What store_check() says of S, which was read with result R: store-report.c. Returns R, or
 * -EBADMSG for what does not fit together. */
int part_report(const struct store *s, const char *dir, int r, const struct journal_report *report,
		char **ret_text);

/* One operation of a change set, with all its checks: store-op.c. *ret is owned, NULL for a delete.
 */
int store_op_apply(struct store *s, const struct store_op *op, struct json_object **ret,
		   struct store_error *error);
