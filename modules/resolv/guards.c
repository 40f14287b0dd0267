/* SPDX-License-Identifier: MIT */
/* guards.c -- who would write /etc/resolv.conf by the way is asked not to */
#include <errno.h>
#include <string.h>

#include "modules/resolv/resolv.h"

#define DOOR_USEC 15000000

/* NetworkManager.conf(5): the last file, by name, counts */
#define NM_CONF "/etc/NetworkManager/conf.d"
#define NM_TEXT RESOLVERS_MARK ", which keeps " RESOLV_CONF ".\n[main]\ndns=none\n"

/* As long as the file is ours, and no longer. */
#define HOOK_TEXT(then)                                                                            \
	RESOLVERS_MARK ", which keeps " RESOLV_CONF ": as long as it does, no lease changes it.\n" \
		       "if read -r line <" RESOLV_CONF "; then\n"                                  \
		       "\tcase $line in\n"                                                         \
		       "\t\"" RESOLVERS_MARK "\"*) " then " ;;\n"                                  \
		       "\tesac\n"                                                                  \
		       "fi 2>/dev/null\n"

/* dhclient-script(8) */
#define DHCLIENT "/etc/dhcp/dhclient-enter-hooks.d"
#define DHCLIENT_TEXT HOOK_TEXT("make_resolv_conf() { :; }")

/* dhcpcd-run-hooks(8); one of somebody's is left as it is. udhcpc's script asks nobody. */
#define DHCPCD "/etc/dhcpcd.enter-hook"
#define DHCPCD_TEXT HOOK_TEXT("skip_hooks=\"$skip_hooks resolv.conf\"")

static const struct guard {
	const char *there; /* only if this is */
	const char *dir, *path;
	const char *text;
	const char *door;
} guards[] = {
	{ "/etc/NetworkManager", NM_CONF, NM_CONF "/zz-envagent-resolv.conf", NM_TEXT,
	  "NetworkManager:conf" },
	{ DHCLIENT, DHCLIENT, DHCLIENT "/envagent", DHCLIENT_TEXT, NULL },
	{ "/etc/dhcpcd.conf", "/etc", DHCPCD, DHCPCD_TEXT, NULL },
};

struct call {
	struct sys *sys;
	const char *door;
};

/* Who does not listen is seen by what becomes of the file. */
static int call_door(void *userdata, char **ret_words)
{
	_cleanup_free_ char *words = NULL;
	struct call *c = userdata;
	int r;

	r = sys_unit(c->sys, "reload", c->door, DOOR_USEC, &words);
	if (r < 0 && r != -EOPNOTSUPP)
		log_warning("%s was not told to leave " RESOLV_CONF " alone: %s", c->door,
			    words ?: strerror(-r));
	return 0;
}

/* In its turn, before the file is written: who was at it already would write over it. */
static int plan_call(struct pass *pass, const char *door)
{
	_cleanup_free_ char *summary = str_printf("reload %s", door);
	struct call *c = calloc(1, sizeof(*c));
	int r;

	if (!c || !summary) {
		free(c);
		return -ENOMEM;
	}
	*c = (struct call){ .sys = pass->sys, .door = door };
	r = plan_step(pass->plan, summary, false, call_door, free, c);
	if (r < 0)
		free(c);
	return r;
}

static int plan_guard(struct pass *pass, const struct guard *g)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.door = g->door,
	};
	int r;

	if (!sys_exists(pass->sys, g->there) ||
	    (!strcmp(g->path, DHCPCD) && sys_exists(pass->sys, g->path) &&
	     !manifest_file(pass->manifest, g->path)))
		return 0;
	r = plan_dir(pass->plan, g->dir, 0755);
	if (r >= 0)
		r = plan_file(pass->plan, g->path, g->text, strlen(g->text), &opts);
	return r > 0 && g->door ? plan_call(pass, g->door) : r;
}

int guards_plan(struct pass *pass)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(guards); i++)
		r = plan_guard(pass, &guards[i]);
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
