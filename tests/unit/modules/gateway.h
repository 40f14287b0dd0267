/* SPDX-License-Identifier: MIT */
/* gateway.h -- a host with one link, and its gateway, which serves DHCP, in a namespace of its own
 */
#pragma once

#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_network;

#define META                                                                   \
	"[{\"mac\":\"02:00:00:60:00:21\",\"ip\":\"10.60.0.21\",\"prefix\":24," \
	"\"network_type\":\"automatic\",\"network_name\":\"cluster\",\"network_id\":\"7\"}]"
#define BEGIN "checkpoint of envt0, with a guard\n"
#define END "what answered before shall answer now\n"
#define READY "10.60.0.21/24 static via 10.60.0.254 on envt0"

/* The host is this namespace; its gateway, which serves DHCP, is namespace "gw". */
static inline int setup(void **state)
{
	if (live_reason)
		return 0;
	live_run("ip netns add gw && ip link add envt0 address 02:00:00:60:00:21 type veth "
		 "peer name eth0 netns gw && ip -n gw address add 10.60.0.254/24 dev eth0 && "
		 "ip -n gw address add 169.254.169.254/32 dev eth0 && "
		 "ip -n gw link set eth0 up && ip link set envt0 up");
	*state = scratch_new(&module_network, "/");
	scratch_fact(*state, "interfaces", META);
	return 0;
}

static inline int teardown(void **state)
{
	if (live_reason)
		return 0;
	scratch_free(*state);
	live_run("kill $(cat /run/dnsmasq.gw /run/dhclient.envt0.pid 2>/dev/null) 2>/dev/null; "
		 "ip link del envt0; ip netns del gw; rm -rf /var/lib/envagent/manifest "
		 "/var/lib/envagent/network.json /run/envagent/switch "
		 "/run/*.pid /run/dnsmasq.gw /var/lib/dhcp/* /run/systemd");
	return 0;
}

static inline void lease(const char *address)
{
	_cleanup_free_ char *command = str_printf(
		"ip netns exec gw dnsmasq --conf-file=/dev/null --port=0 --no-ping --user=root "
		"--pid-file=/run/dnsmasq.gw --interface=eth0 --bind-interfaces "
		"--dhcp-leasefile=/run/leases --dhcp-range=10.60.0.10,10.60.0.200,3600 "
		"--dhcp-host=02:00:00:60:00:21,%s --dhcp-option=3,10.60.0.254 "
		"--dhcp-option=6,10.60.0.254 && "
		"dhclient -4 -1 -v -pf /run/dhclient.envt0.pid "
		"-lf /var/lib/dhcp/dhclient.envt0.leases envt0 </dev/null >/run/dhclient.log 2>&1 "
		"|| { cat /run/dhclient.log; exit 2; }",
		address);

	assert_non_null(command);
	live_run(command);
	/* written by the daemon that it leaves behind */
	live_run("until [ -s /run/dhclient.envt0.pid ]; do sleep 0.01; done");
}

static inline bool has(const char *command, const char *text)
{
	_cleanup_free_ char *out = live_output(command);

	if (strstr(out, text))
		return true;
	print_message("%s:\n%s", command, out);
	return false;
}

/* Nobody serves names there, and the refusal has come all the way. */
static inline void expect_reached(struct scratch *s, const char *address)
{
	struct dnsmsg_answer answer;
	struct addr a;

	assert_int_equal(addr_parse(address, &a), 0);
	assert_int_equal(sys_dns_ask(s->sys, &a, "a.test", DNS_A, 2000000, &answer), -ECONNREFUSED);
}

static inline bool dhclient_runs(void)
{
	return system("kill -0 $(cat /run/dhclient.envt0.pid) 2>/dev/null") == 0;
}

static inline void expect_settled(struct scratch *s, const char *conf)
{
	assert_int_equal(scratch_plan(s, conf), 0);
	scratch_expect_plan(s, "");
}
