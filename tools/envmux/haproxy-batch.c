/* SPDX-License-Identifier: MIT */
/* haproxy-batch.c -- commands for HAProxy's runtime socket, sent together */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define BATCH_MAX 12000 /* a command line must fit in HAProxy's 16 KiB buffer */
#define KEPT_MAX 2000	/* it grows with the path of the map */
#define MAP "\1"	/* it has another name at each worker */

struct batch batch_begin(struct driver *d)
{
	bool keep = d->reload.step != RELOAD_NONE;

	return (struct batch){ .d = d, .keep = keep, .mute = !keep && !d->synced };
}

const char *batch_map(const struct batch *b)
{
	return b->keep ? MAP : b->d->map;
}

static int tell(struct driver *d, const char *commands)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	/*
	 * The one that we know, not one that took its place a moment ago: that may have read files
	 * in which a slot that is free by now had its former route.
	 */
	int r = haproxy_worker(d) == d->worker ? haproxy_do(d, commands, &out) : -EAGAIN;

	if (r == -EREMOTEIO)
		log_error("HAProxy refused a change: %.200s", out.data ?: "");
	return r;
}

static void send_part(struct batch *b)
{
	int r = b->error ?: b->text.error;

	if (r == 0 && b->text.len > 0 && !b->mute)
		r = b->keep ? buf_addf(&b->d->kept, "%s\n", b->text.data)
			    : tell(b->d, b->text.data);
	b->error = r;
	buf_reset(&b->text);
}

int batch_replay(struct driver *d)
{
	char *save = NULL;
	int r = d->kept.error;

	for (char *line = d->kept.data && r == 0 ? strtok_r(d->kept.data, "\n", &save) : NULL;
	     r == 0 && line; line = strtok_r(NULL, "\n", &save)) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		for (const char *p = line; *p; p++) {
			if (*p == *MAP)
				buf_adds(&text, d->map);
			else
				buf_addc(&text, *p);
		}
		r = text.error ?: tell(d, text.data);
	}
	return r;
}

int batch_send(struct batch *b)
{
	send_part(b);
	if (b->error == 0 || b->error == -ENOMEM || b->error == -EREMOTEIO)
		return b->error;
	return -EAGAIN;
}

void batch_add(struct batch *b, const char *fmt, ...)
{
	va_list ap;

	if (b->mute || b->error < 0)
		return;
	if (b->text.len > (b->keep ? KEPT_MAX : BATCH_MAX))
		send_part(b);
	if (b->text.len > 0)
		buf_addc(&b->text, ';');
	va_start(ap, fmt);
	buf_vaddf(&b->text, fmt, ap);
	va_end(ap);
}

void batch_state(struct batch *b, const struct slot *s, const struct server *v)
{
	static const char *const words[] = { "ready", "drain", "maint" };

	batch_add(b, "set server p%u/%s state %s", s->number, v->name, words[v->member.admin]);
	/* One that was draining when the files were read has none. */
	if (v->member.admin == DRIVER_ENABLED)
		batch_add(b, "set weight p%u/%s %u", s->number, v->name, v->member.weight);
}

/* A server made at run time has no idle pool and no running check unless both are asked for. */
void batch_server(struct batch *b, const struct slot *s, const struct server *v)
{
	const struct driver_member *m = &v->member;
	bool v6 = m->addr.family == AF_INET6;
	_cleanup_buf_ struct buf check = BUF_INIT;
	char text[ADDR_TEXT_MAX];

	haproxy_check_words(&s->monitor, &check);
	if (check.error)
		b->error = b->error ?: check.error;
	batch_add(b, "add server p%u/%s %s%s%s:%u weight %u pool-max-conn -1 pool-purge-delay 5s%s",
		  s->number, v->name, v6 ? "[" : "", addr_format(&m->addr, false, text),
		  v6 ? "]" : "", m->port, m->weight, check.data ?: "");
	if (check.len > 0)
		batch_add(b, "enable health p%u/%s", s->number, v->name);
	if (m->admin == DRIVER_ENABLED)
		batch_add(b, "enable server p%u/%s", s->number, v->name);
	else
		batch_state(b, s, v);
}
