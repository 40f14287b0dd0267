/* SPDX-License-Identifier: MIT */
/* template-target.c -- what is at the target, and whether it is replaced now */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/reconcile/drift.h"
#include "modules/template/template.h"

/* The target holds these bytes already. */
static bool is_live(const struct template *t)
{
	_cleanup_free_ char *live = NULL;
	size_t len;

	return sys_read(t->pass->sys, t->conf.target, &live, &len) == 0 && len == t->text.out.len &&
	       memcmp(live, t->text.out.data, len) == 0;
}

static int refuse(struct template *t, int r)
{
	const char *target = t->conf.target;

	switch (r) {
	case -ENOMEM:
		return r;
	case -ENOENT:
		return template_hold(t, "make it", "the directory of %s does not exist", target);
	case -EEXIST:
		return template_hold(t, "correct Target= of one",
				     "%s is written by something else, too", target);
	case -EBUSY:
		return template_hold(t, "umount it, or let Target= be the file behind it",
				     "%s is mounted over, so it cannot be replaced", target);
	case -ENOLINK:
		return template_hold(t, "let Target= be the file behind the link",
				     "%s: a link on the way was made by a user who has no right to "
				     "what it leads to",
				     target);
	}
	return template_hold(t, "see Target= of its section", "%s: %s", target, strerror(-r));
}

/* What we would write now is what we wrote last: only the other hand is new. */
static bool is_written(const struct template *t)
{
	const struct manifest_file *f = manifest_file(t->pass->manifest, t->real);
	char hash[65];

	sys_sha256(t->text.out.data, t->text.out.len, hash);
	return f && strcmp(f->hash, hash) == 0;
}

/* Somebody else changed the target, and it is to stay so. */
static void keep(struct template *t)
{
	struct pass *pass = t->pass;

	t->step = TEMPLATE_KEPT;
	snprintf(t->next, sizeof(t->next), "agentctl plan after OnDrift=repair, or edit %.200s",
		 t->conf.source);
	if (is_written(t))
		snprintf(t->why, sizeof(t->why), "%.300s was changed by hand and is kept",
			 t->conf.target);
	else
		pass_state(pass, STATE_DEGRADED, t->next,
			   "%s was changed by hand and is kept, though there is something new to "
			   "be written (OnDrift=keep)",
			   t->conf.target);
}

/* Where we had written a file there is a link now, and behind it nothing of ours. */
static bool became_link(const struct template *t)
{
	const struct manifest *m = t->pass->manifest;

	return strcmp(t->real, t->conf.target) != 0 && manifest_file(m, t->conf.target) &&
	       !manifest_file(m, t->real);
}

/*
 * The bytes are ours, mode, owner or ACL are not. What is new is written in any case, and with
 * these as they are unless they are put back.
 */
static void outside_drifted(struct template *t, const struct drift *d)
{
	t->as_found = t->conf.on_drift == ON_DRIFT_KEEP || !d->repair;
	t->drifted = !t->as_found;
	if (t->conf.on_drift != ON_DRIFT_KEEP) {
		drift_say(t->pass, t->conf.target, d);
		return;
	}
	snprintf(t->next, sizeof(t->next), "set Owner=, Group= or Mode=, or OnDrift=repair");
	snprintf(t->why, sizeof(t->why),
		 "%.300s was given another mode, owner or access control list by hand and keeps it",
		 t->conf.target);
}

/* 0; 1 if the target stays as it is. */
static int look_for_drift(struct template *t, bool same)
{
	struct drift d;
	int r;

	r = drift_look(t->pass, t->real, &d);
	if (r < 0)
		return refuse(t, r);
	if (became_link(t))
		drift_judge(t->pass, t->real, &d);
	if (d.outside) {
		outside_drifted(t, &d);
		return 0;
	}
	t->drifted = d.changed && !same;
	if (!t->drifted)
		return 0;
	if (t->conf.on_drift == ON_DRIFT_KEEP && !d.gone) {
		keep(t);
		return 1;
	}
	drift_say(t->pass, t->conf.target, &d);
	if (d.repair)
		return 0;
	t->step = TEMPLATE_WAITS;
	return 1;
}

/* ---- what a unit did not take ---- */

/* 1 and held if a unit of this boot refused these very bytes: to try once more disturbs it. */
static int look_for_refusal(struct template *t)
{
	struct json_object *all, *entry;
	const char *hash, *words;
	char now[65];

	if (json_get_obj(t->pass->state, "refused", &all) < 0 ||
	    json_get_obj(all, t->real, &entry) < 0 || json_get_str(entry, "hash", &hash) < 0 ||
	    json_get_str(entry, "words", &words) < 0)
		return 0;
	sys_sha256(t->text.out.data, t->text.out.len, now);
	if (strcmp(hash, now) == 0 && !t->pass->by_hand)
		return template_hold(t, "correct the template, or: agentctl apply",
				     "%s: the former file is back: %s", t->conf.target, words);
	if (!t->pass->planning)
		json_object_object_del(all, t->real);
	return 0;
}

void template_applied(struct pass *pass)
{
	for (size_t i = 0; i < plan_count(pass->plan); i++) {
		const struct change *c = plan_at(pass->plan, i);
		struct json_object *all, *entry;
		const char *words;
		char hash[65];
		int r = 0;

		words = strcmp(c->module, pass->module) == 0 ? plan_put_back(pass->plan, c) : NULL;
		if (!words)
			continue;
		if (json_get_obj(pass->state, "refused", &all) < 0) {
			all = json_object_new_object();
			r = json_set(pass->state, "refused", all);
		}
		entry = json_object_new_object();
		sys_sha256(c->data, c->len, hash);
		r = r < 0 ? r : json_set(all, c->path, entry);
		/* what is not remembered is tried once more, and refused once more */
		if (r < 0 || json_set_str(entry, "hash", hash) < 0 ||
		    json_set_str(entry, "words", words) < 0)
			log_warning("No memory to remember what %s refused", c->path);
	}
}

int template_look(struct template *t)
{
	struct sys_stat st;
	bool same;
	int r;

	r = sys_realpath(t->pass->sys, t->conf.target, &t->real);
	if (r < 0)
		return refuse(t, r);
	same = is_live(t);
	t->step = same ? TEMPLATE_SAME : TEMPLATE_LIVE;
	if (same)
		return look_for_drift(t, same);
	r = sys_lstat(t->pass->sys, t->real, &st);
	if (r < 0)
		return refuse(t, r);
	r = st.mount_point ? -EBUSY : st.kind == SYS_DIR ? -EISDIR : 0;
	sys_stat_done(&st);
	if (r < 0)
		return refuse(t, r);
	r = look_for_drift(t, same);
	return r != 0 ? r : look_for_refusal(t);
}

/* ---- quiet time and splay ---- */

/* A unit would notice, and it is no first rendering and no repair. */
static bool may_wait(const struct template *t)
{
	return t->step == TEMPLATE_LIVE && (t->conf.reload || t->conf.restart) && !t->drifted &&
	       manifest_file(t->pass->manifest, t->real);
}

/* Where this VM stands between 0 and SPLAY: the same at each pass, another one in another VM. */
static uint64_t splay_of(const struct pass *pass, uint64_t splay)
{
	const char *vm = facts_str(pass->facts, "vm_id") ?: "";
	char hash[65];

	sys_sha256(vm, strlen(vm), hash);
	hash[8] = '\0';
	return splay / 0xffffffffu * strtoul(hash, NULL, 16) +
	       splay % 0xffffffffu * strtoul(hash, NULL, 16) / 0xffffffffu;
}

/* All that would go live, as one number in text. */
static int fingerprint(const struct template *all, size_t n, char ret[65])
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		char hash[65];

		if (!may_wait(&all[i]))
			continue;
		sys_sha256(all[i].text.out.data, all[i].text.out.len, hash);
		buf_addf(&b, "%s %s\n", all[i].real, hash);
	}
	ret[0] = '\0';
	if (b.len > 0)
		sys_sha256(b.data, b.len, ret);
	return b.error;
}

/* When the changes called HASH are due (monotonic usec): as long as others come they are not. */
static int due(struct pass *pass, const struct template_quiet *c, const char *hash, uint64_t now,
	       uint64_t *ret)
{
	int64_t first = (int64_t)now, last = (int64_t)now;
	uint64_t max = c->quiet_max ?: 4 * c->quiet;
	struct json_object *entry;
	const char *former;
	int r = 0;

	if (json_get_obj(pass->state, "quiet", &entry) < 0) {
		entry = json_object_new_object();
		r = json_set(pass->state, "quiet", entry);
	} else if (json_get_int(entry, "first", &first) == 0 &&
		   json_get_str(entry, "hash", &former) == 0 && strcmp(former, hash) == 0) {
		json_get_int(entry, "last", &last);
	}
	if (r >= 0)
		r = json_set_str(entry, "hash", hash);
	if (r >= 0)
		r = json_set_int(entry, "first", first);
	if (r >= 0)
		r = json_set_int(entry, "last", last);
	*ret = (uint64_t)last + c->quiet;
	if ((uint64_t)first + max < *ret)
		*ret = (uint64_t)first + max;
	*ret += splay_of(pass, c->splay);
	return r;
}

int template_wait(struct pass *pass, const struct template_quiet *c, struct template *all, size_t n)
{
	uint64_t now = sys_now_monotonic(), when = now;
	unsigned waiting = 0;
	char hash[65];
	int r;

	if (pass->planning)
		return 0;
	r = fingerprint(all, n, hash);
	if (r >= 0 && hash[0] && c->quiet + c->splay > 0 && !pass->by_hand)
		r = due(pass, c, hash, now, &when);
	if (r < 0)
		return r;
	if (when <= now) {
		json_object_object_del(pass->state, "quiet");
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!may_wait(&all[i]))
			continue;
		all[i].step = TEMPLATE_WAITS;
		waiting++;
	}
	pass_state(pass, STATE_CONVERGING, "agentctl apply does it now",
		   "%u target%s will change in %.1f s, if nothing else does until then (QuietSec=, "
		   "SplaySec=)",
		   waiting, waiting == 1 ? "" : "s", (double)(when - now) / 1e6);
	pass_again(pass, when - now);
	return 0;
}

int template_target(struct template *t)
{
	struct plan_file_opts file = { .write = t->write,
				       .reload = t->conf.reload,
				       .restart = t->conf.restart,
				       .secret = t->text.secret,
				       .alone = true,
				       .as_left = !t->as_found };
	int r;

	if (t->as_found) {
		file.write.keep_mode = true;
		file.write.uid = (uid_t)-1;
		file.write.gid = (gid_t)-1;
	}
	r = plan_file(t->pass->plan, t->conf.target, t->text.out.data, t->text.out.len, &file);
	if (r < 0)
		return refuse(t, r);
	if (!t->drifted)
		return 0;
	if (r > 0)
		return drift_repaired(t->pass, t->real);
	/* somebody else made it what it shall be now */
	manifest_left(t->pass->manifest, t->real);
	return 0;
}
