/* SPDX-License-Identifier: MIT */
/*
 * envmux.c -- registers environments at an envmux, and asks for each at the front at once
 *
 * envmux API FRONT-PORT CA DOMAIN MEMBER-PORT STATS-SOCKET BEFORE COUNT: API is
 * "http://127.0.0.1:8443", user admin with the password admin. One environment is 4 pools of 3
 * members at addresses of its own, in one transaction. BEFORE of them are there first, without
 * checks, then COUNT are measured: the clock runs from the commit's first byte to the end of the
 * first 200 for the last pool, over a TLS connection that is open already; its name is under the
 * same certificate. After that objects are read: envmux-reads.c.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "envmux.h"

#define POOLS 4
#define MEMBERS 3
#define TRIES 2000

double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static size_t keep(char *data, size_t one, size_t n, void *userdata)
{
	struct bench *b = userdata;

	if (b->len + n >= sizeof(b->answer))
		return 0;
	memcpy(b->answer + b->len, data, n);
	b->len += n;
	b->answer[b->len] = '\0';
	return n;
}

long api(struct bench *b, const char *method, const char *path, const char *transaction,
	 const char *body)
{
	struct curl_slist *headers = NULL;
	char url[512], line[128];
	long status = 0;
	CURLcode r;

	snprintf(url, sizeof(url), "%s%s", b->api, path);
	if (transaction) {
		snprintf(line, sizeof(line), "X-F5-REST-Coordination-Id: %s", transaction);
		headers = curl_slist_append(headers, line);
	}
	for (struct curl_slist *h = b->headers; h; h = h->next)
		headers = curl_slist_append(headers, h->data);
	b->len = 0;
	b->answer[0] = '\0';
	curl_easy_setopt(b->kept, CURLOPT_URL, url);
	curl_easy_setopt(b->kept, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(b->kept, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(b->kept, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(b->kept, CURLOPT_HTTPGET, body ? 0L : 1L);
	if (body)
		curl_easy_setopt(b->kept, CURLOPT_POST, 1L);
	r = curl_easy_perform(b->kept);
	curl_slist_free_all(headers);
	b->asked++;
	if (r != CURLE_OK)
		die(url, curl_easy_strerror(r));
	curl_easy_getinfo(b->kept, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

void must(struct bench *b, long status, const char *what)
{
	if (status != 200)
		die(what, b->answer);
}

static void log_in(struct bench *b)
{
	char header[128] = "X-F5-Auth-Token: ", *at;

	must(b,
	     api(b, "POST", "/mgmt/shared/authn/login", NULL,
		 "{\"username\":\"admin\",\"password\":\"admin\",\"loginProviderName\":\"tmos\"}"),
	     "log in");
	at = strstr(b->answer, "\"token\":\"");
	if (!at || sscanf(at, "\"token\":\"%99[A-Z0-9]", header + strlen(header)) != 1)
		die("log in", b->answer);
	b->headers = curl_slist_append(NULL, header);
}

/* Everything of environment ID but the commit; the transaction's number in TRANSACTION. */
static void prepare(struct bench *b, unsigned id, const char *monitor, char transaction[32])
{
	char body[2048], *at;

	snprintf(body, sizeof(body),
		 "{\"name\":\"test-%u\",\"description\":\"envagent v1 env=%u vm=1 fence=1 "
		 "until=1\"}",
		 id, id);
	must(b, api(b, "POST", "/mgmt/tm/auth/partition", NULL, body), "partition");
	must(b, api(b, "POST", "/mgmt/tm/transaction", NULL, "{}"), "transaction");
	at = strstr(b->answer, "\"transId\":");
	if (!at || sscanf(at, "\"transId\":%30[0-9]", transaction) != 1)
		die("transaction", b->answer);
	for (unsigned p = 0; p < POOLS; p++) {
		int n = snprintf(body, sizeof(body),
				 "{\"name\":\"s%u-%u\",\"partition\":\"test-%u\","
				 "%s\"members\":[",
				 p, id, id, monitor);

		for (unsigned m = 0; m < MEMBERS; m++)
			n += snprintf(body + n, sizeof(body) - (size_t)n,
				      "%s{\"name\":\"127.%u.%u.%u:%s\"}", m ? "," : "",
				      1 + id / 250, 1 + id % 250, 1 + p * MEMBERS + m,
				      b->member_port);
		snprintf(body + n, sizeof(body) - (size_t)n, "]}");
		must(b, api(b, "POST", "/mgmt/tm/ltm/pool", transaction, body), "pool");
	}
}

static void commit_one(struct bench *b, const char *transaction)
{
	char path[96];

	snprintf(path, sizeof(path), "/mgmt/tm/transaction/%s", transaction);
	must(b, api(b, "PATCH", path, NULL, "{\"state\":\"VALIDATING\"}"), "commit");
}

/* The status of one GET over the connection to the front that is open. */
static long front_open(struct bench *b, unsigned id)
{
	struct curl_slist *headers;
	char host[256];
	long status = 0;

	snprintf(host, sizeof(host), "Host: s%u-%u.%s", POOLS - 1, id, b->domain);
	headers = curl_slist_append(NULL, host);
	b->len = 0;
	curl_easy_setopt(b->open, CURLOPT_HTTPHEADER, headers);
	if (curl_easy_perform(b->open) == CURLE_OK)
		curl_easy_getinfo(b->open, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

/* The status of one GET over a new connection. */
static long front(struct bench *b, unsigned id)
{
	char url[256];
	long status = 0;

	snprintf(url, sizeof(url), "https://s%u-%u.%s:%s/", POOLS - 1, id, b->domain, b->front);
	b->len = 0;
	curl_easy_setopt(b->fresh, CURLOPT_URL, url);
	if (curl_easy_perform(b->fresh) == CURLE_OK)
		curl_easy_getinfo(b->fresh, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

void prepare_front(struct bench *b, CURL *c)
{
	curl_easy_setopt(c, CURLOPT_RESOLVE, b->resolve);
	curl_easy_setopt(c, CURLOPT_CAINFO, b->ca);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
}

static void prepare_fronts(struct bench *b)
{
	char text[256];

	snprintf(text, sizeof(text), "*:%s:127.0.0.1", b->front);
	b->resolve = curl_slist_append(NULL, text);
	prepare_front(b, b->open);
	snprintf(text, sizeof(text), "https://open.%s:%s/", b->domain, b->front);
	curl_easy_setopt(b->open, CURLOPT_URL, text);
	prepare_front(b, b->fresh);
	curl_easy_setopt(b->fresh, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(b->fresh, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(b->fresh, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

/* The pid of HAProxy's worker: another one after a reload. */
static long worker(const struct bench *b)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[16384] = "", *at;
	size_t len = 0;
	ssize_t n;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", b->socket);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    write(fd, "show info\n", 10) != 10)
		die(b->socket, "does not answer");
	while (len < sizeof(text) - 1 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	at = strstr(text, "\nPid: ");
	return at ? strtol(at + 6, NULL, 10) : -1;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void report(const char *what, double *ms, unsigned n)
{
	qsort(ms, n, sizeof(*ms), by_size);
	printf("%s_median=%.2f\n%s_p99=%.2f\n", what, ms[n / 2], what, ms[n * 99 / 100]);
}

static void measure(struct bench *b)
{
	double *commit = calloc(b->count, sizeof(double)),
	       *routed = calloc(b->count, sizeof(double));
	double *again = calloc(b->count, sizeof(double));
	unsigned long before = b->asked;
	unsigned retries = 0;
	long pid = worker(b);

	for (unsigned i = 0; i < b->count; i++) {
		unsigned tries = 0, id = b->before + i + 1;
		char transaction[32];
		double start;

		prepare(b, id, "\"monitor\":\"/Common/tcp\",", transaction);
		start = now_ms();
		commit_one(b, transaction);
		commit[i] = now_ms() - start;
		while (front_open(b, id) != 200 && tries < TRIES)
			tries++;
		routed[i] = now_ms() - start;
		retries += tries;
		/* What a client adds that has no connection yet. */
		start = now_ms();
		(void)front(b, id);
		again[i] = now_ms() - start;
	}
	report("commit", commit, b->count);
	report("routed", routed, b->count);
	report("request", again, b->count);
	printf("retries=%u\nreloads=%d\nrequests=%.1f\nregistrations=%u\n", retries,
	       worker(b) != pid, (double)(b->asked - before) / b->count, b->count);
	free(commit);
	free(routed);
	free(again);
}

static void fill(struct bench *b)
{
	for (unsigned id = 1; id <= b->before; id++) {
		char transaction[32];

		prepare(b, id, "", transaction);
		commit_one(b, transaction);
	}
}

int main(int argc, char **argv)
{
	struct bench b = {};

	if (argc != 9)
		die("usage", "API FRONT-PORT CA DOMAIN MEMBER-PORT STATS-SOCKET BEFORE COUNT");
	b.api = argv[1];
	b.front = argv[2];
	b.ca = argv[3];
	b.domain = argv[4];
	b.member_port = argv[5];
	b.socket = argv[6];
	b.before = (unsigned)strtoul(argv[7], NULL, 10);
	b.count = (unsigned)strtoul(argv[8], NULL, 10);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	b.kept = curl_easy_init();
	b.open = curl_easy_init();
	b.fresh = curl_easy_init();
	if (!b.kept || !b.open || !b.fresh || b.before > 10000 || b.count < 1 || b.count > 2000)
		die("usage", "BEFORE is up to 10000, COUNT is 1 to 2000");
	curl_easy_setopt(b.kept, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(b.kept, CURLOPT_WRITEDATA, &b);
	prepare_fronts(&b);
	log_in(&b);
	fill(&b);
	(void)front_open(&b, 1);
	measure(&b);
	measure_beside(&b);
	curl_easy_cleanup(b.kept);
	curl_easy_cleanup(b.open);
	curl_easy_cleanup(b.fresh);
	curl_slist_free_all(b.resolve);
	curl_slist_free_all(b.headers);
	curl_global_cleanup();
	return 0;
}
