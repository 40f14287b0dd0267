/* SPDX-License-Identifier: MIT */
/* redact.c -- secrets taken out of a text that leaves this host */
#include "tools/agentctl/redact.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/base/cleanup.h"

#define REDACTED "(redacted)"
#define SECRET_MIN 4

void redact_done(struct redact *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->words[i]);
	free(r->words);
	*r = (struct redact){};
}

static int add_word(struct redact *r, const char *word, size_t len)
{
	char **words, *copy;

	if (len < SECRET_MIN)
		return 0;
	copy = strndup(word, len);
	if (!copy)
		return -ENOMEM;
	words = reallocarray(r->words, r->n + 1, sizeof(*words));
	if (!words) {
		free(copy);
		return -ENOMEM;
	}
	r->words = words;
	r->words[r->n++] = copy;
	return 0;
}

int redact_add(struct redact *r, const char *secret)
{
	int ret = 0;

	while (*secret && ret == 0) {
		size_t len = strcspn(secret, "\r\n");
		const char *colon = memchr(secret, ':', len);

		if (colon)
			ret = add_word(r, colon + 1, len - (size_t)(colon + 1 - secret));
		if (ret == 0)
			ret = add_word(r, secret, len);
		secret += len + strspn(secret + len, "\r\n");
	}
	return ret;
}

/* The length of the secret word that AT begins with; 0: none. */
static size_t known(const struct redact *r, const char *at)
{
	size_t longest = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t len = strlen(r->words[i]);

		if (len > longest && strncmp(at, r->words[i], len) == 0)
			longest = len;
	}
	return longest;
}

/* How far it is from AT to the value behind a name that speaks of a secret; 0: it is none. */
static size_t telling(const char *at)
{
	static const char *const names[] = { "password", "passwd", "passphrase",    "secret",
					     "token",	 "apikey", "authorization", "private_key",
					     "api_key",	 "cookie" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]), gap;

		if (strncasecmp(at, names[i], len) != 0)
			continue;
		while (isalnum((unsigned char)at[len]) || at[len] == '_' || at[len] == '-')
			len++;
		gap = strspn(at + len, "\"' \t:=");
		if (strpbrk(at + len, ":=") && strpbrk(at + len, ":=") < at + len + gap)
			return len + gap;
	}
	return 0;
}

/* The length of "USER:PASSWORD" between "://" and '@' at AT, behind "://"; 0: none. */
static size_t user_part(const char *line, const char *at)
{
	size_t len = strcspn(at, "/@ \t\"'");

	return at - line >= 3 && !strncmp(at - 3, "://", 3) && at[len] == '@' ? len : 0;
}

static void one_line(const struct redact *r, const char *line, struct buf *out)
{
	for (const char *p = line; *p;) {
		size_t len = known(r, p);

		if (len == 0)
			len = user_part(line, p);
		if (len > 0) {
			buf_adds(out, REDACTED);
			p += len;
			continue;
		}
		len = telling(p);
		if (len > 0 && p[len]) {
			(void)buf_add(out, p, len);
			buf_adds(out, REDACTED);
			return;
		}
		buf_addc(out, *p++);
	}
}

int redact_text(const struct redact *r, const char *text, struct buf *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, len);

		if (!line)
			return -ENOMEM;
		one_line(r, line, out);
		if (text[len] == '\n')
			buf_addc(out, text[len++]);
		text += len;
	}
	return out->error;
}
