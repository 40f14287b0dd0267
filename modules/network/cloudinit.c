/* SPDX-License-Identifier: MIT */
/* cloudinit.c -- another program of the image that sets up the network at boot */
#include "modules/network/cloudinit.h"

#include <errno.h>
#include <string.h>

#include "modules/network/persist.h"

#define CONF "/etc/cloud/cloud.cfg"
#define CONF_D "/etc/cloud/cloud.cfg.d"

/* ---- as much YAML as it takes to find one scalar of a mapping in a mapping ---- */

#define BLANK " \t\r"

/* Behind blanks, ends of lines and comments: where the next word of a flow mapping is. */
static const char *skip_space(const char *s)
{
	for (s += strspn(s, BLANK "\n"); *s == '#'; s += strspn(s, BLANK "\n"))
		s += strcspn(s, "\n");
	return s;
}

/* Behind the quoted text at S. */
static const char *skip_quoted(const char *s)
{
	char quote = *s++;

	for (; *s && *s != quote; s++)
		if (quote == '"' && *s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

/* A plain word ends at the end of the line, a comment, ": ", and in a flow mapping at , { } [ ]. */
static const char *skip_plain(const char *s, bool flow)
{
	for (; *s && *s != '\n'; s++)
		if ((*s == ':' && strchr(BLANK "\n,{}[]", s[1])) || (flow && strchr(",{}[]", *s)) ||
		    (*s == '#' && strchr(BLANK, s[-1])))
			break;
	return s;
}

static const char *skip_word(const char *s, bool flow)
{
	return *s == '"' || *s == '\'' ? skip_quoted(s) : skip_plain(s, flow);
}

/* The word from S to END is WORD, quoted or not. */
static bool is_word(const char *s, const char *end, const char *word)
{
	size_t len;

	while (end > s && strchr(BLANK, end[-1]))
		end--;
	len = (size_t)(end - s);
	if (len >= 2 && (*s == '"' || *s == '\'') && end[-1] == *s) {
		s++;
		len -= 2;
	}
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

/* If the key at S is KEY: where its value begins; else NULL. *ret_end: behind key and colon. */
static const char *value_of(const char *s, const char *key, bool flow, const char **ret_end)
{
	const char *end = skip_word(s, flow), *colon = end + strspn(end, BLANK);

	*ret_end = *colon == ':' ? colon + 1 : end;
	if (*colon != ':' || !is_word(s, end, key))
		return NULL;
	colon++;
	return colon + strspn(colon, BLANK);
}

/* Behind the value at S of a flow mapping: at its comma or bracket. */
static const char *skip_flow_value(const char *s)
{
	for (unsigned depth = 0; *s; s = skip_space(s)) {
		if (*s == '{' || *s == '[')
			depth++;
		else if (depth == 0 && strchr(",}]", *s))
			break;
		else if (*s == '}' || *s == ']')
			depth--;
		else if (*s != ',' && *s != ':') {
			s = skip_word(s, true);
			continue;
		}
		s++;
	}
	return s;
}

/* The value of KEY in the flow mapping at S; NULL if it has none. */
static const char *flow_get(const char *s, const char *key)
{
	for (s = skip_space(s + 1); *s && *s != '}'; s = skip_space(s)) {
		const char *behind, *value = value_of(s, key, true, &behind);

		if (value)
			return skip_space(value);
		s = skip_flow_value(skip_space(behind));
		if (*s == ',')
			s++;
		else if (*s != '}')
			return NULL;
	}
	return NULL;
}

/*
 * The value of KEY in the block mapping whose lines have the indent of its first one, up to a line
 * with less; NULL if it has none. *ret_indent: that indent.
 */
static const char *block_get(const char *s, const char *key, size_t *ret_indent)
{
	size_t own = SIZE_MAX;

	for (const char *next; *s; s = next) {
		const char *nl = strchr(s, '\n'), *behind, *value;
		size_t indent = strspn(s, " ");

		next = nl ? nl + 1 : s + strlen(s);
		if (strchr("#\r\n", s[indent]) || strncmp(s, "---", 3) == 0)
			continue;
		if (own == SIZE_MAX)
			*ret_indent = own = indent;
		if (indent < own)
			return NULL;
		value = indent == own ? value_of(s + indent, key, false, &behind) : NULL;
		if (value)
			return value;
	}
	return NULL;
}

/* A value of the text: of KEY within NETWORK, "network:"'s own. NULL if there is none. */
static const char *config_of(const char *network, size_t indent)
{
	const char *inner = network + strcspn(network, "\n"), *config;
	size_t own = 0;

	if (*network == '{')
		return flow_get(network, "config");
	if (*network && !strchr("#\n", *network))
		return NULL;
	config = *inner ? block_get(inner + 1, "config", &own) : NULL;
	return own > indent ? config : NULL;
}

/* What TEXT says of the network: 1 that it is left alone, 0 something else, -ENOENT nothing. */
static int disables(const char *text)
{
	const char *start = skip_space(text), *network, *config;
	bool flow = *start == '{';
	size_t indent = 0;

	network = flow ? flow_get(start, "network") : block_get(text, "network", &indent);
	config = network ? config_of(network, indent) : NULL;
	if (!config)
		return -ENOENT;
	return is_word(config, skip_word(config, flow || *network == '{'), "disabled");
}

/* ---- the files ---- */

static int file_disables(struct sys *sys, const char *path)
{
	_cleanup_free_ char *text = NULL;

	return sys_read(sys, path, &text, NULL) >= 0 ? disables(text) : -ENOENT;
}

/* The last file that says something of it wins, as for cloud-init. */
static bool switched_off(struct sys *sys)
{
	_cleanup_strv_ char **names = NULL;
	int off, r;

	if (sys_exists(sys, "/etc/cloud/cloud-init.disabled"))
		return true;
	off = file_disables(sys, CONF);
	if (sys_list(sys, CONF_D, &names) < 0)
		return off > 0;
	for (char **s = names; s && *s; s++) {
		_cleanup_free_ char *path = str_printf(CONF_D "/%s", *s);
		size_t len = strlen(*s);

		if (!path || len <= 4 || strcmp(*s + len - 4, ".cfg") != 0)
			continue;
		r = file_disables(sys, path);
		off = r >= 0 ? r : off;
	}
	return off > 0;
}

void cloudinit_tell(struct pass *pass)
{
	if (!sys_exists(pass->sys, "/usr/bin/cloud-init") || switched_off(pass->sys))
		return;
	pass_state(pass, STATE_DEGRADED,
		   "echo 'network: {config: disabled}' >" CONF_D "/99-envagent-network.cfg",
		   "cloud-init sets up the network of this host as well, at each first boot of a "
		   "copy");
}
