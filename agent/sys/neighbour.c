/* SPDX-License-Identifier: MIT */
/*
 * neighbour.c -- does somebody on a link answer? By ARP (RFC 826) or ND (RFC 4861), and by TCP
 *
 * The kernel asks: an entry of its neighbour table is put into the state in which it probes, and we
 * wait for what becomes of it. That needs CAP_NET_ADMIN, which we have, and no raw socket.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/sys/netlink.h"

#define CONNECT_AGAIN_MS 200
#define ASK_AGAIN_MS 100

struct question {
	int index;
	const struct addr *addr;
	unsigned state; /* NUD_*; 0: nothing is known */
	uint8_t mac[6];
};

static int on_neighbour(struct nl_msg *msg, void *userdata)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct question *q = userdata;
	struct nlattr *tb[NDA_MAX + 1];
	const struct ndmsg *nd = NLMSG_DATA(h);
	int len = q->addr->family == AF_INET ? 4 : 16;

	if (h->nlmsg_type != RTM_NEWNEIGH || h->nlmsg_len < NLMSG_SPACE(sizeof(*nd)) ||
	    nd->ndm_ifindex != q->index || nd->ndm_family != q->addr->family ||
	    nlmsg_parse((struct nlmsghdr *)h, sizeof(*nd), tb, NDA_MAX, NULL) < 0)
		return NL_OK;
	if (!tb[NDA_DST] || nla_len(tb[NDA_DST]) != len ||
	    memcmp(nla_data(tb[NDA_DST]), q->addr->bytes, (size_t)len) != 0)
		return NL_OK;
	q->state = nd->ndm_state;
	if (tb[NDA_LLADDR] && nla_len(tb[NDA_LLADDR]) == sizeof(q->mac))
		memcpy(q->mac, nla_data(tb[NDA_LLADDR]), sizeof(q->mac));
	return NL_OK;
}

static int look_up(struct question *q)
{
	_cleanup_net_socket_ struct net_socket s = {};
	struct ndmsg nd = { .ndm_family = (unsigned char)q->addr->family };
	int r;

	r = net_socket_open(&s);
	if (r < 0)
		return r;
	r = nl_socket_modify_cb(s.nl, NL_CB_VALID, NL_CB_CUSTOM, on_neighbour, q);
	if (r >= 0)
		r = nl_send_simple(s.nl, RTM_GETNEIGH, NLM_F_DUMP, &nd, sizeof(nd));
	if (r >= 0)
		r = nl_recvmsgs_default(s.nl);
	return r < 0 ? net_error(&s, r) : 0;
}

/* Makes the kernel ask: one it knows by unicast (PROBE), another one as if somebody sent to it. */
static int ask(const struct question *q, bool known)
{
	_cleanup_net_socket_ struct net_socket s = {};
	struct ndmsg nd = {
		.ndm_family = (unsigned char)q->addr->family,
		.ndm_ifindex = q->index,
		.ndm_state = known ? NUD_PROBE : NUD_NONE,
		.ndm_flags = known ? 0 : NTF_USE,
	};
	struct nl_msg *msg;
	int r;

	r = net_socket_open(&s);
	if (r < 0)
		return r;
	msg = nlmsg_alloc_simple(RTM_NEWNEIGH, known ? NLM_F_REPLACE : NLM_F_CREATE);
	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &nd, sizeof(nd), NLMSG_ALIGNTO) < 0 ||
	    nla_put(msg, NDA_DST, q->addr->family == AF_INET ? 4 : 16, q->addr->bytes) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	r = nl_send_sync(s.nl, msg);
	return r < 0 ? net_error(&s, r) : 0;
}

static int listen_to(struct net_socket *s, struct question *q)
{
	int r;

	r = net_socket_open(s);
	if (r < 0)
		return r;
	nl_socket_disable_seq_check(s->nl);
	r = nl_socket_modify_cb(s->nl, NL_CB_VALID, NL_CB_CUSTOM, on_neighbour, q);
	if (r >= 0)
		r = nl_socket_add_membership(s->nl, RTNLGRP_NEIGH);
	if (r >= 0)
		r = nl_socket_set_nonblocking(s->nl);
	return r < 0 ? net_error(s, r) : 0;
}

/* Until something is heard of Q. 1, or 0 when the time is up. */
static int hear(struct net_socket *s, struct question *q, uint64_t until)
{
	struct pollfd p = { .fd = nl_socket_get_fd(s->nl), .events = POLLIN };

	q->state = 0;
	while (!q->state) {
		uint64_t now = sys_now_monotonic();

		if (now >= until)
			return 0;
		if (poll(&p, 1, sys_poll_ms(now, until)) < 0 && errno != EINTR)
			return -errno;
		/* an overrun lost something: the table has it */
		if (nl_recvmsgs_default(s->nl) < 0 && look_up(q) < 0)
			return -EIO;
	}
	return 1;
}

/* False if the time is up then. */
static bool wait_a_little(uint64_t until)
{
	if (sys_now_monotonic() + ASK_AGAIN_MS * 1000 >= until)
		return false;
	poll(NULL, 0, ASK_AGAIN_MS);
	return true;
}

int sys_neighbour_ask(struct sys *sys, int index, const struct addr *addr, uint64_t timeout,
		      uint8_t ret_mac[6])
{
	struct question q = { .index = index, .addr = addr };
	uint64_t until = sys_now_monotonic() + timeout;
	_cleanup_net_socket_ struct net_socket s = {};
	bool known;
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = look_up(&q);
	if (r >= 0)
		r = listen_to(&s, &q);
	if (r < 0)
		return r;
	known = q.state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE);
	for (r = ask(&q, known); r >= 0 && !(q.state & (NUD_PERMANENT | NUD_NOARP));) {
		r = hear(&s, &q, until);
		if (r <= 0)
			return r;
		if (q.state & NUD_REACHABLE)
			break;
		if (!(q.state & NUD_FAILED))
			continue;
		/* it may have another MAC now, or come later: once more, by broadcast */
		if (!known && !wait_a_little(until))
			return 0;
		known = false;
		r = ask(&q, known);
	}
	if (r < 0)
		return r;
	if (ret_mac)
		memcpy(ret_mac, q.mac, sizeof(q.mac));
	return 1;
}

static int connect_once(const struct addr *addr, unsigned port, int timeout_ms)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	bool is4 = addr->family == AF_INET;
	_cleanup_close_ int fd = -1;
	struct pollfd p = { .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);

	memcpy(&v4.sin_addr, addr->bytes, 4);
	memcpy(&v6.sin6_addr, addr->bytes, 16);
	fd = socket(addr->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, is4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
		    is4 ? sizeof(v4) : sizeof(v6)) == 0)
		return 1;
	if (errno != EINPROGRESS)
		return 0;
	p.fd = fd;
	if (poll(&p, 1, timeout_ms) <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return 0;
	return error == 0;
}

int sys_tcp_ask(struct sys *sys, const struct addr *addr, unsigned port, uint64_t timeout)
{
	uint64_t until = sys_now_monotonic() + timeout, now;
	int r = 0;

	if (!sys->live)
		return -EOPNOTSUPP;
	while ((now = sys_now_monotonic()) < until) {
		/* a SYN that is lost is sent again after a second: a new connection is faster */
		int ms = (int)((until - now) / 1000);

		r = connect_once(addr, port, ms < 1000 ? ms : 1000);
		if (r != 0)
			return r;
		if (sys_now_monotonic() + CONNECT_AGAIN_MS * 1000 >= until)
			return 0;
		poll(NULL, 0, CONNECT_AGAIN_MS);
	}
	return r;
}
