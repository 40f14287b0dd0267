/* SPDX-License-Identifier: MIT */
/* template-conf.c -- what [Template NAME] says */
#include <errno.h>
#include <string.h>

#include "modules/template/template-owner.h"
#include "modules/template/template.h"

static const char *const unknown_words[] = { "neutral", "keep", "error", NULL };
static const char *const drift_words[] = { "repair", "keep", NULL };

#define AT(member) offsetof(struct template_conf, member)
const struct conf_item template_items[] = {
	{ "Source", CONF_PATH, AT(source), NULL, NULL },
	{ "Target", CONF_PATH, AT(target), NULL, NULL },
	{ "Owner", CONF_STRING, AT(owner), NULL, NULL },
	{ "Group", CONF_STRING, AT(group), NULL, NULL },
	{ "Mode", CONF_MODE, AT(mode), "0644", NULL },
	{ "Check", CONF_STRING, AT(check), NULL, NULL },
	{ "CheckTree", CONF_PATH, AT(check_tree), NULL, NULL },
	{ "CheckTimeoutSec", CONF_SEC, AT(check_timeout), "10", NULL },
	{ "User", CONF_STRING, AT(user), NULL, NULL },
	{ "AllowShell", CONF_BOOL, AT(allow_shell), "no", NULL },
	{ "OnUnknown", CONF_ENUM, AT(on_unknown), "neutral", unknown_words },
	{ "OnDrift", CONF_ENUM, AT(on_drift), "repair", drift_words },
	{ "Reload", CONF_STRING, AT(reload), NULL, NULL },
	{ "Restart", CONF_STRING, AT(restart), NULL, NULL },
	{},
};

const struct conf_section template_sections[] = {
	{ "Template", true, template_items, sizeof(struct template_conf) },
	{},
};

int template_hold(struct template *t, const char *next, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	snprintf(t->next, sizeof(t->next), "%s", next);
	t->step = TEMPLATE_HELD;
	return 1;
}

void template_done(struct template *t)
{
	conf_done(template_items, &t->conf);
	erb_result_done(&t->text);
	free(t->real);
	free(t->source_text);
}

/* Appends what is wrong with [Template NAME], a line without its end. 1 if something is. */
static int fault(const struct conf *conf, const char *name, const struct template_conf *c,
		 struct buf *b)
{
	const char *key = NULL, *what = NULL;

	if (!c->source) {
		what = "has no Source=";
	} else if (!c->target) {
		what = "has no Target=";
	} else if (c->check && !filename_valid(name)) {
		key = "Check";
		what = "with Check= the template's name must be fit for a file name";
	} else if (c->check && !strstr(c->check, "%s") && !strstr(c->check, "%t")) {
		key = "Check";
		what = "Check= needs a %s, which stands for the file to be checked, or a %t, for a "
		       "copy of the tree with it";
	} else if (c->check_tree && !c->check) {
		key = "CheckTree";
		what = "CheckTree= is for Check=, and there is none";
	}
	if (what)
		buf_addf(b, "%s: [Template %s] %s", conf_origin(conf, "Template", name, key) ?: "?",
			 name, what);
	return what ? 1 : 0;
}

int template_conf_check(struct template *t)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (!fault(t->pass->conf, t->name, &t->conf, &b))
		return 0;
	return b.error ?: template_hold(t, "see envagent.conf(5)", "%s", b.data);
}

/* The section before NAME that has the same target, or NULL. */
static const char *same_target(const struct conf *conf, const char *name, const char *target)
{
	for (char *const *n = conf_instances(conf, "Template"); strcmp(*n, name) != 0; n++) {
		struct template_conf c;
		bool same;

		if (conf_get(conf, &template_sections[0], *n, &c) < 0)
			continue;
		same = c.target && strcmp(c.target, target) == 0;
		conf_done(template_items, &c);
		if (same)
			return *n;
	}
	return NULL;
}

int template_conf_check_all(const struct conf *conf, struct buf *faults)
{
	int r;

	for (char *const *n = conf_instances(conf, "Template"); *n; n++) {
		const char *other;
		struct template_conf c;

		r = conf_get(conf, &template_sections[0], *n, &c);
		if (r < 0)
			return r;
		other = c.target ? same_target(conf, *n, c.target) : NULL;
		if (fault(conf, *n, &c, faults))
			buf_addc(faults, '\n');
		else if (other)
			buf_addf(faults, "%s: [Template %s] Target= is that of [Template %s]\n",
				 conf_origin(conf, "Template", *n, "Target"), *n, other);
		conf_done(template_items, &c);
	}
	return faults->error;
}

int template_write_opts(struct template *t)
{
	bool given = conf_origin(t->pass->conf, "Template", t->name, "Mode") != NULL;
	const struct template_conf *c = &t->conf;
	struct sys_write_opts o = {
		.uid = (uid_t)-1, .gid = (gid_t)-1, .keep_mode = !given, .follow = true
	};

	o.mode = t->text.secret && !given ? 0600 : c->mode;
	if (c->owner && template_owner(t->pass->sys, "/etc/passwd", c->owner, &o.uid) < 0)
		return template_hold(t, "write its number, or correct Owner=",
				     "there is no user %s in /etc/passwd", c->owner);
	if (c->group && template_owner(t->pass->sys, "/etc/group", c->group, &o.gid) < 0)
		return template_hold(t, "write its number, or correct Group=",
				     "there is no group %s in /etc/group", c->group);
	t->write = o;
	return 0;
}
