/* SPDX-License-Identifier: MIT */
/* ask.c -- a call to the daemon, and in words why it did not come out */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/ask.h"
#include "tools/agentctl/show.h"

int ask_open(struct ctl *ctl, struct client **ret)
{
	return client_open(ctl->root, ctl->timeout ?: ASK_TIMEOUT_DEFAULT, ret);
}

bool ask_nobody(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED;
}

int ask_failed(struct ctl *ctl, const char *verb, int r)
{
	_cleanup_free_ char *sudo = str_printf("sudo agentctl %s", verb);

	switch (r) {
	case -ENOENT:
	case -ENOTDIR:
		show_error(ctl, "systemctl start envagent",
			   "the daemon is not running: there is no socket %s%s", ctl->root,
			   CONTROL_PATH);
		return CTL_NOT_RUNNING;
	case -ECONNREFUSED:
		show_error(ctl, "systemctl start envagent",
			   "the daemon is not running: nobody listens at %s%s", ctl->root,
			   CONTROL_PATH);
		return CTL_NOT_RUNNING;
	case -EACCES:
	case -EPERM:
		show_error(ctl, sudo,
			   "the daemon does not take this from you: agentctl %s is for root only",
			   verb);
		return CTL_ERROR;
	case -ETIMEDOUT:
		show_error(ctl, "agentctl status", "the daemon has not finished %s in time", verb);
		return CTL_TIMEOUT;
	case -ECONNRESET:
	case -EPIPE:
		show_error(ctl, "journalctl -u envagent",
			   "the daemon hung up in the middle of %s; it may have done a part of it",
			   verb);
		return CTL_ERROR;
	case -EBADMSG:
	case -EFBIG:
		show_error(ctl, "agentctl version; systemctl restart envagent",
			   "the daemon gave an answer that this agentctl does not understand");
		return CTL_ERROR;
	default:
		show_error(ctl, "agentctl status", "cannot talk to the daemon: %s", strerror(-r));
		return CTL_ERROR;
	}
}

int ask_refused(struct ctl *ctl, const char *verb, const struct client_reply *reply)
{
	const char *error = reply->error, *reason = show_str(reply->parameters, "reason");

	if (strcmp(error, "io.envagent.PermissionDenied") == 0)
		return ask_failed(ctl, verb, -EPERM);
	if (strcmp(error, "io.envagent.ConfigError") == 0)
		show_error(ctl, "correct the file, then agentctl reload",
			   "the configuration has an error, nothing was changed:\n%s", reason);
	else if (strcmp(error, "io.envagent.Busy") == 0)
		show_error(ctl, "the same again in a few seconds, or as root: sudo agentctl ...",
			   "no %s now: %s", verb, reason);
	else if (strcmp(error, "io.envagent.Failed") == 0)
		show_error(ctl, "agentctl status", "%s failed: %s", verb, reason);
	else if (strcmp(error, "org.varlink.service.InvalidParameter") == 0)
		show_error(ctl, "agentctl status", "the daemon knows no such %s",
			   show_str(reply->parameters, "parameter"));
	else if (strcmp(error, "org.varlink.service.MethodNotFound") == 0)
		show_error(ctl, "systemctl restart envagent",
			   "the daemon that runs is another version and cannot %s", verb);
	else
		show_error(ctl, "agentctl status", "%s failed: %s %s", verb, error, reason);
	return CTL_ERROR;
}
