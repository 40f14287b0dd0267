/* SPDX-License-Identifier: MIT */
/*
 * child.h -- one child: started with the descriptors of protocol.h, read, reaped, killed when late
 *
 * A child that writes a line nobody can read, or that outlives its limit, is killed with its whole
 * process group; what it had to say before counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <systemd/sd-event.h>

struct child;

struct child_result {
	int status;	  /* the exit status; -1 if a signal ended it */
	int signal;	  /* 0: none */
	bool timed_out;	  /* it was killed for outliving its limit */
	bool bad_line;	  /* it was killed for a line that is none */
	const char *text; /* without a line handler: what it wrote, whole */
	size_t len;
};

#define CHILD_CREDENTIALS_MAX 4

struct child_opts {
	const char *path;
	char *const *argv;
	int document;		/* becomes PROTOCOL_FD_DOCUMENT; borrowed; -1: /dev/null */
	int extra;		/* becomes PROTOCOL_FD_FACTS / _FORMER; borrowed; -1: /dev/null */
	const int *credentials; /* become PROTOCOL_FD_CREDENTIALS and up; borrowed */
	size_t n_credentials;	/* at most CHILD_CREDENTIALS_MAX */
	bool drop;		/* give up root for UID and GID */
	uid_t uid;
	gid_t gid;
	bool bare;	/* an empty environment */
	uint64_t limit; /* usec */
	/*
	 * One line without its newline, as it comes; below zero says that it is none. NULL: what
	 * the child writes is read after its end (one wake-up in all), at most one pipe full.
	 */
	int (*line)(void *userdata, const char *line, size_t len);
	/* The end. The child is gone already; the handler may start the next. */
	void (*done)(void *userdata, const struct child_result *result);
	void *userdata;
};

/* 0, or -errno with nothing started. *ret is freed by itself before done() is called. */
int child_start(sd_event *event, const struct child_opts *opts, struct child **ret);
/* Gives it at most LIMIT usec more. */
void child_limit(struct child *child, uint64_t limit);
/* Kills, reaps and forgets it without a word. */
void child_free(struct child *child);
pid_t child_pid(const struct child *child);
