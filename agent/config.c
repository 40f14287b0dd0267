/* SPDX-License-Identifier: MIT */
/* config.c -- the settings that the supervisor needs, and the user that fetch runs as */
#include "agent/config.h"

#include <errno.h>
#include <malloc.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MIN UINT64_C(50000) /* usec: less would be a loop, not a check */
#define TIMEOUT_MIN UINT64_C(100000)
#define TIMEOUT_MAX UINT64_C(600000000)

static const struct conf_section *section_of(const char *name)
{
	const struct conf_section *s = settings_sections;

	while (strcmp(s->name, name) != 0)
		s++;
	return s;
}

void config_done(struct config *c)
{
	if (c->loaded) {
		conf_done(section_of("System")->items, &c->system);
		conf_done(section_of("Metadata")->items, &c->metadata);
	}
	free(c->user_error);
	for (size_t i = 0; i < ARRAY_SIZE(c->leader.names); i++) {
		free(c->leader.names[i]);
		free(c->leader.files[i]);
	}
	*c = (struct config){};
}

static uint64_t clamp(uint64_t v, uint64_t min, uint64_t max)
{
	return v < min ? min : v > max ? max : v;
}

/* One line a fault becomes one line in all. */
static void join_lines(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	for (; *text; text++)
		if (*text == '\n')
			*text = ';';
}

static int find_user(struct config *c)
{
	const char *name = c->system.fetch_user;
	const struct passwd *pw;

	if (geteuid() != 0 || c->metadata.provider != PROVIDER_SKYTAP)
		return 0;
	pw = getpwnam(name);
	if (!pw) {
		c->user_error = str_printf("There is no user %s to run envagent-fetch as", name);
		return c->user_error ? 0 : -ENOMEM;
	}
	c->drop = true;
	c->uid = pw->pw_uid;
	c->gid = pw->pw_gid;
	return 0;
}

static int find_leader_user(struct config *c)
{
	const struct passwd *pw;

	if (!c->leader.wanted || geteuid() != 0)
		return 0;
	pw = getpwnam(c->system.leader_user);
	c->leader.no_user = !pw;
	if (pw) {
		c->leader.uid = pw->pw_uid;
		c->leader.gid = pw->pw_gid;
	}
	return 0;
}

/* The names of the leader's secrets and where they lie. */
static int read_leader(const struct settings *all, struct config_leader *l)
{
	const char *names[] = { all->mux.url ? all->mux.credential : NULL,
				all->platform.url ? all->platform.credential : NULL };

	l->wanted =
		(all->mux.url && all->mux.manage) || (all->platform.url && all->platform.manage);
	l->lease = all->mux.lease;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!names[i])
			continue;
		l->names[i] = strdup(names[i]);
		if (!l->names[i])
			return -ENOMEM;
		for (size_t k = 0; k < all->n_credentials; k++) {
			const struct credential_row *row = &all->credentials[k];

			if (strcmp(row->name, names[i]) != 0 || !row->file)
				continue;
			l->files[i] = strdup(row->file);
			if (!l->files[i])
				return -ENOMEM;
		}
	}
	return 0;
}

static int read_sections(const char *root, struct config *c, char **ret_error)
{
	const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_(settings_freep) struct settings *all = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	int r;

	r = conf_load(root, tables, true, &conf, ret_error);
	if (r < 0)
		return r;
	r = settings_load(conf, &all, ret_error);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("System"), NULL, &c->system);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("Metadata"), NULL, &c->metadata);
	if (r < 0) {
		conf_done(section_of("System")->items, &c->system);
		return r;
	}
	c->ready_timeout = all->agent.ready_timeout;
	c->loaded = true;
	r = read_leader(all, &c->leader);
	return r < 0 ? r : find_leader_user(c);
}

int config_read(const char *root, struct config *ret, char **ret_error)
{
	struct config c = {};
	int r;

	r = read_sections(root, &c, ret_error);
	if (r < 0) {
		config_done(&c);
		if (!*ret_error)
			*ret_error = str_printf("Cannot read the configuration: %s", strerror(-r));
		else
			join_lines(*ret_error);
		return r;
	}
	c.metadata.interval = clamp(c.metadata.interval, INTERVAL_MIN, UINT64_MAX / 8);
	c.metadata.timeout = clamp(c.metadata.timeout, TIMEOUT_MIN, TIMEOUT_MAX);

	r = find_user(&c);
	if (r < 0) {
		config_done(&c);
		return r;
	}
	malloc_trim(0); /* the parser's memory: we are here for long */
	*ret = c;
	return 0;
}
