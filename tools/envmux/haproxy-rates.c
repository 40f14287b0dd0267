/* SPDX-License-Identifier: MIT */
/* haproxy-rates.c -- all routes' figures at once, a line of HAProxy's a route */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

/* Columns of "show stat" (management.txt 9.1). */
enum { COL_BACKEND = 0, COL_ACTIVE = 19, COL_RATE = 33, COL_REQUESTS = 48 };

static uint64_t number(const char *line, unsigned column)
{
	for (; column > 0 && line; column--) {
		line = strchr(line, ',');
		line += line != NULL;
	}
	return line ? strtoull(line, NULL, 10) : 0;
}

static const struct slot *slot_numbered(const struct driver *d, const char *name)
{
	unsigned long n;
	char *end;

	if (*name != 'p' || name[1] < '0' || name[1] > '9')
		return NULL;
	n = strtoul(name + 1, &end, 10);
	if (*end != ',' || n >= d->n_slots || d->slots[n].number != n)
		return NULL;
	return &d->slots[n];
}

int driver_routes(struct driver *d,
		  void (*func)(void *userdata, const char *label,
			       const struct driver_route_stats *stats),
		  void *userdata)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *save = NULL;
	int r;

	if (!d->synced)
		return -EAGAIN;
	r = haproxy_ask(d, "show stat -1 2 -1", &out);
	if (r < 0)
		return r;
	for (char *l = strtok_r(out.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		const struct slot *s = slot_numbered(d, l);

		if (s && s->label && s->live)
			func(userdata, s->label,
			     &(struct driver_route_stats){
				     .active = (unsigned)number(l, COL_ACTIVE),
				     .rate = number(l, COL_RATE),
				     .requests = number(l, COL_REQUESTS),
			     });
	}
	return 0;
}
