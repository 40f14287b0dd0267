/* SPDX-License-Identifier: MIT */
/* dns.h -- what the parts of the dns module share */
#pragma once

#include "agent/reconcile/module.h"

struct dns_conf { /* [Dns] */
	char *hosts_dir;
	char *conf_file;
	char *main_conf;
	char *unit;
	char *program;
	char **upstream;
	char **interfaces;
	char **options;
	unsigned ttl;
};

/* The domain of the hosts, borrowed; NULL if none is known. */
const char *dns_domain(const struct pass *pass);

/* ---- records: records.c ---- */

/* What one file of HostsDir= holds: the names of one address. */
struct dns_record {
	char *file; /* its name there */
	char *fqdn; /* the first name: what the reverse question gives */
	struct addr address;
	char *text;   /* the file's bytes */
	bool reverse; /* the reverse answer is ours to demand */
};

struct dns_records {
	struct dns_record *list;
	size_t n;
};

/*
 * The records of fact "hosts", and of gw. Each name and address is checked once more here: a
 * newline in a name would be a record of its own. -EINVAL told by pass_state(), -ENOMEM.
 */
int dns_records_read(struct pass *pass, struct dns_records *ret);
void dns_records_done(struct dns_records *rs);

/* The address that this server has for the others: of its [Host] row or its first interface. */
int dns_own_address(const struct pass *pass, struct addr *ret);

/* ---- dnsmasq's options: options.c ---- */

/* The file of ConfFile=, as text. -EINVAL told by pass_state(), or -errno. */
int dns_options_compose(struct pass *pass, const struct dns_conf *c, const struct addr *own,
			struct buf *out);
/* ---- dnsmasq's own opinion: check.c ---- */

struct dns_verdict {
	struct buf words; /* one sentence: what is wrong, in which line of which file */
	bool ours;	  /* of our own file */
};
void dns_verdict_done(struct dns_verdict *v);

/*
 * Lets dnsmasq itself test all that it would read at its next start if ConfFile= held OURS ("": if
 * there were none). 0 if it takes it, or cannot be run below another root; 1 with its verdict if
 * it does not; -ENOENT if there is no dnsmasq, -ETIMEDOUT (both told by pass_state()), or -errno.
 */
int dns_check(struct pass *pass, const struct dns_conf *c, const char *ours,
	      struct dns_verdict *ret);
/* What to do about V. */
const char *dns_check_next(const struct dns_verdict *v);

/* ---- asking the server: ask.c ---- */

/* Keeps in pass->state which records are about to go: the files of ours that RS has not so. */
int dns_ask_note_gone(struct pass *pass, const struct dns_conf *c, const struct dns_records *rs);
/*
 * Asks the server at OWN, forward and reverse, until each name answers and each one gone is gone,
 * three seconds long. One that keeps an old record gets a reload, one that is not there a restart,
 * once, unless it would refuse its configuration, which holds OPTIONS of ours. Told by
 * pass_state().
 */
int dns_ask_verify(struct pass *pass, const struct dns_conf *c, const struct dns_records *rs,
		   const struct addr *own, const char *options);
