/* SPDX-License-Identifier: MIT */
/*
 * haproxy-config.c -- what HAProxy reads when it starts: always as the store is
 *
 * Runtime servers and map rows are gone after a restart or a reload unless they are on disk, so
 * every change is rendered too, and HAProxy may come back by itself at any time.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tools/envmux/filewatch.h"
#include "tools/envmux/haproxy.h"

#define MAPS_KEPT 8
#define CONNECTIONS_DEFAULT 10000u

/* The service's name is split off at the last dash; only these pages need it. */
#define PAGE_ENVIRONMENT "environment %%[var(txn.label),word(-1,-)]: "
#define PAGE_HEADERS " hdr Cache-Control no-store hdr X-Content-Type-Options nosniff "

char *haproxy_map(const struct driver *d, uint64_t number)
{
	return str_printf("%s/routes-%llu.map", d->dir, (unsigned long long)number);
}

/* Whole, or not there. */
static int write_file(const char *path, const struct buf *b, bool wait)
{
	_cleanup_close_ int fd = -1;
	int r = 0;

	if (b->error)
		return b->error;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	for (size_t done = 0; r == 0 && done < b->len;) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n < 0 && errno != EINTR)
			r = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (r == 0 && wait && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(path);
	return r;
}

static int sync_dir(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* The number of a map's name, 0 for other files. */
static uint64_t map_number(const char *name)
{
	unsigned long long n;
	int end = 0;

	return sscanf(name, "routes-%llu.map%n", &n, &end) == 1 && end > 0 && !name[end] ? n : 0;
}

void haproxy_find_rendered(struct driver *d)
{
	_cleanup_closedir_ DIR *dir = opendir(d->dir);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		uint64_t n = map_number(e->d_name);

		d->rendered = n > d->rendered ? n : d->rendered;
	}
}

/* A HAProxy that starts just now may still want the map of a moment ago. */
static void drop_old_maps(const struct driver *d)
{
	_cleanup_closedir_ DIR *dir = opendir(d->dir);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		uint64_t n = map_number(e->d_name);

		if (n > 0 && n + MAPS_KEPT <= d->rendered)
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	}
}

/*
 * Two descriptors a connection, one a checked server, and some: HAProxy refuses to start with a
 * limit that is too small for what its configuration asks. A unit's own limit is the unit's care.
 */
static unsigned max_connections(const struct driver *d)
{
	unsigned wish = d->conf.connections ?: CONNECTIONS_DEFAULT;
	struct rlimit limit = { .rlim_max = 4096 };
	size_t taken = 1000;

	if (!d->conf.spawn)
		return wish;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < d->n_slots; i++)
		taken += d->slots[i].n_servers;
	if (limit.rlim_max <= taken + 400)
		return 200;
	return (limit.rlim_max - taken) / 2 > wish ? wish
						   : (unsigned)((limit.rlim_max - taken) / 2);
}

/*
 * Quiet, as a reload has a line to say of every slot; what is wrong with the files is still told.
 * Without SO_REUSEPORT, as a second HAProxy at the same port would start, take its share of the
 * connections and answer by its own map; a reload hands the listeners over.
 *
 * A new worker takes every member for one that is up until its first check: each try to connect is
 * to another one.
 */
static void render_head(const struct driver *d, struct buf *b)
{
	buf_addf(b,
		 "# written by envmux; changes are lost\n"
		 "global\n"
		 "\tmaster-worker\n"
		 "\tquiet\n"
		 "\tnoreuseport\n"
		 "\tstats socket %s mode 660 level admin expose-fd listeners\n"
		 "\tstats timeout 30s\n"
		 "\thard-stop-after 30m\n"
		 "\tnbthread 2\n"
		 "\tmaxconn %u\n"
		 "\tssl-default-bind-options ssl-min-ver TLSv1.2\n"
		 "\n"
		 "defaults\n"
		 "\tmode http\n"
		 "\toption idle-close-on-response\n"
		 "\toption redispatch 1\n"
		 "\tretries 3\n"
		 "\ttimeout connect 5s\n"
		 "\ttimeout client 60s\n"
		 "\ttimeout server 60s\n"
		 "\ttimeout tunnel 1h\n"
		 "\ttimeout http-request 10s\n"
		 "\ttimeout http-keep-alive 60s\n",
		 d->stats_socket, max_connections(d));
	/*
	 * A page of HAProxy's own, for a route that nobody serves. The frontend does not ask for
	 * the members that are up: a worker that is being replaced counts none any more, and has
	 * requests to answer yet.
	 */
	buf_addf(b,
		 "\thttp-error status 503 content-type text/plain hdr Retry-After 5" PAGE_HEADERS
		 "lf-string \"" PAGE_ENVIRONMENT
		 "no member of %%[var(txn.label)] answers; it may be starting or suspended\\n\"\n"
		 "\n");
}

static void render_binds(char *const *addresses, const char *rest, struct buf *b)
{
	for (size_t i = 0; addresses && addresses[i]; i++)
		buf_addf(b, "\tbind %s%s\n", addresses[i], rest);
}

static void render_front(const struct driver *d, const char *map, struct buf *b)
{
	_cleanup_free_ char *tls =
		str_printf(" ssl crt %s alpn h2,http/1.1", d->conf.certificate ?: "");

	if (d->conf.plain && d->conf.plain[0]) {
		buf_adds(b, "frontend plain\n");
		render_binds(d->conf.plain, "", b);
		buf_adds(b, "\thttp-request redirect scheme https code 308\n\n");
	}
	buf_adds(b, "frontend front\n");
	render_binds(d->conf.front, tls ?: "", b);
	render_binds(d->conf.plain_front, "", b);
	for (size_t i = 0; d->conf.base_domains && d->conf.base_domains[i]; i++)
		buf_addf(b, "\tacl ours var(txn.host) -m end .%s\n", d->conf.base_domains[i]);
	for (size_t i = 0; d->conf.pages && d->conf.base_domains && d->conf.base_domains[i]; i++)
		buf_addf(b, "\tacl ours var(txn.host) -m str %s\n", d->conf.base_domains[i]);
	/*
	 * What a visitor forged is gone before ours is set: all of the family, as members believe
	 * in -Server, -Prefix and -Ssl, too. HAProxy keeps names in lower case.
	 */
	buf_addf(b,
		 "\thttp-request del-header x-forwarded- -m beg\n"
		 "\thttp-request del-header forwarded\n"
		 "\toption forwardfor\n"
		 "\thttp-request set-header X-Forwarded-Proto https\n"
		 "\thttp-request set-header X-Forwarded-Port %%[dst_port]\n"
		 "\thttp-request set-header X-Forwarded-Host %%[req.hdr(host)]\n"
		 "\thttp-response set-header Strict-Transport-Security \"max-age=31536000\"\n"
		 "\thttp-request set-var(txn.host) req.hdr(host),host_only,lower\n"
		 "\thttp-request deny deny_status 421 unless ours\n"
		 "\thttp-request set-var(txn.label) var(txn.host),field(1,.)\n"
		 "\thttp-request set-var(txn.be) var(txn.label),map_str(%s)\n"
		 "\tacl known var(txn.be) -m found\n",
		 map);
	/* A worker that is being replaced counts no member up any more, and still has them all. */
	if (d->conf.pages)
		buf_adds(b, "\tacl served var(txn.be),nbsrv gt 0\n"
			    "\tuse_backend pages if known !served !{ stopping } { nbsrv(pages) gt "
			    "0 }\n");
	buf_adds(b, "\tuse_backend %[var(txn.be)] if known\n");
	if (d->conf.pages)
		buf_adds(b, "\tuse_backend pages if { nbsrv(pages) gt 0 }\n");
	buf_adds(b, "\tdefault_backend unknown\n\n");
}

char *driver_pages(const struct driver *d)
{
	return str_printf("%s/pages.sock", d->dir);
}

/* Who knows more of what is missing than HAProxy does; while it is away HAProxy says it shortly. */
static void render_pages(const struct driver *d, struct buf *b)
{
	_cleanup_free_ char *path = driver_pages(d);

	if (d->conf.pages)
		buf_addf(b,
			 "backend pages\n"
			 "\tserver envmux unix@%s check inter 2s fall 1 rise 1\n"
			 "\n",
			 path ?: "");
}

static void render_unknown(struct buf *b)
{
	buf_addf(b, "backend unknown\n"
		    "\thttp-request return status 404 content-type text/plain" PAGE_HEADERS
		    "lf-string \"" PAGE_ENVIRONMENT
		    "no service %%[var(txn.label)] is registered here; is the id right, and has "
		    "its leader registered?\\n\"\n"
		    "\n");
}

static void render_slot(const struct driver *d, const struct slot *s, struct buf *b)
{
	const struct class *c = &d->classes[s->class];
	char text[ADDR_TEXT_MAX];

	buf_addf(b, "backend p%u\n\tbalance %s\n", s->number,
		 c->lb == DRIVER_LEAST_CONNECTIONS ? "leastconn" : "roundrobin");
	haproxy_check_rules(&c->rules, b);
	for (size_t i = 0; i < s->n_servers; i++) {
		const struct server *v = &s->servers[i];
		const struct driver_member *m = &v->member;

		if (v->leaving)
			continue;
		buf_addf(b, "\tserver %s %s%s%s:%u weight %u", v->name,
			 m->addr.family == AF_INET6 ? "[" : "", addr_format(&m->addr, false, text),
			 m->addr.family == AF_INET6 ? "]" : "", m->port,
			 m->admin == DRIVER_DRAIN ? 0 : m->weight);
		haproxy_check_words(&s->monitor, b);
		if (m->admin == DRIVER_OFFLINE)
			buf_adds(b, " disabled");
		buf_addc(b, '\n');
	}
}

/* Free from now on is what the files say nothing of: see haproxy.h. */
static void note_on_disk(struct driver *d)
{
	for (size_t i = 0; i < d->n_classes; i++)
		d->classes[i].filed = true;
	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		s->filed = true;
		s->on_disk = s->label;
		for (size_t k = 0; k < s->n_servers; k++) {
			s->servers[k].unfiled = s->servers[k].leaving;
			s->on_disk = s->on_disk || !s->servers[k].leaving;
		}
	}
}

static void hash(const void *data, size_t len, uint64_t *h)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		*h = (*h ^ p[i]) * UINT64_C(1099511628211); /* FNV-1a */
}

uint64_t haproxy_front(struct driver *d)
{
	uint64_t h = UINT64_C(14695981039346656037), files = 0;
	_cleanup_buf_ struct buf b = BUF_INIT;

	render_head(d, &b);
	render_front(d, "", &b);
	render_pages(d, &b);
	render_unknown(&b);
	if (b.data)
		hash(b.data, b.len, &h);
	if (d->conf.certificate)
		files = filewatch_signature(d->conf.certificate);
	hash(&files, sizeof(files), &h);
	return h;
}

static int render_slots(struct driver *d, bool wait)
{
	_cleanup_free_ char *path = str_printf("%s/slots", d->dir);
	_cleanup_free_ char *new = str_printf("%s/slots.new", d->dir);
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r;

	if (!path || !new)
		return -ENOMEM;
	haproxy_slots_text(d, d->rendered + 1, haproxy_front(d), &b);
	r = write_file(new, &b, wait);
	return r == 0 && rename(new, path) < 0 ? -errno : r;
}

int haproxy_render(struct driver *d, bool wait)
{
	_cleanup_free_ char *path = haproxy_map(d, d->rendered + 1);
	_cleanup_free_ char *cfg_new = str_printf("%s.new", d->cfg);
	_cleanup_buf_ struct buf cfg = BUF_INIT, map = BUF_INIT;
	int r;

	if (!path || !cfg_new)
		return -ENOMEM;
	render_head(d, &cfg);
	render_front(d, path, &cfg);
	render_pages(d, &cfg);
	render_unknown(&cfg);
	for (size_t i = 0; i < d->n_slots; i++) {
		render_slot(d, &d->slots[i], &cfg);
		if (d->slots[i].label)
			buf_addf(&map, "%s p%u\n", d->slots[i].label, d->slots[i].number);
	}
	buf_addc(&map, '\n'); /* HAProxy refuses an empty map */
	r = write_file(path, &map, wait);
	if (r == 0)
		r = render_slots(d, wait);
	if (r == 0)
		r = write_file(cfg_new, &cfg, wait);
	if (r == 0 && rename(cfg_new, d->cfg) < 0)
		r = -errno;
	if (r == 0 && wait)
		r = sync_dir(d->dir);
	if (r < 0)
		return r;
	d->rendered++;
	d->unrendered = false;
	note_on_disk(d);
	drop_old_maps(d);
	return 0;
}
