/* SPDX-License-Identifier: MIT */
/*
 * resolv.c -- name resolution: the environment's DNS host, found by address
 *
 * Until that host has answered once in this boot the former name server stays as the second entry,
 * so that a host that comes up before it is not without names; afterwards it would only hide the
 * environment's own names from whoever happens to ask it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/resolvconf.h"
#include "agent/reconcile/drift.h"
#include "modules/resolv/resolv.h"

#define ASK_TIMEOUT (300 * 1000)

struct resolv_conf {
	char **search;
	char **nameservers;
	char **options;
};

#define AT(member) offsetof(struct resolv_conf, member)
static const struct conf_item resolv_items[] = {
	{ "Search", CONF_NAMES, AT(search), NULL, NULL },
	{ "Nameservers", CONF_ADDRS, AT(nameservers), NULL, NULL },
	{ "Options", CONF_LIST, AT(options), NULL, NULL },
	{},
};

static bool servers_add(struct resolv_want *w, const struct addr *a)
{
	for (size_t i = 0; i < w->n; i++)
		if (addr_equal(&w->servers[i], a))
			return false;
	if (w->n == SERVERS_MAX)
		return false;
	w->servers[w->n++] = *a;
	return true;
}

/* WORD of KEY= cannot be written. */
static int refuse(struct pass *pass, const char *section, const char *key, const char *word,
		  const char *expected)
{
	const char *origin = conf_origin(pass->conf, section, NULL, key);

	pass_state(pass, STATE_FAILED, "correct it, then: agentctl apply",
		   "%s: '%s' in %s= is nothing that " RESOLV_CONF " can hold; expected %s",
		   origin ?: "[Resolv]", word, key, expected);
	return -EINVAL;
}

static bool option_valid(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_:.", *s))
			return false;
	return true;
}

/* The words of the configuration; ONE holds the domain where there is no Search=. */
static int want_words(struct pass *pass, const struct resolv_conf *c, char *one[2],
		      struct resolv_want *w)
{
	const char *domain = facts_str(pass->facts, "domain");

	if (!domain)
		domain = pass->settings->agent.domain;
	w->search = c->search;
	w->options = c->options;
	if ((!w->search || !*w->search) && domain) {
		if (!domain_valid(domain))
			return refuse(pass, "Agent", "Domain", domain, "a domain");
		one[0] = (char *)domain;
		w->search = one;
	}
	for (char **s = w->search; s && *s; s++)
		if (!domain_valid(*s))
			return refuse(pass, "Resolv", "Search", *s, "domains");
	for (char **o = w->options; o && *o; o++)
		if (!option_valid(*o))
			return refuse(pass, "Resolv", "Options", *o,
				      "words such as ndots:2 or rotate");
	return 0;
}

/* True once HOST has told its own address; from then on it is not asked again in this boot. */
static int host_answers(struct pass *pass, const struct host_row *host, bool *ret)
{
	const char *domain = facts_str(pass->facts, "domain"), *known;
	_cleanup_free_ char *name = NULL;
	struct dnsmsg_answer answer = {};
	char text[ADDR_TEXT_MAX];

	addr_format(&host->address, false, text);
	*ret = true;
	if (json_get_str(pass->state, "answered", &known) == 0 && !strcmp(known, text))
		return 0;
	if (!domain)
		domain = pass->settings->agent.domain;
	name = domain ? str_printf("%s.%s", host->name, domain) : str_printf("%s", host->name);
	if (!name)
		return -ENOMEM;
	if (sys_live(pass->sys) && sys_dns_ask(pass->sys, &host->address, name,
					       host->address.family == AF_INET6 ? DNS_AAAA : DNS_A,
					       ASK_TIMEOUT, &answer) == 0) {
		for (unsigned i = 0; i < answer.n; i++)
			if (addr_equal(&answer.addrs[i], &host->address))
				return json_set_str(pass->state, "answered", text);
	}
	*ret = false;
	return 0;
}

/* The host itself, and what was there before as long as it has not answered. */
static int servers_of_host(struct pass *pass, const struct host_row *host, struct resolv_want *ret)
{
	struct addr former[SERVERS_MAX];
	char first[ADDR_TEXT_MAX], second[ADDR_TEXT_MAX];
	bool answers, kept = false;
	int n, r;

	n = resolvers_former(pass, former, SERVERS_MAX);
	if (n < 0) {
		pass_state(pass, STATE_FAILED, "ls -ld " RESOLV_CONF,
			   RESOLV_CONF " cannot be read: %s", strerror(-n));
		return n;
	}
	servers_add(ret, &host->address);
	addr_format(&host->address, false, first);
	r = host_answers(pass, host, &answers);
	if (r < 0)
		return r;
	if (answers) {
		pass_state(pass, STATE_READY, NULL, "name server %s (%s)", first, host->name);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		if (!servers_add(ret, &former[i]) || kept)
			continue;
		addr_format(&former[i], false, second);
		kept = true;
	}
	if (kept)
		pass_state(pass, STATE_DEGRADED, "agentctl status, on the DNS host",
			   "DNS host %s (%s) has not answered yet, the former name server %s "
			   "stays second",
			   host->name, first, second);
	else
		pass_state(pass, STATE_DEGRADED, "agentctl status, on the DNS host",
			   "DNS host %s (%s) has not answered yet, and no former name server is "
			   "known",
			   host->name, first);
	return 0;
}

static int servers_given(struct pass *pass, char **words, struct resolv_want *ret)
{
	const char *origin = conf_origin(pass->conf, "Resolv", NULL, "Nameservers");
	char text[ADDR_TEXT_MAX];
	struct addr a;

	for (; *words; words++) {
		if (addr_parse(*words, &a) < 0)
			return -EINVAL;
		if (ret->n < SERVERS_MAX) {
			servers_add(ret, &a);
			continue;
		}
		pass_state(pass, STATE_FAILED, "remove some of them",
			   "%s: Nameservers= has more than the %d that a resolver reads",
			   origin ? origin : "[Resolv]", SERVERS_MAX);
		return -EINVAL;
	}
	pass_state(pass, STATE_READY, NULL,
		   "name server %s, by Nameservers=", addr_format(&ret->servers[0], false, text));
	return 0;
}

/* ---- the file, where it is ours ---- */

/* A lease's script leaves no word of itself; a client that runs is the likely one. */
static const char *dhcp_client(struct pass *pass, char name[48])
{
	struct sys_dhcp *clients = NULL;
	size_t n = 0;

	for (size_t i = 0; i < pass->net->n_links && n == 0; i++) {
		if (pass->net->links[i].loopback)
			continue;
		if (sys_dhcp_find(pass->sys, pass->net->links[i].name, &clients, &n) < 0)
			return NULL;
		if (n > 0)
			snprintf(name, 48, "%s, perhaps,", clients[0].program);
		sys_dhcp_free(clients, n);
	}
	return n > 0 ? name : NULL;
}

static int write_file(struct pass *pass, const char *text, size_t len)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 },
		.as_left = true,
	};
	int r;

	r = plan_file(pass->plan, RESOLV_CONF, text, len, &opts);
	if (r == -EBUSY)
		pass_state(pass, STATE_FAILED, "set Manage=no in [Resolv], or unmount it",
			   RESOLV_CONF " is a mount point, as in a container: it cannot be "
				       "replaced in one step and is left as it is");
	else if (r < 0)
		pass_state(pass, STATE_FAILED, "ls -ld " RESOLV_CONF,
			   RESOLV_CONF " cannot be written: %s", strerror(-r));
	return r;
}

/* Somebody has changed it: put back, or left until its time comes. */
static int repair_file(struct pass *pass, struct drift *d, const char *text, size_t len)
{
	_cleanup_free_ char *now = NULL;
	char name[48];
	int r;

	if (!d->gone && sys_read(pass->sys, RESOLV_CONF, &now, NULL) >= 0)
		d->by = resolv_writer(now) ?: dhcp_client(pass, name);
	r = d->repair ? write_file(pass, text, len) : 1;
	if (r <= 0)
		return r;
	drift_say(pass, RESOLV_CONF, d);
	return d->repair ? drift_repaired(pass, RESOLV_CONF) : 0;
}

static int plan_own_file(struct pass *pass, const struct resolv_want *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct drift d = {};
	int r;

	r = resolv_text(w, true, &text);
	if (r >= 0)
		r = drift_look(pass, RESOLV_CONF, &d);
	if (r < 0)
		return r;
	r = guards_plan(pass);
	if (r >= 0)
		r = d.changed ? repair_file(pass, &d, text.data, text.len)
			      : write_file(pass, text.data, text.len);
	return r < 0 ? r : 0;
}

static int plan_servers(struct pass *pass, const struct resolv_conf *c, const struct host_row *host,
			struct resolv_want *w)
{
	if (c->nameservers && *c->nameservers)
		return servers_given(pass, c->nameservers, w);
	if (!host) {
		pass_state(pass, STATE_READY, NULL, "no DNS host is known, left as it is");
		return 0;
	}
	if (!host->address.family) {
		pass_state(pass, STATE_DEGRADED, "set Address= there",
			   "[Host %s] has the role dns but no Address=, left as it is", host->name);
		return 0;
	}
	return servers_of_host(pass, host, w);
}

static int resolv_plan(struct pass *pass, const void *conf)
{
	const struct resolv_conf *c = conf;
	const struct resolv_door *door = resolv_door(pass->sys);
	struct resolv_want w = {};
	char *one[2] = {}, text[ADDR_TEXT_MAX];
	int r;

	r = plan_servers(pass, c, settings_host_by_role(pass->settings, "dns"), &w);
	if (r < 0 || w.n == 0)
		return r;
	r = want_words(pass, c, one, &w);
	if (r < 0)
		return r;
	r = json_set_str(pass->state, "first", addr_format(&w.servers[0], false, text));
	if (r < 0)
		return r;
	/* without it a change is seen by the next pass only */
	pass_watch(pass, RESOLV_CONF);
	r = door ? door->plan(pass, &w) : plan_own_file(pass, &w);
	if (r >= 0)
		r = resolv_leftovers(pass, door);
	return r < 0 ? r : 0;
}

/* Other records may come before ours, and a service may not start with our file. */
static int resolv_verify(struct pass *pass, const void *conf)
{
	const struct resolv_door *door = resolv_door(pass->sys);
	_cleanup_free_ char *text = NULL;
	char is[ADDR_TEXT_MAX], shall[ADDR_TEXT_MAX];
	struct resolv_want w = {};
	const char *first;
	struct addr a;

	if (!door || !sys_live(pass->sys) || json_get_str(pass->state, "first", &first) < 0)
		return 0;
	if (sys_read(pass->sys, door->result, &text, NULL) >= 0)
		w.n = resolvconf_servers(text, w.servers, SERVERS_MAX);
	if (addr_parse(first, &a) < 0 || (w.n > 0 && addr_equal(&w.servers[0], &a)))
		return 0;
	pass_state(pass, STATE_DEGRADED, "resolvectl status; resolvconf -l",
		   "%s asks %s first instead of %s", door->name,
		   w.n ? addr_format(&w.servers[0], false, is) : "nobody",
		   addr_format(&a, false, shall));
	return 0;
}

const struct module module_resolv = {
	.name = "resolv",
	.section = "Resolv",
	.items = resolv_items,
	.size = sizeof(struct resolv_conf),
	.plan = resolv_plan,
	.verify = resolv_verify,
};
