/* SPDX-License-Identifier: MIT */
/* settings.c -- envmux' configuration file, and what --dev puts in its place */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tools/envmux/settings.h"

#define FILE_MAX (256u * 1024)

extern char **environ;

static const struct conf_item api_items[] = {
	{ "Listen", CONF_STRING, offsetof(struct mux_settings, api), "127.0.0.1:8443" },
	{ "Certificate", CONF_PATH, offsetof(struct mux_settings, certificate) },
	{ "Key", CONF_PATH, offsetof(struct mux_settings, key) },
	{},
};
static const struct conf_item front_items[] = {
	{ "Listen", CONF_LIST, offsetof(struct mux_settings, front), "0.0.0.0:443" },
	{ "Plain", CONF_LIST, offsetof(struct mux_settings, plain), "0.0.0.0:80" },
	{ "BaseDomain", CONF_NAMES, offsetof(struct mux_settings, base_domains) },
	{ "Certificate", CONF_PATH, offsetof(struct mux_settings, front_certificate),
	  "/etc/envmux/certificate.pem" },
	{},
};
static const struct conf_item store_items[] = {
	{ "Dir", CONF_PATH, offsetof(struct mux_settings, state_dir), "/var/lib/envmux" },
	{},
};
static const struct conf_item haproxy_items[] = {
	{ "Program", CONF_PATH, offsetof(struct mux_settings, program), "/usr/sbin/haproxy" },
	{ "Slots", CONF_UINT, offsetof(struct mux_settings, slots), "1024" },
	{ "Spawn", CONF_BOOL, offsetof(struct mux_settings, spawn), "no" },
	{},
};

struct user_conf {
	char *hash;
	int role;
	bool loopback_only;
};
static const char *const roles[] = { "admin", "registrar", NULL };
static const struct conf_item user_items[] = {
	{ "Hash", CONF_STRING, offsetof(struct user_conf, hash) },
	{ "Role", CONF_ENUM, offsetof(struct user_conf, role), "registrar", roles },
	{ "LoopbackOnly", CONF_BOOL, offsetof(struct user_conf, loopback_only), "no" },
	{},
};

static const struct conf_section sections[] = {
	{ "Api", false, api_items, sizeof(struct mux_settings) },
	{ "Front", false, front_items, sizeof(struct mux_settings) },
	{ "Store", false, store_items, sizeof(struct mux_settings) },
	{ "Haproxy", false, haproxy_items, sizeof(struct mux_settings) },
	{ "User", true, user_items, sizeof(struct user_conf) },
	{},
};
static const struct conf_section *const tables[] = { sections, NULL };

void mux_settings_done(struct mux_settings *s)
{
	for (size_t i = 0; i < 4; i++)
		conf_done(sections[i].items, s);
	*s = (struct mux_settings){};
}

static int read_text(const char *path, char **ret, char **ret_error)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *text = NULL;
	size_t n;

	if (!f) {
		int r = -errno;

		*ret_error = str_printf("%s: %s", path, strerror(errno));
		return r;
	}
	text = malloc(FILE_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = fread(text, 1, FILE_MAX, f);
	text[n] = '\0';
	if (ferror(f) || !feof(f)) {
		*ret_error = str_printf("%s: cannot be read, or is over 256 KiB", path);
		return -EFBIG;
	}
	*ret = TAKE_PTR(text);
	return 0;
}

/* Each unnamed section fills its own members of one struct. */
static int take_sections(const struct conf *conf, struct mux_settings *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < 4; i++) {
		struct mux_settings part = {};

		r = conf_get(conf, &sections[i], NULL, &part);
		if (r < 0)
			return r;
		if (i == 0) {
			s->api = part.api;
			s->certificate = part.certificate;
			s->key = part.key;
		} else if (i == 1) {
			s->front = part.front;
			s->plain = part.plain;
			s->base_domains = part.base_domains;
			s->front_certificate = part.front_certificate;
		} else if (i == 2) {
			s->state_dir = part.state_dir;
		} else {
			s->program = part.program;
			s->slots = part.slots;
			s->spawn = part.spawn;
		}
	}
	return r;
}

static int take_users(const char *path, const struct conf *conf, struct auth *auth,
		      char **ret_error)
{
	char *const *names = conf_instances(conf, "User");
	int r;

	for (size_t i = 0; names && names[i]; i++) {
		struct user_conf u = {};

		r = conf_get(conf, &sections[4], names[i], &u);
		if (r == 0 && !u.hash) {
			*ret_error = str_printf("%s: [User %s] needs Hash=, a crypt(5) hash: make "
						"one with \"openssl passwd -6\"",
						path, names[i]);
			r = -EINVAL;
		}
		if (r == 0)
			r = auth_add_user(auth, names[i], u.hash,
					  u.role == 0 ? AUTH_ADMIN : AUTH_REGISTRAR,
					  u.loopback_only);
		conf_done(user_items, &u);
		if (r < 0)
			return r;
	}
	return 0;
}

int settings_read(const char *path, struct auth *auth, struct mux_settings *ret, char **ret_error)
{
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_free_ char *text = NULL;
	struct mux_settings s = {};
	int r;

	r = read_text(path, &text, ret_error);
	if (r == 0)
		r = conf_load_text(path, text, tables, false, &conf, ret_error);
	if (r == 0)
		r = take_sections(conf, &s);
	if (r == 0 && !s.base_domains) {
		*ret_error =
			str_printf("%s: [Front] BaseDomain= is missing: the domain under which "
				   "environments are reached, such as "
				   "test-envs.example.internal",
				   path);
		r = -EINVAL;
	}
	if (r == 0)
		r = take_users(path, conf, auth, ret_error);
	if (r < 0) {
		mux_settings_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}

/* ---- --dev ---- */

static int run(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int status = -1, r;
	pid_t pid;

	r = posix_spawn_file_actions_init(&actions);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
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

static int append_file(const char *to, const char *from)
{
	_cleanup_fclose_ FILE *in = fopen(from, "re"), *out = fopen(to, "ae");
	char buffer[8192];
	size_t n;

	if (!in || !out)
		return -errno;
	while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
		if (fwrite(buffer, 1, n, out) != n)
			return -EIO;
	}
	return fflush(out) == 0 ? 0 : -errno;
}

/*
 * STATE/ca.crt signs STATE/front.pem for "*.DOMAIN" and "DOMAIN": a client that trusts the former
 * needs no other switch.
 */
static int make_certificate(const char *state, const char *domain)
{
	_cleanup_free_ char *ca = str_printf("%s/ca.crt", state);
	_cleanup_free_ char *ca_key = str_printf("%s/ca.key", state);
	_cleanup_free_ char *key = str_printf("%s/front.key", state);
	_cleanup_free_ char *crt = str_printf("%s/front.crt", state);
	_cleanup_free_ char *pem = str_printf("%s/front.pem", state);
	_cleanup_free_ char *names = str_printf("subjectAltName=DNS:*.%s,DNS:%s", domain, domain);
	_cleanup_free_ char *subject = str_printf("/CN=%s", domain);
	int r;

	if (!ca || !ca_key || !key || !crt || !pem || !names || !subject)
		return -ENOMEM;
	if (access(pem, R_OK) == 0 && access(ca, R_OK) == 0)
		return 0;
	(void)unlink(pem);
	r = run((char *[]){ "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
			    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
			    "/CN=envmux test CA", "-addext",
			    "keyUsage=critical,keyCertSign,cRLSign", "-keyout", ca_key, "-out", ca,
			    NULL });
	if (r == 0)
		r = run((char *[]){ "openssl",
				    "req",
				    "-x509",
				    "-newkey",
				    "ec",
				    "-pkeyopt",
				    "ec_paramgen_curve:prime256v1",
				    "-nodes",
				    "-days",
				    "30",
				    "-subj",
				    subject,
				    "-addext",
				    names,
				    "-addext",
				    "basicConstraints=critical,CA:FALSE",
				    "-CA",
				    ca,
				    "-CAkey",
				    ca_key,
				    "-keyout",
				    key,
				    "-out",
				    crt,
				    NULL });
	if (r == 0)
		r = append_file(pem, crt);
	if (r == 0)
		r = append_file(pem, key);
	if (r == 0 && chmod(pem, 0600) < 0)
		r = -errno;
	return r;
}

int settings_dev(const char *state, const char *api, const char *front, const char *base_domain,
		 struct auth *auth, struct mux_settings *ret, char **ret_error)
{
	_cleanup_free_ struct crypt_data *data = calloc(1, sizeof(*data));
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct mux_settings s = { .slots = 256, .spawn = true };
	const char *hash;
	int r;

	if (mkdir(state, 0700) < 0 && errno != EEXIST) {
		*ret_error = str_printf("%s: %s", state, strerror(errno));
		return -EACCES;
	}
	r = make_certificate(state, base_domain);
	if (r < 0) {
		*ret_error = str_printf("cannot make a test certificate in %s: is openssl "
					"installed? (%s)",
					state, strerror(-r));
		return r;
	}
	hash = data && crypt_gensalt_rn("$5$", 1000, NULL, 0, salt, sizeof(salt))
		       ? crypt_r("admin", salt, data)
		       : NULL;
	r = hash ? auth_add_user(auth, "admin", hash, AUTH_ADMIN, true) : -ENOMEM;
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
