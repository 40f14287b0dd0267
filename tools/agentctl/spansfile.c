/* SPDX-License-Identifier: MIT */
/* spansfile.c -- where the bytes of a rendered file come from, as the agent keeps it */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/spans.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"
#include "tools/agentctl/spansfile.h"

#define TARGET_MAX (16u * 1024 * 1024)

void spansfile_done(struct spansfile *f)
{
	json_object_put(f->doc);
	free(f->text);
	*f = (struct spansfile){};
}

int spansfile_path(struct ctl *ctl, const char *file, char **ret)
{
	_cleanup_free_ char *full = str_printf("%s%s", ctl->root, file);
	_cleanup_free_ char *root = realpath(*ctl->root ? ctl->root : "/", NULL);
	_cleanup_free_ char *real = full ? realpath(full, NULL) : NULL;
	size_t len;

	if (!real || !root) {
		int r = -errno;

		show_error(ctl, NULL, "%s%s: %s", ctl->root, file, strerror(-r));
		return r;
	}
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(real, root, len) != 0 || real[len] != '/') {
		show_error(ctl, NULL, "%s leads out of %s", file, ctl->root);
		return -EXDEV;
	}
	*ret = strdup(real + len);
	return *ret ? 0 : -ENOMEM;
}

/* Below the root; owned, NULL without memory or for a name that is too long. */
static char *path_of(const char *file)
{
	_cleanup_free_ char *name = spans_name(file);

	return name && *name ? str_printf(SPANS_DIR "/%s", name) : NULL;
}

bool spansfile_there(struct ctl *ctl, const char *file)
{
	_cleanup_free_ char *path = path_of(file);
	_cleanup_free_ char *full = path ? str_printf("%s%s", ctl->root, path) : NULL;

	return full && access(full, F_OK) == 0;
}

static int read_doc(struct spansfile *f, const char *text, size_t len)
{
	int64_t version, covered;

	if (json_parse(text, len, 8, &f->doc, NULL) < 0 ||
	    json_get_int(f->doc, "version", &version) < 0 || version != SPANS_VERSION ||
	    json_get_str(f->doc, "target", &f->target) < 0 ||
	    json_get_str(f->doc, "source", &f->source) < 0 ||
	    json_get_arr(f->doc, "facts", &f->facts) < 0 ||
	    json_get_arr(f->doc, "places", &f->places) < 0 ||
	    json_get_arr(f->doc, "spans", &f->spans) < 0 ||
	    json_get_int(f->doc, "covered", &covered) < 0 || covered < 0)
		return -EBADMSG;
	f->covered = (size_t)covered;
	return 0;
}

static int load_doc(struct ctl *ctl, const char *file, struct spansfile *f)
{
	_cleanup_free_ char *path = path_of(file), *text = NULL;
	size_t len;
	int r;

	r = path ? file_read(ctl->root, path, SPANS_FILE_MAX, &text, &len, NULL) : -ENOENT;
	if (r == 0)
		r = read_doc(f, text, len);
	if (r == -ENOENT || r == -ENOTDIR)
		show_error(ctl, "agentctl status",
			   "nothing is kept about %s: no template was rendered into it", file);
	else if (r == -EACCES)
		show_error(ctl, "sudo agentctl explain ...",
			   "where %s comes from is for root only, as the file or its template is",
			   file);
	else if (r < 0)
		show_error(ctl, "agentctl apply", "%s%s: %s", ctl->root, path ?: file,
			   r == -EBADMSG ? "not of a form that is known here" : strerror(-r));
	return r;
}

static int load_text(struct ctl *ctl, const char *file, struct spansfile *f)
{
	char hash[SPANS_HASH_TEXT], age[SHOW_AGE_MAX];
	int r;

	r = file_read(ctl->root, file, TARGET_MAX, &f->text, &f->len, NULL);
	if (r < 0) {
		show_error(ctl, NULL, "%s%s: %s", ctl->root, file, strerror(-r));
		return r;
	}
	if (strcmp(spans_hash_text(f->text, f->len, hash), show_str(f->doc, "hash")) == 0)
		return 0;
	show_error(ctl, "agentctl diff", "%s is not what was rendered %s ago: it was changed since",
		   file, show_since(show_num(f->doc, "rendered"), age));
	return -ESTALE;
}

int spansfile_load(struct ctl *ctl, const char *file, struct spansfile *ret)
{
	_cleanup_spansfile_ struct spansfile f = {};
	int r;

	r = load_doc(ctl, file, &f);
	if (r >= 0)
		r = load_text(ctl, file, &f);
	if (r < 0)
		return r;
	*ret = f;
	f = (struct spansfile){};
	return 0;
}

/* Item I of ARR if it is a number that is none below 0; else -1. */
static int64_t number_at(struct json_object *arr, size_t i)
{
	struct json_object *v = json_object_is_type(arr, json_type_array)
					? json_object_array_get_idx(arr, i)
					: NULL;

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : -1;
}

static bool is_secret(const struct spansfile *f, size_t span)
{
	struct json_object *secret;

	if (json_get_arr(f->doc, "secret", &secret) < 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(secret); i++)
		if (number_at(secret, i) == (int64_t)span)
			return true;
	return false;
}

int spansfile_at(const struct spansfile *f, size_t i, struct spansfile_span *ret)
{
	struct json_object *row = json_object_array_get_idx(f->spans, i), *place;
	int64_t start = number_at(row, 0), end = number_at(row, 1), at = number_at(row, 2);

	if (i >= json_object_array_length(f->spans))
		return -ENOENT;
	place = at >= 0 ? json_object_array_get_idx(f->places, (size_t)at) : NULL;
	if (start < 0 || end < start || (uint64_t)end > f->len || !place)
		return -EBADMSG;
	*ret = (struct spansfile_span){
		.start = (size_t)start,
		.end = (size_t)end,
		.line = (unsigned)show_num(place, "line"),
		.column = (unsigned)show_num(place, "column"),
		.secret = is_secret(f, i),
	};
	json_get_arr(place, "when", &ret->when);
	if (json_get_str(place, "expression", &ret->expression) >= 0)
		json_get_arr(place, "facts", &ret->facts);
	return 0;
}
