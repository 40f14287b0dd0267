/* SPDX-License-Identifier: MIT */
/* options.c -- the tables of all modules as the configuration needs them, and the values */
#include "agent/reconcile/options.h"

#include <errno.h>

/* A module's section with Manage= behind its own keys, in a struct one bool longer. */
struct module_options {
	struct conf_section section[2]; /* the second ends the table */
	struct conf_item *items;
	size_t manage; /* offset */
	char *values;  /* NULL: no section, or not read yet */
};

struct options {
	struct module_options *modules;
	size_t n;
	const struct conf_section **tables;
	size_t n_tables;
};

void options_free(struct options *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++) {
		if (o->modules[i].values)
			conf_done(o->modules[i].items, o->modules[i].values);
		free(o->modules[i].values);
		free(o->modules[i].items);
	}
	free(o->modules);
	free(o->tables);
	free(o);
}

static int add_manage(struct module_options *mo, const struct module *m)
{
	size_t n = 0;

	while (m->items && m->items[n].name)
		n++;
	mo->items = calloc(n + 2, sizeof(*mo->items));
	if (!mo->items)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		mo->items[i] = m->items[i];
	mo->manage = m->size;
	mo->items[n] = (struct conf_item){ "Manage", CONF_BOOL, mo->manage, "yes", NULL };
	mo->section[0] =
		(struct conf_section){ m->section, false, mo->items, mo->manage + sizeof(bool) };
	return 0;
}

static int compose(struct options *o, const struct module *const *modules)
{
	int r;

	while (modules[o->n])
		o->n++;
	o->modules = calloc(o->n + 1, sizeof(*o->modules));
	o->tables = calloc(2 * o->n + 2, sizeof(const struct conf_section *));
	if (!o->modules || !o->tables)
		return -ENOMEM;
	o->tables[o->n_tables++] = settings_sections;
	for (size_t i = 0; i < o->n; i++) {
		if (modules[i]->section) {
			r = add_manage(&o->modules[i], modules[i]);
			if (r < 0)
				return r;
			o->tables[o->n_tables++] = o->modules[i].section;
		}
		if (modules[i]->sections)
			o->tables[o->n_tables++] = modules[i]->sections;
	}
	return 0;
}

static int read_values(struct options *o, const struct conf *conf)
{
	int r;

	for (size_t i = 0; i < o->n; i++) {
		struct module_options *mo = &o->modules[i];
		_cleanup_free_ char *values = NULL;

		if (!mo->items)
			continue;
		values = calloc(1, mo->section[0].size);
		if (!values)
			return -ENOMEM;
		r = conf_get(conf, mo->section, NULL, values);
		if (r < 0)
			return r;
		mo->values = TAKE_PTR(values);
	}
	return 0;
}

int options_load(const char *root, const struct module *const *modules, bool ignore_unknown,
		 struct options **ret, struct conf **ret_conf, struct settings **ret_settings,
		 char **ret_error)
{
	_cleanup_(options_freep) struct options *o = calloc(1, sizeof(*o));
	_cleanup_(conf_freep) struct conf *conf = NULL;
	int r;

	if (!o)
		return -ENOMEM;
	r = compose(o, modules);
	if (r < 0)
		return r;
	r = conf_load(root, o->tables, ignore_unknown, &conf, ret_error);
	if (r < 0)
		return r;
	r = read_values(o, conf);
	if (r < 0)
		return r;
	r = settings_load(conf, ret_settings, ret_error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

const void *options_values(const struct options *o, size_t i)
{
	return o->modules[i].values;
}

bool options_manage(const struct options *o, size_t i)
{
	const struct module_options *mo = &o->modules[i];

	return !mo->values || *(const bool *)(mo->values + mo->manage);
}

int options_dump(const struct options *o, const struct conf *conf, struct buf *out)
{
	return conf_dump(conf, o->tables, out);
}
