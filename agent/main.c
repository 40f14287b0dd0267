/* SPDX-License-Identifier: MIT */
/* main.c -- envagentd: options; makes one manager and runs its loop */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/manager.h"

static const char help[] =
	"envagentd [OPTION ...]: the supervisor of envagent\n\n"
	"  --root DIR         work below DIR; the machine itself is not touched\n"
	"  --once             one pass without a daemon, with its events as text; then end\n"
	"    --apply          of --once: do it (so by default)\n"
	"    --plan           of --once: only say what would be done\n"
	"    --restore        of --once: put back what was there before envagent\n"
	"    --module NAME    of --once: this module only\n"
	"    --json           of --once: each event as a line of JSON, and no other text\n"
	"  --check            check the configuration and end\n"
	"  --libexec-dir DIR  where envagent-fetch, -reconcile and -leader are\n"
	"  --help, --version\n\n"
	"--once ends with 0 ready, 3 degraded, 4 converging, 5 failed, 8 quarantined; 1 is a\n"
	"failure of the command itself, 2 a wrong option. See envagentd(8).\n";

enum {
	OPT_ROOT = 256,
	OPT_ONCE,
	OPT_APPLY,
	OPT_PLAN,
	OPT_RESTORE,
	OPT_MODULE,
	OPT_JSON,
	OPT_CHECK,
	OPT_LIBEXEC,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "apply", no_argument, NULL, OPT_APPLY },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "restore", no_argument, NULL, OPT_RESTORE },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "libexec-dir", required_argument, NULL, OPT_LIBEXEC },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{},
};

struct command {
	struct manager_opts opts;
	bool once, check;
	const char *say; /* help or version: print this and end */
	int kinds;	 /* how many of --apply, --plan, --restore */
};

static int usage(const char *what)
{
	log_error("%s; see envagentd --help", what);
	return -EINVAL;
}

static int set_mode(struct command *c, enum manager_mode mode)
{
	c->opts.mode = mode;
	c->kinds++;
	return 0;
}

static int option(struct command *c, int opt)
{
	switch (opt) {
	case OPT_ROOT:
		c->opts.root = optarg;
		return *optarg == '/' ? 0 : usage("--root wants an absolute path");
	case OPT_ONCE:
		c->once = true;
		return 0;
	case OPT_APPLY:
		return set_mode(c, MANAGER_ONCE_APPLY);
	case OPT_PLAN:
		return set_mode(c, MANAGER_ONCE_PLAN);
	case OPT_RESTORE:
		return set_mode(c, MANAGER_ONCE_RESTORE);
	case OPT_MODULE:
		c->opts.module = optarg;
		return 0;
	case OPT_JSON:
		c->opts.json = true;
		return 0;
	case OPT_CHECK:
		c->check = true;
		return 0;
	case OPT_LIBEXEC:
		c->opts.libexec = optarg;
		return 0;
	case OPT_HELP:
		c->say = help;
		return 0;
	case OPT_VERSION:
		c->say = "envagentd " VERSION "\n";
		return 0;
	default:
		return usage("Unknown option, or one without its value");
	}
}

static int parse_argv(int argc, char **argv, struct command *c)
{
	int opt, r;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		r = option(c, opt);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return usage("There are options only");
	if (c->check && (c->once || c->kinds))
		return usage("--check goes alone");
	if (c->check)
		c->opts.mode = MANAGER_ONCE_CHECK;
	if (c->kinds > 1)
		return usage("--apply, --plan and --restore exclude each other");
	if ((c->kinds || c->opts.module || c->opts.json) && !c->once)
		return usage("--apply, --plan, --restore, --module and --json belong to --once");
	if (c->once && !c->kinds)
		c->opts.mode = MANAGER_ONCE_APPLY;
	return 0;
}

int main(int argc, char **argv)
{
	struct command c = { .opts = { .root = "/", .libexec = LIBEXECDIR } };
	struct manager *m;
	int r;

	log_set_name("envagentd");
	/* The document and what is handed on is in no core, also where a program takes them. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (parse_argv(argc, argv, &c) < 0)
		return 2;
	if (c.say)
		return fputs(c.say, stdout) < 0;
	r = manager_new(&c.opts, &m);
	if (r < 0)
		return 1;
	r = manager_run(m);
	manager_free(m);
	return r < 0 ? 1 : r;
}
