/* SPDX-License-Identifier: MIT */
/* settings.c -- envmux' configuration file */
#include <errno.h>
#include <string.h>

#include "tools/envmux/listen.h"
#include "tools/envmux/settings.h"

#define FILE_MAX (256u * 1024)

static const struct conf_item api_items[] = {
	{ "Listen", CONF_STRING, offsetof(struct mux_settings, api), "127.0.0.1:8443" },
	{ "Certificate", CONF_PATH, offsetof(struct mux_settings, certificate) },
	{ "Key", CONF_PATH, offsetof(struct mux_settings, key) },
	{},
};
static const struct conf_item front_items[] = {
	{ "Listen", CONF_LIST, offsetof(struct mux_settings, front), "0.0.0.0:443" },
	{ "Plain", CONF_LIST, offsetof(struct mux_settings, plain), "0.0.0.0:80" },
	{ "BaseDomain", CONF_LIST, offsetof(struct mux_settings, base_domains) },
	{ "Certificate", CONF_PATH, offsetof(struct mux_settings, front_certificate),
	  "/etc/envmux/certificate.pem" },
	{},
};
static const struct conf_item store_items[] = {
	{ "Dir", CONF_PATH, offsetof(struct mux_settings, state_dir), "/var/lib/envmux" },
	{},
};
static const struct conf_item haproxy_items[] = {
	{ "SocketDir", CONF_PATH, offsetof(struct mux_settings, socket_dir),
	  "/run/envmux-haproxy" },
	{ "Slots", CONF_UINT, offsetof(struct mux_settings, slots), "1024" },
	{ "MaxConnections", CONF_UINT, offsetof(struct mux_settings, connections), "10000" },
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
	free(s->program);
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

/* "no" alone is no address at all; an empty value stands for the default. */
static char **wanted(char **list)
{
	if (!list || strv_len(list) != 1 || strcmp(list[0], "no") != 0)
		return list;
	strv_free(list);
	return NULL;
}

/* Each unnamed section fills its own members of one struct. */
static int take_sections(const struct conf *conf, struct mux_settings *s)
{
	struct mux_settings api = {}, front = {}, store = {}, haproxy = {};
	int r;

	r = conf_get(conf, &sections[0], NULL, &api);
	if (r == 0)
		r = conf_get(conf, &sections[1], NULL, &front);
	if (r == 0)
		r = conf_get(conf, &sections[2], NULL, &store);
	if (r == 0)
		r = conf_get(conf, &sections[3], NULL, &haproxy);
	*s = (struct mux_settings){
		.api = api.api,
		.certificate = api.certificate,
		.key = api.key,
		.front = front.front,
		.plain = wanted(front.plain),
		.base_domains = front.base_domains,
		.front_certificate = front.front_certificate,
		.state_dir = store.state_dir,
		.socket_dir = haproxy.socket_dir,
		.slots = haproxy.slots,
		.connections = haproxy.connections,
	};
	return r;
}

/* FILE:LINE:COLUMN of KEY, or the file alone. */
static const char *where(const struct conf *conf, const char *path, const char *section,
			 const char *key)
{
	return conf_origin(conf, section, NULL, key) ?: path;
}

static int check_listen(const char *at, const char *key, const char *text, char **ret_error)
{
	struct addr a;
	unsigned port;

	if (listen_parse(text, &a, &port) == 0)
		return 0;
	*ret_error = str_printf("%s: %s=%s: expected ADDRESS:PORT, such as 0.0.0.0:443 or "
				"[::]:443",
				at, key, text);
	return -EINVAL;
}

static int check_lists(const struct conf *conf, const char *path, const struct mux_settings *s,
		       char **ret_error)
{
	char *const *lists[] = { s->front, s->plain };
	static const char *const keys[] = { "Listen", "Plain" };
	int r = check_listen(where(conf, path, "Api", "Listen"), "Listen", s->api, ret_error);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *at = where(conf, path, "Front", keys[i]);

		for (size_t k = 0; r == 0 && lists[i] && lists[i][k]; k++)
			r = check_listen(at, keys[i], lists[i][k], ret_error);
	}
	return r;
}

/* An underscore is no good idea, and warned of; platforms have such names all the same. */
bool settings_domain_valid(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);

	for (char *p = copy; p && *p; p++)
		*p = *p == '_' ? 'x' : *p;
	return copy && domain_valid(copy);
}

static int check_domains(const char *at, char *const *domains, char **ret_error)
{
	for (size_t i = 0; domains && domains[i]; i++) {
		if (settings_domain_valid(domains[i]))
			continue;
		*ret_error = str_printf("%s: '%s' is no value for BaseDomain=; expected domains, "
					"separated by blanks",
					at, domains[i]);
		return -EINVAL;
	}
	return 0;
}

/* What no single value shows. */
static int check_settings(const struct conf *conf, const char *path, const struct mux_settings *s,
			  char **ret_error)
{
	int r = check_lists(conf, path, s, ret_error);

	if (r == 0)
		r = check_domains(where(conf, path, "Front", "BaseDomain"), s->base_domains,
				  ret_error);
	if (r < 0)
		return r;
	if (!s->base_domains || !s->base_domains[0])
		*ret_error = str_printf("%s: [Front] BaseDomain= is missing: the domain under "
					"which environments are reached, such as "
					"test-envs.example.internal",
					path);
	else if (!s->front || !s->front[0])
		*ret_error = str_printf("%s: [Front] Listen= is empty: nobody could reach an "
					"environment",
					where(conf, path, "Front", "Listen"));
	else if (!s->certificate != !s->key)
		*ret_error = str_printf("%s: [Api] Certificate= and Key= belong together; give "
					"both or none",
					where(conf, path, "Api", s->key ? "Key" : "Certificate"));
	else if (s->slots < 16 || s->slots > 100000)
		*ret_error = str_printf("%s: [Haproxy] Slots=%u: expected 16 to 100000",
					where(conf, path, "Haproxy", "Slots"), s->slots);
	else if (s->connections < 100 || s->connections > 1000000)
		*ret_error =
			str_printf("%s: [Haproxy] MaxConnections=%u: expected 100 to 1000000",
				   where(conf, path, "Haproxy", "MaxConnections"), s->connections);
	else
		return 0;
	return *ret_error ? -EINVAL : -ENOMEM;
}

static int take_user(const char *at, const char *name, const struct user_conf *u, struct auth *auth,
		     char **ret_error)
{
	static const char advice[] = "a crypt(5) hash: make one with \"openssl passwd -6\"";
	int r = 0;

	if (u->hash)
		r = auth_add_user(auth, name, u->hash, u->role == 0 ? AUTH_ADMIN : AUTH_REGISTRAR,
				  u->loopback_only);
	if (!u->hash)
		*ret_error = str_printf("%s: [User %s] needs Hash=, %s", at, name, advice);
	else if (r == -EINVAL)
		*ret_error = str_printf("%s: [User %s] Hash= is not %s", at, name, advice);
	else if (r == -E2BIG)
		*ret_error = str_printf("%s: [User %s] is one too many", at, name);
	return u->hash ? r : -EINVAL;
}

static int take_users(const char *path, const struct conf *conf, struct auth *auth,
		      char **ret_error)
{
	char *const *names = conf_instances(conf, "User");
	int r = 0;

	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		struct user_conf u = {};

		r = conf_get(conf, &sections[4], names[i], &u);
		if (r == 0)
			r = take_user(conf_origin(conf, "User", names[i], NULL) ?: path, names[i],
				      &u, auth, ret_error);
		conf_done(user_items, &u);
	}
	return r;
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
	if (r == 0)
		r = check_settings(conf, path, &s, ret_error);
	if (r == 0)
		r = take_users(path, conf, auth, ret_error);
	if (r < 0) {
		mux_settings_done(&s);
		return r;
	}
	*ret = s;
	return 0;
}
