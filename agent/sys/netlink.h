/* SPDX-License-Identifier: MIT */
/*
 * netlink.h -- requests to the kernel's rtnetlink and their answers; for net-read.c and link.c
 * alone
 *
 * Written on the socket itself: what is asked are three dumps and five requests, and for these
 * libnl's two libraries cost each pass, and the resident supervisor, more than the asking.
 */
#pragma once

#include <linux/rtnetlink.h>

#include "agent/sys/sys-internal.h"

struct net_socket {
	int fd;
	uint32_t seq; /* of the last request */
};

int net_socket_open(struct net_socket *s);
void net_socket_done(struct net_socket *s);
#define _cleanup_net_socket_ _cleanup_(net_socket_done)
#define NET_SOCKET_INIT  \
	{                \
		.fd = -1 \
	}

/* A request. Callers fill in one of the bodies, then add attributes. */
struct net_request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
		struct rtmsg route;
		char room[256];
	};
};

/* A request of TYPE, whose body has LEN bytes, all zero. */
void net_request(struct net_request *q, uint16_t type, uint16_t flags, size_t len);
void net_add(struct net_request *q, uint16_t type, const void *data, size_t len);
void net_add_number(struct net_request *q, uint16_t type, uint32_t v);
/* The bytes of ADDR, which has a family. */
void net_add_addr(struct net_request *q, uint16_t type, const struct addr *addr);

/*
 * Sends Q and waits for the end of the answer. PART gets each message of a dump (NLM_F_DUMP) and
 * ends it by -errno; other requests are acknowledged. 0; -EINTR if the kernel's tables changed
 * while they were dumped; the kernel's -errno.
 */
int net_ask(struct net_socket *s, struct net_request *q,
	    int (*part)(void *userdata, const struct nlmsghdr *m), void *userdata);

/*
 * The attributes behind the body of M, which has BODY bytes, by their type: RET has N places, NULL
 * for what is not there. False if M is too short for its body.
 */
bool net_attributes(const struct nlmsghdr *m, size_t body, const struct rtattr **ret, size_t n);
/* The same within SIZE bytes at START. */
void net_attributes_in(const void *start, size_t size, const struct rtattr **ret, size_t n);
/* OTHER if A is NULL or no number. */
uint32_t net_number(const struct rtattr *a, uint32_t other);
/* Family 0 if A is NULL or no address of FAMILY. */
struct addr net_addr(const struct rtattr *a, int family, int prefix);

/* An address as the kernel tells it. */
struct net_address {
	struct sys_addr a;
	struct addr broadcast; /* family 0: none */
};
/* False if M is no address of an IP family. */
bool net_read_address(const struct nlmsghdr *m, struct net_address *ret);
