/* SPDX-License-Identifier: MIT */
/* once.h -- a pass without a daemon: the supervisor's own program, run once */
#pragma once

#include "tools/agentctl/agentctl.h"

/*
 * Runs "envagentd --once [FLAG]" with the root and module of CTL, looked for where this agentctl
 * itself lies: ../sbin beside its directory, or its directory (a build tree). FLAG may be NULL. Its
 * output goes where ours goes. Returns its exit code, or CTL_NOT_RUNNING having said why it cannot
 * be started.
 */
int once_run(struct ctl *ctl, const char *flag);
