/* SPDX-License-Identifier: MIT */
/* dhcp.c -- finding DHCP clients */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/sys/dhcp-client.h"
#include "agent/sys/sys-internal.h"

#define ARGV_MAX_BYTES 65536

/* proc files say they are empty, so it is read to the end */
int dhcp_read_proc(pid_t pid, const char *file, struct buf *out)
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

pid_t dhcp_session(pid_t pid)
{
	_cleanup_buf_ struct buf stat = BUF_INIT_MAX(4096);
	const char *after; /* the name in brackets, which may hold anything */
	int session;

	if (dhcp_read_proc(pid, "stat", &stat) < 0 || !stat.len)
		return -1;
	after = strrchr(stat.data, ')');
	return after && sscanf(after, ") %*c %*d %*d %d", &session) == 1 ? session : -1;
}

/*
 * The process lives in our network and PID namespaces; a container's client is not ours. By what
 * may be read of any process: its links in ns/ may not, without CAP_SYS_PTRACE, once it has a
 * capability that we have not. Files below net/ have a number for each network namespace.
 */
static bool is_neighbour(pid_t pid, const char *status)
{
	struct stat ours, its;
	const char *line;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (stat("/proc/self/net/dev", &ours) < 0 || stat(path, &its) < 0 ||
	    ours.st_ino != its.st_ino || ours.st_dev != its.st_dev)
		return false;
	/* one number for each PID namespace from that of /proc down to its own */
	line = strstr(status, "\nNSpid:\t");
	return line && line[8 + strspn(line + 8, "0123456789")] == '\n';
}

/* A user's own process may call itself as it likes; one that waits for a password has his group. */
static bool is_roots(const char *status)
{
	return strstr(status, "\nUid:\t0\t0\t0\t0\n") && strstr(status, "\nGid:\t0\t0\t0\t0\n");
}

/*
 * Root started PID, a process of C: it will be killed and started again by root, with the arguments
 * that it has now, and the lease file that they name will be unlinked. dhcpcd gives up root, but a
 * helper in its session does not.
 */
static bool is_trusted(const struct dhcp_client *c, pid_t pid, const char *status)
{
	_cleanup_closedir_ DIR *dir = NULL;
	pid_t session = dhcp_session(pid);
	struct dirent *e;

	if (is_roots(status))
		return true;
	dir = c->helpers && session > 0 ? opendir("/proc") : NULL;
	while (dir && (e = readdir(dir))) {
		_cleanup_buf_ struct buf comm = BUF_INIT_MAX(64),
					 its = BUF_INIT_MAX(ARGV_MAX_BYTES);
		pid_t other = e->d_name[strspn(e->d_name, "0123456789")] ? 0 : atoi(e->d_name);

		if (other > 1 && dhcp_session(other) == session &&
		    dhcp_read_proc(other, "comm", &comm) >= 0 && comm.len &&
		    strncmp(comm.data, c->comm, strlen(c->comm)) == 0 &&
		    dhcp_read_proc(other, "status", &its) >= 0 && its.len && is_roots(its.data))
			return true;
	}
	return false;
}

/*
 * dhcpcd writes over its arguments: "dhcpcd: eth0 [ip4]" is one word. Its helpers say what they are
 * in brackets first, "dhcpcd: [BPF ARP] eth0 10.0.0.5", and are no clients: -ENOENT.
 */
static int read_argv(pid_t pid, char ***ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT_MAX(ARGV_MAX_BYTES);
	_cleanup_strv_ char **argv = NULL;
	int r;

	r = dhcp_read_proc(pid, "cmdline", &text);
	if (r < 0)
		return r;
	if (text.len && !strncmp(text.data, "dhcpcd: ", 8))
		return dhcp_argv_of_title(text.data + 8, ret);
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

int dhcp_add_file(struct sys *sys, char ***files, const char *format, const char *ifname)
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
		return dhcp_add_file(sys, &d->leases, named, "");
	for (const char *const *p = c->leases; *p; p++) {
		r = dhcp_add_file(sys, &d->leases, *p, ifname);
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

/*
 * The name of process PID, below PROC, is that of a client. Each pass asks of each process of the
 * host: one read, for a name is shorter than it and comes whole.
 */
static bool has_name(int proc, pid_t pid)
{
	_cleanup_close_ int fd = -1;
	char path[32], comm[32];
	ssize_t n;

	snprintf(path, sizeof(path), "%d/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, comm, sizeof(comm) - 1);
	if (n <= 0)
		return false;
	comm[n] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return dhcp_client_of(comm);
}

/* Process PID, if it is a client of IFNAME: 1, else 0. A process that is gone is none. */
static int look_at(struct sys *sys, pid_t pid, const char *ifname, struct sys_dhcp *ret)
{
	_cleanup_buf_ struct buf comm = BUF_INIT_MAX(64), status = BUF_INIT_MAX(ARGV_MAX_BYTES);
	_cleanup_(dhcp_done) struct sys_dhcp d = {};
	const struct dhcp_client *c;
	int r;

	if (dhcp_read_proc(pid, "comm", &comm) < 0 || !comm.len)
		return 0;
	comm.data[strcspn(comm.data, "\n")] = '\0';
	c = dhcp_client_of(comm.data);
	if (!c || dhcp_read_proc(pid, "status", &status) < 0 || !status.len ||
	    !is_neighbour(pid, status.data) || !is_trusted(c, pid, status.data))
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

		if (e->d_name[strspn(e->d_name, "0123456789")] ||
		    !has_name(dirfd(dir), atoi(e->d_name)))
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

bool sys_dhcp_serves(const struct sys_dhcp *d, const char *ifname)
{
	const struct dhcp_client *c = dhcp_client_of(d->program);

	return c && dhcp_client_serves(c, d->argv, ifname);
}
