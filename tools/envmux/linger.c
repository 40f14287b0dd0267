/* SPDX-License-Identifier: MIT */
/* linger.c -- connections whose request was answered before all of it had come */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/base/cleanup.h"
#include "tools/envmux/linger.h"

#define BYTES_MAX (64u * 1024 * 1024)
#define LIMIT_MS 30000
#define PART 65536
#define PARTS 4 /* of one in a row: others have something to say, too */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void linger_add(struct lingers *l, int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
	_cleanup_close_ int own = l->n < LINGER_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (own < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, own, &event) < 0)
		return;
	l->all[l->n++] = (struct lingering){
		.fd = TAKE_FD(own),
		.left = BYTES_MAX,
		.until = now_ms() + LIMIT_MS,
	};
}

/* True if it is over. */
static bool discard(struct lingering *g, uint64_t now)
{
	char part[PART];
	ssize_t n = 1;

	for (unsigned i = 0; i < PARTS && n > 0 && g->left > 0; i++) {
		n = recv(g->fd, part, sizeof(part), MSG_DONTWAIT);
		if (n > 0)
			g->left -= (uint64_t)n < g->left ? (uint64_t)n : g->left;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		n = 1;
	return n <= 0 || g->left == 0 || now >= g->until;
}

void linger_run(struct lingers *l)
{
	uint64_t now = l->n > 0 ? now_ms() : 0;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		/* The client may wait for that before it ends; to do it twice does no harm. */
		(void)shutdown(l->all[i].fd, SHUT_WR);
		if (discard(&l->all[i], now))
			safe_close(l->all[i].fd);
		else
			l->all[n++] = l->all[i];
	}
	l->n = n;
}

int linger_timeout(const struct lingers *l)
{
	uint64_t now = l->n > 0 ? now_ms() : 0;
	int least = -1;

	for (size_t i = 0; i < l->n; i++) {
		int ms = now >= l->all[i].until ? 0 : (int)(l->all[i].until - now);

		least = least < 0 || ms < least ? ms : least;
	}
	return least;
}

void linger_end(struct lingers *l)
{
	while (l->n > 0)
		safe_close(l->all[--l->n].fd);
}
