/* SPDX-License-Identifier: MIT */
/* where.c -- where to ask: gateways, nameservers, own MACs */
#include "agent/fetch/where.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netpacket/packet.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/resolvconf.h"

#define WHERE_FILE_MAX (64u * 1024)

void where_add(struct where_list *l, const struct addr *addr, unsigned ifindex)
{
	for (size_t i = 0; i < l->n; i++)
		if (addr_equal(&l->at[i].addr, addr) && l->at[i].ifindex == ifindex)
			return;
	if (l->n < WHERE_MAX)
		l->at[l->n++] = (struct where_addr){ *addr, ifindex };
}

int where_open(const char *path)
{
	return path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
}

/* The first bytes of an open file; NULL if it cannot be read. */
static char *text_of(int fd)
{
	_cleanup_free_ char *text = malloc(WHERE_FILE_MAX + 1);
	size_t len = 0;
	ssize_t n;

	if (!text)
		return NULL;
	while (len < WHERE_FILE_MAX && (n = read(fd, text + len, WHERE_FILE_MAX - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return TAKE_PTR(text);
}

/* Calls EACH with every line, cut at 255 bytes. */
static void for_lines(const char *text, void (*each)(char *line, struct where_list *ret),
		      struct where_list *ret)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[256];
		size_t n = len < sizeof(line) ? len : sizeof(line) - 1;

		memcpy(line, text, n);
		line[n] = '\0';
		each(line, ret);
		text += len + (text[len] == '\n');
	}
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ...; addresses as raw words in hex */
static void route4(char *line, struct where_list *ret)
{
	struct addr a = { .family = AF_INET, .prefix = -1 };
	uint32_t dst, gateway, mask;
	unsigned flags;

	if (sscanf(line, "%*15s %8x %8x %4x %*d %*d %*d %8x", &dst, &gateway, &flags, &mask) != 4)
		return;
	if (dst || mask || !gateway || !(flags & RTF_UP) || !(flags & RTF_GATEWAY))
		return;
	memcpy(a.bytes, &gateway, 4);
	where_add(ret, &a, 0);
}

static int hex16(const char *text, uint8_t ret[16])
{
	for (int i = 0; i < 16; i++)
		if (sscanf(text + 2 * i, "%2hhx", &ret[i]) != 1)
			return -EINVAL;
	return 0;
}

/* destination length source length next-hop metric refcnt use flags device */
static void route6(char *line, struct where_list *ret)
{
	struct addr a = { .family = AF_INET6, .prefix = -1 };
	char dst[33], gateway[33], dev[IF_NAMESIZE];
	unsigned len, flags;
	bool local;

	if (sscanf(line, "%32s %2x %*s %*x %32s %*x %*x %*x %8x %15s", dst, &len, gateway, &flags,
		   dev) != 5)
		return;
	if (len || strspn(dst, "0") != 32 || !(flags & RTF_UP) || !(flags & RTF_GATEWAY))
		return;
	if (strlen(gateway) != 32 || hex16(gateway, a.bytes) < 0)
		return;
	local = a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80;
	where_add(ret, &a, local ? if_nametoindex(dev) : 0);
}

void where_routes4(const char *text, struct where_list *ret)
{
	for_lines(text, route4, ret);
}

void where_routes6(const char *text, struct where_list *ret)
{
	for_lines(text, route6, ret);
}

void where_gateways(int fd4, int fd6, struct where_list *ret)
{
	_cleanup_free_ char *v4 = text_of(fd4);
	_cleanup_free_ char *v6 = text_of(fd6);

	if (v4)
		where_routes4(v4, ret);
	if (v6)
		where_routes6(v6, ret);
}

void where_nameservers(int fd, struct where_list *ret)
{
	_cleanup_free_ char *text = text_of(fd);
	struct addr servers[3];
	size_t n = text ? resolvconf_servers(text, servers, ARRAY_SIZE(servers)) : 0;

	for (size_t i = 0; i < n; i++)
		where_add(ret, &servers[i], 0);
}

int where_macs(struct answer_macs *ret)
{
	static const uint8_t none[6];
	struct ifaddrs *all;

	ret->n = 0;
	if (getifaddrs(&all) < 0)
		return -errno;

	for (struct ifaddrs *i = all; i && ret->n < ANSWER_MACS_MAX; i = i->ifa_next) {
		const struct sockaddr_ll *ll = (const struct sockaddr_ll *)i->ifa_addr;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET || ll->sll_halen != 6 ||
		    (i->ifa_flags & IFF_LOOPBACK) || memcmp(ll->sll_addr, none, 6) == 0)
			continue;
		memcpy(ret->mac[ret->n++], ll->sll_addr, 6);
	}
	freeifaddrs(all);
	return 0;
}
