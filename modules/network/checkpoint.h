/* SPDX-License-Identifier: MIT */
/*
 * checkpoint.h -- all that a switch may have to put back, as one JSON text
 *
 * The addresses and routes of the links, whole; the DHCP clients that are to be ended, with their
 * lease files; /etc/resolv.conf, which a client's script may rewrite; the network's own files,
 * where a program that runs takes them.
 */
#pragma once

#include "modules/network/ifaces.h"

#define CHECKPOINT_VERSION 1

/*
 * What is there now of the links of WANT, and of the clients that the plan of PASS ends; with DOOR
 * (sys_unit(); NULL: none), which is called again after them, also of the files that it changes.
 */
int checkpoint_make(struct pass *pass, const struct ifaces *want, const char *door,
		    struct json_object **ret);

/*
 * Puts it back, once or again: what is so already is left. Goes on after an error and returns the
 * first one.
 */
int checkpoint_restore(struct sys *sys, struct json_object *cp);
