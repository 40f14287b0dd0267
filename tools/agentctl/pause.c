/* SPDX-License-Identifier: MIT */
/* pause.c -- the verbs pause and resume: the host left alone while a person debugs it */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/conf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/ask.h"
#include "tools/agentctl/show.h"

#define USEC 1000000u

/* One call, and what was answered. The exit code, having said what went wrong. */
static int ask(struct ctl *ctl, const char *verb, const char *method,
	       struct json_object *parameters, struct client_reply *ret)
{
	_cleanup_(client_freep) struct client *client = NULL;
	int r;

	r = ask_open(ctl, &client);
	if (r < 0)
		json_object_put(parameters);
	else
		r = client_call(client, method, parameters, false);
	if (r == 0)
		r = client_next(client, ret);
	if (r < 0)
		return ask_failed(ctl, verb, r);
	return ret->error ? ask_refused(ctl, verb, ret) : CTL_READY;
}

/* The person, not the root that sudo makes of them; the daemon takes plain names only. */
static const char *who(void)
{
	const char *sudo = getenv("SUDO_USER");
	struct passwd *pw;

	if (sudo && *sudo)
		return sudo;
	pw = getpwuid(getuid());
	return pw ? pw->pw_name : NULL;
}

static bool plain_name(const char *name)
{
	return name && *name && strlen(name) <= PAUSE_BY_MAX &&
	       !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789._-")];
}

static int parameters(const char *name, uint64_t usec, struct json_object **ret)
{
	_cleanup_json_ struct json_object *p = json_object_new_object();

	if (!p || json_set_int(p, "seconds", (int64_t)(usec / USEC)) < 0 ||
	    (plain_name(name) && json_set_str(p, "by", name) < 0))
		return -ENOMEM;
	*ret = TAKE_PTR(p);
	return 0;
}

static void tell(struct ctl *ctl, struct json_object *reply)
{
	time_t until = (time_t)(show_num(reply, "until") / USEC);
	bool busy = false;
	char clock[32];
	struct tm tm;

	json_get_bool(reply, "busy", &busy);
	localtime_r(&until, &tm);
	strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M", &tm);
	if (busy)
		fputs("a pass is under way and comes to its end first; then ", ctl->out);
	fprintf(ctl->out,
		"no pass starts by itself until %s\n"
		"  next: agentctl resume; a pass by hand: agentctl apply\n",
		clock);
}

int ctl_pause(struct ctl *ctl)
{
	_cleanup_reply_ struct client_reply reply = {};
	uint64_t usec = (uint64_t)PAUSE_SEC_DEFAULT * USEC;
	struct json_object *p;
	int r;

	if (ctl->args[0] && (parse_sec(ctl->args[0], &usec) < 0 || usec < USEC ||
			     usec > (uint64_t)PAUSE_SEC_MAX * USEC)) {
		show_error(ctl, "agentctl pause --help",
			   "a pause is from 1s to %uh long, like 30min or 2h, not %s",
			   PAUSE_SEC_MAX / 3600, ctl->args[0]);
		return CTL_USAGE;
	}
	if (parameters(who(), usec, &p) < 0)
		return CTL_ERROR;
	r = ask(ctl, "pause", "Pause", p, &reply);
	if (r != CTL_READY)
		return r;
	if (ctl->json)
		show_json(ctl, reply.parameters);
	else
		tell(ctl, reply.parameters);
	return CTL_READY;
}

int ctl_resume(struct ctl *ctl)
{
	_cleanup_reply_ struct client_reply reply = {};
	bool paused = false;
	int r;

	r = ask(ctl, "resume", "Resume", NULL, &reply);
	if (r != CTL_READY)
		return r;
	json_get_bool(reply.parameters, "paused", &paused);
	if (ctl->json)
		show_json(ctl, reply.parameters);
	else
		fputs(paused ? "the pause has ended, a pass starts now\n" : "there is no pause\n",
		      ctl->out);
	return CTL_READY;
}
