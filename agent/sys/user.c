/* SPDX-License-Identifier: MIT */
/* user.c -- a command line that a user wrote, run outside our own unit */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/sys/bus.h"

/* How much later than the time limit of the service we give up on systemd. */
#define GRACE 5000000

/* systemd expands $NAME in the words of a command; the shell shall do it. */
static char *escape_dollars(const char *command)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (; *command; command++) {
		if (*command == '$')
			buf_addc(&b, '$');
		buf_addc(&b, *command);
	}
	return buf_take(&b);
}

static int add_output(struct bus *b, int input, int output)
{
	int r;

	r = b->sd.message_append(b->message, "(sv)", "StandardInputFileDescriptor", "h", input);
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "(sv)", "StandardOutputFileDescriptor", "h", output);
	if (r < 0)
		return r;
	return b->sd.message_append(b->message, "(sv)", "StandardErrorFileDescriptor", "h", output);
}

/* The properties of the service: Type=oneshot, so that its job ends with it. */
static int add_properties(struct bus *b, const char *command, const struct sys_run_opts *opts)
{
	_cleanup_free_ char *escaped = escape_dollars(command);
	int r;

	if (!escaped)
		return -ENOMEM;
	r = b->sd.message_append(b->message, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
				 "Command of the envagent configuration", "Type", "s", "oneshot",
				 "CollectMode", "s", "inactive-or-failed", "TimeoutStartUSec", "t",
				 opts->timeout, "TimeoutStopUSec", "t", (uint64_t)2000000);
	if (r < 0)
		return r;
	/* keeps what is known of the service until we let the bus go */
	r = b->sd.message_append(b->message, "(sv)", "AddRef", "b", 1);
	if (r < 0)
		return r;
	if (opts->user) {
		r = b->sd.message_append(b->message, "(sv)", "User", "s", opts->user);
		if (r < 0)
			return r;
	}
	return b->sd.message_append(b->message, "(sv)", "ExecStart", "a(sasb)", 1, "/bin/sh", 3,
				    "/bin/sh", "-c", escaped, 0);
}

static int start_service(struct bus *b, const char *unit, const char *command,
			 const struct sys_run_opts *opts, int input, int output)
{
	int r;

	r = bus_begin_job(b, "StartTransientUnit");
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "ss", unit, "fail");
	if (r < 0)
		return r;
	r = b->sd.message_open_container(b->message, 'a', "(sv)");
	if (r < 0)
		return r;
	r = add_properties(b, command, opts);
	if (r < 0)
		return r;
	r = add_output(b, input, output);
	if (r < 0)
		return r;
	r = b->sd.message_close_container(b->message);
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "a(sa(sv))", 0);
	if (r < 0)
		return r;
	return bus_start_job(b, NULL);
}

/* How the service's program ended, as sys_run() says it. */
static int read_status(struct bus *b, const char *unit)
{
	static const char interface[] = BUS_NAME ".Service";
	_cleanup_free_ char *path = NULL, *result = NULL;
	int32_t code, status;
	int r;

	r = b->sd.path_encode(BUS_PATH "/unit", unit, &path);
	if (r < 0)
		return r;
	r = b->sd.get_property_string(b->bus, BUS_NAME, path, interface, "Result", &b->error,
				      &result);
	if (r < 0)
		return r;
	if (!strcmp(result, "timeout"))
		return -ETIMEDOUT;
	r = b->sd.get_property_trivial(b->bus, BUS_NAME, path, interface, "ExecMainCode", &b->error,
				       'i', &code);
	if (r < 0)
		return r;
	r = b->sd.get_property_trivial(b->bus, BUS_NAME, path, interface, "ExecMainStatus",
				       &b->error, 'i', &status);
	if (r < 0)
		return r;
	if (code == CLD_EXITED)
		return status;
	if (code == CLD_KILLED || code == CLD_DUMPED)
		return 128 + status;
	return -EIO;
}

static int by_systemd(const char *command, const struct sys_run_opts *opts, struct buf *out)
{
	_cleanup_close_ int input = -1, output = -1, output_far = -1;
	_cleanup_bus_ struct bus b = {};
	char unit[64];
	int r;

	if (opts->user && !getpwnam(opts->user))
		return -ESRCH;
	input = sys_input(opts->stdin_text);
	if (input < 0)
		return input;
	r = sys_output(&output, &output_far);
	if (r < 0)
		return r;
	r = bus_open(&b, opts->timeout + GRACE);
	if (r < 0)
		return r == -ENOENT ? -ENOTCONN : r;
	snprintf(unit, sizeof(unit), "envagent-command-%d-%llx.service", getpid(),
		 (unsigned long long)sys_now_monotonic());
	r = start_service(&b, unit, command, opts, input, output_far);
	safe_close(TAKE_FD(output_far));
	if (r < 0)
		return r;

	while (b.job) {
		int ended = bus_wait(&b, output);

		if (ended < 0)
			return ended;
		if (output >= 0) {
			r = sys_drain(output, opts->output_max, out);
			if (r < 0)
				return r;
			if (r == 0)
				safe_close(TAKE_FD(output));
		}
		if (ended)
			break;
	}
	return read_status(&b, unit);
}

int sys_run_user(struct sys *sys, const char *command, const struct sys_run_opts *opts,
		 struct buf *out)
{
	char *argv[] = { "/bin/sh", "-c", (char *)command, NULL };

	if (!sys->live)
		return -EOPNOTSUPP;
	if (sys_has_systemd(sys))
		return by_systemd(command, opts, out);
	return sys_spawn(argv, opts, out);
}
