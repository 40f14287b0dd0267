/* SPDX-License-Identifier: MIT */
/* netlink.c -- one request to rtnetlink, and its answer */
#include "agent/sys/netlink.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* What the kernel fills at once at most, in a dump (netlink(7), "32 KiB is a good size"). */
#define ANSWER_MAX 32768

int net_socket_open(struct net_socket *s)
{
	*s = (struct net_socket){ .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
					       NETLINK_ROUTE) };
	return s->fd < 0 ? -errno : 0;
}

void net_socket_done(struct net_socket *s)
{
	if (s->fd >= 0)
		safe_close(TAKE_FD(s->fd));
}

void net_request(struct net_request *q, uint16_t type, uint16_t flags, size_t len)
{
	*q = (struct net_request){
		.head = {
			.nlmsg_len = NLMSG_LENGTH(len),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | flags,
		},
	};
}

void net_add(struct net_request *q, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(q->head.nlmsg_len);
	struct rtattr *a = (struct rtattr *)((char *)q + at);

	assert(at + RTA_SPACE(len) <= sizeof(*q));
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->head.nlmsg_len = at + a->rta_len;
}

void net_add_number(struct net_request *q, uint16_t type, uint32_t v)
{
	net_add(q, type, &v, sizeof(v));
}

static size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

void net_add_addr(struct net_request *q, uint16_t type, const struct addr *addr)
{
	net_add(q, type, addr->bytes, size_of(addr->family));
}

static int send_request(struct net_socket *s, struct net_request *q)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	q->head.nlmsg_seq = ++s->seq;
	/* two bits, of which other requests use one for themselves */
	if ((q->head.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		q->head.nlmsg_flags |= NLM_F_ACK;
	do {
		n = sendto(s->fd, q, q->head.nlmsg_len, 0, (struct sockaddr *)&kernel,
			   sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* One datagram; 0 if it does not come from the kernel. */
static ssize_t receive(const struct net_socket *s, void *data, size_t size)
{
	struct sockaddr_nl from = {};
	socklen_t from_len = sizeof(from);
	ssize_t n;

	do {
		n = recvfrom(s->fd, data, size, MSG_TRUNC, (struct sockaddr *)&from, &from_len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n > size)
		return -EMSGSIZE;
	return from.nl_pid ? 0 : n;
}

/* The kernel's word at the end: zero or -errno, in both kinds of last messages. */
static int last_word(const struct nlmsghdr *m)
{
	int error;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return -EBADMSG;
	memcpy(&error, NLMSG_DATA(m), sizeof(error));
	return error > 0 ? -EBADMSG : error;
}

int net_ask(struct net_socket *s, struct net_request *q,
	    int (*part)(void *userdata, const struct nlmsghdr *m), void *userdata)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
	bool interrupted = false;
	int r;

	r = send_request(s, q);
	if (r < 0)
		return r;
	for (;;) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)answer;
		ssize_t n = receive(s, answer, sizeof(answer));
		int left = n;

		if (n < 0)
			return n;
		for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
			if (m->nlmsg_seq != s->seq)
				continue;
			interrupted |= m->nlmsg_flags & NLM_F_DUMP_INTR;
			if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR) {
				r = last_word(m);
				return r == 0 && interrupted ? -EINTR : r;
			}
			r = part ? part(userdata, m) : 0;
			if (r < 0)
				return r;
		}
	}
}

void net_attributes_in(const void *start, size_t size, const struct rtattr **ret, size_t n)
{
	int left = size;

	memset(ret, 0, n * sizeof(*ret));
	for (const struct rtattr *a = start; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type < n)
			ret[a->rta_type] = a;
}

bool net_attributes(const struct nlmsghdr *m, size_t body, const struct rtattr **ret, size_t n)
{
	if (m->nlmsg_len < NLMSG_SPACE(body))
		return false;
	net_attributes_in((const char *)m + NLMSG_SPACE(body), m->nlmsg_len - NLMSG_SPACE(body),
			  ret, n);
	return true;
}

uint32_t net_number(const struct rtattr *a, uint32_t other)
{
	uint32_t v;

	if (!a || RTA_PAYLOAD(a) < sizeof(v))
		return other;
	memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

struct addr net_addr(const struct rtattr *a, int family, int prefix)
{
	struct addr addr = { .prefix = -1 };

	if (!a || RTA_PAYLOAD(a) != size_of(family))
		return addr;
	addr.family = family;
	addr.prefix = prefix;
	memcpy(addr.bytes, RTA_DATA(a), size_of(family));
	return addr;
}
