/* SPDX-License-Identifier: MIT */
/* template-owner.c -- users and groups by name, below the root */
#include "modules/template/template-owner.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

int template_owner(struct sys *sys, const char *file, const char *name, unsigned *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len = strlen(name), size;
	unsigned long number;
	char *end;
	int r;

	number = strtoul(name, &end, 10);
	if (*name >= '0' && *name <= '9' && !*end && number < UINT32_MAX) {
		*ret = number;
		return 0;
	}
	r = sys_read(sys, file, &text, &size);
	if (r < 0)
		return r;
	for (char *line = text, *next; line; line = next) {
		const char *field;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		field = strchr(line + len + 1, ':');
		if (!field)
			continue;
		number = strtoul(field + 1, &end, 10);
		if (end == field + 1 || *end != ':' || number >= UINT32_MAX)
			continue;
		*ret = number;
		return 0;
	}
	return -ENOENT;
}
