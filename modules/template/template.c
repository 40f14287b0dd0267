/* SPDX-License-Identifier: MIT */
/*
 * template.c -- service configs, rendered from ERB-style templates and the facts of the pass
 *
 * A template that cannot be rendered, checked or planned is *held*: its target stays as it is, the
 * others go on. A target is checked as a staged copy before it goes live.
 */
#include <errno.h>
#include <string.h>

#include "agent/reconcile/module.h"
#include "modules/template/erb.h"
#include "modules/template/template-owner.h"
#include "modules/template/template-spans.h"

#define STAGED_DIR "/run/envagent/staged"
#define CHECK_WORDS_MAX 4096

struct template_conf {
	char *source;
	char *target;
	char *owner, *group;
	unsigned mode;
	char *check;
	uint64_t check_timeout;
	char *reload, *restart;
};

#define AT(member) offsetof(struct template_conf, member)
static const struct conf_item template_items[] = {
	{ "Source", CONF_PATH, AT(source), NULL, NULL },
	{ "Target", CONF_PATH, AT(target), NULL, NULL },
	{ "Owner", CONF_STRING, AT(owner), NULL, NULL },
	{ "Group", CONF_STRING, AT(group), NULL, NULL },
	{ "Mode", CONF_MODE, AT(mode), "0644", NULL },
	{ "Check", CONF_STRING, AT(check), NULL, NULL },
	{ "CheckTimeoutSec", CONF_SEC, AT(check_timeout), "10", NULL },
	{ "Reload", CONF_STRING, AT(reload), NULL, NULL },
	{ "Restart", CONF_STRING, AT(restart), NULL, NULL },
	{},
};

static const struct conf_section template_sections[] = {
	{ "Template", true, template_items, sizeof(struct template_conf) },
	{},
};

/* One template on its way. */
struct work {
	struct pass *pass;
	const char *name;
	const struct template_conf *conf;
	char *source_text; /* owned */
	size_t source_len;
	/* why it is held, and what to type next */
	bool unknown; /* a fact is not known yet */
	char why[1024];
	char next[512];
};

/* Says why W is held. Returns 1: no error of the module. */
static int hold(struct work *w, const char *next, const char *fmt, ...) _printf_(3, 4);

static int hold(struct work *w, const char *next, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	snprintf(w->next, sizeof(w->next), "%s", next);
	return 1;
}

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	const struct fact *f = facts_get(userdata, name);

	if (!f)
		return ERB_NO_SUCH;
	*ret_value = f->value;
	*ret_secret = f->secret;
	*ret_why = f->why;
	return f->state == FACT_VALUE	 ? ERB_FOUND
	       : f->state == FACT_ABSENT ? ERB_IS_ABSENT
					 : ERB_UNKNOWN;
}

static const char *nearest(void *userdata, const char *name)
{
	return facts_nearest(userdata, name);
}

static int render(struct work *w, struct erb_result *ret)
{
	const struct erb_facts facts = { lookup, nearest, w->pass->facts };
	const struct erb_options options = { .spans = !w->pass->planning };
	const char *source = w->conf->source;
	struct erb_error error = {};
	int r;

	r = sys_read(w->pass->sys, source, &w->source_text, &w->source_len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return hold(w, "ls -l, and Source= of its section", "%s: %s", source, strerror(-r));
	r = erb_render(w->source_text, w->source_len, &facts, &options, ret, &error);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		w->unknown = error.unknown;
		return hold(w, error.unknown ? "agentctl facts" : "correct it, then agentctl apply",
			    "%s:%u:%u: %s", source, error.line, error.column, error.text);
	}
	return 0;
}

/* How the target is written: its own mode and owner stay unless the section says otherwise. */
static int write_opts(struct work *w, bool secret, struct sys_write_opts *ret)
{
	bool given = conf_origin(w->pass->conf, "Template", w->name, "Mode") != NULL;
	const struct template_conf *c = w->conf;
	struct sys_write_opts o = {
		.uid = (uid_t)-1, .gid = (gid_t)-1, .keep_mode = !given, .follow = true
	};

	o.mode = secret && !given ? 0600 : c->mode;
	if (c->owner && template_owner(w->pass->sys, "/etc/passwd", c->owner, &o.uid) < 0)
		return hold(w, "write its number, or correct Owner=",
			    "there is no user %s in /etc/passwd", c->owner);
	if (c->group && template_owner(w->pass->sys, "/etc/group", c->group, &o.gid) < 0)
		return hold(w, "write its number, or correct Group=",
			    "there is no group %s in /etc/group", c->group);
	*ret = o;
	return 0;
}

/* The command with each %s replaced by PATH in quotes, %% by a percent sign; NULL without memory.
 */
static char *compose_check(const char *command, const char *path)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (; *command; command++) {
		if (command[0] == '%' && command[1] == '%') {
			buf_addc(&b, *command++);
		} else if (command[0] == '%' && command[1] == 's') {
			command++;
			buf_addc(&b, '\'');
			for (const char *p = path; *p; p++) {
				if (*p == '\'')
					buf_adds(&b, "'\\''");
				else
					buf_addc(&b, *p);
			}
			buf_addc(&b, '\'');
		} else {
			buf_addc(&b, *command);
		}
	}
	return buf_take(&b);
}

/* The check's own words in one line. */
static const char *words_of(struct buf *words)
{
	char *end;

	if (!words->data)
		return "it said nothing";
	end = words->data + strspn(words->data, " \t\r\n");
	if (!*end)
		return "it said nothing";
	for (char *p = end; *p; p++)
		if (*p == '\n' && p[1])
			*p = ' ';
	end[strcspn(end, "\n")] = '\0';
	return end;
}

static int run_check(struct work *w, const char *path, bool secret)
{
	const struct sys_run_opts opts = { .timeout = w->conf->check_timeout,
					   .output_max = CHECK_WORDS_MAX };
	_cleanup_free_ char *command = compose_check(w->conf->check, path);
	_cleanup_buf_ struct buf words = BUF_INIT;
	int r;

	if (!command)
		return -ENOMEM;
	r = sys_run_user(w->pass->sys, command, &opts, &words);
	if (r == 0 ||
	    r == -EOPNOTSUPP) /* a root that is not the machine's: nothing can run there */
		return 0;
	if (r == -ENOMEM)
		return r;
	if (r == -ETIMEDOUT)
		return hold(w, "make CheckTimeoutSec= longer, or the check faster",
			    "the check took longer than %.1f s: %s",
			    (double)w->conf->check_timeout / 1e6, w->conf->check);
	if (r < 0)
		return hold(w, "see Check= of its section", "the check cannot be run: %s: %s",
			    w->conf->check, strerror(-r));
	return hold(w, "correct the template, then agentctl apply",
		    "the check refuses the new file (%d): %s: %s", r, w->conf->check,
		    secret ? "(its words are not shown: the file holds a secret)"
			   : words_of(&words));
}

/* Writes the staged copy under the target's own name, for what looks at endings. */
static int check_staged(struct work *w, const struct erb_result *text,
			const struct sys_write_opts *target)
{
	const struct sys_write_opts opts = { .mode = 0600, .uid = target->uid, .gid = target->gid };
	struct sys *sys = w->pass->sys;
	_cleanup_free_ char *dir = str_printf(STAGED_DIR "/%s", w->name);
	_cleanup_free_ char *path =
		dir ? str_printf("%s%s", dir, strrchr(w->conf->target, '/')) : NULL;
	int r;

	if (!path)
		return -ENOMEM;
	r = sys_mkdir(sys, STAGED_DIR, 0700);
	if (r >= 0)
		r = sys_mkdir(sys, dir, 0700);
	if (r >= 0)
		r = sys_write(sys, path, text->out.data, text->out.len, &opts);
	if (r < 0)
		return hold(w, "df " STAGED_DIR,
			    "the copy to be checked, %s, cannot be written: %s", path,
			    strerror(-r));
	r = run_check(w, path, text->secret);
	sys_unlink(sys, path);
	sys_rmdir(sys, dir);
	return r;
}

/* The target holds these bytes already. */
static bool is_live(const struct work *w, const struct erb_result *text)
{
	_cleanup_free_ char *live = NULL;
	size_t len;

	return sys_read(w->pass->sys, w->conf->target, &live, &len) == 0 && len == text->out.len &&
	       memcmp(live, text->out.data, len) == 0;
}

static int plan_target(struct work *w, const struct erb_result *text,
		       const struct sys_write_opts *opts)
{
	const struct plan_file_opts file = { .write = *opts,
					     .reload = w->conf->reload,
					     .restart = w->conf->restart,
					     .secret = text->secret,
					     .alone = true };
	const char *target = w->conf->target;
	int r;

	r = plan_file(w->pass->plan, target, text->out.data, text->out.len, &file);
	switch (r) {
	case 0:
	case 1:
		return 0;
	case -ENOMEM:
		return r;
	case -ENOENT:
		return hold(w, "make it", "the directory of %s does not exist", target);
	case -EEXIST:
		return hold(w, "correct Target= of one", "%s is written by something else, too",
			    target);
	case -EBUSY:
		return hold(w, "umount it, or let Target= be the file behind it",
			    "%s is mounted over, so it cannot be replaced", target);
	}
	return hold(w, "see Target= of its section", "%s: %s", target, strerror(-r));
}

/* What a section must say. */
static int check_conf(struct work *w)
{
	const struct template_conf *c = w->conf;
	const char *next = "see envagent.conf(5)";

	if (!c->source || !c->target)
		return hold(w, next, "%s: [Template %s] has no %s=",
			    conf_origin(w->pass->conf, "Template", w->name, NULL) ?: "?", w->name,
			    c->source ? "Target" : "Source");
	if (c->check && (!filename_valid(w->name) || !strstr(c->check, "%s")))
		return hold(
			w, next, "%s: %s",
			conf_origin(w->pass->conf, "Template", w->name, "Check") ?: "?",
			filename_valid(w->name)
				? "Check= needs a %s, which stands for the file to be checked"
				: "with Check= the template's name must be fit for a file name");
	return 0;
}

static int compose_spans(struct work *w, const struct erb_result *text)
{
	const struct spans_of of = {
		.name = w->name,
		.source = w->conf->source,
		.source_text = w->source_text,
		.source_len = w->source_len,
		.target = w->conf->target,
		.result = text,
	};

	return template_spans_compose(w->pass, &of);
}

/* 0, 1 if it is held, -errno. */
static int plan_one(struct work *w)
{
	_cleanup_(erb_result_done) struct erb_result text = {};
	struct sys_write_opts opts = {};
	int r;

	r = check_conf(w);
	if (r != 0)
		return r;
	r = render(w, &text);
	if (r != 0)
		return r;
	r = write_opts(w, text.secret, &opts);
	if (r != 0)
		return r;
	/* a plan alone runs no command of the user's: it may do more than look */
	if (w->conf->check && !w->pass->planning && !is_live(w, &text)) {
		r = check_staged(w, &text, &opts);
		if (r != 0)
			return r;
	}
	r = plan_target(w, &text, &opts);
	return r != 0 || w->pass->planning ? r : compose_spans(w, &text);
}

static void say_held(struct work *w)
{
	log_warning("Template %s is held: %s", w->name, w->why);
	pass_state(w->pass, w->unknown ? STATE_CONVERGING : STATE_DEGRADED, w->next,
		   "template %s is held: %s", w->name, w->why);
}

static int template_plan(struct pass *pass, const void *conf)
{
	unsigned targets = 0, held = 0;
	int r;

	template_spans_begin(pass);
	for (char *const *name = conf_instances(pass->conf, "Template"); *name; name++) {
		struct template_conf c;
		struct work w = { .pass = pass, .name = *name, .conf = &c };

		r = conf_get(pass->conf, &template_sections[0], *name, &c);
		if (r < 0)
			return r;
		r = plan_one(&w);
		free(w.source_text);
		conf_done(template_items, &c);
		if (r < 0)
			return r;
		targets++;
		held += r > 0;
		if (r > 0)
			say_held(&w);
	}
	if (held == 0)
		pass_state(pass, STATE_READY, NULL, "%u target%s", targets,
			   targets == 1 ? "" : "s");
	return 0;
}

static int template_verify(struct pass *pass, const void *conf)
{
	return template_spans_keep(pass);
}

const struct module module_template = {
	.name = "template",
	.section = "Template",
	.sections = template_sections,
	.plan = template_plan,
	.verify = template_verify,
};
