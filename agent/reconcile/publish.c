/* SPDX-License-Identifier: MIT */
/* publish.c -- the document in, the facts out */
#include "agent/reconcile/publish.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/facts-env.h"

/* The document's own size some times over: what it tells stands in the facts more than once. */
#define FACTS_MAX (8 * DOCUMENT_MAX)

int read_document(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = malloc(DOCUMENT_MAX + 2);
	size_t len = 0;

	if (!text)
		return -ENOMEM;
	for (;;) {
		/* by offset: whoever else holds this descriptor shares its position */
		ssize_t n = pread(fd, text + len, DOCUMENT_MAX + 1 - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > DOCUMENT_MAX)
			return -EFBIG;
	}
	text[len] = '\0';
	*ret = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

static int write_to_fd(struct json_object *obj, int fd)
{
	const char *text = json_text(obj);
	size_t len, at = 0;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	if (ftruncate(fd, 0) < 0)
		return -errno;
	while (at < len) {
		ssize_t n = pwrite(fd, text + at, len - at, (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			at += (size_t)n;
	}
	return 0;
}

int publish_to_fd(const struct facts *facts, int fd)
{
	_cleanup_json_ struct json_object *obj = NULL;
	int r = facts_to_json(facts, true, &obj);

	return r < 0 ? r : write_to_fd(obj, fd);
}

int read_facts(int fd, struct facts **ret)
{
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *text = NULL, *error = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || st.st_size > FACTS_MAX)
		return -EBADMSG;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, st.st_size, 0) != st.st_size)
		return -EBADMSG;
	r = json_parse(text, st.st_size, 32, &obj, NULL);
	return r < 0 ? r : facts_from_json(obj, "envagent-reconcile", ret, &error);
}

/* The same fact, whenever it was read. */
static bool same_fact(struct json_object *a, struct json_object *b)
{
	if (!json_object_is_type(a, json_type_object) ||
	    !json_object_is_type(b, json_type_object) ||
	    json_object_object_length(a) != json_object_object_length(b))
		return false;
	json_object_object_foreach (a, key, v) {
		struct json_object *w;

		if (!json_object_object_get_ex(b, key, &w) ||
		    (strcmp(key, "time") != 0 && !json_object_equal(v, w)))
			return false;
	}
	return true;
}

/* Does the file hold these facts already? */
static bool published(struct sys *sys, const char *path, struct json_object *obj)
{
	_cleanup_json_ struct json_object *old = NULL;
	struct json_object *ours, *theirs, *fact;
	_cleanup_free_ char *text = NULL;
	int64_t version, now;
	size_t len;

	if (sys_read(sys, path, &text, &len) < 0 || json_parse(text, len, 32, &old, NULL) < 0)
		return false;
	if (json_get_int(old, "version", &version) < 0 || json_get_int(obj, "version", &now) < 0 ||
	    json_get_obj(old, "facts", &theirs) < 0 || json_get_obj(obj, "facts", &ours) < 0)
		return false;
	if (version != now || json_object_object_length(ours) != json_object_object_length(theirs))
		return false;
	json_object_object_foreach (ours, name, v)
		if (!json_object_object_get_ex(theirs, name, &fact) || !same_fact(v, fact))
			return false;
	return true;
}

int publish_found(const struct facts *facts, int fd_facts, int fd_found, struct sys *sys)
{
	_cleanup_(facts_freep) struct facts *given = NULL;
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *all;
	int r = read_facts(fd_facts, &given);

	if (r >= 0)
		r = facts_to_json(facts, false, &obj);
	if (r >= 0)
		r = json_get_obj(obj, "facts", &all);
	if (r < 0)
		return r;
	for (size_t i = 0; i < facts_count(given); i++)
		json_object_object_del(all, facts_at(given, i)->name);
	return published(sys, LEADER_FACTS_PATH, obj) ? 0 : write_to_fd(obj, fd_found);
}

static int write_public(struct sys *sys, const char *path, const char *text, size_t len)
{
	return sys_write(sys, path, text, len,
			 &(struct sys_write_opts){ .mode = 0644, .uid = -1, .gid = -1 });
}

static int publish_json(const struct facts *facts, struct sys *sys)
{
	_cleanup_json_ struct json_object *obj = NULL;
	const char *text;
	int r;

	r = facts_to_json(facts, false, &obj);
	if (r < 0)
		return r;
	if (published(sys, FACTS_PATH, obj))
		return 0;
	text = json_text(obj);
	return text ? write_public(sys, FACTS_PATH, text, strlen(text)) : -ENOMEM;
}

int publish_facts(const struct facts *facts, struct sys *sys)
{
	_cleanup_buf_ struct buf env = BUF_INIT;
	int r, changed;

	r = sys_mkdir(sys, RUN_DIR, 0755);
	if (r < 0)
		return r;
	changed = publish_json(facts, sys);
	if (changed < 0)
		return changed;
	r = facts_to_env(facts, &env);
	if (r >= 0)
		r = write_public(sys, FACTS_ENV_PATH, env.data, env.len);
	return r < 0 ? r : changed || r;
}
