/* SPDX-License-Identifier: MIT */
/* listen.h -- ADDRESS:PORT, where something is served */
#pragma once

#include "agent/base/addr.h"

/* "127.0.0.1:8443", "[::1]:8443". 0 or -EINVAL. */
int listen_parse(const char *text, struct addr *ret, unsigned *ret_port);
/* 0 if nobody listens there and we may; -EADDRINUSE, -EACCES ... */
int listen_free(const char *text);
