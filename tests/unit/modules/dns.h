/* SPDX-License-Identifier: MIT */
/* dns.h -- a real dnsmasq, and a service manager for it, in a namespace of their own */
#pragma once

#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_dns;

#define CONF                                                                   \
	"[Agent]\nDomain=cluster.test\nBaseDomain=envs.example.internal\n"     \
	"[System]\nUnitCommand=/run/unitctl\n"                                 \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\nMac=02:00:00:00:00:01\n" \
	"[Mux]\nExternalAddress=10.9.1.80\n"
#define BROKEN "no-such-option=yes\n"
#define HOST(name, address) \
	"{\"name\":\"" name "\",\"fqdn\":\"" name ".cluster.test\",\"address\":\"" address "\"}"
#define DNS HOST("dns-1", "10.60.0.10")

/* What a service manager does, and a list of what it was asked for. */
static const char unitctl[] =
	"#!/bin/sh\n"
	"echo \"$*\" >>/run/unitctl.log\n"
	"pid=$(cat /run/dnsmasq.pid 2>/dev/null)\n"
	"case $1 in\n"
	"reload) kill -HUP $pid; exit ;;\n"
	"esac\n"
	"[ -z \"$pid\" ] || kill $pid 2>/dev/null\n"
	"while kill -0 $pid 2>/dev/null; do sleep 0.01; done\n"
	"set --\n"
	"! [ -e /run/broken ] || { echo 'no such luck' >&2; exit 1; }\n"
	"[ -e /etc/dnsmasq.conf ] || set -- --conf-dir=/etc/dnsmasq.d,*.conf\n"
	"exec dnsmasq \"$@\" --user=root --pid-file=/run/dnsmasq.pid\n";

static inline void stop_dnsmasq(void)
{
	live_run("pid=$(cat /run/dnsmasq.pid 2>/dev/null); rm -f /run/dnsmasq.pid; "
		 "[ -z \"$pid\" ] || kill $pid 2>/dev/null; "
		 "while kill -0 $pid 2>/dev/null; do sleep 0.01; done");
}

static inline int setup(void **state)
{
	struct scratch *s;

	if (live_reason)
		return 0;
	live_run("ip address add 10.60.0.10/32 dev lo");
	s = scratch_new(&module_dns, "/");
	scratch_file(s, "/run/unitctl", unitctl);
	live_run("chmod 755 /run/unitctl; : >/run/unitctl.log");
	scratch_fact(s, "roles", "[\"dns\"]");
	scratch_fact(s, "hosts", "[" DNS "," HOST("web-1", "10.60.0.21") "]");
	*state = s;
	return 0;
}

static inline int teardown(void **state)
{
	if (live_reason)
		return 0;
	stop_dnsmasq();
	scratch_free(*state);
	live_run("ip address del 10.60.0.10/32 dev lo; rm -rf /var/lib/envagent /run/envagent "
		 "/etc/dnsmasq.d /etc/dnsmasq.conf /run/unitctl* /run/broken");
	return 0;
}

/* What the server says: the first address or name, "" for none. */
static inline const char *ask(struct scratch *s, const char *name, uint16_t type)
{
	static char text[DNS_NAME_MAX];
	struct dnsmsg_answer answer = {};
	struct addr server;
	int r;

	assert_int_equal(addr_parse("10.60.0.10", &server), 0);
	r = sys_dns_ask(s->sys, &server, name, type, 2000000, &answer);
	if (r < 0)
		return strerror(-r);
	if (answer.n == 0)
		return answer.rcode ? "none" : "no data";
	if (type == DNS_PTR)
		return strcpy(text, answer.names[0]);
	return addr_format(&answer.addrs[0], false, text);
}

static inline void pass(struct scratch *s, const char *conf)
{
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
}

static inline void expect_asked(const char *lines)
{
	_cleanup_free_ char *log = live_output("cat /run/unitctl.log");

	assert_string_equal(log, lines);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
