/* SPDX-License-Identifier: MIT */
/* persist.h -- two interfaces to keep, and a root of a machine that keeps them */
#pragma once

#include "tests/unit/modules/scratch.h"

#include "modules/network/ifupdown.h"
#include "modules/network/persist.h"

extern const struct module module_network;

static struct sys_link links[] = {
	{ .index = 2, .name = "eth0", .up = true, .carrier = true, .mtu = 1500 },
	{ .index = 3, .name = "ens4", .up = true, .carrier = true, .mtu = 1500 },
};

static inline struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static inline struct sys_route route(int index, const char *dst, const char *via, unsigned metric)
{
	struct sys_route t = { .index = index, .dst = addr(dst), .metric = metric };

	if (via)
		t.gateway = addr(via);
	return t;
}

/* One with all that there is, one with IPv6 alone. */
static inline void two(struct ifaces *w)
{
	w->list = calloc(2, sizeof(*w->list));
	assert_non_null(w->list);
	w->n = 2;
	w->list[0] = (struct iface){
		.link = &links[0],
		.addrs = { addr("10.60.0.21/24"), addr("10.60.1.21/24"), addr("fd00:60::21/64") },
		.n_addrs = 3,
		.gateway = route(2, "0.0.0.0/0", "10.60.0.254", 100),
		.gateway6 = route(2, "::/0", "fd00:60::fe", 1024),
		.routes = { route(2, "10.9.0.0/16", "10.60.0.1", 0),
			    route(2, "fd00:9::/48", "fd00:60::1", 1024),
			    route(2, "169.254.169.254/32", NULL, 0) },
		.n_routes = 3,
		.mtu = 1400,
	};
	w->list[1] = (struct iface){
		.link = &links[1],
		.addrs = { addr("fd00:61::21/64") },
		.n_addrs = 1,
	};
}

static inline int setup(void **state)
{
	struct scratch *s = scratch_new(&module_network, NULL);

	*state = s;
	s->net = (struct sys_net){};
	return 0;
}

static inline int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static inline int begin(struct scratch *s, bool persist)
{
	_cleanup_(ifaces_done) struct ifaces w = {};

	assert_int_equal(scratch_plan(s, ""), 0);
	two(&w);
	return persist_plan(&s->pass, &w, NULL, persist, NULL);
}

static inline void directory(struct scratch *s, const char *path)
{
	assert_true(sys_mkdir(s->sys, path, 0755) >= 0);
}

static inline void program(struct scratch *s, const char *path)
{
	_cleanup_free_ char *dir = strdup(path);

	*strrchr(dir, '/') = '\0';
	directory(s, dir);
	scratch_file(s, path, "");
}

static inline void ifupdown(struct scratch *s, const char *interfaces)
{
	program(s, "/sbin/ifup");
	directory(s, "/etc/network/interfaces.d");
	scratch_file(s, "/etc/network/interfaces", interfaces);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
