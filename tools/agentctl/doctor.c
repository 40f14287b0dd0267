/* SPDX-License-Identifier: MIT */
/* doctor.c -- the verb doctor: known faults, each with its fix */
#include "tools/agentctl/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/factsfile.h"
#include "tools/agentctl/show.h"

static const struct doctor_check checks[] = {
	{ "unit", "envagent.service is installed, enabled and not masked",
	  "systemctl enable --now envagent", doctor_unit },
	{ "daemon", "the daemon runs and answers", "journalctl -u envagent -e", doctor_daemon },
	{ "config", "the configuration is right", "correct the file, then: agentctl reload",
	  doctor_config },
	{ "package", "all programs are of one version", "systemctl restart envagent",
	  doctor_package },
	{ "users", "the users that parts of the agent run as exist",
	  "systemd-sysusers && systemctl reload envagent", doctor_users },
	{ "credentials", "the secrets are there, and nobody else can read them",
	  "see [Credential] in envagent.conf(5)", doctor_credentials },
	{ "manifest", "the list of what the agent changed can be read",
	  "keep the file for analysis; agentctl restore needs it", doctor_manifest },
	{ "disk", "there is room to write, and it can be written", "df -h; mount", doctor_disk },
	{ "clock", "the clock is not behind files that are there already", "timedatectl status",
	  doctor_clock },
	{ "gateway", "the metadata service answers", "curl -i http://169.254.169.254/skytap",
	  doctor_gateway },
	{ "resolver", "/etc/resolv.conf is as the agent wrote it", "agentctl apply --module resolv",
	  doctor_resolver },
	{ "dnsmasq", "where this host serves DNS, dnsmasq runs and takes its configuration",
	  "dnsmasq --test; systemctl restart dnsmasq", doctor_dnsmasq },
	{ "dhcp", "no DHCP client works on an interface with static addresses",
	  "agentctl apply --module network", doctor_dhcp },
	{ "cloud-init", "cloud-init leaves the names to the agent", "see /etc/cloud/cloud.cfg.d",
	  doctor_cloud },
	{ "templates", "no template is held back", "agentctl diff", doctor_templates },
};

static void found_json(struct doctor *d, const char *what, const char *next)
{
	struct json_object *o = json_object_new_object();

	if (json_append(d->findings, o) == 0) {
		(void)json_set_str(o, "what", what);
		(void)json_set_str(o, "next", next);
	}
}

void doctor_found(struct doctor *d, const char *next, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const struct ctl *ctl = d->ctl;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	found_json(d, b.data ?: "", next ?: d->check->next);
	if (ctl->json)
		return;
	show_cell(ctl, SHOW_BAD, d->check->name, 0);
	fputs(": ", ctl->out);
	show_text(ctl->out, b.data);
	fputs("\n    next: ", ctl->out);
	show_text(ctl->out, next ?: d->check->next);
	fputc('\n', ctl->out);
}

struct json_object *doctor_module(const struct doctor *d, const char *name)
{
	struct json_object *modules;

	if (!d->daemon.status || json_get_arr(d->daemon.status, "modules", &modules) < 0)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(modules); i++) {
		struct json_object *m = json_object_array_get_idx(modules, i);

		if (strcmp(show_str(m, "name"), name) == 0)
			return m;
	}
	return NULL;
}

/* What several checks go by; each is left out if it cannot be read, which a check of its own says.
 */
static int gather(struct doctor *d)
{
	static const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_(factsfile_freep) struct factsfile *facts = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_free_ char *error = NULL, *why = NULL, *unread = NULL;
	struct factsfile_fact leader;
	int r;

	r = daemon_read(d->ctl, &d->daemon);
	if (r == -ENOMEM)
		return r;
	if (conf_load(d->ctl->root, tables, true, &conf, &error) == 0)
		(void)settings_load(conf, &d->settings, &why);
	if (factsfile_load(d->ctl->root, FACTS_PATH, &facts, &unread) == 0) {
		leader = factsfile_get(facts, "leader");
		d->leads = leader.state == ERB_FOUND && json_object_get_boolean(leader.value);
	}
	return 0;
}

/* Takes OF, the findings, over. */
static int note(struct json_object *all, const struct doctor_check *check, struct json_object *of)
{
	struct json_object *o = json_object_new_object();

	if (json_append(all, o) < 0) {
		json_object_put(of);
		return -ENOMEM;
	}
	if (json_set_str(o, "name", check->name) < 0 ||
	    json_set_str(o, "looks_for", check->words) < 0) {
		json_object_put(of);
		return -ENOMEM;
	}
	return json_set(o, "findings", of);
}

static int conclude(struct ctl *ctl, struct json_object *all, size_t n)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();

	if (!ctl->json) {
		if (n == 0)
			fprintf(ctl->out, "nothing found by %zu checks\n", ARRAY_SIZE(checks));
		return n > 0;
	}
	if (!obj || json_set_str(obj, "schema", "envagent.doctor/1") < 0 ||
	    json_set_int(obj, "found", (int64_t)n) < 0 ||
	    json_set(obj, "checks", json_object_get(all)) < 0)
		return CTL_ERROR;
	show_json(ctl, obj);
	return n > 0;
}

int ctl_doctor(struct ctl *ctl)
{
	_cleanup_json_ struct json_object *all = json_object_new_array();
	struct doctor d = { .ctl = ctl };
	size_t n = 0;
	int r;

	r = all ? gather(&d) : -ENOMEM;
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(checks); i++) {
		d.check = &checks[i];
		d.findings = json_object_new_array();
		if (!d.findings) {
			r = -ENOMEM;
			break;
		}
		d.check->run(&d);
		n += json_object_array_length(d.findings);
		r = note(all, d.check, d.findings);
	}
	daemon_done(&d.daemon);
	settings_free(d.settings);
	return r < 0 ? CTL_ERROR : conclude(ctl, all, n);
}
