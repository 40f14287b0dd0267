/* SPDX-License-Identifier: MIT */
/* api-system.c -- what belongs to the device as a whole: what is fixed, and saving */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"

#define SAVE "-c \"tmsh save sys config"

/* Every change is on disk before its answer: there is nothing left to save. */
static void save(const struct api_request *req, struct api_reply *reply)
{
	struct json_object *o;
	const char *command = "";
	int r;

	if (req->body)
		(void)json_get_str(req->body, "command", &command);
	if (strcmp(command, "save") != 0) {
		reply_error(reply, 400, "the one command here is {\"command\":\"save\"}", 1);
		return;
	}
	o = json_object_new_object();
	r = o ? json_set_str(o, "kind", "tm:sys:config:savestate") : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "command", command);
	reply_body(reply, r, o);
}

/* Some clients save by a shell. There is none here: that one line is known, and no other. */
static void shell(const struct api_request *req, struct api_reply *reply)
{
	struct json_object *o;
	const char *args = "";
	int r;

	if (req->body)
		(void)json_get_str(req->body, "utilCmdArgs", &args);
	if (strncmp(args, SAVE, strlen(SAVE)) != 0 || strpbrk(args + strlen(SAVE), ";|&`$<>\n")) {
		reply_front_error(reply, req, 403,
				  "there is no shell here; only \"tmsh save sys config\" is known");
		return;
	}
	o = json_object_new_object();
	r = o ? json_set_str(o, "kind", "tm:util:bash:runstate") : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "command", "run") ?: json_set_str(o, "utilCmdArgs", args);
	if (r == 0)
		r = json_set_str(o, "commandResult", "Saving running configuration...\n");
	reply_body(reply, r, o);
}

/* The path behind "/mgmt/tm/", without slashes at its end; -ENOENT for other paths. */
static int path_of(const struct api_request *req, char ret[64])
{
	size_t used = 0;

	if (req->n_segments < 3 || strcmp(req->segments[0], "mgmt") != 0 ||
	    strcmp(req->segments[1], "tm") != 0)
		return -ENOENT;
	for (size_t i = 2; i < req->n_segments; i++) {
		if (used + strlen(req->segments[i]) + 2 > 64)
			return -ENOENT;
		used += (size_t)sprintf(ret + used, "%s%s", i > 2 ? "/" : "", req->segments[i]);
	}
	return 0;
}

bool api_system(struct api *api, const struct api_request *req, struct api_reply *reply)
{
	char path[64];

	if (path_of(req, path) < 0)
		return false;
	if (!strcmp(req->method, "GET"))
		return api_fixed(api, req, path, reply);
	if (strcmp(req->method, "POST") != 0)
		return false;
	if (!strcmp(path, "sys/config"))
		save(req, reply);
	else if (!strcmp(path, "util/bash"))
		shell(req, reply);
	else
		return false;
	return true;
}
