/* SPDX-License-Identifier: MIT */
/* words.c -- verbs with a word behind them: a status, and passes for one module */
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/nearest.h"
#include "tools/agentctl/pass.h"
#include "tools/agentctl/show.h"

static const char *word_of(const struct pass_verb *verb)
{
	return strchr(verb->name, ' ') + 1;
}

static int refuse(struct ctl *ctl, const struct pass_verb *passes, size_t n)
{
	int len = (int)(word_of(passes) - 1 - passes->name);
	_cleanup_free_ char *help = str_printf("agentctl %.*s --help", len, passes->name);
	struct nearest near = NEAREST_INIT(ctl->args[0]);
	_cleanup_buf_ struct buf list = BUF_INIT;

	nearest_offer(&near, "status");
	for (size_t i = 0; i < n; i++) {
		nearest_offer(&near, word_of(&passes[i]));
		buf_addf(&list, "%s%s", i + 1 < n ? ", " : " or ", word_of(&passes[i]));
	}
	if (near.best)
		show_error(ctl, help, "%.*s cannot '%s', did you mean '%s'?", len, passes->name,
			   ctl->args[0], near.best);
	else
		show_error(ctl, help, "%.*s takes status%s, not '%s'", len, passes->name,
			   list.data ?: "", ctl->args[0]);
	return CTL_USAGE;
}

int pass_word(struct ctl *ctl, int (*status)(struct ctl *ctl), const struct pass_verb *passes,
	      size_t n)
{
	if (strcmp(ctl->args[0], "status") == 0)
		return status(ctl);
	for (size_t i = 0; i < n; i++)
		if (strcmp(ctl->args[0], word_of(&passes[i])) == 0)
			return pass_run(ctl, &passes[i]);
	return refuse(ctl, passes, n);
}
