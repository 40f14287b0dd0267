/* SPDX-License-Identifier: MIT */
/* confine.h -- what envagent-leader gives up before it reads the first byte from outside */
#pragma once

/*
 * No new privileges, no core files, and a seccomp filter: files, sockets and threads as libcurl and
 * OpenSSL need them; no exec, no ptrace, no mounts, no kernel modules, no keys. What is not on the
 * list fails with EPERM. 0 or -errno.
 */
int confine_leader(void);
