/* SPDX-License-Identifier: MIT */
/* doors.c -- systemd-resolved and resolvconf, which write /etc/resolv.conf for whoever asks them */
#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "modules/resolv/resolv.h"

#define RESOLVED "systemd-resolved.service"

/* PATH is a link, and WORDS are in where it leads. */
static bool leads_to(struct sys *sys, const char *path, const char *words)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	return sys_lstat(sys, path, &st) >= 0 && st.kind == SYS_LINK && strstr(st.target, words);
}

static bool written_by(struct sys *sys, const char *name)
{
	_cleanup_free_ char *text = NULL;
	const char *writer;

	if (sys_read(sys, RESOLV_CONF, &text, NULL) < 0)
		return false;
	writer = resolv_writer(text);
	return writer && !strcmp(writer, name);
}

/* ---- systemd-resolved ---- */

/* The stub, the file with the real servers, or the one that comes with the package. */
static int resolved_probe(struct sys *sys)
{
	return (leads_to(sys, RESOLV_CONF, "systemd/resolve/") ||
		leads_to(sys, RESOLV_CONF, "/systemd/resolv.conf")) &&
	       (sys_exists(sys, RESOLVED_SERVERS) || sys_unit_enabled(sys, RESOLVED));
}

/* It reads its files when it starts only; its cache is all that a restart costs. */
static int resolved_plan(struct pass *pass, const struct resolv_want *w)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.restart = RESOLVED,
	};
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (w->options && *w->options)
		pass_state(pass, STATE_DEGRADED, "remove Options=",
			   "systemd-resolved manages " RESOLV_CONF
			   " and has no place for the words of Options=");
	r = resolv_dropin(w, &text);
	if (r >= 0)
		r = plan_dir(pass->plan, RESOLVED_DROPINS, 0755);
	if (r >= 0)
		r = plan_file(pass->plan, RESOLVED_DROPIN, text.data, text.len, &opts);
	return r;
}

/* ---- resolvconf: Debian's, and openresolv ---- */

static int resolvconf_probe(struct sys *sys)
{
	bool program =
		sys_exists(sys, "/sbin/resolvconf") || sys_exists(sys, "/usr/sbin/resolvconf");

	/* the program of that name which is systemd-resolved's */
	if (!program || leads_to(sys, "/sbin/resolvconf", "resolvectl") ||
	    leads_to(sys, "/usr/sbin/resolvconf", "resolvectl"))
		return 0;
	return leads_to(sys, RESOLV_CONF, "/resolvconf/") || written_by(sys, "resolvconf");
}

static int resolvconf_plan(struct pass *pass, const struct resolv_want *w)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = "resolvconf:record",
	};
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	r = resolv_text(w, false, &text);
	if (r >= 0)
		r = plan_dir(pass->plan, RUN_DIR, 0755);
	if (r >= 0)
		r = plan_file(pass->plan, SYS_RESOLVCONF_RECORD, text.data, text.len, &opts);
	return r;
}

static const struct resolv_door doors[] = {
	{ "systemd-resolved", resolved_probe, resolved_plan, RESOLVED_SERVERS, RESOLVED_DROPIN,
	  RESOLVED, "try-restart" },
	{ "resolvconf", resolvconf_probe, resolvconf_plan, RESOLV_CONF, SYS_RESOLVCONF_RECORD,
	  "resolvconf:record", "reload" },
};

const struct resolv_door *resolv_door(struct sys *sys)
{
	for (size_t i = 0; i < ARRAY_SIZE(doors); i++)
		if (doors[i].probe(sys))
			return &doors[i];
	return NULL;
}

int resolv_leftovers(struct pass *pass, const struct resolv_door *door)
{
	int r = 0;

	for (const struct resolv_door *d = doors; r >= 0 && d < doors + ARRAY_SIZE(doors); d++) {
		if (d == door || !manifest_file(pass->manifest, d->file))
			continue;
		r = plan_unlink(pass->plan, d->file);
		if (r > 0)
			r = plan_unit(pass->plan, d->verb, d->unit);
	}
	return r < 0 || !door ? r : guards_leftovers(pass);
}
