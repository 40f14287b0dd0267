/* SPDX-License-Identifier: MIT */
/* text.c -- name resolution as text, and who wrote such a text */
#include <string.h>
#include <strings.h>

#include "modules/resolv/resolv.h"

static void add_words(const char *keyword, char *const *words, struct buf *out)
{
	if (!words || !*words)
		return;
	buf_adds(out, keyword);
	for (; *words; words++)
		buf_addf(out, " %s", *words);
	buf_addc(out, '\n');
}

int resolv_text(const struct resolv_want *w, bool mark, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	if (mark)
		buf_adds(out, RESOLVERS_MARK
			 " and put back when it is changed; [Resolv] in\n"
			 "# /etc/envagent/envagent.conf says what is here, Manage=no there leaves "
			 "it alone.\n");
	add_words("search", w->search, out);
	for (size_t i = 0; i < w->n; i++)
		buf_addf(out, "nameserver %s\n", addr_format(&w->servers[i], false, text));
	add_words("options", w->options, out);
	return out->error;
}

/*
 * An empty DNS= forgets those of other files. "~." sends all names there: what a DHCP client gave a
 * link is then asked for its own domain alone.
 */
int resolv_dropin(const struct resolv_want *w, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	buf_adds(out,
		 RESOLVERS_MARK "; [Resolv] in /etc/envagent/envagent.conf says what is here.\n"
				"[Resolve]\nDNS=\nDNS=");
	for (size_t i = 0; i < w->n; i++)
		buf_addf(out, "%s%s", i ? " " : "", addr_format(&w->servers[i], false, text));
	buf_adds(out, "\nDomains=\nDomains=");
	for (char **s = w->search; s && *s; s++)
		buf_addf(out, "%s ", *s);
	buf_adds(out, "~.\n");
	return out->error;
}

static const struct {
	const char *words; /* in a comment */
	const char *name;
} writers[] = {
	{ "written by envagent", "envagent" },
	{ "networkmanager", "NetworkManager" },
	{ "resolvconf", "resolvconf" },
	{ "systemd-resolved", "systemd-resolved" },
	{ "dhclient", "dhclient" },
	{ "dhcpcd", "dhcpcd" },
	{ "udhcpc", "udhcpc" },
	{ "cloud-init", "cloud-init" },
	{ "netconfig", "netconfig" },
	{ "connman", "connman" },
	{ "puppet", "puppet" },
	{ "ansible", "ansible" },
	{ "docker", "docker" },
};

static bool has_words(const char *line, size_t len, const char *words)
{
	size_t n = strlen(words);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncasecmp(line + i, words, n))
			return true;
	return false;
}

const char *resolv_writer(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		for (size_t i = 0; strchr("#;", *text) && i < ARRAY_SIZE(writers); i++)
			if (has_words(text, len, writers[i].words))
				return writers[i].name;
		text += len + (text[len] == '\n');
	}
	return NULL;
}
