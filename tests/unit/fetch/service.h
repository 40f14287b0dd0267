/* SPDX-License-Identifier: MIT */
/*
 * service.h -- a metadata service of our own on loopback, that can answer as badly as any
 *
 * As root it lives in a network namespace of the test's own, at 169.254.169.254, port 80, beside a
 * link with SERVICE_MAC; otherwise at 127.0.0.1 and a port of the kernel's choice, and this
 * machine's own MAC is used. It is a real server: a process with a socket.
 */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE_MAC "02:00:5e:10:00:01"
#define SERVICE_LINK_LOCAL "169.254.169.254"

enum service_mode {
	SERVICE_GOOD,
	SERVICE_CHUNKED,
	SERVICE_NO_LENGTH,
	SERVICE_SLOW, /* byte by byte at first */
	SERVICE_HTML,
	SERVICE_EMPTY_BODY,
	SERVICE_SILENT_CLOSE,
	SERVICE_TRUNCATED,
	SERVICE_HUGE,
	SERVICE_HUGE_LENGTH,
	SERVICE_LONG_HEAD,
	SERVICE_HANG,
	SERVICE_500,
	SERVICE_REDIRECT,
	SERVICE_NOT_HTTP,
	SERVICE_OTHER_VM,
	SERVICE_NO_URL,
};

/* Shared with the server: a test changes it while the server runs. */
struct service_orders {
	enum service_mode mode;
	char env[21];
	unsigned served;
};

struct service {
	pid_t pid;
	int port;
	bool netns;
	char address[32];
	char mac[18];
	struct service_orders *orders;
};

static inline void service_own_mac(char mac[18])
{
	struct ifaddrs *all;

	mac[0] = '\0';
	if (getifaddrs(&all) < 0)
		return;
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct sockaddr_ll *ll = (const struct sockaddr_ll *)i->ifa_addr;
		const unsigned char *m;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET || ll->sll_halen != 6 ||
		    (i->ifa_flags & IFF_LOOPBACK))
			continue;
		m = ll->sll_addr;
		/* upper case, as the platform writes it */
		snprintf(mac, 18, "%02X:%02X:%02X:%02X:%02X:%02X", m[0], m[1], m[2], m[3], m[4],
			 m[5]);
		break;
	}
	freeifaddrs(all);
}

/* A namespace with loopback, 169.254.169.254 on it, and one link. False if that cannot be had. */
static inline bool service_enter_netns(void)
{
	return geteuid() == 0 && unshare(CLONE_NEWNET) == 0 &&
	       system("ip link set lo up && ip addr add " SERVICE_LINK_LOCAL "/32 dev lo && "
		      "ip link add ea0 type veth peer name ea1 && "
		      "ip link set ea0 address " SERVICE_MAC) == 0;
}

static inline int service_document(const struct service *s, char *text, size_t size)
{
	return snprintf(text, size,
			"{\"id\":\"52100021\",\"name\":\"web-1\",\"configuration_url\":"
			"\"https://cloud.example.test/v2/configurations/%s/\",\"interfaces\":"
			"[{\"mac\":\"00:00:5E:00:53:01\"},{\"mac\":\"%s\",\"ip\":\"10.60.0.21\"}],"
			"\"user_data\":null}",
			s->orders->env,
			s->orders->mode == SERVICE_OTHER_VM ? "02:00:5E:99:99:99"
			: s->mac[0]			    ? s->mac
							    : SERVICE_MAC);
}

static inline void service_say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static inline void service_chunked(int fd, const char *doc)
{
	char head[64];

	service_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0, n; doc[i]; i += n) {
		n = strlen(doc + i) < 50 ? strlen(doc + i) : 50;
		snprintf(head, sizeof(head), "%zx;note=x\r\n", n);
		service_say(fd, head);
		if (write(fd, doc + i, n) < 0)
			return;
		service_say(fd, "\r\n");
	}
	service_say(fd, "0\r\nX-Trailer: yes\r\n\r\n");
}

static inline void service_flood(int fd, const char *head, size_t len)
{
	static char blank[65536];

	memset(blank, 'x', sizeof(blank));
	service_say(fd, head);
	for (size_t sent = 0; sent < len; sent += sizeof(blank))
		if (write(fd, blank, sizeof(blank)) < 0)
			return;
}

static inline void service_answer(const struct service *s, int fd)
{
	char doc[1024], text[2048];
	int len = service_document(s, doc, sizeof(doc));

	switch (s->orders->mode) {
	case SERVICE_CHUNKED:
		service_chunked(fd, doc);
		return;
	case SERVICE_NO_LENGTH:
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n\r\n%s", doc);
		break;
	case SERVICE_HTML:
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n<html>It "
			 "works!</html>......");
		break;
	case SERVICE_EMPTY_BODY:
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		break;
	case SERVICE_SILENT_CLOSE:
		return;
	case SERVICE_TRUNCATED:
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%.*s",
			 len, len / 2, doc);
		break;
	case SERVICE_HUGE:
		service_flood(fd, "HTTP/1.1 200 OK\r\n\r\n", 5 << 20);
		return;
	case SERVICE_HUGE_LENGTH:
		service_flood(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n", 5 << 20);
		return;
	case SERVICE_LONG_HEAD:
		service_flood(fd, "HTTP/1.1 200 OK\r\nX-Long: ", 1 << 20);
		return;
	case SERVICE_500:
		snprintf(text, sizeof(text),
			 "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
		break;
	case SERVICE_REDIRECT:
		snprintf(text, sizeof(text),
			 "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/skytap\r\n\r\n");
		break;
	case SERVICE_NOT_HTTP:
		snprintf(text, sizeof(text), "SSH-2.0-OpenSSH_9.2\r\n\r\n");
		break;
	case SERVICE_NO_URL:
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"1\",\"configuration_url\":null}");
		break;
	default:
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			 "Content-Length: %d\r\n\r\n%s",
			 len, doc);
		break;
	}
	if (s->orders->mode == SERVICE_SLOW)
		for (size_t i = 0; i < 30; i++) {
			if (write(fd, text + i, 1) < 0)
				return;
			usleep(5000);
		}
	service_say(fd, text + (s->orders->mode == SERVICE_SLOW ? 30 : 0));
}

static inline void service_serve(const struct service *s, int listener)
{
	for (;;) {
		char request[2048];
		int fd = accept(listener, NULL, NULL);

		if (fd < 0 || read(fd, request, sizeof(request)) <= 0) {
			close(fd);
			continue;
		}
		s->orders->served++;
		if (s->orders->mode == SERVICE_HANG)
			continue; /* and keep it open */
		service_answer(s, fd);
		close(fd);
	}
}

/* Starts the server of S, whose netns is set; every test may start and stop it. */
static inline int service_start(struct service *s)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	snprintf(s->address, sizeof(s->address), "%s", s->netns ? SERVICE_LINK_LOCAL : "127.0.0.1");
	inet_pton(AF_INET, s->address, &sa.sin_addr);
	sa.sin_port = htons((uint16_t)(s->netns ? 80 : s->port));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 16) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	s->port = ntohs(sa.sin_port);

	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		service_serve(s, fd);
	}
	close(fd);
	return s->pid < 0 ? -errno : 0;
}

static inline void service_stop(struct service *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

/* Once a test program, before anything else: the place, and memory to talk through. */
static inline int service_init(struct service *s)
{
	*s = (struct service){ .netns = service_enter_netns() };
	s->orders = mmap(NULL, sizeof(*s->orders), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->orders == MAP_FAILED)
		return -errno;
	*s->orders = (struct service_orders){ .env = "4190101" };
	service_own_mac(s->mac);
	return 0;
}
