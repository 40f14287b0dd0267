/* SPDX-License-Identifier: MIT */
/* derive.c -- the facts that follow from the settings and the identity */
#include "agent/reconcile/derive.h"

#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"

#define SOURCE "configuration"

static struct json_object *strings(char *const *v)
{
	struct json_object *arr = json_object_new_array();

	for (; arr && v && *v; v++)
		if (json_append(arr, json_object_new_string(*v)) < 0) {
			json_object_put(arr);
			return NULL;
		}
	return arr;
}

/* ---- names ---- */

static int derive_domain(struct pass *pass, const char *name, const char *value, const char *key)
{
	_cleanup_free_ char *why = NULL;

	if (value)
		return facts_set_str(pass->facts, name, key, value);
	why = str_printf("%s= is not set in [Agent]", key);
	return why ? facts_set_absent(pass->facts, name, why) : -ENOMEM;
}

static int derive_hostname(struct pass *pass)
{
	const struct fact *fact = facts_get(pass->facts, "hostname");

	/* unknown is not absent: what the metadata will say may be another name */
	if (fact && fact->state != FACT_ABSENT)
		return 0;
	if (pass->own)
		return facts_set_str(pass->facts, "hostname", "Host", pass->own->name);
	if (!fact)
		return facts_set_absent(pass->facts, "hostname",
					"neither the metadata nor a [Host] row names this host");
	return 0;
}

static int derive_fqdn(struct pass *pass)
{
	const struct fact *fact = facts_get(pass->facts, "hostname");
	const char *hostname = facts_str(pass->facts, "hostname");
	const char *domain = facts_str(pass->facts, "domain");
	_cleanup_free_ char *fqdn = NULL;

	if (!hostname)
		return fact->state == FACT_ABSENT
			       ? facts_set_absent(pass->facts, "fqdn", fact->why)
			       : facts_set_unknown(pass->facts, "fqdn", fact->why);
	if (!domain)
		return facts_set_absent(pass->facts, "fqdn", facts_why(pass->facts, "domain"));
	fqdn = str_printf("%s.%s", hostname, domain);
	return fqdn ? facts_set_str(pass->facts, "fqdn", NULL, fqdn) : -ENOMEM;
}

/* ---- tables ---- */

static int add_host(struct pass *pass, const struct host_row *row, struct json_object *arr)
{
	struct json_object *obj = json_object_new_object();
	const char *domain = pass->settings->agent.domain;
	char text[ADDR_TEXT_MAX];
	int r;

	r = json_append(arr, obj);
	if (r >= 0)
		r = json_set_str(obj, "name", row->name);
	if (r >= 0 && row->address.family)
		r = json_set_str(obj, "address", addr_format(&row->address, false, text));
	if (r >= 0 && domain) {
		_cleanup_free_ char *fqdn = str_printf("%s.%s", row->name, domain);

		r = fqdn ? json_set_str(obj, "fqdn", fqdn) : -ENOMEM;
	}
	if (r >= 0)
		r = json_set(obj, "roles", strings(row->roles));
	return r < 0 ? r : json_set(obj, "aliases", strings(row->aliases));
}

static int derive_hosts(struct pass *pass)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	int r;

	for (size_t i = 0; arr && i < pass->settings->n_hosts; i++) {
		r = add_host(pass, &pass->settings->hosts[i], arr);
		if (r < 0)
			return r;
	}
	return facts_set(pass->facts, "hosts", "Host", TAKE_PTR(arr));
}

static int add_service(struct pass *pass, const struct service_row *row, struct json_object *arr)
{
	struct json_object *obj = json_object_new_object();
	const char *id = facts_str(pass->facts, "config_id");
	const char *base = facts_str(pass->facts, "base_domain");
	_cleanup_free_ char *url = NULL;
	int r;

	r = json_append(arr, obj);
	if (r >= 0)
		r = json_set_str(obj, "name", row->name);
	if (r >= 0 && row->port)
		r = json_set_int(obj, "port", row->port);
	if (r < 0 || !row->public || !id || !base)
		return r;
	url = str_printf("https://%s-%s.%s", row->name, id, base);
	return url ? json_set_str(obj, "url", url) : -ENOMEM;
}

static int derive_services(struct pass *pass)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	const struct fact *id = facts_get(pass->facts, "config_id");
	int r;

	if (pass->settings->n_services > 0 && id && id->state == FACT_UNKNOWN)
		return facts_set_unknown(pass->facts, "services", id->why);
	for (size_t i = 0; arr && i < pass->settings->n_services; i++) {
		r = add_service(pass, &pass->settings->services[i], arr);
		if (r < 0)
			return r;
	}
	return facts_set(pass->facts, "services", "Service", TAKE_PTR(arr));
}

/* ---- roles ---- */

static void offer(char *const *roles, const char *role, struct nearest *near, bool *known)
{
	for (; roles && *roles; roles++) {
		nearest_offer(near, *roles);
		*known = *known || strcmp(*roles, role) == 0;
	}
}

static bool role_known(const struct settings *s, const char *role, struct nearest *near)
{
	static char *const own[] = { (char *)"dns", (char *)"leader", NULL };
	bool known = false;

	offer(own, role, near, &known);
	for (size_t i = 0; i < s->n_hosts; i++)
		offer(s->hosts[i].roles, role, near, &known);
	for (size_t i = 0; i < s->n_services; i++)
		offer(s->services[i].roles, role, near, &known);
	return known;
}

/* The words behind "roles:" or "role:" in "key: value" lines; 1, or 0 if there is no such line. */
static int roles_of_user_data(const char *text, char ***ret)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), skip = 0;
		_cleanup_free_ char *line = strndup(text, len);
		char *save = NULL;

		if (!line)
			return -ENOMEM;
		if (strncmp(line, "roles:", 6) == 0)
			skip = 6;
		else if (strncmp(line, "role:", 5) == 0)
			skip = 5;
		for (char *w = strtok_r(line + skip, " \t\r,[]\"'", &save); skip && w && *w != '#';
		     w = strtok_r(NULL, " \t\r,[]\"'", &save))
			if (!strv_contains(*ret, w) && strv_add(ret, w) < 0)
				return -ENOMEM;
		if (skip)
			return 1;
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int roles_of_labels(struct json_object *labels, char ***ret)
{
	for (size_t i = 0; labels && i < json_object_array_length(labels); i++) {
		struct json_object *label = json_object_array_get_idx(labels, i);
		const char *category, *value;

		if (json_get_str(label, "category", &category) < 0 ||
		    strcasecmp(category, "role") != 0 || json_get_str(label, "value", &value) < 0)
			continue;
		if (!strv_contains(*ret, value) && strv_add(ret, value) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The roles and what told them; 1, or 0 if that cannot be known yet. */
static int find_roles(struct pass *pass, char ***ret, const char **ret_where)
{
	char *const *set = pass->settings->agent.roles;
	const struct fact *user_data = facts_get(pass->facts, "user_data");
	const char *text = facts_str(pass->facts, "user_data");
	int r;

	*ret_where = "[Agent] Roles=";
	if (!set && pass->own && pass->own->roles) {
		set = pass->own->roles;
		*ret_where = "Roles= of the [Host] row";
	}
	for (; set && *set; set++)
		if (strv_add(ret, *set) < 0)
			return -ENOMEM;
	if (*ret)
		return 1;
	if (user_data && user_data->state == FACT_UNKNOWN)
		return 0;
	*ret_where = "the VM's user data";
	r = text ? roles_of_user_data(text, ret) : 0;
	if (r != 0)
		return r;
	*ret_where = "the VM's labels";
	r = roles_of_labels(facts_value(pass->facts, "labels"), ret);
	return r < 0 ? r : 1;
}

static int derive_roles(struct pass *pass)
{
	_cleanup_strv_ char **roles = NULL;
	_cleanup_free_ char *why = NULL;
	const char *where;
	int r;

	r = find_roles(pass, &roles, &where);
	if (r < 0)
		return r;
	if (r == 0)
		return facts_set_unknown(pass->facts, "roles", facts_why(pass->facts, "user_data"));
	for (char **role = roles; role && *role; role++) {
		struct nearest near = NEAREST_INIT(*role);

		if (role_known(pass->settings, *role, &near))
			continue;
		why = str_printf("%s: '%s' is no known role%s%s%s", where, *role,
				 near.best ? ", did you mean '" : "", near.best ?: "",
				 near.best ? "'?" : "");
		if (!why)
			return -ENOMEM;
		pass_state(pass, STATE_FAILED, "name it in Roles= of a [Host] or [Service] section",
			   "%s", why);
		return facts_set_unknown(pass->facts, "roles", why);
	}
	r = facts_set(pass->facts, "leader", where,
		      json_object_new_boolean(strv_contains(roles, "leader")));
	return r < 0 ? r : facts_set(pass->facts, "roles", where, strings(roles));
}

int derive_facts(struct pass *pass)
{
	const struct agent_conf *agent = &pass->settings->agent;
	int r;

	r = facts_source(pass->facts, SOURCE, sys_now_realtime());
	if (r >= 0)
		r = derive_domain(pass, "domain", agent->domain, "Domain");
	if (r >= 0)
		r = derive_domain(pass, "base_domain", agent->base_domain, "BaseDomain");
	if (r >= 0)
		r = derive_hostname(pass);
	if (r >= 0)
		r = derive_fqdn(pass);
	if (r >= 0)
		r = derive_hosts(pass);
	if (r >= 0)
		r = derive_services(pass);
	return r < 0 ? r : derive_roles(pass);
}
