/* SPDX-License-Identifier: MIT */
/* auth.h -- HTTP Basic (RFC 7617): is it the one user and its token */
#pragma once

#include <stdbool.h>

/* No user: nobody is let in. The token is never logged. */
struct auth {
	char *user;
	char *token;
};

void auth_done(struct auth *a);
/* The first line of FILE becomes the token. 0, -EINVAL if it is empty, or the errno of reading. */
int auth_read_token(struct auth *a, const char *file);
/* HEADER is the value of Authorization, or NULL. */
bool auth_check(const struct auth *a, const char *header);
