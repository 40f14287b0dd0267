/* SPDX-License-Identifier: MIT */
/*
 * facts.c -- facts that the configuration adds: what a command, a file or the user data tells
 *
 * A section that is wrong, and a source that fails, leave its own fact unknown and no other.
 */
#include <errno.h>
#include <string.h>

#include "modules/facts/source.h"

#define AT(member) offsetof(struct fact_conf, member)
static const char *const format_names[] = { "text", "json", NULL };
static const struct conf_item fact_items[] = {
	{ "Command", CONF_STRING, AT(command), NULL, NULL },
	{ "File", CONF_PATH, AT(file), NULL, NULL },
	{ "UserData", CONF_STRING, AT(user_data), NULL, NULL },
	{ "User", CONF_STRING, AT(user), NULL, NULL },
	{ "TimeoutSec", CONF_SEC, AT(timeout), "10", NULL },
	{ "Format", CONF_ENUM, AT(format), "text", format_names },
	{ "MaxAgeSec", CONF_SEC, AT(max_age), "0", NULL },
	{ "Secret", CONF_BOOL, AT(secret), "no", NULL },
	{},
};

static const struct conf_section fact_sections[] = {
	{ "Fact", true, fact_items, sizeof(struct fact_conf) },
	{},
};

static const struct fact_source *const sources[] = {
	&fact_source_command,
	&fact_source_file,
	&fact_source_user_data,
};

/* Words of the language of templates: a fact of that name could never be read. */
static const char *const reserved[] = {
	"alias", "and",	  "begin", "break",  "case",   "class",	 "def",	  "defined", "do",
	"else",	 "elsif", "end",   "ensure", "false",  "for",	 "if",	  "in",	     "module",
	"next",	 "nil",	  "not",   "or",     "redo",   "rescue", "retry", "return",  "self",
	"super", "then",  "true",  "undef",  "unless", "until",	 "when",  "while",   "yield",
};

void fact_found_done(struct fact_found *f)
{
	json_object_put(f->value);
	free(f->why);
	free(f->source);
	free(f->path);
	*f = (struct fact_found){};
}

int fact_without(struct fact_found *ret, enum fact_state state, char *sentence)
{
	free(ret->why);
	ret->why = sentence;
	ret->state = state;
	return sentence ? 0 : -ENOMEM;
}

static const char *option_of(const struct fact_source *s, const struct fact_conf *c)
{
	return *(char *const *)((const char *)c + s->offset);
}

/* Says on the module's line that NAME has no value. */
static void say(struct pass *pass, enum state state, const char *next, const char *name,
		const char *why)
{
	log_warning("Fact %s: %s", name, why);
	pass_state(pass, state, next, "fact %s: %s", name, why);
}

/* Why NAME cannot be the name of a fact of the configuration, or NULL. */
static const char *name_fault(const char *name)
{
	if (!facts_name_valid(name))
		return "this is no name for a fact; it is a small letter, then small letters, "
		       "digits and '_'";
	if (facts_standard(name))
		return "a fact of this name is the agent's own; choose another name";
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return "this is a word of the template language; choose another name";
	return NULL;
}

/* The one source that [Fact NAME] has; or NULL with the fault in *RET_FAULT. */
static const struct fact_source *choose(const char *name, const struct fact_conf *c,
					const char **ret_fault)
{
	const struct fact_source *chosen = NULL;

	*ret_fault = name_fault(name);
	if (*ret_fault)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!option_of(sources[i], c))
			continue;
		if (chosen) {
			*ret_fault = "more than one of Command=, File= and UserData=; keep one";
			return NULL;
		}
		chosen = sources[i];
	}
	if (!chosen)
		*ret_fault = "there is no source; add Command=, File= or UserData=";
	else if (c->user && !c->command)
		*ret_fault = "User= is for a Command=";
	else if (c->max_age && (!c->command || c->secret))
		*ret_fault = c->secret ? "a secret is not kept, so MaxAgeSec= cannot be"
				       : "MaxAgeSec= is for a Command=";
	else if (c->command && !c->timeout)
		*ret_fault = "a time limit of 0 is too short; use TimeoutSec=1s or more";
	else
		return chosen;
	return NULL;
}

static int put(struct pass *pass, const struct fact_asked *asked, struct fact_found *found)
{
	const char *name = asked->name;
	int r;

	r = facts_source(pass->facts, found->source ?: asked->place, found->time);
	if (r < 0)
		return r;
	if (found->state == FACT_ABSENT)
		return facts_set_absent(pass->facts, name, found->why);
	if (found->state == FACT_UNKNOWN) {
		say(pass, STATE_DEGRADED, "agentctl facts", name, found->why);
		return facts_set_unknown(pass->facts, name, found->why);
	}
	return asked->conf->secret
		       ? facts_set_secret(pass->facts, name, found->path, TAKE_PTR(found->value))
		       : facts_set(pass->facts, name, found->path, TAKE_PTR(found->value));
}

static const char *place_of(const struct conf *conf, const char *name)
{
	return conf_origin(conf, "Fact", name, NULL) ?: "?";
}

#define FAULT "%s: [Fact %s] %s" /* place, name, what is wrong */

/* The section is wrong: said with its place, and the fact is unknown for it. */
static int refuse(struct pass *pass, const char *name, const char *fault)
{
	const char *place = place_of(pass->conf, name);
	_cleanup_free_ char *why = str_printf(FAULT, place, name, fault);
	int r;

	if (!why)
		return -ENOMEM;
	log_warning("%s", why);
	pass_state(pass, STATE_FAILED, "correct the file, then agentctl reload", "%s", why);
	if (!facts_name_valid(name) || facts_standard(name))
		return 0;
	r = facts_source(pass->facts, place, sys_now_realtime());
	return r < 0 ? r : facts_set_unknown(pass->facts, name, why);
}

static int add_fact(struct pass *pass, const char *name, const struct fact_conf *c)
{
	_cleanup_(fact_found_done) struct fact_found found = {};
	struct fact_asked asked = { .name = name, .conf = c };
	const struct fact_source *source;
	const char *fault;
	int r;

	source = choose(name, c, &fault);
	if (!source)
		return refuse(pass, name, fault);
	asked.place = conf_origin(pass->conf, "Fact", name, source->key) ?: "?";
	found.time = sys_now_realtime();
	r = source->read(pass, &asked, &found);
	return r < 0 ? r : put(pass, &asked, &found);
}

static int facts_facts(struct pass *pass, const void *conf)
{
	char *const *names = conf_instances(pass->conf, "Fact");
	size_t n = strv_len(names);
	int r;

	if (n == 0) {
		pass_state(pass, STATE_OFF, NULL, "there is no [Fact] section");
		return 0;
	}
	for (; *names; names++) {
		struct fact_conf c;

		r = conf_get(pass->conf, &fact_sections[0], *names, &c);
		if (r < 0)
			return r;
		r = add_fact(pass, *names, &c);
		conf_done(fact_items, &c);
		if (r < 0)
			return r;
	}
	pass_state(pass, STATE_READY, NULL, "%zu fact%s of the configuration", n,
		   n == 1 ? "" : "s");
	return 0;
}

static int facts_check(const struct conf *conf, struct buf *faults)
{
	int r;

	for (char *const *name = conf_instances(conf, "Fact"); *name; name++) {
		struct fact_conf c;
		const char *fault;

		r = conf_get(conf, &fact_sections[0], *name, &c);
		if (r < 0)
			return r;
		if (!choose(*name, &c, &fault))
			buf_addf(faults, FAULT "\n", place_of(conf, *name), *name, fault);
		conf_done(fact_items, &c);
	}
	return faults->error;
}

const struct module module_facts = {
	.name = "facts",
	.sections = fact_sections,
	.check = facts_check,
	.facts = facts_facts,
};
