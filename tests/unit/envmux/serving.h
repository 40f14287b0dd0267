/* SPDX-License-Identifier: MIT */
/* serving.h -- the API behind a real listener on loopback, in a thread of its own */
#pragma once

#include "tests/unit/envmux/fixture.h"

#include "agent/base/log.h"
#include "tests/unit/envmux/net.h"
#include "tools/envmux/server.h"

struct web {
	struct fixture *f;
	struct server_conf conf;
	struct server *server;
	struct snapshot *snapshot;
	pthread_t thread;
	volatile bool stop;
	struct net_answer answer; /* of the last request */
};

static inline void *web_serve(void *userdata)
{
	struct web *w = userdata;

	while (!w->stop) {
		struct pollfd fds[] = { { server_fd(w->server), POLLIN, 0 },
					{ snapshot_fd(w->snapshot), POLLIN, 0 } };
		int ms = server_timeout(w->server);

		(void)poll(fds, ARRAY_SIZE(fds), ms < 0 || ms > 20 ? 20 : ms);
		if (snapshot_run(w->snapshot))
			server_again(w->server);
		server_run(w->server);
	}
	return NULL;
}

static inline int web_setup(void **state)
{
	struct web *w = calloc(1, sizeof(*w));
	_cleanup_free_ char *error = NULL;
	void *f;

	log_set_level(LOG_EMERG);
	assert_int_equal(fixture_setup(&f), 0);
	w->f = f;
	w->conf.port = net_free_port();
	assert_int_equal(addr_parse("127.0.0.1", &w->conf.addr), 0);
	assert_int_equal(snapshot_new(&w->snapshot), 0);
	api_set_snapshot(w->f->api, w->snapshot);
	assert_int_equal(server_new(&w->conf, w->f->api, &w->server, &error), 0);
	assert_int_equal(pthread_create(&w->thread, NULL, web_serve, w), 0);
	*state = w;
	return 0;
}

static inline int web_teardown(void **state)
{
	struct web *w = *state;
	void *f = w->f;

	w->stop = true;
	pthread_join(w->thread, NULL);
	server_free(w->server);
	snapshot_free(w->snapshot);
	assert_int_equal(fixture_teardown(&f), 0);
	free(w);
	return 0;
}
