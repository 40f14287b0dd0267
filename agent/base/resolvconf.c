/* SPDX-License-Identifier: MIT */
/* resolvconf.c -- the name servers in a resolv.conf(5) */
#include "agent/base/resolvconf.h"

#include <string.h>

#define BLANK " \t\r"

/* glibc wants the keyword at the very start of the line, and a blank after it. */
static int line_server(const char *line, size_t len, struct addr *ret)
{
	static const char keyword[] = "nameserver";
	char word[ADDR_TEXT_MAX];
	size_t skip, n;

	if (len <= strlen(keyword) || strncmp(line, keyword, strlen(keyword)))
		return 0;
	line += strlen(keyword);
	len -= strlen(keyword);
	skip = strspn(line, BLANK);
	if (!skip || skip >= len)
		return 0;
	line += skip;
	len -= skip;
	n = strcspn(line, BLANK "\n");
	if (n > len || n >= sizeof(word))
		return 0;
	memcpy(word, line, n);
	word[n] = '\0';
	return addr_parse(word, ret) == 0 && ret->prefix < 0;
}

size_t resolvconf_servers(const char *text, struct addr *ret, size_t max)
{
	size_t n = 0;

	while (*text && n < max) {
		size_t len = strcspn(text, "\n");
		struct addr a;
		bool known = false;

		if (line_server(text, len, &a)) {
			for (size_t i = 0; i < n; i++)
				known |= addr_equal(&ret[i], &a);
			if (!known)
				ret[n++] = a;
		}
		text += len + (text[len] == '\n');
	}
	return n;
}
