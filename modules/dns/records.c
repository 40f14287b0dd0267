/* SPDX-License-Identifier: MIT */
/* records.c -- the names of the environment's hosts, as dnsmasq reads them */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "modules/dns/dns.h"

#define GATEWAY_NAME "gw" /* the cloud's own name for where the metadata is */
#define METADATA_ADDRESS "169.254.169.254"

static void record_done(struct dns_record *r)
{
	free(r->file);
	free(r->fqdn);
	free(r->text);
}

void dns_records_done(struct dns_records *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		record_done(&rs->list[i]);
	free(rs->list);
	*rs = (struct dns_records){};
}

const char *dns_domain(const struct pass *pass)
{
	const char *domain = facts_str(pass->facts, "domain");

	return domain ? domain : pass->settings->agent.domain;
}

/* Appends " NAME", and before it " NAME.DOMAIN" if it has no dot; each but FQDN, written before. */
static int add_name(struct buf *b, const char *name, const char *domain, const char *fqdn)
{
	_cleanup_free_ char *full = NULL;

	if (!domain_valid(name))
		return -EINVAL;
	if (domain && !strchr(name, '.')) {
		full = str_printf("%s.%s", name, domain);
		if (!full)
			return -ENOMEM;
		if (!domain_valid(full))
			return -EINVAL;
		if (strcasecmp(full, fqdn))
			buf_addf(b, " %s", full);
	}
	if (strcasecmp(name, fqdn))
		buf_addf(b, " %s", name);
	return b->error;
}

static int compose(const char *name, const char *fqdn, const struct addr *address,
		   struct json_object *aliases, const char *domain, char **ret)
{
	size_t n = aliases ? json_object_array_length(aliases) : 0;
	_cleanup_buf_ struct buf b = BUF_INIT;
	char text[ADDR_TEXT_MAX];
	int r;

	if (!hostname_valid(name) || !domain_valid(fqdn))
		return -EINVAL;
	buf_addf(&b, "%s %s", addr_format(address, false, text), fqdn);
	r = add_name(&b, name, domain, fqdn);
	for (size_t i = 0; i < n && r >= 0; i++) {
		struct json_object *v = json_object_array_get_idx(aliases, i);

		if (!json_object_is_type(v, json_type_string))
			return -EINVAL;
		r = add_name(&b, json_object_get_string(v), domain, fqdn);
	}
	if (r < 0)
		return r;
	buf_addc(&b, '\n');
	*ret = buf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

static int add(struct dns_records *rs, const char *name, const char *fqdn,
	       const struct addr *address, struct json_object *aliases, const char *domain,
	       bool reverse)
{
	_cleanup_free_ char *text = NULL;
	struct dns_record *list, *to;
	int r;

	r = compose(name, fqdn, address, aliases, domain, &text);
	if (r < 0)
		return r;
	list = reallocarray(rs->list, rs->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	rs->list = list;
	to = &list[rs->n];
	*to = (struct dns_record){
		.file = strdup(name),
		.fqdn = strdup(fqdn),
		.address = *address,
		.text = TAKE_PTR(text),
		.reverse = reverse,
	};
	rs->n++; /* counted before the check: dns_records_done() frees what there is */
	return to->file && to->fqdn ? 0 : -ENOMEM;
}

static int add_host(struct dns_records *rs, struct json_object *host, const char *domain)
{
	const char *name, *fqdn, *address;
	struct json_object *aliases = NULL;
	struct addr a;
	int r;

	if (json_get_str(host, "name", &name) < 0)
		return -EINVAL;
	r = json_get_str(host, "address", &address);
	if (r == -ENOENT)
		return 0; /* a host that is declared for its roles only */
	if (r < 0 || addr_parse(address, &a) < 0)
		return -EINVAL;
	if (json_get_str(host, "fqdn", &fqdn) < 0)
		fqdn = name;
	r = json_get_arr(host, "aliases", &aliases);
	if (r < 0 && r != -ENOENT)
		return -EINVAL;
	return add(rs, name, fqdn, &a, aliases, domain, true);
}

/* The metadata's if it tells one, else the one in use, else where the service always is. */
static int gateway_address(const struct pass *pass, struct addr *ret)
{
	struct json_object *ifs = facts_value(pass->facts, "interfaces");
	size_t n = json_object_is_type(ifs, json_type_array) ? json_object_array_length(ifs) : 0;
	const struct sys_route *best = NULL;
	const char *text;

	for (size_t i = 0; i < n; i++)
		if (json_get_str(json_object_array_get_idx(ifs, i), "gateway", &text) == 0 &&
		    addr_parse(text, ret) == 0)
			return 0;
	for (size_t i = 0; i < pass->net->n_routes; i++) {
		const struct sys_route *t = &pass->net->routes[i];

		if (t->dst.family == AF_INET && t->dst.prefix == 0 && t->gateway.family &&
		    (!best || t->metric < best->metric))
			best = t;
	}
	if (!best)
		return addr_parse(METADATA_ADDRESS, ret);
	*ret = best->gateway;
	return 0;
}

/* Once the hosts ask this server and not the cloud's, nobody else tells them what gw is. */
static int add_gateway(const struct pass *pass, struct dns_records *rs, const char *domain)
{
	_cleanup_free_ char *fqdn = NULL;
	struct addr gateway;

	if (pass->settings->metadata.provider != PROVIDER_SKYTAP)
		return 0;
	for (size_t i = 0; i < rs->n; i++)
		if (!strcasecmp(rs->list[i].file, GATEWAY_NAME))
			return 0;
	if (gateway_address(pass, &gateway) < 0)
		return -EINVAL;
	fqdn = domain ? str_printf(GATEWAY_NAME ".%s", domain) : strdup(GATEWAY_NAME);
	if (!fqdn)
		return -ENOMEM;
	return add(rs, GATEWAY_NAME, fqdn, &gateway, NULL, domain, false);
}

int dns_records_read(struct pass *pass, struct dns_records *ret)
{
	_cleanup_(dns_records_done) struct dns_records rs = {};
	struct json_object *hosts = facts_value(pass->facts, "hosts");
	size_t n = hosts && json_object_is_type(hosts, json_type_array)
			   ? json_object_array_length(hosts)
			   : 0;
	const char *domain = dns_domain(pass);
	int r;

	for (size_t i = 0; i < n; i++) {
		struct json_object *host = json_object_array_get_idx(hosts, i);

		r = add_host(&rs, host, domain);
		if (r == -EINVAL)
			pass_state(pass, STATE_FAILED, "correct its [Host] section",
				   "host %zu has a name, an alias or an address that is none: %s",
				   i + 1, json_text(host));
		if (r < 0)
			return r;
	}
	r = add_gateway(pass, &rs, domain);
	if (r < 0)
		return r;
	*ret = rs;
	rs = (struct dns_records){};
	return 0;
}

int dns_own_address(const struct pass *pass, struct addr *ret)
{
	struct json_object *ifs = facts_value(pass->facts, "interfaces");
	size_t n = json_object_is_type(ifs, json_type_array) ? json_object_array_length(ifs) : 0;
	const char *ip;

	if (pass->own && pass->own->address.family) {
		*ret = pass->own->address;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (json_get_str(json_object_array_get_idx(ifs, i), "ip", &ip) == 0 &&
		    addr_parse(ip, ret) == 0)
			return 0;
	return -ENOENT;
}
