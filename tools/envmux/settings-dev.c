/* SPDX-License-Identifier: MIT */
/* settings-dev.c -- what --dev puts in place of a configuration file */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tools/envmux/listen.h"
#include "tools/envmux/settings.h"

extern char **environ;

static int run(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int status = -1, r;
	pid_t pid;

	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (r == 0)
		r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int copy_file(FILE *out, const char *from)
{
	_cleanup_fclose_ FILE *in = fopen(from, "re");
	char buffer[8192];
	size_t n;

	if (!in)
		return -errno;
	while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
		if (fwrite(buffer, 1, n, out) != n)
			return -EIO;
	}
	return ferror(in) ? -EIO : 0;
}

/* The files of the test certificate. */
struct pki {
	char *ca, *ca_key, *crt, *key, *pem;
};

static void pki_done(struct pki *p)
{
	free(p->ca);
	free(p->ca_key);
	free(p->crt);
	free(p->key);
	free(p->pem);
}

static int pki_join(const struct pki *p)
{
	_cleanup_free_ char *temporary = str_printf("%s.new", p->pem);
	_cleanup_fclose_ FILE *out = NULL;
	int r;

	if (!temporary)
		return -ENOMEM;
	out = fopen(temporary, "we");
	if (!out)
		return -errno;
	r = copy_file(out, p->crt) ?: copy_file(out, p->key);
	if (r == 0 && (fflush(out) != 0 || rename(temporary, p->pem) < 0))
		r = -errno;
	return r;
}

/*
 * STATE/ca.crt signs STATE/front.pem for "*.DOMAIN", "DOMAIN" and this machine itself: a client
 * that trusts the former needs no other switch. What is there and good for the domain stays.
 */
static int pki_make(const struct pki *p, const char *domain)
{
	_cleanup_free_ char *names = str_printf(
		"subjectAltName=DNS:*.%s,DNS:%s,DNS:localhost,IP:127.0.0.1", domain, domain);
	_cleanup_free_ char *subject = str_printf("/CN=%s", domain);
	_cleanup_free_ char *host = str_printf("www-1.%s", domain);
	int r;

	if (!names || !subject || !host)
		return -ENOMEM;
	if (access(p->pem, R_OK) == 0 &&
	    run((char *[]){ "openssl", "verify", "-CAfile", p->ca, "-verify_hostname", host,
			    "-verify_ip", "127.0.0.1", p->crt, NULL }) == 0)
		return 0;
	r = run((char *[]){ "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
			    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365", "-subj",
			    "/CN=envmux test CA", "-addext",
			    "keyUsage=critical,keyCertSign,cRLSign", "-keyout", p->ca_key, "-out",
			    p->ca, NULL });
	if (r < 0)
		return r;
	r = run((char *[]){ "openssl",
			    "req",
			    "-x509",
			    "-newkey",
			    "ec",
			    "-pkeyopt",
			    "ec_paramgen_curve:prime256v1",
			    "-nodes",
			    "-days",
			    "364",
			    "-subj",
			    subject,
			    "-addext",
			    names,
			    "-addext",
			    "basicConstraints=critical,CA:FALSE",
			    "-CA",
			    p->ca,
			    "-CAkey",
			    p->ca_key,
			    "-keyout",
			    p->key,
			    "-out",
			    p->crt,
			    NULL });
	return r < 0 ? r : pki_join(p);
}

static int make_certificate(const char *state, const char *domain)
{
	_cleanup_(pki_done) struct pki p = {
		.ca = str_printf("%s/ca.crt", state),
		.ca_key = str_printf("%s/ca.key", state),
		.crt = str_printf("%s/front.crt", state),
		.key = str_printf("%s/front.key", state),
		.pem = str_printf("%s/front.pem", state),
	};
	mode_t mask;
	int r;

	if (!p.ca || !p.ca_key || !p.crt || !p.key || !p.pem)
		return -ENOMEM;
	mask = umask(077);
	r = pki_make(&p, domain);
	umask(mask);
	return r;
}

/* User admin with the password admin. */
static int add_admin(struct auth *auth)
{
	_cleanup_free_ struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash;

	if (!data || !crypt_gensalt_rn("$5$", 1000, NULL, 0, salt, sizeof(salt)))
		return -ENOMEM;
	hash = crypt_r("admin", salt, data);
	return hash ? auth_add_user(auth, "admin", hash, AUTH_ADMIN, true) : -ENOMEM;
}

/* F5's own clients speak to https only: the API may have the front's certificate. */
static int serve_tls(const char *state, struct mux_settings *s)
{
	s->certificate = str_printf("%s/front.crt", state);
	s->key = str_printf("%s/front.key", state);
	return s->certificate && s->key ? 0 : -ENOMEM;
}

static int check_options(const char *api, const char *front, const char *base_domain,
			 char **ret_error)
{
	struct addr a;
	unsigned port;

	if (listen_parse(api, &a, &port) < 0)
		*ret_error = str_printf("--api %s: expected ADDRESS:PORT", api);
	else if (listen_parse(front, &a, &port) < 0)
		*ret_error = str_printf("--front %s: expected ADDRESS:PORT", front);
	else if (!settings_domain_valid(base_domain))
		*ret_error = str_printf("--base-domain %s: expected a domain name", base_domain);
	else
		return 0;
	return -EINVAL;
}

int settings_dev(const char *state, const char *api, const char *front, const char *base_domain,
		 struct auth *auth, struct mux_settings *ret, char **ret_error)
{
	struct mux_settings s = { .slots = 256, .connections = 10000, .spawn = true };
	bool tls = strncmp(api, "https://", 8) == 0;
	int r;

	api += tls ? 8 : 0;
	r = check_options(api, front, base_domain, ret_error);
	if (r < 0)
		return r;
	if (mkdir(state, 0700) < 0 && errno != EEXIST) {
		r = -errno;
		*ret_error = str_printf("%s: %s", state, strerror(-r));
		return r;
	}
	r = make_certificate(state, base_domain);
	if (r < 0) {
		*ret_error = str_printf("cannot make a test certificate in %s: is openssl "
					"installed? (%s)",
					state, strerror(-r));
		return r;
	}
	r = add_admin(auth);
	if (r == 0 && tls)
		r = serve_tls(state, &s);
	s.api = strdup(api);
	s.state_dir = strdup(state);
	s.program = strdup("/usr/sbin/haproxy");
	s.front_certificate = str_printf("%s/front.pem", state);
	if (r == 0)
		r = strv_add(&s.front, front) ?: strv_add(&s.base_domains, base_domain);
	if (r == 0 && (!s.api || !s.state_dir || !s.program || !s.front_certificate))
		r = -ENOMEM;
	if (r < 0) {
		mux_settings_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}
