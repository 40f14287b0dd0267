/* SPDX-License-Identifier: MIT */
/* doctor-cloud.c -- cloud-init, which sets names as well: whether it is told to leave them alone */
#include <dirent.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "tools/agentctl/doctor.h"
#include "tools/agentctl/file.h"

#define CLOUD "/etc/cloud"
#define CLOUD_MAX (1024u * 1024)
#define CLOUD_OWN CLOUD "/cloud.cfg.d/99-envagent.cfg"

static bool there(const struct doctor *d, const char *path)
{
	_cleanup_free_ char *full = str_printf("%s%s", d->ctl->root, path);

	return full && access(full, F_OK) == 0;
}

/* What TEXT says of the top-level KEY, "name:"; NULL: nothing. */
static const char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *s = text; s && *s; s = strchr(s, '\n'), s = s ? s + 1 : NULL)
		if (strncmp(s, key, len) == 0)
			return s + len + strspn(s + len, " \t\"'");
	return NULL;
}

static bool is_true(const char *value)
{
	return strncasecmp(value, "true", 4) == 0 || strncasecmp(value, "yes", 3) == 0 ||
	       strncasecmp(value, "on", 2) == 0;
}

struct cloud {
	bool keeps_name; /* preserve_hostname: true */
	bool sets_hosts; /* manage_etc_hosts: true, or localhost */
};

static void read_one(struct doctor *d, const char *path, struct cloud *c)
{
	_cleanup_free_ char *text = NULL;
	const char *value;
	size_t len;

	if (file_read(d->ctl->root, path, CLOUD_MAX, &text, &len, NULL) < 0)
		return;
	value = value_of(text, "preserve_hostname:");
	if (value)
		c->keeps_name = is_true(value);
	value = value_of(text, "manage_etc_hosts:");
	if (value)
		c->sets_hosts = is_true(value) || strncmp(value, "localhost", 9) == 0;
}

static int config_file(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 4 && strcmp(e->d_name + len - 4, ".cfg") == 0;
}

/* In the order of their names; a later one wins. */
static void read_all(struct doctor *d, struct cloud *c)
{
	_cleanup_free_ char *dir = str_printf("%s" CLOUD "/cloud.cfg.d", d->ctl->root);
	struct dirent **names = NULL;
	int n;

	read_one(d, CLOUD "/cloud.cfg", c);
	n = dir ? scandir(dir, &names, config_file, alphasort) : -1;
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *path = str_printf(CLOUD "/cloud.cfg.d/%s", names[i]->d_name);

		if (path)
			read_one(d, path, c);
		free(names[i]);
	}
	free(names);
}

void doctor_cloud(struct doctor *d)
{
	struct cloud c = {};

	if (!there(d, "/usr/bin/cloud-init") || there(d, CLOUD "/cloud-init.disabled"))
		return;
	read_all(d, &c);
	if (!c.keeps_name)
		doctor_found(d, "echo 'preserve_hostname: true' >>" CLOUD_OWN,
			     "cloud-init is on this host and sets its name at each boot");
	if (c.sets_hosts)
		doctor_found(d, "echo 'manage_etc_hosts: false' >>" CLOUD_OWN,
			     "cloud-init is on this host and writes /etc/hosts at each boot");
}
