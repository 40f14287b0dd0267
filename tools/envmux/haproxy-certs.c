/* SPDX-License-Identifier: MIT */
/*
 * haproxy-certs.c -- the front's certificates: when their files change, and when they end
 *
 * HAProxy alone may read the keys. That the files changed is seen from outside; what is served, and
 * until when, is asked of HAProxy.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tools/envmux/haproxy.h"

#define CERTIFICATES_MAX 64

bool haproxy_certificate_changed(struct driver *d)
{
	return d->conf.certificate &&
	       filewatch_changed(&d->certificate, d->conf.certificate, haproxy_now_ms());
}

bool driver_refused(const struct driver *d)
{
	return d->refused;
}

/* "notAfter: Nov 21 05:18:03 2027 GMT"; 0 if it is not there. */
static time_t expiry(const char *text)
{
	const char *p = strstr(text, "notAfter");
	struct tm tm = {};

	p = p ? strchr(p, ':') : NULL;
	if (!p || !strptime(p + 1, " %b %d %H:%M:%S %Y", &tm))
		return 0;
	return timegm(&tm);
}

static int one_certificate(struct driver *d, const char *name,
			   void (*func)(void *userdata, const char *name, time_t expires),
			   void *userdata)
{
	_cleanup_free_ char *command = str_printf("show ssl cert %s", name);
	_cleanup_buf_ struct buf out = BUF_INIT;
	time_t expires;
	int r;

	if (!command)
		return -ENOMEM;
	r = haproxy_ask(d, command, &out);
	if (r < 0)
		return r;
	expires = out.data ? expiry(out.data) : 0;
	if (expires)
		func(userdata, name, expires);
	return 0;
}

int driver_certificates(struct driver *d,
			void (*func)(void *userdata, const char *name, time_t expires),
			void *userdata)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	unsigned n = 0;
	char *save = NULL;
	int r = d->worker > 0 ? haproxy_ask(d, "show ssl cert", &out) : -EAGAIN;

	if (r < 0 || !out.data)
		return r;
	for (char *l = strtok_r(out.data, "\n", &save); l && r == 0 && n < CERTIFICATES_MAX;
	     l = strtok_r(NULL, "\n", &save)) {
		if (*l == '#' || strchr(l, ';'))
			continue;
		n++;
		r = one_certificate(d, l, func, userdata);
	}
	return r;
}
