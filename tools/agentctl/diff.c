/* SPDX-License-Identifier: MIT */
/* diff.c -- the verb diff: rendered files as they are, against what would be rendered now */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "tools/agentctl/ask.h"
#include "tools/agentctl/once.h"
#include "tools/agentctl/show.h"
#include "tools/agentctl/spansfile.h"

#define WRITE "write "

/* As those of diff(1), which scripts know. */
enum { DIFF_SAME = 0, DIFF_DIFFERS = 1, DIFF_TROUBLE = 2 };

struct comparison {
	struct ctl *ctl;
	const char *file;	   /* this one alone; NULL: all */
	struct json_object *files; /* with --json: what differs, owned */
	struct json_object *json;  /* of the present file, borrowed */
	bool differs;		   /* anything */
	bool within;		   /* the present file is asked for */
	bool hidden;		   /* differences were not told: we are not root */
	bool held;		   /* not all templates could be rendered */
	struct buf hunk;	   /* lines of the present group */
	size_t before, after;	   /* where it starts */
	size_t n_before, n_after;  /* its lines */
};

static void comparison_done(struct comparison *c)
{
	json_object_put(c->files);
	buf_done(&c->hunk);
}

static enum show_color color_of(char c)
{
	return c == '+' ? SHOW_GOOD : c == '-' ? SHOW_BAD : SHOW_PLAIN;
}

/* The head of a group counts its lines, so they are gathered before; one without a line has the
 * number of the line before it. */
static void end_hunk(struct comparison *c)
{
	FILE *out = c->ctl->out;

	if (c->hunk.len == 0)
		return;
	fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n", c->before - (c->n_before == 0), c->n_before,
		c->after - (c->n_after == 0), c->n_after);
	for (char *line = c->hunk.data, *end; *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		show_cell(c->ctl, color_of(*line), line, 0);
		fputc('\n', out);
	}
	buf_reset(&c->hunk);
	c->n_before = c->n_after = 0;
}

/* The target may be a link to the file that is asked for. */
static bool same_file(const struct ctl *ctl, const char *a, const char *b)
{
	_cleanup_free_ char *a_full = str_printf("%s%s", ctl->root, a);
	_cleanup_free_ char *b_full = str_printf("%s%s", ctl->root, b);
	struct stat a_st, b_st;

	return a_full && b_full && stat(a_full, &a_st) == 0 && stat(b_full, &b_st) == 0 &&
	       a_st.st_dev == b_st.st_dev && a_st.st_ino == b_st.st_ino;
}

static int begin_file(struct comparison *c, const char *path)
{
	int r;

	end_hunk(c);
	c->within = !c->file || same_file(c->ctl, c->file, path);
	if (!c->within)
		return 0;
	c->differs = true;
	/* until a line of difference comes */
	c->hidden = true;
	if (!c->files) {
		fputs("--- ", c->ctl->out);
		show_text(c->ctl->out, path);
		fputs("\n+++ ", c->ctl->out);
		show_text(c->ctl->out, path);
		fputs(" (rendered)\n", c->ctl->out);
		return 0;
	}
	c->json = json_object_new_object();
	r = json_append(c->files, c->json);
	if (r >= 0)
		r = json_set_str(c->json, "file", path);
	return r < 0 ? r : json_set(c->json, "diff", json_object_new_array());
}

static int on_line(struct comparison *c, const char *line)
{
	struct json_object *lines;
	size_t before, after;

	if (!c->within)
		return 0;
	c->hidden = false;
	if (c->files)
		return json_get_arr(c->json, "diff", &lines) < 0
			       ? -EBADMSG
			       : json_append(lines, json_object_new_string(line));
	if (sscanf(line, "@@ -%zu +%zu @@", &before, &after) == 2) {
		end_hunk(c);
		c->before = before;
		c->after = after;
		return 0;
	}
	if (*line == '(') {
		/* what is no line: a secret, a mode, an owner */
		end_hunk(c);
		show_cell(c->ctl, SHOW_DIM, line, 0);
		fputc('\n', c->ctl->out);
		return 0;
	}
	if (*line == '\\')
		line = "\\ No newline at end of file";
	c->n_before += *line == '-' || *line == ' ';
	c->n_after += *line == '+' || *line == ' ';
	return buf_addf(&c->hunk, "%s\n", line);
}

static int on_event(void *userdata, struct json_object *event)
{
	struct comparison *c = userdata;
	const char *kind = show_str(event, "kind"), *state = show_str(event, "state"),
		   *reason = show_str(event, "reason");

	if (strcmp(show_str(event, "module"), "template") != 0)
		return 0;
	if (strcmp(kind, "state") == 0 && strcmp(state, "ready") != 0 &&
	    strcmp(state, "off") != 0) {
		c->held = true;
		show_error(c->ctl, show_str(event, "next"), "%s", reason);
	}
	if (strcmp(kind, "change") != 0)
		return 0;
	if (strcmp(state, "diff") == 0)
		return on_line(c, reason);
	c->within = false;
	return strncmp(reason, WRITE, strlen(WRITE)) == 0 ? begin_file(c, reason + strlen(WRITE))
							  : 0;
}

static int conclude(struct comparison *c)
{
	_cleanup_json_ struct json_object *top = NULL;
	int r;

	end_hunk(c);
	if (c->files) {
		top = json_object_new_object();
		r = top ? json_set_str(top, "schema", "envagent.diff/1") : -ENOMEM;
		if (r >= 0)
			r = json_set(top, "files", json_object_get(c->files));
		if (r < 0)
			return DIFF_TROUBLE;
		show_json(c->ctl, top);
	}
	if (c->hidden) {
		show_error(c->ctl, "sudo agentctl diff", "differences are shown to root only");
		return DIFF_TROUBLE;
	}
	if (c->file && c->differs)
		return DIFF_DIFFERS;
	return c->held ? DIFF_TROUBLE : c->differs ? DIFF_DIFFERS : DIFF_SAME;
}

static struct json_object *parameters(void)
{
	struct json_object *obj = json_object_new_object();

	if (obj && json_set_str(obj, "module", "template") < 0) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

static int compare(struct comparison *c, struct client *client)
{
	struct json_object *event;
	int r;

	r = client_call(client, "Plan", parameters(), true);
	while (r >= 0) {
		_cleanup_reply_ struct client_reply reply = {};

		r = client_next(client, &reply);
		if (r < 0)
			break;
		if (reply.error) {
			ask_refused(c->ctl, "diff", &reply);
			return DIFF_TROUBLE;
		}
		if (!reply.continues)
			return conclude(c);
		r = json_get_obj(reply.parameters, "event", &event);
		if (r >= 0)
			r = on_event(c, event);
	}
	ask_failed(c->ctl, "diff", r);
	return DIFF_TROUBLE;
}

/* Without a daemon: a pass of our own, which changes nothing. */
static int compare_once(struct comparison *c)
{
	int code = once_follow(c->ctl, "--plan", "template", on_event, c);

	return code == CTL_READY || code == CTL_DEGRADED || code == CTL_CONVERGING ||
			       code == CTL_QUARANTINED
		       ? conclude(c)
		       : DIFF_TROUBLE;
}

int ctl_diff(struct ctl *ctl)
{
	_cleanup_(comparison_done) struct comparison c = { .ctl = ctl };
	_cleanup_(client_freep) struct client *client = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	if (ctl->args[0] && spansfile_path(ctl, ctl->args[0], &path) < 0)
		return DIFF_TROUBLE;
	if (path && !spansfile_there(ctl, path)) {
		show_error(ctl, "agentctl status", "no template was rendered into %s", path);
		return DIFF_TROUBLE;
	}
	c.file = path;
	c.files = ctl->json ? json_object_new_array() : NULL;
	if (ctl->json && !c.files)
		return DIFF_TROUBLE;
	r = ask_open(ctl, &client);
	if (ask_nobody(r) && geteuid() == 0)
		return compare_once(&c);
	if (r < 0) {
		ask_failed(ctl, "diff", r);
		return DIFF_TROUBLE;
	}
	return compare(&c, client);
}
