/* SPDX-License-Identifier: MIT */
/*
 * haproxy-follow.c -- a HAProxy that appears is brought to what the slots say
 *
 * While a reload is under way changes are kept: the new worker is told them when it is there, since
 * it has read what was rendered before; and if none comes, the former one is.
 */
#include <errno.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define RETRY_MS 1000
#define RETRY_MAX_MS 30000

int haproxy_write(struct driver *d, bool wait)
{
	uint64_t before = haproxy_now_ms();
	int r = haproxy_render(d, wait);

	d->render_ms = haproxy_now_ms() - before;
	if (r < 0) {
		log_error_errno(r, "Cannot write %s, will try again: %m", d->cfg);
		d->changed_at = before + RETRY_MS;
	}
	return r;
}

/* The worker has read what was rendered last. */
static void all_live(struct driver *d)
{
	d->reload_wanted = false;
	for (size_t i = 0; i < d->n_classes; i++)
		d->classes[i].live = d->classes[i].filed;
	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		s->live = s->filed;
		d->reload_wanted = d->reload_wanted || !s->live;
		for (size_t k = s->n_servers; k-- > 0;) {
			if (s->servers[k].leaving && s->servers[k].unfiled)
				haproxy_drop_server(s, k);
		}
	}
}

/* What a file cannot say. */
static int drain(struct driver *d)
{
	_cleanup_(batch_done) struct batch b = { .d = d };

	for (size_t i = 0; i < d->n_slots; i++) {
		const struct slot *s = &d->slots[i];

		for (size_t k = 0; s->live && k < s->n_servers; k++) {
			if (!s->servers[k].leaving && s->servers[k].member.admin == DRIVER_DRAIN)
				batch_state(&b, s, &s->servers[k]);
		}
	}
	return batch_send(&b);
}

void haproxy_adopt(struct driver *d)
{
	bool kept = d->reload.step != RELOAD_NONE && !d->reload.lost;
	char *map;

	d->worker = d->seen;
	d->synced = d->settled = d->none_leaving = false;
	d->former = d->former_behind = true;
	d->retry_at = 0;
	if ((d->unrendered && !kept) || d->seen_loaded != d->rendered)
		return;
	map = haproxy_map(d, d->rendered);
	if (!map)
		return;
	free(d->map);
	d->map = map;
	all_live(d);
	d->synced = (kept ? batch_replay(d) : 0) == 0 && drain(d) == 0;
	d->failures = d->synced ? 0 : d->failures;
	d->refused = false;
}

int haproxy_follow_begin(struct driver *d)
{
	int r = haproxy_write(d, true);

	if (r == 0)
		r = haproxy_reload_begin(d);
	if (r < 0)
		d->retry_at = haproxy_now_ms() + RETRY_MS;
	return r;
}

/* The former worker goes on with what it has, and with what was kept. */
static void gave_up(struct driver *d, int r)
{
	uint64_t pause = (uint64_t)RETRY_MS << d->failures;

	d->retry_at = haproxy_now_ms() + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS);
	d->failures += d->failures < 5;
	d->refused = r == -EREMOTEIO || r == -EINVAL;
	if (d->refused)
		log_error("HAProxy refuses its new files (%s, or a certificate of %s), its own log "
			  "says why; it goes on with the former ones, and is asked again",
			  d->cfg, d->conf.certificate ?: "none");
	else
		log_error_errno(r, "HAProxy keeps its former configuration, will try again: %m");
	d->reload_wanted = true;
	d->synced = d->synced && !d->reload.lost && batch_replay(d) == 0;
}

int haproxy_follow(struct driver *d)
{
	int r = haproxy_reload_step(d);

	if (r == 0)
		return 0;
	if (r > 0) {
		haproxy_adopt(d);
	} else if (r == -ENOTCONN || r == -ECHILD) {
		/* It will read what is on disk when it comes. */
		d->synced = false;
		d->worker = 0;
	} else {
		gave_up(d, r);
	}
	haproxy_follow_end(d);
	return 1;
}

void haproxy_follow_end(struct driver *d)
{
	haproxy_reload_end(d);
	buf_done(&d->kept);
	d->kept = BUF_INIT;
}
