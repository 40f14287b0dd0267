/* SPDX-License-Identifier: MIT */
/*
 * exchange.h -- one question over the network with a deadline: HTTP or DNS
 *
 * Deadlines are microseconds of CLOCK_MONOTONIC. Sockets never block.
 */
#pragma once

#include "agent/fetch/http.h"
#include "agent/fetch/where.h"

uint64_t exchange_now(void);

/*
 * GET /skytap from WHERE, port PORT. The connection must stand at SLICE; an address that took it
 * may use half of what is left until DEADLINE if that is more, for a slow answer is better than
 * none. 0 with the answer in H; -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH and others of connect(2);
 * the codes of http.h.
 */
int exchange_http(const struct where_addr *where, unsigned port, uint64_t slice, uint64_t deadline,
		  struct http *h);

/*
 * The addresses of NAME (type A) as SERVER tells them, by one UDP question. 0 and an empty list if
 * there is no such name; -errno if no answer came until DEADLINE.
 */
int exchange_dns(const struct where_addr *server, const char *name, uint64_t deadline,
		 struct where_list *ret);
