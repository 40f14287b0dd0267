/* SPDX-License-Identifier: MIT */
/* main.c -- envagent-reconcile and envagent-leader: one pass, started by envagentd */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/options.h"
#include "agent/reconcile/reconcile.h"

enum {
	OPT_PROTOCOL = 256,
	OPT_ROOT,
	OPT_PLAN,
	OPT_MODULE,
	OPT_RESTORE,
	OPT_FROM,
	OPT_WHY,
	OPT_VERB,
	OPT_CREDENTIAL,
	OPT_PASS,
	OPT_BY_HAND,
	OPT_READY_LIMIT,
	OPT_LEAVE,
	OPT_CHECK,
	OPT_SHOW
};

static const struct option options[] = {
	{ "protocol", required_argument, NULL, OPT_PROTOCOL },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "restore", no_argument, NULL, OPT_RESTORE },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "why", required_argument, NULL, OPT_WHY },
	{ "verb", required_argument, NULL, OPT_VERB },
	{ "credential", required_argument, NULL, OPT_CREDENTIAL },
	{ "pass", required_argument, NULL, OPT_PASS },
	{ "by-hand", no_argument, NULL, OPT_BY_HAND },
	{ "ready-limit", no_argument, NULL, OPT_READY_LIMIT },
	{ "leave", no_argument, NULL, OPT_LEAVE },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "show", no_argument, NULL, OPT_SHOW },
	{},
};

/* FD if the supervisor passed it, with O_CLOEXEC set for the children of this pass; else -1. */
static int passed(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/* What is not a pass. */
struct other {
	bool restore, check, show;
};

/* 0, or the exit code. */
static int parse(int argc, char **argv, struct reconcile_opts *opts, char ***ret_credentials,
		 struct other *ret_other)
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
			ret_other->restore = true;
			break;
		case OPT_FROM:
			opts->from = optarg;
			break;
		case OPT_WHY:
			opts->why = optarg;
			break;
		case OPT_VERB:
			opts->verb = optarg;
			break;
		case OPT_CREDENTIAL:
			bad |= strv_add(ret_credentials, optarg) < 0;
			break;
		case OPT_BY_HAND:
			opts->by_hand = true;
			break;
		case OPT_READY_LIMIT:
			opts->limit = true;
			break;
		case OPT_LEAVE:
			opts->leave = true;
			break;
		case OPT_PASS:
			opts->number = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case OPT_CHECK:
			ret_other->check = true;
			break;
		case OPT_SHOW:
			ret_other->show = true;
			break;
		default:
			bad = 1;
		}
	}
	/* a newer supervisor may well have options that are not known here: its number decides */
	if (!protocol || strcmp(protocol, PROTOCOL_VERSION) != 0) {
		log_error("This %s speaks protocol %s, its caller %s; "
			  "restart envagent.service to make them one version",
			  program.name, PROTOCOL_VERSION, protocol ?: "none");
		return PROTOCOL_MISMATCH;
	}
	if (bad || optind < argc) {
		log_error("Usage: %s --protocol %s [--root DIR] [--plan] "
			  "[--module NAME] [--restore] [--check] [--show] [--from ADDRESS | --why "
			  "TEXT] "
			  "[--verb WORD] [--credential NAME]... [--pass N] [--leave]",
			  program.name, PROTOCOL_VERSION);
		return PROTOCOL_FAILED;
	}
	return 0;
}

/* The settings in force, on standard output: for people, not for the supervisor. */
static int show(const char *root)
{
	_cleanup_(options_freep) struct options *tables = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_(settings_freep) struct settings *settings = NULL;
	_cleanup_free_ char *error = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	r = options_load(root, program.modules, program.remote, &tables, &conf, &settings, &error);
	if (r == 0)
		r = options_dump(tables, conf, &text);
	if (r == 0 && (fwrite(text.data, 1, text.len, stdout) < text.len || fflush(stdout) != 0))
		r = -errno;
	if (r == 0)
		return PROTOCOL_SETTLED;
	fprintf(stderr, "%s\n", error ?: strerror(-r));
	return PROTOCOL_FAILED;
}

int main(int argc, char **argv)
{
	struct reconcile_opts opts = { .root = "/" };
	struct report report = { .fd = passed(PROTOCOL_FD_EVENTS) };
	_cleanup_strv_ char **credentials = NULL;
	struct other other = {};
	int r;

	opts.fd_document = passed(PROTOCOL_FD_DOCUMENT);
	opts.fd_facts = passed(PROTOCOL_FD_FACTS);
	log_set_name(program.name);
	/* What systemd wants to hear it hears from the supervisor, not from what we run. */
	unsetenv("NOTIFY_SOCKET");
	r = parse(argc, argv, &opts, &credentials, &other);
	if (r != 0)
		return r;
	if (other.show)
		return show(opts.root);
	/* What we know of the metadata and of credentials is in no core, and for no debugger. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (report.fd < 0) {
		log_error("There is no descriptor %d for the events; this program is started by "
			  "envagentd, try: envagentd --once",
			  PROTOCOL_FD_EVENTS);
		return PROTOCOL_FAILED;
	}
	/* a supervisor that is gone hears nothing more, but what was begun is brought to its end */
	signal(SIGPIPE, SIG_IGN);
	opts.credentials = credentials;
	opts.fd_credentials = PROTOCOL_FD_CREDENTIALS;
	for (size_t i = 0; i < strv_len(credentials); i++)
		(void)passed(PROTOCOL_FD_CREDENTIALS + (int)i);
	r = program.confine ? program.confine() : 0;
	if (r < 0)
		return report_failure(&report, "config", strerror(-r), "journalctl -u envagent");
	if (opts.leave)
		return leave_run(&opts, &program, &report);
	if (other.check)
		return check_run(opts.root, program.modules, &report);
	return other.restore ? restore_run(opts.root, &report)
			     : reconcile_run(&opts, &program, &report);
}
