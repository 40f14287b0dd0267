/* SPDX-License-Identifier: MIT */
/* drift.c -- a file of ours that somebody else changed, and whether it is put back */
#include "agent/reconcile/drift.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

struct memory {
	int64_t repairs, last; /* how often, and when (monotonic usec) */
};

static struct memory remember(const struct pass *pass, const char *path)
{
	struct json_object *all, *entry;
	struct memory m = {};

	if (json_get_obj(pass->state, "drift", &all) < 0 || json_get_obj(all, path, &entry) < 0 ||
	    json_get_int(entry, "repairs", &m.repairs) < 0 ||
	    json_get_int(entry, "last", &m.last) < 0 || m.repairs < 0)
		return (struct memory){};
	return m;
}

static void forget(struct pass *pass, const char *path)
{
	struct json_object *all;

	if (json_get_obj(pass->state, "drift", &all) < 0)
		return;
	json_object_object_del(all, path);
	if (json_object_object_length(all) == 0)
		json_object_object_del(pass->state, "drift");
}

/* 1 if PATH holds what we wrote, 0 if not, -ENOENT if it is gone. */
static int is_ours(struct pass *pass, const char *path, const struct manifest_file *f)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	char hash[65];
	int r;

	r = sys_lstat(pass->sys, path, &st);
	if (r < 0)
		return r;
	if (st.kind == SYS_LINK)
		return 0;
	r = sys_hash(pass->sys, path, hash);
	if (r < 0)
		return r;
	/* a pass that was killed after its write has noted it as the next one only */
	return strcmp(hash, f->hash) == 0 || strcmp(hash, f->next_hash) == 0;
}

/* As is_ours(), and 0 with *ret_outside if only what is around the bytes is not ours. */
static int is_as_left(struct pass *pass, const char *path, const struct manifest_file *f,
		      bool *ret_outside)
{
	int r;

	r = is_ours(pass, path, f);
	/* after a pass that was killed nobody knows which of the two it is */
	if (r <= 0 || strcmp(f->hash, f->next_hash) != 0)
		return r;
	r = manifest_left_differs(pass->manifest, f);
	if (r < 0)
		return r;
	*ret_outside = r > 0;
	return r == 0;
}

static uint64_t pause_after(int64_t repairs)
{
	return DRIFT_PAUSE << (repairs - 1);
}

static void judge(struct pass *pass, const char *path, struct drift *d)
{
	struct memory m = remember(pass, path);
	uint64_t since = sys_now_monotonic() - (uint64_t)m.last;

	if (pass->by_hand || (m.repairs < DRIFT_REPAIRS && since > DRIFT_CALM)) {
		forget(pass, path);
		m = (struct memory){};
	}
	d->repairs = (unsigned)m.repairs;
	if (m.repairs >= DRIFT_REPAIRS)
		d->wait = UINT64_MAX;
	else if (m.repairs > 0 && since < pause_after(m.repairs))
		d->wait = pause_after(m.repairs) - since;
	d->repair = d->wait == 0;
}

/* Where the file is that PATH means: one that we put in a link's place is not that link again. */
static int find_file(struct pass *pass, const char *path, char **ret)
{
	if (!manifest_file(pass->manifest, path))
		return sys_realpath(pass->sys, path, ret);
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}

int drift_look(struct pass *pass, const char *path, struct drift *ret)
{
	_cleanup_free_ char *real = NULL;
	const struct manifest_file *f;
	struct drift d = {};
	int r;

	r = find_file(pass, path, &real);
	if (r == -ENOENT) { /* a link that leads nowhere */
		*ret = d;
		return 0;
	}
	if (r < 0)
		return r;
	f = manifest_file(pass->manifest, real);
	if (!f || !f->hash[0]) {
		*ret = d;
		return 0;
	}
	r = is_as_left(pass, real, f, &d.outside);
	if (r < 0 && r != -ENOENT)
		return r;
	d.gone = r == -ENOENT;
	d.changed = r <= 0;
	if (d.changed)
		judge(pass, real, &d);
	else if (sys_now_monotonic() - (uint64_t)remember(pass, real).last > DRIFT_CALM)
		forget(pass, real);
	*ret = d;
	return 0;
}

void drift_judge(struct pass *pass, const char *what, struct drift *ret)
{
	*ret = (struct drift){ .changed = true };
	judge(pass, what, ret);
}

int drift_counted(struct pass *pass, const char *real)
{
	struct json_object *all, *entry;
	struct memory m;
	int r;

	if (pass->planning)
		return 0;
	m = remember(pass, real);
	if (json_get_obj(pass->state, "drift", &all) < 0) {
		all = json_object_new_object();
		r = json_set(pass->state, "drift", all);
		if (r < 0)
			return r;
	}
	entry = json_object_new_object();
	r = json_set(all, real, entry);
	return r < 0 ? r
		     : json_add(entry, { "repairs", json_int(m.repairs + 1) },
				{ "last", json_int(sys_now_monotonic()) });
}

int drift_repaired(struct pass *pass, const char *path)
{
	_cleanup_free_ char *real = NULL;
	int r;

	r = find_file(pass, path, &real);
	return r < 0 ? r : drift_counted(pass, real);
}

void drift_say(struct pass *pass, const char *path, const struct drift *d)
{
	const char *what = d->gone	? "removed"
			   : d->outside ? "given another mode, owner or access control list"
					: "changed";
	const char *by = d->by ?: "somebody else";

	if (d->repair) {
		log_notice("%s was %s by %s and is put back", path, what, by);
	} else if (d->wait == UINT64_MAX) {
		pass_state(pass, STATE_DEGRADED, "stop the other writer, then: agentctl apply",
			   "%s is %s by %s again and again: after %u repairs it is left alone",
			   path, what, by, d->repairs);
	} else {
		pass_state(pass, STATE_DEGRADED, "find the other writer, then: agentctl apply",
			   "%s is %s by %s again and again: the next repair is in %.0f s", path,
			   what, by, (double)d->wait / 1e6);
		pass_again(pass, d->wait);
	}
}
