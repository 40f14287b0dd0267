/* SPDX-License-Identifier: MIT */
/*
 * haproxy-former.c -- what workers that were replaced may still route
 *
 * Such a worker lives until its last connection ends, with the map and the servers of its time. An
 * environment that is gone must be gone there, too: its addresses are somebody else's tomorrow.
 */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define FORMER_MAX 32
#define SLOTS_MAX 1000000u
#define ADMIN_MAINT 0x01 /* of srv_admin_state: management.txt, "show servers state" */
/* From srv_iweight to srv_fqdn, behind which is srv_port. */
#define REST_OF_SERVER "%*d %*d %*d %*d %*d %*d %*d %*d %*d %*s"

/*
 * -EAGAIN if it is not the whole answer: such a worker may end at any moment, and what it does not
 * come to say is no less there.
 */
static int ask(struct driver *d, long pid, const char *command, struct buf *out)
{
	_cleanup_free_ char *text = str_printf("@!%ld %s", pid, command);
	int r = text ? haproxy_ask_at(d->master_socket, text, out) : -ENOMEM;

	return r < 0 || haproxy_whole(out) ? r : -EAGAIN;
}

/* The number of them, or -errno. */
static int list(struct driver *d, long pids[FORMER_MAX])
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int n = 0, r = haproxy_ask_at(d->master_socket, "show proc", &out);
	char *save = NULL, *p;

	if (r == 0 && !haproxy_whole(&out))
		r = -EAGAIN;
	p = r == 0 ? strstr(out.data, "# old workers") : NULL;
	for (char *l = p ? strtok_r(p, "\n", &save) : NULL; l && n < FORMER_MAX;
	     l = strtok_r(NULL, "\n", &save)) {
		char type[16];

		if (sscanf(l, "%ld %15s", &pids[n], type) == 2 && !strcmp(type, "worker"))
			n++;
		else if (*l == '#' && l != p)
			break;
	}
	return r < 0 ? r : n;
}

/* The path of its map, owned; -ENOENT: it is none of our workers. */
static int map_of(struct driver *d, long pid, char **ret)
{
	_cleanup_free_ char *start = str_printf("(%s/routes-", d->dir);
	_cleanup_buf_ struct buf out = BUF_INIT;
	const char *p;
	int r = start ? ask(d, pid, "show map", &out) : -ENOMEM;

	if (r < 0)
		return r;
	p = strstr(out.data, start);
	if (!p)
		return -ENOENT;
	*ret = strndup(p + 1, strcspn(p + 1, ")"));
	return *ret ? 0 : -ENOMEM;
}

/* What its slots are for by now, by their numbers there: NULL for one that nobody routes to. */
struct rows {
	const struct slot **now;
	size_t n;
};

static int note(struct rows *rows, unsigned number, const struct slot *now)
{
	if (number >= SLOTS_MAX)
		return -E2BIG;
	if (number >= rows->n) {
		const struct slot **grown = reallocarray(rows->now, number + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + rows->n, 0, (number + 1 - rows->n) * sizeof(*grown));
		rows->now = grown;
		rows->n = number + 1;
	}
	rows->now[number] = now;
	return 0;
}

/* A route that is gone; one that is elsewhere by now has its members there as well. */
static int forget_rows(struct driver *d, long pid, struct rows *rows)
{
	_cleanup_free_ char *map = NULL, *show = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	char label[256], *save = NULL;
	unsigned number;
	int r = map_of(d, pid, &map);

	if (r == 0) {
		show = str_printf("show map %s", map);
		r = show ? ask(d, pid, show, &out) : -ENOMEM;
	}

	for (char *l = r == 0 && out.data ? strtok_r(out.data, "\n", &save) : NULL; r == 0 && l;
	     l = strtok_r(NULL, "\n", &save)) {
		_cleanup_buf_ struct buf answer = BUF_INIT;
		_cleanup_free_ char *command = NULL;
		const struct slot *now;

		if (sscanf(l, "0x%*s %255s p%u", label, &number) != 2)
			continue;
		now = haproxy_slot(d, label);
		if (now) {
			r = note(rows, number, now);
			continue;
		}
		command = str_printf("del map %s %s", map, label);
		r = command ? ask(d, pid, command, &answer) : -ENOMEM;
	}
	return r;
}

/* By the address: which server of ours has it is of no matter to that worker. */
static bool has_member(const struct slot *s, const struct addr *a, unsigned port)
{
	for (size_t i = 0; s && i < s->n_servers; i++) {
		const struct server *v = &s->servers[i];

		if (!v->leaving && v->member.port == port && addr_equal(&v->member.addr, a))
			return true;
	}
	return false;
}

static int forget_servers(struct driver *d, long pid, const struct rows *rows)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char name[64], address[64], *save = NULL;
	unsigned number, admin, port;
	struct addr a;

	int r = ask(d, pid, "show servers state", &out);

	for (char *l = r == 0 && out.data ? strtok_r(out.data, "\n", &save) : NULL; r == 0 && l;
	     l = strtok_r(NULL, "\n", &save)) {
		_cleanup_buf_ struct buf answer = BUF_INIT;
		_cleanup_free_ char *command = NULL;

		if (sscanf(l, "%*d p%u %*d %63s %63s %*d %u %*u " REST_OF_SERVER " %u", &number,
			   name, address, &admin, &port) != 5 ||
		    (admin & ADMIN_MAINT) || addr_parse(address, &a) < 0 ||
		    has_member(number < rows->n ? rows->now[number] : NULL, &a, port))
			continue;
		command = str_printf("set server p%u/%s state maint", number, name);
		r = command ? ask(d, pid, command, &answer) : -ENOMEM;
	}
	return r;
}

/* How many there are, or -errno: they are to be told again. */
static int tell(struct driver *d)
{
	long pids[FORMER_MAX];
	int n = list(d, pids), r = 0;

	for (int i = 0; i < n; i++) {
		struct rows rows = {};
		int q = forget_rows(d, pids[i], &rows);

		if (q == 0)
			q = forget_servers(d, pids[i], &rows);
		if (q < 0 && q != -ENOENT)
			r = q;
		free(rows.now);
	}
	return n < 0 ? n : r < 0 ? r : n;
}

void haproxy_tell_former(struct driver *d)
{
	int n;

	if (!d->former || !d->former_behind)
		return;
	n = tell(d);
	d->former = n != 0;
	d->former_behind = n < 0;
}
