/* SPDX-License-Identifier: MIT */
/* door.c -- where the API is served, with a certificate that may change */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/door.h"
#include "tools/envmux/linger.h"

#define CONNECTIONS_MAX 1024
#define CONNECTIONS_PER_ADDRESS 256
#define IDLE_SEC 60
#define PEM_MAX 65536
#define FORMER_MAX 3 /* who may have connections of before */

struct door {
	struct door_conf conf;
	struct filewatch certificate, key;
	struct MHD_Daemon *daemons[1 + FORMER_MAX]; /* the first one listens */
	size_t n;
	int socket; /* that it listens at */
	int epoll;  /* of all of them */
	struct lingers lingers;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int read_pem(const char *path, char **ret, char **ret_error)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = calloc(1, PEM_MAX + 1);
	int r = f && text ? 0 : -errno;

	if (r == 0 && (fread(text, 1, PEM_MAX, f) == 0 || !feof(f)))
		r = -EINVAL;
	if (r < 0) {
		*ret_error = str_printf("%s: %s", path, strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(text);
	return 0;
}

static int listen_at(const struct door_conf *conf)
{
	uint16_t port = htons((uint16_t)conf->port);
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };
	bool is6 = conf->addr.family == AF_INET6;
	_cleanup_close_ int fd =
		socket(conf->addr.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	memcpy(&v4.sin_addr, conf->addr.bytes, 4);
	memcpy(&v6.sin6_addr, conf->addr.bytes, 16);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    (is6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0) ||
	    bind(fd, is6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
		 is6 ? sizeof(v6) : sizeof(v4)) < 0 ||
	    listen(fd, SOMAXCONN) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* A NUL would end the text for us before its end: it stays in, as something no name may have. */
static size_t unescape(void *userdata, struct MHD_Connection *c, char *text)
{
	size_t n = MHD_http_unescape(text);

	for (size_t i = 0; i < n; i++)
		text[i] = text[i] ?: '\1';
	return n;
}

static struct MHD_Daemon *start(const struct door *d, int fd, char *certificate, char *key)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, key },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (certificate ? MHD_USE_TLS : 0);

	return MHD_start_daemon(
		flags, 0, NULL, NULL, d->conf.on_request, d->conf.userdata,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, d->conf.on_completed,
		d->conf.userdata, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SEC,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_PER_ADDRESS,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_ARRAY,
		certificate ? tls : none, MHD_OPTION_END);
}

/* Takes connections from FD (taken over) with what the files say now. */
static int add_daemon(struct door *d, int listening, char **ret_error)
{
	_cleanup_free_ char *certificate = NULL, *key = NULL;
	_cleanup_close_ int fd = listening;
	struct epoll_event event = { .events = EPOLLIN };
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *daemon;
	int r = 0;

	if (d->conf.certificate && d->conf.key) {
		r = read_pem(d->conf.certificate, &certificate, ret_error);
		if (r == 0)
			r = read_pem(d->conf.key, &key, ret_error);
	}
	if (r < 0)
		return r;
	daemon = start(d, fd, certificate, key);
	if (key)
		explicit_bzero(key, strlen(key));
	if (!daemon) {
		*ret_error = str_printf("%s, %s: bad certificate or key", d->conf.certificate ?: "",
					d->conf.key ?: "");
		/* It may have been closed already, as one that was given. */
		if (fcntl(fd, F_GETFD) < 0)
			TAKE_FD(fd);
		return -EINVAL;
	}
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || epoll_ctl(d->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0) {
		TAKE_FD(fd);
		MHD_stop_daemon(daemon);
		return -EIO;
	}
	memmove(&d->daemons[1], &d->daemons[0], d->n * sizeof(*d->daemons));
	d->daemons[0] = daemon;
	d->n++;
	d->socket = TAKE_FD(fd);
	return 0;
}

int door_open(const struct door_conf *conf, struct door **ret, char **ret_error)
{
	_cleanup_free_ char *why = NULL;
	struct door *d = calloc(1, sizeof(*d));
	char text[ADDR_TEXT_MAX];
	int r;

	if (!d)
		return -ENOMEM;
	d->conf = *conf;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = d->epoll < 0 ? -errno : listen_at(conf);
	if (r >= 0)
		r = add_daemon(d, r, &why);
	if (r < 0) {
		*ret_error = str_printf("cannot serve at %s port %u: %s",
					addr_format(&conf->addr, false, text), conf->port,
					why ?: strerror(-r));
		door_close(d);
		return r;
	}
	if (conf->certificate && conf->key) {
		(void)filewatch_changed(&d->certificate, conf->certificate, now_ms());
		(void)filewatch_changed(&d->key, conf->key, now_ms());
	}
	*ret = d;
	return 0;
}

void door_close(struct door *d)
{
	if (!d)
		return;
	while (d->n > 0)
		MHD_stop_daemon(d->daemons[--d->n]);
	linger_end(&d->lingers);
	safe_close(d->epoll);
	free(d);
}

/* Those whose connections have all ended. */
static void end_former(struct door *d)
{
	size_t n = 1;

	for (size_t i = 1; i < d->n; i++) {
		const union MHD_DaemonInfo *info =
			MHD_get_daemon_info(d->daemons[i], MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

		if (info && info->num_connections > 0)
			d->daemons[n++] = d->daemons[i];
		else
			MHD_stop_daemon(d->daemons[i]);
	}
	d->n = n;
}

static void renew(struct door *d)
{
	_cleanup_free_ char *error = NULL;
	int fd, r;

	fd = fcntl(d->socket, F_DUPFD_CLOEXEC, 3);
	r = fd < 0 ? -errno : add_daemon(d, fd, &error);
	if (r < 0) {
		log_error("The API keeps its former certificate: %s", error ?: strerror(-r));
		return;
	}
	safe_close(MHD_quiesce_daemon(d->daemons[1]));
	log_notice("%s has changed: the API serves it to who connects from now on",
		   d->conf.certificate);
}

/* They may be written one after the other: each that changes is a reason to try. */
static bool changed(struct door *d)
{
	uint64_t now = now_ms();
	bool certificate, key;

	if (!d->conf.certificate || !d->conf.key)
		return false;
	certificate = filewatch_changed(&d->certificate, d->conf.certificate, now);
	key = filewatch_changed(&d->key, d->conf.key, now);
	return certificate || key;
}

void door_linger(struct door *d, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		linger_add(&d->lingers, d->epoll, info->connect_fd);
}

int door_fd(const struct door *d)
{
	return d->epoll;
}

int door_timeout(struct door *d)
{
	int least = linger_timeout(&d->lingers);

	for (size_t i = 0; i < d->n; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(d->daemons[i], &ms) == MHD_YES &&
		    (least < 0 || ms < (unsigned)least))
			least = ms > 60000 ? 60000 : (int)ms;
	}
	return least;
}

void door_run(struct door *d)
{
	for (size_t i = 0; i < d->n; i++)
		(void)MHD_run(d->daemons[i]);
	linger_run(&d->lingers);
	end_former(d);
	/* With many of them it waits until one has ended: idle connections do. */
	if (d->n <= FORMER_MAX && changed(d))
		renew(d);
}
