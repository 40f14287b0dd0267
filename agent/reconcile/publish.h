/* SPDX-License-Identifier: MIT */
/* publish.h -- the document in, the facts out */
#pragma once

#include "agent/reconcile/facts.h"
#include "agent/sys/sys.h"

/* All of FD from its start, NUL-ended, owned. -EFBIG over DOCUMENT_MAX. */
int read_document(int fd, char **ret, size_t *ret_len);
/* The facts with their secrets as the whole content of FD, which is handed on to the leader. */
int publish_to_fd(const struct facts *facts, int fd);
/* The facts that publish_to_fd() wrote into FD, for the leader. *ret owned. -EBADMSG if there are
 * none. */
int read_facts(int fd, struct facts **ret);
/*
 * What FACTS has beyond those of FD_FACTS, in the form of FACTS_PATH and without secrets, as the
 * content of FD_FOUND; nothing if but times would differ from LEADER_FACTS_PATH.
 */
int publish_found(const struct facts *facts, int fd_facts, int fd_found, struct sys *sys);
/*
 * FACTS_PATH and FACTS_ENV_PATH (facts-env.h) without secrets: 1 if one was written, 0 if nothing
 * but times would change.
 */
int publish_facts(const struct facts *facts, struct sys *sys);
