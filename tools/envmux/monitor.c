/* SPDX-License-Identifier: MIT */
/* monitor.c -- from a pool's monitors to the check of its members */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/monitor.h"

#define FALL_MAX 1000
/* The status line of an answer that is none of an error. */
#define GOOD_ANSWER "^HTTP/1[.][01]\\x20[23]"

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text;

	return json_get_str(o, key, &text) == 0 ? text : "";
}

/* What may stand in HAProxy's configuration unquoted, as one word of its one line. */
static bool word_valid(const char *s, const char *others)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && !strchr(others, s[i]))
			return false;
	}
	return n > 0 && n <= DRIVER_WORD_MAX;
}

/* ---- what is sent ---- */

/* With the two characters backslash and r (n, t) for what they mean, as a BIG-IP keeps a send
 * string. */
static int unescape(const char *send, struct buf *b)
{
	static const char letters[] = "rnt\\\"", bytes[] = "\r\n\t\\\"";

	for (const char *p = send; *p; p++) {
		const char *at = *p == '\\' && p[1] ? strchr(letters, p[1]) : NULL;

		buf_addc(b, at ? bytes[at - letters] : *p);
		p += at != NULL;
	}
	return b->error;
}

/* "GET /path", perhaps with its protocol and a Host: what HAProxy has a check of its own for. */
static int plain_get(const struct buf *request, struct driver_monitor *m)
{
	const char *p = request->data, *line, *host = "";
	size_t n;

	if (!p || strncmp(p, "GET /", 5) != 0)
		return 0;
	p += 4;
	n = strcspn(p, " \r\n");
	line = p + n;
	if (!strncmp(line, " HTTP/1.", 8) && isdigit((unsigned char)line[8]))
		line += 9;
	line += strspn(line, " \r\n");
	if (!strncmp(line, "Host:", 5)) {
		host = line + 5 + strspn(line + 5, " ");
		line = host + strcspn(host, " \r\n");
		line += strspn(line, " \r\n");
	}
	if (!strncasecmp(line, "Connection: close", 17))
		line += 17 + strspn(line + 17, "\r\n");
	if (*line)
		return 0;
	m->send = strndup(p, n);
	m->host = *host ? strndup(host, strcspn(host, " \r\n")) : NULL;
	if (!m->send || (*host && !m->host))
		return -ENOMEM;
	if (word_valid(m->send, "/._~-!&()*+,;=:@?%") &&
	    (!m->host || word_valid(m->host, "._:[]-"))) {
		m->check = DRIVER_CHECK_HTTP;
		return 1;
	}
	free(TAKE_PTR(m->send));
	free(TAKE_PTR(m->host));
	return 0;
}

/* Any other request; one of HTTP ends with an empty line, whether the monitor says so or not. */
static int any_send(struct buf *request, bool http, struct driver_monitor *m)
{
	_cleanup_buf_ struct buf hex = BUF_INIT;
	size_t n = request->len;

	while (http && n > 0 && strchr("\r\n", request->data[n - 1]))
		n--;
	for (size_t i = 0; i < n; i++)
		buf_addf(&hex, "%02x", (unsigned char)request->data[i]);
	if (http)
		buf_adds(&hex, "0d0a0d0a");
	if (hex.error)
		return hex.error;
	if (hex.len > DRIVER_WORD_MAX)
		return -EINVAL;
	m->send = hex.len > 0 ? buf_take(&hex) : NULL;
	return 0;
}

/* ---- what comes back ---- */

static int recv_of(struct json_object *o, bool http, struct driver_monitor *m)
{
	const char *recv = text_of(o, "recv");
	int r = 0;

	if (*recv)
		r = monitor_regex(recv, &m->recv);
	else if (http)
		r = (m->recv = strdup(GOOD_ANSWER)) ? 0 : -ENOMEM;
	/* A single dash is "none" where checks are kept. */
	if (r == 0 && m->recv && !strcmp(m->recv, "-")) {
		free(m->recv);
		r = (m->recv = strdup("[-]")) ? 0 : -ENOMEM;
	}
	m->reverse = *recv && !strcmp(text_of(o, "reverse"), "enabled");
	return r;
}

/* -EINVAL if HAProxy cannot be told. */
static int words_of(struct json_object *o, bool http, struct driver_monitor *m)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	const char *send = text_of(o, "send"), *recv = text_of(o, "recv");
	int r;

	if (http && !*send)
		send = "GET /";
	r = unescape(send, &request);
	if (r == 0 && http && !*recv) {
		r = plain_get(&request, m);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (r < 0 || (!http && !*send && !*recv))
		return r;
	m->check = DRIVER_CHECK_TEXT;
	r = any_send(&request, http, m);
	return r == 0 ? recv_of(o, http, m) : r;
}

/* ---- one monitor, and which of them ---- */

static void times_of(struct json_object *o, struct driver_monitor *m)
{
	int64_t interval = 5, timeout = 16;

	(void)json_get_int(o, "interval", &interval);
	(void)json_get_int(o, "timeout", &timeout);
	m->interval = interval >= 1 && interval <= 3600 ? (unsigned)interval : 5;
	m->rise = 1;
	/* F5's advice is timeout = 3 * interval + 1: that many checks may fail. */
	if (timeout <= m->interval)
		m->fall = 1;
	else if ((timeout - 1) / m->interval > FALL_MAX)
		m->fall = FALL_MAX;
	else
		m->fall = (unsigned)((timeout - 1) / m->interval) ?: 1;
}

/* "*:8081" is a port for all; another address is no member's, and not asked. */
static unsigned port_of(struct json_object *o)
{
	const char *destination = text_of(o, "destination");
	unsigned port;
	int end = 0;

	if (sscanf(destination, "*:%5u%n", &port, &end) != 1 || destination[end] || port > 65535)
		return 0;
	return port;
}

static int monitor_read(const struct store *s, const char *path, struct driver_monitor *ret)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct driver_monitor m = { .check = DRIVER_CHECK_TCP };
	const char *type;
	int r = 0;

	o = store_monitor(s, path, &type);
	if (!o)
		return -ENOENT;
	times_of(o, &m);
	m.tls = !strcmp(type, "https");
	m.port = port_of(o);
	if (strcmp(type, "gateway-icmp") != 0)
		r = words_of(o, !strncmp(type, "http", 4), &m);
	if (r == -EINVAL) {
		log_warning("Monitor %s: HAProxy cannot send or expect what it says; members are "
			    "checked by connecting only",
			    path);
		r = 0;
		free(TAKE_PTR(m.send));
		free(TAKE_PTR(m.host));
		free(TAKE_PTR(m.recv));
		m.check = DRIVER_CHECK_TCP;
		m.reverse = false;
	}
	if (r < 0)
		driver_monitor_done(&m);
	else
		*ret = m;
	return r;
}

static unsigned strictness(const struct driver_monitor *m)
{
	return m->check == DRIVER_CHECK_NONE ? 0 : m->check == DRIVER_CHECK_TCP ? 1 : 2;
}

int monitor_of_pool(const struct store *s, struct json_object *pool, struct driver_monitor *ret)
{
	struct driver_monitor best = { .interval = 5, .fall = 3, .rise = 1 };
	_cleanup_free_ char *list = strdup(text_of(pool, "monitor"));
	bool any = list && !strncmp(list, "min ", 4);
	char *save = NULL;
	int r = list ? 0 : -ENOMEM;

	for (char *w = r == 0 ? strtok_r(list, " ", &save) : NULL; w && r == 0;
	     w = strtok_r(NULL, " ", &save)) {
		struct driver_monitor m;

		if (*w != '/')
			continue;
		r = monitor_read(s, w, &m);
		if (r == -ENOENT) {
			r = 0;
		} else if (r == 0) {
			bool better = best.check == DRIVER_CHECK_NONE ||
				      (any ? strictness(&m) < strictness(&best)
					   : strictness(&m) > strictness(&best));

			driver_monitor_done(better ? &best : &m);
			if (better)
				best = m;
		}
	}
	if (r < 0)
		driver_monitor_done(&best);
	else
		*ret = best;
	return r;
}
