/* SPDX-License-Identifier: MIT */
/*
 * driver.h -- what makes a pool reachable; knows nothing of iControl
 *
 * A route is the first host label ("www-123") and the members behind it. The driver owns slots,
 * classes, the map and the HAProxy process' sockets; a second implementation may replace it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "agent/base/addr.h"

enum driver_lb { DRIVER_ROUND_ROBIN, DRIVER_LEAST_CONNECTIONS };
enum driver_check { DRIVER_CHECK_NONE, DRIVER_CHECK_TCP, DRIVER_CHECK_HTTP, DRIVER_CHECK_TEXT };
enum driver_admin { DRIVER_ENABLED, DRIVER_DRAIN, DRIVER_OFFLINE };

/*
 * A connection; an answer of 200 to 399 to a GET; or any words: what is sent and what must, or must
 * not, come back. No text has a blank in it, and none is longer than DRIVER_WORD_MAX.
 */
struct driver_monitor {
	enum driver_check check;
	char *send;    /* HTTP: the path, "/health"; TEXT: what is sent, in hex; may be NULL */
	char *host;    /* HTTP: Host header, may be NULL */
	char *recv;    /* TEXT: regular expression (Perl's) that is in the answer; NULL: none */
	bool reverse;  /* TEXT: it must not be */
	bool tls;      /* all of it over TLS, whatever certificate there is */
	unsigned port; /* of the check; 0: the member's own */
	unsigned interval, fall, rise; /* seconds, counts */
};
#define DRIVER_WORD_MAX 1000
void driver_monitor_done(struct driver_monitor *m);

struct driver_member {
	char *name; /* [A-Za-z0-9._:-]+, unique in the route */
	struct addr addr;
	unsigned port;
	unsigned weight;
	enum driver_admin admin;
};
struct driver_route {
	char *label; /* lower case, [a-z0-9-] */
	enum driver_lb lb;
	struct driver_monitor monitor;
	struct driver_member *members;
	size_t n_members;
};
void driver_route_done(struct driver_route *r);

struct driver_member_stats {
	char status[24]; /* up, down, checking, unchecked, drain, maint */
	uint64_t cur_sessions, tot_sessions, tot_requests, bytes_in, bytes_out;
	uint64_t status_since; /* seconds in this status */
};

struct driver_route_stats {
	unsigned active;   /* members that take requests */
	uint64_t rate;	   /* requests in the last second */
	uint64_t requests; /* counted on by whoever had the slot before */
};

struct driver_conf {
	char *state_dir;      /* haproxy.cfg and maps live in its folder haproxy/ */
	char *socket_dir;     /* stats.sock and master.sock; NULL: in that folder too */
	char **front;	      /* ADDR:PORT of the TLS frontend, any number */
	char **plain_front;   /* ADDR:PORT without TLS, for a TLS proxy in front; NULL as a rule */
	char **plain;	      /* ADDR:PORT that redirects to https; may be empty */
	char **base_domains;  /* ".test-envs.example.internal" is under each */
	char *certificate;    /* PEM with key, or a folder of them */
	bool pages;	      /* driver_pages() answers for what no member serves */
	unsigned slots;	      /* pre-allocated empty backends */
	unsigned connections; /* HAProxy's maxconn; less if it is ours and the limits are lower */
	bool spawn;    /* start and own the HAProxy process (--dev); else it has its own unit */
	char *haproxy; /* program, when it is ours */
};

struct driver;
/* CONF's texts are borrowed and must outlive the driver. */
int driver_open(const struct driver_conf *conf, struct driver **ret, char **ret_error);
void driver_free(struct driver *d);

/*
 * ROUTES are all there shall be: renders, starts HAProxy if it is ours, or brings the one of its
 * unit there. Where that one is not up, 0 all the same: driver_poll() waits for it. Called once.
 */
int driver_start(struct driver *d, const struct driver_route *routes, size_t n, char **ret_error);

/*
 * Brings N routes there over the runtime socket: servers first, map row last. When it returns 0 the
 * next connection is routed. -EAGAIN: HAProxy is away; the change is kept and applied when it is
 * back (driver_poll()). -ENOMEM: nothing is promised, call again. Unchanged members keep their
 * connections.
 */
int driver_set(struct driver *d, const struct driver_route *routes, size_t n);
/* Takes the routes away: map row first, drain, servers deleted; the slot is free when all are. */
int driver_remove(struct driver *d, const char *const *labels, size_t n);

/* A reload is under way; what got -EAGAIN since it began is routed when it has ended. */
bool driver_reloading(const struct driver *d);

int driver_stats(struct driver *d, const char *label, const char *member,
		 struct driver_member_stats *ret);

/* The path of the socket where HAProxy looks for pages; owned, NULL without memory. */
char *driver_pages(const struct driver *d);

/* Calls FUNC for each route that is live; -errno, and not once, if HAProxy cannot be asked. */
int driver_routes(struct driver *d,
		  void (*func)(void *userdata, const char *label,
			       const struct driver_route_stats *stats),
		  void *userdata);

/* True while HAProxy takes no new files, a broken certificate or so, and serves with the former. */
bool driver_refused(const struct driver *d);

/* Calls FUNC for each certificate that the front serves, with the end of its time. */
int driver_certificates(struct driver *d,
			void (*func)(void *userdata, const char *name, time_t expires),
			void *userdata);

/*
 * From the main loop: slots to free, files to write, a HAProxy that died or is another one. Returns
 * the milliseconds until it wants the next call.
 */
int driver_poll(struct driver *d);
