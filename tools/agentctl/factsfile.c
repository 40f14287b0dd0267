/* SPDX-License-Identifier: MIT */
/* factsfile.c -- facts out of a JSON file */
#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"
#include "tools/agentctl/factsfile.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"

#define FACTS_MAX (8u * 1024 * 1024)
#define FACTS_DEPTH 64
#define FACTS_VERSION 1

struct factsfile {
	struct json_object *doc;
	struct json_object *facts; /* borrowed from DOC */
	bool plain;
	const char **names; /* sorted, borrowed from DOC */
	size_t n;
};

void factsfile_free(struct factsfile *f)
{
	if (!f)
		return;
	json_object_put(f->doc);
	free(f->names);
	free(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool name_valid(const char *s)
{
	return *s >= 'a' && *s <= 'z' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static int factsfile_index(struct factsfile *f, const char *path, char **ret_error)
{
	f->names = calloc((size_t)json_object_object_length(f->facts) + 1, sizeof(*f->names));
	if (!f->names)
		return -ENOMEM;
	json_object_object_foreach (f->facts, name, value) {
		if (!name_valid(name)) {
			*ret_error =
				str_printf("%s: '%s' is no name for a fact: a lower case letter, "
					   "then letters, digits and _",
					   path, name);
			return -EBADMSG;
		}
		if (!f->plain && !json_object_is_type(value, json_type_object)) {
			*ret_error = str_printf("%s: fact '%s' is no object with state and value",
						path, name);
			return -EBADMSG;
		}
		f->names[f->n++] = name;
	}
	qsort(f->names, f->n, sizeof(*f->names), by_name);
	return 0;
}

static int factsfile_parse(struct factsfile *f, const char *path, const char *text, size_t len,
			   char **ret_error)
{
	unsigned line, column;
	int64_t version;
	size_t offset;
	int r;

	r = json_parse(text, len, FACTS_DEPTH, &f->doc, &offset);
	if (r == -EBADMSG) {
		json_place(text, len, offset, &line, &column);
		*ret_error = str_printf("%s:%u:%u: this is no JSON", path, line, column);
	}
	if (r < 0)
		return r;
	if (!json_object_is_type(f->doc, json_type_object)) {
		*ret_error = str_printf("%s: expected an object {\"NAME\": VALUE, ...}", path);
		return -EBADMSG;
	}
	f->plain = json_get_int(f->doc, "version", &version) < 0 ||
		   json_get_obj(f->doc, "facts", &f->facts) < 0;
	if (f->plain)
		f->facts = f->doc;
	else if (version != FACTS_VERSION) {
		*ret_error = str_printf("%s: form %lld of the facts is not known here, only %d",
					path, (long long)version, FACTS_VERSION);
		return -EBADMSG;
	}
	return factsfile_index(f, path, ret_error);
}

int factsfile_load(const char *root, const char *path, struct factsfile **ret, char **ret_error)
{
	_cleanup_(factsfile_freep) struct factsfile *f = calloc(1, sizeof(*f));
	_cleanup_free_ char *text = NULL, *error = NULL;
	size_t len;
	int r;

	if (!f)
		return -ENOMEM;
	r = file_read(root, path, FACTS_MAX, &text, &len, NULL);
	if (r == 0)
		r = factsfile_parse(f, path, text, len, &error);
	if (r < 0) {
		*ret_error =
			error ? TAKE_PTR(error) : str_printf("%s%s: %s", root, path, strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(f);
	return 0;
}

int factsfile_add(struct factsfile *f, const char *root, const char *path, char **ret_error)
{
	_cleanup_(factsfile_freep) struct factsfile *more = NULL;
	_cleanup_free_ char *error = NULL;
	int r = factsfile_load(root, path, &more, &error);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	for (size_t i = 0; r >= 0 && i < more->n && more->plain == f->plain; i++) {
		struct json_object *entry;

		if (!json_object_object_get_ex(f->facts, more->names[i], NULL) &&
		    json_object_object_get_ex(more->facts, more->names[i], &entry))
			r = json_set(f->facts, more->names[i], json_object_get(entry));
	}
	if (r < 0) {
		*ret_error = TAKE_PTR(error);
		return r;
	}
	free(f->names);
	f->n = 0;
	return factsfile_index(f, path, ret_error);
}

static struct factsfile_fact read_entry(const char *name, struct json_object *entry)
{
	struct factsfile_fact fact = { .name = name, .whole = entry, .state = ERB_UNKNOWN };
	const char *state = show_str(entry, "state");

	fact.source = show_str(entry, "source");
	fact.path = show_str(entry, "path");
	fact.why = show_str(entry, "why");
	fact.time = show_num(entry, "time");
	json_get_bool(entry, "secret", &fact.secret);
	if (strcmp(state, "absent") == 0)
		fact.state = ERB_IS_ABSENT;
	else if (strcmp(state, "value") == 0 &&
		 json_object_object_get_ex(entry, "value", &fact.value))
		fact.state = ERB_FOUND;
	else if (strcmp(state, "value") == 0)
		fact.why = "secret, and not in this file";
	return fact;
}

struct factsfile_fact factsfile_get(const struct factsfile *f, const char *name)
{
	struct json_object *entry;

	if (!json_object_object_get_ex(f->facts, name, &entry))
		return (struct factsfile_fact){ .name = name,
						.state = ERB_NO_SUCH,
						.source = "",
						.path = "",
						.why = "no such fact" };
	if (!f->plain)
		return read_entry(name, entry);
	return (struct factsfile_fact){ .name = name,
					.state = entry ? ERB_FOUND : ERB_IS_ABSENT,
					.value = entry,
					.source = "",
					.path = "",
					.why = entry ? "" : "null in the file",
					.whole = entry };
}

size_t factsfile_count(const struct factsfile *f)
{
	return f->n;
}

struct factsfile_fact factsfile_at(const struct factsfile *f, size_t i)
{
	return factsfile_get(f, f->names[i]);
}

const char *factsfile_nearest(const struct factsfile *f, const char *name)
{
	struct nearest near = NEAREST_INIT(name);

	for (size_t i = 0; i < f->n; i++)
		nearest_offer(&near, f->names[i]);
	return near.best;
}

struct json_object *factsfile_json(const struct factsfile *f)
{
	return f->doc;
}

static enum erb_lookup erb_lookup(void *userdata, const char *name, struct json_object **ret_value,
				  bool *ret_secret, const char **ret_why)
{
	struct factsfile_fact fact = factsfile_get(userdata, name);

	*ret_value = fact.value;
	*ret_secret = fact.secret;
	*ret_why = fact.why;
	return fact.state;
}

static const char *erb_nearest(void *userdata, const char *name)
{
	return factsfile_nearest(userdata, name);
}

struct erb_facts factsfile_erb(struct factsfile *f)
{
	return (struct erb_facts){ .lookup = erb_lookup, .nearest = erb_nearest, .userdata = f };
}
