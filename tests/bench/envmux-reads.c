/* SPDX-License-Identifier: MIT */
/*
 * envmux-reads.c -- objects are read one by one, without and with somebody beside who scrapes
 * /metrics and looks at the overview every second
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "envmux.h"

#define READS 2000
#define READS_MS 3

/* Somebody who wants to know all of it, on connections of its own. */
struct scraper {
	struct bench *b;
	_Atomic bool end;
	unsigned long scrapes, failed;
	size_t size;
	double longest;
};

static size_t count_only(char *data, size_t one, size_t n, void *userdata)
{
	*(size_t *)userdata += n;
	return n;
}

static void scrape(struct scraper *s, CURL *c)
{
	double start = now_ms(), took;
	long status = 0;

	s->size = 0;
	if (curl_easy_perform(c) == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	took = now_ms() - start;
	s->longest = took > s->longest ? took : s->longest;
	s->scrapes++;
	s->failed += status != 200;
}

static void *scrape_on(void *userdata)
{
	struct scraper *s = userdata;
	CURL *metrics = curl_easy_init(), *overview = curl_easy_init();
	char url[256];

	snprintf(url, sizeof(url), "%s/metrics", s->b->api);
	curl_easy_setopt(metrics, CURLOPT_URL, url);
	curl_easy_setopt(metrics, CURLOPT_USERPWD, "admin:admin");
	curl_easy_setopt(metrics, CURLOPT_WRITEFUNCTION, count_only);
	curl_easy_setopt(metrics, CURLOPT_WRITEDATA, &s->size);
	prepare_front(s->b, overview);
	snprintf(url, sizeof(url), "https://%s:%s/", s->b->domain, s->b->front);
	curl_easy_setopt(overview, CURLOPT_URL, url);
	curl_easy_setopt(overview, CURLOPT_WRITEFUNCTION, count_only);
	curl_easy_setopt(overview, CURLOPT_WRITEDATA, &s->size);
	curl_easy_setopt(overview, CURLOPT_HTTPHEADER,
			 curl_slist_append(NULL, "Accept: text/html"));
	while (!s->end) {
		scrape(s, metrics);
		scrape(s, overview);
		for (unsigned i = 0; i < 100 && !s->end; i++)
			usleep(10000);
	}
	curl_easy_cleanup(metrics);
	curl_easy_cleanup(overview);
	return NULL;
}

/* By the clock: one that had to wait for the one before it has waited, too. */
static void read_some(struct bench *b, const char *what)
{
	double *ms = calloc(READS, sizeof(*ms)), start = now_ms();

	for (unsigned i = 0; i < READS; i++) {
		double due = start + i * READS_MS, left = due - now_ms();
		char path[96];

		if (left > 0)
			usleep((useconds_t)(left * 1000));
		snprintf(path, sizeof(path), "/mgmt/tm/auth/partition/test-%u",
			 1 + i % (b->before + b->count));
		must(b, api(b, "GET", path, NULL, NULL), "read");
		ms[i] = now_ms() - due;
	}
	report(what, ms, READS);
	printf("%s_longest=%.2f\n", what, ms[READS - 1]);
	free(ms);
}

void measure_beside(struct bench *b)
{
	struct scraper s = { .b = b };
	pthread_t thread;

	read_some(b, "read");
	if (pthread_create(&thread, NULL, scrape_on, &s) != 0)
		die("scrape", "no thread");
	read_some(b, "beside");
	s.end = true;
	pthread_join(thread, NULL);
	printf("scrapes=%lu\nscrapes_failed=%lu\nscrape_longest=%.0f\n", s.scrapes, s.failed,
	       s.longest);
}
