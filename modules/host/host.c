/* SPDX-License-Identifier: MIT */
/* host.c -- the host has its name: live, in /etc/hostname, and in its own line of /etc/hosts */
#include <errno.h>
#include <string.h>

#include "agent/reconcile/module.h"

#define MARK "# envagent"

/* What this host is to be called, and by which address it knows itself. */
struct want {
	const char *hostname;
	const char *fqdn;    /* NULL: no domain */
	const char *address; /* NULL: none is known; /etc/hosts stays as it is */
	char own_address[ADDR_TEXT_MAX];
};

static void host_want(const struct pass *pass, struct want *ret)
{
	struct json_object *interfaces = facts_value(pass->facts, "interfaces");
	const struct fact *fact = facts_get(pass->facts, "interfaces");

	*ret = (struct want){
		.hostname = facts_str(pass->facts, "hostname"),
		.fqdn = facts_str(pass->facts, "fqdn"),
	};
	if (interfaces && json_object_array_length(interfaces) > 0)
		json_get_str(json_object_array_get_idx(interfaces, 0), "ip", &ret->address);
	if (ret->address || (fact && fact->state == FACT_UNKNOWN))
		return;
	if (pass->own && pass->own->address.family)
		ret->address = addr_format(&pass->own->address, false, ret->own_address);
}

/* ---- /etc/hosts ---- */

static bool is_ours(const char *line, size_t len)
{
	while (len > 0 && strchr(" \t\r", line[len - 1]))
		len--;
	return len > strlen(MARK) && memcmp(line + len - strlen(MARK), MARK, strlen(MARK)) == 0 &&
	       strchr(" \t", line[len - strlen(MARK) - 1]);
}

/* The line maps one of our names to an address: whoever reads it before ours takes that one. */
static bool names_us(const char *line, size_t len, const struct want *want)
{
	_cleanup_free_ char *copy = strndup(line, len);
	char *save = NULL, *word;
	bool first = true;

	if (!copy)
		return false;
	copy[strcspn(copy, "#")] = '\0';
	for (word = strtok_r(copy, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (!first && (strcasecmp(word, want->hostname) == 0 ||
			       (want->fqdn && strcasecmp(word, want->fqdn) == 0)))
			return true;
		first = false;
	}
	return false;
}

static void add_own_line(struct buf *out, const struct want *want)
{
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
	buf_addf(out, "%s\t%s%s%s " MARK "\n", want->address, want->fqdn ?: "",
		 want->fqdn ? " " : "", want->hostname);
}

/* All lines as they are, but for ours: before the first that names us, else at the end. */
static int compose_hosts(const char *text, size_t len, const struct want *want, struct buf *out)
{
	bool placed = false;

	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;
		size_t whole = newline ? n + 1 : n;

		if (!is_ours(text, n)) {
			if (!placed && names_us(text, n, want)) {
				add_own_line(out, want);
				placed = true;
			}
			buf_add(out, text, whole);
		}
		text += whole;
		len -= whole;
	}
	if (!placed)
		add_own_line(out, want);
	return out->error;
}

static int plan_text(struct pass *pass, const char *path, const char *text, size_t len)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1, .keep_mode = true, .follow = true },
	};
	int r;

	r = plan_file(pass->plan, path, text, len, &opts);
	if (r >= 0 || r == -ENOMEM)
		return r;
	pass_state(pass, STATE_DEGRADED, "ls -l /etc", "%s cannot be written: %s", path,
		   r == -EBUSY ? "it is a mount point of its own" : strerror(-r));
	return 0;
}

static int plan_hosts(struct pass *pass, const struct want *want)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r;

	r = sys_read(pass->sys, "/etc/hosts", &text, &len);
	if (r < 0 && r != -ENOENT) {
		pass_state(pass, STATE_DEGRADED, "ls -l /etc/hosts",
			   "/etc/hosts cannot be read: %s", strerror(-r));
		return 0;
	}
	r = compose_hosts(text ?: "", len, want, &out);
	return r < 0 ? r : plan_text(pass, "/etc/hosts", out.data, out.len);
}

/* A machine that nobody names is fine as it is; one whose name is not known yet is not. */
static int keep_name(struct pass *pass)
{
	const struct fact *fact = facts_get(pass->facts, "hostname");

	if (fact && fact->state == FACT_ABSENT)
		pass_state(pass, STATE_READY, NULL, "the host keeps its name: %s", fact->why);
	else
		pass_state(pass, STATE_DEGRADED, "agentctl facts",
			   "the host keeps its name, for it is not known what it is to be: %s",
			   facts_why(pass->facts, "hostname"));
	return 0;
}

static int host_plan(struct pass *pass, const void *conf)
{
	_cleanup_free_ char *line = NULL;
	struct want want;
	int r;

	host_want(pass, &want);
	if (!want.hostname)
		return keep_name(pass);
	line = str_printf("%s\n", want.hostname);
	if (!line)
		return -ENOMEM;
	r = plan_text(pass, "/etc/hostname", line, strlen(line));
	if (r >= 0)
		r = plan_hostname(pass->plan, want.hostname);
	if (r >= 0 && want.address)
		r = plan_hosts(pass, &want);
	if (r < 0)
		return r;
	pass_state(pass, STATE_READY, NULL, "%s", want.fqdn ?: want.hostname);
	return 0;
}

/* The name may be refused or set by somebody else at the same time: the machine is asked. */
static int host_verify(struct pass *pass, const void *conf)
{
	const char *hostname = facts_str(pass->facts, "hostname");
	_cleanup_free_ char *now = NULL;
	int r;

	if (!hostname || !sys_live(pass->sys))
		return 0;
	r = sys_hostname_get(pass->sys, &now);
	if (r < 0)
		return r;
	if (strcmp(now, hostname) != 0)
		pass_state(pass, STATE_DEGRADED, "hostname", "the host is called %s instead of %s",
			   now, hostname);
	return 0;
}

/* [Host NAME] are the rows of the environment's hosts, so this one has another word. */
const struct module module_host = {
	.name = "host",
	.section = "Hostname",
	.plan = host_plan,
	.verify = host_verify,
};
