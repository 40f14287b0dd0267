/* SPDX-License-Identifier: MIT */
/* facts-env.c -- facts for shell scripts and units */
#include "agent/reconcile/facts-env.h"

#include <errno.h>
#include <string.h>

#include "agent/base/utf8.h"

/* Of one value, and of all: the kernel refuses to start a program with a longer environment. */
#define VALUE_MAX (16u * 1024)
#define ALL_MAX (64u * 1024)

/* systemd drops a variable with other control characters, so nobody shall get it. */
static bool value_fits(const char *s, size_t len)
{
	uint32_t c;
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = utf8_decode(s + i, len - i, &c);
		if (step == 0 || (c < ' ' && c != '\t' && c != '\n') || c == 0x7f)
			return false;
	}
	return true;
}

static void add_name(struct buf *b, const char *name)
{
	buf_adds(b, "ENVAGENT_");
	for (; *name; name++)
		buf_addc(b, *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
}

/* Within double quotes systemd and sh read these four, behind a backslash, and all others alike. */
static void add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	for (; *s; s++) {
		if (strchr("\"\\`$", *s))
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

/* Why FACT is left out, NULL if it is not; then its text in *RET. */
static const char *left_out(const struct fact *fact, size_t used, const char **ret)
{
	const char *text;
	size_t len;

	if (fact->secret)
		return "secret";
	if (fact->state != FACT_VALUE)
		return fact->state == FACT_ABSENT ? "absent" : "unknown";
	if (!fact->value)
		return "null";
	if (json_object_is_type(fact->value, json_type_string)) {
		text = json_object_get_string(fact->value);
		len = (size_t)json_object_get_string_len(fact->value);
	} else {
		text = json_text(fact->value);
		len = text ? strlen(text) : 0;
	}
	if (!text)
		return "no memory";
	if (len > VALUE_MAX || used + len > ALL_MAX)
		return "too long";
	if (strlen(text) != len || !value_fits(text, len))
		return "has control characters";
	*ret = text;
	return NULL;
}

int facts_to_env(const struct facts *f, struct buf *out)
{
	buf_adds(out, "# The facts of this host, for \". FILE\" and EnvironmentFile=; "
		      "written by envagent\n");
	for (size_t i = 0; i < facts_count(f); i++) {
		const struct fact *fact = facts_at(f, i);
		const char *text = NULL, *why = left_out(fact, out->len, &text);

		if (why)
			buf_adds(out, "# ");
		add_name(out, fact->name);
		if (why) {
			buf_addf(out, ": %s\n", why);
			continue;
		}
		buf_addc(out, '=');
		add_quoted(out, text);
		buf_addc(out, '\n');
	}
	return out->error;
}
