/* SPDX-License-Identifier: MIT */
/* session.c -- one write session: open by reading, read the identity, write on that connection only
 */
#include "modules/balancer/session.h"

#include <errno.h>
#include <string.h>

#include "agent/base/identity.h"
#include "agent/sys/http.h"
#include "agent/sys/sys.h"

#define METADATA_DEPTH 32

void session_free(struct session *s)
{
	if (!s)
		return;
	if (s->mux)
		s->driver->close(s->mux);
	mux_state_done(&s->have);
	diff_done(&s->diff);
	want_done(&s->want);
	free(s->id);
	free(s->vm);
	free(s->from);
	free(s);
}

static int fetch_text(struct session *s, char **ret, size_t *ret_len, char **ret_words)
{
	_cleanup_(sys_http_freep) struct sys_http *http = NULL;
	_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};
	_cleanup_free_ char *url = NULL;
	int r;

	if (*s->from == '/')
		return sys_read(s->sys, s->from, ret, ret_len);
	url = str_printf(strchr(s->from, ':') ? "http://[%s]:%u" : "http://%s:%u", s->from,
			 s->port);
	r = url ? sys_http_open(&(struct sys_http_opts){ .url = url, .timeout = s->timeout }, &http)
		: -ENOMEM;
	if (r == 0)
		r = sys_http_do(http, "GET", "/skytap", NULL, NULL, &reply);
	if (r < 0) {
		*ret_words = str_printf("the identity could not be read again: %s",
					http ? sys_http_words(http) : strerror(-r));
		return r;
	}
	if (reply.status != 200) {
		*ret_words = str_printf("the identity could not be read again: %s answered %ld",
					url, reply.status);
		return -EPROTO;
	}
	*ret = TAKE_PTR(reply.body);
	*ret_len = reply.len;
	return 0;
}

static int same_identity(struct session *s, char **ret_words)
{
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_free_ char *text = NULL;
	struct identity now;
	size_t len = 0;
	int r;

	r = fetch_text(s, &text, &len, ret_words);
	if (r < 0)
		return r;
	r = json_parse(text, len, METADATA_DEPTH, &doc, NULL);
	if (r == 0)
		r = identity_read(doc, &now);
	if (r < 0) {
		*ret_words = str_printf(
			"the identity could not be read again: %s answered no metadata", s->from);
		return r == -ENOMEM ? r : -EPROTO;
	}
	if (strcmp(now.env, s->id) != 0 || strcmp(now.vm, s->vm) != 0) {
		*ret_words = str_printf(
			"this VM is %s of environment %s by now; nothing was written for "
			"environment %s",
			now.vm, now.env, s->id);
		return -ESTALE;
	}
	return 0;
}

int session_write(struct session *s, char **ret_words)
{
	unsigned retry_after;
	int r;

	s->driver->pin(s->mux);
	r = same_identity(s, ret_words);
	if (r < 0)
		return r;
	r = s->driver->apply(s->mux, s->id, s->diff.changes, s->diff.n);
	if (r < 0)
		*ret_words = strdup(s->driver->words(s->mux, &retry_after));
	return r;
}
