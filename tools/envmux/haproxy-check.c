/* SPDX-License-Identifier: MIT */
/* haproxy-check.c -- how members are checked: as rules of a backend, as words of a server */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Beyond a connection; the rules of that are a backend's, and its class. */
static bool has_rules(const struct driver_monitor *m)
{
	return m->check == DRIVER_CHECK_HTTP || m->check == DRIVER_CHECK_TEXT;
}

bool haproxy_same_rules(const struct driver_monitor *a, const struct driver_monitor *b)
{
	if (!has_rules(a) || !has_rules(b))
		return has_rules(a) == has_rules(b);
	return a->check == b->check && same_text(a->send, b->send) && same_text(a->host, b->host) &&
	       same_text(a->recv, b->recv) && a->reverse == b->reverse;
}

bool haproxy_same_monitor(const struct driver_monitor *a, const struct driver_monitor *b)
{
	return a->check == b->check && haproxy_same_rules(a, b) && a->tls == b->tls &&
	       a->port == b->port && a->interval == b->interval && a->fall == b->fall &&
	       a->rise == b->rise;
}

static bool copied(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

int haproxy_monitor_copy(const struct driver_monitor *from, struct driver_monitor *to)
{
	bool all;

	*to = *from;
	all = copied(from->send, &to->send);
	all = copied(from->host, &to->host) && all;
	all = copied(from->recv, &to->recv) && all;
	if (all)
		return 0;
	driver_monitor_done(to);
	return -ENOMEM;
}

int haproxy_rules_copy(const struct driver_monitor *from, struct driver_monitor *to)
{
	const struct driver_monitor none = { .check = DRIVER_CHECK_TCP };

	return haproxy_monitor_copy(has_rules(from) ? from : &none, to);
}

/* Whatever TEXT holds is one word of one line, and means itself. */
static void put_word(const char *text, struct buf *b)
{
	for (const char *p = text; *p; p++) {
		if (isalnum((unsigned char)*p))
			buf_addc(b, *p);
		else
			buf_addf(b, "\\x%02x", (unsigned char)*p);
	}
}

void haproxy_check_rules(const struct driver_monitor *m, struct buf *b)
{
	if (m->check == DRIVER_CHECK_HTTP)
		buf_addf(b,
			 "\toption httpchk\n"
			 "\thttp-check send meth GET uri %s%s%s\n"
			 "\thttp-check expect status 200-399\n",
			 m->send, m->host ? " ver HTTP/1.1 hdr Host " : "", m->host ?: "");
	if (m->check != DRIVER_CHECK_TEXT)
		return;
	buf_adds(b, "\toption tcp-check\n");
	if (m->send)
		buf_addf(b, "\ttcp-check send-binary %s\n", m->send);
	if (m->recv) {
		buf_addf(b, "\ttcp-check expect %srstring (?s)", m->reverse ? "! " : "");
		put_word(m->recv, b);
		buf_addc(b, '\n');
	}
}

void haproxy_check_words(const struct driver_monitor *m, struct buf *b)
{
	if (m->check == DRIVER_CHECK_NONE)
		return;
	buf_addf(b, " check inter %us fall %u rise %u", m->interval, m->fall, m->rise);
	/* As a BIG-IP does it: the member's certificate is nobody's concern here. */
	if (m->tls)
		buf_adds(b, " check-ssl verify none");
	if (m->port)
		buf_addf(b, " port %u", m->port);
}

/* ---- kept beside the configuration, as words of one line ---- */

static const char *word(const char *text)
{
	return text ?: "-";
}

void haproxy_monitor_put(const struct driver_monitor *m, struct buf *b)
{
	buf_addf(b, " %d %d %u %u %u %u %d %s %s %s", (int)m->check, m->tls, m->port, m->interval,
		 m->fall, m->rise, m->reverse, word(m->send), word(m->host), word(m->recv));
}

static bool take_word(const char *w, char **to)
{
	return copied(strcmp(w, "-") ? w : NULL, to);
}

int haproxy_monitor_take(const char *text, struct driver_monitor *ret)
{
	char send[DRIVER_WORD_MAX + 1], host[DRIVER_WORD_MAX + 1], recv[DRIVER_WORD_MAX + 1];
	struct driver_monitor m = {};
	int check, tls, reverse;
	bool all;

	if (sscanf(text, "%d %d %u %u %u %u %d %1000s %1000s %1000s", &check, &tls, &m.port,
		   &m.interval, &m.fall, &m.rise, &reverse, send, host, recv) != 10 ||
	    check < 0 || check > DRIVER_CHECK_TEXT)
		return -EBADMSG;
	m.check = (enum driver_check)check;
	m.tls = tls;
	m.reverse = reverse;
	all = take_word(send, &m.send);
	all = take_word(host, &m.host) && all;
	all = take_word(recv, &m.recv) && all;
	if (!all) {
		driver_monitor_done(&m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}
