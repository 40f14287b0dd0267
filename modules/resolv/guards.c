/* SPDX-License-Identifier: MIT */
/* guards.c -- who would write /etc/resolv.conf by the way is asked not to */
#include <string.h>

#include "modules/resolv/resolv.h"

/* NetworkManager.conf(5): the last file, by name, counts */
#define NM_CONF "/etc/NetworkManager/conf.d"
#define NM_TEXT RESOLVERS_MARK ", which keeps " RESOLV_CONF ".\n[main]\ndns=none\n"

/* dhclient-script(8); as long as the file is ours, and no longer */
#define HOOKS "/etc/dhcp/dhclient-enter-hooks.d"
#define HOOK_TEXT                                                                                  \
	RESOLVERS_MARK ", which keeps " RESOLV_CONF ": as long as it does, no lease changes it.\n" \
		       "if read -r line <" RESOLV_CONF "; then\n"                                  \
		       "\tcase $line in\n"                                                         \
		       "\t\"" RESOLVERS_MARK "\"*) make_resolv_conf() { :; } ;;\n"                 \
		       "\tesac\n"                                                                  \
		       "fi 2>/dev/null\n"

static const struct guard {
	const char *there; /* only if this is */
	const char *dir, *path;
	const char *text;
	const char *door;
} guards[] = {
	{ "/etc/NetworkManager", NM_CONF, NM_CONF "/zz-envagent-resolv.conf", NM_TEXT,
	  "NetworkManager:conf" },
	{ HOOKS, HOOKS, HOOKS "/envagent", HOOK_TEXT, NULL },
};

int guards_plan(struct pass *pass)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(guards); i++) {
		const struct guard *g = &guards[i];
		const struct plan_file_opts opts = {
			.write = { .mode = 0644, .uid = -1, .gid = -1 },
			.reload = g->door,
		};

		if (!sys_exists(pass->sys, g->there))
			continue;
		r = plan_dir(pass->plan, g->dir, 0755);
		if (r >= 0)
			r = plan_file(pass->plan, g->path, g->text, strlen(g->text), &opts);
	}
	return r;
}

int guards_leftovers(struct pass *pass)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(guards); i++) {
		const struct guard *g = &guards[i];

		if (!manifest_file(pass->manifest, g->path))
			continue;
		r = plan_unlink(pass->plan, g->path);
		if (r > 0 && g->door)
			r = plan_unit(pass->plan, "reload", g->door);
	}
	return r;
}
