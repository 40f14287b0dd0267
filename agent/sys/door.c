/* SPDX-License-Identifier: MIT */
/* door.c -- programs that read files of ours, beside the units */
#include "agent/sys/door.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define WORDS_MAX 2048
#define LINKS "/run/systemd/netif/links" /* what networkd says of each link */
#define LINK_WAIT_MS 50
#define LINK_WAITS 60
/* resolvconf(8): of the first interfaces, and of a program that no other script is */
#define RECORD_NAME "lo.envagent"

struct step {
	const char *runs; /* is there once somebody listens; NULL: always */
	const char *argv[5];
};

/* Before a profile comes up: whether NetworkManager then writes resolv.conf is said there. */
#define NM_CONF                                              \
	{                                                    \
		"/run/NetworkManager",                       \
		{                                            \
			"nmcli", "general", "reload", "conf" \
		}                                            \
	}

static const struct door {
	const char *name;
	struct step steps[5];
} doors[] = {
	{ "networkd:files", { { "/run/systemd/netif/state", { "networkctl", "reload" } } } },
	{ "NetworkManager:profiles",
	  { NM_CONF, { "/run/NetworkManager", { "nmcli", "connection", "reload" } } } },
	{ "NetworkManager:conf", { NM_CONF } },
	{ "netplan:files",
	  { { NULL, { "netplan", "generate" } },
	    { "/run/systemd/netif/state", { "networkctl", "reload" } },
	    NM_CONF,
	    { "/run/NetworkManager", { "nmcli", "connection", "reload" } } } },
};

/* Who listens; what is there may outlive it, and a call would start it. */
static const char *unit_of(const struct step *s)
{
	return strcmp(s->argv[0], "nmcli") ? "systemd-networkd.service" : "NetworkManager.service";
}

/* networkd takes the new files after its answer, and between an address goes and comes again. */
static bool links_rest(struct sys *sys)
{
	_cleanup_strv_ char **names = NULL;
	bool rest = true;

	if (sys_list(sys, LINKS, &names) < 0)
		return true;
	for (char **s = names; s && *s && rest; s++) {
		_cleanup_free_ char *path = str_printf(LINKS "/%s", *s), *text = NULL;

		if (!path || sys_read(sys, path, &text, NULL) < 0)
			continue;
		rest = !strstr(text, "ADMIN_STATE=pending\n") &&
		       !strstr(text, "ADMIN_STATE=configuring\n");
	}
	return rest;
}

static void wait_for_links(struct sys *sys)
{
	for (unsigned i = 0; i < LINK_WAITS; i++) {
		poll(NULL, 0, LINK_WAIT_MS);
		if (links_rest(sys))
			return;
	}
}

/* The last line that says something is what a program ends with when it fails. */
static char *last_words(const char *program, const struct buf *out, int r)
{
	const char *line = out->len ? out->data : "";
	size_t len = strlen(line);

	while (len && strchr(" \t\r\n", line[len - 1]))
		len--;
	if (!len)
		return str_printf("%s ended with status %d", program, r);
	return str_printf("%s: %.*s", program, (int)len, line);
}

int door_run(struct sys *sys, const char *const *argv, const char *text, uint64_t timeout,
	     char **ret_words)
{
	struct sys_run_opts opts = { .timeout = timeout,
				     .stdin_text = text,
				     .output_max = WORDS_MAX };
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *words;
	int r;

	r = sys_run(sys, (char *const *)argv, &opts, &out);
	if (r == 0)
		return 0;
	words = r > 0 ? last_words(argv[0], &out, r) : str_printf("%s: %s", argv[0], strerror(-r));
	if (ret_words)
		*ret_words = words;
	else
		free(words);
	return r == -ETIMEDOUT || r == -ENOMEM ? r : -EIO;
}

/*
 * openresolv takes the record for the only one (-x); Debian's resolvconf has no such option and
 * puts it before those of other interfaces.
 */
static int call_resolvconf(struct sys *sys, uint64_t timeout, char **ret_words)
{
	static const char *const add[] = { "resolvconf", "-a", RECORD_NAME, NULL };
	static const char *const add_only[] = { "resolvconf", "-x",	   "-m", "0",
						"-a",	      RECORD_NAME, NULL };
	static const char *const del[] = { "resolvconf", "-d", RECORD_NAME, NULL };
	_cleanup_free_ char *text = NULL;
	int r;

	r = sys_read(sys, SYS_RESOLVCONF_RECORD, &text, NULL);
	if (r < 0 && r != -ENOENT)
		return r;
	if (!text)
		return door_run(sys, del, NULL, timeout, ret_words);
	return door_run(sys, sys_exists(sys, "/etc/resolvconf.conf") ? add_only : add, text,
			timeout, ret_words);
}

static bool is_profiles(const struct step *s)
{
	return strcmp(s->argv[0], "nmcli") == 0 && strcmp(s->argv[1], "connection") == 0;
}

int door_call(struct sys *sys, const char *name, uint64_t timeout, char **ret_words)
{
	_cleanup_(door_nm_done) struct door_nm before = {};
	const struct door *d = doors;
	int r = 0;

	if (!strcmp(name, "resolvconf:record"))
		return call_resolvconf(sys, timeout, ret_words);
	while (d < doors + ARRAY_SIZE(doors) && strcmp(d->name, name) != 0)
		d++;
	if (d == doors + ARRAY_SIZE(doors))
		return -ENOENT;
	for (const struct step *s = d->steps; r >= 0 && s->argv[0]; s++) {
		if (s->runs && !(sys_exists(sys, s->runs) && sys_unit_runs(sys, unit_of(s))))
			continue;
		if (is_profiles(s))
			r = door_nm_look(sys, timeout, &before);
		if (r >= 0)
			r = door_run(sys, s->argv, NULL, timeout, ret_words);
		if (r >= 0 && is_profiles(s))
			r = door_nm_follow(sys, timeout, &before);
		if (r >= 0 && !strcmp(s->argv[0], "networkctl"))
			wait_for_links(sys);
	}
	return r;
}
