/* SPDX-License-Identifier: MIT */
/* cloudinit.c -- another program of the image that sets up the network at boot */
#include "modules/network/cloudinit.h"

#include <string.h>

#include "modules/network/persist.h"

#define CONF "/etc/cloud/cloud.cfg"
#define CONF_D "/etc/cloud/cloud.cfg.d"

/* "network: {config: disabled}", in whatever YAML spelling: the two words after the key. */
static bool disables(const char *text)
{
	for (const char *s = text; s && *s; s = strchr(s, '\n'), s = s ? s + 1 : NULL) {
		const char *config;

		if (strncmp(s, "network:", 8) != 0)
			continue;
		config = strstr(s, "config:");
		if (!config)
			continue;
		config += strlen("config:");
		config += strspn(config, " \t\"'");
		return !strncmp(config, "disabled", 8);
	}
	return false;
}

static bool file_disables(struct sys *sys, const char *path)
{
	_cleanup_free_ char *text = NULL;

	return sys_read(sys, path, &text, NULL) >= 0 && disables(text);
}

static bool switched_off(struct sys *sys)
{
	_cleanup_strv_ char **names = NULL;
	bool off = sys_exists(sys, "/etc/cloud/cloud-init.disabled") || file_disables(sys, CONF);

	if (off || sys_list(sys, CONF_D, &names) < 0)
		return off;
	for (char **s = names; s && *s && !off; s++) {
		_cleanup_free_ char *path = str_printf(CONF_D "/%s", *s);
		size_t len = strlen(*s);

		off = path && len > 4 && !strcmp(*s + len - 4, ".cfg") && file_disables(sys, path);
	}
	return off;
}

void cloudinit_tell(struct pass *pass)
{
	if (!sys_exists(pass->sys, "/usr/bin/cloud-init") || switched_off(pass->sys))
		return;
	pass_state(pass, STATE_DEGRADED,
		   "echo 'network: {config: disabled}' >" CONF_D "/99-envagent-network.cfg",
		   "cloud-init sets up the network of this host as well, at each first boot of a "
		   "copy");
}
