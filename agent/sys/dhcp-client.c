/* SPDX-License-Identifier: MIT */
/* dhcp-client.c -- the DHCP clients there are, and how their command lines read */
#include "agent/sys/dhcp-client.h"

#include <errno.h>
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
		.helpers = true,
		.valued = " -c -e -f -h -i -j -l -m -o -r -s -t -u -v -x -y -z -C -F -I -N -O -Q"
			  " -S -W -X -Y -Z ",
		.leases = { "/var/lib/dhcpcd/%s.lease", "/var/lib/dhcpcd5/dhcpcd-%s.lease",
			    "/var/lib/dhcpcd/dhcpcd-%s.lease", "/var/db/dhcpcd/%s.lease" },
		.pids = { "/run/dhcpcd-%s.pid", "/run/dhcpcd/%s.pid", "/run/dhcpcd/%s-4.pid",
			  "/run/dhcpcd/%s-6.pid" },
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

int dhcp_argv_of_title(const char *title, char ***ret)
{
	bool ip4 = strstr(title, "[ip4]"), ip6 = strstr(title, "[ip6]");
	_cleanup_free_ char *copy = strdup(title);
	_cleanup_strv_ char **argv = NULL;
	char *rest;
	int r;

	if (!copy)
		return -ENOMEM;
	if (title[0] == '[' && strncmp(title, "[manager]", 9) != 0 &&
	    strncmp(title, "[master]", 8) != 0)
		return -ENOENT;
	r = strv_add(&argv, "dhcpcd");
	if (r >= 0 && ip4 != ip6)
		r = strv_add(&argv, ip4 ? "-4" : "-6");
	for (char *w = strtok_r(copy, " ", &rest); r >= 0 && w; w = strtok_r(NULL, " ", &rest))
		if (w[0] != '[')
			r = strv_add(&argv, w);
	if (r >= 0)
		*ret = TAKE_PTR(argv);
	return r;
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
