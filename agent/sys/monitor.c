/* SPDX-License-Identifier: MIT */
/*
 * monitor.c -- hearing that links, addresses or routes changed
 *
 * Bare netlink: who only wants to hear that something happened need not carry libnl.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "agent/sys/sys-internal.h"

int sys_net_monitor(struct sys *sys)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
				  .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
					       RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
					       RTMGRP_IPV6_ROUTE };
	_cleanup_close_ int fd = -1;

	if (!sys->live)
		return -EOPNOTSUPP;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int sys_net_monitor_drain(int fd)
{
	char byte;
	int any = 0;

	for (;;) {
		/* one byte of room: the kernel drops the rest of the message */
		ssize_t n = recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return any;
		if (n < 0 && errno != ENOBUFS)
			return -errno;
		any = 1;
	}
}
