/* SPDX-License-Identifier: MIT */
/* statusfile.c -- the status as text, and the file that holds it */
#include "agent/statusfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/json.h"
#include "agent/sys/sys.h"

static size_t read_line(const char *path, char *ret, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n > 0 ? n : 0] = '\0';
	return strlen(ret);
}

void statusfile_process(struct status *s)
{
	char text[1024], *p;

	read_line("/proc/sys/kernel/random/boot_id", s->boot_id, sizeof(s->boot_id));
	s->boot_id[strcspn(s->boot_id, "\n")] = '\0';

	/* The name in field 2 may hold anything, so count from its closing bracket. */
	read_line("/proc/self/stat", text, sizeof(text));
	p = strrchr(text, ')');
	if (p)
		sscanf(p,
		       ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		       "%*d %*d %" SCNu64,
		       &s->pid_start);
}

static int add_identity(struct json_object *obj, const struct status_identity *id)
{
	struct json_object *o = json_object_new_object();

	/* The parent owns it from here on, whatever happens. */
	if (json_set(obj, "identity", o) < 0 || json_set_str(o, "state", id->state) < 0 ||
	    json_set_str(o, "vm", id->vm) < 0 || json_set_str(o, "env", id->env) < 0 ||
	    json_set_str(o, "from", id->from) < 0 ||
	    json_set_int(o, "confirmed", (int64_t)id->confirmed) < 0)
		return -ENOMEM;
	return 0;
}

static int add_modules(struct json_object *obj, const struct status *s)
{
	struct json_object *modules = json_object_new_array();

	if (json_set(obj, "modules", modules) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_modules; i++) {
		const struct status_entry *e = &s->modules[i];
		struct json_object *o = json_object_new_object();

		if (json_append(modules, o) < 0 || json_set_str(o, "name", e->name) < 0 ||
		    json_set_str(o, "state", state_name(e->state)) < 0 ||
		    json_set_str(o, "reason", e->reason ?: "") < 0 ||
		    json_set_int(o, "since", (int64_t)e->since) < 0 ||
		    json_set_str(o, "next", e->next ?: "") < 0 ||
		    (e->as_of && json_set_int(o, "as_of", (int64_t)e->as_of) < 0))
			return -ENOMEM;
	}
	return 0;
}

static int add_pass(struct json_object *obj, const struct status_pass *pass)
{
	struct json_object *o = json_object_new_object();

	if (json_set(obj, "pass", o) < 0 || json_set_int(o, "number", pass->number) < 0 ||
	    json_set_str(o, "trigger", pass->trigger) < 0 ||
	    json_set_int(o, "ended", (int64_t)pass->ended) < 0 ||
	    json_set_int(o, "changes", pass->changes) < 0 ||
	    json_set_str(o, "result", pass->result) < 0)
		return -ENOMEM;
	return 0;
}

static int add_pause(struct json_object *obj, const struct status *s)
{
	struct json_object *o;

	if (!s->paused_until)
		return 0;
	o = json_object_new_object();
	if (json_set(obj, "paused", o) < 0 ||
	    json_set_int(o, "until", (int64_t)s->paused_until) < 0 ||
	    json_set_str(o, "by", s->paused_by) < 0)
		return -ENOMEM;
	return 0;
}

static int add_process(struct json_object *obj, const struct status *s, uint64_t now)
{
	if (json_set_str(obj, "schema", "envagent.status/1") < 0 ||
	    json_set_str(obj, "version", VERSION) < 0 || json_set_int(obj, "pid", getpid()) < 0 ||
	    json_set_int(obj, "pid_start", (int64_t)s->pid_start) < 0 ||
	    json_set_str(obj, "boot_id", s->boot_id) < 0 ||
	    json_set_int(obj, "written", (int64_t)now) < 0 ||
	    json_set_int(obj, "fresh_sec", s->fresh) < 0)
		return -ENOMEM;
	return 0;
}

int status_text(struct status *s, uint64_t now, struct buf *out)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	const struct status_summary *sum = status_summary(s);
	const char *text;

	if (!obj || add_process(obj, s, now) < 0 ||
	    json_set_str(obj, "state", state_name(sum->state)) < 0 ||
	    json_set_str(obj, "reason", sum->reason) < 0 ||
	    json_set_int(obj, "since", (int64_t)sum->since) < 0 ||
	    json_set_str(obj, "next", sum->next) < 0 || add_identity(obj, &s->identity) < 0 ||
	    json_set_str(obj, "host", s->host ?: "") < 0 || add_modules(obj, s) < 0 ||
	    add_pass(obj, &s->pass) < 0 ||
	    json_set_int(obj, "next_pass", (int64_t)s->next_pass) < 0 ||
	    json_set_str(obj, "waiting", s->waiting ?: "") < 0 ||
	    json_set_str(obj, "local", s->local) < 0 || add_pause(obj, s) < 0)
		return -ENOMEM;

	text = json_text(obj);
	if (!text)
		return -ENOMEM;
	buf_adds(out, text);
	return buf_addc(out, '\n');
}

/* /run is memory: rename alone gives readers the old text or the new one, fsync would be for show.
 */
static int replace(const char *path, const struct buf *text)
{
	_cleanup_free_ char *tmp = str_printf("%s.new", path);
	_cleanup_close_ int fd = -1;

	if (!tmp)
		return -ENOMEM;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	if (write(fd, text->data, text->len) != (ssize_t)text->len || fchmod(fd, 0644) < 0 ||
	    rename(tmp, path) < 0) {
		int r = errno ? -errno : -EIO;

		unlink(tmp);
		return r;
	}
	return 0;
}

int status_write(struct status *s)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (!s->dirty)
		return 0;
	r = status_text(s, sys_now_realtime(), &text);
	if (r < 0)
		return r;
	r = replace(s->path, &text);
	if (r < 0)
		return r;
	s->dirty = false;
	return 1;
}

int status_touch(struct status *s)
{
	return utimensat(AT_FDCWD, s->path, NULL, 0) < 0 ? -errno : 0;
}
