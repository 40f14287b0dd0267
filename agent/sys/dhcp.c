/* SPDX-License-Identifier: MIT */
/* dhcp.c -- finding DHCP clients and ending them */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "agent/sys/dhcp-client.h"
#include "agent/sys/sys-internal.h"

#define ARGV_MAX_BYTES 65536
#define STOP_WAIT_MS 2000

/* A file of process PID; proc files say they are empty, so it is read to the end. */
static int read_proc(pid_t pid, const char *file, struct buf *out)
{
	char path[64], block[1024];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, block, sizeof(block))) > 0)
		if (buf_add(out, block, n) < 0)
			return out->error;
	return n < 0 ? -errno : 0;
}

/* The process lives in our network and PID namespaces; a container's client is not ours. */
static bool is_neighbour(pid_t pid)
{
	static const char *const namespaces[] = { "net", "pid" };
	struct stat ours, its;
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		if (stat(path, &ours) < 0)
			return false;
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, namespaces[i]);
		if (stat(path, &its) < 0 || ours.st_ino != its.st_ino)
			return false;
	}
	return true;
}

/* dhcpcd writes over its arguments: "dhcpcd: eth0 [ip4]" is one word. */
static int read_argv(pid_t pid, char ***ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT_MAX(ARGV_MAX_BYTES);
	_cleanup_strv_ char **argv = NULL;
	int r;

	r = read_proc(pid, "cmdline", &text);
	if (r < 0)
		return r;
	if (text.len && !strncmp(text.data, "dhcpcd: ", 8))
		for (size_t i = 0; i < text.len; i++)
			if (text.data[i] == ' ')
				text.data[i] = '\0';
	for (size_t i = 0; i < text.len; i += strlen(text.data + i) + 1) {
		r = strv_add(&argv, text.data + i);
		if (r < 0)
			return r;
	}
	if (!argv)
		return -ENOENT;
	*ret = TAKE_PTR(argv);
	return 0;
}

/* Adds the file if it is there. FORMAT is of our own tables. */
static int add_file(struct sys *sys, char ***files, const char *format, const char *ifname)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	const char *hole = strstr(format, "%s");
	_cleanup_free_ char *path = NULL;

	path = hole ? str_printf("%.*s%s%s", (int)(hole - format), format, ifname, hole + 2)
		    : strdup(format);
	if (!path)
		return -ENOMEM;
	if (path[0] != '/' || sys_lstat(sys, path, &st) < 0 || st.kind != SYS_FILE ||
	    strv_contains(*files, path))
		return 0;
	return strv_add(files, path);
}

static int find_leases(struct sys *sys, const struct dhcp_client *c, const char *ifname,
		       struct sys_dhcp *d)
{
	const char *named = dhcp_option(d->argv, c->lease_option);
	int r;

	if (named)
		return add_file(sys, &d->leases, named, "");
	for (const char *const *p = c->leases; *p; p++) {
		r = add_file(sys, &d->leases, *p, ifname);
		if (r < 0)
			return r;
	}
	return 0;
}

static void dhcp_done(struct sys_dhcp *d)
{
	strv_free(d->argv);
	strv_free(d->leases);
	*d = (struct sys_dhcp){};
}

/* Process PID, if it is a client of IFNAME: 1, else 0. A process that is gone is none. */
static int look_at(struct sys *sys, pid_t pid, const char *ifname, struct sys_dhcp *ret)
{
	_cleanup_buf_ struct buf comm = BUF_INIT_MAX(64);
	_cleanup_(dhcp_done) struct sys_dhcp d = {};
	const struct dhcp_client *c;
	int r;

	if (read_proc(pid, "comm", &comm) < 0 || !comm.len)
		return 0;
	comm.data[strcspn(comm.data, "\n")] = '\0';
	c = dhcp_client_of(comm.data);
	if (!c || !is_neighbour(pid))
		return 0;
	r = read_argv(pid, &d.argv);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !dhcp_client_serves(c, d.argv, ifname))
		return 0;
	d.pid = pid;
	strcpy(d.program, c->comm);
	r = find_leases(sys, c, ifname, &d);
	if (r < 0)
		return r;
	*ret = d;
	d = (struct sys_dhcp){};
	return 1;
}

int sys_dhcp_find(struct sys *sys, const char *ifname, struct sys_dhcp **ret, size_t *ret_n)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct sys_dhcp *list = NULL;
	struct dirent *e;
	size_t n = 0;
	int r = 0;

	if (sys->live) {
		dir = opendir("/proc");
		if (!dir)
			return -errno;
	}
	while (dir && r >= 0 && (e = readdir(dir))) {
		struct sys_dhcp d, *bigger;

		if (e->d_name[strspn(e->d_name, "0123456789")])
			continue;
		r = look_at(sys, atoi(e->d_name), ifname, &d);
		if (r <= 0)
			continue;
		bigger = reallocarray(list, n + 1, sizeof(*list));
		if (!bigger) {
			dhcp_done(&d);
			r = -ENOMEM;
			continue;
		}
		list = bigger;
		list[n++] = d;
	}
	if (r < 0) {
		sys_dhcp_free(list, n);
		return r;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

void sys_dhcp_free(struct sys_dhcp *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dhcp_done(&d[i]);
	free(d);
}

/* A process held by its descriptor or, before Linux 5.3, known by its number alone (PIDFD -1). */
struct process {
	pid_t pid;
	int pidfd;
};

static int send_signal(const struct process *p, int signal)
{
	int r = p->pidfd < 0 ? kill(p->pid, signal)
			     : (int)syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0);

	return r < 0 ? -errno : 0;
}

/* Sends SIGNAL and waits. 1 if the process is gone, 0 if it is still there. */
static int end_process(const struct process *p, int signal)
{
	uint64_t until = sys_now_monotonic() + STOP_WAIT_MS * 1000, t;
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
	int r;

	r = send_signal(p, signal);
	while (r == 0 && (t = sys_now_monotonic()) < until) {
		if (poll(&fd, 1, p->pidfd < 0 ? 10 : (int)((until - t) / 1000 + 1)) > 0)
			return 1;
		if (p->pidfd < 0)
			r = send_signal(p, 0);
	}
	return r == -ESRCH ? 1 : r;
}

/* Its pid file is of no use to anybody now, and a later start could kill a stranger by it. */
static int remove_pid_files(struct sys *sys, const struct dhcp_client *c, const struct sys_dhcp *d)
{
	_cleanup_strv_ char **files = NULL;
	const char *named;
	int r = 0;

	if (!d->argv)
		return 0;
	named = dhcp_option(d->argv, c->pid_option);
	if (named)
		r = add_file(sys, &files, named, "");
	for (char *const *word = d->argv; r >= 0 && !named && *word; word++)
		for (const char *const *p = c->pids; r >= 0 && *p; p++)
			r = filename_valid(*word) ? add_file(sys, &files, *p, *word) : 0;
	for (char **p = files; r >= 0 && p && *p; p++) {
		_cleanup_free_ char *text = NULL;

		if (sys_read(sys, *p, &text, NULL) == 0 && atoi(text) == d->pid)
			r = sys_unlink(sys, *p);
	}
	return r;
}

int sys_dhcp_stop(struct sys *sys, const struct sys_dhcp *d)
{
	const struct dhcp_client *c = dhcp_client_of(d->program);
	_cleanup_buf_ struct buf comm = BUF_INIT_MAX(64);
	_cleanup_close_ int pidfd = -1;
	struct process p = { .pid = d->pid };
	int gone = 0, r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!c || d->pid <= 1)
		return -EINVAL;
	p.pidfd = pidfd = syscall(SYS_pidfd_open, d->pid, 0);
	if (pidfd < 0 && errno != ESRCH && errno != ENOSYS)
		return -errno;
	/* only now that the descriptor holds it: is it still that program? */
	if (read_proc(d->pid, "comm", &comm) == 0 && comm.len &&
	    !strncmp(comm.data, c->comm, strlen(c->comm))) {
		if (c->polite)
			gone = end_process(&p, SIGTERM);
		if (gone == 0)
			gone = end_process(&p, SIGKILL);
		if (gone <= 0)
			return gone < 0 ? gone : -ETIMEDOUT;
	}
	for (char *const *file = d->leases; file && *file; file++) {
		r = sys_unlink(sys, *file);
		if (r < 0)
			return r;
	}
	r = remove_pid_files(sys, c, d);
	return r < 0 ? r : 0;
}
