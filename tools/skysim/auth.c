/* SPDX-License-Identifier: MIT */
/* auth.c -- HTTP Basic (RFC 7617): is it the one user and its token */
#include "tools/skysim/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "agent/base/cleanup.h"

#define TOKEN_MAX 512
#define PAIR_MAX 1024

void auth_done(struct auth *a)
{
	if (a->token)
		explicit_bzero(a->token, strlen(a->token));
	free(a->token);
	free(a->user);
	*a = (struct auth){};
}

int auth_read_token(struct auth *a, const char *file)
{
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	char line[TOKEN_MAX + 1] = "";
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, line, TOKEN_MAX);
	if (n < 0)
		return -errno;
	line[strcspn(line, "\r\n")] = 0;
	if (!*line)
		return -EINVAL;
	free(a->token);
	a->token = strdup(line);
	explicit_bzero(line, sizeof(line));
	return a->token ? 0 : -ENOMEM;
}

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* Base64 (RFC 4648 4) into OUT, ended by a NUL. The length, or -EINVAL. */
static int decode(const char *text, char out[PAIR_MAX])
{
	uint32_t bits = 0;
	int n_bits = 0, len = 0;

	for (; *text && *text != '='; text++) {
		int v = sextet(*text);

		if (v < 0 || len >= PAIR_MAX - 1)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[len++] = (char)(bits >> n_bits & 0xff);
		}
	}
	if (text[strspn(text, "=")])
		return -EINVAL;
	out[len] = 0;
	return len;
}

/* Takes as long for a near miss as for a far one. */
static bool same(const char *given, const char *wanted)
{
	size_t n_given = strlen(given), n = strlen(wanted);
	unsigned diff = n_given != n;

	for (size_t i = 0; i < n; i++)
		diff |= (unsigned char)wanted[i] ^ (unsigned char)given[i < n_given ? i : n_given];
	return !diff;
}

bool auth_check(const struct auth *a, const char *header)
{
	char pair[PAIR_MAX];
	bool user, token;
	char *colon;
	int len;

	if (!a->user || !a->token || !header || strncasecmp(header, "Basic ", 6))
		return false;
	header += 6 + strspn(header + 6, " ");
	len = decode(header, pair);
	if (len < 0 || (size_t)len != strlen(pair))
		return false;
	colon = strchr(pair, ':');
	if (!colon)
		return false;
	*colon = 0;
	user = same(pair, a->user);
	token = same(colon + 1, a->token);
	explicit_bzero(pair, sizeof(pair));
	return user && token;
}
