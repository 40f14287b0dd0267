/* SPDX-License-Identifier: MIT */
/* capture.h -- another program run to its end, and what it printed */
#pragma once

#include <stddef.h>

#include "agent/base/buf.h"

#define CAPTURE_SEC 10

/*
 * Runs ARGV (looked for in PATH, NULL-ended) with no input, at most CAPTURE_SEC: then it is killed.
 * What it prints, errors too, goes to OUT up to OUT's limit; the rest is dropped. Its exit code;
 * -ETIMEDOUT, -ECANCELED for one that a signal ended, -ENOENT and other -errno.
 */
int capture(const char *const *argv, struct buf *out);
