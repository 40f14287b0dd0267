/* SPDX-License-Identifier: MIT */
/* file.h -- whole files, with a limit */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"

/*
 * All of ROOT and PATH put together ("-" for standard input if ROOT is ""), at most MAX bytes: more
 * is -EFBIG. *ret is NUL-ended and owned. *ret_mtime (may be NULL) is when it was last written,
 * realtime usec. -errno.
 */
int file_read(const char *root, const char *path, size_t max, char **ret, size_t *ret_len,
	      uint64_t *ret_mtime);
