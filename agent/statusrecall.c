/* SPDX-License-Identifier: MIT */
/* statusrecall.c -- the status that a process before us has left */
#include "agent/statusfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/base/json.h"

#define FILE_MAX (256u * 1024)
#define DEPTH_MAX 16

static int load(const char *path, struct json_object **ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT_MAX(FILE_MAX);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char part[4096];
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && !text.error) {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			(void)buf_add(&text, part, (size_t)n);
	}
	if (n < 0)
		return -errno;
	return text.error ? text.error
			  : json_parse(text.data ?: "", text.len, DEPTH_MAX, ret, NULL);
}

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text;

	return json_get_str(o, key, &text) == 0 ? text : "";
}

static uint64_t number_of(struct json_object *o, const char *key)
{
	int64_t n;

	return json_get_int(o, key, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

static void recall_module(struct status *s, struct json_object *o, uint64_t then)
{
	struct event ev = { .kind = EVENT_STATE, .since = number_of(o, "since") };
	uint64_t as_of = number_of(o, "as_of");

	snprintf(ev.module, sizeof(ev.module), "%s", text_of(o, "name"));
	snprintf(ev.state, sizeof(ev.state), "%s", text_of(o, "state"));
	snprintf(ev.reason, sizeof(ev.reason), "%s", text_of(o, "reason"));
	snprintf(ev.next, sizeof(ev.next), "%s", text_of(o, "next"));
	if (!ev.module[0] || state_from_name(ev.state) < 0)
		return;
	status_module(s, &ev);
	for (size_t i = 0; i < s->n_modules; i++)
		if (!strcmp(s->modules[i].name, ev.module))
			s->modules[i].as_of = as_of ?: then;
}

static uint64_t recall_pass(struct status *s, struct json_object *doc)
{
	struct status_pass pass = {};
	struct json_object *o;

	if (json_get_obj(doc, "pass", &o) < 0)
		return 0;
	pass.number = (unsigned)number_of(o, "number");
	pass.ended = number_of(o, "ended");
	pass.changes = (int)number_of(o, "changes");
	snprintf(pass.trigger, sizeof(pass.trigger), "%s", text_of(o, "trigger"));
	snprintf(pass.result, sizeof(pass.result), "%s", text_of(o, "result"));
	if (pass.ended > 0)
		status_pass(s, &pass);
	return pass.ended;
}

int status_recall(struct status *s)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *modules;
	uint64_t then;
	int r;

	r = load(s->path, &doc);
	if (r < 0)
		return r;
	if (strcmp(text_of(doc, "schema"), "envagent.status/1") != 0 ||
	    strcmp(text_of(doc, "boot_id"), s->boot_id) != 0)
		return -ESTALE;
	status_host(s, text_of(doc, "host"));
	then = recall_pass(s, doc) ?: number_of(doc, "written");
	if (json_get_arr(doc, "modules", &modules) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(modules); i++)
		recall_module(s, json_object_array_get_idx(modules, i), then);
	return 0;
}
