/* SPDX-License-Identifier: MIT */
/* verbs.c -- the table of verbs, with the page that --help prints for each */
#include <string.h>

#include "agent/base/cleanup.h"
#include "tools/agentctl/agentctl.h"

const struct ctl_verb ctl_verbs[] = {
	{ "status", "", "what state this host is in, and what to do about it",
	  "Reads /run/envagent/status.json; needs no daemon and no network. The exit code is the\n"
	  "state: 0 ready, 3 degraded, 4 converging, 5 failed, 8 quarantined, 6 if the daemon is\n"
	  "not running or does not answer.\n",
	  CTL_JSON, 0, 0, ctl_status },
	{ "plan", "", "what a pass would change now, with differences; changes nothing",
	  "Ends with 0 if the plan could be made, whether or not there is something to do. The\n"
	  "differences are shown to root only.\n",
	  CTL_JSON | CTL_MODULE | CTL_WAIT, 0, 0, ctl_plan },
	{ "apply", "", "run a pass now",
	  "Ends with 0 if all is settled, 3 if a module is degraded, 5 if one failed.\n",
	  CTL_JSON | CTL_MODULE | CTL_WAIT, 0, 0, ctl_apply },
	{ "facts", "[NAME]", "what is known about this host and its environment, and from where",
	  "With NAME: its value alone, a string without quotes, anything else as JSON; ends with "
	  "1\n"
	  "and the reason if it has no value.\n",
	  CTL_JSON, 0, 1, ctl_facts },
	{ "explain", "FILE:LINE", "where a line of a rendered file comes from",
	  "FILE:LINE:COLUMN asks for one byte; columns count bytes from 1. For each piece of it:\n"
	  "the expression, its place in the template, the facts that it read, from which source\n"
	  "and when, and their values before. Needs no daemon.\n",
	  CTL_JSON, 1, 1, ctl_explain },
	{ "diff", "[FILE]", "how rendered files differ from what would be rendered now",
	  "Prints the differences of all targets of templates, or of FILE, from what is there to\n"
	  "what would be, as diff -u does. Ends as diff(1): 0 no difference, 1 differences, 2\n"
	  "trouble; a template that cannot be rendered is trouble. Asks the daemon, as root.\n",
	  CTL_JSON | CTL_WAIT, 0, 1, ctl_diff },
	{ "render", "TEMPLATE", "render a template offline",
	  "Prints the text on standard output; an error is FILE:LINE:COLUMN on standard error and\n"
	  "ends with 1. FACTS.json is an object of names and values, or what facts --json prints.\n"
	  "TEMPLATE - is standard input. With --json: the text and where each piece of it comes\n"
	  "from, or the error.\n",
	  CTL_FACTS | CTL_JSON, 1, 1, ctl_render },
	{ "lb", "WORD", "this environment's entry at the load balancer, on its leader",
	  "WORD is one of:\n"
	  "  status    how it stands, and the public address of each service\n"
	  "  plan      what would be changed at the load balancer\n"
	  "  register  register the environment now, also after drain\n"
	  "  drain     let its members take no new requests, until register\n"
	  "status reads what the agent left in /run/envagent and ends with its state; the others\n"
	  "ask the daemon and end as plan and apply do. On a host that registers nothing all end\n"
	  "with 1, saying why.\n",
	  CTL_JSON | CTL_WAIT, 1, 1, ctl_lb },
	{ "net", "WORD", "the switch of this host's network to static, and whether it held",
	  "WORD is one of:\n"
	  "  status    how it stands, and why the last switch was taken back, if it was\n"
	  "  try       switch now, and back again after ConfirmSec= unless that is confirmed\n"
	  "  confirm   the switch that was tried holds\n"
	  "  rollback  the switch that was tried does not hold: back at once\n"
	  "status needs no daemon; the others ask it, as root, and end as apply does. confirm and\n"
	  "rollback end with 1 if no switch waits.\n",
	  CTL_JSON | CTL_WAIT, 1, 1, ctl_net },
	{ "wait", "", "return when this host is ready",
	  "Ends with 0 when ready, 7 when the time is up, saying what it waited for. With\n"
	  "--for local it ends when a pass has brought about all that is on this host, and\n"
	  "with 7, too, when ReadyTimeoutSec= ends before that.\n",
	  CTL_FOR | CTL_WAIT, 0, 0, ctl_wait },
	{ "restore", "",
	  "put back all that the agent changed on this host; it then rests until apply",
	  "Acts on what the manifest lists and nothing else. A file that somebody changed since "
	  "is\n"
	  "reported and left as it is; what was there before is kept and named.\n",
	  CTL_JSON | CTL_WAIT, 0, 0, ctl_restore },
	{ "seal", "", "make this host one that an image can be taken of",
	  "As restore; then the agent is stopped, and all that it remembers is removed, also the\n"
	  "rest that a restore begins: what is copied from here begins anew at its first boot. "
	  "The\n"
	  "last step before an image is taken. Identities of others, such as /etc/machine-id, are\n"
	  "left to /usr/share/envagent/images/seal.sh, which does both. Root only.\n",
	  CTL_WAIT, 0, 0, ctl_seal },
	{ "pause", "[TIME]", "let no pass start by itself while you debug this host by hand",
	  "TIME is like 30min or 2h; an hour by default, 24h at most. Identity checks, watchdog "
	  "and\n"
	  "status go on, and a leader renews its lease and nothing else; apply by hand still "
	  "works.\n"
	  "The pause ends by itself, by resume, or with a restart of the machine. Root only.\n",
	  CTL_JSON, 0, 1, ctl_pause },
	{ "resume", "", "end a pause; a pass starts at once",
	  "Ends with 0 also if there is none. Root only.\n", CTL_JSON, 0, 0, ctl_resume },
	{ "reload", "", "let the daemon read its configuration again",
	  "A configuration with an error is refused, named and not taken over.\n", CTL_WAIT, 0, 0,
	  ctl_reload },
	{ "config", "WORD", "check the configuration, or show all that is in force",
	  "WORD is one of:\n"
	  "  check     list every fault with FILE:LINE:COLUMN; ends with 1 if there is one\n"
	  "  show      every setting, each with the file and line it comes from, as a file that\n"
	  "            can be read back\n"
	  "Both read the files, not the daemon: reload makes the daemon read them.\n",
	  0, 1, 1, ctl_config },
	{ "doctor", "", "look for known faults of this host and the agent, each with its fix",
	  "Reads files, asks the service manager and starts no pass; needs no daemon. As root it "
	  "sees\n"
	  "more. Ends with 0 if nothing was found, 1 if something was.\n",
	  CTL_JSON, 0, 0, ctl_doctor },
	{ "collect", "", "put all that helps to find a fault into one file, without secrets",
	  "Status, facts, plan, configuration, manifest, what doctor finds, journal, units, "
	  "addresses\n"
	  "and routes as a .tar.gz that only you can read; secret values are left out or "
	  "replaced.\n"
	  "As root it holds more. Needs no daemon.\n",
	  CTL_OUTPUT, 0, 0, ctl_collect },
	{ "init", "", "write a first configuration from what this host is like",
	  "Writes /etc/envagent/envagent.conf, with comments; -o FILE another file, -o - standard\n"
	  "output. A file that is there is never overwritten.\n",
	  CTL_OUTPUT, 0, 0, ctl_init },
	{ "version", "", "print the version", "", 0, 0, 0, ctl_version },
	{ "help", "[VERB]", "print this overview, or what a verb does", "", 0, 0, 1, ctl_help },
	{},
};

const struct ctl_verb *ctl_verb_find(const char *name)
{
	for (const struct ctl_verb *v = ctl_verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}
