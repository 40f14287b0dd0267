/* SPDX-License-Identifier: MIT */
/* haproxy-labels.c -- which slot has a label: a table of chains, made anew when it is too short */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define CHAIN_END UINT32_MAX
#define CHAINS_MIN 1024u

static uint32_t *chain_of(const struct driver *d, const char *label)
{
	uint32_t h = 2166136261u;

	for (const char *p = label; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u; /* FNV-1a */
	return &d->chains[h & (d->n_chains - 1)];
}

static void link_slot(struct driver *d, struct slot *s)
{
	uint32_t *first = chain_of(d, s->label);

	s->next = *first;
	*first = (uint32_t)(s - d->slots);
}

/* Without memory for a longer one the former table serves, with longer chains. */
static void make_table(struct driver *d)
{
	size_t n = CHAINS_MIN;
	uint32_t *chains;

	while (n < d->n_slots)
		n *= 2;
	chains = n > d->n_chains ? reallocarray(d->chains, n, sizeof(*chains)) : NULL;
	if (chains) {
		d->chains = chains;
		d->n_chains = n;
	}
	for (size_t i = 0; i < d->n_chains; i++)
		d->chains[i] = CHAIN_END;
	for (size_t i = d->n_slots; d->n_chains > 0 && i-- > 0;) {
		if (d->slots[i].label)
			link_slot(d, &d->slots[i]);
	}
	d->indexed = d->n_chains > 0 ? d->n_slots : 0;
}

static struct slot *search(struct driver *d, const char *label)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		if (d->slots[i].label && !strcmp(d->slots[i].label, label))
			return &d->slots[i];
	}
	return NULL;
}

struct slot *haproxy_slot(struct driver *d, const char *label)
{
	if (d->indexed != d->n_slots)
		make_table(d);
	if (d->n_chains == 0)
		return search(d, label);
	for (uint32_t i = *chain_of(d, label); i != CHAIN_END; i = d->slots[i].next) {
		if (!strcmp(d->slots[i].label, label))
			return &d->slots[i];
	}
	return NULL;
}

int haproxy_label(struct driver *d, struct slot *s, const char *label)
{
	s->label = strdup(label);
	if (!s->label)
		return -ENOMEM;
	if (d->indexed > (size_t)(s - d->slots))
		link_slot(d, s);
	return 0;
}

void haproxy_unlabel(struct driver *d, struct slot *s)
{
	uint32_t at = (uint32_t)(s - d->slots);

	if (s->label && at < d->indexed) {
		uint32_t *i = chain_of(d, s->label);

		while (*i != CHAIN_END && *i != at)
			i = &d->slots[*i].next;
		if (*i == at)
			*i = s->next;
	}
	free(TAKE_PTR(s->label));
}

bool *haproxy_wanted(struct driver *d, const struct driver_route *routes, size_t n)
{
	bool *wanted = calloc(d->n_slots + 1, sizeof(*wanted));

	for (size_t i = 0; wanted && i < n; i++) {
		const struct slot *s = haproxy_slot(d, routes[i].label);

		if (s)
			wanted[s - d->slots] = true;
	}
	return wanted;
}
