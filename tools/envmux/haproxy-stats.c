/* SPDX-License-Identifier: MIT */
/* haproxy-stats.c -- a member's state and counters from HAProxy's own */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

/* Columns of "show stat" (management.txt 9.1). */
enum {
	COL_SERVER = 1,
	COL_CUR = 4,
	COL_TOTAL = 7,
	COL_IN = 8,
	COL_OUT = 9,
	COL_STATUS = 17,
	COL_SINCE = 23,
	COL_REQUESTS = 48
};

/* Column N of a CSV line, borrowed and ended in place; "" if there are fewer. */
static const char *column(char *line, unsigned n)
{
	char *p = line;

	for (unsigned i = 0; i < n && p; i++) {
		p = strchr(p, ',');
		if (p)
			p++;
	}
	if (!p)
		return "";
	return p;
}

static uint64_t number(char *line, unsigned n)
{
	return strtoull(column(line, n), NULL, 10);
}

/* HAProxy's word for a server in the words of a BIG-IP. */
static const char *status_word(const char *word, bool checked)
{
	if (!strncmp(word, "UP ", 3)) /* "UP 1/3": going down, or just up */
		return "up";
	if (!strncmp(word, "UP", 2))
		return checked ? "up" : "unchecked";
	if (!strncmp(word, "DOWN", 4))
		return "down";
	if (!strncmp(word, "MAINT", 5))
		return "maint";
	if (!strncmp(word, "DRAIN", 5))
		return "drain";
	return "unchecked";
}

int driver_stats(struct driver *d, const char *label, const char *member,
		 struct driver_member_stats *ret)
{
	const struct slot *s = haproxy_slot(d, label);
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *command = NULL;
	const char *name = NULL;
	char *save = NULL;
	int r;

	for (size_t i = 0; s && i < s->n_servers; i++) {
		if (!s->servers[i].leaving && !strcmp(s->servers[i].member.name, member))
			name = s->servers[i].name;
	}
	if (!name || !s->live || !d->synced)
		return -ENOENT;
	command = str_printf("show stat p%u 4 -1", s->number);
	if (!command)
		return -ENOMEM;
	r = haproxy_ask(d, command, &out);
	if (r < 0)
		return r;
	for (char *l = strtok_r(out.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		const char *have = column(l, COL_SERVER);
		size_t n = strlen(name);

		if (strncmp(have, name, n) != 0 || have[n] != ',')
			continue;
		*ret = (struct driver_member_stats){
			.cur_sessions = number(l, COL_CUR),
			.tot_sessions = number(l, COL_TOTAL),
			.tot_requests = number(l, COL_REQUESTS),
			.bytes_in = number(l, COL_IN),
			.bytes_out = number(l, COL_OUT),
			.status_since = number(l, COL_SINCE),
		};
		snprintf(ret->status, sizeof(ret->status), "%s",
			 status_word(column(l, COL_STATUS), s->monitor.check != DRIVER_CHECK_NONE));
		return 0;
	}
	return -ENOENT;
}
