/* SPDX-License-Identifier: MIT */
/* net.c -- the verb net: the switch of this host's network, and a person's word on it */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/agentctl/pass.h"
#include "tools/agentctl/report.h"

#define NET_SCHEMA "envagent.net/1"
#define SWITCH_DIR "/run/envagent/switch"
#define NOTE_PATH "/var/lib/envagent/network.json"
#define NOTE_MAX 4096

/* A switch waits for a person's word: its checkpoint is called so. */
static bool waits(const struct ctl *ctl)
{
	_cleanup_free_ char *path = str_printf("%s%s", ctl->root, SWITCH_DIR);
	_cleanup_closedir_ DIR *dir = path ? opendir(path) : NULL;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		const char *dot = strrchr(e->d_name, '.');

		if (dot && strcmp(dot, ".wait") == 0)
			return true;
	}
	return false;
}

/* Why the last switch was taken back; NULL if none was. Owned. */
static struct json_object *read_note(const struct ctl *ctl)
{
	_cleanup_free_ char *path = str_printf("%s%s", ctl->root, NOTE_PATH);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	_cleanup_json_ struct json_object *note = NULL;
	char text[NOTE_MAX];
	const char *reason;
	int64_t when;
	size_t n;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text), f);
	if (json_parse(text, n, 4, &note, NULL) < 0 || json_get_str(note, "reason", &reason) < 0 ||
	    json_get_int(note, "when", &when) < 0)
		return NULL;
	return TAKE_PTR(note);
}

static struct json_object *find_module(struct json_object *status)
{
	struct json_object *modules;

	if (json_get_arr(status, "modules", &modules) < 0)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(modules); i++) {
		struct json_object *m = json_object_array_get_idx(modules, i);

		if (strcmp(show_str(m, "name"), "network") == 0)
			return m;
	}
	return NULL;
}

static int net_json(struct ctl *ctl, const struct daemon *d, struct json_object *module,
		    struct json_object *note)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	int r;

	r = json_add(obj, { "schema", json_str(NET_SCHEMA) },
		     { "state", json_str(show_str(module, "state")) },
		     { "reason", json_str(show_str(module, "reason")) },
		     { "waits", json_bool(waits(ctl)) },
		     { note ? "rollback" : NULL, json_object_get(note) });
	if (r >= 0)
		r = report_json(obj, d);
	if (r >= 0)
		show_json(ctl, obj);
	return r;
}

static void show_net(struct ctl *ctl, const struct daemon *d, struct json_object *module,
		     struct json_object *note)
{
	struct report t = {};
	char ago[SHOW_AGE_MAX + 4];

	report_liveness(ctl, d);
	if (module)
		report_module(&t, module)->since = show_num(module, "since");
	if (waits(ctl))
		report_add(&t, "switch", "converging", "waits for your word")->next =
			"agentctl net confirm";
	if (note) {
		struct report_row *row =
			report_add(&t, "rollback", "degraded", show_str(note, "reason"));

		snprintf(row->text, sizeof(row->text), "%s, %s", show_str(note, "reason"),
			 report_ago(show_num(note, "when"), ago));
		row->reason = row->text;
		row->next = "agentctl net try";
	}
	report_print(ctl, &t);
}

static int net_status(struct ctl *ctl)
{
	_cleanup_json_ struct json_object *note = read_note(ctl);
	_cleanup_daemon_ struct daemon d = {};
	struct json_object *module;

	if (daemon_read(ctl, &d) < 0)
		return CTL_ERROR;
	module = d.status ? find_module(d.status) : NULL;
	if (!ctl->json)
		show_net(ctl, &d, module, note);
	else if (net_json(ctl, &d, module, note) < 0)
		return CTL_ERROR;
	return module ? daemon_code_of(&d, show_str(module, "state")) : CTL_NOT_RUNNING;
}

static void say_absent(struct ctl *ctl, const char *reason)
{
	show_error(ctl, "agentctl status", "the module network took no part%s%s",
		   reason[0] ? ": " : "", reason);
}

static int must_wait(struct ctl *ctl)
{
	if (waits(ctl))
		return CTL_READY;
	show_error(ctl, "agentctl net status", "no switch waits to be confirmed");
	return CTL_ERROR;
}

#define NETWORK .module = "network", .daemon_only = true, .absent = say_absent
static const struct pass_verb passes[] = {
	{ "net try", "Apply", .word = "try", NETWORK },
	{ "net confirm", "Apply", .word = "confirm", .check = must_wait, NETWORK },
	{ "net rollback", "Apply", .word = "rollback", .check = must_wait, NETWORK },
};

int ctl_net(struct ctl *ctl)
{
	return pass_word(ctl, net_status, passes, ARRAY_SIZE(passes));
}
