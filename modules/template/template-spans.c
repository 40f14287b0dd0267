/* SPDX-License-Identifier: MIT */
/* template-spans.c -- keeps where each byte of a target comes from */
#include "modules/template/template-spans.h"

#include <errno.h>
#include <string.h>

#include "agent/base/spans.h"

/* In the module's state: what is on the disk, and what waits to be. */
#define KEPT "spans"
#define WAITING "spans_waiting"

/* The object KEY of the module's state, made if need be; borrowed, NULL without memory. */
static struct json_object *state_object(struct pass *pass, const char *key)
{
	struct json_object *obj;

	if (json_get_obj(pass->state, key, &obj) >= 0)
		return obj;
	obj = json_object_new_object();
	return json_set(pass->state, key, obj) < 0 ? NULL : obj;
}

void template_spans_begin(struct pass *pass)
{
	json_object_object_del(pass->state, WAITING);
}

/* What the spans of OF are for: this text, from this template. Owned. */
static char *key_of(const struct spans_of *of)
{
	char source[SPANS_HASH_TEXT], text[SPANS_HASH_TEXT];

	return str_printf("%s %s %s", spans_hash_text(of->source_text, of->source_len, source),
			  spans_hash_text(of->result->out.data, of->result->out.len, text),
			  of->target);
}

int template_spans_compose(struct pass *pass, const struct spans_of *of)
{
	struct json_object *kept = state_object(pass, KEPT), *waiting, *doc;
	_cleanup_free_ char *key = key_of(of), *real = NULL;
	const char *old;
	int r;

	if (!kept || !key)
		return -ENOMEM;
	if (json_get_str(kept, of->name, &old) >= 0 && strcmp(old, key) == 0)
		return 0;
	r = sys_realpath(pass->sys, of->target, &real);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	waiting = state_object(pass, WAITING);
	doc = json_object_new_object();
	if (!waiting || json_set(waiting, of->name, doc) < 0)
		return -ENOMEM;
	r = json_set_str(doc, "key", key);
	return r < 0 ? r : template_spans_document(pass, of, real, doc);
}

/* ---- keeping ---- */

static struct json_object *fact_named(struct json_object *facts, const char *name)
{
	const char *other;

	for (size_t i = 0; i < json_object_array_length(facts); i++) {
		struct json_object *row = json_object_array_get_idx(facts, i);

		if (json_get_str(row, "name", &other) >= 0 && strcmp(name, other) == 0)
			return row;
	}
	return NULL;
}

/* ROW's value before, from the row OLD of the spans that it replaces. */
static int add_before(struct json_object *row, struct json_object *old)
{
	const char *now, *then, *before;
	int64_t time = 0;
	bool changed;
	int r;

	if (json_get_str(row, "value", &now) < 0)
		return 0;
	changed = json_get_str(old, "value", &then) >= 0 && strcmp(now, then) != 0;
	if (changed)
		before = then;
	else if (json_get_str(old, "before", &before) < 0)
		return 0;
	json_get_int(old, changed ? "time" : "before_time", &time);
	r = json_set_str(row, "before", before);
	return r < 0 ? r : json_set_int(row, "before_time", time);
}

/* The values of before, from the file at PATH if there is one. */
static int merge_before(struct pass *pass, const char *path, struct json_object *doc)
{
	_cleanup_json_ struct json_object *old = NULL;
	struct json_object *facts, *former, *row;
	_cleanup_free_ char *text = NULL;
	const char *name;
	size_t len;
	int r;

	r = sys_read(pass->sys, path, &text, &len);
	if (r >= 0)
		r = json_parse(text, len, 8, &old, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (json_get_arr(doc, "facts", &facts) < 0 || json_get_arr(old, "facts", &former) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(facts); i++) {
		row = json_object_array_get_idx(facts, i);
		if (json_get_str(row, "name", &name) < 0 || !fact_named(former, name))
			continue;
		r = add_before(row, fact_named(former, name));
		if (r < 0)
			return r;
	}
	return 0;
}

/* True if the target of DOC holds the text that it is about. */
static bool is_live(struct pass *pass, struct json_object *doc)
{
	_cleanup_free_ char *text = NULL;
	const char *target, *hash;
	char now[SPANS_HASH_TEXT];
	size_t len;

	return json_get_str(doc, "target", &target) >= 0 && json_get_str(doc, "hash", &hash) >= 0 &&
	       sys_read(pass->sys, target, &text, &len) >= 0 &&
	       strcmp(spans_hash_text(text, len, now), hash) == 0;
}

/* Who may read the template and the target may read what was made of the one in the other. */
static mode_t mode_for(struct pass *pass, struct json_object *doc)
{
	static const char *const keys[] = { "source", "target" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		_cleanup_(sys_stat_done) struct sys_stat st = {};
		_cleanup_free_ char *real = NULL;
		const char *path;

		if (json_get_str(doc, keys[i], &path) < 0 ||
		    sys_realpath(pass->sys, path, &real) < 0 ||
		    sys_lstat(pass->sys, real, &st) < 0 || !(st.mode & 04))
			return 0600;
	}
	return 0644;
}

/* 0 if it was written, -errno. */
static int write_doc(struct pass *pass, struct json_object *doc)
{
	struct sys_write_opts opts = { .mode = mode_for(pass, doc), .uid = -1, .gid = -1 };
	_cleanup_free_ char *path = NULL, *name = NULL;
	const char *target, *text;
	int r;

	if (json_get_str(doc, "target", &target) < 0)
		return -EBADMSG;
	name = spans_name(target);
	path = name ? str_printf(SPANS_DIR "/%s", name) : NULL;
	if (!path)
		return -ENOMEM;
	if (!*name)
		return 0;
	r = merge_before(pass, path, doc);
	if (r >= 0)
		r = sys_mkdir(pass->sys, SPANS_DIR, 0755);
	text = r >= 0 ? json_text(doc) : NULL;
	if (r >= 0)
		r = text ? sys_write(pass->sys, path, text, strlen(text), &opts) : -ENOMEM;
	return r < 0 ? r : 0;
}

/* The files of targets that no template has any more. */
static int remove_others(struct pass *pass)
{
	_cleanup_strv_ char **there = NULL, **wanted = NULL;
	char *const *name = conf_instances(pass->conf, "Template");
	int r;

	r = sys_list(pass->sys, SPANS_DIR, &there);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (; *name; name++) {
		struct {
			char *target;
		} values;
		static const struct conf_item item[] = {
			{ "Target", CONF_PATH, 0, NULL, NULL },
			{},
		};
		const struct conf_section section = { "Template", true, item, sizeof(values) };
		_cleanup_free_ char *real = NULL, *file = NULL;

		r = conf_get(pass->conf, &section, *name, &values);
		if (r < 0)
			return r;
		if (values.target && sys_realpath(pass->sys, values.target, &real) >= 0)
			file = spans_name(real);
		conf_done(item, &values);
		r = file ? strv_add(&wanted, file) : 0;
		if (r < 0)
			return r;
	}
	for (char **file = there; *file; file++) {
		_cleanup_free_ char *path = str_printf(SPANS_DIR "/%s", *file);

		if (path && !strv_contains(wanted, *file))
			sys_unlink(pass->sys, path);
	}
	return 0;
}

int template_spans_keep(struct pass *pass)
{
	struct json_object *kept = state_object(pass, KEPT), *waiting;
	_cleanup_free_ char *key = NULL;
	const char *text;
	int r;

	if (!kept)
		return -ENOMEM;
	if (json_get_obj(pass->state, WAITING, &waiting) < 0)
		return remove_others(pass);
	json_object_object_foreach (waiting, name, doc) {
		if (!is_live(pass, doc) || json_get_str(doc, "key", &text) < 0)
			continue;
		free(key);
		key = strdup(text);
		json_object_object_del(doc, "key");
		r = key ? write_doc(pass, doc) : -ENOMEM;
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			log_warning_errno(r, "Cannot keep where template %s comes from: %m", name);
		else if (json_set_str(kept, name, key) < 0)
			return -ENOMEM;
	}
	json_object_object_del(pass->state, WAITING);
	return remove_others(pass);
}
