/* SPDX-License-Identifier: MIT */
/* cleanup.c -- descriptors closed quietly, vectors of strings */
#include "agent/base/cleanup.h"

#include <errno.h>
#include <string.h>

void safe_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

void strv_free(char **v)
{
	if (!v)
		return;
	for (size_t i = 0; v[i]; i++)
		free(v[i]);
	free(v);
}

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

int strv_add(char ***v, const char *s)
{
	size_t n = strv_len(*v);
	char *copy = strdup(s);
	char **bigger;

	if (!copy)
		return -ENOMEM;
	bigger = reallocarray(*v, n + 2, sizeof(char *));
	if (!bigger) {
		free(copy);
		return -ENOMEM;
	}
	bigger[n] = copy;
	bigger[n + 1] = NULL;
	*v = bigger;
	return 0;
}

int strv_contains(char *const *v, const char *s)
{
	for (size_t i = 0; v && v[i]; i++)
		if (!strcmp(v[i], s))
			return 1;
	return 0;
}
