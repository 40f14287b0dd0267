/* SPDX-License-Identifier: MIT */
/* file.c -- whole files, with a limit */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "tools/agentctl/file.h"

int file_read(const char *root, const char *path, size_t max, char **ret, size_t *ret_len,
	      uint64_t *ret_mtime)
{
	_cleanup_free_ char *full = str_printf("%s%s", root, path);
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_close_ int fd = -1;
	char part[16384];
	struct stat st;
	size_t len;
	ssize_t n;

	if (!full)
		return -ENOMEM;
	fd = strcmp(full, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				    : open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (b.len + (size_t)n > max)
			return -EFBIG;
		buf_add(&b, part, (size_t)n);
	}
	if (b.error < 0)
		return b.error;

	len = b.len;
	*ret = buf_take(&b);
	if (!*ret)
		return -ENOMEM;
	*ret_len = len;
	if (ret_mtime)
		*ret_mtime =
			(uint64_t)st.st_mtim.tv_sec * 1000000 + (uint64_t)st.st_mtim.tv_nsec / 1000;
	return 0;
}
