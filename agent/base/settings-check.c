/* SPDX-License-Identifier: MIT */
/* settings-check.c -- the checks of the shared sections that need more than one key */
#include "agent/base/settings-check.h"

#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"

#define MTU_INET6 1280 /* RFC 8200, 5 */

struct checking {
	const struct conf *conf;
	const struct settings *s;
	struct buf *faults;
};

/* Begins a fault at the place of KEY, or of the section if nobody set that key. */
static void fault(struct checking *c, const char *section, const char *instance, const char *key,
		  const char *fmt, ...) _printf_(5, 6);

static void fault(struct checking *c, const char *section, const char *instance, const char *key,
		  const char *fmt, ...)
{
	const char *origin = key ? conf_origin(c->conf, section, instance, key) : NULL;
	va_list ap;

	if (!origin)
		origin = conf_origin(c->conf, section, instance, NULL);
	if (c->faults->len)
		buf_addc(c->faults, '\n');
	if (origin)
		buf_addf(c->faults, "%s: ", origin);
	buf_addf(c->faults, "[%s%s%s] ", section, instance ? " " : "", instance ?: "");
	va_start(ap, fmt);
	buf_vaddf(c->faults, fmt, ap);
	va_end(ap);
}

/* A word that is safe in a file, a URL and a label: letters, digits, '-', '_'. */
static bool role_valid(const char *s)
{
	size_t len = strlen(s);

	return len >= 1 && len <= 63 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

static void check_role_forms(struct checking *c, const char *section, const char *instance,
			     char *const *roles)
{
	for (; roles && *roles; roles++)
		if (!role_valid(*roles))
			fault(c, section, instance, "Roles",
			      "'%s' is no role; a role is letters, digits, '-' and '_'", *roles);
}

static bool role_known(const struct settings *s, const char *role, struct nearest *near)
{
	bool known = !strcmp(role, "dns") || !strcmp(role, "leader");

	nearest_offer(near, "dns");
	nearest_offer(near, "leader");
	for (size_t i = 0; i < s->n_hosts; i++)
		for (char **p = s->hosts[i].roles; p && *p; p++) {
			known = known || !strcmp(*p, role);
			nearest_offer(near, *p);
		}
	for (size_t i = 0; i < s->n_services; i++)
		for (char **p = s->services[i].roles; p && *p; p++) {
			known = known || !strcmp(*p, role);
			nearest_offer(near, *p);
		}
	return known;
}

static void check_agent(struct checking *c)
{
	for (char **p = c->s->agent.roles; p && *p; p++) {
		struct nearest near = NEAREST_INIT(*p);

		if (!role_known(c->s, *p, &near))
			fault(c, "Agent", NULL, "Roles",
			      "'%s' is no known role%s%s%s; known are dns, leader and the Roles= "
			      "of [Host] and [Service] sections",
			      *p, near.best ? ", did you mean '" : "", near.best ?: "",
			      near.best ? "'" : "");
	}
}

static void check_metadata(struct checking *c)
{
	static const char *const words[] = { "last", "link-local", "gateway", "gw" };
	const struct metadata_conf *m = &c->s->metadata;
	struct addr addr;

	if (m->provider == PROVIDER_FILE && !m->path)
		fault(c, "Metadata", NULL, "Provider",
		      "Provider=file needs the file's name; add Path=/etc/envagent/metadata.json");
	if (!m->interval || !m->timeout)
		fault(c, "Metadata", NULL, m->interval ? "TimeoutSec" : "IntervalSec",
		      "a time of 0 is too short; use 1s or more");
	for (char **p = m->order; p && *p; p++) {
		struct nearest near = NEAREST_INIT(*p);
		size_t i = 0;

		for (; i < ARRAY_SIZE(words) && strcmp(*p, words[i]); i++)
			nearest_offer(&near, words[i]);
		if (i < ARRAY_SIZE(words) || (!addr_parse(*p, &addr) && addr.prefix < 0))
			continue;
		fault(c, "Metadata", NULL, "Order",
		      "'%s' is no place to ask%s%s%s; expected last, link-local, gateway, gw or "
		      "an IP address",
		      *p, near.best ? ", did you mean '" : "", near.best ?: "",
		      near.best ? "'" : "");
	}
}

static int check_mac(struct checking *c, struct host_row *h)
{
	char text[MAC_TEXT_MAX];
	uint8_t mac[6];

	if (!h->mac)
		return 0;
	if (mac_parse(h->mac, mac) < 0) {
		fault(c, "Host", h->name, "Mac",
		      "'%s' is no MAC address; expected six hexadecimal pairs such as "
		      "00:50:56:2a:10:01",
		      h->mac);
		return 0;
	}
	free(h->mac);
	h->mac = strdup(mac_format(mac, text));
	return h->mac ? 0 : -ENOMEM;
}

static int check_host(struct checking *c, struct host_row *h)
{
	if (!hostname_valid(h->name))
		fault(c, "Host", h->name, NULL,
		      "'%s' is no host name; expected letters, digits and inner dashes, without "
		      "the domain",
		      h->name);
	check_role_forms(c, "Host", h->name, h->roles);
	if (!h->address.family && strv_contains(h->roles, "dns"))
		fault(c, "Host", h->name, "Roles",
		      "the dns host is found by its address; add Address=");
	if (check_mac(c, h) < 0)
		return -ENOMEM;

	for (const struct host_row *o = c->s->hosts; o < h; o++) {
		if (!strcasecmp(o->name, h->name))
			fault(c, "Host", h->name, NULL,
			      "there is a [Host %s] already; case does not count", o->name);
		if (o->mac && h->mac && !strcmp(o->mac, h->mac))
			fault(c, "Host", h->name, "Mac",
			      "%s belongs to [Host %s] already; give each host its own", h->mac,
			      o->name);
	}
	return 0;
}

static void check_match(struct checking *c, const struct interface_row *f)
{
	uint8_t mac[6];
	const char *m = f->match;

	if (!m) {
		if (!filename_valid(f->name) || strlen(f->name) > 15 || strchr(f->name, ' '))
			fault(c, "Interface", f->name, NULL,
			      "'%s' is no interface name; name the interface, or add Match=",
			      f->name);
		return;
	}
	if (!strncmp(m, "mac:", 4) && mac_parse(m + 4, mac) == 0)
		return;
	if (!strncmp(m, "name:", 5) && filename_valid(m + 5) && strlen(m + 5) <= 15)
		return;
	if (!strncmp(m, "network:", 8) && m[8])
		return;
	fault(c, "Interface", f->name, "Match",
	      "'%s' matches nothing; expected mac:00:50:56:2a:10:01, name:eth0 or network:NAME", m);
}

/* NET/PREFIX@ADDRESS, both of one family. */
static bool route_valid(const char *word)
{
	const char *at = strchr(word, '@');
	char net[ADDR_TEXT_MAX];
	struct addr dst, gateway;

	if (!at || (size_t)(at - word) >= sizeof(net))
		return false;
	memcpy(net, word, at - word);
	net[at - word] = '\0';
	return addr_parse(net, &dst) == 0 && dst.prefix >= 0 && addr_parse(at + 1, &gateway) == 0 &&
	       gateway.prefix < 0 && gateway.family == dst.family;
}

static void check_gateways(struct checking *c, const struct interface_row *f)
{
	int families[2] = {};
	struct addr addr;

	for (char **p = f->gateways; p && *p; p++) {
		if (addr_parse(*p, &addr) < 0 || addr.prefix >= 0)
			fault(c, "Interface", f->name, "Gateway",
			      "a gateway is one address; write it without a prefix length");
		else if (families[addr.family == AF_INET6]++)
			fault(c, "Interface", f->name, "Gateway",
			      "'%s' is a second gateway of its family; expected one for IPv4 and "
			      "one for IPv6 at most",
			      *p);
	}
}

static void check_interface(struct checking *c, const struct interface_row *f)
{
	struct addr addr;

	check_match(c, f);
	for (char **p = f->addresses; p && *p; p++)
		if (addr_parse(*p, &addr) < 0 || addr.prefix < 0)
			fault(c, "Interface", f->name, "Address",
			      "'%s' has no prefix length; write it as in 10.60.0.21/24", *p);
	check_gateways(c, f);
	for (char **p = f->routes; p && *p; p++)
		if (!route_valid(*p))
			fault(c, "Interface", f->name, "Route",
			      "'%s' is no route; expected NET/PREFIX@ADDRESS such as "
			      "10.70.0.0/16@10.60.0.254",
			      *p);
	if (f->mtu && (f->mtu < 68 || f->mtu > 65535))
		fault(c, "Interface", f->name, "Mtu",
		      "%u is no MTU; expected 68 to 65535, or 0 to leave it", f->mtu);
	for (char **a = f->addresses; f->mtu && f->mtu < MTU_INET6 && a && *a; a++)
		if (strchr(*a, ':'))
			fault(c, "Interface", f->name, "Mtu",
			      "with %u the kernel takes IPv6 off the link; expected at least %d",
			      f->mtu, MTU_INET6);
}

static void check_service(struct checking *c, const struct service_row *v)
{
	const char *m = v->monitor;

	if (!hostname_valid(v->name))
		fault(c, "Service", v->name, NULL,
		      "'%s' is no service name; it becomes part of a host name: letters, digits "
		      "and inner dashes",
		      v->name);
	check_role_forms(c, "Service", v->name, v->roles);
	if (!!v->hosts + !!v->roles + !!v->kubernetes > 1)
		fault(c, "Service", v->name, NULL,
		      "more than one of Hosts=, Roles= and Kubernetes=; keep one");
	if (!v->port && !v->kubernetes)
		fault(c, "Service", v->name, NULL, "no port; add Port=");
	if (m && strcmp(m, "none") && strcmp(m, "tcp") &&
	    ((strncmp(m, "http:/", 6) && strncmp(m, "vhost:/", 7)) || strpbrk(m, " \t\"")))
		fault(c, "Service", v->name, "Monitor",
		      "'%s' is no monitor; expected none, tcp, http:/PATH or vhost:/PATH", m);
}

static void check_url(struct checking *c, const char *section, const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;

	if (!url)
		return;
	/* It is in states and logs, so a secret may not be; nor is it told here. */
	if (host && memchr(host, '@', 3 + strcspn(host + 3, "/?#")))
		fault(c, section, NULL, "Url",
		      "a user or password is in it; expected https://HOST, and the account in "
		      "[Credential envagent.%s]",
		      strcmp(section, "Mux") == 0 ? "mux" : "platform");
	else if (strncmp(url, "https://", 8) && strncmp(url, "http://", 7))
		fault(c, section, NULL, "Url", "'%s' is no URL; expected https://HOST", url);
}

int settings_check(const struct conf *conf, struct settings *s, struct buf *faults)
{
	struct checking c = { .conf = conf, .s = s, .faults = faults };

	check_agent(&c);
	check_metadata(&c);
	for (size_t i = 0; i < s->n_hosts; i++)
		if (check_host(&c, &s->hosts[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < s->n_interfaces; i++)
		check_interface(&c, &s->interfaces[i]);
	for (size_t i = 0; i < s->n_services; i++)
		check_service(&c, &s->services[i]);
	check_url(&c, "Mux", s->mux.url);
	check_url(&c, "Platform", s->platform.url);
	return faults->error;
}
