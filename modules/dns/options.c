/* SPDX-License-Identifier: MIT */
/* options.c -- dnsmasq's options: where it listens, whom it asks, which names are ours alone */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/reconcile/resolvers.h"
#include "modules/dns/dns.h"

#define UPSTREAM_MAX 8

static bool is_loopback(const struct addr *a)
{
	static const uint8_t inet6[16] = { [15] = 1 };

	return a->family == AF_INET ? a->bytes[0] == 127 && a->bytes[3] == 1
				    : !memcmp(a->bytes, inet6, sizeof(inet6));
}

/* WORD of KEY= cannot be written. */
static int refuse(struct pass *pass, const char *section, const char *key, const char *word,
		  const char *expected)
{
	const char *origin = conf_origin(pass->conf, section, NULL, key);

	pass_state(pass, STATE_FAILED, "correct it, then: agentctl apply",
		   "%s: '%s' in %s= is nothing that dnsmasq can take; expected %s",
		   origin ?: section, word, key, expected);
	return -EINVAL;
}

/* Upstream=, else who served names here before: asking ourselves would be a loop. */
static int add_upstream(struct pass *pass, const struct dns_conf *c, const struct addr *own,
			struct buf *out)
{
	struct addr servers[UPSTREAM_MAX];
	char text[ADDR_TEXT_MAX];
	int n = 0;

	if (c->upstream && *c->upstream) {
		for (char **u = c->upstream; *u && n < UPSTREAM_MAX; u++, n++)
			if (addr_parse(*u, &servers[n]) < 0)
				return refuse(pass, "Dns", "Upstream", *u, "addresses");
	} else {
		n = resolvers_former(pass, servers, UPSTREAM_MAX);
	}
	for (int i = 0; i < n; i++)
		if (!addr_equal(&servers[i], own) && !is_loopback(&servers[i]))
			buf_addf(out, "server=%s\n", addr_format(&servers[i], false, text));
	return n < 0 ? n : out->error;
}

/*
 * The wildcard needs its local= beside it: address= alone answers A and sends every other type of
 * question for our own names to the upstream, which denies them.
 */
static int add_domains(struct pass *pass, struct buf *out)
{
	const struct addr *external = &pass->settings->mux.external_address;
	const char *base = facts_str(pass->facts, "base_domain"), *domain = dns_domain(pass);
	char text[ADDR_TEXT_MAX];

	if (!base)
		base = pass->settings->agent.base_domain;
	if (domain && !domain_valid(domain))
		return refuse(pass, "Agent", "Domain", domain, "a domain");
	if (base && !domain_valid(base))
		return refuse(pass, "Agent", "BaseDomain", base, "a domain");
	if (domain)
		buf_addf(out, "domain=%s\nlocal=/%s/\n", domain, domain);
	if (base && external->family)
		buf_addf(out, "address=/%s/%s\nlocal=/%s/\n", base,
			 addr_format(external, false, text), base);
	return out->error;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (!isgraph((unsigned char)*s))
			return false;
	return true;
}

static int add_listen(struct pass *pass, const struct dns_conf *c, const struct addr *own,
		      struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	for (char **i = c->interfaces; i && *i; i++) {
		if (!printable(*i))
			return refuse(pass, "Dns", "Interface", *i, "names of interfaces");
		buf_addf(out, "interface=%s\n", *i);
	}
	if (!c->interfaces || !*c->interfaces)
		buf_addf(out, "listen-address=%s\nlisten-address=127.0.0.1\n",
			 addr_format(own, false, text));
	return buf_adds(out, "bind-dynamic\n");
}

int dns_options_compose(struct pass *pass, const struct dns_conf *c, const struct addr *own,
			struct buf *out)
{
	int r;

	/* no-hosts: /etc/hosts of this host gives its own name as a loopback address. */
	buf_addf(out,
		 RESOLVERS_MARK " and put back when it is changed; see [Dns] in\n"
				"# /etc/envagent/envagent.conf. Options of your own: another file "
				"here, or Options= there.\n"
				"hostsdir=%s\nno-hosts\nno-resolv\nlocal-ttl=%u\n",
		 c->hosts_dir, c->ttl);
	r = add_listen(pass, c, own, out);
	if (r >= 0)
		r = add_domains(pass, out);
	if (r >= 0)
		r = add_upstream(pass, c, own, out);
	for (char **o = c->options; r >= 0 && o && *o; o++)
		r = printable(*o) ? buf_addf(out, "%s\n", *o)
				  : refuse(pass, "Dns", "Options", *o, "its long options");
	return r;
}
