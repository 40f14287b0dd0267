/* SPDX-License-Identifier: MIT */
/* auth.c -- who is asking: accounts, tokens, rights */
#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "agent/base/buf.h"
#include "tools/envmux/auth.h"
#include "tools/envmux/keyed-hash.h"

struct token {
	char text[AUTH_TOKEN_LEN + 1];
	const struct auth_user *user;
	char *peer;
	time_t started; /* realtime, to be shown */
	uint64_t ends;	/* monotonic seconds */
	int64_t timeout;
};

struct auth {
	struct auth_user *users[64];
	size_t n_users;
	struct token *tokens;
	size_t n_tokens;
	uint8_t key[16]; /* of what is remembered of passwords */
};

static uint64_t monotonic_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

int auth_new(struct auth **ret)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	if (getrandom(a->key, sizeof(a->key), 0) != (ssize_t)sizeof(a->key)) {
		free(a);
		return -EIO;
	}
	*ret = a;
	return 0;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_users; i++) {
		free(a->users[i]->name);
		explicit_bzero(a->users[i]->hash, strlen(a->users[i]->hash));
		free(a->users[i]->hash);
		free(a->users[i]);
	}
	for (size_t i = 0; i < a->n_tokens; i++)
		free(a->tokens[i].peer);
	free(a->tokens);
	free(a);
}

int auth_add_user(struct auth *a, const char *name, const char *hash, enum auth_role role,
		  bool loopback_only)
{
	struct auth_user *u;

	for (size_t i = 0; i < a->n_users; i++) {
		if (!strcmp(a->users[i]->name, name))
			return -EEXIST;
	}
	if (a->n_users == ARRAY_SIZE(a->users))
		return -E2BIG;
	/* Anything of letters would pass for a hash of the oldest kind. */
	if (hash[0] != '$' || crypt_checksalt(hash) == CRYPT_SALT_INVALID)
		return -EINVAL;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	*u = (struct auth_user){ .name = strdup(name),
				 .hash = strdup(hash),
				 .role = role,
				 .loopback_only = loopback_only };
	if (!u->name || !u->hash) {
		free(u->name);
		free(u->hash);
		free(u);
		return -ENOMEM;
	}
	a->users[a->n_users++] = u;
	return 0;
}

/* Takes the same time whatever the first differing byte is. */
static bool same_bytes(const void *x, const void *y, size_t n)
{
	const uint8_t *a = x, *b = y;
	uint8_t d = 0;

	for (size_t i = 0; i < n; i++)
		d |= a[i] ^ b[i];
	return d == 0;
}

/* How long each is is no secret. */
static bool same_text(const char *x, const char *y)
{
	size_t n = strlen(x);

	return n == strlen(y) && same_bytes(x, y, n);
}

const struct auth_user *auth_password(struct auth *a, const char *name, const char *password,
				      const char *peer)
{
	_cleanup_free_ struct crypt_data *data = calloc(1, sizeof(*data));
	struct auth_user *u = NULL;
	uint8_t known[16];
	const char *hash;

	if (!data)
		return NULL;
	for (size_t i = 0; i < a->n_users; i++) {
		if (!strcmp(a->users[i]->name, name))
			u = a->users[i];
	}
	if (u && u->loopback_only && strncmp(peer, "127.", 4) != 0 && strcmp(peer, "::1") != 0)
		u = NULL;
	/* Who is nobody learns that no sooner than who has a wrong password. */
	if (!u && a->n_users == 0)
		return NULL;
	keyed_hash(a->key, password, strlen(password), known);
	if (u && u->known_until > monotonic_sec() && same_bytes(known, u->known, sizeof(known)))
		return u;
	hash = crypt_r(password, u ? u->hash : a->users[0]->hash, data);
	if (!u || !hash || !same_text(hash, u->hash))
		return NULL;
	memcpy(u->known, known, sizeof(known));
	u->known_until = monotonic_sec() + AUTH_KNOWN_SEC;
	return u;
}

static void drop_token(struct auth *a, size_t i)
{
	free(a->tokens[i].peer);
	a->tokens[i] = a->tokens[--a->n_tokens];
}

static void expire(struct auth *a)
{
	uint64_t now = monotonic_sec();

	for (size_t i = a->n_tokens; i-- > 0;) {
		if (a->tokens[i].ends <= now)
			drop_token(a, i);
	}
}

static struct token *find_token(struct auth *a, const char *text)
{
	expire(a);
	for (size_t i = 0; i < a->n_tokens; i++) {
		if (same_text(a->tokens[i].text, text))
			return &a->tokens[i];
	}
	return NULL;
}

const struct auth_user *auth_token(struct auth *a, const char *token, const char *peer)
{
	struct token *t = find_token(a, token);

	return t && !strcmp(t->peer, peer) ? t->user : NULL;
}

static int describe(const struct token *t, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *link =
		str_printf("https://localhost/mgmt/shared/authz/tokens/%s", t->text);
	_cleanup_free_ char *user =
		str_printf("https://localhost/mgmt/shared/authz/users/%s", t->user->name);
	struct json_object *reference = json_object_new_object();
	int64_t started = (int64_t)t->started * 1000000;
	char when[64];
	struct tm tm;
	int r;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S.000-0000", gmtime_r(&t->started, &tm));
	r = o && link && user ? json_set(o, "user", reference) : -ENOMEM;
	if (r == 0)
		r = json_set_str(reference, "link", user);
	if (r == 0)
		r = json_set_str(o, "token", t->text) ?: json_set_str(o, "name", t->text);
	if (r == 0)
		r = json_set_str(o, "userName", t->user->name)
			    ?: json_set_str(o, "authProviderName", "tmos");
	if (r == 0)
		r = json_set(o, "groupReferences", json_object_new_array())
			    ?: json_set_int(o, "timeout", t->timeout);
	if (r == 0)
		r = json_set_str(o, "startTime", when) ?: json_set_str(o, "address", t->peer);
	if (r == 0)
		r = json_set_str(o, "partition", "[All]") ?: json_set_int(o, "generation", 1);
	if (r == 0)
		r = json_set_int(o, "lastUpdateMicros", started)
			    ?: json_set_int(o, "expirationMicros", started + t->timeout * 1000000);
	if (r == 0)
		r = json_set_str(o, "kind", "shared:authz:tokens:authtokenitemstate")
			    ?: json_set_str(o, "selfLink", link);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

int auth_login(struct auth *a, const struct auth_user *u, const char *peer,
	       struct json_object **ret)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char random[AUTH_TOKEN_LEN];
	struct token t = { .user = u, .started = time(NULL), .timeout = AUTH_TIMEOUT };
	struct token *tokens;
	size_t have = 0;

	expire(a);
	for (size_t i = 0; i < a->n_tokens; i++)
		have += a->tokens[i].user == u;
	if (have >= AUTH_TOKENS_PER_USER && strcmp(u->name, "admin") != 0)
		return -EDQUOT;
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	for (size_t i = 0; i < AUTH_TOKEN_LEN; i++)
		t.text[i] = alphabet[random[i] & 31];
	t.ends = monotonic_sec() + AUTH_TIMEOUT;
	tokens = reallocarray(a->tokens, a->n_tokens + 1, sizeof(*tokens));
	t.peer = strdup(peer);
	if (tokens)
		a->tokens = tokens;
	if (!tokens || !t.peer) {
		free(t.peer);
		return -ENOMEM;
	}
	a->tokens[a->n_tokens++] = t;
	return describe(&t, ret);
}

/* U's own token: others' cannot be read or changed. */
static int own_token(struct auth *a, const struct auth_user *u, const char *text,
		     struct token **ret)
{
	struct token *t = find_token(a, text);

	if (!t)
		return -ENOENT;
	*ret = t;
	return t->user == u ? 0 : -EPERM;
}

int auth_describe(struct auth *a, const struct auth_user *u, const char *token,
		  struct json_object **ret)
{
	struct token *t;
	int r = own_token(a, u, token, &t);

	return r < 0 ? r : describe(t, ret);
}

int auth_extend(struct auth *a, const struct auth_user *u, const char *token, int64_t timeout)
{
	struct token *t;
	int r = own_token(a, u, token, &t);

	if (r < 0)
		return r;
	if (timeout < 1 || timeout > AUTH_TIMEOUT_MAX)
		return -ERANGE;
	t->started = time(NULL);
	t->timeout = timeout;
	t->ends = monotonic_sec() + (uint64_t)timeout;
	return 0;
}

int auth_logout(struct auth *a, const struct auth_user *u, const char *token)
{
	struct token *t;
	int r = own_token(a, u, token, &t);

	if (r < 0)
		return r;
	drop_token(a, (size_t)(t - a->tokens));
	return 0;
}
