/* SPDX-License-Identifier: MIT */
/* cli.c -- the command line: options, which verb takes which, help */
#include <getopt.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/conf.h"
#include "agent/base/nearest.h"
#include "tools/agentctl/show.h"

enum {
	OPT_ROOT = 256,
	OPT_COLOR,
	OPT_VERSION,
	OPT_JSON,
	OPT_MODULE,
	OPT_FACTS,
	OPT_FOR,
	OPT_TIMEOUT
};

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "module", required_argument, NULL, OPT_MODULE },
	{ "facts", required_argument, NULL, OPT_FACTS },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "output", required_argument, NULL, 'o' },
	{},
};

/* What the help says of an option; flag 0: every verb takes it. */
static const struct {
	unsigned flag;
	int opt;
	const char *text, *help;
} option_help[] = {
	{ CTL_JSON, OPT_JSON, "--json", "print JSON" },
	{ CTL_MODULE, OPT_MODULE, "--module NAME", "this module only" },
	{ CTL_FACTS, OPT_FACTS, "--facts FACTS.json", "the facts to render with" },
	{ CTL_FOR, OPT_FOR, "--for WHAT", "what to wait for: host, the default, or local" },
	{ CTL_WAIT, OPT_TIMEOUT, "--timeout TIME",
	  "how long to wait: 90s, 5min; 5 minutes by default" },
	{ CTL_OUTPUT, 'o', "-o, --output FILE", "the file to write; it must not be there yet" },
	{ 0, OPT_ROOT, "--root DIR", "files below DIR instead of /" },
	{ 0, OPT_COLOR, "--color WHEN", "auto, always or never; auto by default" },
	{ 0, 'h', "--help", "print this help" },
};

void ctl_usage(FILE *out, const struct ctl_verb *verb)
{
	if (!verb) {
		fputs("Usage: agentctl [OPTION ...] VERB [ARGUMENT ...]\n\n", out);
		for (const struct ctl_verb *v = ctl_verbs; v->name; v++)
			fprintf(out, "  %-8s %-9s %s\n", v->name, v->args, v->summary);
		fputs("\n", out);
	} else {
		fprintf(out, "Usage: agentctl %s%s%s%s\n\n%c%s.\n", verb->name,
			verb->options ? " [OPTION ...]" : "", verb->args[0] ? " " : "", verb->args,
			verb->summary[0] - 'a' + 'A', verb->summary + 1);
		fprintf(out, "%s\n", verb->help);
	}
	for (size_t i = 0; i < ARRAY_SIZE(option_help); i++)
		if (option_help[i].flag == 0 || (verb && (verb->options & option_help[i].flag)))
			fprintf(out, "  %-20s %s\n", option_help[i].text, option_help[i].help);
	if (!verb)
		fputs("\n\"agentctl VERB --help\" tells more of a verb.\n", out);
}

static bool want_color(FILE *out, const char *when)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	if (fileno(out) < 0 || !isatty(fileno(out)))
		return false;
	return !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
}

static int usage_error(struct ctl *ctl, const struct ctl_verb *verb, const char *fmt,
		       const char *what)
{
	_cleanup_free_ char *next =
		str_printf("agentctl %s%s--help", verb ? verb->name : "", verb ? " " : "");
	_cleanup_free_ char *text = str_printf("%s%s", fmt, what);

	show_error(ctl, next, "%s", text ?: fmt);
	return CTL_USAGE;
}

/* What getopt_long() found wrong with ARG; it itself is told to keep silent. */
static int option_error(struct ctl *ctl, const char *arg, bool lacks_value)
{
	struct nearest near = NEAREST_INIT(arg + strspn(arg, "-"));

	if (lacks_value)
		return usage_error(ctl, NULL, "a value is missing after ", arg);
	for (const struct option *o = options; o->name; o++)
		nearest_offer(&near, o->name);
	if (near.best)
		show_error(ctl, "agentctl --help", "unknown option %s, did you mean --%s?", arg,
			   near.best);
	else
		show_error(ctl, "agentctl --help", "unknown option %s", arg);
	return CTL_USAGE;
}

/* What the command line said, before it is known whether the verb takes it. */
struct typed {
	const char *root, *color, *wait_for;
	bool help, version;
	unsigned flags; /* enum ctl_option */
};

static int take_option(struct ctl *ctl, struct typed *t, int opt, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_help); i++)
		if (option_help[i].opt == opt)
			t->flags |= option_help[i].flag;
	switch (opt) {
	case 'h':
		t->help = true;
		break;
	case OPT_VERSION:
		t->version = true;
		break;
	case OPT_ROOT:
		t->root = value;
		break;
	case OPT_COLOR:
		if (strcmp(value, "auto") && strcmp(value, "always") && strcmp(value, "never"))
			return usage_error(ctl, NULL, "--color takes auto, always or never, not ",
					   value);
		t->color = value;
		break;
	case OPT_JSON:
		ctl->json = true;
		break;
	case OPT_MODULE:
		ctl->module = value;
		break;
	case OPT_FACTS:
		ctl->facts = value;
		break;
	case 'o':
		ctl->output = value;
		break;
	case OPT_FOR:
		t->wait_for = value;
		break;
	case OPT_TIMEOUT:
		if (parse_sec(value, &ctl->timeout) < 0 || ctl->timeout == 0)
			return usage_error(ctl, NULL,
					   "--timeout takes a time like 90s or 5min, not ", value);
		break;
	}
	return 0;
}

static int check_verb(struct ctl *ctl, const struct ctl_verb *verb, const struct typed *t,
		      int n_args)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_help); i++)
		if (option_help[i].flag & t->flags & ~verb->options)
			return usage_error(ctl, verb, "this verb does not take ",
					   option_help[i].text);
	if (n_args < verb->min_args)
		return usage_error(ctl, verb, "an argument is missing: ", verb->args);
	if (n_args > verb->max_args)
		return usage_error(ctl, verb, "one argument too many: ", ctl->args[verb->max_args]);
	ctl->wait_local = t->wait_for && strcmp(t->wait_for, "local") == 0;
	if (t->wait_for && !ctl->wait_local && strcmp(t->wait_for, "host") != 0)
		return usage_error(ctl, verb, "--for takes host or local, not ", t->wait_for);
	return 0;
}

static int unknown_verb(struct ctl *ctl, const char *word)
{
	struct nearest near = NEAREST_INIT(word);

	for (const struct ctl_verb *v = ctl_verbs; v->name; v++)
		nearest_offer(&near, v->name);
	if (near.best)
		show_error(ctl, "agentctl help", "no verb '%s', did you mean '%s'?", word,
			   near.best);
	else
		show_error(ctl, "agentctl help", "no verb '%s'", word);
	return CTL_USAGE;
}

/* "" for the machine, otherwise without closing slashes. */
static char *clean_root(const char *root)
{
	size_t n = strlen(root);

	while (n > 0 && root[n - 1] == '/')
		n--;
	return strndup(root, n);
}

int ctl_main(int argc, char **argv, FILE *out, FILE *err)
{
	_cleanup_free_ char *root = NULL;
	struct ctl ctl = { .out = out, .err = err };
	const struct ctl_verb *verb;
	struct typed t = {};
	int opt, r;

	optind = 0;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return option_error(&ctl, argv[optind - 1], opt == ':');
		r = take_option(&ctl, &t, opt, optarg);
		if (r != 0)
			return r;
	}

	root = clean_root(t.root ?: "");
	if (!root)
		return CTL_ERROR;
	ctl.root = root;
	ctl.tty = fileno(out) >= 0 && isatty(fileno(out));
	ctl.color = want_color(out, t.color);
	ctl.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	if (t.version)
		return ctl_version(&ctl);
	if (optind >= argc) {
		ctl_usage(t.help ? out : err, NULL);
		return t.help ? CTL_READY : CTL_USAGE;
	}
	verb = ctl_verb_find(argv[optind]);
	if (!verb)
		return unknown_verb(&ctl, argv[optind]);
	if (t.help) {
		ctl_usage(out, verb);
		return CTL_READY;
	}
	ctl.args = argv + optind + 1;
	r = check_verb(&ctl, verb, &t, argc - optind - 1);
	return r != 0 ? r : verb->run(&ctl);
}

int ctl_version(struct ctl *ctl)
{
	fprintf(ctl->out, "agentctl %s\n", VERSION);
	return CTL_READY;
}

int ctl_help(struct ctl *ctl)
{
	const struct ctl_verb *verb = NULL;

	if (ctl->args[0]) {
		verb = ctl_verb_find(ctl->args[0]);
		if (!verb)
			return unknown_verb(ctl, ctl->args[0]);
	}
	ctl_usage(ctl->out, verb);
	return CTL_READY;
}
