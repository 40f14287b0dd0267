/* SPDX-License-Identifier: MIT */
/*
 * dnsmsg.h -- one DNS question and its answer as bytes (RFC 1035 4.1); no I/O
 *
 * Used by who must ask one named server without the search list and the time-outs of the C library.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/base/addr.h"

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28 };
#define DNS_MSG_MAX 1232
#define DNS_NAME_MAX 256

/* A query with recursion desired. Returns its length, -EINVAL if NAME cannot be encoded. */
int dnsmsg_query(uint16_t id, const char *name, uint16_t type, uint8_t msg[DNS_MSG_MAX]);

struct dnsmsg_answer {
	int rcode;		     /* 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED */
	unsigned n;		     /* records of the asked type, at most 8 kept */
	struct addr addrs[8];	     /* for A and AAAA */
	char names[8][DNS_NAME_MAX]; /* for PTR, without the closing dot */
};

/*
 * Reads the answer to the query (ID, NAME, TYPE). 0; -EBADMSG if malformed (compression loops
 * included); -ENOMSG if it answers another question (go on waiting).
 */
int dnsmsg_parse(const uint8_t *msg, size_t len, uint16_t id, const char *name, uint16_t type,
		 struct dnsmsg_answer *ret);
