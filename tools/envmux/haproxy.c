/* SPDX-License-Identifier: MIT */
/* haproxy.c -- the HAProxy driver: what is asked for, and what goes on by itself */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define RENDER_AFTER_MS 200
#define RENDER_LATEST_MS 2000
#define RETRY_MS 1000
#define AWAY_MS 100
#define STEP_MS 10

static void changed(struct driver *d)
{
	if (!d->unrendered)
		d->changed_at = haproxy_now_ms();
	d->unrendered = d->former_behind = true;
}

/* Rendering takes no more than a twentieth of the time, however much there is to write. */
static uint64_t render_after(const struct driver *d)
{
	uint64_t ms = d->render_ms * 20;

	return ms < RENDER_AFTER_MS    ? RENDER_AFTER_MS
	       : ms > RENDER_LATEST_MS ? RENDER_LATEST_MS
				       : ms;
}

bool driver_reloading(const struct driver *d)
{
	return d->reload.step != RELOAD_NONE;
}

/* ---- who is there, and what it has read ---- */

static int restart(struct driver *d)
{
	_cleanup_free_ char *error = NULL;
	int r;

	if (haproxy_now_ms() < d->started_at + RETRY_MS)
		return -EAGAIN;
	r = haproxy_write(d, true);
	if (r == 0)
		r = haproxy_start(d, &error);
	if (r < 0)
		log_error("%s", error ?: strerror(-r));
	return r;
}

/* 1 if a worker is there, maybe another one than before, 0 if it has not said so yet. */
static int watch_worker(struct driver *d, unsigned every)
{
	int r;

	if (d->conf.spawn && (haproxy_reap(d) > 0 || d->child <= 0)) {
		haproxy_follow_end(d);
		d->worker = 0;
		d->synced = false;
		r = restart(d);
		if (r < 0)
			return r;
	}
	r = haproxy_watch(d, every);
	if (driver_reloading(d) || (r == 0 && d->worker > 0))
		return 1;
	if (r < 0) {
		if (d->worker > 0)
			log_warning("HAProxy does not answer at %s; changes are kept for it",
				    d->stats_socket);
		d->worker = 0;
		d->synced = false;
		return -EAGAIN;
	}
	if (r > 0 && d->seen != d->worker)
		haproxy_adopt(d);
	return r;
}

/* Waits for an answer, and for the end of a reload. For the start, when nobody asks for anything.
 */
static int settle(struct driver *d)
{
	int r = 0;

	d->watched_at = 0;
	while (r == 0 && d->worker <= 0) {
		r = watch_worker(d, STEP_MS);
		(void)poll(NULL, 0, 1);
	}
	if (r > 0 && !d->synced && haproxy_follow_begin(d) == 0) {
		do {
			(void)poll(NULL, 0, STEP_MS);
			(void)watch_worker(d, STEP_MS);
		} while (haproxy_follow(d) == 0);
	}
	return r < 0 ? r : d->synced ? 0 : -EAGAIN;
}

/* ---- what is asked for ---- */

/* The end of a change: R is what became of making its commands. */
static int finish(struct driver *d, struct batch *b, int r)
{
	bool ran_out = b->mute && d->synced;

	if (r == 0)
		r = batch_send(b);
	if (b->keep) {
		d->reload.lost = d->reload.lost || r < 0 || b->mute;
		return r == -ENOMEM ? r : -EAGAIN;
	}
	/* Either nobody is there to be told, or the supply has run out. */
	if (r == 0 && b->mute)
		r = -EAGAIN;
	/* The slots hold what shall be: a reload brings it there. */
	if (r < 0)
		d->synced = false;
	if (ran_out)
		(void)haproxy_follow_begin(d);
	return r == 0 || r == -ENOMEM ? r : -EAGAIN;
}

int driver_set(struct driver *d, const struct driver_route *routes, size_t n)
{
	_cleanup_(batch_done) struct batch b = batch_begin(d);
	int r = 0;

	changed(d);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = haproxy_place(&b, &routes[i]);
	return finish(d, &b, r);
}

int driver_remove(struct driver *d, const char *const *labels, size_t n)
{
	_cleanup_(batch_done) struct batch b = batch_begin(d);

	changed(d);
	for (size_t i = 0; i < n; i++)
		haproxy_unplace(&b, labels[i]);
	return finish(d, &b, 0);
}

/* ---- what goes on by itself ---- */

static void move_misplaced(struct driver *d)
{
	struct slot *from = haproxy_misplaced(d);
	_cleanup_(batch_done) struct batch b = { .d = d };

	if (!from)
		return;
	changed(d);
	(void)finish(d, &b, haproxy_move(&b, from));
}

int driver_poll(struct driver *d)
{
	uint64_t now = haproxy_now_ms();
	bool left;
	int r;

	/* What a new worker reads just now stays as it is. */
	if (d->unrendered && !driver_reloading(d) && now >= d->changed_at + render_after(d))
		(void)haproxy_write(d, false);
	r = watch_worker(d, driver_reloading(d) ? STEP_MS : AWAY_MS);
	if (driver_reloading(d) && haproxy_follow(d) == 0)
		return STEP_MS;
	if (r <= 0 || d->worker <= 0)
		return d->watch.on ? STEP_MS : AWAY_MS;
	if (haproxy_certificate_changed(d)) {
		log_notice("%s has changed: HAProxy reads it anew", d->conf.certificate);
		d->retry_at = 0; /* it may be the mended one */
		d->reload_wanted = true;
	}
	if ((!d->synced || d->reload_wanted) && now >= d->retry_at)
		return haproxy_follow_begin(d) < 0 ? AWAY_MS : STEP_MS;
	if (!d->synced)
		return AWAY_MS;
	haproxy_tell_former(d);
	move_misplaced(d);
	left = haproxy_delete_leaving(d);
	return d->watch.on ? STEP_MS : left ? 50 : d->unrendered ? RENDER_AFTER_MS : 500;
}

/* ---- open, start, close ---- */

void driver_free(struct driver *d)
{
	if (!d)
		return;
	if (d->unrendered)
		(void)haproxy_render(d, true);
	haproxy_follow_end(d);
	haproxy_ask_end(&d->watch);
	haproxy_stop(d);
	haproxy_slots_free(d);
	free(d->dir);
	free(d->cfg);
	free(d->map);
	free(d->stats_socket);
	free(d->master_socket);
	free(d);
}

/* Paths stand in configuration lines and in commands: blanks and quotes would end them. */
static bool path_plain(const char *path)
{
	return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				 "/._+:@-")] == '\0';
}

static int open_dir(struct driver *d, char **ret_error)
{
	char state[PATH_MAX];
	const char *sockets;
	int r;

	/* HAProxy takes a relative path of a socket for an address. */
	if (!realpath(d->conf.state_dir, state)) {
		r = -errno;
		*ret_error = str_printf("%s: %s", d->conf.state_dir, strerror(-r));
		return r;
	}
	d->dir = str_printf("%s/haproxy", state);
	d->cfg = str_printf("%s/haproxy/haproxy.cfg", state);
	sockets = d->conf.socket_dir ?: d->dir;
	if (!d->dir || !d->cfg)
		return -ENOMEM;
	d->stats_socket = str_printf("%s/stats.sock", sockets);
	d->master_socket = str_printf("%s/master.sock", sockets);
	if (!d->stats_socket || !d->master_socket)
		return -ENOMEM;
	if (!path_plain(d->cfg) || !path_plain(sockets) ||
	    (d->conf.certificate && !path_plain(d->conf.certificate))) {
		*ret_error = str_printf("%s, %s, %s: only letters, digits and /._+:@- may be in "
					"paths that HAProxy reads",
					state, sockets, d->conf.certificate ?: "");
		return -EINVAL;
	}
	if (mkdir(d->dir, 0750) < 0 && errno != EEXIST) {
		r = -errno;
		*ret_error = str_printf("%s: %s", d->dir, strerror(-r));
		return r;
	}
	return 0;
}

int driver_open(const struct driver_conf *conf, struct driver **ret, char **ret_error)
{
	struct driver *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->conf = *conf;
	r = open_dir(d, ret_error);
	if (r < 0) {
		driver_free(d);
		return r;
	}
	haproxy_find_rendered(d);
	*ret = d;
	return 0;
}

static int place_all(struct driver *d, const struct driver_route *routes, size_t n)
{
	static const enum driver_lb modes[] = { DRIVER_ROUND_ROBIN, DRIVER_LEAST_CONNECTIONS };
	const struct driver_monitor plain = { .check = DRIVER_CHECK_TCP };
	_cleanup_(batch_done) struct batch b = { .d = d, .mute = true };
	int r = 0;

	/* The plain classes are always there. */
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(modes); i++)
		r = haproxy_know_class(d, modes[i], &plain);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = haproxy_know_class(d, routes[i].lb, &routes[i].monitor);
		if (r == 0)
			r = haproxy_place(&b, &routes[i]);
	}
	return r;
}

/* The routes of a HAProxy that is up: what differs is changed, what is equal is not touched. */
static int go_on(struct driver *d, const struct driver_route *routes, size_t n)
{
	_cleanup_(batch_done) struct batch b = { .d = d };
	_cleanup_free_ bool *wanted = haproxy_wanted(d, routes, n);
	int r = 0;

	if (!wanted)
		return -ENOMEM;
	changed(d);
	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		/* In maintenance, whether the former one came to say so or not. */
		for (size_t k = 0; k < s->n_servers; k++) {
			if (s->servers[k].leaving)
				batch_add(&b, "set server p%u/%s state maint", s->number,
					  s->servers[k].name);
		}
		if (s->label && !wanted[i])
			haproxy_unplace(&b, s->label);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = haproxy_place(&b, &routes[i]);
	return finish(d, &b, r);
}

int driver_start(struct driver *d, const struct driver_route *routes, size_t n, char **ret_error)
{
	int r;

	if (!d->conf.spawn && haproxy_resume(d, haproxy_front(d)) == 0) {
		r = go_on(d, routes, n);
		r = r == -EAGAIN ? 0 : r; /* driver_poll() brings it there */
		if (r == 0)
			return 0;
	} else {
		r = place_all(d, routes, n);
		if (r == 0)
			r = haproxy_render(d, true);
	}
	if (r < 0) {
		*ret_error = str_printf("%s: %s", d->cfg, strerror(-r));
		return r;
	}
	if (!d->conf.spawn) {
		/* One that is up is brought there before anybody is told that we are ready. */
		if (settle(d) < 0 && d->worker <= 0)
			log_notice("HAProxy is not there yet; it is waited for at %s",
				   d->stats_socket);
		return 0;
	}
	r = haproxy_check(d, ret_error);
	if (r == 0)
		r = haproxy_start(d, ret_error);
	if (r == 0 && settle(d) < 0) {
		*ret_error = str_printf("%s did not read %s", d->conf.haproxy, d->cfg);
		r = -ECHILD;
	}
	return r;
}
