/* SPDX-License-Identifier: MIT */
/* api-query.h -- the query of a request: $filter, $top and $skip, ver */
#pragma once

#include "tools/envmux/api-parts.h"

#define FILTER_CLAUSES 4

/*
 * "partition eq test-1 and name eq www-1". Devices of all versions agree on "partition" alone;
 * other properties are compared as texts.
 */
struct filter {
	const char *partition; /* NULL: any; borrowed from the clauses */
	bool others;	       /* there are clauses beside it */
	char *text;
	struct {
		const char *key, *value;
	} clauses[FILTER_CLAUSES];
	size_t n;
};
/* -EINVAL for what cannot be read, -ENOENT for a partition that is not there: then REPLY says so.
 */
int filter_read(struct api *api, const struct api_request *req, struct filter *ret,
		struct api_reply *reply);
bool filter_fits(const struct filter *filter, struct json_object *rendered);
void filter_done(struct filter *filter);

/* $skip and $top; WANTED if either was given. TOTAL is counted by who lists. */
struct page {
	bool wanted;
	size_t skip, top, total;
};
struct page page_of(const struct api_request *req);
/* True if the next one, which is counted by this, is on the page. */
bool page_takes(struct page *page);
/* What the answer O to a request for a page of URI ("ltm/pool") has more than the whole list. */
int page_tell(const struct page *page, const char *uri, struct json_object *o);

/* The selfLink of collection URI, with the query that was asked for. */
int query_link(const struct api_request *req, const char *uri, struct json_object *o);
/* Puts the version that "ver" asks for into the links of BODY; what is no version is ignored. */
int query_version(const struct api_request *req, struct json_object *body);
