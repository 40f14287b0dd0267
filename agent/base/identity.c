/* SPDX-License-Identifier: MIT */
/* identity.c -- the pair (VM id, config id) in a metadata document */
#include "agent/base/identity.h"

#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"

int identity_of_url(const char *url, char ret[IDENTITY_ID_MAX])
{
	size_t len = strcspn(url, "?#"), start;

	while (len > 0 && url[len - 1] == '/')
		len--;
	if (len > 5 && memcmp(url + len - 5, ".json", 5) == 0)
		len -= 5;
	for (start = len; start > 0 && url[start - 1] != '/'; start--)
		;
	if (start == 0 || len - start >= IDENTITY_ID_MAX)
		return -EINVAL;
	memcpy(ret, url + start, len - start);
	ret[len - start] = '\0';
	return id_valid(ret) ? 0 : -EINVAL;
}

int identity_read(struct json_object *doc, struct identity *ret)
{
	_cleanup_free_ char *vm = NULL;
	struct identity id;
	const char *url;
	int r;

	r = json_get_str(doc, "configuration_url", &url);
	if (r < 0)
		return r;
	if (identity_of_url(url, id.env) < 0 || json_get_id(doc, "id", &vm) < 0 || !id_valid(vm))
		return -EBADMSG;
	strcpy(id.vm, vm);
	*ret = id;
	return 0;
}
