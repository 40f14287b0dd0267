/* SPDX-License-Identifier: MIT */
/* main.c -- envagent-reconcile and envagent-leader: one pass, started by envagentd */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/options.h"
#include "agent/reconcile/reconcile.h"

/* What the command line said. */
struct started {
	const char *protocol;
	struct reconcile_opts pass;
	bool restore, check, show; /* what is not a pass */
	char **credentials;
};

#define AT(member) offsetof(struct started, member)
static const struct {
	const char *name;
	enum { FLAG, TEXT, NUMBER, LIST } kind;
	size_t at;
} words[] = {
	{ "protocol", TEXT, AT(protocol) },
	{ "root", TEXT, AT(pass.root) },
	{ "plan", FLAG, AT(pass.plan) },
	{ "module", TEXT, AT(pass.module) },
	{ "from", TEXT, AT(pass.from) },
	{ "why", TEXT, AT(pass.why) },
	{ "verb", TEXT, AT(pass.verb) },
	{ "credential", LIST, AT(credentials) },
	{ "pass", NUMBER, AT(pass.number) },
	{ "by-hand", FLAG, AT(pass.by_hand) },
	{ "ready-limit", FLAG, AT(pass.limit) },
	{ "leave", FLAG, AT(pass.leave) },
	{ "restore", FLAG, AT(restore) },
	{ "check", FLAG, AT(check) },
	{ "show", FLAG, AT(show) },
};

static void started_done(struct started *st)
{
	strv_free(st->credentials);
}

/* FD if the supervisor passed it, with O_CLOEXEC set for the children of this pass; else -1. */
static int passed(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

/* Word I, with its VALUE; 0 or -ENOMEM. */
static int take(struct started *st, size_t i, char *value)
{
	void *at = (char *)st + words[i].at;

	switch (words[i].kind) {
	case FLAG:
		*(bool *)at = true;
		return 0;
	case TEXT:
		*(const char **)at = value;
		return 0;
	case NUMBER:
		*(unsigned *)at = (unsigned)strtoul(value, NULL, 10);
		return 0;
	case LIST:
		return strv_add(at, value);
	}
	return 0;
}

/* 0, or the exit code. */
static int parse(int argc, char **argv, struct started *st)
{
	struct option options[ARRAY_SIZE(words) + 1] = {};
	bool bad = false;
	int c;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		options[i] = (struct option){
			words[i].name,
			words[i].kind == FLAG ? no_argument : required_argument,
			NULL,
			(int)i,
		};
	/* '?' is far behind the last of them */
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		bad |= c >= (int)ARRAY_SIZE(words) || take(st, (size_t)c, optarg) < 0;
	/* a newer supervisor may well have options that are not known here: its number decides */
	if (!st->protocol || strcmp(st->protocol, PROTOCOL_VERSION) != 0) {
		log_error("This %s speaks protocol %s, its caller %s; "
			  "restart envagent.service to make them one version",
			  program.name, PROTOCOL_VERSION, st->protocol ?: "none");
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
	_cleanup_(started_done) struct started st = { .pass.root = "/" };
	struct report report = { .fd = passed(PROTOCOL_FD_EVENTS) };
	struct reconcile_opts *opts = &st.pass;
	int r;

	opts->fd_document = passed(PROTOCOL_FD_DOCUMENT);
	opts->fd_facts = passed(PROTOCOL_FD_FACTS);
	log_set_name(program.name);
	/* What systemd wants to hear it hears from the supervisor, not from what we run. */
	unsetenv("NOTIFY_SOCKET");
	r = parse(argc, argv, &st);
	if (r != 0)
		return r;
	if (st.show)
		return show(opts->root);
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
	opts->credentials = st.credentials;
	opts->fd_credentials = PROTOCOL_FD_CREDENTIALS;
	for (size_t i = 0; i < strv_len(st.credentials); i++)
		(void)passed(PROTOCOL_FD_CREDENTIALS + (int)i);
	r = program.confine ? program.confine() : 0;
	if (r < 0)
		return report_failure(&report, "config", strerror(-r), "journalctl -u envagent");
	if (opts->leave)
		return leave_run(opts, &program, &report);
	if (st.check)
		return check_run(opts->root, program.modules, &report);
	return st.restore ? restore_run(opts->root, &report)
			  : reconcile_run(opts, &program, &report);
}
