/* SPDX-License-Identifier: MIT */
/* init.c -- the verb init: a first configuration, from what is seen on this host */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/resolvconf.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"

#define CONFIG_PATH "/etc/envagent/envagent.conf"

static const char head[] =
	"# envagent.conf -- made by \"agentctl init\" from what it saw on this host\n"
	"#\n"
	"# This file is the same in every VM of the template: say here what all hosts are, each "
	"finds\n"
	"# its own row by its MAC. envagent.conf(5) has all options. Then:\n"
	"#   agentctl config check    is it right?\n"
	"#   agentctl plan            what would be changed here?\n"
	"#   agentctl apply           do it\n\n";

static const char tail[] =
	"# What shall be reachable from outside, and through which load balancer:\n"
	"#[Service www]\n"
	"#Hosts=web-1\n"
	"#Port=80\n"
	"#Public=yes\n"
	"#\n"
	"#[Mux]\n"
	"#Url=https://mux.example.internal:8443\n"
	"#Credential=envagent.mux\n"
	"#\n"
	"# A machine that is no copy of anything has no metadata service:\n"
	"#[Metadata]\n"
	"#Provider=none\n";

/* This host's name and domain as the files have them; "" for what is not there. */
static void name_of(struct ctl *ctl, char host[256], char domain[256])
{
	_cleanup_free_ char *text = NULL, *hosts = NULL;
	char *line, *rest, *word;
	size_t len;
	char *dot;

	host[0] = domain[0] = '\0';
	if (file_read(ctl->root, "/etc/hostname", 4096, &text, &len, NULL) == 0)
		sscanf(text, " %255s", host);
	else if (!ctl->root[0])
		gethostname(host, 255);
	if (!domain_valid(host))
		host[0] = '\0';
	dot = strchr(host, '.');
	if (dot) {
		strcpy(domain, dot + 1);
		*dot = '\0';
	}
	if (!host[0] || domain[0] ||
	    file_read(ctl->root, "/etc/hosts", 1024 * 1024, &hosts, &len, NULL) < 0)
		return;
	len = strlen(host);
	for (rest = hosts; (line = strsep(&rest, "\n"));)
		while ((word = strsep(&line, " \t")))
			if (!strncmp(word, host, len) && word[len] == '.' && domain_valid(word) &&
			    strcmp(word + len + 1, "localdomain") != 0)
				snprintf(domain, 256, "%s", word + len + 1);
}

/* "search" or "domain" of resolv.conf, if the name said none. */
static void search_of(const char *resolv, char domain[256])
{
	char found[256];
	const char *at;

	for (at = resolv; at && !domain[0]; at = strchr(at, '\n')) {
		at += *at == '\n';
		if ((sscanf(at, "search %255s", found) == 1 ||
		     sscanf(at, "domain %255s", found) == 1) &&
		    domain_valid(found))
			snprintf(domain, 256, "%s", found);
	}
}

static void add_address(struct buf *b, const struct ifaddrs *all, const char *name)
{
	char text[INET_ADDRSTRLEN];

	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || strcmp(i->ifa_name, name))
			continue;
		inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text,
			  sizeof(text));
		buf_addf(b, "Address=%s\n", text);
		return;
	}
	buf_adds(b, "#Address=10.0.0.21\n");
}

/* Ethernet cards, not what containers and bridges made. */
static bool card(struct ctl *ctl, const char *name, char mac[MAC_TEXT_MAX])
{
	_cleanup_free_ char *path = str_printf("/sys/class/net/%s/address", name);
	_cleanup_free_ char *device = str_printf("%s/sys/class/net/%s/device", ctl->root, name);
	_cleanup_free_ char *text = NULL;
	uint8_t bytes[6];
	size_t len;

	if (!path || !device || file_read(ctl->root, path, 64, &text, &len, NULL) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	if (mac_parse(text, bytes) < 0)
		return false;
	mac_format(bytes, mac);
	/* In a container nothing has a device; there, whatever is no loopback is taken. */
	return strcmp(mac, "00:00:00:00:00:00") != 0 &&
	       (access(device, F_OK) == 0 || strncmp(name, "eth", 3) == 0 ||
		strncmp(name, "en", 2) == 0);
}

static void add_hosts(struct ctl *ctl, struct buf *b, const char *host, const struct ifaddrs *all)
{
	struct if_nameindex *names = ctl->root[0] ? NULL : if_nameindex();
	char mac[MAC_TEXT_MAX];
	bool first = true;

	buf_adds(b,
		 "# One section for each host of the environment; this is the one you are on. The "
		 "host with\n# the role dns serves the names, the one with leader speaks to the "
		 "load balancer.\n");
	buf_addf(b, "[Host %s]\n", hostname_valid(host) ? host : "web-1");
	for (struct if_nameindex *i = names; i && i->if_name; i++) {
		if (!card(ctl, i->if_name, mac))
			continue;
		if (first) {
			buf_addf(b, "# %s\nMac=%s\n", i->if_name, mac);
			add_address(b, all, i->if_name);
		} else {
			buf_addf(b, "# a further card is %s, %s\n", i->if_name, mac);
		}
		first = false;
	}
	if (first)
		buf_adds(b, "#Mac=00:50:56:01:02:03\n#Address=10.0.0.21\n");
	buf_adds(b, "#Roles=dns leader\n\n");
	if (names)
		if_freenameindex(names);
}

static int compose(struct ctl *ctl, struct buf *b)
{
	_cleanup_free_ char *resolv = NULL;
	char host[256], domain[256], text[ADDR_TEXT_MAX];
	struct ifaddrs *all = NULL;
	struct addr servers[8];
	size_t n = 0, len;

	name_of(ctl, host, domain);
	if (file_read(ctl->root, "/etc/resolv.conf", 65536, &resolv, &len, NULL) == 0) {
		search_of(resolv, domain);
		n = resolvconf_servers(resolv, servers, ARRAY_SIZE(servers));
	}
	if (!ctl->root[0] && getifaddrs(&all) < 0)
		all = NULL;
	buf_adds(b, head);
	buf_adds(b, "[Agent]\n# The domain of the hosts\n");
	buf_addf(b, "%sDomain=%s\n", domain[0] ? "" : "#", domain[0] ? domain : "cluster.test");
	buf_adds(b, "# Public names are <service>-<config id>. and this\n"
		    "#BaseDomain=test-envs.example.internal\n\n");
	add_hosts(ctl, b, host, all);
	if (n > 0)
		buf_adds(
			b,
			"# Name servers that this host has now; the role dns passes on to them:\n");
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "#   %s\n", addr_format(&servers[i], false, text));
	buf_adds(b, n > 0 ? "\n" : "");
	buf_adds(b, tail);
	if (all)
		freeifaddrs(all);
	return b->error;
}

int ctl_init(struct ctl *ctl)
{
	_cleanup_free_ char *path =
		ctl->output ? strdup(ctl->output) : str_printf("%s" CONFIG_PATH, ctl->root);
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_close_ int fd = -1;

	if (!path || compose(ctl, &b) < 0)
		return CTL_ERROR;
	if (strcmp(path, "-") == 0) {
		fputs(b.data, ctl->out);
		return CTL_READY;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST) {
		show_error(ctl, "agentctl init -o -", "%s is there already; it is left as it is",
			   path);
		return CTL_ERROR;
	}
	if (fd < 0 || write(fd, b.data, b.len) != (ssize_t)b.len) {
		show_error(ctl, "sudo agentctl init", "cannot write %s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(path);
		return CTL_ERROR;
	}
	fprintf(ctl->out, "%s\n  next: look into it, then: agentctl config check\n", path);
	return CTL_READY;
}
