/* SPDX-License-Identifier: MIT */
/*
 * auth.h -- who is asking: accounts, tokens, rights
 *
 * Basic credentials or a token (X-F5-Auth-Token), as BIG-IP does it: a token lives 1,200 s from its
 * making or from its last extension, 36,000 s at most; a user other than "admin" has at most 100.
 * Tokens live in memory: after a restart a client gets 401 and logs in once more.
 *
 * A password hash is slow on purpose, and clients with Basic credentials send them each time: the
 * right one is known again for 60 s, by a keyed hash whose key this process alone has.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/json.h"

enum auth_role {
	AUTH_ADMIN,
	/* The agents' account: partitions test-<id> with envagent's stamp, nothing else. */
	AUTH_REGISTRAR,
};

#define AUTH_TOKEN_LEN 26
#define AUTH_TOKENS_PER_USER 100
#define AUTH_KNOWN_SEC 60
#define AUTH_TIMEOUT 1200
#define AUTH_TIMEOUT_MAX 36000

struct auth_user {
	char *name;
	char *hash; /* crypt(5) */
	enum auth_role role;
	bool loopback_only;
	uint8_t known[16];    /* keyed hash of the password that was right */
	uint64_t known_until; /* monotonic seconds; 0: none is known */
};

struct auth;
int auth_new(struct auth **ret);
void auth_free(struct auth *a);
/* NAME with a crypt(5) HASH; both copied. -EEXIST, -EINVAL if that is no hash, -E2BIG. */
int auth_add_user(struct auth *a, const char *name, const char *hash, enum auth_role role,
		  bool loopback_only);

/* The user of that name and password who may come from PEER; NULL if there is none. Borrowed. */
const struct auth_user *auth_password(struct auth *a, const char *name, const char *password,
				      const char *peer);
/*
 * The user of a token that lives and was made from PEER; NULL if there is none. That a device ties
 * a token to the address of who asked for it is not stated anywhere, but the token tells it; a
 * token that is no good elsewhere is the safer reading, and clients log in again at 401.
 */
const struct auth_user *auth_token(struct auth *a, const char *token, const char *peer);

/* A new token for U, described in *ret (owned). -EDQUOT if U has too many. */
int auth_login(struct auth *a, const struct auth_user *u, const char *peer,
	       struct json_object **ret);
/* The description of U's own TOKEN; -ENOENT, -EPERM if it is another's. *ret owned. */
int auth_describe(struct auth *a, const struct auth_user *u, const char *token,
		  struct json_object **ret);
/* Sets its life from now, in seconds. -ENOENT, -EPERM, -ERANGE over the maximum. */
int auth_extend(struct auth *a, const struct auth_user *u, const char *token, int64_t timeout);
int auth_logout(struct auth *a, const struct auth_user *u, const char *token);
