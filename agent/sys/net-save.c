/* SPDX-License-Identifier: MIT */
/*
 * net-save.c -- all that one link has, kept as the kernel's own messages and put back from them
 *
 * Whatever an address or a route says beside what sys_net knows (labels, sources, metrics of a
 * route, other tables) comes back, for the messages are sent again as they came: ip-route(8) save
 * and restore do the same.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "agent/sys/netlink.h"

#define DUMPS_MAX 5
#define SAVED_MAX (1024 * 1024)

struct saving {
	struct buf *out;
	int index;
};

static const struct rtattr *attribute(const struct nlmsghdr *h, unsigned short type)
{
	size_t head =
		h->nlmsg_type == RTM_NEWADDR ? sizeof(struct ifaddrmsg) : sizeof(struct rtmsg);
	int len = (int)h->nlmsg_len - (int)NLMSG_SPACE(head);
	const struct rtattr *a =
		(const struct rtattr *)((const char *)NLMSG_DATA(h) + NLMSG_ALIGN(head));

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

static uint32_t number(const struct nlmsghdr *h, unsigned short type, uint32_t otherwise)
{
	const struct rtattr *a = attribute(h, type);
	uint32_t v;

	if (!a || RTA_PAYLOAD(a) < sizeof(v))
		return otherwise;
	memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

/* An address that lives as long as the link does, or a route that the kernel keeps for itself. */
static bool kernels_own(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(h);
	const struct rtmsg *rtm = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_NEWADDR)
		return ifa->ifa_family == AF_INET6 && ifa->ifa_scope == RT_SCOPE_LINK;
	if (rtm->rtm_family == AF_INET6 &&
	    (rtm->rtm_protocol == RTPROT_KERNEL || rtm->rtm_protocol == RTPROT_RA))
		return true;
	return rtm->rtm_flags & RTM_F_CLONED || rtm->rtm_type != RTN_UNICAST ||
	       number(h, RTA_TABLE, rtm->rtm_table) == RT_TABLE_LOCAL;
}

/* The next hop behind N of a route that has several; the first one if N is NULL. */
static struct rtnexthop *next_hop(const struct nlmsghdr *h, const struct rtnexthop *n)
{
	const struct rtattr *all = attribute(h, RTA_MULTIPATH);
	const char *at = !all ? NULL : n ? (const char *)RTNH_NEXT(n) : RTA_DATA(all);
	int left = all ? (int)((const char *)RTA_DATA(all) + RTA_PAYLOAD(all) - at) : 0;

	return left >= (int)sizeof(*n) && RTNH_OK((const struct rtnexthop *)at, left)
		       ? (struct rtnexthop *)at
		       : NULL;
}

static bool goes_through(const struct nlmsghdr *h, int index)
{
	bool found = (int)number(h, RTA_OIF, 0) == index;

	for (const struct rtnexthop *n = next_hop(h, NULL); n && !found; n = next_hop(h, n))
		found = n->rtnh_ifindex == index;
	return found;
}

static bool concerns(const struct nlmsghdr *h, int index)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_NEWADDR)
		return (int)ifa->ifa_index == index && !kernels_own(h);
	return h->nlmsg_type == RTM_NEWROUTE && !kernels_own(h) && goes_through(h, index);
}

static int on_message(struct nl_msg *msg, void *userdata)
{
	static const char padding[NLMSG_ALIGNTO];
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct saving *s = userdata;

	if (!concerns(h, s->index))
		return NL_OK;
	buf_add(s->out, h, h->nlmsg_len);
	buf_add(s->out, padding, NLMSG_ALIGN(h->nlmsg_len) - h->nlmsg_len);
	return NL_OK;
}

static int dump(struct net_socket *s, int type)
{
	struct rtgenmsg any = { .rtgen_family = AF_UNSPEC };
	int r;

	r = nl_send_simple(s->nl, type, NLM_F_DUMP, &any, sizeof(any));
	if (r >= 0)
		r = nl_recvmsgs_default(s->nl);
	return r < 0 ? net_error(s, r) : 0;
}

static int save(struct net_socket *s, struct saving *saving)
{
	int r;

	r = nl_socket_modify_cb(s->nl, NL_CB_VALID, NL_CB_CUSTOM, on_message, saving);
	if (r < 0)
		return net_error(s, r);
	for (int i = 0; i < DUMPS_MAX; i++) {
		buf_reset(saving->out);
		r = dump(s, RTM_GETADDR);
		if (r >= 0)
			r = dump(s, RTM_GETROUTE);
		if (r != -EINTR)
			break;
	}
	return r < 0 ? r : saving->out->error;
}

int sys_net_save(struct sys *sys, int index, struct buf *out)
{
	_cleanup_net_socket_ struct net_socket s = {};
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = net_socket_open(&s);
	return r < 0 ? r : save(&s, &(struct saving){ .out = out, .index = index });
}

/* ---- putting back ---- */

static bool same_attribute(const struct nlmsghdr *x, const struct nlmsghdr *y, unsigned short type)
{
	const struct rtattr *a = attribute(x, type), *b = attribute(y, type);

	if (!a || !b)
		return a == b;
	return RTA_PAYLOAD(a) == RTA_PAYLOAD(b) &&
	       memcmp(RTA_DATA(a), RTA_DATA(b), RTA_PAYLOAD(a)) == 0;
}

static bool same(const struct nlmsghdr *x, const struct nlmsghdr *y)
{
	const struct ifaddrmsg *ix = NLMSG_DATA(x), *iy = NLMSG_DATA(y);
	const struct rtmsg *rx = NLMSG_DATA(x), *ry = NLMSG_DATA(y);

	if (x->nlmsg_type != y->nlmsg_type)
		return false;
	if (x->nlmsg_type == RTM_NEWADDR)
		return ix->ifa_family == iy->ifa_family && ix->ifa_prefixlen == iy->ifa_prefixlen &&
		       same_attribute(x, y, IFA_LOCAL) && same_attribute(x, y, IFA_ADDRESS);
	return rx->rtm_family == ry->rtm_family && rx->rtm_dst_len == ry->rtm_dst_len &&
	       rx->rtm_protocol == ry->rtm_protocol && rx->rtm_tos == ry->rtm_tos &&
	       same_attribute(x, y, RTA_DST) && same_attribute(x, y, RTA_GATEWAY) &&
	       same_attribute(x, y, RTA_TABLE) && same_attribute(x, y, RTA_PRIORITY);
}

static const struct nlmsghdr *next(const struct buf *b, const struct nlmsghdr *h)
{
	size_t at = h ? (size_t)((const char *)h - b->data) + NLMSG_ALIGN(h->nlmsg_len) : 0;

	if (at + sizeof(*h) > b->len)
		return NULL;
	h = (const struct nlmsghdr *)(b->data + at);
	/* an address has attributes, so that this is the least for it, too */
	return h->nlmsg_len < NLMSG_SPACE(sizeof(struct rtmsg)) || at + h->nlmsg_len > b->len ? NULL
											      : h;
}

static bool contains(const struct buf *b, const struct nlmsghdr *h)
{
	for (const struct nlmsghdr *x = next(b, NULL); x; x = next(b, x))
		if (same(x, h))
			return true;
	return false;
}

static void strip(struct nlmsghdr *h, unsigned short type)
{
	const struct rtattr *a = attribute(h, type);
	size_t len = a ? RTA_ALIGN(a->rta_len) : 0;
	char *end = (char *)h + h->nlmsg_len;

	if (!a || (char *)a + len > end)
		return;
	memmove((char *)a, (const char *)a + len, (size_t)(end - ((char *)a + len)));
	h->nlmsg_len -= (uint32_t)len;
}

/*
 * What the kernel tells of a route, but does not take: what it knows of it by now, and both the
 * next hop that it refers to (WITHOUT: the one or the other) and what that one says.
 */
static void make_acceptable(struct nlmsghdr *h, const unsigned short *without)
{
	((struct rtmsg *)NLMSG_DATA(h))->rtm_flags &= RTNH_F_ONLINK;
	for (struct rtnexthop *n = next_hop(h, NULL); n; n = next_hop(h, n))
		n->rtnh_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
	for (; *without; without++)
		strip(h, *without);
}

static int send_one(struct net_socket *s, const struct nlmsghdr *h, int type, int flags,
		    const unsigned short *without)
{
	struct nl_msg *msg = nlmsg_convert((struct nlmsghdr *)h);
	struct nlmsghdr *to;
	int r;

	if (!msg)
		return -ENOMEM;
	to = nlmsg_hdr(msg);
	to->nlmsg_type = type;
	to->nlmsg_flags = NLM_F_REQUEST | flags;
	to->nlmsg_pid = NL_AUTO_PORT;
	to->nlmsg_seq = NL_AUTO_SEQ;
	if (h->nlmsg_type == RTM_NEWROUTE)
		make_acceptable(to, without);
	r = nl_send_sync(s->nl, msg);
	return r < 0 ? net_error(s, r) : 0;
}

static int send_again(struct net_socket *s, const struct nlmsghdr *h, int type, int flags)
{
	static const unsigned short itself[] = { RTA_NH_ID, 0 },
				    by_number[] = { RTA_OIF, RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH,
						    0 };
	int r;

	if (h->nlmsg_type != RTM_NEWROUTE || !attribute(h, RTA_NH_ID))
		return send_one(s, h, type, flags, itself);
	r = send_one(s, h, type, flags, by_number);
	/* the next hop of that number may be gone */
	return r < 0 ? send_one(s, h, type, flags, itself) : r;
}

/* The next IPv4 address after H. */
static const struct nlmsghdr *next_inet(const struct buf *b, const struct nlmsghdr *h)
{
	do {
		h = next(b, h);
	} while (h && (h->nlmsg_type != RTM_NEWADDR ||
		       ((const struct ifaddrmsg *)NLMSG_DATA(h))->ifa_family != AF_INET));
	return h;
}

/* Which one came first counts: it is the source of what is sent, and takes the others along. */
static bool same_order(const struct buf *now, const struct buf *then)
{
	const struct nlmsghdr *x = next_inet(now, NULL), *y = next_inet(then, NULL);

	while (x && y && same(x, y)) {
		x = next_inet(now, x);
		y = next_inet(then, y);
	}
	return !x && !y;
}

/* What is there now and was not there then, of TYPE (RTM_NEW*). */
static int remove_others(struct net_socket *s, const struct buf *now, const struct buf *then,
			 int type)
{
	bool anew = type == RTM_NEWADDR && !same_order(now, then);
	int r, first = 0;

	for (const struct nlmsghdr *h = next(now, NULL); h; h = next(now, h)) {
		const struct ifaddrmsg *ifa = NLMSG_DATA(h);

		if (h->nlmsg_type != type ||
		    (contains(then, h) && !(anew && ifa->ifa_family == AF_INET)))
			continue;
		r = send_again(s, h, type + 1, 0); /* RTM_DEL* is the number after RTM_NEW* */
		if (r < 0 && r != -ESRCH && r != -ENOENT && r != -EADDRNOTAVAIL && !first)
			first = r;
	}
	return first;
}

/* Routes to neighbours first (VIA false): gateways are reached through them. */
static int add_all(struct net_socket *s, const struct buf *then, int type, bool via)
{
	int r, first = 0;

	for (const struct nlmsghdr *h = next(then, NULL); h; h = next(then, h)) {
		if (h->nlmsg_type != type ||
		    (type == RTM_NEWROUTE && via != (attribute(h, RTA_GATEWAY) != NULL)))
			continue;
		r = send_again(s, h, type, NLM_F_CREATE | NLM_F_REPLACE);
		if (r < 0 && r != -EEXIST && !first)
			first = r;
	}
	return first;
}

int sys_net_put_back(struct sys *sys, int index, const void *saved, size_t len)
{
	_cleanup_buf_ struct buf now = BUF_INIT, then = BUF_INIT_MAX(SAVED_MAX);
	_cleanup_net_socket_ struct net_socket s = {}, sender = {};
	int first, r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = buf_add(&then, saved, len);
	if (r >= 0)
		r = net_socket_open(&s);
	if (r >= 0)
		r = net_socket_open(&sender);
	if (r >= 0)
		r = save(&s, &(struct saving){ .out = &now, .index = index });
	if (r < 0)
		return r;
	first = remove_others(&sender, &now, &then, RTM_NEWADDR);
	r = add_all(&sender, &then, RTM_NEWADDR, false);
	first = first ?: r;
	r = remove_others(&sender, &now, &then, RTM_NEWROUTE);
	first = first ?: r;
	for (int via = 0; via < 2; via++) {
		r = add_all(&sender, &then, RTM_NEWROUTE, via);
		first = first ?: r;
	}
	return first;
}
