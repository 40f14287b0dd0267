/* SPDX-License-Identifier: MIT */
/* http.c -- HTTP for the leader: libcurl with deadlines, and connections that can be pinned */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "agent/sys/http.h"

struct sys_http {
	CURL *curl;
	char *url;
	char words[CURL_ERROR_SIZE + 256];
	char curl_words[CURL_ERROR_SIZE];
	bool pinned;
	bool refused; /* a new connection was wanted while pinned */
	bool sent;    /* some of the request had gone out when it failed */
};

struct answer {
	struct buf body;
	struct sys_http_reply *reply;
};

void sys_http_reply_done(struct sys_http_reply *r)
{
	free(r->body);
	*r = (struct sys_http_reply){};
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata)
{
	struct answer *a = userdata;

	return buf_add(&a->body, data, size * n) < 0 ? 0 : size * n;
}

/* The value of header NAME in LINE (N bytes, not ended), copied; NULL if it is another one. */
static char *header_value(const char *line, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	n -= len + 1;
	while (n > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	return strndup(line, n);
}

static size_t on_header(char *line, size_t size, size_t n, void *userdata)
{
	struct answer *a = userdata;
	_cleanup_free_ char *date = header_value(line, n, "Date");
	_cleanup_free_ char *type = header_value(line, n, "Content-Type");
	_cleanup_free_ char *retry = header_value(line, n, "Retry-After");

	if (date) {
		time_t t = curl_getdate(date, NULL);

		a->reply->date = t > 0 ? t : 0;
	}
	if (type)
		a->reply->json = strncasecmp(type, "application/json", 16) == 0;
	if (retry && strspn(retry, "0123456789") == strlen(retry) && strlen(retry) < 6)
		a->reply->retry_after = (unsigned)atoi(retry);
	return size * n;
}

static curl_socket_t on_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *sa)
{
	struct sys_http *h = userdata;

	if (h->pinned) {
		h->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

void sys_http_free(struct sys_http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	free(h->url);
	free(h);
}

int sys_http_open(const struct sys_http_opts *opts, struct sys_http **ret)
{
	_cleanup_(sys_http_freep) struct sys_http *h = calloc(1, sizeof(*h));
	CURLcode c;

	if (!h)
		return -ENOMEM;
	h->url = strdup(opts->url);
	h->curl = curl_easy_init();
	if (!h->url || !h->curl)
		return -ENOMEM;
	while (*h->url && h->url[strlen(h->url) - 1] == '/')
		h->url[strlen(h->url) - 1] = '\0';
	c = curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)(opts->timeout / 1000));
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->curl_words);
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_OPENSOCKETDATA, h);
	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
	if (c == CURLE_OK && opts->ca_file) {
		c = curl_easy_setopt(h->curl, CURLOPT_CAINFO, opts->ca_file);
		/* Or the system's CAs would be trusted beside ours. */
		if (c == CURLE_OK)
			c = curl_easy_setopt(h->curl, CURLOPT_CAPATH, NULL);
	}
	if (c != CURLE_OK)
		return c == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EIO;
	*ret = TAKE_PTR(h);
	return 0;
}

int sys_http_basic(struct sys_http *h, const char *userpwd)
{
	CURLcode c = curl_easy_setopt(h->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);

	if (c == CURLE_OK)
		c = curl_easy_setopt(h->curl, CURLOPT_USERPWD, userpwd);
	return c == CURLE_OK ? 0 : -ENOMEM;
}

void sys_http_pin(struct sys_http *h, bool pinned)
{
	h->pinned = pinned;
}

const char *sys_http_words(const struct sys_http *h)
{
	return h->words;
}

static int errno_of(const struct sys_http *h, CURLcode c)
{
	long os = 0;

	if (h->refused)
		return h->sent ? -ECONNRESET : -ECONNABORTED;
	switch (c) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return -ENOENT;
	case CURLE_COULDNT_CONNECT:
		(void)curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &os);
		return os == ECONNREFUSED || os == 0 ? -ECONNREFUSED : -EHOSTUNREACH;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return -EKEYREJECTED;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_SSL_CONNECT_ERROR:
		return -ECONNRESET;
	case CURLE_WRITE_ERROR:
		return -EMSGSIZE;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int prepare(struct sys_http *h, const char *method, const char *url, const char *body,
		   struct curl_slist *headers, struct answer *a)
{
	CURL *curl = h->curl;
	CURLcode c;

	c = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (c == CURLE_OK && body) {
		c = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
		if (c == CURLE_OK)
			c = curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
	}
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	if (c == CURLE_OK)
		c = curl_easy_setopt(curl, CURLOPT_HEADERDATA, a);
	return c == CURLE_OK ? 0 : -ENOMEM;
}

/* -errno, and the words for it. */
static int fail(struct sys_http *h, const char *method, CURLcode c)
{
	const char *why = *h->curl_words ? h->curl_words : curl_easy_strerror(c);
	long size = 0, os = 0;
	int r;

	/* Of a request that libcurl would have repeated on a new connection too. */
	(void)curl_easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &size);
	h->sent = size > 0;
	r = errno_of(h, c);
	(void)curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &os);
	if (c == CURLE_COULDNT_CONNECT && os > 0)
		why = strerror((int)os);
	if (r == -ECONNABORTED)
		why = "the connection was lost, and a write goes over no other; nothing was sent";
	else if (h->refused)
		why = "the connection was lost without an answer";
	snprintf(h->words, sizeof(h->words), "%.200s: %s%s%s", h->url, why,
		 r == -ECONNRESET && h->pinned ? "; nobody knows whether it was done: " : "",
		 r == -ECONNRESET && h->pinned ? method : "");
	return r;
}

static int perform(struct sys_http *h, const char *method, struct answer *a)
{
	CURLcode c;

	h->refused = false;
	*h->curl_words = '\0';
	c = curl_easy_perform(h->curl);
	if (c == CURLE_OK)
		(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &a->reply->status);
	if (c == CURLE_OK) {
		a->reply->len = a->body.len;
		a->reply->body = buf_take(&a->body);
		return a->reply->body ? 0 : -ENOMEM;
	}
	return fail(h, method, c);
}

int sys_http_do(struct sys_http *h, const char *method, const char *path,
		const char *const *headers, const char *body, struct sys_http_reply *ret)
{
	struct sys_http_reply reply = {};
	struct answer a = { .body = BUF_INIT_MAX(SYS_HTTP_BODY_MAX), .reply = &reply };
	_cleanup_free_ char *url = str_printf("%s%s", h->url, path);
	struct curl_slist *list = NULL, *longer;
	int r = url ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && headers && headers[i]; i++) {
		longer = curl_slist_append(list, headers[i]);
		r = longer ? 0 : -ENOMEM;
		list = longer ?: list;
	}
	if (r == 0 && body) {
		longer = curl_slist_append(list, "Content-Type: application/json");
		r = longer ? 0 : -ENOMEM;
		list = longer ?: list;
	}
	if (r == 0)
		r = prepare(h, method, url, body, list, &a);
	if (r == 0)
		r = perform(h, method, &a);
	curl_slist_free_all(list);
	/* Nothing that curl keeps may point into this frame, nor a body with a password stay. */
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(h->curl, CURLOPT_COPYPOSTFIELDS, NULL);
	buf_done(&a.body);
	if (r < 0) {
		sys_http_reply_done(&reply);
		return r;
	}
	*ret = reply;
	return 0;
}
