/* SPDX-License-Identifier: MIT */
/* settings.c -- the shared sections as structs */
#include "agent/base/settings.h"

#include <errno.h>
#include <string.h>

#include "agent/base/settings-check.h"

static const struct conf_section *section_of(const char *name)
{
	const struct conf_section *s = settings_sections;

	while (strcmp(s->name, name))
		s++;
	return s;
}

/* All instances of section NAME as an array of its structs; the instance name is at NAME_OFFSET. */
static int load_rows(const struct conf *conf, const char *name, size_t name_offset, void **ret,
		     size_t *ret_n)
{
	const struct conf_section *section = section_of(name);
	char *const *instances = conf_instances(conf, name);
	char *rows;
	int r;

	if (!*instances)
		return 0;
	rows = calloc(strv_len(instances), section->size);
	if (!rows)
		return -ENOMEM;
	*ret = rows;
	for (; *instances; instances++) {
		char *copy = strdup(*instances);

		if (!copy)
			return -ENOMEM;
		r = conf_get(conf, section, *instances, rows);
		*(char **)(rows + name_offset) = copy;
		(*ret_n)++;
		rows += section->size;
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_sections(const struct conf *conf, struct settings *s)
{
	int r;

	r = conf_get(conf, section_of("Agent"), NULL, &s->agent);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("System"), NULL, &s->system);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("Metadata"), NULL, &s->metadata);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("Mux"), NULL, &s->mux);
	if (r < 0)
		return r;
	r = conf_get(conf, section_of("Platform"), NULL, &s->platform);
	if (r < 0)
		return r;
	r = load_rows(conf, "Host", offsetof(struct host_row, name), (void **)&s->hosts,
		      &s->n_hosts);
	if (r < 0)
		return r;
	r = load_rows(conf, "Interface", offsetof(struct interface_row, name),
		      (void **)&s->interfaces, &s->n_interfaces);
	if (r < 0)
		return r;
	r = load_rows(conf, "Service", offsetof(struct service_row, name), (void **)&s->services,
		      &s->n_services);
	if (r < 0)
		return r;
	return load_rows(conf, "Credential", offsetof(struct credential_row, name),
			 (void **)&s->credentials, &s->n_credentials);
}

int settings_load(const struct conf *conf, struct settings **ret, char **ret_error)
{
	_cleanup_(settings_freep) struct settings *s = calloc(1, sizeof(*s));
	_cleanup_buf_ struct buf faults = BUF_INIT;
	int r;

	r = s ? load_sections(conf, s) : -ENOMEM;
	if (r >= 0)
		r = settings_check(conf, s, &faults);
	if (r >= 0 && !faults.len) {
		*ret = TAKE_PTR(s);
		return 0;
	}
	if (r < 0)
		buf_addf(&faults, "the settings cannot be read: %s", strerror(-r));
	*ret_error = buf_take(&faults);
	return r < 0 ? r : -EINVAL;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	conf_done(section_of("Agent")->items, &s->agent);
	conf_done(section_of("System")->items, &s->system);
	conf_done(section_of("Metadata")->items, &s->metadata);
	conf_done(section_of("Mux")->items, &s->mux);
	conf_done(section_of("Platform")->items, &s->platform);
	for (size_t i = 0; i < s->n_hosts; i++) {
		free(s->hosts[i].name);
		conf_done(section_of("Host")->items, &s->hosts[i]);
	}
	for (size_t i = 0; i < s->n_interfaces; i++) {
		free(s->interfaces[i].name);
		conf_done(section_of("Interface")->items, &s->interfaces[i]);
	}
	for (size_t i = 0; i < s->n_services; i++) {
		free(s->services[i].name);
		conf_done(section_of("Service")->items, &s->services[i]);
	}
	for (size_t i = 0; i < s->n_credentials; i++) {
		free(s->credentials[i].name);
		conf_done(section_of("Credential")->items, &s->credentials[i]);
	}
	free(s->hosts);
	free(s->interfaces);
	free(s->services);
	free(s->credentials);
	free(s);
}

const struct host_row *settings_own_host(const struct settings *s, char *const *macs)
{
	for (size_t i = 0; i < s->n_hosts; i++)
		if (s->hosts[i].mac && strv_contains(macs, s->hosts[i].mac))
			return &s->hosts[i];
	return NULL;
}

const struct host_row *settings_host_by_role(const struct settings *s, const char *role)
{
	for (size_t i = 0; i < s->n_hosts; i++)
		if (strv_contains(s->hosts[i].roles, role))
			return &s->hosts[i];
	return NULL;
}
