/* SPDX-License-Identifier: MIT */
/* doctor-host.c -- known faults of the host that the agent works on */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "agent/base/protocol.h"
#include "agent/base/resolvconf.h"
#include "tools/agentctl/doctor.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"

#define ROOM_MIN (1024u * 1024)
#define CLOCK_SLACK (5u * 60) /* seconds */

/* A module that is not content, in its own words. */
static bool complain(struct doctor *d, const char *name)
{
	struct json_object *m = doctor_module(d, name);
	const char *state = show_str(m, "state"), *next = show_str(m, "next");

	if (!m || !strcmp(state, "ready") || !strcmp(state, "off"))
		return false;
	doctor_found(d, *next ? next : NULL, "%s: %s", state, show_str(m, "reason"));
	return true;
}

/* A daemon that was started in a pause has made no pass, and knows no module yet. */
static bool managed(const struct doctor *d, const char *module)
{
	struct json_object *m = doctor_module(d, module), *paused;

	if (!m)
		return d->daemon.status && json_get_obj(d->daemon.status, "paused", &paused) == 0;
	return strcmp(show_str(m, "state"), "off") != 0;
}

/* ---- names and ways ---- */

void doctor_gateway(struct doctor *d)
{
	static const char *const words[] = { "no metadata service has answered",
					     "the metadata service is silent" };
	struct json_object *identity = NULL;
	const char *reason = show_str(d->daemon.status, "reason"), *at = NULL;

	if (!d->daemon.status || (d->settings && d->settings->metadata.provider != 0))
		return;
	for (size_t i = 0; !at && i < ARRAY_SIZE(words); i++)
		at = strstr(reason, words[i]);
	json_get_obj(d->daemon.status, "identity", &identity);
	if (strcmp(show_str(d->daemon.status, "waiting"), "network") == 0)
		doctor_found(d, "ip address; ip route",
			     "there is no address with a default route, so there is no gateway");
	else if (at)
		doctor_found(d, NULL, "%s", at);
	else if (strcmp(show_str(identity, "state"), "unconfirmed") == 0)
		doctor_found(d, NULL, "the metadata service has not confirmed the identity: %s",
			     reason);
}

/* True if ADDRESS is of this host's own loopback: a resolver of its own that asks further. */
static bool stub(const struct addr *address)
{
	char text[ADDR_TEXT_MAX];

	return strncmp(addr_format(address, false, text), "127.", 4) == 0;
}

void doctor_resolver(struct doctor *d)
{
	_cleanup_free_ char *text = NULL;
	const struct host_row *dns;
	struct addr servers[8];
	char want[ADDR_TEXT_MAX], have[ADDR_TEXT_MAX];
	size_t n, len;

	if (complain(d, "resolv") || !managed(d, "resolv") || !d->settings)
		return;
	dns = settings_host_by_role(d->settings, "dns");
	if (!dns || !dns->address.family ||
	    file_read(d->ctl->root, "/etc/resolv.conf", 65536, &text, &len, NULL) < 0)
		return;
	n = resolvconf_servers(text, servers, ARRAY_SIZE(servers));
	for (size_t i = 0; i < n; i++)
		if (addr_equal(&servers[i], &dns->address) || stub(&servers[i]))
			return;
	doctor_found(d, NULL,
		     "/etc/resolv.conf names %s, not the environment's DNS host %s: somebody "
		     "overwrote it",
		     n ? addr_format(&servers[0], false, have) : "nobody",
		     addr_format(&dns->address, false, want));
}

/* ---- processes ---- */

/*
 * Calls SEEN with the command line (blanks for NULs, one before and after) of each process that is
 * called COMM, until it says true.
 */
static bool any_process(struct doctor *d, const char *comm,
			bool (*seen)(struct doctor *d, const char *comm, const char *line))
{
	_cleanup_free_ char *path = str_printf("%s/proc", d->ctl->root);
	DIR *dir = path ? opendir(path) : NULL;
	bool stop = false;
	struct dirent *e;

	while (dir && !stop && (e = readdir(dir))) {
		_cleanup_free_ char *file = NULL, *name = NULL, *words = NULL, *line = NULL;
		size_t len;

		if (e->d_name[strspn(e->d_name, "0123456789")])
			continue;
		file = str_printf("/proc/%s/comm", e->d_name);
		line = str_printf("/proc/%s/cmdline", e->d_name);
		if (!file || file_read(d->ctl->root, file, 64, &name, &len, NULL) < 0)
			continue;
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, comm) != 0 || !line ||
		    file_read(d->ctl->root, line, 65536, &words, &len, NULL) < 0)
			continue;
		for (size_t i = 0; i < len; i++)
			words[i] = words[i] ?: ' ';
		free(line);
		line = str_printf(" %s ", words);
		stop = line && seen(d, comm, line);
	}
	if (dir)
		closedir(dir);
	return stop;
}

static bool is_there(struct doctor *d, const char *comm, const char *line)
{
	return true;
}

void doctor_dnsmasq(struct doctor *d)
{
	if (complain(d, "dns") || !managed(d, "dns"))
		return;
	if (!any_process(d, "dnsmasq", is_there))
		doctor_found(d, "systemctl restart dnsmasq; journalctl -u dnsmasq -e",
			     "this host serves DNS, but dnsmasq does not run");
}

/* The interface that ROW is about; owned, NULL if it cannot be told from here. */
static char *interface_of(struct doctor *d, const struct interface_row *row)
{
	const char *match = row->match;
	_cleanup_free_ char *path = NULL;
	char *found = NULL;
	struct dirent *e;
	DIR *dir;

	if (!match || !strncmp(match, "name:", 5))
		return strdup(match ? match + 5 : row->name);
	if (strncmp(match, "mac:", 4) != 0)
		return NULL;
	path = str_printf("%s/sys/class/net", d->ctl->root);
	dir = path ? opendir(path) : NULL;
	while (dir && !found && (e = readdir(dir))) {
		_cleanup_free_ char *file = str_printf("/sys/class/net/%s/address", e->d_name);
		_cleanup_free_ char *mac = NULL;
		size_t len;

		if (file && file_read(d->ctl->root, file, 64, &mac, &len, NULL) == 0 &&
		    strncasecmp(mac, match + 4, strlen(match + 4)) == 0)
			found = strdup(e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool serves_static(struct doctor *d, const char *comm, const char *line)
{
	for (size_t i = 0; i < d->settings->n_interfaces; i++) {
		const struct interface_row *row = &d->settings->interfaces[i];
		_cleanup_free_ char *name = NULL, *word = NULL;

		if (row->mode != INTERFACE_STATIC)
			continue;
		name = interface_of(d, row);
		word = name ? str_printf(" %s ", name) : NULL;
		if (word && strstr(line, word))
			doctor_found(d, NULL,
				     "%s still runs on %s, whose addresses are static: it may take "
				     "them away",
				     comm, name);
	}
	return false;
}

void doctor_dhcp(struct doctor *d)
{
	static const char *const clients[] = { "dhclient", "dhcpcd", "udhcpc" };

	if (!d->settings || !managed(d, "network"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		any_process(d, clients[i], serves_static);
}

/* ---- clock, disk, files ---- */

void doctor_clock(struct doctor *d)
{
	/* Each was written at a time that has been, whatever the clock says now. */
	static const char *const files[] = { "/var/lib/systemd/timesync/clock",
					     STATE_DIR "/manifest", STATUS_PATH,
					     "/var/lib/dpkg/status" };
	uint64_t now = show_now() / 1000000;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = str_printf("%s%s", d->ctl->root, files[i]);
		char age[SHOW_AGE_MAX];
		struct stat st;

		if (!path || stat(path, &st) < 0 || (uint64_t)st.st_mtime <= now + CLOCK_SLACK)
			continue;
		show_age(((uint64_t)st.st_mtime - now) * 1000000, age);
		doctor_found(d, NULL, "the clock is wrong: %s was written %s from now", path, age);
		return;
	}
}

void doctor_disk(struct doctor *d)
{
	static const char *const dirs[] = { "/etc", STATE_DIR, RUN_DIR };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *path = str_printf("%s%s", d->ctl->root, dirs[i]);
		struct statvfs st;

		if (!path || statvfs(path, &st) < 0)
			continue;
		if (st.f_flag & ST_RDONLY)
			doctor_found(d, "mount -o remount,rw the file system; dmesg",
				     "%s is read-only", path);
		else if (st.f_blocks > 0 && (uint64_t)st.f_bavail * st.f_frsize < ROOM_MIN)
			doctor_found(d, NULL, "the file system of %s is full", path);
		else if (st.f_files > 0 && st.f_favail == 0)
			doctor_found(d, "df -i", "the file system of %s has no inode left", path);
	}
}

void doctor_templates(struct doctor *d)
{
	struct json_object *m = doctor_module(d, "template");
	const char *reason = show_str(m, "reason"), *next = show_str(m, "next");

	if (strstr(reason, "is held"))
		doctor_found(d, *next ? next : NULL, "%s", reason);
}
