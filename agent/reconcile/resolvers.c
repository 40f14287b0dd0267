/* SPDX-License-Identifier: MIT */
/* resolvers.c -- the name servers that this machine had before we wrote its resolv.conf */
#include "agent/reconcile/resolvers.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/protocol.h"
#include "agent/base/resolvconf.h"

#define KEY "former"

/* -ESTALE if the file is ours: it tells nothing about the time before. */
static int read_servers(struct sys *sys, const char *path, struct addr *ret, size_t max)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = sys_read(sys, path, &text, &len);
	if (r == -ENOENT || r == -ELOOP)
		return 0;
	if (r < 0)
		return r;
	if (!strncmp(text, RESOLVERS_MARK, strlen(RESOLVERS_MARK)))
		return -ESTALE;
	return (int)resolvconf_servers(text, ret, max);
}

static int remembered(const struct pass *pass, struct addr *ret, size_t max)
{
	struct json_object *arr;
	size_t n = 0;

	if (json_get_arr(pass->state, KEY, &arr) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(arr) && n < max; i++) {
		struct json_object *v = json_object_array_get_idx(arr, i);

		if (json_object_is_type(v, json_type_string) &&
		    addr_parse(json_object_get_string(v), &ret[n]) == 0)
			n++;
	}
	return (int)n;
}

static int remember(struct pass *pass, const struct addr *servers, size_t n)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	char text[ADDR_TEXT_MAX];
	int r;

	if (!arr)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		r = json_append(arr, json_object_new_string(addr_format(&servers[i], false, text)));
		if (r < 0)
			return r;
	}
	return json_set(pass->state, KEY, TAKE_PTR(arr));
}

/* A link, relative as it mostly is, points to the file of whoever managed it; that one still is. */
static int of_manifest(struct pass *pass, struct addr *ret, size_t max)
{
	const struct manifest_file *f = manifest_file(pass->manifest, RESOLV_CONF);
	_cleanup_free_ char *path = NULL;

	if (!f)
		return 0;
	if (f->before == SYS_FILE && f->before_hash[0])
		path = str_printf(STATE_DIR "/former/%s", f->before_hash);
	else if (f->before == SYS_LINK && f->before_target && f->before_target[0] == '/')
		path = str_printf("%s", f->before_target);
	else if (f->before == SYS_LINK && f->before_target)
		path = str_printf("/etc/%s", f->before_target);
	else
		return 0;
	if (!path)
		return -ENOMEM;
	return read_servers(pass->sys, path, ret, max);
}

/* A host that asks itself asks whoever answers there: systemd-resolved, and that tells. */
static bool is_stub(const struct addr *servers, int n)
{
	return n == 1 && servers[0].family == AF_INET && servers[0].bytes[0] == 127;
}

/* What we handed to systemd-resolved or resolvconf is in the file that they write. */
static bool ours_in_force(struct pass *pass)
{
	return (manifest_file(pass->manifest, RESOLVED_DROPIN) &&
		sys_exists(pass->sys, RESOLVED_DROPIN)) ||
	       (manifest_file(pass->manifest, SYS_RESOLVCONF_RECORD) &&
		sys_exists(pass->sys, SYS_RESOLVCONF_RECORD));
}

int resolvers_former(struct pass *pass, struct addr *ret, size_t max)
{
	int n, r;

	n = ours_in_force(pass) ? -ESTALE : read_servers(pass->sys, RESOLV_CONF, ret, max);
	if (is_stub(ret, n))
		n = read_servers(pass->sys, RESOLVED_SERVERS, ret, max);
	if (n < 0 && n != -ESTALE)
		return n;
	if (n > 0) {
		r = remember(pass, ret, (size_t)n);
		return r < 0 ? r : n;
	}
	n = remembered(pass, ret, max);
	if (n == 0)
		n = of_manifest(pass, ret, max);
	return n == -ESTALE ? 0 : n;
}
