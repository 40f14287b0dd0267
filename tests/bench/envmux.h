/* SPDX-License-Identifier: MIT */
/* envmux.h -- what the two halves of the benchmark share: envmux.c, and envmux-reads.c */
#pragma once

#include <curl/curl.h>

struct bench {
	const char *api, *front, *ca, *domain, *member_port, *socket;
	unsigned before, count;
	CURL *kept;  /* the connection to the API */
	CURL *open;  /* one to the front */
	CURL *fresh; /* makes a new one each time, with a whole handshake */
	struct curl_slist *resolve;
	struct curl_slist *headers;
	char answer[65536];
	size_t len;
	unsigned long asked;
};

double now_ms(void);
/* Ends the run, with the reason. */
void die(const char *what, const char *why);

/* The status of a request on the kept connection; B has its answer. TRANSACTION, BODY: or NULL. */
long api(struct bench *b, const char *method, const char *path, const char *transaction,
	 const char *body);
/* STATUS is 200, or WHAT has failed. */
void must(struct bench *b, long status, const char *what);
/* C goes to the front, whatever the name. */
void prepare_front(struct bench *b, CURL *c);
/* Median and 99th of 100 of N times, which are sorted then. */
void report(const char *what, double *ms, unsigned n);

/* envmux-reads.c: prints how long reads take, alone and beside who wants to know all. */
void measure_beside(struct bench *b);
