/* SPDX-License-Identifier: MIT */
/* settings-check.h -- the checks that need more than one key; settings.c alone includes it */
#pragma once

#include "agent/base/settings.h"

/* Appends a line for each fault to FAULTS. Brings MACs into their one form. 0 or -ENOMEM. */
int settings_check(const struct conf *conf, struct settings *s, struct buf *faults);
