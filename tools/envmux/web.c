/* SPDX-License-Identifier: MIT */
/* web.c -- the pages over HTTP, on a Unix socket that only HAProxy reaches */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <microhttpd.h>

#include "tools/envmux/web.h"

#define CONNECTIONS_MAX 256
#define IDLE_SEC 30
#define HOST_MAX 256
#define SOON_SEC (21 * 86400) /* a certificate that ends before is a reason to act */

struct web {
	struct MHD_Daemon *daemon;
	struct web_conf conf;
	struct store *store;
	struct bridge *bridge;
	int fd;
	struct waiting *waiting;
};

/* A request whose page is being made. */
struct waiting {
	struct MHD_Connection *connection;
	struct waiting *next;
};

/* The Host header without its port, in lower case; the port is worth keeping if it is one. */
static unsigned host_of(struct MHD_Connection *c, char host[HOST_MAX])
{
	const char *text = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host") ?: "";
	size_t n = strcspn(text, ":");
	unsigned long port = text[n] ? strtoul(text + n + 1, NULL, 10) : 443;

	snprintf(host, HOST_MAX, "%.*s", n < HOST_MAX ? (int)n : HOST_MAX - 1, text);
	for (char *p = host; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return port > 0 && port < 65536 ? (unsigned)port : 443;
}

/* The base domain of HOST, *ret_label what is in front of it ("" at the apex); -1 if none fits. */
static int domain_of(const struct web *w, char *host, const char **ret_label)
{
	size_t n = strlen(host);

	for (int i = 0; w->conf.base_domains[i]; i++) {
		size_t m = strlen(w->conf.base_domains[i]);

		if (n < m || strcmp(host + n - m, w->conf.base_domains[i]) != 0 ||
		    (n > m && host[n - m - 1] != '.'))
			continue;
		host[n > m ? n - m - 1 : 0] = '\0';
		host[strcspn(host, ".")] = '\0'; /* the first label alone is what is routed */
		*ret_label = host;
		return i;
	}
	return -1;
}

/* What a request asked for. */
struct visit {
	const char *label;
	char site[HOST_MAX + 8]; /* the domain as links have it, with a port if it is not 443 */
	enum page_form form;
	time_t now;
};

struct notes {
	struct page_note list[8];
	size_t n;
	time_t now;
};

static struct page_note *next_note(struct notes *n)
{
	return n->n < ARRAY_SIZE(n->list) ? &n->list[n->n++] : NULL;
}

static void note_certificate(void *userdata, const char *name, time_t expires)
{
	struct notes *n = userdata;
	struct page_note *note = next_note(n);
	long days = (long)(expires - n->now) / 86400;

	if (!note)
		return;
	note->bad = expires < n->now + SOON_SEC;
	if (expires < n->now)
		snprintf(note->text, sizeof(note->text), "The certificate %.100s has run out.",
			 name);
	else
		snprintf(note->text, sizeof(note->text),
			 "The certificate %.100s is good for %ld more days.", name, days);
}

static void note_domains(const struct web *w, struct notes *n)
{
	for (size_t i = 0; w->conf.base_domains[i]; i++) {
		struct page_note *note = strchr(w->conf.base_domains[i], '_') ? next_note(n) : NULL;

		if (note)
			snprintf(note->text, sizeof(note->text),
				 "%.100s has an underscore: public authorities give no "
				 "certificate for it, and OpenSSL accepts none.",
				 w->conf.base_domains[i]);
	}
}

struct overview {
	struct web *web;
	const struct visit *visit;
};

static void note_refused(const struct web *w, struct notes *n)
{
	struct page_note *note = bridge_refused(w->bridge) ? next_note(n) : NULL;

	if (!note)
		return;
	note->bad = true;
	snprintf(
		note->text, sizeof(note->text),
		"HAProxy refuses its new files, a certificate perhaps, and goes on with the former "
		"ones: its log says why.");
}

static int make_overview(void *userdata, struct buf *b)
{
	const struct overview *o = userdata;
	const struct visit *visit = o->visit;
	struct notes notes = { .now = visit->now };
	struct page page;
	struct view v;
	int r;

	r = view_read(o->web->store, o->web->bridge, &v);
	if (r < 0)
		return r;
	note_refused(o->web, &notes);
	note_domains(o->web, &notes);
	(void)bridge_certificates(o->web->bridge, note_certificate, &notes);
	r = page_overview(&v, visit->site, notes.list, notes.n, visit->now, visit->form, &page);
	view_done(&v);
	if (r < 0)
		return r;
	*b = page.body;
	return 0;
}

/* -EAGAIN: it is being made. */
static int get_overview(struct web *w, const struct visit *visit, struct page *ret)
{
	struct overview o = { w, visit };
	char key[HOST_MAX + 16], *text;
	size_t len;
	int r;

	snprintf(key, sizeof(key), "%d %s", (int)visit->form, visit->site);
	r = snapshot_get(w->conf.snapshot, key, make_overview, &o, &text, &len);
	if (r < 0)
		return r;
	*ret = (struct page){ .status = 200, .form = visit->form };
	ret->body.data = text;
	ret->body.len = len;
	return 0;
}

static int make_missing(struct web *w, const struct visit *visit, struct page *ret)
{
	const char *dash = strrchr(visit->label, '-');
	struct view v;
	int r = view_read_unserved(w->store, dash ? dash + 1 : visit->label, &v);

	if (r < 0)
		return r;
	r = page_missing(&v, visit->label, visit->site, visit->now, visit->form, ret);
	view_done(&v);
	return r;
}

static enum MHD_Result send_page(struct MHD_Connection *c, const struct page *p)
{
	struct MHD_Response *response;
	enum MHD_Result r;
	char retry[16];

	response = MHD_create_response_from_buffer(p->body.len, p->body.data ?: (char *)"",
						   MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type", page_type(p->form));
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	(void)MHD_add_response_header(response, "Vary", "Accept");
	(void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(
		response, "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'none'");
	if (p->retry) {
		snprintf(retry, sizeof(retry), "%u", p->retry);
		(void)MHD_add_response_header(response, "Retry-After", retry);
	}
	r = MHD_queue_response(c, (unsigned)p->status, response);
	MHD_destroy_response(response);
	return r;
}

/* Nothing is heard of the connection until web_again(). */
static enum MHD_Result suspend(struct web *w, struct MHD_Connection *c)
{
	struct waiting *wait = malloc(sizeof(*wait));

	if (!wait)
		return MHD_NO;
	*wait = (struct waiting){ c, w->waiting };
	w->waiting = wait;
	MHD_suspend_connection(c);
	return MHD_YES;
}

static enum MHD_Result answer(struct web *w, struct MHD_Connection *c)
{
	struct visit visit = {
		.label = "",
		.form = page_form(MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept")),
		.now = time(NULL),
	};
	struct page page = { .status = 421, .form = PAGE_TEXT, .body = BUF_INIT };
	char host[HOST_MAX], port[8] = "";
	unsigned n = host_of(c, host);
	enum MHD_Result result;
	int r, domain = domain_of(w, host, &visit.label);

	if (domain < 0)
		return send_page(c, &page);
	if (n != 443)
		snprintf(port, sizeof(port), ":%u", n);
	snprintf(visit.site, sizeof(visit.site), "%s%s", w->conf.base_domains[domain], port);
	r = *visit.label ? make_missing(w, &visit, &page) : get_overview(w, &visit, &page);
	if (r == -EAGAIN)
		return suspend(w, c);
	if (r < 0)
		return MHD_NO;
	result = send_page(c, &page);
	page_done(&page);
	return result;
}

/* Bodies are read and dropped: nothing here takes one. */
static enum MHD_Result on_request(void *userdata, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	static int seen;

	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*len > 0) {
		*len = 0;
		return MHD_YES;
	}
	return answer(userdata, c);
}

static int listen_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || (unlink(path) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0660) < 0 ||
	    listen(fd, 128) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int web_new(const struct web_conf *conf, struct store *store, struct bridge *bridge,
	    struct web **ret)
{
	const union MHD_DaemonInfo *info;
	struct web *w;
	int fd = listen_at(conf->path);

	if (fd < 0)
		return fd;
	w = calloc(1, sizeof(*w));
	if (!w) {
		safe_close(fd);
		return -ENOMEM;
	}
	w->conf = *conf;
	w->store = store;
	w->bridge = bridge;
	w->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, w,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SEC,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_END);
	info = w->daemon ? MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		if (!w->daemon)
			safe_close(fd);
		web_free(w);
		return -EIO;
	}
	w->fd = info->epoll_fd;
	*ret = w;
	return 0;
}

void web_again(struct web *w)
{
	struct waiting *wait = TAKE_PTR(w->waiting);

	while (wait) {
		struct waiting *next = wait->next;

		MHD_resume_connection(wait->connection);
		free(wait);
		wait = next;
	}
}

void web_free(struct web *w)
{
	if (!w)
		return;
	web_again(w);
	if (w->daemon)
		MHD_stop_daemon(w->daemon);
	free(w);
}

int web_fd(struct web *w)
{
	return w->fd;
}

int web_timeout(struct web *w)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(w->daemon, &ms) != MHD_YES)
		return -1;
	return ms > 60000 ? 60000 : (int)ms;
}

void web_run(struct web *w)
{
	(void)MHD_run(w->daemon);
}
