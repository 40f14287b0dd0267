/* SPDX-License-Identifier: MIT */
/* fixture.h -- a small world for skysim's tests: a balancer's environment and two copies */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tools/skysim/world.h"

#define FIXTURE_BALANCER                                                            \
	"{\"id\":\"4100001\",\"name\":\"lb\",\"owner\":30017,\"networks\":["        \
	"{\"id\":\"7699901\",\"name\":\"lb-internal\",\"subnet\":\"10.40.0.0/24\"," \
	"\"tunnelable\":true,\"nat_subnet\":\"127.0.0.0/16\"},"                     \
	"{\"id\":\"7699902\",\"name\":\"lb-external\",\"subnet\":\"10.41.0.0/24\"," \
	"\"tunnelable\":true}]}"

/* N is "1" or "2"; the copies answer to 127.0.N.X. */
#define FIXTURE_COPY(n)                                                                       \
	"{\"id\":\"419010" n "\",\"name\":\"copy\",\"owner\":\"30017\","                      \
	"\"user_data\":\"a: b\\n\",\"networks\":["                                            \
	"{\"id\":\"770010" n "\",\"name\":\"cluster\",\"subnet\":\"10.60.0.0/24\","           \
	"\"domain\":\"cluster.test\",\"nat\":{\"7699901\":\"127.0." n ".0/24\","              \
	"\"7699902\":\"127.1." n ".0/24\"}},"                                                 \
	"{\"id\":\"770020" n "\",\"name\":\"storage\",\"type\":\"manual\","                   \
	"\"subnet\":\"10.61.0.0/24\"}],\"vms\":["                                             \
	"{\"id\":\"5210" n "010\",\"name\":\"dns-1\",\"user_data\":\"roles: dns\\n\","        \
	"\"labels\":{\"role\":\"dns\"},\"credentials\":[\"deploy / x\"],\"interfaces\":["     \
	"{\"mac\":\"00:50:56:2A:10:10\",\"ip\":\"10.60.0.10\"}]},"                            \
	"{\"id\":\"5210" n "021\",\"name\":\"web-1\",\"interfaces\":["                        \
	"{\"mac\":\"00:50:56:2A:10:21\",\"ip\":\"10.60.0.21\"},"                              \
	"{\"mac\":\"00:50:56:2A:10:22\",\"ip\":\"10.61.0.21\",\"network\":\"770020" n "\"}]}" \
	"]}"

#define FIXTURE_WORLD                                                                  \
	"{\"users\":[{\"id\":30017,\"login_name\":\"robin\",\"first_name\":\"Robin\"," \
	"\"last_name\":\"Example\"}],\"environments\":[" FIXTURE_BALANCER              \
	"," FIXTURE_COPY("1") "," FIXTURE_COPY(                                        \
		"2") "],"                                                              \
		     "\"templates\":[{\"id\":1448900,\"name\":\"nightly\",\"owner\":30017}]}"

static inline struct world *fixture_world(void)
{
	struct world *w = NULL;
	char *why = NULL;

	if (world_parse("world.json", FIXTURE_WORLD, strlen(FIXTURE_WORLD), &w, &why) < 0)
		fail_msg("%s", why);
	return w;
}

static inline struct addr fixture_addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}
