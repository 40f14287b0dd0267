/* SPDX-License-Identifier: MIT */
/*
 * persist-ifupdown.c -- a file of interfaces(5)
 *
 * All stanzas of one interface are applied together, so one that asks DHCP, or has an address of
 * the machine that the image was built on, would come up beside ours. Its method becomes "manual",
 * one word in its file: its own commands still run, and its address is not set.
 */
#include <errno.h>
#include <string.h>

#include "modules/network/ifupdown.h"
#include "modules/network/persist.h"

#define NAME "envagent"
#define SOURCE "source " IFUPDOWN_DIR "/" NAME "\n"

/* It has no daemon that keeps setting things up again: for one boot there is nothing to write. */
static int ifupdown_probe(struct sys *sys, const struct ifaces *want)
{
	return sys_exists(sys, IFUPDOWN_FILE) && sys_exists(sys, "/sbin/ifup");
}

static void add_route(const struct sys_route *t, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	buf_addf(out, "\tup ip route replace %s", addr_format(&t->dst, true, text));
	if (t->gateway.family)
		buf_addf(out, " via %s", addr_format(&t->gateway, false, text));
	buf_addf(out, " dev $IFACE metric %u\n", t->metric);
}

/* What belongs to the interface, not to an address of it. */
static void add_common(const struct iface *wi, int family, bool first, struct buf *out)
{
	const struct sys_route *gateway = persist_gateway(wi, family);
	char text[ADDR_TEXT_MAX];

	if (gateway)
		buf_addf(out, "\tgateway %s\n\tmetric %u\n",
			 addr_format(&gateway->gateway, false, text), gateway->metric);
	if (wi->mtu && first)
		buf_addf(out, "\tmtu %u\n", wi->mtu);
	for (size_t i = 0; i < wi->n_routes; i++)
		if (wi->routes[i].dst.family == family)
			add_route(&wi->routes[i], out);
}

static void add_family(const struct iface *wi, int family, bool first, struct buf *out)
{
	char text[ADDR_TEXT_MAX];
	bool common = true;

	for (size_t i = 0; i < wi->n_addrs; i++) {
		if (wi->addrs[i].family != family)
			continue;
		buf_addf(out, "iface %s %s static\n\taddress %s\n", wi->link->name,
			 family == AF_INET6 ? "inet6" : "inet",
			 addr_format(&wi->addrs[i], true, text));
		/* what routers announce is taken as before */
		if (common && family == AF_INET6)
			buf_adds(out, "\tautoconf 1\n");
		if (common)
			add_common(wi, family, first, out);
		common = false;
	}
}

static int ifupdown_render(const struct iface *list, size_t n, struct buf *out)
{
	buf_adds(out, PERSIST_MARK);
	for (const struct iface *wi = list; wi < list + n; wi++) {
		buf_addf(out, "\nauto %s\n", wi->link->name);
		add_family(wi, AF_INET, true, out);
		add_family(wi, AF_INET6, !persist_has(wi, AF_INET), out);
	}
	return out->error;
}

static int plan_text(struct pass *pass, const char *path, const struct buf *text, char ***keep)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1, .keep_mode = true, .follow = true },
	};
	int r;

	r = plan_file(pass->plan, path, text->data, text->len, &opts);
	return r < 0 ? r : strv_add(keep, path);
}

static bool ends_with_source(const char *text)
{
	size_t len = strlen(text), n = strlen(SOURCE);

	return len >= n && !strcmp(text + len - n, SOURCE);
}

/* What PATH, which holds *TEXT, would hold without us: of what we wrote (1), the former bytes. */
static int without_us(struct pass *pass, const char *path, char **text)
{
	const struct manifest_file *f = manifest_file(pass->manifest, path);
	char *former, hash[65];
	size_t len;
	int r;

	if (!f)
		return 0;
	sys_sha256(*text, strlen(*text), hash);
	if (strcmp(hash, f->hash) != 0)
		return 0;
	r = manifest_former(pass->manifest, f, &former, &len);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	free(*text);
	*text = former;
	return 1;
}

/* One file of others. SOURCED: ours is read by one of them as they are now. */
static int yield_file(struct pass *pass, const struct ifaces *want, const char *path, bool sourced,
		      char ***keep)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = NULL;
	bool by_us, source, ours;
	size_t len;
	int n, r;

	r = sys_read(pass->sys, path, &text, &len);
	if (r < 0)
		return r;
	if (strlen(text) != len) /* what comes behind the NUL would be lost */
		return log_error_errno(-EBADMSG, "%s is no text", path);
	by_us = ends_with_source(text);
	r = without_us(pass, path, &text);
	if (r < 0)
		return r;
	ours = r > 0;
	n = ifupdown_yield(text, want, &out);
	if (n < 0)
		return n;
	source = !strcmp(path, IFUPDOWN_FILE) && (!sourced || by_us) && !ends_with_source(text);
	if (source)
		buf_addf(&out, "%s" SOURCE, out.len && out.data[out.len - 1] != '\n' ? "\n" : "");
	if (out.error)
		return out.error;
	if (n == 0 && !source) /* somebody changed it since, and it yields still: to be left so */
		return ours ? 0 : strv_add(keep, path);
	return plan_text(pass, path, &out, keep);
}

static int ifupdown_yields(struct pass *pass, const struct ifaces *want, char ***keep)
{
	_cleanup_strv_ char **files = NULL;
	bool sourced = false;
	int r;

	r = ifupdown_files(pass->sys, IFUPDOWN_DIR "/" NAME, &files, &sourced);
	for (char **f = files; r >= 0 && f && *f; f++)
		r = yield_file(pass, want, *f, sourced, keep);
	return r;
}

const struct persister persister_ifupdown = {
	.name = "ifupdown",
	.etc = IFUPDOWN_DIR,
	.prefix = NAME,
	.suffix = "",
	.mode = 0644,
	.probe = ifupdown_probe,
	.render = ifupdown_render,
	.yield = ifupdown_yields,
};
