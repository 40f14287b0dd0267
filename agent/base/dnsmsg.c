/* SPDX-License-Identifier: MIT */
/* dnsmsg.c -- one DNS question and its answer as bytes (RFC 1035 4.1); no I/O */
#include "agent/base/dnsmsg.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define HEADER_LEN 12
#define CLASS_IN 1
#define TYPE_CNAME 5
#define FLAG_RESPONSE 0x8000
#define FLAG_RECURSE 0x0100

struct reader {
	const uint8_t *msg;
	size_t len, at;
};

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* What is no plain text could be taken for something else later. */
static bool label_byte(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '.';
}

/* NAME as labels; returns the length or -EINVAL. */
static int put_name(uint8_t *p, const char *name)
{
	uint8_t *start = p;

	if (!*name || strlen(name) > 254)
		return -EINVAL;
	for (;;) {
		size_t len = strcspn(name, ".");

		if (len < 1 || len > 63 || (size_t)(p - start) + len + 2 > 255)
			return -EINVAL;
		*p++ = len;
		for (; len; len--, name++) {
			if (!label_byte(*name))
				return -EINVAL;
			*p++ = *name;
		}
		if (*name == '.')
			name++;
		if (!*name)
			break;
	}
	*p++ = 0;
	return p - start;
}

int dnsmsg_query(uint16_t id, const char *name, uint16_t type, uint8_t msg[DNS_MSG_MAX])
{
	int len;

	memset(msg, 0, HEADER_LEN);
	put16(msg, id);
	put16(msg + 2, FLAG_RECURSE);
	put16(msg + 4, 1);
	len = put_name(msg + HEADER_LEN, name);
	if (len < 0)
		return len;
	len += HEADER_LEN;
	put16(msg + len, type);
	put16(msg + len + 2, CLASS_IN);
	return len + 4;
}

/*
 * The name at R->at, dots between its labels; R->at goes behind it. A pointer must lead backwards
 * of all that was read before it, so a loop cannot be.
 */
static int get_name(struct reader *r, char ret[DNS_NAME_MAX])
{
	size_t at = r->at, floor = r->at, out = 0;
	bool jumped = false;

	for (;;) {
		uint8_t n;

		if (at >= r->len)
			return -EBADMSG;
		n = r->msg[at++];
		if (n >= 0xc0) {
			size_t to;

			if (at >= r->len)
				return -EBADMSG;
			to = (size_t)(n & 0x3f) << 8 | r->msg[at++];
			if (!jumped)
				r->at = at;
			if (to >= floor)
				return -EBADMSG;
			jumped = true;
			at = floor = to;
			continue;
		}
		if (n > 63 || at + n > r->len)
			return -EBADMSG;
		if (!n)
			break;
		if (out + n + 1 >= DNS_NAME_MAX)
			return -EBADMSG;
		if (out)
			ret[out++] = '.';
		for (uint8_t i = 0; i < n; i++) {
			if (!label_byte(r->msg[at + i]))
				return -EBADMSG;
			ret[out++] = r->msg[at + i];
		}
		at += n;
	}
	if (!jumped)
		r->at = at;
	ret[out] = '\0';
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	if (la && a[la - 1] == '.')
		la--;
	return la == lb && !strncasecmp(a, b, la);
}

/* Keeps one record of the asked type. */
static int keep_record(struct reader *r, uint16_t type, size_t data_len, struct dnsmsg_answer *a)
{
	struct reader inner = { r->msg, r->at + data_len, r->at };
	unsigned i = a->n;

	if (i >= 8)
		return 0;
	if (type == DNS_PTR) {
		if (get_name(&inner, a->names[i]) < 0 || inner.at != inner.len)
			return -EBADMSG;
	} else {
		if (data_len != (type == DNS_A ? 4 : 16))
			return -EBADMSG;
		a->addrs[i].family = type == DNS_A ? AF_INET : AF_INET6;
		a->addrs[i].prefix = -1;
		memcpy(a->addrs[i].bytes, r->msg + r->at, data_len);
	}
	a->n++;
	return 0;
}

/* WANTED is the name asked for, or what a CNAME made of it. */
static int read_record(struct reader *r, char wanted[DNS_NAME_MAX], uint16_t asked,
		       struct dnsmsg_answer *a)
{
	char owner[DNS_NAME_MAX];
	uint16_t type, class, data_len;
	int e = 0;

	if (get_name(r, owner) < 0 || r->len - r->at < 10)
		return -EBADMSG;
	type = get16(r->msg + r->at);
	class = get16(r->msg + r->at + 2);
	data_len = get16(r->msg + r->at + 8);
	r->at += 10;
	if (r->len - r->at < data_len)
		return -EBADMSG;

	if (class == CLASS_IN && same_name(owner, wanted)) {
		if (type == asked) {
			e = keep_record(r, type, data_len, a);
		} else if (type == TYPE_CNAME) {
			struct reader inner = { r->msg, r->at + data_len, r->at };

			e = get_name(&inner, wanted);
		}
	}
	r->at += data_len;
	return e;
}

int dnsmsg_parse(const uint8_t *msg, size_t len, uint16_t id, const char *name, uint16_t type,
		 struct dnsmsg_answer *ret)
{
	struct reader r = { msg, len, HEADER_LEN };
	struct dnsmsg_answer a = {};
	char wanted[DNS_NAME_MAX];

	if (len < HEADER_LEN)
		return -EBADMSG;
	if (get16(msg) != id || !(get16(msg + 2) & FLAG_RESPONSE))
		return -ENOMSG;
	a.rcode = msg[3] & 15;

	/* a server that did not understand the question need not repeat it */
	if (get16(msg + 4) == 0 && a.rcode) {
		*ret = a;
		return 0;
	}
	if (get16(msg + 4) != 1)
		return -ENOMSG;
	if (get_name(&r, wanted) < 0 || len - r.at < 4)
		return -EBADMSG;
	if (!same_name(name, wanted) || get16(msg + r.at) != type ||
	    get16(msg + r.at + 2) != CLASS_IN)
		return -ENOMSG;
	r.at += 4;

	for (unsigned i = 0; i < get16(msg + 6); i++)
		if (read_record(&r, wanted, type, &a) < 0)
			return -EBADMSG;
	*ret = a;
	return 0;
}
