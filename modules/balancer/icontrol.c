/* SPDX-License-Identifier: MIT */
/* icontrol.c -- the driver for a BIG-IP and for envmux: iControl REST */
#include "modules/balancer/icontrol.h"

#include <errno.h>
#include <string.h>

#define TIMEOUT_USEC UINT64_C(10000000) /* for each exchange */
#define LEAVE_USEC UINT64_C(2000000)	/* a machine that goes down does not wait for a mux */

static void icontrol_close(struct mux *m)
{
	if (!m)
		return;
	sys_http_free(m->http);
	free(m->url);
	free(m->user);
	if (m->password)
		explicit_bzero(m->password, strlen(m->password));
	free(m->password);
	explicit_bzero(m->token, sizeof(m->token));
	free(m);
}
DEFINE_CLEANUP(struct mux *, icontrol_close)

static int mux_new(const struct mux_conf *conf, struct json_object *memory, uint64_t timeout,
		   struct mux **ret)
{
	const struct sys_http_opts opts = { .url = conf->url,
					    .ca_file = conf->ca_file,
					    .timeout = timeout };
	_cleanup_(icontrol_closep) struct mux *m = calloc(1, sizeof(*m));
	const char *token;
	int r;

	if (!m)
		return -ENOMEM;
	m->memory = memory;
	m->url = strdup(conf->url);
	if (!m->url)
		return -ENOMEM;
	/* Whether it still lives is for the mux to say: our clock may be a copy's. */
	if (json_get_str(memory, "token", &token) == 0 && strlen(token) < sizeof(m->token))
		strcpy(m->token, token);
	r = sys_http_open(&opts, &m->http);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

static int icontrol_open(const struct mux_conf *conf, const char *credential,
			 struct json_object *memory, struct mux **ret)
{
	_cleanup_(icontrol_closep) struct mux *m = NULL;
	const char *colon = strchr(credential, ':');
	int r;

	if (!colon)
		return -EINVAL;
	r = mux_new(conf, memory, TIMEOUT_USEC, &m);
	if (r < 0)
		return r;
	m->user = strndup(credential, (size_t)(colon - credential));
	m->password = strdup(colon + 1);
	if (!m->user || !m->password)
		return -ENOMEM;
	*ret = TAKE_PTR(m);
	return 0;
}

static int icontrol_leave(const struct mux_conf *conf, struct json_object *memory, char **ret_words)
{
	_cleanup_(icontrol_closep) struct mux *m = NULL;
	const char *token;
	int r;

	if (json_get_str(memory, "token", &token) < 0)
		return 0;
	r = mux_new(conf, memory, LEAVE_USEC, &m);
	if (r == 0)
		r = icontrol_drop_token(m);
	if (r < 0)
		*ret_words = strdup(m ? m->words : strerror(-r));
	return r;
}

static void icontrol_pin(struct mux *m)
{
	sys_http_pin(m->http, true);
}

static const char *icontrol_words(const struct mux *m, unsigned *ret_retry_after)
{
	*ret_retry_after = m->retry_after;
	return m->words;
}

/* ---- reading ---- */

void mux_state_done(struct mux_state *s)
{
	for (size_t i = 0; i < s->n_pools; i++)
		mux_pool_done(&s->pools[i]);
	free(s->pools);
	for (size_t i = 0; i < s->n_monitors; i++) {
		free(s->monitors[i].path);
		free(s->monitors[i].send);
	}
	free(s->monitors);
	free(s->description);
	strv_free(s->nodes);
	*s = (struct mux_state){};
}

static bool text_is(struct json_object *o, const char *key, const char *prefix)
{
	const char *text;

	return json_get_str(o, key, &text) == 0 && !strncmp(text, prefix, strlen(prefix));
}

static int read_member(struct json_object *o, struct mux_member *ret)
{
	struct mux_member m = {};
	const char *name, *address;

	/* Some versions answer for a member that is not there, then without an address. */
	if (json_get_str(o, "name", &name) < 0 || json_get_str(o, "address", &address) < 0)
		return -EPROTO;
	m.name = strdup(name);
	m.address = strdup(address);
	m.enabled = !text_is(o, "session", "user-disabled") && !text_is(o, "state", "user-down");
	m.up = text_is(o, "state", "up");
	m.known = m.up || text_is(o, "state", "down");
	*ret = m;
	return m.name && m.address ? 0 : -ENOMEM;
}

static int read_pool(struct json_object *o, struct mux_pool *p)
{
	struct json_object *reference, *items = NULL;
	const char *name, *monitor;
	int r = 0;

	if (json_get_str(o, "name", &name) < 0)
		return -EPROTO;
	p->name = strdup(name);
	if (json_get_str(o, "monitor", &monitor) == 0)
		/* It reads back with a blank behind it. */
		p->monitor = strndup(monitor, strcspn(monitor, " "));
	if (json_get_obj(o, "membersReference", &reference) == 0)
		(void)json_get_arr(reference, "items", &items);
	if (!items)
		return p->name ? 0 : -ENOMEM;
	p->members = calloc(json_object_array_length(items) + 1, sizeof(*p->members));
	if (!p->members || !p->name)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < json_object_array_length(items); i++)
		r = read_member(json_object_array_get_idx(items, i), &p->members[p->n_members++]);
	return r;
}

/* The items of a collection of partition test-ID; NULL if it has none. *ret_items is in *ret. */
static int read_items(struct mux *m, const char *what, const char *query, const char *id,
		      struct json_object **ret, struct json_object **ret_items)
{
	_cleanup_free_ char *path =
		str_printf("/mgmt/tm/ltm/%s?%s$filter=partition+eq+test-%s", what, query, id);
	int r;

	*ret_items = NULL;
	if (!path)
		return -ENOMEM;
	r = icontrol_call(m, "GET", path, NULL, NULL, ret);
	if (r < 0)
		return r;
	if (!*ret)
		return icontrol_fail(m, -EPROTO, "%s: 200 without a body", path);
	(void)json_get_arr(*ret, "items", ret_items);
	return 0;
}

static int read_pools(struct mux *m, const char *id, struct mux_state *s)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *items;
	int r = read_items(m, "pool", "expandSubcollections=true&", id, &o, &items);

	if (r < 0 || !items)
		return r;
	s->pools = calloc(json_object_array_length(items) + 1, sizeof(*s->pools));
	if (!s->pools)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < json_object_array_length(items); i++)
		r = read_pool(json_object_array_get_idx(items, i), &s->pools[s->n_pools++]);
	return r == -EPROTO ? icontrol_fail(m, r, "a pool of test-%s is not told as one", id) : r;
}

static int read_nodes(struct mux *m, const char *id, struct mux_state *s)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *items;
	const char *name;
	int r = read_items(m, "node", "", id, &o, &items);

	for (size_t i = 0; r == 0 && items && i < json_object_array_length(items); i++) {
		if (json_get_str(json_object_array_get_idx(items, i), "name", &name) == 0)
			r = strv_add(&s->nodes, name);
	}
	return r;
}

static int read_monitors(struct mux *m, const char *id, struct mux_state *s)
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *path, *send;
	struct json_object *items;
	int r = read_items(m, "monitor/http", "", id, &o, &items);

	if (r < 0 || !items)
		return r;
	s->monitors = calloc(json_object_array_length(items) + 1, sizeof(*s->monitors));
	if (!s->monitors)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		struct mux_monitor *ret = &s->monitors[s->n_monitors];

		if (json_get_str(item, "fullPath", &path) < 0)
			return icontrol_fail(m, -EPROTO, "a monitor of test-%s has no path", id);
		s->n_monitors++;
		ret->path = strdup(path);
		ret->send = strdup(json_get_str(item, "send", &send) == 0 ? send : "");
		if (!ret->path || !ret->send)
			return -ENOMEM;
	}
	return 0;
}

static int icontrol_read(struct mux *m, const char *id, bool full, struct mux_state *ret)
{
	_cleanup_free_ char *path = str_printf("/mgmt/tm/auth/partition/test-%s", id);
	_cleanup_(mux_state_done) struct mux_state s = {};
	_cleanup_json_ struct json_object *o = NULL;
	const char *description;
	int r;

	r = path ? icontrol_call(m, "GET", path, NULL, NULL, &o) : -ENOMEM;
	if (r == 0 && !o)
		return icontrol_fail(m, -EPROTO, "%s: 200 without a body", path);
	s.exists = r == 0;
	s.full = full || r == -ENOENT;
	if (r == 0 && json_get_str(o, "description", &description) == 0) {
		s.description = strdup(description);
		r = s.description ? 0 : -ENOMEM;
	}
	if (r == 0 && full)
		r = read_pools(m, id, &s);
	if (r == 0 && full)
		r = read_nodes(m, id, &s);
	if (r == 0 && full)
		r = read_monitors(m, id, &s);
	if (r < 0 && !(r == -ENOENT && !s.exists))
		/* A partition that vanished between two reads is a reason to read again. */
		return r == -ENOENT ? -EBUSY : r;
	icontrol_keep_token(m);
	s.now = m->now;
	*ret = s;
	s = (struct mux_state){};
	return 0;
}

const struct mux_driver mux_icontrol = {
	.name = "icontrol",
	.open = icontrol_open,
	.read = icontrol_read,
	.pin = icontrol_pin,
	.apply = icontrol_apply,
	.words = icontrol_words,
	.close = icontrol_close,
	.leave = icontrol_leave,
};
