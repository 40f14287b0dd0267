/* SPDX-License-Identifier: MIT */
/* addr.c -- addresses, MACs and names: parsed once, on the way in */
#include "agent/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/utf8.h"

/* Not isalnum() and its kin: they follow the locale. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A prefix length without sign or leading zeros. */
static int prefix_parse(const char *text, int max)
{
	int v = 0;

	if (!*text || strlen(text) > 3 || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		if (!is_digit(*text))
			return -EINVAL;
		v = v * 10 + (*text - '0');
	}
	return v <= max ? v : -EINVAL;
}

int addr_parse(const char *text, struct addr *ret)
{
	struct addr a = { .prefix = -1 };
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';

	if (inet_pton(AF_INET, host, a.bytes) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, host, a.bytes) == 1)
		a.family = AF_INET6;
	else
		return -EINVAL;

	if (slash) {
		a.prefix = prefix_parse(slash + 1, a.family == AF_INET ? 32 : 128);
		if (a.prefix < 0)
			return -EINVAL;
	}
	*ret = a;
	return 0;
}

const char *addr_format(const struct addr *a, bool with_prefix, char text[ADDR_TEXT_MAX])
{
	size_t len;

	text[0] = '\0';
	if (!a->family || !inet_ntop(a->family, a->bytes, text, ADDR_TEXT_MAX))
		return text;
	if (with_prefix && a->prefix >= 0) {
		len = strlen(text);
		snprintf(text + len, ADDR_TEXT_MAX - len, "/%d", a->prefix);
	}
	return text;
}

static size_t addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, addr_len(a));
}

bool addr_in(const struct addr *net, const struct addr *host)
{
	int bits = net->prefix;
	uint8_t mask;

	if (!net->family || net->family != host->family || bits < 0 ||
	    (size_t)bits > addr_len(net) * 8)
		return false;
	if (memcmp(net->bytes, host->bytes, bits / 8))
		return false;
	if (bits % 8 == 0)
		return true;
	mask = 0xff << (8 - bits % 8);
	return !((net->bytes[bits / 8] ^ host->bytes[bits / 8]) & mask);
}

struct addr addr_network(const struct addr *a)
{
	struct addr net = *a;

	for (int bit = a->prefix; bit < (int)sizeof(net.bytes) * 8; bit++)
		net.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return net;
}

const char *addr_arpa(const struct addr *a, char text[ADDR_ARPA_MAX])
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = a->bytes;
	char *p = text;

	text[0] = '\0';
	if (a->family == AF_INET) {
		snprintf(text, ADDR_ARPA_MAX, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
	} else if (a->family == AF_INET6) {
		for (int i = 15; i >= 0; i--) {
			*p++ = hex[b[i] & 15];
			*p++ = '.';
			*p++ = hex[b[i] >> 4];
			*p++ = '.';
		}
		strcpy(p, "ip6.arpa");
	}
	return text;
}

int mac_parse(const char *text, uint8_t ret[6])
{
	uint8_t mac[6];
	char separator = 0;

	for (int i = 0; i < 6; i++) {
		int high = hex_value(text[0]), low;

		if (high < 0)
			return -EINVAL;
		low = hex_value(text[1]);
		if (low < 0)
			return -EINVAL;
		mac[i] = high << 4 | low;
		text += 2;
		if (i == 5)
			break;
		if ((*text != ':' && *text != '-') || (separator && *text != separator))
			return -EINVAL;
		separator = *text++;
	}
	if (*text)
		return -EINVAL;
	memcpy(ret, mac, 6);
	return 0;
}

const char *mac_format(const uint8_t mac[6], char text[MAC_TEXT_MAX])
{
	snprintf(text, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}

static bool label_valid(const char *s, size_t len)
{
	if (len < 1 || len > 63 || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

bool hostname_valid(const char *s)
{
	return label_valid(s, strlen(s));
}

bool domain_valid(const char *s)
{
	if (strlen(s) > 253)
		return false;
	for (;;) {
		size_t len = strcspn(s, ".");

		if (!label_valid(s, len))
			return false;
		if (!s[len])
			return true;
		s += len + 1;
	}
}

bool id_valid(const char *s)
{
	size_t len = strlen(s);

	if (len < 1 || len > 20)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]))
			return false;
	return true;
}

bool filename_valid(const char *s)
{
	size_t len = strlen(s);

	if (len < 1 || len > 255 || !strcmp(s, ".") || !strcmp(s, ".."))
		return false;
	return !strchr(s, '/') && !strchr(s, '\t') && utf8_text(s, len);
}
