/* SPDX-License-Identifier: MIT */
/* daemon.c -- the status file, and whether who wrote it still lives */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/event.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/daemon.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/show.h"

#define STATUS_MAX (1024 * 1024)
#define STATUS_SCHEMA "envagent.status/"
#define USEC 1000000u

static const char *const state_names[_DAEMON_MAX] = {
	[DAEMON_NEVER] = "never",
	[DAEMON_STOPPED] = "stopped",
	[DAEMON_SILENT] = "silent",
	[DAEMON_RUNNING] = "running",
};

const char *daemon_state_name(enum daemon_state s)
{
	return state_names[s];
}

void daemon_done(struct daemon *d)
{
	json_object_put(d->status);
	*d = (struct daemon){};
}

/*
 * Field 22 of /proc/PID/stat; the second, the program's name, may hold blanks and parentheses, and
 * the third is Z when it has ended and nobody has asked how yet: that is -ESRCH, too. *RET_OURS:
 * the name is the daemon's.
 */
static int process_start(int64_t pid, uint64_t *ret, bool *ret_ours)
{
	_cleanup_free_ char *path = str_printf("/proc/%lld/stat", (long long)pid), *text = NULL;
	size_t len;
	char *p;
	int r;

	if (!path)
		return -ENOMEM;
	r = file_read("", path, 4096, &text, &len, NULL);
	if (r < 0)
		return r;
	*ret_ours = strstr(text, " (envagentd) ");
	p = strrchr(text, ')');
	if (p && strncmp(p, ") Z", 3) == 0)
		return -ESRCH;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return -EBADMSG;
	*ret = strtoull(p + 1, NULL, 10);
	return 0;
}

static bool same_boot(const char *boot_id)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (file_read("", "/proc/sys/kernel/random/boot_id", 128, &text, &len, NULL) < 0)
		return true;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, boot_id) == 0;
}

/*
 * Number and start say who it was, within one boot. The boot's id is not the same for everybody: in
 * a container the service manager's sandbox may show the real machine's. Then the name decides too.
 */
static bool process_alive(int64_t pid, uint64_t start, const char *boot_id)
{
	bool ours, boot = same_boot(boot_id);
	uint64_t now;
	int r;

	if (pid <= 0 || pid > INT32_MAX)
		return false;
	r = process_start(pid, &now, &ours);
	if (r == 0)
		return now == start && (boot || ours);
	/* /proc may be hidden from users (hidepid=): then the number alone has to do. */
	return boot && r != -ESRCH && kill((pid_t)pid, 0) < 0 && errno == EPERM;
}

static int daemon_judge(struct daemon *d)
{
	const char *boot;
	int64_t pid, start;
	uint64_t fresh, now = show_now();
	int r;

	r = json_get_int(d->status, "pid", &pid);
	if (r < 0)
		return r;
	r = json_get_int(d->status, "pid_start", &start);
	if (r < 0)
		return r;
	r = json_get_str(d->status, "boot_id", &boot);
	if (r < 0)
		return r;

	d->pid = pid;
	fresh = show_num(d->status, "fresh_sec") * USEC;
	if (!process_alive(pid, (uint64_t)start, boot))
		d->state = DAEMON_STOPPED;
	else if (fresh > 0 && now > d->seen && now - d->seen > fresh)
		d->state = DAEMON_SILENT;
	else
		d->state = DAEMON_RUNNING;
	return 0;
}

int daemon_read(struct ctl *ctl, struct daemon *ret)
{
	_cleanup_daemon_ struct daemon d = {};
	_cleanup_free_ char *text = NULL;
	const char *schema;
	size_t len;
	int r;

	r = file_read(ctl->root, STATUS_PATH, STATUS_MAX, &text, &len, &d.seen);
	if (r == -ENOENT || r == -ENOTDIR) {
		*ret = (struct daemon){ .state = DAEMON_NEVER };
		return 0;
	}
	if (r < 0) {
		show_error(ctl, NULL, "cannot read %s%s: %s", ctl->root, STATUS_PATH, strerror(-r));
		return r;
	}
	r = json_parse(text, len, 16, &d.status, NULL);
	if (r == 0)
		r = json_get_str(d.status, "schema", &schema);
	if (r == 0 && strncmp(schema, STATUS_SCHEMA, strlen(STATUS_SCHEMA)) != 0)
		r = -EBADMSG;
	if (r == 0)
		r = daemon_judge(&d);
	if (r < 0) {
		show_error(ctl, "systemctl restart envagent", "%s%s is no status file of envagentd",
			   ctl->root, STATUS_PATH);
		return -EBADMSG;
	}
	*ret = d;
	d = (struct daemon){};
	return 0;
}

int daemon_code_of(const struct daemon *d, const char *state)
{
	static const int codes[_STATE_MAX] = {
		[STATE_FAILED] = CTL_FAILED,	     [STATE_QUARANTINED] = CTL_QUARANTINED,
		[STATE_CONVERGING] = CTL_CONVERGING, [STATE_DEGRADED] = CTL_DEGRADED,
		[STATE_READY] = CTL_READY,	     [STATE_OFF] = CTL_READY,
	};
	int i;

	if (d->state != DAEMON_RUNNING)
		return CTL_NOT_RUNNING;
	i = state_from_name(state);
	return i < 0 ? CTL_ERROR : codes[i];
}

int daemon_exit_code(const struct daemon *d)
{
	return daemon_code_of(d, show_str(d->status, "state"));
}
