/* SPDX-License-Identifier: MIT */
/*
 * haproxy.h -- the HAProxy driver's own parts
 *
 * Slots are empty backends p<N> that are in the configuration from the start; a route takes one,
 * its members become servers of it over the runtime socket, and the map row comes last. A slot
 * belongs to a class: what a backend cannot change at run time (balancing, HTTP check). A server is
 * never given another address: that is how connections of one environment would reach another. For
 * the same reason a slot is free only when neither the running HAProxy nor the files on disk have
 * anything of its former route.
 *
 * Each rendering has a number, which the name of its map carries; the configuration names the map,
 * so that one rename changes both. A HAProxy that appears, by a start, a reload or by its own unit,
 * is asked which one it has read: commands go only to one that is known to have what we have. For
 * any other, the slots are changed here, and a reload brings them there.
 */
#pragma once

#include <sys/types.h>

#include "agent/base/buf.h"
#include "tools/envmux/driver.h"
#include "tools/envmux/filewatch.h"

struct class
{
	enum driver_lb lb;
	struct driver_monitor rules; /* of a check; TCP: none, servers are connected to, or not */
	bool live;		     /* the running configuration has it */
	bool filed;		     /* the files that were rendered last have it */
	/* Found when its slots were counted last; fewer are free by now, or as many. */
	size_t all, spare;
	size_t at; /* where a free one is looked for */
};

struct server {
	char name[24]; /* "s<N>", never used twice */
	struct driver_member member;
	bool leaving;		/* in maintenance, to be deleted when its connections have ended */
	bool serving;		/* it leaves, but is not in maintenance yet: its route moved */
	bool unfiled;		/* it left before the files were rendered */
	uint64_t leaving_since; /* monotonic ms */
	uint64_t try_at;	/* to delete it, not before this */
	bool cut;		/* its sessions were shut down */
	bool there;		/* haproxy-resume.c: HAProxy has it */
};

struct slot {
	unsigned number; /* p<number> */
	size_t class;
	bool live;	   /* the running configuration has it */
	bool filed;	   /* the files that were rendered last have it */
	bool on_disk;	   /* the files have servers or a map row of it */
	char *label;	   /* NULL: free, or still draining if it has servers */
	uint32_t next;	   /* haproxy-labels.c */
	enum driver_lb lb; /* as asked for */
	struct driver_monitor monitor;
	struct server *servers;
	size_t n_servers;
};

/* A question to one of HAProxy's sockets whose answer is not whole yet. */
struct asking {
	bool on;
	int fd;
	struct buf out;
	uint64_t since, heard;
};

enum reload_step {
	RELOAD_NONE,
	RELOAD_CHECK, /* "haproxy -c" reads the files */
	RELOAD_TELL,  /* the master is to be told */
	RELOAD_WAIT,  /* for a worker that has read them */
};

struct reload {
	enum reload_step step;
	bool lost;	/* a change since it began was not kept: another one must follow */
	uint64_t until; /* it is given up */
	uint64_t told_at, asked_at;
	pid_t checker;
	int words; /* of the checker */
	struct buf said;
	struct asking master;
};

struct driver {
	struct driver_conf conf;
	char *dir, *cfg, *stats_socket, *master_socket;
	struct class *classes;
	size_t n_classes;
	struct slot *slots;
	size_t n_slots;
	uint32_t *chains; /* haproxy-labels.c */
	size_t n_chains, indexed;
	uint64_t next_server;
	pid_t child;	     /* the master, when it is ours */
	long worker;	     /* the worker's pid as last seen; 0: it is away */
	uint64_t rendered;   /* the number of what is on disk */
	char *map;	     /* as the worker names it */
	bool synced;	     /* the worker has what the slots say */
	bool unrendered;     /* the files on disk are behind */
	bool former;	     /* there may be workers that were replaced */
	bool former_behind;  /* they have not been told of a change */
	bool reload_wanted;  /* there are slots or classes that are not live */
	bool settled;	     /* every route is where its check is */
	bool none_leaving;   /* of the servers */
	uint64_t leaving_at; /* when to try again to delete those */
	uint64_t changed_at; /* monotonic ms of the first unrendered change */
	uint64_t render_ms;  /* how long the last rendering took */
	uint64_t retry_at;   /* nothing is tried before this, monotonic ms */
	bool refused; /* HAProxy does not take what was rendered last, and goes on with the former
		       */
	unsigned failures;    /* reloads that failed, one after the other */
	uint64_t watched_at;  /* when it was last asked who is there */
	struct asking watch;  /* that question */
	long seen;	      /* its answer: the worker's pid, or -errno */
	uint64_t seen_loaded; /* and the rendering that it has read */
	struct reload reload;
	struct buf kept;     /* commands since a reload began, a batch a line */
	uint64_t started_at; /* of the child */
	struct filewatch certificate;
	uint64_t deaf_until; /* it did not answer in time: not asked before this */
};

uint64_t haproxy_now_ms(void);

/* ---- haproxy-cli.c ---- */

/*
 * Sends COMMANDS, one line, and waits for nothing; A, which is empty, has the answer when
 * haproxy_ask_step() returns 1. 0 from that: not yet. -errno as below. haproxy_ask_end() empties A.
 */
int haproxy_ask_begin(struct asking *a, const char *socket, const char *commands);
int haproxy_ask_step(struct asking *a);
void haproxy_ask_end(struct asking *a);

/*
 * One connection, COMMANDS joined by ';' (each a line without newline), the whole answer in OUT.
 * 0, -ENOENT/-ECONNREFUSED if nobody listens, -ETIMEDOUT after 2 s without a byte or 6 s without an
 * end. Batches longer than a command line may be are the caller's to split.
 */
int haproxy_ask_at(const char *socket, const char *commands, struct buf *out);
/*
 * OUT is the whole answer, and not what came before its worker ended: the last of it is an empty
 * line, as HAProxy's management guide promises of every command.
 */
bool haproxy_whole(const struct buf *out);
/* The same at the worker; after a time-out -ETIMEDOUT at once for some seconds. */
int haproxy_ask(struct driver *d, const char *commands, struct buf *out);
/* A batch whose answers must all be empty or a known word of success; else -EREMOTEIO and OUT. */
int haproxy_do(struct driver *d, const char *commands, struct buf *out);
/* The worker's pid, or -errno. */
long haproxy_worker(struct driver *d);
/* The number of the rendering that the worker has read; 0 if it cannot be told. */
uint64_t haproxy_loaded(struct driver *d);
/*
 * Asks who is there, EVERY ms, and waits for nothing: 1 with D->seen and D->seen_loaded when there
 * is an answer, 0 while there is none, -errno (in D->seen, too) if nobody answers.
 */
int haproxy_watch(struct driver *d, unsigned every);
/* Reloads in a row that the master could not carry out, by its answer to "show proc". */
long haproxy_failures(const struct buf *out);
/* The same, asked; or -errno. */
long haproxy_failed_reloads(struct driver *d);

/* ---- haproxy-config.c ---- */

/* The map of rendering NUMBER; owned. */
char *haproxy_map(const struct driver *d, uint64_t number);
/* Continues the numbers of what is on disk. */
void haproxy_find_rendered(struct driver *d);
/*
 * Writes map and cfg from what D holds, under a new number; whole files by rename. Without WAIT the
 * disk may follow later: after a power cut they are written anew before HAProxy starts, and nobody
 * who registers has to wait for them.
 */
int haproxy_render(struct driver *d, bool wait);

/* What the configuration says beside its slots, in a number; a certificate's time stamp, too. */
uint64_t haproxy_front(struct driver *d);

/* ---- haproxy-resume.c ---- */

/* The slots as the next envmux reads them, for rendering NUMBER. */
void haproxy_slots_text(const struct driver *d, uint64_t number, uint64_t front, struct buf *b);
/*
 * Takes over what a running HAProxy has, with the servers and rows that it has by now: synced, and
 * nothing was touched. -errno: nobody is there, or it goes with other files or with another FRONT;
 * D is as it was.
 */
int haproxy_resume(struct driver *d, uint64_t front);

/* ---- haproxy-certs.c ---- */

/* True once after the certificates' files have become others. */
bool haproxy_certificate_changed(struct driver *d);

/* ---- haproxy-process.c ---- */

/* ARGV with its output in FD (or ours, -1); it does not outlive us. Its pid, or -errno. */
pid_t haproxy_run(char *const argv[], int fd);
/* Starts the child on the rendered files and waits until it answers, at most 15 s. */
int haproxy_start(struct driver *d, char **ret_error);
/* Reaps a child that died. 1 if it did. */
int haproxy_reap(struct driver *d);
void haproxy_stop(struct driver *d);

/* ---- haproxy-reload.c ---- */

/* "haproxy -c" on the rendered files; its words in *ret_error. */
int haproxy_check(struct driver *d, char **ret_error);
/*
 * Begins to bring what is rendered to HAProxy. Then, again and again beside haproxy_watch():
 * haproxy_reload_step() returns 1 when D->seen is a worker that has read it, 0 before, -errno when
 * it is given up: -ENOTCONN if there is neither master nor worker, -ETIMEDOUT after some 10 s.
 */
int haproxy_reload_begin(struct driver *d);
int haproxy_reload_step(struct driver *d);
/* Whatever became of it, it is over. */
void haproxy_reload_end(struct driver *d);

/* ---- haproxy-follow.c ---- */

/* haproxy_render(); what goes wrong is logged, and tried again later. */
int haproxy_write(struct driver *d, bool wait);
/* The worker D->seen has appeared. It may have read the files of now: then it is synced. */
void haproxy_adopt(struct driver *d);
/* Renders and begins a reload. Changes are kept from now on, and told when it has ended. */
int haproxy_follow_begin(struct driver *d);
/* 0 while a reload is under way. When it has ended D is synced, or D->retry_at says when again. */
int haproxy_follow(struct driver *d);
/* Nothing is under way any more, and nothing is kept. */
void haproxy_follow_end(struct driver *d);

/* ---- haproxy-former.c ---- */

/*
 * Takes from workers that were replaced, if there are any and something changed since they were
 * told, what is routed no more or elsewhere; what they have under way ends as it may. An error is
 * tried again with the next call.
 */
void haproxy_tell_former(struct driver *d);

/* ---- haproxy-labels.c ---- */

/* The slot that has LABEL, or NULL. */
struct slot *haproxy_slot(struct driver *d, const char *label);
/* S, which had none, has LABEL from now on; or none. */
int haproxy_label(struct driver *d, struct slot *s, const char *label);
void haproxy_unlabel(struct driver *d, struct slot *s);
/* For each slot, whether one of N ROUTES has it; owned, NULL without memory. */
bool *haproxy_wanted(struct driver *d, const struct driver_route *routes, size_t n);

/* ---- haproxy-slots.c ---- */

/*
 * A free slot for a route, which has LABEL from now on. While the wanted class is not in the
 * running configuration the slot is one of the plain class (its servers are checked by connecting),
 * a reload is wanted, and haproxy_misplaced() finds it afterwards. Not live if the supply has run
 * out: then a reload must come first. NULL without memory.
 */
struct slot *haproxy_acquire(struct driver *d, enum driver_lb lb,
			     const struct driver_monitor *monitor, const char *label);
/* Makes the class of LB and MONITOR, to be live with the files that are about to be read. */
int haproxy_know_class(struct driver *d, enum driver_lb lb, const struct driver_monitor *monitor);
/* A labelled slot whose own class has become live, or NULL. */
struct slot *haproxy_misplaced(struct driver *d);
/* May a route that asks for LB and MONITOR stay in slot S? */
bool haproxy_suits(struct driver *d, const struct slot *s, enum driver_lb lb,
		   const struct driver_monitor *monitor);
struct server *haproxy_add_server(struct driver *d, struct slot *s, const struct driver_member *m);
void haproxy_drop_server(struct slot *s, size_t i);
void haproxy_leave(struct driver *d, struct slot *s); /* all servers leaving, the label gone */
void haproxy_slots_free(struct driver *d);

/* ---- haproxy-check.c ---- */

/* Copies are the caller's, to be driver_monitor_done(); -ENOMEM with nothing in TO. */
int haproxy_monitor_copy(const struct driver_monitor *from, struct driver_monitor *to);
/* The part of it that a class is about. */
int haproxy_rules_copy(const struct driver_monitor *from, struct driver_monitor *to);
bool haproxy_same_rules(const struct driver_monitor *a, const struct driver_monitor *b);
bool haproxy_same_monitor(const struct driver_monitor *a, const struct driver_monitor *b);
/* Lines of a backend. */
void haproxy_check_rules(const struct driver_monitor *m, struct buf *b);
/* Words of a server, each with a blank in front: the same in the files and at run time. */
void haproxy_check_words(const struct driver_monitor *m, struct buf *b);
/* As words of one line, with a blank in front of each, and back; -EBADMSG. */
void haproxy_monitor_put(const struct driver_monitor *m, struct buf *b);
int haproxy_monitor_take(const char *text, struct driver_monitor *ret);

/* ---- haproxy-batch.c ---- */

/*
 * Commands that are sent together. A mute one drops them: what they would say goes by a reload. One
 * that keeps them has them told when the reload that is under way has ended. An error stays until
 * the end: batch_send() tells it.
 */
struct batch {
	struct driver *d;
	struct buf text;
	bool mute, keep;
	int error;
};
/* As D is just now. */
struct batch batch_begin(struct driver *d);
/* The map, as a word of a command. */
const char *batch_map(const struct batch *b);
/* Tells D->worker what was kept; as batch_send(). */
int batch_replay(struct driver *d);
void batch_add(struct batch *b, const char *fmt, ...) _printf_(2, 3);
/* A new server of slot S, with its check, in the state that is asked for. */
void batch_server(struct batch *b, const struct slot *s, const struct server *v);
void batch_state(struct batch *b, const struct slot *s, const struct server *v);
/*
 * Sends what is left. 0, -EAGAIN if HAProxy is away or another one, -EREMOTEIO if it refused
 * something (logged), -ENOMEM.
 */
int batch_send(struct batch *b);
static inline void batch_done(struct batch *b)
{
	buf_done(&b->text);
}

/* ---- haproxy-route.c ---- */

/* R gets a slot, its members are servers there, and the map row comes last: the commit point. */
int haproxy_place(struct batch *b, const struct driver_route *r);
/* Takes the route LABEL away, if there is one. */
void haproxy_unplace(struct batch *b, const char *label);
/* A route that was placed before its class was live goes where its monitor is checked. */
int haproxy_move(struct batch *b, struct slot *from);
/* Tries to delete servers that leave; true if some are left. */
bool haproxy_delete_leaving(struct driver *d);
