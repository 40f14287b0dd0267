/* SPDX-License-Identifier: MIT */
/*
 * haproxy-certs.c -- the front's certificates: when their files change, and when they end
 *
 * HAProxy alone may read the keys. That the files changed is seen from outside, by their size and
 * times; what is served, and until when, is asked of HAProxy.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tools/envmux/haproxy.h"

#define CERTIFICATES_MAX 64
#define LOOK_MS 1000

static uint64_t mix(uint64_t sum, uint64_t n)
{
	return (sum ^ n) * 0x100000001b3;
}

static uint64_t mix_file(uint64_t sum, const struct stat *st)
{
	sum = mix(mix(sum, st->st_dev), st->st_ino);
	sum = mix(mix(sum, (uint64_t)st->st_size), (uint64_t)st->st_mtim.tv_sec);
	return mix(sum, (uint64_t)st->st_mtim.tv_nsec);
}

/* One number for the file, or for all in the folder in whatever order; 0 if it cannot be seen. */
static uint64_t signature(const char *path)
{
	_cleanup_closedir_ DIR *dir = NULL;
	uint64_t sum = 0, files = 0;
	struct dirent *e;
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	sum = mix_file(1, &st);
	if (!S_ISDIR(st.st_mode))
		return sum;
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (*e->d_name != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
			files += mix_file(1, &st);
	}
	return mix(sum, files);
}

/*
 * Two looks that agree, and not with what was there: who writes a file in pieces is given a second
 * to end.
 */
bool haproxy_certificate_changed(struct driver *d)
{
	uint64_t now = haproxy_now_ms(), seen;
	bool settled;

	if (!d->conf.certificate || now < d->looked_at + LOOK_MS)
		return false;
	d->looked_at = now;
	seen = signature(d->conf.certificate);
	settled = seen && seen == d->certificate_seen;
	d->certificate_seen = seen;
	if (!d->certificate)
		d->certificate = seen;
	if (!settled || seen == d->certificate)
		return false;
	d->certificate = seen;
	return true;
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
