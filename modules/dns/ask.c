/* SPDX-License-Identifier: MIT */
/* ask.c -- whether the server answers what its files say */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/base/json.h"
#include "modules/dns/dns.h"

#define KEY "gone"
#define MSEC 1000
#define TIME_LIMIT (3000 * MSEC)
#define TIME_GRACE (400 * MSEC) /* for a server that starts, or reads, before we step in */
#define TIME_PAUSE (20 * MSEC)
#define ASK_TIMEOUT (500 * MSEC)
#define GONE_TIMEOUT                                                                 \
	(100 * MSEC) /* what is ours is answered at once; else the upstream is asked \
		      */
#define UNIT_TIMEOUT (15 * 1000 * MSEC)
#define SAMPLE 20 /* hosts that a settled pass asks for */

struct question {
	const char *name; /* borrowed */
	struct addr address;
	bool reverse; /* ask that too */
	bool gone;    /* NAME shall not be at ADDRESS */
	bool done;
};

struct asking {
	struct pass *pass;
	const struct dns_conf *conf;
	const struct addr *server;
	const char *options; /* of ours, as they are in force */
	struct question *list;
	size_t n;
	uint64_t start;
};

static bool wanted(const struct dns_records *rs, const char *name, const struct addr *a)
{
	for (size_t i = 0; i < rs->n; i++)
		if (!strcasecmp(rs->list[i].fqdn, name) && addr_equal(&rs->list[i].address, a))
			return true;
	return false;
}

/* "ADDRESS NAME ..." -- the first address and name of a hosts file of ours. */
static int parse_record(char *text, struct addr *ret_address, const char **ret_name)
{
	char *save, *word;

	word = strtok_r(text, " \t\n", &save);
	if (!word || addr_parse(word, ret_address) < 0)
		return -EBADMSG;
	*ret_name = strtok_r(NULL, " \t\n", &save);
	return *ret_name && domain_valid(*ret_name) ? 0 : -EBADMSG;
}

/* The record (name, address) number I of pass->state; -ENOENT after the last one. */
static int gone_at(struct pass *pass, size_t i, const char **ret_name, struct addr *ret_address)
{
	struct json_object *arr, *item;
	const char *text;
	int r;

	r = json_get_arr(pass->state, KEY, &arr);
	if (r < 0 || i >= json_object_array_length(arr))
		return -ENOENT;
	item = json_object_array_get_idx(arr, i);
	if (json_get_str(item, "name", ret_name) < 0 || json_get_str(item, "address", &text) < 0 ||
	    addr_parse(text, ret_address) < 0)
		return -EBADMSG;
	return 0;
}

static int note(struct pass *pass, const char *name, const struct addr *address)
{
	_cleanup_json_ struct json_object *item = json_object_new_object();
	struct json_object *arr;
	char text[ADDR_TEXT_MAX];
	const char *n;
	struct addr a;
	int r;

	for (size_t i = 0; (r = gone_at(pass, i, &n, &a)) != -ENOENT; i++)
		if (r == 0 && !strcasecmp(n, name) && addr_equal(&a, address))
			return 0;
	if (json_get_arr(pass->state, KEY, &arr) < 0) {
		r = json_set(pass->state, KEY, json_object_new_array());
		if (r < 0 || json_get_arr(pass->state, KEY, &arr) < 0)
			return -ENOMEM;
	}
	if (!item)
		return -ENOMEM;
	r = json_set_str(item, "name", name);
	if (r >= 0)
		r = json_set_str(item, "address", addr_format(address, false, text));
	return r < 0 ? r : json_append(arr, TAKE_PTR(item));
}

int dns_ask_note_gone(struct pass *pass, const struct dns_conf *c, const struct dns_records *rs)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = sys_list(pass->sys, c->hosts_dir, &names);
	if (r == -ENOENT || pass->planning)
		return 0;
	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		_cleanup_free_ char *path = str_printf("%s/%s", c->hosts_dir, names[i]);
		_cleanup_free_ char *text = NULL;
		const char *name;
		struct addr a;
		size_t len;

		if (!path)
			return -ENOMEM;
		if (!manifest_file(pass->manifest, path) ||
		    sys_read(pass->sys, path, &text, &len) < 0 ||
		    parse_record(text, &a, &name) < 0 || wanted(rs, name, &a))
			continue;
		r = note(pass, name, &a);
	}
	return r;
}

static int add(struct asking *a, struct question q)
{
	struct question *list = reallocarray(a->list, a->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list[a->n++] = q;
	a->list = list;
	return 0;
}

static int add_gone(struct asking *a, const struct dns_records *rs)
{
	struct question q = { .gone = true };
	int r;

	for (size_t i = 0; (r = gone_at(a->pass, i, &q.name, &q.address)) != -ENOENT; i++) {
		if (r < 0 || wanted(rs, q.name, &q.address))
			continue;
		r = add(a, q);
		if (r < 0)
			return r;
	}
	return 0;
}

/* All names after a change; on a settled pass a sample that moves with the clock. */
static int add_records(struct asking *a, const struct dns_records *rs, bool settled)
{
	size_t step = settled && rs->n > SAMPLE ? (rs->n + SAMPLE - 1) / SAMPLE : 1;
	size_t first = step > 1 ? sys_now_realtime() / 1000000 % step : 0;
	int r = 0;

	for (size_t i = first; i < rs->n && r >= 0; i += step)
		r = add(a, (struct question){
				   .name = rs->list[i].fqdn,
				   .address = rs->list[i].address,
				   .reverse = rs->list[i].reverse,
			   });
	return r;
}

/* 1: NAME is at ADDRESS, forward and (if asked) back; 0: it is not; -errno: no answer. */
static int ask_one(const struct asking *a, const struct question *q)
{
	uint64_t timeout = q->gone ? GONE_TIMEOUT : ASK_TIMEOUT;
	char arpa[ADDR_ARPA_MAX];
	struct dnsmsg_answer answer = {};
	bool found = false;
	int r;

	r = sys_dns_ask(a->pass->sys, a->server, q->name,
			q->address.family == AF_INET6 ? DNS_AAAA : DNS_A, timeout, &answer);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < answer.n; i++)
		found |= addr_equal(&answer.addrs[i], &q->address);
	/* Gone is gone both ways, there is both ways: one way alone is neither. */
	if (found == q->gone || !(q->reverse || q->gone))
		return found;

	answer = (struct dnsmsg_answer){};
	r = sys_dns_ask(a->pass->sys, a->server, addr_arpa(&q->address, arpa), DNS_PTR, timeout,
			&answer);
	if (r < 0)
		return r;
	found = false;
	for (unsigned i = 0; i < answer.n; i++)
		found |= !strcasecmp(answer.names[i], q->name);
	return found;
}

/* How many are not as they should be; -errno if the server does not answer. */
static int ask_round(struct asking *a)
{
	int left = 0, r;

	for (size_t i = 0; i < a->n; i++) {
		struct question *q = &a->list[i];

		if (q->done)
			continue;
		r = ask_one(a, q);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		if (r == -ETIMEDOUT && !q->gone)
			return r;
		/* Gone, and the upstream that was asked in its place is silent. */
		q->done = q->gone ? r <= 0 : r == 1;
		left += !q->done;
	}
	return left;
}

static void report_silent(const struct asking *a, int error, bool restarted, const char *words)
{
	char text[ADDR_TEXT_MAX], next[128];

	snprintf(next, sizeof(next), "systemctl status %s", a->conf->unit);
	pass_state(a->pass, STATE_DEGRADED, next, "dnsmasq does not answer at %s (%s)%s%s%s",
		   addr_format(a->server, false, text), strerror(-error),
		   restarted ? ", nor after a restart" : "", words && *words ? ": " : "",
		   words ? words : "");
}

/* 0; 1 if it would not start anew, which is told; -errno. */
static int restart(const struct asking *a, int error, char **ret_words)
{
	_cleanup_(dns_verdict_done) struct dns_verdict verdict = {};
	char text[ADDR_TEXT_MAX];
	int r;

	r = dns_check(a->pass, a->conf, a->options, &verdict);
	if (r > 0)
		pass_state(a->pass, STATE_DEGRADED, dns_check_next(&verdict),
			   "dnsmasq does not answer at %s (%s), and would not start anew: %s",
			   addr_format(a->server, false, text), strerror(-error),
			   verdict.words.data);
	if (r != 0)
		return r;
	(void)sys_unit(a->pass->sys, "restart", a->conf->unit, UNIT_TIMEOUT, ret_words);
	return 0;
}

static void report_wrong(const struct asking *a, int left)
{
	char server[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX], next[256];

	addr_format(a->server, false, server);
	for (size_t i = 0; i < a->n; i++) {
		const struct question *q = &a->list[i];

		if (q->done)
			continue;
		addr_format(&q->address, false, text);
		snprintf(next, sizeof(next), "dig @%s %s; journalctl -u %s", server, q->name,
			 a->conf->unit);
		pass_state(a->pass, STATE_DEGRADED, next,
			   q->gone ? "dnsmasq at %s still has %s with %s, which is removed, "
				     "among %d wrong answers"
				   : "dnsmasq at %s does not give %s the address %s and back, "
				     "among %d wrong answers",
			   server, q->name, text, left);
		return;
	}
}

static void report_served(const struct asking *a, const struct dns_records *rs)
{
	char text[ADDR_TEXT_MAX];

	json_object_object_del(a->pass->state, KEY);
	pass_state(a->pass, STATE_READY, NULL, "%zu names served at %s, forward and reverse%s",
		   rs->n, addr_format(a->server, false, text),
		   a->n < rs->n ? " (a sample asked)" : "");
}

/* Asks until all is right or the time is up, with one reload and one restart on the way. */
static int ask_until(struct asking *a, const struct dns_records *rs)
{
	_cleanup_free_ char *words = NULL;
	bool reloaded = false, restarted = false;
	int left, r;

	for (;;) {
		uint64_t spent;

		left = ask_round(a);
		spent = sys_now_monotonic() - a->start;
		if (left == 0 || spent > TIME_LIMIT)
			break;
		if (left < 0 && !restarted && spent > TIME_GRACE) {
			restarted = true;
			r = restart(a, left, &words);
			if (r != 0)
				return r < 0 ? r : 0;
		} else if (left > 0 && !reloaded && spent > TIME_GRACE) {
			reloaded = true;
			(void)sys_unit(a->pass->sys, "reload", a->conf->unit, UNIT_TIMEOUT, NULL);
		}
		usleep(TIME_PAUSE);
	}
	if (left < 0)
		report_silent(a, left, restarted, words);
	else if (left > 0)
		report_wrong(a, left);
	else
		report_served(a, rs);
	return 0;
}

int dns_ask_verify(struct pass *pass, const struct dns_conf *c, const struct dns_records *rs,
		   const struct addr *own, const char *options)
{
	struct asking a = {
		.pass = pass,
		.conf = c,
		.server = own,
		.options = options,
		.start = sys_now_monotonic(),
	};
	_cleanup_free_ struct question *list = NULL;
	int r;

	r = add_records(&a, rs, plan_count_of(pass->plan, "dns") == 0);
	if (r >= 0)
		r = add_gone(&a, rs);
	list = a.list;
	return r < 0 ? r : ask_until(&a, rs);
}
