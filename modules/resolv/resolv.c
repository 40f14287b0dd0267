/* SPDX-License-Identifier: MIT */
/*
 * resolv.c -- /etc/resolv.conf: the environment's DNS host, found by address
 *
 * Until that host has answered once in this boot the former name server stays as the second entry,
 * so that a host that comes up before it is not without names; afterwards it would only hide the
 * environment's own names from whoever happens to ask it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/reconcile/resolvers.h"

#define SERVERS_MAX 3 /* a resolver reads no more: MAXNS of resolv.h */
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

struct servers {
	struct addr list[SERVERS_MAX];
	size_t n;
};

static bool servers_add(struct servers *s, const struct addr *a)
{
	for (size_t i = 0; i < s->n; i++)
		if (addr_equal(&s->list[i], a))
			return false;
	if (s->n == SERVERS_MAX)
		return false;
	s->list[s->n++] = *a;
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

static int compose_search(struct pass *pass, const struct resolv_conf *c, struct buf *out)
{
	const char *domain = facts_str(pass->facts, "domain");
	size_t start;

	if (!domain)
		domain = pass->settings->agent.domain;
	if (!c->search || !*c->search) {
		if (domain && !domain_valid(domain))
			return refuse(pass, "Agent", "Domain", domain, "a domain");
		return domain ? buf_addf(out, "search %s\n", domain) : 0;
	}
	start = out->len;
	for (char **s = c->search; *s; s++) {
		if (!domain_valid(*s))
			return refuse(pass, "Resolv", "Search", *s, "domains");
		buf_addf(out, "%s %s", out->len == start ? "search" : "", *s);
	}
	return buf_addc(out, '\n');
}

static bool option_valid(const char *s)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_:.", *s))
			return false;
	return true;
}

static int compose(struct pass *pass, const struct resolv_conf *c, const struct servers *s,
		   struct buf *out)
{
	char text[ADDR_TEXT_MAX];
	size_t start;
	int r;

	buf_adds(out, RESOLVERS_MARK " and put back when it is changed; [Resolv] in\n"
				     "# /etc/envagent/envagent.conf says what is here, Manage=no "
				     "there leaves it alone.\n");
	r = compose_search(pass, c, out);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->n; i++)
		buf_addf(out, "nameserver %s\n", addr_format(&s->list[i], false, text));
	start = out->len;
	for (char **o = c->options; o && *o; o++) {
		if (!option_valid(*o))
			return refuse(pass, "Resolv", "Options", *o,
				      "words such as ndots:2 or rotate");
		buf_addf(out, "%s %s", out->len == start ? "options" : "", *o);
	}
	if (out->len > start)
		buf_addc(out, '\n');
	return out->error;
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
static int servers_of_host(struct pass *pass, const struct host_row *host, struct servers *ret)
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

static int servers_given(struct pass *pass, char **words, struct servers *ret)
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
		   "name server %s, by Nameservers=", addr_format(&ret->list[0], false, text));
	return 0;
}

static int write_file(struct pass *pass, const char *text, size_t len)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 },
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

static int resolv_plan(struct pass *pass, const void *conf)
{
	const struct resolv_conf *c = conf;
	const struct host_row *host = settings_host_by_role(pass->settings, "dns");
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct servers servers = {};
	int r;

	if (c->nameservers && *c->nameservers) {
		r = servers_given(pass, c->nameservers, &servers);
	} else if (!host) {
		pass_state(pass, STATE_READY, NULL, "no DNS host is known, left as it is");
		return 0;
	} else if (!host->address.family) {
		pass_state(pass, STATE_DEGRADED, "set Address= there",
			   "[Host %s] has the role dns but no Address=, left as it is", host->name);
		return 0;
	} else {
		r = servers_of_host(pass, host, &servers);
	}
	if (r < 0)
		return r;
	r = compose(pass, c, &servers, &text);
	if (r < 0)
		return r;
	r = write_file(pass, text.data, text.len);
	return r < 0 ? r : 0;
}

const struct module module_resolv = {
	.name = "resolv",
	.section = "Resolv",
	.items = resolv_items,
	.size = sizeof(struct resolv_conf),
	.plan = resolv_plan,
};
