/* SPDX-License-Identifier: MIT */
/*
 * addr.h -- addresses, MACs and names: parsed once, on the way in
 *
 * What these accept may go into a config, a hosts file or a plan without further escaping.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IP address, perhaps with a prefix length. Caller fills it in by addr_parse(). */
struct addr {
	int family; /* AF_INET, AF_INET6; 0: none */
	uint8_t bytes[16];
	int prefix; /* -1: none was given */
};
#define ADDR_TEXT_MAX 64

/*
 * "10.60.0.21", "10.60.0.21/24", "fd00::1/64". Dotted quad and RFC 4291 only (inet_pton): no
 * octal, no short forms, no zone. 0 or -EINVAL.
 */
int addr_parse(const char *text, struct addr *ret);
/* Writes the text, with "/prefix" if WITH_PREFIX and there is one; returns TEXT. */
const char *addr_format(const struct addr *a, bool with_prefix, char text[ADDR_TEXT_MAX]);
/* The same address; the prefix does not count. */
bool addr_equal(const struct addr *a, const struct addr *b);
/* HOST lies in the network of NET (NET->prefix must be given). */
bool addr_in(const struct addr *net, const struct addr *host);
/* The network that A lies in (A->prefix must be given): 10.60.0.21/24 is in 10.60.0.0/24. */
struct addr addr_network(const struct addr *a);
/* "21.0.60.10.in-addr.arpa" or the ip6.arpa form (RFC 1035 3.5, RFC 3596 2.5). */
#define ADDR_ARPA_MAX 80
const char *addr_arpa(const struct addr *a, char text[ADDR_ARPA_MAX]);

/* "00:50:56:2A:10:01", any case, ':' or '-'. 0 or -EINVAL. */
int mac_parse(const char *text, uint8_t ret[6]);
#define MAC_TEXT_MAX 18
/* Lower case with colons. */
const char *mac_format(const uint8_t mac[6], char text[MAC_TEXT_MAX]);

/* One label: RFC 1123 2.1, letters, digits, inner dashes, 1 to 63. */
bool hostname_valid(const char *s);
/* Labels joined by dots, at most 253 bytes, no closing dot; a single label counts. */
bool domain_valid(const char *s);
/* 1 to 20 digits: a config id or VM id. Always text, never a number. */
bool id_valid(const char *s);
/* A file name that is one path component: no '/', not "." or "..", printable, at most 255. */
bool filename_valid(const char *s);
