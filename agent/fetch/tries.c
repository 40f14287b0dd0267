/* SPDX-License-Identifier: MIT */
/* tries.c -- the addresses to ask, one after the other, until one is the metadata service */
#include "agent/fetch/tries.h"

#include <errno.h>
#include <string.h>

#include "agent/fetch/exchange.h"

#define LINK_LOCAL "169.254.169.254"

enum { FAILED = 0, FOUND = 1 };

void tries_result_done(struct tries_result *r)
{
	buf_done(&r->document);
	buf_done(&r->failed);
}

static bool is_word(const char *s)
{
	struct addr a;

	return !strcmp(s, "last") || !strcmp(s, "link-local") || !strcmp(s, "gateway") ||
	       !strcmp(s, "gw") || addr_parse(s, &a) == 0;
}

int tries_prepare(const struct tries_opts *opts, struct tries *ret)
{
	bool gateway = strv_contains(opts->order, "gateway"), gw = strv_contains(opts->order, "gw");

	*ret = (struct tries){ .opts = *opts };
	for (char *const *w = opts->order; *w; w++)
		if (!is_word(*w))
			return -EINVAL;
	ret->route4 = where_open(gateway ? "/proc/net/route" : NULL);
	ret->route6 = where_open(gateway ? "/proc/net/ipv6_route" : NULL);
	ret->resolv_conf = where_open(gw ? opts->resolv_conf : NULL);
	return where_macs(&ret->macs);
}

/* The reason of an exchange that failed, in one word. */
static const char *reason_of(int error)
{
	switch (-error) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timeout";
	case ENODATA:
		return "empty";
	case EPIPE:
	case ECONNRESET:
		return "truncated";
	case EFBIG:
		return "too-large";
	case EBADMSG:
		return "not-http";
	case ENOMEM:
		return "no-memory";
	default:
		return "unreachable";
	}
}

static int note(struct tries_result *ret, const char *what, const char *reason)
{
	buf_addf(&ret->failed, "%s%s:%s", ret->failed.len ? ";" : "", what, reason);
	return FAILED;
}

/* When the next of N tries has to be over. */
static uint64_t slice(uint64_t deadline, size_t n)
{
	uint64_t now = exchange_now();

	return now >= deadline ? deadline : now + (deadline - now) / (n ?: 1);
}

static int try_address(struct tries *t, const struct where_addr *where, uint64_t until,
		       uint64_t deadline, struct tries_result *ret)
{
	_cleanup_http_ struct http h;
	char text[ADDR_TEXT_MAX], status[16];
	size_t asked = t->asked.n;
	const char *reason;
	int r;

	http_init(&h);
	where_add(&t->asked, &where->addr, where->ifindex);
	if (t->asked.n == asked && asked < WHERE_MAX)
		return FAILED; /* asked before, and the reason is noted */

	addr_format(&where->addr, false, text);
	r = exchange_http(where, t->opts.port, until, deadline, &h);
	if (r < 0)
		return note(ret, text, reason_of(r));
	if (h.status != 200) {
		snprintf(status, sizeof(status), "status-%u", h.status);
		return note(ret, text, status);
	}
	reason = answer_judge(h.body.data, h.body.len, &t->macs, &ret->id);
	if (reason)
		return note(ret, text, reason);

	memcpy(ret->from, text, sizeof(text));
	ret->document = h.body;
	h.body = BUF_INIT;
	return FOUND;
}

static int try_list(struct tries *t, const struct where_list *l, uint64_t until, uint64_t deadline,
		    struct tries_result *ret)
{
	for (size_t i = 0; i < l->n; i++)
		if (try_address(t, &l->at[i], slice(until, l->n - i), deadline, ret) == FOUND)
			return FOUND;
	return FAILED;
}

static int try_gw(struct tries *t, uint64_t until, uint64_t deadline, struct tries_result *ret)
{
	struct where_list servers = {}, found = {};
	int r = -ENOENT;

	where_nameservers(t->resolv_conf, &servers);
	for (size_t i = 0; i < servers.n && !found.n; i++)
		r = exchange_dns(&servers.at[i], "gw", slice(until, servers.n - i + 1), &found);
	if (!servers.n)
		return note(ret, "gw", "no-nameserver");
	if (!found.n)
		return note(ret, "gw", r < 0 ? reason_of(r) : "no-such-name");
	return try_list(t, &found, until, deadline, ret);
}

static int try_gateways(struct tries *t, uint64_t until, uint64_t deadline,
			struct tries_result *ret)
{
	struct where_list gateways = {};

	where_gateways(t->route4, t->route6, &gateways);
	return gateways.n ? try_list(t, &gateways, until, deadline, ret)
			  : note(ret, "gateway", "none");
}

static int try_word(struct tries *t, const char *word, uint64_t until, uint64_t deadline,
		    struct tries_result *ret)
{
	struct where_addr one = {};

	if (!strcmp(word, "gw"))
		return try_gw(t, until, deadline, ret);
	if (!strcmp(word, "gateway"))
		return try_gateways(t, until, deadline, ret);
	if (!strcmp(word, "last"))
		word = t->opts.last;
	else if (!strcmp(word, "link-local"))
		word = LINK_LOCAL;
	if (!word || addr_parse(word, &one.addr) < 0)
		return FAILED; /* nobody answered before */
	return try_address(t, &one, until, deadline, ret);
}

int tries_run(struct tries *t, struct tries_result *ret)
{
	uint64_t deadline = exchange_now() + t->opts.timeout;
	size_t n = strv_len(t->opts.order);

	*ret = (struct tries_result){};
	for (size_t i = 0; i < n; i++)
		if (try_word(t, t->opts.order[i], slice(deadline, n - i), deadline, ret) == FOUND)
			return ret->failed.error == -ENOMEM ? -ENOMEM : 0;
	if (!ret->failed.len)
		note(ret, "Order=", "nothing-to-ask");
	return ret->failed.error < 0 ? ret->failed.error : -ENOMSG;
}
