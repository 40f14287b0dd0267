/* SPDX-License-Identifier: MIT */
/* main.c -- skysim: the platform's metadata service and REST API, out of a file */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "agent/base/log.h"
#include "tools/skysim/server.h"

enum { USAGE = 2 };

static const char help[] =
	"Usage: skysim [--listen ADDR:PORT]... --world FILE [--user NAME --token-file FILE]\n"
	"\n"
	"Answers the VM metadata service (GET /skytap) and the REST API's reads out of one file.\n"
	"\n"
	"  --listen ADDR:PORT   serve there; repeatable; default 127.0.0.1:8080; port 0: any\n"
	"  --world FILE         the world; read again on SIGHUP\n"
	"  --user NAME          the REST API's user; without it every REST request gives 401\n"
	"  --token TOKEN        that user's token, for tests: other users of the machine see it\n"
	"  --token-file FILE    the same from a file's first line\n"
	"  --help, --version\n"
	"\n"
	"Prints \"ready URL...\" once it serves. The format of the world and the knobs under\n"
	"/_skysim/ are described in tools/skysim/README.md.\n";

struct options {
	char **listen;
	const char *world;
};

static const struct option longs[] = {
	{ "listen", required_argument, NULL, 'l' },	{ "world", required_argument, NULL, 'w' },
	{ "user", required_argument, NULL, 'u' },	{ "token", required_argument, NULL, 't' },
	{ "token-file", required_argument, NULL, 'f' }, { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },		{},
};

static int set_string(char **place, const char *value)
{
	free(*place);
	*place = strdup(value);
	return *place ? 0 : -ENOMEM;
}

/* 1: go on; 0: all is said; -errno. */
static int parse_options(int argc, char **argv, struct options *o, struct auth *auth)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		r = 0;
		switch (c) {
		case 'l':
			r = strv_add(&o->listen, optarg);
			break;
		case 'w':
			o->world = optarg;
			break;
		case 'u':
			r = set_string(&auth->user, optarg);
			break;
		case 't':
			r = set_string(&auth->token, optarg);
			break;
		case 'f':
			r = auth_read_token(auth, optarg);
			if (r < 0)
				return log_error_errno(r, "Cannot read a token from %s: %m",
						       optarg);
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("skysim " VERSION);
			return 0;
		default:
			return -EINVAL;
		}
		if (r < 0)
			return log_error_errno(r, "%m");
	}
	if (optind < argc || !o->world) {
		log_error("%s; try skysim --help",
			  o->world ? "Unexpected argument" : "--world FILE is required");
		return -EINVAL;
	}
	if (!auth->user != !auth->token) {
		log_error("--user and a token go together");
		return -EINVAL;
	}
	return o->listen ? 1 : strv_add(&o->listen, "127.0.0.1:8080") ?: 1;
}

static int serve(struct sim *sim, const struct options *o)
{
	_cleanup_(server_freep) struct server *server = NULL;
	_cleanup_free_ char *why = NULL;
	int r;

	r = world_load(o->world, &sim->world, &why);
	if (r >= 0)
		r = server_new(sim, o->world, o->listen, &server, &why);
	if (r < 0) {
		log_error("%s", why ?: strerror(-r));
		return r;
	}

	fputs("ready", stdout);
	for (size_t i = 0; server_url(server, i); i++)
		printf(" %s", server_url(server, i));
	putchar('\n');
	fflush(stdout);
	return server_run(server);
}

int main(int argc, char **argv)
{
	struct options o = {};
	struct sim sim = {};
	int r;

	log_set_name("skysim");
	r = parse_options(argc, argv, &o, &sim.auth);
	if (r > 0)
		r = serve(&sim, &o) < 0 ? 1 : 0;
	else if (r < 0)
		r = USAGE;
	strv_free(o.listen);
	sim_done(&sim);
	return r;
}
