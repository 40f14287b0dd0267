/* SPDX-License-Identifier: MIT */
/* doctor-agent.c -- known faults of the agent itself */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "tools/agentctl/capture.h"
#include "tools/agentctl/doctor.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/once.h"
#include "tools/agentctl/show.h"

#define TEXT_MAX (64u * 1024)
#define MANIFEST_MAX (32u * 1024 * 1024)
#define MANIFEST_PATH STATE_DIR "/manifest"
#define MANIFEST_VERSION_MAX 1

/* PATH below the root, as stat(2) sees it. */
static int look(const struct doctor *d, const char *path, struct stat *ret)
{
	_cleanup_free_ char *full = str_printf("%s%s", d->ctl->root, path);

	return full && stat(full, ret) == 0 ? 0 : -errno;
}

/* ---- the service ---- */

void doctor_unit(struct doctor *d)
{
	static const char *const argv[] = { "systemctl",
					    "show",
					    "envagent.service",
					    "--property",
					    "LoadState,UnitFileState,ActiveState",
					    NULL };
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);
	struct stat st;

	if (look(d, "/run/systemd/system", &st) < 0)
		return; /* it is started by other means here */
	if (capture(argv, &out) != 0 || !out.data)
		doctor_found(d, "systemctl status", "the service manager does not answer: %s",
			     out.data ?: "");
	else if (strstr(out.data, "LoadState=masked"))
		doctor_found(d, "systemctl unmask envagent && systemctl enable --now envagent",
			     "envagent.service is masked");
	else if (strstr(out.data, "LoadState=not-found"))
		doctor_found(d, "install the package envagent again",
			     "there is no envagent.service");
	else if (strstr(out.data, "UnitFileState=disabled"))
		doctor_found(d, NULL, "envagent.service is disabled: it does not start at boot");
	else if (strstr(out.data, "ActiveState=failed"))
		doctor_found(d, "journalctl -u envagent -e", "envagent.service has failed");
	else if (strstr(out.data, "ActiveState=inactive"))
		doctor_found(d, "systemctl start envagent", "envagent.service is stopped");
}

void doctor_daemon(struct doctor *d)
{
	char age[SHOW_AGE_MAX];

	if (d->daemon.state == DAEMON_NEVER)
		doctor_found(d, "systemctl start envagent",
			     "the daemon has not run since this machine started");
	else if (d->daemon.state == DAEMON_STOPPED)
		doctor_found(d, "journalctl -u envagent -e; systemctl start envagent",
			     "the daemon is not running any more");
	else if (d->daemon.state == DAEMON_SILENT)
		doctor_found(d, "journalctl -u envagent -e; systemctl restart envagent",
			     "the daemon has given no sign of life for %s",
			     show_since(d->daemon.seen, age));
}

/* ---- configuration ---- */

void doctor_config(struct doctor *d)
{
	_cleanup_free_ char *program = once_program("sbin", "envagentd");
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);
	_cleanup_free_ char *children = once_children();
	const char *argv[8] = { program, "--check" };
	size_t n_args = 2;
	char *line, *rest;
	int r;

	if (!program)
		return;
	if (d->ctl->root[0]) {
		argv[n_args++] = "--root";
		argv[n_args++] = d->ctl->root;
	}
	if (children) {
		argv[n_args++] = "--libexec-dir";
		argv[n_args++] = children;
	}
	r = capture(argv, &out);
	if (r == 0 || r == -ENOENT)
		return; /* doctor_package() misses the program */
	rest = out.data;
	for (int n = 0; n < 20 && (line = strsep(&rest, "\n"));)
		if (*line) {
			doctor_found(d, NULL, "%s",
				     strncmp(line, "envagentd: ", 11) ? line : line + 11);
			n++;
		}
	if (!out.len)
		doctor_found(d, "envagentd --check", "the configuration cannot be checked: %s",
			     r < 0 ? strerror(-r) : "its check failed without a word");
}

/* ---- the package ---- */

/* Each refuses to work by itself, and with another number than its own refuses that first. */
static void check_child(struct doctor *d, const char *name)
{
	_cleanup_free_ char *program = once_program("lib/envagent", name);
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);
	const char *argv[] = { program, "--protocol", PROTOCOL_VERSION, NULL };
	int r = program ? capture(argv, &out) : -ENOMEM;

	if (r == PROTOCOL_MISMATCH)
		doctor_found(d,
			     "install the package envagent again, then: systemctl restart envagent",
			     "%s is of another version than agentctl %s", program, VERSION);
	else if (r < 0)
		doctor_found(d, "install the package envagent again", "%s cannot be run: %s",
			     program ?: name, strerror(-r));
}

static void check_supervisor(struct doctor *d)
{
	_cleanup_free_ char *program = once_program("sbin", "envagentd");
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);
	const char *argv[] = { program, "--version", NULL };
	int r = program ? capture(argv, &out) : -ENOMEM;

	if (r < 0)
		doctor_found(d, "install the package envagent again", "%s cannot be run: %s",
			     program ?: "envagentd", strerror(-r));
	else if (strcmp(out.data ?: "", "envagentd " VERSION "\n") != 0)
		doctor_found(d, "install the package envagent again",
			     "%s is of another version than agentctl %s", program, VERSION);
}

static void check_dpkg(struct doctor *d)
{
	static const char *const argv[] = { "dpkg-query",	   "--show",   "--showformat",
					    "${db:Status-Abbrev}", "envagent", NULL };
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);

	if (d->ctl->root[0] || capture(argv, &out) != 0 || !out.data)
		return; /* it was installed by other means */
	if (out.len >= 2 && out.data[1] != 'i')
		doctor_found(d, "dpkg --configure -a",
			     "the package envagent is half installed (%.2s)", out.data);
}

void doctor_package(struct doctor *d)
{
	const char *version;

	check_supervisor(d);
	check_child(d, "envagent-fetch");
	check_child(d, "envagent-reconcile");
	check_child(d, "envagent-leader");
	check_dpkg(d);
	version = show_str(d->daemon.status, "version");
	if (d->daemon.state == DAEMON_RUNNING && strcmp(version, VERSION) != 0)
		doctor_found(d, NULL, "the daemon that runs is %s, what is installed is %s",
			     version, VERSION);
}

static bool user_exists(const struct doctor *d, const char *name)
{
	_cleanup_free_ char *path = str_printf("%s/etc/passwd", d->ctl->root);
	struct passwd *pw;
	FILE *f;

	if (!d->ctl->root[0])
		return getpwnam(name) != NULL;
	f = path ? fopen(path, "re") : NULL;
	while (f && (pw = fgetpwent(f)) && strcmp(pw->pw_name, name) != 0)
		;
	if (f)
		fclose(f);
	return f && pw;
}

void doctor_users(struct doctor *d)
{
	const struct settings *s = d->settings;

	if (!s)
		return;
	if (s->system.fetch_user && s->system.fetch_user[0] && s->metadata.provider == 0 &&
	    !user_exists(d, s->system.fetch_user))
		doctor_found(d, NULL, "there is no user %s, who asks the metadata service",
			     s->system.fetch_user);
	if ((s->mux.url || s->platform.url) && s->system.leader_user && s->system.leader_user[0] &&
	    !user_exists(d, s->system.leader_user))
		doctor_found(d, NULL, "there is no user %s, who speaks to the load balancer",
			     s->system.leader_user);
}

/* ---- secrets: never opened, only looked at ---- */

static bool seen(struct doctor *d, const char *name, const char *path)
{
	_cleanup_free_ char *next = str_printf("chmod 600 %s%s", d->ctl->root, path);
	struct stat st;

	if (look(d, path, &st) < 0)
		return false;
	if (st.st_mode & 077)
		doctor_found(d, next, "credential %s: others may read %s%s (mode %03o)", name,
			     d->ctl->root, path, st.st_mode & 0777);
	if (st.st_size == 0)
		doctor_found(d, NULL, "credential %s: %s%s is empty", name, d->ctl->root, path);
	return true;
}

/* Where systemd looks for LoadCredential=NAME, and the file that the settings name. */
static void check_credential(struct doctor *d, const char *name)
{
	static const char *const stores[] = { "/etc/credstore", "/run/credstore",
					      "/usr/lib/credstore" };
	bool there = false;

	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		_cleanup_free_ char *path = str_printf("%s/%s", stores[i], name);

		there |= path && seen(d, name, path);
	}
	for (size_t i = 0; i < d->settings->n_credentials; i++) {
		const struct credential_row *row = &d->settings->credentials[i];

		if (strcmp(row->name, name) == 0 && row->file)
			there |= seen(d, name, row->file);
	}
	if (!there && d->leads)
		doctor_found(d, NULL,
			     "credential %s is neither in /etc/credstore nor where the "
			     "configuration says",
			     name);
}

void doctor_credentials(struct doctor *d)
{
	const struct settings *s = d->settings;

	if (s && s->mux.url && s->mux.credential)
		check_credential(d, s->mux.credential);
	if (s && s->platform.url && s->platform.credential)
		check_credential(d, s->platform.credential);
}

/* ---- what the agent keeps ---- */

void doctor_manifest(struct doctor *d)
{
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *text = NULL;
	int64_t version = 0;
	size_t len, at = 0;
	int r;

	r = file_read(d->ctl->root, MANIFEST_PATH, MANIFEST_MAX, &text, &len, NULL);
	if (r == -ENOENT || r == -ENOTDIR || (r == -EACCES && geteuid() != 0))
		return;
	if (r < 0) {
		doctor_found(d, NULL, "%s%s cannot be read: %s", d->ctl->root, MANIFEST_PATH,
			     strerror(-r));
		return;
	}
	if (json_parse(text, len, 16, &obj, &at) < 0)
		doctor_found(d, NULL, "%s%s is damaged at byte %zu", d->ctl->root, MANIFEST_PATH,
			     at);
	else if (json_get_int(obj, "version", &version) < 0)
		doctor_found(d, NULL, "%s%s says no version", d->ctl->root, MANIFEST_PATH);
	else if (version > MANIFEST_VERSION_MAX)
		doctor_found(d, "install the newer package envagent again",
			     "%s%s is of a newer version; it is kept and not written", d->ctl->root,
			     MANIFEST_PATH);
}
