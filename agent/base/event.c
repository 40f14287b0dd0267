/* SPDX-License-Identifier: MIT */
/* event.c -- the lines that a pass sends to its supervisor, a flat JSON object each */
#include "agent/base/event.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "agent/base/utf8.h"

static const char *const state_names[_STATE_MAX] = {
	[STATE_FAILED] = "failed",     [STATE_QUARANTINED] = "quarantined",
	[STATE_DEGRADED] = "degraded", [STATE_CONVERGING] = "converging",
	[STATE_READY] = "ready",       [STATE_OFF] = "off",
};

static const char *const kind_names[_EVENT_MAX] = {
	[EVENT_STATE] = "state", [EVENT_CHANGE] = "change", [EVENT_FACT] = "fact",
	[EVENT_LOG] = "log",	 [EVENT_WATCH] = "watch",   [EVENT_AGAIN] = "again",
	[EVENT_DONE] = "done",
};

/* What the key "state" may say for each kind. */
static const char *const kind_words[_EVENT_MAX][9] = {
	[EVENT_STATE] = { "failed", "quarantined", "converging", "degraded", "ready", "off" },
	[EVENT_CHANGE] = { "planned", "done", "failed", "diff" },
	[EVENT_FACT] = { "value", "absent", "unknown" },
	[EVENT_LOG] = { "0", "1", "2", "3", "4", "5", "6", "7" },
	[EVENT_WATCH] = { "file" },
	[EVENT_AGAIN] = { "pass" },
	[EVENT_DONE] = { "settled", "degraded", "failed" },
};

const char *state_name(enum state s)
{
	return (unsigned)s < _STATE_MAX ? state_names[s] : NULL;
}

int state_from_name(const char *name)
{
	for (int i = 0; i < _STATE_MAX; i++)
		if (!strcmp(state_names[i], name))
			return i;
	return -EINVAL;
}

const char *event_kind_name(enum event_kind k)
{
	return (unsigned)k < _EVENT_MAX ? kind_names[k] : NULL;
}

/*
 * The next character of the LEN bytes at S as it is shown: itself, or an escape such as \n or \x1b.
 * Returns its length in S.
 */
static size_t show(const char *s, size_t len, char shown[8])
{
	uint32_t c;
	size_t n = utf8_decode(s, len, &c);

	if (n && utf8_printable(c)) {
		memcpy(shown, s, n);
		shown[n] = '\0';
	} else if (n && c == '\n') {
		strcpy(shown, "\\n");
	} else if (n && c >= 0x80) {
		snprintf(shown, 8, "\\u%04" PRIx32, c & 0xffff);
	} else {
		n = 1;
		snprintf(shown, 8, "\\x%02x", (unsigned char)*s);
	}
	return n;
}

/*
 * Adds the field of at most SIZE bytes at S as a JSON string of at most MAX bytes, cut between two
 * characters; the reader's field has the same size, so what is shown must fit there too.
 */
static void add_string(struct buf *b, const char *s, size_t size, size_t max)
{
	size_t len = strnlen(s, size), used = 0, end = b->len + max - 1;
	char shown[8];

	buf_addc(b, '"');
	for (size_t i = 0; i < len;) {
		size_t n = show(s + i, len - i, shown), quotes = 0;

		for (const char *p = shown; *p; p++)
			quotes += *p == '"' || *p == '\\' || *p == '\t';
		if (used + strlen(shown) >= size || b->len + strlen(shown) + quotes > end)
			break;
		for (const char *p = shown; *p; p++) {
			if (*p == '"' || *p == '\\' || *p == '\t')
				buf_addc(b, '\\');
			buf_addc(b, *p == '\t' ? 't' : *p);
		}
		used += strlen(shown);
		i += n;
	}
	buf_addc(b, '"');
}

static int write_line(int fd, const struct buf *line)
{
	for (;;) {
		ssize_t n = write(fd, line->data, line->len);

		/* not over PIPE_BUF, so all or nothing */
		if (n >= 0)
			return 0;
		if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

int event_send(int fd, const struct event *ev)
{
	_cleanup_buf_ struct buf line = BUF_INIT_MAX(EVENT_LINE_MAX);
	_cleanup_buf_ struct buf tail = BUF_INIT_MAX(EVENT_LINE_MAX);
	const char *kind = event_kind_name(ev->kind);
	uint64_t t = ev->t;
	struct timespec now;

	if (!kind)
		return -EINVAL;
	if (!t) {
		clock_gettime(CLOCK_REALTIME, &now);
		t = (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	}

	/* the reason gets the room that the others leave */
	buf_addf(&tail, ",\"since\":%" PRIu64 ",\"next\":", ev->since);
	add_string(&tail, ev->next, sizeof(ev->next), 2 * sizeof(ev->next));
	buf_adds(&tail, "}\n");

	buf_addf(&line, "{\"t\":%" PRIu64 ",\"module\":", t);
	add_string(&line, ev->module, sizeof(ev->module), 2 * sizeof(ev->module));
	buf_addf(&line, ",\"kind\":\"%s\",\"state\":", kind);
	add_string(&line, ev->state, sizeof(ev->state), 2 * sizeof(ev->state));
	buf_adds(&line, ",\"reason\":");
	add_string(&line, ev->reason, sizeof(ev->reason), EVENT_LINE_MAX - line.len - tail.len);
	if (!tail.error)
		buf_add(&line, tail.data, tail.len);
	if (line.error || tail.error)
		return line.error ?: tail.error;
	return write_line(fd, &line);
}

static int read_string(struct json_object *obj, const char *key, char *ret, size_t size)
{
	const char *s = "";
	int r;

	r = json_get_str(obj, key, &s);
	if (r < 0 && r != -ENOENT)
		return -EBADMSG;
	if (strlen(s) >= size || !utf8_text(s, strlen(s)))
		return -EBADMSG;
	strcpy(ret, s);
	return 0;
}

static int read_time(struct json_object *obj, const char *key, uint64_t *ret)
{
	int64_t v = 0;
	int r;

	r = json_get_int(obj, key, &v);
	if ((r < 0 && r != -ENOENT) || v < 0)
		return -EBADMSG;
	*ret = v;
	return 0;
}

static int known_keys_only(struct json_object *obj)
{
	static const char *const known[] = { "t",      "module", "kind", "state",
					     "reason", "since",	 "next" };

	json_object_object_foreach (obj, key, v) {
		size_t i = 0;

		(void)v;
		while (i < ARRAY_SIZE(known) && strcmp(key, known[i]))
			i++;
		if (i == ARRAY_SIZE(known))
			return -EBADMSG;
	}
	return 0;
}

static int read_kind(struct json_object *obj, enum event_kind *ret)
{
	char text[16];

	if (read_string(obj, "kind", text, sizeof(text)) < 0)
		return -EBADMSG;
	for (int i = 0; i < _EVENT_MAX; i++)
		if (!strcmp(text, kind_names[i])) {
			*ret = i;
			return 0;
		}
	return -EBADMSG;
}

static int check_word(const struct event *ev)
{
	for (const char *const *w = kind_words[ev->kind]; *w; w++)
		if (!strcmp(*w, ev->state))
			return 0;
	return -EBADMSG;
}

int event_parse(const char *line, size_t len, struct event *ret)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct event ev = {};
	int r;

	if (len >= EVENT_LINE_MAX)
		return -EBADMSG;
	r = json_parse(line, len, 1, &obj, NULL);
	if (r < 0)
		return r;
	if (!json_object_is_type(obj, json_type_object) || known_keys_only(obj) < 0 ||
	    read_kind(obj, &ev.kind) < 0 || read_time(obj, "t", &ev.t) < 0 ||
	    read_time(obj, "since", &ev.since) < 0 ||
	    read_string(obj, "module", ev.module, sizeof(ev.module)) < 0 ||
	    read_string(obj, "state", ev.state, sizeof(ev.state)) < 0 ||
	    read_string(obj, "reason", ev.reason, sizeof(ev.reason)) < 0 ||
	    read_string(obj, "next", ev.next, sizeof(ev.next)) < 0 || check_word(&ev) < 0)
		return -EBADMSG;
	*ret = ev;
	return 0;
}
