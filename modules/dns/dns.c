/* SPDX-License-Identifier: MIT */
/* dns.c -- the environment's name server: the records and options that dnsmasq serves */
#include <errno.h>
#include <string.h>

#include "modules/dns/dns.h"

#define AT(member) offsetof(struct dns_conf, member)
static const struct conf_item dns_items[] = {
	{ "HostsDir", CONF_PATH, AT(hosts_dir), "/var/lib/envagent/hosts.d", NULL },
	{ "ConfFile", CONF_PATH, AT(conf_file), "/etc/dnsmasq.d/envagent.conf", NULL },
	{ "MainConf", CONF_PATH, AT(main_conf), "/etc/dnsmasq.conf", NULL },
	{ "Unit", CONF_STRING, AT(unit), "dnsmasq.service", NULL },
	{ "Program", CONF_PATH, AT(program), "/usr/sbin/dnsmasq", NULL },
	{ "Upstream", CONF_ADDRS, AT(upstream), NULL, NULL },
	{ "Interface", CONF_LIST, AT(interfaces), NULL, NULL },
	{ "Options", CONF_LIST, AT(options), NULL, NULL },
	{ "Ttl", CONF_UINT, AT(ttl), "10", NULL },
	{},
};

static bool known(const struct pass *pass, const char *fact)
{
	const struct fact *f = facts_get(pass->facts, fact);

	return f && f->state != FACT_UNKNOWN;
}

/* A former pass did not come to it. */
static bool restart_owed(const struct pass *pass)
{
	return plan_count_of(pass->plan, "dns") > 0;
}

/* 1: TEXT is in the file already; 0: it is not. */
static int conf_is(struct pass *pass, const struct dns_conf *c, const struct buf *text)
{
	_cleanup_free_ char *now = NULL;
	size_t len;
	int r;

	r = sys_read(pass->sys, c->conf_file, &now, &len);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	return len == text->len && !memcmp(now, text->data, len);
}

/*
 * Says that dnsmasq would not start with OURS. What it holds now it goes on with, for nothing is
 * restarted: -EBADMSG where a restart was owed already, or nothing of ours ever was in force,
 * else 1. 0 if dnsmasq would start.
 */
static int refused(struct pass *pass, const struct dns_conf *c, const char *ours)
{
	_cleanup_(dns_verdict_done) struct dns_verdict verdict = {};
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	bool live;
	int r;

	r = dns_check(pass, c, ours, &verdict);
	if (r <= 0)
		return r;
	live = sys_lstat(pass->sys, c->conf_file, &st) == 0 && st.kind == SYS_FILE;
	pass_state(pass, live ? STATE_DEGRADED : STATE_FAILED, dns_check_next(&verdict),
		   "dnsmasq refuses its new configuration%s: %s",
		   live ? ", the last good one stays" : "", verdict.words.data);
	return live && !restart_owed(pass) ? 1 : -EBADMSG;
}

/* The role went to another host: what we made for it goes, and dnsmasq is told. */
static int withdraw(struct pass *pass, const struct dns_conf *c)
{
	int r;

	pass_state(pass, STATE_OFF, NULL, "not this host's role");
	if (!manifest_file(pass->manifest, c->conf_file) && !restart_owed(pass))
		return 0;
	r = refused(pass, c, "");
	if (r != 0)
		return r < 0 ? r : 0;
	r = plan_unlink_others(pass->plan, c->hosts_dir);
	if (r >= 0)
		r = plan_unlink(pass->plan, c->conf_file);
	if (r > 0)
		r = plan_unit(pass->plan, "try-restart", c->unit);
	return r < 0 ? r : 0;
}

static int plan_options(struct pass *pass, const struct dns_conf *c, const struct buf *text)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 },
		.restart = c->unit,
	};
	char next[128];
	int r;

	r = conf_is(pass, c, text);
	if (r == 0 || (r > 0 && restart_owed(pass)))
		r = refused(pass, c, text->data);
	else if (r > 0)
		r = 0;
	if (r != 0)
		return r;
	r = plan_file(pass->plan, c->conf_file, text->data, text->len, &opts);
	if (r < 0) {
		snprintf(next, sizeof(next), "is dnsmasq installed? ls -ld %.80s", c->conf_file);
		pass_state(pass, STATE_FAILED, next, "%s cannot be written: %s", c->conf_file,
			   strerror(-r));
	}
	return r;
}

static int plan_records(struct pass *pass, const struct dns_conf *c, const struct dns_records *rs)
{
	int r;

	r = dns_ask_note_gone(pass, c, rs);
	for (size_t i = 0; i < rs->n && r >= 0; i++)
		r = plan_file_in(pass->plan, c->hosts_dir, rs->list[i].file, rs->list[i].text,
				 0644);
	if (r >= 0)
		r = plan_unlink_others(pass->plan, c->hosts_dir);
	return r;
}

/* What shall be: 1 if this host serves and RS, OWN and TEXT are filled; 0 if not, and told. */
static int dns_want(struct pass *pass, const struct dns_conf *c, struct dns_records *rs,
		    struct addr *own, struct buf *text)
{
	int r;

	if (!known(pass, "hosts")) {
		pass_state(pass, STATE_CONVERGING, "agentctl facts",
			   "the hosts are not known yet: %s", facts_why(pass->facts, "hosts"));
		return 0;
	}
	if (dns_own_address(pass, own) < 0) {
		pass_state(pass, STATE_CONVERGING, "give it an Address= in its [Host] section",
			   "this host's own address is not known yet: %s",
			   facts_why(pass->facts, "interfaces"));
		return 0;
	}
	r = dns_records_read(pass, rs);
	if (r >= 0)
		r = dns_options_compose(pass, c, own, text);
	return r < 0 ? r : 1;
}

static int dns_plan(struct pass *pass, const void *conf)
{
	const struct dns_conf *c = conf;
	_cleanup_(dns_records_done) struct dns_records rs = {};
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct addr own;
	int r;

	if (!known(pass, "roles")) {
		pass_state(pass, STATE_CONVERGING, "agentctl facts",
			   "this host's roles are not known yet: %s",
			   facts_why(pass->facts, "roles"));
		return 0;
	}
	if (!pass_has_role(pass, "dns"))
		return withdraw(pass, c);
	r = dns_want(pass, c, &rs, &own, &text);
	if (r <= 0)
		return r;
	r = plan_options(pass, c, &text);
	/* There before the restart that follows, and never made anew: dnsmasq watches this one. */
	if (r >= 0)
		r = plan_dir(pass->plan, c->hosts_dir, 0755);
	if (r >= 0)
		r = plan_records(pass, c, &rs);
	return r < 0 ? r : 0;
}

static int dns_verify(struct pass *pass, const void *conf)
{
	const struct dns_conf *c = conf;
	_cleanup_(dns_records_done) struct dns_records rs = {};
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct addr own;
	int r;

	if (!pass_has_role(pass, "dns"))
		return 0;
	r = dns_want(pass, c, &rs, &own, &text);
	if (r <= 0)
		return r;
	if (!sys_live(pass->sys)) {
		pass_state(pass, STATE_READY, NULL, "%zu names, below another root: not asked",
			   rs.n);
		return 0;
	}
	/* Refused or not written: that was told, and the server rightly says what it said before.
	 */
	if (conf_is(pass, c, &text) != 1)
		return 0;
	return dns_ask_verify(pass, c, &rs, &own, text.data);
}

const struct module module_dns = {
	.name = "dns",
	.section = "Dns",
	.items = dns_items,
	.size = sizeof(struct dns_conf),
	.plan = dns_plan,
	.verify = dns_verify,
};
