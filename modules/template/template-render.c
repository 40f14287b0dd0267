/* SPDX-License-Identifier: MIT */
/* template-render.c -- a template becomes a text, with the facts of the pass and its own commands
 */
#include <errno.h>
#include <string.h>

#include "modules/template/template.h"

#define NEUTRAL_ID "invalid-config-id"
#define SHELL_USER "nobody"
#define SHELL_OUTPUT_MAX (1024u * 1024)

struct rendering {
	struct template *t;
	struct json_object *neutral; /* what config_id reads as; NULL: what it is */
};

static enum erb_lookup lookup(void *userdata, const char *name, struct json_object **ret_value,
			      bool *ret_secret, const char **ret_why)
{
	const struct rendering *r = userdata;
	const struct fact *f = facts_get(r->t->pass->facts, name);

	if (!f)
		return ERB_NO_SUCH;
	*ret_value = f->value;
	*ret_secret = f->secret;
	*ret_why = f->why;
	if (f->state == FACT_UNKNOWN && r->neutral && strcmp(name, "config_id") == 0) {
		*ret_value = r->neutral;
		r->t->neutral = true;
		return ERB_FOUND;
	}
	return f->state == FACT_VALUE	 ? ERB_FOUND
	       : f->state == FACT_ABSENT ? ERB_IS_ABSENT
					 : ERB_UNKNOWN;
}

static const char *nearest(void *userdata, const char *name)
{
	const struct rendering *r = userdata;

	return facts_nearest(r->t->pass->facts, name);
}

/* Ruby runs what has none of these without a shell, and fails if there is no such program. */
static bool needs_shell(const char *command)
{
	return strpbrk(command, "*?{}[]<>()~&|\\$;'`\"\n#=%") != NULL;
}

/* What is in backticks; its standard error goes nowhere, and how it ended does not matter. */
static int run_shell(void *userdata, const char *command, struct buf *out, char why[ERB_WHY_MAX])
{
	const struct rendering *rendering = userdata;
	const struct template *t = rendering->t;
	const struct sys_run_opts opts = { .timeout = t->conf.check_timeout,
					   .user = t->conf.user ?: SHELL_USER,
					   .output_max = SHELL_OUTPUT_MAX + 1 };
	_cleanup_free_ char *line = str_printf("exec 2>/dev/null\n%s", command);
	size_t before = out->len;
	int r;

	if (!line)
		return -ENOMEM;
	r = sys_run_user(t->pass->sys, line, &opts, out);
	if (r == 127 && !needs_shell(command)) {
		snprintf(why, ERB_WHY_MAX, "there is no program %.*s", (int)strcspn(command, " \t"),
			 command);
		return -ENOENT;
	}
	if (r >= 0 && out->len - before <= SHELL_OUTPUT_MAX)
		return 0;
	if (r >= 0)
		snprintf(why, ERB_WHY_MAX, "it prints more than %u KiB", SHELL_OUTPUT_MAX / 1024);
	else if (r == -ETIMEDOUT)
		snprintf(why, ERB_WHY_MAX, "it took longer than %.1f s, see CheckTimeoutSec=",
			 (double)opts.timeout / 1e6);
	else if (r == -ESRCH)
		snprintf(why, ERB_WHY_MAX, "there is no user %s, see User=", opts.user);
	else if (r == -EOPNOTSUPP)
		snprintf(why, ERB_WHY_MAX, "below another root no command is run");
	else
		snprintf(why, ERB_WHY_MAX, "%s", strerror(-r));
	return r < 0 ? r : -E2BIG;
}

/* The error of a template: it is held, or only not yet due. */
static int refuse(struct template *t, const struct erb_error *error)
{
	t->unknown = error->unknown;
	template_hold(t, t->unknown ? "agentctl facts" : "correct it, then agentctl apply",
		      "%s:%u:%u: %s", t->conf.source, error->line, error->column, error->text);
	if (t->unknown && t->conf.on_unknown == UNKNOWN_KEEP)
		t->step = TEMPLATE_KEPT;
	return 1;
}

int template_render(struct template *t)
{
	_cleanup_json_ struct json_object *neutral = NULL;
	struct rendering rendering = { .t = t };
	const struct erb_facts facts = { lookup, nearest, &rendering };
	const struct erb_options options = {
		.spans = !t->pass->planning,
		.shell = t->conf.allow_shell ? run_shell : NULL,
		.userdata = &rendering,
	};
	const char *source = t->conf.source;
	struct erb_error error = {};
	int r;

	r = sys_read(t->pass->sys, source, &t->source_text, &t->source_len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return template_hold(t, "ls -l, and Source= of its section", "%s: %s", source,
				     strerror(-r));
	/* nothing waits for an id that has not come until the limit of the boot: released without
	 */
	if (t->conf.on_unknown == UNKNOWN_NEUTRAL && t->pass->limit_over) {
		rendering.neutral = neutral = json_object_new_string(NEUTRAL_ID);
		if (!neutral)
			return -ENOMEM;
	}
	r = erb_render(t->source_text, t->source_len, &facts, &options, &t->text, &error);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? refuse(t, &error) : 0;
}
