/* SPDX-License-Identifier: MIT */
/* pass.c -- what every module asks of the pass that it runs in */
#include <stdarg.h>
#include <string.h>

#include "agent/reconcile/module.h"

void pass_state(struct pass *pass, enum state state, const char *next, const char *fmt, ...)
{
	struct module_result *result = pass->result;
	va_list ap;

	if (state > result->state || (state == result->state && state != STATE_READY))
		return;
	result->state = state;
	va_start(ap, fmt);
	vsnprintf(result->reason, sizeof(result->reason), fmt, ap);
	va_end(ap);
	snprintf(result->next, sizeof(result->next), "%s", next ?: "");
}

void pass_after(struct pass *pass, unsigned seconds)
{
	if (seconds > pass->after)
		pass->after = seconds;
}

bool pass_roles_known(const struct pass *pass)
{
	return facts_value(pass->facts, "roles") != NULL;
}

bool pass_has_role(const struct pass *pass, const char *role)
{
	struct json_object *roles = facts_value(pass->facts, "roles");

	if (!json_object_is_type(roles, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(roles); i++) {
		struct json_object *v = json_object_array_get_idx(roles, i);

		if (json_object_is_type(v, json_type_string) &&
		    strcmp(json_object_get_string(v), role) == 0)
			return true;
	}
	return false;
}

const struct sys_link *pass_link_by_mac(const struct pass *pass, const char *mac)
{
	uint8_t bytes[6];

	if (mac_parse(mac, bytes) < 0)
		return NULL;
	for (size_t i = 0; i < pass->net->n_links; i++)
		if (!pass->net->links[i].loopback &&
		    memcmp(pass->net->links[i].mac, bytes, sizeof(bytes)) == 0)
			return &pass->net->links[i];
	return NULL;
}

const struct sys_link *pass_link_by_name(const struct pass *pass, const char *name)
{
	for (size_t i = 0; i < pass->net->n_links; i++)
		if (strcmp(pass->net->links[i].name, name) == 0)
			return &pass->net->links[i];
	return NULL;
}
