/* SPDX-License-Identifier: MIT */
/* listen.h -- a listening TCP socket out of "ADDR:PORT" */
#pragma once

#include <sys/socket.h>

#include "agent/base/addr.h"

#define LISTEN_URL_MAX 96

/*
 * Opens SPEC; port 0 takes a free one. The descriptor, and its URL in URL; -EINVAL if SPEC is none,
 * or the errno of the socket.
 */
int listen_open(const char *spec, char url[LISTEN_URL_MAX]);
/* The address of a socket address; family 0 if it is neither IPv4 nor IPv6. */
struct addr listen_peer(const struct sockaddr *sa);
