/* SPDX-License-Identifier: MIT */
/*
 * haproxy.h -- the HAProxy driver's own parts
 *
 * Slots are empty backends p<N> that are in the configuration from the start; a route takes one,
 * its members become servers of it over the runtime socket, and the map row comes last. A slot
 * belongs to a class: what a backend cannot change at run time (balancing, HTTP check). A server is
 * never given another address: that is how connections of one environment would reach another.
 */
#pragma once

#include <sys/types.h>

#include "agent/base/buf.h"
#include "tools/envmux/driver.h"

struct class
{
	enum driver_lb lb;
	char *send; /* of an HTTP check; NULL: none, the servers' own TCP check or no check */
	char *host;
	bool live; /* the running configuration has it */
};

struct server {
	char name[24]; /* "s<N>", never used twice in a slot */
	struct driver_member member;
	bool leaving;		/* in maintenance, to be deleted when its connections have ended */
	uint64_t leaving_since; /* monotonic ms */
	bool cut;		/* its sessions were shut down */
};

struct slot {
	unsigned number; /* p<number> */
	size_t class;
	bool live;	   /* the running configuration has it */
	char *label;	   /* NULL: free, or still draining if it has servers */
	enum driver_lb lb; /* as asked for */
	struct driver_monitor monitor;
	struct server *servers;
	size_t n_servers;
};

struct driver {
	struct driver_conf conf;
	char *dir, *cfg, *map, *stats_socket, *master_socket;
	struct class *classes;
	size_t n_classes;
	struct slot *slots;
	size_t n_slots;
	uint64_t next_server;
	pid_t child;	     /* the master, when it is ours */
	long worker;	     /* the worker's pid as last seen; 0: none */
	bool unrendered;     /* the files on disk are behind */
	bool reload_wanted;  /* the running configuration is behind: new slots, or HAProxy came back
			      */
	uint64_t changed_at; /* monotonic ms of the first unrendered change */
	uint64_t retry_at;   /* not before this, monotonic ms */
	uint64_t started_at; /* of the child */
};

uint64_t haproxy_now_ms(void);

/* ---- haproxy-cli.c ---- */

/*
 * One connection, COMMANDS joined by ';' (each a line without newline), the whole answer in OUT.
 * 0, -ENOENT/-ECONNREFUSED if nobody listens, -ETIMEDOUT after 5 s. Batches longer than a command
 * line may be are the caller's to split.
 */
int haproxy_ask(const char *socket, const char *commands, struct buf *out);
/* A batch whose answers must all be empty or a known word of success; else -EREMOTEIO and OUT. */
int haproxy_do(const char *socket, const char *commands, struct buf *out);
/* The worker's pid from "show info", or -errno. */
long haproxy_worker(const char *socket);

/* ---- haproxy-config.c ---- */

/* Writes cfg, map and the error pages from what D holds; whole files by rename, synced. */
int haproxy_render(struct driver *d);

/* ---- haproxy-process.c ---- */

/* "haproxy -c" on the rendered files; its words in *ret_error. */
int haproxy_check(struct driver *d, char **ret_error);
/* Starts the child (spawn), or waits for the unit's sockets; until it answers, at most 15 s. */
int haproxy_start(struct driver *d, char **ret_error);
/* Reloads and waits for the new worker. -EREMOTEIO if it kept the old one. */
int haproxy_reload(struct driver *d);
/* Reaps a child that died. 1 if it did. */
int haproxy_reap(struct driver *d);
void haproxy_stop(struct driver *d);

/* ---- haproxy-slots.c ---- */

struct slot *haproxy_slot(struct driver *d, const char *label);
/*
 * A free slot for R, which then has R's label. While R's class is not in the running configuration
 * the slot is one of the plain class (its servers are checked by TCP), a reload is wanted, and
 * haproxy_misplaced() finds it afterwards. Not live if the supply has run out: then a reload must
 * come first. NULL without memory.
 */
struct slot *haproxy_acquire(struct driver *d, enum driver_lb lb,
			     const struct driver_monitor *monitor, const char *label);
/* Makes the class of LB and MONITOR, to be live with the files that are about to be read. */
int haproxy_know_class(struct driver *d, enum driver_lb lb, const struct driver_monitor *monitor);
/* A labelled slot whose own class has become live, or NULL. */
struct slot *haproxy_misplaced(struct driver *d);
/* Does slot S serve what LB and MONITOR ask for, as far as a backend cannot change it? */
bool haproxy_suits(struct driver *d, const struct slot *s, enum driver_lb lb,
		   const struct driver_monitor *monitor);
struct server *haproxy_add_server(struct driver *d, struct slot *s, const struct driver_member *m);
void haproxy_drop_server(struct slot *s, size_t i);
void haproxy_leave(struct slot *s); /* all servers leaving, the label gone */
void haproxy_slots_free(struct driver *d);
int haproxy_monitor_copy(const struct driver_monitor *from, struct driver_monitor *to);
