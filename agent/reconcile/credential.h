/* SPDX-License-Identifier: MIT */
/* credential.h -- the secrets that the supervisor hands to a child, by name */
#pragma once

#include "agent/reconcile/module.h"

#define CREDENTIALS_MAX 8
#define CREDENTIAL_SIZE_MAX 4096

/*
 * Reads the secrets NAMES (NULL-ended) from descriptors FIRST_FD, FIRST_FD + 1 ...; a closing
 * newline is cut. What cannot be read is left out. *ret_n are in *ret.
 */
int credentials_read(char *const *names, int first_fd, struct credential **ret, size_t *ret_n);
/* Wiped, then freed. */
void credentials_free(struct credential *c, size_t n);
