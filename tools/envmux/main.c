/* SPDX-License-Identifier: MIT */
/* main.c -- envmux: options, the loop of API and driver, an orderly end */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/base/log.h"
#include "tools/envmux/listen.h"
#include "tools/envmux/server.h"
#include "tools/envmux/settings.h"
#include "tools/envmux/web.h"

#define LOOP_MS 1000

static const char usage[] =
	"envmux: one address for each environment: HAProxy behind the REST API of a BIG-IP\n"
	"\n"
	"  envmux --config FILE\n"
	"  envmux check-state DIR\n"
	"  envmux --dev --api ADDRESS:PORT --front ADDRESS:PORT --state DIR\n"
	"\n"
	"  check-state DIR    read what is kept in DIR, and say whether it is whole\n"
	"  --config FILE      serve as FILE says, see envmux.conf(5)\n"
	"  --check            only check FILE\n"
	"  --dev              in the foreground, without root: its own HAProxy, its own test\n"
	"                     certificate (DIR/ca.crt is to be trusted), user admin with the\n"
	"                     password admin, from loopback only\n"
	"  --api, --front     where the API and the environments are served; the API is plain "
	"HTTP,\n"
	"                     or TLS with the test certificate if written https://ADDRESS:PORT\n"
	"  --state DIR        what is kept on disk\n"
	"  --base-domain NAME of the environments' names (test-envs.example.internal)\n"
	"  --verbose          a line for each request of the API\n"
	"  --version, --help\n";

struct options {
	const char *config, *api, *front, *state, *base_domain;
	bool dev, check;
};

struct mux {
	struct mux_settings settings;
	struct auth *auth;
	struct store *store;
	struct driver *driver;
	struct bridge *bridge;
	struct snapshot *snapshot;
	struct api *api;
	struct server *server;
	struct web *web;
};

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "dev", no_argument, NULL, 'd' },
		{ "api", required_argument, NULL, 'a' },
		{ "front", required_argument, NULL, 'f' },
		{ "state", required_argument, NULL, 's' },
		{ "base-domain", required_argument, NULL, 'b' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'd':
			o->dev = true;
			break;
		case 'a':
			o->api = optarg;
			break;
		case 'f':
			o->front = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'b':
			o->base_domain = optarg;
			break;
		case 'v':
			log_set_level(LOG_DEBUG);
			break;
		case 'V':
			puts("envmux " VERSION);
			return 1;
		case 'h':
			fputs(usage, stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (optind < argc || o->dev == !!o->config ||
	    (o->dev && (!o->api || !o->front || !o->state))) {
		log_error("give --config FILE, check-state DIR, or --dev with --api, --front and "
			  "--state; see --help");
		return -EINVAL;
	}
	return 0;
}

static int start_server(struct mux *m, char **ret_error)
{
	struct server_conf conf = {};

	if (listen_parse(m->settings.api, &conf.addr, &conf.port) < 0) {
		*ret_error = str_printf("%s: expected ADDRESS:PORT", m->settings.api);
		return -EINVAL;
	}
	if (m->settings.certificate && m->settings.key) {
		conf.certificate = m->settings.certificate;
		conf.key = m->settings.key;
	}
	return server_new(&conf, m->api, &m->server, ret_error);
}

static void warn_of_domains(const struct mux_settings *s)
{
	for (size_t i = 0; s->base_domains && s->base_domains[i]; i++) {
		if (strchr(s->base_domains[i], '_'))
			log_warning("%s has an underscore: public authorities give no certificate "
				    "for it, and OpenSSL's own check accepts none; a dash would do",
				    s->base_domains[i]);
	}
}

static int start_web(struct mux *m, char **ret_error)
{
	_cleanup_free_ char *path = driver_pages(m->driver);
	const struct web_conf conf = {
		.path = path,
		.base_domains = m->settings.base_domains,
		.snapshot = m->snapshot,
	};
	int r = path ? web_new(&conf, m->store, m->bridge, &m->web) : -ENOMEM;

	if (r < 0)
		*ret_error = str_printf("%s: %s", path ?: "pages.sock", strerror(-r));
	return r;
}

static int start(struct mux *m, char **ret_error)
{
	const struct driver_conf driver = {
		.state_dir = m->settings.state_dir,
		.socket_dir = m->settings.socket_dir,
		.front = m->settings.front,
		.plain = m->settings.plain,
		.base_domains = m->settings.base_domains,
		.certificate = m->settings.front_certificate,
		.pages = true,
		.slots = m->settings.slots,
		.connections = m->settings.connections,
		.spawn = m->settings.spawn,
		.haproxy = m->settings.program,
	};
	size_t cut = 0;
	int r;

	r = store_open(m->settings.state_dir, &m->store, &cut);
	if (r < 0) {
		*ret_error = str_printf("%s/journal: %s", m->settings.state_dir,
					r == -EBUSY	? "another envmux has it open"
					: r == -EBADMSG ? "damaged in the middle; keep a copy and "
							  "restore it from a backup"
							: strerror(-r));
		return r;
	}
	if (cut > 0)
		log_warning("%s/journal: cut %zu bytes of a change that was never acknowledged",
			    m->settings.state_dir, cut);
	r = driver_open(&driver, &m->driver, ret_error);
	if (r == 0)
		r = bridge_new(m->store, m->driver, &m->bridge);
	if (r == 0)
		r = snapshot_new(&m->snapshot);
	if (r == 0)
		r = start_web(m, ret_error);
	if (r == 0)
		r = bridge_start(m->bridge, ret_error);
	if (r == 0)
		r = api_new(m->store, m->auth, m->bridge, &m->api);
	if (r < 0)
		return r;
	api_set_snapshot(m->api, m->snapshot);
	return start_server(m, ret_error);
}

static void stop(struct mux *m)
{
	server_free(m->server);
	web_free(m->web);
	api_free(m->api);
	snapshot_free(m->snapshot);
	bridge_free(m->bridge);
	driver_free(m->driver);
	store_free(m->store);
	auth_free(m->auth);
	mux_settings_done(&m->settings);
}

static int least(int a, int b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static int loop(struct mux *m, int signal_fd)
{
	for (;;) {
		struct pollfd fds[] = { { server_fd(m->server), POLLIN, 0 },
					{ signal_fd, POLLIN, 0 },
					{ web_fd(m->web), POLLIN, 0 },
					{ snapshot_fd(m->snapshot), POLLIN, 0 } };
		int ms = least(LOOP_MS, least(server_timeout(m->server), driver_poll(m->driver)));

		ms = least(ms, web_timeout(m->web));

		if (poll(fds, ARRAY_SIZE(fds), ms) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			return 0;
		if (snapshot_run(m->snapshot)) {
			server_again(m->server);
			web_again(m->web);
		}
		server_run(m->server);
		web_run(m->web);
		api_tick(m->api);
		/* What there was no memory for. */
		(void)bridge_flush(m->bridge);
		store_tidy(m->store);
	}
}

/* For the service manager, if there is one that waits for it: sd_notify(3). */
static void tell_ready(void)
{
	static const char text[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;
	size_t n = path ? strlen(path) : 0;

	if (n < 2 || n >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, n);
	if (*path == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&sa,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_warning_errno(-errno, "Cannot tell the service manager that we are ready: %m");
}

static void announce(const struct mux *m)
{
	printf("ready api=%s://%s/ front=https://%s/\n", m->settings.certificate ? "https" : "http",
	       m->settings.api, m->settings.front[0]);
	fflush(stdout);
	tell_ready();
}

static int check_state(const char *dir)
{
	_cleanup_free_ char *text = NULL;
	int r = store_check(dir, &text);

	if (r < 0)
		log_error("%s", text ?: strerror(-r));
	else
		puts(text);
	return r < 0 ? 1 : 0;
}

/* SIGTERM and SIGINT end the loop; a client that is gone ends no one. */
static int block_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int main(int argc, char **argv)
{
	struct options o = { .base_domain = "test-envs.example.internal" };
	_cleanup_free_ char *error = NULL;
	struct mux m = {};
	int r, signal_fd;

	log_set_name("envmux");
	if (argc == 3 && !strcmp(argv[1], "check-state"))
		return check_state(argv[2]);
	r = parse_options(argc, argv, &o);
	if (r != 0)
		return r < 0 ? 2 : 0;
	signal_fd = block_signals();
	r = signal_fd < 0 ? signal_fd : auth_new(&m.auth);
	if (r == 0)
		r = o.dev ? settings_dev(o.state, o.api, o.front, o.base_domain, m.auth,
					 &m.settings, &error)
			  : settings_read(o.config, m.auth, &m.settings, &error);
	if (r == 0)
		warn_of_domains(&m.settings);
	if (r == 0 && !o.check)
		r = start(&m, &error);
	if (r < 0) {
		log_error("%s", error ?: strerror(-r));
	} else if (!o.check) {
		announce(&m);
		r = loop(&m, signal_fd);
	}
	stop(&m);
	return r < 0 ? 1 : 0;
}
