/* SPDX-License-Identifier: MIT */
/*
 * tries.h -- the addresses to ask, one after the other, until one is the metadata service
 *
 * All share one deadline. Each gets an equal part of what is left, so that an address that swallows
 * everything leaves enough for those behind it.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/fetch/answer.h"
#include "agent/fetch/where.h"

struct tries_opts {
	char *const *order; /* words of protocol.h, NULL-terminated */
	const char *last;   /* NULL: there was none */
	const char *resolv_conf;
	unsigned port;
	uint64_t timeout; /* usec */
};

struct tries {
	struct tries_opts opts;
	struct answer_macs macs;
	int route4, route6, resolv_conf; /* open files, -1: none */
	struct where_list asked;	 /* once each, whatever word names it */
};

struct tries_result {
	struct identity id;
	char from[ADDR_TEXT_MAX];
	struct buf document;
	struct buf failed; /* "ADDRESS:REASON;..." of those before */
};
void tries_result_done(struct tries_result *r);

/*
 * Opens all that the tries may need; nothing is opened afterwards but sockets. The files are left
 * to the end of the program.
 * -EINVAL for a word that is none, -errno.
 */
int tries_prepare(const struct tries_opts *opts, struct tries *ret);

/* Asks. 0 with all of RET, -ENOMSG with RET->failed alone if no answer counted, -ENOMEM. */
int tries_run(struct tries *t, struct tries_result *ret);
