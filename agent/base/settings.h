/* SPDX-License-Identifier: MIT */
/*
 * settings.h -- the sections that several programs read
 *
 * A section that belongs to one module alone is that module's own (module.h).
 */
#pragma once

#include "agent/base/conf.h"

struct agent_conf {		/* [Agent] */
	char **roles;		/* Roles= of this host; NULL: from the VM's user data or label */
	char *domain;		/* Domain= of the hosts, "cluster.test" */
	char *base_domain;	/* BaseDomain= of the public names */
	uint64_t ready_timeout; /* ReadyTimeoutSec= */
};

struct system_conf {	     /* [System] */
	char *unit_command;  /* UnitCommand=: called with VERB UNIT where systemd does not run */
	char *fetch_user;    /* FetchUser= */
	char *leader_user;   /* LeaderUser= */
	uint64_t pass_limit; /* PassLimitSec=: a pass that takes longer is killed */
	int log_level;	     /* LogLevel=: err warning notice info debug */
};

enum metadata_provider { PROVIDER_SKYTAP, PROVIDER_FILE, PROVIDER_NONE };

struct metadata_conf {	   /* [Metadata] */
	int provider;	   /* Provider=skytap | file | none */
	char *path;	   /* Path= of the file provider */
	char **order;	   /* Order=: last link-local gateway gw, or an address */
	unsigned port;	   /* Port= */
	uint64_t interval; /* IntervalSec=: between identity checks */
	uint64_t timeout;  /* TimeoutSec=: for all tries of one check */
};

struct host_row {   /* [Host NAME] */
	char *name; /* the instance, a host name without domain; filled by settings_load() */
	struct addr address;
	char *mac; /* Mac=, lower case with colons */
	char **roles;
	char **aliases;
};

enum interface_mode { INTERFACE_STATIC, INTERFACE_KEEP };

struct interface_row { /* [Interface NAME] */
	char *name;
	char *match; /* Match=mac:… | name:… | network:…; NULL: the interface called NAME */
	char **addresses; /* Address=: with prefix; empty: what the metadata says */
	char **gateways;  /* Gateway=: at most one of each family, without prefix */
	char **routes;	  /* Route=NET/PREFIX via ADDRESS is "NET/PREFIX@ADDRESS" a word */
	unsigned mtu;	  /* 0: leave */
	int mode;
};

struct service_row { /* [Service NAME] */
	char *name;
	char **hosts;
	char **roles;
	char *kubernetes;
	unsigned port;
	char *monitor; /* none | tcp | http:/path | vhost:/path */
	bool public;
};

struct mux_conf {    /* [Mux] */
	bool manage; /* Manage=: register this environment */
	char *url;
	char *network;
	struct addr external_address;
	char *ca_file;
	char *credential; /* Credential=: the name of one */
	uint64_t lease;	  /* LeaseSec= */
};

struct platform_conf { /* [Platform] */
	bool manage;   /* Manage=: ask it */
	char *url;
	char *credential;
	char *ca_file;		  /* CaFile= */
	unsigned suspend_on_idle; /* seconds; 0: leave as it is */
	char **tunnels;
};

struct credential_row { /* [Credential NAME]: where systemd does not bring it */
	char *name;
	char *file; /* File=, 0600 and root's */
};

struct settings {
	struct agent_conf agent;
	struct system_conf system;
	struct metadata_conf metadata;
	struct mux_conf mux;
	struct platform_conf platform;
	struct host_row *hosts;
	size_t n_hosts;
	struct interface_row *interfaces;
	size_t n_interfaces;
	struct service_row *services;
	size_t n_services;
	struct credential_row *credentials;
	size_t n_credentials;
};

/* All sections above, ended by {}. */
extern const struct conf_section settings_sections[];

/*
 * Takes the shared sections out of CONF, with the checks that need more than one key: names and
 * MACs of [Host] are valid and unique, roles are known (dns, leader, and for a role of the user's
 * own: one that a [Host] or [Service] names), Match= has a known form, Monitor= too. Errors as
 * conf_load().
 */
int settings_load(const struct conf *conf, struct settings **ret, char **ret_error);
void settings_free(struct settings *s);
DEFINE_CLEANUP(struct settings *, settings_free)

/* The row that has one of the N MACs (settings text form), or NULL. */
const struct host_row *settings_own_host(const struct settings *s, char *const *macs);
/* The first row with ROLE, or NULL. */
const struct host_row *settings_host_by_role(const struct settings *s, const char *role);
