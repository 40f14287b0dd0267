/* SPDX-License-Identifier: MIT */
/* netlink.c -- a libnl socket whose errors are errno */
#include "agent/sys/netlink.h"

#include <errno.h>
#include <netlink/errno.h>
#include <string.h>

/* libnl keeps its own code and throws the kernel's away; the kernel's says more. */
static int on_error(struct sockaddr_nl *peer, struct nlmsgerr *err, void *userdata)
{
	struct net_socket *s = userdata;

	s->error = -err->error;
	return -nl_syserr2nlerr(err->error);
}

int net_socket_open(struct net_socket *s)
{
	int r;

	*s = (struct net_socket){ .nl = nl_socket_alloc() };
	if (!s->nl)
		return -ENOMEM;
	r = nl_connect(s->nl, NETLINK_ROUTE);
	if (r < 0)
		return net_error(s, r);
	r = nl_socket_modify_err_cb(s->nl, NL_CB_CUSTOM, on_error, s);
	return r < 0 ? net_error(s, r) : 0;
}

void net_socket_done(struct net_socket *s)
{
	nl_socket_free(s->nl);
	s->nl = NULL;
}

int net_error(struct net_socket *s, int code)
{
	static const uint8_t codes[] = {
		[NLE_INTR] = EINTR,	      [NLE_BAD_SOCK] = EBADF,
		[NLE_AGAIN] = EAGAIN,	      [NLE_NOMEM] = ENOMEM,
		[NLE_EXIST] = EEXIST,	      [NLE_INVAL] = EINVAL,
		[NLE_RANGE] = ERANGE,	      [NLE_MSGSIZE] = EMSGSIZE,
		[NLE_OPNOTSUPP] = EOPNOTSUPP, [NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
		[NLE_OBJ_NOTFOUND] = ENOENT,  [NLE_NOATTR] = ENODATA,
		[NLE_MISSING_ATTR] = EINVAL,  [NLE_AF_MISMATCH] = EAFNOSUPPORT,
		[NLE_NOADDR] = EADDRNOTAVAIL, [NLE_MSG_OVERFLOW] = ENOBUFS,
		[NLE_NOACCESS] = EACCES,      [NLE_PERM] = EPERM,
		[NLE_BUSY] = EBUSY,	      [NLE_NODEV] = ENODEV,
		[NLE_DUMP_INTR] = EINTR,
	};
	int error = s->error;

	s->error = 0;
	if (error)
		return -error;
	if (code < 0)
		code = -code;
	if ((size_t)code < ARRAY_SIZE(codes) && codes[code])
		return -codes[code];
	return -EIO;
}

struct nl_addr *net_addr_to_nl(const struct addr *addr)
{
	size_t len = addr->family == AF_INET ? 4 : 16;
	struct nl_addr *nl = nl_addr_build(addr->family, addr->bytes, len);

	if (nl)
		nl_addr_set_prefixlen(nl, addr->prefix >= 0 ? addr->prefix : (int)len * 8);
	return nl;
}

struct addr net_addr_from_nl(struct nl_addr *nl)
{
	struct addr a = { .prefix = -1 };
	int family = nl ? nl_addr_get_family(nl) : 0;

	if (family != AF_INET && family != AF_INET6)
		return a;
	a.family = family;
	a.prefix = nl_addr_get_prefixlen(nl);
	/* the default destination comes without bytes */
	if (nl_addr_get_len(nl) <= sizeof(a.bytes))
		memcpy(a.bytes, nl_addr_get_binary_addr(nl), nl_addr_get_len(nl));
	return a;
}
