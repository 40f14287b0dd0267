/* SPDX-License-Identifier: MIT */
/* document.h -- the metadata document between the children: a memfd that nobody changes once sealed
 */
#pragma once

#include "agent/sys/sys.h"

/* An empty one to be filled by a child; -errno. */
int document_new(void);
/* After the child: from here on it stays as it is. -ENODATA if empty, -EFBIG, -errno. */
int document_seal(int fd);
/* A memfd for the facts of a pass. */
int document_facts(void);
/*
 * What a child wrote into FD as the file PATH of SYS, 0644, its bytes unread. 0 if that is nothing,
 * 1, or -errno; -EFBIG over DOCUMENT_MAX.
 */
int document_keep(int fd, struct sys *sys, const char *path);
