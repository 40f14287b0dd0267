/* SPDX-License-Identifier: MIT */
/* document.h -- the metadata document between the children: a memfd that nobody changes once sealed
 */
#pragma once

/* An empty one to be filled by a child; -errno. */
int document_new(void);
/* After the child: from here on it stays as it is. -ENODATA if empty, -EFBIG, -errno. */
int document_seal(int fd);
/* A memfd for the facts of a pass. */
int document_facts(void);
