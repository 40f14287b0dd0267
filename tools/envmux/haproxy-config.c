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

#include "tools/envmux/haproxy.h"

static int write_file(const char *path, const struct buf *b)
{
	_cleanup_free_ char *temporary = str_printf("%s.new", path);
	_cleanup_close_ int fd = -1;
	size_t done = 0;

	if (!temporary || b->error)
		return -ENOMEM;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	while (done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int r = -errno;

			(void)unlink(temporary);
			return r;
		}
		done += (size_t)n;
	}
	if (fdatasync(fd) < 0 || rename(temporary, path) < 0) {
		int r = -errno;

		(void)unlink(temporary);
		return r;
	}
	return 0;
}

/*
 * Two descriptors a connection, one a checked server, and some: HAProxy refuses to start with a
 * limit that is too small for what its configuration asks.
 */
static unsigned max_connections(const struct driver *d)
{
	struct rlimit limit = { .rlim_max = 4096 };
	size_t taken = 1000;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < d->n_slots; i++)
		taken += d->slots[i].n_servers;
	if (limit.rlim_max <= taken + 400)
		return 200;
	return limit.rlim_max - taken > 20000 ? 10000 : (unsigned)(limit.rlim_max - taken) / 2;
}

static void render_head(const struct driver *d, struct buf *b)
{
	buf_addf(b,
		 "# written by envmux; changes are lost\n"
		 "global\n"
		 "\tmaster-worker\n"
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
		 "\toption redispatch\n"
		 "\tretries 2\n"
		 "\ttimeout connect 5s\n"
		 "\ttimeout client 60s\n"
		 "\ttimeout server 60s\n"
		 "\ttimeout tunnel 1h\n"
		 "\ttimeout http-request 10s\n"
		 "\ttimeout http-keep-alive 60s\n"
		 "\n",
		 d->stats_socket, max_connections(d));
}

static void render_front(const struct driver *d, struct buf *b)
{
	if (d->conf.plain && d->conf.plain[0]) {
		buf_adds(b, "frontend plain\n");
		for (size_t i = 0; d->conf.plain[i]; i++)
			buf_addf(b, "\tbind %s\n", d->conf.plain[i]);
		buf_adds(b, "\thttp-request redirect scheme https code 308\n\n");
	}
	buf_adds(b, "frontend front\n");
	for (size_t i = 0; d->conf.front && d->conf.front[i]; i++)
		buf_addf(b, "\tbind %s ssl crt %s alpn h2,http/1.1\n", d->conf.front[i],
			 d->conf.certificate);
	for (size_t i = 0; d->conf.plain_front && d->conf.plain_front[i]; i++)
		buf_addf(b, "\tbind %s\n", d->conf.plain_front[i]);
	/* A forged X-Forwarded-For is gone before ours is set. */
	buf_adds(b, "\thttp-request del-header X-Forwarded-For\n"
		    "\toption forwardfor\n"
		    "\thttp-request set-header X-Forwarded-Proto https\n"
		    "\thttp-request set-header X-Forwarded-Port %[dst_port]\n"
		    "\thttp-request set-header X-Forwarded-Host %[req.hdr(host)]\n"
		    "\thttp-response set-header Strict-Transport-Security \"max-age=31536000\"\n"
		    "\thttp-request set-var(txn.host) req.hdr(host),host_only,lower\n");
	buf_adds(b, "\thttp-request deny deny_status 421 unless");
	for (size_t i = 0; d->conf.base_domains && d->conf.base_domains[i]; i++)
		buf_addf(b, "%s { var(txn.host) -m end .%s }", i ? " ||" : "",
			 d->conf.base_domains[i]);
	buf_addf(b,
		 "\n"
		 "\thttp-request set-var(txn.label) var(txn.host),field(1,.)\n"
		 "\thttp-request set-var(txn.be) var(txn.label),map_str(%s)\n"
		 "\tuse_backend %%[var(txn.be)] if { var(txn.be) -m found } { var(txn.be),nbsrv gt "
		 "0 }\n"
		 "\tuse_backend starting if { var(txn.be) -m found }\n"
		 "\tdefault_backend unknown\n"
		 "\n",
		 d->map);
	/* The service's name is split off at the last dash; only these pages need it. */
	buf_adds(b, "backend starting\n"
		    "\thttp-request set-var(txn.env) var(txn.label),word(-1,-)\n"
		    "\thttp-request return status 503 content-type text/plain "
		    "hdr Retry-After 5 hdr Cache-Control no-store "
		    "lf-string \"environment %[var(txn.env)]: no member of %[var(txn.label)] "
		    "answers; it "
		    "may be starting or suspended\\n\"\n"
		    "\n"
		    "backend unknown\n"
		    "\thttp-request set-var(txn.env) var(txn.label),word(-1,-)\n"
		    "\thttp-request return status 404 content-type text/plain "
		    "hdr Cache-Control no-store "
		    "lf-string \"environment %[var(txn.env)]: no service %[var(txn.label)] is "
		    "registered "
		    "here; is the id right, and has its leader registered?\\n\"\n"
		    "\n");
}

static void render_slot(const struct driver *d, const struct slot *s, struct buf *b)
{
	const struct class *c = &d->classes[s->class];
	char text[ADDR_TEXT_MAX];

	buf_addf(b, "backend p%u\n\tbalance %s\n", s->number,
		 c->lb == DRIVER_LEAST_CONNECTIONS ? "leastconn" : "roundrobin");
	if (c->send)
		buf_addf(b,
			 "\toption httpchk\n"
			 "\thttp-check send meth GET uri %s%s%s\n"
			 "\thttp-check expect status 200-399\n",
			 c->send, c->host ? " ver HTTP/1.1 hdr Host " : "", c->host ?: "");
	for (size_t i = 0; i < s->n_servers; i++) {
		const struct server *v = &s->servers[i];
		const struct driver_member *m = &v->member;

		if (v->leaving)
			continue;
		buf_addf(b, "\tserver %s %s%s%s:%u weight %u", v->name,
			 m->addr.family == AF_INET6 ? "[" : "", addr_format(&m->addr, false, text),
			 m->addr.family == AF_INET6 ? "]" : "", m->port, m->weight);
		if (s->monitor.check != DRIVER_CHECK_NONE)
			buf_addf(b, " check inter %us fall %u rise %u", s->monitor.interval,
				 s->monitor.fall, s->monitor.rise);
		if (m->admin == DRIVER_OFFLINE)
			buf_adds(b, " disabled");
		buf_addc(b, '\n');
	}
}

int haproxy_render(struct driver *d)
{
	_cleanup_buf_ struct buf cfg = BUF_INIT, map = BUF_INIT;
	int r;

	render_head(d, &cfg);
	render_front(d, &cfg);
	for (size_t i = 0; i < d->n_slots; i++) {
		render_slot(d, &d->slots[i], &cfg);
		if (d->slots[i].label)
			buf_addf(&map, "%s p%u\n", d->slots[i].label, d->slots[i].number);
	}
	buf_addc(&map, '\n');
	r = write_file(d->map, &map);
	if (r == 0)
		r = write_file(d->cfg, &cfg);
	if (r == 0)
		d->unrendered = false;
	return r;
}
