/* SPDX-License-Identifier: MIT */
/* lb.c -- the verb lb: this environment's entry at the load balancer, as its leader sees it */
#include <errno.h>
#include <string.h>

#include "agent/base/event.h"
#include "tools/agentctl/leader.h"
#include "tools/agentctl/pass.h"
#include "tools/agentctl/report.h"

#define LB_SCHEMA "envagent.lb/1"

/* The worse of the two, as far as they report. */
static const char *lb_state(const struct leader *l)
{
	int worst = STATE_OFF, state;

	for (size_t i = 0; i < LEADER_MODULES; i++) {
		state = state_from_name(show_str(l->modules[i], "state"));
		worst = state >= 0 && state < worst ? state : worst;
	}
	return state_name((enum state)worst);
}

static void show_services(struct ctl *ctl, const struct leader *l)
{
	size_t n = l->services ? json_object_array_length(l->services) : 0;
	int width = 0, w;

	for (size_t i = 0; i < n; i++) {
		w = show_width(show_str(json_object_array_get_idx(l->services, i), "name"));
		width = w > width ? w : width;
	}
	for (size_t i = 0; i < n; i++) {
		struct json_object *s = json_object_array_get_idx(l->services, i);
		const char *url = show_str(s, "url");

		fputs("  ", ctl->out);
		show_cell(ctl, SHOW_PLAIN, show_str(s, "name"), width + 2);
		show_cell(ctl, url[0] ? SHOW_PLAIN : SHOW_DIM, url[0] ? url : "no public name", 0);
		fputc('\n', ctl->out);
	}
	if (n == 0)
		fputs("  no services: there is no [Service NAME] section, or no identity yet\n",
		      ctl->out);
}

static void show_lb(struct ctl *ctl, const struct leader *l)
{
	struct report t = {};

	report_head(ctl, l->daemon.status, lb_state(l));
	for (size_t i = 0; i < LEADER_MODULES; i++)
		if (l->modules[i])
			report_module(&t, l->modules[i])->since = show_num(l->modules[i], "since");
	report_print(ctl, &t);
	show_services(ctl, l);
}

static int lb_json(struct ctl *ctl, const struct leader *l)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	struct json_object *modules = json_object_new_array(), *identity = NULL;
	const char *why;
	int leader = leader_is_here(l, &why), r;

	json_get_obj(l->daemon.status, "identity", &identity);
	/* OBJ owns the array from there on, whatever happens. */
	r = json_set_str(obj, "schema", LB_SCHEMA);
	if (json_set(obj, "modules", modules) < 0)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < LEADER_MODULES; i++)
		if (l->modules[i])
			r = json_append(modules, json_object_get(l->modules[i]));
	if (r >= 0 && leader >= 0)
		r = json_set_bool(obj, "leader", leader);
	if (r >= 0)
		r = json_set_str(obj, "state", lb_state(l));
	if (r >= 0 && identity)
		r = json_set(obj, "identity", json_object_get(identity));
	if (r >= 0)
		r = json_set(obj, "services",
			     l->services ? json_object_get(l->services) : json_object_new_array());
	if (r >= 0)
		r = report_json(obj, &l->daemon);
	if (r >= 0)
		show_json(ctl, obj);
	return r;
}

static int lb_status(struct ctl *ctl)
{
	_cleanup_leader_ struct leader l = {};

	if (leader_read(ctl, &l) < 0)
		return CTL_ERROR;
	if (ctl->json) {
		if (lb_json(ctl, &l) < 0)
			return CTL_ERROR;
	} else {
		report_liveness(ctl, &l.daemon);
		if (!leader_absent(&l))
			show_lb(ctl, &l);
	}
	if (l.daemon.state == DAEMON_NEVER)
		return CTL_NOT_RUNNING;
	if (leader_absent(&l)) {
		leader_say_why(ctl, &l, show_str(l.modules[LEADER_BALANCER], "reason"));
		return l.daemon.state == DAEMON_RUNNING ? CTL_ERROR : CTL_NOT_RUNNING;
	}
	return daemon_code_of(&l.daemon, lb_state(&l));
}

/* ---- the others ---- */

static void say_absent(struct ctl *ctl, const char *reason)
{
	_cleanup_leader_ struct leader l = {};

	if (leader_read(ctl, &l) == 0)
		leader_say_why(ctl, &l, reason);
}

#define BALANCER .module = "balancer", .daemon_only = true, .absent = say_absent
static const struct pass_verb passes[] = {
	{ "lb plan", "Plan", .plan = true, BALANCER },
	{ "lb register", "Apply", .word = "register", BALANCER },
	{ "lb drain", "Apply", .word = "drain", BALANCER },
};

int ctl_lb(struct ctl *ctl)
{
	return pass_word(ctl, lb_status, passes, ARRAY_SIZE(passes));
}
