/* SPDX-License-Identifier: MIT */
/* conf.c -- the configuration: what was set, where, and what is in force */
#include "agent/base/conf.h"

#include <errno.h>
#include <string.h>

#include "agent/base/conf-internal.h"

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->n_entries; i++) {
		free(conf->entries[i].instance);
		free(conf->entries[i].value);
		free(conf->entries[i].origin);
	}
	for (size_t i = 0; i < conf->n_groups; i++) {
		strv_free(conf->groups[i].names);
		strv_free(conf->groups[i].origins);
	}
	free(conf->entries);
	free(conf->groups);
	free(conf);
}

static struct conf_entry *find_entry(const struct conf *conf, const char *section,
				     const char *instance, const char *key)
{
	for (size_t i = 0; i < conf->n_entries; i++) {
		struct conf_entry *e = &conf->entries[i];

		if (!strcmp(e->section->name, section) && !strcmp(e->instance, instance) &&
		    !strcmp(e->item->name, key))
			return e;
	}
	return NULL;
}

static const struct conf_group *find_group(const struct conf *conf, const char *section)
{
	for (size_t i = 0; i < conf->n_groups; i++)
		if (!strcmp(conf->groups[i].section->name, section))
			return &conf->groups[i];
	return NULL;
}

static struct conf_entry *add_entry(struct conf *conf, const struct conf_section *section,
				    const char *instance, const struct conf_item *item)
{
	struct conf_entry *e;
	char *copy;

	e = reallocarray(conf->entries, conf->n_entries + 1, sizeof(*e));
	if (!e)
		return NULL;
	conf->entries = e;
	copy = strdup(instance);
	if (!copy)
		return NULL;
	e += conf->n_entries++;
	*e = (struct conf_entry){ .section = section, .item = item, .instance = copy };
	return e;
}

static void drop_entry(struct conf *conf, struct conf_entry *e)
{
	free(e->instance);
	free(e->value);
	free(e->origin);
	*e = conf->entries[--conf->n_entries];
}

int conf_put(struct conf *conf, const struct conf_section *section, const char *instance,
	     const struct conf_item *item, const char *value, const char *origin)
{
	struct conf_entry *e = find_entry(conf, section->name, instance, item->name);
	_cleanup_free_ char *v = NULL, *o = NULL;

	if (!*value) {
		if (e)
			drop_entry(conf, e);
		return 0;
	}
	v = strdup(value);
	o = strdup(origin);
	if (v && o && !e)
		e = add_entry(conf, section, instance, item);
	if (!v || !o || !e)
		return -ENOMEM;
	free(e->value);
	free(e->origin);
	e->value = TAKE_PTR(v);
	e->origin = TAKE_PTR(o);
	return 0;
}

int conf_put_instance(struct conf *conf, const struct conf_section *section, const char *name,
		      const char *origin)
{
	struct conf_group *g = (struct conf_group *)find_group(conf, section->name);

	if (!g) {
		g = reallocarray(conf->groups, conf->n_groups + 1, sizeof(*g));
		if (!g)
			return -ENOMEM;
		conf->groups = g;
		g += conf->n_groups++;
		*g = (struct conf_group){ .section = section };
	}
	if (strv_contains(g->names, name))
		return 0;
	if (strv_add(&g->names, name) < 0 || strv_add(&g->origins, origin) < 0)
		return -ENOMEM;
	return 0;
}

int conf_get(const struct conf *conf, const struct conf_section *section, const char *instance,
	     void *ret)
{
	const struct conf_group *g = section->named ? find_group(conf, section->name) : NULL;
	int r;

	if (section->named && (!g || !instance || !strv_contains(g->names, instance)))
		return -ENOENT;

	memset(ret, 0, section->size);
	for (const struct conf_item *i = section->items; i->name; i++) {
		const struct conf_entry *e =
			find_entry(conf, section->name, instance ?: "", i->name);
		const char *text = e ? e->value : i->dflt;

		if (!text)
			continue;
		r = conf_value_parse(i, text, (char *)ret + i->offset);
		if (r < 0) {
			conf_done(section->items, ret);
			return r;
		}
	}
	return 0;
}

void conf_done(const struct conf_item *items, void *values)
{
	for (; items->name; items++)
		conf_value_done(items, (char *)values + items->offset);
}

char *const *conf_instances(const struct conf *conf, const char *name)
{
	static char *const none[] = { NULL };
	const struct conf_group *g = find_group(conf, name);

	return g ? g->names : none;
}

const char *conf_origin(const struct conf *conf, const char *section, const char *instance,
			const char *key)
{
	const struct conf_entry *e;
	const struct conf_group *g;

	if (key) {
		e = find_entry(conf, section, instance ?: "", key);
		return e ? e->origin : NULL;
	}
	g = find_group(conf, section);
	for (size_t i = 0; g && instance && g->names[i]; i++)
		if (!strcmp(g->names[i], instance))
			return g->origins[i];
	return NULL;
}

static void dump_section(const struct conf *conf, const struct conf_section *s,
			 const char *instance, struct buf *out)
{
	buf_addf(out, "%s[%s%s%s]\n", out->len ? "\n" : "", s->name, instance ? " " : "",
		 instance ?: "");
	for (const struct conf_item *i = s->items; i->name; i++) {
		const struct conf_entry *e = find_entry(conf, s->name, instance ?: "", i->name);

		if (e)
			buf_addf(out, "# %s\n%s=%s\n", e->origin, i->name, e->value);
		else if (i->dflt)
			buf_addf(out, "# default\n%s=%s\n", i->name, i->dflt);
		else
			buf_addf(out, "# not set\n#%s=\n", i->name);
	}
}

int conf_dump(const struct conf *conf, const struct conf_section *const *tables, struct buf *out)
{
	for (; *tables; tables++)
		for (const struct conf_section *s = *tables; s->name; s++) {
			char *const *instances = conf_instances(conf, s->name);

			if (!s->named)
				dump_section(conf, s, NULL, out);
			for (; s->named && *instances; instances++)
				dump_section(conf, s, *instances, out);
		}
	return out->error;
}
