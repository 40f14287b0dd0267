/* SPDX-License-Identifier: MIT */
/* checkpoint.c -- all that a switch may have to put back, as one JSON text */
#include "modules/network/checkpoint.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define DOOR_USEC 30000000
#define LEASE_MAX (256u * 1024)

/* ---- bytes as text ---- */

static int set_hex(struct json_object *obj, const char *key, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	_cleanup_free_ char *text = malloc(len * 2 + 1);
	const uint8_t *p = data;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		text[i * 2] = digits[p[i] >> 4];
		text[i * 2 + 1] = digits[p[i] & 15];
	}
	text[len * 2] = '\0';
	return json_set_str(obj, key, text);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int get_hex(struct json_object *obj, const char *key, struct buf *out)
{
	const char *text;
	int r;

	r = json_get_str(obj, key, &text);
	if (r < 0)
		return r;
	for (; text[0]; text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return -EBADMSG;
		buf_addc(out, (char)(high << 4 | low));
	}
	return out->error;
}

/* ---- making ---- */

static int add_link(struct pass *pass, const struct iface *wi, struct json_object *links)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	_cleanup_buf_ struct buf saved = BUF_INIT;
	int r;

	r = sys_net_save(pass->sys, wi->link->index, &saved);
	if (r >= 0)
		r = json_set_int(obj, "index", wi->link->index);
	if (r >= 0)
		r = json_set_str(obj, "name", wi->link->name);
	if (r >= 0)
		r = json_set_int(obj, "mtu", wi->link->mtu);
	if (r >= 0)
		r = set_hex(obj, "net", saved.data, saved.len);
	return r < 0 ? r : json_append(links, TAKE_PTR(obj));
}

static int add_file(struct sys *sys, const char *path, struct json_object *files)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *data = NULL;
	size_t len = 0;
	int r;

	r = sys_lstat(sys, path, &st);
	if (r >= 0)
		r = json_set_str(obj, "path", path);
	if (r < 0)
		return r;
	if (st.kind == SYS_ABSENT) {
		r = json_set_bool(obj, "absent", true);
	} else if (st.kind == SYS_LINK) {
		r = json_set_str(obj, "link", st.target);
	} else if (st.kind == SYS_FILE && st.size <= LEASE_MAX) {
		r = sys_read(sys, path, &data, &len);
		if (r >= 0)
			r = json_set_int(obj, "mode", st.mode);
		if (r >= 0)
			r = set_hex(obj, "data", data, len);
	} else {
		return 0;
	}
	return r < 0 ? r : json_append(files, TAKE_PTR(obj));
}

static int add_client(struct json_object *clients, const struct change *c)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	struct json_object *argv = json_object_new_array();
	int r;

	r = json_set(obj, "argv", argv);
	if (r >= 0)
		r = json_set_str(obj, "link", c->ifname);
	for (char *const *word = c->dhcp.argv; r >= 0 && word && *word; word++)
		r = json_append(argv, json_object_new_string(*word));
	return r < 0 ? r : json_append(clients, TAKE_PTR(obj));
}

static int add_clients(struct pass *pass, struct json_object *clients, struct json_object *files)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < plan_count(pass->plan); i++) {
		const struct change *c = plan_at(pass->plan, i);

		if (c->kind != CHANGE_DHCP_STOP)
			continue;
		r = add_client(clients, c);
		for (char *const *path = c->dhcp.leases; r >= 0 && path && *path; path++)
			r = add_file(pass->sys, *path, files);
	}
	return r;
}

/* What the plan will do to files of the network. */
static int add_written(struct pass *pass, struct json_object *files)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < plan_count(pass->plan); i++) {
		const struct change *c = plan_at(pass->plan, i);

		if ((c->kind == CHANGE_WRITE || c->kind == CHANGE_UNLINK) &&
		    !strcmp(c->module, "network"))
			r = add_file(pass->sys, c->path, files);
	}
	return r;
}

int checkpoint_make(struct pass *pass, const struct ifaces *want, const char *door,
		    struct json_object **ret)
{
	_cleanup_json_ struct json_object *cp = json_object_new_object();
	struct json_object *links = json_object_new_array(), *clients = json_object_new_array(),
			   *files = json_object_new_array();
	int r, t;

	r = json_set(cp, "links", links);
	t = json_set(cp, "clients", clients);
	r = r < 0 ? r : t;
	t = json_set(cp, "files", files);
	r = r < 0 ? r : t;
	if (r >= 0)
		r = json_set_int(cp, "version", CHECKPOINT_VERSION);
	for (size_t i = 0; r >= 0 && i < want->n; i++)
		r = add_link(pass, &want->list[i], links);
	if (r >= 0)
		r = add_clients(pass, clients, files);
	if (r >= 0)
		r = add_file(pass->sys, RESOLV_CONF, files);
	if (r >= 0 && door)
		r = add_written(pass, files);
	if (r >= 0 && door)
		r = json_set_str(cp, "door", door);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(cp);
	return 0;
}

/* ---- putting back ---- */

static int restore_link(struct sys *sys, struct json_object *obj)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	int64_t index, mtu;
	int r, first = 0;

	if (json_get_int(obj, "index", &index) < 0 || json_get_int(obj, "mtu", &mtu) < 0)
		return -EBADMSG;
	r = get_hex(obj, "net", &saved);
	if (r < 0)
		return r;
	first = sys_link_mtu(sys, (int)index, (unsigned)mtu);
	r = sys_net_put_back(sys, (int)index, saved.data, saved.len);
	return first < 0 ? first : r;
}

static int restore_file(struct sys *sys, struct json_object *obj)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_buf_ struct buf data = BUF_INIT;
	const char *path, *target;
	bool absent = false;
	int64_t mode;
	int r;

	r = json_get_str(obj, "path", &path);
	if (r < 0)
		return r;
	if (json_get_bool(obj, "absent", &absent) == 0 && absent)
		r = sys_unlink(sys, path);
	else if (json_get_str(obj, "link", &target) == 0)
		r = sys_symlink(sys, target, path);
	else if (json_get_int(obj, "mode", &mode) == 0 && get_hex(obj, "data", &data) == 0) {
		opts.mode = (mode_t)mode;
		r = sys_write(sys, path, data.data ?: "", data.len, &opts);
	}
	return r < 0 ? r : 0;
}

/* Some client serves IFNAME already: it was not ended yet, or somebody was faster. */
static bool served(struct sys *sys, const char *ifname)
{
	struct sys_dhcp *found = NULL;
	size_t n = 0;

	if (sys_dhcp_find(sys, ifname, &found, &n) < 0)
		return false;
	sys_dhcp_free(found, n);
	return n > 0;
}

static int restore_client(struct sys *sys, struct json_object *obj)
{
	_cleanup_strv_ char **argv = NULL;
	struct json_object *words;
	const char *ifname;
	int r = 0;

	if (json_get_str(obj, "link", &ifname) < 0 || json_get_arr(obj, "argv", &words) < 0)
		return -EBADMSG;
	if (served(sys, ifname))
		return 0;
	for (size_t i = 0; r >= 0 && i < json_object_array_length(words); i++) {
		struct json_object *word = json_object_array_get_idx(words, i);

		r = json_object_is_type(word, json_type_string)
			    ? strv_add(&argv, json_object_get_string(word))
			    : -EBADMSG;
	}
	return r < 0 ? r : sys_dhcp_start(sys, argv);
}

int checkpoint_restore(struct sys *sys, struct json_object *cp)
{
	/* who takes the files may undo what is live; a client finds its lease, and the network as
	 * it left it */
	static const struct {
		const char *key;
		int (*restore)(struct sys *sys, struct json_object *obj);
	} parts[] = {
		{ "files", restore_file },
		{ "links", restore_link },
		{ "clients", restore_client },
	};
	struct json_object *list;
	const char *door;
	int64_t version;
	int first = 0;

	if (json_get_int(cp, "version", &version) < 0 || version != CHECKPOINT_VERSION)
		return -EPROTONOSUPPORT;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (i == 1 && json_get_str(cp, "door", &door) == 0)
			first = sys_unit(sys, "reload", door, DOOR_USEC, NULL);
		if (json_get_arr(cp, parts[i].key, &list) < 0)
			return -EBADMSG;
		for (size_t k = 0; k < json_object_array_length(list); k++) {
			int r = parts[i].restore(sys, json_object_array_get_idx(list, k));

			first = first < 0 ? first : r;
		}
	}
	return first < 0 ? first : 0;
}
