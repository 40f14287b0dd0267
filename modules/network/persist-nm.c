/* SPDX-License-Identifier: MIT */
/* persist-nm.c -- keyfiles of NetworkManager: nm-settings-keyfile(5) */
#include <errno.h>
#include <string.h>

#include "modules/network/ifupdown.h"
#include "modules/network/persist.h"

#define UNIT "NetworkManager.service"
#define RUN "/run/NetworkManager/system-connections"
#define ETC "/etc/NetworkManager/system-connections"
#define DEVICES "/run/NetworkManager/devices" /* by the link's number; written as it changes */
#define UUID_LINE "\nconnection-uuid="
#define UUID_LEN 36
#define MAC_LINE "\nmac-address="
#define MAC_LEN 17
#define NAME_LINE "\ninterface-name="

/* Debian's does not touch what ifupdown has a stanza for: NetworkManager.conf(5), [ifupdown]. */
static bool left_to_ifupdown(struct sys *sys, const struct ifaces *want)
{
	_cleanup_strv_ char **files = NULL;
	bool own, named = false;

	if (ifupdown_files(sys, "/", &files, &own) < 0)
		return false;
	for (char **f = files; f && *f && !named; f++) {
		_cleanup_free_ char *text = NULL;

		named = sys_read(sys, *f, &text, NULL) >= 0 && ifupdown_names(text, want);
	}
	return named;
}

static int nm_probe(struct sys *sys, const struct ifaces *want)
{
	if ((!sys_exists(sys, "/run/NetworkManager") || !sys_unit_runs(sys, UNIT)) &&
	    !sys_unit_enabled(sys, UNIT))
		return 0;
	return !sys_exists(sys, "/sbin/ifup") || !left_to_ifupdown(sys, want);
}

/* The same name, the same UUID (RFC 4122 4.3, of SHA-256): a profile is known by it. */
static int own_uuid(const char *ifname, char ret[UUID_LEN + 1])
{
	_cleanup_free_ char *name = str_printf("envagent %s", ifname);
	char h[65];

	if (!name)
		return -ENOMEM;
	sys_sha256(name, strlen(name), h);
	snprintf(ret, UUID_LEN + 1, "%.8s-%.4s-5%.3s-a%.3s-%.12s", h, h + 8, h + 13, h + 17,
		 h + 20);
	return 0;
}

/* The profile with UUID as it is read, owned: one below /run before others. NULL if none has it. */
static char *profile_text(struct sys *sys, const char *uuid)
{
	static const char *const dirs[] = { RUN, ETC };
	_cleanup_free_ char *line = str_printf("\nuuid=%s\n", uuid), *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && line && !found; i++) {
		_cleanup_strv_ char **names = NULL;

		if (sys_list(sys, dirs[i], &names) < 0)
			continue;
		for (char **s = names; s && *s && !found; s++) {
			_cleanup_free_ char *path = str_printf("%s/%s", dirs[i], *s), *text = NULL;

			if (path && sys_read(sys, path, &text, NULL) >= 0 && strstr(text, line))
				found = TAKE_PTR(text);
		}
	}
	return TAKE_PTR(found);
}

/* What it is for cannot be changed while it is in force. */
static void take_identity(const char *text, struct iface *wi)
{
	const char *mac = strstr(text, MAC_LINE);

	mac = mac ? mac + strlen(MAC_LINE) : "";
	if (strspn(mac, "0123456789abcdefABCDEF:") != MAC_LEN || mac[MAC_LEN] != '\n')
		return;
	memcpy(wi->profile.mac, mac, MAC_LEN);
	wi->profile.is_unnamed = !strstr(text, NAME_LINE);
}

/*
 * A file below /run is read in place of another with its UUID. So ours takes the place of the
 * profile in force, and can be applied without bringing the device down: door-nm.c. One that
 * NetworkManager made up of what others had set stands for nothing.
 */
static void look_at(struct sys *sys, const char *uuid, struct iface *wi)
{
	_cleanup_free_ char *text = profile_text(sys, uuid);
	char own[UUID_LEN + 1];

	if (own_uuid(wi->link->name, own) < 0 || !strcmp(uuid, own) ||
	    (text && strstr(text, "\nexternal=true\n")))
		return;
	strcpy(wi->profile.uuid, uuid);
	if (text)
		take_identity(text, wi);
}

static void nm_look(struct sys *sys, struct ifaces *want)
{
	for (struct iface *wi = want->list; wi < want->list + want->n; wi++) {
		_cleanup_free_ char *path = str_printf(DEVICES "/%d", wi->link->index);
		_cleanup_free_ char *text = NULL;
		char uuid[UUID_LEN + 1] = "";
		const char *line;

		if (!path || sys_read(sys, path, &text, NULL) < 0)
			continue;
		line = strstr(text, UUID_LINE);
		line = line ? line + strlen(UUID_LINE) : "";
		if (strspn(line, "0123456789abcdef-") != UUID_LEN || line[UUID_LEN] != '\n')
			continue;
		memcpy(uuid, line, UUID_LEN);
		look_at(sys, uuid, wi);
	}
}

static void add_route(const struct sys_route *t, unsigned k, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	buf_addf(out, "route%u=%s", k, addr_format(&t->dst, true, text));
	if (t->gateway.family)
		buf_addf(out, ",%s", addr_format(&t->gateway, false, text));
	else
		buf_addf(out, ",%s", t->dst.family == AF_INET6 ? "::" : "0.0.0.0");
	buf_addf(out, ",%u\n", t->metric);
}

/*
 * route-metric= is for what routers announce, too: as a route among the others ours has a metric of
 * its own, and theirs stays behind it.
 */
static void add_routes(const struct iface *wi, int family, struct buf *out)
{
	const struct sys_route *gateway = persist_gateway(wi, family);
	char text[ADDR_TEXT_MAX];
	unsigned k = 0;

	if (gateway && family == AF_INET6)
		add_route(gateway, ++k, out);
	else if (gateway)
		buf_addf(out, "gateway=%s\nroute-metric=%u\n",
			 addr_format(&gateway->gateway, false, text), gateway->metric);
	for (size_t i = 0; i < wi->n_routes; i++)
		if (wi->routes[i].dst.family == family)
			add_route(&wi->routes[i], ++k, out);
}

/*
 * Of IPv6 only the addresses are ours: what routers announce is taken as before, whenever one
 * comes.
 */
static void add_family(const struct iface *wi, int family, struct buf *out)
{
	bool inet6 = family == AF_INET6;
	char text[ADDR_TEXT_MAX];
	unsigned k = 0;

	buf_addf(out, "\n[%s]\nmethod=%s\n", inet6 ? "ipv6" : "ipv4",
		 inet6 || !persist_has(wi, family) ? "auto" : "manual");
	if (!persist_has(wi, family))
		return;
	for (size_t i = 0; i < wi->n_addrs; i++)
		if (wi->addrs[i].family == family)
			buf_addf(out, "address%u=%s\n", ++k,
				 addr_format(&wi->addrs[i], true, text));
	add_routes(wi, family, out);
}

/* Which it is, and for which interface: of the profile in force, if it takes that one's place. */
static int add_head(const struct iface *wi, struct buf *out)
{
	char own[UUID_LEN + 1];

	if (own_uuid(wi->link->name, own) < 0)
		return -ENOMEM;
	buf_addf(out, PERSIST_MARK "[connection]\nid=envagent-%s\nuuid=%s\ntype=ethernet\n",
		 wi->link->name, wi->profile.uuid[0] ? wi->profile.uuid : own);
	if (!wi->profile.is_unnamed)
		buf_addf(out, "interface-name=%s\n", wi->link->name);
	buf_adds(out, "autoconnect-priority=999\n");
	if (wi->mtu || wi->profile.mac[0])
		buf_adds(out, "\n[ethernet]\n");
	if (wi->profile.mac[0])
		buf_addf(out, "mac-address=%s\n", wi->profile.mac);
	if (wi->mtu)
		buf_addf(out, "mtu=%u\n", wi->mtu);
	return 0;
}

static int nm_render(const struct iface *list, size_t n, struct buf *out)
{
	int r = 0;

	for (const struct iface *wi = list; wi < list + n && r >= 0; wi++) {
		r = add_head(wi, out);
		add_family(wi, AF_INET, out);
		add_family(wi, AF_INET6, out);
	}
	return r < 0 ? r : out->error;
}

/* It passes over a profile that others may read. */
const struct persister persister_nm = {
	.name = "NetworkManager",
	.etc = ETC,
	.run = RUN,
	.prefix = "envagent-",
	.suffix = ".nmconnection",
	.each = true,
	.mode = 0600,
	.door = "NetworkManager:profiles",
	.probe = nm_probe,
	.look = nm_look,
	.render = nm_render,
};
