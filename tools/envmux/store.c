/* SPDX-License-Identifier: MIT */
/* store.c -- change sets: applied in memory, written to the journal, or taken back */
#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

#define COMPACT_MIN (1024u * 1024)

static const char *const monitor_types[] = { "http", "https", "tcp", "gateway-icmp" };

void store_op_done(struct store_op *op)
{
	free(op->type);
	free(op->path);
	free(op->member);
	json_object_put(op->body);
	*op = (struct store_op){};
}

void store_free(struct store *s)
{
	if (!s)
		return;
	part_commit(s);
	free(s->undos);
	strv_free(s->touched);
	journal_free(s->journal);
	json_object_put(s->addresses);
	for (size_t i = 0; i < s->n_parts; i++)
		part_free(s->parts[i]);
	free(s->parts);
	free(s);
}
DEFINE_CLEANUP(struct store *, store_free)

/* ---- records: objects as they are afterwards ---- */

/*
 * A record is {"put": [{"kind", "key", "object"}], "generation"}, without "object" if it is gone.
 * Keys have no character that JSON would escape.
 */
static void record_begin(struct buf *b)
{
	*b = BUF_INIT_MAX(JOURNAL_RECORD_MAX);
	buf_adds(b, "{\"put\":[");
}

/* ROW NULL: it is gone. */
static void record_put(struct buf *b, enum store_kind kind, const char *key, const char *row)
{
	buf_addf(b, "%s{\"kind\":\"%s\",\"key\":\"%s\"", b->data[b->len - 1] == '[' ? "" : ",",
		 object_kinds[kind].uri, key);
	if (row) {
		buf_adds(b, ",\"object\":");
		buf_adds(b, row_text(row));
	}
	buf_addc(b, '}');
}

static int record_end(struct buf *b, int64_t generation)
{
	return buf_addf(b, "],\"generation\":%lld}", (long long)generation);
}

static bool noted_before(const struct store *s, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (s->undos[k].kind == s->undos[i].kind &&
		    !strcmp(s->undos[k].key, s->undos[i].key))
			return true;
	}
	return false;
}

/*
 * What the change set under way altered. An object that was altered twice stands where it was first
 * altered: its partition was there at that moment.
 */
static int record_changes(const struct store *s, struct buf *b)
{
	record_begin(b);
	for (size_t i = 0; b->error == 0 && i < s->n_undos; i++) {
		const struct undo *u = &s->undos[i];

		if (!noted_before(s, i))
			record_put(b, u->kind, u->key, part_row(s, u->kind, u->key));
	}
	return record_end(b, s->generation);
}

/* One partition with all that is in it, as a record: itself first. */
static int record_part(void *userdata, size_t i, struct buf *b)
{
	const struct store *s = userdata;

	if (i >= s->n_parts)
		return 0;
	record_begin(b);
	for (unsigned k = 0; k < _STORE_KIND_MAX; k++) {
		const struct shelf *all = &s->parts[i]->kinds[k];

		for (size_t n = 0; b->error == 0 && n < all->n; n++)
			record_put(b, k, all->rows[n], all->rows[n]);
	}
	return record_end(b, s->generation) ?: 1;
}

static int replay_put(struct store *s, struct json_object *o)
{
	struct json_object *obj = NULL;
	const char *kind, *key;
	int r;

	if (json_get_str(o, "kind", &kind) < 0 || json_get_str(o, "key", &key) < 0 ||
	    json_get_obj(o, "object", &obj) == -EBADMSG || strpbrk(key, "\"\\"))
		return -EBADMSG;
	for (unsigned i = 0; i < _STORE_KIND_MAX; i++) {
		if (strcmp(object_kinds[i].uri, kind) != 0)
			continue;
		r = part_put(s, i, key, obj);
		return r == -ENOENT ? -EBADMSG : r;
	}
	return -EBADMSG;
}

static int on_record(void *userdata, struct json_object *record)
{
	struct store *s = userdata;
	struct json_object *puts;
	int64_t generation;
	int r = 0;

	if (json_get_arr(record, "put", &puts) < 0 ||
	    json_get_int(record, "generation", &generation) < 0)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < json_object_array_length(puts); i++)
		r = replay_put(s, json_object_array_get_idx(puts, i));
	if (r < 0) {
		part_undo(s);
		return r;
	}
	part_commit(s);
	s->generation = generation;
	return 0;
}

/* ---- open ---- */

static int add_one(struct store *s, enum store_kind kind, const char *type, const char *path)
{
	_cleanup_(store_op_done) struct store_op op = { .verb = STORE_CREATE, .kind = kind };
	_cleanup_json_ struct json_object *obj = NULL;
	struct store_error error;
	int r;

	op.type = type ? strdup(type) : NULL;
	op.path = strdup(path);
	op.body = json_object_new_object();
	r = op.path && op.body && (op.type || !type) ? 0 : -ENOMEM;
	if (r == 0 && type && !strncmp(type, "http", 4))
		r = json_set_str(op.body, "send", "GET /\\r\\n");
	return r < 0 ? r : store_op_apply(s, &op, &obj, &error);
}

/* What every device has from the start. */
static int add_built_in(struct store *s)
{
	int r = add_one(s, STORE_PARTITION, NULL, "Common");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(monitor_types); i++) {
		_cleanup_free_ char *path = str_printf("/Common/%s", monitor_types[i]);

		r = path ? add_one(s, STORE_MONITOR, monitor_types[i], path) : -ENOMEM;
	}
	part_commit(s);
	return r;
}

bool store_monitor_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(monitor_types); i++) {
		if (!strcmp(monitor_types[i], type))
			return true;
	}
	return false;
}

struct json_object *store_monitor(const struct store *s, const char *path, const char **ret_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(monitor_types); i++) {
		struct json_object *o = store_get(s, STORE_MONITOR, monitor_types[i], path);

		if (!o)
			continue;
		*ret_type = monitor_types[i];
		return o;
	}
	return NULL;
}

static int store_new(struct store **ret)
{
	_cleanup_(store_freep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->addresses = json_object_new_object();
	if (!s->addresses)
		return -ENOMEM;
	r = add_built_in(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int store_open(const char *dir, struct store **ret, size_t *ret_cut)
{
	_cleanup_(store_freep) struct store *s = NULL;
	int r;

	r = store_new(&s);
	if (r == 0)
		r = journal_open(dir, on_record, s, &s->journal, ret_cut);
	(void)malloc_trim(0); /* what the reading took is many times of what is kept */
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int store_check(const char *dir, char **ret_text)
{
	_cleanup_(store_freep) struct store *s = NULL;
	struct journal_report report;
	int r;

	r = store_new(&s);
	if (r < 0)
		return r;
	r = journal_check(dir, on_record, s, &report);
	return part_report(s, dir, r, &report, ret_text);
}

/* ---- changes ---- */

static void drop_results(struct json_object **results, size_t n)
{
	for (size_t i = 0; results && i < n; i++) {
		json_object_put(results[i]);
		results[i] = NULL;
	}
}

/* All in memory, noted to be taken back. */
static int apply_all(struct store *s, struct store_op *ops, size_t n,
		     struct json_object **ret_results, struct store_error *ret_error)
{
	int r = s->broken ? -EIO : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct json_object *obj = NULL;

		r = store_op_apply(s, &ops[i], &obj, ret_error);
		if (r == 0 && ret_results)
			ret_results[i] = TAKE_PTR(obj);
		json_object_put(obj);
	}
	return r;
}

int store_apply(struct store *s, struct store_op *ops, size_t n, struct json_object **ret_results,
		struct store_error *ret_error)
{
	_cleanup_buf_ struct buf record = BUF_INIT;
	int64_t generation = s->generation;
	int r;

	for (size_t i = 0; ret_results && i < n; i++)
		ret_results[i] = NULL;
	r = apply_all(s, ops, n, ret_results, ret_error);
	if (r == 0)
		r = record_changes(s, &record);
	if (r == 0 && s->n_undos > 0)
		r = journal_append(s->journal, record.data, record.len);
	if (r < 0) {
		part_undo(s);
		s->generation = generation;
		drop_results(ret_results, n);
		return r;
	}
	part_commit(s);
	return 0;
}

int store_validate(struct store *s, struct store_op *ops, size_t n, struct store_error *ret_error)
{
	int64_t generation = s->generation;
	int r = apply_all(s, ops, n, NULL, ret_error);

	part_undo(s);
	s->generation = generation;
	return r;
}

void store_tidy(struct store *s)
{
	if (journal_size(s->journal) > COMPACT_MIN &&
	    journal_size(s->journal) > 4 * journal_base(s->journal))
		(void)journal_compact(s->journal, record_part, s); /* the longer one serves too */
}

char **store_take_changed(struct store *s)
{
	s->n_settled = 0;
	return s->touched && s->touched[0] ? TAKE_PTR(s->touched) : NULL;
}

/* ---- reading ---- */

struct json_object *store_get(const struct store *s, enum store_kind kind, const char *type,
			      const char *path)
{
	_cleanup_free_ char *key = part_key(kind, type, path);

	return key ? part_find(s, kind, key) : NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows of SHELF that are of TYPE (NULL: all), behind the *n that ROWS has. */
static int add_rows(const struct shelf *shelf, const char *type, const char ***rows, size_t *n)
{
	size_t len = type ? strlen(type) : 0;
	const char **list;

	if (!shelf || shelf->n == 0)
		return 0;
	list = reallocarray(*rows, *n + shelf->n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	*rows = list;
	for (size_t i = 0; i < shelf->n; i++) {
		const char *key = shelf->rows[i];

		if (!type || (!strncmp(key, type, len) && key[len] == ' '))
			list[(*n)++] = key;
	}
	return 0;
}

int store_each(const struct store *s, enum store_kind kind, const char *type, const char *partition,
	       int (*func)(void *userdata, const char *path, struct json_object *obj),
	       void *userdata)
{
	_cleanup_free_ const char **rows = NULL;
	size_t n = 0;
	int r = 0;

	if (partition)
		r = add_rows(part_shelf(s, kind, partition), type, &rows, &n);
	for (size_t i = 0; !partition && r == 0 && i < s->n_parts; i++)
		r = add_rows(&s->parts[i]->kinds[kind], type, &rows, &n);
	if (n > 0)
		qsort(rows, n, sizeof(*rows), by_text);
	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_json_ struct json_object *obj = row_open(rows[i]);
		const char *path = strrchr(rows[i], ' ');

		r = obj ? func(userdata, path ? path + 1 : rows[i], obj) : -ENOMEM;
	}
	return r;
}

int store_each_path(const struct store *s, enum store_kind kind, const char *partition,
		    int (*func)(void *userdata, const char *path), void *userdata)
{
	const struct shelf *all = part_shelf(s, kind, partition);
	int r = 0;

	for (size_t i = 0; all && r == 0 && i < all->n; i++)
		r = func(userdata, all->rows[i]);
	return r;
}
