/* SPDX-License-Identifier: MIT */
/* stamp.c -- whose partition it is: one line in its description */
#include "modules/balancer/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"

#define OWNER_MAX 60

int stamp_parse(const char *text, struct stamp *ret)
{
	struct stamp s = {};
	int end = 0;

	if (!text ||
	    sscanf(text, "envagent v1 env=%20[0-9] vm=%20[0-9] fence=%9u until=%18" SCNd64 "%n",
		   s.env, s.vm, &s.fence, &s.until, &end) != 4)
		return -EBADMSG;
	/* A later version may say more behind a blank. */
	if (text[end] != '\0' && text[end] != ' ')
		return -EBADMSG;
	*ret = s;
	return 0;
}

/* " owner=NAME" of what may be any text. */
static void add_owner(struct buf *b, const char *owner)
{
	size_t n = 0;

	for (const char *p = owner; *p && n < OWNER_MAX; p++) {
		unsigned char c = (unsigned char)*p;

		/* Nobody's name ends within a letter of more than one byte. */
		if (n + 4 > OWNER_MAX && (c & 0xc0) == 0xc0)
			break;
		if (c < ' ' || c == 0x7f)
			continue;
		if (n++ == 0)
			buf_adds(b, " owner=");
		buf_addc(b, c == ' ' ? '_' : (char)c);
	}
}

char *stamp_format(const struct stamp *s)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "envagent v1 env=%s vm=%s fence=%u until=%" PRId64, s->env, s->vm, s->fence,
		 s->until);
	add_owner(&b, s->owner ?: "");
	return b.error ? NULL : buf_take(&b);
}
