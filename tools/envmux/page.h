/* SPDX-License-Identifier: MIT */
/*
 * page.h -- what a visitor sees where no member answers: the overview, and why there is nothing
 *
 * HTML for browsers, JSON for who accepts that rather, one line of text for everybody else. No
 * script; everything that came from outside is escaped.
 */
#pragma once

#include "agent/base/buf.h"
#include "tools/envmux/view.h"

enum page_form { PAGE_TEXT, PAGE_HTML, PAGE_JSON };

struct page {
	int status;
	unsigned retry; /* Retry-After, seconds; 0: none */
	enum page_form form;
	struct buf body;
};

/* A certificate of the front, or a domain of it that is trouble; for the foot of the overview. */
struct page_note {
	bool bad;
	char text[256];
};

/* By an Accept header, which may be NULL. */
enum page_form page_form(const char *accept);
const char *page_type(enum page_form form);

/* All environments, with their services' addresses below DOMAIN. NOW: seconds since 1970. */
int page_overview(const struct view *v, const char *domain, const struct page_note *notes,
		  size_t n_notes, time_t now, enum page_form form, struct page *ret);
/*
 * Why the host LABEL ("www-123") leads nowhere: 404 if there is no such service, 503 if it starts
 * or sleeps. V is view_read_unserved() of its environment.
 */
int page_missing(const struct view *v, const char *label, const char *domain, time_t now,
		 enum page_form form, struct page *ret);
static inline void page_done(struct page *p)
{
	buf_done(&p->body);
}
