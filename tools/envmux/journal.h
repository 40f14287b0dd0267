/* SPDX-License-Identifier: MIT */
/*
 * journal.h -- the store's truth on disk: checked records, one a change set
 *
 * One file DIR/journal of lines "CRC32 LENGTH JSON\n" (hex, decimal, one line of JSON). A record
 * counts only when it is whole and its checksum is right; what follows the first bad one at the end
 * of the file is a torn tail and is cut. Compaction writes DIR/journal.new with records of
 * everything there is, syncs it and renames it over.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/json.h"

#define JOURNAL_RECORD_MAX (256u * 1024 * 1024)

struct journal;

/*
 * Opens DIR (made 0700 if absent), takes a lock so that no second process writes, and calls REPLAY
 * for each record in order; *ret_cut is the number of bytes cut off the tail. -EBADMSG if a bad
 * record is followed by good ones (that is damage, not a torn tail), -EBUSY if another process has
 * it.
 */
int journal_open(const char *dir, int (*replay)(void *userdata, struct json_object *record),
		 void *userdata, struct journal **ret, size_t *ret_cut);
void journal_free(struct journal *j);
DEFINE_CLEANUP(struct journal *, journal_free)

struct journal_report {
	size_t records, bytes; /* that are good */
	size_t torn;	       /* bytes behind them, of a change that was never acknowledged */
	size_t damaged_at;     /* with -EBADMSG: where the first bad byte may be */
};
/*
 * The same reading without a lock and without a change of anything, beside whoever has it open; it
 * may then see the beginning of a change under way as a torn tail. -ENOENT, -EBADMSG as above.
 */
int journal_check(const char *dir, int (*replay)(void *userdata, struct json_object *record),
		  void *userdata, struct journal_report *ret);

/*
 * Appends RECORD, LEN bytes of JSON in one line, and waits until it is on disk (fdatasync). -errno:
 * the file is as it was before (cut back), or, if even that failed, every later append is refused
 * with -EIO.
 */
int journal_append(struct journal *j, const char *record, size_t len);

/*
 * Replaces everything by the records that NEXT writes for I = 0, 1 ...: it returns 1 with one, 0
 * behind the last, -errno. On failure the former file stays in use.
 */
int journal_compact(struct journal *j, int (*next)(void *userdata, size_t i, struct buf *ret),
		    void *userdata);

/* Bytes in the file now, and after the last compaction. */
size_t journal_size(const struct journal *j);
size_t journal_base(const struct journal *j);
