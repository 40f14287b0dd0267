/* SPDX-License-Identifier: MIT */
/* leader.c -- what the agent's files say of the load balancer, and who may speak to it */
#include "tools/agentctl/leader.h"

#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/report.h"

static const char *const module_names[LEADER_MODULES] = {
	[LEADER_PLATFORM] = "platform",
	[LEADER_BALANCER] = "balancer",
};

void leader_done(struct leader *l)
{
	daemon_done(&l->daemon);
	factsfile_free(l->facts);
}

static struct json_object *module_of(struct json_object *status, const char *name)
{
	struct json_object *modules = NULL;

	json_get_arr(status, "modules", &modules);
	for (size_t i = 0; modules && i < json_object_array_length(modules); i++) {
		struct json_object *m = json_object_array_get_idx(modules, i);

		if (strcmp(show_str(m, "name"), name) == 0)
			return m;
	}
	return NULL;
}

int leader_read(struct ctl *ctl, struct leader *ret)
{
	_cleanup_free_ char *error = NULL;
	struct factsfile_fact fact;
	int r;

	r = daemon_read(ctl, &ret->daemon);
	if (r < 0)
		return r;
	for (size_t i = 0; i < LEADER_MODULES; i++)
		ret->modules[i] = module_of(ret->daemon.status, module_names[i]);
	if (factsfile_load(ctl->root, FACTS_PATH, &ret->facts, &error) < 0)
		return 0;
	fact = factsfile_get(ret->facts, "services");
	if (fact.state == ERB_FOUND && json_object_is_type(fact.value, json_type_array))
		ret->services = fact.value;
	return 0;
}

/* The first host of the facts with the role leader, "dns-1 (10.60.0.10)"; NULL: none. Owned. */
static char *leader_of(const struct factsfile *facts)
{
	struct factsfile_fact hosts = factsfile_get(facts, "hosts");
	struct json_object *roles;

	if (hosts.state != ERB_FOUND || !json_object_is_type(hosts.value, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(hosts.value); i++) {
		struct json_object *h = json_object_array_get_idx(hosts.value, i);
		const char *address = show_str(h, "address");

		if (json_get_arr(h, "roles", &roles) < 0)
			continue;
		for (size_t k = 0; k < json_object_array_length(roles); k++) {
			const char *role =
				json_object_get_string(json_object_array_get_idx(roles, k));

			if (role && strcmp(role, "leader") == 0)
				return str_printf("%s%s%s%s", show_str(h, "name"),
						  address[0] ? " (" : "", address,
						  address[0] ? ")" : "");
		}
	}
	return NULL;
}

int leader_is_here(const struct leader *l, const char **ret_why)
{
	struct factsfile_fact fact;

	*ret_why = "the agent has made no pass since the machine started";
	if (!l->facts)
		return -ENOMSG;
	fact = factsfile_get(l->facts, "leader");
	if (fact.state == ERB_FOUND && json_object_is_type(fact.value, json_type_boolean))
		return json_object_get_boolean(fact.value);
	fact = factsfile_get(l->facts, "roles");
	*ret_why = fact.why[0] ? fact.why : "its roles are not known";
	return -ENOMSG;
}

static void say_other(struct ctl *ctl, const struct leader *l)
{
	_cleanup_free_ char *leader = leader_of(l->facts), *next = NULL;

	next = leader ? str_printf("agentctl lb status on %s", leader)
		      : strdup("give one host Roles=leader in its [Host] section");
	show_error(ctl, next,
		   "this host is not the leader: %s registers the environment at the load balancer",
		   leader ?: "nobody");
}

bool leader_absent(const struct leader *l)
{
	const char *state = show_str(l->modules[LEADER_BALANCER], "state");

	return !state[0] || strcmp(state, "off") == 0;
}

void leader_say_why(struct ctl *ctl, const struct leader *l, const char *reason)
{
	const char *state = show_str(l->daemon.status, "state"), *why;
	const char *trouble = show_str(l->daemon.status, "reason");
	const char *next = show_str(l->daemon.status, "next");
	int leader = leader_is_here(l, &why);

	if (leader == 0)
		say_other(ctl, l);
	else if (leader < 0)
		show_error(ctl, "agentctl status",
			   "it is not known whether this host is the leader: %s", why);
	else if (reason[0])
		show_error(ctl, "see [Mux] in envagent.conf(5)",
			   "this leader registers nothing: %s", reason);
	else if (!report_fine(state) && trouble[0])
		show_error(ctl, next[0] ? next : "agentctl status",
			   "this leader has not looked at the load balancer: %s", trouble);
	else
		show_error(ctl, "see [Mux] in envagent.conf(5)",
			   "this leader registers nothing: [Mux] has no Url=, or Manage=no");
}
