/* SPDX-License-Identifier: MIT */
/* dhcp-client.c -- the DHCP clients there are, and how their command lines read */
#include "agent/sys/dhcp-client.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/cleanup.h"

static const struct dhcp_client clients[] = {
	{
		.comm = "dhclient",
		.polite = true,
		.lease_option = "-lf",
		.pid_option = "-pf",
		.valued = " -p -s -g -D -e -cf -df -lf -pf -sf -C -F -H -I -R -V --request-options"
			  " --dhcp-client-identifier --timeout --prefix-len-hint"
			  " --decline-wait-time --address-prefix-len ",
		.leases = { "/var/lib/dhcp/dhclient.%s.leases", "/var/lib/dhcp/dhclient.leases",
			    "/var/lib/dhclient/dhclient-%s.lease",
			    "/var/lib/dhclient/dhclient.leases" },
		.pids = { "/run/dhclient.%s.pid", "/run/dhclient.pid" },
	},
	{
		.comm = "dhcpcd",
		.valued = " -c -e -f -h -i -j -l -m -o -r -s -t -u -v -x -y -z -C -F -I -N -O -Q"
			  " -S -W -X -Y -Z ",
		.leases = { "/var/lib/dhcpcd/%s.lease", "/var/lib/dhcpcd5/dhcpcd-%s.lease",
			    "/var/lib/dhcpcd/dhcpcd-%s.lease", "/var/db/dhcpcd/%s.lease" },
		.pids = { "/run/dhcpcd-%s.pid", "/run/dhcpcd/%s.pid" },
	},
	{
		.comm = "udhcpc",
		.interface_option = "-i",
		.pid_option = "-p",
		.valued = " -i -p -s -x -r -V -F -t -T -A -O -P -l -c -H ",
		.pids = { "/run/udhcpc.%s.pid" },
	},
};

const struct dhcp_client *dhcp_client_of(const char *comm)
{
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		if (!strcmp(clients[i].comm, comm))
			return &clients[i];
	return NULL;
}

static bool takes_value(const struct dhcp_client *c, const char *option)
{
	char word[64];

	return (size_t)snprintf(word, sizeof(word), " %s ", option) < sizeof(word) &&
	       strstr(c->valued, word);
}

const char *dhcp_option(char *const *argv, const char *option)
{
	for (size_t i = 1; option && argv[0] && argv[i]; i++)
		if (!strcmp(argv[i], option))
			return argv[i + 1];
	return NULL;
}

/* One that names no interface serves all of them. */
bool dhcp_client_serves(const struct dhcp_client *c, char *const *argv, const char *ifname)
{
	const char *named = dhcp_option(argv, c->interface_option);
	bool any = false;

	if (c->interface_option)
		return !strcmp(named ?: "eth0", ifname);
	for (size_t i = 1; argv[i]; i++) {
		if (argv[i][0] == '-') {
			if (takes_value(c, argv[i]) && argv[i + 1])
				i++;
			continue;
		}
		if (argv[i][0] == '[')
			continue;
		if (!strcmp(argv[i], ifname))
			return true;
		any = true;
	}
	return !any;
}
