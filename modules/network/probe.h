/* SPDX-License-Identifier: MIT */
/*
 * probe.h -- what answers before a switch, and whether it still does after it
 *
 * Carrier and the gateway decide, by ARP or ND; the metadata service, if it answered this pass. The
 * DNS host never does: it may be booting in the same second. What did not answer before is no
 * reason to take anything back.
 */
#pragma once

#include "modules/network/ifaces.h"

struct probe_link {
	int index;
	char name[16];
	bool carrier;
	struct addr gateways[2]; /* of IPv4 and IPv6, that answered before; family 0: none did */
};

struct probe {
	struct probe_link *links;
	size_t n;
	struct addr metadata; /* answered before; family 0: it did not */
};

/* Asks now. 0 or -ENOMEM. */
int probe_before(struct pass *pass, const struct ifaces *want, struct probe *ret);
void probe_done(struct probe *p);

/*
 * Asks again, each question for at most LIMIT usec. 0; -EHOSTUNREACH with the reason in *ret_words,
 * owned, if something does not answer any more.
 */
int probe_after(struct pass *pass, const struct ifaces *want, const struct probe *p, uint64_t limit,
		char **ret_words);

/*
 * Nobody on its link may have an IPv4 address of WANT that is not ours (RFC 5227, one probe). 0, or
 * -EADDRINUSE with words.
 */
int probe_free(struct pass *pass, const struct ifaces *want, char **ret_words);
/* There is an address to ask for. */
bool probe_free_needed(const struct pass *pass, const struct ifaces *want);
