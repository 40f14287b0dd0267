/* SPDX-License-Identifier: MIT */
/*
 * monitor.h -- from a pool's monitors to the check of its members
 *
 * As a BIG-IP does it: interval and timeout, send and recv strings, reverse, a port of its own
 * ("destination"), TLS for https. Where it is stricter: an http monitor without recv wants a status
 * of 200 to 399, where a BIG-IP takes any answer. Where it can less: a pool has one check, that of
 * its strictest monitor, or of its mildest if "min 1 of" them do; gateway-icmp connects to the
 * member; recvDisable has no effect.
 */
#pragma once

#include "tools/envmux/driver.h"
#include "tools/envmux/store.h"

/* POOL's check in *RET, to be driver_monitor_done(); NONE without a monitor. 0 or -ENOMEM. */
int monitor_of_pool(const struct store *s, struct json_object *pool, struct driver_monitor *ret);

/*
 * RECV, a POSIX extended regular expression, as one that Perl's rules read in the same way, without
 * a blank: owned, in *RET. -EINVAL if it is none, if the two would not agree, or if it could keep
 * HAProxy busy: repeats within repeats, or many of them.
 */
int monitor_regex(const char *recv, char **ret);
