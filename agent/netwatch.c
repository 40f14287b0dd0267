/* SPDX-License-Identifier: MIT */
/* netwatch.c -- is there a network, and has it changed? */
#include "agent/netwatch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "agent/base/cleanup.h"

#define REST_USEC UINT64_C(200000)

struct netwatch {
	struct sys *sys;
	int fd;
	sd_event_source *io, *rest;
	uint64_t known; /* hash of what counts */
	bool ready;
	void (*changed)(void *userdata);
	void *userdata;
};

static void mix(uint64_t *h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		*h = (*h ^ *p++) * UINT64_C(1099511628211);
}

static void mix_number(uint64_t *h, uint64_t v)
{
	mix(h, &v, sizeof(v));
}

static void mix_addr(uint64_t *h, const struct addr *a)
{
	mix_number(h, (uint64_t)a->family << 32 | (uint32_t)a->prefix);
	if (a->family)
		mix(h, a->bytes, a->family == AF_INET ? 4 : 16);
}

static uint64_t hash(const struct sys_net *net)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < net->n_links; i++) {
		const struct sys_link *l = &net->links[i];

		mix_number(&h, (uint64_t)l->index << 32 | l->mtu);
		mix(&h, l->name, strnlen(l->name, sizeof(l->name)));
		mix(&h, l->mac, sizeof(l->mac));
		mix_number(&h, (uint64_t)l->up << 1 | l->carrier);
	}
	for (size_t i = 0; i < net->n_addrs; i++) {
		mix_number(&h, (uint64_t)net->addrs[i].index << 1 | net->addrs[i].permanent);
		mix_addr(&h, &net->addrs[i].addr);
	}
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct sys_route *r = &net->routes[i];

		mix_number(&h, (uint64_t)r->index << 32 | r->metric);
		mix_addr(&h, &r->dst);
		mix_addr(&h, &r->gateway);
	}
	return h;
}

static bool has_network(const struct sys_net *net)
{
	bool address = false, route = false;

	for (size_t i = 0; i < net->n_addrs; i++)
		address |= net->addrs[i].scope == RT_SCOPE_UNIVERSE;
	for (size_t i = 0; i < net->n_routes; i++)
		route |= net->routes[i].dst.prefix == 0;
	return address && route;
}

/* 1 if what counts differs from what was known, 0 if not, -errno. */
static int look(struct netwatch *n)
{
	struct sys_net net = {};
	uint64_t h;
	int r;

	r = sys_net_read(n->sys, &net);
	if (r < 0)
		return r;
	h = hash(&net);
	n->ready = has_network(&net);
	sys_net_done(&net);

	r = h != n->known;
	n->known = h;
	return r;
}

static int on_notice(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct netwatch *n = userdata;

	/* A storm of notices is one wake-up now and one when it is over. */
	sd_event_source_set_enabled(n->io, SD_EVENT_OFF);
	sd_event_source_set_time_relative(n->rest, REST_USEC);
	sd_event_source_set_enabled(n->rest, SD_EVENT_ONESHOT);
	return 0;
}

static int on_rest(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct netwatch *n = userdata;

	sd_event_source_set_enabled(n->io, SD_EVENT_ON);
	sys_net_monitor_drain(n->fd);
	/* What cannot be read counts as changed: the pass will say what is wrong with it. */
	if (look(n) != 0)
		n->changed(n->userdata);
	return 0;
}

bool netwatch_ready(const struct netwatch *n)
{
	return !n || n->fd < 0 || n->ready;
}

void netwatch_pause(struct netwatch *n)
{
	if (!n || n->fd < 0)
		return;
	sd_event_source_set_enabled(n->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(n->rest, SD_EVENT_OFF);
}

int netwatch_resume(struct netwatch *n)
{
	if (!n || n->fd < 0)
		return 0;
	sd_event_source_set_enabled(n->io, SD_EVENT_ON);
	/* Notices were kept for us all the time: without any there is nothing to read. */
	return sys_net_monitor_drain(n->fd) != 0 && look(n) != 0;
}

static int watch(struct netwatch *n, sd_event *event)
{
	int r;

	n->fd = sys_net_monitor(n->sys);
	if (n->fd < 0)
		return n->fd;
	r = sd_event_add_io(event, &n->io, n->fd, EPOLLIN, on_notice, n);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(event, &n->rest, CLOCK_MONOTONIC, REST_USEC, 0, on_rest, n);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(n->rest, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = look(n);
	return r < 0 ? r : 0;
}

int netwatch_new(sd_event *event, struct sys *sys, void (*changed)(void *userdata), void *userdata,
		 struct netwatch **ret)
{
	struct netwatch *n = calloc(1, sizeof(*n));
	int r = 0;

	if (!n)
		return -ENOMEM;
	*n = (struct netwatch){ .sys = sys, .fd = -1, .changed = changed, .userdata = userdata };
	if (sys_live(sys))
		r = watch(n, event);
	if (r < 0) {
		netwatch_free(n);
		return r;
	}
	*ret = n;
	return 0;
}

void netwatch_free(struct netwatch *n)
{
	if (!n)
		return;
	sd_event_source_disable_unref(n->io);
	sd_event_source_disable_unref(n->rest);
	if (n->fd >= 0)
		safe_close(n->fd);
	free(n);
}
