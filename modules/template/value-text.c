/* SPDX-License-Identifier: MIT */
/* value-text.c -- values as Ruby's to_s, inspect and to_json write them */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/value.h"

/* The shortest digits that read back as the same number, laid out as Ruby's Float#to_s does. */
static int add_float(struct buf *out, double d)
{
	char text[40], digits[20];
	size_t n = 0;
	int exp;

	if (!isfinite(d))
		return buf_adds(out, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
	for (int precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, fabs(d));
		if (strtod(text, NULL) == fabs(d))
			break;
	}
	for (const char *p = text; *p && *p != 'e'; p++)
		if (*p != '.')
			digits[n++] = *p;
	exp = atoi(strchr(text, 'e') + 1);
	if (signbit(d))
		buf_addc(out, '-');
	if (d != 0 && (exp < -4 || exp >= 16)) {
		buf_addf(out, "%c.%.*s", digits[0], (int)(n > 1 ? n - 1 : 1),
			 n > 1 ? digits + 1 : "0");
		return buf_addf(out, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
	}
	if (exp < 0)
		buf_adds(out, "0.");
	for (int i = exp; i < -1; i++)
		buf_addc(out, '0');
	for (int i = 0; i < (int)n || i <= exp; i++) {
		buf_addc(out, i < (int)n ? digits[i] : '0');
		if (i == exp)
			buf_addc(out, '.');
	}
	return exp >= (int)n - 1 ? buf_addc(out, '0') : out->error;
}

static void inspect_char(struct buf *out, int32_t c, const char *next, const char *end)
{
	static const char bytes[] = "\a\b\t\n\v\f\r\033\"\\", names[] = "abtnvfre\"\\";
	const char *p = c > 0 && c < 0x80 ? strchr(bytes, c) : NULL;

	if (p)
		buf_addf(out, "\\%c", names[p - bytes]);
	else if (c == '#' && next < end && (*next == '{' || *next == '$' || *next == '@'))
		buf_adds(out, "\\#");
	else if (chars_printable(c))
		chars_add(out, c);
	else
		buf_addf(out, c > 0xffff ? "\\u{%" PRIX32 "}" : "\\u%04" PRIX32, c);
}

static int inspect_string(struct buf *out, const char *s, size_t len)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < len;) {
		int32_t c;
		size_t n = chars_char(s + i, len - i, &c);

		if (c < 0)
			buf_addf(out, "\\x%02X", (unsigned char)s[i]);
		else
			inspect_char(out, c, s + i + n, s + len);
		i += n;
	}
	return buf_addc(out, '"');
}

/* :name needs no quotes if it could be a name or one of the operators in Ruby. */
static bool plain_symbol(const struct value *v)
{
	const char *s = v->str;
	size_t n = v->len;

	if (n > 1 && (s[n - 1] == '?' || s[n - 1] == '!' || s[n - 1] == '='))
		n--;
	if (n == 0 || isdigit((unsigned char)s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] != '_' && !isalnum((unsigned char)s[i]) && !(s[i] & 0x80))
			return false;
	return true;
}

static int inspect(struct buf *out, const struct value *v, unsigned depth);

static int inspect_hash(struct buf *out, const struct value *v, unsigned depth)
{
	int r;

	buf_addc(out, '{');
	for (size_t i = 0; i < v->len; i++) {
		const struct pair *p = &v->pairs[i];

		if (i > 0)
			buf_adds(out, ", ");
		r = inspect(out, &p->key, depth);
		if (r < 0)
			return r;
		buf_adds(out, "=>");
		r = inspect(out, &p->value, depth);
		if (r < 0)
			return r;
	}
	return buf_addc(out, '}');
}

static int inspect(struct buf *out, const struct value *v, unsigned depth)
{
	int r;

	if (depth > VALUE_DEPTH_MAX)
		return -ELOOP;
	switch (v->type) {
	case V_NIL:
		return buf_adds(out, "nil");
	case V_STR:
		return inspect_string(out, v->str, v->len);
	case V_SYM:
		buf_addc(out, ':');
		return plain_symbol(v) ? buf_add(out, v->str, v->len)
				       : inspect_string(out, v->str, v->len);
	case V_HASH:
		return inspect_hash(out, v, depth + 1);
	case V_ARRAY:
		buf_addc(out, '[');
		for (size_t i = 0; i < v->len; i++) {
			if (i > 0)
				buf_adds(out, ", ");
			r = inspect(out, &v->items[i], depth + 1);
			if (r < 0)
				return r;
		}
		return buf_addc(out, ']');
	}
	return value_to_s(out, v);
}

int value_inspect(struct buf *out, const struct value *v)
{
	return inspect(out, v, 0);
}

int value_to_s(struct buf *out, const struct value *v)
{
	switch (v->type) {
	case V_FALSE:
		return buf_adds(out, "false");
	case V_TRUE:
		return buf_adds(out, "true");
	case V_INT:
		return buf_addf(out, "%" PRId64, v->integer);
	case V_FLOAT:
		return add_float(out, v->real);
	case V_STR:
	case V_SYM:
		return buf_add(out, v->str, v->len);
	case V_ARRAY:
	case V_HASH:
		return inspect(out, v, 0);
	}
	return out->error;
}

static int json_string(struct buf *out, const char *s, size_t len)
{
	static const char bytes[] = "\b\t\n\f\r\"\\", names[] = "btnfr\"\\";

	if (!chars_valid(s, len))
		return -EILSEQ;
	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = s[i];
		const char *p = c ? strchr(bytes, c) : NULL;

		if (p)
			buf_addf(out, "\\%c", names[p - bytes]);
		else if (c < 0x20)
			buf_addf(out, "\\u%04x", c);
		else
			buf_addc(out, c);
	}
	return buf_addc(out, '"');
}

static int to_json(struct buf *out, const struct value *v, unsigned depth);

static int json_hash(struct buf *out, const struct value *v, unsigned depth)
{
	_cleanup_buf_ struct buf key = BUF_INIT_MAX(out->max);
	int r;

	buf_addc(out, '{');
	for (size_t i = 0; i < v->len; i++) {
		if (i > 0)
			buf_addc(out, ',');
		buf_reset(&key);
		r = value_to_s(&key, &v->pairs[i].key);
		if (r < 0)
			return r;
		r = json_string(out, key.data ?: "", key.len);
		if (r < 0)
			return r;
		buf_addc(out, ':');
		r = to_json(out, &v->pairs[i].value, depth);
		if (r < 0)
			return r;
	}
	return buf_addc(out, '}');
}

static int to_json(struct buf *out, const struct value *v, unsigned depth)
{
	int r;

	if (depth > VALUE_DEPTH_MAX)
		return -ELOOP;
	switch (v->type) {
	case V_NIL:
		return buf_adds(out, "null");
	case V_STR:
	case V_SYM:
		return json_string(out, v->str, v->len);
	case V_HASH:
		return json_hash(out, v, depth + 1);
	case V_ARRAY:
		buf_addc(out, '[');
		for (size_t i = 0; i < v->len; i++) {
			if (i > 0)
				buf_addc(out, ',');
			r = to_json(out, &v->items[i], depth + 1);
			if (r < 0)
				return r;
		}
		return buf_addc(out, ']');
	}
	return value_to_s(out, v);
}

int value_to_json(struct buf *out, const struct value *v)
{
	return to_json(out, v, 0);
}
