/* SPDX-License-Identifier: MIT */
/*
 * facts-env.h -- facts for shell scripts and units
 *
 * A file that sh (by ".") and systemd (by EnvironmentFile=, see systemd.exec(5)) read to the same
 * values: a line ENVAGENT_NAME="value" a fact, sorted by name; a text as it is, anything else as
 * JSON. No secrets. What has no value, or one that an environment cannot hold (control characters
 * but tab and newline; over 16 KiB, or 64 KiB in all), is a comment that says so.
 */
#pragma once

#include "agent/reconcile/facts.h"

/* Appends the file's text to OUT. 0 or OUT's error. */
int facts_to_env(const struct facts *f, struct buf *out);
