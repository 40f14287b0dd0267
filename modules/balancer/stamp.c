/* SPDX-License-Identifier: MIT */
/* stamp.c -- whose partition it is: one line in its description */
#include "modules/balancer/stamp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"

int stamp_parse(const char *text, struct stamp *ret)
{
	struct stamp s;
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

char *stamp_format(const struct stamp *s)
{
	return str_printf("envagent v1 env=%s vm=%s fence=%u until=%" PRId64, s->env, s->vm,
			  s->fence, s->until);
}
