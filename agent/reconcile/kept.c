/* SPDX-License-Identifier: MIT */
/* kept.c -- what a pass remembers for the next one of the same boot */
#include "agent/reconcile/kept.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/protocol.h"

#define KEPT_VERSION 1

struct kept {
	const char *path;
	struct json_object *top;
	struct json_object *modules; /* borrowed from TOP */
	char *text;		     /* what the file has, NULL if that is not known */
	bool foreign;		     /* of a newer version: not ours to replace */
};

void kept_free(struct kept *k)
{
	if (!k)
		return;
	json_object_put(k->top);
	free(k->text);
	free(k);
}

static int start_empty(struct kept *k)
{
	struct json_object *modules = json_object_new_object();
	int r;

	json_object_put(k->top);
	k->top = json_object_new_object();
	if (!k->top || !modules) {
		json_object_put(modules);
		return -ENOMEM;
	}
	k->modules = modules;
	r = json_set(k->top, "modules", modules);
	return r < 0 ? r : json_set_int(k->top, "version", KEPT_VERSION);
}

int kept_load(struct sys *sys, const char *path, struct kept **ret)
{
	_cleanup_(kept_freep) struct kept *k = calloc(1, sizeof(*k));
	int64_t version = 0;
	size_t len = 0;
	int r;

	if (!k)
		return -ENOMEM;
	k->path = path;
	r = sys_read(sys, path, &k->text, &len);
	if (r >= 0)
		r = json_parse(k->text, len, 16, &k->top, NULL);
	if (r == -ENOMEM)
		return r;
	if (r >= 0 && json_get_int(k->top, "version", &version) >= 0)
		k->foreign = version > KEPT_VERSION;
	if (version != KEPT_VERSION || json_get_obj(k->top, "modules", &k->modules) < 0) {
		r = start_empty(k);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(k);
	return 0;
}

/* The object at KEY of OBJ, made if it is none. */
static struct json_object *object_at(struct json_object *obj, const char *key)
{
	struct json_object *at;

	if (json_get_obj(obj, key, &at) >= 0)
		return at;
	at = json_object_new_object();
	return json_set(obj, key, at) < 0 ? NULL : at;
}

struct json_object *kept_object(struct kept *k, const char *module)
{
	struct json_object *entry = object_at(k->modules, module);

	return entry ? object_at(entry, "own") : NULL;
}

uint64_t kept_since(struct kept *k, const char *module, enum state state)
{
	struct json_object *entry = object_at(k->modules, module);
	uint64_t now = sys_now_realtime();
	const char *former;
	int64_t since;

	if (!entry)
		return now;
	if (json_get_str(entry, "state", &former) >= 0 && strcmp(former, state_name(state)) == 0 &&
	    json_get_int(entry, "since", &since) >= 0)
		return (uint64_t)since;
	if (json_set_str(entry, "state", state_name(state)) >= 0)
		json_set_int(entry, "since", (int64_t)now);
	return now;
}

bool kept_confirmed(struct kept *k, bool read)
{
	bool before = false;

	if (json_get_bool(k->top, "confirmed", &before) >= 0 && before)
		return true;
	/* without memory it is asked again by the next pass */
	if (read)
		json_set_bool(k->top, "confirmed", true);
	return read;
}

int kept_save(struct kept *k, struct sys *sys)
{
	const char *now = json_text(k->top);
	_cleanup_free_ char *dir = NULL, *text = NULL;
	int r;

	if (!now)
		return -ENOMEM;
	if (k->foreign || (k->text && strcmp(k->text, now) == 0))
		return 0;
	text = strdup(now);
	dir = strndup(k->path, strrchr(k->path, '/') - k->path);
	r = dir && text ? sys_mkdir(sys, dir, 0755) : -ENOMEM;
	if (r >= 0)
		r = sys_write(sys, k->path, text, strlen(text),
			      &(struct sys_write_opts){ .mode = 0600, .uid = -1, .gid = -1 });
	if (r < 0)
		return r;
	free(k->text);
	k->text = TAKE_PTR(text);
	return r;
}
