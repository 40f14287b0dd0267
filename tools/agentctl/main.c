/* SPDX-License-Identifier: MIT */
/* main.c -- agentctl: what people and scripts type */
#include <locale.h>

#include "tools/agentctl/agentctl.h"

int main(int argc, char **argv)
{
	int r;

	setlocale(LC_CTYPE, "");
	r = ctl_main(argc, argv, stdout, stderr);
	/* An answer that could not be written (a full disk) is no answer. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && r == CTL_READY)
		r = CTL_ERROR;
	return r;
}
