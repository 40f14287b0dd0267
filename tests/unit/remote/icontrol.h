/* SPDX-License-Identifier: MIT */
/* icontrol.h -- a first registration with a balancer that fails where it is told to */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "agent/sys/sys.h"
#include "modules/balancer/session.h"
#include "tests/unit/remote/mux-server.h"

#define STAMP "envagent v1 env=123 vm=9 fence=1 until=1782907200"
#define DOCUMENT "{\"id\":\"9\",\"configuration_url\":\"https://cloud.test/configurations/%s\"}"

struct fixture {
	struct mux_server server;
	struct mux_conf conf;
	struct json_object *memory;
	char root[256];
	struct sys *sys;
};

static inline void write_identity(struct fixture *f, const char *env)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	char *text = str_printf(DOCUMENT, env);

	assert_true(sys_write(f->sys, "/metadata.json", text, strlen(text), &opts) >= 0);
	free(text);
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->root, sizeof(f->root), "%s/icontrol.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(f->root) || sys_open(f->root, &f->sys) < 0 || mux_server_start(&f->server))
		return -1;
	f->conf.url = str_printf("http://127.0.0.1:%d", f->server.port);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	mux_server_stop(&f->server);
	(void)sys_unlink(f->sys, "/metadata.json");
	rmdir(f->root);
	sys_free(f->sys);
	json_object_put(f->memory);
	free(f->conf.url);
	free(f);
	return 0;
}

/* What to register: one pool of two members with a monitor of its own. */
static inline void want_www(struct want *w)
{
	static const char *const addresses[] = { "10.200.1.21", "10.200.1.22" };
	struct mux_pool *p;

	w->pools = calloc(1, sizeof(*w->pools));
	p = &w->pools[w->n++];
	*p = (struct mux_pool){ .name = strdup("www-123"),
				.monitor = strdup("/test-123/http-0a1b2c3d4e5f"),
				.send = strdup("GET /health HTTP/1.1\\r\\n"),
				.members = calloc(2, sizeof(*p->members)) };
	for (size_t i = 0; i < 2; i++)
		p->members[p->n_members++] =
			(struct mux_member){ .name = str_printf("%s:8080", addresses[i]),
					     .address = strdup(addresses[i]),
					     .enabled = true };
}

/* How one conversation went. */
struct outcome {
	int r;
	char words[600];
	unsigned retry_after;
	struct mux_seen seen;
};

static inline struct session *session_of(struct fixture *f)
{
	struct session *s = calloc(1, sizeof(*s));

	s->driver = &mux_icontrol;
	s->sys = f->sys;
	s->id = strdup("123");
	s->vm = strdup("9");
	s->from = strdup("/metadata.json");
	want_www(&s->want);
	assert_int_equal(s->driver->open(&f->conf, "agents:secret-word", f->memory, &s->mux), 0);
	return s;
}

/* N pools more, which are checked by connecting. */
static inline void want_more(struct want *w, size_t n)
{
	w->pools = reallocarray(w->pools, w->n + n, sizeof(*w->pools));
	for (size_t i = 0; i < n; i++) {
		struct mux_pool *p = &w->pools[w->n++];

		*p = (struct mux_pool){ .name = str_printf("www%zu-123", i),
					.monitor = strdup("/Common/tcp"),
					.members = calloc(1, sizeof(*p->members)) };
		p->members[p->n_members++] =
			(struct mux_member){ .name = strdup("10.200.1.21:9090"),
					     .address = strdup("10.200.1.21"),
					     .enabled = true };
	}
}

/* Reads, compares and writes, with the token that MEMORY has, and that many pools more. */
static inline struct outcome register_again(struct fixture *f, size_t more)
{
	struct session *s;
	struct outcome o = {};
	char *words = NULL;

	s = session_of(f);
	want_more(&s->want, more);
	o.r = s->driver->read(s->mux, s->id, true, &s->have);
	if (o.r == 0) {
		assert_int_equal(diff_pools(&s->want, &s->have, &s->diff), 0);
		assert_int_equal(diff_first(&s->diff, MUX_MAKE_PARTITION, STAMP, "create"), 0);
		o.r = session_write(s, &words);
	}
	snprintf(o.words, sizeof(o.words), "%s", words ?: s->driver->words(s->mux, &o.retry_after));
	(void)s->driver->words(s->mux, &o.retry_after);
	free(words);
	session_free(s);
	o.seen = mux_server_seen(&f->server);
	return o;
}

/* As a leader does it the first time. */
static inline struct outcome register_environment(struct fixture *f)
{
	json_object_put(f->memory);
	f->memory = json_object_new_object();
	return register_again(f, 0);
}

static inline struct outcome with(struct fixture *f, enum step at, enum fault fault, bool once)
{
	mux_server_order(&f->server, at, fault, once);
	return register_environment(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
