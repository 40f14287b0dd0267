/* SPDX-License-Identifier: MIT */
/* main.c -- envagent-reconcile: one pass over this host, started by envagentd */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/reconcile.h"

enum { OPT_PROTOCOL = 256, OPT_ROOT, OPT_PLAN, OPT_MODULE, OPT_RESTORE, OPT_FROM, OPT_WHY };

static const struct option options[] = {
	{ "protocol", required_argument, NULL, OPT_PROTOCOL },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "restore", no_argument, NULL, OPT_RESTORE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "why", required_argument, NULL, OPT_WHY },
	{},
};

/* FD if the supervisor passed it, with O_CLOEXEC set for the children of this pass; else -1. */
static int passed(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/* 0, or the exit code. */
static int parse(int argc, char **argv, struct reconcile_opts *opts, bool *ret_restore)
{
	const char *protocol = NULL;
	int c, bad = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case OPT_PROTOCOL:
			protocol = optarg;
			break;
		case OPT_ROOT:
			opts->root = optarg;
			break;
		case OPT_PLAN:
			opts->plan = true;
			break;
		case OPT_MODULE:
			opts->module = optarg;
			break;
		case OPT_RESTORE:
			*ret_restore = true;
			break;
		case OPT_FROM:
			opts->from = optarg;
			break;
		case OPT_WHY:
			opts->why = optarg;
			break;
		default:
			bad = 1;
		}
	}
	/* a newer supervisor may well have options that are not known here: its number decides */
	if (!protocol || strcmp(protocol, PROTOCOL_VERSION) != 0) {
		log_error("This envagent-reconcile speaks protocol %s, its caller %s; "
			  "restart envagent.service to make them one version",
			  PROTOCOL_VERSION, protocol ?: "none");
		return PROTOCOL_MISMATCH;
	}
	if (bad || optind < argc) {
		log_error("Usage: envagent-reconcile --protocol %s [--root DIR] [--plan] "
			  "[--module NAME] [--restore] [--from ADDRESS | --why TEXT]",
			  PROTOCOL_VERSION);
		return PROTOCOL_FAILED;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct reconcile_opts opts = { .root = "/" };
	struct report report = { .fd = passed(PROTOCOL_FD_EVENTS) };
	bool restore = false;
	int r;

	opts.fd_document = passed(PROTOCOL_FD_DOCUMENT);
	opts.fd_facts = passed(PROTOCOL_FD_FACTS);
	log_set_name("envagent-reconcile");
	r = parse(argc, argv, &opts, &restore);
	if (r != 0)
		return r;
	if (report.fd < 0) {
		log_error("There is no descriptor %d for the events; this program is started by "
			  "envagentd, try: envagentd --once",
			  PROTOCOL_FD_EVENTS);
		return PROTOCOL_FAILED;
	}
	/* a supervisor that is gone hears nothing more, but what was begun is brought to its end */
	signal(SIGPIPE, SIG_IGN);
	return restore ? restore_run(opts.root, &report)
		       : reconcile_run(&opts, modules_local, &report);
}
