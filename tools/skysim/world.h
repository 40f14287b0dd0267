/* SPDX-License-Identifier: MIT */
/*
 * world.h -- what skysim stands for: users, environments, networks, VMs, as one file tells them
 *
 * The format is in README.md. A world is read-only once loaded; its strings live as long as it.
 */
#pragma once

#include "tools/skysim/reader.h"

enum runstate { RUNNING, STOPPED, SUSPENDED, BUSY };
extern const char *const runstate_names[];

struct world_user {
	char id[READER_ID_MAX];
	const char *login, *first, *last, *email, *role;
};

struct world_env;
struct world_network;

/* From one network to another, and the addresses that the first one's VMs get there. */
struct world_tunnel {
	const struct world_network *source, *target;
	struct addr nat;
};

struct world_network {
	const struct world_env *env;
	char id[READER_ID_MAX];
	const char *name, *domain;
	bool manual, tunnelable;
	struct addr subnet, gateway;
	struct addr nat_subnet;	      /* family 0: NAT is off */
	struct world_tunnel *tunnels; /* that start here */
	size_t n_tunnels;
	unsigned nat_used; /* addresses of nat_subnet that others' VMs hold */
};

struct world_nat {
	const struct world_network *towards;
	struct addr address;
};

struct world_interface {
	const struct world_network *network; /* NULL: detached */
	char mac[MAC_TEXT_MAX];		     /* as the file writes it */
	struct addr ip;
	const char *hostname;
	struct world_nat *nat;
	size_t n_nat;
};

struct world_vm {
	const struct world_env *env;
	char id[READER_ID_MAX];
	const char *name, *user_data;
	struct json_object *labels;	 /* category: value; or NULL */
	struct json_object *credentials; /* strings; or NULL */
	int runstate;
	struct world_interface *interfaces;
	size_t n_interfaces;
};

struct world_env {
	char id[READER_ID_MAX];
	const char *name, *description, *user_data;
	const struct world_user *owner; /* or NULL */
	int runstate;
	int64_t suspend_on_idle; /* 0: off */
	struct world_network *networks;
	size_t n_networks;
	struct world_vm *vms;
	size_t n_vms;
};

struct world_template {
	char id[READER_ID_MAX];
	const char *name, *description;
	const struct world_user *owner; /* or NULL */
	bool busy;
};

struct world {
	struct json_object *doc; /* owns the strings */
	const char *url, *region;
	struct world_user *users;
	size_t n_users;
	struct world_env *envs;
	size_t n_envs;
	struct world_template *templates;
	size_t n_templates;
};

/*
 * Reads and checks FILE. -EINVAL or the errno of reading, with a sentence that names the file and
 * the JSON path in *ret_error, owned by the caller.
 */
int world_load(const char *file, struct world **ret, char **ret_error);
/* The same from LEN bytes of TEXT; FILE is its name in errors. */
int world_parse(const char *file, const char *text, size_t len, struct world **ret,
		char **ret_error);
void world_free(struct world *w);
DEFINE_CLEANUP(struct world *, world_free)

/* Reads every object of W->doc by itself; called by world_parse(). */
int world_fill(struct world *w, struct reader *rd);
/*
 * Resolves every reference and works out every NAT address; called by world_parse(). Checks what
 * needs more than one object: no id, NAT address or, within an environment, MAC or address twice.
 */
int world_link(struct world *w, struct reader *rd);

/* NULL if there is none. */
const struct world_user *world_user(const struct world *w, const char *id);
const struct world_env *world_env(const struct world *w, const char *id);
const struct world_network *world_network(const struct world *w, const char *id);
const struct world_vm *world_vm(const struct world *w, const char *id);
const struct world_template *world_template(const struct world *w, const char *id);
/* The tunnels of all networks in one row: number I, NULL behind the last. */
const struct world_tunnel *world_tunnel(const struct world *w, size_t i);
/* The VM that has ADDRESS as a NAT address. */
const struct world_vm *world_vm_by_nat(const struct world *w, const struct addr *address);
/* Another VM that shares no MAC with VM, as a confused gateway would answer with. */
const struct world_vm *world_vm_unlike(const struct world *w, const struct world_vm *vm);
