/* SPDX-License-Identifier: MIT */
/* options.c -- dnsmasq's options, written and tested by dnsmasq itself */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/reconcile/resolvers.h"
#include "modules/dns/dns.h"

#define UPSTREAM_MAX 8
#define TEST_TIMEOUT (5 * 1000 * 1000)

static bool is_loopback(const struct addr *a)
{
	static const uint8_t inet6[16] = { [15] = 1 };

	return a->family == AF_INET ? a->bytes[0] == 127 && a->bytes[3] == 1
				    : !memcmp(a->bytes, inet6, sizeof(inet6));
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
				return -EINVAL;
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
static int add_domains(const struct pass *pass, struct buf *out)
{
	const struct addr *external = &pass->settings->mux.external_address;
	const char *base = facts_str(pass->facts, "base_domain"), *domain = dns_domain(pass);
	char text[ADDR_TEXT_MAX];

	if (!base)
		base = pass->settings->agent.base_domain;
	if ((domain && !domain_valid(domain)) || (base && !domain_valid(base)))
		return -EINVAL;
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

static int add_listen(const struct dns_conf *c, const struct addr *own, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	for (char **i = c->interfaces; i && *i; i++) {
		if (!printable(*i))
			return -EINVAL;
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
	r = add_listen(c, own, out);
	if (r >= 0)
		r = add_domains(pass, out);
	if (r >= 0)
		r = add_upstream(pass, c, own, out);
	for (char **o = c->options; r >= 0 && o && *o; o++)
		r = printable(*o) ? buf_addf(out, "%s\n", *o) : -EINVAL;
	if (r == -EINVAL)
		pass_state(pass, STATE_FAILED, "correct [Dns] or [Agent]",
			   "a domain, an interface or an option is none that dnsmasq can take");
	return r;
}

/* The line of TEXT that dnsmasq's "at line N" means; empty if it names none. */
static void refused_line(const char *words, const char *text, char *ret, size_t size)
{
	const char *at = strstr(words, "at line ");
	unsigned long line = at ? strtoul(at + strlen("at line "), NULL, 10) : 0;

	ret[0] = '\0';
	while (line > 1 && *text) {
		text += strcspn(text, "\n");
		text += *text == '\n';
		line--;
	}
	if (line == 1)
		snprintf(ret, size, "%.*s", (int)strcspn(text, "\n"), text);
}

int dns_options_test(struct pass *pass, const struct dns_conf *c, const char *text)
{
	char *const argv[] = { c->program, (char *)"--test", (char *)"-C", (char *)"-", NULL };
	const struct sys_run_opts opts = {
		.timeout = TEST_TIMEOUT,
		.stdin_text = text,
		.output_max = 1024,
	};
	_cleanup_buf_ struct buf words = BUF_INIT;
	const char *said;
	struct sys_stat st = {};
	char line[256];
	bool live;
	int r;

	r = sys_run(pass->sys, argv, &opts, &words);
	if (r == 0 || r == -EOPNOTSUPP)
		return 0;
	if (r == -ENOENT)
		pass_state(pass, STATE_FAILED, "install dnsmasq, or take the role dns away",
			   "%s is not there, and this host has the role dns", c->program);
	if (r < 0)
		return r;

	said = words.data ? words.data : "";
	said += strspn(said, "\n");
	refused_line(said, text, line, sizeof(line));
	live = sys_lstat(pass->sys, c->conf_file, &st) == 0 && st.kind == SYS_FILE;
	sys_stat_done(&st);
	pass_state(pass, live ? STATE_DEGRADED : STATE_FAILED, "correct [Dns]",
		   "dnsmasq refuses the new options%s: %.*s%s%s",
		   live ? ", the last good ones stay" : "", (int)strcspn(said, "\n"), said,
		   line[0] ? ": " : "", line);
	return -EBADMSG;
}
