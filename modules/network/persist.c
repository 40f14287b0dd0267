/* SPDX-License-Identifier: MIT */
/* persist.c -- who governs this host's network, and our files there */
#include "modules/network/persist.h"

#include <errno.h>
#include <string.h>

#include "modules/network/cloudinit.h"
#include "modules/network/ifupdown.h"

/* netplan writes the files of the two below it; ifupdown leaves alone what it does not name. */
static const struct persister *const persisters[] = {
	&persister_netplan,
	&persister_networkd,
	&persister_nm,
	&persister_ifupdown,
};

bool persist_has(const struct iface *wi, int family)
{
	for (size_t i = 0; i < wi->n_addrs; i++)
		if (wi->addrs[i].family == family)
			return true;
	return false;
}

const struct sys_route *persist_gateway(const struct iface *wi, int family)
{
	const struct sys_route *t = iface_gateway(wi, family);

	return t->gateway.family ? t : NULL;
}

const struct persister *persist_find(struct sys *sys, const struct ifaces *want)
{
	for (size_t i = 0; i < ARRAY_SIZE(persisters); i++)
		if (persisters[i]->probe(sys, want))
			return persisters[i];
	return NULL;
}

const char *persist_door(struct sys *sys, const struct ifaces *want)
{
	const struct persister *p = persist_find(sys, want);

	return p ? p->door : NULL;
}

/* The job that is owed when a file of P changes; DOOR is called by somebody else. */
static const char *owed(const struct persister *p, const char *door)
{
	return p->door && door && !strcmp(p->door, door) ? NULL : p->door;
}

static int plan_one(struct pass *pass, const struct persister *p, const char *dir,
		    const struct iface *list, size_t n, const char *door, char ***keep)
{
	const struct plan_file_opts opts = {
		.write = { .mode = p->mode, .uid = -1, .gid = -1 },
		.reload = owed(p, door),
		.door = p->door,
	};
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_free_ char *path = NULL;
	int r;

	path = str_printf("%s/%s%s%s", dir, p->prefix, p->each ? list->link->name : "", p->suffix);
	if (!path)
		return -ENOMEM;
	r = p->render(list, n, &text);
	if (r >= 0)
		r = plan_dir(pass->plan, dir, p->mode == 0600 && p->each ? 0700 : 0755);
	if (r >= 0)
		r = plan_file(pass->plan, path, text.data, text.len, &opts);
	return r < 0 ? r : strv_add(keep, path);
}

/* What WI has at each boot; with another's profile in force, one in its place for this boot too. */
static int plan_each(struct pass *pass, const struct persister *p, bool persist,
		     const struct iface *wi, const char *door, char ***keep)
{
	struct iface lasting = *wi;
	int r;

	if (!persist)
		return plan_one(pass, p, p->run, wi, 1, door, keep);
	memset(&lasting.profile, 0, sizeof(lasting.profile));
	r = plan_one(pass, p, p->etc, &lasting, 1, door, keep);
	if (r >= 0 && wi->profile.uuid[0])
		r = plan_one(pass, p, p->run, wi, 1, door, keep);
	return r;
}

static int plan_files(struct pass *pass, const struct persister *p, bool persist,
		      const struct ifaces *want, const char *door, char ***keep)
{
	int r = 0;

	if (!p->each)
		return plan_one(pass, p, persist ? p->etc : p->run, want->list, want->n, door,
				keep);
	for (size_t i = 0; r >= 0 && i < want->n; i++)
		r = plan_each(pass, p, persist, &want->list[i], door, keep);
	return r;
}

static bool below(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && !strncmp(path, dir, len) && path[len] == '/';
}

/* The persister whose file PATH is, of ours or one that has yielded; NULL: none. */
static const struct persister *persister_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(persisters); i++)
		if (below(path, persisters[i]->etc) || below(path, persisters[i]->run) ||
		    (persisters[i] == &persister_ifupdown && !strcmp(path, IFUPDOWN_FILE)))
			return persisters[i];
	return NULL;
}

/* 1 if F, which was there before us, holds what somebody else wrote since. */
static int is_edited(struct pass *pass, const struct manifest_file *f)
{
	_cleanup_free_ char *text = NULL;
	char hash[65];
	size_t len;
	int r;

	if (f->before != SYS_FILE)
		return 0;
	r = sys_read(pass->sys, f->path, &text, &len);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	sys_sha256(text, len, hash);
	return strcmp(hash, f->hash) != 0 && strcmp(hash, f->next_hash) != 0 &&
	       strcmp(hash, f->before_hash) != 0;
}

/* F, of an earlier pass, is no longer wanted: as it was before us. */
static int take_back(struct pass *pass, const struct manifest_file *f, const char *door)
{
	const struct plan_file_opts opts = {
		.write = { .mode = f->before_mode, .uid = f->before_uid, .gid = f->before_gid },
		.reload = door,
	};
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = is_edited(pass, f);
	if (r > 0)
		log_notice("%s stays as it is: it was changed after envagent had changed it; see "
			   "what it says of the interfaces",
			   f->path);
	if (r != 0)
		return r < 0 ? r : 0;
	if (f->before == SYS_ABSENT) {
		r = plan_unlink(pass->plan, f->path);
		return r <= 0 || !door ? r : plan_unit(pass->plan, "reload", door);
	}
	r = manifest_former(pass->manifest, f, &text, &len);
	return r < 0 ? r : plan_file(pass->plan, f->path, text, len, &opts);
}

static int plan_leftovers(struct pass *pass, char *const *keep, const char *door)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < manifest_n_files(pass->manifest); i++) {
		const struct manifest_file *f = manifest_file_at(pass->manifest, i);
		const struct persister *p = persister_of(f->path);

		if (p && !strcmp(f->module, "network") && !strv_contains(keep, f->path))
			r = take_back(pass, f, owed(p, door));
	}
	return r;
}

/* The route to the metadata service is kept as any other of its interface. */
static int with_metadata(const struct ifaces *want, const struct sys_route *metadata,
			 struct ifaces *ret)
{
	ret->list = calloc(want->n + 1, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	if (want->n > 0)
		memcpy(ret->list, want->list, want->n * sizeof(*ret->list));
	ret->n = want->n;
	for (struct iface *wi = ret->list; metadata && wi < ret->list + ret->n; wi++)
		if (wi->link->index == metadata->index && wi->n_routes < IFACE_ROUTES_MAX)
			wi->routes[wi->n_routes++] = *metadata;
	return 0;
}

int persist_plan(struct pass *pass, const struct ifaces *want, const struct sys_route *metadata,
		 bool persist, const char *door)
{
	const struct persister *p = persist_find(pass->sys, want);
	_cleanup_(ifaces_done) struct ifaces full = {};
	_cleanup_strv_ char **keep = NULL;
	const char *dir = p ? (persist ? p->etc : p->run) : NULL;
	int r;

	if (pass->result->state < STATE_READY)
		return 0;
	r = with_metadata(want, metadata, &full);
	if (r >= 0 && dir && full.n > 0) {
		if (p->look)
			p->look(pass->sys, &full);
		r = plan_files(pass, p, persist, &full, door, &keep);
		if (r >= 0 && p->yield)
			r = p->yield(pass, &full, &keep);
	}
	if (r >= 0)
		r = plan_leftovers(pass, keep, door);
	if (r < 0)
		return r;
	if (full.n > 0)
		cloudinit_tell(pass);
	return 0;
}
