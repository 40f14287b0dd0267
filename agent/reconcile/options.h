/* SPDX-License-Identifier: MIT */
/* options.h -- the tables of all modules as the configuration needs them, and the values */
#pragma once

#include "agent/base/conf.h"
#include "agent/reconcile/module.h"

struct options;
void options_free(struct options *o);
DEFINE_CLEANUP(struct options *, options_free)

/*
 * Reads the configuration below ROOT: the shared sections, the section of each of MODULES with
 * Manage= added, and their further ones. With IGNORE_UNKNOWN sections of other programs pass.
 * Errors as conf_load(). All three results are the caller's; *ret must outlive *ret_conf.
 */
int options_load(const char *root, const struct module *const *modules, bool ignore_unknown,
		 struct options **ret, struct conf **ret_conf, struct settings **ret_settings,
		 char **ret_error);

/* The values of module I, for its slots; NULL if it has none. */
const void *options_values(const struct options *o, size_t i);
bool options_manage(const struct options *o, size_t i);

/* All settings in force, each with its origin: conf_dump() over all tables. */
int options_dump(const struct options *o, const struct conf *conf, struct buf *out);
