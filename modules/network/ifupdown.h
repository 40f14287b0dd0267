/* SPDX-License-Identifier: MIT */
/* ifupdown.h -- reading interfaces(5) files, and making their stanzas yield */
#pragma once

#include "modules/network/ifaces.h"

#define IFUPDOWN_FILE "/etc/network/interfaces"
#define IFUPDOWN_DIR "/etc/network/interfaces.d"

/*
 * Pure: TEXT with the method "manual" wherever it sets up an address of an interface of WANT, in a
 * family in which WANT has one, by DHCP or as static. Returns how many places, or -ENOMEM.
 */
int ifupdown_yield(const char *text, const struct ifaces *want, struct buf *out);
/* Pure: TEXT has a stanza for one of WANT. */
bool ifupdown_names(const char *text, const struct ifaces *want);

/*
 * The files that ifup reads: IFUPDOWN_FILE and what it sources, but for OWN; *ret owned. *ret_own
 * tells whether OWN is read, be it there or not.
 */
int ifupdown_files(struct sys *sys, const char *own, char ***ret, bool *ret_own);
