/* SPDX-License-Identifier: MIT */
/* snapshot.c -- texts that take a look at everything, made by a child process */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tools/envmux/snapshot.h"

#define KEPT_MAX 4
#define KEPT_MS 1000
#define LIMIT_MS 20000
#define CHILD_FD 3 /* the text; behind it the pipe whose end tells that it is over */
#define NICER 5	   /* than those who route */

struct text {
	char *key; /* NULL: free */
	int fd;	   /* a file in memory; -1 */
	int error;
	uint64_t made_at;
};

struct snapshot {
	struct text kept[KEPT_MAX];
	struct text making; /* if pid > 0 */
	pid_t pid;
	int pipe;
	uint64_t since;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void text_done(struct text *t)
{
	free(t->key);
	safe_close(t->fd);
	*t = (struct text){ .fd = -1 };
}

int snapshot_new(struct snapshot **ret)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (size_t i = 0; i < KEPT_MAX; i++)
		s->kept[i].fd = -1;
	s->making.fd = s->pipe = -1;
	*ret = s;
	return 0;
}

static void reap(struct snapshot *s, int *status)
{
	while (waitpid(s->pid, status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	safe_close(TAKE_FD(s->pipe));
}

void snapshot_free(struct snapshot *s)
{
	int status;

	if (!s)
		return;
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		reap(s, &status);
	}
	for (size_t i = 0; i < KEPT_MAX; i++)
		text_done(&s->kept[i]);
	text_done(&s->making);
	free(s);
}

/* ---- in the child ---- */

static int write_all(int fd, const char *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/*
 * Without the parent's sockets and its lock on the journal: who starts after the parent was killed
 * must not find them taken by us.
 */
static _Noreturn void child(pid_t parent, int fd, int end,
			    int (*make)(void *userdata, struct buf *b), void *userdata)
{
	struct buf b = BUF_INIT;
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ESRCH);
	fd = fcntl(fd, F_DUPFD, CHILD_FD + 2);
	end = fcntl(end, F_DUPFD, CHILD_FD + 2);
	if (fd < 0 || end < 0 || dup2(fd, CHILD_FD) < 0 || dup2(end, CHILD_FD + 1) < 0 ||
	    close_range(CHILD_FD + 2, ~0U, 0) < 0)
		_exit(errno);
	(void)!nice(NICER);
	r = make(userdata, &b);
	if (r >= 0)
		r = b.error ?: write_all(CHILD_FD, b.data, b.len);
	_exit(r < 0 ? -r : 0);
}

/* ---- in the parent ---- */

static int start(struct snapshot *s, const char *key, int (*make)(void *userdata, struct buf *b),
		 void *userdata)
{
	_cleanup_close_ int in = -1, out = -1;
	pid_t pid, parent = getpid();
	int fds[2];

	s->making = (struct text){ .key = strdup(key), .fd = -1 };
	if (!s->making.key)
		return -ENOMEM;
	s->making.fd = memfd_create("envmux", MFD_CLOEXEC);
	if (s->making.fd < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(parent, s->making.fd, out, make, userdata);
	s->pid = pid;
	s->pipe = TAKE_FD(in);
	s->since = now_ms();
	return -EAGAIN;
}

static int read_text(const struct text *t, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;

	if (t->error < 0)
		return t->error;
	if (fstat(t->fd, &st) < 0)
		return -errno;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = pread(t->fd, text + done, (size_t)(st.st_size - done), done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += n;
	}
	text[st.st_size] = '\0';
	*ret_len = (size_t)st.st_size;
	*ret = TAKE_PTR(text);
	return 0;
}

static int make_here(int (*make)(void *userdata, struct buf *b), void *userdata, char **ret,
		     size_t *ret_len)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r = make(userdata, &b);

	if (r >= 0)
		r = b.error;
	if (r < 0)
		return r;
	*ret_len = b.len;
	*ret = buf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

int snapshot_get(struct snapshot *s, const char *key, int (*make)(void *userdata, struct buf *b),
		 void *userdata, char **ret, size_t *ret_len)
{
	uint64_t now = now_ms();
	int r;

	if (!s)
		return make_here(make, userdata, ret, ret_len);
	for (size_t i = 0; i < KEPT_MAX; i++) {
		const struct text *t = &s->kept[i];

		if (t->key && !strcmp(t->key, key) && now < t->made_at + KEPT_MS)
			return read_text(t, ret, ret_len);
	}
	if (s->pid > 0)
		return -EAGAIN;
	r = start(s, key, make, userdata);
	if (r != -EAGAIN)
		text_done(&s->making);
	return r;
}

int snapshot_fd(const struct snapshot *s)
{
	return s->pipe;
}

/* In the place of what had that key, or is oldest. */
static void keep(struct snapshot *s, struct text *t)
{
	struct text *to = &s->kept[0];

	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (s->kept[i].made_at < to->made_at)
			to = &s->kept[i];
	}
	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (s->kept[i].key && !strcmp(s->kept[i].key, t->key))
			to = &s->kept[i];
	}
	text_done(to);
	*to = *t;
	*t = (struct text){ .fd = -1 };
}

bool snapshot_run(struct snapshot *s)
{
	struct pollfd end = { s->pipe, POLLIN, 0 };
	uint64_t now = now_ms();
	int status = 0;
	bool late;

	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (s->kept[i].key && now >= s->kept[i].made_at + KEPT_MS)
			text_done(&s->kept[i]);
	}
	if (s->pid <= 0)
		return false;
	late = now >= s->since + LIMIT_MS;
	if (poll(&end, 1, 0) <= 0 && !late)
		return false;
	if (late)
		kill(s->pid, SIGKILL);
	reap(s, &status);
	s->making.made_at = now_ms();
	s->making.error = late			     ? -ETIMEDOUT
			  : !WIFEXITED(status)	     ? -EIO
			  : WEXITSTATUS(status) != 0 ? -WEXITSTATUS(status)
						     : 0;
	keep(s, &s->making);
	return true;
}
