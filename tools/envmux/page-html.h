/* SPDX-License-Identifier: MIT */
/* page-html.h -- the pages as HTML: no script, one small style sheet inside, light and dark */
#pragma once

#include "tools/envmux/page.h"

/* E (may be NULL): the environment that it is about. REFRESH: seconds, 0: never. */
int html_reason(struct buf *b, const char *title, const char *says, const char *hint,
		const struct view_env *e, const char *domain, unsigned refresh, time_t now);
int html_overview(struct buf *b, const struct view *v, const char *domain,
		  const struct page_note *notes, size_t n_notes, time_t now);
