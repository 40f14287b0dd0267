/* SPDX-License-Identifier: MIT */
/*
 * sandbox.h -- what is left to a program that listens to strangers
 *
 * After sandbox_enter() this process opens no file, starts no program and makes no socket but
 * AF_INET and AF_INET6; a system call beyond what one exchange needs fails with EPERM. Irrevocable.
 * 0 or -errno.
 */
#pragma once

int sandbox_enter(void);
