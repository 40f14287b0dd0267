/* SPDX-License-Identifier: MIT */
/* credential.c -- the secrets that the supervisor hands to a child, by name */
#include "agent/reconcile/credential.h"

#include <errno.h>
#include <string.h>

void credentials_free(struct credential *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		explicit_bzero(c[i].text, strlen(c[i].text));
		free(c[i].text);
		free(c[i].name);
	}
	free(c);
}

/* 0, 1 if it is there with *ret owned, -ENOMEM. */
static int read_one(int fd, char **ret)
{
	char text[CREDENTIAL_SIZE_MAX + 1];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	*ret = strdup(text);
	explicit_bzero(text, sizeof(text));
	return *ret ? 1 : -ENOMEM;
}

int credentials_read(char *const *names, int first_fd, struct credential **ret, size_t *ret_n)
{
	struct credential *c = calloc(strv_len(names) + 1, sizeof(*c));
	size_t n = 0;

	if (!c)
		return -ENOMEM;
	for (int i = 0; names && names[i]; i++) {
		int r = read_one(first_fd + i, &c[n].text);

		if (r > 0) {
			c[n].name = strdup(names[i]);
			r = c[n++].name ? 0 : -ENOMEM;
		}
		if (r < 0) {
			credentials_free(c, n);
			return r;
		}
	}
	*ret = c;
	*ret_n = n;
	return 0;
}

const char *pass_credential(const struct pass *pass, const char *name)
{
	for (size_t i = 0; i < pass->n_credentials; i++) {
		if (!strcmp(pass->credentials[i].name, name))
			return pass->credentials[i].text;
	}
	return NULL;
}
